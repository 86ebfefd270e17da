/* SPDX-License-Identifier: Apache-2.0 */
/* What the verbs on evidence share: what is trusted, what was found, and how it is told. */
#ifndef CLI_EVIDENCE_H
#define CLI_EVIDENCE_H

#include "cli/progress.h"
#include "evidence/evidence.h"

#define CLI_EVIDENCE_FINDINGS_MAX 100 /* told one by one */

/* Zero it to initialise. */
struct cli_evidence {
    const struct cli *cli;
    struct evidence_anchor anchor;
    struct evidence_checkpoint *checkpoints; /* owned; of --against */
    struct evidence_figures figures;
    struct base_buffer findings; /* with --json: an array of them */
    char text[512];
    struct cli_progress bar;
};

/* --key (text, or a file with one) and --against FILE, both as often as given; where no --key is given, the keys of the
 * checkpoints, else the one in folder (NULL = none). What is wrong is told. Returns CLI_DONE, CLI_NOT_FOUND, CLI_REFUSED or
 * CLI_FAILED. */
int cli_evidence_begin(const struct cli *cli, struct cli_evidence *evidence, const char *folder);
struct evidence_report cli_evidence_report(struct cli_evidence *evidence);
/* Tell how it went; rc: of the verification. Returns CLI_DONE sound, CLI_REFUSED not, CLI_NOT_FOUND, CLI_FAILED. */
int cli_evidence_end(struct cli_evidence *evidence, int rc);
void cli_evidence_fini(struct cli_evidence *evidence);

/* The number on the command line. Returns CLI_DONE, or CLI_USAGE, told. */
int cli_evidence_number(const struct cli *cli, const char *text, uint64_t *id);

#endif
