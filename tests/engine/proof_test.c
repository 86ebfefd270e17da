/* SPDX-License-Identifier: Apache-2.0 */
/* What is handed out as proof: the bundle of an application, which a stranger verifies and replays, and the application as
 * it was after any of its records. */
#include <stdio.h>
#include <stdlib.h>

#include "engine/desk.h"
#include "engine/replay.h"
#include "evidence/evidence.h"
#include "lib/check.h"

#define BOTH "[{\"material\":\"deed\"},{\"material\":\"plan\"}]"
#define OF_ZHAO                                                                                                      \
    "{\"service\":\"plain\",\"applicant\":{\"name\":\"Zhao Wenqing\",\"phone\":\"13800000733\"},\"form\":{\"area\":100},\"materials\":" BOTH "}"
#define VIEWS_MAX 16
#define ALLOCATIONS_MAX 200

/* -- The bundle -- */

static const char *decided(void)
{
    static char number[BASE_NUMBER_SIZE];

    snprintf(number, sizeof(number), "%s", desk_of(desk_do(&desk_front, FRONT_APPLICATION_SUBMIT, NULL, 201, OF_ZHAO), "number"));
    desk_do(&desk_land, FRONT_TASK_TAKE, desk_task(number, 0), 200, "{}");
    desk_do(&desk_land, FRONT_TASK_OPINION, desk_task(number, 0), 200, "{\"opinion\":\"approve\",\"document_no\":\"L-7\"}");
    desk_do(&desk_water, FRONT_TASK_OPINION, desk_task(number, 1), 200, "{\"opinion\":\"reject\",\"reasons\":[\"the bank is weak\"]}");
    return number;
}

static struct stage_request *bundle(const char *number, const char *query, int status)
{
    struct stage_request *asked = stage_ask_as(&desk_supervisor, FRONT_APPLICATION_BUNDLE, number, query, NULL);

    stage_drain();
    CHECK_I64(status, asked->status, query != NULL ? query : "");
    return asked;
}

static struct evidence_figures verified(const char *text)
{
    const struct evidence_anchor anchor = {.key_count = 0};
    const struct evidence_report report = {.owner = NULL};
    struct evidence_figures figures;
    FILE *file = fmemopen((void *)(uintptr_t)text, strlen(text), "rb");

    assert_non_null(file);
    CHECK_I64(OD_OK, evidence_verify_stream(file, &anchor, &report, &figures), "it can be read");
    fclose(file);
    return figures;
}

static int on_bytes(void *owner, const char *bytes, size_t size)
{
    base_buffer_put(owner, bytes, size);
    return OD_OK;
}

/* How often the whole journal says it. */
static size_t journal_says(const char *words)
{
    struct base_buffer bytes = {0};
    struct base_sign_pair pair = {.seed = {3}};
    struct store_reader *reader = store_reader_take(stage.engine->store);
    size_t count = 0;

    base_sign_pair_derive(&pair);
    CHECK_I64(OD_OK, store_reader_hold(reader), "one moment");
    const struct evidence_export wish = {.reader = reader, .pair = &pair, .now_ms = stage.engine->now.ms, .on_bytes = on_bytes, .owner = &bytes};
    CHECK_I64(OD_OK, evidence_export_journal(&wish), "the journal");
    store_reader_release(reader);
    store_reader_give(stage.engine->store, reader);
    for (const char *at = base_buffer_text(&bytes); (at = strstr(at, words)) != NULL; at++)
        count++;
    base_buffer_fini(&bytes);
    base_sign_pair_fini(&pair);
    return count;
}

static void test_a_bundle_is_sound_and_replays(void **state)
{
    const char *number = decided();
    struct stage_request *asked = bundle(number, NULL, 200);
    struct evidence_figures figures = verified(asked->answer);

    (void)state;
    CHECK_TEXT("application/jsonl", asked->media_type, "lines of JSON");
    CHECK_I64(0, figures.findings, "sound");
    CHECK_TEXT(number, figures.number, "of this one");
    CHECK(figures.is_replayed, "its events give the state that it tells");
    CHECK(figures.records >= 4, "every record of it");
    CHECK_I64(0, figures.unsealed, "each under a signed checkpoint");
    CHECK(strstr(asked->answer, "the bank is weak") != NULL, "the decision's reasons are in it");
    CHECK(strstr(asked->answer, "Wenqing") == NULL && strstr(asked->answer, "13800000733") == NULL, "and nobody's name");
    replay_check(desk_id(number));
}

static void test_with_documents_or_without_rules(void **state)
{
    const char *number = decided();
    struct stage_request *whole = bundle(number, "documents=true", 200), *bare = bundle(number, "documents=false&catalog=false", 200);

    (void)state;
    CHECK(strstr(whole->answer, "Zhao Wenqing") != NULL, "as it was received");
    CHECK_I64(0, verified(whole->answer).findings, "sound with it");
    CHECK(strstr(bare->answer, "Wenqing") == NULL, "without the document");
    CHECK_I64(0, verified(bare->answer).findings, "sound without the rules");
    CHECK(!verified(bare->answer).is_replayed, "and only the hub can replay it");
    CHECK(strlen(bare->answer) < strlen(whole->answer), "it is shorter");
}

/* Whoever takes one is on record before it leaves. */
static void test_who_took_it_is_on_record(void **state)
{
    const char *number = decided();

    (void)state;
    CHECK_I64(0, journal_says("bundle_exported"), "nobody yet");
    bundle(number, NULL, 200);
    bundle(number, "documents=true", 200);
    CHECK_I64(2, journal_says("bundle_exported"), "both");
    CHECK_I64(1, journal_says("\\\"documents\\\":true"), "and who saw the documents");
    struct stage_request *asked = stage_ask_as(&desk_supervisor, FRONT_APPLICATION_BUNDLE, number, NULL, NULL);
    stage_restart(false);
    stage_drain();
    CHECK(asked->answer == NULL, "told nothing: the process died before that was durable");
    CHECK_I64(2, journal_says("bundle_exported"), "and nothing is on record that did not happen");
    CHECK_I64(0, verified(bundle(number, NULL, 200)->answer).findings, "sound after the death");
}

static void test_no_bundle(void **state)
{
    const char *number = decided();
    unsigned refused = 0, given = 0;

    (void)state;
    bundle(number, "documents=maybe", 422);
    bundle(number, "catalog=1", 422);
    bundle("20240115-000099-9", NULL, 404);
    bundle("no number", NULL, 404);
    for (uint64_t at = 1; at <= ALLOCATIONS_MAX && given < 3; at++) {
        stage.alloc_fail_at = at;
        struct stage_request *asked = stage_ask_as(&desk_supervisor, FRONT_APPLICATION_BUNDLE, number, NULL, NULL);
        stage_drain();
        CHECK(asked->status == 200 || asked->status == 503, "whole or not at all");
        refused += asked->status == 503;
        given = asked->status == 200 ? given + 1 : 0;
    }
    CHECK(refused > 0, "memory ran out");
    CHECK_I64(3, given, "and there was enough in the end");
}

/* -- As of -- */

struct view {
    uint64_t seq;
    char *answer;
};

static struct view views[VIEWS_MAX];
static size_t view_count;

/* How it is now, and after which record. */
static void look(const char *number)
{
    struct stage_request *events = desk_get(FRONT_APPLICATION_EVENTS, number, NULL);
    char path[32];

    snprintf(path, sizeof(path), "items.%zu.seq", desk_count(events, "items") - 1);
    uint64_t seq = strtoull(desk_of(events, path), NULL, 10);
    CHECK(view_count < VIEWS_MAX, "as many as there may be");
    CHECK(view_count == 0 || seq > views[view_count - 1].seq, "something happened");
    views[view_count++] = (struct view){seq, strdup(desk_get(FRONT_APPLICATION_SHOW, number, NULL)->answer)};
}

static struct stage_request *as_of(const char *number, const char *seq, int status)
{
    static char query[64]; /* borrowed by the stage: the same place for all */

    snprintf(query, sizeof(query), "as_of=%s", seq);
    struct stage_request *asked = stage_ask_as(&desk_supervisor, FRONT_APPLICATION_SHOW, number, query, NULL);
    stage_drain();
    CHECK_I64(status, asked->status, seq);
    return asked;
}

/* Every look that was taken is told again, word for word, however much has happened since. */
static void check_views(const char *number)
{
    for (size_t i = 0; i < view_count; i++) {
        char seq[24];
        size_t size = strlen(views[i].answer) - 1; /* without the brace */

        snprintf(seq, sizeof(seq), "%llu", (unsigned long long)views[i].seq);
        struct stage_request *asked = as_of(number, seq, 200);
        if (strncmp(views[i].answer, asked->answer, size) != 0)
            fail_msg("as of %s:\n%s\nbut it was\n%s", seq, asked->answer, views[i].answer);
        CHECK(strncmp(asked->answer + size, ",\"as_of\":{", 10) == 0, "and it says as of when");
        CHECK_TEXT(seq, desk_of(asked, "as_of.seq"), "which is that record");
        free(views[i].answer);
    }
    view_count = 0;
}

static void test_as_of_each_step(void **state)
{
    char number[BASE_NUMBER_SIZE];

    (void)state;
    snprintf(number, sizeof(number), "%s", desk_submit("plain", "{\"area\":100}", "[{\"material\":\"deed\"}]"));
    look(number); /* incomplete, with its notice */
    desk_pass(1);
    desk_do(&desk_citizen, FRONT_APPLICATION_SUPPLEMENT, number, 200, "{\"materials\":[{\"material\":\"plan\"}]}");
    look(number);
    desk_do(&desk_land, FRONT_TASK_TAKE, desk_task(number, 0), 200, "{}");
    look(number);
    desk_do(&desk_land, FRONT_TASK_MILESTONE, desk_task(number, 0), 200, "{\"milestone\":\"hearing_announced\",\"on\":\"2024-02-20\",\"chair\":\"judge\"}");
    look(number);
    desk_do(&desk_land, FRONT_TASK_MILESTONE, desk_task(number, 0), 200, "{\"milestone\":\"delegated\",\"text\":\"the town\"}");
    look(number);
    desk_do(&desk_land_head, FRONT_TASK_EXTEND, desk_task(number, 0), 200, "{\"length\":10,\"reason\":\"a complicated case\"}");
    look(number);
    desk_do(&desk_land, FRONT_TASK_OPINION, desk_task(number, 0), 200, "{\"opinion\":\"approve_with_conditions\",\"conditions\":[\"a fence\"]}");
    look(number);
    desk_do(&desk_water, FRONT_TASK_OPINION, desk_task(number, 1), 200, "{\"opinion\":\"approve\"}");
    look(number); /* decided */
    desk_do(&desk_front, FRONT_APPLICATION_DELIVERY, number, 200, "{\"way\":\"window\"}");
    look(number); /* closed */
    check_views(number);
    replay_check(desk_id(number));
}

/* What a person found, what silence did, what the clock did. */
static void test_as_of_what_nobody_did(void **state)
{
    char number[BASE_NUMBER_SIZE];

    (void)state;
    snprintf(number, sizeof(number), "%s", desk_submit("checked", "{\"area\":100}", BOTH));
    look(number); /* received */
    desk_pass(8);
    look(number); /* accepted by silence */
    desk_pass(40);
    look(number); /* the water department's consent is deemed */
    desk_do(&desk_front, FRONT_APPLICATION_WITHDRAW, number, 200, "{\"reason\":\"given up\"}");
    look(number);
    check_views(number);
}

static void test_as_of_no_moment(void **state)
{
    static const char *const wrong[] = {"0", "-1", "x", "1.5", "99999999999999999999"};
    const char *first = desk_submit("plain", "{\"area\":100}", BOTH);
    char number[BASE_NUMBER_SIZE], before[24];

    (void)state;
    (void)first;
    snprintf(number, sizeof(number), "%s", desk_submit("plain", "{\"area\":100}", BOTH));
    for (size_t i = 0; i < COUNT(wrong); i++)
        as_of(number, wrong[i], 422);
    look(number);
    snprintf(before, sizeof(before), "%s", desk_of(desk_get(FRONT_APPLICATION_EVENTS, number, NULL), "items.0.seq"));
    snprintf(before, sizeof(before), "%llu", strtoull(before, NULL, 10) - 1);
    as_of(number, before, 404); /* it was not received yet */
    struct stage_request *later = as_of(number, "9223372036854775807", 200);
    CHECK(strncmp(views[0].answer, later->answer, strlen(views[0].answer) - 1) == 0, "after the last record it is as it is now");
    check_views(number);
}

static int set_up(void **state)
{
    view_count = 0;
    return desk_open(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_bundle_is_sound_and_replays, desk_open, desk_close),
        cmocka_unit_test_setup_teardown(test_with_documents_or_without_rules, desk_open, desk_close),
        cmocka_unit_test_setup_teardown(test_who_took_it_is_on_record, desk_open, desk_close),
        cmocka_unit_test_setup_teardown(test_no_bundle, desk_open, desk_close),
        cmocka_unit_test_setup_teardown(test_as_of_each_step, set_up, desk_close),
        cmocka_unit_test_setup_teardown(test_as_of_what_nobody_did, set_up, desk_close),
        cmocka_unit_test_setup_teardown(test_as_of_no_moment, set_up, desk_close),
    };

    base_log_init("engine_proof_test", NULL, BASE_LOG_NONE);
    return desk_read() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
