/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "base/time.h"
#include "check/suite.h"
#include "check/verdict.h"

#define REACH_STEPS_MAX 24
#define REAL_LIVE_MS 300 /* what stands for a long time of a connector in real time */

static struct check_task *find_in(struct check_hub *hub, enum check_task_state state)
{
    for (size_t i = 0; i < hub->book.count; i++) {
        if (hub->book.tasks[i].state == state && !hub->book.tasks[i].needs_resume)
            return &hub->book.tasks[i];
    }
    return NULL;
}

bool check_is_sound(const struct check_hub *hub, size_t form)
{
    return form >= CHECK_FORMS_MAX || (hub->sound_forms >> form & 1u) != 0;
}

struct check_task *check_add_sound(struct check_hub *hub)
{
    size_t form = 0;

    while (form < hub->subject->script.form_count && !check_is_sound(hub, form))
        form++;
    return check_hub_add(hub, form < hub->subject->script.form_count ? form : 0);
}

static void release_others(struct check_hub *hub, const struct check_task *kept)
{
    for (size_t i = 0; i < hub->book.count; i++) {
        struct check_task *task = &hub->book.tasks[i];

        if (task == kept || task->state == CHECK_TASK_ENDED || task->state == CHECK_TASK_PARKED)
            continue;
        if (task->state != CHECK_TASK_QUEUED)
            check_hub_item(hub, BASE_ITEM_RELEASE, task->handle, "{\"reason\":\"moved\"}");
        task->state = CHECK_TASK_ENDED;
        task->needs_resume = task->is_asked = false;
    }
    if (!check_hub_settle(hub))
        check_hub_must_live(hub);
}

/* Short steps first: a task must be met on its way, not at its end. */
struct check_task *check_reach(struct check_hub *hub, uint64_t forms, enum check_task_state state)
{
    int64_t step_ms = 1;
    size_t first = hub->book.count;

    for (size_t i = 0; i < hub->subject->script.form_count; i++) {
        if ((forms >> i & 1u) != 0)
            check_hub_add(hub, i);
    }
    for (int i = 0; i < REACH_STEPS_MAX && hub->book.count > first; i++, step_ms *= 3) {
        if (!check_hub_advance(hub, step_ms < CHECK_DAY_MS ? step_ms : CHECK_DAY_MS))
            check_hub_must_live(hub);
        struct check_task *task = find_in(hub, state);
        if (task != NULL) {
            release_others(hub, task);
            return task->state == state ? task : NULL;
        }
        if (check_book_count(&hub->book, CHECK_TASK_ENDED) == hub->book.count)
            return NULL;
        if (!hub->peer->is_virtual)
            hub->peer->wait(hub, 10);
    }
    return NULL;
}

struct check_task *check_must_reach(struct check_hub *hub, enum check_task_state state)
{
    struct check_task *task = check_reach(hub, hub->sound_forms, state);

    if (task == NULL)
        check_skip("no form of check.json leads to the state \"%s\"", check_task_state_name(state));
    return task;
}

void check_records(const struct check_hub *hub, const char *what)
{
    const struct check_department *department = &hub->department;

    if (!check_script_does(&hub->subject->script, CHECK_DOES_SUBMIT))
        return;
    if (department->keyless_count > 0)
        check_fail("give the department offer->idempotency_key, the same at every attempt (cookbook.md#lookup)",
                   "a submission came without the idempotency key");
    if (check_department_doubles(department) > 0 || department->record_count > hub->book.count)
        check_fail(hub->subject->dedupe == PACKAGE_DEDUPE_LOOKUP
                       ? "look the idempotency key up before you submit (cookbook.md#lookup)"
                       : "submit in offer alone, with offer->idempotency_key; resume only asks (effects.md)",
                   "your connector submitted twice %s: the department has %zu records of %zu tasks", what,
                   department->record_count, hub->book.count);
}

/* Parked is right where a repeat is forbidden and nobody can know. */
static bool is_rightly_parked(const struct check_hub *hub, const struct check_task *task)
{
    return !hub->book.may_repeat && (task->effect == CHECK_EFFECT_UNKNOWN || task->is_redelivered);
}

static void fail_task(const struct check_hub *hub, const struct check_task *task, const char *what)
{
    if (task->state == CHECK_TASK_PARKED)
        check_fail("a failure with OD_RETRY_NEVER is for what only a person can settle (effects.md)",
                   "%s, the task with the form %.200s was parked for an officer: failure \"%s\"", what, task->form,
                   task->code);
    check_note("state %s, attempt %u, failures %u (last: %s)", check_task_state_name(task->state), task->attempt,
               task->failures, task->code[0] != '\0' ? task->code : "none");
    check_fail("answer every task, or say with od_fail why not; a timer or an event must bring its end (cookbook.md#poll)",
               "%s, the task with the form %.200s got no opinion within %d %s", what, task->form,
               hub->peer->is_virtual ? CHECK_DAYS_MAX : CHECK_REAL_MS / 1000, hub->peer->is_virtual ? "days" : "seconds");
}

void check_must_finish(struct check_hub *hub, const char *what)
{
    bool is_finished = check_hub_finish(hub);

    check_hub_must_live(hub);
    for (size_t i = 0; i < hub->book.count; i++) {
        const struct check_task *task = &hub->book.tasks[i];

        if (task->state == CHECK_TASK_ENDED || (task->state == CHECK_TASK_PARKED && is_rightly_parked(hub, task)))
            continue;
        if (!is_finished || task->state == CHECK_TASK_PARKED)
            fail_task(hub, task, what);
    }
    check_records(hub, what);
    if (hub->book.conflicts > 0)
        check_fail("one task, one opinion: forget a task when it has ended (reference.md)",
                   "%s, it contradicted what it had told before: %s", what, hub->book.conflict);
}

void check_live(struct check_hub *hub, int64_t by_ms)
{
    int64_t end_ms = hub->peer->is_virtual ? hub->now_ms + by_ms : base_monotonic_ms() + REAL_LIVE_MS;
    int64_t step_ms = by_ms / 16 + 1;

    while ((hub->peer->is_virtual ? hub->now_ms : base_monotonic_ms()) < end_ms) {
        if (!hub->peer->is_virtual)
            hub->peer->wait(hub, 10);
        if (!check_hub_advance(hub, step_ms))
            check_hub_must_live(hub);
    }
}

void check_restart(struct check_hub *hub)
{
    check_hub_kill(hub);
    check_hub_start(hub);
}
