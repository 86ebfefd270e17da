/* SPDX-License-Identifier: Apache-2.0 */
/* A copy of a store that somebody may be writing.
 *
 *   lock the new folder -> hub.db.part -> one read transaction: stretches of pages -> sync -> hub.db
 *
 * The transaction is begun before the backup and outlives it: SQLite would else begin
 * one for each stretch, and start over whenever a commit came between two. */
#include "store/sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#define STRETCH_PAGES 1024 /* 8 MiB: some milliseconds between two calls of on_copied */

struct copy {
    const char *folder, *to_folder;
    struct store_connection from, to;
    int lock_fd;
    bool has_part; /* a file to remove when the copy fails */
    char from_path[PATH_MAX], part_path[PATH_MAX], to_path[PATH_MAX];
    char *text;    /* STORE_TEXT_MAX bytes */
};

static int paths_make(struct copy *copy)
{
    size_t from = (size_t)snprintf(copy->from_path, PATH_MAX, "%s/hub.db", copy->folder);
    size_t part = (size_t)snprintf(copy->part_path, PATH_MAX, "%s/hub.db.part", copy->to_folder);
    size_t to = (size_t)snprintf(copy->to_path, PATH_MAX, "%s/hub.db", copy->to_folder);

    if (from >= PATH_MAX || part >= PATH_MAX || to >= PATH_MAX)
        return store_folder_complain(copy->folder, copy->text, OD_EIO, "a path is too long. Choose shorter ones.");
    return OD_OK;
}

static int source_open(struct copy *copy)
{
    int64_t version = 0;

    if (access(copy->from_path, F_OK) != 0)
        return store_folder_complain(copy->folder, copy->text, OD_ENOTFOUND,
                                     "there is no store in it, or the hub's user may not look.");
    if (store_connection_open(&copy->from, copy->from_path, NULL,
                              "PRAGMA wal_autocheckpoint = 0; PRAGMA trusted_schema = OFF; BEGIN") != SQLITE_OK) {
        (void)store_connection_complain(&copy->from, "copy");
        return store_folder_complain(copy->folder, copy->text, OD_EIO,
                                     "its store cannot be read; the log line above has the reason.");
    }
    int rc = store_schema_check(&copy->from, &version, copy->text); /* and this reads, so the moment is fixed */
    if (rc == OD_OK && version == 0)
        return store_folder_complain(copy->folder, copy->text, OD_ENOTFOUND, "its store is empty.");
    return rc;
}

/* The file is made here and not by SQLite, so that its owner alone may read it. What an interrupted copy left
 * is overwritten: the lock says that nobody works on it. */
static int target_open(struct copy *copy)
{
    int rc = store_folder_lock(copy->to_folder, &copy->lock_fd, copy->text);

    if (rc != OD_OK)
        return rc;
    if (access(copy->to_path, F_OK) == 0)
        return store_folder_complain(copy->to_folder, copy->text, OD_EEXIST,
                                     "it holds a store already. Choose an empty folder.");
    int fd = open(copy->part_path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return store_folder_complain(copy->to_folder, copy->text, OD_EIO, "it cannot be written to.");
    close(fd);
    copy->has_part = true;
    /* No journal: a copy that fails is removed whole. */
    if (store_connection_open(&copy->to, copy->part_path, NULL, "PRAGMA journal_mode = OFF; PRAGMA synchronous = FULL") ==
        SQLITE_OK)
        return OD_OK;
    rc = store_connection_complain(&copy->to, "copy");
    return store_folder_complain(copy->to_folder, copy->text, rc, "the copy cannot be begun.");
}

/* SQLITE_DONE at the end; *rc is what on_copied said. */
static int stretches_copy(sqlite3_backup *backup, store_copied_cb on_copied, void *owner, int *rc)
{
    int step = SQLITE_OK;

    while (step == SQLITE_OK && *rc == OD_OK) {
        step = sqlite3_backup_step(backup, STRETCH_PAGES);
        int total = sqlite3_backup_pagecount(backup), left = sqlite3_backup_remaining(backup);
        if (on_copied != NULL && (step == SQLITE_OK || step == SQLITE_DONE))
            *rc = on_copied(owner, (uint64_t)(total - left), (uint64_t)total);
    }
    return step;
}

static int pages_copy(struct copy *copy, store_copied_cb on_copied, void *owner)
{
    sqlite3_backup *backup = sqlite3_backup_init(copy->to.db, "main", copy->from.db, "main");
    int rc = OD_OK;
    int step = backup != NULL ? stretches_copy(backup, on_copied, owner, &rc) : SQLITE_ERROR;
    int end = sqlite3_backup_finish(backup);

    if (rc != OD_OK) {
        snprintf(copy->text, STORE_TEXT_MAX, "The copy was ended before it was whole.");
        return rc;
    }
    if (step == SQLITE_DONE && end == SQLITE_OK)
        return OD_OK;
    rc = store_connection_complain(&copy->to, "copy"); /* errors of both sides are kept here */
    return store_folder_complain(copy->to_folder, copy->text, rc,
                                 rc == OD_EFULL ? "the disk is full. Free some space, or choose another disk."
                                                : "the store could not be copied; the log line above has the reason.");
}

/* The name is durable when the folder is. */
static int part_name(struct copy *copy)
{
    int fd = -1;

    store_connection_fini(&copy->to);
    if (rename(copy->part_path, copy->to_path) == 0) {
        copy->has_part = false;
        fd = open(copy->to_folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    }
    int rc = fd >= 0 && fsync(fd) == 0 ? OD_OK : OD_EIO;
    if (fd >= 0)
        close(fd);
    return rc == OD_OK ? rc : store_folder_complain(copy->to_folder, copy->text, rc, "the copy cannot be given its name.");
}

static void copy_fini(struct copy *copy)
{
    store_connection_fini(&copy->to);
    store_connection_fini(&copy->from);
    if (copy->has_part)
        unlink(copy->part_path);
    if (copy->lock_fd >= 0)
        close(copy->lock_fd);
    base_free(copy);
}

int store_copy(const char *folder, const char *to_folder, store_copied_cb on_copied, void *owner, char text[512])
{
    struct copy *copy = base_alloc(sizeof(*copy)); /* three paths are much for a stack */

    if (copy == NULL)
        return store_folder_complain(to_folder, text, OD_ENOMEM, "there is not enough memory for a copy.");
    copy->folder = folder;
    copy->to_folder = to_folder;
    copy->text = text;
    copy->lock_fd = -1;
    store_connection_prepare_process();
    int rc = paths_make(copy);
    if (rc == OD_OK)
        rc = source_open(copy);
    if (rc == OD_OK)
        rc = target_open(copy);
    if (rc == OD_OK)
        rc = pages_copy(copy, on_copied, owner);
    if (rc == OD_OK)
        rc = part_name(copy);
    copy_fini(copy);
    return rc;
}
