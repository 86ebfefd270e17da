/* SPDX-License-Identifier: Apache-2.0 */
/* Every clock at the end of time: its due day cannot be told, so the event is refused and nothing stays of it. */
#include <string.h>

#include "core/office.h"

struct fixture {
    struct office_service service;
    struct office_file file;
    struct core_stage_rule stage;
};

/* One matter without any limit. */
static void set_up(struct fixture *fixture)
{
    office_service_init(&fixture->service, 1);
    fixture->service.matters[0].pause_kinds = CORE_PAUSES_LAW;
    fixture->service.rules.closes_minute = 1020;
    office_file_init(&fixture->file, &fixture->service, office_day(2024, 2, 19));
}

static void go_to_the_end(struct fixture *fixture)
{
    fixture->file.now.day = CORE_DAY_MAX; /* the minutes of UTC stay: they end earlier */
}

static void hand_out(struct fixture *fixture)
{
    office_receive(&fixture->file, 1, true);
    office_offer(&fixture->file, 1, SESSION);
    office_accept(&fixture->file, 0);
}

/* Each brings it to its last event; returns that. */
typedef struct core_event (*prepare_cb)(struct fixture *fixture);

static struct core_event delivery(struct fixture *fixture)
{
    fixture->service.rules.delivery = office_limit(1);
    hand_out(fixture);
    return (struct core_event){.type = CORE_OPINED, .opinion = CORE_OPINION_APPROVE};
}

static struct core_event watch(struct fixture *fixture)
{
    hand_out(fixture);
    return (struct core_event){.type = CORE_PAUSED, .pause_kind = CORE_PAUSE_HEARING, .expected_days = 1};
}

static struct core_event intake(struct fixture *fixture)
{
    fixture->service.rules.intake = office_limit(1);
    return (struct core_event){.type = CORE_RECEIVED,
                               .received = {.id = 1, .included = 1, .intake = CORE_INTAKE_UNCHECKED}};
}

static struct core_event tolerance(struct fixture *fixture)
{
    fixture->service.rules.tolerance = office_limit(1);
    return (struct core_event){.type = CORE_RECEIVED,
                               .received = {.id = 1, .included = 1, .is_complete = true, .tolerated_until = CORE_DAY_MAX + 1}};
}

static struct core_event correctable(struct fixture *fixture)
{
    fixture->service.rules.supplement = office_limit(1);
    return (struct core_event){.type = CORE_RECEIVED,
                               .received = {.id = 1, .included = 1, .intake = CORE_INTAKE_CORRECTABLE}};
}

static struct core_event from_receipt(struct fixture *fixture)
{
    fixture->service.rules.statutory = office_limit(1);
    fixture->service.rules.statutory.start = CORE_START_RECEIPT;
    return (struct core_event){.type = CORE_RECEIVED, .received = {.id = 1, .included = 1}};
}

static struct core_event after_hours(struct fixture *fixture)
{
    fixture->service.rules.rolls_receipt = true;
    fixture->file.now.minute = 1020;
    return (struct core_event){.type = CORE_RECEIVED, .received = {.id = 1, .included = 1, .is_complete = true}};
}

static struct core_event completed_after_hours(struct fixture *fixture)
{
    office_receive(&fixture->file, 1, false);
    (void)after_hours(fixture);
    return (struct core_event){.type = CORE_SUPPLEMENTED, .supplemented = {.is_complete = true}};
}

static struct core_event new_set(struct fixture *fixture)
{
    office_receive(&fixture->file, 1, false);
    fixture->service.matters[0].statutory = office_limit(CORE_LIMIT_DAYS_MAX);
    fixture->service.matters[0].statutory.start = CORE_START_RECEIPT;
    fixture->file.application->receipt_day = CORE_DAY_MAX;
    return (struct core_event){.type = CORE_SUPPLEMENTED, .supplemented = {.included = 1}};
}

static struct core_event taken(struct fixture *fixture)
{
    fixture->service.matters[0].promised = office_limit(1);
    fixture->service.matters[0].promised.start = CORE_START_TAKEN;
    office_receive(&fixture->file, 1, true);
    office_offer(&fixture->file, 1, SESSION);
    return (struct core_event){.type = CORE_ACCEPTED};
}

static struct core_event stage(struct fixture *fixture)
{
    fixture->stage = (struct core_stage_rule){.limit = office_limit(1), .starts_on = CORE_MILESTONE_HEARING_TOLD};
    fixture->service.matters[0].stages = &fixture->stage;
    fixture->service.matters[0].stage_count = 1;
    hand_out(fixture);
    return (struct core_event){.type = CORE_MARKED, .marked = {.milestone = CORE_MILESTONE_HEARING_TOLD}};
}

static struct core_event stage_of_work(struct fixture *fixture)
{
    (void)stage(fixture);
    memset(fixture->file.application, 0, core_application_size(1));
    fixture->stage.starts_on = CORE_MILESTONE_WORKABLE;
    return (struct core_event){.type = CORE_RECEIVED, .received = {.id = 1, .included = 1, .is_complete = true}};
}

static struct core_event reset(struct fixture *fixture)
{
    fixture->service.matters[0].statutory = office_limit(5);
    fixture->service.matters[0].statutory.reset_on = 1u << CORE_RESET_SUPPLEMENTED;
    fixture->service.matters[0].statutory.pause_on = CORE_PAUSES_NEVER;
    hand_out(fixture);
    office_tell(&fixture->file, CORE_ASKED, 0);
    return (struct core_event){.type = CORE_SUPPLEMENTED, .supplemented = {.answered = 1}};
}

static struct core_event extension(struct fixture *fixture)
{
    fixture->service.rules.statutory = office_limit(5);
    fixture->service.rules.statutory.extend = (struct core_extend){.times_max = 1, .length_max = 10};
    hand_out(fixture);
    fixture->file.application->clocks[CORE_CLOCK_STATUTORY].start = CORE_DAY_MAX - 10;
    fixture->file.application->clocks[CORE_CLOCK_STATUTORY].due = CORE_DAY_MAX;
    return (struct core_event){.type = CORE_EXTENDED, .task = CORE_TASKS_MAX,
                               .extended = {.clock = CORE_CLOCK_STATUTORY, .length = 10}};
}

static struct core_event amendment(struct fixture *fixture)
{
    fixture->service.matters[0].statutory = office_limit(5);
    hand_out(fixture);
    fixture->file.application->tasks[0].clocks[CORE_CLOCK_STATUTORY].start = CORE_DAY_MAX;
    return (struct core_event){.type = CORE_REDATED};
}

/* The notice is told on the last day, and its time cannot run. */
static struct core_event notice(struct fixture *fixture)
{
    fixture->service.rules.supplement = office_limit(1);
    hand_out(fixture);
    office_tell(&fixture->file, CORE_ASKED, 0);
    return (struct core_event){.type = CORE_WOKEN};
}

/* Silence of the applicant ends a stop that lasted too long for the clock it held. */
static struct core_event silence(struct fixture *fixture)
{
    fixture->service.matters[0].statutory = office_limit(5);
    fixture->service.rules.supplement = office_limit(1);
    hand_out(fixture);
    office_tell(&fixture->file, CORE_ASKED, 0);
    office_wait_until(&fixture->file, fixture->file.now.day, 1020);
    assert_int_equal(CORE_CLOCK_RUNNING, fixture->file.application->supplement.state);
    return (struct core_event){.type = CORE_WOKEN};
}

static void nothing_stays_of_what_time_cannot_hold(void **state)
{
    static const struct {
        prepare_cb on_prepare;
        const char *why;
    } rows[] = {
        {delivery, "the delivery"},
        {watch, "the watch over a pause"},
        {intake, "the time to look"},
        {tolerance, "the tolerance"},
        {correctable, "the time to put it right"},
        {from_receipt, "a limit from the receipt"},
        {after_hours, "a receipt that counts on a day that is none"},
        {completed_after_hours, "a completion that counts on a day that is none"},
        {new_set, "a task that is needed now"},
        {taken, "a limit from when the department has it"},
        {stage, "a stage from a milestone"},
        {stage_of_work, "a stage from the beginning of the work"},
        {reset, "a clock that is set back"},
        {extension, "an extension"},
        {amendment, "an amended calendar"},
        {notice, "the time to answer"},
        {silence, "the end of a stop by silence"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct fixture f;
        unsigned char before[sizeof(struct core_application) + sizeof(struct core_task)];
        set_up(&f);
        struct core_event event = rows[i].on_prepare(&f);
        go_to_the_end(&f);
        memcpy(before, f.file.application, sizeof(before));
        int rc = office_step(&f.file, &event);
        if (rc != OD_ERANGE)
            fail_msg("%s: %d", rows[i].why, rc);
        assert_memory_equal(before, f.file.application, sizeof(before));
        assert_int_equal(0, f.file.effects.count);
        office_file_fini(&f.file);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_stays_of_what_time_cannot_hold),
    };

    return cmocka_run_group_tests_name("end", tests, NULL, NULL);
}
