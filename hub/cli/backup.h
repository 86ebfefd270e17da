/* SPDX-License-Identifier: Apache-2.0 */
/* What backup and restore share. Backups lie in one folder:
 *
 *   DIR/.lock                     held while a backup is made
 *   DIR/20261129T223802Z/         one backup, complete by itself, from the moment that it bears this name
 *     manifest.json               {"backup": {...}, "sha256": of the canonical form of "backup"}
 *     files.jsonl                 {"path", "size", "sha256"} a line, ascending by path
 *     hub.db  keys/...  materials/<aa>/<sha256>  modules/...
 *   DIR/.part-20261129T223802Z/   one that is being made, or that was interrupted: the next run removes it
 *
 * No symbolic link is followed below DIR, and no path of a list is used that a backup of ours could not have. docs/backup.md. */
#ifndef CLI_BACKUP_H
#define CLI_BACKUP_H

#include <limits.h>
#include <stdio.h>
#include <sys/types.h>

#include "base/buffer.h"
#include "base/hash.h"
#include "cli/cli.h"
#include "cli/progress.h"
#include "store/backup.h"

#define CLI_BACKUP_FORMAT 1       /* of manifest.json */
#define CLI_BACKUP_PATH_SIZE 256  /* of a file below a backup, with NUL */
#define CLI_BACKUP_DEPTH_MAX 4    /* names of a path */
#define CLI_BACKUP_NAME_SIZE 32   /* of a backup, with NUL */
#define CLI_BACKUP_LINE_MAX 512   /* bytes of a line of files.jsonl, without its LF */
#define CLI_BACKUP_MANIFEST_MAX (4 * 1024 * 1024)
#define CLI_BACKUP_NAMED_MAX 1000 /* documents that a manifest names as erased, missing or damaged; all are counted */
#define CLI_BACKUP_MATERIALS 1    /* the register of contents of documents, as the engine numbers it */
#define CLI_BACKUP_LOOSE 1        /* states of those whose file is due: handed in, */
#define CLI_BACKUP_KEPT 2         /* and named by an application */
#define CLI_BACKUP_GAP 100000     /* numbers that a restored hub leaves out */
#define CLI_DATA_FOLDER "/var/lib/onedoor" /* where the service keeps its data */

/* -- What went wrong: told once, by cli_backup_tell -- */

enum cli_backup_fault_kind {
    CLI_BACKUP_FINE = 0,
    CLI_BACKUP_FULL,      /* the disk is */
    CLI_BACKUP_IO,        /* error: errno */
    CLI_BACKUP_ODD,       /* a symbolic link, a device ... where a file or a folder is due */
    CLI_BACKUP_MISSING,
    CLI_BACKUP_CHANGED,   /* size or hash are not those of the list */
    CLI_BACKUP_PATH,      /* a path that no backup has, or out of order */
    CLI_BACKUP_LIST,      /* files.jsonl is not what the manifest says */
    CLI_BACKUP_MANIFEST,  /* it cannot be read, or was changed */
    CLI_BACKUP_NEWER,     /* of a newer program */
    CLI_BACKUP_NONE,      /* there is no backup */
    CLI_BACKUP_BUSY,      /* another backup is being made */
    CLI_BACKUP_INSIDE,    /* the backups would lie in the data folder */
    CLI_BACKUP_TAKEN,     /* a hub serves the folder */
    CLI_BACKUP_NOT_EMPTY, /* path: what is in it */
    CLI_BACKUP_STORE,     /* text says */
    CLI_BACKUP_OTHER,     /* the store is not the one that the manifest tells of */
    CLI_BACKUP_JOURNAL,   /* its journal is not sound; told already */
    CLI_BACKUP_MEMORY,
    CLI_BACKUP_FAULTS,
};

/* Zero it to initialise. */
struct cli_backup_fault {
    enum cli_backup_fault_kind kind;
    int error;
    char path[CLI_BACKUP_PATH_SIZE]; /* "" = none */
    char text[512];
};

/* Note the first fault; later ones are passed over. path may be NULL. Returns OD_EFULL, OD_ENOTFOUND (missing), OD_ENOMEM or OD_EIO. */
int cli_backup_fail(struct cli_backup_fault *fault, enum cli_backup_fault_kind kind, const char *path);
/* The same of errno: full, odd, missing, memory, or else input and output. */
int cli_backup_fail_errno(struct cli_backup_fault *fault, const char *path);
/* Tell it on stderr, and with --json as {"ok": false, "code", "text", "path"}. Returns CLI_NOT_FOUND, CLI_REFUSED or CLI_FAILED. */
int cli_backup_tell(const struct cli *cli, const struct cli_backup_fault *fault);

/* -- Files below a folder (backup_files.c). Paths are relative; links are not followed -- */

struct cli_backup_file {
    char path[CLI_BACKUP_PATH_SIZE];
    uint64_t size;
    uint8_t hash[BASE_HASH_SIZE];
};

/* Open a file or, with O_DIRECTORY, a folder. -1 and errno as openat; ELOOP for links on the way. mode: of a new file. */
int cli_backup_open(int root, const char *path, int flags, unsigned mode);
/* Make the folders that path lies in, 0700. Errors: told in fault. */
OD_MUST_CHECK int cli_backup_make_way(int root, const char *path, struct cli_backup_fault *fault);
/* Read a regular file of root to its end: *file gets its path, size and hash. to >= 0: write it to the same path below that
 * folder, too, where it must not be, and sync it. Errors: told in fault; a copy that failed is removed. */
OD_MUST_CHECK int cli_backup_take(int root, const char *path, int to, struct cli_backup_file *file, struct cli_backup_fault *fault);
/* Write a new file of root, whole and synced. Errors: told in fault; nothing is left. */
OD_MUST_CHECK int cli_backup_write(int root, const char *path, unsigned mode, const void *bytes, size_t size, struct cli_backup_fault *fault);
/* Remove one file of root, which may be absent. Errors: told in fault. */
OD_MUST_CHECK int cli_backup_remove_file(int root, const char *path, struct cli_backup_fault *fault);
/* The mode that a restored file gets. */
unsigned cli_backup_mode(const char *path);
/* Remove a file, or a folder with what is in it, which may be absent. Links are removed, not followed. Errors: told in fault. */
OD_MUST_CHECK int cli_backup_remove(int root, const char *name, struct cli_backup_fault *fault);

/* Make a user and a group the owners of all that is in a folder. Errors: told in fault. */
OD_MUST_CHECK int cli_backup_give(int folder, uid_t user, gid_t group, struct cli_backup_fault *fault);

struct cli_backup_names {
    struct cli_backup_name {
        char text[NAME_MAX + 1];
        bool is_folder, is_file; /* neither: something odd */
    } *items; /* owned */
    size_t count, room;
};
/* Names in a folder but "." and "..", ascending by byte. Errors: told in fault. */
OD_MUST_CHECK int cli_backup_list(int root, const char *path, struct cli_backup_names *names, struct cli_backup_fault *fault);
void cli_backup_names_fini(struct cli_backup_names *names);

/* Is it one that a file of a backup may have? */
bool cli_backup_path_is_valid(const char *path);

/* -- The manifest and the list (backup_manifest.c) -- */

struct cli_backup_manifest {
    int64_t made_ms;
    uint64_t seq;                 /* head of the journal: the last record, 0 = none */
    uint8_t hash[BASE_HASH_SIZE]; /* of it */
    int64_t last_ms;              /* when it was written */
    uint64_t application_last;
    bool has_keys;
    uint64_t missing, damaged;    /* documents that the store names and the data folder did not have, or not as they were */
    uint64_t file_count, byte_count;
    uint8_t list_hash[BASE_HASH_SIZE]; /* of files.jsonl */
    struct base_json *root;       /* owned; the whole, NULL while it is written */
};

/* Write manifest.json: more is what else "backup" holds, members already printed ("" = nothing). Errors: told in fault. */
OD_MUST_CHECK int cli_backup_manifest_write(int folder, const struct cli_backup_manifest *manifest, const char *more, struct cli_backup_fault *fault);
/* Errors (*manifest unchanged): told in fault. */
OD_MUST_CHECK int cli_backup_manifest_read(int folder, struct cli_backup_manifest *manifest, struct cli_backup_fault *fault);
void cli_backup_manifest_fini(struct cli_backup_manifest *manifest); /* accepts a zeroed one */

/* files.jsonl while it is written or read. Zero it to initialise. */
struct cli_backup_lines {
    FILE *file; /* owned */
    struct base_hash_stream stream;
    uint64_t file_count, byte_count;
    char last[CLI_BACKUP_PATH_SIZE]; /* path of the line before */
};
OD_MUST_CHECK int cli_backup_lines_create(int folder, struct cli_backup_lines *lines, struct cli_backup_fault *fault);
/* Paths ascend. */
OD_MUST_CHECK int cli_backup_lines_put(struct cli_backup_lines *lines, const struct cli_backup_file *file, struct cli_backup_fault *fault);
/* Synced; counts and hash go into the manifest. */
OD_MUST_CHECK int cli_backup_lines_finish(struct cli_backup_lines *lines, struct cli_backup_manifest *manifest, struct cli_backup_fault *fault);
OD_MUST_CHECK int cli_backup_lines_open(int folder, struct cli_backup_lines *lines, struct cli_backup_fault *fault);
/* The next file. At the end OD_ENOTFOUND when the list is what the manifest says (fault stays fine), else OD_EIO, told in fault. */
OD_MUST_CHECK int cli_backup_lines_next(struct cli_backup_lines *lines, const struct cli_backup_manifest *manifest, struct cli_backup_file *file,
                                        struct cli_backup_fault *fault);
void cli_backup_lines_fini(struct cli_backup_lines *lines);

/* -- One backup (backup_prove.c) -- */

/* "20261129T223802Z", or "20261129T223802Z_02" and on of the same second. */
bool cli_backup_is_name(const char *name);
/* The newest backup of folder (an open descriptor), "" when there is none. Errors: told in fault. */
OD_MUST_CHECK int cli_backup_newest(int folder, char name[CLI_BACKUP_NAME_SIZE], struct cli_backup_fault *fault);

struct cli_backup_copying {
    const struct cli *cli;
    int folder;    /* the backup; borrowed */
    int to;        /* folder that the files are copied to, -1 = they are read only */
    const struct cli_backup_manifest *manifest;
    struct cli_progress progress;
    uint64_t done; /* bytes */
};
/* Every file of the list is there and is what the list says. Errors: told in fault. */
OD_MUST_CHECK int cli_backup_files_prove(struct cli_backup_copying *copying, struct cli_backup_fault *fault);

/* The store in folder (a path, nobody serves it) is whole, and has the manifest's head. *is_current: it is of this program's schema.
 * Errors: told in fault. */
OD_MUST_CHECK int cli_backup_store_prove(const struct cli *cli, const char *folder, const struct cli_backup_manifest *manifest, bool *is_current,
                                         struct cli_backup_fault *fault);

/* Its journal is sound, and what --against names holds. is_still: nothing may be written into the folder.
 * *lost: the last record that a checkpoint of --against attests beyond the manifest's head, 0 = none. Returns CLI_DONE, or told. */
int cli_backup_journal_prove(const struct cli *cli, const char *folder, bool is_still, const struct cli_backup_manifest *manifest, uint64_t *lost);

#endif
