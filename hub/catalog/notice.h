/* SPDX-License-Identifier: Apache-2.0 */
/* What applicants are told by message: the kinds that there are, the names that their texts may use, and what the center
 * says of channels, hours and texts. Pure, but for the loaded tables. */
#ifndef CATALOG_NOTICE_H
#define CATALOG_NOTICE_H

#include "catalog/catalog.h"

#define CATALOG_CHANNELS_MAX 3          /* "sms", "email", "webhook" */
#define CATALOG_NOTICE_TEXTS_MAX 256    /* members of "notices" */
#define CATALOG_NOTICE_TEXT_MAX 4000    /* bytes of one text in one language */
#define CATALOG_ADDRESS_MAX 254         /* of test_mode */
#define CATALOG_GIVE_UP_HOURS 72        /* default of give_up_hours */
#define CATALOG_GIVE_UP_HOURS_MAX 8760

enum catalog_channel { CATALOG_CHANNEL_NONE = 0, CATALOG_CHANNEL_SMS, CATALOG_CHANNEL_EMAIL, CATALOG_CHANNEL_WEBHOOK };
const char *catalog_channel_name(enum catalog_channel channel);      /* "sms" ...; NONE: "" */
enum catalog_channel catalog_channel_find(const char *name);         /* NONE = no such channel */

/* Member "notices" of the center. */
struct catalog_notice_rules {
    enum catalog_channel channels[CATALOG_CHANNELS_MAX]; /* the first one goes first */
    size_t channel_count;
    int32_t quiet_from, quiet_to; /* minutes of the day within which no text message leaves; equal = none */
    const char *test_to;          /* every message goes there instead; NULL = no test */
    int32_t give_up_hours;        /* then a message that nobody took has failed */
};
const struct catalog_notice_rules *catalog_notice_rules(const struct catalog *catalog);

/* Who is sent each checkpoint of the journal: member "evidence" of the center. */
#define CATALOG_WITNESSES_MAX 8
struct catalog_witness {
    const char *email;     /* NULL = the other */
    const char *connector; /* id of a notifier: a webhook */
};
const struct catalog_witness *catalog_witnesses(const struct catalog *catalog, size_t *count);

/* One member of "notices": the text of one kind. */
struct catalog_notice_text {
    const char *kind;
    enum catalog_channel channel; /* NONE = of every one that has none of its own */
    struct catalog_text subject;  /* NULL items = the default */
    struct catalog_text text;
};
/* The center's own text; NULL = the one that is built in. */
const struct catalog_notice_text *catalog_notice_text_find(const struct catalog *catalog, const char *kind, enum catalog_channel channel);

/* Kinds and their names: {{name}}. */
size_t catalog_notice_kind_count(void);
const char *catalog_notice_kind_at(size_t index);
bool catalog_notice_kind_is(const char *kind);
/* May a text of that kind use the name? */
bool catalog_notice_name_is(const char *kind, const char *name, size_t name_size);
/* The names of a kind, joined by ", ", for a finding. */
void catalog_notice_names_put(struct base_buffer *buffer, const char *kind);

/* Fill text: {{name}} becomes what value_of says (NULL = nothing), in which control characters, line ends and what turns the
 * direction of writing are spaces: no value becomes structure. A name that is unknown stays out. */
typedef const char *(*catalog_notice_value_cb)(void *owner, const char *name);
void catalog_notice_fill(struct base_buffer *buffer, const char *text, catalog_notice_value_cb value_of, void *owner);

#endif
