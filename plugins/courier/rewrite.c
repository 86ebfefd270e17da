/* SPDX-License-Identifier: Apache-2.0 */
#include "rewrite.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../http/out.h"

/* What a carrier's word means for a parcel. percent -1 = it is the end. */
static const struct {
    const char *state, *value;
    int percent;
    const char *reason;
} states[] = {
    {"ordered", "pending", 10, NULL},
    {"collected", "pending", 30, NULL},
    {"on_the_way", "pending", 60, NULL},
    {"out_for_delivery", "pending", 90, NULL},
    {"delivered", "approve", -1, NULL},
    {"refused", "reject", -1, "The recipient did not take it."},
    {"returned", "reject", -1, "The carrier brought it back."},
    {"lost", "reject", -1, "The carrier has lost it."},
};

#define STATES (sizeof(states) / sizeof(states[0]))

struct rewriting {
    const struct od_host *host;
    struct od_value words; /* the object "states" */
    struct out out;
    bool is_first; /* of the object in hand */
    char *why;
};

static int fault(struct rewriting *rewriting, const char *text)
{
    snprintf(rewriting->why, REWRITE_WHY_SIZE, "configuration: %s", text);
    return OD_EINVAL;
}

static void put_key(struct rewriting *rewriting, const char *key)
{
    out_text(&rewriting->out, rewriting->is_first ? "" : ",");
    out_quoted(&rewriting->out, key, strlen(key));
    out_text(&rewriting->out, ":");
    rewriting->is_first = false;
}

static void object_begin(struct rewriting *rewriting, const char *key)
{
    put_key(rewriting, key);
    out_text(&rewriting->out, "{");
    rewriting->is_first = true;
}

static void object_end(struct rewriting *rewriting)
{
    out_text(&rewriting->out, "}");
    rewriting->is_first = false;
}

/* A member as it stands, under http's name; nothing where it is absent. */
static void carry(struct rewriting *rewriting, const char *json, size_t size, const char *from, const char *to)
{
    struct od_value value;

    if (od_json_member(rewriting->host, json, size, from, &value) != OD_OK)
        return;
    put_key(rewriting, to);
    out_put(&rewriting->out, value.json, value.json_size);
}

static int state_of(const struct od_value *word)
{
    for (size_t i = 0; word->type == OD_VALUE_TEXT && i < STATES; i++) {
        if (strcmp(states[i].state, word->text) == 0)
            return (int)i;
    }
    return -1;
}

static int check_states(struct rewriting *rewriting)
{
    struct od_value word = {.size = sizeof(word)};
    size_t offset = 0, count = 0;
    bool has_end = false;

    if (od_config_value(rewriting->host, "states", &rewriting->words) != OD_OK || rewriting->words.type != OD_VALUE_OBJECT)
        return fault(rewriting, "states is required: the carrier's words and what they mean");
    while (od_json_next(rewriting->host, rewriting->words.json, rewriting->words.json_size, &offset, &word) == OD_OK) {
        int state = state_of(&word);

        if (state < 0)
            return fault(rewriting, "states: a word must mean ordered, collected, on_the_way, out_for_delivery, delivered, refused, "
                                    "returned or lost");
        has_end = has_end || strcmp(states[state].state, "delivered") == 0;
        if (++count > STATES_MAX)
            return fault(rewriting, "states has more than 64 words");
    }
    return has_end ? OD_OK : fault(rewriting, "states: no word means delivered");
}

/* word -> what column of the table says; nothing where it says nothing. */
static void put_words(struct rewriting *rewriting, const char *key, char column)
{
    struct od_value word = {.size = sizeof(word)};
    size_t offset = 0;
    char number[16];

    object_begin(rewriting, key);
    while (od_json_next(rewriting->host, rewriting->words.json, rewriting->words.json_size, &offset, &word) == OD_OK) {
        int state = state_of(&word);
        const char *text = column == 'v' ? states[state].value : states[state].reason;

        if ((column == 'p' && states[state].percent < 0) || (column != 'p' && text == NULL))
            continue;
        put_key(rewriting, word.key);
        snprintf(number, sizeof(number), "%d", states[state].percent);
        if (column == 'p')
            out_text(&rewriting->out, number);
        else
            out_quoted(&rewriting->out, text, strlen(text));
    }
    object_end(rewriting);
}

static int put_answer(struct rewriting *rewriting)
{
    struct od_value answer;

    if (od_config_value(rewriting->host, "answer", &answer) != OD_OK || answer.type != OD_VALUE_OBJECT)
        return fault(rewriting, "answer is required: where waybill and state stand");
    object_begin(rewriting, "answer");
    carry(rewriting, answer.json, answer.json_size, "record", "record");
    carry(rewriting, answer.json, answer.json_size, "waybill", "external_ref");
    carry(rewriting, answer.json, answer.json_size, "state", "status");
    carry(rewriting, answer.json, answer.json_size, "place", "progress");
    carry(rewriting, answer.json, answer.json_size, "reason", "reasons");
    carry(rewriting, answer.json, answer.json_size, "receipt", "document_no");
    carry(rewriting, answer.json, answer.json_size, "message", "message");
    put_words(rewriting, "values", 'v');
    put_words(rewriting, "percents", 'p');
    put_words(rewriting, "no_reasons", 'r');
    object_end(rewriting);
    return OD_OK;
}

int courier_rewrite(const struct od_host *host, char **config, size_t *size, char why[REWRITE_WHY_SIZE])
{
    static const struct {
        const char *from, *to;
    } members[] = {
        {"base_url", "base_url"}, {"mode", "mode"},   {"timeout_ms", "timeout_ms"}, {"auth", "auth"},   {"headers", "headers"},
        {"key_header", "idempotency_header"},         {"repeats", "repeats"},       {"order", "submit"}, {"track", "status"},
        {"find", "lookup"},       {"cancel", "cancel"}, {"event", "event"},         {"poll", "poll"},   {"errors", "errors"},
    };
    struct rewriting rewriting = {.host = host, .out = {.size_max = REWRITE_SIZE_MAX}, .is_first = true, .why = why};
    int rc = check_states(&rewriting);

    out_text(&rewriting.out, "{");
    for (size_t i = 0; rc == OD_OK && i < sizeof(members) / sizeof(members[0]); i++)
        carry(&rewriting, host->config, host->config_size, members[i].from, members[i].to);
    if (rc == OD_OK)
        rc = put_answer(&rewriting);
    out_text(&rewriting.out, "}");
    if (rc == OD_OK && rewriting.out.error != OD_OK)
        rc = fault(&rewriting, rewriting.out.error == OD_ELIMIT ? "it is too large" : "no memory left");
    if (rc == OD_OK) {
        *size = rewriting.out.size;
        *config = out_take(&rewriting.out);
        rc = *config != NULL ? OD_OK : OD_ENOMEM;
    }
    out_fini(&rewriting.out);
    return rc;
}
