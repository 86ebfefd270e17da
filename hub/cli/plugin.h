/* SPDX-License-Identifier: Apache-2.0 */
/* What the verbs on connectors share: one call, its plan, and the way to its end. */
#ifndef CLI_PLUGIN_H
#define CLI_PLUGIN_H

#include "cli/api.h"

/* What --wait waits for. */
enum cli_plugin_goal {
    CLI_PLUGIN_ANSWERED = 0, /* no more than the answer */
    CLI_PLUGIN_ROLLED_OUT,   /* a version has the route and was watched, or the hub went back */
    CLI_PLUGIN_DRAINED,      /* nothing is in its hand */
    CLI_PLUGIN_ACTIVE,
    CLI_PLUGIN_DISABLED,     /* no process */
};

struct cli_plugin_ask {
    const char *method;
    const char *rest;               /* behind /v1/connectors/ID: "", "/upgrade" */
    struct base_buffer *body;       /* JSON object; NULL = none */
    bool has_reason;                /* --reason goes into the query, where there is no body */
    enum cli_plugin_goal goal;      /* with --wait */
};

/* Call it for the connector of the first operand; print the plan of a dry run, else the connector, with
 * --wait when the goal is reached. Returns enum cli_exit. */
int cli_plugin_perform(const struct cli *cli, const struct cli_plugin_ask *ask);

/* Ask until the goal is reached or cannot be, with its steps on stderr, then print the connector.
 * answer: the hub's first word on it. Returns CLI_DONE, CLI_FAILED when it was led back or stands, or what
 * ended the asking. */
int cli_plugin_wait(const struct cli *cli, enum cli_plugin_goal goal, const struct base_json *answer);

/* plugin_view.c, all on stdout. */
void cli_plugin_print(const struct cli *cli, const struct base_json *connector);
void cli_plugin_rows_print(const struct cli *cli, const struct base_json *items);
void cli_plugin_plan_print(const struct cli *cli, const struct base_json *plan);
void cli_plugin_history_print(const struct cli *cli, const struct base_json *items);
/* A state of a connector; borrowed. */
const char *cli_plugin_state(const struct cli *cli, const char *state);

/* The configuration or other object that the option names: a file's content, or the JSON itself. Owned
 * (base_free). absent: what stands for an option that was not given; NULL = nothing (*bytes is NULL then). */
int cli_plugin_object_read(const struct cli *cli, const char *option, const char *absent, char **bytes, size_t *size);

/* "reason", "approve" and "bake_ms" of the options, into the object that is open. Errors: CLI_USAGE, told. */
int cli_plugin_put_options(const struct cli *cli, struct base_buffer *body);

#endif
