/* SPDX-License-Identifier: Apache-2.0 */
/* One limit: what its rule says, what the file says instead, and whether that makes sense where
 * it stands. docs/catalogue.md, "Limits". */
#include <string.h>

#include "catalog/loading.h"

#define TIMES_MAX 99 /* extensions of one limit */

static const char *const starts[] = {
    [CORE_START_RECEIPT] = "receipt", [CORE_START_ACCEPTANCE] = "acceptance", [CORE_START_WORKABLE] = "workable",
    [CORE_START_TAKEN] = "taken",     [CORE_START_DECISION] = "decision",     [CORE_START_TOLD] = "told"};
static const char *const ranks[] = {
    [CORE_RANK_OFFICER] = "officer", [CORE_RANK_HEAD] = "head", [CORE_RANK_GOVERNMENT] = "government"};
static const char *const units[] = {
    [CORE_UNIT_WORKING_DAY] = "working_day", [CORE_UNIT_CALENDAR_DAY] = "calendar_day",
    [CORE_UNIT_HOUR] = "hour", [CORE_UNIT_MONTH] = "month"};
static const char *const pauses[] = {
    [CORE_PAUSE_HEARING] = "hearing",     [CORE_PAUSE_INSPECTION] = "inspection",
    [CORE_PAUSE_TESTING] = "testing",     [CORE_PAUSE_QUARANTINE] = "quarantine",
    [CORE_PAUSE_APPRAISAL] = "appraisal", [CORE_PAUSE_EXPERT_REVIEW] = "expert_review",
    [CORE_PAUSE_TENDER] = "tender",       [CORE_PAUSE_AUCTION] = "auction",
    [CORE_PAUSE_SUPPLEMENT] = "supplement"};

const struct catalog_words catalog_start_words = {starts, CORE_START_TOLD + 1};
const struct catalog_words catalog_rank_words = {ranks, CORE_RANK_GOVERNMENT + 1};
static const struct catalog_words unit_words = {units, CORE_UNIT_MONTH + 1};

/* One limit while it is read. */
struct limit_reading {
    struct catalog_loading *loading;
    const struct base_json *json;
    const struct catalog_spot *spot;
    const struct catalog_limit_reading *at;
    struct core_limit *limit;
};

static bool has(const struct limit_reading *reading, const char *key)
{
    return base_json_member(reading->json, key) != NULL;
}

/* Tell a finding at member key, or at the limit when its rule says it. */
static struct catalog_spot place_of(const struct limit_reading *reading, const char *key)
{
    return has(reading, key) ? (struct catalog_spot){reading->spot, key, 0} : *reading->spot;
}

const struct core_calendar *catalog_read_calendar(struct catalog_loading *loading, const struct base_json *object,
                                                  const struct catalog_spot *spot, const char **id)
{
    const struct catalog *catalog = loading->catalog;
    struct catalog_spot at = {spot, "calendar", 0};

    *id = base_json_member(object, "calendar") != NULL ? catalog_read_id(loading, object, spot, "calendar") : NULL;
    if (*id == NULL)
        return NULL;
    uint32_t row = catalog_index_find(&catalog->calendar_index, *id);
    if (row != CATALOG_INDEX_NONE)
        return &catalog->calendars[row].rules;
    if (!loading->is_rules_only)
        catalog_report(loading, &at, "there is no calendar \"%s\"; define it in \"calendars\"", *id);
    return NULL;
}

static uint32_t kind_read(struct catalog_loading *loading, const struct base_json *json,
                          const struct catalog_spot *spot, enum core_pause_kind last)
{
    const char *word = base_json_text(json);

    for (unsigned kind = CORE_PAUSE_HEARING; kind <= last && word != NULL; kind++) {
        if (strcmp(pauses[kind], word) == 0)
            return 1u << kind;
    }
    catalog_report(loading, spot, "a pause is to be one of: hearing, inspection, testing, quarantine, appraisal, expert_review, tender, auction%s",
                   last == CORE_PAUSE_SUPPLEMENT ? ", supplement" : "");
    return 0;
}

uint32_t catalog_read_pauses(struct catalog_loading *loading, const struct base_json *object,
                             const struct catalog_spot *spot, const char *key, enum core_pause_kind last)
{
    const struct base_json *list = catalog_read_list(loading, object, spot, key, false, 0, last);
    struct catalog_spot list_spot = {spot, key, 0};
    uint32_t kinds = 0;
    size_t i = 0;

    for (const struct base_json *item = base_json_first(list); item != NULL; item = base_json_next(item), i++) {
        struct catalog_spot at = {&list_spot, NULL, i};
        kinds |= kind_read(loading, item, &at, last);
    }
    return kinds;
}

uint8_t catalog_read_expiry(struct catalog_loading *loading, const struct base_json *object)
{
    static const char *const expiries[] = {
        [CORE_EXPIRY_NONE] = "none", [CORE_EXPIRY_DEEMED_CONSENT] = "deemed_consent",
        [CORE_EXPIRY_DEEMED_GRANT] = "deemed_grant", [CORE_EXPIRY_DEEMED_REFUSAL] = "deemed_refusal",
        [CORE_EXPIRY_DEEMED_RENEWAL] = "deemed_renewal"};

    return (uint8_t)catalog_read_word(loading, object, NULL, "expiry", false, (struct catalog_words){expiries, 5});
}

static int length_max(enum core_unit unit)
{
    switch (unit) {
    case CORE_UNIT_HOUR: return CORE_LIMIT_HOURS_MAX;
    case CORE_UNIT_MONTH: return CORE_LIMIT_MONTHS_MAX;
    case CORE_UNIT_NONE:
    case CORE_UNIT_WORKING_DAY:
    case CORE_UNIT_CALENDAR_DAY: break;
    }
    return CORE_LIMIT_DAYS_MAX;
}

/* A rule gives both; a unit of one's own asks for a length of one's own. */
static void length_read(struct limit_reading *reading)
{
    struct core_limit *limit = reading->limit;
    bool has_rule = limit->unit != CORE_UNIT_NONE;

    if (!has_rule || has(reading, "unit"))
        limit->unit = (enum core_unit)catalog_read_word(reading->loading, reading->json, reading->spot, "unit", !has_rule, unit_words);
    if (!has_rule || has(reading, "unit"))
        (void)catalog_need(reading->loading, reading->json, reading->spot, "length");
    limit->length = (int)catalog_read_integer(reading->loading, reading->json, reading->spot, "length", 1,
                                              length_max(limit->unit), limit->length);
}

static void counting_read(struct limit_reading *reading)
{
    static const char *const rolls[] = {
        [CORE_END_ROLL_NONE] = "none", [CORE_END_ROLL_NEXT_WORKING_DAY] = "next_working_day"};
    struct core_limit *limit = reading->limit;
    const char *id;

    limit->counts_start_day = catalog_read_flag(reading->loading, reading->json, reading->spot, "counts_start_day",
                                                limit->counts_start_day);
    if (has(reading, "end_roll"))
        limit->end_roll = (enum core_end_roll)catalog_read_word(reading->loading, reading->json, reading->spot,
                                                                "end_roll", false, (struct catalog_words){rolls, 2});
    if (has(reading, "calendar"))
        limit->calendar = catalog_read_calendar(reading->loading, reading->json, reading->spot, &id);
}

static void starting_read(struct limit_reading *reading)
{
    struct core_limit *limit = reading->limit;

    if (has(reading, "start"))
        limit->start = (uint8_t)catalog_read_word(reading->loading, reading->json, reading->spot, "start", false,
                                                  catalog_start_words);
    if (has(reading, "not_started_until"))
        limit->not_started_until = (uint8_t)catalog_read_word(reading->loading, reading->json, reading->spot,
                                                              "not_started_until", false, catalog_start_words);
    limit->told_after = (int32_t)catalog_read_integer(reading->loading, reading->json, reading->spot, "told_after", 1,
                                                      CORE_TOLD_AFTER_DAYS_MAX, limit->told_after);
    limit->is_retroactive = catalog_read_flag(reading->loading, reading->json, reading->spot, "retroactive",
                                              limit->is_retroactive);
}

static void pauses_read(struct limit_reading *reading)
{
    const char *word = base_json_text(base_json_member(reading->json, "pause_on"));
    struct catalog_spot at = {reading->spot, "pause_on", 0};

    if (word != NULL && strcmp(word, "none") == 0) {
        reading->limit->pause_on = CORE_PAUSES_NEVER;
        return;
    }
    if (word != NULL) {
        catalog_report(reading->loading, &at, "\"pause_on\" is to be \"none\" or an array of pauses");
        return;
    }
    reading->limit->pause_on = catalog_read_pauses(reading->loading, reading->json, reading->spot, "pause_on",
                                                   CORE_PAUSE_SUPPLEMENT);
    if (base_json_type(base_json_member(reading->json, "pause_on")) == BASE_JSON_ARRAY && base_json_count(base_json_member(reading->json, "pause_on")) == 0)
        catalog_report(reading->loading, &at, "\"pause_on\" is empty; write \"none\" if nothing stops the limit");
}

static void resets_read(struct limit_reading *reading)
{
    static const char *const words[] = {[CORE_RESET_SUPPLEMENTED] = "supplemented", [CORE_RESET_RESUMED] = "resumed"};
    const struct base_json *list = catalog_read_list(reading->loading, reading->json, reading->spot, "reset_on", true, 0, 2);
    struct catalog_spot list_spot = {reading->spot, "reset_on", 0};
    size_t i = 0;

    reading->limit->reset_on = 0;
    for (const struct base_json *item = base_json_first(list); item != NULL; item = base_json_next(item), i++) {
        struct catalog_spot at = {&list_spot, NULL, i};
        const char *word = base_json_text(item);
        unsigned bit = CORE_RESET_SUPPLEMENTED;
        while (bit <= CORE_RESET_RESUMED && (word == NULL || strcmp(words[bit], word) != 0))
            bit++;
        if (bit > CORE_RESET_RESUMED)
            catalog_report(reading->loading, &at, "a reset is to be one of: supplemented, resumed");
        else
            reading->limit->reset_on |= 1u << bit;
    }
}

static void stopping_read(struct limit_reading *reading)
{
    static const char *const pause_days[] = {"counts", "free"}, *const resume_days[] = {"free", "counts"};

    if (has(reading, "pause_day"))
        reading->limit->is_pause_day_free = catalog_read_word(reading->loading, reading->json, reading->spot, "pause_day",
                                                              false, (struct catalog_words){pause_days, 2}) == 1;
    if (has(reading, "resume_day"))
        reading->limit->is_resume_day_counted = catalog_read_word(reading->loading, reading->json, reading->spot,
                                                                  "resume_day", false, (struct catalog_words){resume_days, 2}) == 1;
    if (has(reading, "pause_on"))
        pauses_read(reading);
    if (has(reading, "reset_on"))
        resets_read(reading);
}

static void warn_read(struct limit_reading *reading)
{
    static const char *const members[] = {"working_days", "percent"};
    const struct base_json *warn = base_json_member(reading->json, "warn");
    struct catalog_spot at = {reading->spot, "warn", 0};

    if (warn == NULL || !catalog_read_object(reading->loading, warn, &at, (struct catalog_words){members, 2}))
        return;
    if (base_json_count(warn) == 0)
        catalog_report(reading->loading, &at, "\"warn\" says nothing; give \"working_days\" that are left, \"percent\" that is used, or both");
    reading->limit->warn_days = (int32_t)catalog_read_integer(reading->loading, warn, &at, "working_days", 1, CORE_LIMIT_DAYS_MAX, 0);
    reading->limit->warn_percent = (uint8_t)catalog_read_integer(reading->loading, warn, &at, "percent", 1, 100, 0);
    if (reading->limit->unit == CORE_UNIT_HOUR && reading->limit->warn_days != 0)
        catalog_report(reading->loading, &at, "a limit in hours is warned of by \"percent\"; remove \"working_days\"");
}

/* Of the limit's own unit, or calendar days upon months. */
static enum core_unit extend_unit_read(struct limit_reading *reading, const struct base_json *extend,
                                       const struct catalog_spot *spot)
{
    enum core_unit own = reading->limit->unit;
    struct catalog_spot at = {spot, "unit", 0};

    if (base_json_member(extend, "unit") == NULL)
        return (enum core_unit)reading->limit->extend.unit;
    enum core_unit unit = (enum core_unit)catalog_read_word(reading->loading, extend, spot, "unit", false, unit_words);
    if (unit == own || unit == CORE_UNIT_NONE)
        return CORE_UNIT_NONE;
    if (own == CORE_UNIT_MONTH && unit == CORE_UNIT_CALENDAR_DAY)
        return unit;
    catalog_report(reading->loading, &at,
                   "an extension is of the limit's own unit; only a limit in months may be extended by calendar days");
    return CORE_UNIT_NONE;
}

static void extend_read(struct limit_reading *reading)
{
    static const char *const members[] = {"max_times", "max_length", "unit", "approver", "reason"};
    const struct base_json *json = base_json_member(reading->json, "extend");
    struct catalog_loading *loading = reading->loading;
    struct core_extend *extend = &reading->limit->extend;
    struct catalog_spot at = {reading->spot, "extend", 0};
    bool has_base = extend->times_max > 0;

    if (json == NULL || !catalog_read_object(loading, json, &at, (struct catalog_words){members, 5}))
        return;
    int64_t times = catalog_read_integer(loading, json, &at, "max_times", 0, TIMES_MAX, has_base ? extend->times_max : 1);
    if (times == 0) {
        *extend = (struct core_extend){.times_max = 0};
        return;
    }
    extend->times_max = (uint8_t)times;
    extend->unit = (uint8_t)extend_unit_read(reading, json, &at);
    enum core_unit unit = extend->unit != CORE_UNIT_NONE ? (enum core_unit)extend->unit : reading->limit->unit;
    if (!has_base)
        (void)catalog_need(loading, json, &at, "max_length");
    extend->length_max = (int32_t)catalog_read_integer(loading, json, &at, "max_length", 1, length_max(unit), extend->length_max);
    if (!has_base || base_json_member(json, "approver") != NULL)
        extend->approver = (uint8_t)catalog_read_word(loading, json, &at, "approver", true, catalog_rank_words);
    extend->needs_reason = catalog_read_flag(loading, json, &at, "reason", !has_base || extend->needs_reason);
}

/* -- Does it make sense here? -- */

#define START(event) (1u << CORE_START_##event)

/* What may stand at each place; a rule by itself may say everything. */
static const struct {
    uint32_t starts; /* bits of enum core_start */
    bool may_stop, may_extend;
    const char *advice;
} places[CATALOG_LIMIT_PLACES] = {
    [CATALOG_LIMIT_NONE] = {START(RECEIPT) | START(ACCEPTANCE) | START(WORKABLE) | START(TAKEN) | START(DECISION) | START(TOLD), true, true, ""},
    [CATALOG_LIMIT_TASK] = {START(RECEIPT) | START(ACCEPTANCE) | START(WORKABLE) | START(TAKEN), true, true,
                            CATALOG_PHRASE("a matter's limit starts with one of: receipt, acceptance, workable, taken")},
    [CATALOG_LIMIT_JOINT] = {START(RECEIPT) | START(ACCEPTANCE), true, true, CATALOG_PHRASE("a service's limit starts with one of: receipt, acceptance")},
    [CATALOG_LIMIT_STAGE] = {0, true, false, CATALOG_PHRASE("a stage starts with its \"starts_on\"")},
    [CATALOG_LIMIT_WATCH] = {0, false, false, CATALOG_PHRASE("it starts with the pause")},
    [CATALOG_LIMIT_INTAKE] = {START(RECEIPT), false, false, CATALOG_PHRASE("it starts with the receipt")},
    [CATALOG_LIMIT_SUPPLEMENT] = {START(TOLD), false, false, CATALOG_PHRASE("it starts with the notice, or with \"told\"")},
    [CATALOG_LIMIT_DELIVERY] = {START(DECISION), false, false, CATALOG_PHRASE("it starts with the decision")},
    [CATALOG_LIMIT_TOLERANCE] = {START(RECEIPT), false, false, CATALOG_PHRASE("it starts with the receipt")},
    [CATALOG_LIMIT_REPLY] = {START(RECEIPT), false, false, CATALOG_PHRASE("it starts with the receipt")},
};

enum core_start catalog_limit_start(enum catalog_limit_place place, const struct core_limit *limit)
{
    static const enum core_start defaults[CATALOG_LIMIT_PLACES] = {
        [CATALOG_LIMIT_TASK] = CORE_START_WORKABLE,    [CATALOG_LIMIT_JOINT] = CORE_START_ACCEPTANCE,
        [CATALOG_LIMIT_INTAKE] = CORE_START_RECEIPT,   [CATALOG_LIMIT_DELIVERY] = CORE_START_DECISION,
        [CATALOG_LIMIT_TOLERANCE] = CORE_START_RECEIPT, [CATALOG_LIMIT_REPLY] = CORE_START_RECEIPT};

    return limit->start != CORE_START_DEFAULT ? (enum core_start)limit->start : defaults[place];
}

static void start_check(const struct limit_reading *reading)
{
    const struct core_limit *limit = reading->limit;
    enum catalog_limit_place place = reading->at->place;
    struct catalog_spot start_spot = place_of(reading, "start"), until_spot = place_of(reading, "not_started_until");
    struct catalog_spot retroactive_spot = place_of(reading, "retroactive");
    struct catalog_phrase advice;
    enum core_start start = catalog_limit_start(place, limit);

    if (limit->start != CORE_START_DEFAULT && (places[place].starts >> limit->start & 1u) == 0)
        catalog_report(reading->loading, &start_spot, "\"%s\" does not start a limit here: %p; remove \"start\"", starts[limit->start],
                       catalog_phrase_word(&advice, places[place].advice));
    if (limit->not_started_until != CORE_START_DEFAULT && (places[place].starts >> limit->not_started_until & 1u) == 0)
        catalog_report(reading->loading, &until_spot, "\"%s\" does not hold a limit back here: %p; remove \"not_started_until\"",
                       starts[limit->not_started_until], catalog_phrase_word(&advice, places[place].advice));
    else if (limit->not_started_until != CORE_START_DEFAULT && (enum core_start)limit->not_started_until <= start)
        catalog_report(reading->loading, &until_spot, "\"not_started_until\" is no later than the start (%s); remove it or start earlier",
                       starts[start]);
    if (limit->is_retroactive && limit->not_started_until == CORE_START_DEFAULT)
        catalog_report(reading->loading, &retroactive_spot, "\"retroactive\" needs something that held the limit back; add \"not_started_until\"");
    else if (limit->is_retroactive && start != CORE_START_RECEIPT && start != CORE_START_ACCEPTANCE)
        catalog_report(reading->loading, &retroactive_spot, "only a limit from receipt or acceptance can be retroactive; set \"start\" or remove it");
}

static void foreign_check(const struct limit_reading *reading, const char *key, bool is_there, const char *reason)
{
    struct catalog_spot at = place_of(reading, key);
    struct catalog_phrase phrase;

    if (is_there)
        catalog_report(reading->loading, &at,
                       has(reading, key) ? "\"%s\" does not belong here: %p; remove it"
                                         : "\"%s\" does not belong here: %p; remove it by another rule",
                       key, catalog_phrase_word(&phrase, reason));
}

/* Whoever is told gets whole days, and by the notice's own day where there is no receipt to wait for. */
static void told_check(const struct limit_reading *reading)
{
    const struct core_limit *limit = reading->limit;
    struct catalog_spot unit_spot = place_of(reading, "unit");

    if (limit->start == CORE_START_TOLD && limit->unit == CORE_UNIT_HOUR)
        catalog_report(reading->loading, &unit_spot, "what starts when the applicant is told is counted in days or months, not in hours");
    foreign_check(reading, "told_after", limit->told_after != 0 && limit->start != CORE_START_TOLD,
                  "only a limit that starts with \"told\" waits for a receipt");
}

static void place_check(const struct limit_reading *reading)
{
    const struct core_limit *limit = reading->limit;
    enum catalog_limit_place place = reading->at->place;
    bool has_stops = (limit->pause_on & ~CORE_PAUSES_NEVER) != 0;
    struct catalog_spot unit_spot = place_of(reading, "unit");

    start_check(reading);
    told_check(reading);
    if (!places[place].may_stop) {
        foreign_check(reading, "pause_on", has_stops, "nothing stops this limit");
        foreign_check(reading, "reset_on", limit->reset_on != 0, "nothing resets this limit");
    }
    if (!places[place].may_extend)
        foreign_check(reading, "extend", limit->extend.times_max > 0, "only the statutory and promised limits can be extended");
    if (place == CATALOG_LIMIT_TOLERANCE && limit->unit == CORE_UNIT_HOUR)
        catalog_report(reading->loading, &unit_spot, "a material is promised for a day; give this limit in days or months");
    if (limit->unit == CORE_UNIT_HOUR) {
        foreign_check(reading, "counts_start_day", limit->counts_start_day, "hours are counted from minute to minute");
        foreign_check(reading, "end_roll", limit->end_roll != CORE_END_ROLL_NONE, "hours are counted through days off");
        foreign_check(reading, "pause_day", limit->is_pause_day_free, "hours are counted from minute to minute");
        foreign_check(reading, "resume_day", limit->is_resume_day_counted, "hours are counted from minute to minute");
    }
}

/* The rule's own limit, or nothing. */
static void base_take(struct limit_reading *reading)
{
    struct catalog_spot at = {reading->spot, "rule", 0};

    if (!has(reading, "rule"))
        return;
    if (reading->at->is_of_rule) {
        catalog_report(reading->loading, &at, "a rule states its own limit; it refers to no other rule");
        return;
    }
    const struct catalog_rule *rule = catalog_read_rule(reading->loading, reading->json, reading->spot, "rule");
    if (rule != NULL && rule->limit.unit == CORE_UNIT_NONE)
        catalog_report(reading->loading, &at, "rule \"%s\" sets no limit; name one that does, or give unit and length", rule->id);
    else if (rule != NULL)
        *reading->limit = rule->limit;
}

static void limit_take(struct limit_reading *reading)
{
    base_take(reading);
    bool is_broken = has(reading, "rule") && reading->limit->unit == CORE_UNIT_NONE; /* told already */
    if (!is_broken)
        length_read(reading);
    counting_read(reading);
    starting_read(reading);
    stopping_read(reading);
    warn_read(reading);
    extend_read(reading);
    if (reading->limit->unit != CORE_UNIT_NONE)
        place_check(reading);
}

static const struct catalog_words limit_members = {
    (const char *const[]){"rule", "unit", "length", "counts_start_day", "end_roll", "calendar", "start", "told_after", "not_started_until",
                          "retroactive", "pause_day", "resume_day", "pause_on", "reset_on", "warn", "extend"},
    16};

/* The limit of the rule that holds where nothing is said; its findings stand at `limits`. */
static void fallback_take(struct catalog_loading *loading, const struct catalog_spot *spot,
                          const struct catalog_limit_reading *at, struct core_limit *limit)
{
    struct limit_reading reading = {loading, NULL, spot, at, limit};

    *limit = at->fallback->limit;
    place_check(&reading);
}

void catalog_read_limit(struct catalog_loading *loading, const struct base_json *object,
                        const struct catalog_spot *spot, const char *key,
                        const struct catalog_limit_reading *at, struct core_limit *limit)
{
    const struct base_json *json = base_json_member(object, key);
    struct catalog_spot limit_spot = {spot, key, 0};
    struct limit_reading reading = {loading, json, &limit_spot, at, limit};
    size_t before = loading->findings->count;

    if (json == NULL && at->fallback == NULL) {
        if (at->is_required)
            (void)catalog_need(loading, object, spot, key);
        return;
    }
    if (json == NULL)
        fallback_take(loading, spot, at, limit);
    else if (catalog_read_object(loading, json, &limit_spot, limit_members))
        limit_take(&reading);
    if (limit->calendar == NULL)
        limit->calendar = at->calendar;
    if (loading->findings->count > before)
        limit->unit = CORE_UNIT_NONE; /* nothing is built on what was found wrong */
}
