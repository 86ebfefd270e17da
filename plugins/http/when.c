/* SPDX-License-Identifier: Apache-2.0 */
#include "when.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <onedoor/error.h>

/* Days since 1970-01-01 of a date of the Gregorian calendar. */
static int64_t day_of(int year, int month, int day)
{
    int y = month <= 2 ? year - 1 : year;
    int era = y / 400, of_era = y % 400;
    int of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;

    return (int64_t)era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static int month_of(const char *name)
{
    static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

    for (int month = 1; month <= 12; month++) {
        if (memcmp(name, names + 3 * (month - 1), 3) == 0)
            return month;
    }
    return 0;
}

/* IMF-fixdate: "Sun, 06 Nov 1994 08:49:37 GMT". */
static int date_read(const char *text, int64_t *at_ms)
{
    char weekday[4], month[4], zone[4];
    int day, year, hour, minute, second, used = 0;

    if (sscanf(text, "%3[A-Za-z], %2d %3[A-Za-z] %4d %2d:%2d:%2d %3s%n", weekday, &day, month, &year, &hour, &minute,
               &second, zone, &used) != 8 ||
        text[used] != '\0' || strcmp(zone, "GMT") != 0 || strlen(month) != 3 || month_of(month) == 0)
        return OD_ESYNTAX;
    if (day < 1 || day > 31 || year < 1970 || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 ||
        second > 60)
        return OD_ESYNTAX;
    *at_ms = ((day_of(year, month_of(month), day) * 24 + hour) * 60 + minute) * 60000 + second * INT64_C(1000);
    return OD_OK;
}

static bool is_digits(const char *text)
{
    return *text != '\0' && strspn(text, "0123456789") == strlen(text);
}

int when_retry_after(const char *text, int64_t now_ms, int64_t *after_ms)
{
    int64_t wait_ms = 0, at_ms;

    if (text == NULL)
        return OD_ENOTFOUND;
    if (is_digits(text)) {
        for (const char *at = text; *at != '\0' && wait_ms <= WHEN_AFTER_MS_MAX; at++)
            wait_ms = wait_ms * 10 + (*at - '0') * INT64_C(1000);
    } else if (date_read(text, &at_ms) == OD_OK) {
        wait_ms = at_ms - now_ms;
    } else {
        return OD_ESYNTAX;
    }
    if (wait_ms < 0)
        wait_ms = 0;
    *after_ms = wait_ms < WHEN_AFTER_MS_MAX ? wait_ms : WHEN_AFTER_MS_MAX;
    return OD_OK;
}
