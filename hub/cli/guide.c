/* SPDX-License-Identifier: Apache-2.0 */
/* guide: the published Service Guide. */
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "cli/api.h"
#include "cli/table.h"
#include "cli/verbs.h"
#include "cli/view.h"

#define POINT_INDENT 6 /* columns of "    - " */

static void services_print(const struct cli *cli, const struct base_json *items)
{
    static const struct cli_column columns[] = {
        {{{"服务", "service"}}, 0},
        {{{"承诺时限", "promised"}}, 0},
        {{{"名称", "name"}}, 1},
    };
    struct cli_table table;
    char limit[64];

    cli_table_init(cli, &table, columns, sizeof(columns) / sizeof(columns[0]));
    for (const struct base_json *item = base_json_first(items); item != NULL;
         item = base_json_next(item)) {
        const struct base_json *limits = base_json_member(item, "limits"),
                               *promised = base_json_member(item, "promised");

        cli_limit_format(
            cli, promised != NULL ? promised : base_json_member(limits, "promised"), limit);
        cli_table_add(&table, CLI_TONE_NONE, base_json_member_text(item, "id"));
        cli_table_add(&table, CLI_TONE_NONE, limit);
        cli_table_add(&table, CLI_TONE_NONE, cli_member_text_of(cli, item, "name"));
    }
    cli_table_print(cli, &table);
    cli_table_fini(&table);
}

static void head_put(const struct cli *cli, const char *zh, const char *en)
{
    fputs("  ", stdout);
    cli_put_toned(cli, CLI_TONE_FAINT, cli->language == CLI_EN ? en : zh, 0);
    putchar('\n');
}

/* "    - text", further lines under the text. */
static void point_put(const struct cli *cli, const char *text)
{
    fputs("    - ", stdout);
    cli_put_wrapped(cli, CLI_TONE_NONE, text, POINT_INDENT, POINT_INDENT);
    putchar('\n');
}

static void point_end(const struct cli *cli, struct base_buffer *line)
{
    point_put(cli, base_buffer_text(line));
    base_buffer_fini(line);
}

static void add(struct base_buffer *line, const char *lead, const char *text)
{
    if (text == NULL)
        return;
    base_buffer_put_text(line, lead);
    base_buffer_put_text(line, text);
}

static void basis_put(const struct cli *cli, const struct base_json *basis)
{
    struct base_buffer line = {0};

    add(&line, "", cli_member_text_of(cli, basis, "title"));
    add(&line, " ", base_json_member_text(basis, "article"));
    point_end(cli, &line);
}

static void material_put(const struct cli *cli, const struct base_json *material)
{
    const struct base_json *required = base_json_member(material, "required");
    const char *when = cli_member_text_of(cli, material, "when_text");
    struct base_buffer line = {0};

    add(&line, "", cli_member_text_of(cli, material, "name"));
    if (required != NULL && !base_json_is_true(required))
        add(&line, "", cli_say(cli, "（非必需）", " (optional)"));
    if (base_json_is_true(base_json_member(material, "tolerant")))
        add(&line, "", cli_say(cli, "（可容缺）", " (may follow later)"));
    add(&line, cli_say(cli, "；条件：", "; when: "), when);
    point_end(cli, &line);
}

static void fee_put(const struct cli *cli, const struct base_json *fee)
{
    struct base_buffer line = {0};

    add(&line, "", cli_member_text_of(cli, fee, "name"));
    if (cli_member_text_of(cli, fee, "words") != NULL) {
        add(&line, cli_say(cli, "：", ": "), cli_member_text_of(cli, fee, "words"));
    } else {
        add(&line, " ", base_json_member_text(fee, "amount"));
        add(&line, " ", base_json_member_text(fee, "currency"));
    }
    point_end(cli, &line);
}

static void step_put(const struct cli *cli, const struct base_json *step)
{
    point_put(cli, cli_text_of(cli, step));
}

typedef void (*put_cb)(const struct cli *cli, const struct base_json *item);

static void list_put(const struct cli *cli, const struct base_json *items, put_cb put)
{
    for (const struct base_json *item = base_json_first(items); item != NULL;
         item = base_json_next(item))
        put(cli, item);
}

static void limits_put(const struct cli *cli, const struct base_json *limits)
{
    char statutory[64], promised[64];

    cli_limit_format(cli, base_json_member(limits, "statutory"), statutory);
    cli_limit_format(cli, base_json_member(limits, "promised"), promised);
    if (statutory[0] != '\0')
        printf("    - %s%s\n", cli_say(cli, "法定：", "statutory: "), statutory);
    if (promised[0] != '\0')
        printf("    - %s%s\n", cli_say(cli, "承诺：", "promised: "), promised);
}

/* {"id", "name"}, or the id alone. */
static const char *department_name(const struct cli *cli, const struct base_json *matter)
{
    const struct base_json *department = base_json_member(matter, "department");
    const char *name = cli_member_text_of(cli, department, "name");

    return name != NULL ? name : cli_text_of(cli, department);
}

/* "  department  Fire Brigade". */
static void label_put(const struct cli *cli, const char *zh, const char *en, const char *text)
{
    const char *label = cli->language == CLI_EN ? en : zh;
    size_t at = 2 + cli_columns(label) + 2;

    if (text == NULL)
        return;
    fputs("  ", stdout);
    cli_put_toned(cli, CLI_TONE_FAINT, label, at - 2);
    cli_put_wrapped(cli, CLI_TONE_NONE, text, at, at);
    putchar('\n');
}

/* The six disclosures: name, legal basis, procedure, materials, limits, charges. */
static void matter_put(const struct cli *cli, const struct base_json *matter)
{
    const struct base_json *fees = base_json_member(matter, "fees");

    putchar('\n');
    cli_put_toned(cli, CLI_TONE_HEAD, cli_member_text_of(cli, matter, "name"), 0);
    putchar('\n');
    label_put(cli, "审批部门", "department", department_name(cli, matter));
    label_put(cli, "适用情形", "only when", cli_member_text_of(cli, matter, "when_text"));
    head_put(cli, "设定依据", "legal basis");
    list_put(cli, base_json_member(matter, "legal_basis"), basis_put);
    head_put(cli, "办理程序", "procedure");
    list_put(cli, base_json_member(matter, "procedure"), step_put);
    head_put(cli, "申报材料", "materials");
    list_put(cli, base_json_member(matter, "materials"), material_put);
    head_put(cli, "办理时限", "time limits");
    limits_put(cli, base_json_member(matter, "limits"));
    head_put(cli, "收费标准", "charges");
    list_put(cli, fees, fee_put);
    if (base_json_first(fees) == NULL)
        printf("    - %s\n", cli_say(cli, "不收费", "free of charge"));
}

/* "Seats (seats): integer, required"; of a choice what may be chosen. */
static void field_put(const struct cli *cli, const struct base_json *field)
{
    const char *lead = " = ";
    struct base_buffer line = {0};

    add(&line, "", cli_member_text_of(cli, field, "label"));
    add(&line, " (", base_json_member_text(field, "id"));
    add(&line, "): ", cli_word(cli, base_json_member_text(field, "type")));
    for (const struct base_json *choice = base_json_first(base_json_member(field, "choices"));
         choice != NULL; choice = base_json_next(choice), lead = " | ")
        add(&line, lead, base_json_member_text(choice, "id"));
    if (base_json_is_true(base_json_member(field, "required")))
        add(&line, "", cli_say(cli, "，必填", ", required"));
    point_end(cli, &line);
}

static void service_put(const struct cli *cli, const struct base_json *service)
{
    const struct base_json *matters = base_json_member(service, "matters");

    cli_put_toned(cli, CLI_TONE_HEAD, cli_member_text_of(cli, service, "name"), 0);
    fputs("  ", stdout);
    cli_put_toned(cli, CLI_TONE_FAINT, base_json_member_text(service, "id"), 0);
    putchar('\n');
    cli_put_wrapped(cli, CLI_TONE_NONE, cli_member_text_of(cli, service, "summary"), 0, 0);
    putchar('\n');
    limits_put(cli, base_json_member(service, "limits"));
    if (base_json_first(base_json_member(service, "form")) != NULL)
        head_put(cli, "申请表", "form");
    list_put(cli, base_json_member(service, "form"), field_put);
    list_put(cli, matters, matter_put);
}

int cli_guide(struct cli *cli)
{
    struct base_buffer path = {0};
    struct cli_http_answer answer = {0};
    struct base_json *json = NULL;

    if (cli->operand_count == 0)
        return cli_api_list(cli, "/v1/services", services_print);
    cli_api_path(&path, "services", cli->operands[0], "");
    int rc = cli_api_get(cli, base_buffer_text(&path), &answer, &json);
    if (rc == CLI_DONE && cli->is_json)
        cli_api_print_raw(&answer);
    else if (rc == CLI_DONE)
        service_put(cli, json);
    base_json_destroy(json);
    cli_http_answer_fini(&answer);
    base_buffer_fini(&path);
    return rc;
}
