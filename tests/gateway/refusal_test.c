/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/check.h"

#include "base/json.h"
#include "gateway/limits.h"
#include "gateway/refusal.h"

static void test_shape(void **state)
{
    static const struct {
        enum gateway_refusal refusal;
        int status;
        const char *type, *why;
    } rows[] = {
        {GATEWAY_TOO_LARGE, 413, "/problems/too_large", "too large"},
        {GATEWAY_UNAVAILABLE, 503, "/problems/unavailable", "the queue is full"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct base_buffer buffer = {0};
        struct base_json_error error;
        struct base_json *json = NULL;
        int64_t status = 0;

        gateway_refusal_put(&buffer, rows[i].refusal, GATEWAY_MESSAGE_MAX + 1);
        CHECK_I64(OD_OK, base_json_parse(buffer.bytes, buffer.size, &json, &error), rows[i].why);
        const struct base_json *body = base_json_member(json, "body");
        CHECK_I64(OD_OK, base_json_i64(base_json_member(json, "status"), 0, 999, &status), rows[i].why);
        CHECK_I64(rows[i].status, status, rows[i].why);
        CHECK_I64(OD_OK, base_json_i64(base_json_member(body, "status"), 0, 999, &status), rows[i].why);
        CHECK_I64(rows[i].status, status, rows[i].why);
        CHECK_TEXT(rows[i].type, base_json_member_text(body, "type"), rows[i].why);
        CHECK(base_json_member_text(body, "title") != NULL, rows[i].why);
        CHECK(base_json_member_text(body, "remedy") != NULL, rows[i].why);
        base_json_destroy(json);
        base_buffer_fini(&buffer);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_shape)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
