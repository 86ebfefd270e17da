/* SPDX-License-Identifier: Apache-2.0 */
#include "record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"

/* The body, and what is to be read out of it. */
struct source {
    const struct od_host *host;
    const struct mapping *mapping;
    struct span json; /* the record */
    struct record *record;
    char *why;
};

static int fault(const struct source *source, const char *what, const char *text)
{
    snprintf(source->why, RECORD_MESSAGE_MAX + 1, "%.100s: %.300s", what, text);
    return OD_ESYNTAX;
}

/* A copy that lives as long as the record. The store has room for the whole body once for each of the eight
 * pointers that are kept, and for the names of fields. */
static const char *keep(struct record *record, const char *text, size_t size)
{
    if (size + 1 > record->store_room - record->store_used)
        return NULL;
    char *kept = record->store + record->store_used;
    memcpy(kept, text, size);
    kept[size] = '\0';
    record->store_used += size + 1;
    return kept;
}

static void store_begin(struct record *record, size_t size)
{
    *record = (struct record){.percent = -1, .store_room = 8 * (size + 1) + OD_REASONS_MAX * (OD_NAME_MAX + 1)};
    record->store = malloc(record->store_room);
}

/* *value.type is NONE where nothing stands. Errors: OD_ESYNTAX. */
static int find(const struct source *source, const char *pointer, struct od_value *value)
{
    int rc = pointer != NULL ? pointer_read(source->host, source->json.json, source->json.size, pointer, value)
                             : OD_ENOTFOUND;

    if (rc == OD_OK && value->type != OD_VALUE_NULL)
        return OD_OK;
    *value = (struct od_value){.size = sizeof(*value)};
    return rc == OD_OK || rc == OD_ENOTFOUND ? OD_OK : fault(source, pointer, "cannot be read");
}

/* A text as it is; a number or boolean as written. NULL text: nothing stands there. */
static int find_text(const struct source *source, const char *pointer, size_t size_max, bool may_cut,
                     const char **text)
{
    struct od_value value;
    int rc = find(source, pointer, &value);

    *text = NULL;
    if (rc != OD_OK || value.type == OD_VALUE_NONE)
        return rc;
    if (value.type == OD_VALUE_OBJECT || value.type == OD_VALUE_ARRAY)
        return fault(source, pointer, "is an object or array, not a text");
    const char *from = value.type == OD_VALUE_TEXT ? value.text : value.json;
    size_t size = value.type == OD_VALUE_TEXT ? value.text_size : value.json_size;
    if (size > size_max && !may_cut)
        return fault(source, pointer, "is too long");
    if (size == 0)
        return OD_OK;
    *text = keep(source->record, from, json_cut(from, size, size_max));
    return *text != NULL ? OD_OK : OD_ENOMEM;
}

/* Blanks alone say nothing. */
static bool is_blank(const struct od_value *value)
{
    return strspn(value->text, " \t\r\n") == value->text_size;
}

/* An array of texts, or a single one. More than OD_REASONS_MAX: the rest is left out. */
static int find_texts(const struct source *source, const char *pointer, const char **texts, uint32_t *count)
{
    struct od_value value, item;
    size_t offset = 0;
    int rc = find(source, pointer, &value);

    *count = 0;
    if (rc != OD_OK || value.type == OD_VALUE_NONE)
        return rc;
    if (value.type == OD_VALUE_TEXT) {
        rc = is_blank(&value) ? OD_OK : find_text(source, pointer, OD_TEXT_MAX, true, &texts[0]);
        *count = rc == OD_OK && !is_blank(&value);
        return rc;
    }
    if (value.type != OD_VALUE_ARRAY)
        return fault(source, pointer, "is neither a text nor an array of texts");
    while (*count < OD_REASONS_MAX &&
           (rc = od_json_next(source->host, value.json, value.json_size, &offset, &item)) == OD_OK) {
        if (item.type != OD_VALUE_TEXT)
            return fault(source, pointer, "holds something that is no text");
        if (is_blank(&item))
            continue;
        texts[*count] = keep(source->record, item.text, json_cut(item.text, item.text_size, OD_TEXT_MAX));
        if (texts[(*count)++] == NULL)
            return OD_ENOMEM;
    }
    return rc == OD_OK || rc == OD_ENOTFOUND ? OD_OK : fault(source, pointer, "cannot be read");
}

static int find_number(const struct source *source, const char *pointer, int64_t max, int64_t *number)
{
    struct od_value value;
    int rc = find(source, pointer, &value);

    if (rc != OD_OK || value.type == OD_VALUE_NONE)
        return rc;
    if (value.type != OD_VALUE_NUMBER)
        return fault(source, pointer, "is no number");
    double clamped = value.number < 0 ? 0 : value.number > (double)max ? (double)max : value.number;
    *number = (int64_t)clamped;
    return OD_OK;
}

/* What the department's word means here. */
static int kind_read(const struct source *source, const char *meaning)
{
    static const struct {
        const char *word;
        enum record_kind kind;
        enum od_opinion_value opinion;
    } rows[] = {
        {"approve", RECORD_OPINION, OD_APPROVE},
        {"approve_with_conditions", RECORD_OPINION, OD_APPROVE_WITH_CONDITIONS},
        {"reject", RECORD_OPINION, OD_REJECT},
        {"not_applicable", RECORD_OPINION, OD_NOT_APPLICABLE},
        {"pending", RECORD_PENDING, OD_OPINION_NONE},
        {"need_input", RECORD_NEED_INPUT, OD_OPINION_NONE},
        {"pause", RECORD_PAUSE, OD_OPINION_NONE},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (strcmp(rows[i].word, meaning) != 0)
            continue;
        source->record->kind = rows[i].kind;
        source->record->opinion.opinion = rows[i].opinion;
        return OD_OK;
    }
    return fault(source, meaning, "is no meaning of a status");
}

/* What a word says beside its meaning, where the configuration says so. */
static void word_read(const struct source *source, const char *word)
{
    const struct span *percents = &source->mapping->percents, *reasons = &source->mapping->no_reasons;
    struct od_value value;

    if (percents->json != NULL && od_json_member(source->host, percents->json, percents->size, word, &value) == OD_OK &&
        value.is_integer && value.integer >= 0 && value.integer <= 100)
        source->record->percent = (int32_t)value.integer;
    if (reasons->json != NULL && od_json_member(source->host, reasons->json, reasons->size, word, &value) == OD_OK &&
        value.type == OD_VALUE_TEXT && value.text_size > 0)
        source->record->no_reason = value.text;
}

static int status_read(const struct source *source)
{
    const struct span *values = &source->mapping->values;
    const char *word;
    struct od_value meaning;
    int rc = find_text(source, source->mapping->status, RECORD_WORD_MAX, false, &word);

    if (rc != OD_OK)
        return rc;
    if (word == NULL)
        return fault(source, source->mapping->status, "there is no status");
    rc = od_json_member(source->host, values->json, values->size, word, &meaning);
    if (rc != OD_OK || meaning.type != OD_VALUE_TEXT)
        return fault(source, word, "is a status that answer.values does not name");
    rc = kind_read(source, meaning.text);
    if (rc == OD_OK)
        word_read(source, word);
    return rc;
}

static int opinion_read(const struct source *source)
{
    const struct mapping *mapping = source->mapping;
    struct record *record = source->record;
    struct od_opinion *opinion = &record->opinion;
    int rc = find_texts(source, mapping->reasons, record->reasons, &opinion->reason_count);

    if (rc == OD_OK)
        rc = find_texts(source, mapping->conditions, record->conditions, &opinion->condition_count);
    if (rc == OD_OK)
        rc = find_text(source, mapping->document_no, OD_EXTERNAL_REF_MAX, true, &opinion->document_no);
    if (rc != OD_OK)
        return rc;
    if (opinion->opinion == OD_REJECT && opinion->reason_count == 0)
        record->reasons[opinion->reason_count++] = record->no_reason != NULL ? record->no_reason : mapping->no_reason;
    if (opinion->opinion == OD_APPROVE_WITH_CONDITIONS && opinion->condition_count == 0)
        record->conditions[opinion->condition_count++] = mapping->no_condition;
    opinion->size = OD_OPINION_INIT;
    opinion->reasons = record->reasons;
    opinion->conditions = record->conditions;
    opinion->external_ref = record->external_ref;
    return OD_OK;
}

/* Their names of fields become ours; a name without a row is ours already. */
static int fields_read(const struct source *source)
{
    const struct span *names = &source->mapping->field_names;
    struct record *record = source->record;
    struct od_value ours;
    int rc = find_texts(source, source->mapping->fields, record->fields, &record->field_count);

    for (uint32_t i = 0; rc == OD_OK && i < record->field_count; i++) {
        if (names->json != NULL &&
            od_json_member(source->host, names->json, names->size, record->fields[i], &ours) == OD_OK &&
            ours.type == OD_VALUE_TEXT && ours.text_size <= OD_NAME_MAX)
            record->fields[i] = keep(record, ours.text, ours.text_size);
        if (record->fields[i] == NULL)
            return OD_ENOMEM;
        if (strlen(record->fields[i]) > OD_NAME_MAX)
            return fault(source, source->mapping->fields, "a name in it is too long");
    }
    if (rc == OD_OK && record->field_count == 0)
        return fault(source, "answer.fields", "the department asks for something and does not say for what");
    return rc == OD_OK ? find_text(source, source->mapping->question, OD_TEXT_MAX, true, &record->question) : rc;
}

int record_read_fields(const struct od_host *host, const struct settings *settings, const char *body, size_t size,
                       struct record *record, char why[RECORD_MESSAGE_MAX + 1])
{
    struct source source = {.host = host, .mapping = &settings->answer, .record = record, .why = why,
                            .json = {body, size}};

    store_begin(record, size);
    snprintf(why, RECORD_MESSAGE_MAX + 1, "no memory left");
    return record->store != NULL ? fields_read(&source) : OD_ENOMEM;
}

static int state_read(const struct source *source)
{
    int64_t percent = source->record->percent, days = 0;
    int rc = find_number(source, source->mapping->percent, 100, &percent);

    if (rc == OD_OK)
        rc = find_number(source, source->mapping->pause_days, 3650, &days);
    if (rc == OD_OK)
        rc = find_text(source, source->mapping->progress, OD_TEXT_MAX, true, &source->record->progress);
    source->record->percent = (int32_t)percent;
    source->record->pause_days = (uint32_t)days;
    return rc;
}

static int all_read(const struct source *source)
{
    int rc = find_text(source, source->mapping->external_ref, OD_EXTERNAL_REF_MAX, false,
                       &source->record->external_ref);

    if (rc == OD_OK)
        rc = status_read(source);
    if (rc != OD_OK)
        return rc;
    switch (source->record->kind) {
    case RECORD_OPINION: return opinion_read(source);
    case RECORD_NEED_INPUT: return fields_read(source);
    case RECORD_NONE:
    case RECORD_PENDING:
    case RECORD_PAUSE: break;
    }
    return state_read(source);
}

int record_read(const struct od_host *host, const struct settings *settings, const char *at, const char *body,
                size_t size, struct record *record, char why[RECORD_MESSAGE_MAX + 1])
{
    struct source source = {.host = host, .mapping = &settings->answer, .record = record, .why = why};
    struct od_value value;

    store_begin(record, size);
    snprintf(why, RECORD_MESSAGE_MAX + 1, "no memory left");
    if (record->store == NULL)
        return OD_ENOMEM;
    int rc = pointer_read(host, body, size, at, &value);
    if (rc != OD_OK || value.type == OD_VALUE_NULL) {
        snprintf(why, RECORD_MESSAGE_MAX + 1, "there is no record at \"%.100s\"", at);
        return rc == OD_ESYNTAX ? OD_ESYNTAX : OD_ENOTFOUND;
    }
    if (value.type != OD_VALUE_OBJECT)
        return fault(&source, "the record", "is no object");
    source.json = (struct span){value.json, value.json_size};
    return all_read(&source);
}

void record_fini(struct record *record)
{
    free(record->store);
    record->store = NULL;
}

/* Lines of a log or an officer's screen: what would break them becomes a blank. */
static void message_put(const char *text, size_t size, char *message)
{
    size = json_cut(text, size, RECORD_MESSAGE_MAX);
    memcpy(message, text, size);
    message[size] = '\0';
    for (char *byte = message; *byte != '\0'; byte++) {
        if ((unsigned char)*byte < ' ' || *byte == 0x7f)
            *byte = ' ';
    }
}

void record_message(const struct od_host *host, const struct settings *settings, const char *body, size_t size,
                    char message[RECORD_MESSAGE_MAX + 1])
{
    struct od_value value;

    message[0] = '\0';
    if (settings->answer.message != NULL && json_is_whole(body, size) &&
        pointer_read(host, body, size, settings->answer.message, &value) == OD_OK && value.type == OD_VALUE_TEXT) {
        message_put(value.text, value.text_size, message);
        return;
    }
    size_t start = json_cut(body, size, RECORD_MESSAGE_MAX);
    if (json_is_utf8(body, start))
        message_put(body, start, message);
}
