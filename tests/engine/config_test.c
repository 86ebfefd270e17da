/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "lib/check.h"
#include "lib/nng_urls.h"

#define HASH "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define NEEDED "\"listen\":\"127.0.0.1:0\",\"data\":\"d\",\"catalog\":\"c\",\"modules\":\"m\""
#define ID_64 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static char folder[256], path[300], text[1024];

static int open_folder(void **state)
{
    const char *below = getenv("TMPDIR");

    (void)state;
    snprintf(folder, sizeof(folder), "%s/engine-config-XXXXXX", below != NULL ? below : "/tmp");
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(path, sizeof(path), "%s/hub.json", folder);
    return 0;
}

static int close_folder(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(folder);
}

static void write_file(const char *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");

    CHECK(file != NULL, path);
    CHECK_I64(size, fwrite(bytes, 1, size, file), path);
    fclose(file);
}

static int load(const char *content, struct engine_config *config)
{
    write_file(content, strlen(content));
    return engine_config_load(path, config, text);
}

static void test_takes_whole_configuration(void **state)
{
    static const char whole[] =
        "{" NEEDED ",\"listen_unix\":\"run/hub.sock\",\"watchdog_ms\":600000,\"cache_mib\":4096,\"sandbox\":{\"min_tier\":\"full\"},"
        "\"secrets\":\"s\",\"folders\":\"/srv/f\",\"egress\":{\"ca\":\"/etc/passwd\"},"
        "\"nng\":{\"front_desk\":\"ipc:///tmp/a\",\"events\":\"ipc:///tmp/b\"},"
        "\"keys\":[{\"id\":\"" ID_64 "\",\"hash\":\"" HASH "\",\"roles\":[\"officer\",\"head\"],\"department\":\"fire\","
        "\"certificate\":\"00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33\"}],"
        "\"connectors\":[{\"id\":\"fire\",\"module\":\"sim-0.1.0\"},"
        "{\"id\":\"a\",\"module\":\"b\",\"department\":\"water\",\"config\":{\"x\":[1,2]}}]}";
    struct engine_config config;
    char wanted[400];

    (void)state;
    CHECK_I64(OD_OK, load(whole, &config), text);
    CHECK_TEXT("127.0.0.1:0", config.listen, "as it stands: an address is no path");
    snprintf(wanted, sizeof(wanted), "%s/d", folder);
    CHECK_TEXT(wanted, config.data, "relative to the file's folder");
    snprintf(wanted, sizeof(wanted), "unix:%s/run/hub.sock", folder);
    CHECK_TEXT(wanted, config.listen_unix, "a path in the file, an address for the doors");
    CHECK_TEXT("ipc:///tmp/a", config.nng_front_desk, "nng");
    CHECK_TEXT("ipc:///tmp/b", config.nng_events, "nng");
    CHECK_I64(600000, config.watchdog_ms, "at the limit");
    CHECK_I64(4096, config.cache_mib, "at the limit");
    assert_string_equal("full", config.min_tier);
    snprintf(wanted, sizeof(wanted), "%s/s", folder);
    CHECK_TEXT(wanted, config.secrets, "relative to the file's folder");
    CHECK_TEXT("/srv/f", config.folders, "a whole path");
    CHECK_TEXT("/etc/passwd", config.egress_ca, "any file that can be read");
    CHECK_I64(1, config.key_count, "keys");
    CHECK_TEXT(ID_64, config.keys[0].id, "64 characters are the most");
    CHECK_TEXT("fire", config.keys[0].department, "department");
    CHECK_I64(FRONT_ROLE_OFFICER | FRONT_ROLE_HEAD, config.keys[0].roles, "roles are joined");
    CHECK_I64(0xef, config.keys[0].hash[7], "the hash is read");
    CHECK_TEXT("00112233445566778899aabbccddeeff00112233", config.keys[0].certificate, "as openssl prints it");
    CHECK_I64(2, config.connector_count, "connectors");
    CHECK_TEXT("fire", config.connectors[0].department, "its department is its id unless it says another");
    CHECK_TEXT("{}", config.connectors[0].config, "no configuration is an empty one");
    CHECK_TEXT("water", config.connectors[1].department, "another department");
    CHECK_TEXT("{\"x\":[1,2]}", config.connectors[1].config, "passed on as it is");
    engine_config_fini(&config);
    CHECK(config.listen == NULL, "nothing is left to be used");
}

static void test_paths(void **state)
{
    struct engine_config config;
    char *here = getcwd(NULL, 0);
    char wanted[400];

    (void)state;
    CHECK_I64(OD_OK, load("{\"listen\":\"x\",\"data\":\"/var/d\",\"catalog\":\"../c\",\"modules\":\"m\"}", &config), text);
    CHECK_TEXT("/var/d", config.data, "an absolute path stays");
    CHECK(strstr(config.catalog, "/../c") != NULL, "the folder above the file's");
    engine_config_fini(&config);
    CHECK_I64(0, chdir(folder), folder);
    CHECK_I64(OD_OK, engine_config_load("hub.json", &config, text), "a bare file name");
    snprintf(wanted, sizeof(wanted), "%s/m", folder);
    CHECK_TEXT(wanted, config.modules, "absolute, since the program may change its folder");
    engine_config_fini(&config);
    CHECK_I64(0, chdir(here), here);
    free(here);
}

/* What is wrong, where, and the words that help. */
static void test_refuses(void **state)
{
    static const struct { const char *content, *place, *says, *why; } rows[] = {
        {"", ":1:1: ", "", "an empty file"},
        {"{\"listen\":}", ":1:11: ", "", "no JSON"},
        {"[]", ":1:1: ", "one JSON object", "not an object"},
        {"{\n \"lisen\":\"x\"}", ":2:10: ", "unknown member", "a mistyped member is not passed over"},
        {"{\"listen\":\"x\",\"listen\":\"y\"}", ":1:", "", "twice the same member"},
        {"{\"data\":\"d\",\"catalog\":\"c\",\"modules\":\"m\"}", ":1:1: ", "are needed", "no address"},
        {"{" NEEDED ",\"listen_unix\":\"\"}", ":1:", "not empty", "an empty path"},
        {"{\"listen\":1}", ":1:11: ", "must be a text", "a number for a text"},
        {"{" NEEDED ",\"watchdog_ms\":0}", ":1:", "from 1 to 600000", "below the least"},
        {"{" NEEDED ",\"watchdog_ms\":600001}", ":1:", "from 1 to 600000", "limit + 1"},
        {"{" NEEDED ",\"watchdog_ms\":1.5}", ":1:", "whole number", "half a millisecond"},
        {"{" NEEDED ",\"sandbox\":{\"min_tier\":\"best\"}}", ":1:", "must be {\"min_tier\"", "a tier that there is not"},
        {"{" NEEDED ",\"sandbox\":{\"min_tier\":\"full\",\"a\":1}}", ":1:", "must be {\"min_tier\"", "a member too many"},
        {"{" NEEDED ",\"modules_unsigned\":1}", ":1:", "must be true or false", "a number"},
        {"{" NEEDED ",\"trust\":true}", ":1:", "must be a text", "a Boolean"},
        {"{" NEEDED ",\"sandbox\":\"full\"}", ":1:", "must be {\"min_tier\"", "no object"},
        {"{" NEEDED ",\"secrets\":\"\"}", ":1:", "not empty", "no folder"},
        {"{" NEEDED ",\"secrets\":[\"s\"]}", ":1:", "must be a text", "a list"},
        {"{" NEEDED ",\"folders\":\"\"}", ":1:", "not empty", "no folder"},
        {"{" NEEDED ",\"folders\":true}", ":1:", "must be a text", "a Boolean"},
        {"{" NEEDED ",\"egress\":{}}", ":1:", "a PEM file", "an empty object"},
        {"{" NEEDED ",\"egress\":{\"proxy\":\"p\"}}", ":1:", "", "another member"},
        {"{" NEEDED ",\"egress\":{\"ca\":\"a\",\"b\":1}}", ":1:", "a PEM file", "a member too many"},
        {"{" NEEDED ",\"egress\":{\"ca\":\"/no/such/file\"}}", ":1:", "cannot be read", "no such file"},
        {"{" NEEDED ",\"cache_mib\":4097}", ":1:", "from 1 to 4096", "limit + 1"},
        {"{" NEEDED ",\n\"keys\":[{\"id\":\"\"}]}", ":2:9: ", "1 to 64 characters", "a key without a name"},
        {"{" NEEDED ",\n\"keys\":[{\"id\":\"" ID_64 "a\"}]}", ":2:9: ", "1 to 64 characters", "limit + 1"},
        {"{" NEEDED ",\n\"keys\":[{\"id\":\"a\"}]}", ":2:9: ", "64 hexadecimal digits", "a key without a hash"},
        {"{" NEEDED ",\n\"keys\":[{\"id\":\"a\",\"hash\":\"" HASH "0\"}]}", ":2:9: ", "64 hexadecimal digits", "a digit too many"},
        {"{" NEEDED ",\n\"keys\":[{\"id\":\"a\",\"hash\":\"secret\"}]}", ":2:9: ", "sha256:", "the secret itself"},
        {"{" NEEDED ",\n\"keys\":[{\"id\":\"a\",\"hash\":\"" HASH "\",\"roles\":[]}]}", ":2:9: ", "at least one role", "no role"},
        {"{" NEEDED ",\n\"keys\":[{\"id\":\"a\",\"hash\":\"" HASH "\",\"roles\":[\"root\"]}]}", ":2:9: ", "roles are", "no such role"},
        {"{" NEEDED ",\n\"keys\":[{\"id\":\"a\",\"hash\":\"" HASH "\",\"roles\":[\"officer\"]}]}", ":2:9: ", "its department",
         "an officer of no department"},
        {"{" NEEDED ",\n\"keys\":[{\"id\":\"a\",\"hash\":\"" HASH "\",\"roles\":[\"admin\"],\"department\":\"" ID_64 "a\"}]}", ":2:9: ",
         "at most 64", "limit + 1"},
        {"{" NEEDED ",\n\"keys\":[{\"id\":\"a\",\"hash\":\"" HASH "\",\"roles\":[\"connector\"],\"connector\":\"" ID_64 "a\"}]}", ":2:9: ",
         "at most 64", "limit + 1"},
        {"{" NEEDED ",\n\"keys\":[{\"id\":\"a\",\"hash\":\"" HASH "\",\"roles\":[\"admin\"],\"connector\":\"a\"}]}", ":2:9: ",
         "needs the role connector", "an administrator's key that speaks for a connector"},
        {"{" NEEDED ",\n\"keys\":[{\"id\":\"a\",\"hash\":\"" HASH "\",\"roles\":[\"admin\"],\"certificate\":\"00:11\"}]}", ":2:9: ",
         "40 hexadecimal digits", "too short"},
        {"{" NEEDED ",\n\"keys\":[{\"id\":\"a\",\"hash\":\"" HASH "\",\"roles\":[\"admin\"],\"certificate\":\"" HASH "\"}]}", ":2:9: ",
         "40 hexadecimal digits", "a SHA-256, which no proxy tells"},
        {"{" NEEDED ",\n\"keys\":[{\"id\":\"a\",\"hash\":\"" HASH "\",\"roles\":[\"admin\"],\"certificate\":null}]}", ":2:9: ",
         "40 hexadecimal digits", "never by mistake without one"},
        {"{" NEEDED ",\n\"keys\":{\"id\":\"a\"}}", ":2:8: ", "must be a list", "one key where a list is due"},
        {"{" NEEDED ",\n\"connectors\":[{\"id\":\"a\"}]}", ":2:15: ", "a module", "no module"},
        {"{" NEEDED ",\n\"connectors\":[{\"module\":\"a\"}]}", ":2:15: ", "an id", "no id"},
        {"{" NEEDED ",\n\"connectors\":[{\"id\":\"" ID_64 "a\",\"module\":\"m\"}]}", ":2:15: ", "at most 64", "limit + 1"},
        {"{" NEEDED ",\n\"connectors\":[{\"id\":\"a\",\"module\":\"m\",\"config\":[]}]}", ":2:15: ", "must be an object", "config"},
        {"{" NEEDED ",\n\"connectors\":[{\"id\":\"a\",\"module\":\"m\",\"department\":\"" ID_64 "a\"}]}", ":2:15: ", "at most 64",
         "limit + 1"},
        {"{" NEEDED ",\n\"connectors\":\"sim\"}", ":2:14: ", "must be a list", "a text where a list is due"},
        {"{" NEEDED ",\n\"identity\":[]}", ":2:12: ", "must be an object", "a list"},
        {"{" NEEDED ",\n\"identity\":{\"users\":{}}}", ":2:12: ", "header", "no header"},
        {"{" NEEDED ",\n\"identity\":{\"header\":\"X-User\"}}", ":2:12: ", "users", "no users"},
        {"{" NEEDED ",\n\"identity\":{\"header\":\"X User\",\"users\":{}}}", ":2:", "header field", "a space in a name"},
        {"{" NEEDED ",\n\"identity\":{\"header\":\"cookie\",\"users\":{}}}", ":2:", "means something else", "the hub's own header"},
        {"{" NEEDED ",\n\"identity\":{\"header\":\"" ID_64 "a\",\"users\":{}}}", ":2:", "at most 64", "limit + 1"},
        {"{" NEEDED ",\n\"identity\":{\"header\":\"X-User\",\"users\":{\"a\":1}}}", ":2:", "id of a key", "a number"},
        {"{" NEEDED ",\n\"identity\":{\"header\":\"X-User\",\"users\":{\"a\":\"" ID_64 "a\"}}}", ":2:", "id of a key", "limit + 1"},
        {"{" NEEDED ",\n\"identity\":{\"header\":\"X-User\",\"users\":{},\"secret\":\"" HASH "\"}}", ":2:", "come together", "a secret alone"},
        {"{" NEEDED ",\n\"identity\":{\"header\":\"X-User\",\"users\":{},\"secret_header\":\"X-S\",\"secret\":\"s\"}}", ":2:",
         "sha256:", "the secret itself"},
        {"{" NEEDED ",\n\"identity\":{\"header\":\"X-User\",\"users\":{},\"proxies\":[\"127.0.0.1\"]}}", ":2:", "needs secret_header",
         "anybody on the machine could say it"},
        {"{" NEEDED ",\n\"identity\":{\"header\":\"X-User\",\"users\":{},\"proxies\":[\"10.0.0.1\"]}}", ":2:", "127.0.0.1 and ::1",
         "another machine"},
        {"{" NEEDED ",\n\"identity\":{\"header\":\"X-User\",\"users\":{},\"user\":1}}", ":2:", "unknown member", "a mistyped member"},
        {"{" NEEDED ",\n\"identity\":{\"header\":\"X-User\",\"users\":{\"a\":\"b\"}},\n\"keys\":[{\"id\":\"a\",\"roles\":[\"admin\"]}]}",
         ":3:9: ", "64 hexadecimal digits", "a key without a hash that nobody is named to"},
        {"{" NEEDED ",\n\"nng\":{\"front_desk\":7}}", ":2:21: ", "must be a text", "below nng"},
        {"{" NEEDED ",\n\"nng\":{\"front\":\"a\"}}", ":2:16: ", "unknown member", "a mistyped member below nng"},
        {"{" NEEDED ",\n\"nng\":{\"events\":\"ipc://e\",\n\"Certificate\":\"a\"}}", ":3:15: ", "front_desk, events, connectors, certificate",
         "a capital letter"},
        {"{" NEEDED ",\n\"nng\":[]}", ":2:7: ", "must be an object", "a list"},
        {"{" NEEDED ",\n\"nng\":{}}", ":2:7: ", "a door is missing", "nothing"},
        {"{" NEEDED ",\n\"nng\":{\"certificate\":\"hub.json\"}}", ":2:7: ", "a door is missing", "a certificate for no door"},
        {"{" NEEDED ",\n\"nng\":{\"front_desk\":\"tcp://127.0.0.1:0\"}}", ":2:21: ", "tcp://HOST:PORT", "port 0"},
        {"{" NEEDED ",\n\"nng\":{\"events\":\"tcp://127.0.0.1:7000\"}}", ":2:17: ", "never goes in the clear", "personal data"},
        {"{" NEEDED ",\n\"nng\":{\"front_desk\":\"ipc://a\",\n\"events\":\"ipc://a\"}}", ":3:10: ", "already", "one address"},
        {"{" NEEDED ",\n\"nng\":{\"events\":\"ipc://a\",\n\"connectors\":\"ipc://a\"}}", ":3:14: ", "already", "one address for connectors"},
        {"{" NEEDED ",\n\"nng\":{\"connectors\":\"ws://h:1\"}}", ":2:21: ", "tcp://HOST:PORT", "not offered"},
        {"{" NEEDED ",\n\"nng\":{\"events\":\"tls+tcp://h:1\"}}", ":2:7: ", "needs certificate", "tls without a certificate"},
        {"{" NEEDED ",\n\"nng\":{\"front_desk\":\"tls+tcp://h:1\",\n\"certificate\":\"none.pem\"}}", ":3:15: ", "No such file",
         "a certificate that is not there"},
        {"{" NEEDED ",\n\"nng\":{\"front_desk\":\"ipc://a\",\n\"certificate\":\"\"}}", ":3:15: ", "not empty", "an empty path"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct engine_config config;

        CHECK_I64(OD_EINVAL, load(rows[i].content, &config), rows[i].why);
        CHECK(strncmp(text, path, strlen(path)) == 0, text);
        if (strncmp(text + strlen(path), rows[i].place, strlen(rows[i].place)) != 0 || strstr(text, rows[i].says) == NULL)
            fail_msg("%s: \"%s\" is not at %s or does not say \"%s\"", rows[i].why, text, rows[i].place, rows[i].says);
        CHECK(config.listen == NULL && config.keys == NULL && config.arena.head == NULL, rows[i].why);
    }
}

static void test_addresses_of_nng(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(nng_urls); i++) {
        const struct nng_url *row = &nng_urls[i];
        bool is_tls = false;

        CHECK_I64(row->is_taken ? OD_OK : OD_EINVAL, engine_nng_url_check(row->url, row->is_feed, &is_tls), row->why);
        CHECK_I64(row->is_tls, is_tls, row->why);
    }
}

static void test_certificate_of_nng(void **state)
{
    struct engine_config config;
    char wanted[400];

    (void)state;
    CHECK_I64(OD_OK, load("{" NEEDED ",\"nng\":{\"front_desk\":\"tls+tcp://*:7000\",\"certificate\":\"hub.json\"}}", &config), text);
    snprintf(wanted, sizeof(wanted), "%s/hub.json", folder);
    CHECK_TEXT(wanted, config.nng_certificate, "relative to the file's folder");
    CHECK(config.nng_events == NULL, "one door is enough");
    engine_config_fini(&config);
}

static void test_identity(void **state)
{
    static const char whole[] =
        "{" NEEDED ",\"identity\":{\"header\":\"X-Forwarded-User\",\"secret_header\":\"X-Proxy-Secret\",\"secret\":\"" HASH "\","
        "\"proxies\":[\"127.0.0.1\",\"::1\"],\"users\":{\"li.na@example.org\":\"li.na\",\"王芳\":\"wang\"}},"
        "\"keys\":[{\"id\":\"li.na\",\"roles\":[\"admin\"]},{\"id\":\"wang\",\"roles\":[\"admin\"]}]}";
    struct engine_config config;

    (void)state;
    CHECK_I64(OD_OK, load(whole, &config), text);
    const struct front_identity_rule *rule = config.identity;
    CHECK_TEXT("X-Forwarded-User", rule->header, "header");
    CHECK_TEXT("X-Proxy-Secret", rule->secret_header, "secret's header");
    CHECK_I64(0xef, rule->secret_hash[7], "secret's hash");
    CHECK(rule->takes_ipv4_loopback && rule->takes_ipv6_loopback, "proxies");
    CHECK_I64(2, rule->user_count, "users");
    CHECK_TEXT("王芳", rule->users[1].name, "a name");
    CHECK_TEXT("wang", rule->users[1].key, "its key");
    CHECK(memcmp(config.keys[0].hash, config.keys[1].hash, BASE_HASH_SIZE) != 0, "keys without a secret are two");
    engine_config_fini(&config);
}

static void test_users_at_their_limit(void **state)
{
    struct base_buffer content = {0};

    (void)state;
    for (size_t count = ENGINE_USERS_MAX; count <= ENGINE_USERS_MAX + 1; count++) {
        struct engine_config config;

        base_buffer_clear(&content);
        base_buffer_put_format(&content, "{%s,\"identity\":{\"header\":\"X-User\",\"users\":{", NEEDED);
        for (size_t i = 0; i < count; i++)
            base_buffer_put_format(&content, "%s\"u%zu\":\"k\"", i > 0 ? "," : "", i);
        base_buffer_put_text(&content, "}}}");
        CHECK_I64(count == ENGINE_USERS_MAX ? OD_OK : OD_EINVAL, load(base_buffer_text(&content), &config), "limit, limit + 1");
        engine_config_fini(&config);
    }
    base_buffer_fini(&content);
}

static void test_absent_file(void **state)
{
    struct engine_config config;

    (void)state;
    unlink(path);
    CHECK_I64(OD_ENOTFOUND, engine_config_load(path, &config, text), "no such file");
    CHECK(strstr(text, path) != NULL, text);
    CHECK_I64(OD_EIO, engine_config_load(folder, &config, text), "a folder is no file");
}

static void put_many(struct base_buffer *content, const char *list, size_t count)
{
    base_buffer_clear(content);
    base_buffer_put_format(content, "{%s,\"%s\":[", NEEDED, list);
    for (size_t i = 0; i < count; i++)
        base_buffer_put_format(content, "%s{\"id\":\"c%zu\",\"module\":\"m\",\"hash\":\"%s\",\"roles\":[\"admin\"]}",
                               i > 0 ? "," : "", i, HASH);
    base_buffer_put_text(content, "]}");
}

static void test_counts_at_their_limits(void **state)
{
    static const struct { const char *list; size_t count; int rc; const char *why; } rows[] = {
        {"keys", ENGINE_KEYS_MAX, OD_OK, "limit"},
        {"keys", ENGINE_KEYS_MAX + 1, OD_EINVAL, "limit + 1"},
        {"connectors", BASE_CONNECTORS_MAX, OD_OK, "limit"},
        {"connectors", BASE_CONNECTORS_MAX + 1, OD_EINVAL, "limit + 1"},
    };
    struct base_buffer content = {0};

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct engine_config config;

        put_many(&content, rows[i].list, rows[i].count);
        CHECK_I64(rows[i].rc, load(base_buffer_text(&content), &config), rows[i].why);
        CHECK(rows[i].rc == OD_OK || strstr(text, "at most") != NULL, text);
        CHECK_I64(rows[i].rc == OD_OK ? rows[i].count : 0, config.key_count + config.connector_count, rows[i].why);
        engine_config_fini(&config);
    }
    base_buffer_fini(&content);
}

static void test_size_at_its_limit(void **state)
{
    static const char whole[] = "{" NEEDED "}";
    char *bytes = malloc(ENGINE_CONFIG_FILE_MAX + 1);
    struct engine_config config;

    (void)state;
    assert_non_null(bytes);
    memset(bytes, ' ', ENGINE_CONFIG_FILE_MAX + 1);
    memcpy(bytes, whole, sizeof(whole) - 1);
    write_file(bytes, ENGINE_CONFIG_FILE_MAX);
    CHECK_I64(OD_OK, engine_config_load(path, &config, text), "limit");
    engine_config_fini(&config);
    write_file(bytes, ENGINE_CONFIG_FILE_MAX + 1);
    CHECK_I64(OD_EINVAL, engine_config_load(path, &config, text), "limit + 1");
    CHECK(strstr(text, "larger than 4 MiB") != NULL, text);
    free(bytes);
}

static void test_no_memory(void **state)
{
    static const char content[] = "{" NEEDED ",\"keys\":[{\"id\":\"a\",\"hash\":\"" HASH "\",\"roles\":[\"admin\"]}],"
                                  "\"connectors\":[{\"id\":\"fire\",\"module\":\"sim\",\"config\":{\"a\":\"b\"}}]}";
    struct engine_config config;
    uint64_t at = 0;
    int rc;

    (void)state;
    write_file(content, sizeof(content) - 1);
    do {
        base_alloc_fail_at(++at);
        rc = engine_config_load(path, &config, text);
        CHECK(rc == OD_OK || rc == OD_ENOMEM, text);
        CHECK(rc == OD_OK || (config.arena.head == NULL && text[0] != '\0'), "nothing is kept, and it is said");
    } while (rc != OD_OK && at < 1000);
    base_alloc_fail_at(0);
    CHECK_I64(OD_OK, rc, "it ends with a clean pass");
    CHECK(at > 10, "each allocation failed once");
    CHECK_TEXT("{\"a\":\"b\"}", config.connectors[0].config, "whole");
    engine_config_fini(&config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_takes_whole_configuration), cmocka_unit_test(test_paths),
        cmocka_unit_test(test_refuses),                   cmocka_unit_test(test_identity),
        cmocka_unit_test(test_users_at_their_limit),
        cmocka_unit_test(test_absent_file),
        cmocka_unit_test(test_addresses_of_nng),          cmocka_unit_test(test_certificate_of_nng),
        cmocka_unit_test(test_counts_at_their_limits),    cmocka_unit_test(test_size_at_its_limit),
        cmocka_unit_test(test_no_memory),
    };

    return cmocka_run_group_tests(tests, open_folder, close_folder);
}
