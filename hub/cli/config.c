/* SPDX-License-Identifier: Apache-2.0 */
/* config check: a catalogue, offline. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

/* Where a configuration names its catalogue. */
struct place {
    const char *path; /* NULL: the folder was given itself */
    uint32_t line, column;
};

static void unreadable_tell(const struct cli *cli, const char *folder,
                            const struct place *place, int rc)
{
    const char *why =
        rc == OD_ENOTFOUND
            ? cli_say(cli, "没有此目录文件夹", "there is no such catalogue folder")
            : cli_say(cli, "无法读取此目录", "the catalogue cannot be read");

    if (place->path == NULL)
        cli_tell(cli, "%s: %s", folder, why);
    else
        cli_tell(cli, "%s:%u:%u: %s: %s (/catalog)", place->path, (unsigned)place->line,
                 (unsigned)place->column, folder, why);
}

static int folder_check(const struct cli *cli, const char *folder, const struct place *place)
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
        cli_refused_print(cli, "目录", findings);
        end = CLI_REFUSED;
    } else {
        unreadable_tell(cli, folder, place, rc);
        end = rc == OD_ENOTFOUND ? CLI_NOT_FOUND : CLI_FAILED;
    }
    catalog_release(catalog);
    base_free(findings);
    return end;
}

/* The catalogue that a hub's configuration names, relative to its own folder. */
static int named_check(const struct cli *cli, const struct place *place,
                       const struct base_json *config)
{
    const struct base_json *member = base_json_member(config, "catalog");
    const char *catalog = base_json_text(member), *slash = strrchr(place->path, '/');
    struct base_buffer folder = {0};

    if (catalog == NULL) {
        cli_tell(cli, "%s:%u:%u: %s", place->path, (unsigned)place->line,
                 (unsigned)place->column,
                 member != NULL
                     ? cli_say(cli, "catalog 须为文本：目录文件夹的路径",
                               "\"catalog\" is to be a text: the path of the catalogue folder")
                     : cli_say(cli, "缺少 catalog：目录文件夹的路径",
                               "\"catalog\" is missing: the path of the catalogue folder"));
        return CLI_REFUSED;
    }
    if (catalog[0] != '/' && slash != NULL)
        base_buffer_put(&folder, place->path, (size_t)(slash - place->path) + 1);
    base_buffer_put_text(&folder, catalog);
    int rc = folder_check(cli, base_buffer_text(&folder), place);
    base_buffer_fini(&folder);
    return rc;
}

static int file_check(const struct cli *cli, const char *path)
{
    struct place place = {.path = path};
    struct base_json *config = NULL;
    char *bytes = NULL;
    size_t size = 0;

    int rc = cli_file_read(cli, path, &bytes, &size);
    if (rc == CLI_DONE)
        rc = cli_json_read(cli, path, bytes, size, &config);
    if (rc == CLI_DONE)
        base_json_locate(bytes, size, "/catalog", &place.line, &place.column);
    if (rc == CLI_DONE)
        rc = named_check(cli, &place, config);
    base_json_destroy(config);
    base_free(bytes);
    return rc;
}

int cli_config_check(struct cli *cli)
{
    static const struct place given = {0};
    const char *path = cli->operands[0];
    struct base_buffer file = {0};
    struct stat status;

    if (stat(path, &status) != 0 || !S_ISDIR(status.st_mode))
        return file_check(cli, path);
    /* A folder with a hub's configuration stands for the catalogue that this one names. */
    base_buffer_put_format(&file, "%s/onedoor.json", path);
    int rc = access(base_buffer_text(&file), F_OK) == 0
                 ? file_check(cli, base_buffer_text(&file))
                 : folder_check(cli, path, &given);
    base_buffer_fini(&file);
    return rc;
}
