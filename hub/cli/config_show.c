/* SPDX-License-Identifier: Apache-2.0 */
/* config show: the configuration of a file, or of the running hub, with where each value comes from. A file is read by
 * the hub's own program, so that what is shown is what it would do. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/child.h"
#include "cli/config.h"
#include "cli/table.h"
#include "cli/verbs.h"

bool cli_config_file_of(const char *path, struct base_buffer *file)
{
    struct stat about;

    if (stat(path, &about) != 0 || !S_ISDIR(about.st_mode)) {
        base_buffer_put_text(file, path);
        return true;
    }
    base_buffer_put_format(file, "%s/onedoor.json", path);
    return access(base_buffer_text(file), F_OK) == 0;
}

static int printed_parse(const struct cli *cli, const struct base_buffer *text, struct base_json **out)
{
    struct base_json_error error;

    if (!text->is_broken && base_json_parse(text->bytes, text->size, out, &error) == OD_OK)
        return CLI_DONE;
    cli_tell(cli, "%s", cli_say(cli, "onedoord 的回答无法读取；两个程序的版本相同吗？",
                                "what onedoord says cannot be read; are both programs of one version?"));
    return CLI_FAILED;
}

int cli_config_read(const struct cli *cli, const char *path, bool is_demo, struct base_json **out)
{
    const char *arguments[CLI_CHILD_ARGUMENTS_MAX] = {"onedoord", "--show-config", "--config", path};
    const char *const options[] = {"--data", "--listen"};
    struct base_buffer text = {0};
    struct cli_child child = {0};
    size_t count = 4;

    if (access(path, F_OK) != 0) {
        cli_tell(cli, cli_say(cli, "没有文件 %s", "there is no file %s"), path);
        return CLI_NOT_FOUND;
    }
    if (is_demo)
        arguments[count++] = "--demo";
    for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
        if (cli_option(cli, options[i]) != NULL) {
            arguments[count++] = options[i];
            arguments[count++] = cli_option(cli, options[i]);
        }
    int rc = cli_child_start(cli, arguments, NULL, &child);
    if (rc != CLI_DONE)
        return rc;
    int status = cli_child_read(&child, &text);
    if (status == 0)
        rc = printed_parse(cli, &text, out);
    else
        rc = status == 1 ? CLI_REFUSED : CLI_FAILED; /* it said why on stderr */
    base_buffer_fini(&text);
    return rc;
}

void cli_config_value_format(const struct base_json *value, struct base_buffer *text)
{
    if (base_json_text(value) != NULL)
        base_buffer_put_text(text, base_json_text(value));
    else if (base_json_type(value) != BASE_JSON_NULL && base_json_type(value) != BASE_JSON_NONE)
        base_json_put(text, NULL, value);
}

const char *cli_config_takes(const struct cli *cli, const char *takes)
{
    if (takes != NULL && strcmp(takes, "reload") == 0)
        return cli_say(cli, "重新读取（SIGHUP）", "reload (SIGHUP)");
    if (takes != NULL && strcmp(takes, "first_start") == 0)
        return cli_say(cli, "首次启动；其后用 onedoor plugin", "first start; then onedoor plugin");
    return cli_say(cli, "重新启动", "restart");
}

/* "line 3", "--data", ... */
static void origin_format(const struct cli *cli, const struct base_json *setting, char text[64])
{
    const char *from = base_json_member_text(setting, "from"), *key = base_json_member_text(setting, "key");

    if (from != NULL && strcmp(from, "file") == 0)
        snprintf(text, 64, cli_say(cli, "第 %.0f 行", "line %.0f"), base_json_number(base_json_member(setting, "line")));
    else if (from != NULL && strcmp(from, "flag") == 0)
        snprintf(text, 64, "--%.40s", key != NULL && strcmp(key, "modules_unsigned") == 0 ? "demo" : key);
    else if (from != NULL && strcmp(from, "environment") == 0)
        snprintf(text, 64, "%s", "TMPDIR");
    else
        snprintf(text, 64, "%s", cli_say(cli, "默认", "default"));
}

static bool is_default(const struct base_json *setting)
{
    const char *from = base_json_member_text(setting, "from");

    return from == NULL || strcmp(from, "default") == 0;
}

/* Keys, connectors and the like: each stands on a line of its own, below the table. */
static bool is_long(const struct base_json *value)
{
    bool is_list = base_json_type(value) == BASE_JSON_ARRAY && base_json_type(base_json_first(value)) == BASE_JSON_OBJECT;

    return is_list || base_json_type(value) == BASE_JSON_OBJECT;
}

static void value_put(const struct cli *cli, const struct base_json *value, struct base_buffer *text)
{
    if (!is_long(value))
        cli_config_value_format(value, text);
    else
        base_buffer_put_format(text, cli_say(cli, "%zu 项，见下", "%zu, below"), base_json_count(value));
}

static void line_print(const struct base_json *item)
{
    struct base_buffer text = {0};

    base_json_put(&text, NULL, item);
    printf("  %s%s%s\n", base_json_key(item) != NULL ? base_json_key(item) : "", base_json_key(item) != NULL ? ": " : "", base_buffer_text(&text));
    base_buffer_fini(&text);
}

static void long_print(const struct cli *cli, const struct base_json *setting)
{
    const struct base_json *value = base_json_member(setting, "value");

    if (!is_long(value))
        return;
    putchar('\n');
    cli_put_toned(cli, CLI_TONE_HEAD, base_json_member_text(setting, "key"), 0);
    putchar('\n');
    for (const struct base_json *item = base_json_first(value); item != NULL; item = base_json_next(item))
        line_print(item);
}

static void setting_add(const struct cli *cli, struct cli_table *table, const struct base_json *setting)
{
    struct base_buffer value = {0};
    char origin[64];

    value_put(cli, base_json_member(setting, "value"), &value);
    origin_format(cli, setting, origin);
    cli_table_add(table, CLI_TONE_NONE, base_json_member_text(setting, "key"));
    cli_table_add(table, CLI_TONE_NONE, base_buffer_text(&value));
    cli_table_add(table, is_default(setting) ? CLI_TONE_FAINT : CLI_TONE_NONE, origin);
    cli_table_add(table, CLI_TONE_FAINT, cli_config_takes(cli, base_json_member_text(setting, "takes")));
    base_buffer_fini(&value);
}

static void people_print(const struct cli *cli, const struct base_json *config, bool has_defaults)
{
    static const struct cli_column columns[] = {
        {{{"设置", "setting"}}, 0}, {{{"值", "value"}}, 2}, {{{"来自", "from"}}, 0}, {{{"更改后生效", "a change takes"}}, 1},
    };
    const char *file = base_json_member_text(config, "file");
    struct cli_table table;

    if (file != NULL)
        printf("%s\n", file);
    if (base_json_is_true(base_json_member(config, "is_demo")))
        printf("%s\n", cli_say(cli, "演示", "a demonstration"));
    cli_table_init(cli, &table, columns, sizeof(columns) / sizeof(columns[0]));
    for (const struct base_json *setting = base_json_first(base_json_member(config, "settings")); setting != NULL; setting = base_json_next(setting))
        if (has_defaults || !is_default(setting))
            setting_add(cli, &table, setting);
    cli_table_print(cli, &table);
    cli_table_fini(&table);
    for (const struct base_json *setting = base_json_first(base_json_member(config, "settings")); setting != NULL; setting = base_json_next(setting))
        if (has_defaults || !is_default(setting))
            long_print(cli, setting);
}

static void json_print(const struct base_json *config, bool has_defaults)
{
    struct base_buffer json = {0};

    base_json_open(&json, NULL, '{');
    base_json_put(&json, "file", base_json_member(config, "file"));
    base_json_put(&json, "is_demo", base_json_member(config, "is_demo"));
    base_json_open(&json, "settings", '[');
    for (const struct base_json *setting = base_json_first(base_json_member(config, "settings")); setting != NULL; setting = base_json_next(setting))
        if (has_defaults || !is_default(setting))
            base_json_put(&json, NULL, setting);
    base_json_close(&json, ']');
    base_json_close(&json, '}');
    printf("%s\n", base_buffer_text(&json));
    base_buffer_fini(&json);
}

static int of_path(const struct cli *cli, const char *path, struct base_json **config)
{
    struct base_buffer file = {0};
    int rc = CLI_NOT_FOUND;

    if (cli_config_file_of(path, &file))
        rc = cli_config_read(cli, base_buffer_text(&file), cli_option(cli, "--demo") != NULL, config);
    else
        cli_tell(cli, cli_say(cli, "文件夹 %s 中没有 onedoor.json", "there is no onedoor.json in the folder %s"), path);
    base_buffer_fini(&file);
    return rc;
}

int cli_config_show(struct cli *cli)
{
    bool has_defaults = cli_option(cli, "--effective") != NULL, is_flagged = cli_option(cli, "--data") != NULL ||
                        cli_option(cli, "--listen") != NULL || cli_option(cli, "--demo") != NULL;
    struct cli_http_answer answer = {0};
    struct base_json *config = NULL;
    int rc;

    if (cli->operand_count == 0 && is_flagged) {
        cli_tell(cli, "%s", cli_say(cli, "--data、--listen 和 --demo 用于文件；运行中的中枢自有其值",
                                    "--data, --listen and --demo go with a FILE; a running hub has its own"));
        return CLI_USAGE;
    }
    if (cli->operand_count > 0)
        rc = of_path(cli, cli->operands[0], &config);
    else
        rc = cli_api_get(cli, "/v1/config", &answer, &config);
    if (rc == CLI_DONE && cli->is_json)
        json_print(config, has_defaults);
    else if (rc == CLI_DONE)
        people_print(cli, config, has_defaults);
    base_json_destroy(config);
    cli_http_answer_fini(&answer);
    return rc;
}
