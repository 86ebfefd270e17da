/* SPDX-License-Identifier: Apache-2.0 */
/* config diff: what would be otherwise if this configuration or catalogue were taken.
 *
 *   nothing given       -> what the running hub would change if it read its catalogue anew (config reload --dry-run)
 *   one file or folder  -> the running hub against it
 *   two                 -> one against the other, offline
 *
 * Of open applications the hub alone can tell the dates, and of its own folder alone. */
#include <stdio.h>
#include <string.h>

#include "cli/config.h"
#include "cli/table.h"
#include "cli/view.h"
#include "cli/verbs.h"

#define VALUE_MAX 300 /* bytes of a value of a service or matter that people are shown */

struct diff {
    const struct cli *cli;
    struct cli_config_side from, to;
    struct base_buffer settings, parts[CLI_CONFIG_PARTS]; /* arrays, as JSON */
    struct base_json *plan;  /* owned: the hub's own word on the dates; NULL = none */
    size_t count;
};

static const char *const part_names[CLI_CONFIG_PARTS] = {
    [CLI_CONFIG_SERVICES] = "services", [CLI_CONFIG_MATTERS] = "matters", [CLI_CONFIG_CALENDARS] = "calendars"};

/* -- Comparing -- */

static void put_or_null(struct base_buffer *json, const char *key, const struct base_json *value)
{
    if (value != NULL)
        base_json_put(json, key, value);
    else
        base_json_put_null(json, key);
}

/* Both tell all settings, in one order. */
static void settings_compare(struct diff *diff)
{
    const struct base_json *before = base_json_first(base_json_member(diff->from.config, "settings")),
                           *after = base_json_first(base_json_member(diff->to.config, "settings"));

    base_json_open(&diff->settings, NULL, '[');
    for (; before != NULL && after != NULL; before = base_json_next(before), after = base_json_next(after)) {
        if (base_json_is_alike(base_json_member(before, "value"), base_json_member(after, "value")))
            continue;
        base_json_open(&diff->settings, NULL, '{');
        base_json_put(&diff->settings, "key", base_json_member(after, "key"));
        put_or_null(&diff->settings, "before", base_json_member(before, "value"));
        put_or_null(&diff->settings, "after", base_json_member(after, "value"));
        base_json_put(&diff->settings, "takes", base_json_member(after, "takes"));
        base_json_close(&diff->settings, '}');
        diff->count++;
    }
    base_json_close(&diff->settings, ']');
}

static void member_put(struct base_buffer *json, const char *name, const struct base_json *before, const struct base_json *after)
{
    base_json_open(json, NULL, '{');
    base_json_put_text(json, "name", name);
    put_or_null(json, "before", before);
    put_or_null(json, "after", after);
    base_json_close(json, '}');
}

/* Those that differ, those that are gone too. */
static void members_put(struct base_buffer *json, const struct base_json *before, const struct base_json *after)
{
    base_json_open(json, "members", '[');
    for (const struct base_json *member = base_json_first(after); member != NULL; member = base_json_next(member)) {
        const struct base_json *old = base_json_member(before, base_json_key(member));

        if (!base_json_is_alike(old, member))
            member_put(json, base_json_key(member), old, member);
    }
    for (const struct base_json *member = base_json_first(before); member != NULL; member = base_json_next(member))
        if (base_json_member(after, base_json_key(member)) == NULL)
            member_put(json, base_json_key(member), member, NULL);
    base_json_close(json, ']');
}

static struct base_json *tree_of(const struct cli_config_item *item)
{
    struct base_json_error error;
    struct base_json *tree = NULL;

    return item != NULL && base_json_parse(item->text, strlen(item->text), &tree, &error) == OD_OK ? tree : NULL;
}

/* before or after may be NULL. */
static void item_put(struct base_buffer *json, const struct cli_config_item *before, const struct cli_config_item *after)
{
    struct base_json *old = tree_of(before), *fresh = tree_of(after);
    const struct base_json *name = base_json_member(fresh != NULL ? fresh : old, "name");

    base_json_open(json, NULL, '{');
    base_json_put_text(json, "id", after != NULL ? after->id : before->id);
    if (name != NULL)
        base_json_put(json, "name", name);
    base_json_put_text(json, "change", before == NULL ? "added" : after == NULL ? "removed" : "changed");
    if (before != NULL && after != NULL)
        members_put(json, old, fresh);
    base_json_close(json, '}');
    base_json_destroy(old);
    base_json_destroy(fresh);
}

/* Another spelling of the same is no difference. */
static bool is_alike(const struct cli_config_item *before, const struct cli_config_item *after)
{
    if (strcmp(before->text, after->text) == 0)
        return true;
    struct base_json *old = tree_of(before), *fresh = tree_of(after);
    bool is_alike = old != NULL && base_json_is_alike(old, fresh);

    base_json_destroy(old);
    base_json_destroy(fresh);
    return is_alike;
}

/* Both are by id. */
static void items_compare(struct diff *diff, int part)
{
    const struct cli_config_items *before = &diff->from.parts[part], *after = &diff->to.parts[part];
    struct base_buffer *json = &diff->parts[part];
    size_t i = 0, k = 0;

    base_json_open(json, NULL, '[');
    while (i < before->count || k < after->count) {
        const struct cli_config_item *old = i < before->count ? &before->rows[i] : NULL, *fresh = k < after->count ? &after->rows[k] : NULL;
        int order = old == NULL ? 1 : fresh == NULL ? -1 : strcmp(old->id, fresh->id);

        i += order <= 0;
        k += order >= 0;
        if (order == 0 && is_alike(old, fresh))
            continue;
        item_put(json, order <= 0 ? old : NULL, order >= 0 ? fresh : NULL);
        diff->count++;
    }
    base_json_close(json, ']');
}

/* The hub counts dates for what lies in its own folder; that may be what it is compared with. */
static int plan_take(struct diff *diff)
{
    struct cli_http_answer answer = {0};
    struct base_json *plan = NULL;
    int rc = cli_config_plan(diff->cli, &answer, &plan);
    const char *version = base_json_member_text(plan, "version");

    cli_http_answer_fini(&answer);
    if (rc == CLI_DONE && version != NULL && strcmp(version, diff->to.version) == 0) {
        diff->plan = plan;
        return rc;
    }
    base_json_destroy(plan);
    if (rc == CLI_DONE)
        cli_tell(diff->cli, "%s",
                 cli_say(diff->cli, "在办申请的日期未比较：中枢只为它自己目录文件夹中的内容计算（把它放到那里，再用 onedoor config diff）",
                         "dates of open applications are not compared: the hub counts them for what lies in its own catalogue folder "
                         "(put this one there, then onedoor config diff)"));
    return rc;
}

/* -- Telling -- */

static void side_put(struct base_buffer *json, const char *key, const struct cli_config_side *side)
{
    base_json_open(json, key, '{');
    base_json_put_text(json, "name", side->name);
    base_json_put_text(json, "catalog_version", side->version);
    base_json_close(json, '}');
}

static void dates_put(struct base_buffer *json, const struct base_json *plan)
{
    static const char *const names[] = {"applications_changed", "dates_changed", "cut", "changes"};

    if (plan == NULL) {
        base_json_put_null(json, "dates");
        return;
    }
    base_json_open(json, "dates", '{');
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        put_or_null(json, names[i], base_json_member(plan, names[i]));
    base_json_close(json, '}');
}

static bool has_settings(const struct diff *diff)
{
    return diff->from.config != NULL && diff->to.config != NULL;
}

static void json_print(struct diff *diff)
{
    struct base_buffer json = {0};

    base_json_open(&json, NULL, '{');
    side_put(&json, "from", &diff->from);
    side_put(&json, "to", &diff->to);
    base_json_put_bool(&json, "is_same", diff->count == 0);
    if (has_settings(diff))
        base_json_put_raw(&json, "settings", base_buffer_text(&diff->settings), diff->settings.size);
    else
        base_json_put_null(&json, "settings");
    for (int i = 0; i < CLI_CONFIG_PARTS; i++)
        base_json_put_raw(&json, part_names[i], base_buffer_text(&diff->parts[i]), diff->parts[i].size);
    dates_put(&json, diff->plan);
    base_json_close(&json, '}');
    printf("%s\n", base_buffer_text(&json));
    base_buffer_fini(&json);
}

static void side_print(const struct cli *cli, const char *what, const struct cli_config_side *side)
{
    printf(cli_say(cli, "%s %s（目录 %s）\n", "%s %s (catalogue %s)\n"), what, side->name, side->version);
}

static void value_print(const char *sign, const struct base_json *value)
{
    struct base_buffer text = {0};

    cli_config_value_format(value, &text);
    size_t size = cli_cut_size(base_buffer_text(&text), VALUE_MAX);
    bool is_cut = size < text.size;
    if (is_cut)
        text.bytes[size] = '\0';
    printf("      %s ", sign);
    cli_put(stdout, base_buffer_text(&text));
    printf("%s\n", is_cut ? " ..." : "");
    base_buffer_fini(&text);
}

static bool has_item(const struct base_json *list, const struct base_json *wanted)
{
    for (const struct base_json *item = base_json_first(list); item != NULL; item = base_json_next(item))
        if (base_json_is_alike(item, wanted))
            return true;
    return false;
}

/* Of a list what is not in the other one. */
static void rest_print(const char *sign, const struct base_json *list, const struct base_json *other)
{
    for (const struct base_json *item = base_json_first(list); item != NULL; item = base_json_next(item))
        if (!has_item(other, item))
            value_print(sign, item);
}

static void values_print(const struct base_json *item)
{
    const struct base_json *before = base_json_member(item, "before"), *after = base_json_member(item, "after");

    if (base_json_type(before) == BASE_JSON_ARRAY && base_json_type(after) == BASE_JSON_ARRAY) {
        rest_print("-", before, after);
        rest_print("+", after, before);
        return;
    }
    if (base_json_type(before) != BASE_JSON_NULL)
        value_print("-", before);
    if (base_json_type(after) != BASE_JSON_NULL)
        value_print("+", after);
}

static void head_print(const struct cli *cli, const char *text)
{
    putchar('\n');
    cli_put_toned(cli, CLI_TONE_HEAD, text, 0);
    putchar('\n');
}

static void settings_print(const struct cli *cli, const struct base_json *list)
{
    if (base_json_first(list) == NULL)
        return;
    head_print(cli, cli_say(cli, "设置", "Settings"));
    for (const struct base_json *item = base_json_first(list); item != NULL; item = base_json_next(item)) {
        printf("  %s  [%s]\n", base_json_member_text(item, "key"), cli_config_takes(cli, base_json_member_text(item, "takes")));
        values_print(item);
    }
}

static void part_print(const struct cli *cli, int part, const struct base_json *list)
{
    const char *const heads[CLI_CONFIG_PARTS] = {[CLI_CONFIG_SERVICES] = cli_say(cli, "服务", "Services"),
                                                 [CLI_CONFIG_MATTERS] = cli_say(cli, "事项", "Matters"),
                                                 [CLI_CONFIG_CALENDARS] = cli_say(cli, "日历", "Calendars")};

    if (base_json_first(list) == NULL)
        return;
    head_print(cli, heads[part]);
    for (const struct base_json *item = base_json_first(list); item != NULL; item = base_json_next(item)) {
        const char *name = cli_member_text_of(cli, item, "name");

        printf("  ");
        cli_put(stdout, base_json_member_text(item, "id"));
        printf("  ");
        cli_put(stdout, name != NULL ? name : "");
        printf("%s%s\n", name != NULL ? "  " : "", cli_word(cli, base_json_member_text(item, "change")));
        for (const struct base_json *member = base_json_first(base_json_member(item, "members")); member != NULL; member = base_json_next(member)) {
            printf("    ");
            cli_put(stdout, base_json_member_text(member, "name"));
            putchar('\n');
            values_print(member);
        }
    }
}

/* What stands in the buffers is read again, so that people and programs are told the same. */
static struct base_json *list_of(struct base_buffer *text)
{
    struct base_json_error error;
    struct base_json *list = NULL;

    return base_json_parse(base_buffer_text(text), text->size, &list, &error) == OD_OK ? list : NULL;
}

static void people_print(struct diff *diff)
{
    const struct cli *cli = diff->cli;
    struct base_json *list = has_settings(diff) ? list_of(&diff->settings) : NULL;

    side_print(cli, "---", &diff->from);
    side_print(cli, "+++", &diff->to);
    settings_print(cli, list);
    base_json_destroy(list);
    for (int i = 0; i < CLI_CONFIG_PARTS; i++) {
        list = list_of(&diff->parts[i]);
        part_print(cli, i, list);
        base_json_destroy(list);
    }
    if (diff->plan != NULL) {
        head_print(cli, cli_say(cli, "在办申请的日期", "Dates of open applications"));
        printf(cli_say(cli, "%.15g 个日期变化，涉及 %.15g 件\n", "%.15g dates change, of %.15g applications\n"),
               base_json_number(base_json_member(diff->plan, "dates_changed")), base_json_number(base_json_member(diff->plan, "applications_changed")));
        cli_config_dates_print(cli, diff->plan);
    }
    if (diff->count == 0)
        printf("%s\n", cli_say(cli, "没有差别", "no difference"));
}

static int diff_make(struct diff *diff)
{
    const struct cli *cli = diff->cli;
    size_t last = cli->operand_count - 1;
    int rc;

    if (last == 0)
        rc = cli_config_side_of_hub(cli, &diff->from);
    else
        rc = cli_config_side_of_path(cli, cli->operands[0], false, &diff->from);
    bool is_demo = base_json_is_true(base_json_member(diff->from.config, "is_demo"));
    if (rc == CLI_DONE)
        rc = cli_config_side_of_path(cli, cli->operands[last], is_demo, &diff->to);
    if (rc != CLI_DONE)
        return rc;
    if (has_settings(diff))
        settings_compare(diff);
    for (int i = 0; i < CLI_CONFIG_PARTS; i++)
        items_compare(diff, i);
    if (diff->from.is_hub && strcmp(diff->from.version, diff->to.version) != 0)
        rc = plan_take(diff);
    return rc;
}

/* What the hub's own folder holds by now. */
static int of_the_hub(const struct cli *cli, bool *differs)
{
    struct cli_http_answer answer = {0};
    struct base_json *plan = NULL;
    int rc = cli_config_plan(cli, &answer, &plan);
    const char *from = base_json_member_text(plan, "from_version"), *to = base_json_member_text(plan, "version");

    *differs = rc == CLI_DONE && from != NULL && to != NULL && strcmp(from, to) != 0;
    if (rc == CLI_DONE && cli->is_json)
        cli_api_print_raw(&answer);
    else if (rc == CLI_DONE)
        cli_config_plan_print(cli, plan);
    if (rc == CLI_DONE && !cli->is_json && !*differs)
        printf("%s\n", cli_say(cli, "没有差别", "no difference"));
    base_json_destroy(plan);
    cli_http_answer_fini(&answer);
    return rc;
}

int cli_config_diff(struct cli *cli)
{
    struct diff diff = {.cli = cli};
    bool differs = false;
    int rc;

    if (cli->operand_count == 0) {
        rc = of_the_hub(cli, &differs);
    } else {
        rc = diff_make(&diff);
        differs = diff.count > 0;
        if (rc == CLI_DONE && cli->is_json)
            json_print(&diff);
        else if (rc == CLI_DONE)
            people_print(&diff);
    }
    cli_config_side_fini(&diff.from);
    cli_config_side_fini(&diff.to);
    base_buffer_fini(&diff.settings);
    for (int i = 0; i < CLI_CONFIG_PARTS; i++)
        base_buffer_fini(&diff.parts[i]);
    base_json_destroy(diff.plan);
    return rc == CLI_DONE && differs && cli_option(cli, "--exit-code") != NULL ? CLI_FAILED : rc;
}
