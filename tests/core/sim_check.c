/* SPDX-License-Identifier: Apache-2.0 */
/* Where the core and the oracle must agree. */
#include "core/sim_oracle.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

struct look {
    uint64_t seed;
    const char *which;
};

static void compare(const struct look *look, const char *what, int64_t own, int64_t core)
{
    if (own != core)
        fail_msg("seed %llu: %s %s is %lld, not %lld", (unsigned long long)look->seed, look->which, what,
                 (long long)core, (long long)own);
}

static bool has_state(const struct count_clock *own, const struct core_clock *clock)
{
    switch (own->phase) {
    case COUNT_NONE: return clock->state == CORE_CLOCK_NONE;
    case COUNT_WAITING: return clock->state == CORE_CLOCK_NOT_STARTED;
    case COUNT_RUNNING: return clock->state == CORE_CLOCK_RUNNING;
    case COUNT_STANDING: return clock->state == CORE_CLOCK_PAUSED;
    case COUNT_ENDED: return clock->state == CORE_CLOCK_MET || clock->state == CORE_CLOCK_STOPPED;
    }
    return false;
}

static void compare_clock(const struct count_clock *own, const struct core_clock *clock, const char *which,
                          uint64_t seed)
{
    struct look look = {seed, which};

    if (!has_state(own, clock))
        fail_msg("seed %llu: %s is in state %d, phase %d", (unsigned long long)seed, which, clock->state, own->phase);
    compare(&look, "overdue", own->is_overdue, clock->is_overdue);
    compare(&look, "warned", own->is_warned, clock->is_warned);
    compare(&look, "provisional", own->is_provisional, clock->is_provisional);
    compare(&look, "due", own->due, clock->due);
    compare(&look, "warn", own->warn, clock->warn);
    compare(&look, "due minute", own->due_minute, clock->due_minute);
    compare(&look, "warn minute", own->warn_minute, clock->warn_minute);
    compare(&look, "extended", own->extended, clock->extended);
    compare(&look, "extensions", own->extensions, clock->extensions);
}

static void compare_task(const struct oracle_task *own, const struct core_task *task, uint64_t seed)
{
    struct look look = {seed, "task"};

    compare(&look, "open", oracle_is_open(own), core_task_is_open(task));
    compare(&look, "opinion", own->opinion, task->opinion);
    compare(&look, "deemed", own->is_deemed, task->is_deemed);
    compare(&look, "unanswered", own->is_unanswered, task->is_unanswered);
    compare(&look, "late extension", own->has_late_extension, task->has_late_extension);
    for (int id = 0; id < CORE_CLOCKS; id++)
        compare_clock(&own->clocks[id], &task->clocks[id], id == 0 ? "promise of task" : "statute of task", seed);
    compare_clock(&own->watch, &task->watch, "watch", seed);
    for (unsigned i = 0; i < CORE_STAGES_MAX; i++)
        compare_clock(&own->stages[i], &task->stages[i], "stage", seed);
}

void oracle_check(const struct oracle *oracle, const struct core_application *application,
                  uint64_t seed)
{
    struct look look = {seed, "application"};
    core_task_set told = 0;

    compare(&look, "status", oracle->status, application->status);
    compare(&look, "outcome", oracle->outcome, application->outcome);
    compare(&look, "receipt", oracle->receipt_day, application->receipt_day);
    compare(&look, "acceptance", oracle->accepted_day, application->accepted_day);
    compare(&look, "by silence", oracle->is_by_silence, application->is_accepted_by_silence);
    compare(&look, "late stage", oracle->is_late_stage, application->is_late_stage);
    compare(&look, "notices", oracle->notices, application->notices);
    compare(&look, "notice minute", oracle->notice_minute, application->notice_minute);
    for (int id = 0; id < CORE_CLOCKS; id++)
        compare_clock(&oracle->clocks[id], &application->clocks[id], id == 0 ? "promise" : "statute", seed);
    if (application->telling != CORE_TELLING_NONE)
        compare(&look, "presumed day", oracle->presumed_day, application->presumed_day);
    compare_clock(&oracle->supplement, &application->supplement, "supplement", seed);
    compare_clock(&oracle->intake, &application->intake, "intake", seed);
    compare_clock(&oracle->tolerance, &application->tolerance, "tolerance", seed);
    compare_clock(&oracle->delivery, &application->delivery, "delivery", seed);
    for (unsigned i = 0; i < application->task_count; i++) {
        compare_task(&oracle->tasks[i], &application->tasks[i], seed);
        told |= oracle->tasks[i].phase == ORACLE_ASKED && oracle->tasks[i].was_told ? (core_task_set)1 << i : 0;
    }
    compare(&look, "told", (int64_t)told, (int64_t)application->told);
}
