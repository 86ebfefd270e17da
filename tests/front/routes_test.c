/* SPDX-License-Identifier: Apache-2.0 */
/* The table of routes: equal to docs/openapi.yaml, and each role at each route. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "front/auth.h"
#include "front/openapi.h"
#include "front/problem.h"
#include "front/routes.h"
#include "lib/check.h"
#include "stage.h"

static const struct {
    enum front_role role;
    const char *name;
} roles[] = {
    {FRONT_ROLE_CITIZEN, "citizen"},       {FRONT_ROLE_FRONT_DESK, "front_desk"},
    {FRONT_ROLE_OFFICER, "officer"},       {FRONT_ROLE_HEAD, "head"},
    {FRONT_ROLE_SUPERVISOR, "supervisor"}, {FRONT_ROLE_ADMIN, "admin"},
    {FRONT_ROLE_CONNECTOR, "connector"},
};

static const struct {
    enum front_method method;
    const char *upper, *lower;
} methods[] = {
    {FRONT_METHOD_GET, "GET", "get"},
    {FRONT_METHOD_POST, "POST", "post"},
    {FRONT_METHOD_PUT, "PUT", "put"},
    {FRONT_METHOD_DELETE, "DELETE", "delete"},
};

static size_t method_row(enum front_method method)
{
    size_t i = 0;

    while (methods[i].method != method)
        i++;
    return i;
}

static uint32_t described_roles(const struct base_json *operation)
{
    uint32_t bits = 0;

    for (const struct base_json *item = base_json_first(base_json_member(operation, "x-roles"));
         item != NULL; item = base_json_next(item))
        for (size_t i = 0; i < COUNT(roles); i++)
            if (strcmp(roles[i].name, base_json_text(item)) == 0)
                bits |= roles[i].role;
    return bits;
}

static void body_check(const struct front_route_row *row, const struct base_json *operation)
{
    const struct base_json *body = base_json_member(operation, "requestBody");
    const char *reference = base_json_member_text(body, "$ref");
    bool is_due = base_json_is_true(base_json_member(body, "required"));

    if (reference != NULL)
        is_due =
            strstr(reference, "DueObject") != NULL || strstr(reference, "Supplement") != NULL;
    CHECK_I64(row->body != FRONT_BODY_NONE, body != NULL, row->pattern);
    CHECK_I64(row->body == FRONT_BODY_DUE, is_due, row->pattern);
}

static void equals_its_description(void **state)
{
    struct base_json_error error;
    struct base_json *description;
    size_t count, described = 0;
    const struct front_route_row *rows = front_routes(&count);

    (void)state;
    CHECK_I64(
        OD_OK,
        base_json_parse((const char *)front_openapi, front_openapi_size, &description, &error),
        "JSON");
    const struct base_json *paths = base_json_member(description, "paths");
    for (size_t i = 0; i < count; i++) {
        const struct base_json *path = base_json_member(paths, rows[i].pattern);
        const struct base_json *operation =
            base_json_member(path, methods[method_row(rows[i].method)].lower);

        CHECK_I64(i + 1, rows[i].route, "rows in the order of the enum");
        CHECK(operation != NULL, rows[i].pattern);
        CHECK_I64(rows[i].roles, described_roles(operation), rows[i].pattern);
        CHECK_I64((rows[i].roles & FRONT_ROLE_CITIZEN) != 0,
                  base_json_member(operation, "security") != NULL, rows[i].pattern);
        CHECK(base_json_member_text(operation, "summary") != NULL, rows[i].pattern);
        body_check(&rows[i], operation);
    }
    for (const struct base_json *path = base_json_first(paths); path != NULL;
         path = base_json_next(path))
        for (const struct base_json *item = base_json_first(path); item != NULL;
             item = base_json_next(item))
            described += strcmp(base_json_key(item), "parameters") != 0;
    CHECK_I64(count, described, "nothing is described that is not there");
    base_json_destroy(description);
}

static void finds_a_route_and_its_parameters(void **state)
{
    static const struct {
        const char *path;
        enum front_method method;
        enum front_route route;
        unsigned methods;
        const char *param;
    } rows[] = {
        {"/v1/applications", FRONT_METHOD_POST, FRONT_APPLICATION_SUBMIT, 7, ""},
        {"/v1/applications", FRONT_METHOD_HEAD, FRONT_APPLICATION_LIST, 7, ""},
        {"/v1/applications", FRONT_METHOD_PUT, FRONT_ROUTE_NONE, 7, ""},
        {"/v1/applications/20261129-000123-7", FRONT_METHOD_GET, FRONT_APPLICATION_SHOW, 3,
         "20261129-000123-7"},
        {"/v1/tasks/a.1/opinion", FRONT_METHOD_POST, FRONT_TASK_OPINION, 4, "a.1"},
        {"/v1/connectors/fire", FRONT_METHOD_DELETE, FRONT_CONNECTOR_UNLOAD, 27, "fire"},
        {"/v1/applications/a/b", FRONT_METHOD_GET, FRONT_ROUTE_NONE, 0, ""},
        {"/v1/application", FRONT_METHOD_GET, FRONT_ROUTE_NONE, 0, ""},
        {"/v1/applications/", FRONT_METHOD_GET, FRONT_ROUTE_NONE, 0, ""},
        {"/V1/applications", FRONT_METHOD_GET, FRONT_ROUTE_NONE, 0, ""},
        {"", FRONT_METHOD_GET, FRONT_ROUTE_NONE, 0, ""},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct front_match match;

        front_route_find(rows[i].path, rows[i].method, &match);
        CHECK_I64(rows[i].route, match.row == NULL ? FRONT_ROUTE_NONE : match.row->route,
                  rows[i].path);
        CHECK_I64(rows[i].methods, match.methods, rows[i].path);
        CHECK_I64(strlen(rows[i].param), match.param_sizes[0], rows[i].path);
        CHECK(strncmp(rows[i].param, rows[i].param[0] == '\0' ? "" : match.params[0],
                      strlen(rows[i].param)) == 0,
              rows[i].path);
    }
}

static void bounds_a_parameter(void **state)
{
    char path[FRONT_PARAM_MAX + 64] = "/v1/services/";
    struct front_match match;

    (void)state;
    memset(path + 13, 'x', FRONT_PARAM_MAX);
    front_route_find(path, FRONT_METHOD_GET, &match);
    CHECK(match.row != NULL, "at the limit");
    path[13 + FRONT_PARAM_MAX] = 'x';
    front_route_find(path, FRONT_METHOD_GET, &match);
    CHECK_I64(0, match.methods, "over the limit it names nothing");
}

/* A request of the row's route with {x} filled in and a body where one is due. */
static void request_make(const struct front_route_row *row, const char *secret, char text[1024])
{
    char path[128];
    size_t used = 0;

    for (const char *at = row->pattern; *at != '\0'; at++) {
        path[used++] = *at == '{' ? 'x' : *at;
        if (*at == '{')
            at = strchr(at, '}');
    }
    path[used] = '\0';
    used = (size_t)sprintf(text, "%s %s HTTP/1.1\r\nHost: localhost\r\n",
                           methods[method_row(row->method)].upper, path);
    if (secret != NULL)
        used += (size_t)sprintf(text + used, "Authorization: bearer %s\r\n", secret);
    if (row->body == FRONT_BODY_DUE)
        sprintf(text + used, "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}");
    else
        sprintf(text + used, "\r\n");
}

static struct front_key key_make(size_t i)
{
    struct front_key key = {.roles = roles[i].role};
    char secret[32];

    sprintf(secret, "secret-%s", roles[i].name);
    snprintf(key.id, sizeof(key.id), "%s", roles[i].name);
    snprintf(key.department, sizeof(key.department), "%s",
             roles[i].role == FRONT_ROLE_OFFICER ? "fire" : "");
    base_hash(secret, strlen(secret), key.hash);
    return key;
}

/* Answered by the front itself. */
static bool is_of_front(enum front_route route)
{
    return route == FRONT_OPENAPI || (route >= FRONT_SESSION_START && route <= FRONT_SESSION_END);
}

/* 200 by the stage; of the front's own routes what it makes of "{}" and of a session that is not there. */
static int passed_status(enum front_route route, uint32_t bits)
{
    if (route == FRONT_SESSION_START)
        return 422;
    if (route == FRONT_SESSION_END)
        return (bits & FRONT_ROLE_ADMIN) != 0 ? 404 : 403;
    return 200;
}

static void pass_check(struct stage *stage, const struct front_route_row *row, size_t performed,
                       const char *why)
{
    bool is_own = is_of_front(row->route);

    CHECK_I64(is_own ? 0 : 1, stage->performed - performed, why);
    if (!is_own)
        CHECK_I64(row->route, stage->route, why);
}

static void lets_each_role_do_what_the_table_says(void **state)
{
    static struct stage stage;
    struct front_key keys[COUNT(roles)];
    static char request[1024], text[65536], secret[32];
    size_t count;
    const struct front_route_row *rows = front_routes(&count);

    (void)state;
    assert_int_equal(base_hash_init(), OD_OK);
    for (size_t i = 0; i < COUNT(roles); i++)
        keys[i] = key_make(i);
    stage = (struct stage){
        .options = {.keys = keys, .key_count = COUNT(keys), .is_clock_virtual = true}};
    stage_open(&stage);
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k <= COUNT(roles); k++) { /* the last one without a key */
            bool has_key = k < COUNT(roles);
            uint32_t bits = (has_key ? roles[k].role : 0) | FRONT_ROLE_CITIZEN;
            size_t performed = stage.performed;

            sprintf(secret, "secret-%s", has_key ? roles[k].name : "");
            request_make(&rows[i], has_key ? secret : NULL, request);
            int status = stage_ask_text(&stage, request, text, sizeof(text));
            bool may = (rows[i].roles & bits) != 0;
            CHECK_I64(may ? passed_status(rows[i].route, bits) : has_key ? 403 : 401, status, request);
            if (may)
                pass_check(&stage, &rows[i], performed, request);
            else
                CHECK_I64(performed, stage.performed, request);
            if (may && !is_of_front(rows[i].route))
                CHECK_TEXT(has_key ? roles[k].name : "", stage.key_id, request);
        }
    }
    stage_close(&stage);
}

static void takes_new_keys_while_it_runs(void **state)
{
    static struct stage stage;
    struct front_key keys[2];
    char text[4096];
    static const char request[] = "GET /v1/tasks HTTP/1.1\r\nHost: localhost\r\nAuthorization: "
                                  "Bearer secret-officer\r\n\r\n";

    (void)state;
    assert_int_equal(base_hash_init(), OD_OK);
    keys[0] = key_make(2);
    keys[1] = key_make(3);
    stage = (struct stage){.options = {.keys = keys, .key_count = 1}, .manner = STAGE_HOLD};
    stage_open(&stage);
    int fd = stage_connect(&stage);
    stage_send_text(&stage, fd, request);
    for (int i = 0; i < 5; i++)
        stage_turn(&stage);
    CHECK_TEXT("fire", stage.department, "an officer's department goes along");
    CHECK_I64(OD_OK, front_keys_set(stage.front, &keys[1], 1), "a reload");
    CHECK_TEXT("officer", stage.held[0]->identity.key_id,
               "a request under way keeps who it is");
    stage_release(&stage);
    stage_read_answers(&stage, fd, text, sizeof(text), 1);
    CHECK_I64(200, stage_status(text), "and is answered");
    close(fd);
    CHECK_I64(401, stage_ask_text(&stage, request, text, sizeof(text)), "the old key is gone");
    keys[0] = keys[1];
    CHECK_I64(OD_EINVAL, front_keys_set(stage.front, keys, 2), "two keys of one secret");
    stage_close(&stage);
}

static void bounds_keys_and_secrets(void **state)
{
    static char secret[FRONT_SECRET_MAX + 2];
    struct front_keys *table = NULL;
    struct front_key keys[2] = {{.id = "long"}, {.id = "longer"}};

    (void)state;
    assert_int_equal(base_hash_init(), OD_OK);
    memset(secret, 's', FRONT_SECRET_MAX + 1);
    base_hash(secret, FRONT_SECRET_MAX, keys[0].hash);
    base_hash(secret, FRONT_SECRET_MAX + 1, keys[1].hash);
    CHECK_I64(OD_EINVAL, front_keys_create(keys, FRONT_KEYS_MAX + 1, &table), "too many keys");
    CHECK(table == NULL, "unchanged on error");
    CHECK_I64(OD_OK, front_keys_create(keys, 2, &table), "two");
    CHECK_TEXT("long", front_keys_find(table, secret, FRONT_SECRET_MAX)->id, "at the limit");
    CHECK(front_keys_find(table, secret, FRONT_SECRET_MAX + 1) == NULL, "over the limit");
    CHECK(front_keys_find(table, secret, 0) == NULL, "empty");
    CHECK(front_keys_find(table, secret, FRONT_SECRET_MAX - 1) == NULL, "unknown");
    front_keys_release(table);
    base_alloc_fail_at(1);
    CHECK_I64(OD_ENOMEM, front_keys_create(keys, 2, &table), "memory runs out");
    base_alloc_fail_at(0);
    CHECK_I64(OD_OK, front_keys_create(NULL, 0, &table), "none");
    CHECK(front_keys_find(table, "a", 1) == NULL, "nobody is known");
    front_keys_release(table);
}

/* Many keys, so that buckets of one first byte hold several. */
static void finds_each_of_many_keys(void **state)
{
    static struct front_key keys[2000];
    struct front_keys *table;
    char secret[32];

    (void)state;
    for (size_t i = 0; i < COUNT(keys); i++) {
        int size = sprintf(secret, "secret-%zu", i);

        base_hash(secret, (size_t)size, keys[i].hash);
        strcpy(keys[i].id, secret);
    }
    CHECK_I64(OD_OK, front_keys_create(keys, COUNT(keys), &table), "created");
    for (size_t i = 0; i < COUNT(keys); i++)
        CHECK_TEXT(keys[i].id, front_keys_find(table, keys[i].id, strlen(keys[i].id))->id,
                   keys[i].id);
    front_keys_release(table);
}

static void listens_only_where_it_may(void **state)
{
    static const struct {
        const char *listen;
        bool is_demo, has_key;
        int rc;
        const char *why;
    } rows[] = {
        {"127.0.0.1:0", false, false, OD_OK, "loopback"},
        {"localhost:0", true, false, OD_OK, "by name"},
        {"127.9.9.9:0", false, false, OD_OK, "all of 127"},
        {"0.0.0.0:0", false, false, OD_EINVAL, "everywhere, without keys"},
        {"[::]:0", false, false, OD_EINVAL, "everywhere, without keys"},
        {"0.0.0.0:0", true, true, OD_EINVAL, "a demo is for this machine"},
        {"0.0.0.0:0", false, true, OD_OK, "with keys"},
        {"127.0.0.1", false, false, OD_EINVAL, "no port"},
        {"127.0.0.1:", false, false, OD_EINVAL, "no port"},
        {"127.0.0.1:65536", false, false, OD_EINVAL, "no port"},
        {"127.0.0.1:-1", false, false, OD_EINVAL, "no port"},
        {"127.0.0.1:1x", false, false, OD_EINVAL, "no port"},
        {":8080", false, false, OD_EINVAL, "no address"},
        {"example.org:80", false, true, OD_EINVAL, "names are not looked up"},
        {"[::1:0", false, false, OD_EINVAL, "a bracket"},
        {"unix:relative", false, false, OD_EINVAL, "no absolute path"},
        {"unix:/nonexistent/x", false, false, OD_EIO, "no such folder"},
    };
    struct front_key key;
    char text[512];

    (void)state;
    assert_int_equal(base_hash_init(), OD_OK);
    key = key_make(5);
    for (size_t i = 0; i < COUNT(rows); i++) {
        static struct stage stage;

        stage = (struct stage){0};
        if (rows[i].rc == OD_OK) {
            stage.options = (struct front_options){.listen = rows[i].listen,
                                                   .is_demo = rows[i].is_demo,
                                                   .keys = &key,
                                                   .key_count = rows[i].has_key};
            stage_open(&stage);
            stage_close(&stage);
            continue;
        }
        const struct front_ops ops = {.perform =
                                          (void (*)(void *, struct front_request *))abort};
        struct front_options options = {.listen = rows[i].listen,
                                        .is_demo = rows[i].is_demo,
                                        .keys = &key,
                                        .key_count = rows[i].has_key,
                                        .ops = &ops};
        struct front *front = NULL;
        uv_loop_t loop;
        uv_loop_init(&loop);
        CHECK_I64(rows[i].rc, front_open(&loop, &options, &front, text), rows[i].why);
        CHECK(front == NULL, "unchanged on error");
        CHECK(text[0] != '\0', "says why");
        uv_run(&loop, UV_RUN_DEFAULT);
        CHECK_I64(0, uv_loop_close(&loop), "nothing is left");
    }
}

static void has_every_problem_in_both_languages(void **state)
{
    (void)state;
    for (int problem = 1; problem < FRONT_PROBLEMS; problem++) {
        const struct front_problem_row *row = front_problem_row((enum front_problem)problem);

        CHECK(row->status >= 400 && row->status < 600, "a status");
        for (int language = 0; language < FRONT_LANGUAGES; language++) {
            CHECK(row->title[language] != NULL && row->title[language][0] != '\0', row->code);
            CHECK(row->remedy[language] != NULL && row->remedy[language][0] != '\0', row->code);
        }
        for (int other = 1; other < problem; other++)
            CHECK(strcmp(row->code, front_problem_row((enum front_problem)other)->code) != 0,
                  row->code);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_its_description),
        cmocka_unit_test(finds_a_route_and_its_parameters),
        cmocka_unit_test(bounds_a_parameter),
        cmocka_unit_test(lets_each_role_do_what_the_table_says),
        cmocka_unit_test(takes_new_keys_while_it_runs),
        cmocka_unit_test(bounds_keys_and_secrets),
        cmocka_unit_test(finds_each_of_many_keys),
        cmocka_unit_test(listens_only_where_it_may),
        cmocka_unit_test(has_every_problem_in_both_languages),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
