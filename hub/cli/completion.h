/* SPDX-License-Identifier: Apache-2.0 */
/* What may come next on a command line. Private to hub/cli/completion*.c. */
#ifndef CLI_COMPLETION_H
#define CLI_COMPLETION_H

#include "base/buffer.h"
#include "cli/values.h"

#define CLI_COMPLETION_TIMEOUT_MS 1500 /* that a hub gets: somebody has pressed Tab and waits */
#define CLI_COMPLETION_HELP_MAX 60     /* columns of what is said beside a candidate */

/* The command line as far as it is written. Texts are borrowed. */
struct cli_completion {
    struct cli *cli;
    const struct cli_verb *verb;     /* NULL = not yet named */
    const struct cli_option *option; /* whose value comes next; NULL = none */
    const char *words[CLI_OPERANDS_MAX]; /* but for options: of the verb, then operands */
    size_t word_count, verb_words;
    const struct cli_option *given[CLI_OPTIONS_MAX];
    size_t given_count;
    const char *current; /* what is being written; "" = a new word */
    const char *lead;    /* stands before each candidate: "--state=" or "" */
    size_t lead_size;
    bool has_ended;      /* "--" stood before: no more options */
    bool has_offered;    /* anything */
    struct base_buffer json; /* owned; with --json what is offered, an open list */
    const char *places;  /* with --json: "files", "folders", NULL = neither */
};

/* Print a candidate that begins as current does: "word<TAB>help". help may be NULL. */
void cli_completion_offer(struct cli_completion *completion, const char *word, const char *help);

/* Offer what the hub has from these sources; nothing where it is away, slow, or says no. */
void cli_completion_ask(struct cli_completion *completion, uint32_t sources);

#endif
