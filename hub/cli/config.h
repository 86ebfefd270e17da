/* SPDX-License-Identifier: Apache-2.0 */
/* What the verbs config check, show, diff and reload share. */
#ifndef CLI_CONFIG_H
#define CLI_CONFIG_H

#include "cli/api.h"

/* -- config_reload.c -- */

/* What the running hub would change if it read its catalogue anew. Returns as cli_api_call. */
int cli_config_plan(const struct cli *cli, struct cli_http_answer *answer, struct base_json **plan);
void cli_config_plan_print(const struct cli *cli, const struct base_json *plan);
/* Of a plan the dates alone. */
void cli_config_dates_print(const struct cli *cli, const struct base_json *plan);

/* -- config_show.c -- */

/* The file of a hub's configuration that path stands for: path itself, or the onedoor.json in the folder path. False: it
 * is a folder without one, a catalogue. */
bool cli_config_file_of(const char *path, struct base_buffer *file);

/* The configuration in a file as the hub itself reads it (onedoord --show-config), with --data and --listen where this
 * run has them. is_demo: of a demonstration. What is wrong is told. Returns CLI_DONE (*out is owned by the caller),
 * CLI_NOT_FOUND, CLI_REFUSED or CLI_FAILED. */
int cli_config_read(const struct cli *cli, const char *path, bool is_demo, struct base_json **out);

/* The value of a setting, as compact JSON; a text without its quotes, "" for null. */
void cli_config_value_format(const struct base_json *value, struct base_buffer *text);

/* "reload", "restart" or "first_start", in the run's language. */
const char *cli_config_takes(const struct cli *cli, const char *takes);

/* -- config_side.c -- */

/* A service, matter or calendar as it is published. */
struct cli_config_item {
    char *id, *text; /* owned; text: its JSON, less the version that it tells */
};

struct cli_config_items {
    struct cli_config_item *rows; /* owned; by id */
    size_t count, room;
};

enum { CLI_CONFIG_SERVICES, CLI_CONFIG_MATTERS, CLI_CONFIG_CALENDARS, CLI_CONFIG_PARTS };

/* One side of a comparison. Zero it to initialise. */
struct cli_config_side {
    const char *name;         /* as it was given, or the address of the hub */
    char version[40];         /* of its catalogue */
    struct base_json *config; /* owned; NULL = a catalogue alone */
    struct cli_config_items parts[CLI_CONFIG_PARTS];
    bool is_hub;
};

/* Of the running hub. Returns as cli_api_call. */
int cli_config_side_of_hub(const struct cli *cli, struct cli_config_side *side);
/* Of a configuration file or a catalogue folder. Returns CLI_DONE, CLI_NOT_FOUND, CLI_REFUSED (told) or CLI_FAILED. */
int cli_config_side_of_path(const struct cli *cli, const char *path, bool is_demo, struct cli_config_side *side);
void cli_config_side_fini(struct cli_config_side *side);

#endif
