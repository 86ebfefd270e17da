/* SPDX-License-Identifier: Apache-2.0 */
/* The hour of the nightly batch, by the clock on the wall of a zone that changes it twice a year. */
#include "lib/check.h"

#include <stdlib.h>
#include <time.h>

#include "base/time.h"
#include "wall.h"

#define HOUR_MS INT64_C(3600000)
#define AT(hour, minute) (((hour) * INT64_C(60) + (minute)) * 60000)

static void set_zone(const char *zone)
{
    assert_int_equal(0, setenv("TZ", zone, 1));
    wall_open();
}

static int64_t ms_of(const char *text)
{
    int64_t ms = -1;

    assert_int_equal(OD_OK, base_time_parse(text, &ms));
    return ms;
}

static void each_night_has_its_hour(void **state)
{
    static const struct {
        const char *zone, *after;
        int64_t at;
        const char *next, *why;
    } rows[] = {
        {"UTC", "2026-03-28T12:00:00Z", AT(2, 0), "2026-03-29T02:00:00Z", "no offset"},
        {"Asia/Shanghai", "2026-12-28T12:00:00Z", AT(2, 0), "2026-12-28T18:00:00Z", "eight hours ahead"},
        {"Asia/Shanghai", "2026-12-28T18:00:00Z", AT(2, 0), "2026-12-29T18:00:00Z", "that very moment has been"},
        {"Europe/Berlin", "2026-03-27T12:00:00Z", AT(2, 0), "2026-03-28T01:00:00Z", "before the change"},
        {"Europe/Berlin", "2026-03-28T12:00:00Z", AT(2, 0), "2026-03-29T01:00:00Z", "02:00 is left out: at its end, 03:00"},
        {"Europe/Berlin", "2026-03-28T12:00:00Z", AT(2, 30), "2026-03-29T01:30:00Z", "02:30 is left out: 03:30"},
        {"Europe/Berlin", "2026-03-29T01:30:00Z", AT(2, 30), "2026-03-30T00:30:00Z", "and once that night"},
        {"Europe/Berlin", "2026-03-28T12:00:00Z", AT(4, 0), "2026-03-29T02:00:00Z", "the first night of summer time"},
        {"Europe/Berlin", "2026-03-29T12:00:00Z", AT(2, 0), "2026-03-30T00:00:00Z", "after the change, though no task came since"},
        {"Europe/Berlin", "2026-10-24T12:00:00Z", AT(2, 30), "2026-10-25T00:30:00Z", "02:30 comes twice: the first"},
        {"Europe/Berlin", "2026-10-25T00:30:00Z", AT(2, 30), "2026-10-26T01:30:00Z", "not in the second"},
        {"Europe/Berlin", "2026-10-25T01:10:00Z", AT(2, 30), "2026-10-26T01:30:00Z", "nor when it starts between the two"},
        {"Europe/Berlin", "2026-10-24T12:00:00Z", AT(4, 0), "2026-10-25T03:00:00Z", "the first night of winter time"},
        {"Africa/Cairo", "2026-04-23T12:00:00Z", AT(0, 0), "2026-04-23T22:00:00Z", "midnight itself is left out: 01:00"},
        {"Africa/Cairo", "2026-04-23T22:00:00Z", AT(0, 0), "2026-04-24T21:00:00Z", "and the next midnight"},
        {"Australia/Lord_Howe", "2026-04-04T00:00:00Z", AT(1, 45), "2026-04-04T14:45:00Z", "half an hour comes twice"},
        {"America/St_Johns", "2026-07-01T00:00:00Z", AT(23, 59), "2026-07-01T02:29:00Z", "behind UTC, the day before"},
        {"Pacific/Kiritimati", "2026-07-01T09:59:00Z", AT(0, 0), "2026-07-01T10:00:00Z", "fourteen hours ahead"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        set_zone(rows[i].zone);
        CHECK_I64(ms_of(rows[i].next), wall_next(ms_of(rows[i].after), rows[i].at), rows[i].why);
    }
}

static void each_day_of_a_year_has_one(void **state)
{
    static const char *const zones[] = {"Asia/Shanghai", "Europe/Berlin", "America/New_York", "Africa/Cairo", "Asia/Beirut", "America/Santiago",
                                        "Australia/Lord_Howe", "Africa/Casablanca", "Pacific/Apia"};
    static const int64_t ats[] = {AT(0, 0), AT(0, 30), AT(1, 45), AT(2, 0), AT(2, 30), AT(3, 0), AT(23, 30), AT(23, 59)};

    (void)state;
    for (size_t zone = 0; zone < COUNT(zones); zone++)
        for (size_t at = 0; at < COUNT(ats); at++) {
            set_zone(zones[zone]);
            int64_t last = wall_next(ms_of("2026-01-01T12:00:00Z"), ats[at]);

            for (int day = 0; day < 400; day++) {
                int64_t next = wall_next(last, ats[at]);

                CHECK(next - last >= 23 * HOUR_MS && next - last <= 25 * HOUR_MS, zones[zone]);
                last = next;
            }
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_night_has_its_hour), cmocka_unit_test(each_day_of_a_year_has_one)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
