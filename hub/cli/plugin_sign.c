/* SPDX-License-Identifier: Apache-2.0 */
/* plugin sign and plugin key: keys and signatures in minisign's format. The password of a key
 * comes from the terminal, unseen, or from the first line of stdin. */
#include "cli/package.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/time.h"
#include "cli/text.h"
#include "cli/verbs.h"

#define PATH_SIZE 4096

/* One line into password, without its end. */
static bool take_line(FILE *file, char password[PACKAGE_PASSWORD_MAX + 2])
{
    if (fgets(password, PACKAGE_PASSWORD_MAX + 2, file) == NULL)
        return false;
    size_t size = strcspn(password, "\r\n");
    password[size] = '\0';
    return size <= PACKAGE_PASSWORD_MAX;
}

static bool ask_terminal(const char *question, char password[PACKAGE_PASSWORD_MAX + 2])
{
    struct termios before, silent;

    if (tcgetattr(STDIN_FILENO, &before) != 0)
        return false;
    silent = before;
    silent.c_lflag &= ~(tcflag_t)ECHO;
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
    fprintf(stderr, "%s", question); /* whoever waits for it types unseen */
    bool is_taken = take_line(stdin, password);
    tcsetattr(STDIN_FILENO, TCSADRAIN, &before);
    fprintf(stderr, "\n");
    return is_taken;
}

static bool ask_password(const struct cli *cli, bool is_new, char password[PACKAGE_PASSWORD_MAX + 2])
{
    char again[PACKAGE_PASSWORD_MAX + 2];

    if (!isatty(STDIN_FILENO))
        return take_line(stdin, password);
    if (!ask_terminal(cli_say(cli, "密钥口令：", "Password of the key: "), password))
        return false;
    bool is_same = !is_new || (ask_terminal(cli_say(cli, "再输一次：", "The same again: "), again) && strcmp(password, again) == 0);
    package_wipe(again, sizeof(again));
    if (!is_same)
        cli_tell(cli, "%s", cli_say(cli, "两次输入不同", "these are not the same"));
    return is_same;
}

static int read_key(const struct cli *cli, const char *path, struct package_secret_key *key)
{
    char password[PACKAGE_PASSWORD_MAX + 2] = "", *bytes = NULL;
    size_t size = 0;
    bool needs_password = false;
    int end = cli_file_read(cli, path, &bytes, &size);

    if (end != CLI_DONE)
        return end;
    int rc = package_secret_key_read(bytes, size, NULL, &needs_password, key);
    if (rc == OD_EDENIED && ask_password(cli, false, password))
        rc = package_secret_key_read(bytes, size, password, &needs_password, key);
    package_wipe(password, sizeof(password));
    package_wipe(bytes, size);
    base_free(bytes);
    if (rc == OD_OK)
        return CLI_DONE;
    if (rc == OD_EDENIED)
        return cli_package_refuse_with(cli, "password", "The password does not open this key.");
    if (rc == OD_ENOMEM) {
        cli_tell(cli, "%s", cli_say(cli, "内存不足：打开该密钥需要约 1 GiB", "no memory left: this key needs about 1 GiB to be opened"));
        return CLI_FAILED;
    }
    return cli_package_refuse_with(cli, "key", "This is no secret key of minisign; make one with \"onedoor plugin key new\".");
}

/* The manifest must name the files, or the signature would cover none of them. */
static int check_package(const struct cli *cli, struct package *package)
{
    const struct package_policy policy = {.may_be_unsigned = true};
    struct package unsigned_one = {.bundle = package->bundle};
    struct package_refusal refusal;
    struct package_bundle *bundle = &unsigned_one.bundle;

    for (size_t i = 0; i < bundle->count; i++) /* a signature that was there is replaced, whoever made it */
        if (strcmp(bundle->entries[i].name, PACKAGE_SIGNATURE_NAME) == 0) {
            base_free(bundle->entries[i].bytes);
            bundle->count--;
            memmove(&bundle->entries[i], &bundle->entries[i + 1], (bundle->count - i) * sizeof(bundle->entries[0]));
        }
    *package = unsigned_one;
    int rc = package_verify(package, NULL, PACKAGE_PART_WHOLE, &policy, &refusal);
    if (rc != OD_OK)
        return cli_package_refuse(cli, rc, &refusal);
    if (package->manifest.has_files)
        return CLI_DONE;
    return cli_package_refuse_with(cli, "unlisted", "The manifest does not list its files; pack the module with \"onedoor plugin pack\" and sign the package.");
}

static int put_signature(const struct cli *cli, const struct package_secret_key *key, struct package *package, struct base_buffer *signature)
{
    const struct package_entry *manifest = package_bundle_find(&package->bundle, PACKAGE_MANIFEST_NAME);
    const char *comment = cli_option(cli, "--comment");
    char usual[160];

    snprintf(usual, sizeof(usual), "timestamp:%lld\tfile:" PACKAGE_MANIFEST_NAME "\thashed\t%s", (long long)(base_wall_ms() / 1000),
             package->manifest.name);
    int rc = package_sign(key, manifest->bytes, manifest->size, true, comment != NULL ? comment : usual, signature);
    if (rc == OD_EINVAL) {
        cli_tell(cli, cli_say(cli, "--comment 应为一行，至多 %d 字节", "--comment must be one line of at most %d bytes"), PACKAGE_COMMENT_MAX);
        return CLI_USAGE;
    }
    char *copy = rc == OD_OK ? base_copy_text(signature->bytes, signature->size) : NULL;
    if (copy == NULL) {
        cli_tell(cli, "%s", cli_say(cli, "内存不足", "no memory left"));
        return CLI_FAILED;
    }
    return package_bundle_put(&package->bundle, PACKAGE_SIGNATURE_NAME, copy, signature->size) == OD_OK
               ? CLI_DONE
               : cli_package_refuse_with(cli, "limit", "The package holds too many files.");
}

/* Of a folder the signature alone is new; a package file is written anew. */
static int write_signed(const struct cli *cli, const char *path, const struct package *package, const struct base_buffer *signature)
{
    struct base_buffer packed = {0};
    struct stat about;
    char file[PATH_SIZE];
    size_t lead = strlen(path);

    if (stat(path, &about) == 0 && S_ISREG(about.st_mode) && strcmp(path + (lead > 13 ? lead - 13 : 0), PACKAGE_MANIFEST_NAME) != 0) {
        int rc = package_bundle_pack(&package->bundle, &packed);
        int end = rc == OD_OK ? cli_package_write(cli, path, 0644, false, packed.bytes, packed.size) : CLI_FAILED;
        base_buffer_fini(&packed);
        return end;
    }
    snprintf(file, sizeof(file), S_ISREG(about.st_mode) ? "%s.minisig" : "%s/" PACKAGE_SIGNATURE_NAME, path);
    return cli_package_write(cli, file, 0644, false, signature->bytes, signature->size);
}

static void print_signed(const struct cli *cli, const char *path, const struct package *package, const struct package_secret_key *key)
{
    struct base_buffer json = {0};
    char id[17];

    package_key_id_put(key->id, id);
    if (cli->is_json) {
        base_json_open(&json, NULL, '{');
        base_json_put_bool(&json, "ok", true);
        base_json_put_text(&json, "file", path);
        base_json_put_text(&json, "module", package->manifest.name);
        base_json_put_text(&json, "key", id);
        base_json_close(&json, '}');
        printf("%s\n", base_buffer_text(&json));
        base_buffer_fini(&json);
        return;
    }
    printf(cli_say(cli, "%s 已用密钥 %s 签名\n", "%s signed with key %s\n"), path, id);
}

int cli_plugin_sign(struct cli *cli)
{
    const char *path = cli->operands[0], *key_path = cli_option(cli, "--key");
    struct package package = {.is_signed = false};
    struct package_secret_key key = {.id = {0}};
    struct base_buffer signature = {0};

    if (key_path == NULL) {
        cli_tell(cli, "%s", cli_say(cli, "缺少 --key：签名用的密钥文件", "--key is missing: the file of the secret key"));
        return CLI_USAGE;
    }
    int end = base_hash_init() == OD_OK ? cli_package_read(cli, path, &package.bundle) : CLI_FAILED;
    if (end == CLI_DONE)
        end = check_package(cli, &package);
    if (end == CLI_DONE)
        end = read_key(cli, key_path, &key);
    if (end == CLI_DONE)
        end = put_signature(cli, &key, &package, &signature);
    if (end == CLI_DONE)
        end = write_signed(cli, path, &package, &signature);
    if (end == CLI_DONE)
        print_signed(cli, path, &package, &key);
    package_secret_key_fini(&key);
    base_buffer_fini(&signature);
    package_fini(&package);
    return end;
}

static void print_key(const struct cli *cli, const char *name, const struct package_public_key *key)
{
    struct base_buffer json = {0};
    char text[PACKAGE_KEY_TEXT_SIZE];

    package_public_key_put(key, text);
    if (cli->is_json) {
        base_json_open(&json, NULL, '{');
        base_json_put_text(&json, "public_key", text);
        base_json_put_text(&json, "name", name);
        base_json_close(&json, '}');
        printf("%s\n", base_buffer_text(&json));
        base_buffer_fini(&json);
        return;
    }
    printf("%s\n", text);
    cli_tell(cli, cli_say(cli, "私钥 %s.key（妥善保管），公钥 %s.pub", "secret key %s.key (keep it to yourself), public key %s.pub"), name, name);
}

static int write_pair(const struct cli *cli, const char *name, const struct package_secret_key *secret, const struct package_public_key *key,
                      const char *password)
{
    struct base_buffer buffer = {0};
    char path[PATH_SIZE];

    if (package_secret_key_put(secret, password, &buffer) != OD_OK) {
        cli_tell(cli, "%s", cli_say(cli, "内存不足：加密密钥需要约 1 GiB", "no memory left: a key with a password needs about 1 GiB"));
        base_buffer_fini(&buffer);
        return CLI_FAILED;
    }
    snprintf(path, sizeof(path), "%s.key", name);
    int end = cli_package_write(cli, path, 0600, true, buffer.bytes, buffer.size);
    package_wipe(buffer.bytes, buffer.size);
    base_buffer_clear(&buffer);
    if (end == CLI_DONE) {
        package_public_key_file_put(key, &buffer);
        snprintf(path, sizeof(path), "%s.pub", name);
        end = buffer.is_broken ? CLI_FAILED : cli_package_write(cli, path, 0644, true, buffer.bytes, buffer.size);
    }
    base_buffer_fini(&buffer);
    return end;
}

int cli_plugin_key(struct cli *cli)
{
    static const char *const acts[] = {"new", NULL};
    const char *name = cli_option(cli, "--output") != NULL ? cli_option(cli, "--output") : "module";
    bool has_password = cli_option(cli, "--no-password") == NULL;
    struct package_secret_key secret;
    struct package_public_key key;
    char password[PACKAGE_PASSWORD_MAX + 2] = "";

    if (!cli_is_one_of(cli, cli->operands[0], acts))
        return CLI_USAGE;
    if (has_password && !ask_password(cli, true, password)) {
        cli_tell(cli, "%s", cli_say(cli, "没有口令；不要口令请加 --no-password", "no password was given; without one, say --no-password"));
        return CLI_USAGE;
    }
    if (base_hash_init() != OD_OK)
        return CLI_FAILED;
    package_key_create(&secret, &key);
    int end = write_pair(cli, name, &secret, &key, has_password ? password : NULL);
    package_secret_key_fini(&secret);
    package_wipe(password, sizeof(password));
    if (end == CLI_DONE)
        print_key(cli, name, &key);
    return end;
}
