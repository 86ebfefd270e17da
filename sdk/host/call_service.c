/* SPDX-License-Identifier: Apache-2.0 */
#include "host/call_service.h"

#include <assert.h>
#include <string.h>

#include "base/memory.h"
#include "host/base64.h"
#include "host/call.h"
#include "host/runner.h"
#include "host/text.h"

void host_services_fini(struct host *host)
{
    struct host_services *services = &host->services;

    for (uint16_t i = 0; i < services->slot_count; i++)
        base_free(services->slots[i].held);
    base_free(services->slots);
    if (services->open != NULL)
        host_asks_recycle(&host->asks, services->open);
    *services = (struct host_services){.count = 0};
}

int host_service_enter(struct host *host, const char *call)
{
    if (!host_call_is_in_place(host, call))
        return OD_ESTATE;
    return host->services.is_closed ? OD_ESTATE : OD_OK;
}

int host_service_text(struct host *host, const char *call, const char *what, const char *text, size_t size_max,
                      bool is_required)
{
    size_t size = 0;
    int rc = host_text_check(text, size_max, &size);

    if (rc == OD_ELIMIT)
        host_trap(host, 0, "%s: %s is longer than %zu bytes", call, what, size_max);
    if (rc == OD_ESYNTAX)
        host_trap(host, 0, "%s: %s is not UTF-8", call, what);
    if (rc != OD_OK || size > 0 || !is_required)
        return rc;
    host_trap(host, 0, "%s: %s is required", call, what);
    return OD_EINVAL;
}

int host_service_range(struct host *host, const char *call, const char *what, bool is_fine)
{
    if (is_fine)
        return OD_OK;
    host_trap(host, 0, "%s: %s is outside its range or not set", call, what);
    return OD_EINVAL;
}

int host_service_limit(struct host *host, const char *call, const char *what, size_t size, size_t size_max)
{
    if (size <= size_max)
        return OD_OK;
    host_trap(host, 0, "%s: %s of %zu bytes, at most %zu are allowed", call, what, size, size_max);
    return OD_ELIMIT;
}

/* A free slot, not yet among those that wait. Errors: OD_EBUSY, OD_ENOMEM. */
static int slot_take(struct host_services *services, uint16_t *slot)
{
    if (services->count == HOST_SERVICES_ROOM)
        return OD_EBUSY;
    if (services->slots == NULL)
        services->slots = base_alloc(HOST_SERVICES_ROOM * sizeof(*services->slots));
    if (services->slots == NULL)
        return OD_ENOMEM;
    if (services->free_first == 0) {
        *slot = services->slot_count++;
    } else {
        *slot = (uint16_t)(services->free_first - 1);
        services->free_first = services->slots[*slot].next;
    }
    services->slots[*slot].generation++;
    return OD_OK;
}

static void slot_free(struct host_services *services, uint16_t slot)
{
    struct host_service *service = &services->slots[slot];

    *service = (struct host_service){.generation = service->generation, .next = services->free_first};
    services->free_first = (uint16_t)(slot + 1);
}

struct base_buffer *host_service_begin(struct host *host, const char *service, int *error)
{
    struct host_services *services = &host->services;
    struct base_frame frame = {.kind = BASE_FRAME_SERVICE};

    assert(services->open == NULL);
    *error = slot_take(services, &services->open_slot);
    if (*error != OD_OK)
        return NULL;
    *error = host_asks_block(&host->asks, &services->open);
    if (*error != OD_OK) {
        slot_free(services, services->open_slot);
        return NULL;
    }
    struct base_buffer *out = &services->open->bytes;
    frame.id = (uint64_t)services->slots[services->open_slot].generation << 32 | services->open_slot;
    base_frame_begin(out, &frame);
    base_json_open(out, NULL, '{');
    base_json_put_text(out, "service", service);
    return out;
}

void host_service_put_bytes(struct base_buffer *out, const char *key, const void *bytes, size_t size)
{
    size_t text_size = HOST_BASE64_SIZE(size);

    base_json_put_raw(out, key, "\"", 1);
    if (base_buffer_reserve(out, text_size + 1) != OD_OK)
        return; /* remembered in the buffer */
    host_base64_encode(bytes, size, out->bytes + out->size);
    out->size += text_size;
    out->bytes[out->size++] = '"';
}

static void chain(struct host_services *services, uint16_t slot)
{
    services->slots[slot].next = 0;
    services->slots[slot].prev = services->last;
    if (services->last != 0)
        services->slots[services->last - 1].next = (uint16_t)(slot + 1);
    else
        services->first = (uint16_t)(slot + 1);
    services->last = (uint16_t)(slot + 1);
    services->count++;
}

static void unchain(struct host_services *services, const struct host_service *service)
{
    if (service->next != 0)
        services->slots[service->next - 1].prev = service->prev;
    else
        services->last = service->prev;
    if (service->prev != 0)
        services->slots[service->prev - 1].next = service->next;
    else
        services->first = service->next;
    services->count--;
}

int host_service_end(struct host *host, const struct host_service *service)
{
    struct host_services *services = &host->services;
    struct host_block *block = services->open;
    uint16_t slot = services->open_slot;

    assert(block != NULL);
    services->open = NULL;
    base_json_close(&block->bytes, '}');
    if (block->bytes.is_broken || block->bytes.size > BASE_FRAME_MAX) {
        bool is_broken = block->bytes.is_broken;

        host_asks_recycle(&host->asks, block);
        slot_free(services, slot);
        if (!is_broken)
            host_trap(host, 0, "%s: all of it together does not fit a frame of %d bytes", service->call,
                      BASE_FRAME_MAX);
        return is_broken ? OD_ENOMEM : OD_ELIMIT;
    }
    base_frame_end(&block->bytes, 0, 0);
    uint32_t generation = services->slots[slot].generation;
    services->slots[slot] = *service;
    services->slots[slot].generation = generation;
    chain(services, slot);
    host_asks_put(&host->asks, block);
    return OD_OK;
}

/* NULL = answered before, or cancelled. */
static struct host_service *find(struct host_services *services, uint64_t id)
{
    size_t slot = (size_t)(id & UINT32_MAX);

    if (slot >= services->slot_count)
        return NULL;
    struct host_service *service = &services->slots[slot];
    return service->on_answer != NULL && service->generation == id >> 32 ? service : NULL;
}

static int error_of(const char *code)
{
    static const struct {
        const char *code;
        int error;
    } rows[] = {
        {"denied", OD_EDENIED}, {"not_found", OD_ENOTFOUND}, {"limit", OD_ELIMIT},     {"unreachable", OD_EPEER},
        {"timeout", OD_ETIMEOUT}, {"invalid", OD_EINVAL},    {"unavailable", OD_EIO},  {"stale", OD_ESTALE},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (strcmp(code, rows[i].code) == 0)
            return rows[i].error;
    }
    return OD_EIO; /* a word of a later protocol */
}

/* A text member in scratch memory, or otherwise. */
static const char *text_of(struct host *host, struct host_view json, const char *key, const char *otherwise)
{
    struct host_view value;
    const char *text;
    size_t size;

    if (host_view_member(json, key, &value) != OD_OK || host_view_text(value, &host->scratch, &text, &size) != OD_OK)
        return otherwise;
    return text;
}

/* Where nothing is said of the effect, it may have happened. */
static void answer_read(struct host *host, struct host_view json, struct host_service_answer *answer)
{
    struct host_view error;

    *answer = (struct host_service_answer){.error = OD_OK, .effect = OD_EFFECT_UNKNOWN, .detail = "", .json = json};
    if (host_view_member(json, "error", &error) != OD_OK)
        return;
    answer->error = error_of(text_of(host, error, "code", ""));
    answer->detail = text_of(host, error, "detail", "");
    if (strcmp(text_of(host, error, "effect", "unknown"), "none") == 0)
        answer->effect = OD_EFFECT_NONE;
}

/* The slot is free before the module hears: it may ask again from its callback. */
static void settle(struct host *host, struct host_service *slot, const struct host_service_answer *answer)
{
    struct host_services *services = &host->services;
    struct host_service service = *slot;

    unchain(services, slot);
    slot_free(services, (uint16_t)(slot - services->slots));
    int rc = service.on_answer(host, &service, answer);
    if (rc == OD_ENOMEM)
        host_break(host, HOST_EXIT_MACHINE, "no memory left for an answer to %s", service.call);
    else if (rc != OD_OK)
        host_break(host, HOST_EXIT_PROTOCOL, "the hub broke the protocol: a malformed answer to %s", service.call);
    host_scratch_clear(&host->scratch);
}

static void settle_json(struct host *host, struct host_service *slot, const char *json, size_t size)
{
    struct host_service_answer answer;

    answer_read(host, (struct host_view){json, size}, &answer);
    settle(host, slot, &answer);
}

/* The first in the order of calls that is told in it, or NULL. */
static struct host_service *first_ordered(struct host_services *services)
{
    uint16_t at = services->first;

    while (at != 0 && !services->slots[at - 1].is_ordered)
        at = services->slots[at - 1].next;
    return at != 0 ? &services->slots[at - 1] : NULL;
}

/* Those whose answer came before their turn. */
static void settle_held(struct host *host)
{
    struct host_service *slot;

    while ((slot = first_ordered(&host->services)) != NULL && slot->held != NULL) {
        char *held = slot->held;

        settle_json(host, slot, held, slot->held_size);
        base_free(held);
    }
}

static void hold(struct host *host, struct host_service *slot, const struct base_frame *frame)
{
    if (slot->held != NULL)
        return; /* a repeat says the same */
    slot->held = base_copy_text(frame->payload, frame->length);
    slot->held_size = frame->length;
    if (slot->held == NULL)
        host_break(host, HOST_EXIT_MACHINE, "no memory left for an answer to %s", slot->call);
}

void host_service_run(struct host *host, const struct base_frame *frame)
{
    struct host_service *slot = find(&host->services, frame->id);

    if (slot == NULL || host_exit_of(host) != HOST_EXIT_BYE)
        return;
    if (slot->is_ordered && slot != first_ordered(&host->services)) {
        hold(host, slot, frame);
        return;
    }
    bool is_ordered = slot->is_ordered;
    settle_json(host, slot, frame->payload, frame->length);
    if (is_ordered)
        settle_held(host);
}

/* What never left this process has certainly had no effect. */
static void take_unsent(struct host *host)
{
    struct host_block *block;
    struct base_frame frame;
    size_t used;

    while ((block = host_asks_take(&host->asks)) != NULL) {
        struct host_service *slot = NULL;

        if (base_frame_read(block->bytes.bytes, block->bytes.size, &frame, &used) == OD_OK)
            slot = find(&host->services, frame.id);
        if (slot != NULL)
            slot->is_unsent = true;
        host_asks_recycle(&host->asks, block);
    }
}

void host_services_close(struct host *host)
{
    struct host_services *services = &host->services;

    services->is_closed = true;
    take_unsent(host);
    while (services->first != 0) {
        struct host_service *slot = &services->slots[services->first - 1];
        struct host_service_answer answer = {.error = OD_ECANCELLED, .detail = "the connector stops",
                                             .effect = slot->is_unsent ? OD_EFFECT_NONE : OD_EFFECT_UNKNOWN};
        char *held = slot->held;

        settle(host, slot, &answer);
        base_free(held);
    }
}

int host_service_bytes(struct host *host, struct host_view json, const char *key, const unsigned char **bytes,
                       size_t *size)
{
    struct host_view value;
    const char *text;
    size_t text_size;

    *bytes = NULL;
    *size = 0;
    int rc = host_view_member(json, key, &value);
    if (rc != OD_OK)
        return rc == OD_ENOTFOUND ? OD_OK : rc;
    rc = host_view_text(value, &host->scratch, &text, &text_size);
    if (rc != OD_OK)
        return rc == OD_ENOMEM ? OD_ENOMEM : OD_ESYNTAX;
    unsigned char *decoded = host_scratch_take(&host->scratch, text_size / 4 * 3 + 1);
    if (decoded == NULL)
        return OD_ENOMEM;
    rc = host_base64_decode(text, text_size, decoded, size);
    if (rc != OD_OK)
        return rc;
    decoded[*size] = '\0';
    *bytes = decoded;
    return OD_OK;
}

const void *host_service_extension(struct host *host, const char *id)
{
    const struct host_manifest *manifest = &host->manifest;

    if (strcmp(id, OD_KV_1) == 0)
        return manifest->has_kv ? &host->kv_table : NULL;
    if (strcmp(id, OD_HTTP_1) == 0)
        return manifest->has_http ? &host->http_table : NULL;
    if (strcmp(id, OD_SECRET_1) == 0)
        return manifest->has_secrets ? &host->secret_table : NULL;
    if (strcmp(id, OD_MATERIAL_1) == 0)
        return manifest->has_materials ? &host->material_table : NULL;
    return NULL;
}
