/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/check.h"

#include "egress/options.h"

static void arguments(void **state)
{
    static const struct {
        int count;
        char *arguments[6];
        int rc;
        const char *secrets, *ca, *why;
    } rows[] = {
        {1, {"x"}, OD_OK, NULL, NULL, "none are needed"},
        {3, {"x", "--secrets", "/s"}, OD_OK, "/s", NULL, "secrets"},
        {5, {"x", "--ca", "/c", "--secrets", "/s"}, OD_OK, "/s", "/c", "both, in any order"},
        {2, {"x", "--secrets"}, OD_EINVAL, NULL, NULL, "its value is missing"},
        {3, {"x", "--secrets", ""}, OD_EINVAL, NULL, NULL, "an empty value"},
        {3, {"x", "--proxy", "y"}, OD_EINVAL, NULL, NULL, "unknown"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct egress_options options = {.secrets = "before", .ca = "before"};
        char text[256] = "";

        CHECK_I64(rows[i].rc, egress_options_read(rows[i].count, rows[i].arguments, &options, text), rows[i].why);
        if (rows[i].rc != OD_OK) {
            CHECK_TEXT("before", options.secrets, "unchanged by an error");
            CHECK(text[0] != '\0', rows[i].why);
            continue;
        }
        CHECK(options.secrets == NULL ? rows[i].secrets == NULL : strcmp(options.secrets, rows[i].secrets) == 0, rows[i].why);
        CHECK(options.ca == NULL ? rows[i].ca == NULL : strcmp(options.ca, rows[i].ca) == 0, rows[i].why);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(arguments)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
