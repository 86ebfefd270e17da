/* SPDX-License-Identifier: Apache-2.0 */
/* A department's record of one task, read out of its answer by the mapping of the
 * configuration. Nothing is guessed: a word that the mapping does not know is no answer. */
#ifndef HTTP_RECORD_H
#define HTTP_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <onedoor/plugin.h>

#include "settings.h"

#define RECORD_WORD_MAX 100 /* bytes of a status, a cut message aside */
#define RECORD_MESSAGE_MAX 500

enum record_kind {
    RECORD_NONE = 0,
    RECORD_OPINION,
    RECORD_PENDING,
    RECORD_NEED_INPUT,
    RECORD_PAUSE,
};

/* Texts are within limits, cut between characters where the department sent more. */
struct record {
    enum record_kind kind;
    struct od_opinion opinion; /* of OPINION; its arrays and texts point into this record */
    const char *reasons[OD_REASONS_MAX], *conditions[OD_REASONS_MAX];
    const char *fields[OD_REASONS_MAX]; /* of NEED_INPUT: names of the form */
    uint32_t field_count;
    const char *external_ref, *question, *progress; /* NULL = not said */
    const char *no_reason; /* what the configuration has for its word, or NULL; borrowed for the callback */
    int32_t percent;     /* -1 = not said */
    uint32_t pause_days;
    char *store;         /* owned: all texts */
    size_t store_used, store_room;
};

/* Read the record at pointer `at` of a body. body: a whole JSON text (json_is_whole). *record: record_fini, also after
 * an error. [plugin]
 * Errors (why says what is wrong in a few words): OD_ENOTFOUND there is nothing at that place; OD_ESYNTAX it is not
 * what the mapping expects; OD_ENOMEM. */
OD_MUST_CHECK int record_read(const struct od_host *host, const struct settings *settings, const char *at,
                              const char *body, size_t size, struct record *record, char why[RECORD_MESSAGE_MAX + 1]);

/* As record_read, but the fields that are asked for and the question alone: of an answer that is no record. */
OD_MUST_CHECK int record_read_fields(const struct od_host *host, const struct settings *settings, const char *body,
                                     size_t size, struct record *record, char why[RECORD_MESSAGE_MAX + 1]);

void record_fini(struct record *record);

/* What the department says in words: its message by the mapping, else the start of the body, "" if it is no
 * text. [plugin] */
void record_message(const struct od_host *host, const struct settings *settings, const char *body, size_t size,
                    char message[RECORD_MESSAGE_MAX + 1]);

#endif
