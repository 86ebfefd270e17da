/* SPDX-License-Identifier: Apache-2.0 */
/* Every event of the core, written as the journal has it and read again. */
#include "journal/record.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/names.h"
#include "lib/check.h"

#define ID 4711
#define ROUNDS 400

static struct base_json *parse(const struct base_buffer *buffer)
{
    struct base_json_error error;
    struct base_json *root = NULL;

    CHECK_I64(OD_OK, base_json_parse(buffer->bytes, buffer->size, &root, &error), buffer->bytes);
    return root;
}

static void write_event(struct base_buffer *buffer, const struct core_event *event)
{
    base_buffer_clear(buffer);
    base_json_open(buffer, NULL, '{');
    journal_event_put(buffer, event, "key-1");
    base_json_close(buffer, '}');
}

/* -- Chance -- */

static uint64_t dice = 20240208;

static uint32_t roll(uint32_t sides)
{
    dice = dice * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(dice >> 33) % sides;
}

static core_task_set any_set(void)
{
    switch (roll(4)) {
    case 0: return 0;
    case 1: return UINT64_MAX;
    case 2: return (core_task_set)1 << roll(CORE_TASKS_MAX);
    default: return (core_task_set)roll(UINT32_MAX) << roll(40);
    }
}

static int32_t any_of(int32_t min, int32_t max)
{
    uint32_t pick = roll(4);

    return pick == 0 ? min : pick == 1 ? max : min + (int32_t)roll((uint32_t)(max - min) + 1);
}

static void fill_failure(struct core_event *event)
{
    event->failed.epoch = roll(3) == 0 ? UINT32_MAX : roll(1000);
    event->failed.effect_known = (uint8_t)roll(CORE_EFFECT_UNKNOWN + 1);
    event->failed.may_repeat = roll(2);
    event->failed.is_final = roll(2);
    event->failed.is_crash = roll(2);
}

static void fill_body(struct core_event *event)
{
    switch (event->type) {
    case CORE_RECEIVED:
        event->received.id = ID;
        event->received.included = any_set();
        event->received.is_complete = roll(2);
        event->received.intake = (uint8_t)roll(CORE_INTAKE_UNCHECKED + 1);
        event->received.tolerated_until = roll(2) ? any_of(1, CORE_DAY_MAX) : 0;
        event->received.held = roll(2) ? any_set() : 0;
        event->received.held_conditional = roll(2) ? any_set() : 0;
        break;
    case CORE_SUPPLEMENTED:
        event->supplemented.is_complete = roll(2);
        event->supplemented.answered = any_set();
        event->supplemented.included = any_set();
        event->supplemented.unheld = roll(2) ? any_set() : 0;
        event->supplemented.is_tolerated_met = roll(2);
        break;
    case CORE_OFFERED:
        event->offered.tasks = (core_task_set)1 << event->task;
        event->offered.epoch = roll(2) ? UINT32_MAX : roll(1000);
        event->offered.by_officer = roll(2);
        break;
    case CORE_FAILED:
    case CORE_SESSION_LOST: fill_failure(event); break;
    case CORE_ACCEPTED:
    case CORE_RESUMED: event->epoch = roll(2) ? UINT32_MAX : roll(1000); break;
    case CORE_OPINED: event->opinion = (uint8_t)any_of(CORE_OPINION_APPROVE, CORE_OPINION_NOT_APPLICABLE); break;
    case CORE_PAUSED:
        event->pause_kind = (uint8_t)any_of(CORE_PAUSE_HEARING, CORE_PAUSE_AUCTION);
        event->expected_days = roll(2) ? any_of(1, CORE_LIMIT_DAYS_MAX) : 0;
        break;
    case CORE_PARKED: event->park_reason = (uint8_t)any_of(CORE_PARK_RETRIES_EXHAUSTED, CORE_PARK_BY_CONNECTOR); break;
    case CORE_CHECKED:
        event->checked.tasks = any_set();
        event->checked.lacking = any_set();
        event->checked.intake = (uint8_t)roll(CORE_INTAKE_CORRECTABLE + 1);
        break;
    case CORE_EXTENDED:
        event->extended.clock = (uint8_t)roll(CORE_CLOCKS);
        event->extended.rank = (uint8_t)any_of(CORE_RANK_OFFICER, CORE_RANK_GOVERNMENT);
        event->extended.length = any_of(1, CORE_LIMIT_DAYS_MAX);
        event->task = roll(4) == 0 ? CORE_TASKS_MAX : event->task;
        break;
    case CORE_MARKED:
        event->marked.milestone = (uint8_t)any_of(CORE_MILESTONE_DELEGATED, CORE_MILESTONE_HEARING_HELD);
        event->marked.day = roll(2) ? any_of(1, CORE_DAY_MAX) : 0;
        break;
    case CORE_TOLD:
        event->notice = (uint8_t)any_of(1, UINT8_MAX);
        event->told_day = roll(2) ? any_of(1, CORE_DAY_MAX) : 0;
        break;
    case CORE_EVENT_NONE:
    case CORE_GIVEN_BACK:
    case CORE_UNPAUSED:
    case CORE_ASKED:
    case CORE_INPUT_HANDED:
    case CORE_REQUEUED:
    case CORE_TAKEN:
    case CORE_CANCEL_CONFIRMED:
    case CORE_TAKEN_OVER:
    case CORE_WITHDRAWN:
    case CORE_WOKEN:
    case CORE_REDATED:
    case CORE_CLOSED: break;
    }
}

static void fill(struct core_event *event, enum core_event_type type)
{
    memset(event, 0, sizeof(*event));
    event->type = type;
    event->time.ms = roll(3) == 0 ? 0 : INT64_C(1700000000000) + roll(UINT32_MAX);
    event->time.day = any_of(0, CORE_DAY_MAX);
    event->time.minute = any_of(0, CORE_DAY_MINUTES - 1);
    if (journal_event_is_on_task(type))
        event->task = (unsigned)any_of(0, CORE_TASKS_MAX - 1);
    fill_body(event);
}

static bool is_failure_same(const struct core_event *a, const struct core_event *b)
{
    return a->failed.epoch == b->failed.epoch && a->failed.effect_known == b->failed.effect_known &&
           a->failed.may_repeat == b->failed.may_repeat && a->failed.is_final == b->failed.is_final &&
           a->failed.is_crash == b->failed.is_crash;
}

static bool is_intake_same(const struct core_event *a, const struct core_event *b)
{
    return a->received.id == b->received.id && a->received.included == b->received.included &&
           a->received.is_complete == b->received.is_complete && a->received.intake == b->received.intake &&
           a->received.tolerated_until == b->received.tolerated_until && a->received.held == b->received.held &&
           a->received.held_conditional == b->received.held_conditional;
}

static bool is_answer_same(const struct core_event *a, const struct core_event *b)
{
    return a->supplemented.is_complete == b->supplemented.is_complete && a->supplemented.answered == b->supplemented.answered &&
           a->supplemented.included == b->supplemented.included && a->supplemented.unheld == b->supplemented.unheld &&
           a->supplemented.is_tolerated_met == b->supplemented.is_tolerated_met;
}

static bool is_body_same(const struct core_event *a, const struct core_event *b)
{
    switch (a->type) {
    case CORE_RECEIVED: return is_intake_same(a, b);
    case CORE_SUPPLEMENTED: return is_answer_same(a, b);
    case CORE_OFFERED:
        return a->offered.tasks == b->offered.tasks && a->offered.epoch == b->offered.epoch && a->offered.by_officer == b->offered.by_officer;
    case CORE_FAILED:
    case CORE_SESSION_LOST: return is_failure_same(a, b);
    case CORE_ACCEPTED:
    case CORE_RESUMED: return a->epoch == b->epoch;
    case CORE_OPINED: return a->opinion == b->opinion;
    case CORE_PAUSED: return a->pause_kind == b->pause_kind && a->expected_days == b->expected_days;
    case CORE_PARKED: return a->park_reason == b->park_reason;
    case CORE_CHECKED:
        return a->checked.tasks == b->checked.tasks && a->checked.lacking == b->checked.lacking && a->checked.intake == b->checked.intake;
    case CORE_EXTENDED:
        return a->extended.clock == b->extended.clock && a->extended.rank == b->extended.rank && a->extended.length == b->extended.length;
    case CORE_MARKED: return a->marked.milestone == b->marked.milestone && a->marked.day == b->marked.day;
    case CORE_TOLD: return a->notice == b->notice && a->told_day == b->told_day;
    case CORE_EVENT_NONE:
    case CORE_GIVEN_BACK:
    case CORE_UNPAUSED:
    case CORE_ASKED:
    case CORE_INPUT_HANDED:
    case CORE_REQUEUED:
    case CORE_TAKEN:
    case CORE_CANCEL_CONFIRMED:
    case CORE_TAKEN_OVER:
    case CORE_WITHDRAWN:
    case CORE_WOKEN:
    case CORE_REDATED:
    case CORE_CLOSED: return true;
    }
    return false;
}

static void check_same(const struct core_event *a, const struct core_event *b, const char *why)
{
    CHECK_I64(a->type, b->type, why);
    CHECK_I64(a->time.ms, b->time.ms, why);
    CHECK_I64(a->time.day, b->time.day, why);
    CHECK_I64(a->time.minute, b->time.minute, why);
    CHECK_I64(a->task, b->task, why);
    CHECK(is_body_same(a, b), why);
}

static void test_round_trip(void **state)
{
    struct base_buffer buffer = {0};

    (void)state;
    for (unsigned type = CORE_RECEIVED; type <= CORE_TOLD; type++)
        for (unsigned round = 0; round < ROUNDS; round++) {
            struct core_event event, read;

            fill(&event, (enum core_event_type)type);
            write_event(&buffer, &event);
            struct base_json *root = parse(&buffer);
            CHECK_I64(OD_OK, journal_event_read(root, ID, &read), base_buffer_text(&buffer));
            check_same(&event, &read, base_buffer_text(&buffer));
            base_json_destroy(root);
        }
    base_buffer_fini(&buffer);
}

/* Whatever member is gone, or of another shape, the record is broken, or it was one for people. */
static bool is_for_people(const struct core_event *event, const char *key)
{
    static const char *const optional[] = {"by", "intake", "tolerated_until", "expected_days", "on", "tolerated_met", "held", "held_conditional", "unheld"};

    for (size_t i = 0; i < COUNT(optional); i++)
        if (strcmp(key, optional[i]) == 0)
            return true;
    bool is_whole = event->type == CORE_EXTENDED && strcmp(key, "task") == 0; /* without it: the whole */
    return is_whole || (event->type == CORE_SUPPLEMENTED && strcmp(key, "included") == 0);
}

static void write_without(struct base_buffer *out, const struct base_json *root, size_t skip, const char *instead)
{
    size_t index = 0;

    base_buffer_clear(out);
    base_json_open(out, NULL, '{');
    for (const struct base_json *member = base_json_first(root); member != NULL; member = base_json_next(member), index++) {
        if (index != skip)
            base_json_put(out, base_json_key(member), member);
        else if (instead != NULL)
            base_json_put_raw(out, base_json_key(member), instead, strlen(instead));
    }
    base_json_close(out, '}');
}

static void check_broken(const struct base_json *root, const struct core_event *event, size_t skip, const char *key, const char *instead)
{
    struct core_event read, untouched;
    struct base_buffer changed = {0};

    memset(&read, 0x5a, sizeof(read));
    memset(&untouched, 0x5a, sizeof(untouched));
    write_without(&changed, root, skip, instead);
    struct base_json *broken = parse(&changed);
    int rc = journal_event_read(broken, ID, &read);
    bool may_be_fine = is_for_people(event, key) && (instead == NULL || strcmp(key, "by") == 0);
    int expected = strcmp(key, "type") == 0 ? OD_ENOTFOUND : may_be_fine ? OD_OK : OD_ESYNTAX;
    CHECK_I64(expected, rc, base_buffer_text(&changed));
    if (rc != OD_OK)
        CHECK(memcmp(&read, &untouched, sizeof(read)) == 0, "unchanged on error");
    base_json_destroy(broken);
    base_buffer_fini(&changed);
}

static void test_broken_members(void **state)
{
    static const char *const shapes[] = {NULL, "null", "{}", "1.5", "-7", "\"no such word\"", "[-1]", "[64]", "1e30"};
    struct base_buffer buffer = {0};

    (void)state;
    for (unsigned type = CORE_RECEIVED; type <= CORE_TOLD; type++)
        for (size_t shape = 0; shape < COUNT(shapes); shape++) {
            struct core_event event;
            size_t index = 0;

            do
                fill(&event, (enum core_event_type)type);
            while (event.type == CORE_EXTENDED && event.task == CORE_TASKS_MAX);
            write_event(&buffer, &event);
            struct base_json *root = parse(&buffer);
            for (const struct base_json *member = base_json_first(root); member != NULL; member = base_json_next(member), index++)
                check_broken(root, &event, index, base_json_key(member), shapes[shape]);
            base_json_destroy(root);
        }
    base_buffer_fini(&buffer);
}

static void test_fixed_records(void **state)
{
    static const struct { const char *json; int rc; const char *why; } rows[] = {
        {"{\"type\":\"decided\",\"at_ms\":1,\"day\":1,\"minute\":1}", OD_ENOTFOUND, "a record for people"},
        {"{}", OD_ENOTFOUND, "no type at all"},
        {"{\"type\":\"none\",\"at_ms\":1,\"day\":1,\"minute\":1}", OD_ENOTFOUND, "the name of no event"},
        {"{\"type\":\"woken\",\"at_ms\":1,\"day\":1,\"minute\":1439}", OD_OK, "the last minute of a day"},
        {"{\"type\":\"woken\",\"at_ms\":1,\"day\":1,\"minute\":1440}", OD_ESYNTAX, "the last minute + 1"},
        {"{\"type\":\"woken\",\"at_ms\":253402300799999,\"day\":1,\"minute\":0}", OD_OK, "the end of the year 9999"},
        {"{\"type\":\"woken\",\"at_ms\":1152921504606846977,\"day\":1,\"minute\":0}", OD_ESYNTAX, "past every clock"},
        {"{\"type\":\"taken\",\"at_ms\":1,\"day\":1,\"minute\":1,\"task\":63}", OD_OK, "the last task"},
        {"{\"type\":\"taken\",\"at_ms\":1,\"day\":1,\"minute\":1,\"task\":64}", OD_ESYNTAX, "the last task + 1"},
        {"{\"type\":\"extended\",\"at_ms\":1,\"day\":1,\"minute\":1,\"clock\":\"intake\",\"rank\":\"head\",\"length\":1}", OD_ESYNTAX,
         "only the pair can be extended"},
        {"{\"type\":\"supplemented\",\"at_ms\":1,\"day\":1,\"minute\":1,\"complete\":true,\"answered\":[],\"tolerated_met\":false}", OD_OK,
         "false is not true"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct base_json_error error;
        struct core_event event = {0};
        struct base_json *root = NULL;

        CHECK_I64(OD_OK, base_json_parse(rows[i].json, strlen(rows[i].json), &root, &error), rows[i].why);
        CHECK_I64(rows[i].rc, journal_event_read(root, ID, &event), rows[i].why);
        if (event.type == CORE_SUPPLEMENTED)
            CHECK(!event.supplemented.is_tolerated_met, rows[i].why);
        base_json_destroy(root);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_broken_members),
        cmocka_unit_test(test_fixed_records),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
