/* SPDX-License-Identifier: Apache-2.0 */
#include "core/office.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/application.h"

#define D2024(day_of_year) (19723 + (day_of_year)-1) /* 2024-01-01 is day 19723 */

static const core_day holidays[] = {
    D2024(1), /* 01-01 */
    D2024(41),  D2024(42),  D2024(43),  D2024(44),  D2024(45),
    D2024(46),  D2024(47),  D2024(48),                          /* 02-10..17 */
    D2024(95),  D2024(96),  D2024(97),                          /* 04-04..06 */
    D2024(122), D2024(123), D2024(124), D2024(125), D2024(126), /* 05-01..05 */
    D2024(162),                                                 /* 06-10 */
    D2024(259), D2024(260), D2024(261),                         /* 09-15..17 */
    D2024(275), D2024(276), D2024(277), D2024(278), D2024(279),
    D2024(280), D2024(281), /* 10-01..07 */
};

static const core_day make_ups[] = {
    D2024(35),  /* 02-04 */
    D2024(49),  /* 02-18 */
    D2024(98),  /* 04-07 */
    D2024(119), /* 04-28 */
    D2024(132), /* 05-11 */
    D2024(258), /* 09-14 */
    D2024(273), /* 09-29 */
    D2024(286), /* 10-12 */
};

const struct core_calendar office_calendar = {
    .holidays = holidays,
    .holiday_count = COUNT(holidays),
    .make_ups = make_ups,
    .make_up_count = COUNT(make_ups),
    .weekend = 0x60,
    .published_until = D2024(366),
    .published_from = D2024(1),
};

/* Counted up month by month: nothing to share with the code under test. */
core_day office_day(int year, int month, int day)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    core_day days = 0;

    for (int y = 1970; y < year; y++)
        days += 365 + ((y % 4 == 0 && y % 100 != 0) || y % 400 == 0);
    for (int m = 1; m < month; m++)
        days += lengths[m - 1];
    if (month > 2 && ((year % 4 == 0 && year % 100 != 0) || year % 400 == 0))
        days++;
    return days + day - 1;
}

struct core_limit office_limit(int length)
{
    return (struct core_limit){.unit = CORE_UNIT_WORKING_DAY, .length = length};
}

void office_service_init(struct office_service *service, unsigned matter_count)
{
    *service = (struct office_service){
        .rules = {.calendar = &office_calendar,
                  .matter_count = (uint8_t)matter_count,
                  .policy = CORE_POLICY_ALL,
                  .closes_minute = CORE_DAY_MINUTES},
    };
    service->rules.matters = service->matters;
}

void office_file_init(struct office_file *file, const struct office_service *service,
                      core_day today)
{
    *file = (struct office_file){.rules = &service->rules};
    file->application = calloc(1, core_application_size(CORE_TASKS_MAX));
    assert_non_null(file->application);
    office_sleep(file, today, 600);
}

void office_file_fini(struct office_file *file)
{
    free(file->application);
    file->application = NULL;
}

static void write(struct office_file *file, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static void write(struct office_file *file, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    int size = vsnprintf(file->trace + file->trace_size, OFFICE_TRACE_SIZE - file->trace_size,
                         format, args);
    va_end(args);
    assert_true(size >= 0 && (size_t)size < OFFICE_TRACE_SIZE - file->trace_size);
    file->trace_size += (size_t)size;
}

static void write_date(struct office_file *file, core_day day)
{
    int month = 1;

    while (month < 12 && office_day(2024, month + 1, 1) <= day)
        month++;
    write(file, "%02d-%02d", month, (int)(day - office_day(2024, month, 1) + 1));
}

static void write_event(struct office_file *file, const struct core_event *event)
{
    write_date(file, event->time.day);
    write(file, " %s", core_event_name(event->type));
    if (event->type == CORE_OFFERED)
        for (unsigned i = 0; i < CORE_TASKS_MAX; i++)
            if ((event->offered.tasks & core_task_bit(i)) != 0)
                write(file, " %u", i);
    bool is_on_task = (event->type >= CORE_ACCEPTED && event->type <= CORE_CANCEL_CONFIRMED) ||
                      event->type == CORE_MARKED || event->type == CORE_EXTENDED;
    if (is_on_task && event->task < CORE_TASKS_MAX)
        write(file, " %u", event->task);
    if (event->type == CORE_MARKED)
        write(file, " %s", core_milestone_name((enum core_milestone)event->marked.milestone));
    if (event->type == CORE_OPINED)
        write(file, " %s", core_opinion_name((enum core_opinion)event->opinion));
    if (event->type == CORE_PAUSED)
        write(file, " %s", core_pause_kind_name((enum core_pause_kind)event->pause_kind));
}

/* What happened to which clock of what. */
static void write_clock(struct office_file *file, const struct core_effect *effect, const char *what)
{
    const char *name = effect->clock == CORE_CLOCK_PROMISED    ? "promise"
                       : effect->clock == CORE_CLOCK_STATUTORY ? "statute"
                                                               : core_clock_name((enum core_clock_id)effect->clock);

    write(file, ", %s", name);
    if (effect->clock >= CORE_CLOCK_STAGE)
        write(file, " %u", effect->clock - CORE_CLOCK_STAGE + 0u);
    if (effect->task == CORE_TASKS_MAX)
        write(file, " of all %s", what);
    else
        write(file, " of %u %s", effect->task, what);
}

static void write_effect(struct office_file *file, const struct core_effect *effect)
{
    switch ((enum core_effect_type)effect->type) {
    case CORE_EFFECT_NONE: assert_true(false); break;
    case CORE_EFFECT_QUEUE: write(file, ", queue %u", effect->task); break;
    case CORE_EFFECT_RELEASE: write(file, ", release %u", effect->task); break;
    case CORE_EFFECT_CANCEL: write(file, ", cancel %u", effect->task); break;
    case CORE_EFFECT_INPUT: write(file, ", input %u", effect->task); break;
    case CORE_EFFECT_PARK:
        write(file, ", park %u %s", effect->task,
              core_park_reason_name(
                  (enum core_park_reason)file->application->tasks[effect->task].park_reason));
        break;
    case CORE_EFFECT_NOTICE:
        write(file, ", notice %s", core_notice_name((enum core_notice)effect->notice));
        break;
    case CORE_EFFECT_OVERDUE: write_clock(file, effect, "overdue"); break;
    case CORE_EFFECT_WARNED: write_clock(file, effect, "yellow"); break;
    case CORE_EFFECT_LATE_EXTENSION: write_clock(file, effect, "extended too late"); break;
    case CORE_EFFECT_REDATED: write_clock(file, effect, "redated"); break;
    case CORE_EFFECT_SECOND_NOTICE: write(file, ", second notice"); break;
    case CORE_EFFECT_TAKEN_IN: write(file, ", taken in"); break;
    case CORE_EFFECT_UNANSWERED: write(file, ", unanswered %u", effect->task); break;
    case CORE_EFFECT_TOLD: write(file, ", told: %s", core_telling_name((enum core_telling)file->application->telling)); break;
    case CORE_EFFECT_DECIDED:
        write(file, ", decided %s",
              core_outcome_name((enum core_outcome)file->application->outcome));
        break;
    case CORE_EFFECT_LATE: write(file, ", late opinion %u", effect->task); break;
    }
}

static void write_answer(struct office_file *file, int rc)
{
    if (rc != OD_OK) {
        write(file, " > error %d\n", rc);
        return;
    }
    write(file, " > %s", core_status_name((enum core_status)file->application->status));
    for (size_t i = 0; i < file->effects.count; i++)
        write_effect(file, &file->effects.items[i]);
    write(file, "\n");
}

int office_step(struct office_file *file, struct core_event *event)
{
    event->time = file->now;
    file->now.ms++;
    write_event(file, event);
    int rc = core_step(file->rules, file->application, event, &file->effects);
    write_answer(file, rc);
    return rc;
}

void office_receive(struct office_file *file, core_task_set included, bool is_complete)
{
    assert_int_equal(OD_OK, office_step(file, &(struct core_event){
                                                  .type = CORE_RECEIVED,
                                                  .received = {.id = 1,
                                                               .included = included,
                                                               .is_complete = is_complete}}));
}

void office_offer(struct office_file *file, core_task_set tasks, uint32_t epoch)
{
    assert_int_equal(
        OD_OK, office_step(file, &(struct core_event){.type = CORE_OFFERED,
                                                      .offered = {.tasks = tasks,
                                                                  .epoch = epoch,
                                                                  .by_officer = epoch == 0}}));
}

void office_accept(struct office_file *file, unsigned task)
{
    office_tell(file, CORE_ACCEPTED, task);
}

void office_opine(struct office_file *file, unsigned task, enum core_opinion opinion)
{
    assert_int_equal(OD_OK,
                     office_step(file, &(struct core_event){.type = CORE_OPINED,
                                                            .task = task,
                                                            .opinion = (uint8_t)opinion}));
}

void office_pause(struct office_file *file, unsigned task, enum core_pause_kind kind)
{
    assert_int_equal(OD_OK,
                     office_step(file, &(struct core_event){.type = CORE_PAUSED,
                                                            .task = task,
                                                            .pause_kind = (uint8_t)kind}));
}

void office_tell(struct office_file *file, enum core_event_type type, unsigned task)
{
    assert_int_equal(OD_OK,
                     office_step(file, &(struct core_event){.type = type, .task = task}));
}

void office_supplement(struct office_file *file, bool is_complete, core_task_set answered)
{
    struct core_event event = {.type = CORE_SUPPLEMENTED,
                               .supplemented = {.is_complete = is_complete, .answered = answered}};

    assert_int_equal(OD_OK, office_step(file, &event));
}

int office_extend(struct office_file *file, unsigned task, enum core_clock_id clock, int length, enum core_rank rank)
{
    struct core_event event = {.type = CORE_EXTENDED,
                               .task = task,
                               .extended = {.clock = (uint8_t)clock, .rank = (uint8_t)rank, .length = length}};

    return office_step(file, &event);
}

int office_mark(struct office_file *file, unsigned task, enum core_milestone milestone, core_day day)
{
    struct core_event event = {
        .type = CORE_MARKED, .task = task, .marked = {.milestone = (uint8_t)milestone, .day = day}};

    return office_step(file, &event);
}

void office_sleep(struct office_file *file, core_day day, int32_t minute)
{
    core_ms ms = ((core_ms)day * CORE_DAY_MINUTES + minute - file->offset) * 60000;

    file->now = (struct core_time){
        .ms = ms > file->now.ms ? ms : file->now.ms, .day = day, .minute = minute};
}

core_minute office_wake(const struct office_file *file)
{
    struct core_wake wake = core_application_wake(file->application);
    core_minute utc = wake.utc == INT64_MAX ? INT64_MAX : wake.utc + file->offset;

    return wake.civil < utc ? wake.civil : utc;
}

static void wake_up_to(struct office_file *file, core_minute last)
{
    core_minute wake;

    while ((wake = office_wake(file)) <= last) {
        core_minute now = (core_minute)file->now.day * CORE_DAY_MINUTES + file->now.minute;
        wake = wake > now ? wake : now;
        office_sleep(file, (core_day)(wake / CORE_DAY_MINUTES), (int32_t)(wake % CORE_DAY_MINUTES));
        office_tell(file, CORE_WOKEN, 0);
    }
}

void office_wait(struct office_file *file, core_day day)
{
    wake_up_to(file, (core_minute)day * CORE_DAY_MINUTES);
    office_sleep(file, day, 600);
}

void office_wait_until(struct office_file *file, core_day day, int32_t minute)
{
    wake_up_to(file, (core_minute)day * CORE_DAY_MINUTES + minute);
    office_sleep(file, day, minute);
}

bool office_has_effect(const struct office_file *file, enum core_effect_type type,
                       unsigned task)
{
    for (size_t i = 0; i < file->effects.count; i++)
        if (file->effects.items[i].type == type && file->effects.items[i].task == task)
            return true;
    return false;
}

bool office_has_clock_effect(const struct office_file *file, enum core_effect_type type, unsigned task,
                             enum core_clock_id clock)
{
    for (size_t i = 0; i < file->effects.count; i++)
        if (file->effects.items[i].type == type && file->effects.items[i].task == task &&
            file->effects.items[i].clock == clock)
            return true;
    return false;
}

bool office_has_notice(const struct office_file *file, enum core_notice notice)
{
    for (size_t i = 0; i < file->effects.count; i++)
        if (file->effects.items[i].type == CORE_EFFECT_NOTICE && file->effects.items[i].notice == notice)
            return true;
    return false;
}

void office_assert_same(const struct core_application *a, const struct core_application *b,
                        const char *why)
{
    uint8_t bytes_a[CORE_PACKED_MAX];
    uint8_t bytes_b[CORE_PACKED_MAX];
    size_t size = core_application_pack(a, bytes_a, sizeof(bytes_a));

    if (size != core_application_pack(b, bytes_b, sizeof(bytes_b)) ||
        memcmp(bytes_a, bytes_b, size) != 0)
        fail_msg("the states differ: %s", why);
}
