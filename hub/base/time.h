/* SPDX-License-Identifier: Apache-2.0 */
/* Civil dates without a time zone library in the way, and the one place where
 * UTC becomes the center's civil time. */
#ifndef BASE_TIME_H
#define BASE_TIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <onedoor/error.h>

#define BASE_DATE_SIZE 11 /* "2026-11-29" and NUL */
#define BASE_TIME_SIZE 32 /* "2026-11-29T05:58:04.123+08:00" and NUL */

/* Proleptic Gregorian; day = days since 1970-01-01. */
int32_t base_day_from_civil(int year, int month, int day);
void base_day_to_civil(int32_t day, int *year, int *month, int *day_of_month);

/* "YYYY-MM-DD" exactly, a real date, year 1970..9999. Errors: OD_ESYNTAX (*day unchanged). */
OD_MUST_CHECK int base_day_parse(const char *text, int32_t *day);
void base_day_format(int32_t day, char text[BASE_DATE_SIZE]);

/* RFC 3339 with offset or Z, fraction optional. Errors: OD_ESYNTAX. */
OD_MUST_CHECK int base_time_parse(const char *text, int64_t *utc_ms);

/* The center's zone for this process, an IANA name; call before the first thread
 * starts. Errors: OD_ENOTFOUND unknown zone (nothing changed). */
OD_MUST_CHECK int base_zone_set(const char *name);

/* Civil day and minute of that day in the zone, and the offset in minutes. */
void base_zone_civil(int64_t utc_ms, int32_t *day, int32_t *minute, int32_t *offset_minutes);

/* UTC of a civil day and minute. A time that DST skips maps to the one after the
 * gap; of a time that comes twice, the first is meant. */
int64_t base_zone_utc(int32_t day, int32_t minute);

/* RFC 3339 with milliseconds and the zone's offset. */
void base_zone_format(int64_t utc_ms, char text[BASE_TIME_SIZE]);

int64_t base_wall_ms(void);      /* CLOCK_REALTIME */
int64_t base_monotonic_ms(void); /* CLOCK_MONOTONIC */
int64_t base_steady_ms(void);    /* CLOCK_BOOTTIME: monotonic, and goes on while the machine is suspended */

#endif
