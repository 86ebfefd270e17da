/* SPDX-License-Identifier: Apache-2.0 */
/* One line a fact on stderr: time, level, program, text, key=value pairs. No
 * personal data, ever: numbers, ids and codes only. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

enum base_log_level {
    BASE_LOG_NONE = 0,
    BASE_LOG_ERROR,
    BASE_LOG_WARNING,
    BASE_LOG_INFO,
    BASE_LOG_DEBUG,
};

/* program: shown in each line; mark: a word shown in each line too, e.g. "DEMO", or
 * NULL. Both borrowed for the life of the process. */
void base_log_init(const char *program, const char *mark, enum base_log_level level);

/* Thread-safe: one write(2) a line, cut at BASE_LOG_LINE_MAX. */
void base_log(enum base_log_level level, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
