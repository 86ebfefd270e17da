/* SPDX-License-Identifier: Apache-2.0 */
/* Configuration schemas: what fits, what does not and where, which schemas are refused. */
#include "package/schema.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/memory.h"
#include "lib/check.h"
#include "lib/files.h"
#include "package/manifest.h"

static struct base_json *parse(const char *text)
{
    struct base_json_error error;
    struct base_json *root = NULL;

    if (base_json_parse(text, strlen(text), &root, &error) != OD_OK)
        fail_msg("%s: %s", text, error.text);
    return root;
}

static int apply(const char *schema, const char *value, struct package_schema_fault *fault)
{
    struct base_json *rules = parse(schema), *instance = parse(value);
    int rc = package_schema_check(rules, fault);

    if (rc != OD_OK)
        fail_msg("%s: \"%s\" %s", schema, fault->pointer, fault->text);
    rc = package_schema_apply(rules, instance, fault);
    base_json_destroy(rules);
    base_json_destroy(instance);
    return rc;
}

static void values_that_fit(void **state)
{
    static const struct {
        const char *schema, *value, *why;
    } rows[] = {
        {"{}", "null", "no rule"},
        {"{\"type\":\"integer\"}", "1e3", "a whole number however it is written"},
        {"{\"type\":\"number\"}", "1.5", "a fraction"},
        {"{\"type\":[\"string\",\"null\"]}", "null", "one of two types"},
        {"{\"type\":\"boolean\"}", "false", "a Boolean"},
        {"{\"enum\":[1,{\"a\":[1,null],\"b\":2}]}", "{\"b\":2,\"a\":[1,null]}", "equal whatever the order of members"},
        {"{\"const\":\"x\"}", "\"x\"", "the only value"},
        {"{\"minLength\":2,\"maxLength\":2}", "\"\\u6c34\\u6c34\"", "characters, not bytes"},
        {"{\"minLength\":2}", "1", "lengths are of texts alone"},
        {"{\"minimum\":1,\"maximum\":1}", "1", "both bounds"},
        {"{\"exclusiveMinimum\":0,\"exclusiveMaximum\":2}", "1", "between"},
        {"{\"items\":{\"type\":\"string\"},\"minItems\":1,\"maxItems\":2}", "[\"a\",\"b\"]", "as many as allowed"},
        {"{\"properties\":{\"a\":{}},\"additionalProperties\":{\"type\":\"integer\"}}", "{\"a\":\"x\",\"b\":1}", "others by their own rule"},
        {"{\"properties\":{\"a\":{}},\"additionalProperties\":true}", "{\"b\":1}", "others are welcome"},
        {"{\"required\":[\"a\"],\"properties\":{\"default\":{\"default\":1}}}", "{\"a\":null}", "present, and a member named default"},
        {"{\"$defs\":{\"t\":{\"properties\":{\"next\":{\"$ref\":\"#/$defs/t\"}},\"additionalProperties\":false}},\"$ref\":\"#/$defs/t\"}",
         "{\"next\":{\"next\":{}}}", "a schema of itself"},
        {"{\"title\":\"t\",\"description\":\"d\",\"format\":\"uri\",\"examples\":[1],\"$comment\":\"c\",\"default\":\"x\"}", "\"no uri\"", "what only people read"},
    };
    struct package_schema_fault fault;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        if (apply(rows[i].schema, rows[i].value, &fault) != OD_OK)
            fail_msg("%s: \"%s\" %s", rows[i].why, fault.pointer, fault.text);
}

static void values_that_do_not(void **state)
{
    static const struct {
        const char *schema, *value, *pointer, *text, *why;
    } rows[] = {
        {"{\"type\":\"integer\"}", "1.5", "", "must be of type integer.", "a fraction"},
        {"{\"type\":\"integer\"}", "\"1\"", "", "must be of type integer.", "a text"},
        {"{\"type\":[\"string\",\"null\"]}", "1", "", "must be of type string or null.", "neither"},
        {"{\"type\":\"object\"}", "[]", "", "must be of type object.", "an array"},
        {"{\"enum\":[\"a\",1]}", "\"b\"", "", "must be one of [\"a\",1].", "another value"},
        {"{\"enum\":[[1,2]]}", "[1]", "", "must be one of [[1,2]].", "shorter"},
        {"{\"const\":true}", "1", "", "must be true.", "another type"},
        {"{\"minLength\":2}", "\"\\u6c34\"", "", "must have at least 2 characters.", "limit - 1"},
        {"{\"maxLength\":2}", "\"abc\"", "", "must have at most 2 characters.", "limit + 1"},
        {"{\"minimum\":1}", "0.5", "", "must be at least 1.", "below"},
        {"{\"maximum\":1}", "2", "", "must be at most 1.", "above"},
        {"{\"exclusiveMinimum\":1}", "1", "", "must be more than 1.", "the bound itself"},
        {"{\"exclusiveMaximum\":1}", "1", "", "must be less than 1.", "the bound itself"},
        {"{\"minItems\":1}", "[]", "", "must have at least 1 items.", "limit - 1"},
        {"{\"maxItems\":1}", "[1,2]", "", "must have at most 1 items.", "limit + 1"},
        {"{\"items\":{\"items\":{\"type\":\"null\"}}}", "[[],[null,1]]", "/1/1", "must be of type null.", "deep in"},
        {"{\"required\":[\"a/b~\"]}", "{}", "/a~1b~0", "is missing and required.", "missing; the pointer is escaped"},
        {"{\"properties\":{\"a\":{},\"b\":{}},\"additionalProperties\":false}", "{\"a\":1,\"c\":1}", "/c", "is not known here; known are a, b.", "a slip"},
        {"{\"additionalProperties\":false}", "{\"c\":1}", "/c", "is not known here; nothing is.", "nothing is allowed"},
        {"{\"additionalProperties\":{\"type\":\"null\"}}", "{\"c\":1}", "/c", "must be of type null.", "by the others' rule"},
        {"{\"$defs\":{\"n\":{\"minimum\":3}},\"properties\":{\"a\":{\"$ref\":\"#/$defs/n\",\"maximum\":9}}}", "{\"a\":2}", "/a", "must be at least 3.", "by reference"},
        {"{\"$defs\":{\"n\":{\"minimum\":3}},\"properties\":{\"a\":{\"$ref\":\"#/$defs/n\",\"maximum\":9}}}", "{\"a\":10}", "/a", "must be at most 9.", "and beside it"},
    };
    struct package_schema_fault fault;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        CHECK_I64(OD_EINVAL, apply(rows[i].schema, rows[i].value, &fault), rows[i].why);
        CHECK_TEXT(rows[i].pointer, fault.pointer, rows[i].why);
        CHECK_TEXT(rows[i].text, fault.text, rows[i].why);
    }
}

static void schemas_that_are_refused(void **state)
{
    static const struct {
        const char *schema, *pointer, *text, *why;
    } rows[] = {
        {"[]", "", "must be a schema, which is an object.", "no object"},
        {"{\"pattern\":\"^a\"}", "/pattern", "is a keyword that this hub does not check", "it would have no effect"},
        {"{\"properties\":{\"a\":{\"anyOf\":[]}}}", "/properties/a/anyOf", "is a keyword that", "deep in"},
        {"{\"type\":\"text\"}", "/type", "must be null, boolean,", "no such type"},
        {"{\"type\":[]}", "/type", "must be null, boolean,", "none"},
        {"{\"type\":[\"null\",1]}", "/type", "must be null, boolean,", "a number"},
        {"{\"enum\":[]}", "/enum", "must be an array of the allowed values.", "nothing allowed"},
        {"{\"properties\":[]}", "/properties", "must be an object of schemas.", "an array"},
        {"{\"properties\":{\"a\":1}}", "/properties/a", "must be a schema", "a number"},
        {"{\"required\":[1]}", "/required", "must be an array of names.", "a number"},
        {"{\"additionalProperties\":1}", "/additionalProperties", "must be a schema", "a number"},
        {"{\"items\":[{}]}", "/items", "must be a schema", "a tuple"},
        {"{\"maxItems\":-1}", "/maxItems", "must be a whole number that is not negative.", "negative"},
        {"{\"minLength\":1.5}", "/minLength", "must be a whole number", "a fraction"},
        {"{\"minimum\":\"1\"}", "/minimum", "must be a number.", "a text"},
        {"{\"description\":1}", "/description", "must be a text.", "a number"},
        {"{\"$ref\":\"#/properties/a\"}", "/$ref", "must be \"#/$defs/NAME\"", "no definition"},
        {"{\"$ref\":\"#/$defs/a\"}", "/$ref", "must be \"#/$defs/NAME\"", "not defined"},
        {"{\"$ref\":1}", "/$ref", "must be \"#/$defs/NAME\"", "a number"},
        {"{\"$defs\":{\"a\":{\"$ref\":\"#/$defs/b\"},\"b\":{\"$ref\":\"#/$defs/a\"}}}", "/$defs/a/$ref", "leads to more than 16 references", "a circle"},
        {"{\"properties\":{\"a\":{\"type\":\"integer\",\"default\":\"x\"}}}", "/properties/a/default", "does not fit its own schema:  must be of type integer.", "a wrong default"},
        {"{\"properties\":{\"a\":{\"items\":{\"type\":\"null\"},\"default\":[null,1]}}}", "/properties/a/default", "does not fit its own schema: /1 must be", "deep in a default"},
    };
    struct package_schema_fault fault;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct base_json *schema = parse(rows[i].schema);

        CHECK_I64(OD_EINVAL, package_schema_check(schema, &fault), rows[i].why);
        CHECK_TEXT(rows[i].pointer, fault.pointer, rows[i].why);
        if (strstr(fault.text, rows[i].text) == NULL)
            fail_msg("%s: \"%s\" does not say \"%s\"", rows[i].why, fault.text, rows[i].text);
        base_json_destroy(schema);
    }
}

static void chains_of_references_have_a_limit(void **state)
{
    char schema[4096];
    struct package_schema_fault fault;

    (void)state;
    for (unsigned links = PACKAGE_SCHEMA_REFS_MAX; links <= PACKAGE_SCHEMA_REFS_MAX + 1; links++) {
        int size = snprintf(schema, sizeof(schema), "{\"$ref\":\"#/$defs/d1\",\"$defs\":{");
        for (unsigned i = 1; i < links; i++)
            size += snprintf(schema + size, sizeof(schema) - (size_t)size, "\"d%u\":{\"$ref\":\"#/$defs/d%u\"},", i, i + 1);
        snprintf(schema + size, sizeof(schema) - (size_t)size, "\"d%u\":{\"type\":\"null\"}}}", links);
        struct base_json *rules = parse(schema), *value = parse("1");
        CHECK_I64(links > PACKAGE_SCHEMA_REFS_MAX ? OD_EINVAL : OD_OK, package_schema_check(rules, &fault), "limit, limit + 1");
        if (links == PACKAGE_SCHEMA_REFS_MAX)
            CHECK_I64(OD_EINVAL, package_schema_apply(rules, value, &fault), "followed to its end");
        base_json_destroy(rules);
        base_json_destroy(value);
    }
}

static void a_long_pointer_is_cut(void **state)
{
    char key[BASE_JSON_POINTER_MAX * 2 + 1], value[sizeof(key) * 2 + 32];
    struct package_schema_fault fault;

    (void)state;
    memset(key, 'k', sizeof(key) - 1);
    key[sizeof(key) - 1] = '\0';
    snprintf(value, sizeof(value), "{\"%s\":{\"%s\":1}}", key, key);
    CHECK_I64(OD_EINVAL, apply("{\"additionalProperties\":{\"additionalProperties\":{\"type\":\"null\"}}}", value, &fault), "does not fit");
    CHECK_I64(sizeof(fault.pointer) - 1, strlen(fault.pointer), "cut");
    CHECK_TEXT("...", fault.pointer + sizeof(fault.pointer) - 4, "and said so");
}

static const char manifest_text[] = "{\"id\":\"a\",\"version\":\"1\",\"abi\":[1,0],\"matters\":[\"*\"],\"config_schema\":"
                                    "{\"additionalProperties\":false,\"properties\":{\"n\":{\"type\":\"integer\"}}}}";

static void a_configuration_is_checked(void **state)
{
    static const struct {
        const char *config;
        int rc;
        const char *message, *why;
    } rows[] = {
        {"{\"n\":1}", OD_OK, "", "fits"},
        {"[]", OD_EINVAL, "The configuration must be a JSON object.", "an array"},
        {"{\"n\":1,}", OD_EINVAL, "The configuration is not JSON: 1:8", "a comma too many"},
        {"{\"n\":\"1\"}", OD_EINVAL, "The configuration does not fit a-1: \"/n\" must be of type integer.", "a text"},
        {"{\"m\":1}", OD_EINVAL, "The configuration does not fit a-1: \"/m\" is not known here; known are n.", "a slip"},
    };
    struct package_manifest manifest = {0};
    char message[PACKAGE_TEXT_SIZE], *big = malloc(BASE_FORM_MAX + 2);

    (void)state;
    CHECK_I64(OD_OK, package_manifest_read(manifest_text, strlen(manifest_text), NULL, &manifest, message), message);
    for (size_t i = 0; i < COUNT(rows); i++) {
        message[0] = '\0';
        CHECK_I64(rows[i].rc, package_config_check(&manifest, rows[i].config, strlen(rows[i].config), message), rows[i].why);
        if (strstr(message, rows[i].message) == NULL)
            fail_msg("%s: \"%s\" does not say \"%s\"", rows[i].why, message, rows[i].message);
    }
    assert_non_null(big);
    memset(big, ' ', BASE_FORM_MAX + 1);
    memcpy(big, "{}", 2);
    CHECK_I64(OD_OK, package_config_check(&manifest, big, BASE_FORM_MAX, message), "limit");
    CHECK_I64(OD_EINVAL, package_config_check(&manifest, big, BASE_FORM_MAX + 1, message), "limit + 1");
    free(big);
    package_manifest_fini(&manifest);
}

static void a_fault_of_a_schema_is_one_of_its_manifest(void **state)
{
    static const char text[] = "{\"id\":\"a\",\"version\":\"1\",\"abi\":[1,0],\"matters\":[\"*\"],\n\"config_schema\": {\"items\": {\n  \"pattern\": \"x\"}}}";
    struct package_manifest manifest = {0};
    char message[PACKAGE_TEXT_SIZE];

    (void)state;
    CHECK_I64(OD_EINVAL, package_manifest_read(text, strlen(text), NULL, &manifest, message), "refused");
    CHECK(strstr(message, "manifest.json:3:14: /config_schema/items/pattern is a keyword") == message, message);
}

static void shipped_manifests_are_read(void **state)
{
    char path[512], message[PACKAGE_TEXT_SIZE];
    unsigned count = 0;

    (void)state;
    snprintf(path, sizeof(path), "%s/plugins", test_source());
    DIR *folder = opendir(path);
    assert_non_null(folder);
    for (const struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        struct package_manifest manifest = {0};
        size_t size;

        snprintf(path, sizeof(path), "%s/plugins/%.100s/manifest.json", test_source(), entry->d_name);
        char *text = access(path, R_OK) == 0 ? test_file_read(path, &size) : NULL;
        if (text == NULL)
            continue;
        int rc = package_manifest_read(text, size, NULL, &manifest, message);
        CHECK_I64(OD_OK, rc, message);
        package_manifest_fini(&manifest);
        free(text);
        count++;
    }
    closedir(folder);
    CHECK(count >= 2, "sim and hello at least");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_that_fit),
        cmocka_unit_test(values_that_do_not),
        cmocka_unit_test(schemas_that_are_refused),
        cmocka_unit_test(chains_of_references_have_a_limit),
        cmocka_unit_test(a_long_pointer_is_cut),
        cmocka_unit_test(a_configuration_is_checked),
        cmocka_unit_test(a_fault_of_a_schema_is_one_of_its_manifest),
        cmocka_unit_test(shipped_manifests_are_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
