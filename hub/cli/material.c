/* SPDX-License-Identifier: Apache-2.0 */
/* preview: what a submission would become; material: documents up, down and listed. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/memory.h"
#include "cli/api.h"
#include "cli/table.h"
#include "cli/verbs.h"
#include "cli/words.h"

/* -- preview -- */

static void tasks_print(const struct cli *cli, const struct base_json *preview)
{
    static const struct cli_column columns[] = {{{{"顺序", "order"}}, 0}, {{{"部门", "department"}}, 0}, {{{"事项", "matter"}}, 0},
                                                {{{"承诺", "promised"}}, 0}, {{{"原因", "reason"}}, 1}};
    struct cli_table table;

    cli_table_init(cli, &table, columns, 5);
    for (const struct base_json *task = base_json_first(base_json_member(preview, "tasks")); task != NULL; task = base_json_next(task)) {
        int64_t order = 0;
        char number[24];

        if (base_json_i64(base_json_member(task, "order"), 0, INT32_MAX, &order) != OD_OK)
            order = 0;
        snprintf(number, sizeof(number), "%lld", (long long)order);
        cli_table_add(&table, CLI_TONE_NONE, number);
        cli_table_add(&table, CLI_TONE_NONE, cli_text_of(cli, base_json_member(task, "department_name")));
        cli_table_add(&table, CLI_TONE_NONE, cli_text_of(cli, base_json_member(task, "matter_name")));
        cli_table_add(&table, CLI_TONE_NONE, base_json_member_text(task, "promised_date"));
        cli_table_add(&table, CLI_TONE_NONE, cli_text_of(cli, base_json_member(task, "reason_text")));
    }
    cli_table_print(cli, &table);
    cli_table_fini(&table);
}

/* What is not computed yet says which field it needs. */
static void fees_print(const struct cli *cli, const struct base_json *fees)
{
    static const struct cli_column columns[] = {{{{"费用", "fee"}}, 0}, {{{"标准", "standard"}}, 0}, {{{"减免", "exempted"}}, 0},
                                                {{{"应缴", "due"}}, 0}, {{{"币种", "currency"}}, 0}, {{{"需填写", "needs"}}, 1}};
    static const char *const members[] = {"standard", "exempted", "due", "currency", "needs"};
    struct cli_table table;

    if (base_json_first(base_json_member(fees, "lines")) == NULL)
        return;
    cli_table_init(cli, &table, columns, 6);
    for (const struct base_json *line = base_json_first(base_json_member(fees, "lines")); line != NULL; line = base_json_next(line)) {
        cli_table_add(&table, CLI_TONE_NONE, cli_text_of(cli, base_json_member(line, "name")));
        for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
            cli_table_add(&table, CLI_TONE_NONE, base_json_member_text(line, members[i]));
    }
    cli_table_print(cli, &table);
    cli_table_fini(&table);
}

static void line_print(const char *lead, const char *text)
{
    if (text == NULL || *text == '\0')
        return;
    fputs(lead, stdout);
    cli_put(stdout, text);
    putchar('\n');
}

static void preview_print(const struct cli *cli, const struct base_json *preview)
{
    const struct base_json *duplicate = base_json_member(preview, "duplicate"), *reuse = base_json_member(preview, "reuse");

    line_print("", cli_text_of(cli, base_json_member(preview, "words")));
    if (base_json_first(base_json_member(preview, "tasks")) != NULL)
        tasks_print(cli, preview);
    fees_print(cli, base_json_member(preview, "fees"));
    for (const struct base_json *item = base_json_first(base_json_member(preview, "missing")); item != NULL; item = base_json_next(item))
        line_print(cli_say(cli, "缺少：", "missing: "), cli_text_of(cli, base_json_member(item, "name")));
    for (const struct base_json *item = base_json_first(base_json_member(preview, "errors")); item != NULL; item = base_json_next(item)) {
        line_print("", base_json_member_text(item, "pointer"));
        line_print("  ", base_json_member_text(item, "detail"));
    }
    line_print(cli_say(cli, "可能重复：", "possible duplicate: "), base_json_member_text(duplicate, "number"));
    for (const struct base_json *item = base_json_first(base_json_member(reuse, "materials")); item != NULL; item = base_json_next(item)) {
        line_print(cli_say(cli, "仍然有效：", "still valid: "), base_json_member_text(item, "material"));
        line_print("  sha256 ", base_json_member_text(item, "sha256"));
    }
    for (const struct base_json *item = base_json_first(base_json_member(reuse, "opinions")); item != NULL; item = base_json_next(item)) {
        bool may_reuse = base_json_is_true(base_json_member(item, "may_reuse"));

        line_print(may_reuse ? cli_say(cli, "意见可沿用：", "opinion that may stand: ") : cli_say(cli, "已有意见：", "opinion of before: "),
                   base_json_member_text(item, "matter"));
        line_print("  ", base_json_member_text(item, "number"));
    }
}

int cli_preview(struct cli *cli)
{
    struct base_buffer path = {0};
    struct cli_http_answer answer = {0};
    struct base_json *given = NULL, *json = NULL;
    char *bytes = NULL;
    size_t size = 0;
    int rc = cli_file_read(cli, cli->operands[0], &bytes, &size);

    if (rc == CLI_DONE)
        rc = cli_json_read(cli, cli->operands[0], bytes, size, &given);
    if (rc == CLI_DONE && base_json_member_text(given, "service") == NULL) {
        cli_tell(cli, "%s", cli_say(cli, "文件中缺少 service", "the file names no service"));
        rc = CLI_REFUSED;
    }
    if (rc == CLI_DONE) {
        cli_api_path(&path, "services", base_json_member_text(given, "service"), "/preview");
        rc = cli_api_call(cli, &(struct cli_call){.method = "POST", .path = base_buffer_text(&path), .body = bytes, .body_size = size},
                          &answer, &json);
    }
    if (rc == CLI_DONE && cli->is_json)
        cli_api_print_raw(&answer);
    else if (rc == CLI_DONE)
        preview_print(cli, json);
    base_json_destroy(given);
    base_json_destroy(json);
    base_free(bytes);
    cli_http_answer_fini(&answer);
    base_buffer_fini(&path);
    return rc;
}

/* -- material add -- */

static const char *name_of(const struct cli *cli)
{
    const char *path = cli->operands[0], *slash = strrchr(path, '/');

    if (cli_option(cli, "--name") != NULL)
        return cli_option(cli, "--name");
    return slash != NULL ? slash + 1 : path;
}

static int file_open(const struct cli *cli, FILE **file, size_t *size)
{
    struct stat about;

    *file = fopen(cli->operands[0], "rb");
    if (*file == NULL || fstat(fileno(*file), &about) != 0 || !S_ISREG(about.st_mode)) {
        cli_tell(cli, "%s: %s", cli->operands[0], *file == NULL ? strerror(errno) : cli_say(cli, "不是文件", "it is no file"));
        return *file == NULL && errno == ENOENT ? CLI_NOT_FOUND : CLI_FAILED;
    }
    *size = (size_t)about.st_size;
    return CLI_DONE;
}

static void added_print(const struct cli *cli, const struct cli_http_answer *answer, const struct base_json *json)
{
    if (cli->is_json) {
        cli_api_print_raw(answer);
        return;
    }
    line_print("id      ", base_json_member_text(json, "id"));
    line_print("sha256  ", base_json_member_text(json, "sha256"));
    line_print(cli_say(cli, "类型    ", "type    "), base_json_member_text(json, "media_type"));
    if (base_json_is_true(base_json_member(json, "supplied")))
        cli_tell(cli, "%s", cli_say(cli, "已作为补正材料收下", "it was asked for and is the supplement"));
}

static int send(const struct cli *cli, FILE *file, size_t size)
{
    struct base_buffer path = {0}, type = {0};
    struct cli_http_answer answer = {0};
    struct base_json *json = NULL;

    if (cli->operand_count == 3)
        cli_api_path(&path, "applications", cli->operands[1], "/materials");
    else
        base_buffer_put_text(&path, "/v1/materials");
    cli_api_query(&path, "name", name_of(cli));
    if (cli->operand_count == 3)
        cli_api_query(&path, "material", cli->operands[2]);
    base_buffer_put_format(&type, "Content-Type: %s", cli_option(cli, "--type") != NULL ? cli_option(cli, "--type") : "application/octet-stream");
    int rc = cli_api_call(cli,
                          &(struct cli_call){.method = "POST", .path = base_buffer_text(&path), .file = file, .body_size = size,
                                             .content_type = base_buffer_text(&type)},
                          &answer, &json);
    if (rc == CLI_DONE)
        added_print(cli, &answer, json);
    base_json_destroy(json);
    cli_http_answer_fini(&answer);
    base_buffer_fini(&path);
    base_buffer_fini(&type);
    return rc;
}

int cli_material_add(struct cli *cli)
{
    FILE *file = NULL;
    size_t size = 0;

    if (cli->operand_count == 2) {
        cli_tell(cli, "%s", cli_say(cli, "请写明 NUMBER 和 MATERIAL", "NUMBER and MATERIAL go together"));
        return CLI_USAGE;
    }
    int rc = file_open(cli, &file, &size);
    if (rc == CLI_DONE)
        rc = send(cli, file, size);
    if (file != NULL)
        fclose(file);
    return rc;
}

/* -- material list -- */

static void versions_print(const struct cli *cli, const struct base_json *items)
{
    static const struct cli_column columns[] = {{{{"编号", "id"}}, 0}, {{{"状态", "state"}}, 0}, {{{"字节", "bytes"}}, 0}, {{{"类型", "type"}}, 2},
                                                {{{"文件名", "name"}}, 0}, {{{"上传", "uploaded"}}, 1}};
    struct cli_table table;

    cli_table_init(cli, &table, columns, 6);
    table.numbers = 1u << 2;
    for (const struct base_json *item = base_json_first(items); item != NULL; item = base_json_next(item)) {
        int64_t size = -1;
        char bytes[24] = "";

        if (base_json_i64(base_json_member(item, "size"), 0, INT64_MAX, &size) == OD_OK)
            snprintf(bytes, sizeof(bytes), "%lld", (long long)size);
        cli_table_add(&table, CLI_TONE_NONE, base_json_member_text(item, "id"));
        cli_table_add(&table, cli_word_tone(base_json_member_text(item, "state")), cli_word(cli, base_json_member_text(item, "state")));
        cli_table_add(&table, CLI_TONE_NONE, bytes);
        cli_table_add(&table, CLI_TONE_NONE, base_json_member_text(item, "media_type"));
        cli_table_add(&table, CLI_TONE_NONE, base_json_member_text(item, "name"));
        cli_table_add(&table, CLI_TONE_NONE, base_json_member_text(item, "at"));
    }
    cli_table_print(cli, &table);
    cli_table_fini(&table);
}

int cli_material_list(struct cli *cli)
{
    struct base_buffer path = {0};

    cli_api_path(&path, "applications", cli->operands[0], "/materials");
    int rc = cli_api_list(cli, base_buffer_text(&path), versions_print);
    base_buffer_fini(&path);
    return rc;
}

/* -- material get -- */

int cli_material_get(struct cli *cli)
{
    struct base_buffer path = {0};

    cli_api_path(&path, "applications", cli->operands[0], "/materials/");
    cli_http_put_encoded(&path, cli->operands[1]);
    base_buffer_put_text(&path, "/content");
    int rc = cli_api_save(cli, base_buffer_text(&path));
    base_buffer_fini(&path);
    return rc;
}
