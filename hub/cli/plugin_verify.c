/* SPDX-License-Identifier: Apache-2.0 */
/* plugin verify: all that a hub checks before a module of this package runs, without a hub. */
#include "cli/package.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/time.h"
#include "cli/text.h"
#include "cli/verbs.h"

#define DAY_MS 86400000
#define PATH_SIZE 4096
#define HEX_SIZE (2 * BASE_HASH_SIZE + 1)

/* What kind a refusal is, for people who read Chinese; the text itself follows. */
static const struct {
    const char *code, *zh;
} kinds[] = {
    {"missing", "没有这个文件或文件夹"},
    {"missing_file", "缺少文件"},
    {"unreadable", "无法读取"},
    {"memory", "内存不足"},
    {"truncated", "文件被截断"},
    {"archive", "不是模块包"},
    {"entry", "包内有不允许的条目"},
    {"duplicate", "包内条目重复"},
    {"limit", "超过大小限制"},
    {"unknown_file", "有清单未列出的文件"},
    {"name", "模块名不合规"},
    {"manifest", "清单有误"},
    {"config", "配置有误"},
    {"unsigned", "没有签名"},
    {"signature_form", "签名文件格式有误"},
    {"unknown_key", "签名密钥不在信任文件中"},
    {"altered", "清单在签名后被改动"},
    {"altered_comment", "受信注释在签名后被改动"},
    {"revoked", "签名密钥已吊销"},
    {"expired", "签名密钥已过期"},
    {"prefix", "该密钥无权签署此模块名"},
    {"capability", "该密钥无权授予此权限"},
    {"sequence_minimum", "序号低于信任文件要求的下限"},
    {"sequence", "序号低于曾运行过的版本"},
    {"unlisted", "清单未列出文件"},
    {"file_size", "文件大小与清单不符"},
    {"file_hash", "文件内容与清单不符"},
    {"elf", "module.so 不可装载"},
    {"key", "密钥文件有误"},
    {"password", "口令有误"},
};

static const char *kind_of(const char *code)
{
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (strcmp(kinds[i].code, code) == 0)
            return kinds[i].zh;
    return code;
}

int cli_package_refuse_with(const struct cli *cli, const char *code, const char *text)
{
    struct base_buffer json = {0};

    if (cli->is_json) {
        base_json_open(&json, NULL, '{');
        base_json_put_bool(&json, "ok", false);
        base_json_put_text(&json, "code", code);
        base_json_put_text(&json, "text", text);
        base_json_close(&json, '}');
        printf("%s\n", base_buffer_text(&json));
        base_buffer_fini(&json);
    } else if (cli->language == CLI_ZH_CN) {
        cli_tell(cli, "%s（%s）：%s", kind_of(code), code, text);
    } else {
        cli_tell(cli, "%s (%s)", text, code);
    }
    return CLI_REFUSED;
}

int cli_package_refuse(const struct cli *cli, int rc, const struct package_refusal *refusal)
{
    int end = cli_package_refuse_with(cli, refusal->code, refusal->text);

    if (rc == OD_ENOTFOUND)
        return CLI_NOT_FOUND;
    return rc == OD_ENOMEM || rc == OD_EIO || rc == OD_EFULL ? CLI_FAILED : end;
}

/* Messages call a package by its file's name. */
static const char *label_of(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash != NULL && slash[1] != '\0' ? slash + 1 : path;
}

int cli_package_read(const struct cli *cli, const char *path, struct package_bundle *bundle)
{
    char folder[PATH_SIZE];
    struct package_refusal refusal;
    size_t size = strlen(path), tail = strlen("/" PACKAGE_MANIFEST_NAME);

    snprintf(folder, sizeof(folder), "%s", path);
    if (strcmp(path, PACKAGE_MANIFEST_NAME) == 0)
        strcpy(folder, ".");
    else if (size > tail && size < sizeof(folder) && strcmp(path + size - tail, "/" PACKAGE_MANIFEST_NAME) == 0)
        folder[size - tail] = '\0';
    int rc = package_bundle_read(folder, label_of(folder), PACKAGE_PART_WHOLE, bundle, &refusal);
    if (rc == OD_OK)
        return CLI_DONE;
    package_bundle_fini(bundle);
    return cli_package_refuse(cli, rc, &refusal);
}

int cli_package_write(const struct cli *cli, const char *path, unsigned mode, bool is_new, const void *bytes, size_t size)
{
    char draft[PATH_SIZE];
    size_t put = 0;
    ssize_t got = 1;

    if (snprintf(draft, sizeof(draft), "%s.part", path) >= PATH_SIZE)
        errno = ENAMETOOLONG;
    else if (!is_new || access(path, F_OK) != 0) {
        unlink(draft);
        int fd = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
        while (fd >= 0 && put < size && got > 0) {
            got = write(fd, (const char *)bytes + put, size - put);
            put += got > 0 ? (size_t)got : 0;
        }
        bool is_written = fd >= 0 && put == size && fsync(fd) == 0;
        if (fd >= 0)
            close(fd);
        if (is_written && (is_new ? link(draft, path) == 0 && unlink(draft) == 0 : rename(draft, path) == 0))
            return CLI_DONE;
        int why = errno;
        unlink(draft);
        errno = why;
    } else {
        errno = EEXIST;
    }
    cli_tell(cli, cli_say(cli, "%s 无法写入：%s", "%s cannot be written: %s"), path, strerror(errno));
    return CLI_FAILED;
}

void cli_package_put(struct base_buffer *json, const struct package *package)
{
    const struct package_manifest *manifest = &package->manifest;
    char address[HEX_SIZE], module[HEX_SIZE], key[17];

    base_hex(package->identity.address, BASE_HASH_SIZE, address);
    base_hex(package->identity.module, BASE_HASH_SIZE, module);
    package_key_id_put(package->key, key);
    base_json_put_text(json, "module", manifest->name);
    base_json_put_text(json, "id", manifest->id);
    base_json_put_text(json, "version", manifest->version);
    base_json_put_i64(json, "sequence", manifest->sequence);
    base_json_put_text(json, "address", address);
    base_json_put_text(json, "module_hash", module);
    base_json_put_text(json, "signed_by", package->is_signed ? package->signed_by : NULL);
    base_json_put_text(json, "key", package->is_signed ? key : NULL);
    base_json_put_text(json, "comment", package->is_signed ? package->comment : NULL);
    base_json_put_text(json, "warning", package->warning[0] != '\0' ? package->warning : NULL);
}

/* minisign parts what it says by tabs. */
static void print_comment(const char *comment)
{
    char text[PACKAGE_COMMENT_MAX + 1];

    snprintf(text, sizeof(text), "%s", comment);
    for (char *at = text; *at != '\0'; at++)
        if (*at == '\t')
            *at = ' ';
    cli_put(stdout, text);
    printf("\n");
}

static void print_fine(const struct cli *cli, const struct package *package)
{
    struct base_buffer json = {0};
    char address[HEX_SIZE];

    if (cli->is_json) {
        const struct base_json *capabilities = base_json_member(package->manifest.root, "capabilities");

        base_json_open(&json, NULL, '{');
        base_json_put_bool(&json, "ok", true);
        cli_package_put(&json, package);
        if (capabilities != NULL)
            base_json_put(&json, "capabilities", capabilities);
        base_json_close(&json, '}');
        printf("%s\n", base_buffer_text(&json));
        base_buffer_fini(&json);
        return;
    }
    base_hex(package->identity.address, BASE_HASH_SIZE, address);
    printf("%s  %s\n", package->manifest.name, address);
    if (package->is_signed) {
        printf(cli_say(cli, "签名有效：%s\n受信注释：", "signed by: %s\ntrusted comment: "), package->signed_by);
        print_comment(package->comment);
    } else {
        printf("%s\n", cli_say(cli, "没有签名：只能用于开发", "not signed: for development alone"));
    }
    if (package->warning[0] != '\0')
        cli_tell(cli, cli_say(cli, "注意：%s", "note: %s"), package->warning);
}

/* --public-key trusts one key with everything, as minisign -P does. */
static int trust_one(const struct cli *cli, const char *text, struct package_trust *trust)
{
    char json[512], message[PACKAGE_TEXT_SIZE];
    int size = snprintf(json, sizeof(json), "{\"keys\":[{\"public_key\":\"%.100s\",\"name\":\"%.60s\",\"prefixes\":[\"*\"],\"capabilities\":[\"*\"]}]}",
                        text, text);

    if (strpbrk(text, "\"\\") == NULL && package_trust_read(json, (size_t)size, "--public-key", trust, message) == OD_OK)
        return CLI_DONE;
    cli_tell(cli, "%s", cli_say(cli, "--public-key 应为 minisign 公钥中以 RW 开头的一行",
                                "--public-key must be the line that begins with RW of a minisign public key"));
    return CLI_USAGE;
}

static int read_trust(const struct cli *cli, struct package_trust *trust)
{
    const char *file = cli_option(cli, "--trust"), *key = cli_option(cli, "--public-key");
    char message[PACKAGE_TEXT_SIZE];

    if (file != NULL && key != NULL) {
        cli_tell(cli, "%s", cli_say(cli, "--trust 与 --public-key 只能给出一个", "give --trust or --public-key, not both"));
        return CLI_USAGE;
    }
    if (key != NULL)
        return trust_one(cli, key, trust);
    if (file == NULL || package_trust_load(file, trust, message) == OD_OK)
        return CLI_DONE;
    cli_tell(cli, "%s", message);
    return access(file, F_OK) != 0 ? CLI_NOT_FOUND : CLI_REFUSED;
}

int cli_package_verify(struct cli *cli, const char *path, struct package *package)
{
    struct package_trust trust = {.keys = NULL};
    struct package_refusal refusal = {.code = ""};
    struct package_policy policy = {.trust = &trust, .may_be_unsigned = cli_option(cli, "--unsigned") != NULL,
                                    .today = (int32_t)(base_wall_ms() / DAY_MS)};
    int end = base_hash_init() == OD_OK ? read_trust(cli, &trust) : CLI_FAILED;

    if (end == CLI_DONE)
        end = cli_package_read(cli, path, &package->bundle);
    if (end == CLI_DONE) {
        int rc = package_verify(package, NULL, PACKAGE_PART_WHOLE, &policy, &refusal);
        end = rc == OD_OK ? CLI_DONE : cli_package_refuse(cli, rc, &refusal);
    }
    package_trust_fini(&trust);
    return end;
}

int cli_plugin_verify(struct cli *cli)
{
    struct package package = {.is_signed = false};
    int end = cli_package_verify(cli, cli->operands[0], &package);

    if (end == CLI_DONE)
        print_fine(cli, &package);
    package_fini(&package);
    return end;
}
