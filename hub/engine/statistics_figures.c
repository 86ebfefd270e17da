/* SPDX-License-Identifier: Apache-2.0 */
/* The figures that sums give, as members of an object and as cells of a row: one definition for statistics, assessments and
 * the public numbers. */
#include "engine/statistics.h"

#include <stdio.h>
#include <string.h>

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
    {ENGINE_LATE_EXTENSIONS, false}, {ENGINE_REJECTED, false}, {ENGINE_REJECTED_REASONED, false}, {ENGINE_YELLOW, false}, {ENGINE_RED, false}, {ENGINE_VISITS, true},
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

#define LEVELS (ENGINE_ATTITUDE_5 - ENGINE_ATTITUDE_1 + 1)
#define SATISFIED_MIN 4 /* good and very good */

/* "4.2", of 5. */
static const char *level_mean(const int64_t *sums, unsigned first, char room[32])
{
    int64_t sum = 0;

    for (unsigned i = 0; i < LEVELS; i++)
        sum += (int64_t)(i + 1) * sums[first + i];
    return engine_average(sum, sums[ENGINE_EVALUATIONS], room);
}

static int64_t satisfied(const int64_t *sums, unsigned first)
{
    int64_t count = 0;

    for (unsigned i = SATISFIED_MIN - 1; i < LEVELS; i++)
        count += sums[first + i];
    return count;
}

static void put_levels(struct base_buffer *body, const char *key, const int64_t *sums, unsigned first)
{
    base_json_open(body, key, '[');
    for (unsigned i = 0; i < LEVELS; i++)
        base_json_put_i64(body, NULL, sums[first + i]);
    base_json_close(body, ']');
}

/* Levels with the worst first. */
static void put_aftercare(struct base_buffer *body, const int64_t *sums)
{
    char room[32];

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
    base_json_put_text(body, "attitude_mean", level_mean(sums, ENGINE_ATTITUDE_1, room));
    base_json_put_text(body, "ability_mean", level_mean(sums, ENGINE_ABILITY_1, room));
    put_rate(body, "attitude_satisfied", satisfied(sums, ENGINE_ATTITUDE_1), sums[ENGINE_EVALUATIONS], false);
    put_rate(body, "ability_satisfied", satisfied(sums, ENGINE_ABILITY_1), sums[ENGINE_EVALUATIONS], false);
    base_json_put_i64(body, "bad_evaluations", sums[ENGINE_BAD_EVALUATIONS]);
    base_json_put_i64(body, "repairs", sums[ENGINE_REPAIRS]);
    put_rate(body, "repairs_on_time", sums[ENGINE_REPAIRS_ON_TIME], sums[ENGINE_REPAIRS], true);
    base_json_put_i64(body, "grievances", sums[ENGINE_GRIEVANCES]);
    base_json_put_i64(body, "overdue", sums[ENGINE_CONCERNS_OVERDUE]);
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
void engine_statistics_put_figures(struct base_buffer *body, const int64_t *sums, bool is_of_tasks)
{
    char room[32];

    engine_statistics_put_four(body, sums);
    put_rate(body, "statutory_late", sums[ENGINE_STATUTORY_LATE], sums[ENGINE_STATUTORY], false);
    base_json_put_i64(body, "late", sums[ENGINE_PROMISED] - sums[ENGINE_ON_TIME]);
    for (size_t i = 0; i < PLAINS; i++)
        if (!is_of_tasks || !plain[i].is_of_whole)
            base_json_put_i64(body, engine_measure_name(plain[i].measure), sums[plain[i].measure]);
    base_json_open(body, "promise_used", '{');
    base_json_put_text(body, "mean_percent", engine_average(sums[ENGINE_PROMISE_USED], sums[ENGINE_PROMISED], room));
    if (sums[ENGINE_PROMISED] > 0)
        base_json_put_i64(body, "worst_percent", sums[ENGINE_PROMISE_USED_WORST]);
    else
        base_json_put_null(body, "worst_percent");
    base_json_close(body, '}');
    put_days(body, sums);
    put_aftercare(body, sums);
}

void engine_statistics_put_brief(struct base_buffer *body, const int64_t *sums, bool is_of_tasks)
{
    char room[32];

    engine_statistics_put_four(body, sums);
    base_json_put_i64(body, "late", sums[ENGINE_PROMISED] - sums[ENGINE_ON_TIME]);
    if (!is_of_tasks)
        base_json_put_i64(body, "received", sums[ENGINE_RECEIVED]);
    base_json_put_i64(body, "decided", sums[ENGINE_DECIDED]);
    base_json_put_i64(body, "red", sums[ENGINE_RED]);
    base_json_open(body, "average", '{');
    for (size_t i = 0; i < 2; i++)
        base_json_put_text(body, engine_measure_name(days[i].sum), engine_average(sums[days[i].sum], sums[days[i].of], room));
    base_json_close(body, '}');
}

/* -- As cells (RFC 4180) -- */

/* A table program must take a name for a text, never for a formula. */
void engine_csv_put_text(struct base_buffer *body, const char *text)
{
    const char *safe = text != NULL ? text : "";
    bool is_formula = *safe != '\0' && strchr("=+-@\t\r", *safe) != NULL;

    base_buffer_put_text(body, is_formula ? "\"'" : "\"");
    for (; *safe != '\0'; safe++)
        base_buffer_put(body, *safe == '"' ? "\"\"" : safe, *safe == '"' ? 2 : 1);
    base_buffer_put_text(body, "\"");
}

void engine_statistics_put_heads(struct base_buffer *body, bool is_of_tasks)
{
    base_buffer_put_text(body, ",accepted,on_the_spot,on_the_spot_percent,promised,on_time,on_time_percent,ahead,"
                               "ahead_percent,statutory,statutory_late");
    for (size_t i = 0; i < PLAINS; i++)
        if (!is_of_tasks || !plain[i].is_of_whole)
            base_buffer_put_format(body, ",%s", engine_measure_name(plain[i].measure));
    base_buffer_put_format(body, ",%s", engine_measure_name(ENGINE_TIMED));
    for (size_t i = 0; i < DAYS; i++)
        base_buffer_put_format(body, ",%s,%s_average", engine_measure_name(days[i].sum), engine_measure_name(days[i].sum));
    base_buffer_put_text(body, ",late,promise_used_mean_percent,promise_used_worst_percent");
    for (unsigned i = ENGINE_INQUIRIES; i <= ENGINE_GRIEVANCES; i++)
        base_buffer_put_format(body, ",%s", engine_measure_name((enum engine_measure)i));
    base_buffer_put_text(body, ",concerns_overdue,attitude_mean,attitude_satisfied_percent,ability_mean,ability_satisfied_percent");
}

static void put_csv_rate(struct base_buffer *body, int64_t count, int64_t of)
{
    char room[32];
    const char *percent = engine_percent(count, of, room);

    base_buffer_put_format(body, ",%lld,%s", (long long)count, percent != NULL ? percent : "");
}

static void put_text_cell(struct base_buffer *body, const char *text)
{
    base_buffer_put_format(body, ",%s", text != NULL ? text : "");
}

static void put_csv_aftercare(struct base_buffer *body, const int64_t *sums)
{
    char room[32];

    base_buffer_put_format(body, ",%lld", (long long)(sums[ENGINE_PROMISED] - sums[ENGINE_ON_TIME]));
    put_text_cell(body, engine_average(sums[ENGINE_PROMISE_USED], sums[ENGINE_PROMISED], room));
    snprintf(room, sizeof(room), "%lld", (long long)sums[ENGINE_PROMISE_USED_WORST]);
    put_text_cell(body, sums[ENGINE_PROMISED] > 0 ? room : NULL);
    for (unsigned i = ENGINE_INQUIRIES; i <= ENGINE_GRIEVANCES; i++)
        base_buffer_put_format(body, ",%lld", (long long)sums[i]);
    base_buffer_put_format(body, ",%lld", (long long)sums[ENGINE_CONCERNS_OVERDUE]);
    put_text_cell(body, level_mean(sums, ENGINE_ATTITUDE_1, room));
    put_text_cell(body, engine_percent(satisfied(sums, ENGINE_ATTITUDE_1), sums[ENGINE_EVALUATIONS], room));
    put_text_cell(body, level_mean(sums, ENGINE_ABILITY_1, room));
    put_text_cell(body, engine_percent(satisfied(sums, ENGINE_ABILITY_1), sums[ENGINE_EVALUATIONS], room));
}

void engine_statistics_put_cells(struct base_buffer *body, const int64_t *sums, bool is_of_tasks)
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
    put_csv_aftercare(body, sums);
}
