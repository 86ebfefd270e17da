/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/seal.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "evidence/tree.h"

#define STRETCH 4096 /* hashes read at once */
#define PAGE 64      /* checkpoints read at once */
#define SEED_TEXT_SIZE (2 * BASE_SIGN_SEED_SIZE + 1)

/* -- The key -- */

static int complain(const char *path, char text[512], int rc, const char *sentence)
{
    snprintf(text, 512, "The evidence key %.200s: %s", path, sentence);
    return rc;
}

static int path_make(const char *folder, const char *name, char path[PATH_MAX])
{
    return (size_t)snprintf(path, PATH_MAX, "%s/keys/%s", folder, name) < PATH_MAX ? OD_OK : OD_EIO;
}

/* size: room, then what was read. */
static int file_read(const char *path, char *bytes, size_t *size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    ssize_t got = fd >= 0 ? read(fd, bytes, *size) : -1;
    int why = errno;

    if (fd >= 0)
        close(fd);
    if (got < 0)
        return fd < 0 && why == ENOENT ? OD_ENOTFOUND : OD_EIO;
    *size = (size_t)got;
    return OD_OK;
}

static int file_write(const char *path, mode_t mode, const char *bytes, size_t size)
{
    char draft[PATH_MAX];

    if ((size_t)snprintf(draft, sizeof(draft), "%.*s.part", PATH_MAX - 8, path) >= sizeof(draft))
        return OD_EIO;
    unlink(draft);
    int fd = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
    bool is_written = fd >= 0 && write(fd, bytes, size) == (ssize_t)size && fsync(fd) == 0;
    if (fd >= 0)
        close(fd);
    if (is_written && rename(draft, path) == 0)
        return OD_OK;
    unlink(draft);
    return OD_EIO;
}

int evidence_pair_load(const char *folder, struct base_sign_pair *pair, char text[512])
{
    char path[PATH_MAX], seed[SEED_TEXT_SIZE + 1] = "";
    size_t size = sizeof(seed) - 1;
    int rc = path_make(folder, "evidence.key", path);

    if (rc == OD_OK)
        rc = file_read(path, seed, &size);
    if (rc != OD_OK)
        return complain(path, text, rc, rc == OD_ENOTFOUND ? "it is not there. A hub makes it at its first start."
                                                           : "it cannot be read. Give the hub's user the right to.");
    if (size == SEED_TEXT_SIZE && seed[size - 1] == '\n')
        seed[size - 1] = '\0';
    rc = base_unhex(seed, pair->seed, BASE_SIGN_SEED_SIZE);
    memset(seed, 0, sizeof(seed));
    if (rc != OD_OK)
        return complain(path, text, rc, "it is no key: 64 hexadecimal digits are due. Put the right one back; without it, move the file "
                                        "away and a new key is made, which everybody must be told of.");
    base_sign_pair_derive(pair);
    return OD_OK;
}

static int public_write(const char *folder, const struct base_sign_pair *pair)
{
    struct base_buffer pem = {0};
    char path[PATH_MAX];
    int rc = path_make(folder, "evidence.pub", path);

    evidence_key_put_pem(&pem, pair->key);
    if (rc == OD_OK)
        rc = pem.is_broken ? OD_ENOMEM : file_write(path, 0644, pem.bytes, pem.size);
    base_buffer_fini(&pem);
    return rc;
}

static int pair_make(const char *folder, struct base_sign_pair *pair, char text[512])
{
    char path[PATH_MAX], seed[SEED_TEXT_SIZE];
    int rc = path_make(folder, "", path);

    if (rc == OD_OK && mkdir(path, 0700) != 0 && errno != EEXIST)
        rc = OD_EIO;
    if (rc == OD_OK)
        rc = path_make(folder, "evidence.key", path);
    base_sign_pair_create(pair);
    base_hex(pair->seed, BASE_SIGN_SEED_SIZE, seed);
    seed[SEED_TEXT_SIZE - 1] = '\n';
    if (rc == OD_OK)
        rc = file_write(path, 0600, seed, sizeof(seed));
    memset(seed, 0, sizeof(seed));
    if (rc == OD_OK)
        rc = public_write(folder, pair);
    return rc == OD_OK ? rc : complain(path, text, OD_EIO, "it cannot be written. Give the hub's user the right to write there, and space.");
}

int evidence_pair_get(const char *folder, struct base_sign_pair *pair, char text[512])
{
    uint8_t key[BASE_SIGN_KEY_SIZE];
    int rc = evidence_pair_load(folder, pair, text);

    if (rc == OD_ENOTFOUND)
        return pair_make(folder, pair, text);
    if (rc == OD_OK && (evidence_public_load(folder, key) != OD_OK || memcmp(key, pair->key, sizeof(key)) != 0))
        rc = public_write(folder, pair) == OD_OK ? OD_OK : complain(folder, text, OD_EIO, "its public half cannot be written.");
    if (rc == OD_OK)
        text[0] = '\0';
    return rc;
}

int evidence_public_load(const char *folder, uint8_t key[BASE_SIGN_KEY_SIZE])
{
    char path[PATH_MAX], pem[512];
    size_t size = sizeof(pem);
    int rc = path_make(folder, "evidence.pub", path);

    if (rc == OD_OK)
        rc = file_read(path, pem, &size);
    return rc == OD_OK ? evidence_key_read(pem, size, key) : rc;
}

/* -- Checkpoints -- */

int evidence_checkpoint_of(const struct store_entry *entry, struct evidence_checkpoint *checkpoint)
{
    struct base_json_error error;
    struct base_json *root = NULL;
    struct evidence_checkpoint read;
    int rc = base_json_parse(entry->body, entry->body_size, &root, &error);

    if (rc == OD_OK)
        rc = evidence_checkpoint_read(root, &read);
    base_json_destroy(root);
    if (rc == OD_OK && read.note.number != entry->id)
        rc = OD_ESYNTAX;
    if (rc == OD_OK)
        *checkpoint = read;
    return rc;
}

static int newest_read(struct store_reader *reader, struct base_arena *arena, struct store_entry *entry)
{
    struct store_entry_filter filter = {.kind = EVIDENCE_REGISTER, .state = -1, .department = -1, .before = UINT64_MAX};
    size_t count = 0;
    uint64_t next;
    int rc = store_read_entries(reader, &filter, arena, entry, 1, &count, &next);

    return rc == OD_OK && count == 0 ? OD_ENOTFOUND : rc;
}

static int one_read(struct store_reader *reader, uint64_t number, struct base_arena *arena, evidence_checkpoint_cb on_checkpoint, void *owner)
{
    struct evidence_checkpoint checkpoint;
    struct store_entry entry;
    int rc = store_read_entry(reader, EVIDENCE_REGISTER, number, arena, &entry);

    if (rc == OD_ENOTFOUND)
        return OD_OK; /* that it is missing, the next one shows */
    if (rc == OD_OK)
        rc = evidence_checkpoint_of(&entry, &checkpoint);
    return rc == OD_OK ? on_checkpoint(owner, &checkpoint) : rc;
}

/* The register gives the newest first: the numbers are asked for one by one. */
int evidence_checkpoints_read(struct store_reader *reader, uint64_t after, evidence_checkpoint_cb on_checkpoint, void *owner)
{
    struct base_arena arena = {0};
    struct store_entry newest = {.id = 0};
    int rc = newest_read(reader, &arena, &newest);

    for (uint64_t number = after + 1; rc == OD_OK && number <= newest.id; number++) {
        rc = one_read(reader, number, &arena, on_checkpoint, owner);
        if (number % PAGE == 0)
            base_arena_fini(&arena);
    }
    base_arena_fini(&arena);
    return rc == OD_ENOTFOUND ? OD_OK : rc;
}

int evidence_checkpoint_last(struct store_reader *reader, struct evidence_checkpoint *checkpoint)
{
    struct base_arena arena = {0};
    struct store_entry entry;
    int rc = newest_read(reader, &arena, &entry);

    if (rc == OD_OK)
        rc = evidence_checkpoint_of(&entry, checkpoint);
    base_arena_fini(&arena);
    return rc;
}

static int keep(void *owner, const struct evidence_checkpoint *checkpoint)
{
    *(struct evidence_checkpoint *)owner = *checkpoint;
    return OD_OK;
}

int evidence_checkpoint_over(struct store_reader *reader, uint64_t seq, struct evidence_checkpoint *checkpoint)
{
    struct base_arena arena = {0};
    struct evidence_checkpoint found;
    struct store_entry newest = {.id = 0};
    int rc = newest_read(reader, &arena, &newest);
    uint64_t low = 1, high = newest.id;

    while (rc == OD_OK && low < high) { /* the first whose records end at seq or behind it */
        uint64_t middle = low + (high - low) / 2;

        found.note.number = 0;
        rc = one_read(reader, middle, &arena, keep, &found);
        if (rc == OD_OK && found.note.number == 0)
            rc = OD_ESYNTAX;
        if (rc == OD_OK && found.note.last < seq)
            low = middle + 1;
        else
            high = middle;
    }
    if (rc == OD_OK)
        rc = one_read(reader, low, &arena, keep, &found);
    base_arena_fini(&arena);
    if (rc == OD_OK && (found.note.first > seq || found.note.last < seq))
        rc = OD_ENOTFOUND;
    if (rc == OD_OK)
        *checkpoint = found;
    return rc;
}

static int add_hashes(struct store_reader *reader, uint64_t after, struct evidence_tree *tree, uint8_t last[BASE_HASH_SIZE])
{
    uint8_t *hashes = base_alloc((size_t)STRETCH * BASE_HASH_SIZE);
    size_t count = STRETCH;
    int rc = hashes != NULL ? OD_OK : OD_ENOMEM;

    while (rc == OD_OK && count == STRETCH && tree->count < EVIDENCE_RUN_MAX) {
        rc = store_read_hashes(reader, after + tree->count, hashes, STRETCH, &count);
        for (size_t i = 0; rc == OD_OK && i < count; i++)
            evidence_tree_add(tree, hashes + i * BASE_HASH_SIZE);
        if (rc == OD_OK && count > 0)
            memcpy(last, hashes + (count - 1) * BASE_HASH_SIZE, BASE_HASH_SIZE);
    }
    base_free(hashes);
    return rc;
}

int evidence_note_next(struct store_reader *reader, const struct evidence_note *last, struct evidence_note *next)
{
    struct evidence_note note = {.number = last->number + 1, .first = last->last + 1};
    struct evidence_tree tree = {0};
    int rc = add_hashes(reader, last->last, &tree, note.hash);

    if (rc == OD_OK && tree.count == 0)
        rc = OD_ENOTFOUND;
    if (rc != OD_OK)
        return rc;
    note.last = last->last + tree.count;
    evidence_tree_root(&tree, note.root);
    if (last->number > 0)
        evidence_note_hash(last, note.previous);
    *next = note;
    return OD_OK;
}
