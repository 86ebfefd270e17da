/* SPDX-License-Identifier: Apache-2.0 */
#include "answer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../http/json.h"
#include "text.h"

static const struct {
    const char *word;
    enum answer_meaning meaning;
} meanings[] = {
    {"approve", ANSWER_APPROVE},       {"approve_with_conditions", ANSWER_APPROVE_WITH_CONDITIONS},
    {"reject", ANSWER_REJECT},         {"not_applicable", ANSWER_NOT_APPLICABLE},
    {"pending", ANSWER_PENDING},       {"need_input", ANSWER_NEED_INPUT},
    {"pause", ANSWER_PAUSE},
};

#define MEANINGS (sizeof(meanings) / sizeof(meanings[0]))

/* Texts of one cell, copied. */
struct texts {
    char *store; /* owned */
    const char *items[OD_REASONS_MAX];
    uint32_t count;
};

static enum answer_meaning meaning_named(const char *name)
{
    for (size_t i = 0; i < MEANINGS; i++) {
        if (strcmp(meanings[i].word, name) == 0)
            return meanings[i].meaning;
    }
    return ANSWER_NONE;
}

static void take_word(struct answer_words *out, const char *word, enum answer_meaning meaning)
{
    snprintf(out->rows[out->count].word, sizeof(out->rows[0].word), "%s", word);
    out->rows[out->count++].meaning = meaning;
}

int answer_words_read(const struct setting *values, struct answer_words *out)
{
    struct od_value value = {.size = sizeof(value)};
    size_t offset = 0;

    out->count = 0;
    for (size_t i = 0; values->json == NULL && i < MEANINGS; i++)
        take_word(out, meanings[i].word, meanings[i].meaning);
    while (values->json != NULL && od_json_next(values->host, values->json, values->size, &offset, &value) == OD_OK) {
        enum answer_meaning meaning = value.type == OD_VALUE_TEXT ? meaning_named(value.text) : ANSWER_NONE;

        if (meaning == ANSWER_NONE)
            return setting_fault(values, value.key, "must be approve, approve_with_conditions, reject, not_applicable, pending, "
                                 "need_input or pause");
        if (out->count == ANSWER_WORDS_MAX || value.key[0] == '\0' || strlen(value.key) > ANSWER_WORD_MAX)
            return setting_fault(values, "", "has more than 32 words, or one that is empty or longer than 127 bytes");
        take_word(out, value.key, meaning);
    }
    return out->count > 0 ? OD_OK : setting_fault(values, "", "has no word");
}

enum answer_meaning answer_meaning_of(const struct answer_words *words, const char *word)
{
    for (size_t i = 0; i < words->count; i++) {
        if (strcmp(words->rows[i].word, word) == 0)
            return words->rows[i].meaning;
    }
    return ANSWER_NONE;
}

bool answer_is_opinion(enum answer_meaning meaning)
{
    return meaning >= ANSWER_APPROVE && meaning <= ANSWER_NOT_APPLICABLE;
}

static bool is_blank(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (strchr(" \t\r\n", text[i]) == NULL)
            return false;
    }
    return true;
}

/* One more, without blanks around it and cut at its limit. The rest of more than OD_REASONS_MAX is left out. */
static void take(struct texts *texts, size_t *used, const char *text, size_t size, size_t size_max)
{
    char *at = texts->store + *used;

    while (size > 0 && strchr(" \t\r\n", *text) != NULL) {
        text++;
        size--;
    }
    while (size > 0 && strchr(" \t\r\n", text[size - 1]) != NULL)
        size--;
    if (size == 0 || texts->count == OD_REASONS_MAX)
        return;
    size = json_cut(text, size, size_max);
    memcpy(at, text, size);
    at[size] = '\0';
    *used += size + 1;
    texts->items[texts->count++] = at;
}

static int take_array(const struct od_host *host, struct texts *texts, const char *cell, size_t size_max)
{
    struct od_value item = {.size = sizeof(item)};
    size_t offset = 0, used = 0, size = strlen(cell);

    if (!json_is_whole(cell, size))
        return OD_ESYNTAX;
    while (od_json_next(host, cell, size, &offset, &item) == OD_OK) {
        if (item.type != OD_VALUE_TEXT)
            return OD_ESYNTAX;
        take(texts, &used, item.text, item.text_size, size_max);
    }
    return OD_OK;
}

/* commas: between items that are no JSON array. Errors: OD_ENOMEM; OD_ESYNTAX an array of something else. */
static int texts_read(const struct od_host *host, const char *cell, bool has_commas, size_t size_max, struct texts *texts)
{
    size_t used = 0, size = cell != NULL ? strlen(cell) : 0;

    *texts = (struct texts){.count = 0};
    if (cell == NULL || is_blank(cell, size))
        return OD_OK;
    texts->store = malloc(2 * size + 2); /* every text with its NUL is at most twice as long as with its comma */
    if (texts->store == NULL)
        return OD_ENOMEM;
    if (cell[strspn(cell, " \t\r\n")] == '[')
        return take_array(host, texts, cell, size_max);
    for (const char *at = cell, *end; at != NULL; at = end != NULL ? end + 1 : NULL) {
        end = has_commas ? strchr(at, ',') : NULL;
        take(texts, &used, at, end != NULL ? (size_t)(end - at) : strlen(at), size_max);
    }
    return OD_OK;
}

static int no_answer(char why[ANSWER_WHY_SIZE], const char *text)
{
    snprintf(why, ANSWER_WHY_SIZE, "%s", text);
    return OD_EINVAL;
}

/* The texts of an opinion, read and found to be enough. The caller frees both stores, whatever comes back. */
static int opinion_read(const struct od_host *host, enum answer_meaning meaning, const struct answer *answer, struct texts *reasons,
                        struct texts *conditions, char why[ANSWER_WHY_SIZE])
{
    int rc = texts_read(host, answer->reasons, false, OD_TEXT_MAX, reasons);

    *conditions = (struct texts){.count = 0};
    if (rc == OD_OK)
        rc = texts_read(host, answer->conditions, false, OD_TEXT_MAX, conditions);
    if (rc == OD_ESYNTAX)
        return no_answer(why, "reasons and conditions must be a text, or a JSON array of texts");
    if (rc == OD_OK && meaning == ANSWER_REJECT && reasons->count == 0)
        return no_answer(why, "a rejection needs a reason: the applicant has a right to it");
    if (rc == OD_OK && meaning == ANSWER_APPROVE_WITH_CONDITIONS && conditions->count == 0)
        return no_answer(why, "an approval with conditions needs a condition");
    return rc;
}

static int opine(const struct od_host *host, od_task task, enum answer_meaning meaning, const struct answer *answer,
                 const char *external_ref, char why[ANSWER_WHY_SIZE])
{
    static const enum od_opinion_value values[] = {[ANSWER_APPROVE] = OD_APPROVE,
                                                   [ANSWER_APPROVE_WITH_CONDITIONS] = OD_APPROVE_WITH_CONDITIONS,
                                                   [ANSWER_REJECT] = OD_REJECT, [ANSWER_NOT_APPLICABLE] = OD_NOT_APPLICABLE};
    struct texts reasons, conditions;
    int rc = opinion_read(host, meaning, answer, &reasons, &conditions, why);

    if (rc == OD_OK) {
        struct od_opinion opinion = {.size = OD_OPINION_INIT, .opinion = (uint32_t)values[meaning],
                                     .reason_count = reasons.count, .reasons = reasons.items,
                                     .condition_count = meaning == ANSWER_APPROVE_WITH_CONDITIONS ? conditions.count : 0,
                                     .conditions = conditions.items, .document_no = answer->document_no,
                                     .external_ref = external_ref};
        rc = od_give_opinion(host, task, &opinion);
    }
    free(reasons.store);
    free(conditions.store);
    return rc;
}

static int fields_read(const struct od_host *host, const struct answer *answer, struct texts *fields, char why[ANSWER_WHY_SIZE])
{
    int rc = texts_read(host, answer->fields, true, OD_NAME_MAX, fields);

    if (rc == OD_ESYNTAX || (rc == OD_OK && fields->count == 0))
        return no_answer(why, "a question to the applicant must name the fields of the form that are to be completed");
    return rc;
}

static int ask(const struct od_host *host, od_task task, const struct answer *answer, char why[ANSWER_WHY_SIZE])
{
    struct texts fields;
    int rc = fields_read(host, answer, &fields, why);

    if (rc == OD_OK)
        rc = host->need_input(host->context, task, fields.items, fields.count, answer->question);
    free(fields.store);
    return rc;
}

static int not_agreed(const struct answer *answer, char why[ANSWER_WHY_SIZE])
{
    text_format(why, ANSWER_WHY_SIZE, "\"%.128s\" is none of the words that were agreed", answer->word != NULL ? answer->word : "");
    return OD_EINVAL;
}

int answer_check(const struct od_host *host, const struct answer_words *words, const struct answer *answer, char why[ANSWER_WHY_SIZE])
{
    enum answer_meaning meaning = answer->word != NULL ? answer_meaning_of(words, answer->word) : ANSWER_NONE;
    struct texts texts = {.count = 0}, more = {.count = 0};
    int rc = OD_OK;

    if (meaning == ANSWER_NONE)
        return not_agreed(answer, why);
    if (answer_is_opinion(meaning))
        rc = opinion_read(host, meaning, answer, &texts, &more, why);
    else if (meaning == ANSWER_NEED_INPUT)
        rc = fields_read(host, answer, &texts, why);
    free(texts.store);
    free(more.store);
    return rc;
}

/* Digits alone; anything else says nothing. */
static uint32_t percent_of(const char *text)
{
    unsigned long number = text != NULL && strspn(text, "0123456789") == strlen(text) ? strtoul(text, NULL, 10) : 0;

    return number <= 100 ? (uint32_t)number : 0;
}

static int tell(const struct od_host *host, od_task task, enum answer_meaning meaning, const struct answer *answer,
                const char *pause_kind, const char *external_ref, char why[ANSWER_WHY_SIZE])
{
    switch (meaning) {
    case ANSWER_APPROVE:
    case ANSWER_APPROVE_WITH_CONDITIONS:
    case ANSWER_REJECT:
    case ANSWER_NOT_APPLICABLE: return opine(host, task, meaning, answer, external_ref, why);
    case ANSWER_PENDING: return od_progress(host, task, percent_of(answer->percent), answer->progress);
    case ANSWER_NEED_INPUT: return ask(host, task, answer, why);
    case ANSWER_PAUSE: return od_pause(host, task, pause_kind, 0);
    case ANSWER_NONE: break;
    }
    return not_agreed(answer, why);
}

/* A rest that is over ends before anything else is told; an opinion ends it by itself. */
static int unpause(const struct od_host *host, od_task task, enum answer_meaning meaning)
{
    bool is_over = (meaning == ANSWER_PENDING || meaning == ANSWER_NEED_INPUT) && od_task_state_of(host, task) == OD_TASK_PAUSED;

    return is_over ? od_unpause(host, task) : OD_OK;
}

/* What the task is in already. */
static bool is_so(const struct od_host *host, od_task task, enum answer_meaning meaning)
{
    enum od_task_state state = od_task_state_of(host, task);

    return (meaning == ANSWER_PAUSE && state == OD_TASK_PAUSED) || (meaning == ANSWER_NEED_INPUT && state == OD_TASK_WAITING);
}

int answer_tell(const struct od_host *host, od_task task, const struct answer_words *words, const struct answer *answer,
                const char *pause_kind, const char *external_ref, enum answer_meaning *meaning, char why[ANSWER_WHY_SIZE])
{
    why[0] = '\0';
    *meaning = answer->word != NULL ? answer_meaning_of(words, answer->word) : ANSWER_NONE;
    if (is_so(host, task, *meaning)) {
        *meaning = ANSWER_PENDING;
        return OD_OK;
    }
    int rc = unpause(host, task, *meaning);
    if (rc == OD_OK)
        rc = tell(host, task, *meaning, answer, pause_kind, external_ref, why);
    if ((rc == OD_EINVAL || rc == OD_ELIMIT || rc == OD_ESYNTAX) && why[0] == '\0')
        snprintf(why, ANSWER_WHY_SIZE, "it does not fit: a text is too long, or not UTF-8");
    return rc == OD_ELIMIT || rc == OD_ESYNTAX ? OD_EINVAL : rc;
}
