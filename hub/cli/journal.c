/* SPDX-License-Identifier: Apache-2.0 */
/* journal verify, export, replay, checkpoint; bundle verify. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/number.h"
#include "base/time.h"
#include "cli/api.h"
#include "cli/evidence.h"
#include "cli/text.h"
#include "cli/verbs.h"
#include "evidence/seal.h"

static int usage(const struct cli *cli, const char *zh, const char *en)
{
    cli_tell(cli, "%s", cli_say(cli, zh, en));
    return CLI_USAGE;
}

/* -- verify -- */

static int verify_file(struct cli *cli, const char *path)
{
    struct cli_evidence evidence = {.cli = cli};
    int end = cli_evidence_begin(cli, &evidence, NULL);

    if (end == CLI_DONE) {
        struct evidence_report report = cli_evidence_report(&evidence);
        end = cli_evidence_end(&evidence, evidence_verify_file(path, &evidence.anchor, &report, &evidence.figures, evidence.text));
    }
    cli_evidence_fini(&evidence);
    return end;
}

static int verify_store(struct cli *cli, const char *folder)
{
    struct cli_evidence evidence = {.cli = cli};
    int end = cli_evidence_begin(cli, &evidence, folder);

    if (end == CLI_DONE) {
        struct evidence_report report = cli_evidence_report(&evidence);
        end = cli_evidence_end(&evidence, evidence_verify_store(folder, &evidence.anchor, &report, &evidence.figures, evidence.text));
    }
    cli_evidence_fini(&evidence);
    return end;
}

int cli_journal_verify(struct cli *cli)
{
    const char *folder = cli_option(cli, "--data"), *file = cli_option(cli, "--file");

    if ((folder == NULL) == (file == NULL))
        return usage(cli, "请给出 --data 或 --file 之一", "give --data or --file");
    return folder != NULL ? verify_store(cli, folder) : verify_file(cli, file);
}

int cli_bundle_verify(struct cli *cli)
{
    return verify_file(cli, cli->operands[0]);
}

/* -- export -- */

static int on_bytes(void *owner, const char *bytes, size_t size)
{
    return fwrite(bytes, 1, size, owner) == size ? OD_OK : OD_EFULL;
}

static int write_store(struct cli *cli, const char *folder, FILE *file, uint64_t id)
{
    struct store_reader *reader = NULL;
    struct base_sign_pair pair;
    char text[512];
    int rc = evidence_pair_load(folder, &pair, text);

    if (rc == OD_OK)
        rc = store_reader_open(folder, &reader, text);
    if (rc == OD_OK)
        rc = store_reader_hold(reader);
    if (rc == OD_OK) {
        const struct evidence_export wish = {.reader = reader, .pair = &pair, .now_ms = base_wall_ms(),
                                             .has_documents = cli_option(cli, "--documents") != NULL,
                                             .is_without_catalogs = cli_option(cli, "--no-catalog") != NULL, .on_bytes = on_bytes, .owner = file};

        snprintf(text, sizeof(text), "%s", cli_say(cli, "无法导出：没有这件申请，或数据无法读取", "it cannot be exported: there is no such application, or the data cannot be read"));
        rc = id != 0 ? evidence_export_application(&wish, id) : evidence_export_journal(&wish);
        store_reader_release(reader);
    }
    store_reader_close(reader);
    base_sign_pair_fini(&pair);
    if (rc == OD_OK)
        return CLI_DONE;
    cli_tell(cli, "%s", text);
    return rc == OD_ENOTFOUND ? CLI_NOT_FOUND : CLI_FAILED;
}

static int write_hub(struct cli *cli, const char *number, FILE *file)
{
    struct cli_http_answer answer = {0};
    struct base_buffer path = {0};

    cli_api_path(&path, "applications", number, "/bundle");
    cli_api_query(&path, "documents", cli_option(cli, "--documents") != NULL ? "true" : NULL);
    cli_api_query(&path, "catalog", cli_option(cli, "--no-catalog") != NULL ? "false" : NULL);
    int end = cli_api_call(cli, &(struct cli_call){.method = "GET", .path = base_buffer_text(&path)}, &answer, NULL);
    if (end == CLI_DONE && on_bytes(file, answer.body.bytes, answer.body.size) != OD_OK)
        end = CLI_FAILED;
    base_buffer_fini(&path);
    cli_http_answer_fini(&answer);
    return end;
}

/* Under another name until it is whole. */
static int write_to(struct cli *cli, const char *path, uint64_t id)
{
    const char *folder = cli_option(cli, "--data");
    char draft[4096];
    bool is_stdout = strcmp(path, "-") == 0;
    FILE *file = stdout;

    if ((size_t)snprintf(draft, sizeof(draft), "%s.part", path) >= sizeof(draft))
        return usage(cli, "文件名过长", "the name of the file is too long");
    if (!is_stdout && (file = fopen(draft, "wbe")) == NULL) {
        cli_tell(cli, "%s: %s", path, strerror(errno));
        return CLI_FAILED;
    }
    int end = folder != NULL ? write_store(cli, folder, file, id) : write_hub(cli, cli->operands[0], file);
    if (is_stdout)
        return end;
    bool is_whole = fclose(file) == 0 && end == CLI_DONE;
    if (is_whole && rename(draft, path) == 0)
        return CLI_DONE;
    int why = errno;
    remove(draft);
    if (end != CLI_DONE)
        return end;
    cli_tell(cli, "%s: %s", path, strerror(why));
    return CLI_FAILED;
}

int cli_journal_export(struct cli *cli)
{
    const char *output = cli_option(cli, "--output");
    bool is_all = cli_option(cli, "--all") != NULL;
    uint64_t id = 0;

    if (is_all != (cli->operand_count == 0))
        return usage(cli, "请给出一个办件编号，或 --all", "give the number of an application, or --all");
    if (is_all && cli_option(cli, "--data") == NULL)
        return usage(cli, "--all 需要 --data", "--all needs --data");
    int end = is_all ? CLI_DONE : cli_evidence_number(cli, cli->operands[0], &id);
    return end == CLI_DONE ? write_to(cli, output != NULL ? output : "-", id) : end;
}

/* -- replay -- */

struct replay {
    const struct cli *cli;
    uint64_t count, different;
    bool is_one, is_cut;
};

static void replayed_put(const struct evidence_replayed *replayed)
{
    struct base_buffer json = {0};

    base_json_open(&json, NULL, '{');
    base_json_put_i64(&json, "application", (int64_t)replayed->application);
    base_json_put_i64(&json, "events", (int64_t)replayed->events);
    base_json_put_bool(&json, "same", replayed->is_same);
    base_json_put_text(&json, "detail", replayed->detail);
    if (replayed->state != NULL)
        base_json_put_raw(&json, "state", replayed->state, strlen(replayed->state));
    base_json_close(&json, '}');
    printf("%s\n", base_buffer_text(&json));
    base_buffer_fini(&json);
}

static void date_print(const struct base_json *state, const char *label, const char *key)
{
    const char *text = base_json_member_text(state, key);

    if (text != NULL)
        printf("  %s %s\n", label, text);
}

static void replayed_print(const struct cli *cli, const struct evidence_replayed *replayed)
{
    struct base_json_error error;
    struct base_json *state = NULL;

    if (replayed->state == NULL || base_json_parse(replayed->state, strlen(replayed->state), &state, &error) != OD_OK) {
        cli_tell(cli, "%" PRIu64 ": %s", replayed->application, replayed->detail);
        return;
    }
    const char *outcome = base_json_member_text(state, "outcome");
    printf("%s%s%s\n", base_json_member_text(state, "status"), outcome != NULL ? ": " : "", outcome != NULL ? outcome : "");
    date_print(state, cli_say(cli, "收件", "received"), "received_at");
    date_print(state, cli_say(cli, "受理", "accepted"), "accepted_at");
    date_print(state, cli_say(cli, "承诺", "promised"), "promised_date");
    date_print(state, cli_say(cli, "法定", "statutory"), "statutory_date");
    date_print(state, cli_say(cli, "决定", "decided"), "decided_at");
    for (const struct base_json *task = base_json_first(base_json_member(state, "tasks")); task != NULL; task = base_json_next(task)) {
        const char *opinion = base_json_member_text(task, "opinion");

        printf("  %s: %s%s%s\n", base_json_member_text(task, "matter"), base_json_member_text(task, "state"), opinion != NULL ? ", " : "",
               opinion != NULL ? opinion : "");
    }
    base_json_destroy(state);
}

static int on_replayed(void *owner, const struct evidence_replayed *replayed)
{
    struct replay *replay = owner;

    replay->count++;
    replay->different += !replayed->is_same;
    if (replay->cli->is_json && (replay->is_one || !replayed->is_same))
        replayed_put(replayed);
    else if (replay->is_one)
        replayed_print(replay->cli, replayed);
    if (!replay->cli->is_json && !replayed->is_same && !replay->is_cut)
        cli_tell(replay->cli, cli_say(replay->cli, "办件 %" PRIu64 "：%s", "application %" PRIu64 ": %s"), replayed->application, replayed->detail);
    return OD_OK;
}

static int replay_end(const struct replay *replay)
{
    const struct cli *cli = replay->cli;

    if (replay->is_cut)
        return CLI_DONE;
    if (!cli->is_json)
        printf(cli_say(cli, "重演 %" PRIu64 " 件，相同 %" PRIu64 " 件\n", "replayed %" PRIu64 ", the same %" PRIu64 "\n"), replay->count,
               replay->count - replay->different);
    else if (!replay->is_one)
        printf("{\"replayed\":%" PRIu64 ",\"same\":%" PRIu64 "}\n", replay->count, replay->count - replay->different);
    return replay->different == 0 ? CLI_DONE : CLI_REFUSED;
}

int cli_journal_replay(struct cli *cli)
{
    const char *folder = cli_option(cli, "--data");
    struct replay replay = {.cli = cli, .is_one = cli->operand_count == 1, .is_cut = cli_option(cli, "--until") != NULL};
    int64_t until;
    uint64_t id = 0;
    char text[512];

    if ((cli_option(cli, "--all") != NULL) == replay.is_one || folder == NULL)
        return usage(cli, "请给出 --data，以及一个办件编号或 --all", "give --data, and the number of an application or --all");
    if (replay.is_one && cli_evidence_number(cli, cli->operands[0], &id) != CLI_DONE)
        return CLI_USAGE;
    if (cli_option_integer(cli, "--until", 1, INT64_MAX, INT64_MAX, &until) != OD_OK)
        return CLI_USAGE;
    int rc = evidence_replay(folder, id, (uint64_t)until, on_replayed, &replay, text);
    if (rc == OD_OK)
        return replay_end(&replay);
    cli_tell(cli, "%s", text);
    return rc == OD_ENOTFOUND ? CLI_NOT_FOUND : CLI_FAILED;
}

/* -- checkpoint -- */

int cli_journal_checkpoint(struct cli *cli)
{
    struct cli_http_answer answer = {0};
    struct base_json *json = NULL;
    struct base_buffer path = {0};
    bool is_new = cli_option(cli, "--new") != NULL, is_newest = cli->operand_count == 0 && !is_new;

    if (is_new && cli->operand_count > 0)
        return usage(cli, "--new 不带编号", "--new takes no number");
    if (cli->operand_count == 0)
        base_buffer_put_text(&path, is_new ? "/v1/checkpoints" : "/v1/checkpoints?limit=1");
    else
        cli_api_path(&path, "checkpoints", cli->operands[0], "");
    int end = cli_api_call(cli, &(struct cli_call){.method = is_new ? "POST" : "GET", .path = base_buffer_text(&path)}, &answer, &json);
    const struct base_json *found = is_newest ? base_json_first(base_json_member(json, "items")) : json;
    if (end == CLI_DONE && found == NULL) {
        cli_tell(cli, "%s", cli_say(cli, "还没有检查点", "there is no checkpoint yet"));
        end = CLI_NOT_FOUND;
    }
    if (end == CLI_DONE) { /* for people, too: it is to be kept as it is */
        struct base_buffer text = {0};

        base_json_put(&text, NULL, found);
        printf("%s\n", base_buffer_text(&text));
        base_buffer_fini(&text);
    }
    base_json_destroy(json);
    base_buffer_fini(&path);
    cli_http_answer_fini(&answer);
    return end;
}
