/* SPDX-License-Identifier: Apache-2.0 */
/* A question to the applicant outlives the process that put it: the fields that are asked for are
 * the checkpoint of the task, and with them a later process finds the answer in the form. */
#ifndef ROW_QUESTION_H
#define ROW_QUESTION_H

#include <onedoor/plugin.h>

/* fields: as they stand in the row; NULL or too long: not kept. [plugin] */
void question_keep(const struct od_host *host, od_task task, const char *fields);

/* The department has the answer. [plugin] */
void question_done(const struct od_host *host, od_task task);

/* Of a resumed task whose question was answered, perhaps without reaching the department: {"field": value, ...}, owned by
 * the caller (free). NULL: nothing was asked, or the applicant has not answered yet. [plugin] */
char *question_answer(const struct od_offer *offer);

#endif
