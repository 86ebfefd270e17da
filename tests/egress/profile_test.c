/* SPDX-License-Identifier: Apache-2.0 */
/* What a connector may reach: scheme, host, port, method, path; a name alone opens nothing. */
#include "lib/check.h"

#include <stdio.h>

#include "base/json.h"
#include "egress/profile.h"

static const char rules[] =
    "{\"connector\":\"water\",\"http\":["
    "{\"hosts\":[\"api.water.gov\",\"*.cdn.water.gov\"],\"methods\":[\"GET\",\"POST\"],\"paths\":[\"/v1/*\",\"/status\"]},"
    "{\"target\":\"https://10.1.2.3:8443/ignored\",\"methods\":[\"GET\"],\"paths\":[\"/*\"],\"private\":true},"
    "{\"target\":\"http://intern:8080\",\"methods\":[\"PUT\"],\"paths\":[\"/*\"],\"private\":true,\"plain\":true},"
    "{\"hosts\":[\"api.water.gov\"],\"methods\":[\"DELETE\"],\"paths\":[\"/v2/*\"],\"private\":true},"
    "{\"target\":null,\"methods\":[\"GET\"],\"paths\":[\"/*\"]},"
    "{\"hosts\":[\"plain.gov\"],\"methods\":[\"GET\"],\"paths\":[\"/*\"],\"plain\":true}],"
    "\"secrets\":[{\"name\":\"api-token\"},{\"name\":\"db\",\"reveal\":true}],\"events\":true,\"net\":[\"db.example:5432\",\"[::1]:1\","
    "{\"target\":null,\"socket\":\"a\"},{\"target\":\"10.1.2.3\",\"socket\":\"b\"},{\"target\":\"10.1.2.3:5433\",\"socket\":\".s.PGSQL.5432\"}],"
    "\"rate_per_s\":7,\"concurrency\":3}";

static int read_profile(const char *text, struct egress_profile *profile, char why[EGRESS_WHY_SIZE])
{
    struct base_json_error error;
    struct base_json *json = NULL;

    CHECK_I64(OD_OK, base_json_parse(text, strlen(text), &json, &error), text);
    int rc = egress_profile_read(json, profile, why);
    base_json_destroy(json);
    return rc;
}

static void what_is_granted(void **state)
{
    static const struct {
        const char *method, *url;
        bool is_granted, is_private;
        const char *why;
    } rows[] = {
        {"GET", "https://api.water.gov/v1/x", true, false, "host, method and path"},
        {"POST", "https://api.water.gov/v1/", true, false, "the prefix itself"},
        {"GET", "https://api.water.gov/status", true, false, "an exact path"},
        {"GET", "https://api.water.gov/status/x", false, false, "an exact path is no prefix"},
        {"GET", "https://api.water.gov/v1", false, false, "the prefix has a slash"},
        {"GET", "https://api.water.gov/v10/x", false, false, "another folder that begins alike"},
        {"GET", "https://api.water.gov/v1/../admin", false, false, "what it is after its dots"},
        {"GET", "https://api.water.gov/x/../v1/y", true, false, "likewise"},
        {"GET", "https://API.WATER.GOV/v1/x", true, false, "hosts have no case"},
        {"GET", "https://api.water.gov/V1/x", false, false, "paths have"},
        {"PUT", "https://api.water.gov/v1/x", false, false, "another method"},
        {"get", "https://api.water.gov/v1/x", false, false, "methods have a case"},
        {"DELETE", "https://api.water.gov/v2/x", true, true, "by another rule, private"},
        {"DELETE", "https://api.water.gov/v1/x", false, false, "method of one rule and path of another"},
        {"GET", "http://api.water.gov/v1/x", false, false, "not without TLS"},
        {"GET", "https://api.water.gov:8443/v1/x", false, false, "another port"},
        {"GET", "https://evil-api.water.gov/v1/x", false, false, "a name that ends alike"},
        {"GET", "https://api.water.gov.evil.org/v1/x", false, false, "a name that begins alike"},
        {"GET", "https://a.cdn.water.gov/v1/x", true, false, "a name below"},
        {"GET", "https://a.b.cdn.water.gov/v1/x", true, false, "two below"},
        {"GET", "https://cdn.water.gov/v1/x", false, false, "not the name itself"},
        {"GET", "https://evilcdn.water.gov/v1/x", false, false, "the dot counts"},
        {"GET", "https://10.1.2.3:8443/x", true, true, "a target of the configuration"},
        {"GET", "https://10.1.2.3/x", false, false, "with its port alone"},
        {"GET", "http://10.1.2.3:8443/x", false, false, "and its scheme"},
        {"PUT", "http://intern:8080/x", true, true, "plain where it is granted"},
        {"GET", "http://plain.gov/", true, false, "plain by host: port 80"},
        {"GET", "https://plain.gov/", true, false, "TLS is allowed there, too"},
        {"GET", "http://plain.gov:443/", false, false, "plain at the port of TLS"},
        {"GET", "https://nowhere.gov/", false, false, "a target that the configuration lacks grants nothing"},
        {"GET", "https://127.0.0.1/v1/x", false, false, "an address that nobody named"},
    };
    struct egress_profile profile;
    char why[EGRESS_WHY_SIZE];

    (void)state;
    CHECK_I64(OD_OK, read_profile(rules, &profile, why), "the rules");
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct egress_url url;
        bool is_private = !rows[i].is_private;

        CHECK_I64(OD_OK, egress_url_read(rows[i].url, &url, why), rows[i].why);
        why[0] = '\0';
        int rc = egress_profile_check(&profile, rows[i].method, &url, &is_private, why);
        CHECK_I64(rows[i].is_granted ? OD_OK : OD_EDENIED, rc, rows[i].why);
        CHECK_I64(rows[i].is_granted, why[0] == '\0', rows[i].why);
        if (rows[i].is_granted)
            CHECK_I64(rows[i].is_private, is_private, rows[i].why);
    }
    egress_profile_fini(&profile);
}

static void what_is_missing_is_named(void **state)
{
    static const struct {
        const char *method, *url, *word;
    } rows[] = {
        {"GET", "https://other.gov/", "the host"},
        {"GET", "http://api.water.gov/v1/x", "TLS"},
        {"PATCH", "https://api.water.gov/v1/x", "the method"},
        {"GET", "https://api.water.gov/x", "the path"},
    };
    struct egress_profile profile;
    char why[EGRESS_WHY_SIZE];

    (void)state;
    CHECK_I64(OD_OK, read_profile(rules, &profile, why), "the rules");
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct egress_url url;
        bool is_private;

        CHECK_I64(OD_OK, egress_url_read(rows[i].url, &url, why), rows[i].url);
        CHECK_I64(OD_EDENIED, egress_profile_check(&profile, rows[i].method, &url, &is_private, why), rows[i].url);
        CHECK(strstr(why, rows[i].word) != NULL, why);
    }
    egress_profile_fini(&profile);
}

static void the_rest_of_it(void **state)
{
    struct egress_profile profile;
    char why[EGRESS_WHY_SIZE];

    (void)state;
    CHECK_I64(OD_OK, read_profile(rules, &profile, why), "the rules");
    CHECK_TEXT("water", profile.connector, "whose");
    CHECK(egress_profile_secret(&profile, "api-token") != NULL, "named");
    CHECK(!egress_profile_secret(&profile, "api-token")->may_reveal, "not to be shown");
    CHECK(egress_profile_secret(&profile, "db")->may_reveal, "to be shown");
    CHECK(egress_profile_secret(&profile, "callback") == NULL, "not named");
    CHECK(profile.has_events, "events");
    CHECK_I64(7, profile.rate_per_s, "rate");
    CHECK_I64(3, profile.concurrency, "concurrency");
    CHECK_I64(3, profile.target_count, "net: what the configuration leaves out, or gets wrong, has no socket");
    CHECK_TEXT("db.example:5432", profile.targets[0].socket, "named as its target");
    CHECK_TEXT(".s.PGSQL.5432", profile.targets[2].socket, "named as its library looks for it");
    CHECK_TEXT("10.1.2.3", profile.targets[2].host, "from the configuration");
    CHECK_TEXT("db.example", profile.targets[0].host, "net");
    CHECK_I64(5432, profile.targets[0].port, "net");
    CHECK_TEXT("::1", profile.targets[1].host, "without brackets");
    egress_profile_fini(&profile);
}

static void what_is_no_profile(void **state)
{
    static const struct {
        const char *text, *why;
    } rows[] = {
        {"{}", "nobody's"},
        {"{\"connector\":\"../x\"}", "an id that leaves its folder"},
        {"{\"connector\":\"a/b\"}", "a slash"},
        {"{\"connector\":\"Water\"}", "upper case"},
        {"{\"connector\":\"w\",\"secrets\":[{\"name\":\"../x\"}]}", "a secret that leaves its folder"},
        {"{\"connector\":\"w\",\"secrets\":[{\"name\":\"\"}]}", "an empty name"},
        {"{\"connector\":\"w\",\"secrets\":[{}]}", "no name"},
        {"{\"connector\":\"w\",\"http\":[{\"hosts\":[1]}]}", "a host that is no text"},
        {"{\"connector\":\"w\",\"net\":[\"db\"]}", "a target without a port"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct egress_profile profile;
        char why[EGRESS_WHY_SIZE] = "";

        CHECK_I64(OD_EINVAL, read_profile(rows[i].text, &profile, why), rows[i].why);
        CHECK(why[0] != '\0', rows[i].why);
        CHECK(profile.rules == NULL, "nothing is left");
    }
}

static void a_target_that_is_no_url_closes_its_rule_alone(void **state)
{
    static const char text[] =
        "{\"connector\":\"w\",\"http\":[{\"target\":\"api.water.gov/v1\",\"methods\":[\"GET\"],\"paths\":[\"/*\"],\"plain\":true},"
        "{\"target\":\"https://u:p@b.gov\",\"methods\":[\"GET\"],\"paths\":[\"/*\"],\"plain\":true},"
        "{\"hosts\":[\"a.gov\"],\"methods\":[\"GET\"],\"paths\":[\"/*\"]}]}";
    static const char *const urls[] = {"http://api.water.gov/v1", "https://api.water.gov/v1", "https://b.gov/", "http://b.gov/"};
    struct egress_profile profile;
    struct egress_url url;
    char why[EGRESS_WHY_SIZE];
    bool is_private;

    (void)state;
    CHECK_I64(OD_OK, read_profile(text, &profile, why), "read");
    CHECK(profile.has_remark && why[0] != '\0', "and remarked on");
    for (size_t i = 0; i < COUNT(urls); i++) {
        CHECK_I64(OD_OK, egress_url_read(urls[i], &url, why), urls[i]);
        CHECK_I64(OD_EDENIED, egress_profile_check(&profile, "GET", &url, &is_private, why), urls[i]);
    }
    CHECK_I64(OD_OK, egress_url_read("https://a.gov/", &url, why), "the other rule");
    CHECK_I64(OD_OK, egress_profile_check(&profile, "GET", &url, &is_private, why), "stands");
    egress_profile_fini(&profile);
}

static void no_memory(void **state)
{
    struct base_json_error error;
    struct base_json *json = NULL;
    struct egress_profile profile;
    char why[EGRESS_WHY_SIZE];
    int rc = OD_ENOMEM;

    (void)state;
    CHECK_I64(OD_OK, base_json_parse(rules, strlen(rules), &json, &error), "the rules");
    for (uint64_t i = 1; rc == OD_ENOMEM && i < 100; i++) {
        base_alloc_fail_at(i);
        rc = egress_profile_read(json, &profile, why);
        base_alloc_fail_at(0);
    }
    CHECK_I64(OD_OK, rc, "a clean pass in the end");
    egress_profile_fini(&profile);
    base_json_destroy(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_granted), cmocka_unit_test(what_is_missing_is_named), cmocka_unit_test(the_rest_of_it),
        cmocka_unit_test(what_is_no_profile), cmocka_unit_test(a_target_that_is_no_url_closes_its_rule_alone), cmocka_unit_test(no_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
