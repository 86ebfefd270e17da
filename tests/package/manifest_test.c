/* SPDX-License-Identifier: Apache-2.0 */
/* manifest.json: what it may say, each fault with its place and its remedy, and its limits. */
#include "package/manifest.h"

#include <stdio.h>
#include <stdlib.h>

#include "lib/check.h"

#define HEAD "{\"id\":\"sim\",\"version\":\"1.0.0\","
#define REST "\"abi\":[1,0],\"matters\":[\"*\"]"
#define CAN(text) HEAD REST ",\"capabilities\":{" text "}}"
#define HASH "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void take(const char *text, struct package_manifest *manifest)
{
    char message[PACKAGE_TEXT_SIZE];

    int rc = package_manifest_read(text, strlen(text), "sim-1.0.0", manifest, message);
    CHECK_I64(OD_OK, rc, message);
}

static void what_may_be_said(void **state)
{
    static const struct {
        const char *text;
        enum package_dedupe dedupe;
        uint32_t credits;
        const char *why;
    } rows[] = {
        {HEAD REST "}", PACKAGE_DEDUPE_NONE, 256, "the shortest"},
        {HEAD REST ",\"submit_dedupe\":\"native\",\"credits\":1}", PACKAGE_DEDUPE_NATIVE, 1, "lowest credits"},
        {HEAD REST ",\"submit_dedupe\":\"lookup\",\"credits\":4096}", PACKAGE_DEDUPE_LOOKUP, 4096, "the limit of credits"},
        {HEAD REST ",\"credits\":64,\"resources\":{\"concurrency\":8}}", PACKAGE_DEDUPE_NONE, 8, "concurrency caps credits"},
        {HEAD REST ",\"credits\":8,\"resources\":{\"concurrency\":64}}", PACKAGE_DEDUPE_NONE, 8, "and never raises them"},
        {HEAD REST ",\"sequence\":3,\"capabilities\":{\"fields\":[\"*\"],\"http\":[]},\"resources\":{},\"config_schema\":{\"type\":\"object\"},"
                   "\"submit_dedupe\":\"none\",\"name\":\"x\"}",
         PACKAGE_DEDUPE_NONE, 256, "everything, and what is unknown is left alone"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct package_manifest manifest = {0};

        take(rows[i].text, &manifest);
        CHECK_TEXT("sim", manifest.id, rows[i].why);
        CHECK_TEXT("1.0.0", manifest.version, rows[i].why);
        CHECK_TEXT("sim-1.0.0", manifest.name, rows[i].why);
        CHECK_I64(rows[i].dedupe, manifest.dedupe, rows[i].why);
        CHECK_I64(rows[i].credits, manifest.credits, rows[i].why);
        package_manifest_fini(&manifest);
    }
}

static const char whole[] = HEAD REST
    ",\"sequence\":7,\"state_schema\":{\"reads\":[1,2],\"writes\":2},"
    "\"capabilities\":{\"fields\":[\"premises_area_m2\"],\"applicant\":[\"name\",\"phone\"],"
    "\"http\":[{\"hosts\":[\"api.water.gov\",\"*.water.gov\",\"::1\"],\"methods\":[\"GET\",\"POST\"],\"paths\":[\"/v1/*\",\"/ping\"]},"
    "{\"from_config\":\"/base_url\",\"methods\":[\"PUT\"],\"private\":true,\"plain\":true}],"
    "\"secrets\":[\"api-token\",{\"name\":\"db-password\",\"reveal\":true}],"
    "\"kv\":{\"quota\":67108864},\"materials\":true,\"events\":true,\"net\":[\"db.example:5432\",\"[::1]:65535\","
    "{\"from_config\":\"/server\",\"socket\":\".s.PGSQL.5432\"},{\"target\":\"mail.example:25\"}],\"folder\":{\"file_mib\":1048576}},"
    "\"resources\":{\"memory_mib\":16,\"threads\":1024,\"descriptors\":4096,\"concurrency\":4096,\"rate_per_s\":1000000},"
    "\"config_schema\":{\"type\":\"object\"},"
    "\"files\":{\"module.so\":{\"sha256\":\"" HASH "\",\"size\":17},\"README.md\":{\"sha256\":\"" HASH "\",\"size\":0}}}";

static void check_http(const struct package_capabilities *capabilities)
{
    CHECK_I64(2, capabilities->http_count, "rules");
    const struct package_http *one = &capabilities->http[0], *two = &capabilities->http[1];

    CHECK_I64(3, one->hosts.count, "hosts");
    CHECK_TEXT("*.water.gov", one->hosts.items[1], "in order");
    CHECK(one->from_config == NULL && !one->may_be_private && !one->may_be_plain, "strict unless said");
    CHECK_TEXT("/ping", one->paths.items[1], "paths");
    CHECK_TEXT("/base_url", two->from_config, "from the configuration");
    CHECK(two->may_be_private && two->may_be_plain && two->hosts.count == 0, "said");
    CHECK_TEXT("/*", two->paths.items[0], "every path unless said");
}

static void everything_is_taken(void **state)
{
    struct package_manifest manifest = {0};
    const struct package_capabilities *capabilities = &manifest.capabilities;

    (void)state;
    take(whole, &manifest);
    CHECK_I64(7, manifest.sequence, "sequence");
    CHECK(package_manifest_reads_state(&manifest, 1) && package_manifest_reads_state(&manifest, 2), "both");
    CHECK(!package_manifest_reads_state(&manifest, 3) && !package_manifest_reads_state(&manifest, 0), "no other");
    CHECK_I64(2, manifest.state_writes, "writes");
    CHECK(package_texts_allow(&capabilities->fields, "premises_area_m2"), "granted");
    CHECK(!package_texts_allow(&capabilities->fields, "premises"), "not granted");
    CHECK(package_texts_allow(&capabilities->applicant, "phone") && !package_texts_allow(&capabilities->applicant, "email"), "applicant");
    check_http(capabilities);
    CHECK(package_secret_find(&manifest, "db-password")->may_reveal, "reveal");
    CHECK(!package_secret_find(&manifest, "api-token")->may_reveal, "only said where it is");
    CHECK(package_secret_find(&manifest, "other") == NULL, "not granted");
    CHECK_I64(PACKAGE_KV_QUOTA_MAX, capabilities->kv_quota, "limit");
    CHECK(capabilities->has_events && capabilities->has_materials, "flags");
    CHECK_TEXT("db.example", capabilities->net[0].host, "net");
    CHECK_TEXT("::1", capabilities->net[1].host, "without brackets");
    CHECK_I64(65535, capabilities->net[1].port, "the highest port");
    CHECK_TEXT("/server", capabilities->net[2].from_config, "from the configuration");
    CHECK_TEXT(".s.PGSQL.5432", capabilities->net[2].socket, "the name that a library looks for");
    CHECK_TEXT("mail.example", capabilities->net[3].host, "an object with a target");
    CHECK_I64(PACKAGE_FOLDER_MIB_MAX, capabilities->folder_mib, "limit");
    CHECK_I64(16, manifest.resources.memory_mib, "lowest");
    CHECK_I64(1000000, manifest.resources.rate_per_s, "highest");
    CHECK_I64(2, manifest.file_count, "files");
    CHECK_TEXT("README.md", manifest.files[0].name, "sorted");
    CHECK_I64(17, manifest.files[1].size, "size");
    CHECK_I64(0xef, manifest.files[1].hash[31], "hash");
    package_manifest_fini(&manifest);
}

static void nothing_is_granted_unless_said(void **state)
{
    struct package_manifest manifest = {0};
    const struct package_resources *resources = &manifest.resources;

    (void)state;
    take(HEAD REST "}", &manifest);
    CHECK(!package_texts_allow(&manifest.capabilities.fields, "a"), "no field");
    CHECK(!package_texts_allow(&manifest.capabilities.applicant, "name"), "no applicant");
    CHECK_I64(0, manifest.capabilities.folder_mib, "no folder");
    CHECK_I64(0, manifest.capabilities.kv_quota + manifest.capabilities.http_count + manifest.capabilities.net_count, "nothing");
    CHECK(!manifest.has_files && manifest.config_schema == NULL, "not said");
    CHECK(package_manifest_reads_state(&manifest, 0) && !package_manifest_reads_state(&manifest, 1), "no schema");
    CHECK_I64(256, resources->memory_mib, "usual");
    CHECK_I64(16, resources->threads, "usual");
    CHECK_I64(128, resources->descriptors, "usual");
    CHECK_I64(256, resources->concurrency, "as many as credits");
    CHECK_I64(0, resources->rate_per_s, "no limit");
    package_manifest_fini(&manifest);
    take(CAN("\"kv\":{},\"folder\":{},\"fields\":[\"*\"]"), &manifest);
    CHECK_I64(PACKAGE_FOLDER_MIB_DEFAULT, manifest.capabilities.folder_mib, "usual");
    CHECK_I64(PACKAGE_KV_QUOTA_DEFAULT, manifest.capabilities.kv_quota, "usual");
    CHECK(package_texts_allow(&manifest.capabilities.fields, "anything"), "all");
    package_manifest_fini(&manifest);
}

static void faults_are_told_with_their_place(void **state)
{
    static const struct {
        const char *text;
        int rc;
        const char *message, *why;
    } rows[] = {
        {"", OD_EINVAL, "sim-1.0.0/manifest.json:1:1: ", "empty"},
        {"{\n  \"id\": \"sim\",\n  \"id\": \"sim\"}", OD_EINVAL, "sim-1.0.0/manifest.json:3:3: ", "a key twice"},
        {"[]", OD_EINVAL, "sim-1.0.0/manifest.json:1:1: a manifest is a JSON object.", "no object"},
        {"{" REST "}", OD_EINVAL, "manifest.json:1:1: id is missing or no text; name the module's id.", "no id"},
        {"{\"id\":\"Sim\"," REST "}", OD_EINVAL, "manifest.json:1:7: id must be 1 to 64 of a-z", "capital letters"},
        {"{\"id\":\"sim\",\n\"version\":\"1.0/0\"," REST "}", OD_EINVAL, "manifest.json:2:11: version must be 1 to 31 of", "a slash"},
        {"{\"id\":\"sim\",\"version\":\"1.0.1\"," REST "}", OD_EINVAL, "the folder of this module must be named sim-1.0.1.", "another version"},
        {HEAD "\"matters\":[\"*\"]}", OD_EINVAL, "abi must be [major, minor]", "no ABI"},
        {HEAD "\"abi\":[0],\"matters\":[\"*\"]}", OD_EINVAL, "manifest.json:1:37: abi must be", "half an ABI"},
        {HEAD "\"abi\":[0,65536],\"matters\":[\"*\"]}", OD_EINVAL, "abi must be", "limit + 1"},
        {HEAD "\"abi\":[2,0],\"matters\":[\"*\"]}", OD_EUNSUPPORTED, "needs ABI 2.0, this hub runs 1.0 to 1.0", "a newer major"},
        {HEAD "\"abi\":[1,1],\"matters\":[\"*\"]}", OD_EUNSUPPORTED, "needs ABI 1.1, this hub runs 1.0 to 1.0", "a newer minor"},
        {HEAD "\"abi\":[1,0]}", OD_EINVAL, "matters must be an array of texts.", "no matters"},
        {HEAD "\"abi\":[1,0],\"matters\":[]}", OD_EINVAL, "matters is empty; name the matters", "serves none"},
        {HEAD "\"abi\":[1,0],\"matters\":[\"a\", 1]}", OD_EINVAL, "manifest.json:1:59: each of matters must be a text", "a number among them"},
        {HEAD REST ",\"submit_dedupe\":\"natve\"}", OD_EINVAL, "submit_dedupe must be \"native\", \"lookup\" or \"none\".", "a slip"},
        {HEAD REST ",\"submit_dedupe\":1}", OD_EINVAL, "submit_dedupe must be", "a number"},
        {HEAD REST ",\"credits\":0}", OD_EINVAL, "credits must be a whole number from 1 to 4096.", "none"},
        {HEAD REST ",\"credits\":4097}", OD_EINVAL, "credits must be a whole number from 1 to 4096.", "limit + 1"},
        {HEAD REST ",\"credits\":1.5}", OD_EINVAL, "credits must be a whole number", "a fraction"},
        {HEAD REST ",\"sequence\":-1}", OD_EINVAL, "sequence must be a whole number", "negative"},
        {HEAD REST ",\"state_schema\":1}", OD_EINVAL, "state_schema must be {\"reads\": [1], \"writes\": 1}.", "no object"},
        {HEAD REST ",\"state_schema\":{\"reads\":[1]}}", OD_EINVAL, "writes must be a whole number.", "no writes"},
        {HEAD REST ",\"state_schema\":{\"reads\":[1],\"writes\":2}}", OD_EINVAL, "reads must hold the schema that the module writes (2).",
         "it could not start again"},
        {HEAD REST ",\"capabilities\":[]}", OD_EINVAL, "capabilities must be an object.", "an array"},
        {HEAD REST ",\"capabilities\":{\"fields\":\"*\"}}", OD_EINVAL, "fields must be an array of texts.", "a text"},
        {CAN("\"fields\":[\"\"]"), OD_EINVAL, "each of fields must be a text of 1 to 64 bytes", "an empty name"},
        {CAN("\"root\":true"), OD_EUNSUPPORTED, "\"root\" is not known here; known are fields, applicant, http,", "what nobody could approve"},
        {CAN("\"applicant\":[\"age\"]"), OD_EINVAL, "each of applicant must be \"*\", \"kind\"", "no member of an applicant"},
        {CAN("\"http\":{}"), OD_EINVAL, "http must be an array", "an object"},
        {CAN("\"http\":[1]"), OD_EINVAL, "an http rule must be an object", "a number"},
        {CAN("\"http\":[{\"methods\":[\"GET\"]}]"), OD_EINVAL, "by \"hosts\", or by \"from_config\"", "no target"},
        {CAN("\"http\":[{\"hosts\":[\"a\"],\"from_config\":\"/u\",\"methods\":[\"GET\"]}]"), OD_EINVAL, "by \"hosts\", or by", "two targets"},
        {CAN("\"http\":[{\"from_config\":\"u\",\"methods\":[\"GET\"]}]"), OD_EINVAL, "must be a JSON pointer", "no pointer"},
        {CAN("\"http\":[{\"hosts\":[\"a\"]}]"), OD_EINVAL, "must name its methods", "no methods"},
        {CAN("\"http\":[{\"hosts\":[\"A.gov\"],\"methods\":[\"GET\"]}]"), OD_EINVAL, "a host in lower case", "capital letters"},
        {CAN("\"http\":[{\"hosts\":[\"*.gov\"],\"methods\":[\"GET\"]}]"), OD_EINVAL, "a host in lower case", "a whole top-level domain"},
        {CAN("\"http\":[{\"hosts\":[\"*\"],\"methods\":[\"GET\"]}]"), OD_EINVAL, "a host in lower case", "the whole world"},
        {CAN("\"http\":[{\"hosts\":[\"a.gov:8080\"],\"methods\":[\"GET\"]}]"), OD_EINVAL, "a host in lower case", "a port"},
        {CAN("\"http\":[{\"hosts\":[\"a..gov\"],\"methods\":[\"GET\"]}]"), OD_EINVAL, "a host in lower case", "an empty label"},
        {CAN("\"http\":[{\"hosts\":[\"a\"],\"methods\":[\"get\"]}]"), OD_EINVAL, "each of methods must be GET", "small letters"},
        {CAN("\"http\":[{\"hosts\":[\"a\"],\"methods\":[\"GET\"],\"paths\":[\"v1\"]}]"), OD_EINVAL, "a path that begins with '/'", "a relative path"},
        {CAN("\"http\":[{\"hosts\":[\"a\"],\"methods\":[\"GET\"],\"paths\":[\"/*/x\"]}]"), OD_EINVAL, "with '*' at most", "a star within"},
        {CAN("\"http\":[{\"hosts\":[\"a\"],\"methods\":[\"GET\"],\"paths\":[\"/a/../b\"]}]"), OD_EINVAL, "a path that begins", "a step up"},
        {CAN("\"http\":[{\"hosts\":[\"a\"],\"methods\":[\"GET\"],\"plain\":1}]"), OD_EINVAL, "plain must be true or false", "a number"},
        {CAN("\"http\":[{\"hosts\":[\"a\"],\"methods\":[\"GET\"],\"port\":1}]"), OD_EUNSUPPORTED, "\"port\" is not known here", "an unknown member"},
        {CAN("\"secrets\":[\"a/b\"]"), OD_EINVAL, "a secret's name must be", "a path"},
        {CAN("\"secrets\":[\"a\",{\"name\":\"a\"}]"), OD_EINVAL, "the secret a is named twice", "twice"},
        {CAN("\"secrets\":[{\"name\":\"a\",\"show\":true}]"), OD_EUNSUPPORTED, "\"show\" is not known", "an unknown member"},
        {CAN("\"kv\":true"), OD_EINVAL, "kv must be {\"quota\": bytes}", "no object"},
        {CAN("\"kv\":{\"quota\":0}"), OD_EINVAL, "quota must be a number of bytes from 1 to 67108864", "none"},
        {CAN("\"kv\":{\"quota\":67108865}"), OD_EINVAL, "quota must be a number", "limit + 1"},
        {CAN("\"events\":\"yes\""), OD_EINVAL, "events must be true or false", "a text"},
        {CAN("\"net\":[\"db\"]"), OD_EINVAL, "a net target must be", "no port"},
        {CAN("\"net\":[\"db:0\"]"), OD_EINVAL, "a net target must be", "port 0"},
        {CAN("\"net\":[\"db:65536\"]"), OD_EINVAL, "a net target must be", "limit + 1"},
        {CAN("\"net\":[\"::1:80\"]"), OD_EINVAL, "a net target must be", "an address without brackets"},
        {CAN("\"net\":[{}]"), OD_EINVAL, "by \"target\", or by \"from_config\"", "neither"},
        {CAN("\"net\":[{\"target\":\"db:1\",\"from_config\":\"/a\",\"socket\":\"s\"}]"), OD_EINVAL, "by \"target\", or by", "both"},
        {CAN("\"net\":[{\"target\":\"db\"}]"), OD_EINVAL, "a net target must be", "no port"},
        {CAN("\"net\":[{\"from_config\":\"server\",\"socket\":\"s\"}]"), OD_EINVAL, "from_config must be a JSON pointer", "no pointer"},
        {CAN("\"net\":[{\"from_config\":\"/server\"}]"), OD_EINVAL, "socket must name a socket", "nobody knows its name"},
        {CAN("\"net\":[{\"from_config\":\"/server\",\"socket\":\"../s\"}]"), OD_EINVAL, "socket must name a socket", "a path"},
        {CAN("\"net\":[{\"from_config\":\"/server\",\"socket\":\"..\"}]"), OD_EINVAL, "socket must name a socket", "a step up"},
        {CAN("\"net\":[{\"target\":\"db:1\",\"tls\":true}]"), OD_EUNSUPPORTED, "\"tls\" is not known here", "an unknown member"},
        {CAN("\"folder\":true"), OD_EINVAL, "folder must be {\"file_mib\"", "no object"},
        {CAN("\"folder\":{\"file_mib\":0}"), OD_EINVAL, "file_mib must be a number of MiB from 1 to 1048576", "nothing"},
        {CAN("\"folder\":{\"file_mib\":1048577}"), OD_EINVAL, "file_mib must be a number of MiB", "limit + 1"},
        {CAN("\"folder\":{\"path\":\"/etc\"}"), OD_EUNSUPPORTED, "\"path\" is not known here", "where it lies is the hub's to say"},
        {HEAD REST ",\"resources\":[]}", OD_EINVAL, "resources must be an object.", "an array"},
        {HEAD REST ",\"resources\":{\"cpu\":1}}", OD_EUNSUPPORTED, "\"cpu\" is not known here", "an unknown one"},
        {HEAD REST ",\"resources\":{\"memory_mib\":15}}", OD_EINVAL, "memory_mib must be a whole number from 16 to 65536.", "too little"},
        {HEAD REST ",\"resources\":{\"threads\":1025}}", OD_EINVAL, "threads must be a whole number from 4 to 1024.", "limit + 1"},
        {HEAD REST ",\"resources\":{\"concurrency\":4097}}", OD_EINVAL, "concurrency must be", "limit + 1"},
        {HEAD REST ",\"files\":[]}", OD_EINVAL, "files must be an object", "an array"},
        {HEAD REST ",\"files\":{\"module.so\":\"ab\"}}", OD_EINVAL, "each of files must be {\"sha256\"", "no hash"},
        {HEAD REST ",\"files\":{\"module.so\":{\"sha256\":\"" HASH "\"}}}", OD_EINVAL, "size must be the file's bytes", "no size"},
        {HEAD REST ",\"config_schema\":true}", OD_EINVAL, "config_schema must be an object.", "a Boolean"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct package_manifest manifest = {.credits = 42};
        char text[PACKAGE_TEXT_SIZE];

        CHECK_I64(rows[i].rc, package_manifest_read(rows[i].text, strlen(rows[i].text), "sim-1.0.0", &manifest, text), rows[i].why);
        if (strstr(text, rows[i].message) == NULL)
            fail_msg("%s: \"%s\" does not say \"%s\"", rows[i].why, text, rows[i].message);
        CHECK_I64(42, manifest.credits, "unchanged by every error");
    }
}

static void a_list_has_a_longest_length(void **state)
{
    static char text[PACKAGE_MANIFEST_MAX + 2];
    struct package_manifest manifest = {0};
    char message[PACKAGE_TEXT_SIZE];

    (void)state;
    for (size_t count = PACKAGE_LIST_MAX; count <= PACKAGE_LIST_MAX + 1; count++) {
        int size = snprintf(text, sizeof(text), "%s", HEAD "\"abi\":[1,0],\"matters\":[\"*\"");
        for (size_t i = 1; i < count; i++)
            size += snprintf(text + size, sizeof(text) - (size_t)size, ",\"m%zu\"", i);
        snprintf(text + size, sizeof(text) - (size_t)size, "]}");
        int rc = package_manifest_read(text, strlen(text), NULL, &manifest, message);
        CHECK_I64(count > PACKAGE_LIST_MAX ? OD_EINVAL : OD_OK, rc, "limit, limit + 1");
        package_manifest_fini(&manifest);
    }
    CHECK(strstr(message, "manifest.json:1:") == message, message);
    CHECK(strstr(message, "matters has more than 1024 items.") != NULL, message);
    memset(text, ' ', sizeof(text));
    memcpy(text, HEAD REST "}", strlen(HEAD REST "}"));
    CHECK_I64(OD_OK, package_manifest_read(text, PACKAGE_MANIFEST_MAX, NULL, &manifest, message), "limit");
    package_manifest_fini(&manifest);
    CHECK_I64(OD_ELIMIT, package_manifest_read(text, PACKAGE_MANIFEST_MAX + 1, NULL, &manifest, message), "limit + 1");
    CHECK(strstr(message, "larger than 65536 bytes") != NULL, message);
}

/* before, then count items parted by commas, then after: read with what rc? */
static int read_many(const char *before, const char *format, size_t count, const char *after)
{
    static char text[PACKAGE_MANIFEST_MAX];
    struct package_manifest manifest = {0};
    char message[PACKAGE_TEXT_SIZE], item[256];
    size_t size = (size_t)snprintf(text, sizeof(text), "%s", before);

    for (size_t i = 0; i < count; i++) {
        const char *hole = strchr(format, '#');
        snprintf(item, sizeof(item), "%s%.*s%zu%s", i > 0 ? "," : "", (int)(hole - format), format, i, hole + 1);
        size += (size_t)snprintf(text + size, sizeof(text) - size, "%s", item);
    }
    size += (size_t)snprintf(text + size, sizeof(text) - size, "%s", after);
    int rc = package_manifest_read(text, size, NULL, &manifest, message);
    package_manifest_fini(&manifest);
    return rc;
}

static void lists_of_capabilities_have_limits(void **state)
{
    static const struct {
        const char *before, *item, *after;
        size_t max;
        const char *why;
    } rows[] = {
        {HEAD REST ",\"capabilities\":{\"http\":[", "{\"hosts\":[\"h#\"],\"methods\":[\"GET\"]}", "]}}", PACKAGE_RULES_MAX, "http"},
        {HEAD REST ",\"capabilities\":{\"secrets\":[", "\"s#\"", "]}}", PACKAGE_RULES_MAX, "secrets"},
        {HEAD REST ",\"capabilities\":{\"net\":[", "\"h#:1\"", "]}}", PACKAGE_RULES_MAX, "net"},
        {HEAD REST ",\"capabilities\":{\"fields\":[", "\"f#\"", "]}}", PACKAGE_LIST_MAX, "fields"},
        {HEAD REST ",\"state_schema\":{\"writes\":0,\"reads\":[", "#", "]}}", PACKAGE_RULES_MAX, "state schemas"},
        {HEAD REST ",\"files\":{", "\"f#\":{\"sha256\":\"" HASH "\",\"size\":1}", "}}", PACKAGE_FILES_MAX, "files"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        CHECK_I64(OD_OK, read_many(rows[i].before, rows[i].item, rows[i].max, rows[i].after), rows[i].why);
        CHECK_I64(OD_EINVAL, read_many(rows[i].before, rows[i].item, rows[i].max + 1, rows[i].after), rows[i].why);
    }
}

static void names_have_limits(void **state)
{
    static const struct {
        const char *before, *after;
        size_t max;
        const char *why;
    } rows[] = {
        {"{\"id\":\"", "\",\"version\":\"1\"," REST "}", BASE_ID_MAX, "id"},
        {"{\"id\":\"a\",\"version\":\"", "\"," REST "}", PACKAGE_VERSION_MAX, "version"},
        {HEAD REST ",\"capabilities\":{\"fields\":[\"", "\"]}}", BASE_ID_MAX, "field"},
        {HEAD REST ",\"capabilities\":{\"secrets\":[\"", "\"]}}", BASE_ID_MAX, "secret"},
        {HEAD REST ",\"capabilities\":{\"net\":[\"", ":1\"]}}", PACKAGE_HOST_MAX, "net"},
        {HEAD REST ",\"capabilities\":{\"http\":[{\"methods\":[\"GET\"],\"hosts\":[\"", "\"]}]}}", PACKAGE_HOST_MAX, "host"},
        {HEAD REST ",\"capabilities\":{\"http\":[{\"methods\":[\"GET\"],\"hosts\":[\"a\"],\"paths\":[\"/", "\"]}]}}", PACKAGE_PATH_MAX - 1, "path"},
        {HEAD REST ",\"capabilities\":{\"http\":[{\"methods\":[\"GET\"],\"from_config\":\"/", "\"}]}}", PACKAGE_PATH_MAX - 1, "pointer"},
    };
    static char text[8192], name[PACKAGE_PATH_MAX + 2];

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        for (size_t more = 0; more <= 1; more++) {
            struct package_manifest manifest = {0};
            char message[PACKAGE_TEXT_SIZE];

            memset(name, 'n', rows[i].max + more);
            name[rows[i].max + more] = '\0';
            int size = snprintf(text, sizeof(text), "%s%s%s", rows[i].before, name, rows[i].after);
            CHECK_I64(more == 0 ? OD_OK : OD_EINVAL, package_manifest_read(text, (size_t)size, NULL, &manifest, message), rows[i].why);
            package_manifest_fini(&manifest);
        }
}

static void memory_may_run_out_at_any_point(void **state)
{
    struct package_manifest manifest = {.credits = 42};
    char message[PACKAGE_TEXT_SIZE];
    int rc = OD_ENOMEM;
    uint64_t at = 1;

    (void)state;
    for (; rc == OD_ENOMEM && at < 1000; at++) {
        base_alloc_fail_at(at);
        rc = package_manifest_read(whole, strlen(whole), NULL, &manifest, message);
        base_alloc_fail_at(0);
        CHECK(rc == OD_OK || (manifest.credits == 42 && strstr(message, "No memory left") == message), message);
    }
    CHECK_I64(OD_OK, rc, "a clean pass in the end");
    CHECK(at > 3, "it did need memory");
    package_manifest_fini(&manifest);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_may_be_said),
        cmocka_unit_test(everything_is_taken),
        cmocka_unit_test(nothing_is_granted_unless_said),
        cmocka_unit_test(faults_are_told_with_their_place),
        cmocka_unit_test(a_list_has_a_longest_length),
        cmocka_unit_test(lists_of_capabilities_have_limits),
        cmocka_unit_test(names_have_limits),
        cmocka_unit_test(memory_may_run_out_at_any_point),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
