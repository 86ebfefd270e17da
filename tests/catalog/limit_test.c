/* SPDX-License-Identifier: Apache-2.0 */
/* Limits, stages and rule sets as data: what each member becomes, each finding at its place, each
 * number at its limit and one beyond. */
#include <stdio.h>
#include <stdlib.h>

#include "catalog/fixture.h"
#include "lib/check.h"

static struct catalog_findings findings;

/* What rows put their limit into. */
#define LICENSE_PROMISE "\"promised\": {\"unit\": \"working_day\", \"length\": 5}"
#define LICENSE_LIMITS "{\"statutory\": {\"unit\": \"working_day\", \"length\": 20}, \"promised\": {\"unit\": \"working_day\", \"length\": 5}}"
#define CAFE_LIMITS "{\"unit\": \"calendar_day\", \"length\": 30}},\n     \"form\": ["

static const char sets[] =
    "\"rule_sets\": [{\"id\": \"law\", \"name\": {\"zh-CN\": \"法\", \"en\": \"Law\"}, \"source\": {\"zh-CN\": \"《法》\", \"en\": \"the Act\"},\n"
    " \"rules\": [\n"
    "  {\"id\": \"twenty\", \"article\": \"42\", \"text\": {\"zh-CN\": \"二十日\", \"en\": \"Twenty days\"}, \"limit\": {\"unit\": \"working_day\", \"length\": 20, \"warn\": {\"working_days\": 3, \"percent\": 80}, \"extend\": {\"max_times\": 1, \"max_length\": 10, \"approver\": \"head\"}}},\n"
    "  {\"id\": \"forty\", \"article\": \"42\", \"text\": {\"zh-CN\": \"四十五日\", \"en\": \"Forty-five days\"}, \"limit\": {\"unit\": \"working_day\", \"length\": 45}},\n"
    "  {\"id\": \"five\", \"article\": \"32\", \"text\": {\"zh-CN\": \"五日\", \"en\": \"Five days\"}, \"limit\": {\"unit\": \"working_day\", \"length\": 5, \"start\": \"receipt\"}},\n"
    "  {\"id\": \"ten\", \"article\": \"44\", \"text\": {\"zh-CN\": \"十日\", \"en\": \"Ten days\"}, \"limit\": {\"unit\": \"working_day\", \"length\": 10, \"start\": \"decision\"}},\n"
    "  {\"id\": \"asking\", \"article\": \"47\", \"text\": {\"zh-CN\": \"听证\", \"en\": \"Hearing\"}, \"stage\": {\"starts_on\": \"hearing_told\", \"ends_on\": \"hearing_requested\"}, \"limit\": {\"unit\": \"working_day\", \"length\": 5}},\n"
    "  {\"id\": \"calling\", \"article\": \"48\", \"text\": {\"zh-CN\": \"通知\", \"en\": \"Notice\"}, \"stage\": {\"starts_on\": \"hearing_requested\", \"ends_on\": \"hearing_announced\", \"lead\": 7}},\n"
    "  {\"id\": \"told\", \"article\": \"38\", \"text\": {\"zh-CN\": \"理由\", \"en\": \"Reasons\"}}],\n"
    " \"defaults\": {\"task.statutory\": \"twenty\", \"joint.statutory\": \"forty\", \"intake\": \"five\", \"delivery\": \"ten\", \"stages\": [\"asking\", \"calling\"]}}],\n";

static char *with_sets(const char *find, const char *replace)
{
    char *before = fixture_replace(fixture_text, " \"departments\": [\n", sets);
    char *whole = malloc(strlen(before) + 64);
    const char *at = strstr(before, sets) + strlen(sets);

    sprintf(whole, "%.*s \"departments\": [\n%s", (int)(at - before), before, at);
    char *text = fixture_replace(whole, find, replace);
    free(before);
    free(whole);
    return text;
}

/* The limit as the promise of matter "license", whose statute is longer than any. */
static int load_promise(const char *limit, struct catalog **out)
{
    char limits[1024];

    snprintf(limits, sizeof(limits), "{\"statutory\": {\"unit\": \"working_day\", \"length\": 3650, \"start\": \"taken\", \"reset_on\": [\"supplemented\", \"resumed\"]}, \"promised\": %s}", limit);
    char *text = fixture_replace(fixture_text, LICENSE_LIMITS, limits);
    int rc = fixture_load_text(text, out, &findings);
    free(text);
    return rc;
}

static void every_member_becomes_what_the_core_runs_by(void **state)
{
    struct catalog *catalog = NULL;

    (void)state;
    int rc = load_promise("{\"unit\": \"calendar_day\", \"length\": 30, \"counts_start_day\": true, \"end_roll\": \"next_working_day\", \"calendar\": \"cn\","
                          " \"start\": \"receipt\", \"not_started_until\": \"workable\", \"retroactive\": true, \"pause_day\": \"counts\", \"resume_day\": \"counts\","
                          " \"pause_on\": [\"hearing\", \"auction\", \"supplement\"], \"reset_on\": [\"supplemented\", \"resumed\"],"
                          " \"warn\": {\"working_days\": 3, \"percent\": 80}, \"extend\": {\"max_times\": 2, \"max_length\": 7, \"approver\": \"government\", \"reason\": false}}", &catalog);
    fixture_print(&findings);
    CHECK_I64(OD_OK, rc, "loads");
    const struct core_limit *limit = &catalog_matter_find(catalog, "license")->promised;
    CHECK_I64(CORE_UNIT_CALENDAR_DAY, limit->unit, "unit");
    CHECK_I64(30, limit->length, "length");
    CHECK(limit->counts_start_day && limit->end_roll == CORE_END_ROLL_NEXT_WORKING_DAY, "counting");
    CHECK(limit->calendar == catalog_calendar_rules(catalog), "calendar");
    CHECK(limit->start == CORE_START_RECEIPT && limit->not_started_until == CORE_START_WORKABLE && limit->is_retroactive, "start");
    CHECK(!limit->is_pause_day_free && limit->is_resume_day_counted, "days of a pause");
    CHECK_I64(1u << CORE_PAUSE_HEARING | 1u << CORE_PAUSE_AUCTION | 1u << CORE_PAUSE_SUPPLEMENT, limit->pause_on, "pauses");
    CHECK_I64(1u << CORE_RESET_SUPPLEMENTED | 1u << CORE_RESET_RESUMED, limit->reset_on, "resets");
    CHECK(limit->warn_days == 3 && limit->warn_percent == 80, "warn");
    CHECK(limit->extend.times_max == 2 && limit->extend.length_max == 7 && limit->extend.unit == CORE_UNIT_NONE, "extension");
    CHECK(limit->extend.approver == CORE_RANK_GOVERNMENT && !limit->extend.needs_reason, "who extends");
    CHECK(limit->rule == NULL, "no rule");
    const struct core_limit *plain = &catalog_matter_find(catalog, "health-permit")->promised;
    struct core_limit bare = {.unit = CORE_UNIT_WORKING_DAY, .length = 8};
    CHECK(memcmp(plain, &bare, sizeof(bare)) == 0, "what is not said is zero");
    catalog_release(catalog);
}

/* Limits that load as a promise of a matter, or do not. */
static const struct { const char *limit; bool loads; const char *why; } numbers[] = {
    {"{\"unit\": \"working_day\", \"length\": 3650}", true, "days: limit"},
    {"{\"unit\": \"calendar_day\", \"length\": 3651}", false, "days: limit + 1"},
    {"{\"unit\": \"hour\", \"length\": 8784, \"pause_on\": \"none\"}", true, "hours: limit"},
    {"{\"unit\": \"hour\", \"length\": 8785, \"pause_on\": \"none\"}", false, "hours: limit + 1"},
    {"{\"unit\": \"month\", \"length\": 119}", true, "months, within 3650 days"},
    {"{\"unit\": \"month\", \"length\": 121}", false, "months: limit + 1"},
    {"{\"unit\": \"working_day\", \"length\": 5, \"warn\": {\"percent\": 100}}", true, "percent: limit"},
    {"{\"unit\": \"working_day\", \"length\": 5, \"warn\": {\"percent\": 101}}", false, "percent: limit + 1"},
    {"{\"unit\": \"working_day\", \"length\": 5, \"warn\": {\"percent\": 0}}", false, "percent 0"},
    {"{\"unit\": \"working_day\", \"length\": 5, \"warn\": {\"working_days\": 3650}}", true, "days left: limit"},
    {"{\"unit\": \"working_day\", \"length\": 5, \"warn\": {\"working_days\": 3651}}", false, "days left: limit + 1"},
    {"{\"unit\": \"working_day\", \"length\": 5, \"extend\": {\"max_times\": 99, \"max_length\": 3650, \"approver\": \"head\"}}", true, "extensions: limit"},
    {"{\"unit\": \"working_day\", \"length\": 5, \"extend\": {\"max_times\": 100, \"max_length\": 1, \"approver\": \"head\"}}", false, "extensions: limit + 1"},
    {"{\"unit\": \"working_day\", \"length\": 5, \"extend\": {\"max_length\": 3651, \"approver\": \"head\"}}", false, "length of one: limit + 1"},
    {"{\"unit\": \"working_day\", \"length\": 5, \"extend\": {\"max_times\": 0}}", true, "none at all"},
    {"{\"unit\": \"month\", \"length\": 3, \"extend\": {\"max_length\": 30, \"unit\": \"calendar_day\", \"approver\": \"officer\"}}", true, "days upon months"},
};

static void numbers_hold_at_the_limit_and_one_more(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(numbers); i++) {
        struct catalog *catalog = NULL;
        int rc = load_promise(numbers[i].limit, &catalog);
        if ((rc == OD_OK) != numbers[i].loads)
            fixture_print(&findings);
        CHECK_I64(numbers[i].loads ? OD_OK : OD_EINVAL, rc, numbers[i].why);
        catalog_release(catalog);
    }
}

/* -- Findings: as in findings_test.c, over the fixture with its rule set -- */

static const struct { const char *find, *replace, *text, *mark, *why; } rows[] = {
    /* limits */
    {LICENSE_PROMISE, "\"promised\": {\"unit\": \"working_day\", \"length\": 5, \"start\": \"decision\"}", "\"decision\" does not start a limit here: a matter's limit starts with one of: receipt, acceptance, workable, taken", "\"decision\"}},\n     \"fees\"", "start of a matter's"},
    {CAFE_LIMITS, "{\"unit\": \"calendar_day\", \"length\": 30}, \"delivery\": {\"unit\": \"working_day\", \"length\": 5, \"start\": \"receipt\"}},\n     \"form\": [", "\"receipt\" does not start a limit here: it starts with the decision", "\"receipt\"}},\n     \"form\"", "start of a delivery"},
    {"\"statutory\": {\"unit\": \"working_day\", \"length\": 45}", "\"statutory\": {\"unit\": \"working_day\", \"length\": 45, \"start\": \"workable\"}", "\"workable\" does not start a limit here: a service's limit starts with one of: receipt, acceptance", "\"workable\"}", "start of a joint limit"},
    {"\"statutory\": {\"unit\": \"working_day\", \"length\": 45}", "\"statutory\": {\"rule\": \"ten\"}", "\"decision\" does not start a limit here", "{\"rule\": \"ten\"}", "start of its rule"},
    {LICENSE_PROMISE, "\"promised\": {\"unit\": \"working_day\", \"length\": 5, \"start\": \"accepted\"}", "\"start\" is to be one of: receipt, acceptance, workable, taken, decision", "\"accepted\"}}", "no start"},
    {LICENSE_PROMISE, "\"promised\": {\"unit\": \"working_day\", \"length\": 5, \"not_started_until\": \"acceptance\"}", "\"not_started_until\" is no later than the start (workable)", "\"acceptance\"}}", "held back until before"},
    {LICENSE_PROMISE, "\"promised\": {\"unit\": \"working_day\", \"length\": 5, \"retroactive\": true}", "\"retroactive\" needs something that held the limit back", "true}},\n     \"fees\"", "retroactive of nothing"},
    {LICENSE_PROMISE, "\"promised\": {\"unit\": \"working_day\", \"length\": 5, \"not_started_until\": \"taken\", \"retroactive\": true}", "only a limit from receipt or acceptance can be retroactive", "true}},\n     \"fees\"", "retroactive from workable"},
    {LICENSE_PROMISE, "\"promised\": {\"unit\": \"working_day\", \"length\": 5, \"pause_on\": []}", "\"pause_on\" is empty; write \"none\"", "[]}}", "nothing for none"},
    {LICENSE_PROMISE, "\"promised\": {\"unit\": \"working_day\", \"length\": 5, \"pause_on\": \"all\"}", "\"pause_on\" is to be \"none\" or an array of pauses", "\"all\"}}", "a word"},
    {LICENSE_PROMISE, "\"promised\": {\"unit\": \"working_day\", \"length\": 5, \"pause_on\": [\"hearing\", \"lunch\"]}", "a pause is to be one of: hearing,", "\"lunch\"]}}", "no pause"},
    {LICENSE_PROMISE, "\"promised\": {\"unit\": \"working_day\", \"length\": 5, \"reset_on\": [\"asked\"]}", "a reset is to be one of: supplemented, resumed", "\"asked\"]}}", "no reset"},
    {LICENSE_PROMISE, "\"promised\": {\"unit\": \"working_day\", \"length\": 5, \"reset_on\": [\"resumed\"]}", "it is counted anew where the statute is not; remove its \"reset_on\"", "{\"unit\": \"working_day\", \"length\": 5, \"reset_on\"", "a promise that starts again"},
    {LICENSE_PROMISE, "\"promised\": {\"unit\": \"working_day\", \"length\": 5, \"pause_day\": \"free\"}", "the day of a pause counts for the statute and not for it; set its \"pause_day\" to \"counts\"", "{\"unit\": \"working_day\", \"length\": 5, \"pause_day\"", "a promise that rests longer"},
    {LICENSE_PROMISE, "\"promised\": {\"unit\": \"working_day\", \"length\": 5, \"warn\": {}}", "\"warn\" says nothing", "{}}}", "no threshold"},
    {LICENSE_PROMISE, "\"promised\": {\"unit\": \"hour\", \"length\": 5, \"pause_on\": \"none\", \"warn\": {\"working_days\": 1}}", "a limit in hours is warned of by \"percent\"", "{\"working_days\": 1}}}", "days left of hours"},
    {LICENSE_PROMISE, "\"promised\": {\"unit\": \"hour\", \"length\": 5, \"pause_on\": \"none\", \"counts_start_day\": true}", "\"counts_start_day\" does not belong here: hours are counted from minute to minute", "true}},\n     \"fees\"", "start day of hours"},
    {LICENSE_PROMISE, "\"promised\": {\"unit\": \"hour\", \"length\": 5, \"pause_on\": \"none\", \"end_roll\": \"next_working_day\"}", "\"end_roll\" does not belong here: hours are counted through days off", "\"next_working_day\"}}", "roll of hours"},
    {LICENSE_PROMISE, "\"promised\": {\"unit\": \"working_day\", \"length\": 5, \"extend\": {\"max_length\": 5}}", "\"approver\" is missing", "{\"max_length\": 5}", "who extends"},
    {LICENSE_PROMISE, "\"promised\": {\"unit\": \"working_day\", \"length\": 5, \"extend\": {\"approver\": \"head\"}}", "\"max_length\" is missing", "{\"approver\": \"head\"}", "by how much"},
    {LICENSE_PROMISE, "\"promised\": {\"unit\": \"working_day\", \"length\": 5, \"extend\": {\"max_length\": 5, \"approver\": \"mayor\"}}", "\"approver\" is to be one of: officer, head, government", "\"mayor\"", "no rank"},
    {LICENSE_PROMISE, "\"promised\": {\"unit\": \"working_day\", \"length\": 5, \"extend\": {\"max_length\": 5, \"unit\": \"month\", \"approver\": \"head\"}}", "an extension is of the limit's own unit", "\"month\"", "months upon days"},
    {LICENSE_PROMISE, "\"promised\": {\"unit\": \"working_day\", \"length\": 5, \"calendar\": \"de\"}", "there is no calendar \"de\"", "\"de\"}}", "no calendar"},
    {LICENSE_PROMISE, "\"promised\": {\"rule\": \"twenti\"}", "there is no rule \"twenti\"; did you mean \"twenty\"?", "\"twenti\"", "no rule"},
    {LICENSE_PROMISE, "\"promised\": {\"rule\": \"told\"}", "rule \"told\" sets no limit", "\"told\"}}", "a rule without a limit"},
    {LICENSE_PROMISE, "\"promised\": {\"rule\": \"twenty\", \"unit\": \"month\"}", "\"length\" is missing", "{\"rule\": \"twenty\", \"unit\": \"month\"}", "another unit, the rule's length"},
    {CAFE_LIMITS, "{\"unit\": \"calendar_day\", \"length\": 30, \"pause_on\": [\"hearing\"]}},\n     \"form\": [", "\"pause_on\" does not belong here: nothing stops this limit", "[\"hearing\"]}},", "pause of a supplement"},
    {CAFE_LIMITS, "{\"unit\": \"calendar_day\", \"length\": 30, \"reset_on\": [\"resumed\"]}},\n     \"form\": [", "\"reset_on\" does not belong here", "[\"resumed\"]}},", "reset of a supplement"},
    {CAFE_LIMITS, "{\"unit\": \"calendar_day\", \"length\": 30}, \"intake\": {\"rule\": \"twenty\"}},\n     \"form\": [", "\"extend\" does not belong here: only the statutory and promised limits can be extended; remove it by another rule", "{\"rule\": \"twenty\"}", "a rule that can be extended"},
    {CAFE_LIMITS, "{\"unit\": \"calendar_day\", \"length\": 30}, \"tolerance\": {\"unit\": \"hour\", \"length\": 30}},\n     \"form\": [", "a material is promised for a day", "\"hour\"", "tolerance in hours"},
    {CAFE_LIMITS, "{\"unit\": \"calendar_day\", \"length\": 30}, \"watch\": {\"unit\": \"hour\", \"length\": 30}},\n     \"form\": [", "unknown member \"watch\"", "{\"unit\": \"hour\"", "a watch of a service"},
    {LICENSE_LIMITS, "{\"statutory\": {\"unit\": \"working_day\", \"length\": 20}, \"promised\": {\"unit\": \"working_day\", \"length\": 5}, \"watch\": {\"unit\": \"working_day\", \"length\": 5, \"start\": \"receipt\"}}", "\"receipt\" does not start a limit here: it starts with the pause", "\"receipt\"}},\n     \"fees\"", "start of a watch"},
    {"\"statutory\": {\"unit\": \"working_day\", \"length\": 45}, \"promised\": {\"unit\": \"working_day\", \"length\": 15}", "\"statutory\": {\"rule\": \"forty\"}, \"promised\": {\"unit\": \"working_day\", \"length\": 46}", "the promise (46 working days) can end later than the statutory limit (45 working days)", "{\"unit\": \"working_day\", \"length\": 46}", "later than its rule"},
    /* stages */
    {"\"fees\": []},", "\"fees\": [], \"stages\": [{\"id\": \"s\", \"starts_on\": \"taken\", \"ends_on\": \"taken\", \"limit\": {\"unit\": \"working_day\", \"length\": 1}}]},", "the stage ends where it starts", "\"taken\", \"limit\"", "of no length"},
    {"\"fees\": []},", "\"fees\": [], \"stages\": [{\"id\": \"s\", \"starts_on\": \"hearing_requested\", \"ends_on\": \"hearing_told\", \"limit\": {\"unit\": \"working_day\", \"length\": 1}}]},", "\"hearing_told\" always comes before \"hearing_requested\", so the stage would never end", "\"hearing_told\", \"limit\"", "backwards"},
    {"\"fees\": []},", "\"fees\": [], \"stages\": [{\"id\": \"s\", \"starts_on\": \"delegated\", \"ends_on\": \"workable\", \"limit\": {\"unit\": \"working_day\", \"length\": 1}}]},", "\"workable\" always comes before \"delegated\"", "\"workable\", \"limit\"", "never reached"},
    {"\"fees\": []},", "\"fees\": [], \"stages\": [{\"id\": \"s\", \"starts_on\": \"began\", \"limit\": {\"unit\": \"working_day\", \"length\": 1}}]},", "\"starts_on\" is to be one of: workable, taken, delegated,", "\"began\"", "no milestone"},
    {"\"fees\": []},", "\"fees\": [], \"stages\": [{\"id\": \"s\", \"starts_on\": \"taken\"}]},", "the stage has neither \"limit\" nor \"lead\"", "{\"id\": \"s\"", "says nothing"},
    {"\"fees\": []},", "\"fees\": [], \"stages\": [{\"id\": \"s\", \"starts_on\": \"taken\", \"lead\": 7}]},", "only \"hearing_announced\" names a day", "7}]", "lead of no day"},
    {"\"fees\": []},", "\"fees\": [], \"stages\": [{\"id\": \"s\", \"starts_on\": \"hearing_told\", \"ends_on\": \"hearing_announced\", \"lead\": 366}]},", "\"lead\" is to be a whole number from 1 to 365", "366}]", "lead: limit + 1"},
    {"\"fees\": []},", "\"fees\": [], \"stages\": [\"asking\", \"asking\"]},", "stage \"asking\" stands twice in the matter", "\"asking\"]},", "twice"},
    {"\"fees\": []},", "\"fees\": [], \"stages\": [\"askin\"]},", "there is no rule \"askin\"; did you mean \"asking\"?", "\"askin\"]},", "no rule"},
    {"\"fees\": []},", "\"fees\": [], \"stages\": [\"twenty\"]},", "rule \"twenty\" is no stage", "\"twenty\"]},", "no stage"},
    {"\"fees\": []},", "\"fees\": [], \"stages\": [{\"id\": \"s\", \"starts_on\": \"taken\", \"limit\": {\"unit\": \"working_day\", \"length\": 1, \"extend\": {\"max_length\": 1, \"approver\": \"head\"}}}]},", "\"extend\" does not belong here", "{\"max_length\": 1", "a stage is not extended"},
    {"\"fees\": []},", "\"fees\": [], \"stages\": [\"asking\", \"calling\", {\"rule\": \"asking\", \"id\": \"a\"}, {\"rule\": \"asking\", \"id\": \"b\"}, {\"rule\": \"asking\", \"id\": \"c\"}, {\"rule\": \"asking\", \"id\": \"d\"}, {\"rule\": \"asking\", \"id\": \"e\"}]},", "\"stages\" has 7 items, at most 6", "[\"asking\", \"calling\", {", "stages: limit + 1"},
    /* rule sets */
    {"\"id\": \"told\"", "\"id\": \"five\"", "rule \"five\" is defined already, in set \"law\"", "\"five\", \"article\": \"38\"", "rule twice"},
    {"\"article\": \"38\", ", "", "\"article\" is missing", "{\"id\": \"told\"", "no article"},
    {"\"task.statutory\": \"twenty\"", "\"task.statutory\": \"told\"", "rule \"told\" sets no limit; name one that does, or remove it", "\"told\", \"joint.statutory\"", "default without a limit"},
    {"\"task.statutory\": \"twenty\"", "\"task.promised\": \"twenty\"", "unknown member \"task.promised\"", "\"twenty\", \"joint.statutory\"", "no such default"},
    {"[\"asking\", \"calling\"]", "[\"asking\", \"told\"]", "rule \"told\" is no stage", "\"told\"]", "default that is no stage"},
    {"\"lead\": 7}", "\"lead\": 7}, \"limit\": {\"rule\": \"five\"}", "a rule states its own limit", "\"five\"}}", "a rule of a rule"},
    {"\"ends_on\": \"hearing_announced\", \"lead\": 7", "\"ends_on\": \"hearing_announced\"", "the stage has neither \"limit\" nor \"lead\"", "{\"id\": \"calling\"", "a stage that says nothing"},
    {"\"calendar\": \"cn\"", "\"calendar\": \"cn\", \"rule_set\": \"lawn\"", "there is no rule set \"lawn\"; did you mean \"law\"?", "\"lawn\"", "no set"},
    {"\"departments\": [", "\"departments\": [{\"id\": \"x\", \"name\": {\"zh-CN\": \"a\", \"en\": \"a\"}, \"calendar\": \"dx\"},", "there is no calendar \"dx\"", "\"dx\"", "calendar of a department"},
    {"{\"id\": \"law\"", "{\"id\": \"law\", \"rules\": []}, {\"id\": \"law2\"", "\"rules\" is empty", "[]}, {\"id\": \"law2\"", "a set without rules"},
};

static bool row_holds(size_t i)
{
    char *text = with_sets(rows[i].find, rows[i].replace);
    struct catalog *catalog = NULL;
    uint32_t line = 0, column = 0;

    int rc = fixture_load_text(text, &catalog, &findings);
    const struct catalog_finding *finding = fixture_finding(&findings, rows[i].text);
    fixture_place(text, rows[i].mark, &line, &column);
    bool holds = rc == OD_EINVAL && catalog == NULL && finding != NULL && finding->line == line && finding->column == column;
    if (!holds) {
        fprintf(stderr, "%s: expected at %u:%u \"%s\", found:\n", rows[i].why, (unsigned)line, (unsigned)column, rows[i].text);
        fixture_print(&findings);
    }
    catalog_release(catalog);
    free(text);
    return holds;
}

static void each_check_tells_its_finding_and_place(void **state)
{
    size_t failed = 0;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        failed += !row_holds(i);
    CHECK_I64(0, failed, "rows without their finding");
}

/* -- Rule sets at work -- */

static void a_set_holds_where_nothing_is_said(void **state)
{
    char *text = with_sets("\"calendar\": \"cn\"", "\"calendar\": \"cn\", \"rule_set\": \"law\"");
    char *bare = fixture_replace(text, "\"limits\": " LICENSE_LIMITS, "\"limits\": {\"promised\": {\"unit\": \"working_day\", \"length\": 5}}");
    char *both = fixture_replace(bare, "{\"statutory\": {\"unit\": \"working_day\", \"length\": 45}, \"promised\"", "{\"promised\"");
    char *all = fixture_replace(both, "{\"statutory\": {\"unit\": \"working_day\", \"length\": 20}, \"promised\": {\"unit\": \"calendar_day\", \"length\": 20}}", "{\"promised\": {\"unit\": \"calendar_day\", \"length\": 20}}");
    struct catalog *catalog = NULL, *again = NULL;
    size_t size;

    (void)state;
    int rc = fixture_load_text(all, &catalog, &findings);
    fixture_print(&findings);
    CHECK_I64(OD_OK, rc, "loads");
    const struct catalog_matter *license = catalog_matter_find(catalog, "license"), *sign = catalog_matter_find(catalog, "sign");
    const struct core_rules *cafe = &catalog_service_find(catalog, "open-cafe")->rules, *stand = &catalog_service_find(catalog, "open-stand")->rules;
    CHECK_TEXT("twenty", license->statutory.rule, "a matter's statute");
    CHECK(license->statutory.warn_percent == 80 && license->statutory.extend.approver == CORE_RANK_HEAD && license->statutory.extend.needs_reason, "with all that the rule says");
    CHECK(sign->statutory.rule == NULL && sign->statutory.unit == CORE_UNIT_CALENDAR_DAY, "not where the matter says its own");
    CHECK_TEXT("forty", cafe->statutory.rule, "several departments: the joint limit");
    CHECK_TEXT("twenty", stand->statutory.rule, "one department by itself: that of its matters");
    CHECK_TEXT("five", cafe->intake.rule, "intake");
    CHECK_TEXT("ten", cafe->delivery.rule, "delivery");
    CHECK(cafe->tolerance.unit == CORE_UNIT_NONE, "no default, no limit");
    CHECK_I64(30, cafe->supplement.length, "its own");
    CHECK_I64(2, cafe->matters[0].stage_count, "stages");
    CHECK_TEXT("calling", cafe->matters[0].stages[1].id, "second");
    CHECK(cafe->matters[0].stages[1].lead == 7 && cafe->matters[0].stages[1].limit.unit == CORE_UNIT_NONE, "only a lead");
    CHECK(cafe->matters[0].stages[0].starts_on == CORE_MILESTONE_HEARING_TOLD && cafe->matters[0].stages[0].ends_on == CORE_MILESTONE_HEARING_REQUESTED, "span");
    CHECK_TEXT("42", catalog_rule_find(catalog, license->statutory.rule)->article, "from the limit to its article");
    CHECK_TEXT("the Act", catalog_rule_find(catalog, "told")->source.in[CATALOG_EN], "the source of the set");
    char *late = fixture_replace(all, "\"promised\": {\"unit\": \"working_day\", \"length\": 5}", "\"promised\": {\"unit\": \"working_day\", \"length\": 21}");
    CHECK_I64(OD_EINVAL, fixture_load_text(late, &again, &findings), "a promise later than the rule");
    CHECK(fixture_finding(&findings, "the promise (21 working days) can end later than the statutory limit (20 working days, extendable by 10 in all)") != NULL, "told");
    free(late);
    const char *snapshot = catalog_snapshot(catalog, &size);
    CHECK_I64(OD_OK, catalog_restore(snapshot, size, &again, &findings), "restored");
    CHECK_TEXT(catalog_version(catalog), catalog_version(again), "the same version");
    CHECK_TEXT("twenty", catalog_matter_find(again, "license")->statutory.rule, "with its rules");
    catalog_release(again);
    catalog_release(catalog);
    free(text);
    free(bare);
    free(both);
    free(all);
}

/* What is published is what the clocks run by. */
static void the_guide_tells_limits_and_stages(void **state)
{
    char *text = with_sets("\"calendar\": \"cn\"", "\"calendar\": \"cn\", \"rule_set\": \"law\"");
    char *bare = fixture_replace(text, "\"limits\": " LICENSE_LIMITS, "\"two_officers\": true, \"limits\": {\"promised\": {\"unit\": \"month\", \"length\": 1, \"end_roll\": \"next_working_day\", \"calendar\": \"cn\","
                                 " \"start\": \"acceptance\", \"pause_on\": \"none\", \"counts_start_day\": true}, \"statutory\": {\"rule\": \"twenty\", \"length\": 60, \"start\": \"receipt\", \"not_started_until\": \"taken\","
                                 " \"pause_day\": \"free\", \"resume_day\": \"counts\", \"pause_on\": [\"hearing\", \"supplement\"], \"reset_on\": [\"resumed\"]},"
                                 " \"watch\": {\"unit\": \"hour\", \"length\": 1}}");
    struct base_buffer buffer = {.size = 0};
    struct catalog *catalog = NULL;
    static const char *const parts[] = {
        "\"statutory\":{\"unit\":\"working_day\",\"length\":60,\"counts_start_day\":false,\"end_roll\":\"none\",\"start\":\"receipt\",\"not_started_until\":\"taken\","
        "\"pause_day\":\"free\",\"resume_day\":\"counts\",\"pause_on\":[\"hearing\",\"supplement\"],\"reset_on\":[\"resumed\"],"
        "\"warn\":{\"working_days\":3,\"percent\":80},\"extend\":{\"max_times\":1,\"max_length\":10,\"unit\":\"working_day\",\"approver\":\"head\",\"reason\":true},"
        "\"rule\":\"twenty\",\"article\":\"42\",\"source\":{\"zh-CN\":\"《法》\",\"en\":\"the Act\"},\"text\":",
        "\"zh-CN\":\"收到之日起 60 个工作日，但自部门收件后开始（《法》第42条）；经本行政机关负责人批准可以延长一次，不超过 10 个工作日，并告知理由；不计入期限：听证、补正；补正或者恢复后重新计算\"",
        "60 working days from receipt, but not before the department takes it (the Act art. 42); the head of the department may extend it once by up to 10 working days, with reasons; "
        "not counted: hearing, requests to the applicant; counted anew after an answer or a resumption",
        "\"promised\":{\"unit\":\"month\",\"length\":1,\"counts_start_day\":true,\"end_roll\":\"next_working_day\",\"calendar\":\"cn\",\"start\":\"acceptance\",\"pause_on\":\"none\","
        "\"text\":{\"zh-CN\":\"受理之日起 1 个月（当日计入）；末日为休息日的，顺延至下一工作日；期间不中止\","
        "\"en\":\"1 month from acceptance, that day included; an end on a day off moves to the next working day; nothing stops it\"}}",
        "\"watch\":{\"unit\":\"hour\",\"length\":1,\"counts_start_day\":false,\"end_roll\":\"none\",\"text\":{\"zh-CN\":\"暂停之日起 1 小时\",\"en\":\"1 hour from the pause\"}}",
        "\"stages\":[{\"id\":\"asking\",\"starts_on\":\"hearing_told\",\"ends_on\":\"hearing_requested\",\"limit\":{\"unit\":\"working_day\",\"length\":5,",
        "{\"id\":\"calling\",\"starts_on\":\"hearing_requested\",\"ends_on\":\"hearing_announced\",\"lead\":7,\"limit\":null}],\"two_officers\":true"};

    (void)state;
    int rc = fixture_load_text(bare, &catalog, &findings);
    fixture_print(&findings);
    CHECK_I64(OD_OK, rc, "loads");
    catalog_put_matter(&buffer, NULL, catalog_matter_find(catalog, "license"));
    for (size_t i = 0; i < COUNT(parts); i++)
        CHECK(strstr(base_buffer_text(&buffer), parts[i]) != NULL, parts[i]);
    CHECK(catalog_service_find(catalog, "open-stand")->rules.matters[0].needs_two_officers, "two officers");
    base_buffer_fini(&buffer);
    catalog_release(catalog);
    free(text);
    free(bare);
}

/* A rule that changes makes another catalogue. */
static void rules_are_part_of_the_version(void **state)
{
    char *one = with_sets("\"length\": 45}},\n", "\"length\": 45}},\n"), *two = with_sets("\"length\": 45}},\n", "\"length\": 46}},\n");
    struct catalog *plain = fixture_catalog(), *first = NULL, *second = NULL;

    (void)state;
    CHECK_I64(OD_OK, fixture_load_text(one, &first, &findings), "one");
    CHECK_I64(OD_OK, fixture_load_text(two, &second, &findings), "the other");
    CHECK(strcmp(catalog_version(plain), catalog_version(first)) != 0, "with rules and without");
    CHECK(strcmp(catalog_version(first), catalog_version(second)) != 0, "a day more");
    CHECK(catalog_rule_set_count(plain) == 0 && catalog_rule_find(plain, "twenty") == NULL, "a catalogue of before has none");
    catalog_release(plain);
    catalog_release(first);
    catalog_release(second);
    free(one);
    free(two);
}

static void members_beside_a_rule_win(void **state)
{
    char *text = with_sets(LICENSE_PROMISE, "\"promised\": {\"rule\": \"twenty\", \"length\": 10, \"warn\": {\"percent\": 50}, \"extend\": {\"max_length\": 3}}");
    struct catalog *catalog = NULL;

    (void)state;
    int rc = fixture_load_text(text, &catalog, &findings);
    fixture_print(&findings);
    CHECK_I64(OD_OK, rc, "loads");
    const struct core_limit *limit = &catalog_matter_find(catalog, "license")->promised;
    CHECK(limit->unit == CORE_UNIT_WORKING_DAY && limit->length == 10, "length");
    CHECK(limit->warn_percent == 50 && limit->warn_days == 0, "the thresholds as a whole");
    CHECK(limit->extend.times_max == 1 && limit->extend.length_max == 3 && limit->extend.approver == CORE_RANK_HEAD, "the extension member by member");
    CHECK_TEXT("twenty", limit->rule, "the rule it comes from");
    catalog_release(catalog);
    free(text);
}

static void a_service_may_have_another_set(void **state)
{
    char *other = with_sets("{\"id\": \"law\"", "{\"id\": \"other\", \"name\": {\"zh-CN\": \"a\", \"en\": \"a\"}, \"source\": {\"zh-CN\": \"a\", \"en\": \"a\"}, \"rules\": [{\"id\": \"three\", \"article\": \"1\", \"text\": {\"zh-CN\": \"a\", \"en\": \"a\"}, \"limit\": {\"unit\": \"month\", \"length\": 3}}], \"defaults\": {\"joint.statutory\": \"three\"}}, {\"id\": \"law\"");
    char *text = fixture_replace(other, "\"calendar\": \"cn\"", "\"calendar\": \"cn\", \"rule_set\": \"law\"");
    char *all = fixture_replace(text, "{\"statutory\": {\"unit\": \"working_day\", \"length\": 45}, \"promised\": {\"unit\": \"working_day\", \"length\": 15}",
                                "{\"promised\": {\"unit\": \"calendar_day\", \"length\": 15}");
    char *named = fixture_replace(all, "\"stops_on_veto\": true", "\"stops_on_veto\": true, \"rule_set\": \"other\", \"expiry\": \"deemed_grant\"");
    struct catalog *catalog = NULL;

    (void)state;
    int rc = fixture_load_text(named, &catalog, &findings);
    fixture_print(&findings);
    CHECK_I64(OD_OK, rc, "loads");
    const struct catalog_service *cafe = catalog_service_find(catalog, "open-cafe");
    CHECK_TEXT("other", cafe->rule_set->id, "its own set");
    CHECK_TEXT("three", cafe->rules.statutory.rule, "and its joint limit");
    CHECK(cafe->rules.intake.unit == CORE_UNIT_NONE, "not the center's");
    CHECK_I64(CORE_EXPIRY_DEEMED_GRANT, cafe->rules.expiry, "what its end means");
    CHECK_TEXT("law", catalog_service_find(catalog, "open-stand")->rule_set->id, "the center's for the other");
    catalog_release(catalog);
    free(other);
    free(text);
    free(all);
    free(named);
}

static void limits_of_a_department_count_by_its_calendar(void **state)
{
    char *two = fixture_replace(fixture_text, "\"calendars\": [", "\"calendars\": [{\"id\": \"six\", \"name\": {\"zh-CN\": \"a\", \"en\": \"a\"}, \"weekend\": [\"sunday\"], \"published_until\": \"2024-12-31\", \"holidays\": [], \"working_days\": []}, ");
    char *text = fixture_replace(two, "\"phone\": \"119\"", "\"phone\": \"119\", \"calendar\": \"six\"");
    char *own = fixture_replace(text, "\"promised\": {\"unit\": \"working_day\", \"length\": 10}", "\"promised\": {\"unit\": \"working_day\", \"length\": 10}, \"watch\": {\"unit\": \"working_day\", \"length\": 10, \"calendar\": \"cn\"}");
    struct catalog *catalog = NULL;

    (void)state;
    int rc = fixture_load_text(own, &catalog, &findings);
    fixture_print(&findings);
    CHECK_I64(OD_OK, rc, "loads");
    const struct catalog_matter *fire = catalog_matter_find(catalog, "fire-check");
    const struct core_calendar *six = catalog_department_find(catalog, "fire")->calendar;
    CHECK(six != NULL && six->weekend == 0x40, "Saturdays are worked there");
    CHECK(fire->statutory.calendar == six && fire->promised.calendar == six, "its limits");
    CHECK(fire->watch.calendar == catalog_calendar_rules(catalog), "but the one that names another");
    CHECK(catalog_matter_find(catalog, "license")->statutory.calendar == NULL, "the center's for the others");
    CHECK(catalog_service_find(catalog, "open-cafe")->rules.matters[1].watch.length == 10, "watch of the rules");
    catalog_release(catalog);
    free(two);
    free(text);
    free(own);
}

/* -- Limits of the format -- */

static char *many_rules(size_t set_count, size_t rule_count)
{
    struct base_buffer buffer = {.size = 0};
    size_t size;

    base_buffer_put_text(&buffer, "\"rule_sets\": [");
    for (size_t i = 0; i < set_count; i++) {
        base_buffer_put_format(&buffer, "%s{\"id\": \"s%zu\", \"name\": {\"zh-CN\": \"a\", \"en\": \"a\"}, \"source\": {\"zh-CN\": \"a\", \"en\": \"a\"}, \"rules\": [", i > 0 ? ", " : "", i);
        for (size_t k = 0; k < rule_count; k++)
            base_buffer_put_format(&buffer, "%s{\"id\": \"r%zu-%zu\", \"article\": \"1\", \"text\": {\"zh-CN\": \"a\", \"en\": \"a\"}}", k > 0 ? ", " : "", i, k);
        base_buffer_put_text(&buffer, "]}");
    }
    base_buffer_put_text(&buffer, "], \"calendars\": [");
    base_buffer_put(&buffer, "", 1);
    char *list = base_buffer_take(&buffer, &size);
    char *text = fixture_replace(fixture_text, "\"calendars\": [", list);
    base_free(list);
    return text;
}

static void sets_and_rules_hold_at_the_limit_and_one_more(void **state)
{
    static const struct { size_t sets, rules; const char *text; } counts[] = {
        {CATALOG_RULE_SETS_MAX, CATALOG_RULES_MAX / CATALOG_RULE_SETS_MAX, NULL},
        {CATALOG_RULE_SETS_MAX + 1, 1, "there are 65 rule_sets, at most 64 are allowed"},
        {4, CATALOG_ITEMS_MAX, NULL},
        {1, CATALOG_ITEMS_MAX + 1, "\"rules\" has 1025 items, at most 1024 are allowed"},
        {5, 820, "there are more than 4096 rules"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(counts); i++) {
        char *text = many_rules(counts[i].sets, counts[i].rules);
        struct catalog *catalog = NULL;
        int rc = fixture_load_text(text, &catalog, &findings);
        CHECK_I64(counts[i].text == NULL ? OD_OK : OD_EINVAL, rc, counts[i].text != NULL ? counts[i].text : "at the limit");
        CHECK(counts[i].text == NULL || fixture_finding(&findings, counts[i].text) != NULL, counts[i].text);
        catalog_release(catalog);
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_member_becomes_what_the_core_runs_by),
        cmocka_unit_test(numbers_hold_at_the_limit_and_one_more),
        cmocka_unit_test(each_check_tells_its_finding_and_place),
        cmocka_unit_test(a_set_holds_where_nothing_is_said),
        cmocka_unit_test(the_guide_tells_limits_and_stages),
        cmocka_unit_test(rules_are_part_of_the_version),
        cmocka_unit_test(members_beside_a_rule_win),
        cmocka_unit_test(a_service_may_have_another_set),
        cmocka_unit_test(limits_of_a_department_count_by_its_calendar),
        cmocka_unit_test(sets_and_rules_hold_at_the_limit_and_one_more),
    };

    return fixture_open() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
