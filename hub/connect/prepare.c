/* SPDX-License-Identifier: Apache-2.0 */
/* Modules are read, unpacked, hashed and written in the thread pool while the hub serves; the loop only waits.
 *
 *   connect_module_prepare -> [pool: open, verify, stage, seal] -> on_prepared -> connect_load_check, connect_load
 *   connect_modules_list   -> [pool: manifests of the folder]   -> on_listed
 *   connect_life_ready     -> [pool: loaded.json]               -> connect_life_noted -> on_ready
 *
 * What was prepared is one object: what is checked, what an administrator approves and what a host gets are the same
 * bytes. Whether they are trusted is asked again each time, since that can end meanwhile. */
#include "connect/inside.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/memory.h"

struct connect_prepared {
    struct base_list node; /* of connect->prepared */
    struct connect *connect;
    uv_work_t work;
    struct connect_judge judge;
    struct connect_trust *trust; /* held for the job */
    char module[CONNECT_MODULE_MAX + 1];
    bool is_again;
    connect_prepared_cb on_prepared;
    void *data;
    struct package package; /* of its files the manifest alone is kept */
    struct package_seal seal;
    int rc;
    struct package_refusal refusal;
    uint64_t since_ms;
};

static void prepared_free(struct connect_prepared *prepared)
{
    package_fini(&prepared->package);
    package_seal_close(&prepared->seal);
    base_free(prepared);
}

/* What was sealed need not be kept twice. */
static void keep_manifest(struct package *package)
{
    const struct package_entry *manifest = package_bundle_find(&package->bundle, PACKAGE_MANIFEST_NAME);
    char *bytes = base_copy_text(manifest->bytes, manifest->size);
    size_t size = manifest->size;

    if (bytes == NULL)
        return; /* then it is kept whole */
    package_bundle_fini(&package->bundle);
    package->bundle = (struct package_bundle){.count = 0};
    if (package_bundle_put(&package->bundle, PACKAGE_MANIFEST_NAME, bytes, size) != OD_OK)
        base_log(BASE_LOG_WARNING, "the manifest of %s was not kept", package->manifest.name);
}

static void on_prepare_work(uv_work_t *work)
{
    struct connect_prepared *prepared = work->data;
    const struct connect_loading loading = {.module = prepared->module, .is_again = prepared->is_again};
    struct package *package = &prepared->package;

    prepared->rc = connect_module_open(&prepared->judge, &loading, package, &prepared->refusal);
    if (prepared->rc == OD_OK)
        prepared->rc = package_stage_put(prepared->judge.stage, package, &prepared->refusal);
    if (prepared->rc == OD_OK)
        prepared->rc = package_stage_seal(prepared->judge.stage, &package->identity, prepared->module, &prepared->seal, &prepared->refusal);
    if (prepared->rc == OD_OK)
        keep_manifest(package);
}

static void drop_first(struct connect *connect)
{
    struct connect_prepared *first = BASE_LIST_ENTRY(connect->prepared.next, struct connect_prepared, node);

    base_list_remove(&first->node);
    connect->prepared_count--;
    prepared_free(first);
}

static void keep(struct connect *connect, struct connect_prepared *prepared)
{
    if (connect->prepared_count == CONNECT_PREPARED_MAX)
        drop_first(connect);
    prepared->since_ms = uv_now(connect->loop);
    base_list_append(&connect->prepared, &prepared->node);
    connect->prepared_count++;
}

static void on_prepare_done(uv_work_t *work, int status)
{
    struct connect_prepared *prepared = work->data;
    struct connect *connect = prepared->connect;

    (void)status; /* jobs are never cancelled: somebody waits for each */
    connect->jobs_open--;
    connect_trust_drop(prepared->trust);
    connect->at_hand = prepared;
    prepared->on_prepared(connect->options.owner, prepared->data);
    connect->at_hand = NULL;
    if (prepared->rc == OD_OK)
        keep(connect, prepared);
    else
        prepared_free(prepared);
    connect_later_time(connect);
}

int connect_module_prepare(struct connect *connect, const char *module, bool is_again, connect_prepared_cb on_prepared, void *data)
{
    struct connect_prepared *prepared;

    if (connect->is_destroying)
        return OD_ESTATE;
    if (connect->jobs_open >= CONNECT_JOBS_MAX)
        return OD_EBUSY;
    prepared = base_alloc(sizeof(*prepared));
    if (prepared == NULL)
        return OD_ENOMEM;
    base_list_init(&prepared->node);
    prepared->connect = connect;
    prepared->judge = connect_judge_of(connect);
    prepared->is_again = is_again;
    prepared->on_prepared = on_prepared;
    prepared->data = data;
    prepared->refusal.code = "";
    prepared->seal = (struct package_seal){.manifest = -1, .module = -1};
    prepared->work.data = prepared;
    snprintf(prepared->module, sizeof(prepared->module), "%s", module); /* one that is too long is none, and found nowhere */
    if (uv_queue_work(connect->loop, &prepared->work, on_prepare_work, on_prepare_done) != 0) {
        base_free(prepared);
        return OD_ENOMEM;
    }
    prepared->trust = connect_trust_hold(connect);
    connect->jobs_open++;
    return OD_OK;
}

static bool is_of(const struct connect_prepared *prepared, const char *module, bool is_again)
{
    return strcmp(prepared->module, module) == 0 && prepared->is_again == is_again;
}

bool connect_module_is_at_hand(const struct connect *connect, const char *module, bool is_again)
{
    return connect->at_hand != NULL && is_of(connect->at_hand, module, is_again);
}

static struct connect_prepared *find(struct connect *connect, const struct connect_loading *loading)
{
    if (connect_module_is_at_hand(connect, loading->module, loading->is_again))
        return connect->at_hand;
    for (struct base_list *node = connect->prepared.next; loading->address != NULL && node != &connect->prepared; node = node->next) {
        struct connect_prepared *prepared = BASE_LIST_ENTRY(node, struct connect_prepared, node);

        if (strcmp(prepared->module, loading->module) == 0 && base_hash_equal(prepared->package.identity.address, loading->address))
            return prepared;
    }
    return NULL;
}

/* The same package, with a manifest of its own and without files. */
static int copy_package(const struct package *from, struct package *to, char text[512])
{
    const struct package_entry *manifest = package_bundle_find(&from->bundle, PACKAGE_MANIFEST_NAME);
    char message[PACKAGE_TEXT_SIZE] = "No memory left to read the manifest.";
    int rc = OD_ENOMEM;

    *to = (struct package){.identity = from->identity, .is_signed = from->is_signed};
    memcpy(to->key, from->key, sizeof(to->key));
    memcpy(to->signed_by, from->signed_by, sizeof(to->signed_by));
    memcpy(to->warning, from->warning, sizeof(to->warning));
    if (manifest != NULL)
        rc = package_manifest_read(manifest->bytes, manifest->size, from->manifest.name, &to->manifest, message);
    if (rc != OD_OK)
        snprintf(text, 512, "%s", message);
    return rc;
}

static int copy_seal(const struct package_seal *from, struct package_seal *to, char text[512])
{
    struct package_seal copy = {.manifest = fcntl(from->manifest, F_DUPFD_CLOEXEC, 3), .module = fcntl(from->module, F_DUPFD_CLOEXEC, 3)};

    if (copy.manifest < 0 || copy.module < 0) {
        package_seal_close(&copy);
        snprintf(text, 512, "The hub has no file descriptor left for the module.");
        return OD_ENOMEM;
    }
    *to = copy;
    return OD_OK;
}

int connect_prepared_take(struct connect *connect, const struct connect_loading *loading, struct package *package,
                          struct package_seal *seal, char text[512])
{
    const struct connect_prepared *prepared = find(connect, loading);
    const struct connect_judge judge = connect_judge_of(connect);
    struct package copy = {.is_signed = false};
    struct package_refusal refusal = {.code = ""};

    text[0] = '\0';
    if (prepared == NULL)
        return OD_ENOTFOUND;
    if (prepared->rc != OD_OK) {
        snprintf(text, 512, "%s", prepared->refusal.text);
        return prepared->rc == OD_EIO ? OD_EINVAL : prepared->rc;
    }
    int rc = copy_package(&prepared->package, &copy, text);
    if (rc == OD_OK && (rc = connect_module_admit(&judge, &copy, loading->is_again, &refusal)) != OD_OK)
        snprintf(text, 512, "%s", refusal.text);
    if (rc == OD_OK)
        rc = copy_seal(&prepared->seal, seal, text);
    if (rc == OD_OK)
        *package = copy;
    else
        package_fini(&copy);
    return rc;
}

void connect_prepared_watch(struct connect *connect, uint64_t now_ms)
{
    while (connect->prepared_count > 0 &&
           now_ms - BASE_LIST_ENTRY(connect->prepared.next, struct connect_prepared, node)->since_ms >= CONNECT_PREPARED_MS)
        drop_first(connect);
}

void connect_prepared_fini(struct connect *connect)
{
    while (connect->prepared_count > 0)
        drop_first(connect);
}

/* -- It runs -- */

struct noting {
    struct connect *connect;
    uv_work_t work;
    uint64_t serial; /* of the link that waits */
    struct package_manifest manifest; /* what the store remembers of it; nothing is owned */
    struct package_identity identity;
    bool is_signed;
    int rc;
};

static void on_note_work(uv_work_t *work)
{
    struct noting *noting = work->data;

    noting->rc = package_stage_note(noting->connect->stage, &noting->manifest, &noting->identity, noting->is_signed);
}

static void noted(struct connect_link *link, int rc)
{
    link->noting = 0;
    link->is_noted = rc == OD_OK;
    if (rc != OD_OK)
        base_log(BASE_LOG_WARNING, "connector=%s that %s runs could not be written to the module store", link->id, link->module);
    connect_life_noted(link);
}

static void on_note_done(uv_work_t *work, int status)
{
    struct noting *noting = work->data;
    struct connect *connect = noting->connect;

    (void)status;
    connect->jobs_open--;
    for (struct connect_link *link = connect_first(connect); link != NULL; link = connect_next(link))
        if (link->noting == noting->serial) {
            noted(link, noting->rc);
            break;
        }
    base_free(noting);
    connect_later_time(connect);
}

void connect_note_start(struct connect_link *link)
{
    struct connect *connect = link->connect;
    struct noting *noting = base_alloc(sizeof(*noting));

    if (noting == NULL) {
        noted(link, OD_ENOMEM);
        return;
    }
    *noting = (struct noting){.connect = connect, .serial = ++connect->note_last, .identity = link->identity, .is_signed = link->is_signed};
    noting->manifest.sequence = link->manifest.sequence;
    memcpy(noting->manifest.name, link->manifest.name, sizeof(noting->manifest.name));
    memcpy(noting->manifest.id, link->manifest.id, sizeof(noting->manifest.id));
    noting->work.data = noting;
    link->noting = noting->serial;
    if (uv_queue_work(connect->loop, &noting->work, on_note_work, on_note_done) != 0) {
        base_free(noting);
        noted(link, OD_ENOMEM);
        return;
    }
    connect->jobs_open++;
}
