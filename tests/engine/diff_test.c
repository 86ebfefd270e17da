/* SPDX-License-Identifier: Apache-2.0 */
/* What a new version may do beyond the present one: nothing of it may be overlooked, since it is what an administrator
 * is asked about. */
#include <stdio.h>

#include "engine/life.h"
#include "lib/check.h"

#define HEAD "{\"id\":\"m\",\"version\":\"1\",\"abi\":[1,0],\"matters\":[\"*\"],\"submit_dedupe\":\"native\",\"capabilities\":"
#define RULE(more) "{\"http\":[{\"hosts\":[\"api.water.gov\"],\"methods\":[\"GET\"],\"paths\":[\"/v1/*\"]" more "}]}"

static struct package_manifest manifest_of(const char *capabilities, const char *more)
{
    struct package_manifest manifest = {0};
    char text[4096], message[PACKAGE_TEXT_SIZE] = "";

    snprintf(text, sizeof(text), HEAD "%s%s}", capabilities, more);
    CHECK_I64(OD_OK, package_manifest_read(text, strlen(text), NULL, &manifest, message), message);
    return manifest;
}

static void each_growth_is_named_and_nothing_else(void **state)
{
    static const struct { const char *from, *to, *added, *why; } rows[] = {
        {"{}", "{}", "", "nothing"},
        {"{}", "{\"fields\":[\"area_m2\"]}", "fields: area_m2", "a field"},
        {"{\"fields\":[\"area_m2\"]}", "{\"fields\":[\"area_m2\",\"title\"]}", "fields: title", "one more"},
        {"{\"fields\":[\"area_m2\"]}", "{\"fields\":[\"*\"]}", "fields: *", "every field"},
        {"{\"fields\":[\"*\"]}", "{\"fields\":[\"area_m2\"]}", "", "fewer"},
        {"{\"applicant\":[\"name\"]}", "{\"applicant\":[\"name\",\"phone\"]}", "applicant: phone", "a member of the applicant"},
        {"{}", "{\"secrets\":[\"api-token\"]}", "secret: api-token", "a secret"},
        {"{\"secrets\":[\"api-token\"]}", "{\"secrets\":[{\"name\":\"api-token\",\"reveal\":true}]}", "secret: api-token (its value)", "its value"},
        {"{\"secrets\":[{\"name\":\"api-token\",\"reveal\":true}]}", "{\"secrets\":[\"api-token\"]}", "", "its value no longer"},
        {"{\"kv\":{\"quota\":1000}}", "{\"kv\":{\"quota\":1001}}", "kv: 1001 bytes", "one byte more"},
        {"{\"kv\":{\"quota\":1000}}", "{\"kv\":{\"quota\":1000}}", "", "as many"},
        {"{\"kv\":{\"quota\":1000}}", "{}", "", "none"},
        {"{}", "{\"materials\":true,\"events\":true}", "materials|events", "both"},
        {"{\"materials\":true}", "{\"materials\":true}", "", "as before"},
        {"{\"net\":[\"db.example:5432\"]}", "{\"net\":[\"db.example:5432\",\"db.example:5433\"]}", "net: db.example:5433", "another port"},
        {"{\"net\":[\"db.example:5432\"]}", "{\"net\":[{\"from_config\":\"/server\",\"socket\":\"s\"}]}",
         "net: (address of /server in the configuration)", "any server"},
        {"{\"net\":[{\"from_config\":\"/server\",\"socket\":\"s\"}]}", "{\"net\":[{\"from_config\":\"/server\",\"socket\":\"t\"}]}", "",
         "another name of the socket"},
        {"{\"folder\":{\"file_mib\":1}}", "{\"folder\":{\"file_mib\":2}}", "folder: files of up to 2 MiB", "larger files"},
        {"{\"folder\":{\"file_mib\":2}}", "{\"folder\":{\"file_mib\":1}}", "", "smaller ones"},
        {RULE(""), RULE(""), "", "the same rule"},
        {"{}", RULE(""), "http: GET api.water.gov /v1/*", "a rule"},
        {RULE(""), RULE(",\"private\":true"), "http: GET api.water.gov /v1/* private", "private addresses"},
        {RULE(",\"private\":true"), RULE(""), "", "no longer"},
        {RULE(""), RULE(",\"plain\":true"), "http: GET api.water.gov /v1/* plain", "without TLS"},
        {RULE(""), "{\"http\":[{\"hosts\":[\"api.water.gov\"],\"methods\":[\"GET\",\"POST\"],\"paths\":[\"/v1/*\"]}]}",
         "http: GET,POST api.water.gov /v1/*", "another method"},
        {RULE(""), "{\"http\":[{\"hosts\":[\"*.water.gov\"],\"methods\":[\"GET\"],\"paths\":[\"/v1/*\"]}]}", "http: GET *.water.gov /v1/*", "more hosts"},
        {"{\"http\":[{\"hosts\":[\"*.water.gov\"],\"methods\":[\"GET\"],\"paths\":[\"/v1/*\"]}]}", RULE(""), "", "one of those"},
        {"{\"http\":[{\"hosts\":[\"*.water.gov\"],\"methods\":[\"GET\"],\"paths\":[\"/v1/*\"]}]}",
         "{\"http\":[{\"hosts\":[\"*.b.water.gov\"],\"methods\":[\"GET\"],\"paths\":[\"/v1/*\"]}]}", "", "all below one of those"},
        {"{\"http\":[{\"hosts\":[\"*.water.gov\"],\"methods\":[\"GET\"],\"paths\":[\"/v1/*\"]}]}",
         "{\"http\":[{\"hosts\":[\"water.gov\"],\"methods\":[\"GET\"],\"paths\":[\"/v1/*\"]}]}", "http: GET water.gov /v1/*", "the name itself is not below it"},
        {"{\"http\":[{\"hosts\":[\"*.water.gov\"],\"methods\":[\"GET\"],\"paths\":[\"/v1/*\"]}]}",
         "{\"http\":[{\"hosts\":[\"evilwater.gov\"],\"methods\":[\"GET\"],\"paths\":[\"/v1/*\"]}]}", "http: GET evilwater.gov /v1/*", "nor one that ends like it"},
        {RULE(""), "{\"http\":[{\"hosts\":[\"api.water.gov\"],\"methods\":[\"GET\"],\"paths\":[\"/v1/wells\",\"/v1/wells/*\"]}]}", "", "paths below"},
        {RULE(""), "{\"http\":[{\"hosts\":[\"api.water.gov\"],\"methods\":[\"GET\"],\"paths\":[\"/v1\"]}]}", "http: GET api.water.gov /v1", "a path above"},
        {RULE(""), "{\"http\":[{\"hosts\":[\"api.water.gov\"],\"methods\":[\"GET\"]}]}", "http: GET api.water.gov /*", "every path"},
        {RULE(""), "{\"http\":[{\"from_config\":\"/base_url\",\"methods\":[\"GET\"],\"paths\":[\"/v1/*\"]}]}",
         "http: GET (address of /base_url in the configuration) /v1/*", "whatever the configuration says"},
        {"{\"http\":[{\"from_config\":\"/base_url\",\"methods\":[\"GET\"]}]}", "{\"http\":[{\"from_config\":\"/other_url\",\"methods\":[\"GET\"]}]}",
         "http: GET (address of /other_url in the configuration) /*", "or another part of it"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct package_manifest from = manifest_of(rows[i].from, ""), to = manifest_of(rows[i].to, "");
        struct base_arena arena = {0};
        const char *added[8];
        char found[512] = "";
        size_t count = engine_capabilities_added(&from, &to, &arena, added, COUNT(added));

        for (size_t j = 0; j < count; j++)
            snprintf(found + strlen(found), sizeof(found) - strlen(found), "%s%s", j > 0 ? "|" : "", added[j]);
        CHECK_TEXT(rows[i].added, found, rows[i].why);
        base_arena_fini(&arena);
        package_manifest_fini(&from);
        package_manifest_fini(&to);
    }
}

/* The list is cut, and never empty where something was added. */
static void no_more_are_named_than_there_is_room_for(void **state)
{
    struct package_manifest from = manifest_of("{}", ""), to = manifest_of("{\"fields\":[\"a\",\"b\",\"c\"]}", "");
    struct base_arena arena = {0};
    const char *added[2];

    (void)state;
    CHECK_I64(2, engine_capabilities_added(&from, &to, &arena, added, 2), "as many as there is room for");
    CHECK_TEXT("fields: b", added[1], "in order");
    base_alloc_fail_at(1);
    CHECK_I64(2, engine_capabilities_added(&from, &to, &arena, added, 2), "counted without memory, too");
    base_alloc_fail_at(0);
    base_arena_fini(&arena);
    package_manifest_fini(&from);
    package_manifest_fini(&to);
}

static void check_diff(const struct package_manifest *from, const struct package_manifest *to, const char *expected, const char *why)
{
    struct base_buffer buffer = {0};

    base_json_open(&buffer, NULL, '{');
    engine_put_manifest_diff(&buffer, "diff", from, to);
    base_json_close(&buffer, '}');
    if (strstr(base_buffer_text(&buffer), expected) == NULL)
        fail_msg("%s: %s does not say %s", why, base_buffer_text(&buffer), expected);
    base_buffer_fini(&buffer);
}

static void the_difference_is_told_whole(void **state)
{
    struct package_manifest from = manifest_of("{\"events\":true}", ",\"state_schema\":{\"reads\":[1],\"writes\":1},\"config_schema\":"
                                               "{\"type\":\"object\",\"properties\":{\"url\":{\"type\":\"string\"},\"old\":{\"type\":\"number\"}}}");
    struct package_manifest to = manifest_of("{\"materials\":true}", ",\"state_schema\":{\"reads\":[1,2],\"writes\":2},\"config_schema\":"
                                             "{\"type\":\"object\",\"properties\":{\"url\":{\"type\":\"string\",\"minLength\":1},\"new\":{\"type\":\"boolean\"}}}");

    (void)state;
    check_diff(&from, &to, "\"abi\":{\"from\":\"1.0\",\"to\":\"1.0\"}", "ABI");
    check_diff(&from, &to, "\"state_schema\":{\"from\":{\"reads\":[1],\"writes\":1},\"to\":{\"reads\":[1,2],\"writes\":2}}", "state");
    check_diff(&from, &to, "\"capabilities\":{\"added\":[\"materials\"],\"removed\":[\"events\"]}", "capabilities");
    check_diff(&from, &to, "{\"pointer\":\"/properties/url/minLength\",\"from\":null,\"to\":1}", "a rule of a member");
    check_diff(&from, &to, "{\"pointer\":\"/properties/old\",\"from\":{\"type\":\"number\"},\"to\":null}", "a member less");
    check_diff(&from, &to, "{\"pointer\":\"/properties/new\",\"from\":null,\"to\":{\"type\":\"boolean\"}}", "a member more");
    check_diff(&from, &from, "\"config_schema\":[]", "nothing");
    check_diff(NULL, &to, "\"abi\":{\"from\":null,\"to\":\"1.0\"}", "it is loaded");
    check_diff(&from, NULL, "\"abi\":{\"from\":\"1.0\",\"to\":null}", "it is unloaded");
    package_manifest_fini(&from);
    package_manifest_fini(&to);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_growth_is_named_and_nothing_else),
        cmocka_unit_test(no_more_are_named_than_there_is_room_for),
        cmocka_unit_test(the_difference_is_told_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
