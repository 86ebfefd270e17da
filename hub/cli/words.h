/* SPDX-License-Identifier: Apache-2.0 */
/* The API's words (status, outcome, state, opinion, event) as people read them. */
#ifndef CLI_WORDS_H
#define CLI_WORDS_H

#include "cli/text.h"

/* The word in the run's language, or the word itself when it is unknown; NULL gives "". */
const char *cli_word(const struct cli *cli, const char *word);

enum cli_tone cli_word_tone(const char *word);

/* A text of the catalogue: a plain text, or {"zh-CN", "en"} in the run's language. NULL
 * when it is neither. */
const char *cli_text_of(const struct cli *cli, const struct base_json *json);
const char *cli_member_text_of(const struct cli *cli, const struct base_json *object,
                               const char *key);

/* "2026-12-07" as "2026-12-07 Mon", "2026-12-07T14:03:07+08:00" as "2026-12-07 14:03 Mon";
 * other texts as they are, "" of NULL. */
#define CLI_DAY_SIZE 40
void cli_day_format(const struct cli *cli, const char *iso, char text[CLI_DAY_SIZE]);

/* {"unit": "working_day", "length": 20} as "20 working days" into text; "" when absent. */
void cli_limit_format(const struct cli *cli, const struct base_json *limit, char text[64]);

#endif
