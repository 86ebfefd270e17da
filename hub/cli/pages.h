/* SPDX-License-Identifier: Apache-2.0 */
/* Lists that come in pages, followed by their Link to the end. */
#ifndef CLI_PAGES_H
#define CLI_PAGES_H

#include "cli/api.h"
#include "cli/words.h"

/* One page's turn: false ends the walk. json is NULL where it was not asked for. */
typedef bool (*cli_page_cb)(void *owner, const struct cli_http_answer *answer, const struct base_json *json);
/* From the path of the first page on. Returns enum cli_exit. */
int cli_pages_walk(const struct cli *cli, const char *first, bool is_json, cli_page_cb on_page, void *owner);

/* All pages as one: the members of the first, and the items of all; as JSON with --json, else by print. Returns enum
 * cli_exit. */
typedef void (*cli_whole_cb)(const struct cli *cli, const struct base_json *whole);
int cli_pages_print(const struct cli *cli, const char *first, cli_whole_cb print);

#endif
