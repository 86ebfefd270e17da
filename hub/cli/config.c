/* SPDX-License-Identifier: Apache-2.0 */
/* config check: a catalogue, offline. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "catalog/catalog.h"
#include "cli/calendars.h"
#include "cli/text.h"
#include "cli/verbs.h"

static void sound_print(const struct cli *cli, const struct catalog *catalog)
{
    unsigned long long services = catalog_service_count(catalog),
                       matters = catalog_matter_count(catalog),
                       departments = catalog_department_count(catalog);

    if (cli->is_json)
        printf("{\"ok\":true,\"catalog_version\":\"%s\",\"services\":%llu,\"matters\":%llu,"
               "\"departments\":%llu,\"findings\":[]}\n",
               catalog_version(catalog), services, matters, departments);
    else
        printf(cli_say(cli, "目录正确：版本 %s，%llu 项服务，%llu 项事项，%llu 个部门\n",
                       "sound: version %s, %llu services, %llu matters, %llu departments\n"),
               catalog_version(catalog), services, matters, departments);
}

static void finding_put(struct base_buffer *json, const struct catalog_finding *finding)
{
    base_json_open(json, NULL, '{');
    base_json_put_text(json, "file", finding->file);
    base_json_put_i64(json, "line", finding->line);
    base_json_put_i64(json, "column", finding->column);
    base_json_put_text(json, "pointer", finding->pointer);
    base_json_put_text(json, "text", finding->text);
    base_json_close(json, '}');
}

static void findings_print(const struct cli *cli, const struct catalog_findings *findings)
{
    struct base_buffer json = {0};

    if (!cli->is_json) {
        cli_findings_print(stdout, findings);
        cli_tell(cli, cli_say(cli, "目录有误：%zu 处", "refused: %zu findings"),
                 findings->count);
        return;
    }
    base_json_open(&json, NULL, '{');
    base_json_put_bool(&json, "ok", false);
    base_json_put_i64(&json, "count", (int64_t)findings->count);
    base_json_open(&json, "findings", '[');
    for (size_t i = 0; i < findings->count && i < CATALOG_FINDINGS_MAX; i++)
        finding_put(&json, &findings->items[i]);
    base_json_close(&json, ']');
    base_json_close(&json, '}');
    printf("%s\n", base_buffer_text(&json));
    base_buffer_fini(&json);
}

static int folder_check(const struct cli *cli, const char *folder)
{
    struct catalog *catalog = NULL;
    struct catalog_findings *findings = base_alloc(sizeof(*findings));

    if (findings == NULL)
        return CLI_FAILED;
    int rc = catalog_load(folder, &catalog, findings), end = CLI_FAILED;
    if (rc == OD_OK) {
        sound_print(cli, catalog);
        end = CLI_DONE;
    } else if (rc == OD_EINVAL) {
        findings_print(cli, findings);
        end = CLI_REFUSED;
    } else {
        cli_tell(cli, cli_say(cli, "无法读取目录 %s", "the catalogue %s cannot be read"),
                 folder);
        end = rc == OD_ENOTFOUND ? CLI_NOT_FOUND : CLI_FAILED;
    }
    catalog_release(catalog);
    base_free(findings);
    return end;
}

/* The catalogue that a hub's configuration names, relative to its own folder. */
static int file_check(const struct cli *cli, const char *path, const struct base_json *config)
{
    const char *catalog = base_json_member_text(config, "catalog"), *slash = strrchr(path, '/');
    struct base_buffer folder = {0};

    if (catalog == NULL) {
        cli_tell(cli, "%s:1:1: %s", path,
                 cli_say(cli, "没有 catalog：须为目录文件夹，或含 catalog 的中枢配置文件",
                         "no member catalog: a catalogue folder is due, or a hub configuration "
                         "that names one"));
        return CLI_REFUSED;
    }
    if (catalog[0] != '/' && slash != NULL)
        base_buffer_put(&folder, path, (size_t)(slash - path) + 1);
    base_buffer_put_text(&folder, catalog);
    int rc = folder_check(cli, base_buffer_text(&folder));
    base_buffer_fini(&folder);
    return rc;
}

int cli_config_check(struct cli *cli)
{
    const char *path = cli->operands[0];
    struct stat status;
    struct base_json *config = NULL;
    char *bytes = NULL;
    size_t size = 0;

    if (stat(path, &status) == 0 && S_ISDIR(status.st_mode))
        return folder_check(cli, path);
    int rc = cli_file_read(cli, path, &bytes, &size);
    if (rc == CLI_DONE)
        rc = cli_json_read(cli, path, bytes, size, &config);
    if (rc == CLI_DONE)
        rc = file_check(cli, path, config);
    base_json_destroy(config);
    base_free(bytes);
    return rc;
}
