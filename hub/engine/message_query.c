/* SPDX-License-Identifier: Apache-2.0 */
/* Messages as members of staff see them, and sent once more. Who it went to is shown in part: the last digits tell two
 * numbers apart, and no list of addresses leaves the hub. */
#include "engine/message.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "+86138****5678", "w****@example.org". */
static void mask(const char *address, char text[CATALOG_ADDRESS_MAX + 8])
{
    const char *at = strchr(address, '@');
    size_t size = strlen(address), tail = at != NULL ? strlen(at) : 4, head = at != NULL ? 1 : 3;

    if (head + tail >= size || size > CATALOG_ADDRESS_MAX)
        snprintf(text, CATALOG_ADDRESS_MAX + 8, "%s", *address != '\0' ? "****" : "");
    else
        snprintf(text, CATALOG_ADDRESS_MAX + 8, "%.*s****%s", (int)head, address, address + size - tail);
}

const char *engine_message_channel(const struct engine *engine, const struct engine_errand *errand)
{
    for (size_t i = 0; errand->department != 0 && i < engine->department_count; i++)
        if (engine->departments[i]->number == errand->department)
            return engine->departments[i]->channel;
    return NULL;
}

static void put_address(struct base_buffer *body, const char *key, const struct base_json *form)
{
    const char *address = base_json_member_text(form, key);
    char text[CATALOG_ADDRESS_MAX + 8];

    if (address == NULL || *address == '\0') {
        base_json_put_null(body, key);
        return;
    }
    mask(address, text);
    base_json_put_text(body, key, text);
}

static void put_message(struct base_buffer *body, const char *key, const struct engine *engine, const struct engine_errand *errand,
                        bool is_whole)
{
    const struct base_json *form = engine_errand_member(errand, "form");

    base_json_open(body, key, '{');
    engine_errand_put_members(body, errand);
    base_json_put_text(body, "notice", base_json_member_text(engine_errand_member(errand, "about"), "kind"));
    base_json_put_text(body, "channel", engine_message_channel(engine, errand));
    base_json_put_text(body, "language", base_json_member_text(form, "language"));
    put_address(body, "phone", form);
    put_address(body, "email", form);
    if (is_whole) {
        base_json_put_text(body, "subject", base_json_member_text(form, "subject"));
        base_json_put_text(body, "text", base_json_member_text(form, "sms"));
    }
    base_json_close(body, '}');
}

/* -- List -- */

static void on_page(struct engine *engine, const struct engine_entry_page *page, int rc, void *data)
{
    struct front_request *request = data;
    struct base_buffer body = {0};

    if (rc != OD_OK) {
        engine_answer_rc(request, rc);
        return;
    }
    base_json_open(&body, NULL, '{');
    base_json_open(&body, "items", '[');
    for (size_t i = 0; i < page->count; i++) {
        struct engine_errand errand;

        if (engine_errand_read(&page->entries[i], &errand) != OD_OK)
            continue;
        put_message(&body, NULL, engine, &errand, false);
        engine_errand_fini(&errand);
    }
    base_json_close(&body, ']');
    engine_list_answer(request, "/v1/messages", &body, page->next);
}

static void list(struct engine *engine, struct front_request *request)
{
    const char *state = front_query(request, "state");
    struct store_entry_filter filter = {.kind = ENGINE_ENTRY_MESSAGE, .state = -1, .department = -1, .before = UINT64_MAX};
    int64_t limit = BASE_PAGE_DEFAULT, before = INT64_MAX;

    const char *fault = NULL;

    if (!engine_query_integer(request, "limit", 1, BASE_PAGE_MAX, &limit))
        fault = "limit";
    else if (!engine_query_integer(request, "cursor", 1, INT64_MAX, &before))
        fault = "cursor";
    else if (state != NULL && engine_errand_state_find(state) == ENGINE_ERRAND_NONE)
        fault = "state";
    if (fault != NULL) {
        engine_refuse_query(request, fault);
        return;
    }
    if (state != NULL)
        filter.state = (int16_t)engine_errand_state_find(state);
    filter.before = (uint64_t)before;
    int rc = engine_entries_get(engine, &filter, (size_t)limit, on_page, request);
    if (rc != OD_OK)
        engine_answer_rc(request, rc);
}

/* -- One -- */

static void answer_one(struct engine *engine, struct front_request *request, const struct engine_errand *errand)
{
    struct base_buffer body = {0};
    char tag[64];

    put_message(&body, NULL, engine, errand, true);
    snprintf(tag, sizeof(tag), "ETag: \"%llu\"\r\n", (unsigned long long)errand->revision);
    front_answer(request, 200, "application/json", tag, &body);
}

static void on_entry(struct engine *engine, const struct store_entry *entry, int rc, void *data)
{
    struct front_request *request = data;
    struct engine_errand errand;

    if (rc == OD_OK)
        rc = engine_errand_read(entry, &errand);
    if (rc != OD_OK) {
        engine_answer_rc(request, rc);
        return;
    }
    answer_one(engine, request, &errand);
    engine_errand_fini(&errand);
}

/* It waits, or has reached nobody: it goes out anew, by every channel. One that a gateway has is not sent twice.
 * OD_ECANCELLED: it was answered, for it has changed since it was looked at. */
static int decide_retry(struct engine *engine, struct engine_errand *errand, void *data)
{
    if (engine_answer_if_entry_changed(data, errand->revision))
        return OD_ECANCELLED;
    if (errand->state != ENGINE_ERRAND_FAILED && errand->state != ENGINE_ERRAND_WAITING && errand->state != ENGINE_ERRAND_RESTING &&
        errand->state != ENGINE_ERRAND_CANCELLED)
        return OD_ESTATE;
    errand->until_ms = engine->now.ms + (core_ms)catalog_notice_rules(engine->catalog)->give_up_hours * 3600000;
    engine_errand_restart(engine, errand);
    return OD_OK;
}

static void on_retried(struct engine *engine, const struct engine_errand *errand, int rc, void *data)
{
    struct front_request *request = data;

    if (rc == OD_OK)
        answer_one(engine, request, errand);
    else if (rc == OD_ESTATE)
        front_answer_problem(request, FRONT_CONFLICT, front_say(request, "这条消息已交给网关或已送达，不能重发。",
                                                                "A gateway has this message, or it arrived: it is not sent twice."), NULL, 0);
    else if (rc != OD_ECANCELLED)
        engine_answer_rc(request, rc);
}

void engine_message_perform(struct engine *engine, struct front_request *request)
{
    uint64_t id = 0;
    int rc = OD_OK;

    if (request->route == FRONT_MESSAGE_LIST) {
        list(engine, request);
        return;
    }
    if (!engine_errand_id_parse(&engine_message_errand, request->params[0], &id))
        rc = OD_ENOTFOUND;
    else if (request->route == FRONT_MESSAGE_SHOW)
        rc = engine_entry_get(engine, ENGINE_ENTRY_MESSAGE, id, NULL, on_entry, request);
    else
        rc = engine_errand_change(engine, ENGINE_ENTRY_MESSAGE, id, request->identity.key_id, decide_retry, on_retried, request);
    if (rc != OD_OK)
        engine_answer_rc(request, rc);
}

/* -- Beside the notices of an application -- */

static void put_brief(struct base_buffer *buffer, const struct engine *engine, const struct engine_errand *errand, const char *kind)
{
    char id[ENGINE_ERRAND_ID_SIZE];

    engine_errand_id_format(errand->kind, errand->id, id);
    base_json_open(buffer, NULL, '{');
    base_json_put_text(buffer, "id", id);
    if (kind != NULL)
        base_json_put_text(buffer, "notice", kind);
    base_json_put_text(buffer, "channel", engine_message_channel(engine, errand));
    base_json_put_text(buffer, "state", engine_errand_state_name(errand->state));
    base_json_put_i64(buffer, "attempts", errand->attempt);
    engine_put_ms(buffer, "sent_at", errand->sent_ms);
    engine_put_ms(buffer, "delivered_at", errand->state == ENGINE_ERRAND_DONE ? errand->ended_ms : 0);
    base_json_close(buffer, '}');
}

void engine_put_messages(struct base_buffer *buffer, const char *key, const struct engine *engine, const struct store_entry *entries,
                         size_t count, const char *kind, int64_t at_ms)
{
    base_json_open(buffer, key, '[');
    for (size_t i = 0; i < count; i++) {
        struct engine_errand errand;

        if (engine_errand_read(&entries[i], &errand) != OD_OK)
            continue;
        const char *own = base_json_member_text(engine_errand_member(&errand, "about"), "kind");
        if (kind == NULL)
            put_brief(buffer, engine, &errand, own);
        else if (own != NULL && strcmp(own, kind) == 0 && errand.at_ms == at_ms)
            put_brief(buffer, engine, &errand, NULL);
        engine_errand_fini(&errand);
    }
    base_json_close(buffer, ']');
}
