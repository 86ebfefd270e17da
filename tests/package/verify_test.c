/* SPDX-License-Identifier: Apache-2.0 */
/* May it run? Each refusal has a message of its own; then the store: staged once, sealed, and
 * an adversary who writes to the disk between any two steps. */
#include "package/maker.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "lib/files.h"
#include "package/stage.h"

static struct package_policy policy_of(const struct maker *maker)
{
    return (struct package_policy){.trust = &maker->trust, .today = TODAY};
}

static void replace(struct package_bundle *bundle, const char *name, const char *bytes)
{
    CHECK_I64(OD_OK, package_bundle_put(bundle, name, maker_copy(bytes, strlen(bytes)), strlen(bytes)), name);
}

static void take_out(struct package_bundle *bundle, const char *name)
{
    struct package_entry *entry = (struct package_entry *)(uintptr_t)package_bundle_find(bundle, name);

    base_free(entry->bytes);
    bundle->count--;
    memmove(entry, entry + 1, (size_t)(&bundle->entries[bundle->count] - entry) * sizeof(*entry));
}

static void turn_byte(struct package_bundle *bundle, const char *name, const char *after)
{
    const struct package_entry *entry = package_bundle_find(bundle, name);
    char *at = after != NULL ? strstr(entry->bytes, after) + strlen(after) : entry->bytes + entry->size / 2;

    *at = *at == 'a' ? 'b' : 'a';
}

static void signed_packages_may_run(void **state)
{
    const struct maker *maker = *state;
    struct package package = {.is_signed = false};
    struct package_policy policy = policy_of(maker);
    struct package_refusal refusal;
    uint8_t hash[BASE_HASH_SIZE];

    maker_usual(maker, &package.bundle);
    CHECK_I64(OD_OK, package_verify(&package, "gov.tiny-1.0.1", PACKAGE_PART_WHOLE, &policy, &refusal), refusal.text);
    CHECK(package.is_signed, "signed");
    CHECK_TEXT("Gov key", package.signed_by, "by");
    CHECK(memcmp(package.key, maker->key.id, 8) == 0, "key");
    base_hash(maker->module, maker->module_size, hash);
    CHECK(base_hash_equal(hash, package.identity.module), "module");
    const struct package_entry *manifest = package_bundle_find(&package.bundle, PACKAGE_MANIFEST_NAME);
    base_hash(manifest->bytes, manifest->size, hash);
    CHECK(base_hash_equal(hash, package.identity.address), "the manifest names it");
    package_fini(&package);
}

enum deed {
    NOTHING, UNSIGNED, UNKNOWN_KEY, ALTERED, COMMENT, BROKEN_SIGNATURE, MANIFEST_GONE, MODULE_GONE, README_GONE, MODULE_TURNED, MODULE_LONGER,
    README_TURNED, STRANGER, STRANGER_IN_FOLDER, UNLISTED, NO_ELF, OTHER_NAME, BAD_MANIFEST, REVOKED, EXPIRED, PREFIX, CAPABILITY, MINIMUM,
};

/* Alone, with a manifest that lists just what it holds. */
static void sign_module(const struct maker *maker, const char *module, bool is_listed, struct package_bundle *bundle)
{
    uint8_t hash[BASE_HASH_SIZE];
    char hex[2 * BASE_HASH_SIZE + 1], text[1024];

    package_bundle_fini(bundle);
    base_hash(module, strlen(module), hash);
    base_hex(hash, BASE_HASH_SIZE, hex);
    snprintf(text, sizeof(text), "{\"id\":\"gov.tiny\",\"version\":\"1.0.1\",\"sequence\":1,\"abi\":[1,0],\"matters\":[\"*\"]%s%s%s%zu}}}",
             is_listed ? ",\"files\":{\"module.so\":{\"sha256\":\"" : ",\"x\":{\"y\":{\"z\":\"", hex, "\",\"size\":", strlen(module));
    replace(bundle, PACKAGE_MANIFEST_NAME, text);
    replace(bundle, PACKAGE_MODULE_NAME, module);
    maker_sign(&maker->secret, "c", bundle);
}

static void do_deed(struct maker *maker, enum deed deed, struct package_bundle *bundle)
{
#define TRUST(prefix, capability, rest) "{\"keys\":[{\"public_key\":\"%s\",\"name\":\"k\",\"prefixes\":[\"" prefix "\"],\"capabilities\":[\"" capability "\"]" rest "}]}"
    switch (deed) {
    case NOTHING: break;
    case UNSIGNED: take_out(bundle, PACKAGE_SIGNATURE_NAME); break;
    case UNKNOWN_KEY: maker_sign(&maker->other_secret, "c", bundle); break;
    case ALTERED: turn_byte(bundle, PACKAGE_MANIFEST_NAME, "\"version\":\"1.0."); break;
    case COMMENT: turn_byte(bundle, PACKAGE_SIGNATURE_NAME, "\ntrusted comment: "); break;
    case BROKEN_SIGNATURE: replace(bundle, PACKAGE_SIGNATURE_NAME, "x"); break;
    case MANIFEST_GONE: take_out(bundle, PACKAGE_MANIFEST_NAME); break;
    case MODULE_GONE: take_out(bundle, PACKAGE_MODULE_NAME); break;
    case README_GONE: take_out(bundle, "README.md"); break;
    case MODULE_TURNED: turn_byte(bundle, PACKAGE_MODULE_NAME, NULL); break;
    case MODULE_LONGER: replace(bundle, PACKAGE_MODULE_NAME, "x"); break;
    case README_TURNED: turn_byte(bundle, "README.md", NULL); break;
    case STRANGER: replace(bundle, "vectors/two.json", "{}"); break;
    case STRANGER_IN_FOLDER: strcpy(bundle->unknown, "core"); break;
    case UNLISTED: sign_module(maker, "text", false, bundle); break;
    case NO_ELF: sign_module(maker, "this is no shared object but it is long enough for a header of one", true, bundle); break;
    case OTHER_NAME: break;
    case BAD_MANIFEST: replace(bundle, PACKAGE_MANIFEST_NAME, "{}"), maker_sign(&maker->secret, "c", bundle); break;
    case REVOKED: maker_trust(maker, TRUST("gov", "*", ",\"revoked\":\"2024-10-01\"")); break;
    case EXPIRED: maker_trust(maker, TRUST("gov", "*", ",\"expires\":\"2024-10-01\"")); break;
    case PREFIX: maker_trust(maker, TRUST("org", "*", "")); break;
    case CAPABILITY: maker_trust(maker, TRUST("gov", "kv", "")); break;
    case MINIMUM: maker_trust(maker, TRUST("gov", "*", ",\"min_sequence\":{\"gov.tiny\":2}")); break;
    }
}

static void each_refusal_has_its_own_message(void **state)
{
    static const struct {
        enum deed deed;
        int rc;
        const char *code, *message;
    } rows[] = {
        {UNSIGNED, OD_EDENIED, "unsigned", "gov.tiny-1.0.1 is not signed."},
        {UNKNOWN_KEY, OD_EDENIED, "unknown_key", "which the trust file does not hold."},
        {ALTERED, OD_EDENIED, "altered", "manifest.json of gov.tiny-1.0.1 is not the one that was signed"},
        {COMMENT, OD_EDENIED, "altered_comment", "The trusted comment of gov.tiny-1.0.1 is not the one that was signed"},
        {BROKEN_SIGNATURE, OD_EINVAL, "signature_form", "is no minisign signature"},
        {MANIFEST_GONE, OD_EINVAL, "missing_file", "gov.tiny-1.0.1 has no manifest.json."},
        {MODULE_GONE, OD_EINVAL, "missing_file", "has no module.so."},
        {README_GONE, OD_EINVAL, "missing_file", "has no README.md."},
        {MODULE_TURNED, OD_EINVAL, "file_hash", "gov.tiny-1.0.1/module.so is not the file that the manifest names"},
        {MODULE_LONGER, OD_EINVAL, "file_size", "module.so has 1 bytes, the manifest says"},
        {README_TURNED, OD_EINVAL, "file_hash", "README.md is not the file"},
        {STRANGER, OD_EINVAL, "unknown_file", "holds vectors/two.json, which the manifest does not name"},
        {STRANGER_IN_FOLDER, OD_EINVAL, "unknown_file", "holds core, which the manifest does not name"},
        {UNLISTED, OD_EINVAL, "unlisted", "is signed, but its manifest does not list its files"},
        {NO_ELF, OD_EINVAL, "elf", "gov.tiny-1.0.1/module.so: is no ELF file."},
        {OTHER_NAME, OD_EINVAL, "manifest", "the folder of this module must be named gov.tiny-1.0.1."},
        {BAD_MANIFEST, OD_EINVAL, "manifest", "gov.tiny-1.0.1/manifest.json:1:1: id is missing"},
        {REVOKED, OD_EDENIED, "revoked", "was revoked on 2024-10-01"},
        {EXPIRED, OD_EDENIED, "expired", "was trusted up to 2024-10-01"},
        {PREFIX, OD_EDENIED, "prefix", "may not sign a module named gov.tiny"},
        {CAPABILITY, OD_EDENIED, "capability", "may not grant fields"},
        {MINIMUM, OD_EDENIED, "sequence_minimum", "has the sequence 1, and the trust file asks for 2"},
    };
    struct maker *maker = *state;

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct package package = {.is_signed = false};
        struct package_policy policy = policy_of(maker);
        struct package_refusal refusal;

        maker_usual(maker, &package.bundle);
        do_deed(maker, rows[i].deed, &package.bundle);
        int rc = package_verify(&package, rows[i].deed == OTHER_NAME ? "gov.tiny-9" : "gov.tiny-1.0.1", PACKAGE_PART_WHOLE, &policy, &refusal);
        CHECK_I64(rows[i].rc, rc, rows[i].code);
        CHECK_TEXT(rows[i].code, refusal.code, rows[i].message);
        if (strstr(refusal.text, rows[i].message) == NULL)
            fail_msg("\"%s\" does not say \"%s\"", refusal.text, rows[i].message);
        package_fini(&package);
        maker_trust(maker, TRUST("gov", "*", ""));
    }
}

static void development_takes_what_is_not_signed(void **state)
{
    const struct maker *maker = *state;
    struct package_policy policy = policy_of(maker);
    struct package package = {.is_signed = false}, other = {.is_signed = false};
    struct package_refusal refusal;
    char *manifest = maker_manifest(maker, 1, "{}");

    policy.may_be_unsigned = true;
    maker_bundle(maker, manifest, NULL, &package.bundle);
    CHECK_I64(OD_OK, package_verify(&package, NULL, PACKAGE_PART_WHOLE, &policy, &refusal), refusal.text);
    CHECK(!package.is_signed && package.signed_by[0] == '\0', "not signed");
    turn_byte(&package.bundle, "README.md", NULL);
    package_manifest_fini(&package.manifest);
    CHECK_I64(OD_EINVAL, package_verify(&package, NULL, PACKAGE_PART_WHOLE, &policy, &refusal), "listed files are checked all the same");
    package_fini(&package);
    maker_bundle(maker, manifest, &maker->other_secret, &package.bundle);
    CHECK_I64(OD_EDENIED, package_verify(&package, NULL, PACKAGE_PART_WHOLE, &policy, &refusal), "and so is a signature");
    package_fini(&package);
    free(manifest);
    /* Without a list of files both make up the address. */
    static const char bare[] = "{\"id\":\"a\",\"version\":\"1\",\"abi\":[1,0],\"matters\":[\"*\"]}";
    replace(&package.bundle, PACKAGE_MANIFEST_NAME, bare);
    replace(&other.bundle, PACKAGE_MANIFEST_NAME, bare);
    CHECK_I64(OD_OK, package_bundle_put(&package.bundle, PACKAGE_MODULE_NAME, maker_copy(maker->module, maker->module_size), maker->module_size), "put");
    CHECK_I64(OD_OK, package_bundle_put(&other.bundle, PACKAGE_MODULE_NAME, maker_copy(maker->module, maker->module_size + 0), maker->module_size), "put");
    turn_byte(&other.bundle, PACKAGE_MODULE_NAME, NULL);
    CHECK_I64(OD_OK, package_verify(&package, "a-1", PACKAGE_PART_WHOLE, &policy, &refusal), refusal.text);
    if (package_verify(&other, "a-1", PACKAGE_PART_WHOLE, &policy, &refusal) == OD_OK)
        CHECK(!base_hash_equal(package.identity.address, other.identity.address), "another build is another module");
    package_fini(&package);
    package_fini(&other);
}

static void a_part_is_checked_as_far_as_it_goes(void **state)
{
    const struct maker *maker = *state;
    struct package_policy policy = policy_of(maker);
    struct package package = {.is_signed = false};
    struct package_refusal refusal;

    maker_usual(maker, &package.bundle);
    take_out(&package.bundle, PACKAGE_MODULE_NAME);
    CHECK_I64(OD_OK, package_verify(&package, NULL, PACKAGE_PART_MANIFEST, &policy, &refusal), refusal.text);
    CHECK(package.is_signed, "signed");
    package_fini(&package);
}

static void verify_usual(const struct maker *maker, int sequence, struct package *package)
{
    struct package_policy policy = policy_of(maker);
    struct package_refusal refusal;
    char *manifest = maker_manifest(maker, sequence, TINY_CAPABILITIES);

    *package = (struct package){.is_signed = false};
    maker_bundle(maker, manifest, &maker->secret, &package->bundle);
    free(manifest);
    int rc = package_verify(package, NULL, PACKAGE_PART_WHOLE, &policy, &refusal);
    CHECK_I64(OD_OK, rc, refusal.text);
}

static struct package_stage *open_stage(const char *folder)
{
    struct package_stage *stage = NULL;
    char message[PACKAGE_TEXT_SIZE];

    int rc = package_stage_open(folder, &stage, message);
    CHECK_I64(OD_OK, rc, message);
    return stage;
}

static void check_sealed(int fd, const void *bytes, size_t size)
{
    struct stat about;
    char *read_back = malloc(size + 1);

    assert_non_null(read_back);
    assert_int_equal(0, fstat(fd, &about));
    CHECK_I64(size, about.st_size, "size");
    CHECK_I64(size, pread(fd, read_back, size, 0), "read");
    CHECK(memcmp(bytes, read_back, size) == 0, "the bytes");
    CHECK_I64(F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL, fcntl(fd, F_GET_SEALS), "sealed for ever");
    CHECK(pwrite(fd, "x", 1, 0) < 0 && ftruncate(fd, 0) != 0, "nobody writes");
    CHECK(mmap(NULL, 1, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED, "nor through memory");
    free(read_back);
}

static void the_store_keeps_and_seals(void **state)
{
    const struct maker *maker = *state;
    const char *folder = maker_folder();
    struct package_stage *stage = open_stage(folder);
    struct package package;
    struct package_refusal refusal;
    struct package_seal seal = {.manifest = -1, .module = -1};
    struct package_bundle back = {.count = 0};

    verify_usual(maker, 1, &package);
    CHECK_I64(OD_ENOTFOUND, package_stage_seal(stage, &package.identity, "tiny", &seal, &refusal), "not there yet");
    CHECK_I64(OD_OK, package_stage_put(stage, &package, &refusal), refusal.text);
    CHECK_I64(OD_OK, package_stage_put(stage, &package, &refusal), "again");
    CHECK_I64(OD_OK, package_stage_seal(stage, &package.identity, "tiny", &seal, &refusal), refusal.text);
    const struct package_entry *manifest = package_bundle_find(&package.bundle, PACKAGE_MANIFEST_NAME);
    check_sealed(seal.manifest, manifest->bytes, manifest->size);
    check_sealed(seal.module, maker->module, maker->module_size);
    package_seal_close(&seal);
    CHECK_I64(OD_OK, package_stage_read(stage, package.identity.address, "tiny", PACKAGE_PART_WHOLE, &back, &refusal), refusal.text);
    CHECK_I64(package.bundle.count, back.count, "all files");
    package_bundle_fini(&back);
    package_stage_close(stage);
    maker_remove(folder);
    package_fini(&package);
}

static void no_way_back_but_rollback(void **state)
{
    const struct maker *maker = *state;
    const char *folder = maker_folder();
    struct package_stage *stage = open_stage(folder);
    struct package one, two, three;
    struct package_refusal refusal;
    uint8_t address[BASE_HASH_SIZE];

    verify_usual(maker, 1, &one);
    verify_usual(maker, 2, &two);
    verify_usual(maker, 3, &three);
    CHECK_I64(OD_OK, package_stage_admit(stage, &two, PACKAGE_LOAD_NEW, &refusal), "the first");
    CHECK_I64(OD_OK, package_stage_note(stage, &two.manifest, &two.identity, true), "ran");
    CHECK_I64(OD_OK, package_stage_note(stage, &two.manifest, &two.identity, true), "is idempotent");
    CHECK_I64(OD_OK, package_stage_admit(stage, &two, PACKAGE_LOAD_NEW, &refusal), "the same");
    CHECK_I64(OD_OK, package_stage_admit(stage, &three, PACKAGE_LOAD_NEW, &refusal), "a newer one");
    CHECK_I64(OD_OK, package_stage_note(stage, &three.manifest, &three.identity, true), "ran");
    package_stage_close(stage);
    stage = open_stage(folder); /* it remembers */
    CHECK_I64(OD_EDENIED, package_stage_admit(stage, &two, PACKAGE_LOAD_NEW, &refusal), "older");
    CHECK_TEXT("sequence", refusal.code, "code");
    CHECK(strstr(refusal.text, "gov.tiny-1.0.2 has the sequence 2, and 3 of gov.tiny ran here before") != NULL, refusal.text);
    CHECK_I64(OD_OK, package_stage_admit(stage, &two, PACKAGE_LOAD_AGAIN, &refusal), "it ran before");
    CHECK_I64(OD_EDENIED, package_stage_admit(stage, &one, PACKAGE_LOAD_AGAIN, &refusal), "this never ran here");
    CHECK(package_stage_was_loaded(stage, two.identity.address) && !package_stage_was_loaded(stage, one.identity.address), "remembered");
    CHECK_I64(OD_OK, package_stage_find(stage, "gov.tiny-1.0.2", address), "by name");
    CHECK(base_hash_equal(address, two.identity.address), "by name");
    CHECK_I64(OD_ENOTFOUND, package_stage_find(stage, "gov.tiny-1.0.1", address), "by name");
    one.is_signed = false;
    CHECK_I64(OD_OK, package_stage_admit(stage, &one, PACKAGE_LOAD_NEW, &refusal), "development counts no sequences");
    package_stage_close(stage);
    maker_remove(folder);
    package_fini(&one);
    package_fini(&two);
    package_fini(&three);
}

/* loaded.json with PACKAGE_LOADED_MAX modules of ids count / per_id. */
static void fill_store(const char *folder, int per_id)
{
    size_t room = 200 * PACKAGE_LOADED_MAX, used = 0;
    char *text = malloc(room);

    assert_non_null(text);
    used += (size_t)snprintf(text + used, room - used, "{\"loaded\":[");
    for (int i = 0; i < PACKAGE_LOADED_MAX; i++)
        used += (size_t)snprintf(text + used, room - used, "%s{\"module\":\"m%d-%d\",\"id\":\"m%d\",\"sequence\":%d,\"address\":\"%064d\",\"signed\":true}",
                                 i > 0 ? "," : "", i / per_id, i, i / per_id, i, i);
    used += (size_t)snprintf(text + used, room - used, "]}");
    maker_write_file(folder, "loaded.json", text, used);
    free(text);
}

static void the_store_forgets_only_what_is_superseded(void **state)
{
    const char *folder = maker_folder();
    struct package_manifest manifest = {.id = "more", .name = "more-1", .sequence = 1};
    struct package_identity identity = {.address = {7}};
    uint8_t address[BASE_HASH_SIZE];

    (void)state;
    fill_store(folder, 2);
    struct package_stage *stage = open_stage(folder);
    CHECK_I64(OD_OK, package_stage_find(stage, "m0-0", address), "limit");
    CHECK_I64(OD_OK, package_stage_note(stage, &manifest, &identity, true), "limit + 1");
    CHECK_I64(OD_ENOTFOUND, package_stage_find(stage, "m0-0", address), "the older of two is forgotten");
    CHECK_I64(OD_OK, package_stage_find(stage, "m0-1", address), "the newer is kept");
    package_stage_close(stage);
    fill_store(folder, 1);
    stage = open_stage(folder);
    CHECK_I64(OD_ELIMIT, package_stage_note(stage, &manifest, &identity, true), "each is the newest of its id");
    CHECK_I64(OD_ENOTFOUND, package_stage_find(stage, "more-1", address), "unchanged");
    package_stage_close(stage);
    maker_remove(folder);
}

static void a_spoilt_memory_is_told(void **state)
{
    static const char *const texts[] = {"", "{", "[]", "{\"loaded\":[1]}", "{\"loaded\":[{\"module\":\"a-1\",\"id\":\"a\",\"sequence\":1,\"address\":\"00\"}]}"};
    const char *folder = maker_folder();
    char message[PACKAGE_TEXT_SIZE];

    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct package_stage *stage = NULL;

        maker_write_file(folder, "loaded.json", texts[i], strlen(texts[i]));
        CHECK_I64(OD_EINVAL, package_stage_open(folder, &stage, message), texts[i]);
        CHECK(stage == NULL && strstr(message, "loaded.json of the module store is spoilt") != NULL, message);
    }
    maker_remove(folder);
}

/* Who may write to the disk does so at one moment of the way. */
enum moment { BEFORE_READ, AFTER_READ, AFTER_VERIFY, AFTER_STAGE, AFTER_SEAL, MOMENTS };
enum harm { SWAP, TRUNCATE, REMOVE, FLIP, HARMS };

static void harm_file(const char *folder, const char *name, enum harm harm)
{
    char path[1200];
    struct stat about;

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    if (lstat(path, &about) != 0)
        return;
    chmod(path, 0600);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    switch (harm) {
    case SWAP:
    case HARMS: assert_true(write(fd, "evil", 4) == 4 && ftruncate(fd, 4) == 0); break;
    case TRUNCATE: assert_int_equal(0, ftruncate(fd, about.st_size / 2)); break;
    case REMOVE: unlink(path); break;
    case FLIP: assert_int_equal(1, pwrite(fd, "\xa5", 1, about.st_size / 3)); break;
    }
    close(fd);
}

static void harm_all(const char *modules, const char *store, const struct package_identity *identity, const char *name, enum harm harm)
{
    char hex[2 * BASE_HASH_SIZE + 1], path[1024];

    snprintf(path, sizeof(path), "%s/gov.tiny-1.0.1", modules);
    harm_file(path, name, harm);
    base_hex(identity->address, BASE_HASH_SIZE, hex);
    snprintf(path, sizeof(path), "%s/%s", store, hex);
    harm_file(path, name, harm);
}

/* Every step as a hub goes it; true: it came to run, and then what runs is what was verified. */
static bool go_the_way(const struct maker *maker, enum moment moment, enum harm harm, const char *name)
{
    const char *modules = maker_folder(), *store = maker_folder();
    struct package_stage *stage = open_stage(store);
    struct package_policy policy = policy_of(maker);
    struct package_refusal refusal;
    struct package package = {.is_signed = false}, good;
    struct package_seal seal = {.manifest = -1, .module = -1};
    char path[1024];

    verify_usual(maker, 1, &good);
    snprintf(path, sizeof(path), "%s/gov.tiny-1.0.1", modules);
    maker_write(&good.bundle, path);
    if (moment == BEFORE_READ)
        harm_all(modules, store, &good.identity, name, harm);
    int rc = package_bundle_read(path, "gov.tiny-1.0.1", PACKAGE_PART_WHOLE, &package.bundle, &refusal);
    if (moment == AFTER_READ)
        harm_all(modules, store, &good.identity, name, harm);
    if (rc == OD_OK)
        rc = package_verify(&package, "gov.tiny-1.0.1", PACKAGE_PART_WHOLE, &policy, &refusal);
    if (moment == AFTER_VERIFY)
        harm_all(modules, store, &good.identity, name, harm);
    if (rc == OD_OK)
        rc = package_stage_put(stage, &package, &refusal);
    if (moment == AFTER_STAGE)
        harm_all(modules, store, &good.identity, name, harm);
    if (rc == OD_OK)
        rc = package_stage_seal(stage, &package.identity, "gov.tiny-1.0.1", &seal, &refusal);
    if (moment == AFTER_SEAL)
        harm_all(modules, store, &good.identity, name, harm);
    if (rc == OD_OK) {
        const struct package_entry *manifest = package_bundle_find(&good.bundle, PACKAGE_MANIFEST_NAME);
        check_sealed(seal.manifest, manifest->bytes, manifest->size);
        check_sealed(seal.module, maker->module, maker->module_size);
    } else {
        CHECK(refusal.text[0] != '\0' && refusal.code[0] != '\0', "it is told");
    }
    package_seal_close(&seal);
    package_fini(&package);
    package_fini(&good);
    package_stage_close(stage);
    maker_remove(modules);
    maker_remove(store);
    return rc == OD_OK;
}

static void an_adversary_at_every_step(void **state)
{
    static const char *const names[] = {PACKAGE_MANIFEST_NAME, PACKAGE_SIGNATURE_NAME, PACKAGE_MODULE_NAME, "README.md"};
    /* Which moments must be noticed: the bytes of the signature and README no longer matter once it is staged. */
    const struct maker *maker = *state;

    for (enum moment moment = BEFORE_READ; moment < MOMENTS; moment++)
        for (enum harm harm = SWAP; harm < HARMS; harm++)
            for (size_t i = 0; i < COUNT(names); i++) {
                bool is_needed = i == 0 || i == 2;
                bool is_refused = moment == BEFORE_READ || (moment == AFTER_STAGE && is_needed);
                bool is_unsigned = moment == BEFORE_READ && i == 1 && harm == REMOVE; /* then it is not signed: refused, too */

                if (go_the_way(maker, moment, harm, names[i]) == (is_refused || is_unsigned))
                    fail_msg("moment %d, harm %d, %s: %s", (int)moment, (int)harm, names[i], is_refused ? "ran" : "was refused");
            }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signed_packages_may_run),
        cmocka_unit_test(each_refusal_has_its_own_message),
        cmocka_unit_test(development_takes_what_is_not_signed),
        cmocka_unit_test(a_part_is_checked_as_far_as_it_goes),
        cmocka_unit_test(the_store_keeps_and_seals),
        cmocka_unit_test(no_way_back_but_rollback),
        cmocka_unit_test(the_store_forgets_only_what_is_superseded),
        cmocka_unit_test(a_spoilt_memory_is_told),
        cmocka_unit_test(an_adversary_at_every_step),
    };

    return cmocka_run_group_tests(tests, maker_open, maker_close);
}
