/* SPDX-License-Identifier: Apache-2.0 */
/* Statistics as JSON and as CSV. */
#include "engine/statistics.h"

#include <stdio.h>
#include <string.h>

/* -- Dimensions and their words -- */

const char *engine_dimension_name(enum engine_dimension dimension)
{
    switch (dimension) {
    case ENGINE_DIMENSION_NONE: break;
    case ENGINE_BY_SERVICE: return "service";
    case ENGINE_BY_DEPARTMENT: return "department";
    case ENGINE_BY_WINDOW: return "window";
    case ENGINE_BY_MONTH: return "month";
    case ENGINE_BY_OFFICER: return "officer";
    case ENGINE_DIMENSIONS: break;
    }
    return NULL;
}

const char *engine_dimension_id(const struct engine *engine, enum engine_dimension dimension, uint32_t key, char room[16])
{
    switch (dimension) {
    case ENGINE_DIMENSION_NONE: break;
    case ENGINE_BY_SERVICE: return store_service_name(engine->store, key);
    case ENGINE_BY_DEPARTMENT: return store_department_name(engine->store, (uint16_t)key);
    case ENGINE_BY_WINDOW: return key != 0 ? store_window_name(engine->store, key) : ENGINE_WINDOW_OTHER;
    case ENGINE_BY_MONTH: snprintf(room, 16, "%04u-%02u", key / 100 % 10000, key % 100); return room;
    case ENGINE_BY_OFFICER: return key != 0 ? store_window_name(engine->store, key) + sizeof(ENGINE_OFFICER_PREFIX) - 1 : ENGINE_WINDOW_OTHER;
    case ENGINE_DIMENSIONS: break;
    }
    return NULL;
}

/* Ways to apply that are no window of their own. */
static const struct {
    const char *id;
    struct catalog_text name;
} channels[] = {
    {"online", {{"网上", "Online"}}},
    {"window", {{"窗口", "Window"}}},
    {"kiosk", {{"自助终端", "Kiosk"}}},
    {"mobile", {{"移动端", "Mobile"}}},
    {"phone", {{"电话", "Telephone"}}},
    {"mail", {{"邮寄", "Mail"}}},
    {ENGINE_WINDOW_OTHER, {{"其他", "Other"}}},
};

static const char *month_text(uint32_t month, enum front_language language, char room[64])
{
    static const char *const names[] = {"January", "February", "March", "April", "May", "June", "July", "August",
                                        "September", "October", "November", "December"};
    unsigned number = month % 100;

    if (language == FRONT_EN)
        snprintf(room, 64, "%s %u", number >= 1 && number <= 12 ? names[number - 1] : "", month / 100);
    else
        snprintf(room, 64, "%u年%u月", month / 100, number);
    return room;
}

/* The catalogue's name, or NULL of what is no longer in it. */
static const struct catalog_text *find_text(const struct engine *engine, enum engine_dimension dimension, const char *id)
{
    if (dimension == ENGINE_BY_SERVICE) {
        const struct catalog_service *service = catalog_service_find(engine->catalog, id);
        return service != NULL ? &service->name : NULL;
    }
    if (dimension == ENGINE_BY_DEPARTMENT) {
        const struct catalog_department *department = catalog_department_find(engine->catalog, id);
        return department != NULL ? &department->name : NULL;
    }
    for (size_t i = 0; i < sizeof(channels) / sizeof(channels[0]); i++)
        if (strcmp(channels[i].id, id) == 0)
            return &channels[i].name;
    return NULL;
}

const char *engine_dimension_text(const struct engine *engine, enum engine_dimension dimension, uint32_t number,
                                  enum front_language language, char room[64])
{
    char id_room[16];
    const char *id = engine_dimension_id(engine, dimension, number, id_room);

    if (dimension == ENGINE_BY_MONTH)
        return month_text(number, language, room);
    const struct catalog_text *text = id != NULL ? find_text(engine, dimension, id) : NULL;
    return text != NULL ? text->in[language == FRONT_EN ? CATALOG_EN : CATALOG_ZH_CN] : id;
}

void engine_dimension_put_name(struct base_buffer *body, const char *key, const struct engine *engine,
                               enum engine_dimension dimension, uint32_t number)
{
    char room[64];

    base_json_open(body, key, '{');
    base_json_put_text(body, "zh-CN", engine_dimension_text(engine, dimension, number, FRONT_ZH_CN, room));
    base_json_put_text(body, "en", engine_dimension_text(engine, dimension, number, FRONT_EN, room));
    base_json_close(body, '}');
}

/* -- Figures -- */

const char *engine_percent(int64_t count, int64_t of, char room[32])
{
    if (of <= 0)
        return NULL;
    int64_t tenths = (count * 1000 + of / 2) / of;
    if (tenths == 1000 && count < of)
        tenths = 999; /* not all is never told as all */
    if (tenths == 0 && count > 0)
        tenths = 1;
    snprintf(room, 32, "%lld.%lld", (long long)(tenths / 10), (long long)(tenths % 10));
    return room;
}

const char *engine_average(int64_t sum, int64_t of, char room[32])
{
    if (of <= 0)
        return NULL;
    int64_t tenths = (sum * 10 + of / 2) / of;
    snprintf(room, 32, "%lld.%lld", (long long)(tenths / 10), (long long)(tenths % 10));
    return room;
}

/* In words, so that nobody has to tell colours apart; NULL of nothing. */
static const char *level_of(int64_t count, int64_t of)
{
    if (of <= 0)
        return NULL;
    if (count * 100 >= of * ENGINE_LEVEL_GOOD)
        return "good";
    return count * 100 >= of * ENGINE_LEVEL_WATCH ? "watch" : "poor";
}

static void put_rate(struct base_buffer *body, const char *key, int64_t count, int64_t of, bool has_level)
{
    char room[32];

    base_json_open(body, key, '{');
    base_json_put_i64(body, "count", count);
    base_json_put_i64(body, "of", of);
    base_json_put_text(body, "percent", engine_percent(count, of, room));
    if (has_level)
        base_json_put_text(body, "level", level_of(count, of));
    base_json_close(body, '}');
}

/* Counts that are told as they are. */
static const struct {
    enum engine_measure measure;
    bool is_of_whole; /* a task has no such thing */
} plain[] = {
    {ENGINE_RECEIVED, true}, {ENGINE_NOT_ACCEPTED, true}, {ENGINE_INCOMPLETE, true}, {ENGINE_SILENT, true},
    {ENGINE_DECIDED, false}, {ENGINE_CLOSED, true}, {ENGINE_WITHDRAWN, true}, {ENGINE_LAPSED, true},
    {ENGINE_DEEMED, false}, {ENGINE_LATE_STAGE, true}, {ENGINE_PAUSES, false}, {ENGINE_ASKS, false},
    {ENGINE_NOTICES, true}, {ENGINE_SECOND_NOTICES, false}, {ENGINE_EXTENSIONS, false},
    {ENGINE_LATE_EXTENSIONS, false}, {ENGINE_YELLOW, false}, {ENGINE_RED, false}, {ENGINE_VISITS, true},
};

#define PLAINS (sizeof(plain) / sizeof(plain[0]))

/* Sums of days, and over how many. */
static const struct {
    enum engine_measure sum, of;
} days[] = {
    {ENGINE_LEGAL_DAYS, ENGINE_TIMED},
    {ENGINE_ELAPSED_DAYS, ENGINE_DECIDED},
    {ENGINE_PAUSED_DAYS, ENGINE_DECIDED},
    {ENGINE_WAITING_DAYS, ENGINE_DECIDED},
};

#define DAYS (sizeof(days) / sizeof(days[0]))

static void put_days(struct base_buffer *body, const int64_t *sums)
{
    char room[32];

    base_json_open(body, "average", '{');
    for (size_t i = 0; i < DAYS; i++)
        base_json_put_text(body, engine_measure_name(days[i].sum), engine_average(sums[days[i].sum], sums[days[i].of], room));
    base_json_close(body, '}');
    base_json_open(body, "sum", '{');
    for (size_t i = 0; i < DAYS; i++)
        base_json_put_i64(body, engine_measure_name(days[i].sum), sums[days[i].sum]);
    base_json_put_i64(body, engine_measure_name(ENGINE_TIMED), sums[ENGINE_TIMED]);
    base_json_close(body, '}');
}

static void put_levels(struct base_buffer *body, const char *key, const int64_t *sums, unsigned first)
{
    base_json_open(body, key, '[');
    for (unsigned i = 0; i < ENGINE_ATTITUDE_5 - ENGINE_ATTITUDE_1 + 1; i++)
        base_json_put_i64(body, NULL, sums[first + i]);
    base_json_close(body, ']');
}

/* Levels with the worst first. */
static void put_aftercare(struct base_buffer *body, const int64_t *sums)
{
    base_json_open(body, "aftercare", '{');
    base_json_put_i64(body, "inquiries", sums[ENGINE_INQUIRIES]);
    base_json_put_i64(body, "inquiries_replied", sums[ENGINE_INQUIRIES_REPLIED]);
    put_rate(body, "inquiries_on_time", sums[ENGINE_INQUIRIES_ON_TIME], sums[ENGINE_INQUIRIES_REPLIED], true);
    base_json_put_i64(body, "complaints", sums[ENGINE_COMPLAINTS]);
    base_json_put_i64(body, "complaints_replied", sums[ENGINE_COMPLAINTS_REPLIED]);
    put_rate(body, "complaints_on_time", sums[ENGINE_COMPLAINTS_ON_TIME], sums[ENGINE_COMPLAINTS_REPLIED], true);
    put_rate(body, "complaints_upheld", sums[ENGINE_COMPLAINTS_UPHELD], sums[ENGINE_COMPLAINTS_REPLIED], false);
    base_json_put_i64(body, "evaluations", sums[ENGINE_EVALUATIONS]);
    put_levels(body, "attitude", sums, ENGINE_ATTITUDE_1);
    put_levels(body, "ability", sums, ENGINE_ABILITY_1);
    base_json_put_i64(body, "bad_evaluations", sums[ENGINE_BAD_EVALUATIONS]);
    base_json_put_i64(body, "repairs", sums[ENGINE_REPAIRS]);
    put_rate(body, "repairs_on_time", sums[ENGINE_REPAIRS_ON_TIME], sums[ENGINE_REPAIRS], true);
    base_json_put_i64(body, "grievances", sums[ENGINE_GRIEVANCES]);
    base_json_close(body, '}');
}

void engine_statistics_put_four(struct base_buffer *body, const int64_t sums[ENGINE_MEASURES])
{
    base_json_put_i64(body, "accepted", sums[ENGINE_ACCEPTED]);
    put_rate(body, "on_the_spot", sums[ENGINE_ON_THE_SPOT], sums[ENGINE_DECIDED], false);
    put_rate(body, "on_time", sums[ENGINE_ON_TIME], sums[ENGINE_PROMISED], true);
    put_rate(body, "ahead", sums[ENGINE_AHEAD], sums[ENGINE_PROMISED], false);
}

/* Members of the object that is open: the four numbers first. */
static void put_figures(struct base_buffer *body, const int64_t *sums, bool is_of_tasks)
{
    engine_statistics_put_four(body, sums);
    put_rate(body, "statutory_late", sums[ENGINE_STATUTORY_LATE], sums[ENGINE_STATUTORY], false);
    base_json_put_i64(body, "late", sums[ENGINE_PROMISED] - sums[ENGINE_ON_TIME]);
    for (size_t i = 0; i < PLAINS; i++)
        if (!is_of_tasks || !plain[i].is_of_whole)
            base_json_put_i64(body, engine_measure_name(plain[i].measure), sums[plain[i].measure]);
    put_days(body, sums);
    put_aftercare(body, sums);
}

/* -- JSON -- */

static void put_item(struct base_buffer *body, const struct engine *engine, const struct engine_statistics_query *query,
                     const struct engine_group *group)
{
    char room[16], name[32] = "name";

    base_json_open(body, NULL, '{');
    for (unsigned i = 0; i < 2 && query->by[i] != ENGINE_DIMENSION_NONE; i++) {
        const char *dimension = engine_dimension_name(query->by[i]);

        base_json_put_text(body, dimension, engine_dimension_id(engine, query->by[i], group->keys[i], room));
        if (i > 0)
            snprintf(name, sizeof(name), "%s_name", dimension);
        engine_dimension_put_name(body, name, engine, query->by[i], group->keys[i]);
    }
    put_figures(body, group->sums, query->is_of_tasks);
    base_json_close(body, '}');
}

static void put_by(struct base_buffer *body, const struct engine_statistics_query *query)
{
    char by[32] = "";

    if (query->by[0] != ENGINE_DIMENSION_NONE)
        snprintf(by, sizeof(by), "%s%s%s", engine_dimension_name(query->by[0]), query->by[1] != ENGINE_DIMENSION_NONE ? "," : "",
                 query->by[1] != ENGINE_DIMENSION_NONE ? engine_dimension_name(query->by[1]) : "");
    base_json_put_text(body, "by", *by != '\0' ? by : NULL);
}

void engine_statistics_put_json(struct base_buffer *body, const struct engine *engine,
                                const struct engine_statistics_query *query, uint32_t from, uint32_t until,
                                const char *cursor)
{
    char room[16];

    base_json_open(body, NULL, '{');
    base_json_put_text(body, "from", engine_dimension_id(engine, ENGINE_BY_MONTH, (uint32_t)query->from, room));
    base_json_put_text(body, "to", engine_dimension_id(engine, ENGINE_BY_MONTH, (uint32_t)query->until, room));
    put_by(body, query);
    base_json_open(body, "counts", '{');
    base_json_put_text(body, "total", query->department != 0 ? "tasks" : "applications");
    base_json_put_text(body, "items", query->is_of_tasks ? "tasks" : "applications");
    base_json_close(body, '}');
    base_json_open(body, "total", '{');
    put_figures(body, query->total.sums, query->department != 0);
    base_json_close(body, '}');
    base_json_open(body, "items", '[');
    for (uint32_t i = from; i < until; i++)
        put_item(body, engine, query, &query->groups.items[i]);
    base_json_close(body, ']');
    base_json_put_text(body, "next_cursor", cursor);
    base_json_put_i64(body, "count", query->groups.count);
    base_json_close(body, '}');
}

/* -- CSV (RFC 4180) -- */

/* A table program must take a name for a text, never for a formula. */
static void put_cell(struct base_buffer *body, const char *text)
{
    const char *safe = text != NULL ? text : "";
    bool is_formula = *safe != '\0' && strchr("=+-@\t\r", *safe) != NULL;

    base_buffer_put_text(body, is_formula ? "\"'" : "\"");
    for (; *safe != '\0'; safe++)
        base_buffer_put(body, *safe == '"' ? "\"\"" : safe, *safe == '"' ? 2 : 1);
    base_buffer_put_text(body, "\"");
}

static void put_csv_head(struct base_buffer *body, const struct engine_statistics_query *query)
{
    base_buffer_put_text(body, "from,to");
    for (unsigned i = 0; i < 2 && query->by[i] != ENGINE_DIMENSION_NONE; i++)
        base_buffer_put_format(body, ",%s,%s_name", engine_dimension_name(query->by[i]), engine_dimension_name(query->by[i]));
    base_buffer_put_text(body, ",accepted,on_the_spot,on_the_spot_percent,promised,on_time,on_time_percent,ahead,"
                               "ahead_percent,statutory,statutory_late");
    for (size_t i = 0; i < PLAINS; i++)
        if (!query->is_of_tasks || !plain[i].is_of_whole)
            base_buffer_put_format(body, ",%s", engine_measure_name(plain[i].measure));
    base_buffer_put_format(body, ",%s", engine_measure_name(ENGINE_TIMED));
    for (size_t i = 0; i < DAYS; i++)
        base_buffer_put_format(body, ",%s,%s_average", engine_measure_name(days[i].sum), engine_measure_name(days[i].sum));
    base_buffer_put_text(body, "\r\n");
}

static void put_csv_rate(struct base_buffer *body, int64_t count, int64_t of)
{
    char room[32];
    const char *percent = engine_percent(count, of, room);

    base_buffer_put_format(body, ",%lld,%s", (long long)count, percent != NULL ? percent : "");
}

static void put_csv_figures(struct base_buffer *body, const int64_t *sums, bool is_of_tasks)
{
    char room[32];

    base_buffer_put_format(body, ",%lld", (long long)sums[ENGINE_ACCEPTED]);
    put_csv_rate(body, sums[ENGINE_ON_THE_SPOT], sums[ENGINE_DECIDED]);
    base_buffer_put_format(body, ",%lld", (long long)sums[ENGINE_PROMISED]);
    put_csv_rate(body, sums[ENGINE_ON_TIME], sums[ENGINE_PROMISED]);
    put_csv_rate(body, sums[ENGINE_AHEAD], sums[ENGINE_PROMISED]);
    base_buffer_put_format(body, ",%lld,%lld", (long long)sums[ENGINE_STATUTORY], (long long)sums[ENGINE_STATUTORY_LATE]);
    for (size_t i = 0; i < PLAINS; i++)
        if (!is_of_tasks || !plain[i].is_of_whole)
            base_buffer_put_format(body, ",%lld", (long long)sums[plain[i].measure]);
    base_buffer_put_format(body, ",%lld", (long long)sums[ENGINE_TIMED]);
    for (size_t i = 0; i < DAYS; i++) {
        const char *average = engine_average(sums[days[i].sum], sums[days[i].of], room);
        base_buffer_put_format(body, ",%lld,%s", (long long)sums[days[i].sum], average != NULL ? average : "");
    }
    base_buffer_put_text(body, "\r\n");
}

static void put_csv_row(struct base_buffer *body, const struct engine *engine, const struct engine_statistics_query *query,
                        const struct engine_group *group, enum front_language language)
{
    char room[64], month[16];

    base_buffer_put_text(body, engine_dimension_id(engine, ENGINE_BY_MONTH, (uint32_t)query->from, month));
    base_buffer_put_format(body, ",%s", engine_dimension_id(engine, ENGINE_BY_MONTH, (uint32_t)query->until, month));
    for (unsigned i = 0; i < 2 && query->by[i] != ENGINE_DIMENSION_NONE; i++) {
        base_buffer_put_text(body, ",");
        put_cell(body, engine_dimension_id(engine, query->by[i], group->keys[i], month));
        base_buffer_put_text(body, ",");
        put_cell(body, engine_dimension_text(engine, query->by[i], group->keys[i], language, room));
    }
    put_csv_figures(body, group->sums, query->is_of_tasks);
}

void engine_statistics_put_csv(struct base_buffer *body, const struct engine *engine,
                               const struct engine_statistics_query *query, uint32_t from, uint32_t until,
                               enum front_language language)
{
    put_csv_head(body, query);
    if (query->by[0] == ENGINE_DIMENSION_NONE)
        put_csv_row(body, engine, query, &query->total, language);
    for (uint32_t i = from; i < until; i++)
        put_csv_row(body, engine, query, &query->groups.items[i], language);
}
