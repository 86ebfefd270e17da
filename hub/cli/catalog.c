/* SPDX-License-Identifier: Apache-2.0 */
/* config upload, candidates, discard, versions, sources: catalogues that wait to be put in force, and those that were. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/memory.h"
#include "cli/api.h"
#include "cli/table.h"
#include "cli/values.h"
#include "cli/view.h"

static const char *version_of(const struct base_json *json, const char *key)
{
    const char *text = base_json_member_text(json, key);

    return text != NULL ? text : "?";
}

/* -- config upload -- */

static const char *name_of(const struct cli *cli)
{
    const char *path = cli->operands[0], *slash = strrchr(path, '/');

    return slash != NULL ? slash + 1 : path;
}

static void candidate_print(const struct cli *cli, const struct base_json *json)
{
    printf("%s\n", version_of(json, "version"));
    cli_tell(cli, cli_say(cli, "检查通过；查看变化：onedoor config reload --version %s --dry-run", "it is sound; what would change: onedoor config reload --version %s --dry-run"),
             version_of(json, "version"));
}

static int send(const struct cli *cli, FILE *file, size_t size)
{
    struct base_buffer path = {0};
    struct cli_http_answer answer = {0};
    struct base_json *json = NULL;

    base_buffer_put_text(&path, "/v1/catalog/candidates");
    cli_api_query(&path, "name", name_of(cli));
    int rc = cli_api_call(cli, &(struct cli_call){.method = "POST", .path = base_buffer_text(&path), .file = file, .body_size = size,
                                                  .content_type = "Content-Type: application/octet-stream"}, &answer, &json);
    if (rc == CLI_DONE && cli->is_json)
        cli_api_print_raw(&answer);
    else if (rc == CLI_DONE)
        candidate_print(cli, json);
    base_json_destroy(json);
    cli_http_answer_fini(&answer);
    base_buffer_fini(&path);
    return rc;
}

int cli_config_upload(struct cli *cli)
{
    struct stat about;
    FILE *file = fopen(cli->operands[0], "rb");

    if (file == NULL || fstat(fileno(file), &about) != 0 || !S_ISREG(about.st_mode)) {
        cli_tell(cli, "%s: %s", cli->operands[0], file == NULL ? strerror(errno) : cli_say(cli, "不是文件", "it is no file"));
        int rc = file == NULL && errno == ENOENT ? CLI_NOT_FOUND : CLI_FAILED;
        if (file != NULL)
            fclose(file);
        return rc;
    }
    int rc = send(cli, file, (size_t)about.st_size);
    fclose(file);
    return rc;
}

/* -- config candidates, discard -- */

static void candidates_print(const struct cli *cli, const struct base_json *items)
{
    static const struct cli_column columns[] = {{{{"版本", "version"}}, 0}, {{{"文件", "file"}}, 0}, {{{"送入人", "by"}}, 0},
                                                {{{"送入", "sent"}}, 2}, {{{"保留至", "until"}}, 1}};
    struct cli_table table;
    char day[CLI_DAY_SIZE];

    cli_table_init(cli, &table, columns, sizeof(columns) / sizeof(columns[0]));
    for (const struct base_json *item = base_json_first(items); item != NULL; item = base_json_next(item)) {
        cli_table_add(&table, CLI_TONE_NONE, base_json_member_text(item, "version"));
        cli_table_add(&table, CLI_TONE_NONE, base_json_member_text(item, "file"));
        cli_table_add(&table, CLI_TONE_NONE, base_json_member_text(item, "by"));
        cli_day_format(cli, base_json_member_text(item, "at"), day);
        cli_table_add(&table, CLI_TONE_FAINT, day);
        cli_day_format(cli, base_json_member_text(item, "expires_at"), day);
        cli_table_add(&table, CLI_TONE_FAINT, day);
    }
    cli_table_print(cli, &table);
    cli_table_fini(&table);
}

int cli_config_candidates(struct cli *cli)
{
    return cli_api_list(cli, "/v1/catalog/candidates", candidates_print);
}

int cli_config_discard(struct cli *cli)
{
    struct base_buffer path = {0};
    struct cli_http_answer answer = {0};

    cli_api_path(&path, "catalog/candidates", cli->operands[0], "");
    int rc = cli_api_call(cli, &(struct cli_call){.method = "DELETE", .path = base_buffer_text(&path)}, &answer, NULL);
    cli_http_answer_fini(&answer);
    base_buffer_fini(&path);
    return rc;
}

/* -- config versions -- */

static const char *source_word(const struct cli *cli, const char *source)
{
    static const struct {
        const char *source, *zh, *en;
    } rows[] = {{"start", "启动", "start"}, {"signal", "SIGHUP", "SIGHUP"}, {"folder", "文件夹", "folder"}, {"upload", "送入", "upload"}, {"earlier", "恢复", "earlier"}};

    for (size_t i = 0; source != NULL && i < sizeof(rows) / sizeof(rows[0]); i++)
        if (strcmp(rows[i].source, source) == 0)
            return cli_say(cli, rows[i].zh, rows[i].en);
    return source;
}

static void versions_print(const struct cli *cli, const struct base_json *items)
{
    static const struct cli_column columns[] = {{{{"版本", "version"}}, 0}, {{{"生效", "since"}}, 0}, {{{"更换人", "by"}}, 0}, {{{"来源", "source"}}, 2},
                                                {{{"在办", "open"}}, 0}, {{{"原因", "why"}}, 1}};
    struct cli_table table;
    char day[CLI_DAY_SIZE], open[24];

    cli_table_init(cli, &table, columns, sizeof(columns) / sizeof(columns[0]));
    for (const struct base_json *item = base_json_first(items); item != NULL; item = base_json_next(item)) {
        bool is_in_force = base_json_is_true(base_json_member(item, "is_in_force"));

        cli_table_add(&table, is_in_force ? CLI_TONE_GOOD : CLI_TONE_NONE, base_json_member_text(item, "version"));
        cli_day_format(cli, base_json_member_text(item, "since"), day);
        cli_table_add(&table, CLI_TONE_NONE, day);
        cli_table_add(&table, CLI_TONE_NONE, base_json_member_text(item, "by"));
        cli_table_add(&table, CLI_TONE_FAINT, source_word(cli, base_json_member_text(item, "source")));
        snprintf(open, sizeof(open), "%.15g", base_json_number(base_json_member(item, "open_applications")));
        cli_table_add(&table, CLI_TONE_NONE, open);
        cli_table_add(&table, CLI_TONE_NONE, base_json_member_text(item, "reason"));
    }
    cli_table_print(cli, &table);
    cli_table_fini(&table);
}

int cli_config_versions(struct cli *cli)
{
    struct base_buffer path = {0};
    int64_t limit = 0;

    if (cli_option_integer(cli, "--limit", 1, 200, 0, &limit) != OD_OK)
        return CLI_USAGE;
    base_buffer_put_text(&path, "/v1/catalog/versions");
    cli_api_query(&path, "limit", limit > 0 ? cli_option(cli, "--limit") : NULL);
    int rc = cli_api_list(cli, base_buffer_text(&path), versions_print);
    base_buffer_fini(&path);
    return rc;
}

/* -- config sources -- */

int cli_config_sources(struct cli *cli)
{
    struct base_buffer path = {0};

    cli_api_path(&path, "catalog/versions", cli->operands[0], "/sources");
    int rc = cli_api_save(cli, base_buffer_text(&path));
    base_buffer_fini(&path);
    return rc;
}
