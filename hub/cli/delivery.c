/* SPDX-License-Identifier: Apache-2.0 */
/* delivery, delivery show: how a result is handed over. */
#include <stdio.h>
#include <string.h>

#include "cli/api.h"
#include "cli/values.h"
#include "cli/view.h"

static const char *text_of(const struct base_json *object, const char *key)
{
    const char *text = base_json_member_text(object, key);

    return text != NULL ? text : "";
}

/* -- Handing over -- */

static void put_option(const struct cli *cli, struct base_buffer *body, const char *key, const char *option)
{
    if (cli_option(cli, option) != NULL)
        base_json_put_text(body, key, cli_option(cli, option));
}

static void put_delivery(const struct cli *cli, struct base_buffer *body)
{
    base_json_open(body, NULL, '{');
    put_option(cli, body, "way", "--way");
    put_option(cli, body, "received_by", "--received-by");
    put_option(cli, body, "relation", "--relation");
    put_option(cli, body, "carrier", "--carrier");
    put_option(cli, body, "waybill", "--waybill");
    put_option(cli, body, "state", "--state");
    put_option(cli, body, "note", "--note");
    if (cli_option(cli, "--name") != NULL || cli_option(cli, "--phone") != NULL || cli_option(cli, "--address") != NULL) {
        base_json_open(body, "recipient", '{');
        put_option(cli, body, "name", "--name");
        put_option(cli, body, "phone", "--phone");
        put_option(cli, body, "address", "--address");
        base_json_close(body, '}');
    }
    base_json_close(body, '}');
}

int cli_delivery(struct cli *cli)
{
    struct base_buffer path = {0}, body = {0};
    struct cli_http_answer answer = {0};
    struct base_json *json = NULL;

    if (!cli_is_one_of(cli, cli_option(cli, "--way"), cli_delivery_ways))
        return CLI_USAGE;
    put_delivery(cli, &body);
    if (body.size == strlen("{}")) { /* it cannot be taken back */
        cli_tell(cli, "%s", cli_say(cli, "请说明如何送达，如 --way window；只是查看请用 onedoor delivery show 编号",
                                    "say how it is handed over, as --way window; to look at it: onedoor delivery show NUMBER"));
        base_buffer_fini(&body);
        return CLI_USAGE;
    }
    cli_api_path(&path, "applications", cli->operands[0], "/delivery");
    int rc = cli_api_call(cli, &(struct cli_call){.method = "POST", .path = base_buffer_text(&path), .body = base_buffer_text(&body), .body_size = body.size},
                          &answer, &json);
    if (rc == CLI_DONE && cli->is_json)
        cli_api_print_raw(&answer);
    else if (rc == CLI_DONE)
        cli_view_application(cli, json);
    base_json_destroy(json);
    cli_http_answer_fini(&answer);
    base_buffer_fini(&path);
    base_buffer_fini(&body);
    return rc;
}

static void delivery_print(const struct cli *cli, const struct base_json *json)
{
    const struct base_json *record = base_json_member(json, "record"), *recipient = base_json_member(record, "recipient");
    char date[CLI_DAY_SIZE];

    cli_view_line(cli, "编号", "number", text_of(json, "number"));
    cli_view_line(cli, "方式", "way", cli_word(cli, text_of(json, "way")));
    cli_day_format(cli, base_json_member_text(json, "due"), date);
    cli_view_line(cli, "送达期限", "due", date);
    cli_day_format(cli, base_json_member_text(json, "delivered_at"), date);
    cli_view_line(cli, "送达日期", "delivered", date);
    cli_view_line(cli, "承运", "carrier", text_of(record, "carrier"));
    cli_view_line(cli, "运单号", "waybill", text_of(record, "waybill"));
    cli_view_line(cli, "状态", "state", cli_word(cli, text_of(record, "state")));
    cli_view_line(cli, "收件人", "recipient", text_of(recipient, "name"));
    cli_view_line(cli, "地址", "address", text_of(recipient, "address"));
    cli_view_line(cli, "领取人", "received by", text_of(record, "received_by"));
    cli_view_line(cli, "说明", "note", text_of(record, "note"));
    for (const struct base_json *parcel = base_json_first(base_json_member(json, "parcels")); parcel != NULL; parcel = base_json_next(parcel)) {
        printf("  %s  %s  %s %s\n", text_of(parcel, "id"), text_of(parcel, "state"), cli_say(cli, "运单", "waybill"), text_of(parcel, "external_ref"));
    }
}

/* GET a part of the application; print NULL: as it came. */
static int part_show(const struct cli *cli, const char *rest, void (*print)(const struct cli *cli, const struct base_json *json))
{
    struct base_buffer path = {0};
    struct cli_http_answer answer = {0};
    struct base_json *json = NULL;

    cli_api_path(&path, "applications", cli->operands[0], rest);
    int rc = cli_api_get(cli, base_buffer_text(&path), &answer, &json);
    if (rc == CLI_DONE && (cli->is_json || print == NULL))
        cli_api_print_raw(&answer);
    else if (rc == CLI_DONE)
        print(cli, json);
    base_json_destroy(json);
    cli_http_answer_fini(&answer);
    base_buffer_fini(&path);
    return rc;
}

int cli_delivery_show(struct cli *cli)
{
    return part_show(cli, "/delivery", delivery_print);
}
