/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/desk.h"
#include "engine/material.h"
#include "engine/retention.h"

#include <stdio.h>
#include <stdlib.h>

#include "catalog/fixture.h"
#include "engine/entry.h"
#include "lib/check.h"
#include "lib/files.h"

const char *desk_text;
const struct front_identity desk_land = {.key_id = "land-1", .roles = FRONT_ROLE_OFFICER, .department = "land"};
const struct front_identity desk_water = {.key_id = "water-1", .roles = FRONT_ROLE_OFFICER, .department = "water"};
const struct front_identity desk_fire = {.key_id = "fire-1", .roles = FRONT_ROLE_OFFICER, .department = "fire"};
const struct front_identity desk_land_head = {.key_id = "land-head", .roles = FRONT_ROLE_HEAD, .department = "land"};
const struct front_identity desk_government = {.key_id = "mayor", .roles = FRONT_ROLE_HEAD, .department = ""};
const struct front_identity desk_front = {.key_id = "window-1", .roles = FRONT_ROLE_FRONT_DESK, .department = ""};
const struct front_identity desk_supervisor = {.key_id = "supervisor", .roles = FRONT_ROLE_SUPERVISOR, .department = ""};
const struct front_identity desk_citizen = {.key_id = "", .roles = FRONT_ROLE_CITIZEN, .department = ""};

bool desk_read(void)
{
    static char *text; /* reachable until the process ends */
    char path[1024];
    size_t size;

    snprintf(path, sizeof(path), "%s/tests/engine/desk.json", test_source());
    text = test_file_read(path, &size);
    desk_text = text;
    return fixture_open() && text != NULL;
}

int desk_open_retaining(void **state)
{
    static char catalog[65536];
    const char *rest = strstr(desk_text, "\"office_hours\"");

    (void)state;
    snprintf(catalog, sizeof(catalog), "%.*s\"retention\":{\"documents_years\":1},%s", (int)(rest - desk_text), desk_text, rest);
    stage_open_catalog(catalog, false);
    stage_drain();
    return 0;
}

int desk_open(void **state)
{
    (void)state;
    stage_open_catalog(desk_text, false);
    stage_drain();
    return 0;
}

int desk_close(void **state)
{
    (void)state;
    stage_close();
    return 0;
}

void desk_wait(int64_t ms)
{
    stage_wait(ms);
    stage.monotonic_ms += ms;
    do {
        stage_tick();
        stage_drain();
    } while (stage.engine->is_waking || stage.engine->wake_next <= stage.engine->now.ms / 60000 || !engine_entries_are_quiet(stage.engine));
}

void desk_pass(unsigned days)
{
    for (unsigned i = 0; i < days; i++)
        desk_wait(DAY_MS);
}

struct stage_request *desk_do(const struct front_identity *who, enum front_route route, const char *number, int status, const char *body)
{
    struct stage_request *asked = stage_ask_as(who, route, number, NULL, body);

    stage_drain();
    CHECK_I64(status, asked->status, body != NULL ? body : "");
    return asked;
}

struct stage_request *desk_get(enum front_route route, const char *number, const char *query)
{
    struct stage_request *asked = stage_ask_as(&desk_supervisor, route, number, query, NULL);

    stage_drain();
    CHECK_I64(200, asked->status, query != NULL ? query : "");
    return asked;
}

const char *desk_submit(const char *service, const char *form, const char *materials)
{
    static char number[BASE_NUMBER_SIZE];
    char body[2048];

    snprintf(body, sizeof(body), "{\"service\":\"%s\",\"applicant\":{\"name\":\"Li\"},\"form\":%s,\"materials\":%s}", service, form, materials);
    snprintf(number, sizeof(number), "%s", desk_of(desk_do(&desk_front, FRONT_APPLICATION_SUBMIT, NULL, 201, body), "number"));
    return number;
}

const char *desk_task(const char *number, unsigned task)
{
    static char text[BASE_NUMBER_SIZE + 8];

    snprintf(text, sizeof(text), "%s.%u", number, task + 1);
    return text;
}

uint64_t desk_id(const char *number)
{
    uint64_t id = 0;
    int32_t day;

    CHECK_I64(OD_OK, base_number_parse(number, &id, &day), number);
    return id;
}

struct engine_application *desk_read_row(const char *number)
{
    struct engine_application *application = stage_read(desk_id(number));

    CHECK(application != NULL, number);
    return application;
}

/* -- What an answer says -- */

static const struct base_json *step_into(const struct base_json *json, const char *name)
{
    if (base_json_type(json) != BASE_JSON_ARRAY)
        return base_json_member(json, name);
    const struct base_json *item = base_json_first(json);
    for (long index = strtol(name, NULL, 10); index > 0 && item != NULL; index--)
        item = base_json_next(item);
    return item;
}

static const struct base_json *walk(const struct base_json *json, const char *path)
{
    char names[256], *rest = NULL;

    snprintf(names, sizeof(names), "%s", path);
    for (char *name = strtok_r(names, ".", &rest); name != NULL && json != NULL; name = strtok_r(NULL, ".", &rest))
        json = step_into(json, name);
    return json;
}

static struct base_json *parse(const struct stage_request *asked)
{
    struct base_json_error error;
    struct base_json *root = NULL;

    CHECK(asked->answer != NULL, "it was answered with something");
    CHECK_I64(OD_OK, base_json_parse(asked->answer, strlen(asked->answer), &root, &error), asked->answer);
    return root;
}

const char *desk_of(const struct stage_request *asked, const char *path)
{
    static char text[512];
    struct base_json *root = parse(asked);
    const struct base_json *found = walk(root, path);
    struct base_buffer printed = {0};

    text[0] = '\0';
    if (found != NULL && base_json_text(found) != NULL)
        snprintf(text, sizeof(text), "%s", base_json_text(found));
    else if (found != NULL) {
        base_json_put(&printed, NULL, found);
        snprintf(text, sizeof(text), "%s", base_buffer_text(&printed));
    }
    base_buffer_fini(&printed);
    base_json_destroy(root);
    return text;
}

size_t desk_count(const struct stage_request *asked, const char *path)
{
    struct base_json *root = parse(asked);
    size_t count = base_json_count(walk(root, path));

    base_json_destroy(root);
    return count;
}

size_t desk_count_of(const struct stage_request *asked, const char *member, const char *text)
{
    size_t count = 0;
    char path[64];

    for (size_t i = 0; i < desk_count(asked, "items"); i++) {
        snprintf(path, sizeof(path), "items.%zu.%s", i, member);
        count += strcmp(desk_of(asked, path), text) == 0;
    }
    return count;
}

size_t desk_alerts(const char *kind)
{
    struct stage_request *asked;
    char query[64];

    snprintf(query, sizeof(query), "kind=%s&limit=100", kind);
    asked = stage_ask_as(&(const struct front_identity){.key_id = "all", .roles = UINT32_MAX, .department = ""}, FRONT_ALERT_LIST, NULL,
                         query, NULL);
    stage_drain();
    CHECK_I64(200, asked->status, kind);
    return desk_count(asked, "items");
}

void desk_age(void)
{
    desk_wait(INT64_C(367) * DAY_MS);
    for (int i = 0; i < 200 && (i < 3 || !engine_materials_are_quiet(stage.engine) || !engine_retention_is_quiet(stage.engine)); i++) {
        stage.monotonic_ms += ENGINE_TICK_MS;
        stage_tick();
        stage_drain();
    }
}
