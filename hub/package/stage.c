/* SPDX-License-Identifier: Apache-2.0 */
/* package_stage_put: write_folder under a name of its own -> fsync -> rename -> fsync of the store;
 * package_stage_seal: read -> memfd and hash -> seals. What ran: loaded.c. */
#include "package/stage_inside.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEX_SIZE (2 * BASE_HASH_SIZE + 1)

int package_stage_open(const char *folder, struct package_stage **out, char message[PACKAGE_TEXT_SIZE])
{
    struct package_stage *stage = base_alloc(sizeof(*stage));

    message[0] = '\0';
    if (stage == NULL) {
        snprintf(message, PACKAGE_TEXT_SIZE, "No memory left for the module store.");
        return OD_ENOMEM;
    }
    stage->fd = -1;
    pthread_mutex_init(&stage->disk, NULL);
    pthread_mutex_init(&stage->rows, NULL);
    if ((mkdir(folder, 0700) == 0 || errno == EEXIST) && (stage->fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) >= 0) {
        int rc = package_loaded_read(stage, message);
        if (rc == OD_OK)
            *out = stage;
        else
            package_stage_close(stage);
        return rc;
    }
    snprintf(message, PACKAGE_TEXT_SIZE, "The module store %.300s cannot be used: %s.", folder, strerror(errno));
    package_stage_close(stage);
    return OD_EIO;
}

void package_stage_close(struct package_stage *stage)
{
    if (stage == NULL)
        return;
    if (stage->fd >= 0)
        close(stage->fd);
    pthread_mutex_destroy(&stage->disk);
    pthread_mutex_destroy(&stage->rows);
    base_free(stage->loaded);
    base_free(stage);
}

static int tell_stage(struct package_refusal *refusal, const char *name)
{
    int rc = errno == ENOSPC || errno == EDQUOT ? OD_EFULL : OD_EIO;

    return package_refuse(refusal, rc, "stage", "The module store cannot keep or give %.80s: %s.", name, strerror(errno));
}

int package_stage_write(int folder, const char *name, mode_t mode, const void *bytes, size_t size)
{
    int fd = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
    const char *at = bytes;

    if (fd < 0)
        return OD_EIO;
    for (size_t left = size; left > 0;) {
        ssize_t put = write(fd, at, left);
        if (put < 0 && errno != EINTR) {
            int why = errno;
            close(fd);
            errno = why;
            return OD_EIO;
        }
        at += put > 0 ? put : 0;
        left -= put > 0 ? (size_t)put : 0;
    }
    int rc = fsync(fd) == 0 ? OD_OK : OD_EIO;
    return close(fd) == 0 ? rc : OD_EIO;
}

/* A draft and what may be in it, one folder deep. */
static void remove_folder(int parent, const char *name)
{
    int folder = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *stream = folder >= 0 ? fdopendir(folder) : NULL;
    const struct dirent *entry;

    if (stream == NULL) {
        if (folder >= 0)
            close(folder);
        return;
    }
    while ((entry = readdir(stream)) != NULL)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 && unlinkat(dirfd(stream), entry->d_name, 0) != 0)
            remove_folder(dirfd(stream), entry->d_name);
    closedir(stream);
    unlinkat(parent, name, AT_REMOVEDIR);
}

static int sync_folder(int parent, const char *name)
{
    int folder = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    int rc = folder >= 0 && fsync(folder) == 0 ? OD_OK : OD_EIO;

    if (folder >= 0)
        close(folder);
    return rc;
}

static int write_files(int folder, const struct package_bundle *bundle)
{
    bool has_vectors = false;

    for (size_t i = 0; i < bundle->count; i++) {
        const struct package_entry *entry = &bundle->entries[i];

        if (!has_vectors && strncmp(entry->name, "vectors/", 8) == 0) {
            if (mkdirat(folder, "vectors", 0700) != 0)
                return OD_EIO;
            has_vectors = true;
        }
        if (package_stage_write(folder, entry->name, 0400, entry->bytes, entry->size) != OD_OK)
            return OD_EIO;
    }
    if (has_vectors && sync_folder(folder, "vectors") != OD_OK)
        return OD_EIO;
    return fsync(folder) == 0 ? OD_OK : OD_EIO;
}

static int put(struct package_stage *stage, const struct package *package, struct package_refusal *refusal)
{
    char name[HEX_SIZE], draft[HEX_SIZE + 8];
    struct stat about;

    *refusal = (struct package_refusal){.code = ""};
    base_hex(package->identity.address, BASE_HASH_SIZE, name);
    snprintf(draft, sizeof(draft), "%s.draft", name);
    if (fstatat(stage->fd, name, &about, AT_SYMLINK_NOFOLLOW) == 0)
        return OD_OK; /* whether it is still what it was is looked at when it is sealed */
    remove_folder(stage->fd, draft); /* of a hub that was stopped while it wrote */
    if (mkdirat(stage->fd, draft, 0700) != 0)
        return tell_stage(refusal, name);
    int folder = openat(stage->fd, draft, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    int rc = folder >= 0 && write_files(folder, &package->bundle) == OD_OK ? OD_OK : OD_EIO;
    if (rc == OD_OK && (renameat(stage->fd, draft, stage->fd, name) != 0 || fsync(stage->fd) != 0))
        rc = OD_EIO;
    if (rc != OD_OK) {
        rc = tell_stage(refusal, name);
        remove_folder(stage->fd, draft);
    }
    if (folder >= 0)
        close(folder);
    return rc;
}

int package_stage_put(struct package_stage *stage, const struct package *package, struct package_refusal *refusal)
{
    pthread_mutex_lock(&stage->disk);
    int rc = put(stage, package, refusal);
    pthread_mutex_unlock(&stage->disk);
    return rc;
}

static bool is_needed(const struct package_stage *stage, const char *name, package_wanted_cb is_wanted, void *owner)
{
    uint8_t address[BASE_HASH_SIZE];

    if (strlen(name) != HEX_SIZE - 1 || base_unhex(name, address, BASE_HASH_SIZE) != OD_OK)
        return strstr(name, ".draft") == NULL; /* not ours */
    for (size_t i = 0; i < stage->loaded_count; i++)
        if (stage->loaded[i].is_signed && base_hash_equal(stage->loaded[i].address, address))
            return true;
    return is_wanted(owner, address);
}

size_t package_stage_clean(struct package_stage *stage, package_wanted_cb is_wanted, void *owner)
{
    int folder = openat(stage->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *stream = folder >= 0 ? fdopendir(folder) : NULL;
    const struct dirent *entry;
    size_t removed = 0;

    if (stream == NULL && folder >= 0)
        close(folder);
    while (stream != NULL && (entry = readdir(stream)) != NULL) {
        struct stat about;

        if (entry->d_name[0] == '.' || is_needed(stage, entry->d_name, is_wanted, owner))
            continue;
        remove_folder(stage->fd, entry->d_name);
        removed += fstatat(stage->fd, entry->d_name, &about, AT_SYMLINK_NOFOLLOW) != 0;
    }
    if (stream != NULL)
        closedir(stream);
    return removed;
}

int package_stage_read(const struct package_stage *stage, const uint8_t address[BASE_HASH_SIZE], const char *label, enum package_part part,
                       struct package_bundle *bundle, struct package_refusal *refusal)
{
    char path[64 + HEX_SIZE], hex[HEX_SIZE];

    base_hex(address, BASE_HASH_SIZE, hex);
    snprintf(path, sizeof(path), "/proc/self/fd/%d/%s", stage->fd, hex);
    return package_bundle_read(path, label, part, bundle, refusal);
}

static int seal_bytes(const char *name, const char *bytes, size_t size)
{
    int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
    size_t put = 0;
    ssize_t got = 1;

    if (fd < 0)
        return -1;
    while (put < size && got > 0) {
        got = write(fd, bytes + put, size - put);
        put += got > 0 ? (size_t)got : 0;
    }
    if (put == size && fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0)
        return fd;
    close(fd);
    return -1;
}

/* The file is read once; what is hashed and what is sealed is that one reading. */
static int seal_file(int folder, const char *address, const char *name, const char *label, const uint8_t expected[BASE_HASH_SIZE], int *out,
                     struct package_refusal *refusal)
{
    uint8_t hash[BASE_HASH_SIZE];
    char *bytes = NULL;
    size_t size = 0;
    int rc = package_file_read(folder, name, package_entry_size_max(name), &bytes, &size);

    if (rc == OD_ENOMEM)
        return package_refuse_memory(refusal);
    if (rc == OD_EIO)
        return package_refuse(refusal, OD_EIO, "stage", "%s of %.120s in the module store cannot be read: %s.", name, label, strerror(errno));
    if (rc == OD_OK)
        base_hash(bytes, size, hash);
    if (rc != OD_OK || !base_hash_equal(hash, expected)) {
        base_free(bytes);
        return package_refuse(refusal, OD_EINVAL, "staged_altered",
                              "%s of %.120s in the module store is not what was verified; remove %.64s there, then it is taken from the module folder again.",
                              name, label, address);
    }
    int fd = seal_bytes(name, bytes, size);
    base_free(bytes);
    if (fd < 0)
        return package_refuse(refusal, OD_EIO, "stage", "%s of %.120s cannot be sealed: %s.", name, label, strerror(errno));
    *out = fd;
    return OD_OK;
}

int package_stage_seal(const struct package_stage *stage, const struct package_identity *identity, const char *label,
                       struct package_seal *seal, struct package_refusal *refusal)
{
    struct package_seal taken = {.manifest = -1, .module = -1};
    char name[HEX_SIZE];

    *refusal = (struct package_refusal){.code = ""};
    base_hex(identity->address, BASE_HASH_SIZE, name);
    int folder = openat(stage->fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (folder < 0 && errno == ENOENT)
        return package_refuse(refusal, OD_ENOTFOUND, "stage", "The module store no longer holds %.120s.", label);
    if (folder < 0)
        return tell_stage(refusal, name);
    int rc = seal_file(folder, name, PACKAGE_MANIFEST_NAME, label, identity->manifest, &taken.manifest, refusal);
    if (rc == OD_OK)
        rc = seal_file(folder, name, PACKAGE_MODULE_NAME, label, identity->module, &taken.module, refusal);
    close(folder);
    if (rc == OD_OK)
        *seal = taken;
    else
        package_seal_close(&taken);
    return rc;
}

void package_seal_close(struct package_seal *seal)
{
    if (seal->manifest >= 0)
        close(seal->manifest);
    if (seal->module >= 0)
        close(seal->module);
    *seal = (struct package_seal){.manifest = -1, .module = -1};
}
