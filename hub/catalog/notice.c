/* SPDX-License-Identifier: Apache-2.0 */
#include "catalog/notice.h"

#include <string.h>

#include "catalog/tables.h"

#define COMMON "number code center service applicant date "
#define DATES "promised_date statutory_date "
#define STEP "matter department reason "

/* Which names a kind has beside the common ones. */
static const struct {
    const char *kind, *names;
} kinds[] = {
    {"received", ""},
    {"accepted", DATES},
    {"incomplete", "until missing "},
    {"correctable", "until missing "},
    {"supplement", "until missing "},
    {"not_required", ""},
    {"not_competent", ""},
    {"paused", DATES STEP "pause days "},
    {"resumed", DATES STEP},
    {"extended", DATES STEP "days "},
    {"redated", DATES},
    {"delegated", STEP "to text "},
    {"hearing", STEP "on chair text "},
    {"decided", "outcome "},
    {"withdrawn", ""},
    {"lapsed", ""},
    {"material_refused", "material reason "},
    {"inquiry_received", "id until "},
    {"inquiry_replied", "id text "},
    {"complaint_received", "id until "},
    {"complaint_replied", "id text "},
    {"evaluation_invited", "link "},
    {"evaluation_replied", "text "},
    {"payment_due", "fee amount "},
    {"payment_received", "fee amount receipt "},
    {"payment_refunded", "fee amount receipt reason "},
    {"result_ready", "window "},
    {"parcel_sent", "waybill carrier "},
    {"parcel_delivered", "waybill carrier "},
    {"checkpoint", "checkpoint first seq hash root time previous key signature "},
};
#define KIND_COUNT (sizeof(kinds) / sizeof(kinds[0]))

static const char *const channel_names[] = {
    [CATALOG_CHANNEL_NONE] = "", [CATALOG_CHANNEL_SMS] = "sms", [CATALOG_CHANNEL_EMAIL] = "email", [CATALOG_CHANNEL_WEBHOOK] = "webhook"};

const char *catalog_channel_name(enum catalog_channel channel)
{
    return channel_names[channel <= CATALOG_CHANNEL_WEBHOOK ? channel : CATALOG_CHANNEL_NONE];
}

enum catalog_channel catalog_channel_find(const char *name)
{
    for (enum catalog_channel channel = CATALOG_CHANNEL_SMS; channel <= CATALOG_CHANNEL_WEBHOOK; channel++)
        if (strcmp(channel_names[channel], name) == 0)
            return channel;
    return CATALOG_CHANNEL_NONE;
}

const struct catalog_witness *catalog_witnesses(const struct catalog *catalog, size_t *count)
{
    *count = catalog->witness_count;
    return catalog->witnesses;
}

const struct catalog_notice_rules *catalog_notice_rules(const struct catalog *catalog)
{
    return &catalog->notice_rules;
}

const struct catalog_notice_text *catalog_notice_text_find(const struct catalog *catalog, const char *kind, enum catalog_channel channel)
{
    const struct catalog_notice_text *found = NULL;

    for (size_t i = 0; i < catalog->notice_text_count; i++) {
        const struct catalog_notice_text *text = &catalog->notice_texts[i];

        if (strcmp(text->kind, kind) == 0 && (text->channel == channel || (text->channel == CATALOG_CHANNEL_NONE && found == NULL)))
            found = text;
    }
    return found;
}

size_t catalog_notice_kind_count(void)
{
    return KIND_COUNT;
}

const char *catalog_notice_kind_at(size_t index)
{
    return kinds[index].kind;
}

static const char *names_of(const char *kind)
{
    for (size_t i = 0; i < KIND_COUNT; i++)
        if (strcmp(kinds[i].kind, kind) == 0)
            return kinds[i].names;
    return NULL;
}

bool catalog_notice_kind_is(const char *kind)
{
    return names_of(kind) != NULL;
}

static bool has_word(const char *words, const char *word, size_t size)
{
    while (*words != '\0') {
        size_t length = strcspn(words, " ");

        if (length == size && memcmp(words, word, size) == 0)
            return true;
        words += length + 1;
    }
    return false;
}

bool catalog_notice_name_is(const char *kind, const char *name, size_t name_size)
{
    const char *names = names_of(kind);

    return name_size > 0 && names != NULL && (has_word(COMMON, name, name_size) || has_word(names, name, name_size));
}

void catalog_notice_names_put(struct base_buffer *buffer, const char *kind)
{
    const char *lists[] = {COMMON, names_of(kind)};
    const char *separator = "";

    for (size_t i = 0; i < 2; i++)
        for (const char *at = lists[i]; at != NULL && *at != '\0'; at += strcspn(at, " ") + 1) {
            base_buffer_put_format(buffer, "%s%.*s", separator, (int)strcspn(at, " "), at);
            separator = ", ";
        }
}

/* -- Filling -- */

/* U+202A..202E, U+2066..2069, U+200E, U+200F, U+061C, U+2028, U+2029: what turns or breaks a line of text. */
static size_t turning_size(const unsigned char *at)
{
    if (at[0] == 0xe2 && at[1] == 0x80 && ((at[2] >= 0xaa && at[2] <= 0xae) || at[2] == 0x8e || at[2] == 0x8f || at[2] == 0xa8 || at[2] == 0xa9))
        return 3;
    if (at[0] == 0xe2 && at[1] == 0x81 && at[2] >= 0xa6 && at[2] <= 0xa9)
        return 3;
    return at[0] == 0xd8 && at[1] == 0x9c ? 2 : 0;
}

static void value_put(struct base_buffer *buffer, const char *value)
{
    for (const unsigned char *at = (const unsigned char *)value; *at != '\0';) {
        size_t turning = turning_size(at);
        bool is_control = *at < 0x20 || *at == 0x7f || (at[0] == 0xc2 && at[1] >= 0x80 && at[1] <= 0x9f);

        if (is_control || turning > 0) {
            base_buffer_put(buffer, " ", 1);
            at += turning > 0 ? turning : *at == 0xc2 ? 2 : 1;
            continue;
        }
        bool opens = at[0] == '{' && at[1] == '{'; /* nor becomes it a name */
        base_buffer_put(buffer, at++, 1);
        if (opens)
            base_buffer_put(buffer, " ", 1);
    }
}

void catalog_notice_fill(struct base_buffer *buffer, const char *text, catalog_notice_value_cb value_of, void *owner)
{
    char name[32];

    for (const char *open; (open = strstr(text, "{{")) != NULL;) {
        const char *end = strstr(open, "}}");

        if (end == NULL)
            break;
        size_t size = (size_t)(end - open - 2);
        base_buffer_put(buffer, text, (size_t)(open - text));
        if (size > 0 && size < sizeof(name)) {
            memcpy(name, open + 2, size);
            name[size] = '\0';
            const char *value = value_of(owner, name);
            value_put(buffer, value != NULL ? value : "");
        }
        text = end + 2;
    }
    base_buffer_put_text(buffer, text);
}
