/* SPDX-License-Identifier: Apache-2.0 */
/* What people of the authorities do in a random life: officers at their worklists, the front
 * desk, and whoever keeps the calendars. */
#include <stdio.h>
#include <stdlib.h>

#include "catalog/fixture.h"
#include "engine/sim_parts.h"
#include "lib/check.h"

#define EDITIONS 4

static char *replaced(char *text, const char *find, const char *replace)
{
    char *changed = fixture_replace(text, find, replace);

    free(text);
    return changed;
}

/* The fixture with what it lacks of the law: extensions, warnings, stages, a person's check, all limits. */
static char *make(unsigned edition)
{
    static const char *const days_off[EDITIONS] = {"2024-01-19", "2024-01-24", "2024-02-23", "2024-03-18"};
    char holiday[256], *text = strdup(fixture_text);

    text = replaced(text, "\"limits\": {\"statutory\": {\"unit\": \"working_day\", \"length\": 20}, \"promised\": {\"unit\": \"working_day\", \"length\": 5}}",
                    "\"stages\": [{\"id\": \"hearing\", \"starts_on\": \"hearing_told\", \"ends_on\": \"hearing_requested\","
                    " \"limit\": {\"unit\": \"working_day\", \"length\": 5}}], \"pauses\": [\"hearing\", \"inspection\"],"
                    "\"limits\": {\"watch\": {\"unit\": \"working_day\", \"length\": 6},"
                    "\"statutory\": {\"unit\": \"working_day\", \"length\": 20, \"warn\": {\"percent\": 80},"
                    " \"extend\": {\"max_times\": 1, \"max_length\": 10, \"approver\": \"officer\", \"reason\": true}},"
                    "\"promised\": {\"unit\": \"working_day\", \"length\": 5, \"warn\": {\"working_days\": 2},"
                    " \"extend\": {\"max_times\": 2, \"max_length\": 9, \"approver\": \"officer\", \"reason\": true}}}");
    text = replaced(text, "\"form\": [],\n", "\"form\": [], \"intake\": {\"check\": \"officer\"},\n");
    text = replaced(text, "\"promised\": {\"unit\": \"calendar_day\", \"length\": 20}}",
                    "\"promised\": {\"unit\": \"calendar_day\", \"length\": 20}, \"intake\": {\"unit\": \"working_day\", \"length\": 5},"
                    " \"delivery\": {\"unit\": \"working_day\", \"length\": 10}}");
    snprintf(holiday, sizeof(holiday), "\"holidays\": [{\"from\": \"%s\", \"name\": {\"zh-CN\": \"放假\", \"en\": \"Day off\"}},", days_off[edition]);
    return edition > 0 ? replaced(text, "\"holidays\": [", holiday) : text;
}

const char *sim_catalog(unsigned edition)
{
    static char *texts[EDITIONS]; /* reachable until the process ends */

    if (texts[edition] == NULL)
        texts[edition] = make(edition);
    return texts[edition];
}

void sim_officer_acts(const char *number)
{
    static const struct { enum front_route route; const char *body; } acts[] = {
        {FRONT_TASK_TAKE, NULL},
        {FRONT_TASK_OPINION, "{\"opinion\":\"approve\"}"},
        {FRONT_TASK_OPINION, "{\"opinion\":\"reject\",\"reasons\":[\"r\"]}"},
        {FRONT_TASK_OPINION, "{\"opinion\":\"reject\",\"reasons\":[\"r\"],\"bar\":\"false_material\"}"},
        {FRONT_TASK_PAUSE, "{\"kind\":\"inspection\"}"},
        {FRONT_TASK_PAUSE, "{\"kind\":\"hearing\",\"expected_days\":4,\"text\":\"a hearing\"}"},
        {FRONT_TASK_RESUME, NULL},
        {FRONT_TASK_ASK, "{\"text\":\"more\"}"},
        {FRONT_TASK_ASK, "{\"materials\":[\"id-copy\"]}"},
        {FRONT_TASK_REQUEUE, NULL},
        {FRONT_TASK_EXTEND, "{\"length\":7,\"reason\":\"r\"}"},
        {FRONT_TASK_EXTEND, "{\"clock\":\"promised\",\"length\":4,\"reason\":\"r\"}"},
        {FRONT_TASK_MILESTONE, "{\"milestone\":\"hearing_told\"}"},
        {FRONT_TASK_MILESTONE, "{\"milestone\":\"hearing_requested\"}"},
    };
    char task[BASE_NUMBER_SIZE + 8];
    unsigned act = stage_roll(COUNT(acts));
    struct front_identity who = {.key_id = "officer", .roles = UINT32_MAX, .department = "market"};

    snprintf(task, sizeof(task), "%s.%u", number, 1 + stage_roll(5));
    stage_ask_as(&who, acts[act].route, task, NULL, acts[act].body);
}

void sim_desk_acts(const char *number)
{
    static const char *const checks[] = {
        "{\"outcome\":\"complete\"}",
        "{\"outcome\":\"incomplete\",\"missing\":[{\"material\":\"id-copy\"}]}",
        "{\"matter\":\"license\",\"outcome\":\"complete\"}",
        "{\"outcome\":\"correctable\"}",
        "{\"outcome\":\"not_competent\",\"body\":\"the province\"}",
    };

    if (stage_roll(4) == 0)
        stage_ask(FRONT_APPLICATION_EXTEND, number, NULL, "{\"length\":3,\"reason\":\"r\"}");
    else if (stage_roll(4) == 0)
        stage_ask(FRONT_APPLICATION_NOTICES, number, NULL, NULL);
    else
        stage_ask(FRONT_APPLICATION_CHECK, number, NULL, checks[stage_roll(stage_roll(8) == 0 ? COUNT(checks) : 3)]);
}

void sim_calendar_amended(void)
{
    stage_catalog_write(sim_catalog(stage_roll(EDITIONS)));
    stage_ask_as(&(const struct front_identity){.key_id = "admin", .roles = UINT32_MAX, .department = ""}, FRONT_CATALOG_RELOAD, NULL,
                 stage_roll(4) == 0 ? "dry_run=true" : NULL, "{}");
}
