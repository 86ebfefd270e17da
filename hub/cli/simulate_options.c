/* SPDX-License-Identifier: Apache-2.0 */
/* simulate: reading its options. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "cli/calendars.h"
#include "cli/simulate.h"
#include "cli/suggest.h"

#define DAY_MS INT64_C(86400000)

static int wrong_tell(const struct cli *cli, const char *option, const char *value, const char *zh, const char *en)
{
    cli_tell(cli, "%s %s: %s", option, value, cli_say(cli, zh, en));
    return CLI_USAGE;
}

/* -- Promise and delay -- */

static const struct {
    const char *name;
    enum core_unit unit;
    int length_max;
} units[] = {
    {"", CORE_UNIT_NONE, CORE_LIMIT_DAYS_MAX},
    {"d", CORE_UNIT_CALENDAR_DAY, CORE_LIMIT_DAYS_MAX},
    {"wd", CORE_UNIT_WORKING_DAY, CORE_LIMIT_DAYS_MAX},
    {"h", CORE_UNIT_HOUR, CORE_LIMIT_HOURS_MAX},
    {"mo", CORE_UNIT_MONTH, CORE_LIMIT_MONTHS_MAX},
};

static int promise_read(const struct cli *cli, struct simulate_scenario *scenario)
{
    const char *text = cli_option(cli, "--promise");
    char *end;

    if (text == NULL)
        return CLI_DONE;
    errno = 0;
    long length = text[0] >= '0' && text[0] <= '9' ? strtol(text, &end, 10) : 0;
    for (size_t i = 0; length > 0 && errno == 0 && i < sizeof(units) / sizeof(units[0]); i++)
        if (strcmp(end, units[i].name) == 0 && length <= units[i].length_max) {
            scenario->promise_length = (int)length;
            scenario->promise_unit = units[i].unit;
            return CLI_DONE;
        }
    return wrong_tell(cli, "--promise", text, "须为 40、40d（自然日，1–3650）、10wd（工作日，1–3650）、72h（小时，1–8784）或 2mo（月，1–120）",
                      "40, 40d (calendar days, 1 to 3650), 10wd (working days, 1 to 3650), 72h (hours, 1 to 8784) or 2mo (months, 1 to 120) is due");
}

/* Digits, at most three behind a point, as thousandths. False when text does not begin with such. */
static bool thousandths_read(const char *text, const char **end, int64_t *value)
{
    int64_t whole = 0, part = 0;
    int scale = 1000;

    if (*text < '0' || *text > '9')
        return false;
    for (; *text >= '0' && *text <= '9' && whole < INT64_C(1000000000); text++)
        whole = whole * 10 + (*text - '0');
    if (*text == '.')
        for (text++; *text >= '0' && *text <= '9' && scale > 1; text++) {
            scale /= 10;
            part += (*text - '0') * scale;
        }
    *value = whole * 1000 + part;
    *end = text;
    return true;
}

static bool added_read(const char *text, int64_t *ms)
{
    static const struct { const char *name; int64_t ms; } spans[] = {{"d", DAY_MS}, {"h", 3600000}, {"m", 60000}, {"s", 1000}};
    bool is_less = *text == '-';
    const char *end;
    int64_t thousandths;

    if ((*text != '+' && *text != '-') || !thousandths_read(text + 1, &end, &thousandths))
        return false;
    for (size_t i = 0; i < sizeof(spans) / sizeof(spans[0]); i++)
        if (strcmp(end, spans[i].name) == 0 && thousandths <= SIMULATE_DELAY_MAX_MS / spans[i].ms * 1000) {
            *ms = (is_less ? -1 : 1) * (thousandths * (spans[i].ms / 1000));
            return true;
        }
    return false;
}

static bool change_read(const char *text, struct simulate_delay *delay)
{
    const char *end;
    int64_t scale;

    delay->scale = SIMULATE_SCALE_ONE;
    if (added_read(text, &delay->added_ms))
        return true;
    if (!thousandths_read(text, &end, &scale) || strcmp(end, "x") != 0 || scale > SIMULATE_SCALE_MAX)
        return false;
    delay->scale = (int32_t)scale;
    return true;
}

static int delay_read(const struct cli *cli, struct cli_simulate_question *question, const char *text)
{
    struct simulate_scenario *scenario = &question->scenario;
    struct simulate_delay *delay = &scenario->delays[scenario->delay_count];
    char *pattern = question->patterns[scenario->delay_count];
    const char *change = strrchr(text, '=');

    if (change == NULL || change == text || change - text > SIMULATE_NAME_MAX || !change_read(change + 1, delay))
        return wrong_tell(cli, "--delay", text, "须为 部门或事项=变化，如 fire=+3d、fire=-12h、*=0.5x（单位 d、h、m、s；倍数 0x 至 100x）",
                          "PATTERN=CHANGE is due, e.g. fire=+3d, fire=-12h, *=0.5x (units d, h, m, s; factors 0x to 100x)");
    memcpy(pattern, text, (size_t)(change - text));
    pattern[change - text] = '\0';
    delay->pattern = pattern;
    scenario->delay_count++;
    return CLI_DONE;
}

/* -- Columns -- */

static int column_read(const struct cli *cli, struct cli_simulate_question *question, const char *text)
{
    const char *head = strchr(text, '=');
    size_t size = head != NULL ? (size_t)(head - text) : strlen(text);
    struct cli_suggestion best = {0};
    char name[CLI_SUGGEST_MAX + 1] = "";

    memcpy(name, text, size < CLI_SUGGEST_MAX ? size : CLI_SUGGEST_MAX);
    for (unsigned i = 0; i < SIMULATE_COLUMNS; i++) {
        cli_suggest(&best, name, simulate_column_names[i]);
        if (strcmp(name, simulate_column_names[i]) != 0 || head == NULL || head[1] == '\0' || strlen(head + 1) > SIMULATE_NAME_MAX)
            continue;
        strcpy(question->heads[i], head + 1);
        question->log.columns[i] = question->heads[i];
        return CLI_DONE;
    }
    if (best.word != NULL && strcmp(best.word, name) != 0)
        cli_tell(cli, cli_say(cli, "--column %s：是否想要 %s？", "--column %s: did you mean %s?"), text, best.word);
    return wrong_tell(cli, "--column", text, "须为 名称=表头，名称为 case、activity、timestamp、start、deadline、end 之一",
                      "NAME=HEAD is due, where NAME is case, activity, timestamp, start, deadline or end");
}

/* -- All of them -- */

static int given_read(const struct cli *cli, struct cli_simulate_question *question, const struct cli_given *given)
{
    struct simulate_scenario *scenario = &question->scenario;

    if (strcmp(given->option->name, "--column") == 0)
        return column_read(cli, question, given->value);
    bool is_parallel = strcmp(given->option->name, "--parallel") == 0, is_delay = strcmp(given->option->name, "--delay") == 0;
    size_t count = is_parallel ? scenario->parallel_count : is_delay ? scenario->delay_count : 0;
    if (count == SIMULATE_PATTERNS_MAX || (is_parallel && given->value[0] == '\0'))
        return wrong_tell(cli, given->option->name, given->value, "须为 1 至 64 个非空的模式", "1 to 64 patterns are due, none of them empty");
    if (is_delay)
        return delay_read(cli, question, given->value);
    if (is_parallel)
        scenario->parallel[scenario->parallel_count++] = given->value;
    return CLI_DONE;
}

static int sources_read(const struct cli *cli, struct cli_simulate_question *question)
{
    question->data = cli_option(cli, "--data");
    question->log.events = cli_option(cli, "--log");
    question->log.cases = cli_option(cli, "--cases");
    if ((question->data != NULL) == (question->log.events != NULL)) {
        cli_tell(cli, "%s", cli_say(cli, "请给出 --data 文件夹，或 --log 事件日志，二者取一", "either --data DIR or --log EVENTS.csv is due"));
        return CLI_USAGE;
    }
    const char *const of_log[] = {"--cases", "--column", "--zone"};
    for (size_t i = 0; i < sizeof(of_log) / sizeof(of_log[0]) && question->data != NULL; i++)
        if (cli_option(cli, of_log[i]) != NULL)
            return wrong_tell(cli, of_log[i], "", "只与 --log 同用", "goes with --log alone");
    if (question->data == NULL && cli_option(cli, "--catalog") != NULL)
        return wrong_tell(cli, "--catalog", "", "只与 --data 同用：日志不涉及任何目录", "goes with --data alone: a log knows no catalogue");
    return CLI_DONE;
}

static int catalog_read(const struct cli *cli, struct cli_simulate_question *question)
{
    const char *folder = cli_option(cli, "--catalog");
    struct catalog_findings *findings;

    if (folder == NULL)
        return CLI_DONE;
    findings = base_alloc(sizeof(*findings));
    if (findings == NULL)
        return CLI_FAILED;
    int rc = catalog_load(folder, &question->catalog, findings);
    if (rc == OD_EINVAL)
        cli_findings_print(cli, stderr, findings);
    if (rc != OD_OK)
        cli_tell(cli, "%s: %s", folder, rc == OD_ENOTFOUND ? cli_say(cli, "没有此目录文件夹", "there is no such catalogue folder")
                                      : rc == OD_EINVAL  ? cli_say(cli, "目录有误", "the catalogue is refused")
                                                         : cli_say(cli, "无法读取此目录", "the catalogue cannot be read"));
    base_free(findings);
    question->scenario.catalog = question->catalog;
    return rc == OD_OK ? CLI_DONE : rc == OD_ENOTFOUND ? CLI_NOT_FOUND : rc == OD_EINVAL ? CLI_REFUSED : CLI_FAILED;
}

static int calendar_read(const struct cli *cli, struct cli_simulate_question *question)
{
    static const struct core_calendar plain = {.weekend = 0x60, .published_until = CORE_DAY_MAX}; /* Saturday and Sunday, no day off */
    const char *name = cli_option(cli, "--calendar");

    question->log.calendar = &plain;
    if (name == NULL)
        return CLI_DONE;
    int end = cli_calendar_load(cli, name, &question->calendar);
    if (end == CLI_DONE)
        question->scenario.calendar = &question->calendar.rules;
    return end;
}

int cli_simulate_read(const struct cli *cli, struct cli_simulate_question *question)
{
    int end = sources_read(cli, question);

    if (end == CLI_DONE)
        end = promise_read(cli, &question->scenario);
    for (size_t i = 0; i < cli->given_count && end == CLI_DONE; i++)
        end = given_read(cli, question, &cli->given[i]);
    if (end == CLI_DONE)
        end = calendar_read(cli, question);
    if (end == CLI_DONE)
        end = catalog_read(cli, question);
    if (end != CLI_DONE)
        cli_simulate_question_fini(question);
    return end;
}

void cli_simulate_question_fini(struct cli_simulate_question *question)
{
    if (question->scenario.calendar != NULL)
        catalog_calendar_fini(&question->calendar);
    catalog_release(question->catalog);
    question->scenario.calendar = NULL;
    question->catalog = NULL;
}
