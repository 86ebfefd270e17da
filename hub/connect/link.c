/* SPDX-License-Identifier: Apache-2.0 */
/* One connector as the engine sees it: load, offer, look at. */
#include "connect/inside.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "base/time.h"

static bool is_id(const char *id)
{
    size_t size = strlen(id);

    if (size == 0 || size > BASE_ID_MAX || id[0] == '.' || id[0] == '-' || id[0] == '_')
        return false;
    return strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789._-") == size;
}

static struct connect_link *find_role(struct connect *connect, const char *id, enum connect_role role)
{
    for (struct connect_link *link = connect_first(connect); link != NULL; link = connect_next(link))
        if (link->role == role && strcmp(link->id, id) == 0 && !(link->is_unloading && role == CONNECT_ROLE_NEXT))
            return link;
    return NULL;
}

static size_t current_count(struct connect *connect)
{
    size_t count = 0;

    for (struct connect_link *link = connect_first(connect); link != NULL; link = connect_next(link))
        count += link->role == CONNECT_ROLE_CURRENT;
    return count;
}

static int check_place(struct connect *connect, const struct connect_loading *loading, char text[512])
{
    const char *id = loading->id;

    if (!is_id(id)) {
        snprintf(text, 512, "\"%.80s\" is no connector id; use 1 to %d of a-z, 0-9, '.', '_', '-', the first a letter or digit.",
                 id, BASE_ID_MAX);
        return OD_EINVAL;
    }
    if (find_role(connect, id, loading->is_beside ? CONNECT_ROLE_NEXT : CONNECT_ROLE_CURRENT) != NULL) {
        snprintf(text, 512, loading->is_beside ? "Another version of connector %s is starting already; wait for its end."
                                               : "Connector %s is loaded already; unload it first or use another id.", id);
        return OD_EEXIST;
    }
    if (!loading->is_beside && current_count(connect) >= BASE_CONNECTORS_MAX) {
        snprintf(text, 512, "%d connectors are loaded, and more are not taken; unload one.", BASE_CONNECTORS_MAX);
        return OD_ELIMIT;
    }
    return OD_OK;
}

static void link_free(struct connect_link *link)
{
    if (link == NULL)
        return;
    connect_lines_fini(link);
    package_manifest_fini(&link->manifest);
    connect_remote_link_free(link->remote);
    package_seal_close(&link->seal);
    base_free(link->config);
    base_free(link);
}

/* As it was prepared, else it is read here and now: *seal is left as it is then. */
static int open_module(struct connect *connect, const struct connect_loading *loading, struct package *package, struct package_seal *seal,
                       char text[512])
{
    const struct connect_judge judge = connect_judge_of(connect);
    struct package_refusal refusal = {.code = ""};
    int rc = connect_prepared_take(connect, loading, package, seal, text);

    if (rc != OD_ENOTFOUND || text[0] != '\0')
        return rc;
    rc = connect_module_open(&judge, loading, package, &refusal);
    if (rc != OD_OK)
        snprintf(text, 512, "%s", refusal.text);
    return rc == OD_EIO ? OD_EINVAL : rc;
}

/* *package, and *seal where it was prepared, are the caller's on success; of a remote connector its manifest alone is filled in. */
static int check_loading(struct connect *connect, const struct connect_loading *loading, struct package *package, struct package_seal *seal,
                         char text[512])
{
    struct package read = {.is_signed = false};

    *seal = (struct package_seal){.manifest = -1, .module = -1};
    text[0] = '\0';
    int rc = check_place(connect, loading, text);
    if (rc == OD_OK && loading->remote != NULL)
        rc = connect_remote_manifest_read(loading->id, loading->remote, loading->remote_size, &read.manifest, text);
    else if (rc == OD_OK)
        rc = open_module(connect, loading, &read, seal, text);
    if (rc == OD_OK)
        rc = package_config_check(&read.manifest, loading->config, loading->config_size, text);
    if (rc == OD_OK && loading->address != NULL && !base_hash_equal(read.identity.address, loading->address)) {
        snprintf(text, 512, "%.100s was changed after it was checked; look at it again.", loading->module);
        rc = OD_EINVAL;
    }
    if (rc == OD_OK) {
        *package = read;
    } else {
        package_fini(&read);
        package_seal_close(seal);
    }
    return rc;
}

int connect_load_check(struct connect *connect, const struct connect_loading *loading, struct connect_checked *checked,
                       char text[512])
{
    struct package package = {.is_signed = false};
    struct package_seal seal;
    int rc = check_loading(connect, loading, &package, &seal, text);

    if (rc == OD_OK) {
        checked->manifest = package.manifest;
        memcpy(checked->address, package.identity.address, sizeof(checked->address));
        package.manifest = (struct package_manifest){.root = NULL};
    }
    package_seal_close(&seal);
    package_fini(&package);
    return rc;
}

/* What the link keeps of a package; the files themselves are in the module store. */
static void take_package(struct connect_link *link, struct package *package)
{
    link->manifest = package->manifest;
    package->manifest = (struct package_manifest){.root = NULL};
    link->identity = package->identity;
    link->is_signed = package->is_signed;
    memcpy(link->key, package->key, sizeof(link->key));
    memcpy(link->signed_by, package->signed_by, sizeof(link->signed_by));
    if (package->warning[0] != '\0')
        connect_line_add(link, "warning", package->warning, strlen(package->warning));
    package_fini(package);
}

static struct connect_link *link_create(struct connect *connect, const struct connect_loading *loading)
{
    struct connect_link *link = base_alloc(sizeof(*link));

    if (link == NULL)
        return NULL;
    link->seal = (struct package_seal){.manifest = -1, .module = -1};
    link->config = base_copy_text(loading->config, loading->config_size);
    if (loading->remote != NULL)
        link->remote = connect_remote_link_create(loading->remote, loading->remote_size);
    if (link->config == NULL || (loading->remote != NULL && link->remote == NULL)) {
        link_free(link);
        return NULL;
    }
    link->connect = connect;
    link->data = loading->owner_data;
    link->config_size = loading->config_size;
    link->role = loading->is_beside ? CONNECT_ROLE_NEXT : CONNECT_ROLE_CURRENT;
    link->wish = loading->wish != CONNECT_WISH_NONE ? loading->wish : CONNECT_WISH_RUN;
    snprintf(link->id, sizeof(link->id), "%s", loading->id);
    snprintf(link->module, sizeof(link->module), "%s", loading->remote == NULL ? loading->module : "");
    base_list_init(&link->later);
    base_list_init(&link->dirty);
    return link;
}

int connect_load(struct connect *connect, const struct connect_loading *loading, struct connect_link **out, char text[512])
{
    struct package package = {.is_signed = false};
    struct package_seal seal;
    struct package_refusal refusal;

    assert(!connect->is_destroying);
    int rc = check_loading(connect, loading, &package, &seal, text);
    if (rc == OD_OK && loading->remote == NULL && seal.module < 0 && (rc = package_stage_put(connect->stage, &package, &refusal)) != OD_OK)
        snprintf(text, 512, "%s", refusal.text);
    struct connect_link *link = rc == OD_OK ? link_create(connect, loading) : NULL;
    if (rc == OD_OK && link == NULL) {
        snprintf(text, 512, "No memory left for connector %s.", loading->id);
        rc = OD_ENOMEM;
    }
    if (rc != OD_OK) {
        package_fini(&package);
        package_seal_close(&seal);
        return rc;
    }
    take_package(link, &package);
    link->seal = seal;
    if (link->remote != NULL)
        link->manifest.version[0] = '\0'; /* its hello tells it */
    connect_gate_init(link);
    base_list_append(&connect->links, &link->node);
    connect->link_count++;
    uv_timer_init(connect->loop, &link->timer);
    link->timer.data = link;
    *out = link;
    connect_egress_add(link);
    if (link->wish == CONNECT_WISH_REST && link->remote == NULL && connect_module_seal(link, text) != OD_OK)
        base_log(BASE_LOG_WARNING, "connector=%s: %s", link->id, text); /* its start tells it, too */
    if (link->wish == CONNECT_WISH_REST)
        connect_link_move(link, CONNECT_DISABLED);
    else
        connect_life_start(link);
    return OD_OK;
}

void connect_switch(struct connect_link *link)
{
    struct connect_link *before = connect_find(link->connect, link->id);

    assert(link->role == CONNECT_ROLE_NEXT);
    if (before != NULL)
        connect_life_leave(before);
    link->role = CONNECT_ROLE_CURRENT;
}

static void on_closed(uv_handle_t *handle)
{
    struct connect_link *link = handle->data;
    struct connect *connect = link->connect;

    base_list_remove(&link->node);
    base_list_remove(&link->later);
    base_list_remove(&link->dirty);
    connect->link_count--;
    connect_egress_forget(link);
    connect->options.callbacks.on_unloaded(connect->options.owner, link);
    link_free(link);
    connect_later_time(connect);
}

void connect_link_close(struct connect_link *link)
{
    assert(link->session == NULL);
    if (link->is_closing)
        return;
    link->is_closing = true;
    uv_close((uv_handle_t *)&link->timer, on_closed);
}

struct connect_link *connect_find(struct connect *connect, const char *id)
{
    return find_role(connect, id, CONNECT_ROLE_CURRENT);
}

static struct connect_link *link_at(struct connect *connect, struct base_list *node)
{
    return node == &connect->links ? NULL : BASE_LIST_ENTRY(node, struct connect_link, node);
}

struct connect_link *connect_first(struct connect *connect)
{
    return connect != NULL ? link_at(connect, connect->links.next) : NULL;
}

struct connect_link *connect_next(struct connect_link *link)
{
    return link_at(link->connect, link->node.next);
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
    return link->config;
}

enum connect_state connect_link_state(const struct connect_link *link)
{
    return link->state;
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
    *in_flight = link->session != NULL ? link->session->in_hand : 0;
    *open = link->session != NULL ? link->session->open : 0;
}

bool connect_link_is_over(const struct connect_link *link)
{
    return link->session == NULL;
}

const char *connect_link_error(const struct connect_link *link)
{
    return link->last_error;
}

enum package_dedupe connect_link_dedupe(const struct connect_link *link)
{
    return link->manifest.dedupe;
}

const char *connect_link_signed_by(const struct connect_link *link)
{
    return link->is_signed ? link->signed_by : NULL;
}

bool connect_link_is_development(const struct connect_link *link)
{
    return link->remote == NULL && !link->is_signed;
}

const struct package_manifest *connect_link_manifest(const struct connect_link *link)
{
    return &link->manifest;
}

enum connect_kind connect_link_kind(const struct connect_link *link)
{
    return link->remote != NULL ? CONNECT_KIND_REMOTE : CONNECT_KIND_MODULE;
}

const uint8_t *connect_link_address(const struct connect_link *link)
{
    return link->identity.address;
}

const char *connect_link_remote(const struct connect_link *link)
{
    return link->remote != NULL ? link->remote->text : NULL;
}

uint32_t connect_link_epoch(const struct connect_link *link)
{
    return link->session != NULL && !link->session->is_ended ? link->session->epoch : 0;
}

const char *connect_state_name(enum connect_state state)
{
    static const char *const names[] = {
        [CONNECT_NONE] = "none",         [CONNECT_STARTING] = "starting", [CONNECT_ACTIVE] = "active",
        [CONNECT_DRAINING] = "draining", [CONNECT_STOPPED] = "stopped",   [CONNECT_BACKOFF] = "backoff",
        [CONNECT_QUARANTINED] = "quarantined", [CONNECT_DRAINED] = "drained", [CONNECT_DISABLED] = "disabled",
        [CONNECT_ABSENT] = "absent",
    };

    assert(state <= CONNECT_ABSENT);
    return names[state];
}

void connect_put_status_members(struct base_buffer *buffer, const struct connect_link *link)
{
    static const struct connect_session none = {0};
    const struct connect_session *session = link->session != NULL ? link->session : &none;
    char since[BASE_TIME_SIZE], answered[BASE_TIME_SIZE];

    base_zone_format(link->since_ms, since);
    base_zone_format(link->answered_ms, answered);
    base_json_put_text(buffer, "id", link->id);
    base_json_put_text(buffer, "kind", link->remote != NULL ? "remote" : "module");
    base_json_put_text(buffer, "module", link->remote != NULL ? NULL : link->module);
    base_json_put_text(buffer, "version", link->manifest.version[0] != '\0' ? link->manifest.version : NULL);
    base_json_put_text(buffer, "signed_by", connect_link_signed_by(link));
    base_json_put_bool(buffer, "is_development", connect_link_is_development(link));
    base_json_put_text(buffer, "trust_error", link->trust_error[0] != '\0' ? link->trust_error : NULL);
    base_json_put_text(buffer, "state", connect_state_name(link->state));
    base_json_put_text(buffer, "tier", link->tier[0] != '\0' ? link->tier : NULL);
    base_json_put_i64(buffer, "in_flight", session->in_hand);
    base_json_put_i64(buffer, "open", session->open <= INT32_MAX ? (int64_t)session->open : INT32_MAX);
    base_json_put_i64(buffer, "credits", link->manifest.credits);
    base_json_put_i64(buffer, "pid", session->is_running ? session->process.pid : 0);
    base_json_put_i64(buffer, "restarts", link->restarts);
    base_json_put_text(buffer, "last_error", link->last_error[0] != '\0' ? link->last_error : NULL);
    base_json_put_text(buffer, "since", since);
    base_json_put_text(buffer, "answered_at", link->answered_ms > 0 ? answered : NULL);
    connect_gate_put(buffer, link);
}

void connect_put_status(struct base_buffer *buffer, const char *key, const struct connect_link *link)
{
    base_json_open(buffer, key, '{');
    connect_put_status_members(buffer, link);
    base_json_close(buffer, '}');
}

uint32_t connect_room(const struct connect_link *link)
{
    const struct connect_session *session = link->session;

    if (link->state != CONNECT_ACTIVE || !connect_session_is_open(session) ||
        connect_outbox_size(session) >= CONNECT_OUTBOX_MAX)
        return 0;
    uint64_t credits = link->is_probe ? CONNECT_PROBE_CREDITS : link->manifest.credits;
    if (session->want < credits)
        credits = session->want;
    uint32_t gate = connect_gate_room(link);
    uint32_t room = credits > session->in_hand ? (uint32_t)(credits - session->in_hand) : 0;
    return room < gate ? room : gate;
}

int connect_put_item(struct connect_link *link, enum base_frame_kind kind, uint64_t task, const char *payload,
                     size_t payload_size)
{
    struct connect_session *session = link->session;
    bool is_offer = kind == BASE_ITEM_OFFER;

    assert(kind >= BASE_ITEM_OFFER);
    assert(kind <= BASE_ITEM_CONFIGURE); /* drain, stop and time are ours */
    if (!connect_session_is_open(session) || session->stage != CONNECT_STAGE_READY ||
        (is_offer && link->state != CONNECT_ACTIVE))
        return OD_ESTATE;
    if (payload_size > BASE_FRAME_PAYLOAD_MAX - (link->remote != NULL ? CONNECT_REMOTE_ENVELOPE_MAX : BASE_FRAME_HEADER_SIZE))
        return OD_ELIMIT;
    if (is_offer ? connect_room(link) == 0 : connect_outbox_size(session) >= 2 * CONNECT_OUTBOX_MAX) {
        session->is_put_refused = true;
        return OD_EBUSY;
    }
    int rc = connect_outbox_put(session, (uint8_t)kind, task, payload, payload_size);
    if (rc == OD_OK && is_offer) {
        session->in_hand++;
        connect_gate_offered(link);
    }
    return rc;
}

void connect_offer_ended(struct connect_link *link, uint32_t epoch)
{
    struct connect_session *session = link->session;

    if (session == NULL || session->is_ended || session->epoch != epoch)
        return;
    assert(session->in_hand > 0);
    uint32_t room_before = connect_room(link);
    session->in_hand--;
    connect_gate_ended(link, epoch);
    if (room_before == 0 && connect_room(link) > 0)
        connect_later(link, CONNECT_TELL_ROOM);
    if (session->in_hand == 0)
        connect_life_drained(link);
}
