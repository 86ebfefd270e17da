/* SPDX-License-Identifier: Apache-2.0 */
/* The words of the interface, literally, and the way back. */
#include "core/office.h"

static void words_are_those_of_the_interface(void **state)
{
    (void)state;
    assert_string_equal("in_review", core_status_name(CORE_STATUS_IN_REVIEW));
    assert_string_equal("not_accepted", core_status_name(CORE_STATUS_NOT_ACCEPTED));
    assert_string_equal("approved_with_conditions",
                        core_outcome_name(CORE_OUTCOME_APPROVED_WITH_CONDITIONS));
    assert_string_equal("partially_approved",
                        core_outcome_name(CORE_OUTCOME_PARTIALLY_APPROVED));
    assert_string_equal("waiting_applicant", core_task_state_name(CORE_TASK_WAITING_APPLICANT));
    assert_string_equal("approve_with_conditions",
                        core_opinion_name(CORE_OPINION_APPROVE_WITH_CONDITIONS));
    assert_string_equal("expert_review", core_pause_kind_name(CORE_PAUSE_EXPERT_REVIEW));
    assert_string_equal("effect_unknown", core_park_reason_name(CORE_PARK_EFFECT_UNKNOWN));
    assert_string_equal("supplement", core_notice_name(CORE_NOTICE_SUPPLEMENT));
    assert_string_equal("quorum", core_policy_name(CORE_POLICY_QUORUM));
    assert_string_equal("session_lost", core_event_name(CORE_SESSION_LOST));
    assert_string_equal("calendar_day", core_unit_name(CORE_UNIT_CALENDAR_DAY));
    assert_string_equal("month", core_unit_name(CORE_UNIT_MONTH));
    assert_string_equal("deemed_renewal", core_expiry_name(CORE_EXPIRY_DEEMED_RENEWAL));
    assert_string_equal("received", core_status_name(CORE_STATUS_RECEIVED));
    assert_string_equal("redated", core_event_name(CORE_REDATED));
    assert_string_equal("correctable", core_intake_name(CORE_INTAKE_CORRECTABLE));
    assert_string_equal("paused", core_clock_state_name(CORE_CLOCK_PAUSED));
    assert_string_equal("inspectors_assigned", core_milestone_name(CORE_MILESTONE_INSPECTORS_ASSIGNED));
    assert_string_equal("government", core_rank_name(CORE_RANK_GOVERNMENT));
    assert_string_equal("acceptance", core_start_name(CORE_START_ACCEPTANCE));
    assert_string_equal("promised", core_clock_name(CORE_CLOCK_PROMISED));
    assert_string_equal("watch", core_clock_name(CORE_CLOCK_WATCH));
    assert_string_equal("stage", core_clock_name(CORE_CLOCK_STAGE));
    assert_string_equal("stage", core_clock_name(CORE_CLOCK_STAGE + CORE_STAGES_MAX - 1));
}

#define ROUND_TRIP(last, name, find, type)                                                     \
    do {                                                                                       \
        for (unsigned value = 0; value <= (unsigned)(last); value++)                           \
            assert_int_equal(value, find(name((type)value)));                                  \
        assert_string_equal("none", name((type)((last) + 1)));                                 \
        assert_int_equal(0, find("Approve"));                                                  \
        assert_int_equal(0, find(""));                                                         \
        assert_int_equal(0, find(NULL));                                                       \
    } while (0)

static void every_word_finds_its_value(void **state)
{
    (void)state;
    ROUND_TRIP(CORE_STATUS_RECEIVED, core_status_name, core_status_find, enum core_status);
    ROUND_TRIP(CORE_TASK_SKIPPED, core_task_state_name, core_task_state_find,
               enum core_task_state);
    ROUND_TRIP(CORE_OPINION_NOT_APPLICABLE, core_opinion_name, core_opinion_find,
               enum core_opinion);
    ROUND_TRIP(CORE_PAUSE_SUPPLEMENT, core_pause_kind_name, core_pause_kind_find,
               enum core_pause_kind);
    ROUND_TRIP(CORE_POLICY_PARTIAL, core_policy_name, core_policy_find, enum core_policy);
    ROUND_TRIP(CORE_UNIT_MONTH, core_unit_name, core_unit_find, enum core_unit);
    ROUND_TRIP(CORE_EXPIRY_DEEMED_RENEWAL, core_expiry_name, core_expiry_find,
               enum core_expiry);
    ROUND_TRIP(CORE_MILESTONE_HEARING_HELD, core_milestone_name, core_milestone_find,
               enum core_milestone);
    ROUND_TRIP(CORE_RANK_GOVERNMENT, core_rank_name, core_rank_find, enum core_rank);
    ROUND_TRIP(CORE_INTAKE_UNCHECKED, core_intake_name, core_intake_find, enum core_intake);
    ROUND_TRIP(CORE_TOLD, core_event_name, core_event_find, enum core_event_type);
    ROUND_TRIP(CORE_PARK_BY_CONNECTOR, core_park_reason_name, core_park_reason_find,
               enum core_park_reason);
    for (unsigned value = 0; value <= CORE_START_TOLD; value++)
        assert_int_equal(value, core_start_find(core_start_name((enum core_start)value)));
}

static void a_word_is_found_whole(void **state)
{
    (void)state;
    assert_int_equal(0, core_opinion_find("approv"));
    assert_int_equal(0, core_opinion_find("approve_"));
    assert_int_equal(CORE_OPINION_APPROVE, core_opinion_find("approve"));
}

/* Words without a way back must still differ and exist. */
static void names_are_distinct(void **state)
{
    (void)state;
    for (unsigned a = 0; a <= CORE_TOLD; a++)
        for (unsigned b = 0; b < a; b++)
            assert_string_not_equal(core_event_name((enum core_event_type)a),
                                    core_event_name((enum core_event_type)b));
    for (unsigned a = 0; a <= CORE_OUTCOME_NOT_REQUIRED; a++)
        for (unsigned b = 0; b < a; b++)
            assert_string_not_equal(core_outcome_name((enum core_outcome)a),
                                    core_outcome_name((enum core_outcome)b));
    for (unsigned a = 0; a <= CORE_NOTICE_REDATED; a++)
        for (unsigned b = 0; b < a; b++)
            assert_string_not_equal(core_notice_name((enum core_notice)a),
                                    core_notice_name((enum core_notice)b));
    for (unsigned a = 0; a <= CORE_PARK_BY_CONNECTOR; a++)
        for (unsigned b = 0; b < a; b++)
            assert_string_not_equal(core_park_reason_name((enum core_park_reason)a),
                                    core_park_reason_name((enum core_park_reason)b));
    for (unsigned a = 0; a <= CORE_CLOCK_STAGE; a++)
        for (unsigned b = 0; b < a; b++)
            assert_string_not_equal(core_clock_name((enum core_clock_id)a), core_clock_name((enum core_clock_id)b));
    for (unsigned a = 0; a <= CORE_CLOCK_STOPPED; a++)
        for (unsigned b = 0; b < a; b++)
            assert_string_not_equal(core_clock_state_name((enum core_clock_state)a),
                                    core_clock_state_name((enum core_clock_state)b));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_those_of_the_interface),
        cmocka_unit_test(every_word_finds_its_value),
        cmocka_unit_test(a_word_is_found_whole),
        cmocka_unit_test(names_are_distinct),
    };

    return cmocka_run_group_tests_name("names", tests, NULL, NULL);
}
