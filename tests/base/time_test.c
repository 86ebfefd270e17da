/* SPDX-License-Identifier: Apache-2.0 */
/* Civil dates, RFC 3339 and the zone. */
#include "lib/check.h"

#include <stdio.h>
#include <time.h>

#include "base/time.h"

#define LAST_DAY 2932896 /* 9999-12-31 */
#define MINUTE_MS INT64_C(60000)

static void every_day_to_9999_comes_back_as_it_went(void **state)
{
    static const int lengths[] = {0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int year = 1970, month = 1, day_of_month = 1;

    (void)state;
    for (int32_t day = 0; day <= LAST_DAY; day++) {
        int y, m, d;
        base_day_to_civil(day, &y, &m, &d);
        if (y != year || m != month || d != day_of_month)
            fail_msg("day %d is %d-%d-%d, not %d-%d-%d", day, y, m, d, year, month, day_of_month);
        assert_int_equal(base_day_from_civil(y, m, d), day);
        bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
        if (++day_of_month > lengths[month] + (month == 2 && is_leap)) {
            day_of_month = 1;
            year += ++month > 12;
            month = month > 12 ? 1 : month;
        }
    }
    assert_int_equal(year, 10000);
}

static void a_date_is_written_one_way_only(void **state)
{
    static const struct { const char *text; int rc; int32_t day; const char *why; } rows[] = {
        {"1970-01-01", OD_OK, 0, "the first"},
        {"9999-12-31", OD_OK, LAST_DAY, "the last"},
        {"2028-02-29", OD_OK, 21243, "a leap day"},
        {"2000-02-29", OD_OK, 11016, "a century that is a leap year"},
        {"1969-12-31", OD_ESYNTAX, 0, "before the first"},
        {"2026-02-29", OD_ESYNTAX, 0, "no leap year"},
        {"2100-02-29", OD_ESYNTAX, 0, "a century that is none"},
        {"2026-13-01", OD_ESYNTAX, 0, "month 13"},
        {"2026-00-01", OD_ESYNTAX, 0, "month 0"},
        {"2026-04-31", OD_ESYNTAX, 0, "30 days"},
        {"2026-04-00", OD_ESYNTAX, 0, "day 0"},
        {"2026-4-01", OD_ESYNTAX, 0, "one digit"},
        {"2026-04-1", OD_ESYNTAX, 0, "one digit"},
        {"2026/04/01", OD_ESYNTAX, 0, "slashes"},
        {"20260401", OD_ESYNTAX, 0, "no dashes"},
        {"2026-04-01 ", OD_ESYNTAX, 0, "a space"},
        {" 2026-04-01", OD_ESYNTAX, 0, "a space before"},
        {"2026-04-01T00:00", OD_ESYNTAX, 0, "a time"},
        {"10000-01-01", OD_ESYNTAX, 0, "five digits"},
        {"+026-04-01", OD_ESYNTAX, 0, "a sign"},
        {"2026-04-+1", OD_ESYNTAX, 0, "a sign in the day"},
        {"", OD_ESYNTAX, 0, "empty"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        int32_t day = 42;
        char text[BASE_DATE_SIZE];

        CHECK_I64(rows[i].rc, base_day_parse(rows[i].text, &day), rows[i].why);
        CHECK_I64(rows[i].rc == OD_OK ? rows[i].day : 42, day, rows[i].why);
        if (rows[i].rc != OD_OK)
            continue;
        base_day_format(day, text);
        CHECK_TEXT(rows[i].text, text, rows[i].why);
    }
}

static void rfc_3339_and_nothing_else(void **state)
{
    static const struct { const char *text; int rc; int64_t ms; const char *why; } rows[] = {
        {"1970-01-01T00:00:00Z", OD_OK, 0, "the epoch"},
        {"1970-01-01T08:00:00+08:00", OD_OK, 0, "the epoch in Shanghai"},
        {"1970-01-01T00:00:00.001Z", OD_OK, 1, "a millisecond"},
        {"1970-01-01T00:00:00.1239999999Z", OD_OK, 123, "finer than we keep: cut"},
        {"1970-01-01t00:00:00z", OD_OK, 0, "lower case"},
        {"1970-01-01 00:00:01Z", OD_OK, 1000, "a space, as RFC 3339 allows"},
        {"2016-12-31T23:59:60Z", OD_OK, INT64_C(1483228800000), "a leap second is the next second"},
        {"1970-01-01T00:00:00-00:30", OD_OK, 1800000, "west of Greenwich"},
        {"1970-01-01T00:00:00+23:59", OD_OK, -86340000, "before the epoch"},
        {"9999-12-31T23:59:59.999Z", OD_OK, INT64_C(253402300799999), "the end"},
        {"1970-01-01T00:00:00", OD_ESYNTAX, 0, "no offset"},
        {"1970-01-01T00:00:00+08", OD_ESYNTAX, 0, "half an offset"},
        {"1970-01-01T00:00:00+0800", OD_ESYNTAX, 0, "no colon in the offset"},
        {"1970-01-01T00:00:00+24:00", OD_ESYNTAX, 0, "24 hours"},
        {"1970-01-01T00:00:00+08:60", OD_ESYNTAX, 0, "60 minutes"},
        {"1970-01-01T24:00:00Z", OD_ESYNTAX, 0, "hour 24"},
        {"1970-01-01T00:60:00Z", OD_ESYNTAX, 0, "minute 60"},
        {"1970-01-01T00:00:61Z", OD_ESYNTAX, 0, "second 61"},
        {"1970-01-01T00:00:00.Z", OD_ESYNTAX, 0, "an empty fraction"},
        {"1970-01-01T00:00:00,5Z", OD_ESYNTAX, 0, "a comma"},
        {"1970-01-01T00:00Z", OD_ESYNTAX, 0, "no seconds"},
        {"1970-01-01X00:00:00Z", OD_ESYNTAX, 0, "another letter"},
        {"1970-02-30T00:00:00Z", OD_ESYNTAX, 0, "no such date"},
        {"1970-01-01T00:00:00Zx", OD_ESYNTAX, 0, "more behind it"},
        {"1970-01-01T00:00:00ZZ", OD_ESYNTAX, 0, "twice"},
        {"", OD_ESYNTAX, 0, "empty"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        int64_t ms = 42;
        CHECK_I64(rows[i].rc, base_time_parse(rows[i].text, &ms), rows[i].why);
        CHECK_I64(rows[i].rc == OD_OK ? rows[i].ms : 42, ms, rows[i].why);
    }
}

static void only_zones_are_taken_for_zones(void **state)
{
    static const struct { const char *name; int rc; const char *why; } rows[] = {
        {"UTC", OD_OK, "always there"},
        {"Asia/Shanghai", OD_OK, "a zone"},
        {"", OD_ENOTFOUND, "empty"},
        {"Asia", OD_ENOTFOUND, "a folder"},
        {"zone.tab", OD_ENOTFOUND, "a file that is no zone"},
        {"Mars/Olympus", OD_ENOTFOUND, "no such zone"},
        {"../zoneinfo/Asia/Shanghai", OD_ENOTFOUND, "a way out"},
        {"/etc/passwd", OD_ENOTFOUND, "an absolute path"},
        {"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", OD_ENOTFOUND, "65 letters"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        CHECK_I64(rows[i].rc, base_zone_set(rows[i].name), rows[i].why);
    int32_t day, minute, offset;
    base_zone_civil(0, &day, &minute, &offset);
    CHECK_I64(480, offset, "a refused name leaves the zone as it was");
}

static int64_t time_of(const char *text)
{
    int64_t ms = 0;

    CHECK_I64(OD_OK, base_time_parse(text, &ms), text);
    return ms;
}

static void a_zone_without_summer_time(void **state)
{
    int32_t day, minute, offset;
    char text[BASE_TIME_SIZE];

    (void)state;
    CHECK_I64(OD_OK, base_zone_set("Asia/Shanghai"), "zone");
    base_zone_civil(time_of("2026-11-29T16:30:00Z"), &day, &minute, &offset);
    CHECK_I64(base_day_from_civil(2026, 11, 30), day, "the next day in Shanghai");
    CHECK_I64(30, minute, "minute");
    CHECK_I64(480, offset, "offset");
    CHECK_I64(time_of("2026-11-29T16:30:00Z"), base_zone_utc(day, minute), "and back");
    base_zone_format(time_of("2026-11-29T16:30:01.007Z"), text);
    CHECK_TEXT("2026-11-30T00:30:01.007+08:00", text, "text");
    base_zone_format(-1, text);
    CHECK_TEXT("1970-01-01T07:59:59.999+08:00", text, "before the epoch");
}

static void a_zone_with_summer_time(void **state)
{
    static const struct { const char *utc, *civil, *why; } rows[] = {
        {"2026-01-15T12:00:00Z", "2026-01-15T13:00:00.000+01:00", "winter"},
        {"2026-07-15T12:00:00Z", "2026-07-15T14:00:00.000+02:00", "summer"},
        {"2026-03-29T00:59:59.999Z", "2026-03-29T01:59:59.999+01:00", "the last moment of winter time"},
        {"2026-03-29T01:00:00Z", "2026-03-29T03:00:00.000+02:00", "the first of summer time"},
        {"2026-10-25T00:59:59Z", "2026-10-25T02:59:59.000+02:00", "the hour before the clock goes back"},
        {"2026-10-25T01:00:00Z", "2026-10-25T02:00:00.000+01:00", "the same hour again"},
    };

    (void)state;
    CHECK_I64(OD_OK, base_zone_set("Europe/Amsterdam"), "zone");
    for (size_t i = 0; i < COUNT(rows); i++) {
        char text[BASE_TIME_SIZE];
        base_zone_format(time_of(rows[i].utc), text);
        CHECK_TEXT(rows[i].civil, text, rows[i].why);
        CHECK_I64(time_of(rows[i].utc), time_of(text), "the text means the same moment");
    }
}

static void a_skipped_time_maps_to_the_one_after_the_gap(void **state)
{
    int32_t gap = base_day_from_civil(2026, 3, 29), twice = base_day_from_civil(2026, 10, 25);

    (void)state;
    CHECK_I64(OD_OK, base_zone_set("Europe/Amsterdam"), "zone");
    CHECK_I64(time_of("2026-03-29T01:30:00+01:00"), base_zone_utc(gap, 90), "before the gap");
    CHECK_I64(time_of("2026-03-29T01:00:00Z"), base_zone_utc(gap, 120), "the first skipped minute");
    CHECK_I64(time_of("2026-03-29T01:30:00Z"), base_zone_utc(gap, 150), "in the gap");
    CHECK_I64(time_of("2026-03-29T03:00:00+02:00"), base_zone_utc(gap, 180), "after the gap");
    CHECK_I64(time_of("2026-10-25T02:30:00+02:00"), base_zone_utc(twice, 150), "the first of two");
    CHECK_I64(time_of("2026-10-25T03:00:00+01:00"), base_zone_utc(twice, 180), "once again");
}

/* Whatever was asked before: the C library keeps a guess from call to call. */
static void the_answer_does_not_hang_on_earlier_calls(void **state)
{
    int32_t gap = base_day_from_civil(2026, 3, 29), twice = base_day_from_civil(2026, 10, 25);
    int64_t gap_first, twice_first;

    (void)state;
    CHECK_I64(OD_OK, base_zone_set("Europe/Amsterdam"), "zone");
    CHECK(base_zone_utc(base_day_from_civil(2026, 1, 15), 0) > 0, "asked in winter");
    gap_first = base_zone_utc(gap, 150);
    CHECK(base_zone_utc(base_day_from_civil(2026, 1, 15), 0) > 0, "asked in winter");
    twice_first = base_zone_utc(twice, 150);
    CHECK(base_zone_utc(base_day_from_civil(2026, 7, 15), 0) > 0, "asked in summer");
    CHECK_I64(gap_first, base_zone_utc(gap, 150), "the gap");
    CHECK(base_zone_utc(base_day_from_civil(2026, 7, 15), 0) > 0, "asked in summer");
    CHECK_I64(twice_first, base_zone_utc(twice, 150), "the hour that comes twice");
}

static void every_half_hour_of_two_years_comes_back(void **state)
{
    static const char *const zones[] = {"Asia/Shanghai", "Europe/Amsterdam", "America/New_York", "UTC"};

    (void)state;
    for (size_t i = 0; i < COUNT(zones); i++) {
        CHECK_I64(OD_OK, base_zone_set(zones[i]), zones[i]);
        int64_t end = time_of("2028-01-01T00:00:00Z");
        for (int64_t ms = time_of("2026-01-01T00:00:00Z"); ms < end; ms += 30 * MINUTE_MS) {
            int32_t day, minute, offset;
            base_zone_civil(ms, &day, &minute, &offset);
            CHECK_I64(ms, (day * INT64_C(1440) + minute - offset) * MINUTE_MS, "civil and offset add up");
            int64_t back = base_zone_utc(day, minute);
            CHECK(back == ms || back == ms + 60 * MINUTE_MS || back == ms - 60 * MINUTE_MS,
                  "and back, but for the hour that comes twice");
        }
    }
}

static void the_clocks_run(void **state)
{
    int64_t before = base_monotonic_ms();

    (void)state;
    CHECK(base_wall_ms() > time_of("2020-01-01T00:00:00Z"), "wall");
    CHECK(base_monotonic_ms() >= before, "monotonic");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_day_to_9999_comes_back_as_it_went),
        cmocka_unit_test(a_date_is_written_one_way_only),
        cmocka_unit_test(rfc_3339_and_nothing_else),
        cmocka_unit_test(only_zones_are_taken_for_zones),
        cmocka_unit_test(a_zone_without_summer_time),
        cmocka_unit_test(a_zone_with_summer_time),
        cmocka_unit_test(a_skipped_time_maps_to_the_one_after_the_gap),
        cmocka_unit_test(the_answer_does_not_hang_on_earlier_calls),
        cmocka_unit_test(every_half_hour_of_two_years_comes_back),
        cmocka_unit_test(the_clocks_run),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
