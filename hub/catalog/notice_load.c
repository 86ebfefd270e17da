/* SPDX-License-Identifier: Apache-2.0 */
/* Members "notices": of the center, which way and when; of a file, in which words. A name that a kind does not have is a
 * finding: no applicant ever reads "{{". */
#include <string.h>

#include "catalog/loading.h"
#include "catalog/notice.h"

static int32_t minute_read(struct catalog_loading *loading, const struct base_json *json, const struct catalog_spot *spot, const char *key)
{
    const char *text = catalog_read_string(loading, json, spot, key, true, 5);
    struct catalog_spot at = {spot, key, 0};

    if (text == NULL)
        return 0;
    bool is_time = strlen(text) == 5 && text[2] == ':' && strspn(text, "0123456789:") == 5;
    int32_t hour = is_time ? (text[0] - '0') * 10 + text[1] - '0' : 99, minute = is_time ? (text[3] - '0') * 10 + text[4] - '0' : 99;
    if (hour > 23 || minute > 59) {
        catalog_report(loading, &at, "\"%s\" is to be a time HH:MM, 00:00 to 23:59", key);
        return 0;
    }
    return hour * 60 + minute;
}

static void quiet_read(struct catalog_loading *loading, const struct base_json *json, const struct catalog_spot *up,
                       struct catalog_notice_rules *rules)
{
    static const char *const members[] = {"from", "to"};
    const struct base_json *quiet = base_json_member(json, "quiet");
    struct catalog_spot spot = {up, "quiet", 0};

    if (quiet == NULL || !catalog_read_object(loading, quiet, &spot, (struct catalog_words){members, 2}))
        return;
    rules->quiet_from = minute_read(loading, quiet, &spot, "from");
    rules->quiet_to = minute_read(loading, quiet, &spot, "to");
}

static void test_read(struct catalog_loading *loading, const struct base_json *json, const struct catalog_spot *up,
                      struct catalog_notice_rules *rules)
{
    static const char *const members[] = {"to"};
    const struct base_json *test = base_json_member(json, "test_mode");
    struct catalog_spot spot = {up, "test_mode", 0};

    if (test != NULL && catalog_read_object(loading, test, &spot, (struct catalog_words){members, 1}))
        rules->test_to = catalog_read_string(loading, test, &spot, "to", true, CATALOG_ADDRESS_MAX);
}

static void channels_read(struct catalog_loading *loading, const struct base_json *json, const struct catalog_spot *up,
                          struct catalog_notice_rules *rules)
{
    const struct base_json *list = catalog_read_list(loading, json, up, "channels", false, 1, CATALOG_CHANNELS_MAX);
    struct catalog_spot spot = {up, "channels", 0};
    size_t index = 0;

    if (list == NULL)
        return;
    rules->channel_count = 0;
    for (const struct base_json *item = base_json_first(list); item != NULL; item = base_json_next(item), index++) {
        const char *name = base_json_text(item);
        enum catalog_channel channel = name != NULL ? catalog_channel_find(name) : CATALOG_CHANNEL_NONE;
        struct catalog_spot at = {&spot, NULL, index};

        if (channel == CATALOG_CHANNEL_NONE)
            catalog_report(loading, &at, "a channel is \"sms\", \"email\" or \"webhook\"");
        for (size_t i = 0; i < rules->channel_count; i++)
            if (channel != CATALOG_CHANNEL_NONE && rules->channels[i] == channel)
                catalog_report(loading, &at, "\"%s\" stands twice", name);
        rules->channels[rules->channel_count++] = channel;
    }
}

void catalog_notice_rules_load(struct catalog_loading *loading, const struct base_json *center)
{
    static const char *const members[] = {"channels", "quiet", "test_mode", "give_up_hours"};
    struct catalog_notice_rules *rules = &loading->catalog->notice_rules;
    const struct base_json *json = base_json_member(center, "notices");
    struct catalog_spot spot = {NULL, "notices", 0};

    *rules = (struct catalog_notice_rules){.channels = {CATALOG_CHANNEL_SMS, CATALOG_CHANNEL_EMAIL, CATALOG_CHANNEL_WEBHOOK},
                                           .channel_count = CATALOG_CHANNELS_MAX, .give_up_hours = CATALOG_GIVE_UP_HOURS};
    if (json == NULL || !catalog_read_object(loading, json, &spot, (struct catalog_words){members, 4}))
        return;
    channels_read(loading, json, &spot, rules);
    quiet_read(loading, json, &spot, rules);
    test_read(loading, json, &spot, rules);
    rules->give_up_hours = (int32_t)catalog_read_integer(loading, json, &spot, "give_up_hours", 1, CATALOG_GIVE_UP_HOURS_MAX,
                                                         CATALOG_GIVE_UP_HOURS);
}

/* -- Texts -- */

static void names_report(struct catalog_loading *loading, const struct catalog_spot *spot, const char *kind, const char *name, size_t size)
{
    struct base_buffer names = {0};

    catalog_notice_names_put(&names, kind);
    catalog_report(loading, spot, "there is no {{%.*s}} in a notice \"%s\"; there are %.300s", size > 60 ? 60 : (int)size, name, kind,
                   base_buffer_text(&names));
    base_buffer_fini(&names);
}

static void text_check(struct catalog_loading *loading, const struct catalog_spot *spot, const char *kind, const char *text)
{
    if (strlen(text) > CATALOG_NOTICE_TEXT_MAX)
        catalog_report(loading, spot, "the text has %zu bytes, at most %d are allowed", strlen(text), CATALOG_NOTICE_TEXT_MAX);
    for (const char *open; (open = strstr(text, "{{")) != NULL;) {
        const char *end = strstr(open, "}}");

        if (end == NULL) {
            catalog_report(loading, spot, "\"{{\" is not closed by \"}}\"");
            return;
        }
        if (!catalog_notice_name_is(kind, open + 2, (size_t)(end - open - 2)))
            names_report(loading, spot, kind, open + 2, (size_t)(end - open - 2));
        text = end + 2;
    }
}

static void texts_check(struct catalog_loading *loading, const char *key, const char *kind, const struct catalog_text *text)
{
    static const char *const languages[CATALOG_LANGUAGES] = {"zh-CN", "en"};
    struct catalog_spot up = {NULL, key, 0};

    for (size_t i = 0; i < CATALOG_LANGUAGES; i++) {
        struct catalog_spot spot = {&up, languages[i], 0};

        if (text->in[i] != NULL)
            text_check(loading, &spot, kind, text->in[i]);
    }
}

static bool is_again(const struct catalog *catalog, const struct catalog_notice_text *text)
{
    for (size_t i = 0; i < catalog->notice_text_count; i++)
        if (strcmp(catalog->notice_texts[i].kind, text->kind) == 0 && catalog->notice_texts[i].channel == text->channel)
            return true;
    return false;
}

void catalog_notice_text_load(struct catalog_loading *loading, const struct base_json *json)
{
    static const char *const members[] = {"kind", "channel", "subject", "text"};
    static const char *const channels[] = {NULL, "sms", "email", "webhook"};
    struct catalog *catalog = loading->catalog;
    struct catalog_notice_text text = {.kind = NULL};
    struct catalog_spot kind_spot = {NULL, "kind", 0};

    if (!catalog_read_object(loading, json, NULL, (struct catalog_words){members, 4}))
        return;
    text.kind = catalog_read_string(loading, json, NULL, "kind", true, CATALOG_TEXT_MAX);
    text.channel = (enum catalog_channel)catalog_read_word(loading, json, NULL, "channel", false, (struct catalog_words){channels, 4});
    bool is_whole = catalog_read_text(loading, json, NULL, "text", true, &text.text);
    catalog_read_text(loading, json, NULL, "subject", false, &text.subject);
    if (text.kind == NULL || !is_whole)
        return;
    if (!catalog_notice_kind_is(text.kind)) {
        catalog_report(loading, &kind_spot, "there is no notice \"%.64s\"; docs/notices.md lists them", text.kind);
        return;
    }
    texts_check(loading, "text", text.kind, &text.text);
    texts_check(loading, "subject", text.kind, &text.subject);
    if (is_again(catalog, &text))
        catalog_report(loading, &kind_spot, "\"%s\" has a text for this channel already; join the two", text.kind);
    else
        catalog->notice_texts[catalog->notice_text_count++] = text;
}
