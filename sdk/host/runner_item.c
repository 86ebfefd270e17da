/* SPDX-License-Identifier: Apache-2.0 */
/* The hub's items, each turned into one callback. */
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "host/base64.h"
#include "host/call.h"
#include "host/runner.h"
#include "host/view.h"

static void break_item(struct host *host, const struct base_frame *item, const char *why)
{
    host_break(host, HOST_EXIT_PROTOCOL, "item %llu of kind %u: %s", (unsigned long long)item->id, item->kind, why);
}

/* End a value of the item with a NUL in place: the byte after it is inside the item, and read already. */
static void terminate(struct host_view value)
{
    char *end = (char *)(uintptr_t)(value.at + value.size);

    *end = '\0';
}

/* The texts of an offer, in the order in which the hub prints them. */
static const struct {
    const char *key;
    size_t offset;
} texts[] = {
    {"application", offsetof(struct od_offer, application)},
    {"task", offsetof(struct od_offer, task_number)},
    {"idempotency_key", offsetof(struct od_offer, idempotency_key)},
    {"matter", offsetof(struct od_offer, matter)},
    {"department", offsetof(struct od_offer, department)},
    {"service", offsetof(struct od_offer, service)},
    {"received_at", offsetof(struct od_offer, received_at)},
    {"promised_date", offsetof(struct od_offer, promised_date)},
    {"statutory_date", offsetof(struct od_offer, statutory_date)},
    {"external_ref", offsetof(struct od_offer, external_ref)},
};
#define TEXT_COUNT (sizeof(texts) / sizeof(texts[0]))

static int checkpoint_read(struct host *host, struct host_view value, struct od_offer *offer)
{
    const char *text;
    size_t size;
    int rc = host_view_text(value, &host->scratch, &text, &size);

    if (rc != OD_OK)
        return rc;
    unsigned char *bytes = host_scratch_take(&host->scratch, size / 4 * 3 + 1);
    if (bytes == NULL)
        return OD_ENOMEM;
    rc = host_base64_decode(text, size, bytes, &offer->checkpoint_size);
    if (rc == OD_OK)
        offer->checkpoint = bytes;
    return rc;
}

static void state_read(struct host_view value, struct od_offer *offer)
{
    struct host_view content = {value.at + 1, value.size >= 2 ? value.size - 2 : 0};

    offer->state = OD_TASK_ACCEPTED;
    if (host_view_is(content, "paused"))
        offer->state = OD_TASK_PAUSED;
    if (host_view_is(content, "waiting_applicant"))
        offer->state = OD_TASK_WAITING;
}

/* Members that the module gets as JSON. */
static const struct {
    const char *key;
    enum od_value_type type;
    size_t offset, size_offset;
} parts[] = {
    {"form", OD_VALUE_OBJECT, offsetof(struct od_offer, form), offsetof(struct od_offer, form_size)},
    {"applicant", OD_VALUE_OBJECT, offsetof(struct od_offer, applicant), offsetof(struct od_offer, applicant_size)},
    {"materials", OD_VALUE_ARRAY, offsetof(struct od_offer, materials), offsetof(struct od_offer, materials_size)},
};

static bool part_read(const struct host_view_item *member, struct od_offer *offer)
{
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        if (!host_view_is(member->key, parts[i].key) || host_view_type(member->value) != parts[i].type)
            continue;
        memcpy((char *)offer + parts[i].offset, &member->value.at, sizeof(member->value.at));
        memcpy((char *)offer + parts[i].size_offset, &member->value.size, sizeof(member->value.size));
        return true;
    }
    return false;
}

/* What is borrowed from the item is terminated in place: the byte after it belongs to the item. */
static void parts_terminate(const struct host_view json, struct od_offer *offer)
{
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        struct host_view part;

        memcpy(&part.at, (char *)offer + parts[i].offset, sizeof(part.at));
        memcpy(&part.size, (char *)offer + parts[i].size_offset, sizeof(part.size));
        if (part.at > json.at && part.at < json.at + json.size)
            terminate(part);
    }
}

/* The members that are no texts. Unknown ones are ignored: protocols grow. */
static int other_read(struct host *host, const struct host_view_item *member, struct od_offer *offer)
{
    enum od_value_type type = host_view_type(member->value);
    int64_t attempt;

    if (part_read(member, offer)) {
        return OD_OK;
    } else if (host_view_is(member->key, "attempt") && host_view_i64(member->value, &attempt) == OD_OK) {
        offer->attempt = attempt > 0 && attempt <= UINT32_MAX ? (uint32_t)attempt : 1;
    } else if (host_view_is(member->key, "redelivered") && type == OD_VALUE_BOOL) {
        offer->flags |= member->value.at[0] == 't' ? OD_OFFER_REDELIVERED : 0;
    } else if (host_view_is(member->key, "state") && type == OD_VALUE_TEXT) {
        state_read(member->value, offer);
    } else if (host_view_is(member->key, "checkpoint") && type == OD_VALUE_TEXT) {
        return checkpoint_read(host, member->value, offer);
    }
    return OD_OK;
}

/* *at: where the last text was found; the next one is most likely the one after it. */
static int member_read(struct host *host, const struct host_view_item *member, size_t *at, struct od_offer *offer)
{
    const char *text;
    size_t size;

    if (host_view_type(member->value) != OD_VALUE_TEXT)
        return other_read(host, member, offer);
    for (size_t i = 0; i < TEXT_COUNT; i++) {
        size_t row = (*at + i) % TEXT_COUNT;

        if (!host_view_is(member->key, texts[row].key))
            continue;
        int rc = host_view_text(member->value, &host->scratch, &text, &size);
        if (rc == OD_OK)
            memcpy((char *)offer + texts[row].offset, &text, sizeof(text));
        *at = row + 1;
        return rc;
    }
    return other_read(host, member, offer);
}

/* Everything but the handle. */
static int offer_read(struct host *host, const struct base_frame *item, struct od_offer *offer)
{
    struct host_view json = {item->payload, item->length};
    struct host_view_item member;
    size_t offset = 0, at = 0;
    int rc;

    *offer = (struct od_offer){
        .size = sizeof(*offer), .host = &host->table, .attempt = 1, .application = "", .task_number = "",
        .idempotency_key = "", .matter = "", .department = "", .service = "", .form = "{}", .form_size = 2,
        .applicant = "{}", .applicant_size = 2, .materials = "[]", .materials_size = 2,
        .received_at = "", .promised_date = "", .statutory_date = "", .external_ref = "",
        .state = OD_TASK_OFFERED,
    };
    while ((rc = host_view_next(json, &offset, &member)) == OD_OK) {
        rc = member.key.at != NULL ? member_read(host, &member, &at, offer) : OD_ESYNTAX;
        if (rc != OD_OK)
            return rc;
    }
    if (rc == OD_ENOTFOUND)
        parts_terminate(json, offer);
    return rc == OD_ENOTFOUND ? OD_OK : rc;
}

/* An offer that the module did not take well must not wait for ever. */
static void settle_offer(struct host *host, od_task handle, int rc)
{
    struct host_task *task = host_tasks_find(&host->tasks, handle);

    if (rc == OD_OK || task == NULL || task->state == OD_TASK_ANSWERED)
        return;
    if (rc == OD_EBUSY && task->state == OD_TASK_OFFERED) {
        int given = host->table.give_back(host, handle);

        if (given != OD_OK)
            host_break(host, HOST_EXIT_MACHINE, "cannot give a task back (error %d)", given);
        return;
    }
    host_trap(host, task->wire, "offer returned %s and left the task unanswered", base_error_name(rc));
    host_report_failure(host, task, task->is_accepted ? OD_EFFECT_DONE : OD_EFFECT_UNKNOWN, "plugin_error",
                        base_error_text(rc));
}

static int offer_call(struct host *host, const struct od_offer *offer)
{
    if ((offer->flags & OD_OFFER_RESUMED) != 0 && host->plugin.resume != NULL)
        return host->plugin.resume(host->self, offer);
    return host->plugin.offer(host->self, offer);
}

static void show_offer(struct host *host, struct host_task *task, struct od_offer *offer)
{
    uint64_t wire = task->wire;

    offer->task = host_task_handle(task);
    host_callback_enter(host, (offer->flags & OD_OFFER_RESUMED) != 0 ? "resume" : "offer", wire);
    int rc = offer_call(host, offer);
    host_callback_leave(host, wire);
    settle_offer(host, offer->task, rc);
}

static void run_offer(struct host *host, const struct base_frame *item, bool is_resumed)
{
    struct od_offer offer;
    struct host_task *task = host_tasks_find_wire(&host->tasks, item->task);

    if (task != NULL && task->state == OD_TASK_ANSWERED)
        host_task_drop(host, task); /* the hub settled that attempt already; this is the next one */
    else if (task != NULL)
        host_task_release(host, task, "offered again");
    if (item->task == 0 || offer_read(host, item, &offer) != OD_OK) {
        break_item(host, item, "malformed");
        return;
    }
    if (!is_resumed)
        offer.state = OD_TASK_OFFERED;
    else if (offer.state == OD_TASK_OFFERED)
        offer.state = OD_TASK_ACCEPTED;
    offer.flags |= is_resumed ? OD_OFFER_RESUMED | OD_OFFER_REDELIVERED : 0;
    int rc = host_tasks_add(&host->tasks, item->task, (enum od_task_state)offer.state, &task);
    if (rc != OD_OK) {
        host_break(host, HOST_EXIT_MACHINE, "no room for another task: %s", base_error_text(rc));
        return;
    }
    task->is_accepted = is_resumed;
    task->ref_hash = host_ref_hash(offer.external_ref);
    show_offer(host, task, &offer);
}

/* A member that is text, in scratch memory; "" where there is none. */
static const char *text_of(struct host *host, const struct base_frame *item, const char *key)
{
    struct host_view value;
    const char *text = "";
    size_t size;

    if (host_view_member((struct host_view){item->payload, item->length}, key, &value) != OD_OK ||
        host_view_text(value, &host->scratch, &text, &size) != OD_OK)
        return "";
    return text;
}

/* Without a cancel callback nobody can undo anything: what the department has stays there. */
static enum od_effect untold_effect(const struct host_task *task)
{
    return task->is_accepted ? OD_EFFECT_DONE : OD_EFFECT_UNKNOWN;
}

static void run_cancel(struct host *host, const struct base_frame *item, struct host_task *task)
{
    if (task == NULL) {
        host_report_cancelled(host, item->task, NULL, OD_EFFECT_UNKNOWN);
        return;
    }
    if (task->state == OD_TASK_ANSWERED || task->state == OD_TASK_CANCELLING)
        return;
    if (host->plugin.cancel == NULL) {
        host_report_cancelled(host, item->task, task, untold_effect(task));
        return;
    }
    task->state = OD_TASK_CANCELLING;
    const char *reason = text_of(host, item, "reason");
    host_callback_enter(host, "cancel", item->task);
    host->plugin.cancel(host->self, host_task_handle(task), reason);
    host_callback_leave(host, item->task);
}

typedef void (*json_cb)(void *self, od_task task, const char *json, size_t size);

/* Hand the member key of the item to the module, terminated in place. */
static void run_json(struct host *host, const struct base_frame *item, const char *key, const char *name,
                     struct host_task *task, json_cb on_json)
{
    struct host_view value;

    if (host_view_member((struct host_view){item->payload, item->length}, key, &value) != OD_OK ||
        value.at + value.size == item->payload + item->length) { /* the object is not closed */
        break_item(host, item, "malformed");
        return;
    }
    terminate(value);
    host_callback_enter(host, name, item->task);
    on_json(host->self, host_task_handle(task), value.at, value.size);
    host_callback_leave(host, item->task);
}

static void run_input(struct host *host, const struct base_frame *item, struct host_task *task)
{
    if (task == NULL || task->state == OD_TASK_ANSWERED)
        return;
    if (task->state == OD_TASK_WAITING)
        task->state = OD_TASK_ACCEPTED;
    if (host->plugin.input != NULL)
        run_json(host, item, "answer", "input", task, host->plugin.input);
    else /* the hub resumes it with the completed form */
        host_report_failure(host, task, OD_EFFECT_DONE, "input_received", "");
}

static void run_event(struct host *host, const struct base_frame *item, struct host_task *task)
{
    if (task != NULL && task->state != OD_TASK_ANSWERED && host->plugin.event != NULL)
        run_json(host, item, "body", "event", task, host->plugin.event);
}

static void run_release(struct host *host, const struct base_frame *item, struct host_task *task)
{
    if (task == NULL)
        return;
    const char *reason = text_of(host, item, "reason");
    if (task->state == OD_TASK_ANSWERED)
        host_task_drop(host, task);
    else
        host_task_release(host, task, reason);
}

static void config_set(struct host *host, char *config, size_t size)
{
    host->config = config;
    host->table.config = config;
    host->table.config_size = size;
}

static void run_configure(struct host *host, const struct base_frame *item)
{
    struct host_view value;
    char *old = host->config;
    size_t old_size = host->table.config_size;
    int rc = OD_EUNSUPPORTED;

    if (host_view_member((struct host_view){item->payload, item->length}, "config", &value) != OD_OK ||
        host_view_type(value) != OD_VALUE_OBJECT) {
        break_item(host, item, "malformed");
        return;
    }
    char *copy = base_copy_text(value.at, value.size);
    if (copy != NULL && host->plugin.reconfigure != NULL) {
        config_set(host, copy, value.size);
        host_callback_enter(host, "reconfigure", 0);
        rc = host->plugin.reconfigure(host->self);
        host_callback_leave(host, 0);
    }
    if (rc == OD_OK) {
        base_free(old);
        return;
    }
    config_set(host, old, old_size);
    base_free(copy);
    host_note(host, "warning", 0, "the new configuration needs a restart (%s); the old one stays", base_error_name(rc));
}

static void run_drain(struct host *host)
{
    if (host->is_draining)
        return;
    host->is_draining = true;
    if (host->plugin.drain == NULL)
        return;
    host_callback_enter(host, "drain", 0);
    host->plugin.drain(host->self);
    host_callback_leave(host, 0);
}

static void run_time(struct host *host, const struct base_frame *item)
{
    struct host_view value;
    int64_t now_ms;

    if (host_view_member((struct host_view){item->payload, item->length}, "now_ms", &value) != OD_OK ||
        host_view_i64(value, &now_ms) != OD_OK) {
        break_item(host, item, "malformed");
        return;
    }
    host_clock_set(&host->clock, now_ms);
    host->time_told_ms = now_ms;
    if (host->plugin.time == NULL)
        return;
    host_callback_enter(host, "time", 0);
    host->plugin.time(host->self, now_ms);
    host_callback_leave(host, 0);
}

void host_item_run(struct host *host, const struct base_frame *item)
{
    struct host_task *task = host_tasks_find_wire(&host->tasks, item->task);

    if (host_exit_of(host) != HOST_EXIT_BYE)
        return;
    switch ((int)item->kind) {
    case BASE_ITEM_OFFER:
        if (host->is_draining)
            host_report_give_back(host, item->task);
        else
            run_offer(host, item, false);
        break;
    case BASE_ITEM_RESUME: run_offer(host, item, true); break;
    case BASE_ITEM_CANCEL: run_cancel(host, item, task); break;
    case BASE_ITEM_INPUT: run_input(host, item, task); break;
    case BASE_ITEM_EVENT: run_event(host, item, task); break;
    case BASE_ITEM_RELEASE: run_release(host, item, task); break;
    case BASE_ITEM_CONFIGURE: run_configure(host, item); break;
    case BASE_ITEM_DRAIN: run_drain(host); break;
    case BASE_ITEM_STOP:
        run_drain(host);
        host->is_stopping = true;
        break;
    case BASE_ITEM_TIME: run_time(host, item); break;
    default: break; /* refused by the I/O thread already */
    }
    host_scratch_clear(&host->scratch);
}
