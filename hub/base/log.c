/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/limits.h"

static const char *program_name = "onedoor";
static const char *mark_word;
static enum base_log_level level_max = BASE_LOG_INFO;

void base_log_init(const char *program, const char *mark, enum base_log_level level)
{
    program_name = program;
    mark_word = mark;
    level_max = level;
}

static int put_lead(char *line, size_t size, enum base_log_level level)
{
    static const char *const names[] = {
        [BASE_LOG_NONE] = "-",       [BASE_LOG_ERROR] = "error", [BASE_LOG_WARNING] = "warning",
        [BASE_LOG_INFO] = "info",    [BASE_LOG_DEBUG] = "debug",
    };
    struct timespec now;
    struct tm utc;

    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    return snprintf(line, size, "%04d-%02d-%02dT%02d:%02d:%02d.%03ldZ %s %s%s%s: ",
                    utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min,
                    utc.tm_sec, now.tv_nsec / 1000000, names[level], program_name,
                    mark_word != NULL ? " " : "", mark_word != NULL ? mark_word : "");
}

void base_log(enum base_log_level level, const char *format, ...)
{
    char line[BASE_LOG_LINE_MAX];
    va_list arguments;

    if (level > level_max)
        return;
    int lead = put_lead(line, sizeof(line), level);
    va_start(arguments, format);
    int body = vsnprintf(line + lead, sizeof(line) - (size_t)lead - 1, format, arguments);
    va_end(arguments);
    if (body < 0)
        return;
    size_t size = (size_t)lead + (size_t)body;
    if (size > sizeof(line) - 2)
        size = sizeof(line) - 2;
    for (size_t i = 0; i < size; i++) {
        if ((unsigned char)line[i] < ' ')
            line[i] = ' '; /* one fact stays one line, whoever wrote its text */
    }
    line[size++] = '\n';
    ssize_t written = write(STDERR_FILENO, line, size);
    (void)written; /* there is nowhere left to tell it */
}
