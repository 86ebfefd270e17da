/* SPDX-License-Identifier: Apache-2.0 */
/* The calendars that dates are worked out with, for people: which there are, on what they
 * build, and one year of one of them, month by month. */
#include "engine/paging.h"

#include <stdlib.h>
#include <string.h>

#define YEAR_MIN 1970
#define YEAR_MAX 9999

static void put_head(struct base_buffer *body, const struct catalog *catalog, const struct core_calendar *calendar)
{
    const struct core_calendar *base = catalog_calendar_base(catalog, calendar);
    const char *label = catalog_calendar_label(catalog, calendar);

    base_json_put_text_n(body, "id", label, strcspn(label, "@"));
    base_json_put_text(body, "version", catalog_calendar_version(catalog, calendar));
    if (catalog_calendar_name(catalog, calendar) != NULL)
        catalog_put_text(body, "name", catalog_calendar_name(catalog, calendar));
    base_json_put_text(body, "level", catalog_level_name(catalog_calendar_level(catalog, calendar)));
    base_json_put_text(body, "base", base != NULL ? catalog_calendar_label(catalog, base) : NULL);
    engine_put_day(body, "published_from", calendar->published_from);
    engine_put_day(body, "published_until", calendar->published_until);
}

static void answer_list(struct engine *engine, struct front_request *request)
{
    struct base_buffer body = {0};
    struct engine_page page;

    if (!engine_page_take(request, catalog_calendar_count(engine->catalog), &page))
        return;
    base_json_open(&body, NULL, '{');
    base_json_open(&body, "items", '[');
    for (size_t i = page.from; i < page.until; i++) {
        base_json_open(&body, NULL, '{');
        put_head(&body, engine->catalog, catalog_calendar_at(engine->catalog, i));
        base_json_close(&body, '}');
    }
    base_json_close(&body, ']');
    engine_page_answer(request, "/v1/calendars", &body, page.until < page.count ? page.until : 0, page.count);
}

/* Names by the day, for every day of the year that the calendar lists. */
static void put_named_days(struct base_buffer *body, const struct catalog *catalog, const struct core_calendar *calendar, int year)
{
    core_day first = base_day_from_civil(year, 1, 1), last = base_day_from_civil(year, 12, 31);

    base_json_open(body, "listed", '[');
    for (core_day day = first; day <= last; day++) {
        const struct catalog_text *name = catalog_calendar_day_name(catalog, calendar, day);

        if (name == NULL)
            continue;
        base_json_open(body, NULL, '{');
        engine_put_day(body, "date", day);
        base_json_put_bool(body, "worked", core_calendar_is_worked(calendar, day));
        catalog_put_text(body, "name", name);
        base_json_close(body, '}');
    }
    base_json_close(body, ']');
}

static void answer_year(struct engine *engine, struct front_request *request, const struct core_calendar *calendar)
{
    struct base_buffer body = {0};
    int64_t year;
    int now, month, day;

    base_day_to_civil(engine->now.day, &now, &month, &day);
    year = now;
    if (!engine_query_integer(request, "year", YEAR_MIN, YEAR_MAX, &year)) {
        engine_refuse_query(request, "year");
        return;
    }
    base_json_open(&body, NULL, '{');
    put_head(&body, engine->catalog, calendar);
    base_json_put_bool(&body, "is_published", base_day_from_civil((int)year, 12, 31) <= calendar->published_until &&
                                                  base_day_from_civil((int)year, 1, 1) >= calendar->published_from);
    catalog_put_calendar_year(&body, "calendar", calendar, NULL, NULL, (int)year);
    put_named_days(&body, engine->catalog, calendar, (int)year);
    base_json_close(&body, '}');
    front_answer(request, 200, "application/json", NULL, &body);
}

void engine_calendar_perform(struct engine *engine, struct front_request *request)
{
    const struct core_calendar *calendar =
        request->route == FRONT_CALENDAR_SHOW ? catalog_calendar_find(engine->catalog, request->params[0]) : NULL;

    if (request->route == FRONT_CALENDAR_LIST)
        answer_list(engine, request);
    else if (calendar == NULL)
        front_answer_problem(request, FRONT_NOT_FOUND,
                             front_say(request, "没有这个日历，请从 /v1/calendars 选择。", "There is no such calendar; choose one of /v1/calendars."), NULL, 0);
    else
        answer_year(engine, request, calendar);
}
