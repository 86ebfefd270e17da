/* SPDX-License-Identifier: Apache-2.0 */
/* One office for the tests of the core: China's calendar of 2024, a service of a few
 * matters, and a file: an application that is stepped and whose steps are written
 * down as text. */
#ifndef TESTS_CORE_OFFICE_H
#define TESTS_CORE_OFFICE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/core.h"
#include "core/names.h"
#include "core/turn.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define OFFICE_TRACE_SIZE 8192
#define SESSION 7u

/* Holidays and make-up days of 2024 as the State Council announced them. */
extern const struct core_calendar office_calendar;

core_day office_day(int year, int month, int day);

/* A working-day limit with the default start rule. */
struct core_limit office_limit(int length);

/* A service under test: rules over own matters, `all`, no limits until the test sets them. */
struct office_service {
    struct core_rules rules;
    struct core_matter_rule matters[CORE_TASKS_MAX];
};
void office_service_init(struct office_service *service, unsigned matter_count);

/* One application and its written steps. The application has room for CORE_TASKS_MAX tasks. */
struct office_file {
    const struct core_rules *rules;
    struct core_application *application; /* owned */
    struct core_effects effects;          /* of the last step */
    struct core_time now;                 /* of the next step */
    int32_t offset;                       /* minutes of civil time ahead of UTC, for what office_wait sets */
    size_t trace_size;
    char trace[OFFICE_TRACE_SIZE];
};
void office_file_init(struct office_file *file, const struct office_service *service,
                      core_day today);
void office_file_fini(struct office_file *file);

/* Step with event at file->now and write a line; *event's time is set. Returns core_step's
 * answer. */
int office_step(struct office_file *file, struct core_event *event);

/* The same for the usual events; each asserts OD_OK. */
void office_receive(struct office_file *file, core_task_set included, bool is_complete);
void office_offer(struct office_file *file, core_task_set tasks, uint32_t epoch);
void office_accept(struct office_file *file, unsigned task);
void office_opine(struct office_file *file, unsigned task, enum core_opinion opinion);
void office_pause(struct office_file *file, unsigned task, enum core_pause_kind kind);
void office_tell(struct office_file *file, enum core_event_type type, unsigned task);

/* The answer of the applicant to tasks, or the completion of what was incomplete. */
void office_supplement(struct office_file *file, bool is_complete, core_task_set answered);
/* An extension; returns core_step's answer. */
int office_extend(struct office_file *file, unsigned task, enum core_clock_id clock, int length, enum core_rank rank);
/* A milestone, for a day or 0; returns core_step's answer. */
int office_mark(struct office_file *file, unsigned task, enum core_milestone milestone, core_day day);

/* Feed WOKEN at every wake of the application up to the first minute of day; it is ten o'clock afterwards. */
void office_wait(struct office_file *file, core_day day);
/* The same up to a civil minute of day, which it is afterwards. */
void office_wait_until(struct office_file *file, core_day day, int32_t minute);
/* Go there without waking anybody, as after a downtime. */
void office_sleep(struct office_file *file, core_day day, int32_t minute);
/* When it next wants to be woken, in civil minutes by the file's offset; INT64_MAX = never. */
core_minute office_wake(const struct office_file *file);

/* Is there such an effect in the last answer? */
bool office_has_effect(const struct office_file *file, enum core_effect_type type,
                       unsigned task);
/* The same with its clock, and with its notice. */
bool office_has_clock_effect(const struct office_file *file, enum core_effect_type type, unsigned task,
                             enum core_clock_id clock);
bool office_has_notice(const struct office_file *file, enum core_notice notice);

/* The bytes of two states are the same. */
void office_assert_same(const struct core_application *a, const struct core_application *b,
                        const char *why);

#endif
