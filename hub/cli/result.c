/* SPDX-License-Identifier: Apache-2.0 */
/* result, verify-result: the signed document of a result, and whether it is one (offline). */
#include <stdio.h>
#include <string.h>

#include "base/hash.h"
#include "base/memory.h"
#include "base/sign.h"
#include "cli/api.h"
#include "cli/verbs.h"
#include "cli/view.h"

#define FORMAT "onedoor-result-1" /* first word of what is signed */

static const char *text_of(const struct base_json *object, const char *key)
{
    const char *text = base_json_member_text(object, key);

    return text != NULL ? text : "";
}

/* The document as it came. */
int cli_result(struct cli *cli)
{
    struct base_buffer path = {0};
    struct cli_http_answer answer = {0};

    cli_api_path(&path, "applications", cli->operands[0], "/result");
    int rc = cli_api_get(cli, base_buffer_text(&path), &answer, NULL);
    if (rc == CLI_DONE)
        cli_api_print_raw(&answer);
    cli_http_answer_fini(&answer);
    base_buffer_fini(&path);
    return rc;
}

/* -- Verifying, offline -- */

enum fault { FAULT_NONE = 0, FAULT_FORM, FAULT_CHANGED, FAULT_SIGNATURE, FAULT_OTHER_KEY };

static const struct {
    const char *code, *zh, *en;
} faults[] = {
    [FAULT_NONE] = {"", "", ""},
    [FAULT_FORM] = {"form", "不是结果文书：缺少 format、result 或 signature", "this is no result document: format, result or signature is missing"},
    [FAULT_CHANGED] = {"changed", "文书内容在签名之后被改动", "the document was changed after it was signed"},
    [FAULT_SIGNATURE] = {"signature", "签名无效", "the signature is not valid"},
    [FAULT_OTHER_KEY] = {"other_key", "签名者不是所给的公钥", "it was signed by another key than the one given"},
};

/* What was signed: the canonical form's hash, worked out anew. */
static enum fault document_check(const struct base_json *document, uint8_t key[BASE_SIGN_KEY_SIZE], char hash[2 * BASE_HASH_SIZE + 1])
{
    const struct base_json *result = base_json_member(document, "result"), *signature = base_json_member(document, "signature");
    uint8_t value[BASE_SIGN_SIZE], digest[BASE_HASH_SIZE];
    char line[sizeof(FORMAT) + 2 * BASE_HASH_SIZE + 2];
    struct base_buffer text = {0};

    if (strcmp(text_of(document, "format"), FORMAT) != 0 || base_json_type(result) != BASE_JSON_OBJECT ||
        strcmp(text_of(signature, "algorithm"), "Ed25519") != 0 || base_unhex(text_of(signature, "key"), key, BASE_SIGN_KEY_SIZE) != OD_OK ||
        base_unhex(text_of(signature, "value"), value, sizeof(value)) != OD_OK)
        return FAULT_FORM;
    base_json_put(&text, NULL, result);
    bool is_hashed = !text.is_broken && base_json_canonical_hash(text.bytes, text.size, digest) == OD_OK;
    base_buffer_fini(&text);
    if (!is_hashed)
        return FAULT_FORM;
    base_hex(digest, sizeof(digest), hash);
    if (strcmp(text_of(signature, "sha256"), hash) != 0)
        return FAULT_CHANGED;
    int size = snprintf(line, sizeof(line), FORMAT " %s\n", hash);
    return base_sign_is_by(key, line, (size_t)size, value) ? FAULT_NONE : FAULT_SIGNATURE;
}

/* The key of --key: 64 hexadecimal digits, or a file that holds them. Returns CLI_DONE, CLI_USAGE or what the file says. */
static int key_read(const struct cli *cli, uint8_t key[BASE_SIGN_KEY_SIZE])
{
    const char *given = cli_option(cli, "--key");
    char digits[2 * BASE_SIGN_KEY_SIZE + 1] = "", *bytes = NULL;
    size_t size = 0;

    if (base_unhex(given, key, BASE_SIGN_KEY_SIZE) == OD_OK)
        return CLI_DONE;
    int rc = cli_file_read(cli, given, &bytes, &size);
    if (rc != CLI_DONE)
        return rc;
    for (size_t at = 0; at + 2 * BASE_SIGN_KEY_SIZE <= size && digits[0] == '\0'; at++)
        if (strspn(bytes + at, "0123456789abcdef") == 2 * BASE_SIGN_KEY_SIZE)
            snprintf(digits, sizeof(digits), "%.64s", bytes + at);
    base_free(bytes);
    if (base_unhex(digits, key, BASE_SIGN_KEY_SIZE) == OD_OK)
        return CLI_DONE;
    cli_tell(cli, cli_say(cli, "%s 不是公钥：须为 64 位十六进制，或含有它的文件", "%s is no public key: 64 hexadecimal digits, or a file that holds them"), given);
    return CLI_USAGE;
}

static void verified_print(const struct cli *cli, const struct base_json *document, const char *hash, bool is_key_given)
{
    const struct base_json *result = base_json_member(document, "result");
    const char *key = text_of(base_json_member(document, "signature"), "key");
    struct base_buffer json = {0};

    if (cli->is_json) {
        base_json_open(&json, NULL, '{');
        base_json_put_bool(&json, "ok", true);
        base_json_put_text(&json, "number", text_of(result, "number"));
        base_json_put_text(&json, "sha256", hash);
        base_json_put_text(&json, "key", key);
        base_json_put_bool(&json, "key_given", is_key_given);
        base_json_close(&json, '}');
        printf("%s\n", base_buffer_text(&json));
        base_buffer_fini(&json);
    } else {
        cli_view_line(cli, "编号", "number", text_of(result, "number"));
        cli_view_line(cli, "申请人", "applicant", text_of(base_json_member(result, "applicant"), "name"));
        cli_view_line(cli, "决定", "outcome", cli_word(cli, base_json_member_text(base_json_member(result, "decision"), "outcome")));
        cli_view_line(cli, "出具时间", "issued", text_of(result, "issued_at"));
        cli_view_line(cli, "签名公钥", "signed by", key);
        printf("%s\n", cli_say(cli, "文书完整，签名有效", "the document is whole and its signature valid"));
    }
    if (!is_key_given)
        cli_tell(cli, "%s", cli_say(cli, "未给出 --key：请将上面的公钥与中心公布的公钥核对", "no --key was given: compare the key above with the one that the center publishes"));
}

static int refuse(const struct cli *cli, enum fault fault)
{
    struct base_buffer json = {0};

    if (cli->is_json) {
        base_json_open(&json, NULL, '{');
        base_json_put_bool(&json, "ok", false);
        base_json_put_text(&json, "code", faults[fault].code);
        base_json_close(&json, '}');
        printf("%s\n", base_buffer_text(&json));
        base_buffer_fini(&json);
    } else {
        cli_tell(cli, "%s", cli_say(cli, faults[fault].zh, faults[fault].en));
    }
    return CLI_REFUSED;
}

int cli_verify_result(struct cli *cli)
{
    uint8_t given[BASE_SIGN_KEY_SIZE], key[BASE_SIGN_KEY_SIZE];
    char *bytes = NULL, hash[2 * BASE_HASH_SIZE + 1] = "";
    struct base_json *document = NULL;
    bool is_key_given = cli_option(cli, "--key") != NULL;
    size_t size = 0;
    int rc = base_hash_init() == OD_OK ? CLI_DONE : CLI_FAILED;

    if (rc == CLI_DONE && is_key_given)
        rc = key_read(cli, given);
    if (rc == CLI_DONE)
        rc = cli_file_read(cli, cli->operands[0], &bytes, &size);
    if (rc == CLI_DONE)
        rc = cli_json_read(cli, cli->operands[0], bytes, size, &document);
    if (rc == CLI_DONE) {
        enum fault fault = document_check(document, key, hash);

        if (fault == FAULT_NONE && is_key_given && memcmp(given, key, sizeof(key)) != 0)
            fault = FAULT_OTHER_KEY;
        if (fault == FAULT_NONE)
            verified_print(cli, document, hash, is_key_given);
        else
            rc = refuse(cli, fault);
    }
    base_json_destroy(document);
    base_free(bytes);
    return rc;
}
