/* SPDX-License-Identifier: Apache-2.0 */
/* The numbers of an application's documents: each is given once and means the same document for ever, the highest is the one that came
 * last, however it came, and the limit holds. */
#include <stdio.h>
#include <stdlib.h>

#include "catalog/fixture.h"
#include "engine/document.h"
#include "engine/material.h"
#include "lib/check.h"

#define LISTED_MAX 512
#define ROUNDS 60

/* -- The scene -- */

struct listed {
    unsigned number;
    bool is_newest;
    char digits[ENGINE_DIGITS_SIZE], state[16];
};

static struct listed listed[LISTED_MAX];
static size_t listed_count;
static char number[BASE_NUMBER_SIZE];

/* A text of its own for each. */
static const char *text_of(unsigned which)
{
    static char text[32];

    snprintf(text, sizeof(text), "document %u", which);
    return text;
}

static const char *digits_of(unsigned which)
{
    return document_digits(text_of(which));
}

static int set_up(void **state)
{
    desk_open(state);
    snprintf(number, sizeof(number), "%s", desk_submit("plain", "{\"area\":100}", "[]"));
    return 0;
}

static void list_take(const struct base_json *items, const char *material)
{
    listed_count = 0;
    for (const struct base_json *item = base_json_first(items); item != NULL; item = base_json_next(item)) {
        struct listed *own = &listed[listed_count];
        int64_t version = 0;

        if (strcmp(base_json_member_text(item, "material"), material) != 0)
            continue;
        CHECK(listed_count < LISTED_MAX - 1, "room");
        CHECK_I64(OD_OK, base_json_i64(base_json_member(item, "version"), 1, INT32_MAX, &version), "a number");
        own->number = (unsigned)version;
        own->is_newest = base_json_is_true(base_json_member(item, "newest"));
        snprintf(own->digits, sizeof(own->digits), "%s", base_json_member_text(item, "sha256"));
        snprintf(own->state, sizeof(own->state), "%s", base_json_member_text(item, "state"));
        listed_count++;
    }
}

/* Numbers stand in order, once each, and the highest alone is the newest. */
static void list(const char *material)
{
    const struct stage_request *asked = desk_get(FRONT_APPLICATION_MATERIALS, number, NULL);
    struct base_json_error error;
    struct base_json *root = NULL;

    CHECK_I64(OD_OK, base_json_parse(asked->answer, strlen(asked->answer), &root, &error), "the list");
    list_take(base_json_member(root, "items"), material);
    base_json_destroy(root);
    for (size_t i = 0; i < listed_count; i++) {
        CHECK(i == 0 || listed[i - 1].number < listed[i].number, "in order");
        CHECK_I64(i + 1 == listed_count, listed[i].is_newest, "the newest came last");
    }
}

/* which: of the documents, by number from 1; 0 ends them. */
static void check_list(const char *material, const unsigned *which, const char *why)
{
    size_t count = 0;

    list(material);
    for (; which[count] != 0; count++) {
        CHECK(count < listed_count, why);
        CHECK_I64((int64_t)count + 1, listed[count].number, why);
        CHECK_TEXT(digits_of(which[count]), listed[count].digits, why);
        CHECK_TEXT("stored", listed[count].state, why);
    }
    CHECK_I64((int64_t)count, (int64_t)listed_count, why);
}

#define CHECK_LIST(material, why, ...) check_list(material, (const unsigned[]){__VA_ARGS__, 0}, why)

static struct stage_request *upload_start(const char *material, unsigned which)
{
    return stage_upload(&desk_front, FRONT_APPLICATION_MATERIAL_ADD, number, strcmp(material, "deed") == 0 ? "material=deed&name=a.txt" : "material=plan&name=a.txt",
                        text_of(which));
}

static void upload(const char *material, unsigned which, int status, const char *id)
{
    struct stage_request *asked = upload_start(material, which);

    stage_drain();
    CHECK_I64(status, asked->status, text_of(which));
    if (id != NULL)
        CHECK_TEXT(id, desk_of(asked, "id"), text_of(which));
}

static void store(unsigned which)
{
    document_upload(text_of(which), 201);
}

static const char *supplement_of(const char *material, unsigned which)
{
    static char body[512];

    snprintf(body, sizeof(body), "{\"materials\":[{\"material\":\"%s\",\"name\":\"a.txt\",\"sha256\":\"%s\"}]}", material, digits_of(which));
    return body;
}

static void supplement(const char *material, unsigned which)
{
    store(which);
    desk_do(&desk_front, FRONT_APPLICATION_SUPPLEMENT, number, 200, supplement_of(material, which));
}

static bool is_pinned(unsigned which)
{
    struct store_reader *reader = store_reader_take(stage.engine->store);
    struct base_arena arena = {0};
    struct store_entry entry;
    uint64_t application = 0;
    size_t count = 0;

    CHECK_I64(OD_OK, store_read_entry_named(reader, ENGINE_ENTRY_MATERIAL, digits_of(which), &arena, &entry), "its entry");
    CHECK_I64(OD_OK, store_read_pins(reader, ENGINE_ENTRY_MATERIAL, entry.id, 0, &application, 1, &count), "its pins");
    base_arena_fini(&arena);
    store_reader_give(stage.engine->store, reader);
    return count == 1 && application == desk_id(number);
}

/* -- Each after the other -- */

static void test_the_newest_came_last_however_it_came(void **state)
{
    (void)state;
    supplement("deed", 1);
    CHECK_LIST("deed", "by a supplement", 1);
    upload("deed", 2, 201, "deed.2");
    CHECK_LIST("deed", "an upload after it", 1, 2);
    supplement("deed", 3);
    CHECK_LIST("deed", "the next supplement takes nothing out", 1, 2, 3);
    upload("deed", 3, 200, "deed.3");
    upload("deed", 1, 201, "deed.4");
    CHECK_LIST("deed", "the first once more", 1, 2, 3, 1);
    desk_do(&desk_front, FRONT_APPLICATION_SUPPLEMENT, number, 200, supplement_of("deed", 1));
    CHECK_LIST("deed", "the newest once more is no other", 1, 2, 3, 1);
    supplement("plan", 5);
    upload("plan", 6, 201, "plan.2");
    CHECK_LIST("plan", "counted by itself", 5, 6);
    stage_restart(true);
    CHECK_LIST("deed", "after a restart", 1, 2, 3, 1);
    CHECK_LIST("plan", "likewise", 5, 6);
    for (unsigned which = 1; which <= 6; which++)
        CHECK(which == 4 || is_pinned(which), "what is listed is needed");
}

static void test_several_of_one_supplement(void **state)
{
    char body[1024];
    int size = snprintf(body, sizeof(body), "{\"materials\":[");

    (void)state;
    for (unsigned which = 1; which <= 3; which++)
        store(which);
    for (unsigned i = 0; i < 4; i++)
        size += snprintf(body + size, sizeof(body) - (size_t)size, "%s{\"material\":\"deed\",\"sha256\":\"%s\"}", i > 0 ? "," : "", digits_of(i == 2 ? 1 : i % 3 + 1));
    snprintf(body + size, sizeof(body) - (size_t)size, "]}");
    desk_do(&desk_front, FRONT_APPLICATION_SUPPLEMENT, number, 200, body);
    CHECK_LIST("deed", "each once", 1, 2);
    upload("deed", 3, 201, "deed.3");
    CHECK_LIST("deed", "then the next", 1, 2, 3);
}

/* What was replaced stands in the list of documents alone. */
static void test_a_department_is_given_what_is_in_force(void **state)
{
    (void)state;
    supplement("deed", 1);
    supplement("deed", 2);
    upload("plan", 3, 201, "plan.1");
    upload("plan", 4, 201, "plan.2");
    struct stage_request *task = stage_ask_as(&desk_land_head, FRONT_TASK_SHOW, desk_task(number, 0), NULL, NULL);
    stage_drain();
    CHECK_I64(200, task->status, "its department asks");
    for (size_t i = 0; i < desk_count(task, "materials"); i++) {
        char path[64];

        snprintf(path, sizeof(path), "materials.%zu.sha256", i);
        CHECK(strcmp(digits_of(1), desk_of(task, path)) != 0, "replaced by the second");
        snprintf(path, sizeof(path), "materials.%zu.version", i);
        CHECK_TEXT("", desk_of(task, path), "nothing but what the protocol names");
    }
    CHECK(desk_count(task, "materials") > 0, "it has some");
}

/* -- At once -- */

static void steps_take(unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        stage_step();
}

/* Uploads and supplements of one application in any order of the pool; now and then the disk finds no room. */
static void test_no_number_is_given_twice(void **state)
{
    unsigned lost = 0, taken = 0;

    for (unsigned seed = 1; seed <= ROUNDS; seed++) {
        struct stage_request *asked[10];

        set_up(state);
        stage.dice = seed;
        store(8);
        store(9);
        for (unsigned i = 0; i < 10; i++) {
            asked[i] = i < 8 ? upload_start("deed", i) : stage_ask_as(&desk_front, FRONT_APPLICATION_SUPPLEMENT, number, NULL, supplement_of("deed", i));
            steps_take(stage_roll(6));
        }
        if (seed % 3 == 0)
            for (unsigned i = 0; i < 20 && !stage_commit(true); i++)
                steps_take(1);
        stage_drain();
        list("deed");
        for (unsigned i = 0; i < 10; i++) {
            unsigned given = i < 8 && asked[i]->status == 201 ? (unsigned)strtoul(desk_of(asked[i], "version"), NULL, 10) : 0;
            size_t found = 0;

            CHECK(asked[i]->is_answered, "nobody waits for ever");
            for (size_t k = 0; k < listed_count; k++)
                found += (given == 0 || listed[k].number == given) && strcmp(listed[k].digits, digits_of(i)) == 0;
            CHECK_I64(asked[i]->status == 201 || asked[i]->status == 200, (int64_t)found, "what was answered is the document");
            taken += found == 1;
            lost += found == 0;
        }
        stage_close();
    }
    CHECK(taken > 6 * ROUNDS && lost > 0, "in every order");
    set_up(state);
}

/* -- The limit -- */

static void upload_many(unsigned first, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        upload("deed", first + i, 201, NULL);
}

static void test_the_limit_holds_at_once(void **state)
{
    struct stage_request *asked[8];
    unsigned taken = 0, newest = 0;

    (void)state;
    upload_many(1, ENGINE_VERSIONS_MAX - 3);
    for (unsigned i = 0; i < 8; i++)
        asked[i] = upload_start("deed", 1000 + i);
    stage_drain();
    for (unsigned i = 0; i < 8; i++) {
        bool is_taken = asked[i]->status == 201;

        taken += is_taken;
        newest = is_taken && strtoul(desk_of(asked[i], "version"), NULL, 10) == ENGINE_VERSIONS_MAX ? 1000 + i : newest;
        CHECK(is_taken || (asked[i]->status == 422 && strcmp(asked[i]->code, "limit") == 0), "taken, or one too many");
    }
    CHECK_I64(3, taken, "as many as there was room for");
    store(2000);
    struct stage_request *refused = desk_do(&desk_front, FRONT_APPLICATION_SUPPLEMENT, number, 422, supplement_of("deed", 2000));
    CHECK_TEXT("limit", refused->code, "likewise");
    CHECK_TEXT("/materials", refused->pointer, "where");
    desk_do(&desk_front, FRONT_APPLICATION_SUPPLEMENT, number, 200, supplement_of("deed", newest));
    list("deed");
    CHECK_I64(ENGINE_VERSIONS_MAX, (int64_t)listed_count, "what is there already may be named");
}

/* -- Of an earlier build -- */

static int on_settled_rc;

static void on_put(struct engine *engine, void *data, int rc)
{
    (void)engine;
    (void)data;
    on_settled_rc = rc;
}

/* An upload as it was stored: nothing says its number. */
static void old_upload(unsigned which)
{
    char body[256];
    struct store_entry entry = {.kind = ENGINE_ENTRY_MATERIAL, .state = ENGINE_MATERIAL_VERSION, .application = desk_id(number),
                                .id = engine_entry_id(stage.engine, ENGINE_ENTRY_MATERIAL), .wake_minute = INT64_MAX, .at_ms = stage.wall_ms, .body = body};

    entry.body_size = (uint32_t)snprintf(body, sizeof(body), "{\"material\":\"deed\",\"name\":\"a.txt\",\"sha256\":\"%s\"}", digits_of(which));
    CHECK_I64(OD_OK, engine_entry_put(stage.engine, &entry, NULL, on_put, NULL), "room");
    stage_drain();
    CHECK_I64(OD_OK, on_settled_rc, "stored");
}

static void on_application(struct engine *engine, struct engine_application *application, int rc, void *data)
{
    struct base_json_error error;
    struct base_json *body = NULL;
    char text[256];
    unsigned which = *(const unsigned *)data;

    CHECK_I64(OD_OK, rc, "the application");
    snprintf(text, sizeof(text), "{\"materials\":[{\"material\":\"deed\",\"name\":\"a.txt\",\"sha256\":\"%s\"}]}", digits_of(which));
    CHECK_I64(OD_OK, base_json_parse(text, strlen(text), &body, &error), text);
    CHECK_I64(OD_OK, engine_supply(engine, application, body, "desk", NULL), "supplied");
    base_json_destroy(body);
}

/* Likewise what a supplement named. */
static void old_supplement(unsigned which)
{
    engine_document_get(stage.engine, desk_id(number), on_application, &which);
    stage_drain();
}

static void old_store(unsigned which)
{
    store(which);
    old_upload(which);
}

static void test_numbers_of_an_earlier_build_stay(void **state)
{
    (void)state;
    for (unsigned which = 3; which <= 5; which++)
        store(which);
    old_supplement(3);
    CHECK_LIST("deed", "as it was told", 3);
    old_store(1);
    old_store(2);
    CHECK_LIST("deed", "as an earlier build told them", 1, 2, 3);
    supplement("deed", 4);
    CHECK_LIST("deed", "they stay", 1, 2, 3, 4);
    upload("deed", 6, 201, "deed.5");
    upload("deed", 3, 201, "deed.6");
    supplement("deed", 5);
    CHECK_LIST("deed", "whatever comes", 1, 2, 3, 4, 6, 3, 5);
    stage_restart(true);
    CHECK_LIST("deed", "after a restart", 1, 2, 3, 4, 6, 3, 5);
}

/* Once more were taken than there may be: they are all there. */
static void test_more_than_the_limit_are_listed(void **state)
{
    unsigned count = 2 * ENGINE_VERSIONS_MAX + 5;

    (void)state;
    for (unsigned which = 1; which <= count; which++)
        old_upload(which);
    list("deed");
    CHECK_I64(count, (int64_t)listed_count, "all of them");
    for (unsigned i = 0; i < count; i++) {
        CHECK_I64(i + 1, listed[i].number, "from the first");
        CHECK_TEXT(digits_of(i + 1), listed[i].digits, "its own");
    }
    upload("deed", 5000, 422, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_the_newest_came_last_however_it_came, set_up, desk_close),
        cmocka_unit_test_setup_teardown(test_several_of_one_supplement, set_up, desk_close),
        cmocka_unit_test_setup_teardown(test_a_department_is_given_what_is_in_force, set_up, desk_close),
        cmocka_unit_test_teardown(test_no_number_is_given_twice, desk_close),
        cmocka_unit_test_setup_teardown(test_the_limit_holds_at_once, set_up, desk_close),
        cmocka_unit_test_setup_teardown(test_numbers_of_an_earlier_build_stay, set_up, desk_close),
        cmocka_unit_test_setup_teardown(test_more_than_the_limit_are_listed, set_up, desk_close),
    };

    return desk_read() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
