/* SPDX-License-Identifier: Apache-2.0 */
/* simulate: what the command line asks for, and how the answer is printed. */
#ifndef CLI_SIMULATE_H
#define CLI_SIMULATE_H

#include "catalog/calendar.h"
#include "cli/verbs.h"
#include "simulate/simulate.h"

struct cli_simulate_question {
    struct simulate_scenario scenario;
    struct simulate_log log;             /* .events NULL = a journal */
    const char *data;
    struct catalog_calendar calendar;    /* owned; what --calendar names */
    struct catalog *catalog;             /* owned; what --catalog names */
    char patterns[SIMULATE_PATTERNS_MAX][SIMULATE_NAME_MAX + 1]; /* of the delays */
    char heads[SIMULATE_COLUMNS][SIMULATE_NAME_MAX + 1];
};

/* Read the options; what is wrong is told. Returns enum cli_exit; on anything but CLI_DONE nothing is held. */
int cli_simulate_read(const struct cli *cli, struct cli_simulate_question *question);
void cli_simulate_question_fini(struct cli_simulate_question *question);

/* The answer while it comes: changes as rows of tables, JSON or CSV, findings, the bar, and the figures at the end. */
struct cli_simulate_answer;
/* csv_path: NULL = none. NULL: it cannot be written, which was told, or no memory. */
struct cli_simulate_answer *cli_simulate_answer_create(const struct cli *cli, const struct cli_simulate_question *question,
                                                       const char *csv_path);
struct simulate_report cli_simulate_report(struct cli_simulate_answer *answer);
/* End the bar, print what is left, and the figures when rc is OD_OK. Returns enum cli_exit. */
int cli_simulate_answer_finish(struct cli_simulate_answer *answer, const struct simulate_summary *summary, int rc, const char *text);
void cli_simulate_answer_destroy(struct cli_simulate_answer *answer);

/* The figures as a table, or as members of the JSON object that is open. */
void cli_simulate_figures_print(const struct cli *cli, const struct simulate_summary *summary);
void cli_simulate_figures_put(struct base_buffer *json, const struct simulate_summary *summary);
/* What a finding says, in the run's language. */
const char *cli_simulate_finding_text(const struct cli *cli, enum simulate_finding_kind kind);
const char *cli_simulate_finding_name(enum simulate_finding_kind kind);

#endif
