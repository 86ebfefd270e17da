/* SPDX-License-Identifier: Apache-2.0 */
/* One row in which a department answers, and how it is told to the hub. A word that the
 * configuration does not list is no answer. */
#ifndef ROW_ANSWER_H
#define ROW_ANSWER_H

#include <stddef.h>

#include "setting.h"

#define ANSWER_WORDS_MAX 32
#define ANSWER_WORD_MAX 127 /* bytes of a department's word */
#define ANSWER_WHY_SIZE 400

enum answer_meaning {
    ANSWER_NONE = 0,
    ANSWER_APPROVE,
    ANSWER_APPROVE_WITH_CONDITIONS,
    ANSWER_REJECT,
    ANSWER_NOT_APPLICABLE,
    ANSWER_PENDING,    /* progress */
    ANSWER_NEED_INPUT, /* the applicant must complete fields */
    ANSWER_PAUSE,
};

struct answer_words {
    struct {
        char word[ANSWER_WORD_MAX + 1];
        enum answer_meaning meaning;
    } rows[ANSWER_WORDS_MAX];
    size_t count;
};

/* As it stands in the row: NULL = nothing. reasons and conditions: a text, or a JSON array of texts; fields: names with
 * commas between them, or such an array. Borrowed. */
struct answer {
    const char *word, *reasons, *conditions, *document_no, *fields, *question, *progress, *percent;
};

/* Of an object word -> "approve", "pending" ... Without one: the English words stand for themselves.
 * Errors: OD_EINVAL. */
OD_MUST_CHECK int answer_words_read(const struct setting *values, struct answer_words *out);

/* NONE = it is not listed. */
enum answer_meaning answer_meaning_of(const struct answer_words *words, const char *word);

/* Does it end the task? */
bool answer_is_opinion(enum answer_meaning meaning);

/* Could it be told? [plugin] Errors: OD_EINVAL it is no answer (why says it, for the department); OD_ENOMEM. */
OD_MUST_CHECK int answer_check(const struct od_host *host, const struct answer_words *words, const struct answer *answer,
                               char why[ANSWER_WHY_SIZE]);

/* Tell the hub. *meaning: what was told; PENDING is told at once (also a rest or a question that is open already), the
 * others are durable when answered() says so. [plugin]
 * external_ref: of the opinion; NULL = none. Errors: OD_EINVAL it is no answer (why says it, for the department);
 * those of od_give_opinion, od_need_input, od_pause, od_progress. */
OD_MUST_CHECK int answer_tell(const struct od_host *host, od_task task, const struct answer_words *words,
                              const struct answer *answer, const char *pause_kind, const char *external_ref,
                              enum answer_meaning *meaning, char why[ANSWER_WHY_SIZE]);

#endif
