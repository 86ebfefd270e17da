/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/evidence.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/number.h"
#include "cli/text.h"
#include "cli/verbs.h"
#include "evidence/seal.h"

/* What kind of fault it is, for people who read Chinese; the sentence itself follows. */
static const char *const faults_zh[EVIDENCE_FAULTS] = {
    [EVIDENCE_FAULT_NONE] = "",
    [EVIDENCE_FAULT_SEQ] = "缺少记录或次序被改动",
    [EVIDENCE_FAULT_HASH] = "记录或其散列被改动",
    [EVIDENCE_FAULT_LINK] = "记录与该办件的上一条记录不相接",
    [EVIDENCE_FAULT_HEAD] = "办件指向的最后一条记录不对",
    [EVIDENCE_FAULT_DOCUMENT] = "申请文书与收到时不同",
    [EVIDENCE_FAULT_ENTRY] = "登记条目与记录不符",
    [EVIDENCE_FAULT_UNREADABLE] = "无法读取",
    [EVIDENCE_FAULT_SIGNATURE] = "签名无效",
    [EVIDENCE_FAULT_KEY] = "签名密钥不受信任",
    [EVIDENCE_FAULT_CHECKPOINT] = "检查点所证明的记录与现有记录不同",
    [EVIDENCE_FAULT_SEQUENCE] = "检查点不相接",
    [EVIDENCE_FAULT_TRUNCATED] = "记录被截断",
    [EVIDENCE_FAULT_BACKDATED] = "记录的时间被倒签",
    [EVIDENCE_FAULT_FILE] = "文件被改动",
    [EVIDENCE_FAULT_STATE] = "重演得到的状态不同",
};

/* -- What is trusted -- */

static int key_add(struct cli_evidence *evidence, const uint8_t key[BASE_SIGN_KEY_SIZE])
{
    struct evidence_anchor *anchor = &evidence->anchor;

    for (size_t i = 0; i < anchor->key_count; i++)
        if (memcmp(anchor->keys[i], key, BASE_SIGN_KEY_SIZE) == 0)
            return CLI_DONE;
    if (anchor->key_count == EVIDENCE_KEYS_MAX) {
        cli_tell(evidence->cli, cli_say(evidence->cli, "密钥最多 %d 个", "at most %d keys"), EVIDENCE_KEYS_MAX);
        return CLI_USAGE;
    }
    memcpy(anchor->keys[anchor->key_count++], key, BASE_SIGN_KEY_SIZE);
    return CLI_DONE;
}

/* A file when there is one of that name, else the key itself. */
static int key_take(struct cli_evidence *evidence, const char *value)
{
    const struct cli *cli = evidence->cli;
    uint8_t key[BASE_SIGN_KEY_SIZE];
    char *bytes = NULL;
    size_t size = strlen(value);
    int end = access(value, F_OK) == 0 ? cli_file_read(cli, value, &bytes, &size) : CLI_DONE;

    if (end == CLI_DONE && evidence_key_read(bytes != NULL ? bytes : value, size, key) != OD_OK) {
        cli_tell(cli, cli_say(cli, "%s：不是公钥（应为 base64、64 位十六进制，或 PEM 文件）",
                              "%s: no public key (base64, 64 hexadecimal digits, or a PEM file)"), value);
        end = CLI_REFUSED;
    }
    base_free(bytes);
    return end == CLI_DONE ? key_add(evidence, key) : end;
}

static struct evidence_checkpoint *checkpoint_room(struct cli_evidence *evidence)
{
    struct evidence_anchor *anchor = &evidence->anchor;
    struct evidence_checkpoint *grown = base_realloc(evidence->checkpoints, (anchor->checkpoint_count + 1) * sizeof(*grown));

    if (grown == NULL)
        return NULL;
    evidence->checkpoints = grown;
    anchor->checkpoints = grown;
    return &grown[anchor->checkpoint_count];
}

/* Each one in a notice, as it was received by mail or by webhook. Returns how many. */
static size_t checkpoints_find(struct cli_evidence *evidence, const char *text)
{
    size_t count = 0;

    for (struct evidence_checkpoint *room; (room = checkpoint_room(evidence)) != NULL && evidence_checkpoint_find(text, room, &text) == OD_OK; count++)
        evidence->anchor.checkpoint_count++;
    return count;
}

static int checkpoint_add(struct cli_evidence *evidence, const struct base_json *json, const char *path)
{
    struct evidence_checkpoint *room = checkpoint_room(evidence);
    const char *notice = base_json_member_text(base_json_member(json, "data"), "text");

    if (room == NULL)
        return CLI_FAILED;
    if (evidence_checkpoint_read(json, room) == OD_OK) {
        evidence->anchor.checkpoint_count++;
        return CLI_DONE;
    }
    if (notice != NULL && checkpoints_find(evidence, notice) > 0)
        return CLI_DONE;
    cli_tell(evidence->cli, cli_say(evidence->cli, "%s：不是检查点（应含 note 与 signature，或为检查点通知的文本）",
                                    "%s: no checkpoint (\"note\" and \"signature\" are due, or the text of a notice of one)"), path);
    return CLI_REFUSED;
}

/* The manifest of a backup: where its journal ends, and its newest checkpoint when there is one. */
static int manifest_add(struct cli_evidence *evidence, const struct base_json *backup, const char *path)
{
    const struct base_json *head = base_json_member(backup, "head"), *checkpoint = base_json_member(backup, "checkpoint");
    const char *digits = base_json_member_text(head, "hash");
    struct evidence_checkpoint *room = checkpoint_room(evidence);
    int64_t seq;

    if (room == NULL)
        return CLI_FAILED;
    *room = (struct evidence_checkpoint){.note = {.number = 0}};
    if (digits == NULL || base_unhex(digits, room->note.hash, BASE_HASH_SIZE) != OD_OK || base_json_i64(base_json_member(head, "seq"), 0, INT64_MAX, &seq) != OD_OK) {
        cli_tell(evidence->cli, cli_say(evidence->cli, "%s：不是备份的清单", "%s: no manifest of a backup"), path);
        return CLI_REFUSED;
    }
    room->note.last = (uint64_t)seq;
    evidence->anchor.checkpoint_count += seq > 0; /* an empty journal has no record to look at */
    return base_json_type(checkpoint) == BASE_JSON_OBJECT ? checkpoint_add(evidence, checkpoint, path) : CLI_DONE;
}

/* One checkpoint, or a list of them under "items", as the hub gives both; the manifest of a backup; the event of a webhook; or the text of a
 * letter. */
static int checkpoints_take(struct cli_evidence *evidence, const char *path)
{
    struct base_json *root = NULL;
    char *bytes = NULL;
    size_t size;
    int end = cli_file_read(evidence->cli, path, &bytes, &size);

    bool is_text = end == CLI_DONE && bytes[strspn(bytes, " \t\r\n")] != '{' && checkpoints_find(evidence, bytes) > 0;
    if (is_text) {
        base_free(bytes);
        return CLI_DONE;
    }
    if (end == CLI_DONE)
        end = cli_json_read(evidence->cli, path, bytes, size, &root);
    const struct base_json *items = base_json_member(root, "items"), *backup = base_json_member(root, "backup");
    if (end == CLI_DONE && backup != NULL)
        end = manifest_add(evidence, backup, path);
    else if (end == CLI_DONE && items == NULL)
        end = checkpoint_add(evidence, root, path);
    for (const struct base_json *item = base_json_first(items); item != NULL && end == CLI_DONE; item = base_json_next(item))
        end = checkpoint_add(evidence, item, path);
    base_json_destroy(root);
    base_free(bytes);
    return end;
}

static int keys_of_checkpoints(struct cli_evidence *evidence)
{
    int end = CLI_DONE;

    for (size_t i = 0; i < evidence->anchor.checkpoint_count && end == CLI_DONE; i++)
        if (evidence->checkpoints[i].note.number > 0)
            end = key_add(evidence, evidence->checkpoints[i].note.key);
    return end;
}

int cli_evidence_begin(const struct cli *cli, struct cli_evidence *evidence, const char *folder)
{
    uint8_t key[BASE_SIGN_KEY_SIZE];
    int end = CLI_DONE;

    evidence->cli = cli;
    for (size_t i = 0; i < cli->given_count && end == CLI_DONE; i++) {
        if (strcmp(cli->given[i].option->name, "--key") == 0)
            end = key_take(evidence, cli->given[i].value);
        else if (strcmp(cli->given[i].option->name, "--against") == 0)
            end = checkpoints_take(evidence, cli->given[i].value);
    }
    if (end == CLI_DONE && evidence->anchor.key_count == 0)
        end = keys_of_checkpoints(evidence);
    if (end == CLI_DONE && evidence->anchor.key_count == 0 && folder != NULL && evidence_public_load(folder, key) == OD_OK)
        end = key_add(evidence, key);
    return end;
}

int cli_evidence_number(const struct cli *cli, const char *text, uint64_t *id)
{
    int32_t day;

    if (base_number_parse(text, id, &day) == OD_OK)
        return CLI_DONE;
    cli_tell(cli, cli_say(cli, "%s 不是办件编号，请核对校验位", "%s is no number of an application; check its last digit"), text);
    return CLI_USAGE;
}

/* -- What was found -- */

static void finding_put(struct base_buffer *json, const struct evidence_finding *finding)
{
    base_json_open(json, NULL, '{');
    base_json_put_text(json, "fault", evidence_fault_name(finding->fault));
    if (finding->seq != 0)
        base_json_put_i64(json, "seq", (int64_t)finding->seq);
    if (finding->application != 0)
        base_json_put_i64(json, "application", (int64_t)finding->application);
    if (finding->checkpoint != 0)
        base_json_put_i64(json, "checkpoint", (int64_t)finding->checkpoint);
    base_json_put_text(json, "detail", finding->detail);
    base_json_close(json, '}');
}

static void finding_print(const struct cli *cli, const struct evidence_finding *finding)
{
    char place[96] = "";

    if (finding->checkpoint != 0)
        snprintf(place, sizeof(place), cli_say(cli, "检查点 %" PRIu64 "：", "checkpoint %" PRIu64 ": "), finding->checkpoint);
    else if (finding->seq != 0)
        snprintf(place, sizeof(place), cli_say(cli, "记录 %" PRIu64 "：", "record %" PRIu64 ": "), finding->seq);
    else if (finding->application != 0)
        snprintf(place, sizeof(place), cli_say(cli, "办件 %" PRIu64 "：", "application %" PRIu64 ": "), finding->application);
    if (cli->language == CLI_ZH_CN)
        cli_tell(cli, "%s%s（%s）：%s", place, faults_zh[finding->fault], evidence_fault_name(finding->fault), finding->detail);
    else
        cli_tell(cli, "%s%s (%s)", place, finding->detail, evidence_fault_name(finding->fault));
}

static int on_finding(void *owner, const struct evidence_finding *finding)
{
    struct cli_evidence *evidence = owner;

    cli_progress_clear(&evidence->bar);
    if (evidence->figures.findings > CLI_EVIDENCE_FINDINGS_MAX)
        return OD_OK;
    if (evidence->cli->is_json)
        finding_put(&evidence->findings, finding);
    else
        finding_print(evidence->cli, finding);
    return OD_OK;
}

static int on_progress(void *owner, uint64_t done, uint64_t total)
{
    struct cli_evidence *evidence = owner;

    if (total > 0)
        cli_progress_show(&evidence->bar, cli_say(evidence->cli, "核验", "verifying"), done, total);
    if (done >= total)
        cli_progress_clear(&evidence->bar);
    return OD_OK;
}

struct evidence_report cli_evidence_report(struct cli_evidence *evidence)
{
    return (struct evidence_report){.on_finding = on_finding, .on_progress = on_progress, .owner = evidence};
}

static void put_key(struct base_buffer *json, const struct evidence_figures *figures)
{
    static const uint8_t none[BASE_SIGN_KEY_SIZE];
    char text[EVIDENCE_KEY_TEXT_SIZE];

    evidence_key_format(figures->key, text);
    base_json_put_text(json, "key", memcmp(figures->key, none, sizeof(none)) != 0 ? text : NULL);
}

static void json_print(struct cli_evidence *evidence)
{
    const struct evidence_figures *figures = &evidence->figures;
    struct base_buffer json = {0};
    char hash[2 * BASE_HASH_SIZE + 1], time[EVIDENCE_TIME_SIZE];

    base_hex(figures->hash, BASE_HASH_SIZE, hash);
    evidence_time_format(figures->last_ms > 0 ? figures->last_ms : 0, time);
    base_json_open(&json, NULL, '{');
    base_json_put_bool(&json, "sound", figures->findings == 0);
    if (figures->number[0] != '\0')
        base_json_put_text(&json, "number", figures->number);
    base_json_put_i64(&json, "records", (int64_t)figures->records);
    base_json_put_i64(&json, "last_seq", (int64_t)figures->last_seq);
    base_json_put_text(&json, "hash", hash);
    base_json_put_text(&json, "last_at", figures->last_ms > 0 ? time : NULL);
    base_json_put_i64(&json, "applications", (int64_t)figures->applications);
    base_json_put_i64(&json, "documents", (int64_t)figures->documents);
    base_json_put_i64(&json, "documents_erased", (int64_t)figures->documents_erased);
    base_json_put_i64(&json, "entries", (int64_t)figures->entries);
    base_json_put_i64(&json, "entries_removed", (int64_t)figures->entries_removed);
    base_json_put_i64(&json, "entries_unquoted", (int64_t)figures->entries_unquoted);
    base_json_put_i64(&json, "checkpoints", (int64_t)figures->checkpoints);
    base_json_put_i64(&json, "sealed_seq", (int64_t)figures->sealed_seq);
    base_json_put_i64(&json, "unsealed", (int64_t)figures->unsealed);
    base_json_put_i64(&json, "against", (int64_t)figures->against);
    base_json_put_bool(&json, "replayed", figures->is_replayed);
    put_key(&json, figures);
    base_json_put_i64(&json, "finding_count", (int64_t)figures->findings);
    base_json_open(&json, "findings", '[');
    if (evidence->findings.size > 0) {
        base_buffer_put(&json, evidence->findings.bytes, evidence->findings.size);
        json.has_item = true;
    }
    base_json_close(&json, ']');
    base_json_close(&json, '}');
    printf("%s\n", base_buffer_text(&json));
    base_buffer_fini(&json);
}

static void figures_print(const struct cli *cli, const struct evidence_figures *figures)
{
    char key[EVIDENCE_KEY_TEXT_SIZE], hash[2 * BASE_HASH_SIZE + 1];

    base_hex(figures->hash, BASE_HASH_SIZE, hash);
    evidence_key_format(figures->key, key);
    if (figures->number[0] != '\0')
        printf(cli_say(cli, "办件 %s\n", "application %s\n"), figures->number);
    printf(cli_say(cli, "记录 %" PRIu64 " 条，办件 %" PRIu64 " 件，文书 %" PRIu64 " 份（已按期清除 %" PRIu64 "），登记条目 %" PRIu64 " 条\n",
                   "%" PRIu64 " records, %" PRIu64 " applications, %" PRIu64 " documents (%" PRIu64 " erased), %" PRIu64 " entries\n"),
           figures->records, figures->applications, figures->documents, figures->documents_erased, figures->entries);
    printf(cli_say(cli, "检查点 %" PRIu64 " 个，覆盖至记录 %" PRIu64 "\n", "%" PRIu64 " checkpoints, up to record %" PRIu64 "\n"), figures->checkpoints,
           figures->sealed_seq);
    if (figures->against > 0)
        printf(cli_say(cli, "另行保存的检查点 %" PRIu64 " 个相符\n", "%" PRIu64 " kept checkpoints hold\n"), figures->against);
    if (figures->is_replayed)
        printf("%s\n", cli_say(cli, "仅由事件重演，状态、日期、决定相同", "replayed from its events alone: same state, dates and decision"));
    printf(cli_say(cli, "末条 %" PRIu64 " 散列 %s\n", "last record %" PRIu64 " hash %s\n"), figures->last_seq, hash);
    if (figures->checkpoints > 0 || figures->number[0] != '\0')
        printf(cli_say(cli, "签名公钥 %s（请与中心公布的公钥核对）\n", "signed by %s (compare it with the key that the center publishes)\n"), key);
}

int cli_evidence_end(struct cli_evidence *evidence, int rc)
{
    const struct cli *cli = evidence->cli;
    uint64_t findings = evidence->figures.findings;

    if (rc != OD_OK) {
        cli_tell(cli, "%s", evidence->text);
        return rc == OD_ENOTFOUND ? CLI_NOT_FOUND : CLI_FAILED;
    }
    if (cli->is_json)
        json_print(evidence);
    else
        figures_print(cli, &evidence->figures);
    if (findings > CLI_EVIDENCE_FINDINGS_MAX && !cli->is_json)
        cli_tell(cli, cli_say(cli, "另有 %" PRIu64 " 处未列出", "%" PRIu64 " more are not listed"), findings - CLI_EVIDENCE_FINDINGS_MAX);
    if (!cli->is_json) {
        cli_put_toned(cli, findings == 0 ? CLI_TONE_GOOD : CLI_TONE_BAD,
                      findings == 0 ? cli_say(cli, "完好", "sound") : cli_say(cli, "不完好", "not sound"), 0);
        printf("\n");
    }
    return findings == 0 ? CLI_DONE : CLI_REFUSED;
}

void cli_evidence_fini(struct cli_evidence *evidence)
{
    base_free(evidence->checkpoints);
    base_buffer_fini(&evidence->findings);
}
