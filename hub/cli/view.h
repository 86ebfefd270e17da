/* SPDX-License-Identifier: Apache-2.0 */
/* An application and its tasks as a person reads them, on stdout. */
#ifndef CLI_VIEW_H
#define CLI_VIEW_H

#include "cli/words.h"

/* Head, dates, tasks, notice and decision. */
void cli_view_application(const struct cli *cli, const struct base_json *application);

/* The same with whose it is, as the papers have it; applicant: may be NULL. */
void cli_view_application_of(const struct cli *cli, const struct base_json *application, const struct base_json *applicant);

/* Tasks as a table: state with opinion, date, who acts next. */
void cli_view_tasks(const struct cli *cli, const struct base_json *tasks);

/* One task with applicant, form and documents, as far as the reader gets them. service: names fields and
 * materials; may be NULL. version: of the application, for --seen; "" when unknown. */
void cli_view_task(const struct cli *cli, const struct base_json *task,
                   const struct base_json *service, const char *version);

/* Is the application past its review: nothing more to wait for? */
bool cli_view_is_final(const struct base_json *application);

/* "label         value", over several lines where it is long; nothing for an empty value. */
void cli_view_line(const struct cli *cli, const char *zh, const char *en, const char *value);

/* Each text of an array on a line of its own behind lead. A text is a plain one, one of the
 * catalogue, or {"department", "text"}: the department is named as the application's tasks
 * name it. application: may be NULL. */
void cli_view_texts(const struct cli *cli, const char *lead, const struct base_json *texts,
                    const struct base_json *application);

/* What departments ask for ("requests"), and what is missing or to be corrected, of a notice: one a line.
 * application: names departments; may be NULL. */
void cli_view_requests(const struct cli *cli, const struct base_json *notice);
void cli_view_missing(const struct cli *cli, const struct base_json *notice, const struct base_json *application);

/* The department's name as the application's tasks give it, else id itself. */
const char *cli_view_department(const struct cli *cli, const struct base_json *application,
                                const char *id);

/* The name where the hub gives one, else the id: "matter" gives matter_name, or matter. */
const char *cli_view_name(const struct cli *cli, const struct base_json *object,
                          const char *key);

#endif
