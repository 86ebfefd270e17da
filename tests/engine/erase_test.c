/* SPDX-License-Identifier: Apache-2.0 */
/* Documents that nobody needs any more go, and no other ones: by the rule of retention, or since nobody named them. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sqlite3.h>

#include "catalog/fixture.h"
#include "engine/document.h"
#include "engine/material.h"
#include "engine/retention.h"
#include "lib/check.h"
#include "store/crash_vfs.h"

#define YEAR_MS (INT64_C(36525) * 864000)
#define NAMES_MAX 64

int __real_unlink(const char *path);
int __wrap_unlink(const char *path);

static int unlink_errno; /* of documents; 0 = it works */

/* Only of a document in its place. */
int __wrap_unlink(const char *path)
{
    if (unlink_errno != 0 && strstr(path, "/materials/") != NULL && strstr(path, "/.part/") == NULL) {
        errno = unlink_errno;
        return -1;
    }
    return __real_unlink(path);
}

/* -- The scene -- */

static int set_up(void **state)
{
    unlink_errno = 0;
    return desk_open_retaining(state);
}

/* Another hub, on another store. */
static void start_anew(void **state)
{
    stage_close();
    set_up(state);
}

static void upload_for(const char *number, const char *text, int status)
{
    struct stage_request *asked = stage_upload(&desk_front, FRONT_APPLICATION_MATERIAL_ADD, number, "material=plan&name=li-si.txt", text);

    stage_drain();
    CHECK_I64(status, asked->status, text);
}

static const char *naming(const char *first, const char *second)
{
    static char list[512];
    int size = snprintf(list, sizeof(list), "[{\"material\":\"deed\",\"sha256\":\"%s\"}", document_digits(first));

    snprintf(list + size, sizeof(list) - (size_t)size, second != NULL ? ",{\"material\":\"plan\",\"sha256\":\"%s\"}]" : "]", second != NULL ? document_digits(second) : "");
    return list;
}

static const char *submit(const char *first, const char *second)
{
    static char numbers[NAMES_MAX][BASE_NUMBER_SIZE];
    static unsigned next;

    return strcpy(numbers[next++ % NAMES_MAX], desk_submit("plain", "{\"area\":100}", naming(first, second)));
}

static void withdraw(const char *number)
{
    desk_do(&desk_front, FRONT_APPLICATION_WITHDRAW, number, 200, "{\"reason\":\"x\"}");
}

/* Until all that is due was done. */
static void settle(void)
{
    for (int i = 0; i < 200 && (i < 3 || !engine_materials_are_quiet(stage.engine) || !engine_retention_is_quiet(stage.engine)); i++) {
        stage.monotonic_ms += ENGINE_TICK_MS;
        stage_tick();
        stage_drain();
    }
}

static void pass(int64_t ms)
{
    desk_wait(ms);
    settle();
}

/* Ids of who pins the content, as text: "1 3". */
static const char *pins_of(const char *text)
{
    static char list[256];
    struct store_reader *reader = store_reader_take(stage.engine->store);
    struct base_arena arena = {0};
    struct store_entry entry;
    uint64_t applications[16];
    size_t count = 0, size = 0;

    list[0] = '\0';
    if (store_read_entry_named(reader, ENGINE_ENTRY_MATERIAL, document_digits(text), &arena, &entry) == OD_OK)
        CHECK_I64(OD_OK, store_read_pins(reader, ENGINE_ENTRY_MATERIAL, entry.id, 0, applications, 16, &count), "pins");
    for (size_t i = 0; i < count; i++)
        size += (size_t)snprintf(list + size, sizeof(list) - size, i > 0 ? " %llu" : "%llu", (unsigned long long)applications[i]);
    base_arena_fini(&arena);
    store_reader_give(stage.engine->store, reader);
    return list;
}

/* How many records of the journal say both. */
static size_t records_with(const char *one, const char *other)
{
    struct store_reader *reader = store_reader_take(stage.engine->store);
    size_t found = 0, count = 1;
    uint64_t after = 0;

    while (count > 0) {
        struct base_arena arena = {0};
        struct store_record record;

        CHECK_I64(OD_OK, store_read_journal(reader, after, &arena, &record, 1, &count), "the journal");
        if (count > 0) {
            after = record.seq;
            found += strstr(record.record, one) != NULL && strstr(record.record, other) != NULL;
        }
        base_arena_fini(&arena);
    }
    store_reader_give(stage.engine->store, reader);
    return found;
}

static void check_gone(const char *text, const char *why)
{
    CHECK(!document_is_there(text), why);
    CHECK_I64(0, document_state(text), why);
    CHECK_I64(1, (int64_t)records_with("\"document_erased\"", document_digits(text)), why);
}

/* -- Who needs it: docs/rules/retention.md -- */

/* */
static void test_the_last_who_needs_it_releases_it(void **state)
{
    (void)state;
    document_upload("one", 201);
    document_upload("shared", 201);
    const char *first = submit("one", "shared"), *second = submit("shared", NULL);
    CHECK_TEXT("1", pins_of("one"), "named by one");
    CHECK_TEXT("1 2", pins_of("shared"), "by both");
    CHECK_I64(ENGINE_MATERIAL_KEPT, document_state("one"), "kept, with the submission");
    CHECK_I64(0, (int64_t)stage.engine->materials->loose_count, "none waits for an application");
    upload_for(first, "uploaded", 201);
    CHECK_TEXT("1", pins_of("uploaded"), "by its upload");
    withdraw(first);
    pass(10 * DAY_MS);
    withdraw(second);
    pass(YEAR_MS - 11 * DAY_MS);
    CHECK(document_is_there("one") && document_is_there("shared") && document_is_there("uploaded"), "within the year");
    pass(2 * DAY_MS);
    check_gone("one", "the only one who had it has had its time");
    check_gone("uploaded", "likewise");
    CHECK(document_is_there("shared"), "the other one needs it");
    CHECK_TEXT("2", pins_of("shared"), "alone");
    pass(10 * DAY_MS);
    check_gone("shared", "nobody needs it any more");
    CHECK_I64(3, (int64_t)stage.engine->materials->erasing.erased, "counted");
    CHECK_I64((int64_t)strlen("oneuploadedshared"), (int64_t)stage.engine->materials->erasing.bytes, "with their bytes");
    CHECK_I64(2, (int64_t)records_with("\"erased\"", "documents_years"), "the applications are on record");
}

static void upper(char *text, const char *digits)
{
    for (; *digits != '\0'; digits++)
        *text++ = (char)toupper((unsigned char)*digits);
    *text = '\0';
}

/* The form takes a hash in either case. */
static void test_a_hash_in_upper_case_names_the_same_document(void **state)
{
    char materials[256], body[512], digits[2][ENGINE_DIGITS_SIZE];

    (void)state;
    document_upload("one", 201);
    document_upload("two", 201);
    upper(digits[0], document_digits("one"));
    upper(digits[1], document_digits("two"));
    snprintf(materials, sizeof(materials), "[{\"material\":\"deed\",\"sha256\":\"%s\"}]", digits[0]);
    char number[BASE_NUMBER_SIZE];
    snprintf(number, sizeof(number), "%s", desk_submit("plain", "{\"area\":100}", materials));
    snprintf(body, sizeof(body), "{\"materials\":[{\"material\":\"plan\",\"sha256\":\"%s\"}]}", digits[1]);
    desk_do(&desk_front, FRONT_APPLICATION_SUPPLEMENT, number, 200, body);
    CHECK_TEXT("1", pins_of("one"), "named by the submission");
    CHECK_TEXT("1", pins_of("two"), "and by the supplement");
    struct stage_request *list = desk_get(FRONT_APPLICATION_MATERIALS, number, NULL);
    CHECK_TEXT("stored", desk_of(list, "items.0.state"), "its content is here");
    CHECK_TEXT(document_digits("one"), desk_of(list, "items.0.sha256"), "as contents are named");
    pass((ENGINE_LOOSE_DAYS + 1) * DAY_MS);
    CHECK(document_is_there("one") && document_is_there("two"), "needed");
}

/* */
static void test_who_asks_for_it_learns_when_it_was_erased(void **state)
{
    char content[64];

    (void)state;
    document_upload("one", 201);
    document_upload("shared", 201);
    const char *first = submit("one", "shared"), *second = submit("shared", NULL);
    upload_for(first, "uploaded", 201);
    snprintf(content, sizeof(content), "%s/plan.1", first);
    desk_do(&desk_front, FRONT_APPLICATION_MATERIAL_CONTENT, content, 200, NULL);
    withdraw(first);
    pass(YEAR_MS + 2 * DAY_MS);
    static const char *const versions[] = {"deed.1", "plan.1", "plan.2"};
    struct stage_request *list = desk_get(FRONT_APPLICATION_MATERIALS, first, NULL);
    CHECK_I64(3, (int64_t)desk_count(list, "items"), "as many as there were");
    for (size_t i = 0; i < 3; i++) {
        char path[32];

        snprintf(content, sizeof(content), "%s/%s", first, versions[i]);
        desk_do(&desk_front, FRONT_APPLICATION_MATERIAL_CONTENT, content, 410, NULL);
        snprintf(path, sizeof(path), "items.%zu.id", i);
        CHECK_TEXT(versions[i], desk_of(list, path), "its number is what it was");
        snprintf(path, sizeof(path), "items.%zu.state", i);
        CHECK_TEXT("erased", desk_of(list, path), versions[i]);
        snprintf(path, sizeof(path), "items.%zu.name", i);
        CHECK_TEXT("null", desk_of(list, path), "its name may say something about a person");
    }
    CHECK(strncmp("2025-01-16", desk_of(list, "items.0.erased_at"), 10) == 0, "when");
    CHECK_TEXT("1", desk_of(list, "items.0.documents_years"), "by which rule");
    CHECK_TEXT(document_digits("uploaded"), desk_of(list, "items.2.sha256"), "its hash stays");
    snprintf(content, sizeof(content), "%s/deed.1", second);
    desk_do(&desk_front, FRONT_APPLICATION_MATERIAL_CONTENT, content, 200, NULL);
    snprintf(content, sizeof(content), "%s/deed.9", first);
    desk_do(&desk_front, FRONT_APPLICATION_MATERIAL_CONTENT, content, 404, NULL);
    CHECK_I64(0, (int64_t)records_with("li-si", ""), "no record ever had the name");
}

/* R-5, at its end. */
static void test_a_submission_sent_again_gives_no_pin_back(void **state)
{
    char body[1024];

    (void)state;
    document_upload("one", 201);
    snprintf(body, sizeof(body), "{\"service\":\"plain\",\"applicant\":{\"name\":\"Li\"},\"form\":{\"area\":100},\"materials\":%s}", naming("one", NULL));
    struct stage_request *made = stage_ask(FRONT_APPLICATION_SUBMIT, NULL, "key-1", body);
    stage_drain();
    char number[BASE_NUMBER_SIZE];
    snprintf(number, sizeof(number), "%s", desk_of(made, "number"));
    withdraw(number);
    pass(YEAR_MS + 2 * DAY_MS);
    check_gone("one", "erased");
    struct stage_request *again = stage_ask(FRONT_APPLICATION_SUBMIT, NULL, "key-1", body);
    stage_drain();
    CHECK_I64(201, again->status, "the same answer");
    CHECK_TEXT(number, desk_of(again, "number"), "of the same application");
    document_upload("one", 201);
    CHECK(document_is_there("one"), "it is simply stored again");
    again = stage_ask(FRONT_APPLICATION_SUBMIT, NULL, "key-1", body);
    stage_drain();
    CHECK_I64(201, again->status, "and again");
    CHECK_TEXT("", pins_of("one"), "and pins nothing");
    pass((ENGINE_LOOSE_DAYS + 1) * DAY_MS);
    CHECK(!document_is_there("one"), "so it goes in its time");
}

/* Each row is refused after the gate: by the store, or by what the supplement asks for. */
static void test_what_is_refused_pins_nothing(void **state)
{
    char body[1024];

    (void)state;
    document_upload("one", 201);
    document_upload("two", 201);
    snprintf(body, sizeof(body), "{\"service\":\"plain\",\"applicant\":{\"name\":\"Li\"},\"form\":{\"area\":100},\"materials\":%s}", naming("one", NULL));
    stage_ask(FRONT_APPLICATION_SUBMIT, NULL, "key-1", body);
    stage_drain();
    snprintf(body, sizeof(body), "{\"service\":\"plain\",\"applicant\":{\"name\":\"Li\"},\"form\":{\"area\":101},\"materials\":%s}", naming("two", NULL));
    struct stage_request *other = stage_ask(FRONT_APPLICATION_SUBMIT, NULL, "key-1", body);
    stage_drain();
    CHECK_I64(422, other->status, "the key was used with another body");
    CHECK_TEXT("", pins_of("two"), "nobody's");
    CHECK_I64(ENGINE_MATERIAL_LOOSE, document_state("two"), "as it was");
    CHECK_I64(1, (int64_t)stage.engine->materials->loose_count, "and looked at when somebody names it");
    const char *number = submit("one", NULL), *closed = submit("one", NULL);
    withdraw(closed);
    snprintf(body, sizeof(body), "{\"materials\":[{\"material\":\"plan\",\"sha256\":\"%s\"}]}", document_digits("two"));
    desk_do(&desk_front, FRONT_APPLICATION_SUPPLEMENT, closed, 409, body);
    CHECK_TEXT("", pins_of("two"), "nobody's still");
    desk_do(&desk_front, FRONT_APPLICATION_SUPPLEMENT, number, 200, body);
    CHECK_TEXT("3", pins_of("two"), "asked for");
}

/* What waits for an application is not forgotten with a supplement that was not stored. */
static void test_what_finds_the_disk_full_pins_nothing(void **state)
{
    char body[256];

    (void)state;
    document_upload("two", 201);
    const char *number = submit("one", NULL);
    snprintf(body, sizeof(body), "{\"materials\":[{\"material\":\"plan\",\"sha256\":\"%s\"}]}", document_digits("two"));
    struct stage_request *asked = stage_ask(FRONT_APPLICATION_SUPPLEMENT, number, NULL, body);
    for (unsigned i = 0; i < 20 && !asked->is_answered; i++) {
        stage_turn();
        if (!stage_job())
            stage_commit(true);
    }
    CHECK_I64(503, asked->status, "not stored");
    CHECK_TEXT("", pins_of("two"), "nobody's");
    CHECK_I64(1, (int64_t)stage.engine->materials->loose_count, "and looked at when somebody names it");
    desk_do(&desk_front, FRONT_APPLICATION_SUPPLEMENT, number, 200, body);
    CHECK_TEXT("1", pins_of("two"), "again");
    CHECK_I64(0, (int64_t)stage.engine->materials->loose_count, "stored");
}

/* */
static void test_nothing_goes_while_a_complaint_is_open(void **state)
{
    char body[256], id[64];

    (void)state;
    document_upload("one", 201);
    const char *number = submit("one", NULL);
    withdraw(number);
    snprintf(body, sizeof(body), "{\"text\":\"slow\",\"number\":\"%s\",\"contact\":{\"name\":\"Li\"}}", number);
    snprintf(id, sizeof(id), "%s", desk_of(desk_do(&desk_front, FRONT_COMPLAINT_NEW, NULL, 201, body), "id"));
    pass(2 * YEAR_MS);
    pass(DAY_MS);
    CHECK(document_is_there("one"), "it is open");
    CHECK_I64(0, (int64_t)records_with("\"erased\"", ""), "neither fields nor files");
    CHECK_I64(0, (int64_t)records_with("\"entry_erased\"", ""), "nor what was written");
    desk_do(&desk_supervisor, FRONT_COMPLAINT_REPLY, id, 200, "{\"text\":\"it was\",\"upheld\":true}");
    pass(YEAR_MS - DAY_MS);
    CHECK(document_is_there("one"), "a year from the reply");
    pass(3 * DAY_MS);
    check_gone("one", "over");
    CHECK_I64(1, (int64_t)records_with("\"entry_erased\"", "\"complaint\""), "with the complaint");
}

/* Of the last record of the journal that says both; 0 = none. */
static uint64_t record_last(const char *one, const char *other)
{
    struct store_reader *reader = store_reader_take(stage.engine->store);
    uint64_t found = 0, after = 0;

    for (size_t count = 1; count > 0;) {
        struct base_arena arena = {0};
        struct store_record record;

        CHECK_I64(OD_OK, store_read_journal(reader, after, &arena, &record, 1, &count), "the journal");
        after = count > 0 ? record.seq : after;
        if (count > 0 && strstr(record.record, one) != NULL && strstr(record.record, other) != NULL)
            found = record.seq;
        base_arena_fini(&arena);
    }
    store_reader_give(stage.engine->store, reader);
    return found;
}

/* -- What the disk does: R-4 -- */

static const char *gone_soon(const char *text)
{
    document_upload(text, 201);
    const char *number = submit(text, NULL);
    withdraw(number);
    return number;
}

static void test_a_file_that_cannot_be_removed_is_told_and_tried_anew(void **state)
{
    static const int errors[] = {EACCES, EIO};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        char text[16];

        snprintf(text, sizeof(text), "file %zu", i);
        gone_soon(text);
        unlink_errno = errors[i];
        pass(YEAR_MS + 2 * DAY_MS);
        CHECK(document_is_there(text), "it stays");
        CHECK_I64(ENGINE_MATERIAL_RELEASED, document_state(text), "and so does the intent");
        CHECK_I64((int64_t)i + 1, (int64_t)desk_alerts("not_erased"), "told");
        CHECK_I64(1, (int64_t)stage.engine->materials->erasing.failures, "and counted");
        pass(ENGINE_ERASE_PAUSE_MS * 3);
        CHECK_I64((int64_t)i + 1, (int64_t)desk_alerts("not_erased"), "once");
        unlink_errno = 0;
        pass(ENGINE_ERASE_PAUSE_MS + 1000);
        check_gone(text, "tried anew");
        CHECK_I64(0, (int64_t)stage.engine->materials->erasing.failures, "none is left");
    }
}

static void test_a_file_that_is_gone_already_is_as_well(void **state)
{
    (void)state;
    gone_soon("one");
    CHECK_I64(0, __real_unlink(document_path("one")), "somebody was faster");
    pass(YEAR_MS + 2 * DAY_MS);
    check_gone("one", "nothing to do");
    CHECK_I64(0, (int64_t)stage.engine->materials->erasing.bytes, "and nothing freed");
    CHECK_I64(0, (int64_t)desk_alerts("not_erased"), "nor told");
}

/* One that stays does not keep the others; and more than one window goes in one walk. */
static void test_many_go_and_one_that_stays_keeps_none(void **state)
{
    char text[32];

    (void)state;
    gone_soon("text 0");
    for (unsigned i = 1; i <= ENGINE_ERASE_WINDOW + 1; i++) {
        snprintf(text, sizeof(text), "text %u", i);
        gone_soon(text);
    }
    CHECK_I64(0, __real_unlink(document_path("text 0")), "its file");
    CHECK_I64(0, mkdir(document_path("text 0"), 0700), "is a folder: no unlink removes it");
    pass(YEAR_MS + 2 * DAY_MS);
    for (unsigned i = 1; i <= ENGINE_ERASE_WINDOW + 1; i++) {
        snprintf(text, sizeof(text), "text %u", i);
        check_gone(text, text);
    }
    CHECK_I64(1, (int64_t)desk_alerts("not_erased"), "the one is told");
    CHECK_I64(0, rmdir(document_path("text 0")), "put right");
    pass(ENGINE_ERASE_PAUSE_MS + 1000);
    check_gone("text 0", "tried anew");
}

/* -- Death between any two steps -- */

static bool step(void)
{
    if (stage_job() || stage_commit(false))
        return true;
    stage_turn();
    return stage.job_count > 0 || stage.batch != NULL;
}

/* Ticks and single steps until so many were taken; false: it was over before. */
static bool steps_take(unsigned wanted)
{
    unsigned taken = 0;

    for (unsigned quiet = 0; taken < wanted && quiet < 4;) {
        bool has_stepped = step();

        taken += has_stepped;
        quiet = has_stepped ? 0 : quiet + 1;
        if (!has_stepped) {
            stage.monotonic_ms += ENGINE_TICK_MS;
            stage_tick();
        }
    }
    return taken == wanted;
}

/* It comes while the application is being looked at, at any step. */
static void test_a_complaint_that_meets_the_erasure_holds_it(void **state)
{
    unsigned held = 0;

    for (unsigned seed = 1; seed <= 60; seed++) {
        char body[256];

        stage.dice = seed;
        document_upload("one", 201);
        const char *number = submit("one", NULL);
        withdraw(number);
        stage_wait(YEAR_MS + 2 * DAY_MS);
        steps_take(seed % 40);
        snprintf(body, sizeof(body), "{\"text\":\"slow\",\"number\":\"%s\",\"contact\":{\"name\":\"Li\"}}", number);
        struct stage_request *asked = stage_ask(FRONT_COMPLAINT_NEW, NULL, NULL, body);
        settle();
        uint64_t complaint = record_last("complaint", number), erased = record_last("\"erased\"", "documents_years");
        CHECK_I64(201, asked->status, "taken");
        CHECK(complaint != 0 && erased < complaint, "nothing is erased after it");
        held += erased == 0;
        start_anew(state);
    }
    CHECK(held > 0 && held < 60, "before and after");
}

static void test_a_death_between_any_two_steps_loses_nothing(void **state)
{
    bool is_over = false;
    unsigned deaths = 0;

    for (unsigned at = 0; !is_over; at++) {
        document_upload("one", 201);
        document_upload("other", 201);
        const char *first = submit("one", "other"), *second = submit("other", NULL);
        withdraw(first);
        desk_wait(DAY_MS);
        withdraw(second);
        stage_wait(YEAR_MS - 12 * 3600000);
        is_over = !steps_take(at);
        stage_restart(at % 2 == 0);
        deaths++;
        settle();
        check_gone("one", "whenever it died");
        CHECK(document_is_there("other"), "needed by the other one still");
        CHECK_TEXT("2", pins_of("other"), "alone");
        CHECK_I64(1, (int64_t)records_with("\"documents_erased\"", ""), "listed once");
        start_anew(state);
    }
    CHECK(deaths > 12, "there are many steps");
}

/* -- Uploads that meet it -- */

static void test_an_upload_that_meets_its_end_is_kept(void **state)
{
    bool is_over = false;
    unsigned met = 0;

    for (unsigned at = 0; !is_over; at++) {
        gone_soon("one");
        stage_wait(YEAR_MS + DAY_MS);
        is_over = !steps_take(at);
        struct stage_request *asked = stage_upload(&desk_front, FRONT_MATERIAL_UPLOAD, NULL, "name=a.txt", "one");
        settle();
        pass(ENGINE_ERASE_PAUSE_MS + 1000);
        CHECK_I64(201, asked->status, "taken");
        CHECK(document_is_there("one"), "whoever else needed it, who handed it in has time to name it");
        CHECK_I64(ENGINE_MATERIAL_LOOSE, document_state("one"), "for so long");
        const char *number = submit("one", NULL);
        CHECK(strstr(pins_of("one"), "2") != NULL, number);
        met++;
        start_anew(state);
    }
    CHECK(met > 4, "at any step");
}

/* Two of the same content at once, the first is not stored: at any step, in any order of the pool. */
static void test_an_upload_that_fails_leaves_the_file_of_another(void **state)
{
    unsigned failed = 0, second_failed = 0;

    for (unsigned seed = 1; seed <= 240; seed++) {
        stage.dice = seed;
        struct stage_request *first = stage_upload(&desk_front, FRONT_MATERIAL_UPLOAD, NULL, "name=a.txt", "one");
        steps_take(seed % 12);
        struct stage_request *other = stage_upload(&desk_front, FRONT_MATERIAL_UPLOAD, NULL, "name=b.txt", "one");
        bool has_lost = false;
        for (unsigned i = 0; i < 200 && !(first->is_answered && other->is_answered); i++) {
            bool is_full = stage.batch != NULL && stage_roll(2) == 0 && !has_lost;

            if (is_full)
                has_lost = stage_commit(true);
            else if (stage_roll(2) == 0 || !stage_job())
                step();
        }
        failed += first->status != 201;
        second_failed += other->status != 201;
        settle();
        bool is_taken = first->status == 201 || other->status == 201;
        CHECK(!is_taken || document_state("one") == ENGINE_MATERIAL_LOOSE, "who was answered has it");
        CHECK_I64(is_taken, document_is_there("one"), "its file, too, else nothing of it");
        start_anew(state);
    }
    CHECK(failed > 10 && second_failed > 10, "either fails");
}

/* Handed in anew while another one has it: it is held for thirty days, and no longer. */
static void test_an_upload_holds_what_another_application_has(void **state)
{
    (void)state;
    document_upload("one", 201);
    const char *first = submit("one", NULL);
    withdraw(first);
    pass(YEAR_MS - DAY_MS);
    document_upload("one", 201);
    CHECK_I64(ENGINE_MATERIAL_KEPT, document_state("one"), "the first has it still");
    pass(3 * DAY_MS);
    CHECK_TEXT("", pins_of("one"), "it has had its time");
    CHECK(document_is_there("one"), "held");
    stage_restart(false);
    const char *second = submit("one", NULL);
    CHECK_TEXT("2", pins_of("one"), "named in time");
    document_upload("one", 201);
    withdraw(second);
    pass(YEAR_MS + 2 * DAY_MS);
    check_gone("one", "the hold was over");
}

/* -- A store of before -- */

static void run_sql(const char *sql)
{
    char path[1100];
    sqlite3 *db = NULL;

    snprintf(path, sizeof(path), "%s/hub.db", stage.folder);
    CHECK_I64(SQLITE_OK, sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, CRASH_VFS), "the file");
    CHECK_I64(SQLITE_OK, sqlite3_exec(db, sql, NULL, NULL, NULL), sql);
    CHECK_I64(SQLITE_OK, sqlite3_close(db), "closed");
}

static void age_store(const char *more)
{
    char sql[512];

    stage_stop();
    snprintf(sql, sizeof(sql), "DELETE FROM pin; DELETE FROM setting WHERE name = 'pins/walk'; INSERT INTO setting (name, value) VALUES ('pins/after', CAST('0' AS BLOB));%s", more);
    run_sql(sql);
}

static void test_a_store_of_before_gets_its_pins_first(void **state)
{
    (void)state;
    document_upload("one", 201);
    document_upload("shared", 201);
    document_upload("left", 201);
    const char *first = submit("one", "shared");
    submit("shared", NULL);
    const char *third = submit("left", NULL);
    upload_for(first, "uploaded", 201);
    withdraw(first);
    withdraw(third);
    age_store("UPDATE document SET body = CAST('{\"service\":\"plain\"}' AS BLOB) WHERE application = 3");
    stage_wait(YEAR_MS + 2 * DAY_MS);
    stage_start();
    CHECK(!engine_pins_are_whole(stage.engine), "not yet");
    stage_tick();
    CHECK(engine_retention_is_quiet(stage.engine), "and nothing is erased before");
    steps_take(3);
    stage_restart(false); /* it goes on where it was */
    settle();
    CHECK(engine_pins_are_whole(stage.engine), "they are found");
    check_gone("one", "its time was over");
    check_gone("uploaded", "likewise");
    CHECK(document_is_there("shared"), "needed");
    CHECK_TEXT("2", pins_of("shared"), "by the second");
    CHECK_I64(ENGINE_MATERIAL_LOOSE, document_state("left"), "nobody names it: as if it had just come");
    pass((ENGINE_LOOSE_DAYS + 1) * DAY_MS);
    check_gone("left", "and nobody came for it");
}

/* As an earlier build: what was supplied anew is no more among the answers. */
static void on_forgetting(struct engine *engine, struct engine_application *application, int rc, void *data)
{
    char text[256];
    struct base_json_error error;
    struct base_json *body = NULL;

    (void)data;
    CHECK_I64(OD_OK, rc, "the application");
    snprintf(text, sizeof(text), "{\"materials\":[{\"material\":\"deed\",\"sha256\":\"%s\",\"listed\":true}]}", document_digits("first"));
    CHECK_I64(OD_OK, base_json_parse(text, strlen(text), &body, &error), text);
    CHECK_I64(OD_OK, engine_supply(engine, application, body, "desk", NULL), "supplied");
    base_json_destroy(body);
}

static void test_what_was_supplied_and_forgotten_keeps_its_document(void **state)
{
    char number[BASE_NUMBER_SIZE], body[256];

    (void)state;
    snprintf(number, sizeof(number), "%s", desk_submit("plain", "{\"area\":100}", "[]"));
    document_upload("first", 201);
    document_upload("second", 201);
    engine_document_get(stage.engine, desk_id(number), on_forgetting, NULL);
    stage_drain();
    snprintf(body, sizeof(body), "{\"materials\":[{\"material\":\"deed\",\"sha256\":\"%s\"}]}", document_digits("second"));
    desk_do(&desk_front, FRONT_APPLICATION_SUPPLEMENT, number, 200, body);
    age_store("");
    stage_start();
    settle();
    CHECK(engine_pins_are_whole(stage.engine), "they are found");
    CHECK_TEXT("1", pins_of("second"), "in force");
    CHECK_TEXT("1", pins_of("first"), "handed in all the same");
}

/* Steps until so many were taken, then the next batch finds the disk full. false: there was none. */
static bool batch_lose(unsigned at)
{
    bool has_batch = false;

    for (unsigned i = 0, taken = 0; i < 400 && !has_batch; i++) {
        has_batch = taken >= at && stage.job_count == 0 && stage.batch != NULL;
        if (has_batch)
            stage_commit(true);
        else if (step())
            taken++;
        else {
            stage.monotonic_ms += ENGINE_TICK_MS;
            stage_tick();
        }
    }
    return has_batch;
}

static void test_pins_that_find_the_disk_full_are_looked_for_again(void **state)
{
    for (unsigned at = 0; at < 16; at++) {
        document_upload("one", 201);
        document_upload("shared", 201);
        document_upload("left", 201);
        submit("one", "shared");
        submit("shared", NULL);
        submit("left", NULL);
        age_store("UPDATE document SET body = CAST('{\"service\":\"plain\"}' AS BLOB) WHERE application = 3");
        stage_start();
        CHECK(batch_lose(at), "lost");
        settle();
        stage.monotonic_ms += INT64_C(61000);
        settle();
        CHECK(engine_pins_are_whole(stage.engine), "it came to its end");
        CHECK_TEXT("1", pins_of("one"), "whichever batch was lost");
        CHECK_TEXT("1 2", pins_of("shared"), "likewise");
        CHECK_I64(ENGINE_MATERIAL_LOOSE, document_state("left"), "nobody names it");
        start_anew(state);
    }
}

/* Who needs what is not known yet: whose time is over may be needed all the same. */
static void test_nothing_is_unclaimed_before_the_pins_are_whole(void **state)
{
    (void)state;
    document_upload("one", 201);
    document_upload("left", 201);
    submit("one", NULL);
    age_store("UPDATE entry SET state = 1, wake = 0 WHERE name IS NOT NULL AND state IN (1, 2)");
    stage_start();
    CHECK_I64(ENGINE_MATERIAL_LOOSE, document_state("one"), "as a store of before may have it");
    engine_entries_run(stage.engine); /* what is due, before the walk begins */
    CHECK(!engine_pins_are_whole(stage.engine), "not yet");
    stage_drain();
    CHECK_I64(ENGINE_MATERIAL_LOOSE, document_state("one"), "put off");
    settle();
    CHECK_TEXT("1", pins_of("one"), "it is needed");
    CHECK_I64(ENGINE_MATERIAL_LOOSE, document_state("left"), "put off, too");
    pass(2 * 3600000);
    CHECK(document_is_there("one"), "pinned");
    check_gone("left", "an hour later it is known that nobody needs it");
}

/* As a build left it that took a hash in upper case for another one: its walk is over, or under way. The first application wrote
 * both in upper case: what it needs was unpinned, unclaimed, or released with another that pinned it. */
static void age_walk(const char *mark)
{
    char sql[1024];
    int size = snprintf(sql, sizeof(sql), "DELETE FROM pin WHERE application = 1; DELETE FROM setting WHERE name = 'pins/walk';"
                                          "UPDATE entry SET state = 1, wake = 0 WHERE name = '%s';", document_digits("loose"));

    size += snprintf(sql + size, sizeof(sql) - (size_t)size, "UPDATE entry SET state = 5, wake = NULL WHERE name IN ('%s', '%s');", document_digits("unclaimed"), document_digits("left"));
    size += snprintf(sql + size, sizeof(sql) - (size_t)size, "UPDATE entry SET state = 4, wake = NULL WHERE name IN ('%s', '%s');", document_digits("released"), document_digits("lost"));
    if (mark != NULL)
        snprintf(sql + size, sizeof(sql) - (size_t)size, "INSERT INTO setting (name, value) VALUES ('pins/%s', CAST('%s' AS BLOB))",
                 *mark == 'w' ? "walk" : "after", *mark == 'w' ? mark + 1 : mark);
    stage_stop();
    run_sql(sql);
}

static void open_walked(const char *mark)
{
    static const char *const named[] = {"loose", "unclaimed", "released"};
    char materials[512] = "[", digits[ENGINE_DIGITS_SIZE];

    for (size_t i = 0; i < 3; i++) {
        document_upload(named[i], 201);
        upper(digits, document_digits(named[i]));
        snprintf(materials + strlen(materials), sizeof(materials) - strlen(materials), "%s{\"material\":\"deed\",\"sha256\":\"%s\"}%s", i > 0 ? "," : "",
                 digits, i == 2 ? "]" : "");
    }
    desk_submit("plain", "{\"area\":100}", materials);
    document_upload("lower", 201);
    document_upload("left", 201);
    document_upload("lost", 201);
    submit("lower", NULL);
    CHECK_I64(0, __real_unlink(document_path("lost")), "killed after the file had gone");
    age_walk(mark);
    stage_wait((ENGINE_LOOSE_DAYS + 1) * DAY_MS);
    stage_start();
    CHECK(!engine_pins_are_whole(stage.engine), "an earlier walk does not count");
}

static void check_walked(const char *why)
{
    CHECK(engine_pins_are_whole(stage.engine), why);
    CHECK_TEXT("1", pins_of("loose"), why);
    CHECK_TEXT("1", pins_of("unclaimed"), why);
    CHECK_TEXT("1", pins_of("released"), why);
    CHECK_TEXT("2", pins_of("lower"), why);
    pass((ENGINE_LOOSE_DAYS + 1) * DAY_MS);
    CHECK(document_is_there("loose") && document_is_there("unclaimed") && document_is_there("released") && document_is_there("lower"), why);
    check_gone("left", "nobody needs it");
    CHECK_I64(0, document_state("lost"), "its entry goes, too");
}

static void test_an_earlier_walk_is_walked_again_before_anything_goes(void **state)
{
    static const char *const marks[] = {NULL, "0", "1", "2", "w1", "w1/1", "w"}; /* w: of a walk that is not this one */

    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
        open_walked(marks[i]);
        while (!engine_pins_are_whole(stage.engine)) {
            CHECK(document_is_there("left") && document_is_there("unclaimed") && document_is_there("released"), "nothing goes before");
            CHECK(steps_take(1), "it goes on");
        }
        settle();
        check_walked(marks[i] != NULL ? marks[i] : "over");
        stage_restart(false);
        CHECK(engine_pins_are_whole(stage.engine), "once");
        start_anew(state);
    }
    CHECK(engine_pins_are_whole(stage.engine), "a new store has nothing to look for");
    document_upload("one", 201);
    stage_restart(false);
    CHECK(engine_pins_are_whole(stage.engine), "nor later");
}

static void test_a_death_during_the_second_walk_loses_nothing(void **state)
{
    bool is_over = false;
    unsigned deaths = 0;

    for (unsigned at = 0; !is_over; at++) {
        open_walked(NULL);
        is_over = !steps_take(at);
        stage_restart(at % 2 == 0);
        deaths++;
        settle();
        check_walked("whenever it died");
        start_anew(state);
    }
    CHECK(deaths > 12, "there are many steps");
}

/* -- Any series -- */

#define TEXTS 5
#define APPLICATIONS 24

struct oracle {
    bool is_here[TEXTS];
    int64_t loose_since[TEXTS];
    bool pins[APPLICATIONS][TEXTS];
    const char *numbers[APPLICATIONS];
    int64_t ended_at[APPLICATIONS]; /* 0 = open */
    unsigned count;
};

static const char *const texts[TEXTS] = {"text a", "text b", "text c", "text d", "text e"};

static bool is_pinned(const struct oracle *oracle, unsigned text)
{
    for (unsigned i = 0; i < oracle->count; i++)
        if (oracle->pins[i][text])
            return true;
    return false;
}

static void oracle_pass(struct oracle *oracle)
{
    for (unsigned i = 0; i < oracle->count; i++)
        if (oracle->ended_at[i] != 0 && oracle->ended_at[i] < stage.wall_ms - YEAR_MS)
            for (unsigned text = 0; text < TEXTS; text++)
                oracle->pins[i][text] = false;
    for (unsigned text = 0; text < TEXTS; text++)
        if (!is_pinned(oracle, text) && stage.wall_ms - oracle->loose_since[text] >= ENGINE_LOOSE_DAYS * DAY_MS)
            oracle->is_here[text] = false;
}

static void oracle_submit(struct oracle *oracle)
{
    unsigned one = stage_roll(TEXTS), other = (one + 1 + stage_roll(TEXTS - 1)) % TEXTS;
    unsigned i = oracle->count++;

    oracle->numbers[i] = submit(texts[one], texts[other]);
    oracle->pins[i][one] = oracle->is_here[one];
    oracle->pins[i][other] = oracle->is_here[other];
}

static void oracle_step(struct oracle *oracle)
{
    unsigned roll = stage_roll(8), at = oracle->count > 0 ? stage_roll(oracle->count) : 0;

    if (roll < 2) {
        unsigned text = stage_roll(TEXTS);

        document_upload(texts[text], 201);
        oracle->is_here[text] = true;
        oracle->loose_since[text] = stage.wall_ms;
    } else if (roll < 4 && oracle->count < APPLICATIONS && stage.wall_ms < INT64_C(1730000000000)) {
        oracle_submit(oracle);
    } else if (roll < 6 && oracle->count > 0 && oracle->ended_at[at] == 0) {
        withdraw(oracle->numbers[at]);
        oracle->ended_at[at] = stage.wall_ms;
    } else if (roll == 6) {
        stage_restart(stage_roll(2) == 0);
        settle();
    } else {
        pass((int64_t)(1 + stage_roll(60)) * DAY_MS);
        oracle_pass(oracle);
    }
}

static void test_after_any_series_a_file_is_there_while_somebody_needs_it(void **state)
{
    (void)state;
    for (unsigned seed = 1; seed <= 6; seed++) {
        struct oracle oracle = {.count = 0};

        stage.dice = seed;
        for (unsigned i = 0; i < 50; i++) {
            oracle_step(&oracle);
            for (unsigned text = 0; text < TEXTS; text++) {
                char why[64];

                snprintf(why, sizeof(why), "seed %u, step %u, %s", seed, i, texts[text]);
                CHECK_I64(oracle.is_here[text], document_is_there(texts[text]), why);
                CHECK_I64(oracle.is_here[text], document_state(texts[text]) != 0, why);
            }
        }
        start_anew(state);
    }
}

/* -- More than goes at once -- */

static void many_messages(const char *number)
{
    for (unsigned i = 0; i < ENGINE_RETENTION_OWN_MAX; i++) {
        struct store_entry entry = {.kind = ENGINE_ENTRY_MESSAGE, .id = engine_entry_id(stage.engine, ENGINE_ENTRY_MESSAGE), .application = 1,
                                    .state = ENGINE_ERRAND_DONE, .wake_minute = INT64_MAX, .at_ms = stage.engine->now.ms, .body = "{}", .body_size = 2};
        CHECK_I64(OD_OK, engine_entry_put(stage.engine, &entry, &(struct engine_entry_event){.type = "message_sent", .by = "hub", .number = number}, NULL, NULL), "one");
    }
    stage_drain();
}

/* Two documents, one of them uploaded for it, and more entries than go at once. */
static const char *withdrawn_with_many(void)
{
    document_upload("one", 201);
    const char *number = submit("one", NULL);
    upload_for(number, "two", 201);
    many_messages(number);
    withdraw(number);
    return number;
}

static void test_an_application_with_more_entries_than_go_at_once(void **state)
{
    (void)state;
    const char *number = withdrawn_with_many();
    pass(YEAR_MS + 2 * DAY_MS);
    CHECK_I64(ENGINE_RETENTION_OWN_MAX + 1, (int64_t)records_with("\"entry_erased\"", ""), "all of them, and the upload");
    check_gone("two", "and what was uploaded");
    CHECK_I64(2, (int64_t)desk_count(desk_get(FRONT_APPLICATION_MATERIALS, number, NULL), "items"), "listed");
    CHECK_I64(1, (int64_t)records_with("\"erased\"", "documents_years"), "erased");
}

/* It stops between two rounds: the rest goes when it runs again, not years later. */
static void test_a_death_between_two_rounds_leaves_nothing_half(void **state)
{
    (void)state;
    withdrawn_with_many();
    stage_wait(YEAR_MS + 2 * DAY_MS);
    for (unsigned i = 0; i < 200 && records_with("\"entry_erased\"", "") == 0; i++)
        steps_take(1);
    CHECK_I64(ENGINE_RETENTION_OWN_MAX, (int64_t)records_with("\"entry_erased\"", ""), "the first round");
    CHECK_I64(0, (int64_t)records_with("\"erased\"", "documents_years"), "not the last");
    stage_restart(false);
    settle();
    CHECK_I64(1, (int64_t)records_with("\"erased\"", "documents_years"), "erased");
    check_gone("one", "with what it had");
    pass(DAY_MS);
    CHECK_I64(1, (int64_t)records_with("\"erased\"", "documents_years"), "once");
}

/* -- What an earlier build left of what it erased: docs/rules/retention.md, R-9 -- */

/* Entries of the first application that say the name of a file. */
static size_t names_left(void)
{
    struct store_reader *reader = store_reader_take(stage.engine->store);
    const struct store_entry_filter filter = {.kind = ENGINE_ENTRY_MATERIAL, .state = -1, .department = -1, .application = 1, .before = UINT64_MAX};
    struct base_arena arena = {0};
    struct store_entry entries[32];
    size_t count = 0, found = 0;
    uint64_t next;

    CHECK_I64(OD_OK, store_read_entries(reader, &filter, &arena, entries, 32, &count, &next), "its entries");
    for (size_t i = 0; i < count; i++)
        found += strstr(entries[i].body, "li-si.txt") != NULL;
    base_arena_fini(&arena);
    store_reader_give(stage.engine->store, reader);
    return found;
}

/* The first application is erased, and what its uploads were called is there: so it was before that went, too. */
static void open_left(void)
{
    char sql[512];

    document_upload("other", 201);
    const char *number = submit("one", NULL);
    upload_for(number, "two", 201);
    upload_for(number, "three", 201);
    submit("other", NULL); /* open: it stays as it is */
    withdraw(number);
    stage_stop();
    snprintf(sql, sizeof(sql), "CREATE TABLE kept AS SELECT * FROM entry WHERE application = 1 AND state = %d", ENGINE_MATERIAL_VERSION);
    run_sql(sql);
    stage_wait(YEAR_MS + 2 * DAY_MS);
    stage_start();
    settle();
    CHECK_I64(0, (int64_t)names_left(), "erased");
    stage_stop();
    snprintf(sql, sizeof(sql), "DELETE FROM entry WHERE application = 1 AND state = %d; INSERT INTO entry SELECT * FROM kept; DROP TABLE kept;"
                               "DELETE FROM setting WHERE name = 'retention/left'", ENGINE_MATERIAL_LIST);
    run_sql(sql);
    stage_start();
    CHECK_I64(2, (int64_t)names_left(), "as an earlier build left it");
}

static void check_left(const char *why)
{
    CHECK_I64(0, (int64_t)names_left(), why);
    CHECK_I64(1, (int64_t)records_with("\"erased\"", "documents_years"), "it was erased once");
    CHECK_I64(2, (int64_t)records_with("\"documents_erased\"", ""), "then, and now");
    stage_restart(false);
    settle();
    pass(DAY_MS);
    CHECK_I64(2, (int64_t)records_with("\"documents_erased\"", ""), "once");
    CHECK(document_is_there("other"), "what is open stays");
}

static void test_what_an_earlier_build_left_goes(void **state)
{
    (void)state;
    open_left();
    settle();
    check_left("the names of its files");
}

static void test_a_death_while_what_was_left_goes_loses_nothing(void **state)
{
    bool is_over = false;

    for (unsigned at = 0; !is_over; at++) {
        open_left();
        is_over = !steps_take(at);
        stage_restart(at % 2 == 0);
        settle();
        check_left("whenever it died");
        start_anew(state);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_what_an_earlier_build_left_goes, set_up, desk_close),
        cmocka_unit_test_setup_teardown(test_a_death_while_what_was_left_goes_loses_nothing, set_up, desk_close),
        cmocka_unit_test_setup_teardown(test_the_last_who_needs_it_releases_it, set_up, desk_close),
        cmocka_unit_test_setup_teardown(test_a_hash_in_upper_case_names_the_same_document, set_up, desk_close),
        cmocka_unit_test_setup_teardown(test_who_asks_for_it_learns_when_it_was_erased, set_up, desk_close),
        cmocka_unit_test_setup_teardown(test_a_submission_sent_again_gives_no_pin_back, set_up, desk_close),
        cmocka_unit_test_setup_teardown(test_what_is_refused_pins_nothing, set_up, desk_close),
        cmocka_unit_test_setup_teardown(test_what_finds_the_disk_full_pins_nothing, set_up, desk_close),
        cmocka_unit_test_setup_teardown(test_nothing_goes_while_a_complaint_is_open, set_up, desk_close),
        cmocka_unit_test_setup_teardown(test_a_complaint_that_meets_the_erasure_holds_it, set_up, desk_close),
        cmocka_unit_test_setup_teardown(test_a_file_that_cannot_be_removed_is_told_and_tried_anew, set_up, desk_close),
        cmocka_unit_test_setup_teardown(test_a_file_that_is_gone_already_is_as_well, set_up, desk_close),
        cmocka_unit_test_setup_teardown(test_many_go_and_one_that_stays_keeps_none, set_up, desk_close),
        cmocka_unit_test_setup_teardown(test_a_death_between_any_two_steps_loses_nothing, set_up, desk_close),
        cmocka_unit_test_setup_teardown(test_an_upload_that_meets_its_end_is_kept, set_up, desk_close),
        cmocka_unit_test_setup_teardown(test_an_upload_that_fails_leaves_the_file_of_another, set_up, desk_close),
        cmocka_unit_test_setup_teardown(test_an_upload_holds_what_another_application_has, set_up, desk_close),
        cmocka_unit_test_setup_teardown(test_a_store_of_before_gets_its_pins_first, set_up, desk_close),
        cmocka_unit_test_setup_teardown(test_what_was_supplied_and_forgotten_keeps_its_document, set_up, desk_close),
        cmocka_unit_test_setup_teardown(test_pins_that_find_the_disk_full_are_looked_for_again, set_up, desk_close),
        cmocka_unit_test_setup_teardown(test_nothing_is_unclaimed_before_the_pins_are_whole, set_up, desk_close),
        cmocka_unit_test_setup_teardown(test_an_earlier_walk_is_walked_again_before_anything_goes, set_up, desk_close),
        cmocka_unit_test_setup_teardown(test_a_death_during_the_second_walk_loses_nothing, set_up, desk_close),
        cmocka_unit_test_setup_teardown(test_after_any_series_a_file_is_there_while_somebody_needs_it, set_up, desk_close),
        cmocka_unit_test_setup_teardown(test_an_application_with_more_entries_than_go_at_once, set_up, desk_close),
        cmocka_unit_test_setup_teardown(test_a_death_between_two_rounds_leaves_nothing_half, set_up, desk_close),
    };

    return desk_read() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
