/* SPDX-License-Identifier: Apache-2.0 */
/* The mini hub's services: what the manifest declares is granted, nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/hash.h"
#include "base/memory.h"
#include "check/services.h"

static const char manifest[] =
    "{\"id\": \"x\", \"version\": \"1\", \"abi\": [1, 0], \"matters\": [\"*\"], \"capabilities\": {"
    "\"http\": [{\"from_config\": \"/base_url\", \"methods\": [\"GET\"], \"paths\": [\"/v1/*\"]},"
    "{\"hosts\": [\"*.water.gov\", \"exact.gov\"], \"methods\": [\"POST\"]}],"
    "\"secrets\": [\"token\", {\"name\": \"open\", \"reveal\": true}], \"kv\": {\"quota\": 64}}}";

static struct check_subject subject;
static struct check_department department;
static struct check_services services;

static int setup(void **state)
{
    char message[PACKAGE_TEXT_SIZE] = "";

    (void)state;
    assert_int_equal(OD_OK, base_hash_init());
    subject = (struct check_subject){.is_remote = false};
    if (package_manifest_read(manifest, sizeof(manifest) - 1, NULL, &subject.manifest, message) != OD_OK)
        fail_msg("%s", message);
    assert_int_equal(OD_OK, check_script_default(&subject.script));
    department = (struct check_department){.script = &subject.script};
    services = (struct check_services){.subject = &subject, .config = "{\"base_url\": \"https://dep.test:8443/x\"}"};
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    check_services_fini(&services);
    check_department_fini(&department);
    package_manifest_fini(&subject.manifest);
    check_script_fini(&subject.script);
    return 0;
}

static const char *ask(const char *json)
{
    static struct base_buffer out;

    base_buffer_fini(&out);
    check_services_take(&services, &department, json, strlen(json), 0, &out);
    return base_buffer_text(&out);
}

static void test_http_goes_where_it_is_declared(void **state)
{
    static const struct {
        const char *method, *url;
        bool is_granted;
        const char *why;
    } rows[] = {
        {"GET", "https://dep.test:8443/v1/a", true, "the configured target"},
        {"GET", "https://dep.test:8443/v2/a", false, "another path"},
        {"POST", "https://dep.test:8443/v1/a", false, "another method"},
        {"GET", "https://dep.test/v1/a", false, "another port"},
        {"GET", "http://dep.test:8443/v1/a", false, "without TLS"},
        {"POST", "https://api.water.gov/anything", true, "a name below the pattern"},
        {"POST", "https://water.gov/anything", false, "the pattern's own name"},
        {"POST", "https://evilwater.gov/", false, "only the same letters"},
        {"POST", "https://exact.gov", true, "a host without a path"},
        {"GET", "https://exact.gov/", false, "a method of another rule"},
    };
    char json[256];

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint64_t denied = services.denied_count;

        snprintf(json, sizeof(json), "{\"service\":\"http\",\"method\":\"%s\",\"url\":\"%s\",\"headers\":[]}", rows[i].method, rows[i].url);
        bool is_denied = strstr(ask(json), "\"code\":\"denied\"") != NULL;
        if (is_denied == rows[i].is_granted || (services.denied_count > denied) != is_denied)
            fail_msg("%s", rows[i].why);
    }
    assert_non_null(strstr(ask("{\"service\":\"http\",\"method\":\"GET\"}"), "invalid"));
}

static void test_secrets_are_names(void **state)
{
    (void)state;
    assert_string_equal("{}", ask("{\"service\":\"secret\",\"op\":\"check\",\"name\":\"token\"}"));
    assert_non_null(strstr(ask("{\"service\":\"secret\",\"op\":\"reveal\",\"name\":\"token\"}"), "denied"));
    assert_non_null(strstr(ask("{\"service\":\"secret\",\"op\":\"reveal\",\"name\":\"open\"}"), "\"value\":"));
    assert_non_null(strstr(ask("{\"service\":\"secret\",\"op\":\"check\",\"name\":\"other\"}"), "denied"));
    assert_non_null(strstr(ask("{\"service\":\"secret\",\"op\":\"hmac\",\"name\":\"token\",\"data\":\"AAAA\"}"), "\"value\":"));
    assert_non_null(strstr(ask("{\"service\":\"secret\",\"op\":\"hmac\",\"name\":\"token\",\"data\":\"?\"}"), "invalid"));
    assert_non_null(strstr(ask("{\"service\":\"http\",\"method\":\"GET\",\"url\":\"https://dep.test:8443/v1/\","
                               "\"headers\":[{\"name\":\"A\",\"value\":\"\",\"secret\":\"other\"}]}"), "capabilities.secrets"));
    assert_non_null(strstr(ask("{\"service\":\"material\"}"), "denied"));
    assert_non_null(strstr(ask("{\"service\":\"x\"}"), "invalid"));
    assert_non_null(strstr(ask("x"), "invalid"));
}

static void test_keys_are_kept_in_order_and_within_the_quota(void **state)
{
    (void)state;
    assert_non_null(strstr(ask("{\"service\":\"kv\",\"op\":\"get\",\"key\":\"a\"}"), "not_found"));
    assert_string_equal("{}", ask("{\"service\":\"kv\",\"op\":\"put\",\"key\":\"b\",\"value\":\"AAAA\"}"));
    assert_string_equal("{}", ask("{\"service\":\"kv\",\"op\":\"put\",\"key\":\"a\",\"value\":\"AAAA\"}"));
    assert_string_equal("{}", ask("{\"service\":\"kv\",\"op\":\"put\",\"key\":\"a\",\"value\":\"BBBB\"}"));
    assert_string_equal("{\"value\":\"BBBB\"}", ask("{\"service\":\"kv\",\"op\":\"get\",\"key\":\"a\"}"));
    assert_string_equal("{\"keys\":[\"a\",\"b\"]}", ask("{\"service\":\"kv\",\"op\":\"list\",\"prefix\":\"\",\"after\":\"\"}"));
    assert_string_equal("{\"keys\":[\"b\"]}", ask("{\"service\":\"kv\",\"op\":\"list\",\"prefix\":\"\",\"after\":\"a\"}"));
    assert_string_equal("{}", ask("{\"service\":\"kv\",\"op\":\"remove\",\"key\":\"a\"}"));
    assert_string_equal("{}", ask("{\"service\":\"kv\",\"op\":\"remove\",\"key\":\"a\"}"));
    assert_string_equal("{\"keys\":[\"b\"]}", ask("{\"service\":\"kv\",\"op\":\"list\"}"));
    char big[300];
    snprintf(big, sizeof(big), "{\"service\":\"kv\",\"op\":\"put\",\"key\":\"c\",\"value\":\"%0120d\"}", 0);
    assert_non_null(strstr(ask(big), "limit"));
}

static void test_there_is_a_limit_of_keys(void **state)
{
    char json[128];

    (void)state;
    subject.manifest.capabilities.kv_quota = PACKAGE_KV_QUOTA_MAX;
    for (int i = 0; i < CHECK_KV_MAX; i++) {
        snprintf(json, sizeof(json), "{\"service\":\"kv\",\"op\":\"put\",\"key\":\"k%d\",\"value\":\"\"}", i);
        assert_string_equal("{}", ask(json));
    }
    assert_non_null(strstr(ask("{\"service\":\"kv\",\"op\":\"put\",\"key\":\"one-more\",\"value\":\"\"}"), "limit"));
    assert_string_equal("{}", ask("{\"service\":\"kv\",\"op\":\"put\",\"key\":\"k1\",\"value\":\"AAAA\"}")); /* one that is there */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_http_goes_where_it_is_declared, setup, teardown),
        cmocka_unit_test_setup_teardown(test_secrets_are_names, setup, teardown),
        cmocka_unit_test_setup_teardown(test_keys_are_kept_in_order_and_within_the_quota, setup, teardown),
        cmocka_unit_test_setup_teardown(test_there_is_a_limit_of_keys, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
