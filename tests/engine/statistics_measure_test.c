/* SPDX-License-Identifier: Apache-2.0 */
/* What each event counts for, event by event: docs/statistics.md. "+" stands for the whole, a digit
 * for a task. */
#include "engine/statistics.h"

#include <stdio.h>
#include <stdlib.h>

#include "lib/check.h"

#define MONDAY 19737 /* 2024-01-15 */
#define ZONE_MINUTES 480
#define ALL_PAUSES CORE_PAUSES_ALL

static const struct core_calendar calendar = {.weekend = 0x60, .published_until = MONDAY + 400};

/* Two matters side by side, ten working days promised for the whole, five and three for them. */
static struct core_matter_rule matters[2];
static struct core_rules rules;
static struct core_application *application;
static struct core_effects effects;
static struct engine_measured measured;
static char told[2048];

static int set_up(void **state)
{
    (void)state;
    matters[0] = (struct core_matter_rule){.statutory = {.unit = CORE_UNIT_WORKING_DAY, .length = 10},
                                           .promised = {.unit = CORE_UNIT_WORKING_DAY, .length = 5, .warn_days = 1,
                                                        .extend = {.times_max = 1, .length_max = 5, .approver = CORE_RANK_HEAD}},
                                           .pause_kinds = ALL_PAUSES};
    matters[1] = (struct core_matter_rule){.promised = {.unit = CORE_UNIT_WORKING_DAY, .length = 3}, .pause_kinds = ALL_PAUSES};
    rules = (struct core_rules){.calendar = &calendar, .matters = matters, .matter_count = 2, .policy = CORE_POLICY_ALL,
                                .statutory = {.unit = CORE_UNIT_WORKING_DAY, .length = 20},
                                .promised = {.unit = CORE_UNIT_WORKING_DAY, .length = 10},
                                .supplement = {.unit = CORE_UNIT_CALENDAR_DAY, .length = 10},
                                .intake = {.unit = CORE_UNIT_WORKING_DAY, .length = 5},
                                .delivery = {.unit = CORE_UNIT_WORKING_DAY, .length = 10},
                                .opens_minute = 540, .closes_minute = 1020, .rolls_receipt = true};
    application = calloc(1, core_application_size(2));
    assert_non_null(application);
    application->task_count = 2;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    free(application);
    return 0;
}

static void tell(void)
{
    size_t used = 0;

    told[0] = '\0';
    for (size_t i = 0; i < measured.count; i++) {
        const struct engine_measured_item *item = &measured.items[i];
        char who[8] = "+";

        if (item->measure == ENGINE_PROMISE_USED_WORST) { /* stands beside what is added up, and is the same */
            CHECK_I64(measured.items[i - 1].delta, item->delta, "the worst of one is that one");
            continue;
        }
        if (item->task < CORE_TASKS_MAX)
            snprintf(who, sizeof(who), "%u", item->task);
        used += (size_t)snprintf(told + used, sizeof(told) - used, "%s%s:%s", i > 0 ? " " : "", who,
                                 engine_measure_name((enum engine_measure)item->measure));
        if (item->delta != 1)
            used += (size_t)snprintf(told + used, sizeof(told) - used, "=%d", (int)item->delta);
    }
}

/* On a day after MONDAY, at a minute of it. */
static void play_at(int day, int minute, struct core_event event, const char *expected, const char *why)
{
    event.time = (struct core_time){.day = MONDAY + day, .minute = minute,
                                    .ms = ((int64_t)(MONDAY + day) * CORE_DAY_MINUTES + minute - ZONE_MINUTES) * 60000};
    CHECK_I64(OD_OK, core_step(&rules, application, &event, &effects), why);
    engine_measure(&rules, application, &event, &effects, &measured);
    tell();
    CHECK_TEXT(expected, told, why);
}

static void play(int day, struct core_event event, const char *expected, const char *why)
{
    play_at(day, 600, event, expected, why);
}

static void receive(int day, const char *why)
{
    play(day, (struct core_event){.type = CORE_RECEIVED, .received = {.id = 7, .included = 3, .is_complete = true}},
         "+:received +:accepted 0:accepted 1:accepted", why);
}

/* An officer takes it. */
static void take(int day, unsigned task)
{
    play(day, (struct core_event){.type = CORE_OFFERED, .offered = {.tasks = 1u << task, .by_officer = true}}, "", "an offer is no figure");
    play(day, (struct core_event){.type = CORE_TAKEN, .task = task}, "", "nor is taking it");
}

static void opine(int day, unsigned task, const char *expected, const char *why)
{
    play(day, (struct core_event){.type = CORE_OPINED, .task = task, .opinion = CORE_OPINION_APPROVE}, expected, why);
}

static void test_ahead(void **state)
{
    (void)state;
    receive(0, "complete: received and accepted at once, and both tasks can begin");
    take(0, 0);
    take(0, 1);
    opine(0, 1, "1:decided 1:promised 1:on_time 1:ahead 1:timed", "on the day itself no day has counted; no statute, no count of it");
    opine(4, 0, "0:decided 0:promised 0:on_time 0:ahead 0:promise_used=80 0:statutory 0:timed 0:legal_days=4 0:elapsed_days=4 "
                "+:decided +:promised +:on_time +:ahead +:promise_used=40 +:statutory +:timed +:legal_days=4 +:elapsed_days=4",
          "Friday: four working days used of five, and of ten");
    play(5, (struct core_event){.type = CORE_CLOSED}, "+:closed", "handed over");
}

static void test_the_promised_day_itself_is_on_time(void **state)
{
    (void)state;
    rules.matter_count = 1;
    application->task_count = 1;
    play(0, (struct core_event){.type = CORE_RECEIVED, .received = {.id = 7, .included = 1, .is_complete = true}},
         "+:received +:accepted 0:accepted", "one matter");
    take(0, 0);
    opine(7, 0, "0:decided 0:promised 0:on_time 0:promise_used=100 0:statutory 0:timed 0:legal_days=5 0:elapsed_days=7 "
                "+:decided +:promised +:on_time +:ahead +:promise_used=50 +:statutory +:timed +:legal_days=5 +:elapsed_days=7",
          "the task on its last day: on time, and not ahead; the weekend counts as elapsed only");
}

static void test_late(void **state)
{
    (void)state;
    receive(0, "complete");
    take(0, 0);
    take(0, 1);
    play(4, (struct core_event){.type = CORE_WOKEN}, "0:yellow 1:red", "one day is left of five; and the fourth of three is over");
    play(15, (struct core_event){.type = CORE_WOKEN}, "+:red 0:red 0:red", "the whole, and both limits of the task: each clock by itself");
    opine(15, 1, "1:decided 1:promised 1:promise_used=367 1:timed 1:legal_days=11 1:elapsed_days=15", "late is what is promised and not on time");
    opine(30, 0, "0:decided 0:promised 0:promise_used=440 0:statutory 0:statutory_late 0:timed 0:legal_days=22 0:elapsed_days=30 +:red +:decided +:promised +:promise_used=220 "
                 "+:statutory +:statutory_late +:timed +:legal_days=22 +:elapsed_days=30 +:late_stage",
          "the statute has passed, too: found at the decision");
}

static void test_on_the_spot(void **state)
{
    (void)state;
    matters[0].is_on_the_spot = matters[1].is_on_the_spot = true;
    receive(0, "complete");
    take(0, 0);
    take(0, 1);
    opine(0, 0, "0:decided 0:on_the_spot 0:promised 0:on_time 0:ahead 0:statutory 0:timed", "of its kind, on the day");
    opine(0, 1, "1:decided 1:on_the_spot 1:promised 1:on_time 1:ahead 1:timed "
                "+:decided +:on_the_spot +:promised +:on_time +:ahead +:statutory +:timed",
          "every matter is of the kind, and the day is that of the receipt");
}

static void test_not_on_the_spot(void **state)
{
    static const struct { bool is_kind; int day; const char *why; } rows[] = {
        {true, 1, "of the kind, on the next day"},
        {false, 0, "one matter is not of the kind, though all was done on the day"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        memset(application, 0, core_application_size(2));
        application->task_count = 2;
        matters[0].is_on_the_spot = true;
        matters[1].is_on_the_spot = rows[i].is_kind;
        receive(0, rows[i].why);
        take(0, 0);
        take(0, 1);
        struct core_event event = {.type = CORE_OPINED, .task = 0, .opinion = CORE_OPINION_APPROVE};
        event.time = (struct core_time){.day = MONDAY + rows[i].day, .minute = 700,
                                        .ms = ((int64_t)(MONDAY + rows[i].day) * CORE_DAY_MINUTES + 700 - ZONE_MINUTES) * 60000};
        for (event.task = 0; event.task < 2; event.task++)
            CHECK_I64(OD_OK, core_step(&rules, application, &event, &effects), rows[i].why);
        engine_measure(&rules, application, &event, &effects, &measured);
        tell();
        CHECK(strstr(told, "+:decided") != NULL, told);
        CHECK(strstr(told, "+:on_the_spot") == NULL, rows[i].why);
    }
}

/* After hours it counts as received on the next day: what is decided that evening took no day, on the spot. */
static void test_after_hours(void **state)
{
    (void)state;
    rules.matter_count = application->task_count = 1;
    matters[0].is_on_the_spot = true;
    play_at(0, 1100, (struct core_event){.type = CORE_RECEIVED, .received = {.id = 7, .included = 1, .is_complete = true}},
            "+:received +:accepted 0:accepted", "received at 18:20");
    play_at(0, 1110, (struct core_event){.type = CORE_OFFERED, .offered = {.tasks = 1, .by_officer = true}}, "", "");
    play_at(0, 1110, (struct core_event){.type = CORE_TAKEN}, "", "");
    play_at(0, 1120, (struct core_event){.type = CORE_OPINED, .opinion = CORE_OPINION_APPROVE},
            "0:decided 0:on_the_spot 0:promised 0:on_time 0:ahead 0:statutory 0:timed "
            "+:decided +:on_the_spot +:promised +:on_time +:ahead +:statutory +:timed",
            "before its first day has begun");
}

/* Task 0 is inspected Monday to Thursday, task 1 Wednesday to the next Monday: together seven days. */
static void test_overlapping_pauses_are_one(void **state)
{
    (void)state;
    receive(0, "complete");
    take(0, 0);
    take(0, 1);
    play(0, (struct core_event){.type = CORE_PAUSED, .task = 0, .pause_kind = CORE_PAUSE_INSPECTION}, "+:pauses 0:pauses", "the first");
    play(2, (struct core_event){.type = CORE_PAUSED, .task = 1, .pause_kind = CORE_PAUSE_TESTING}, "+:pauses 1:pauses", "the second");
    play(3, (struct core_event){.type = CORE_UNPAUSED, .task = 0}, "", "the first is over");
    play(7, (struct core_event){.type = CORE_UNPAUSED, .task = 1}, "", "and the second");
    opine(8, 0, "0:decided 0:promised 0:on_time 0:ahead 0:promise_used=60 0:statutory 0:timed 0:legal_days=3 0:elapsed_days=8 0:paused_days=3",
          "its own pause alone: Tuesday to Thursday did not count");
    opine(8, 1, "1:decided 1:promised 1:on_time 1:promise_used=100 1:timed 1:legal_days=3 1:elapsed_days=8 1:paused_days=5 "
                "+:decided +:promised +:on_time +:ahead +:promise_used=10 +:statutory +:timed +:legal_days +:elapsed_days=8 +:paused_days=7",
          "the whole stood from Monday to Monday, each day once");
}

static void test_asked(void **state)
{
    (void)state;
    receive(0, "complete");
    take(0, 0);
    take(0, 1);
    play(1, (struct core_event){.type = CORE_ASKED, .task = 0}, "+:asks 0:asks", "a department asks");
    play(1, (struct core_event){.type = CORE_ASKED, .task = 1}, "+:asks 1:asks", "and another");
    play_at(1, 1020, (struct core_event){.type = CORE_WOKEN}, "+:notices", "one notice of both");
    play(3, (struct core_event){.type = CORE_SUPPLEMENTED, .supplemented = {.is_complete = true, .answered = 3}}, "", "answered");
    play(4, (struct core_event){.type = CORE_ASKED, .task = 0}, "+:asks 0:asks", "once more");
    play_at(4, 1020, (struct core_event){.type = CORE_WOKEN}, "+:notices +:second_notices 0:second_notices",
            "the second one is flagged, for whoever asks in it");
    play(7, (struct core_event){.type = CORE_SUPPLEMENTED, .supplemented = {.is_complete = true, .answered = 1}}, "", "answered");
    opine(7, 0, "0:decided 0:promised 0:on_time 0:ahead 0:promise_used=40 0:statutory 0:timed 0:legal_days=2 0:elapsed_days=7 0:waiting_days=5",
          "two days and three");
    opine(7, 1, "1:decided 1:promised 1:on_time 1:promise_used=100 1:timed 1:legal_days=3 1:elapsed_days=7 1:waiting_days=2 "
                "+:decided +:promised +:on_time +:ahead +:promise_used=50 +:statutory +:timed +:legal_days=5 +:elapsed_days=7 +:waiting_days=5",
          "a request does not stop the clock of the whole");
}

static void test_intake(void **state)
{
    static const struct { struct core_event event; const char *expected, *why; } rows[] = {
        {{.type = CORE_RECEIVED, .received = {.id = 7, .included = 0}}, "+:received +:not_accepted", "nothing needs an approval"},
        {{.type = CORE_RECEIVED, .received = {.id = 7, .included = 3, .intake = CORE_INTAKE_NOT_COMPETENT}},
         "+:received +:not_accepted", "another body is competent"},
        {{.type = CORE_RECEIVED, .received = {.id = 7, .included = 3}}, "+:received +:incomplete +:notices", "materials are missing"},
        {{.type = CORE_RECEIVED, .received = {.id = 7, .included = 3, .intake = CORE_INTAKE_CORRECTABLE}},
         "+:received +:incomplete +:notices", "an error to be put right"},
        {{.type = CORE_RECEIVED, .received = {.id = 7, .included = 3, .intake = CORE_INTAKE_UNCHECKED}}, "+:received", "a person looks first"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        memset(application, 0, core_application_size(2));
        application->task_count = 2;
        play(0, rows[i].event, rows[i].expected, rows[i].why);
    }
    play(9, (struct core_event){.type = CORE_WOKEN}, "+:red +:accepted +:accepted_by_silence 0:accepted 1:accepted",
         "nothing was told in five days: accepted as of the receipt");
}

static void test_withdrawn_and_lapsed(void **state)
{
    (void)state;
    receive(0, "complete");
    play(1, (struct core_event){.type = CORE_WITHDRAWN}, "+:withdrawn", "by the applicant; no task was decided");
    memset(application, 0, core_application_size(2));
    application->task_count = 2;
    play(2, (struct core_event){.type = CORE_RECEIVED, .received = {.id = 7, .included = 3}}, "+:received +:incomplete +:notices", "missing");
    play(13, (struct core_event){.type = CORE_WOKEN}, "+:lapsed", "not supplied; the applicant's time is no clock of the center");
}

static void test_extended(void **state)
{
    struct core_event more = {.type = CORE_EXTENDED, .task = 0, .extended = {.clock = CORE_CLOCK_PROMISED, .rank = CORE_RANK_HEAD, .length = 2}};

    (void)state;
    receive(0, "complete");
    take(0, 0);
    take(0, 1);
    play(1, more, "+:extensions 0:extensions", "granted");
    play(13, (struct core_event){.type = CORE_WOKEN}, "0:red 1:red", "both are late by now");
    play(13, more, "+:late_extensions 0:late_extensions", "refused, and counted as what it is");
}

static void test_deemed(void **state)
{
    (void)state;
    matters[0].expiry = CORE_EXPIRY_DEEMED_CONSENT;
    receive(0, "complete");
    take(0, 1);
    opine(1, 1, "1:decided 1:promised 1:on_time 1:ahead 1:promise_used=33 1:timed 1:legal_days 1:elapsed_days", "in time");
    play(15, (struct core_event){.type = CORE_WOKEN},
         "+:red 0:red 0:red 0:decided 0:deemed 0:promised 0:promise_used=220 0:statutory 0:statutory_late 0:timed 0:legal_days=11 0:elapsed_days=15 "
         "+:decided +:deemed +:promised +:promise_used=110 +:statutory +:timed +:legal_days=11 +:elapsed_days=15 +:late_stage",
         "the silence of the other is consent: an opinion, late by law");
}

/* A task may wait for its department many times; it becomes workable once. */
static void test_requeued(void **state)
{
    (void)state;
    receive(0, "complete");
    play(0, (struct core_event){.type = CORE_OFFERED, .offered = {.tasks = 1, .epoch = 5}}, "", "");
    play(0, (struct core_event){.type = CORE_FAILED, .failed = {.epoch = 5, .effect_known = CORE_EFFECT_NOT_DONE}}, "", "offered again later");
    play(0, (struct core_event){.type = CORE_OFFERED, .offered = {.tasks = 1, .epoch = 5}}, "", "");
    play(0, (struct core_event){.type = CORE_GIVEN_BACK}, "", "given back");
}

static void test_months_and_words(void **state)
{
    (void)state;
    CHECK_I64(202401, engine_month_of(MONDAY), "of January");
    CHECK_I64(202402, engine_month_of(MONDAY + 17), "the first of February");
    CHECK_I64(202401, engine_month_of(MONDAY + 16), "the last of January");
    for (unsigned i = 1; i < ENGINE_MEASURES; i++)
        CHECK(engine_measure_name((enum engine_measure)i)[0] != '\0', "each has its word");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_ahead, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_the_promised_day_itself_is_on_time, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_late, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_on_the_spot, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_not_on_the_spot, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_after_hours, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_overlapping_pauses_are_one, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_asked, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_intake, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_withdrawn_and_lapsed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_extended, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_deemed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_requeued, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_months_and_words, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
