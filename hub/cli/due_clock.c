/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/due_clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/time.h"
#include "cli/calendars.h"
#include "core/names.h"

#define PATH_SIZE 4096
#define RULES_NAMED_MAX 128 /* named to whoever gave none of them */

static bool is_separator(char byte)
{
    return byte == ',' || byte == ';' || byte == ' ';
}

/* "2024-02-20..2024-02-26" */
static int pause_read(const char *text, size_t size, struct core_stop *stop)
{
    char from[BASE_DATE_SIZE], until[BASE_DATE_SIZE];

    if (size != 2 * (BASE_DATE_SIZE - 1) + 2 || memcmp(text + BASE_DATE_SIZE - 1, "..", 2) != 0)
        return OD_ESYNTAX;
    memcpy(from, text, BASE_DATE_SIZE - 1);
    memcpy(until, text + BASE_DATE_SIZE + 1, BASE_DATE_SIZE - 1);
    from[BASE_DATE_SIZE - 1] = until[BASE_DATE_SIZE - 1] = '\0';
    *stop = (struct core_stop){.kind = CORE_PAUSE_INSPECTION};
    if (base_day_parse(from, &stop->from) != OD_OK || base_day_parse(until, &stop->until) != OD_OK)
        return OD_ESYNTAX;
    return stop->until >= stop->from ? OD_OK : OD_ESYNTAX;
}

static int order_of_stops(const void *a, const void *b)
{
    const struct core_stop *left = a, *right = b;

    return (left->from > right->from) - (left->from < right->from);
}

int cli_due_pauses_read(const char *text, struct cli_due_clock *clock)
{
    clock->stop_count = 0;
    while (*text != '\0') {
        size_t size = 0;

        while (is_separator(*text))
            text++;
        while (text[size] != '\0' && !is_separator(text[size]))
            size++;
        if (size == 0)
            break;
        if (clock->stop_count == CORE_STOPS_MAX)
            return OD_ELIMIT;
        int rc = pause_read(text, size, &clock->stops[clock->stop_count]);
        if (rc != OD_OK)
            return rc;
        clock->stop_count++;
        text += size;
    }
    qsort(clock->stops, clock->stop_count, sizeof(clock->stops[0]), order_of_stops);
    return OD_OK;
}

/* Where rule sets lie: as calendars do. */
static bool rules_find(const char *given, char path[PATH_SIZE])
{
    static const char *const places[] = {"configs/rules", "/etc/onedoor/rules"};
    const char *own = given != NULL ? given : getenv("ONEDOOR_RULES");
    char program[PATH_SIZE / 2];

    if (own != NULL)
        return snprintf(path, PATH_SIZE, "%s", own) < PATH_SIZE;
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
        if (snprintf(path, PATH_SIZE, "%s", places[i]) < PATH_SIZE && access(path, R_OK) == 0)
            return true;
    ssize_t size = readlink("/proc/self/exe", program, sizeof(program) - 1);
    if (size <= 0)
        return false;
    program[size] = '\0';
    char *slash = strrchr(program, '/');
    if (slash != NULL)
        *slash = '\0';
    snprintf(path, PATH_SIZE, "%s/../share/onedoor/rules", program);
    return access(path, R_OK) == 0;
}

static int rules_load(const struct cli *cli, const char *given, struct cli_due_clock *clock)
{
    struct catalog_findings *findings = base_alloc(sizeof(*findings));
    char path[PATH_SIZE] = "configs/rules";
    int rc = OD_ENOMEM;

    if (findings != NULL)
        rc = rules_find(given, path) ? catalog_rules_load(path, &clock->rules, findings) : OD_ENOTFOUND;
    if (rc == OD_EINVAL)
        cli_findings_print(cli, stderr, findings);
    if (rc == OD_ENOTFOUND)
        cli_tell(cli, cli_say(cli, "没有规则文件 %s；用 --rules 指明文件或文件夹", "there are no rules at %s; name a file or folder with --rules"), path);
    base_free(findings);
    return rc == OD_OK ? CLI_DONE : rc == OD_ENOTFOUND ? CLI_NOT_FOUND : rc == OD_EINVAL ? CLI_REFUSED : CLI_FAILED;
}

/* Every word that --rule takes, the last NULL. */
static size_t rule_words(const struct catalog *rules, const char *words[RULES_NAMED_MAX + 4])
{
    static const char *const units[] = {"working_day", "calendar_day", "month"};
    size_t count = 0;

    for (; count < sizeof(units) / sizeof(units[0]); count++)
        words[count] = units[count];
    for (size_t i = 0; rules != NULL && i < catalog_rule_set_count(rules); i++) {
        const struct catalog_rule_set *set = catalog_rule_set_at(rules, i);

        for (size_t k = 0; k < set->rule_count && count < RULES_NAMED_MAX + 3; k++)
            if (set->rules[k].limit.unit != CORE_UNIT_NONE && set->rules[k].limit.unit != CORE_UNIT_HOUR)
                words[count++] = set->rules[k].id;
    }
    words[count] = NULL;
    return count;
}

static void rule_tell(const struct cli *cli, const struct catalog *rules, const char *word)
{
    const char *words[RULES_NAMED_MAX + 4];

    rule_words(rules, words);
    (void)cli_is_one_of(cli, word, words); /* tells the nearest, or all of them */
}

int cli_due_rule_read(const struct cli *cli, const char *word, const char *path, struct cli_due_clock *clock)
{
    clock->limit = (struct core_limit){.unit = core_unit_find(word != NULL ? word : "working_day")};
    if (clock->limit.unit != CORE_UNIT_NONE && clock->limit.unit != CORE_UNIT_HOUR)
        return CLI_DONE;
    int rc = clock->rules == NULL ? rules_load(cli, path, clock) : CLI_DONE;
    if (rc != CLI_DONE)
        return rc;
    clock->rule = catalog_rule_find(clock->rules, word);
    if (clock->rule == NULL || clock->rule->limit.unit == CORE_UNIT_NONE || clock->rule->limit.unit == CORE_UNIT_HOUR) {
        rule_tell(cli, clock->rules, word);
        return CLI_USAGE;
    }
    clock->limit = clock->rule->limit;
    clock->limit.calendar = NULL; /* the one that was asked for */
    return CLI_DONE;
}

int cli_due_clock_run(struct cli_due_clock *clock, const struct core_calendar *calendar, core_day from, int length)
{
    struct core_limit *limit = &clock->limit;

    limit->length = length;
    clock->span = (struct core_span){.calendar = calendar, .limit = limit, .stops = clock->stops, .stop_count = clock->stop_count,
                                     .task = CORE_TASKS_MAX, .pause_on = CORE_PAUSES_ALL};
    clock->clock = (struct core_clock){.state = CORE_CLOCK_RUNNING, .start = from, .extended = clock->extended};
    return core_clock_renew(&clock->clock, &clock->span);
}

void cli_due_clock_fini(struct cli_due_clock *clock)
{
    if (clock != NULL)
        catalog_release(clock->rules);
}
