/* SPDX-License-Identifier: Apache-2.0 */
/* Delegations announced (Licensing Law art. 24): what is delegated, by whom, to whom, since when.
 *
 *   milestone delegated -> entry, in the batch of its event -> GET /v1/delegations, for everybody
 *
 * The same matter to the same body with the same words is announced once, however many applications it is for. */
#include "engine/entry.h"
#include "engine/mark.h"
#include "engine/message.h"
#include "engine/operations.h"

#include <stdio.h>
#include <string.h>

/* To whom; until it had a member of its own, the text said it. */
static const char *to_of(const struct front_request *request)
{
    return base_json_member_text(request->body, base_json_member(request->body, "to") != NULL ? "to" : "text");
}

/* What of it; NULL = all. */
static const char *text_of(const struct front_request *request)
{
    const char *text = base_json_member_text(request->body, "text");

    return base_json_member_text(request->body, "to") != NULL && text != NULL && !engine_text_is_blank(text) ? text : NULL;
}

bool engine_delegation_read(struct front_request *request)
{
    const char *to = to_of(request), *pointer = base_json_member(request->body, "to") != NULL ? "/to" : "/text";

    if (to == NULL || engine_text_is_blank(to)) {
        engine_refuse(request, pointer, "required", "请在 to 中写明受委托的机关（行政许可法第二十四条）。",
                      "Say to whom it is delegated: to (Licensing Law art. 24).");
        return false;
    }
    if (strlen(to) > ENGINE_DELEGATE_MAX) {
        engine_refuse(request, pointer, "length", "受委托机关的名称不得超过 500 字节；委托内容写在 text 中。",
                      "The body's name is at most 500 bytes; what is delegated goes into text.");
        return false;
    }
    return true;
}

void engine_delegation_put(struct base_buffer *details, const struct front_request *request)
{
    base_json_put_text(details, "to", to_of(request));
    if (text_of(request) != NULL)
        base_json_put_text(details, "text", text_of(request));
}

/* -- Into the register -- */

static void put_body(struct base_buffer *body, const struct engine *engine, const struct catalog_matter *matter, const struct front_request *request)
{
    base_json_open(body, NULL, '{');
    base_json_put_text(body, "matter", matter->id);
    catalog_put_text(body, "matter_name", &matter->name);
    base_json_put_text(body, "department", matter->department->id);
    catalog_put_text(body, "department_name", &matter->department->name);
    engine_delegation_put(body, request);
    engine_put_day(body, "on", engine->now.day);
    base_json_close(body, '}');
}

/* Of what is announced once. */
static int name_make(const struct catalog_matter *matter, const struct front_request *request, char name[2 * BASE_HASH_SIZE + 1])
{
    struct base_buffer text = {0};
    uint8_t hash[BASE_HASH_SIZE];

    base_json_open(&text, NULL, '[');
    base_json_put_text(&text, NULL, matter->id);
    base_json_put_text(&text, NULL, to_of(request));
    base_json_put_text(&text, NULL, text_of(request));
    base_json_close(&text, ']');
    int rc = text.is_broken ? OD_ENOMEM : OD_OK;
    if (rc == OD_OK) {
        base_hash(text.bytes, text.size, hash);
        base_hex(hash, sizeof(hash), name);
    }
    base_buffer_fini(&text);
    return rc;
}

static void on_stored(struct engine *engine, void *data, int rc)
{
    (void)engine;
    (void)data;
    if (rc != OD_OK && rc != OD_EEXIST)
        base_log(BASE_LOG_WARNING, "a delegation is not announced: %s", base_error_text(rc));
}

static int put(struct engine *engine, const struct catalog_matter *matter, const struct engine_department *department, const struct front_request *request)
{
    char name[2 * BASE_HASH_SIZE + 1];
    struct base_buffer body = {0};
    struct store_entry entry = {.kind = ENGINE_ENTRY_DELEGATION, .state = 1, .department = department->number, .name = name,
                                .at_ms = engine->now.ms, .wake_minute = INT64_MAX};
    struct engine_entry_event event = {.type = "delegation_announced", .by = request->identity.key_id};
    int rc = name_make(matter, request, name);

    put_body(&body, engine, matter, request);
    if (body.is_broken)
        rc = OD_ENOMEM;
    if (rc == OD_OK) {
        entry.id = engine_entry_id(engine, ENGINE_ENTRY_DELEGATION);
        entry.body = base_buffer_text(&body);
        entry.body_size = (uint32_t)body.size;
        rc = engine_entry_put(engine, &entry, &event, on_stored, NULL);
    }
    base_buffer_fini(&body);
    return rc;
}

bool engine_delegation_has_room(const struct engine *engine)
{
    return engine->filling->store->count + ENGINE_MESSAGE_ROOM <= STORE_BATCH_WRITES_MAX;
}

void engine_delegation_announce(struct engine *engine, struct engine_application *application, const struct front_request *request, unsigned task)
{
    const struct engine_department *department = engine_department_of(engine, application, task);

    if (department != NULL && put(engine, application->service->matters[task], department, request) == OD_OK)
        return;
    base_log(BASE_LOG_ERROR, "no memory for the announcement of a delegation");
    application->record.is_broken = true; /* none without its announcement: the batch is not packed */
}

/* -- For everybody -- */

static void on_page(struct engine *engine, const struct engine_entry_page *page, int rc, void *data)
{
    struct front_request *request = data;
    struct base_buffer body = {0};

    (void)engine;
    if (rc != OD_OK) {
        engine_answer_rc(request, rc);
        return;
    }
    base_json_open(&body, NULL, '{');
    base_json_open(&body, "items", '[');
    for (size_t i = 0; i < page->count; i++)
        base_json_put_raw(&body, NULL, page->entries[i].body, page->entries[i].body_size);
    base_json_close(&body, ']');
    engine_list_answer(request, "/v1/delegations", &body, page->next);
}

void engine_delegation_list(struct engine *engine, struct front_request *request)
{
    struct store_entry_filter filter = {.kind = ENGINE_ENTRY_DELEGATION, .state = -1, .department = -1};
    const char *department = front_query(request, "department"), *fault = NULL;
    int64_t limit = BASE_PAGE_DEFAULT, before = INT64_MAX;
    struct engine_department *found;

    if (department != NULL && catalog_department_find(engine->catalog, department) != NULL && engine_department_get(engine, department, &found) == OD_OK)
        filter.department = found->number;
    else if (department != NULL)
        fault = "department";
    if (!engine_query_integer(request, "limit", 1, BASE_PAGE_MAX, &limit))
        fault = "limit";
    if (!engine_query_integer(request, "cursor", 1, INT64_MAX, &before))
        fault = "cursor";
    if (fault != NULL) {
        engine_refuse_query(request, fault);
        return;
    }
    filter.before = before == INT64_MAX ? UINT64_MAX : (uint64_t)before;
    int rc = engine_entries_get(engine, &filter, (size_t)limit, on_page, request);
    if (rc != OD_OK)
        engine_answer_rc(request, rc);
}
