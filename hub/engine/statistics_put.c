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

/* NULL when it is none: a row that was put there by another hand. */
static const char *officer_name(const char *window)
{
    size_t prefix = sizeof(ENGINE_OFFICER_PREFIX) - 1;

    return window != NULL && strncmp(window, ENGINE_OFFICER_PREFIX, prefix) == 0 ? window + prefix : NULL;
}

const char *engine_dimension_id(const struct engine *engine, enum engine_dimension dimension, uint32_t key, char room[16])
{
    switch (dimension) {
    case ENGINE_DIMENSION_NONE: break;
    case ENGINE_BY_SERVICE: return store_service_name(engine->store, key);
    case ENGINE_BY_DEPARTMENT: return store_department_name(engine->store, (uint16_t)key);
    case ENGINE_BY_WINDOW: return key != 0 ? store_window_name(engine->store, key) : ENGINE_WINDOW_OTHER;
    case ENGINE_BY_MONTH: snprintf(room, 16, "%04u-%02u", key / 100 % 10000, key % 100); return room;
    case ENGINE_BY_OFFICER: return key != 0 ? officer_name(store_window_name(engine->store, key)) : ENGINE_WINDOW_OTHER;
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
    if (query->is_brief)
        engine_statistics_put_brief(body, group->sums, query->is_of_tasks);
    else
        engine_statistics_put_figures(body, group->sums, query->is_of_tasks);
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
    engine_statistics_put_figures(body, query->total.sums, query->department != 0);
    base_json_close(body, '}');
    base_json_open(body, "items", '[');
    for (uint32_t i = from; i < until; i++)
        put_item(body, engine, query, &query->groups.items[i]);
    base_json_close(body, ']');
    base_json_put_text(body, "next_cursor", cursor);
    if (query->services_max > 0)
        base_json_put_text(body, "next_service", query->service_used < query->service_count && query->service_used > 0
                                                     ? store_service_name(engine->store, query->services[query->service_used - 1]) : NULL);
    base_json_put_i64(body, "count", query->groups.count);
    base_json_close(body, '}');
}

/* -- CSV -- */

static void put_csv_head(struct base_buffer *body, const struct engine_statistics_query *query)
{
    base_buffer_put_text(body, "from,to");
    for (unsigned i = 0; i < 2 && query->by[i] != ENGINE_DIMENSION_NONE; i++)
        base_buffer_put_format(body, ",%s,%s_name", engine_dimension_name(query->by[i]), engine_dimension_name(query->by[i]));
    engine_statistics_put_heads(body, query->is_of_tasks);
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
        engine_csv_put_text(body, engine_dimension_id(engine, query->by[i], group->keys[i], month));
        base_buffer_put_text(body, ",");
        engine_csv_put_text(body, engine_dimension_text(engine, query->by[i], group->keys[i], language, room));
    }
    engine_statistics_put_cells(body, group->sums, query->is_of_tasks);
    base_buffer_put_text(body, "\r\n");
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
