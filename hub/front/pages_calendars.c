/* SPDX-License-Identifier: Apache-2.0 */
/* Calendars of working days for everyone: which there are, and one of them as a year of months. */
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "front/pages_rows.h"

#define YEAR_MIN 1970
#define YEAR_MAX 9999

static void list_step(struct front_visit *visit)
{
    const struct front_visit_ask *calendars = front_visit_find(visit, "calendars");

    if (!front_visit_is_fine(calendars)) {
        front_visit_problem(visit, calendars);
        return;
    }
    base_json_open(&visit->view, NULL, '{');
    front_page_put_next(visit, "cursor", calendars->json);
    base_json_close(&visit->view, '}');
    front_visit_render(visit, 200, "calendars");
}

void front_page_calendars(struct front_visit *visit)
{
    struct base_buffer query = {0};

    front_page_put_pair(&query, "cursor", front_visit_query(visit, "cursor"));
    front_visit_ask(visit, &(struct front_visit_wish){.route = FRONT_CALENDAR_LIST, .name = "calendars", .query = base_buffer_text(&query)});
    base_buffer_fini(&query);
    front_visit_go(visit, list_step);
}

/* -- One year -- */

static bool is_same_date(const struct base_json *a, const struct base_json *b)
{
    const char *one = base_json_member_text(a, "date"), *two = base_json_member_text(b, "date");

    return one != NULL && two != NULL && strcmp(one, two) == 0;
}

static void put_pads(struct base_buffer *view, int count)
{
    for (int i = 0; i < count; i++) {
        base_json_open(view, NULL, '{');
        base_json_put_bool(view, "is_pad", true);
        base_json_close(view, '}');
    }
}

/* *listed: the next day with a name; both lists ascend. */
static void put_day(struct base_buffer *view, const struct base_json *day, int number, const struct base_json **listed)
{
    base_json_open(view, NULL, '{');
    base_json_put_i64(view, "day", number);
    base_json_put(view, "kind", base_json_member(day, "kind"));
    if (is_same_date(day, *listed)) {
        base_json_put(view, "name", base_json_member(*listed, "name"));
        *listed = base_json_next(*listed);
    }
    base_json_close(view, '}');
}

static int weekday_of(const struct base_json *day)
{
    const char *date = base_json_member_text(day, "date");
    int32_t number = 0;

    return date != NULL && base_day_parse(date, &number) == OD_OK ? (int)((number + 3) % 7) : 0;
}

static void put_month(struct base_buffer *view, const struct base_json *month, const struct base_json **listed)
{
    const struct base_json *day = base_json_first(base_json_member(month, "days"));
    int column = weekday_of(day), number = 1;

    base_json_open(view, NULL, '{');
    base_json_put(view, "month", base_json_member(month, "month"));
    base_json_open(view, "weeks", '[');
    while (day != NULL) {
        base_json_open(view, NULL, '{');
        base_json_open(view, "days", '[');
        put_pads(view, column);
        for (; column < 7 && day != NULL; column++, day = base_json_next(day))
            put_day(view, day, number++, listed);
        put_pads(view, 7 - column);
        base_json_close(view, ']');
        base_json_close(view, '}');
        column = 0;
    }
    base_json_close(view, ']');
    base_json_close(view, '}');
}

static bool is_of_range(const struct base_json *first, const struct base_json *item)
{
    const char *one = base_json_member_text(base_json_member(first, "name"), "en"),
               *two = base_json_member_text(base_json_member(item, "name"), "en");

    return base_json_is_true(base_json_member(first, "worked")) == base_json_is_true(base_json_member(item, "worked")) &&
           one != NULL && two != NULL && strcmp(one, two) == 0;
}

static int32_t number_of(const struct base_json *item)
{
    const char *date = base_json_member_text(item, "date");
    int32_t number = -1;

    return date != NULL && base_day_parse(date, &number) == OD_OK ? number : -1;
}

/* Runs of days of one name, for the list beside the months. */
static void put_ranges(struct base_buffer *view, const struct base_json *listed)
{
    const struct base_json *item = base_json_first(listed);

    base_json_open(view, "ranges", '[');
    while (item != NULL) {
        const struct base_json *first = item, *last = item;

        for (item = base_json_next(item); item != NULL && is_of_range(first, item) && number_of(item) == number_of(last) + 1;
             item = base_json_next(item))
            last = item;
        base_json_open(view, NULL, '{');
        base_json_put(view, "from", base_json_member(first, "date"));
        base_json_put_text(view, "until", last != first ? base_json_member_text(last, "date") : NULL);
        base_json_put_i64(view, "count", number_of(last) - number_of(first) + 1);
        base_json_put(view, "worked", base_json_member(first, "worked"));
        base_json_put(view, "name", base_json_member(first, "name"));
        base_json_close(view, '}');
    }
    base_json_close(view, ']');
}

static void year_step(struct front_visit *visit)
{
    const struct front_visit_ask *calendar = front_visit_find(visit, "calendar");
    const struct base_json *year = base_json_member(calendar->json, "calendar"),
                           *listed = base_json_first(base_json_member(calendar->json, "listed"));
    int number = (int)base_json_number(base_json_member(year, "year"));

    if (!front_visit_is_fine(calendar)) {
        front_visit_problem(visit, calendar);
        return;
    }
    base_json_open(&visit->view, NULL, '{');
    base_json_put_i64(&visit->view, "year", number);
    if (number > YEAR_MIN)
        base_json_put_i64(&visit->view, "before", number - 1);
    if (number < YEAR_MAX)
        base_json_put_i64(&visit->view, "after", number + 1);
    base_json_open(&visit->view, "months", '[');
    for (const struct base_json *month = base_json_first(base_json_member(year, "months")); month != NULL;
         month = base_json_next(month))
        put_month(&visit->view, month, &listed);
    base_json_close(&visit->view, ']');
    put_ranges(&visit->view, base_json_member(calendar->json, "listed"));
    base_json_close(&visit->view, '}');
    front_visit_render(visit, 200, "year");
}

void front_page_calendar(struct front_visit *visit)
{
    struct base_buffer query = {0};

    front_page_put_pair(&query, "year", front_visit_query(visit, "year"));
    front_visit_ask(visit, &(struct front_visit_wish){.route = FRONT_CALENDAR_SHOW,
                                                      .name = "calendar",
                                                      .param = visit->params[0],
                                                      .query = base_buffer_text(&query)});
    base_buffer_fini(&query);
    front_visit_go(visit, year_step);
}
