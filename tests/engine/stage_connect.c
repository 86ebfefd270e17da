/* SPDX-License-Identifier: Apache-2.0 */
/* The stage's connectors, behind hub/connect's header. They check what an engine owes a
 * connector: an offer is durable, comes once a session, and its credit comes back once. */
#include "engine/errand.h"
#include "engine/stage.h"

#include <assert.h>
#include <stdlib.h>

#include "lib/check.h"

static void free_link(struct connect *connect, struct connect_link *link)
{
    struct connect_link **at = &connect->links;

    while (*at != link)
        at = &(*at)->next;
    *at = link->next;
    free(link);
}

int connect_create(uv_loop_t *loop, const struct connect_options *options, struct connect **out)
{
    (void)loop;
    stage.connect = calloc(1, sizeof(*stage.connect));
    assert_non_null(stage.connect);
    stage.connect->options = *options;
    *out = stage.connect;
    return OD_OK;
}

void connect_destroy(struct connect *connect, uint64_t grace_ms, connect_destroyed_cb on_destroyed)
{
    void *owner = connect->options.owner;

    (void)grace_ms;
    while (connect->links != NULL) {
        stage_link_lose(connect->links, false, 0);
        stage_link_gone(connect->links);
        if (stage_roll(2) == 0)
            stage_turn(); /* they do not all end in one turn */
    }
    free(connect);
    stage.connect = NULL;
    on_destroyed(owner);
}

int connect_trust_load(struct connect *connect, const char *file, char text[512])
{
    (void)connect;
    (void)file;
    (void)text;
    return OD_OK;
}

int connect_modules_list(struct connect *connect, connect_listed_cb on_listed, void *data)
{
    struct base_buffer list = {0};

    base_json_open(&list, NULL, '[');
    base_json_close(&list, ']');
    on_listed(connect->options.owner, data, OD_OK, &list, false);
    base_buffer_fini(&list);
    return OD_OK;
}

/* Nothing is slow here: it is there at once. */
int connect_module_prepare(struct connect *connect, const char *module, bool is_again, connect_prepared_cb on_prepared, void *data)
{
    (void)module;
    (void)is_again;
    on_prepared(connect->options.owner, data);
    return OD_OK;
}

bool connect_module_is_at_hand(const struct connect *connect, const char *module, bool is_again)
{
    (void)connect;
    (void)module;
    (void)is_again;
    return true;
}

void connect_store_clean(struct connect *connect)
{
    (void)connect;
}

int connect_modules_put(struct base_buffer *buffer, const char *key, struct connect *connect, bool *is_cut)
{
    (void)connect;
    base_json_put_raw(buffer, key, "[]", 2);
    *is_cut = false;
    return OD_OK;
}

/* Every stage module sees whole forms. */
static const char *all[] = {"*"};
static const struct package_manifest stage_manifest = {
    .credits = 4,
    .capabilities = {.fields = {.items = all, .count = 1}, .applicant = {.items = all, .count = 1}},
};

const struct package_manifest *connect_link_manifest(const struct connect_link *link)
{
    return link->manifest != NULL ? link->manifest : &stage_manifest;
}

int connect_manifest_read(struct connect *connect, const char *module, struct package_manifest *manifest, char text[512])
{
    const struct package_manifest *known = stage.manifest_of != NULL ? stage.manifest_of(module) : NULL;

    (void)connect;
    snprintf(text, 512, "no module %.64s", module);
    if (strcmp(module, "missing") == 0 || (stage.missing != NULL && strcmp(module, stage.missing) == 0))
        return OD_ENOTFOUND;
    *manifest = known != NULL ? *known : stage_manifest;
    snprintf(manifest->id, sizeof(manifest->id), "%s", module);
    return OD_OK;
}

/* By what it is made of, and its name. */
static void put_address(const struct connect_loading *loading, uint8_t address[BASE_HASH_SIZE])
{
    memset(address, 0, BASE_HASH_SIZE);
    if (loading->remote != NULL)
        return;
    snprintf((char *)address, BASE_HASH_SIZE, "%s", loading->module);
    address[BASE_HASH_SIZE - 1] = stage.module_bytes;
}

int connect_load_check(struct connect *connect, const struct connect_loading *loading, struct connect_checked *checked,
                       char text[512])
{
    struct connect_link *link = connect->links;

    while (link != NULL && (link->role != (loading->is_beside ? CONNECT_ROLE_NEXT : CONNECT_ROLE_CURRENT) || strcmp(link->id, loading->id) != 0))
        link = link->next;
    if (link != NULL)
        return OD_EEXIST;
    if (stage.outdated != NULL && strcmp(loading->module, stage.outdated) == 0 && !loading->is_again) {
        snprintf(text, 512, "%s is older than what is trusted", loading->module);
        return OD_EDENIED;
    }
    put_address(loading, checked->address);
    if (loading->address != NULL && memcmp(loading->address, checked->address, sizeof(checked->address)) != 0) {
        snprintf(text, 512, "%s was changed", loading->module);
        return OD_EINVAL;
    }
    return connect_manifest_read(connect, loading->module, &checked->manifest, text);
}

int connect_load(struct connect *connect, const struct connect_loading *loading, struct connect_link **out, char text[512])
{
    struct connect_checked checked = {.address = {0}};
    int rc = connect_load_check(connect, loading, &checked, text);

    if (rc != OD_OK)
        return rc;
    struct connect_link *link = calloc(1, sizeof(*link));
    assert_non_null(link);
    snprintf(link->id, sizeof(link->id), "%s", loading->id);
    snprintf(link->module, sizeof(link->module), "%s", loading->module);
    link->data = loading->owner_data;
    memcpy(link->address, checked.address, sizeof(link->address));
    link->manifest = stage.manifest_of != NULL ? stage.manifest_of(link->module) : NULL;
    link->role = loading->is_beside ? CONNECT_ROLE_NEXT : CONNECT_ROLE_CURRENT;
    link->wish = loading->wish != CONNECT_WISH_NONE ? loading->wish : CONNECT_WISH_RUN;
    link->state = link->wish == CONNECT_WISH_REST ? CONNECT_DISABLED : CONNECT_STARTING;
    link->next = connect->links;
    connect->links = link;
    stage_trace("load %s %s%s", link->id, link->module, loading->is_beside ? " beside" : "");
    *out = link;
    return OD_OK;
}

static bool is_ready(const struct connect_link *link)
{
    return link->epoch != 0;
}

void stage_link_move(struct connect_link *link, enum connect_state state)
{
    const struct connect_options *options = &stage.connect->options;

    if (link->state == state)
        return;
    link->state = state;
    stage_trace("%s %s is in state %d", link->id, link->module, (int)state);
    options->callbacks.on_state(options->owner, link);
}

void connect_unload(struct connect_link *link)
{
    link->is_unloading = true;
    if (is_ready(link))
        link->state = CONNECT_DRAINING;
}

void connect_switch(struct connect_link *link)
{
    struct connect_link *before = connect_find(stage.connect, link->id);

    CHECK_I64(CONNECT_ROLE_NEXT, link->role, "the next one");
    link->role = CONNECT_ROLE_CURRENT;
    stage_trace("switch %s to %s", link->id, link->module);
    if (before == NULL)
        return;
    before->role = CONNECT_ROLE_LEAVING;
    connect_unload(before);
}

void connect_left(struct connect_link *link)
{
    CHECK_I64(CONNECT_ROLE_LEAVING, link->role, "one that was replaced");
    link->is_left = true;
}

void connect_want(struct connect_link *link, enum connect_wish wish)
{
    if (link->is_unloading || link->wish == wish)
        return;
    link->wish = wish;
    stage_trace("%s is wanted to %d", link->id, (int)wish);
    if (is_ready(link)) /* stage_link_settle, or the end of its session, comes to it */
        link->state = CONNECT_DRAINING;
    else
        link->state = wish == CONNECT_WISH_REST ? CONNECT_DISABLED : CONNECT_STARTING;
}

void stage_link_settle(struct connect_link *link)
{
    if (link->state != CONNECT_DRAINING || link->is_unloading)
        return;
    if (link->wish == CONNECT_WISH_DRAIN && link->in_hand == 0)
        stage_link_move(link, CONNECT_DRAINED);
    else if (link->wish != CONNECT_WISH_DRAIN)
        stage_link_lose(link, false, 0); /* it rests, or is started anew */
}

struct connect_link *connect_find(struct connect *connect, const char *id)
{
    struct connect_link *link = connect->links;

    while (link != NULL && (link->role != CONNECT_ROLE_CURRENT || strcmp(link->id, id) != 0))
        link = link->next;
    return link;
}

struct connect_link *connect_first(struct connect *connect)
{
    return connect->links;
}

struct connect_link *connect_next(struct connect_link *link)
{
    return link->next;
}

void *connect_link_data(const struct connect_link *link)
{
    return link->data;
}

const char *connect_link_id(const struct connect_link *link)
{
    return link->id;
}

const char *connect_link_module(const struct connect_link *link)
{
    return link->module;
}

const char *connect_link_config(const struct connect_link *link)
{
    (void)link;
    return "{}";
}

enum connect_role connect_link_role(const struct connect_link *link)
{
    return link->role;
}

enum connect_wish connect_link_wish(const struct connect_link *link)
{
    return link->wish;
}

void connect_link_counts(const struct connect_link *link, uint32_t *in_flight, uint64_t *open)
{
    *in_flight = link->in_hand;
    *open = link->held_count;
}

bool connect_link_is_over(const struct connect_link *link)
{
    return link->epoch == 0;
}

const char *connect_link_error(const struct connect_link *link)
{
    return link->epoch == 0 ? "it ended" : "";
}

enum connect_state connect_link_state(const struct connect_link *link)
{
    return link->state;
}

/* One department of two can tell repeats apart. */
enum package_dedupe connect_link_dedupe(const struct connect_link *link)
{
    if (stage.manifest_of != NULL && link->manifest != NULL)
        return link->manifest->dedupe;
    return link->id[0] == 'f' ? PACKAGE_DEDUPE_NONE : PACKAGE_DEDUPE_NATIVE;
}

uint32_t connect_link_epoch(const struct connect_link *link)
{
    return link->epoch;
}

const char *connect_state_name(enum connect_state state)
{
    return state == CONNECT_ACTIVE ? "active" : "other";
}

void connect_put_status_members(struct base_buffer *buffer, const struct connect_link *link)
{
    base_json_put_text(buffer, "id", link->id);
    base_json_put_text(buffer, "module", link->module);
    base_json_put_text(buffer, "state", connect_state_name(link->state));
}

void connect_put_status(struct base_buffer *buffer, const char *key, const struct connect_link *link)
{
    base_json_open(buffer, key, '{');
    connect_put_status_members(buffer, link);
    base_json_close(buffer, '}');
}

void connect_put_logs(struct base_buffer *buffer, const char *key, const struct connect_link *link)
{
    (void)link;
    base_json_open(buffer, key, '[');
    base_json_close(buffer, ']');
}

void connect_flush(struct connect *connect)
{
    (void)connect;
}

void connect_time(struct connect *connect)
{
    connect->is_time_owed = true;
}

void connect_figures(const struct connect *connect, struct connect_figures *figures)
{
    (void)connect;
    *figures = (struct connect_figures){0};
}

uint32_t connect_room(const struct connect_link *link)
{
    if (link->state != CONNECT_ACTIVE || link->epoch == 0 || link->outbox_left == 0)
        return 0;
    return link->credits > link->in_hand ? link->credits - link->in_hand : 0;
}

struct stage_held *stage_held(struct connect_link *link, uint64_t handle)
{
    for (size_t i = 0; i < link->held_count; i++)
        if (link->held[i].handle == handle)
            return &link->held[i];
    return NULL;
}

static struct stage_held *hold(struct connect_link *link, uint64_t handle)
{
    struct stage_held *held = stage_held(link, handle);

    if (held != NULL)
        return held;
    assert_true(link->held_count < STAGE_HELD_MAX);
    held = &link->held[link->held_count++];
    *held = (struct stage_held){.handle = handle};
    return held;
}

/* The same of an errand: its entry says who has it. */
static void check_errand(const struct connect_link *link, enum base_frame_kind kind, uint64_t handle)
{
    struct store_reader *reader = store_reader_take(stage.engine->store);
    struct base_arena arena = {0};
    struct store_entry entry;
    struct engine_errand errand;

    CHECK_I64(OD_OK, store_read_entry(reader, (uint8_t)(base_task_application(handle) >> 40 & 0xff), base_task_application(handle) & 0xffffffffff, &arena, &entry),
              "told of an errand that the disk does not have");
    CHECK_I64(OD_OK, engine_errand_read(&entry, &errand), "read");
    if (kind == BASE_ITEM_OFFER)
        CHECK_I64(ENGINE_ERRAND_OFFERED, errand.state, "offered, and the disk does not say so");
    if (kind == BASE_ITEM_OFFER || kind == BASE_ITEM_RESUME)
        CHECK_I64(link->epoch, errand.epoch, "given to a session, and the disk does not say so");
    if (kind == BASE_ITEM_RELEASE)
        CHECK(link->epoch != errand.epoch || errand.state >= ENGINE_ERRAND_DONE, "released, and the disk says that it is its own");
    engine_errand_fini(&errand);
    base_arena_fini(&arena);
    store_reader_give(stage.engine->store, reader);
}

/* Invariant 6: of the form and the documents a connector is told what its matter declares. */
static void check_declared(const struct catalog_matter *matter, const char *payload, size_t size)
{
    struct base_json_error error;
    struct base_json *tree = NULL;
    char *text = strndup(payload, size);

    assert_non_null(text);
    CHECK_I64(OD_OK, base_json_parse(text, size, &tree, &error), "a payload is JSON");
    const struct base_json *forms[] = {base_json_member(tree, "form"), base_json_member(tree, "answer")};
    for (size_t i = 0; i < COUNT(forms); i++)
        for (const struct base_json *field = base_json_first(forms[i]); field != NULL; field = base_json_next(field)) {
            bool is_declared = false;
            for (size_t k = 0; k < matter->field_count; k++)
                is_declared = is_declared || strcmp(matter->fields[k], base_json_key(field)) == 0;
            CHECK(is_declared, base_json_key(field));
        }
    for (const struct base_json *item = base_json_first(base_json_member(tree, "materials")); item != NULL; item = base_json_next(item)) {
        bool is_asked_for = false;
        for (size_t k = 0; k < matter->material_count; k++)
            is_asked_for = is_asked_for || strcmp(matter->materials[k].id, base_json_member_text(item, "material")) == 0;
        CHECK(is_asked_for, base_json_member_text(item, "material"));
    }
    base_json_destroy(tree);
    free(text);
}

/* Invariant 3: the disk has the offer before the department hears of it. */
static void check_durable(const struct connect_link *link, enum base_frame_kind kind, uint64_t handle, const char *payload, size_t size)
{
    struct engine_application *application;
    const struct core_task *task;

    if (engine_errand_is(handle)) {
        check_errand(link, kind, handle);
        return;
    }
    application = stage_read(base_task_application(handle));
    CHECK(application != NULL, "told of an application that the disk does not have");
    task = &application->core->tasks[base_task_index(handle)];
    check_declared(application->service->matters[base_task_index(handle)], payload, size);
    if (kind == BASE_ITEM_OFFER)
        CHECK_I64(CORE_TASK_OFFERED, task->state, "offered, and the disk does not say so");
    if (kind == BASE_ITEM_OFFER || kind == BASE_ITEM_RESUME)
        CHECK_I64(link->epoch, task->epoch, "given to a session, and the disk does not say so");
    if (kind == BASE_ITEM_RELEASE)
        CHECK(link->epoch != task->epoch, "released, and the disk says that it is its own");
    if (kind == BASE_ITEM_CANCEL)
        CHECK_I64(CORE_TASK_CANCELLED, task->state, "cancelled, and the disk does not say so");
    engine_application_destroy(application);
}

static void note_event(struct connect_link *link)
{
    const char *id = strstr(link->given, "\"id\":\"") + 6;
    size_t size = strlen(link->events);

    snprintf(link->events + size, sizeof(link->events) - size, "%.*s ", (int)strcspn(id, "\""), id);
}

static void take_item(struct connect_link *link, enum base_frame_kind kind, uint64_t handle)
{
    struct stage_held *held = hold(link, handle);

    if (kind == BASE_ITEM_OFFER) {
        CHECK_I64(CONNECT_ROLE_CURRENT, link->role, "offered to the one that has the route");
        CHECK(held->holding == STAGE_FREE || held->holding == STAGE_ENDED, "offered while the session has it");
        held->holding = STAGE_OFFERED;
        link->in_hand++;
        stage.offers++;
    } else if (kind == BASE_ITEM_RESUME) {
        held->holding = STAGE_ACCEPTED;
        stage.resumes++;
    } else if (kind == BASE_ITEM_RELEASE) {
        held->holding = STAGE_ENDED;
        stage.releases++;
    } else if (kind == BASE_ITEM_CANCEL) {
        held->holding = STAGE_CANCELLING;
    } else if (kind == BASE_ITEM_INPUT && held->holding == STAGE_ASKED) {
        held->holding = STAGE_ACCEPTED;
    } else if (kind == BASE_ITEM_EVENT) {
        CHECK(held->holding != STAGE_FREE && held->holding != STAGE_ENDED, "an event of a task that the session has not");
        note_event(link);
    }
}

int connect_put_item(struct connect_link *link, enum base_frame_kind kind, uint64_t task, const char *payload, size_t payload_size)
{
    struct base_json_error error;

    if (stage.is_dead)
        return OD_OK;
    if (link->epoch == 0 || (kind == BASE_ITEM_OFFER && link->state != CONNECT_ACTIVE))
        return OD_ESTATE;
    if (link->is_put_too_large)
        return OD_ELIMIT;
    if (link->outbox_left == 0 || (kind == BASE_ITEM_OFFER && connect_room(link) == 0)) {
        link->is_put_refused = true;
        return OD_EBUSY;
    }
    link->outbox_left--;
    CHECK_I64(OD_OK, base_json_check(payload, payload_size, &error), "a payload is JSON");
    snprintf(link->given, sizeof(link->given), "%.*s", (int)payload_size, payload);
    stage_trace("%s.%u item %d task %llx", link->id, link->epoch, (int)kind, (unsigned long long)task);
    check_durable(link, kind, task, payload, payload_size);
    take_item(link, kind, task);
    return OD_OK;
}

void connect_link_succeed(struct connect_link *link)
{
    link->successes++;
}

bool connect_link_fail(struct connect_link *link, uint64_t task)
{
    CHECK(task != 0, "it names the task");
    return ++link->failures == link->failures_max;
}

void connect_offer_ended(struct connect_link *link, uint32_t epoch)
{
    if (stage.is_dead || link->epoch == 0 || link->epoch != epoch)
        return;
    CHECK(link->in_hand > 0, "a credit comes back once");
    link->in_hand--;
    stage_trace("%s.%u credit", link->id, epoch);
    link->is_put_refused = true; /* there may be room again */
}

static void settle_held(struct connect_link *link, const struct stage_token *token, enum base_answer answer)
{
    struct stage_held *held = hold(link, token->handle);

    if (held->holding == STAGE_CANCELLING && token->kind != BASE_ITEM_CANCELLED)
        return; /* the confirmation is still to come */
    if (answer == BASE_ANSWER_STALE)
        held->holding = STAGE_ENDED;
    if (answer != BASE_ANSWER_OK && !(answer == BASE_ANSWER_CONFLICT && token->kind == BASE_ITEM_OPINION))
        return;
    switch ((int)token->kind) {
    case BASE_ITEM_ACCEPT:
    case BASE_ITEM_UNPAUSE: held->holding = STAGE_ACCEPTED; break;
    case BASE_ITEM_PAUSE: held->holding = STAGE_PAUSED; break;
    case BASE_ITEM_NEED_INPUT: held->holding = STAGE_ASKED; break;
    case BASE_ITEM_OPINION:
    case BASE_ITEM_FAIL:
    case BASE_ITEM_GIVE_BACK:
    case BASE_ITEM_CANCELLED: held->holding = STAGE_ENDED; break;
    default: break;
    }
}

void connect_answer(struct connect_link *link, uint64_t token, size_t index, enum base_answer answer, const char *reason)
{
    struct stage_token *open = &link->tokens[token & (STAGE_REPORTS_MAX - 1)];

    if (stage.is_dead || token >> 8 != link->epoch)
        return;
    CHECK_I64(0, index, "one item");
    CHECK(open->is_open, "a report is answered once");
    CHECK((answer == BASE_ANSWER_REFUSED) == (reason != NULL), "a refusal has its reason, and nothing else has one");
    stage_trace("%s.%u answer %d to %u task %llx", link->id, link->epoch, (int)answer, open->kind, (unsigned long long)open->handle);
    open->is_open = false;
    settle_held(link, open, answer);
}

/* -- What the test does -- */

struct connect_link *stage_link(const char *id)
{
    return connect_find(stage.connect, id);
}

void stage_link_ready(struct connect_link *link)
{
    const struct connect_options *options = &stage.connect->options;

    assert_true(link->epoch == 0 && !link->is_unloading);
    link->epoch = options->callbacks.take_epoch(options->owner);
    link->state = link->wish == CONNECT_WISH_DRAIN ? CONNECT_DRAINED : CONNECT_ACTIVE;
    link->in_hand = 0;
    link->credits = 1 + stage_roll(6);
    link->outbox_left = UINT32_MAX;
    link->held_count = 0;
    link->events[0] = '\0';
    memset(link->tokens, 0, sizeof(link->tokens));
    stage_trace("%s.%u ready", link->id, link->epoch);
    options->callbacks.on_ready(options->owner, link);
}

void stage_link_lose(struct connect_link *link, bool is_crash, uint64_t task_in_hand)
{
    const struct connect_options *options = &stage.connect->options;
    uint32_t epoch = link->epoch;

    if (epoch == 0)
        return;
    stage_trace("%s.%u lost", link->id, epoch);
    link->epoch = 0;
    link->in_hand = 0;
    if (!link->is_unloading)
        link->state = link->wish == CONNECT_WISH_REST ? CONNECT_DISABLED : is_crash ? CONNECT_BACKOFF : CONNECT_STARTING;
    options->callbacks.on_lost(options->owner, link, epoch, is_crash, task_in_hand);
    options->callbacks.on_state(options->owner, link);
}

void stage_link_gone(struct connect_link *link)
{
    const struct connect_options *options = &stage.connect->options;

    stage_trace("%s gone", link->id);
    link->state = CONNECT_STOPPED;
    options->callbacks.on_unloaded(options->owner, link);
    free_link(stage.connect, link);
}

void stage_report(struct connect_link *link, uint8_t kind, uint64_t handle, const char *payload)
{
    const struct connect_options *options = &stage.connect->options;
    unsigned slot = 0;

    while (slot < STAGE_REPORTS_MAX && link->tokens[slot].is_open)
        slot++;
    if (slot == STAGE_REPORTS_MAX)
        return; /* a real session would wait, too */
    link->tokens[slot] = (struct stage_token){.is_open = true, .kind = kind, .handle = handle};
    stage_trace("%s.%u reports %u task %llx %s", link->id, link->epoch, kind, (unsigned long long)handle, payload);
    struct connect_report report = {.kind = kind, .report_id = 1, .task = handle, .epoch = link->epoch,
                                    .payload = payload, .payload_size = strlen(payload)};
    options->callbacks.on_report(options->owner, link, (uint64_t)link->epoch << 8 | slot, &report, 1);
}

void stage_rooms(void)
{
    const struct connect_options *options = &stage.connect->options;

    for (struct connect_link *link = stage.connect->links; link != NULL; link = link->next)
        if (link->is_put_refused && link->outbox_left > 0 && link->epoch != 0 && link->state == CONNECT_ACTIVE) {
            link->is_put_refused = false;
            options->callbacks.on_room(options->owner, link);
        }
    if (stage.connect->is_time_owed) {
        stage.connect->is_time_owed = false;
        options->callbacks.on_time_seen(options->owner);
    }
}

enum connect_kind connect_link_kind(const struct connect_link *link)
{
    (void)link;
    return CONNECT_KIND_MODULE;
}

bool connect_link_look_trust(struct connect_link *link)
{
    bool is_news = link->is_distrusted;

    link->is_distrusted = false;
    return is_news;
}

const uint8_t *connect_link_address(const struct connect_link *link)
{
    return link->address;
}

const char *connect_link_remote(const struct connect_link *link)
{
    (void)link;
    return NULL;
}

bool connect_offer_never_left(const struct connect *connect, uint32_t epoch, uint64_t task)
{
    (void)connect;
    (void)epoch;
    (void)task;
    return false;
}

int connect_remote_request(struct connect *connect, const char *id, const char *request, const char *text, size_t size,
                           void *asker)
{
    (void)connect;
    (void)id;
    (void)request;
    (void)text;
    (void)size;
    (void)asker;
    return OD_ENOTFOUND; /* the stage has modules alone */
}

void connect_remote_gone(struct connect *connect, const void *asker)
{
    (void)connect;
    (void)asker;
}

void connect_remote_close(struct connect *connect)
{
    (void)connect;
}
