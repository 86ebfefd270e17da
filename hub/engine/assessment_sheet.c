/* SPDX-License-Identifier: Apache-2.0 */
/* The sheet of a period: written from sums, read back, compared and amended. Sums stand as "measure:sum" words, since
 * measures keep their numbers for ever. */
#include "engine/assessment.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const languages[CATALOG_LANGUAGES] = {[CATALOG_ZH_CN] = "zh-CN", [CATALOG_EN] = "en"};

static const char *const kind_names[ENGINE_UNIT_KINDS] = {
    [ENGINE_UNIT_CENTER] = "center", [ENGINE_UNIT_DEPARTMENT] = "department", [ENGINE_UNIT_WINDOW] = "window", [ENGINE_UNIT_OFFICER] = "officer"};

const char *engine_unit_kind_name(enum engine_unit_kind kind)
{
    assert(kind > ENGINE_UNIT_NONE && kind < ENGINE_UNIT_KINDS);
    return kind_names[kind];
}

enum engine_unit_kind engine_unit_kind_find(const char *name)
{
    for (unsigned kind = ENGINE_UNIT_CENTER; name != NULL && kind < ENGINE_UNIT_KINDS; kind++)
        if (strcmp(kind_names[kind], name) == 0)
            return (enum engine_unit_kind)kind;
    return ENGINE_UNIT_NONE;
}

static int unit_compare(const void *left, const void *right)
{
    const struct engine_unit *a = left, *b = right;

    return a->kind != b->kind ? a->kind - b->kind : strcmp(a->id, b->id);
}

/* -- Writing -- */

static void put_sums(struct base_buffer *body, const int64_t *sums)
{
    struct base_buffer words = {0};

    for (unsigned i = 1; i < ENGINE_MEASURES; i++)
        if (sums[i] != 0)
            base_buffer_put_format(&words, "%s%u:%" PRId64, words.size > 0 ? " " : "", i, sums[i]);
    base_json_put_text_n(body, "sums", words.bytes != NULL ? words.bytes : "", words.size);
    body->is_broken |= words.is_broken;
    base_buffer_fini(&words);
}

static void put_unit(struct base_buffer *body, const struct engine_unit *unit)
{
    base_json_open(body, NULL, '{');
    base_json_put_text(body, "kind", engine_unit_kind_name((enum engine_unit_kind)unit->kind));
    base_json_put_text(body, "id", unit->id);
    for (unsigned i = 0; i < CATALOG_LANGUAGES; i++)
        base_json_put_text(body, languages[i], unit->name[i]);
    put_sums(body, unit->sums);
    base_json_close(body, '}');
}

static void put_calendars(struct base_buffer *body, const struct catalog *catalog)
{
    base_json_open(body, "calendars", '[');
    for (size_t i = 0; i < catalog_calendar_count(catalog); i++)
        base_json_put_text(body, NULL, catalog_calendar_label(catalog, catalog_calendar_at(catalog, i)));
    base_json_close(body, ']');
}

static void put_head(struct base_buffer *body, const struct engine *engine, const struct engine_sheet_head *head)
{
    base_json_put_i64(body, "from", head->from);
    base_json_put_i64(body, "to", head->until);
    base_json_put_text(body, "by", head->by);
    base_json_put_i64(body, "at_ms", engine->now.ms);
    base_json_put_i64(body, "journal_seq", (int64_t)head->journal_seq);
    base_json_put_text(body, "catalog_version", catalog_version(engine->catalog));
    base_json_put_i64(body, "catalog_since_ms", engine->catalog_since_ms);
    put_calendars(body, engine->catalog);
    catalog_put_text(body, "center", catalog_center_name(engine->catalog));
}

static enum engine_dimension dimension_of(enum engine_unit_kind kind)
{
    switch (kind) {
    case ENGINE_UNIT_DEPARTMENT: return ENGINE_BY_DEPARTMENT;
    case ENGINE_UNIT_WINDOW: return ENGINE_BY_WINDOW;
    case ENGINE_UNIT_OFFICER: return ENGINE_BY_OFFICER;
    case ENGINE_UNIT_NONE:
    case ENGINE_UNIT_CENTER:
    case ENGINE_UNIT_KINDS: break;
    }
    return ENGINE_DIMENSION_NONE;
}

/* Its id and names, and a copy of its sums. */
static void name_unit(const struct engine *engine, const struct engine_group *group, struct engine_unit *unit)
{
    enum engine_dimension dimension = dimension_of((enum engine_unit_kind)group->keys[0]);
    char room[64];

    *unit = (struct engine_unit){.kind = (uint8_t)group->keys[0], .id = ""};
    memcpy(unit->sums, group->sums, sizeof(unit->sums));
    if (dimension == ENGINE_DIMENSION_NONE) {
        for (unsigned i = 0; i < CATALOG_LANGUAGES; i++)
            unit->name[i] = catalog_center_name(engine->catalog)->in[i];
        return;
    }
    const char *id = engine_dimension_id(engine, dimension, group->keys[1], room);
    unit->id = id != NULL ? id : "";
    unit->name[CATALOG_ZH_CN] = engine_dimension_text(engine, dimension, group->keys[1], FRONT_ZH_CN, room);
    unit->name[CATALOG_EN] = engine_dimension_text(engine, dimension, group->keys[1], FRONT_EN, room);
}

int engine_sheet_put(struct base_buffer *body, struct engine *engine, const struct engine_sheet_head *head, const struct engine_groups *groups)
{
    struct engine_unit *units = base_alloc((groups->count + 1) * sizeof(*units));

    if (groups->count > ENGINE_ASSESSMENT_UNITS_MAX || units == NULL) {
        base_free(units);
        return groups->count > ENGINE_ASSESSMENT_UNITS_MAX ? OD_ELIMIT : OD_ENOMEM;
    }
    for (uint32_t i = 0; i < groups->count; i++)
        name_unit(engine, &groups->items[i], &units[i]);
    qsort(units, groups->count, sizeof(*units), unit_compare);
    base_json_open(body, NULL, '{');
    put_head(body, engine, head);
    base_json_open(body, "units", '[');
    for (uint32_t i = 0; i < groups->count; i++)
        put_unit(body, &units[i]);
    base_json_close(body, ']');
    base_json_open(body, "amendments", '[');
    base_json_close(body, ']');
    base_json_close(body, '}');
    base_free(units);
    return body->is_broken ? OD_ENOMEM : OD_OK;
}

/* -- Reading -- */

static int64_t number_of(const struct base_json *object, const char *key, int *rc)
{
    int64_t number = 0;

    if (base_json_i64(base_json_member(object, key), 0, INT64_MAX / 2048, &number) != OD_OK)
        *rc = OD_EIO;
    return number;
}

static int read_sums(const char *words, int64_t *sums)
{
    unsigned measure;
    int64_t sum;
    int used;

    while (*words != '\0') {
        if (sscanf(words, "%u:%" SCNd64 "%n", &measure, &sum, &used) != 2 || measure == 0)
            return OD_EIO;
        if (measure < ENGINE_MEASURES)
            sums[measure] = sum;
        words += used;
        words += *words == ' ';
    }
    return OD_OK;
}

static int read_unit(const struct base_json *json, struct engine_unit *unit)
{
    const char *words = base_json_member_text(json, "sums");

    unit->kind = (uint8_t)engine_unit_kind_find(base_json_member_text(json, "kind"));
    unit->id = base_json_member_text(json, "id");
    for (unsigned i = 0; i < CATALOG_LANGUAGES; i++)
        unit->name[i] = base_json_member_text(json, languages[i]);
    if (unit->kind == ENGINE_UNIT_NONE || unit->id == NULL || words == NULL)
        return OD_EIO;
    return read_sums(words, unit->sums);
}

static int read_units(struct engine_sheet *sheet)
{
    const struct base_json *list = base_json_member(sheet->tree, "units");
    size_t count = base_json_count(list);

    sheet->units = base_alloc((count + 1) * sizeof(*sheet->units));
    if (sheet->units == NULL)
        return OD_ENOMEM;
    for (const struct base_json *item = base_json_first(list); item != NULL; item = base_json_next(item)) {
        int rc = read_unit(item, &sheet->units[sheet->unit_count++]);
        if (rc != OD_OK)
            return rc;
    }
    return OD_OK;
}

static int read_head(struct engine_sheet *sheet)
{
    int rc = OD_OK;

    sheet->from = (int32_t)number_of(sheet->tree, "from", &rc);
    sheet->until = (int32_t)number_of(sheet->tree, "to", &rc);
    sheet->at_ms = number_of(sheet->tree, "at_ms", &rc);
    sheet->journal_seq = (uint64_t)number_of(sheet->tree, "journal_seq", &rc);
    sheet->catalog_since_ms = number_of(sheet->tree, "catalog_since_ms", &rc);
    sheet->by = base_json_member_text(sheet->tree, "by");
    sheet->catalog_version = base_json_member_text(sheet->tree, "catalog_version");
    sheet->calendars = base_json_member(sheet->tree, "calendars");
    sheet->center = base_json_member(sheet->tree, "center");
    sheet->amendments = base_json_member(sheet->tree, "amendments");
    return sheet->by != NULL && sheet->catalog_version != NULL ? rc : OD_EIO;
}

int engine_sheet_read(const char *text, size_t size, struct engine_sheet *sheet)
{
    struct base_json_error error;

    *sheet = (struct engine_sheet){0};
    int rc = base_json_parse(text, size, &sheet->tree, &error);
    if (rc == OD_OK)
        rc = read_head(sheet);
    if (rc == OD_OK)
        rc = read_units(sheet);
    if (rc == OD_OK)
        return OD_OK;
    engine_sheet_fini(sheet);
    return rc == OD_ENOMEM ? OD_ENOMEM : OD_EIO;
}

void engine_sheet_fini(struct engine_sheet *sheet)
{
    base_free(sheet->units);
    base_json_destroy(sheet->tree);
    *sheet = (struct engine_sheet){0};
}

/* -- Comparing: both in the same order -- */

static const struct engine_unit nothing;

/* One unit of either, and its other side; the zero unit where a side has none. */
struct pair {
    const struct engine_unit *was, *is;
};

struct walk {
    const struct engine_sheet *was, *is;
    uint32_t was_at, is_at;
};

static bool walk_next(struct walk *walk, struct pair *pair)
{
    const struct engine_unit *was = walk->was_at < walk->was->unit_count ? &walk->was->units[walk->was_at] : NULL;
    const struct engine_unit *is = walk->is_at < walk->is->unit_count ? &walk->is->units[walk->is_at] : NULL;
    int order = was == NULL ? 1 : is == NULL ? -1 : unit_compare(was, is);

    if (was == NULL && is == NULL)
        return false;
    *pair = (struct pair){.was = order <= 0 ? was : &nothing, .is = order >= 0 ? is : &nothing};
    walk->was_at += order <= 0;
    walk->is_at += order >= 0;
    return true;
}

uint64_t engine_sheet_differences(const struct engine_sheet *was, const struct engine_sheet *is)
{
    struct walk walk = {.was = was, .is = is};
    struct pair pair;
    uint64_t count = 0;

    while (walk_next(&walk, &pair))
        for (unsigned i = 1; i < ENGINE_MEASURES; i++)
            count += pair.was->sums[i] != pair.is->sums[i];
    return count;
}

static void put_difference(struct base_buffer *body, const struct pair *pair, enum engine_measure measure)
{
    const struct engine_unit *unit = pair->was != &nothing ? pair->was : pair->is;

    base_json_open(body, NULL, '{');
    base_json_put_text(body, "unit", engine_unit_kind_name((enum engine_unit_kind)unit->kind));
    base_json_put_text(body, "id", unit->id);
    base_json_put_text(body, "measure", engine_measure_name(measure));
    base_json_put_i64(body, "was", pair->was->sums[measure]);
    base_json_put_i64(body, "is", pair->is->sums[measure]);
    base_json_close(body, '}');
}

static void put_amendment(struct base_buffer *body, const struct engine_sheet *was, const struct engine_sheet *is)
{
    struct walk walk = {.was = was, .is = is};
    struct pair pair;
    unsigned told = 0;

    base_json_open(body, NULL, '{');
    base_json_put_text(body, "by", is->by);
    base_json_put_i64(body, "at_ms", is->at_ms);
    base_json_put_i64(body, "journal_seq", (int64_t)is->journal_seq);
    base_json_put_i64(body, "count", (int64_t)engine_sheet_differences(was, is));
    base_json_open(body, "differences", '[');
    while (walk_next(&walk, &pair))
        for (unsigned i = 1; i < ENGINE_MEASURES && told < ENGINE_ASSESSMENT_DIFFERENCES_MAX; i++)
            if (pair.was->sums[i] != pair.is->sums[i]) {
                put_difference(body, &pair, (enum engine_measure)i);
                told++;
            }
    base_json_close(body, ']');
    base_json_close(body, '}');
}

static void put_amendments(struct base_buffer *body, const struct engine_sheet *was, const struct engine_sheet *is)
{
    size_t count = base_json_count(was->amendments), skipped = count >= ENGINE_ASSESSMENT_AMENDMENTS_MAX ? count - ENGINE_ASSESSMENT_AMENDMENTS_MAX + 1 : 0;

    base_json_open(body, "amendments", '[');
    for (const struct base_json *item = base_json_first(was->amendments); item != NULL; item = base_json_next(item))
        if (skipped > 0)
            skipped--;
        else
            base_json_put(body, NULL, item);
    put_amendment(body, was, is);
    base_json_close(body, ']');
}

/* Names stay as they were told first. */
static void put_amended_unit(struct base_buffer *body, const struct pair *pair)
{
    struct engine_unit unit = pair->was != &nothing ? *pair->was : *pair->is;

    memcpy(unit.sums, pair->is->sums, sizeof(unit.sums));
    put_unit(body, &unit);
}

int engine_sheet_amend(struct base_buffer *body, const struct engine_sheet *was, const struct engine_sheet *is)
{
    struct walk walk = {.was = was, .is = is};
    struct pair pair;

    base_json_open(body, NULL, '{');
    for (const struct base_json *member = base_json_first(was->tree); member != NULL; member = base_json_next(member))
        if (strcmp(base_json_key(member), "units") != 0 && strcmp(base_json_key(member), "amendments") != 0)
            base_json_put(body, base_json_key(member), member);
    base_json_open(body, "units", '[');
    while (walk_next(&walk, &pair))
        put_amended_unit(body, &pair);
    base_json_close(body, ']');
    put_amendments(body, was, is);
    base_json_close(body, '}');
    return body->is_broken ? OD_ENOMEM : OD_OK;
}

/* -- Ranking -- */

/* count of of, against other_count of other: as fractions, exactly. Nothing of nothing is behind everything. */
static int compare_shares(int64_t count, int64_t of, int64_t other_count, int64_t other_of)
{
    if (of == 0 || other_of == 0)
        return (of == 0) - (other_of == 0);
    int64_t left = count * other_of, right = other_count * of;
    return left > right ? -1 : left < right;
}

static int64_t levels_of(const int64_t *sums)
{
    int64_t sum = 0;

    for (int i = 0; i < 5; i++)
        sum += (i + 1) * (sums[ENGINE_ATTITUDE_1 + i] + sums[ENGINE_ABILITY_1 + i]);
    return sum;
}

/* On time, then complaints upheld (few first), then ratings, then how little of the promise was used. */
static int compare_merits(const int64_t *a, const int64_t *b)
{
    int order = compare_shares(a[ENGINE_ON_TIME], a[ENGINE_PROMISED], b[ENGINE_ON_TIME], b[ENGINE_PROMISED]);

    if (order == 0 && a[ENGINE_COMPLAINTS_UPHELD] != b[ENGINE_COMPLAINTS_UPHELD])
        order = a[ENGINE_COMPLAINTS_UPHELD] < b[ENGINE_COMPLAINTS_UPHELD] ? -1 : 1;
    if (order == 0)
        order = compare_shares(levels_of(a), a[ENGINE_EVALUATIONS], levels_of(b), b[ENGINE_EVALUATIONS]);
    if (order == 0)
        order = -compare_shares(a[ENGINE_PROMISE_USED], a[ENGINE_PROMISED], b[ENGINE_PROMISE_USED], b[ENGINE_PROMISED]);
    return order;
}

static bool is_ranked(const struct engine_unit *unit)
{
    return unit->kind != ENGINE_UNIT_CENTER && (unit->sums[ENGINE_DECIDED] > 0 || unit->sums[ENGINE_EVALUATIONS] > 0);
}

static int rank_compare(const void *left, const void *right)
{
    const struct engine_unit *a = *(struct engine_unit *const *)left, *b = *(struct engine_unit *const *)right;

    return a->kind != b->kind ? a->kind - b->kind : compare_merits(a->sums, b->sums);
}

/* Those of one kind, from first on: equal merits, equal ranks. Returns the end. */
static uint32_t rank_kind(struct engine_unit **sorted, uint32_t first, uint32_t count)
{
    uint32_t until = first;

    while (until < count && sorted[until]->kind == sorted[first]->kind)
        until++;
    for (uint32_t i = first; i < until; i++) {
        bool is_equal = i > first && compare_merits(sorted[i - 1]->sums, sorted[i]->sums) == 0;

        sorted[i]->rank = is_equal ? sorted[i - 1]->rank : i - first + 1;
        sorted[i]->ranked = until - first;
    }
    return until;
}

int engine_sheet_rank(struct engine_sheet *sheet)
{
    struct engine_unit **sorted = base_alloc((sheet->unit_count + 1) * sizeof(struct engine_unit *));
    uint32_t count = 0;

    if (sorted == NULL)
        return OD_ENOMEM;
    for (uint32_t i = 0; i < sheet->unit_count; i++)
        if (is_ranked(&sheet->units[i]))
            sorted[count++] = &sheet->units[i];
    qsort(sorted, count, sizeof(*sorted), rank_compare);
    for (uint32_t i = 0; i < count;)
        i = rank_kind(sorted, i, count);
    base_free(sorted);
    return OD_OK;
}
