/* SPDX-License-Identifier: Apache-2.0 */
/* The life of a connector, whatever process serves it: its versions, what was done to it by whom, and the
 * rollout under way. Private to hub/engine. What it is for people: docs/connectors/life.md.
 *
 * Kept in settings, each of them a JSON text:
 *   connector/<id>  {"department", "module" or "remote", "config", "wish"} or {"unloaded": true}
 *   versions/<id>   [{"module" or "remote", "config", "at"}], the present one first
 *   rollout/<id>    the rollout under way, with its step; absent = none
 *   past/<id>       {"doubt", "schemas"}: what former versions left behind; absent = nothing
 *   doubt/<department>  the last session of a connector that was unloaded and did not tell repeats apart
 *   history/<id>    [{"at", "by", "verb", "from", "to", "reason"}], oldest first
 *
 * A rollout is a walk of durable steps:
 *
 *   begin -> STARTING (to starts beside from) -> ready -> one transaction: route, versions, step
 *         -> SWITCHED (from hands over and leaves) -> BAKING (to is watched) -> over
 *   a rollback is the same with the roles swapped: REVERTING until from has left, and not watched
 *
 * A hub that starts reverts STARTING, completes REVERTING, and goes on with SWITCHED and BAKING. */
#ifndef ENGINE_LIFE_H
#define ENGINE_LIFE_H

#include "engine/internal.h"

#define ENGINE_VERSIONS_MAX 3        /* kept of each connector */
#define ENGINE_HISTORY_MAX 64        /* acts kept of each connector; older ones stand in the journal */
#define ENGINE_BAKE_MS 60000         /* a new version is watched for so long */
#define ENGINE_BAKE_MAX_MS 86400000
#define ENGINE_HELLO_MS 600000       /* a remote connector that is to take over comes within so long */
#define ENGINE_BAKE_FAILURES_MIN 5   /* fewer failures say nothing */
#define ENGINE_BAKE_MARGIN 100       /* per mille: the share of failures may be twice that of before, and this */
#define ENGINE_SCHEMAS_MAX 16        /* of state that tasks of one connector may hold */
#define ENGINE_REASON_MAX 1000       /* bytes of why somebody did it */
#define ENGINE_LIFE_NAME_SIZE (BASE_ID_MAX + sizeof("connector/"))

/* What serves a connector: a module, or a remote connector (remote is not NULL, module is "remote"). */
struct engine_version {
    char *module; /* owned; NULL = none */
    char *remote; /* owned: a JSON object; NULL = a module */
    char *config; /* owned: a JSON object */
    core_ms at_ms; /* since when the route goes to it; 0 = not yet */
    uint8_t address[BASE_HASH_SIZE]; /* of the module that was agreed to; zeros = not known, or not a module */
};

enum engine_rollout_step {
    ENGINE_ROLLOUT_NONE = 0,
    ENGINE_ROLLOUT_STARTING,
    ENGINE_ROLLOUT_SWITCHED,
    ENGINE_ROLLOUT_BAKING,
    ENGINE_ROLLOUT_REVERTING,
};

struct engine_rollout {
    enum engine_rollout_step step;
    struct engine_version from, to;
    core_ms since_ms;           /* of this step */
    core_ms until_ms;           /* to is watched until then; 0 = not switched yet */
    int64_t until_steady_ms;    /* the same on the monotonic clock of this process; before the switch: how long a remote one may take to come */
    uint32_t bake_ms;
    uint32_t baseline;          /* failures of from, per mille of what it answered */
    uint8_t address[BASE_HASH_SIZE]; /* of what was checked: nothing else may run */
    bool may_repeat;            /* from told repeats apart, and those before it whose offers are not settled */
    bool is_switching;          /* the transaction is on its way */
    bool is_switched;           /* to has the route */
    uint32_t number;            /* of this process: which of the connector's rollouts it is */
    struct connect_link *next;  /* to, until it has the route; NULL = not started yet, or any more */
};

/* What outlives the versions, and the rollouts, that it comes from. */
struct engine_past {
    uint32_t doubt_epoch; /* offers of sessions up to this one were in the hand of versions that may not have told repeats apart */
    int32_t schemas[ENGINE_SCHEMAS_MAX]; /* that versions which served wrote, and tasks may hold */
    size_t schema_count;
};

struct engine_life {
    struct engine_life *next_life;
    char id[BASE_ID_MAX + 1];
    struct engine_department *department; /* it has the route, or is to have it again; NULL = it is not loaded */
    struct engine_version versions[ENGINE_VERSIONS_MAX]; /* the present one first */
    size_t version_count;
    char *history[ENGINE_HISTORY_MAX];    /* owned JSON objects, oldest first */
    size_t history_count;
    struct engine_rollout rollout;
    struct engine_past past;
    uint32_t ended, failed;               /* answers of the present version, aged */
    enum connect_wish wish;               /* the last one asked for; its link has it once it is durable */
    uint32_t rollouts;                    /* begun in this process */
    bool is_led_back;                     /* at the start of this hub: its route is kept again after a full disk */
    uint32_t unloads;                     /* durable, in this process */
    bool is_loading;                      /* that it is loaded is not durable yet */
    bool is_ending;                       /* it is being unloaded, and that is not durable yet: nothing else is kept of its route */
    bool is_preparing;                    /* the version to go back to is being read */
    char rollout_error[256];              /* why the last rollout did not come to its end; "" = it did */
};

/* life.c */
struct engine_life *engine_life_find(const struct engine *engine, const char *id); /* NULL = none */
OD_MUST_CHECK int engine_life_get(struct engine *engine, const char *id, struct engine_life **out); /* Errors: OD_ENOMEM */

#define ENGINE_REMOTE "remote" /* in place of a module's name */

/* *version is zeroed or owned before. Errors (unchanged): OD_ENOMEM. */
OD_MUST_CHECK int engine_version_copy(struct engine_version *version, const struct engine_version *from);
/* {"module" or "remote", "config"; {} when absent, "at"; 0 when absent}. Errors (unchanged): OD_EINVAL, OD_ENOMEM. */
OD_MUST_CHECK int engine_version_read(struct engine_version *version, const struct base_json *tree);
void engine_version_fini(struct engine_version *version);
void engine_version_swap(struct engine_version *a, struct engine_version *b);
void engine_version_take_address(struct engine_version *version, const uint8_t address[BASE_HASH_SIZE]);
/* Of what was kept: {"address"}; absent = not known. Errors (unchanged): OD_EINVAL. */
OD_MUST_CHECK int engine_version_read_address(struct engine_version *version, const struct base_json *tree);
bool engine_version_has_address(const struct engine_version *version);
bool engine_version_equals(const struct engine_version *a, const struct engine_version *b); /* whatever at_ms, and address */
/* The list as it is once version has the route; is_back: it is the one before, and what it leads away from is forgotten.
 * Borrowed from life and version. */
size_t engine_versions_then(const struct engine_life *life, const struct engine_version *version, bool is_back,
                            const struct engine_version *then[ENGINE_VERSIONS_MAX]);
/* The same in memory. Errors (unchanged): OD_ENOMEM. */
OD_MUST_CHECK int engine_versions_take(struct engine_life *life, const struct engine_version *version, bool is_back);
struct connect_loading engine_version_loading(const struct engine_version *version, const char *id); /* borrowed from both */
void engine_life_forget(struct engine_life *life); /* it was unloaded: its history alone stays */
void engine_rollout_fini(struct engine_rollout *rollout); /* and no step */
const char *engine_rollout_step_name(enum engine_rollout_step step);
void engine_put_rollout(struct base_buffer *buffer, const char *key, const struct engine_life *life);
void engine_put_versions(struct base_buffer *buffer, const char *key, const struct engine_life *life);

/* life_store.c: into the batch being filled. Errors: OD_EBUSY, OD_ENOMEM; what was put stays: engine_batch_back. */
struct engine_route {
    const char *department;
    const struct engine_version *version;
    enum connect_wish wish;
    bool is_again; /* a rollback: the version as it ran here last; not kept */
    const uint8_t *address; /* the module must be what was checked; NULL = as version says, or any; not kept */
};
OD_MUST_CHECK int engine_life_keep_route(struct engine *engine, const char *id, const struct engine_route *route); /* NULL = unloaded */
OD_MUST_CHECK int engine_life_keep_versions(struct engine *engine, const char *id, const struct engine_version *const *versions, size_t count);
OD_MUST_CHECK int engine_life_keep_rollout(struct engine *engine, const char *id, const struct engine_rollout *rollout); /* NULL, or none: removed */
/* The route with its versions; NULL = unloaded: neither versions nor a rollout are left. */
OD_MUST_CHECK int engine_life_keep_all(struct engine *engine, const struct engine_life *life, const struct engine_route *route);
/* Into history and journal, or into the journal alone: "connector.<verb>". from, to, reason: may be NULL. config: that
 * to is given, for the journal; NULL = it stays. */
struct engine_act {
    const char *verb, *by, *from, *to, *reason, *config;
};
OD_MUST_CHECK int engine_life_note(struct engine *engine, struct engine_life *life, const struct engine_act *act);
OD_MUST_CHECK int engine_life_journal(struct engine *engine, const struct engine_life *life, const struct engine_act *act);
/* At the start: what is kept of all of them. */
OD_MUST_CHECK int engine_lives_read(struct engine *engine, struct store_reader *reader);

/* past.c */
OD_MUST_CHECK int engine_past_keep(struct engine *engine, const struct engine_life *life); /* errors as in life_store.c */
OD_MUST_CHECK int engine_past_read(struct engine_life *life, const struct base_json *tree); /* errors (unchanged): OD_EINVAL */
/* What was offered before the present session is never offered again where its effect is unknown. */
void engine_past_doubt(const struct engine *engine, struct engine_life *life);
/* Its connector is unloaded: whoever serves the department next is not to repeat what that one left unanswered,
 * unless it told repeats apart. Said before that is durable, and again after. Errors: as engine_setting_put. */
OD_MUST_CHECK int engine_past_leave(struct engine *engine, const struct engine_life *life, struct engine_department *department);
/* At the start; owner is the engine. Errors: OD_ENOMEM. */
OD_MUST_CHECK int engine_past_read_left(void *owner, const char *name, const void *value, size_t size);
/* A version of that manifest serves from now on. False: nothing changed. */
bool engine_past_add(struct engine_life *life, const struct package_manifest *manifest);
/* Forget state that no task can hold any more. */
void engine_past_settle(struct engine_life *life);
/* Can it read all state that tasks may hold? Errors (text says which): OD_ESTATE. */
OD_MUST_CHECK int engine_past_check(const struct engine_life *life, const struct package_manifest *to, char text[512]);

/* connector_start.c: the process of the route's version. Errors: of engine_route_find and connect_load; text is filled. */
OD_MUST_CHECK int engine_connector_start(struct engine *engine, const char *id, const struct engine_route *route, char text[512]);

/* rollout.c */
struct engine_rollout_plan {
    const struct engine_version *to; /* copied */
    const uint8_t *address;          /* of what was checked, and an administrator agreed to; copied */
    bool is_back;                    /* a rollback */
    uint32_t bake_ms;
    const char *verb, *by, *reason;
    engine_call_cb on_begun;         /* once it is durable, or was not: rc; NULL = nobody waits */
    void *data;
};
/* Begin; nothing of another is under way, or plan is a rollback. Errors (nothing changed): OD_EBUSY, OD_ENOMEM. */
OD_MUST_CHECK int engine_rollout_begin(struct engine *engine, struct engine_life *life, const struct engine_rollout_plan *plan);
/* One that has not switched is given up; the present version stays. */
void engine_rollout_cancel(struct engine *engine, struct engine_life *life, const char *by, const char *reason);
/* It ends with its connector. Errors: OD_EBUSY, OD_ENOMEM. */
OD_MUST_CHECK int engine_rollout_drop(struct engine *engine, struct engine_life *life);
/* Before it ends: offers of its versions may not be settled yet, and what was known of them has to outlive it. */
void engine_rollout_leave_doubt(const struct engine *engine, struct engine_life *life);
/* Before the start of its connector: what the hub was about when it ended. version: that has the route; changed when
 * the rollout leads back. Errors: OD_EBUSY, OD_ENOMEM. */
OD_MUST_CHECK int engine_rollout_continue(struct engine *engine, struct engine_life *life, const struct engine_route *route,
                                          struct engine_version *version);
/* The version that is watched cannot be started with the hub: the one before has the route again. Errors: OD_ENOTFOUND
 * none is watched; OD_EBUSY, OD_ENOMEM. */
OD_MUST_CHECK int engine_rollout_fall_back(struct engine *engine, struct engine_life *life, const struct engine_route *route,
                                           struct engine_version *version, const char *reason);
/* May the version take the present one's place, or the one before take it back? Nothing is changed; text says why not.
 * Errors: those of connect_load_check, OD_ESTATE (it cannot read the other's state). */
OD_MUST_CHECK int engine_rollout_check(struct engine *engine, const struct engine_life *life, const struct engine_version *to,
                                       struct connect_checked *checked, char text[512]); /* *checked: on success */
bool engine_rollout_is_under_way(const struct engine_life *life);
/* The version that a rollback leads to; NULL = none. */
const struct engine_version *engine_rollout_back(const struct engine_life *life);

/* connectors_look.c: what changes nothing. */
bool engine_connector_is_look(enum front_route route);
void engine_connector_look(struct engine *engine, struct front_request *request);

/* connectors.c */
#define ENGINE_CONNECTOR_UNKNOWN "没有装载这个连接器。", "No such connector is loaded."
/* The connector as it is now: current, or failed to start, or not loaded. */
void engine_connector_answer(struct engine *engine, struct front_request *request, const char *id, int status);
/* The department that waits for a connector of this id, which could not be started; NULL = none. */
struct engine_department *engine_connector_unserved(const struct engine *engine, const char *id);
/* Of the body, or reason of the query; NULL = none. False: it was refused. */
bool engine_connector_reason(struct front_request *request, const char **reason);
bool engine_connector_is_dry_run(struct front_request *request);
/* connector_tag.c: "ETag: ..." of the connector, in the request's arena; NULL = there is none. */
const char *engine_connector_tag_header(const struct engine *engine, struct front_request *request, const char *id);
/* Is the act refused before anything is looked at: dry_run neither true nor false (422), If-Match of another state (412)?
 * Then it was answered. */
bool engine_connector_is_refused(const struct engine *engine, struct front_request *request);
/* rc of loading or checking a version, at pointer, as the request's answer. */
void engine_connector_refuse(struct front_request *request, const char *pointer, int rc, const char *text);
/* prepare.c: the act of the request, all that it reads having been read; engine_connector_perform comes to it. */
void engine_connector_perform_prepared(struct engine *engine, struct front_request *request);
/* A version on its way back is read in the pool; engine_rollout_prepared follows. Errors (it does not): as connect_module_prepare. */
OD_MUST_CHECK int engine_rollout_prepare(struct engine *engine, const struct engine_life *life, const struct engine_version *version);
void engine_rollout_prepared(struct engine *engine, struct engine_life *life); /* rollout.c */

/* Load route's version for its department, when its place is free. */
void engine_connector_load(struct engine *engine, struct front_request *request, const struct engine_route *route);

/* verbs.c */
/* The request is performed anew once all that is on its way to the disk is there. Errors: OD_EBUSY, OD_ENOMEM. */
OD_MUST_CHECK int engine_connector_wait(struct engine *engine, struct front_request *request);
void engine_connector_verb(struct engine *engine, struct front_request *request);
/* Route's version in place of the one that could not be started with the hub, by the same rules; answers. */
void engine_connector_replace(struct engine *engine, struct front_request *request, const struct engine_route *route);
/* Version in place of the present one, link's, by the rules of the request's body; answers. */
void engine_connector_upgrade(struct engine *engine, struct front_request *request, struct connect_link *link,
                              const struct engine_version *version);

/* connector_plan.c: what an act would do, and nothing is done. link NULL = it is not loaded; to NULL = nothing takes its place. */
void engine_connector_plan(struct engine *engine, struct front_request *request, const struct connect_link *link,
                           const struct engine_version *to);
/* connector_diff.c: what changes between two manifests, as members; from NULL = none was there. */
void engine_put_manifest_diff(struct base_buffer *buffer, const char *key, const struct package_manifest *from,
                              const struct package_manifest *to);
/* What of to's capabilities from did not have: texts, into items; returns how many, at most count_max. arena: of the texts. */
size_t engine_capabilities_added(const struct package_manifest *from, const struct package_manifest *to, struct base_arena *arena,
                                 const char **items, size_t count_max);

#endif
