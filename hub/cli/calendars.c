/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/calendars.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "cli/text.h"

#define PATH_SIZE 4096

/* folder/<id>.json, folder/<id> or folder/<id>.ics, whichever there is. */
static bool path_try(const char *folder, const char *id, char path[PATH_SIZE])
{
    static const char *const endings[] = {".json", "", ".ics"};

    for (size_t i = 0; folder != NULL && i < sizeof(endings) / sizeof(endings[0]); i++) {
        int size = snprintf(path, PATH_SIZE, "%s/%s%s", folder, id, endings[i]);
        if (size < PATH_SIZE && access(path, R_OK) == 0)
            return true;
    }
    return false;
}

/* share/onedoor/calendars beside the folder that this program stands in. */
static bool installed_try(const char *id, char path[PATH_SIZE])
{
    char program[PATH_SIZE / 2], folder[PATH_SIZE];
    ssize_t size = readlink("/proc/self/exe", program, sizeof(program) - 1);

    if (size <= 0)
        return false;
    program[size] = '\0';
    char *slash = strrchr(program, '/');
    if (slash == NULL)
        return false;
    *slash = '\0';
    snprintf(folder, sizeof(folder), "%s/../share/onedoor/calendars", program);
    return path_try(folder, id, path);
}

static bool path_find(const char *name, char path[PATH_SIZE])
{
    snprintf(path, PATH_SIZE, "%s", name);
    if (strchr(name, '/') != NULL || access(name, R_OK) == 0)
        return true;
    return path_try(getenv("ONEDOOR_CALENDARS"), name, path) ||
           path_try("configs/calendars", name, path) ||
           path_try("/etc/onedoor/calendars", name, path) || installed_try(name, path);
}

static enum catalog_language catalog_language_of(const struct cli *cli)
{
    return cli->language == CLI_EN ? CATALOG_EN : CATALOG_ZH_CN;
}

void cli_findings_print(const struct cli *cli, FILE *file, const struct catalog_findings *findings)
{
    size_t kept =
        findings->count < CATALOG_FINDINGS_MAX ? findings->count : CATALOG_FINDINGS_MAX;

    for (size_t i = 0; i < kept; i++) {
        const struct catalog_finding *finding = &findings->items[i];

        cli_put(file, finding->file);
        if (finding->line > 0)
            fprintf(file, ":%u:%u", (unsigned)finding->line, (unsigned)finding->column);
        fputs(": ", file);
        cli_put(file, finding->text[catalog_language_of(cli)]);
        if (finding->pointer[0] != '\0') {
            fputs(" (", file);
            cli_put(file, finding->pointer);
            fputc(')', file);
        }
        fputc('\n', file);
    }
}

/* The places of path_find, for whoever has no such calendar. */
static void places_tell(const struct cli *cli)
{
    const char *own = getenv("ONEDOOR_CALENDARS");

    cli_tell(
        cli,
        cli_say(cli,
                "找过：ONEDOOR_CALENDARS（%s）、./configs/calendars、/etc/onedoor/calendars、"
                "程序旁的 ../share/onedoor/calendars",
                "looked in: ONEDOOR_CALENDARS (%s), ./configs/calendars, "
                "/etc/onedoor/calendars, ../share/onedoor/calendars beside the program"),
        own != NULL ? own : cli_say(cli, "未设", "not set"));
    cli_tell(cli, "%s",
             cli_say(cli,
                     "请给出文件路径（--calendar 路径/cn.json），或将 ONEDOOR_CALENDARS "
                     "设为存放日历的文件夹",
                     "give the path of the file (--calendar PATH/cn.json), or set "
                     "ONEDOOR_CALENDARS to the folder that holds it"));
}

int cli_calendar_tell(const struct cli *cli, const char *name, int rc,
                      const struct catalog_findings *findings)
{
    switch (rc) {
    case OD_ENOTFOUND:
        cli_tell(
            cli,
            cli_say(cli,
                    "没有日历 %s：须为编号、文件（JSON 或 iCalendar），或逐年文件所在的文件夹",
                    "there is no calendar %s: an id, a file (JSON or iCalendar), or a folder "
                    "of yearly files is due"),
            name);
        if (strchr(name, '/') == NULL)
            places_tell(cli);
        return CLI_NOT_FOUND;
    case OD_EINVAL:
        cli_findings_print(cli, stderr, findings);
        cli_tell(cli, cli_say(cli, "日历 %s 有误", "the calendar %s is refused"), name);
        return CLI_REFUSED;
    default:
        cli_tell(cli, cli_say(cli, "无法读取日历 %s", "the calendar %s cannot be read"), name);
        return CLI_FAILED;
    }
}

int cli_calendar_read(const char *name, struct catalog_calendar *out,
                      struct catalog_findings *findings)
{
    char path[PATH_SIZE];

    findings->count = 0;
    return path_find(name, path) ? catalog_calendar_load(path, out, findings) : OD_ENOTFOUND;
}

int cli_calendar_load(const struct cli *cli, const char *name, struct catalog_calendar *out)
{
    struct catalog_findings *findings = base_alloc(sizeof(*findings));

    if (findings == NULL)
        return CLI_FAILED;
    int rc = cli_calendar_read(name, out, findings);
    int end = rc == OD_OK ? CLI_DONE : cli_calendar_tell(cli, name, rc, findings);
    base_free(findings);
    return end;
}

void cli_findings_put(const struct cli *cli, struct base_buffer *json, const struct catalog_findings *findings)
{
    base_json_put_i64(json, "count", (int64_t)findings->count);
    base_json_open(json, "findings", '[');
    for (size_t i = 0; i < findings->count && i < CATALOG_FINDINGS_MAX; i++) {
        const struct catalog_finding *finding = &findings->items[i];
        base_json_open(json, NULL, '{');
        base_json_put_text(json, "file", finding->file);
        base_json_put_i64(json, "line", finding->line);
        base_json_put_i64(json, "column", finding->column);
        base_json_put_text(json, "pointer", finding->pointer);
        base_json_put_text(json, "text", finding->text[catalog_language_of(cli)]);
        base_json_close(json, '}');
    }
    base_json_close(json, ']');
}

const char *cli_catalog_text(const struct cli *cli, const struct catalog_text *text)
{
    return text != NULL ? text->in[catalog_language_of(cli)] : NULL;
}

const char *cli_calendar_day_name(const struct cli *cli,
                                  const struct catalog_calendar *calendar, core_day day)
{
    return cli_catalog_text(cli, catalog_listed_name(&calendar->rules, calendar->holiday_names,
                                                     calendar->make_up_names, day));
}

void cli_refused_print(const struct cli *cli, const char *zh, const struct catalog_findings *findings)
{
    struct base_buffer json = {0};

    if (!cli->is_json) {
        cli_findings_print(cli, stdout, findings);
        if (cli->language == CLI_EN)
            cli_tell(cli, "refused: %zu findings", findings->count);
        else
            cli_tell(cli, "%s有误：%zu 处", zh, findings->count);
        return;
    }
    base_json_open(&json, NULL, '{');
    base_json_put_bool(&json, "ok", false);
    cli_findings_put(cli, &json, findings);
    base_json_close(&json, '}');
    printf("%s\n", base_buffer_text(&json));
    base_buffer_fini(&json);
}
