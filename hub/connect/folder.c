/* SPDX-License-Identifier: Apache-2.0 */
/* What lies in the module folder, whether it is loaded or not.
 *
 *   connect_modules_put, or connect_modules_list in the pool -> put_all -> names_read -> sort -> one item a module
 */
#include "connect/inside.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

struct name {
    char text[CONNECT_MODULE_MAX + 1];
};

struct names {
    struct name *items; /* owned; CONNECT_MODULES_MAX */
    size_t count;
    bool is_cut;
};

static int names_order(const void *a, const void *b)
{
    const struct name *one = a, *two = b;

    return strcmp(one->text, two->text);
}

/* The module's name: that of a folder, or of a package file without its suffix. */
static bool take_name(const struct dirent *entry, char name[CONNECT_MODULE_MAX + 1])
{
    bool may_be_folder = entry->d_type == DT_DIR || entry->d_type == DT_LNK || entry->d_type == DT_UNKNOWN;
    bool may_be_file = entry->d_type == DT_REG || entry->d_type == DT_LNK || entry->d_type == DT_UNKNOWN;
    size_t size = strlen(entry->d_name), suffix = strlen(PACKAGE_SUFFIX);
    bool is_package = size > suffix && strcmp(entry->d_name + size - suffix, PACKAGE_SUFFIX) == 0;

    if (is_package)
        size -= suffix;
    if (size > CONNECT_MODULE_MAX || (is_package ? !may_be_file : !may_be_folder))
        return false;
    memcpy(name, entry->d_name, size);
    name[size] = '\0';
    return package_name_is_valid(name, CONNECT_MODULE_MAX);
}

/* A module may lie there as a folder and as a package: it is listed once. */
static void drop_doubles(struct names *names)
{
    size_t kept = 0;

    for (size_t i = 0; i < names->count; i++)
        if (kept == 0 || strcmp(names->items[kept - 1].text, names->items[i].text) != 0)
            names->items[kept++] = names->items[i];
    names->count = kept;
}

static int names_read(const char *path, struct names *names)
{
    DIR *folder = opendir(path);
    const struct dirent *entry;
    struct name name;

    if (folder == NULL)
        return OD_EIO;
    while ((entry = readdir(folder)) != NULL) {
        if (!take_name(entry, name.text))
            continue;
        names->is_cut = names->count == CONNECT_MODULES_MAX;
        if (names->is_cut)
            break;
        names->items[names->count++] = name;
    }
    closedir(folder);
    qsort(names->items, names->count, sizeof(*names->items), names_order);
    drop_doubles(names);
    return OD_OK;
}

/* Who is loaded, as of when the list was asked for: links are the loop's. */
struct loaded {
    struct loaded_link {
        char id[BASE_ID_MAX + 1], module[CONNECT_MODULE_MAX + 1];
    } *links; /* owned */
    size_t count;
};

static int loaded_take(struct connect *connect, struct loaded *loaded)
{
    loaded->links = base_alloc((connect->link_count + 1) * sizeof(*loaded->links));
    if (loaded->links == NULL)
        return OD_ENOMEM;
    for (struct connect_link *link = connect_first(connect); link != NULL; link = connect_next(link)) {
        if (link->role != CONNECT_ROLE_CURRENT)
            continue;
        memcpy(loaded->links[loaded->count].id, link->id, sizeof(link->id));
        memcpy(loaded->links[loaded->count++].module, link->module, sizeof(link->module));
    }
    return OD_OK;
}

static void put_loaded(struct base_buffer *buffer, const struct loaded *loaded, const char *module)
{
    base_json_open(buffer, "loaded_as", '[');
    for (size_t i = 0; i < loaded->count; i++)
        if (strcmp(loaded->links[i].module, module) == 0)
            base_json_put_text(buffer, NULL, loaded->links[i].id);
    base_json_close(buffer, ']');
}

/* manifest NULL: it could not be read. */
static void put_facts(struct base_buffer *buffer, const struct package_manifest *manifest)
{
    base_json_put_text(buffer, "id", manifest != NULL ? manifest->id : NULL);
    base_json_put_text(buffer, "version", manifest != NULL ? manifest->version : NULL);
    if (manifest != NULL)
        base_json_put(buffer, "matters", base_json_member(manifest->root, "matters"));
    else
        base_json_put_null(buffer, "matters");
    base_json_put_text(buffer, "submit_dedupe", manifest != NULL ? package_dedupe_name(manifest->dedupe) : NULL);
}

static int put_module(struct base_buffer *buffer, const struct connect_judge *judge, const struct loaded *loaded, const char *module)
{
    struct package_manifest manifest = {0};
    char text[512] = "", signed_by[BASE_ID_MAX + 1] = "";
    int rc = connect_module_look(judge, module, &manifest, signed_by, text);

    if (rc == OD_ENOTFOUND || rc == OD_ENOMEM)
        return rc == OD_ENOTFOUND ? OD_OK : rc;
    base_json_open(buffer, NULL, '{');
    base_json_put_text(buffer, "module", module);
    put_facts(buffer, manifest.root != NULL ? &manifest : NULL);
    base_json_put_text(buffer, "signed_by", signed_by[0] != '\0' ? signed_by : NULL);
    put_loaded(buffer, loaded, module);
    base_json_put_text(buffer, "fault", rc != OD_OK ? text : NULL);
    base_json_close(buffer, '}');
    package_manifest_fini(&manifest);
    return OD_OK;
}

/* *list is the caller's. Any thread. Errors: as connect_modules_put. */
static int put_all(struct base_buffer *list, const struct connect_judge *judge, const struct loaded *loaded, bool *is_cut)
{
    struct names names = {.items = base_alloc(CONNECT_MODULES_MAX * sizeof(*names.items))};
    int rc = names.items != NULL ? names_read(judge->options->module_folder, &names) : OD_ENOMEM;

    base_json_open(list, NULL, '[');
    for (size_t i = 0; rc == OD_OK && i < names.count; i++)
        rc = put_module(list, judge, loaded, names.items[i].text);
    base_json_close(list, ']');
    *is_cut = names.is_cut;
    base_free(names.items);
    return rc == OD_OK && list->is_broken ? OD_ENOMEM : rc;
}

int connect_modules_put(struct base_buffer *buffer, const char *key, struct connect *connect, bool *is_cut)
{
    const struct connect_judge judge = connect_judge_of(connect);
    struct loaded loaded = {.count = 0};
    struct base_buffer list = {0};
    bool is_more = false;
    int rc = loaded_take(connect, &loaded);

    if (rc == OD_OK)
        rc = put_all(&list, &judge, &loaded, &is_more);
    if (rc == OD_OK) {
        base_json_put_raw(buffer, key, list.bytes, list.size);
        *is_cut = is_more;
    }
    base_buffer_fini(&list);
    base_free(loaded.links);
    return rc;
}

/* -- In the thread pool -- */

struct listing {
    struct connect *connect;
    uv_work_t work;
    struct connect_judge judge;
    struct connect_trust *trust; /* held for the job */
    struct loaded loaded;
    struct base_buffer list;
    bool is_cut;
    int rc;
    connect_listed_cb on_listed;
    void *data;
};

static void on_list_work(uv_work_t *work)
{
    struct listing *listing = work->data;

    listing->rc = put_all(&listing->list, &listing->judge, &listing->loaded, &listing->is_cut);
}

static void listing_free(struct listing *listing)
{
    base_buffer_fini(&listing->list);
    base_free(listing->loaded.links);
    base_free(listing);
}

static void on_list_done(uv_work_t *work, int status)
{
    struct listing *listing = work->data;
    struct connect *connect = listing->connect;

    (void)status;
    connect->jobs_open--;
    connect_trust_drop(listing->trust);
    listing->on_listed(connect->options.owner, listing->data, listing->rc, &listing->list, listing->is_cut);
    listing_free(listing);
    connect_later_time(connect);
}

int connect_modules_list(struct connect *connect, connect_listed_cb on_listed, void *data)
{
    if (connect->is_destroying)
        return OD_ESTATE;
    if (connect->jobs_open >= CONNECT_JOBS_MAX)
        return OD_EBUSY;
    struct listing *listing = base_alloc(sizeof(*listing));
    if (listing == NULL)
        return OD_ENOMEM;
    *listing = (struct listing){.connect = connect, .judge = connect_judge_of(connect), .on_listed = on_listed, .data = data};
    listing->work.data = listing;
    if (loaded_take(connect, &listing->loaded) != OD_OK || uv_queue_work(connect->loop, &listing->work, on_list_work, on_list_done) != 0) {
        listing_free(listing);
        return OD_ENOMEM;
    }
    listing->trust = connect_trust_hold(connect);
    connect->jobs_open++;
    return OD_OK;
}
