/* SPDX-License-Identifier: Apache-2.0 */
/* iCalendar files: what they say of which days (C-7), and what refuses one, with its line. */
#include <stdio.h>
#include <stdlib.h>

#include "base/buffer.h"
#include "base/time.h"
#include "catalog/calendar.h"
#include "catalog/fixture.h"
#include "catalog/ical.h"
#include "lib/check.h"
#include "lib/files.h"

static struct catalog_findings findings;

static core_day day_of(const char *text)
{
    core_day day = -1;

    CHECK_I64(OD_OK, base_day_parse(text, &day), text);
    return day;
}

static int load_bytes(const char *bytes, size_t size, struct catalog_calendar *out)
{
    char path[512];
    const char *folder = fixture_folder();

    fixture_write(folder, "days.ics", bytes, size);
    snprintf(path, sizeof(path), "%s/days.ics", folder);
    int rc = catalog_calendar_load(path, out, &findings);
    fixture_remove(folder);
    return rc;
}

/* body between BEGIN:VCALENDAR and END:VCALENDAR; its first line is line 3. Every "|" is a line end. */
static char *wrap(const char *body, const char *end)
{
    struct base_buffer buffer = {.size = 0};
    size_t size;

    base_buffer_put_format(&buffer, "BEGIN:VCALENDAR%sVERSION:2.0%s", end, end);
    for (; *body != '\0'; body++) {
        if (*body == '|')
            base_buffer_put_text(&buffer, end);
        else
            base_buffer_put(&buffer, body, 1);
    }
    base_buffer_put_format(&buffer, "%sEND:VCALENDAR%s", end, end);
    base_buffer_put(&buffer, "", 1);
    return base_buffer_take(&buffer, &size);
}

static int load_body(const char *body, const char *end, struct catalog_calendar *out)
{
    char *text = wrap(body, end);
    int rc = load_bytes(text, strlen(text), out);

    base_free(text);
    return rc;
}

#define EVENT(lines) "BEGIN:VEVENT|SUMMARY:Day|" lines "|END:VEVENT"
#define BERLIN                                                                                   \
    "BEGIN:VTIMEZONE|TZID:Town|BEGIN:STANDARD|DTSTART:19701025T030000|TZOFFSETFROM:+0200|TZOFFSETTO:+0100|" \
    "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU|END:STANDARD|BEGIN:DAYLIGHT|DTSTART:19700329T020000|"          \
    "TZOFFSETFROM:+0100|TZOFFSETTO:+0200|RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU|END:DAYLIGHT|END:VTIMEZONE|"

/* days: "date kind" of listed days, all of them, separated by spaces; o off, w worked. */
static const struct { const char *body, *days, *until, *why; } rows[] = {
    {EVENT("DTSTART;VALUE=DATE:20240501"), "2024-05-01o", "2024-12-31", "all day, without an end"},
    {EVENT("DTSTART;VALUE=DATE:20240501|DTEND;VALUE=DATE:20240504"), "2024-05-01o 2024-05-02o 2024-05-03o", "2024-12-31", "the end is the day after"},
    {EVENT("DTSTART;VALUE=DATE:20240501|DTEND;VALUE=DATE:20240501"), "2024-05-01o", "2024-12-31", "the end is the day itself, as some write it"},
    {EVENT("DTSTART:20240501"), "2024-05-01o", "2024-12-31", "a date without VALUE=DATE"},
    {EVENT("DTSTART;VALUE=DATE:20240501|DURATION:P2D"), "2024-05-01o 2024-05-02o", "2024-12-31", "duration in days"},
    {EVENT("DTSTART;VALUE=DATE:20240501|DURATION:P1W"), "2024-05-01o 2024-05-02o 2024-05-03o 2024-05-04o 2024-05-05o 2024-05-06o 2024-05-07o", "2024-12-31", "in weeks"},
    {EVENT("DTSTART:20240501T090000|DTEND:20240501T180000"), "2024-05-01o", "2024-12-31", "a timed event touches its day"},
    {EVENT("DTSTART:20240501T000000|DTEND:20240502T000000"), "2024-05-01o", "2024-12-31", "midnight is the end of the day before"},
    {EVENT("DTSTART:20240501T220000|DTEND:20240502T000001"), "2024-05-01o 2024-05-02o", "2024-12-31", "a second into the next day"},
    {EVENT("DTSTART:20240501T120000|DURATION:PT36H"), "2024-05-01o 2024-05-02o", "2024-12-31", "until midnight"},
    {EVENT("DTSTART:20240501T220000Z"), "2024-05-01o", "2024-12-31", "UTC, and no zone said: as written"},
    {"X-WR-TIMEZONE:Asia/Shanghai|" EVENT("DTSTART:20240501T220000Z"), "2024-05-02o", "2024-12-31", "UTC in a calendar of a zone: 06:00 of the next day"},
    {BERLIN EVENT("DTSTART:20240501T220000Z"), "2024-05-02o", "2024-12-31", "UTC in a file with one zone: midnight of summer time"},
    {BERLIN EVENT("DTSTART:20241101T220000Z"), "2024-11-01o", "2024-12-31", "UTC in winter: 23:00"},
    {BERLIN EVENT("DTSTART;TZID=Town:20240501T233000"), "2024-05-01o", "2024-12-31", "a day of its own zone"},
    {EVENT("DTSTART;TZID=America/New_York:20240501T200000|DTEND;TZID=Europe/Berlin:20240502T060000"), "2024-05-01o", "2024-12-31", "an end in another zone: midnight here"},
    {EVENT("DTSTART;TZID=Asia/Shanghai:20240501T000000|DTEND:20240501T160000Z"), "2024-05-01o", "2024-12-31", "an end in UTC: midnight here"},
    {"BEGIN:VEVENT|SUMMARY:上班(补春节假期)|DTSTART;VALUE=DATE:20240204|END:VEVENT", "2024-02-04w", "2024-12-31", "上班: a make-up day"},
    {"BEGIN:VEVENT|SUMMARY:春节 补班|DTSTART:20240204T090000|DTEND:20240204T180000|END:VEVENT", "2024-02-04w", "2024-12-31", "补班, timed"},
    {"BEGIN:VEVENT|SUMMARY:補行上班日|DTSTART;VALUE=DATE:20240217|END:VEVENT", "2024-02-17w", "2024-12-31", "補行上班"},
    {"BEGIN:VEVENT|SUMMARY:春节，不上班|DTSTART;VALUE=DATE:20240212|END:VEVENT", "2024-02-12o", "2024-12-31", "不上班: no work"},
    {"BEGIN:VEVENT|SUMMARY:春节（班）|X-APPLE-SPECIAL-DAY:ALTERNATE-WORKDAY|DTSTART;VALUE=DATE:20240204|END:VEVENT", "2024-02-04w", "2024-12-31", "Apple's word for it"},
    {EVENT("DTSTART;VALUE=DATE:20240501|STATUS:CANCELLED") "|" EVENT("DTSTART;VALUE=DATE:20240502"), "2024-05-02o", "2024-12-31", "cancelled"},
    {EVENT("DTSTART;VALUE=DATE:20240501|STATUS:TENTATIVE|TRANSP:TRANSPARENT"), "2024-05-01o", "2024-12-31", "tentative and transparent count"},
    {EVENT("DTSTART;VALUE=DATE:20240214|DESCRIPTION:Observance\\nTo hide observances\\, ...") "|" EVENT("DTSTART;VALUE=DATE:20240502"), "2024-05-02o", "2024-12-31", "an observance is no day off"},
    {EVENT("DTSTART;VALUE=DATE:20240320|DESCRIPTION:Season - March Equinox") "|" EVENT("DTSTART;VALUE=DATE:20240502"), "2024-05-02o", "2024-12-31", "nor is a season"},
    {EVENT("DTSTART;VALUE=DATE:20240502|DESCRIPTION:Public holiday - in observance of labour"), "2024-05-02o", "2024-12-31", "a word further on in the text is no class"},
    {EVENT("DTSTART;VALUE=DATE:20231001|RRULE:FREQ=YEARLY;COUNT=3"), "2023-10-01o 2024-10-01o 2025-10-01o", "2025-12-31", "COUNT"},
    {EVENT("DTSTART;VALUE=DATE:20231001|RRULE:FREQ=YEARLY;UNTIL=20241001"), "2023-10-01o 2024-10-01o", "2024-12-31", "UNTIL is the last"},
    {EVENT("DTSTART;VALUE=DATE:20231001|RRULE:FREQ=YEARLY;UNTIL=20240930"), "2023-10-01o", "2023-12-31", "UNTIL the day before"},
    {EVENT("DTSTART;TZID=Asia/Shanghai:20231001T060000|RRULE:FREQ=YEARLY;UNTIL=20240930T220000Z"), "2023-10-01o 2024-10-01o", "2024-12-31", "UNTIL in UTC is that moment here"},
    {EVENT("DTSTART;TZID=Asia/Shanghai:20231001T060000|RRULE:FREQ=YEARLY;UNTIL=20240930T215959Z"), "2023-10-01o", "2023-12-31", "and a second earlier is too early"},
    {EVENT("DTSTART;VALUE=DATE:20231123|RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=4TH;COUNT=2"), "2023-11-23o 2024-11-28o", "2024-12-31", "the fourth Thursday of November"},
    {EVENT("DTSTART;VALUE=DATE:20230529|rrule:freq=yearly;bymonth=5;byday=-1mo;count=2"), "2023-05-29o 2024-05-27o", "2024-12-31", "small letters, the last Monday"},
    {EVENT("DTSTART;VALUE=DATE:20240229|RRULE:FREQ=YEARLY;COUNT=2"), "2024-02-29o 2028-02-29o", "2028-12-31", "29 February comes every four years"},
    {EVENT("DTSTART;VALUE=DATE:20240101|DTEND;VALUE=DATE:20240103|RRULE:FREQ=MONTHLY;COUNT=2"), "2024-01-01o 2024-01-02o 2024-02-01o 2024-02-02o", "2024-12-31", "each instance is as long"},
    {EVENT("DTSTART;VALUE=DATE:20231001|RRULE:FREQ=YEARLY;COUNT=3|EXDATE;VALUE=DATE:20241001"), "2023-10-01o 2025-10-01o", "2025-12-31", "EXDATE"},
    {EVENT("DTSTART;TZID=Asia/Shanghai:20231001T090000|RRULE:FREQ=YEARLY;COUNT=3|EXDATE:20241001T010000Z,20251001T010000Z"), "2023-10-01o", "2023-12-31", "EXDATE list in UTC"},
    {EVENT("DTSTART;VALUE=DATE:20231001|RDATE;VALUE=DATE:20240310,20240320"), "2023-10-01o 2024-03-10o 2024-03-20o", "2024-12-31", "RDATE"},
    {EVENT("DTSTART:20231001T090000|RDATE;VALUE=PERIOD:20240310T090000/P2D,20240320T090000/20240320T100000"), "2023-10-01o 2024-03-10o 2024-03-11o 2024-03-12o 2024-03-20o", "2024-12-31", "RDATE periods have lengths of their own"},
    {EVENT("DTSTART;VALUE=DATE:20231001|RDATE;VALUE=DATE:20240310|EXDATE;VALUE=DATE:20240310,20231001") "|" EVENT("DTSTART;VALUE=DATE:20240502"), "2024-05-02o", "2024-12-31", "EXDATE takes RDATE and DTSTART too"},
    {EVENT("UID:a|DTSTART;VALUE=DATE:20210101|RRULE:FREQ=YEARLY;COUNT=3") "|" EVENT("UID:a|RECURRENCE-ID;VALUE=DATE:20220101|DTSTART;VALUE=DATE:20220103"), "2021-01-01o 2022-01-03o 2023-01-01o", "2023-12-31", "RECURRENCE-ID: one instance is moved"},
    {EVENT("UID:a|RECURRENCE-ID;VALUE=DATE:20220101|DTSTART;VALUE=DATE:20220103") "|" EVENT("UID:a|DTSTART;VALUE=DATE:20210101|RRULE:FREQ=YEARLY;COUNT=3"), "2021-01-01o 2022-01-03o 2023-01-01o", "2023-12-31", "also where it comes first"},
    {EVENT("UID:a|DTSTART;VALUE=DATE:20210101|RRULE:FREQ=YEARLY;COUNT=3") "|" EVENT("UID:a|RECURRENCE-ID;VALUE=DATE:20220101|DTSTART;VALUE=DATE:20220101|STATUS:CANCELLED"), "2021-01-01o 2023-01-01o", "2023-12-31", "one instance is cancelled"},
    {EVENT("UID:b|DTSTART;VALUE=DATE:20210101|RRULE:FREQ=YEARLY;COUNT=2") "|" EVENT("UID:a|RECURRENCE-ID;VALUE=DATE:20220101|DTSTART;VALUE=DATE:20220103"), "2021-01-01o 2022-01-01o 2022-01-03o", "2022-12-31", "of another series"},
    {EVENT("DTSTART;VALUE=DATE:20240501") "|" EVENT("DTSTART;VALUE=DATE:20240501"), "2024-05-01o", "2024-12-31", "two holidays on one day"},
    {EVENT("DTSTART;VALUE=DATE:19691231|DTEND;VALUE=DATE:19700102"), "1970-01-01o", "1970-12-31", "the window begins in 1970"},
    {EVENT("DTSTART;VALUE=DATE:21991231|DTEND;VALUE=DATE:22000103"), "2199-12-31o", "2199-12-31", "and ends in 2199"},
    {EVENT("DTSTART;VALUE=DATE:20231230|DTEND;VALUE=DATE:20240102"), "2023-12-30o 2023-12-31o", "2023-12-31", "New Year's days from December on make no new year known"},
    {"BEGIN:VTODO|SUMMARY:x|DUE:never|END:VTODO|BEGIN:VEVENT|SUMMARY:Day|DTSTART;VALUE=DATE:20240501|BEGIN:VALARM|DTSTART:nonsense|TRIGGER:-PT1H|END:VALARM|END:VEVENT", "2024-05-01o", "2024-12-31", "alarms and to-dos are stepped over"},
    {EVENT("X-LONG;ALTREP=\"a:b;c\";X=1:value|DTSTART;TZID=\"Asia/Shanghai\":20240501T090000"), "2024-05-01o", "2024-12-31", "quoted parameters"},
    {"||" EVENT("|DTSTART;VALUE=DATE:20240501||"), "2024-05-01o", "2024-12-31", "blank lines"},
};

/* "2024-02-04w 2024-05-01o" of the calendar. */
static void days_print(const struct core_calendar *rules, char *text, size_t size)
{
    size_t used = 0, off = 0, worked = 0;
    char date[BASE_DATE_SIZE];

    text[0] = '\0';
    while ((off < rules->holiday_count || worked < rules->make_up_count) && used < size) {
        bool is_off = worked == rules->make_up_count ||
                      (off < rules->holiday_count && rules->holidays[off] < rules->make_ups[worked]);
        base_day_format(is_off ? rules->holidays[off++] : rules->make_ups[worked++], date);
        used += (size_t)snprintf(text + used, size - used, "%s%s%c", used > 0 ? " " : "", date, is_off ? 'o' : 'w');
    }
}

static void events_are_days(void **state)
{
    static const char *const ends[] = {"\r\n", "\n", "\r\r\n"};

    (void)state;
    for (size_t i = 0; i < COUNT(rows) * COUNT(ends); i++) {
        struct catalog_calendar calendar;
        char days[512];
        size_t row = i / COUNT(ends);
        int rc = load_body(rows[row].body, ends[i % COUNT(ends)], &calendar);
        if (rc != OD_OK)
            fixture_print(&findings);
        CHECK_I64(OD_OK, rc, rows[row].why);
        days_print(&calendar.rules, days, sizeof(days));
        CHECK_TEXT(rows[row].days, days, rows[row].why);
        CHECK_I64(day_of(rows[row].until), calendar.rules.published_until, rows[row].why);
        CHECK_TEXT("days", calendar.id, "the file's name");
        catalog_calendar_fini(&calendar);
    }
}

#define DATED "DTSTART;VALUE=DATE:20240501"

/* Line 1 is BEGIN:VCALENDAR, line 3 the first of the body. */
static const struct { const char *body, *part; uint32_t line, column; const char *why; } wrong[] = {
    {EVENT("UID:a"), "has no DTSTART", 3, 1, "when?"},
    {"BEGIN:VEVENT|" DATED "|END:VEVENT", "has no SUMMARY", 3, 1, "which?"},
    {"BEGIN:VEVENT|SUMMARY: \\n |" DATED "|END:VEVENT", "has no SUMMARY", 3, 1, "an empty name"},
    {EVENT(DATED "|DTSTART:20240502"), "DTSTART stands twice", 6, 1, "two starts"},
    {EVENT(DATED "|SUMMARY:again"), "SUMMARY stands twice", 6, 1, "two names"},
    {EVENT("DTSTART:20240230"), "that exists, not \"20240230\"", 5, 1, "no such day"},
    {EVENT("DTSTART:20240501T250000"), "that exists", 5, 1, "no such hour"},
    {EVENT("DTSTART:2024-05-01"), "that exists", 5, 1, "ISO 8601 is not iCalendar's"},
    {EVENT("DTSTART:00000101"), "that exists", 5, 1, "year 0"},
    {EVENT("DTSTART:"), "that exists", 5, 1, "empty"},
    {EVENT("DTSTART;VALUE=DATE:20240501T090000"), "VALUE=DATE, and", 5, 1, "a time called a date"},
    {EVENT("DTSTART:20240501T090000|DTEND;VALUE=DATE:20240502"), "is a date and DTEND a time", 3, 1, "two kinds"},
    {EVENT(DATED "|DTEND:20240430"), "ends before it starts", 3, 1, "backwards"},
    {EVENT("DTSTART:20240501T100000|DTEND:20240501T090000"), "ends before it starts", 3, 1, "backwards within a day"},
    {EVENT(DATED "|DTEND:20240502|DURATION:P1D"), "has DTEND and DURATION", 3, 1, "both"},
    {EVENT(DATED "|DURATION:-P1D"), "DURATION is to be a length", 6, 1, "negative"},
    {EVENT(DATED "|DURATION:P"), "DURATION is to be a length", 6, 1, "empty"},
    {EVENT(DATED "|DURATION:P1DT"), "DURATION is to be a length", 6, 1, "no time behind T"},
    {EVENT(DATED "|DURATION:P99999D"), "at most ten years", 6, 1, "too long"},
    {EVENT(DATED "|DTEND:20250503"), "covers more than 366 days", 3, 1, "CATALOG_HOLIDAY_MAX + 1"},
    {EVENT("DTSTART;TZID=Nowhere/Town:20240501T090000"), "TZID \"Nowhere/Town\" is neither", 5, 1, "unknown zone"},
    {EVENT("DTSTART;TZID=../../etc/passwd:20240501T090000"), "is neither a VTIMEZONE", 5, 1, "a path is no zone"},
    {"X-WR-TIMEZONE:Moon|" EVENT("DTSTART:20240501T090000Z"), "X-WR-TIMEZONE \"Moon\" is neither", 6, 1, "unknown zone of the calendar"},
    {"BEGIN:VTIMEZONE|END:VTIMEZONE", "has no TZID", 3, 1, "a zone without a name"},
    {"BEGIN:VTIMEZONE|TZID:X|BEGIN:STANDARD|TZOFFSETTO:0800|END:STANDARD|END:VTIMEZONE", "an offset is to be", 6, 1, "no sign"},
    {"BEGIN:VTIMEZONE|TZID:X|BEGIN:STANDARD|DTSTART:x|END:STANDARD|END:VTIMEZONE", "DTSTART is no time", 6, 1, "no start"},
    {"BEGIN:VTIMEZONE|TZID:X|BEGIN:STANDARD|RRULE:FREQ=SECONDLY|END:STANDARD|END:VTIMEZONE", "FREQ is to be", 6, 1, "a zone that changes every second"},
    {"BEGIN:VTIMEZONE|TZID:X|BEGIN:STANDARD|RRULE:FREQ=DAILY|END:STANDARD|END:VTIMEZONE", "does not change every day", 6, 1, "or every day"},
    {EVENT(DATED "|RRULE:FREQ=HOURLY"), "FREQ is to be YEARLY, MONTHLY, WEEKLY or DAILY", 6, 1, "hours"},
    {EVENT(DATED "|RRULE:COUNT=2"), "FREQ is missing", 6, 1, "how often?"},
    {EVENT(DATED "|RRULE:FREQ=YEARLY;COUNT=2;UNTIL=20300101"), "exclude each other", 6, 1, "both ends"},
    {EVENT(DATED "|RRULE:FREQ=YEARLY;COUNT=0"), "out of range", 6, 1, "COUNT 0"},
    {EVENT(DATED "|RRULE:FREQ=YEARLY;INTERVAL=0"), "out of range", 6, 1, "INTERVAL 0 would not move"},
    {EVENT(DATED "|RRULE:FREQ=YEARLY;INTERVAL=1001"), "out of range", 6, 1, "CATALOG_ICAL_INTERVAL_MAX + 1"},
    {EVENT(DATED "|RRULE:FREQ=YEARLY;BYMONTH=13"), "out of range", 6, 1, "month 13"},
    {EVENT(DATED "|RRULE:FREQ=YEARLY;BYMONTH=5,"), "out of range", 6, 1, "a list that goes on"},
    {EVENT(DATED "|RRULE:FREQ=YEARLY;BYDAY=XX"), "out of range", 6, 1, "no weekday"},
    {EVENT(DATED "|RRULE:FREQ=YEARLY;BYDAY=54MO"), "out of range", 6, 1, "the 54th Monday"},
    {EVENT(DATED "|RRULE:FREQ=YEARLY;BYHOUR=9"), "a part that is none of", 6, 1, "hours"},
    {EVENT(DATED "|RRULE:FREQ=YEARLY;FREQ=DAILY"), "a part stands twice", 6, 1, "two frequencies"},
    {EVENT(DATED "|RRULE:FREQ"), "NAME=value", 6, 1, "no value"},
    {EVENT(DATED "|RRULE:FREQ=YEARLY;RSCALE=CHINESE"), "RSCALE is to be GREGORIAN", 6, 1, "another calendar"},
    {EVENT(DATED "|RRULE:FREQ=YEARLY;UNTIL=2030"), "out of range", 6, 1, "no date"},
    {EVENT(DATED "|RRULE:FREQ=YEARLY|RRULE:FREQ=MONTHLY"), "it stands twice", 7, 1, "two rules"},
    {EVENT(DATED "|RRULE:FREQ=YEARLY;BYMONTH=6;BYMONTHDAY=1"), "is no day of its own rule", 6, 1, "starts beside its rule"},
    {EVENT(DATED "|RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"), "gives no day at all", 6, 1, "30 February"},
    {EVENT("DTSTART:19700101|RRULE:FREQ=DAILY"), "cover more than 65536 days", 3, 1, "endless and daily"},
    {EVENT(DATED "|EXRULE:FREQ=YEARLY"), "EXRULE is not part of", 6, 1, "an old property that would be lost"},
    {EVENT(DATED "|EXDATE:yesterday"), "EXDATE is to be a date", 6, 1, "no date"},
    {EVENT(DATED "|RDATE:20240503,"), "RDATE is to be a date", 6, 1, "a list that goes on"},
    {EVENT(DATED "|RDATE;VALUE=PERIOD:20240503T000000/x"), "RDATE is to be a date", 6, 1, "a period without an end"},
    {EVENT("UID:a|RECURRENCE-ID;RANGE=THISANDFUTURE:20240501|" DATED), "RANGE=THISANDFUTURE", 6, 1, "a whole series"},
    {EVENT("RECURRENCE-ID:20240501|" DATED), "RECURRENCE-ID and no UID", 3, 1, "of which series?"},
    {EVENT(DATED) "|BEGIN:VEVENT|SUMMARY:上班|" DATED "|END:VEVENT", "a day off by the event of line 3 and a make-up working day by this one", 7, 1, "off and worked"},
    {"BEGIN:VEVENT|SUMMARY:Day|" DATED, "END:VCALENDAR does not end BEGIN:VEVENT", 6, 1, "an event without its end"},
    {"END:VEVENT", "END:VEVENT does not end BEGIN:VCALENDAR", 3, 1, "an end without its begin"},
    {"BEGIN:VEVENT|BEGIN:VALARM|END:VEVENT|END:VALARM", "END:VEVENT does not end BEGIN:VALARM", 5, 1, "crossed"},
    {"BEGIN:A|BEGIN:A|BEGIN:A|BEGIN:A|BEGIN:A|BEGIN:A|BEGIN:A|BEGIN:A|", "nested deeper than 8", 10, 1, "CATALOG_ICAL_DEPTH_MAX + 1"},
    {"VERSION:1.0", "VERSION is to be 2.0", 3, 1, "vCalendar"},
    {"CALSCALE:HEBREW", "CALSCALE is to be GREGORIAN", 3, 1, "another calendar"},
    {"METHOD:PUBLISH", "no event that is a day off", 1, 1, "a calendar without days"},
    {EVENT("DTSTART:19000101"), "no event that is a day off", 1, 1, "before 1970"},
    {"this is no line", "a line is to be NAME:value", 3, 1, "no colon"},
    {"SUMMARY;X:value", "a line is to be NAME:value", 3, 1, "a parameter without a value"},
    {"SUMMARY;X=\"open:value", "a line is to be NAME:value", 3, 1, "a quote that does not end"},
    {"A234567890123456789012345678901234567890123456789012345678901234:x", "a line is to be NAME:value", 3, 1, "CATALOG_ICAL_NAME_SIZE: a name of 64"},
    {"METHOD:PUBLISH|| rest", "a continuation that has no line", 5, 1, "cut off by a blank line"},
    {EVENT("DESCRIPTION:a\x01z"), "a control character", 5, 14, "control character"},
    {EVENT("DESCRIPTION:a\rz"), "a carriage return without", 5, 14, "bare CR"},
    {EVENT("DESCRIPTION:D\xfcsseldorf"), "is no UTF-8 here", 5, 14, "ISO-8859-1"},
    {EVENT("DESCRIPTION:abc| d\xb4\xba|") , "is no UTF-8 here", 6, 3, "GB18030, on a continuation"},
    {EVENT("DESCRIPTION:\xc0\x80"), "is no UTF-8 here", 5, 13, "an overlong NUL"},
    {EVENT("DESCRIPTION:\xed\xa0\x80"), "is no UTF-8 here", 5, 13, "a surrogate"},
};

static void faults_are_told_with_their_line(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(wrong); i++) {
        struct catalog_calendar calendar = {.id = "unchanged"};
        CHECK_I64(OD_EINVAL, load_body(wrong[i].body, "\n", &calendar), wrong[i].why);
        const struct catalog_finding *finding = fixture_finding(&findings, wrong[i].part);
        if (finding == NULL || finding->line != wrong[i].line || finding->column != wrong[i].column)
            fixture_print(&findings);
        CHECK(finding != NULL, wrong[i].why);
        CHECK_I64(wrong[i].line, finding->line, wrong[i].why);
        CHECK_I64(wrong[i].column, finding->column, wrong[i].why);
        CHECK_TEXT("unchanged", calendar.id, "the output is left alone");
    }
}

#define BYTES(text) text, sizeof(text) - 1

/* Files that are no wrapped body: whole bytes, and where they go wrong. */
static const struct { const char *bytes; size_t size; const char *part; uint32_t line; const char *why; } files[] = {
    {BYTES(""), "the file is empty", 1, "empty"},
    {BYTES("\r\n\r\n"), "the file is empty", 1, "blank lines only"},
    {BYTES("BEGIN:VCARD\nEND:VCARD\n"), "this is no iCalendar file", 1, "a visiting card"},
    {BYTES("VERSION:2.0\n"), "this is no iCalendar file", 1, "no begin"},
    {BYTES("BEGIN:VCALENDAR\nEND:VCALENDAR\nX:y\n"), "stands outside", 3, "behind the end"},
    {BYTES("BEGIN:VCALENDAR\nVERSION:2.0\nBEGIN:VEVENT\nSUMMARY:Day\nDTSTART:20240501\n"), "the file ends before END:VEVENT; is it cut off?", 3, "cut off between lines"},
    {BYTES("BEGIN:VCALENDAR\nVERSION:2.0\nBEGIN:VEVENT\nSUMMA"), "a line is to be NAME:value", 4, "cut off within a line"},
    {BYTES("BEGIN:VCALENDAR\nX-A:\0b\nEND:VCALENDAR\n"), "a NUL byte", 2, "NUL"},
    {BYTES("\xff\xfe" "B\0E\0G\0I\0N\0"), "the file is UTF-16", 1, "UTF-16, little endian"},
    {BYTES("\xfe\xff\0B\0E"), "the file is UTF-16", 1, "UTF-16, big endian"},
    {BYTES(" BEGIN:VCALENDAR\n"), "a continuation that has no line", 1, "a continuation at the start"},
    {BYTES("\xef\xbb\xbf"), "the file is empty", 1, "a mark and nothing"},
    {BYTES("<html><body>404 Not Found</body></html>"), "a line is to be NAME:value", 1, "what a server sends in place of a calendar"},
};

static void files_that_are_none_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(files); i++) {
        struct catalog_calendar calendar;
        CHECK_I64(OD_EINVAL, load_bytes(files[i].bytes, files[i].size, &calendar), files[i].why);
        const struct catalog_finding *finding = fixture_finding(&findings, files[i].part);
        if (finding == NULL || finding->line != files[i].line)
            fixture_print(&findings);
        CHECK(finding != NULL, files[i].why);
        CHECK_I64(files[i].line, finding->line, files[i].why);
    }
}

static void folds_marks_and_names(void **state)
{
    struct catalog_calendar calendar;
    const char text[] = "\xef\xbb\xbf" "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nX-WR-CALNAME:\xe8\r\n \x8a\x82 \\, \\; x\r\nBEGIN:VEVENT\r\nSUM\r\n MARY:Spr\r\n\ting\\nDay \r\nDTSTART:2024\r\n 0501\r\nEND:VEVENT\r\nEND:VCALENDAR";

    (void)state;
    int rc = load_bytes(text, sizeof(text) - 1, &calendar);
    if (rc != OD_OK)
        fixture_print(&findings);
    CHECK_I64(OD_OK, rc, "a mark, folds within names, values and characters, no end of the last line");
    CHECK_TEXT("节 , ; x", calendar.name.in[CATALOG_EN], "the calendar's name, escapes undone");
    CHECK_TEXT("Spring Day", calendar.holiday_names[0].in[CATALOG_ZH_CN], "the day's name");
    CHECK(strncmp(calendar.label, "days@", 5) == 0, "its version");
    catalog_calendar_fini(&calendar);
}

static void endless_rules_fill_the_window(void **state)
{
    struct catalog_calendar calendar;

    (void)state;
    CHECK_I64(OD_OK, load_body(EVENT("DTSTART:20000101|RRULE:FREQ=YEARLY"), "\n", &calendar), "endless alone");
    CHECK_I64(200, calendar.rules.holiday_count, "2000 to 2199");
    CHECK_I64(day_of("2199-12-31"), calendar.rules.published_until, "known for ever");
    catalog_calendar_fini(&calendar);
    CHECK_I64(OD_OK, load_body(EVENT("DTSTART:20000101|RRULE:FREQ=YEARLY") "|" EVENT("DTSTART:20260403"), "\n", &calendar), "beside a single day");
    CHECK_I64(28, calendar.rules.holiday_count, "2000 to 2026, and the single day");
    CHECK_I64(day_of("2026-12-31"), calendar.rules.published_until, "later years may lack the days that move");
    CHECK_I64(day_of("2000-01-01"), calendar.rules.published_from, "from the first");
    catalog_calendar_fini(&calendar);
}

static void what_is_left_out_is_counted(void **state)
{
    struct catalog_calendar calendar;

    (void)state;
    CHECK_I64(OD_OK, load_body(EVENT(DATED) "|" EVENT("DTSTART:20240502|CATEGORIES:Observance") "|" EVENT("STATUS:Cancelled"), "\n", &calendar), "three events");
    CHECK_I64(1, calendar.observance_count, "observance");
    CHECK_I64(1, calendar.cancelled_count, "cancelled; it need not even be whole");
    catalog_calendar_fini(&calendar);
}

/* The published file of China says what the yearly files say, day by day. */
static void the_published_file_equals_the_yearly_files(void **state)
{
    char path[1024];
    struct catalog_calendar ics, years;

    (void)state;
    if (test_shared() == NULL)
        skip();
    snprintf(path, sizeof(path), "%s/data/calendars/holiday-cn.ics", test_shared());
    CHECK_I64(OD_OK, catalog_calendar_load(path, &ics, &findings), path);
    snprintf(path, sizeof(path), "%s/data/calendars/cn", test_shared());
    CHECK_I64(OD_OK, catalog_calendar_load(path, &years, &findings), path);
    CHECK_I64(years.rules.published_until, ics.rules.published_until, "published until");
    for (core_day day = day_of("2022-01-01"); day <= ics.rules.published_until; day++)
        CHECK_I64(core_calendar_kind(&years.rules, day), core_calendar_kind(&ics.rules, day), "every day");
    catalog_calendar_fini(&ics);
    catalog_calendar_fini(&years);
}

/* head, count times item (with %zu), tail. */
static char *repeat(const char *head, size_t count, const char *(*item)(size_t), const char *tail, size_t *size)
{
    struct base_buffer buffer = {.size = 0};

    base_buffer_put_text(&buffer, head);
    for (size_t i = 0; i < count; i++)
        base_buffer_put_text(&buffer, item(i));
    base_buffer_put_text(&buffer, tail);
    return base_buffer_take(&buffer, size);
}

static const char *event_item(size_t i)
{
    (void)i;
    return "BEGIN:VEVENT\nSUMMARY:Day\nDTSTART:20240501\nEND:VEVENT\n";
}

static const char *zone_item(size_t i)
{
    static char text[256];

    snprintf(text, sizeof(text), "BEGIN:VTIMEZONE\nTZID:Z%zu\nBEGIN:STANDARD\nDTSTART:19700101T000000\nTZOFFSETFROM:+0800\nTZOFFSETTO:+0800\nEND:STANDARD\nEND:VTIMEZONE\n", i);
    return text;
}

static const char *date_item(size_t i)
{
    (void)i;
    return "EXDATE:20240502\n";
}

static const char *letter_item(size_t i)
{
    (void)i;
    return "x";
}

static const char *rule_item(size_t i)
{
    (void)i;
    return "BEGIN:VEVENT\nSUMMARY:Day\nDTSTART:00010101\nRRULE:FREQ=DAILY;UNTIL=19691231\nEND:VEVENT\n";
}

static const char *vain_item(size_t i)
{
    (void)i;
    return "BEGIN:VEVENT\nSUMMARY:Day\nDTSTART:21991201\nRRULE:FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30\nEND:VEVENT\n";
}

#define HEAD "BEGIN:VCALENDAR\nVERSION:2.0\n"
#define ONE "BEGIN:VEVENT\nSUMMARY:Day\nDTSTART:20240501\n"
#define TAIL "END:VCALENDAR\n"

static const struct { const char *head; size_t max; const char *(*item)(size_t); const char *tail, *part, *why; } limits[] = {
    {HEAD, CATALOG_ICAL_EVENTS_MAX, event_item, TAIL, "more than 16384 events", "CATALOG_ICAL_EVENTS_MAX"},
    {HEAD ONE "END:VEVENT\n", CATALOG_ICAL_ZONES_MAX, zone_item, TAIL, "more than 64 time zones", "CATALOG_ICAL_ZONES_MAX"},
    {HEAD ONE, CATALOG_ICAL_DATES_MAX, date_item, "END:VEVENT\n" TAIL, "more than 65536 EXDATE and RDATE", "CATALOG_ICAL_DATES_MAX"},
    {HEAD ONE "X-A:", CATALOG_ICAL_LINE_MAX - 4, letter_item, "\nEND:VEVENT\n" TAIL, "more than 65536 bytes", "CATALOG_ICAL_LINE_MAX"},
    {HEAD "BEGIN:VEVENT\nDTSTART:20240501\nSUMMARY:", CATALOG_TEXT_MAX, letter_item, "\nEND:VEVENT\n" TAIL, "SUMMARY has 4097 bytes", "CATALOG_TEXT_MAX"},
};

static void limits_hold(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(limits); i++) {
        for (size_t more = 0; more <= 1; more++) {
            struct catalog_calendar calendar;
            size_t size;
            char *text = repeat(limits[i].head, limits[i].max + more, limits[i].item, limits[i].tail, &size);
            int rc = load_bytes(text, size, &calendar);
            if (more == 0 && rc != OD_OK)
                fixture_print(&findings);
            CHECK_I64(more == 0 ? OD_OK : OD_EINVAL, rc, limits[i].why);
            if (rc == OD_OK)
                catalog_calendar_fini(&calendar);
            else
                CHECK(fixture_finding(&findings, limits[i].part) != NULL, limits[i].why);
            base_free(text);
        }
    }
}

static void sums_of_days_and_steps_have_limits(void **state)
{
    struct catalog_calendar calendar;
    char body[512];
    size_t size;

    (void)state;
    snprintf(body, sizeof(body), EVENT("DTSTART:19700101|RRULE:FREQ=DAILY;COUNT=%d"), CATALOG_ICAL_DAYS_MAX);
    CHECK_I64(OD_OK, load_body(body, "\n", &calendar), "CATALOG_ICAL_DAYS_MAX");
    catalog_calendar_fini(&calendar);
    snprintf(body, sizeof(body), EVENT("DTSTART:19700101|RRULE:FREQ=DAILY;COUNT=%d"), CATALOG_ICAL_DAYS_MAX + 1);
    CHECK_I64(OD_EINVAL, load_body(body, "\n", &calendar), "CATALOG_ICAL_DAYS_MAX + 1");
    char *text = repeat(HEAD, 2, rule_item, TAIL, &size);
    CHECK_I64(OD_EINVAL, load_bytes(text, size, &calendar), "CATALOG_ICAL_STEPS_MAX");
    CHECK(fixture_finding(&findings, "come to more than 1000000 days") != NULL, "two rules of 2,000 years");
    base_free(text);
    text = repeat(HEAD, CATALOG_ICAL_STEPS_MAX / CATALOG_ICAL_SEARCH_STEPS + 1, vain_item, TAIL, &size);
    CHECK_I64(OD_EINVAL, load_bytes(text, size, &calendar), "CATALOG_ICAL_SEARCH_STEPS");
    CHECK(fixture_finding(&findings, "come to more than 1000000 days") != NULL, "sought in vain five times");
    base_free(text);
    text = repeat(HEAD ONE "END:VEVENT\n", CATALOG_ICAL_FILE_MAX, letter_item, "", &size);
    CHECK_I64(OD_EINVAL, load_bytes(text, size, &calendar), "CATALOG_ICAL_FILE_MAX");
    CHECK(fixture_finding(&findings, "an iCalendar file at most 8388608") != NULL, "too large");
    base_free(text);
}

static void running_out_of_memory_ends_well(void **state)
{
    const char *body = BERLIN EVENT("UID:a|DTSTART:20210101T090000Z|RRULE:FREQ=YEARLY;COUNT=3|EXDATE:20220101T090000Z") "|" EVENT("UID:a|RECURRENCE-ID:20230101T090000Z|DTSTART:20230103");
    uint64_t count = 0;
    int rc = OD_ENOMEM;
    char path[512], *text = wrap(body, "\r\n");
    const char *folder = fixture_folder();

    (void)state;
    fixture_write(folder, "days.ics", text, strlen(text));
    snprintf(path, sizeof(path), "%s/days.ics", folder);
    while (rc == OD_ENOMEM) {
        struct catalog_calendar calendar = {.id = NULL};
        base_alloc_fail_at(++count);
        rc = catalog_calendar_load(path, &calendar, &findings);
        base_alloc_fail_at(0);
        if (rc != OD_OK && rc != OD_ENOMEM)
            fixture_print(&findings);
        CHECK(rc == OD_OK || rc == OD_ENOMEM, "no other error");
        catalog_calendar_fini(&calendar);
    }
    CHECK(count > 10, "the sweep met the allocations");
    fixture_remove(folder);
    base_free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_are_days),
        cmocka_unit_test(faults_are_told_with_their_line),
        cmocka_unit_test(files_that_are_none_are_refused),
        cmocka_unit_test(folds_marks_and_names),
        cmocka_unit_test(endless_rules_fill_the_window),
        cmocka_unit_test(what_is_left_out_is_counted),
        cmocka_unit_test(the_published_file_equals_the_yearly_files),
        cmocka_unit_test(limits_hold),
        cmocka_unit_test(sums_of_days_and_steps_have_limits),
        cmocka_unit_test(running_out_of_memory_ends_well),
    };

    return fixture_open() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
