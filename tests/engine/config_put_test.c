/* SPDX-License-Identifier: Apache-2.0 */
/* What is told of a configuration: every setting, its value in force, where it comes from; and nothing that opens a door. */
#include "lib/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/json.h"
#include "engine/config.h"

#define DIGITS "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define OTHER "f123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const char whole[] = "{\"listen\": \"127.0.0.1:0\",\n"
                            " \"data\": \"/d\", \"catalog\": \"/c\", \"modules\": \"/m\",\n"
                            " \"watchdog_ms\": 20000,\n"
                            " \"escalation\": {\n"
                            "   \"red\": [\"admin\"]},\n"
                            " \"identity\": {\"header\": \"X-User\", \"secret_header\": \"X-Secret\", \"secret\": \"sha256:" DIGITS "\",\n"
                            "              \"users\": {\"Wang\": \"wang\"}},\n"
                            " \"keys\": [{\"id\": \"wang\", \"roles\": [\"head\"]},\n"
                            "          {\"id\": \"desk\", \"hash\": \"sha256:%s\", \"roles\": [\"front_desk\"]}],\n"
                            " \"connectors\": [{\"id\": \"fire\", \"module\": \"sim-1.0.0\", \"config\": {\"delay_ms\": 5, \"Api_Token\": \"open sesame\",\n"
                            "   \"list\": [{\"password\": \"open sesame\"}]}}]}\n";

struct told {
    struct engine_config config;
    struct base_buffer text;
    struct base_json *json;
};

static void told_make(struct told *told, const char *hash, bool is_demo)
{
    char path[] = "/tmp/engine-config-put-XXXXXX", content[2048], text[1024];
    int fd = mkstemp(path);
    int size = snprintf(content, sizeof(content), whole, hash);
    struct base_json_error error;

    *told = (struct told){.json = NULL};
    CHECK(fd >= 0 && size < (int)sizeof(content), "the file");
    CHECK_I64(size, write(fd, content, (size_t)size), "written");
    close(fd);
    CHECK_I64(OD_OK, engine_config_load(path, &told->config, text), text);
    CHECK_TEXT(path, told->config.origins.file, "its path");
    unlink(path);
    engine_config_put(&told->text, &told->config, is_demo);
    CHECK_I64(OD_OK, base_json_parse(told->text.bytes, told->text.size, &told->json, &error), "strict JSON");
}

static void told_fini(struct told *told)
{
    base_json_destroy(told->json);
    base_buffer_fini(&told->text);
    engine_config_fini(&told->config);
}

static const struct base_json *setting_of(const struct told *told, const char *key)
{
    for (const struct base_json *item = base_json_first(base_json_member(told->json, "settings")); item != NULL; item = base_json_next(item))
        if (strcmp(base_json_member_text(item, "key"), key) == 0)
            return item;
    fail_msg("there is no setting %s", key);
    return NULL;
}

static void each_setting_says_where_it_comes_from(void **state)
{
    static const struct {
        const char *key, *from, *value, *takes;
        int line;
    } rows[] = {
        {"listen", "flag", "\"unix:/x\"", "restart", 0},
        {"listen_unix", "default", "null", "restart", 0},
        {"data", "environment", "\"/d\"", "restart", 0},
        {"catalog", "file", "\"/c\"", "reload", 2},
        {"trust", "default", "null", "reload", 0},
        {"watchdog_ms", "file", "20000", "restart", 3},
        {"cache_mib", "default", "32", "restart", 0},
        {"sandbox.min_tier", "default", "\"filtered\"", "restart", 0},
        {"escalation.yellow", "default", "[\"officer\",\"head\"]", "reload", 0},
        {"escalation.red", "file", "[\"admin\"]", "reload", 5},
    };
    struct told told;

    (void)state;
    told_make(&told, DIGITS, false);
    told.config.listen = "unix:/x";
    told.config.origins.flags = 1u << ENGINE_SETTING_LISTEN;
    told.config.origins.environment = 1u << ENGINE_SETTING_DATA;
    base_json_destroy(told.json);
    base_buffer_clear(&told.text);
    told.text.has_item = false;
    engine_config_put(&told.text, &told.config, false);
    CHECK_I64(OD_OK, base_json_parse(told.text.bytes, told.text.size, &told.json, &(struct base_json_error){0}), "again");
    CHECK_I64(ENGINE_SETTINGS, base_json_count(base_json_member(told.json, "settings")), "all of them");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct base_json *setting = setting_of(&told, rows[i].key);
        struct base_buffer value = {0};

        base_json_put(&value, NULL, base_json_member(setting, "value"));
        CHECK_TEXT(rows[i].value, base_buffer_text(&value), rows[i].key);
        CHECK_TEXT(rows[i].from, base_json_member_text(setting, "from"), rows[i].key);
        CHECK_TEXT(rows[i].takes, base_json_member_text(setting, "takes"), rows[i].key);
        CHECK_I64(rows[i].line, (int)base_json_number(base_json_member(setting, "line")), rows[i].key);
        base_buffer_fini(&value);
    }
    told_fini(&told);
}

static void a_demo_runs_modules_in_any_tier(void **state)
{
    struct told told;

    (void)state;
    told_make(&told, DIGITS, true);
    CHECK(base_json_is_true(base_json_member(told.json, "is_demo")), "a demo says so");
    CHECK_TEXT("plain", base_json_member_text(setting_of(&told, "sandbox.min_tier"), "value"), "its tier");
    told_fini(&told);
}

/* Neither a hash nor what somebody wrote into a module's configuration; and still a change shows. */
static void secrets_are_cut(void **state)
{
    struct told told, other;
    const char *print[2];

    (void)state;
    told_make(&told, DIGITS, false);
    told_make(&other, OTHER, false);
    CHECK(strstr(base_buffer_text(&told.text), "456789abcdef") == NULL, "a hash");
    CHECK(strstr(base_buffer_text(&told.text), "sesame") == NULL, "a secret of a module");
    CHECK(strstr(base_buffer_text(&told.text), "\"delay_ms\":5") != NULL, "what is none stays");
    const struct base_json *wang = base_json_first(base_json_member(setting_of(&told, "keys"), "value"));
    CHECK(base_json_member(wang, "fingerprint") == NULL, "of a key without a secret");
    print[0] = base_json_member_text(base_json_next(wang), "fingerprint");
    print[1] = base_json_member_text(base_json_next(base_json_first(base_json_member(setting_of(&other, "keys"), "value"))), "fingerprint");
    CHECK(print[0] != NULL && print[1] != NULL && strcmp(print[0], print[1]) != 0, "another secret has another fingerprint");
    CHECK_I64(8, strlen(print[0]), "a short one");
    told_fini(&told);
    told_fini(&other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_setting_says_where_it_comes_from),
        cmocka_unit_test(a_demo_runs_modules_in_any_tier),
        cmocka_unit_test(secrets_are_cut),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
