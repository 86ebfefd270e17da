/* SPDX-License-Identifier: Apache-2.0 */
/* guide: the published Service Guide. */
#include <stdio.h>
#include <string.h>

#include "cli/api.h"
#include "cli/verbs.h"
#include "cli/view.h"
#include "cli/words.h"

static void services_print(const struct cli *cli, const struct base_json *items)
{
    struct cli_table table;
    char limit[64];

    cli_table_init(&table, 3);
    cli_table_add(&table, CLI_TONE_HEAD, cli_say(cli, "服务", "service"));
    cli_table_add(&table, CLI_TONE_HEAD, cli_say(cli, "承诺时限", "promised"));
    cli_table_add(&table, CLI_TONE_HEAD, cli_say(cli, "名称", "name"));
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

static void basis_put(const struct cli *cli, const struct base_json *basis)
{
    const char *article = base_json_member_text(basis, "article");

    fputs("    - ", stdout);
    cli_put(stdout, cli_member_text_of(cli, basis, "title"));
    if (article != NULL) {
        putchar(' ');
        cli_put(stdout, article);
    }
    putchar('\n');
}

static void material_put(const struct cli *cli, const struct base_json *material)
{
    const struct base_json *required = base_json_member(material, "required");
    bool is_optional = required != NULL && !base_json_is_true(required);

    fputs("    - ", stdout);
    cli_put(stdout, cli_member_text_of(cli, material, "name"));
    if (is_optional)
        fputs(cli_say(cli, "（非必需）", " (optional)"), stdout);
    if (base_json_is_true(base_json_member(material, "tolerant")))
        fputs(cli_say(cli, "（可容缺）", " (may follow later)"), stdout);
    putchar('\n');
}

static void fee_put(const struct cli *cli, const struct base_json *fee)
{
    fputs("    - ", stdout);
    cli_put(stdout, cli_member_text_of(cli, fee, "name"));
    putchar(' ');
    cli_put(stdout, base_json_member_text(fee, "amount"));
    putchar(' ');
    cli_put(stdout, base_json_member_text(fee, "currency"));
    putchar('\n');
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

/* The six disclosures: name, legal basis, procedure, materials, limits, charges. */
static void matter_put(const struct cli *cli, const struct base_json *matter)
{
    const struct base_json *fees = base_json_member(matter, "fees");

    putchar('\n');
    cli_put_toned(cli, CLI_TONE_HEAD, cli_member_text_of(cli, matter, "name"), 0);
    fputs("  ", stdout);
    cli_put_toned(cli, CLI_TONE_FAINT, department_name(cli, matter), 0);
    putchar('\n');
    head_put(cli, "设定依据", "legal basis");
    list_put(cli, base_json_member(matter, "legal_basis"), basis_put);
    head_put(cli, "办理程序", "procedure");
    cli_view_texts(cli, "    - ", base_json_member(matter, "procedure"));
    head_put(cli, "申报材料", "materials");
    list_put(cli, base_json_member(matter, "materials"), material_put);
    head_put(cli, "办理时限", "time limits");
    limits_put(cli, base_json_member(matter, "limits"));
    head_put(cli, "收费标准", "charges");
    list_put(cli, fees, fee_put);
    if (base_json_first(fees) == NULL)
        printf("    - %s\n", cli_say(cli, "不收费", "free of charge"));
}

/* "    - Seats (seats): integer, required". */
static void field_put(const struct cli *cli, const struct base_json *field)
{
    fputs("    - ", stdout);
    cli_put(stdout, cli_member_text_of(cli, field, "label"));
    fputs(" (", stdout);
    cli_put(stdout, base_json_member_text(field, "id"));
    fputs("): ", stdout);
    cli_put(stdout, base_json_member_text(field, "type"));
    if (base_json_is_true(base_json_member(field, "required")))
        fputs(cli_say(cli, "，必填", ", required"), stdout);
    putchar('\n');
}

static void service_put(const struct cli *cli, const struct base_json *service)
{
    const struct base_json *matters = base_json_member(service, "matters");

    cli_put_toned(cli, CLI_TONE_HEAD, cli_member_text_of(cli, service, "name"), 0);
    fputs("  ", stdout);
    cli_put_toned(cli, CLI_TONE_FAINT, base_json_member_text(service, "id"), 0);
    putchar('\n');
    cli_put(stdout, cli_member_text_of(cli, service, "summary"));
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
