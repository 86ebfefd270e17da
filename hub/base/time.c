/* SPDX-License-Identifier: Apache-2.0 */
#include "base/time.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/digits.h"

#define DAY_MINUTES 1440
#define DAY_MS INT64_C(86400000)
#define MINUTE_MS INT64_C(60000)
#define DAY_MINUTES 1440
#define QUARTER_SECONDS 900
#define ZONE_NAME_MAX 64

/* Set by base_zone_set, before threads start; what a thread remembers of an earlier zone is void. */
static unsigned zone_generation;
static _Thread_local unsigned zone_generation_known;

/* Howard Hinnant's days_from_civil: eras of 400 years, years that start in March. */
int32_t base_day_from_civil(int year, int month, int day)
{
    int y = year - (month <= 2);
    int era = (y >= 0 ? y : y - 399) / 400;
    int year_of_era = y - era * 400;
    int day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

    return era * 146097 + day_of_era - 719468;
}

void base_day_to_civil(int32_t day, int *year, int *month, int *day_of_month)
{
    int z = day + 719468;
    int era = (z >= 0 ? z : z - 146096) / 146097;
    int day_of_era = z - era * 146097;
    int year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int shifted = (5 * day_of_year + 2) / 153;

    *day_of_month = day_of_year - (153 * shifted + 2) / 5 + 1;
    *month = shifted < 10 ? shifted + 3 : shifted - 9;
    *year = year_of_era + era * 400 + (*month <= 2);
}

/* count digits at text, or -1. */
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

static int day_parse_prefix(const char *text, int32_t *day)
{
    int year, month, day_of_month, y, m, d;

    if ((year = digits(text, 4)) < 1970 || text[4] != '-' || (month = digits(text + 5, 2)) < 1 ||
        text[7] != '-' || (day_of_month = digits(text + 8, 2)) < 1 || month > 12)
        return OD_ESYNTAX;
    int32_t parsed = base_day_from_civil(year, month, day_of_month);
    base_day_to_civil(parsed, &y, &m, &d);
    if (m != month || d != day_of_month)
        return OD_ESYNTAX; /* 30 February */
    *day = parsed;
    return OD_OK;
}

int base_day_parse(const char *text, int32_t *day)
{
    return strlen(text) == BASE_DATE_SIZE - 1 ? day_parse_prefix(text, day) : OD_ESYNTAX;
}

void base_day_format(int32_t day, char text[BASE_DATE_SIZE])
{
    int year, month, day_of_month;

    base_day_to_civil(day, &year, &month, &day_of_month);
    assert(year >= 0);
    assert(year <= 9999);
    char *at = base_digits_put(text, (uint64_t)year, 4);
    *at++ = '-';
    at = base_digits_put(at, (uint64_t)month, 2);
    *at++ = '-';
    at = base_digits_put(at, (uint64_t)day_of_month, 2);
    *at = '\0';
}

/* "Z" or "+08:00" at the very end of text. */
static int offset_parse(const char *text, int *minutes)
{
    int hours, rest;

    if ((text[0] == 'Z' || text[0] == 'z') && text[1] == '\0') {
        *minutes = 0;
        return OD_OK;
    }
    if ((text[0] != '+' && text[0] != '-') || (hours = digits(text + 1, 2)) < 0 || hours > 23 ||
        text[3] != ':' || (rest = digits(text + 4, 2)) < 0 || rest > 59 || text[6] != '\0')
        return OD_ESYNTAX;
    *minutes = (text[0] == '-' ? -1 : 1) * (hours * 60 + rest);
    return OD_OK;
}

int base_time_parse(const char *text, int64_t *utc_ms)
{
    int32_t day;
    int hour, minute, second, offset, ms = 0, scale = 100;

    if (strlen(text) < sizeof("1970-01-01T00:00:00Z") - 1 || day_parse_prefix(text, &day) != OD_OK ||
        (text[10] != 'T' && text[10] != 't' && text[10] != ' ') || (hour = digits(text + 11, 2)) < 0 ||
        hour > 23 || text[13] != ':' || (minute = digits(text + 14, 2)) < 0 || minute > 59 ||
        text[16] != ':' || (second = digits(text + 17, 2)) < 0 || second > 60)
        return OD_ESYNTAX;
    text += 19;
    if (*text == '.') {
        if (digits(++text, 1) < 0)
            return OD_ESYNTAX;
        for (; digits(text, 1) >= 0; text++, scale /= 10)
            ms += digits(text, 1) * scale;
    }
    if (offset_parse(text, &offset) != OD_OK)
        return OD_ESYNTAX;
    *utc_ms = day * DAY_MS + ((hour * 60 + minute - offset) * INT64_C(60) + second) * 1000 + ms;
    return OD_OK;
}

/* The C library would take anything else, also a folder, for UTC in silence. */
static bool is_zone_file(const char *path)
{
    char magic[4];
    FILE *file = fopen(path, "rb");

    if (file == NULL)
        return false;
    bool is_zone = fread(magic, 1, sizeof(magic), file) == sizeof(magic) && memcmp(magic, "TZif", 4) == 0;
    fclose(file);
    return is_zone;
}

int base_zone_set(const char *name)
{
    char path[ZONE_NAME_MAX + sizeof("/usr/share/zoneinfo/")];

    if (strlen(name) > ZONE_NAME_MAX || strstr(name, "..") != NULL || name[0] == '/' || name[0] == '\0')
        return OD_ENOTFOUND;
    snprintf(path, sizeof(path), "/usr/share/zoneinfo/%s", name);
    if (strcmp(name, "UTC") != 0 && !is_zone_file(path))
        return OD_ENOTFOUND;
    if (setenv("TZ", name, 1) != 0)
        return OD_ENOTFOUND;
    tzset();
    zone_generation++;
    return OD_OK;
}

/* Offsets change at whole quarters of an hour of UTC (tzdata knows no other since 1970), so the last
 * quarter's answer holds for all of it. By thread, since views are made in the pool too. */
static int32_t offset_minutes_at(int64_t seconds)
{
    static _Thread_local int64_t quarter_known = INT64_MIN;
    static _Thread_local int32_t offset_known;
    int64_t quarter = seconds / QUARTER_SECONDS - (seconds % QUARTER_SECONDS < 0);
    time_t start = (time_t)(quarter * QUARTER_SECONDS);
    struct tm civil;

    if (quarter != quarter_known || zone_generation_known != zone_generation) {
        localtime_r(&start, &civil);
        offset_known = (int32_t)(civil.tm_gmtoff / 60);
        quarter_known = quarter;
        zone_generation_known = zone_generation;
    }
    return offset_known;
}

void base_zone_civil(int64_t utc_ms, int32_t *day, int32_t *minute, int32_t *offset_minutes)
{
    int64_t seconds = utc_ms / 1000 - (utc_ms % 1000 < 0);
    int32_t offset = offset_minutes_at(seconds);
    int64_t minutes = seconds / 60 - (seconds % 60 < 0) + offset;
    int64_t civil_day = minutes / DAY_MINUTES - (minutes % DAY_MINUTES < 0);

    *day = (int32_t)civil_day;
    *minute = (int32_t)(minutes - civil_day * DAY_MINUTES);
    *offset_minutes = offset;
}

static int32_t offset_at(int64_t utc_minutes)
{
    int32_t day, minute, offset;

    base_zone_civil(utc_minutes * MINUTE_MS, &day, &minute, &offset);
    return offset;
}

/* Not mktime: in the hour that comes twice its answer hangs on the calls before. */
int64_t base_zone_utc(int32_t day, int32_t minute)
{
    int64_t civil = (int64_t)day * DAY_MINUTES + minute;
    int32_t earlier = offset_at(civil - DAY_MINUTES), later = offset_at(civil + DAY_MINUTES);
    int64_t utc = civil - earlier;

    if (earlier != later && offset_at(utc) != earlier && offset_at(civil - later) == later)
        utc = civil - later;
    return utc * MINUTE_MS;
}

/* "T14:46:18.781" */
static char *put_clock(char *at, int32_t minute, int64_t in_minute_ms)
{
    *at++ = 'T';
    at = base_digits_put(at, (uint64_t)minute / 60, 2);
    *at++ = ':';
    at = base_digits_put(at, (uint64_t)minute % 60, 2);
    *at++ = ':';
    at = base_digits_put(at, (uint64_t)in_minute_ms / 1000, 2);
    *at++ = '.';
    return base_digits_put(at, (uint64_t)in_minute_ms % 1000, 3);
}

void base_zone_format(int64_t utc_ms, char text[BASE_TIME_SIZE])
{
    int32_t day, minute, offset;

    base_zone_civil(utc_ms, &day, &minute, &offset);
    base_day_format(day, text);
    char *at = put_clock(text + BASE_DATE_SIZE - 1, minute, ((utc_ms % 60000) + 60000) % 60000);
    uint64_t distance = (uint64_t)(offset < 0 ? -offset : offset);
    *at++ = offset < 0 ? '-' : '+';
    at = base_digits_put(at, distance / 60, 2);
    *at++ = ':';
    at = base_digits_put(at, distance % 60, 2);
    *at = '\0';
}

static int64_t clock_ms(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t base_wall_ms(void)
{
    return clock_ms(CLOCK_REALTIME);
}

int64_t base_monotonic_ms(void)
{
    return clock_ms(CLOCK_MONOTONIC);
}

int64_t base_steady_ms(void)
{
    return clock_ms(CLOCK_BOOTTIME);
}
