/* SPDX-License-Identifier: Apache-2.0 */
/* What of a data folder goes into a backup. The store is copied first, as of one moment; then the documents that this copy
 * names, which never change while they are there. docs/backup.md has the table. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/backup_make.h"

#define DIGITS (2 * BASE_HASH_SIZE)

void cli_backup_name(struct cli_backup_named *named, const char *text)
{
    if (named->count++ < CLI_BACKUP_NAMED_MAX)
        base_json_put_text(&named->items, NULL, text);
}

static int list(struct cli_backup_make *make, const struct cli_backup_file *file)
{
    return cli_backup_lines_put(&make->lines, file, &make->fault);
}

/* -- The store -- */

static int on_copied(void *owner, uint64_t done, uint64_t total)
{
    struct cli_backup_make *make = owner;

    cli_progress_show(&make->progress, cli_say(make->cli, "复制数据库（页）", "copying the store (pages)"), done, total);
    return OD_OK;
}

/* store_copy makes the stage when it is absent, and leaves its lock in it. */
int cli_backup_take_store(struct cli_backup_make *make)
{
    struct cli_backup_fault *fault = &make->fault;
    struct cli_backup_file file;
    char text[512] = "";
    int rc = store_copy(make->data, make->stage_path, on_copied, make, text);

    cli_progress_clear(&make->progress);
    if (rc == OD_OK)
        rc = store_still_open(make->stage_path, &make->still, text);
    if (rc != OD_OK) {
        snprintf(fault->text, sizeof(fault->text), "%s", rc == OD_EFULL ? "" : text);
        return cli_backup_fail(fault, rc == OD_EFULL ? CLI_BACKUP_FULL : rc == OD_ENOTFOUND ? CLI_BACKUP_MISSING : CLI_BACKUP_STORE, NULL);
    }
    make->stage_fd = cli_backup_open(make->folder_fd, make->stage, O_RDONLY | O_DIRECTORY, 0);
    if (make->stage_fd < 0)
        return cli_backup_fail_errno(fault, make->stage);
    rc = cli_backup_remove(make->stage_fd, "hub.lock", fault);
    if (rc == OD_OK)
        rc = cli_backup_lines_create(make->stage_fd, &make->lines, fault);
    if (rc == OD_OK)
        rc = cli_backup_take(make->stage_fd, "hub.db", -1, &file, fault);
    return rc == OD_OK ? list(make, &file) : rc;
}

/* -- Keys -- */

/* A file that may be absent. */
static int take_or_pass(struct cli_backup_make *make, const char *path, bool *is_taken)
{
    struct cli_backup_fault passed = {.kind = CLI_BACKUP_FINE};
    struct cli_backup_file file;
    int rc = cli_backup_take(make->data_fd, path, make->stage_fd, &file, &passed);

    *is_taken = rc == OD_OK;
    if (rc == OD_ENOTFOUND)
        return OD_OK;
    if (rc != OD_OK) {
        make->fault = passed;
        return rc;
    }
    return list(make, &file);
}

int cli_backup_take_keys(struct cli_backup_make *make)
{
    bool is_taken;
    int rc = OD_OK;

    if (cli_option(make->cli, "--without-keys") == NULL)
        rc = take_or_pass(make, "keys/evidence.key", &make->manifest.has_keys);
    return rc == OD_OK ? take_or_pass(make, "keys/evidence.pub", &is_taken) : rc;
}

/* -- Documents -- */

/* Share the file of the backup before: it was read and hashed when it was copied there, and neither is written again.
 * False: it is to be copied. */
static bool link_before(struct cli_backup_make *make, struct cli_backup_file *file)
{
    struct stat about;
    char folder[CLI_BACKUP_PATH_SIZE];

    snprintf(folder, sizeof(folder), "materials/%.2s", file->path + sizeof("materials/aa/") - 1);
    int from = make->before_fd >= 0 ? cli_backup_open(make->before_fd, folder, O_RDONLY | O_DIRECTORY, 0) : -1;
    int to = from >= 0 && cli_backup_make_way(make->stage_fd, file->path, &make->fault) == OD_OK
                 ? cli_backup_open(make->stage_fd, folder, O_RDONLY | O_DIRECTORY, 0) : -1;
    const char *name = strrchr(file->path, '/') + 1;
    bool is_linked = to >= 0 && fstatat(from, name, &about, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(about.st_mode) &&
                     (uint64_t)about.st_size == file->size && linkat(from, name, to, name, 0) == 0;

    if (from >= 0)
        close(from);
    if (to >= 0)
        close(to);
    return is_linked;
}

/* Its size in the data folder. Errors: OD_ENOTFOUND, or told in fault. */
static int size_look(struct cli_backup_make *make, struct cli_backup_file *file)
{
    struct cli_backup_fault *fault = &make->fault;
    struct stat about;
    int fd = cli_backup_open(make->data_fd, file->path, O_RDONLY, 0), rc = OD_OK;

    if (fd < 0)
        return errno == ENOENT ? OD_ENOTFOUND : cli_backup_fail_errno(fault, file->path);
    if (fstat(fd, &about) != 0 || !S_ISREG(about.st_mode))
        rc = cli_backup_fail(fault, CLI_BACKUP_ODD, file->path);
    else
        file->size = (uint64_t)about.st_size;
    close(fd);
    return rc;
}

static bool is_due(uint8_t state)
{
    return state == CLI_BACKUP_LOOSE || state == CLI_BACKUP_KEPT;
}

/* The copy names a document that is not there. Either the hub has erased it since, or does so just now, which is its duty; or it is
 * lost. */
static int absent(struct cli_backup_make *make, const char *digits)
{
    struct base_arena arena = {0};
    struct store_entry entry;
    char text[512];
    int rc = OD_OK;

    if (make->live == NULL)
        rc = store_reader_open(make->data, &make->live, text);
    if (rc == OD_OK)
        rc = store_read_entry_named(make->live, CLI_BACKUP_MATERIALS, digits, &arena, &entry);
    base_arena_fini(&arena);
    bool is_erased = rc == OD_ENOTFOUND || (rc == OD_OK && !is_due(entry.state));
    cli_backup_name(is_erased ? &make->erased : &make->missing, digits);
    return OD_OK;
}

static int document_copy(struct cli_backup_make *make, const struct cli_backup_file *said)
{
    struct cli_backup_fault passed = {.kind = CLI_BACKUP_FINE};
    struct cli_backup_file file;
    const char *digits = strrchr(said->path, '/') + 1;
    int rc = cli_backup_take(make->data_fd, said->path, make->stage_fd, &file, &passed);

    if (rc == OD_ENOTFOUND)
        return absent(make, digits);
    if (rc != OD_OK) {
        make->fault = passed;
        return rc;
    }
    if (memcmp(file.hash, said->hash, BASE_HASH_SIZE) != 0) { /* rotten where it lies: kept out, so that it is never linked to */
        cli_backup_name(&make->damaged, digits);
        return cli_backup_remove_file(make->stage_fd, said->path, &make->fault);
    }
    make->documents++;
    return list(make, &file);
}

static int on_document(void *owner, const char *digits, uint8_t state)
{
    struct cli_backup_make *make = owner;
    struct cli_backup_file file = {.size = 0};

    if (!is_due(state))
        return OD_OK;
    if (strlen(digits) != DIGITS || base_unhex(digits, file.hash, BASE_HASH_SIZE) != OD_OK)
        return cli_backup_fail(&make->fault, CLI_BACKUP_PATH, digits);
    snprintf(file.path, sizeof(file.path), "materials/%.2s/%s", digits, digits);
    int rc = size_look(make, &file);
    if (rc == OD_ENOTFOUND)
        return absent(make, digits);
    cli_progress_show(&make->progress, cli_say(make->cli, "材料", "documents"), make->documents, make->document_total);
    if (rc != OD_OK || !link_before(make, &file))
        return rc == OD_OK ? document_copy(make, &file) : rc;
    make->documents++;
    make->linked++;
    return list(make, &file);
}

static int on_counted(void *owner, const char *digits, uint8_t state)
{
    struct cli_backup_make *make = owner;

    (void)digits;
    make->document_total += is_due(state);
    return OD_OK;
}

int cli_backup_take_documents(struct cli_backup_make *make)
{
    int rc = store_still_names(make->still, CLI_BACKUP_MATERIALS, on_counted, make);

    if (rc == OD_OK)
        rc = store_still_names(make->still, CLI_BACKUP_MATERIALS, on_document, make);

    cli_progress_clear(&make->progress);
    if (rc != OD_OK && make->fault.kind == CLI_BACKUP_FINE) {
        snprintf(make->fault.text, sizeof(make->fault.text), "%s", "the documents of the store cannot be listed");
        return cli_backup_fail(&make->fault, CLI_BACKUP_STORE, NULL);
    }
    return rc;
}

/* -- Modules -- */

/* Drafts are of a hub that is writing one just now, or was stopped while it did. */
static bool is_draft(const char *name)
{
    size_t size = strlen(name), suffix = strlen(".draft");

    return size > suffix && strcmp(name + size - suffix, ".draft") == 0;
}

static int folder_take(struct cli_backup_make *make, const char *folder, unsigned depth)
{
    struct cli_backup_names names = {.items = NULL};
    char path[CLI_BACKUP_PATH_SIZE];
    bool is_taken;
    struct cli_backup_fault passed = {.kind = CLI_BACKUP_FINE};
    int rc = cli_backup_list(make->data_fd, folder, &names, &passed);

    if (rc == OD_ENOTFOUND && depth > 1)
        rc = OD_OK; /* the hub has removed it since */
    else if (rc != OD_OK)
        make->fault = passed;
    for (size_t i = 0; i < names.count && rc == OD_OK; i++) {
        const struct cli_backup_name *name = &names.items[i];

        if (is_draft(name->text))
            continue;
        if ((size_t)snprintf(path, sizeof(path), "%s/%s", folder, name->text) >= sizeof(path) || !cli_backup_path_is_valid(path) ||
            depth == CLI_BACKUP_DEPTH_MAX)
            cli_backup_name(&make->left_out, path); /* the hub gives no such names */
        else if (name->is_folder)
            rc = folder_take(make, path, depth + 1);
        else
            rc = name->is_file ? take_or_pass(make, path, &is_taken) : cli_backup_fail(&make->fault, CLI_BACKUP_ODD, path);
    }
    cli_backup_names_fini(&names);
    return rc;
}

int cli_backup_take_modules(struct cli_backup_make *make)
{
    struct stat about;

    if (fstatat(make->data_fd, "modules", &about, AT_SYMLINK_NOFOLLOW) != 0 && errno == ENOENT)
        return OD_OK; /* no module was ever loaded */
    return folder_take(make, "modules", 1);
}

/* -- The rest -- */

int cli_backup_look_round(struct cli_backup_make *make)
{
    /* The first four are in the backup; a hub makes the others anew. */
    static const char *const known[] = {"hub.db", "keys", "materials", "modules", "hub.db-wal", "hub.db-shm", "hub.lock", "net", "lost+found"};
    struct cli_backup_names names = {.items = NULL};
    int rc = cli_backup_list(make->data_fd, ".", &names, &make->fault);

    for (size_t i = 0; i < names.count; i++) {
        bool is_known = false;

        for (size_t k = 0; k < sizeof(known) / sizeof(known[0]); k++)
            is_known = is_known || strcmp(known[k], names.items[i].text) == 0;
        if (!is_known)
            cli_backup_name(&make->left_out, names.items[i].text);
    }
    cli_backup_names_fini(&names);
    return rc;
}
