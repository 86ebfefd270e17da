/* SPDX-License-Identifier: Apache-2.0 */
/* Entries that stay when their application is erased, without what they say of a person. docs/rules/retention.md, R-7. */
#include "engine/retention.h"

#include <stdio.h>
#include <string.h>

#include "engine/errand.h"
#include "engine/result.h"

const uint8_t engine_retention_staying[ENGINE_RETENTION_STAYING] = {ENGINE_ENTRY_SCAN, ENGINE_ENTRY_DELIVERY, ENGINE_ENTRY_RESULT};

/* What a delivery says of who got it, and what people wrote about it. */
static const char *const of_recipient[] = {"recipient", "received_by", "relation", "note"};

void engine_retention_rule_format(const struct engine *engine, char more[64])
{
    snprintf(more, 64, "\"documents_years\":%d", catalog_documents_years(engine->catalog));
}

bool engine_retention_stays(uint8_t kind)
{
    return memchr(engine_retention_staying, kind, sizeof(engine_retention_staying)) != NULL;
}

static bool is_of_recipient(const char *key)
{
    bool is = false;

    for (size_t i = 0; i < sizeof(of_recipient) / sizeof(of_recipient[0]); i++)
        is = is || strcmp(key, of_recipient[i]) == 0;
    return is;
}

static bool has_recipient(const struct base_json *body)
{
    bool has = false;

    for (const struct base_json *member = base_json_first(body); member != NULL; member = base_json_next(member))
        has = has || is_of_recipient(base_json_key(member));
    return has;
}

bool engine_retention_has_personal(const struct store_entry *entry)
{
    struct base_json_error error;
    struct base_json *body = NULL;
    bool has = false;

    if (entry->kind == ENGINE_ENTRY_RESULT)
        return entry->state != ENGINE_RESULT_ERASED;
    if (base_json_parse(entry->body, entry->body_size, &body, &error) == OD_OK)
        has = entry->kind == ENGINE_ENTRY_SCAN ? base_json_member(base_json_member(body, "about"), "name") != NULL : has_recipient(body);
    base_json_destroy(body);
    return has;
}

/* Its verdict is that of a content which others may have; the name that the file had is not. */
static void put_scan(struct base_buffer *body, const struct base_json *before)
{
    for (const struct base_json *member = base_json_first(before); member != NULL; member = base_json_next(member))
        if (strcmp(base_json_key(member), "about") != 0)
            base_json_put(body, base_json_key(member), member);
    base_json_open(body, "about", '{');
    for (const struct base_json *member = base_json_first(base_json_member(before, "about")); member != NULL; member = base_json_next(member))
        if (strcmp(base_json_key(member), "name") != 0)
            base_json_put(body, base_json_key(member), member);
    base_json_close(body, '}');
}

static void put_delivery(struct base_buffer *body, const struct base_json *before)
{
    for (const struct base_json *member = base_json_first(before); member != NULL; member = base_json_next(member))
        if (!is_of_recipient(base_json_key(member)))
            base_json_put(body, base_json_key(member), member);
}

/* What was signed names the applicant; its hash stands in the journal. */
static void put_result(struct base_buffer *body, const struct engine *engine, const struct base_json *before)
{
    engine_put_ms(body, "erased_at", engine->now.ms);
    base_json_put_i64(body, "documents_years", catalog_documents_years(engine->catalog));
    base_json_put_text(body, "sha256", base_json_member_text(base_json_member(before, "signature"), "sha256"));
}

int engine_retention_redact(struct engine *engine, const struct store_entry *entry, const char *number)
{
    struct base_json_error error;
    struct base_json *before = NULL;
    struct base_buffer body = {0};
    struct store_entry redacted = *entry;
    char more[64];
    int rc = base_json_parse(entry->body, entry->body_size, &before, &error);

    base_json_open(&body, NULL, '{');
    if (entry->kind == ENGINE_ENTRY_SCAN)
        put_scan(&body, before);
    else if (entry->kind == ENGINE_ENTRY_DELIVERY)
        put_delivery(&body, before);
    else
        put_result(&body, engine, before);
    base_json_close(&body, '}');
    redacted.state = entry->kind == ENGINE_ENTRY_RESULT ? ENGINE_RESULT_ERASED : entry->state;
    redacted.body = base_buffer_text(&body);
    redacted.body_size = (uint32_t)body.size;
    engine_retention_rule_format(engine, more);
    if (rc == OD_OK)
        rc = body.is_broken ? OD_ENOMEM
                            : engine_entry_put(engine, &redacted, &(struct engine_entry_event){.type = "entry_redacted", .by = "clock", .number = number, .more = more},
                                               NULL, NULL);
    base_buffer_fini(&body);
    base_json_destroy(before);
    return rc;
}
