/* SPDX-License-Identifier: Apache-2.0 */
/* plugin pack: a folder becomes a package file.
 *
 *   read the folder, or the one that was built in it -> list its files in the manifest -> verify what came out -> write <id>-<version>.odm
 */
#include "cli/package.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "cli/text.h"
#include "cli/verbs.h"

#define PATH_SIZE 4096

static void put_file(struct base_buffer *out, const struct package_entry *entry)
{
    uint8_t hash[BASE_HASH_SIZE];
    char text[2 * BASE_HASH_SIZE + 1];

    base_hash(entry->bytes, entry->size, hash);
    base_hex(hash, BASE_HASH_SIZE, text);
    base_json_open(out, entry->name, '{');
    base_json_put_text(out, "sha256", text);
    base_json_put_i64(out, "size", (int64_t)entry->size);
    base_json_close(out, '}');
}

static bool is_own(const char *name)
{
    return strcmp(name, PACKAGE_MANIFEST_NAME) == 0 || strcmp(name, PACKAGE_SIGNATURE_NAME) == 0;
}

/* The author's members as they are, one a line, then the files. */
static void put_manifest(struct base_buffer *out, const struct base_json *root, const struct package_bundle *bundle)
{
    base_buffer_put_text(out, "{\n");
    for (const struct base_json *member = base_json_first(root); member != NULL; member = base_json_next(member)) {
        if (strcmp(base_json_key(member), "files") == 0)
            continue;
        out->has_item = false;
        base_buffer_put_text(out, "  ");
        base_json_put(out, base_json_key(member), member);
        base_buffer_put_text(out, ",\n");
    }
    out->has_item = false;
    base_buffer_put_text(out, "  ");
    base_json_open(out, "files", '{');
    for (size_t i = 0; i < bundle->count; i++)
        if (!is_own(bundle->entries[i].name))
            put_file(out, &bundle->entries[i]);
    base_json_close(out, '}');
    base_buffer_put_text(out, "\n}\n");
}

/* A signature of the folder was over another manifest: it is left out. */
static void drop_signature(struct package_bundle *bundle)
{
    for (size_t i = 0; i < bundle->count; i++) {
        if (strcmp(bundle->entries[i].name, PACKAGE_SIGNATURE_NAME) != 0)
            continue;
        base_free(bundle->entries[i].bytes);
        bundle->count--;
        memmove(&bundle->entries[i], &bundle->entries[i + 1], (bundle->count - i) * sizeof(bundle->entries[0]));
        return;
    }
}

static int list_files(const struct cli *cli, struct package_bundle *bundle)
{
    const struct package_entry *entry = package_bundle_find(bundle, PACKAGE_MANIFEST_NAME);
    struct base_json_error error;
    struct base_json *root = NULL;
    struct base_buffer out = {0};
    char text[PACKAGE_TEXT_SIZE];
    size_t size = 0;

    if (base_json_parse(entry->bytes, entry->size, &root, &error) != OD_OK || base_json_type(root) != BASE_JSON_OBJECT) {
        snprintf(text, sizeof(text), PACKAGE_MANIFEST_NAME ":%u:%u: %.300s", root == NULL ? error.line : 1, root == NULL ? error.column : 1,
                 root == NULL ? error.text : "a manifest is a JSON object.");
        base_json_destroy(root);
        return cli_package_refuse_with(cli, "manifest", text);
    }
    drop_signature(bundle);
    put_manifest(&out, root, bundle);
    base_json_destroy(root);
    (void)base_buffer_text(&out); /* ends with a NUL beyond its size */
    char *bytes = base_buffer_take(&out, &size);
    if (bytes != NULL && package_bundle_put(bundle, PACKAGE_MANIFEST_NAME, bytes, size) == OD_OK)
        return CLI_DONE;
    if (bytes != NULL)
        return cli_package_refuse_with(cli, "limit", "manifest.json with its list of files is too large.");
    cli_tell(cli, "%s", cli_say(cli, "内存不足", "no memory left"));
    return CLI_FAILED;
}

static void print_done(const struct cli *cli, const struct package *package, const char *path, size_t size)
{
    struct base_buffer json = {0};
    char address[2 * BASE_HASH_SIZE + 1];

    if (cli->is_json) {
        base_json_open(&json, NULL, '{');
        base_json_put_bool(&json, "ok", true);
        base_json_put_text(&json, "file", path);
        base_json_put_i64(&json, "size", (int64_t)size);
        cli_package_put(&json, package);
        base_json_close(&json, '}');
        printf("%s\n", base_buffer_text(&json));
        base_buffer_fini(&json);
        return;
    }
    base_hex(package->identity.address, BASE_HASH_SIZE, address);
    printf("%s  %s\n", path, address);
    if (package->warning[0] != '\0')
        cli_tell(cli, cli_say(cli, "注意：%s", "note: %s"), package->warning);
}

static int write_package(const struct cli *cli, const struct package *package)
{
    const char *output = cli_option(cli, "--output");
    struct base_buffer packed = {0};
    char path[PATH_SIZE];

    snprintf(path, sizeof(path), "%s%s", output != NULL ? output : package->manifest.name, output != NULL ? "" : PACKAGE_SUFFIX);
    int rc = package_bundle_pack(&package->bundle, &packed);
    int end = rc == OD_OK ? cli_package_write(cli, path, 0644, false, packed.bytes, packed.size) : CLI_FAILED;
    if (rc != OD_OK)
        cli_tell(cli, "%s", cli_say(cli, "无法打包", "the package cannot be made"));
    if (end == CLI_DONE)
        print_done(cli, package, path, packed.size);
    base_buffer_fini(&packed);
    return end;
}

/* Where make and CMake put the module of these sources, as plugin check finds it. False: nowhere. */
static bool find_built(const char *sources, const struct package_bundle *bundle, char path[PATH_SIZE])
{
    static const char *const places[] = {"", "build/"};
    const struct package_entry *entry = package_bundle_find(bundle, PACKAGE_MANIFEST_NAME);
    struct base_json_error error;
    struct base_json *root = NULL;
    bool is_found = false;

    if (entry == NULL || package_bundle_find(bundle, PACKAGE_MODULE_NAME) != NULL ||
        base_json_parse(entry->bytes, entry->size, &root, &error) != OD_OK)
        return false;
    const char *id = base_json_member_text(root, "id"), *version = base_json_member_text(root, "version");
    for (size_t i = 0; !is_found && id != NULL && version != NULL && i < sizeof(places) / sizeof(places[0]); i++) {
        char module[PATH_SIZE + 16];

        snprintf(path, PATH_SIZE, "%.3000s/%s%.200s-%.100s", sources, places[i], id, version);
        snprintf(module, sizeof(module), "%s/" PACKAGE_MODULE_NAME, path);
        is_found = access(module, R_OK) == 0;
    }
    base_json_destroy(root);
    return is_found;
}

/* The folder named, or the one that was built in it. */
static int read_folder(const struct cli *cli, const char *folder, struct package_bundle *bundle)
{
    char built[PATH_SIZE];
    int end = cli_package_read(cli, folder, bundle);

    if (end != CLI_DONE || !find_built(folder, bundle, built))
        return end;
    cli_tell(cli, cli_say(cli, "打包 %s", "packing %s"), built);
    package_bundle_fini(bundle);
    *bundle = (struct package_bundle){.count = 0};
    return cli_package_read(cli, built, bundle);
}

int cli_plugin_pack(struct cli *cli)
{
    struct package package = {.is_signed = false};
    const struct package_policy policy = {.may_be_unsigned = true};
    struct package_refusal refusal;
    int end = base_hash_init() == OD_OK ? read_folder(cli, cli->operands[0], &package.bundle) : CLI_FAILED;

    if (end == CLI_DONE && package.bundle.unknown[0] != '\0') {
        cli_tell(cli, cli_say(cli, "不打包：%s 等文件；包内只放 manifest.json、module.so、README.md、LICENSE、vectors/*",
                              "left out: %s and the like; a package holds manifest.json, module.so, README.md, LICENSE and vectors/*"),
                 package.bundle.unknown);
        package.bundle.unknown[0] = '\0';
    }
    if (end == CLI_DONE)
        end = list_files(cli, &package.bundle);
    if (end == CLI_DONE) {
        int rc = package_verify(&package, NULL, PACKAGE_PART_WHOLE, &policy, &refusal);
        end = rc == OD_OK ? CLI_DONE : cli_package_refuse(cli, rc, &refusal);
    }
    if (end == CLI_DONE)
        end = write_package(cli, &package);
    package_fini(&package);
    return end;
}
