/* SPDX-License-Identifier: Apache-2.0 */
#include "when.h"

#include <stdio.h>
#include <time.h>

/* ".123456" -> 123, stepping over all digits. */
static int fraction_take(const char **at)
{
    int ms = 0, weight = 100;

    if (**at != '.')
        return 0;
    for ((*at)++; **at >= '0' && **at <= '9'; (*at)++) {
        ms += (**at - '0') * weight;
        weight /= 10;
    }
    return ms;
}

int when_parse(const char *text, int64_t *utc_ms)
{
    struct tm tm = {0};
    int used = 0, hours = 0, minutes = 0, end = 0;
    char sign[2] = "+";

    if (sscanf(text, "%4d-%2d-%2d%*1[T ]%2d:%2d:%2d%n", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &tm.tm_hour,
               &tm.tm_min, &tm.tm_sec, &used) != 6 || used == 0)
        return OD_ESYNTAX;
    const char *at = text + used;
    int ms = fraction_take(&at);
    if ((*at == 'Z' || *at == 'z') && at[1] == '\0')
        end = 1;
    else if (sscanf(at, "%1[+-]%2d:%2d%n", sign, &hours, &minutes, &end) != 3 || end != 6 || at[6] != '\0')
        return OD_ESYNTAX;
    if (tm.tm_mon < 1 || tm.tm_mon > 12 || tm.tm_mday < 1 || tm.tm_mday > 31 || tm.tm_hour > 23 ||
        tm.tm_min > 59 || tm.tm_sec > 60)
        return OD_ESYNTAX;
    tm.tm_year -= 1900;
    tm.tm_mon -= 1;
    int64_t offset_s = (int64_t)(hours * 60 + minutes) * 60 * (sign[0] == '-' ? -1 : 1);
    *utc_ms = ((int64_t)timegm(&tm) - offset_s) * 1000 + ms;
    return OD_OK;
}
