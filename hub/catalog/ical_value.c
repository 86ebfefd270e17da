/* SPDX-License-Identifier: Apache-2.0 */
/* Values of iCalendar, strictly: RFC 5545 sections 3.3.4 to 3.3.11. */
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "catalog/ical.h"

#define DAY_SECONDS 86400
#define DURATION_DAYS_MAX 3660 /* what is longer is no event; keeps the sum in range */

/* count digits at text as a number, or -1. */
static int digits(const char *text, int count)
{
    int value = 0;

    for (int i = 0; i < count; i++) {
        if (text[i] < '0' || text[i] > '9')
            return -1;
        value = value * 10 + (text[i] - '0');
    }
    return value;
}

static bool date_parse(const char *text, core_day *day)
{
    int year = digits(text, 4), month = digits(text + 4, 2), day_of_month = digits(text + 6, 2);
    int year_again, month_again, day_again;

    if (year < 1 || month < 1 || month > 12 || day_of_month < 1 || day_of_month > 31)
        return false;
    core_day parsed = base_day_from_civil(year, month, day_of_month);
    base_day_to_civil(parsed, &year_again, &month_again, &day_again);
    if (day_again != day_of_month)
        return false; /* 30 February is 1 or 2 March */
    *day = parsed;
    return true;
}

bool catalog_ical_time_parse(const char *text, size_t size, struct catalog_ical_time *out)
{
    struct catalog_ical_time time = {.is_date = size == 8, .is_utc = size == 16};

    if (size != 8 && size != 15 && size != 16)
        return false;
    if (!date_parse(text, &time.day))
        return false;
    if (size > 8) {
        int hour = digits(text + 9, 2), minute = digits(text + 11, 2), second = digits(text + 13, 2);
        if (text[8] != 'T' || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60)
            return false;
        if (size == 16 && text[15] != 'Z')
            return false;
        time.second = hour * 3600 + minute * 60 + (second == 60 ? 59 : second); /* a leap second is of its day */
    }
    *out = time;
    return true;
}

/* Digits and a unit of units at *text, as seconds; -1 when there are none. */
static int64_t part_take(const char **text, const char *end, const char *units, const int64_t *seconds)
{
    int64_t value = 0;
    const char *at = *text;

    while (at < end && *at >= '0' && *at <= '9' && at - *text < 9)
        value = value * 10 + (*at++ - '0');
    const char *unit = at < end && at > *text ? strchr(units, *at) : NULL;
    if (unit == NULL || *at == '\0')
        return -1;
    *text = at + 1;
    return value * seconds[unit - units];
}

/* P15DT5H0M20S or P7W. */
bool catalog_ical_duration_parse(const char *text, size_t size, int64_t *seconds)
{
    static const int64_t date_seconds[] = {7 * DAY_SECONDS, DAY_SECONDS}, time_seconds[] = {3600, 60, 1};
    const char *at = text, *end = text + size;
    int64_t sum = 0;
    bool is_time = false, has_part = false;

    at += at < end && *at == '+';
    if (at == end || *at++ != 'P')
        return false;
    while (at < end) {
        if (*at == 'T' && !is_time) {
            is_time = true;
            has_part = false;
            at++;
            continue;
        }
        int64_t part = is_time ? part_take(&at, end, "HMS", time_seconds) : part_take(&at, end, "WD", date_seconds);
        if (part < 0 || part > (int64_t)DURATION_DAYS_MAX * DAY_SECONDS)
            return false;
        sum += part;
        has_part = true;
        if (sum > (int64_t)DURATION_DAYS_MAX * DAY_SECONDS)
            return false;
    }
    if (!has_part)
        return false;
    *seconds = sum;
    return true;
}

/* A comma list of integers between min and max (or -max and -min where signs are allowed). */
static bool is_integer_list(const char *at, size_t size, long min, long max, bool may_be_negative)
{
    const char *end = at + size;

    while (at < end) {
        bool is_signed = *at == '-' || *at == '+';
        if (is_signed && !may_be_negative)
            return false;
        at += is_signed;
        if (at == end || *at < '0' || *at > '9')
            return false;
        char *next;
        long value = strtol(at, &next, 10);
        if (value < min || value > max || next > end || (next < end && *next != ','))
            return false;
        at = next + (next < end);
        if (next < end && at == end)
            return false;
    }
    return size > 0;
}

static bool is_weekday(const char *at)
{
    static const char *const days[] = {"MO", "TU", "WE", "TH", "FR", "SA", "SU"};

    for (size_t i = 0; i < sizeof(days) / sizeof(days[0]); i++) {
        if (memcmp(at, days[i], 2) == 0)
            return true;
    }
    return false;
}

/* MO,-1FR,+2SU: a place of 1 to 53 where there is one. */
static bool is_weekday_list(const char *at, size_t size)
{
    const char *end = at + size;

    do {
        long place = 1;
        bool is_signed = at < end && (*at == '-' || *at == '+');
        at += is_signed;
        if (at < end && *at >= '0' && *at <= '9') {
            char *next;
            place = strtol(at, &next, 10);
            at = next;
        } else if (is_signed) {
            return false;
        }
        if (place < 1 || place > 53 || end - at < 2 || !is_weekday(at))
            return false;
        at += 2;
    } while (at < end && *at++ == ',');
    return at == end;
}

enum part {
    PART_NONE = 0,
    PART_FREQ,
    PART_COUNT,
    PART_UNTIL,
    PART_INTERVAL,
    PART_BYDAY,
    PART_BYMONTHDAY,
    PART_BYYEARDAY,
    PART_BYWEEKNO,
    PART_BYMONTH,
    PART_BYSETPOS,
    PART_WKST,
    PART_RSCALE,
    PARTS,
};

static enum part part_find(const char *key, size_t size)
{
    static const char *const names[PARTS] = {
        [PART_FREQ] = "FREQ",           [PART_COUNT] = "COUNT",           [PART_UNTIL] = "UNTIL",
        [PART_INTERVAL] = "INTERVAL",   [PART_BYDAY] = "BYDAY",           [PART_BYMONTHDAY] = "BYMONTHDAY",
        [PART_BYYEARDAY] = "BYYEARDAY", [PART_BYWEEKNO] = "BYWEEKNO",     [PART_BYMONTH] = "BYMONTH",
        [PART_BYSETPOS] = "BYSETPOS",   [PART_WKST] = "WKST",             [PART_RSCALE] = "RSCALE",
    };

    for (int i = PART_FREQ; i < PARTS; i++) {
        if (strlen(names[i]) == size && memcmp(names[i], key, size) == 0)
            return (enum part)i;
    }
    return PART_NONE;
}

static bool is_word(const char *at, size_t size, const char *word)
{
    return strlen(word) == size && memcmp(at, word, size) == 0;
}

static const char *freq_fault(const char *at, size_t size, struct catalog_ical_rule *rule)
{
    rule->is_daily = is_word(at, size, "DAILY");
    if (is_word(at, size, "YEARLY") || is_word(at, size, "MONTHLY") || is_word(at, size, "WEEKLY") || rule->is_daily)
        return NULL;
    return CATALOG_PHRASE("FREQ is to be YEARLY, MONTHLY, WEEKLY or DAILY: a calendar counts days");
}

/* What is wrong with the value of one part, or NULL. */
static const char *part_fault(enum part part, const char *at, size_t size, struct catalog_ical_rule *rule)
{
    bool is_good = false;

    switch (part) {
    case PART_NONE: return CATALOG_PHRASE("it has a part that is none of FREQ, COUNT, UNTIL, INTERVAL, BYDAY, BYMONTHDAY, BYYEARDAY, BYWEEKNO, BYMONTH, BYSETPOS, WKST");
    case PART_FREQ: return freq_fault(at, size, rule);
    case PART_COUNT: rule->has_count = is_good = is_integer_list(at, size, 1, CATALOG_ICAL_STEPS_MAX, false) && memchr(at, ',', size) == NULL; rule->count = is_good ? strtol(at, NULL, 10) : 0; break;
    case PART_UNTIL: rule->has_until = is_good = catalog_ical_time_parse(at, size, &rule->until); break;
    case PART_INTERVAL: is_good = is_integer_list(at, size, 1, CATALOG_ICAL_INTERVAL_MAX, false) && memchr(at, ',', size) == NULL; break;
    case PART_BYDAY: is_good = is_weekday_list(at, size); break;
    case PART_BYMONTHDAY: is_good = is_integer_list(at, size, 1, 31, true); break;
    case PART_BYYEARDAY: is_good = is_integer_list(at, size, 1, 366, true); break;
    case PART_BYWEEKNO: is_good = is_integer_list(at, size, 1, 53, true); break;
    case PART_BYMONTH: is_good = is_integer_list(at, size, 1, 12, false); break;
    case PART_BYSETPOS: is_good = is_integer_list(at, size, 1, 366, true); break;
    case PART_WKST: is_good = size == 2 && is_weekday(at); break;
    case PART_RSCALE: return is_word(at, size, "GREGORIAN") ? NULL : CATALOG_PHRASE("RSCALE is to be GREGORIAN; list the days of other calendars as dates");
    case PARTS: break;
    }
    return is_good ? NULL : CATALOG_PHRASE("one of its values is none, or out of range");
}

const char *catalog_ical_rule_fault(const char *text, struct catalog_ical_rule *rule)
{
    unsigned seen = 0;

    for (const char *at = text;; at++) {
        size_t size = strcspn(at, ";"), key_size = strcspn(at, ";=");
        if (at[key_size] != '=')
            return CATALOG_PHRASE("a part is to be NAME=value");
        enum part part = part_find(at, key_size);
        const char *wrong = part_fault(part, at + key_size + 1, size - key_size - 1, rule);
        if (wrong != NULL)
            return wrong;
        if ((seen >> part & 1u) != 0)
            return CATALOG_PHRASE("a part stands twice");
        seen |= 1u << part;
        at += size;
        if (at[0] == '\0' || (at[0] == ';' && at[1] == '\0'))
            break;
    }
    if ((seen >> PART_FREQ & 1u) == 0)
        return CATALOG_PHRASE("FREQ is missing");
    if (rule->has_count && rule->has_until)
        return CATALOG_PHRASE("COUNT and UNTIL exclude each other");
    return NULL;
}

void catalog_ical_text_unescape(char *text)
{
    char *to = text;
    const char *from = text + strspn(text, " \t");

    for (; *from != '\0'; from++) {
        bool is_escape = from[0] == '\\' && from[1] != '\0';
        from += is_escape;
        *to++ = is_escape && (*from == 'n' || *from == 'N') ? ' ' : *from;
    }
    while (to > text && (to[-1] == ' ' || to[-1] == '\t'))
        to--;
    *to = '\0';
}
