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

/* {"unit": "working_day", "length": 20} as "20 working days" into text; "" when absent. */
void cli_limit_format(const struct cli *cli, const struct base_json *limit, char text[64]);

#endif
