/* SPDX-License-Identifier: Apache-2.0 */
#include "front/pages_strip.h"

#include <string.h>

#include "base/time.h"

static bool has_word(const struct base_json *object, const char *key, const char *word)
{
    const char *text = base_json_member_text(object, key);

    return text != NULL && strcmp(text, word) == 0;
}

static bool is_same_text(const struct base_json *a, const struct base_json *b, const char *key)
{
    const char *one = base_json_member_text(a, key), *two = base_json_member_text(b, key);

    return one == two || (one != NULL && two != NULL && strcmp(one, two) == 0);
}

/* The day's number; -1 when it is none. */
static int32_t number_of(const char *date)
{
    int32_t number = -1;

    return date != NULL && base_day_parse(date, &number) == OD_OK ? number : -1;
}

/* What is absent stays absent: the views of long clocks have many thousand members. */
static void put_if(struct base_buffer *view, const struct base_json *object, const char *key)
{
    const struct base_json *member = base_json_member(object, key);

    if (member != NULL && base_json_type(member) != BASE_JSON_NULL)
        base_json_put(view, key, member);
}

/* -- Weeks -- */

static void put_pads(struct base_buffer *view, int count)
{
    for (int i = 0; i < count; i++) {
        base_json_open(view, NULL, '{');
        base_json_put_bool(view, "is_pad", true);
        base_json_close(view, '}');
    }
}

static void put_day(struct base_buffer *view, const struct base_json *clock, const struct base_json *day,
                    int32_t number, bool is_first)
{
    static const char *const kept[] = {"use", "kind", "number", "name"};
    const char *date = base_json_member_text(day, "date");
    int year, month, date_number;
    bool is_due = has_word(clock, "due", date) && !has_word(clock, "state", "paused");

    base_day_to_civil(number, &year, &month, &date_number);
    base_json_open(view, NULL, '{');
    base_json_put_i64(view, "day", date_number);
    if (is_first || date_number == 1)
        base_json_put_i64(view, "month", month);
    for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
        put_if(view, day, kept[i]);
    if (base_json_member(day, "pause") != NULL)
        base_json_put_text(view, "pause", base_json_member_text(base_json_member(day, "pause"), "kind"));
    if (is_due)
        base_json_put_bool(view, "is_due", true);
    else if (has_word(clock, "due_without_pauses", date) && base_json_number(base_json_member(clock, "days_paused")) > 0)
        base_json_put_bool(view, "is_plain_due", true);
    base_json_close(view, '}');
}

/* Monday is 0. */
static int weekday_of(int32_t number)
{
    return number < 0 ? 0 : (int)((number + 3) % 7);
}

/* Rows of a week, from Monday. */
static void put_weeks(struct base_buffer *view, const struct base_json *clock)
{
    const struct base_json *day = base_json_first(base_json_member(clock, "days"));
    int column = weekday_of(number_of(base_json_member_text(day, "date")));
    bool is_first = true;

    base_json_open(view, "weeks", '[');
    while (day != NULL) {
        base_json_open(view, NULL, '{');
        base_json_open(view, "days", '[');
        put_pads(view, column);
        for (; column < 7 && day != NULL; column++, day = base_json_next(day), is_first = false) {
            int32_t number = number_of(base_json_member_text(day, "date"));

            if (number < 0)
                put_pads(view, 1);
            else
                put_day(view, clock, day, number, is_first);
        }
        put_pads(view, 7 - column);
        base_json_close(view, ']');
        base_json_close(view, '}');
        column = 0;
    }
    base_json_close(view, ']');
}

/* -- Ranges: what is worth a sentence -- */

static bool is_paused(const struct base_json *day)
{
    return has_word(day, "use", "paused");
}

/* Pauses, holidays and make-up days; plain weekends are counted only. */
static bool is_told(const struct base_json *day)
{
    return is_paused(day) || has_word(day, "kind", "holiday") || has_word(day, "kind", "make_up_day");
}

static bool is_of_range(const struct base_json *first, const struct base_json *day)
{
    if (!is_told(day) || is_paused(first) != is_paused(day))
        return false;
    if (is_paused(first))
        return is_same_text(base_json_member(first, "pause"), base_json_member(day, "pause"), "kind") &&
               is_same_text(base_json_member(first, "pause"), base_json_member(day, "pause"), "matter");
    return is_same_text(first, day, "kind") && is_same_text(first, day, "use") &&
           is_same_text(base_json_member(first, "name"), base_json_member(day, "name"), "en");
}

static void put_range(struct base_buffer *view, const struct base_json *first, const struct base_json *last, int count)
{
    base_json_open(view, NULL, '{');
    base_json_put_text(view, "from", base_json_member_text(first, "date"));
    base_json_put_text(view, "until", count > 1 ? base_json_member_text(last, "date") : NULL);
    base_json_put_i64(view, "count", count);
    put_if(view, first, "use");
    put_if(view, first, "kind");
    put_if(view, first, "name");
    put_if(view, first, "pause");
    base_json_close(view, '}');
}

static void put_ranges(struct base_buffer *view, const struct base_json *clock)
{
    const struct base_json *day = base_json_first(base_json_member(clock, "days"));
    int weekends = 0;

    base_json_open(view, "ranges", '[');
    while (day != NULL) {
        const struct base_json *first = day, *last = day;
        int count = 1;

        weekends += has_word(day, "kind", "weekend") && has_word(day, "use", "day_off");
        day = base_json_next(day);
        if (!is_told(first))
            continue;
        for (; day != NULL && is_of_range(first, day); day = base_json_next(day), count++)
            last = day;
        put_range(view, first, last, count);
    }
    base_json_close(view, ']');
    base_json_put_i64(view, "weekends", weekends);
}

/* -- The clock -- */

/* Which matter a clock belongs to, in words; null for one of the whole. */
static void put_name(struct base_buffer *view, const struct base_json *clock, const struct base_json *application)
{
    const struct base_json *task = base_json_first(base_json_member(application, "tasks"));
    const char *of = base_json_member_text(clock, "of");

    while (task != NULL && (of == NULL || !has_word(task, "matter", of)))
        task = base_json_next(task);
    base_json_put(view, "name", base_json_member(task, "matter_name"));
    base_json_put(view, "department_name", base_json_member(task, "department_name"));
}

size_t front_strip_put_members(struct base_buffer *view, const struct base_json *clock,
                               const struct base_json *application, size_t room)
{
    static const char *const kept[] = {
        "of",          "kind",      "state",     "unit",       "length",   "rule",        "start",
        "due",         "due_at",    "ended",     "level",      "overdue",  "provisional", "extensions",
        "extended",    "days_left", "hours_left", "pause",     "days_cut", "days_counted", "days_off",
        "days_paused", "due_without_pauses", "explanation", "told_by", "presumed_on"};

    for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
        put_if(view, clock, kept[i]);
    put_name(view, clock, application);
    const char *of = base_json_member_text(clock, "of");
    base_json_put_bool(view, "is_alone", of != NULL && has_word(clock, "kind", of)); /* its kind says what it is of */
    size_t count = base_json_count(base_json_member(clock, "days"));
    if (count == 0 || count > room)
        return 0;
    put_weeks(view, clock);
    put_ranges(view, clock);
    return count;
}

const struct base_json *front_strip_promised(const struct base_json *clocks)
{
    for (const struct base_json *item = base_json_first(clocks); item != NULL; item = base_json_next(item))
        if (has_word(item, "of", "joint") && has_word(item, "kind", "promised"))
            return item;
    return NULL;
}
