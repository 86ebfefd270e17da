/* SPDX-License-Identifier: Apache-2.0 */
/* The scripted department: routes, keys, what it registers, and each of its bad days. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "check/department.h"

static const char script_text[] =
    "{\"forms\": [{}], \"department\": {\"decides_after_ms\": 10, \"routes\": ["
    "{\"does\": \"submit\", \"method\": \"POST\", \"path\": \"/p\", \"key\": \"header:Key\", \"answer\": {\"status\": 201, \"body\": {\"id\": \"${ref}\"}}},"
    "{\"does\": \"submit\", \"method\": \"PUT\", \"path\": \"/p/${key}\", \"key\": \"path\", \"answer\": {\"status\": 201}},"
    "{\"does\": \"submit\", \"method\": \"POST\", \"path\": \"/b\", \"key\": \"body:/a/key\", \"answer\": {\"status\": 201}},"
    "{\"does\": \"status\", \"method\": \"GET\", \"path\": \"/p/${ref}\", \"pending\": {\"body\": 0}, \"answer\": {\"body\": 1}},"
    "{\"does\": \"lookup\", \"method\": \"GET\", \"path\": \"/p?key=${key}\", \"answer\": {\"body\": \"${ref} ${key}\"}, \"missing\": {\"status\": 410}},"
    "{\"does\": \"answer\", \"method\": \"GET\", \"path\": \"/any/*\", \"answer\": {\"status\": 204}}]}}";

static int setup(void **state)
{
    static struct check_script script;
    static struct check_department department;
    char reason[CHECK_REASON_SIZE];

    assert_int_equal(OD_OK, check_script_read("check.json", script_text, sizeof(script_text) - 1, &script, reason));
    department = (struct check_department){.script = &script};
    *state = &department;
    return 0;
}

static int teardown(void **state)
{
    struct check_department *department = *state;
    struct check_script *script = (struct check_script *)(uintptr_t)department->script;

    check_department_fini(department);
    check_script_fini(script);
    return 0;
}

/* Ask; the body lies in out. Returns the status. */
static int ask(struct check_department *department, const char *method, const char *path, const char *key, const char *body,
               int64_t now_ms, char out[256])
{
    const char *name = "key", *value = key;
    struct check_request request = {.method = method, .path = path, .header_names = &name, .header_values = &value,
                                    .header_count = key != NULL, .body = body, .body_size = body != NULL ? strlen(body) : 0};
    struct check_response response = {.fault = CHECK_FAULT_NONE};

    check_department_take(department, &request, now_ms, &response);
    snprintf(out, 256, "%.*s", (int)response.body.size, response.body.size > 0 ? response.body.bytes : "");
    base_buffer_fini(&response.body);
    return response.status;
}

static void test_a_key_is_found_where_the_script_says(void **state)
{
    struct check_department *department = *state;
    char body[256];

    assert_int_equal(201, ask(department, "POST", "/p", "k1", NULL, 0, body));
    assert_string_equal("{\"id\":\"D-1\"}", body);
    assert_int_equal(201, ask(department, "PUT", "/p/k2", NULL, NULL, 0, body));
    assert_int_equal(201, ask(department, "POST", "/b", NULL, "{\"a\":{\"key\":\"k3\"}}", 0, body));
    assert_int_equal(201, ask(department, "POST", "/b", NULL, "no JSON", 0, body));
    assert_non_null(check_department_find(department, "k1"));
    assert_non_null(check_department_find(department, "k2"));
    assert_non_null(check_department_find(department, "k3"));
    assert_int_equal(1, department->keyless_count);
    assert_int_equal(0, check_department_doubles(department));
}

static void test_it_tells_how_far_it_is(void **state)
{
    struct check_department *department = *state;
    char body[256];

    ask(department, "POST", "/p", "k1", NULL, 100, body);
    assert_int_equal(200, ask(department, "GET", "/p/D-1", NULL, NULL, 109, body));
    assert_string_equal("0", body);
    assert_int_equal(110, check_department_next_ms(department, 100));
    ask(department, "GET", "/p/D-1", NULL, NULL, 110, body);
    assert_string_equal("1", body);
    assert_int_equal(INT64_MAX, check_department_next_ms(department, 110));
    assert_int_equal(404, ask(department, "GET", "/p/D-2", NULL, NULL, 110, body));
    assert_int_equal(410, ask(department, "GET", "/p?key=k2", NULL, NULL, 110, body));
    ask(department, "GET", "/p?key=k1", NULL, NULL, 110, body);
    assert_string_equal("\"D-1 k1\"", body);
    assert_int_equal(204, ask(department, "GET", "/any/thing?at=all", NULL, NULL, 110, body));
    assert_int_equal(0, department->strange_count);
    assert_int_equal(404, ask(department, "GET", "/p/a/b", NULL, NULL, 110, body));
    assert_int_equal(404, ask(department, "DELETE", "/p", NULL, NULL, 110, body));
    assert_int_equal(2, department->strange_count);
    assert_string_equal("DELETE /p", department->strange);
}

static void test_only_one_that_dedupes_takes_a_key_once(void **state)
{
    struct check_department *department = *state;
    char body[256];

    ask(department, "POST", "/p", "k", NULL, 0, body);
    ask(department, "POST", "/p", "k", NULL, 0, body);
    assert_int_equal(1, check_department_doubles(department));
    check_department_forget(department);
    department->dedupes = true;
    ask(department, "POST", "/p", "k", NULL, 0, body);
    ask(department, "POST", "/p", "k", NULL, 0, body);
    assert_string_equal("{\"id\":\"D-1\"}", body);
    assert_int_equal(0, check_department_doubles(department));
}

static void test_a_bad_day_does_or_does_not_register(void **state)
{
    static const struct {
        enum check_fault fault;
        bool is_registered;
        int status;
    } rows[] = {
        {CHECK_FAULT_REFUSED, false, 0}, {CHECK_FAULT_TIMEOUT, false, 0}, {CHECK_FAULT_LOST, true, 201},
        {CHECK_FAULT_DRIP, true, 201},   {CHECK_FAULT_CUT, true, 201},    {CHECK_FAULT_GARBAGE, true, 201},
        {CHECK_FAULT_EMPTY, true, 201},  {CHECK_FAULT_ERROR, false, 500}, {CHECK_FAULT_BUSY, false, 503},
    };
    struct check_department *department = *state;
    char body[256];

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        check_department_forget(department);
        department->fault = rows[i].fault;
        department->fault_routes = 0;
        assert_int_equal(rows[i].status, ask(department, "POST", "/p", "k", NULL, 0, body));
        assert_int_equal(rows[i].is_registered, department->record_count == 1);
        department->fault_routes = 1u << CHECK_DOES_STATUS; /* submissions are spared */
        assert_int_equal(201, ask(department, "POST", "/p", "other", NULL, 0, body));
        assert_string_equal(rows[i].is_registered ? "{\"id\":\"D-2\"}" : "{\"id\":\"D-1\"}", body);
    }
}

static void test_the_register_has_a_limit(void **state)
{
    struct check_department *department = *state;
    char body[256];

    department->records = base_alloc(CHECK_RECORDS_MAX * sizeof(*department->records));
    department->record_count = CHECK_RECORDS_MAX - 1;
    assert_int_equal(201, ask(department, "POST", "/p", "k1", NULL, 0, body));
    assert_int_equal(507, ask(department, "POST", "/p", "k2", NULL, 0, body));
    assert_int_equal(CHECK_RECORDS_MAX, department->record_count);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_key_is_found_where_the_script_says, setup, teardown),
        cmocka_unit_test_setup_teardown(test_it_tells_how_far_it_is, setup, teardown),
        cmocka_unit_test_setup_teardown(test_only_one_that_dedupes_takes_a_key_once, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_bad_day_does_or_does_not_register, setup, teardown),
        cmocka_unit_test_setup_teardown(test_the_register_has_a_limit, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
