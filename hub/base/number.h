/* SPDX-License-Identifier: Apache-2.0 */
/* The number of an application as people read it, and the id that the hub counts
 * with. 20261129-000123-2: day of receipt, running number, check digit (Damm, over
 * all digits, so that every single wrong digit and every swap of two neighbours is
 * noticed). A task is <number>.<index from 1>. */
#ifndef BASE_NUMBER_H
#define BASE_NUMBER_H

#include <stdint.h>

#include <onedoor/error.h>

#define BASE_NUMBER_SIZE 32 /* with NUL */
#define BASE_APPLICATION_ID_MAX UINT64_C(999999999999) /* twelve digits */
#define BASE_TASKS_MAX 64

/* 1 <= id <= BASE_APPLICATION_ID_MAX; day as base_day_from_civil. */
void base_number_format(uint64_t id, int32_t day, char text[BASE_NUMBER_SIZE]);

/* Errors: OD_ESYNTAX not a number or a wrong check digit (outputs unchanged). */
OD_MUST_CHECK int base_number_parse(const char *text, uint64_t *id, int32_t *day);

/* "<number>.<index + 1>", index 0..BASE_TASKS_MAX - 1. */
void base_task_number_format(uint64_t id, int32_t day, unsigned index, char text[BASE_NUMBER_SIZE]);
OD_MUST_CHECK int base_task_number_parse(const char *text, uint64_t *id, int32_t *day, unsigned *index);

/* The handle of a task on the wire: application id and index in one u64. */
static inline uint64_t base_task_handle(uint64_t application, unsigned index)
{
    return application << 6 | index;
}

static inline uint64_t base_task_application(uint64_t task)
{
    return task >> 6;
}

static inline unsigned base_task_index(uint64_t task)
{
    return (unsigned)(task & 63);
}

#endif
