/* SPDX-License-Identifier: Apache-2.0 */
/* Every event in every state: taken or refused, and a refusal changes nothing. */
#include <string.h>

#include "core/office.h"

#define D2024_02_08 19761

/* The states, one column each. The event is on task 0; task 1 waits for task 0. */
enum column {
    NOT_RECEIVED,
    INCOMPLETE,
    QUEUED,
    OFFERED,  /* to the session */
    WORKLIST, /* offered to the officers */
    ACCEPTED,
    TAKEN, /* accepted by an officer */
    PAUSED,
    WAITING,
    PARKED,
    DONE, /* task 1 is queued */
    SKIPPED,
    WITHDRAWN, /* after the session accepted task 0 */
    LAPSED,
    NOT_ACCEPTED,
    DECIDED,
    CLOSED,
    UNCHECKED, /* received, and nobody has looked yet */
    COLUMNS,
};

static void opine_all(struct office_file *file)
{
    office_offer(file, 1, SESSION);
    office_opine(file, 0, CORE_OPINION_APPROVE);
    office_offer(file, 2, SESSION);
    office_opine(file, 1, CORE_OPINION_APPROVE);
}

static void hold(struct office_file *file, enum column column)
{
    office_offer(file, 1, column == WORKLIST || column == TAKEN ? 0 : SESSION);
    if (column == OFFERED || column == WORKLIST)
        return;
    office_tell(file, column == TAKEN ? CORE_TAKEN : CORE_ACCEPTED, 0);
    if (column == PAUSED)
        office_pause(file, 0, CORE_PAUSE_HEARING);
    if (column == WAITING)
        office_tell(file, CORE_ASKED, 0);
    if (column == PARKED)
        assert_int_equal(
            OD_OK, office_step(file, &(struct core_event){.type = CORE_PARKED,
                                                          .park_reason = CORE_PARK_POISON}));
    if (column == WITHDRAWN)
        office_tell(file, CORE_WITHDRAWN, 0);
}

static void bring_to(struct office_file *file, enum column column)
{
    if (column == NOT_RECEIVED)
        return;
    if (column == UNCHECKED) {
        struct core_event received = {.type = CORE_RECEIVED,
                                      .received = {.id = 1, .included = 3, .intake = CORE_INTAKE_UNCHECKED}};
        assert_int_equal(OD_OK, office_step(file, &received));
        return;
    }
    office_receive(file,
                   column == NOT_ACCEPTED ? 0
                   : column == SKIPPED    ? 2
                                          : 3,
                   column != INCOMPLETE && column != LAPSED);
    switch (column) {
    case NOT_RECEIVED:
    case UNCHECKED:
    case COLUMNS: assert_true(false); break;
    case INCOMPLETE:
    case QUEUED:
    case SKIPPED:
    case NOT_ACCEPTED: break;
    case LAPSED: office_wait(file, file->now.day + 90); break;
    case OFFERED:
    case WORKLIST:
    case ACCEPTED:
    case TAKEN:
    case PAUSED:
    case WAITING:
    case PARKED:
    case WITHDRAWN: hold(file, column); break;
    case DONE:
        office_offer(file, 1, SESSION);
        office_opine(file, 0, CORE_OPINION_APPROVE);
        break;
    case DECIDED: opine_all(file); break;
    case CLOSED:
        opine_all(file);
        office_tell(file, CORE_CLOSED, 0);
        break;
    }
}

/* One letter a column, in the order of the enum: '.' OK, S OD_ESTATE, I OD_EINVAL, T OD_ESTALE,
 * X OD_EEXIST, C OD_ECONFLICT, N OD_ENOTFOUND,
 * U OD_EUNSUPPORTED. */
/* clang-format off */
static const struct {
    struct core_event event;
    const char *answers;
    const char *why;
} rows[] = {
    /*                                             RIQOWATPWPDSWLNDCU */
    {{.type = CORE_RECEIVED, .received = {.id = 1, .included = 3, .is_complete = true}}, ".SSSSSSSSSSSSSSSSS", "once"},
    {{.type = CORE_SUPPLEMENTED, .supplemented = {.is_complete = true, .answered = 1}}, "S.SSSSSS.SSSSSSSSS", "completes, or answers"},
    {{.type = CORE_OFFERED, .offered = {1, SESSION, false}}, "SS.SSSSSSSSSSSSSSS", "T-3: what is queued"},
    {{.type = CORE_OFFERED, .offered = {1, 0, true}}, "SS.SSSSSSSSSSSSSSS", "T-3: to the worklist"},
    {{.type = CORE_ACCEPTED}, "SSS..SSSSSSSSSSSSS", "unchecked epoch"},
    {{.type = CORE_ACCEPTED, .epoch = SESSION}, "STT.TSTSSTTTSTTTTT", "T-7: from the owner"},
    {{.type = CORE_ACCEPTED, .epoch = SESSION + 1}, "STTTTTTTTTTTTTTTTT", "T-7: from a stranger"},
    {{.type = CORE_OPINED, .opinion = CORE_OPINION_APPROVE}, "SSS.......XS..SXXS", "D-10, D-11: a repeat"},
    {{.type = CORE_OPINED, .opinion = CORE_OPINION_REJECT}, "SSS.......CS..S..S", "D-10, D-11: another one"},
    {{.type = CORE_FAILED, .failed = {0, CORE_EFFECT_NOT_DONE, true, false, false}}, "SSS.S.SSSSSSSSSSSS", "T-4"},
    {{.type = CORE_FAILED, .failed = {SESSION, CORE_EFFECT_DONE, true, false, false}}, "STT.T.TSSTTTSTTTTT", "T-7"},
    {{.type = CORE_GIVEN_BACK}, "SSS..SSSSSSSSSSSSS", "only an offer"},
    {{.type = CORE_SESSION_LOST, .failed = {SESSION, 0, true, false, false}}, "STT.T.T..TTT.TTTTT", "T-5, T-7"},
    {{.type = CORE_SESSION_LOST, .failed = {SESSION + 1, 0, true, false, false}}, "STTTTTTTTTTTTTTTTT", "T-7: a stranger"},
    {{.type = CORE_RESUMED, .epoch = SESSION + 1}, "SSSSS.S..SSSSSSSSS", "T-7: not what an officer holds"},
    {{.type = CORE_PAUSED, .pause_kind = CORE_PAUSE_HEARING}, "SSSSS..SSSSSSSSSSS", "T-12"},
    {{.type = CORE_UNPAUSED}, "SSSSSSS.SSSSSSSSSS", "what is paused"},
    {{.type = CORE_ASKED}, "SSSSS..SSSSSSSSSSS", "K-13"},
    {{.type = CORE_INPUT_HANDED}, "SSSSSSSSSSSSSSSSSS", "T-10: nothing is owed"},
    {{.type = CORE_PARKED, .park_reason = CORE_PARK_BY_CONNECTOR}, "SSS....SSSSSSSSSSS", "T-8"},
    {{.type = CORE_REQUEUED}, "SSSS.SSSS.SSSSSSSS", "T-14: parked, or untouched on the worklist"},
    {{.type = CORE_TAKEN}, "SSSS.SSSS.SSSSSSSS", "T-13"},
    {{.type = CORE_TAKEN_OVER}, "SSSSSSSSSSSSSSSSSS", "T-15: it has an owner"},
    {{.type = CORE_CANCEL_CONFIRMED}, "SSSSSSSSSSSS.SSSSS", "T-9"},
    {{.type = CORE_WITHDRAWN}, "S...........SSSSS.", "I-7: what is open"},
    {{.type = CORE_WOKEN}, "SNNNNNNNNNNNNNNNNN", "nothing is due yet"},
    {{.type = CORE_CLOSED}, "SSSSSSSSSSSSSSS.SS", "after the decision"},
    {{.type = CORE_CHECKED, .checked = {3, 0, 0}}, "SSSSSSSSSSSSSSSSS.", "I-9: what nobody has looked at yet"},
    {{.type = CORE_CHECKED, .checked = {0, 0, CORE_INTAKE_CORRECTABLE}}, "SSSSSSSSSSSSSSSSS.", "errors of form"},
    {{.type = CORE_EXTENDED, .extended = {CORE_CLOCK_STATUTORY, CORE_RANK_HEAD, 5}}, "SS........UUSSSSSS", "K-11: what runs"},
    {{.type = CORE_MARKED, .marked = {CORE_MILESTONE_DELEGATED, 0}}, "SSS.......SSSSSSSS", "H-1: what a department has"},
    {{.type = CORE_REDATED}, "SNNNNNNNNNNNNNNNNN", "the calendar is as it was"},
    {{.type = CORE_TOLD, .notice = 1}, "SNNNNNNNNNNNNNNNNN", "S-6: no receipt is waited for"},
};
/* clang-format on */

static int code_of(char letter)
{
    switch (letter) {
    case '.': return OD_OK;
    case 'S': return OD_ESTATE;
    case 'I': return OD_EINVAL;
    case 'T': return OD_ESTALE;
    case 'X': return OD_EEXIST;
    case 'C': return OD_ECONFLICT;
    case 'N': return OD_ENOTFOUND;
    case 'U': return OD_EUNSUPPORTED;
    default: fail_msg("no code for %c", letter); return 0;
    }
}

static void set_up(struct office_service *service, struct office_file *file)
{
    office_service_init(service, 2);
    service->matters[1].after = 1;
    service->matters[0].pause_kinds = 1u << CORE_PAUSE_HEARING;
    service->rules.supplement = office_limit(20);
    for (unsigned i = 0; i < 2; i++)
        service->matters[i].statutory = office_limit(20);
    service->matters[0].statutory.extend = (struct core_extend){.times_max = 1, .length_max = 10};
    office_file_init(file, service, office_day(2024, 2, 8));
}

static size_t state_size(void)
{
    return core_application_size(2);
}

/* Step, and check that an error changed not a byte and told nothing. */
static int step_checked(struct office_file *file, struct core_event event)
{
    unsigned char before[8192];
    uint32_t revision = file->application->revision;

    assert_true(state_size() <= sizeof(before));
    memcpy(before, file->application, state_size());
    int rc = office_step(file, &event);
    if (rc == OD_OK) {
        assert_int_equal(revision + 1, file->application->revision);
        return rc;
    }
    assert_memory_equal(before, file->application, state_size());
    assert_int_equal(0, file->effects.count);
    return rc;
}

static void every_event_in_every_state(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_int_equal(COLUMNS, strlen(rows[i].answers));
        for (unsigned column = 0; column < COLUMNS; column++) {
            struct office_service service;
            struct office_file file;
            set_up(&service, &file);
            bring_to(&file, (enum column)column);
            int rc = step_checked(&file, rows[i].event);
            if (rc != code_of(rows[i].answers[column]))
                fail_msg("row %zu, %s in column %u: %d, not %c: %s", i,
                         core_event_name(rows[i].event.type), column, rc,
                         rows[i].answers[column], rows[i].why);
            office_file_fini(&file);
        }
    }
}

/* No event type is missing above. */
static void every_event_has_a_row(void **state)
{
    (void)state;
    for (unsigned type = CORE_RECEIVED; type <= CORE_TOLD; type++) {
        bool has_row = false;
        for (size_t i = 0; i < COUNT(rows); i++)
            has_row |= rows[i].event.type == type;
        assert_true(has_row);
    }
}

/* clang-format off */
static const struct {
    enum column column;
    struct core_event event;
    const char *why;
} out_of_range[] = {
    {ACCEPTED, {.type = CORE_EVENT_NONE}, "no event"},
    {ACCEPTED, {.type = (enum core_event_type)(CORE_TOLD + 1)}, "no such event"},
    {ACCEPTED, {.type = CORE_OPINED, .task = 2, .opinion = CORE_OPINION_APPROVE}, "task index = count"},
    {ACCEPTED, {.type = CORE_OPINED, .task = UINT32_MAX, .opinion = CORE_OPINION_APPROVE}, "task index"},
    {ACCEPTED, {.type = CORE_OPINED}, "no opinion"},
    {ACCEPTED, {.type = CORE_OPINED, .opinion = CORE_OPINION_NOT_APPLICABLE + 1}, "no such opinion"},
    {DECIDED, {.type = CORE_OPINED}, "no opinion, late"},
    {ACCEPTED, {.type = CORE_PAUSED}, "no pause kind"},
    {ACCEPTED, {.type = CORE_PAUSED, .pause_kind = CORE_PAUSE_AUCTION + 1}, "the applicant is asked, not paused"},
    {ACCEPTED, {.type = CORE_PAUSED, .pause_kind = CORE_PAUSE_SUPPLEMENT + 1}, "no such pause kind"},
    {ACCEPTED, {.type = CORE_PAUSED, .pause_kind = CORE_PAUSE_HEARING, .expected_days = -1}, "it lasts no days"},
    {ACCEPTED, {.type = CORE_PAUSED, .pause_kind = CORE_PAUSE_HEARING, .expected_days = CORE_LIMIT_DAYS_MAX + 1}, "ten years"},
    {ACCEPTED, {.type = CORE_PAUSED, .pause_kind = CORE_PAUSE_TENDER}, "T-12: not allowed by the matter"},
    {ACCEPTED, {.type = CORE_TOLD}, "no notice"},
    {ACCEPTED, {.type = CORE_PARKED}, "no park reason"},
    {ACCEPTED, {.type = CORE_PARKED, .park_reason = CORE_PARK_BY_CONNECTOR + 1}, "no such park reason"},
    {ACCEPTED, {.type = CORE_RESUMED, .epoch = 0}, "a session is not 0"},
    {ACCEPTED, {.type = CORE_SESSION_LOST}, "a session is not 0"},
    {OFFERED, {.type = CORE_FAILED}, "it must say what it did"},
    {OFFERED, {.type = CORE_FAILED, .failed = {.effect_known = CORE_EFFECT_UNKNOWN + 1}}, "no such effect"},
    {QUEUED, {.type = CORE_OFFERED, .offered = {0, SESSION, false}}, "empty set"},
    {QUEUED, {.type = CORE_OFFERED, .offered = {5, SESSION, false}}, "task 2 of 2"},
    {QUEUED, {.type = CORE_OFFERED, .offered = {1, 0, false}}, "T-3: a connector without a session"},
    {QUEUED, {.type = CORE_OFFERED, .offered = {1, SESSION, true}}, "T-3: a session on the worklist"},
    {NOT_RECEIVED, {.type = CORE_RECEIVED, .received = {.included = 3, .is_complete = true}}, "id 0"},
    {NOT_RECEIVED, {.type = CORE_RECEIVED, .received = {.id = 1, .included = 4, .is_complete = true}}, "a matter beyond the last"},
    {NOT_RECEIVED, {.type = CORE_RECEIVED, .received = {.id = 1, .included = 3, .intake = CORE_INTAKE_UNCHECKED + 1}}, "no such finding"},
    {NOT_RECEIVED, {.type = CORE_RECEIVED, .received = {1, 3, true, 0, D2024_02_08 + 1}}, "I-8: nothing may be promised here"},
    {UNCHECKED, {.type = CORE_CHECKED, .checked = {0, 0, 0}}, "nothing was looked at"},
    {UNCHECKED, {.type = CORE_CHECKED, .checked = {4, 0, 0}}, "a matter beyond the last"},
    {UNCHECKED, {.type = CORE_CHECKED, .checked = {1, 2, 0}}, "lacking, and not looked at"},
    {UNCHECKED, {.type = CORE_CHECKED, .checked = {1, 0, CORE_INTAKE_UNCHECKED}}, "it was looked at"},
    {ACCEPTED, {.type = CORE_EXTENDED, .extended = {CORE_CLOCKS, CORE_RANK_HEAD, 5}}, "a clock that stands alone"},
    {ACCEPTED, {.type = CORE_EXTENDED, .task = 2, .extended = {CORE_CLOCK_STATUTORY, CORE_RANK_HEAD, 5}}, "task 2 of 2"},
    {ACCEPTED, {.type = CORE_EXTENDED, .task = CORE_TASKS_MAX + 1, .extended = {CORE_CLOCK_STATUTORY, CORE_RANK_HEAD, 5}}, "beyond the whole"},
    {ACCEPTED, {.type = CORE_EXTENDED, .extended = {CORE_CLOCK_STATUTORY, CORE_RANK_GOVERNMENT + 1, 5}}, "no such rank"},
    {ACCEPTED, {.type = CORE_EXTENDED, .extended = {CORE_CLOCK_STATUTORY, CORE_RANK_HEAD, 0}}, "by nothing"},
    {ACCEPTED, {.type = CORE_EXTENDED, .extended = {CORE_CLOCK_STATUTORY, CORE_RANK_HEAD, 11}}, "limit + 1"},
    {ACCEPTED, {.type = CORE_MARKED, .marked = {CORE_MILESTONE_NONE, 0}}, "no milestone"},
    {ACCEPTED, {.type = CORE_MARKED, .marked = {CORE_MILESTONE_TAKEN, 0}}, "the hub's own"},
    {ACCEPTED, {.type = CORE_MARKED, .marked = {CORE_MILESTONE_HEARING_HELD + 1, 0}}, "no such milestone"},
    {ACCEPTED, {.type = CORE_MARKED, .marked = {CORE_MILESTONE_HEARING_ANNOUNCED, D2024_02_08 - 1}}, "for a day that is past"},
    {ACCEPTED, {.type = CORE_MARKED, .marked = {CORE_MILESTONE_HEARING_ANNOUNCED, CORE_DAY_MAX + 1}}, "past the end of time"},
    {INCOMPLETE, {.type = CORE_SUPPLEMENTED, .supplemented = {.is_complete = true, .included = 4}}, "a matter beyond the last"},
    {WAITING, {.type = CORE_SUPPLEMENTED, .supplemented = {.is_complete = true}}, "nobody was answered"},
    {WAITING, {.type = CORE_SUPPLEMENTED, .supplemented = {.is_complete = true, .answered = 5}}, "task 2 of 2"},
};
/* clang-format on */

static void what_is_out_of_range_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(out_of_range); i++) {
        struct office_service service;
        struct office_file file;
        set_up(&service, &file);
        bring_to(&file, out_of_range[i].column);
        int rc = step_checked(&file, out_of_range[i].event);
        if (rc != OD_EINVAL)
            fail_msg("%s: %d", out_of_range[i].why, rc);
        office_file_fini(&file);
    }
}

/* One task of a set that is not in the right state spoils the whole event. */
static void a_set_is_taken_whole_or_not_at_all(void **state)
{
    struct office_service service;
    struct office_file file;

    (void)state;
    set_up(&service, &file);
    bring_to(&file, QUEUED);
    assert_int_equal(OD_ESTATE,
                     step_checked(&file, (struct core_event){.type = CORE_OFFERED,
                                                             .offered = {3, SESSION, false}}));
    office_file_fini(&file);

    set_up(&service, &file);
    bring_to(&file, WAITING);
    assert_int_equal(OD_ESTATE,
                     step_checked(&file, (struct core_event){.type = CORE_SUPPLEMENTED,
                                                             .supplemented = {.answered = 3}}));
    office_file_fini(&file);
}

static void the_time_must_be_a_time(void **state)
{
    static const struct core_time bad[] = {
        {.day = -1},
        {.day = CORE_DAY_MAX + 1},
        {.day = 20000, .minute = -1},
        {.day = 20000, .minute = 1440},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct office_service service;
        struct office_file file;
        set_up(&service, &file);
        struct core_event event = {
            .type = CORE_RECEIVED, .time = bad[i], .received = {.id = 1, .included = 3, .is_complete = true}};
        assert_int_equal(OD_EINVAL,
                         core_step(&service.rules, file.application, &event, &file.effects));
        office_file_fini(&file);
    }
}

/* A due day past the end of time is found when half of the clocks run; nothing stays of it. */
static void the_end_of_time_changes_nothing(void **state)
{
    static const struct {
        enum column column;
        struct core_event event;
        const char *why;
    } ends[] = {
        {NOT_RECEIVED, {.type = CORE_RECEIVED, .received = {.id = 1, .included = 3, .is_complete = true}}, "task clocks"},
        {NOT_RECEIVED, {.type = CORE_RECEIVED, .received = {.id = 1, .included = 3}}, "supplement clock"},
        {INCOMPLETE, {.type = CORE_SUPPLEMENTED, .supplemented = {.is_complete = true}}, "joint clocks"},
        {PAUSED, {.type = CORE_UNPAUSED}, "resumption"},
        {WAITING,
         {.type = CORE_SUPPLEMENTED, .supplemented = {.answered = 1}},
         "resumption after an answer"},
        {PAUSED,
         {.type = CORE_OPINED, .opinion = CORE_OPINION_APPROVE},
         "resumption by an opinion"},
        {ACCEPTED,
         {.type = CORE_OPINED, .opinion = CORE_OPINION_APPROVE},
         "the successor's clocks"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(ends); i++) {
        struct office_service service;
        struct office_file file;
        set_up(&service, &file);
        service.rules.supplement = (struct core_limit){0};
        bring_to(&file, ends[i].column);
        service.rules.supplement = office_limit(20);
        file.now.day = CORE_DAY_MAX;
        int rc = step_checked(&file, ends[i].event);
        if (rc != OD_ERANGE)
            fail_msg("%s: %d", ends[i].why, rc);
        office_file_fini(&file);
    }
}

/* The largest service: 64 tasks, all bits of the set. */
static void sixty_four_tasks_fit(void **state)
{
    struct office_service service;
    struct office_file file;

    (void)state;
    office_service_init(&service, CORE_TASKS_MAX);
    office_file_init(&file, &service, office_day(2024, 2, 8));
    office_receive(&file, UINT64_MAX, true);
    assert_int_equal(CORE_TASKS_MAX + 2, file.effects.count); /* queued, taken in, told */
    office_offer(&file, UINT64_MAX, SESSION);
    for (unsigned i = 0; i < CORE_TASKS_MAX; i++) {
        assert_int_equal(CORE_STATUS_IN_REVIEW, file.application->status);
        office_opine(&file, i, CORE_OPINION_APPROVE);
        file.trace_size = 0;
    }
    assert_int_equal(CORE_STATUS_DECIDED, file.application->status);
    office_file_fini(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_event_in_every_state),
        cmocka_unit_test(every_event_has_a_row),
        cmocka_unit_test(what_is_out_of_range_is_refused),
        cmocka_unit_test(a_set_is_taken_whole_or_not_at_all),
        cmocka_unit_test(the_time_must_be_a_time),
        cmocka_unit_test(the_end_of_time_changes_nothing),
        cmocka_unit_test(sixty_four_tasks_fit),
    };

    return cmocka_run_group_tests_name("step", tests, NULL, NULL);
}
