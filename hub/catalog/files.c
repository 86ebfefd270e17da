/* SPDX-License-Identifier: Apache-2.0 */
/* The files of a catalogue, read into memory in the order of their paths. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "catalog/loading.h"

#define PATH_SIZE 4096

void catalog_sources_fini(struct catalog_sources *sources)
{
    for (size_t i = 0; i < sources->count; i++) {
        base_free(sources->at[i].path);
        base_free(sources->at[i].text);
    }
    base_free(sources->at);
    *sources = (struct catalog_sources){.at = NULL};
}

int catalog_sources_put(struct catalog_sources *sources, char *path, char *text, size_t size)
{
    if (path == NULL || text == NULL)
        goto fail;
    if (sources->count == sources->room) {
        size_t room = sources->room * 2 + 16;
        struct catalog_source *at = base_realloc(sources->at, room * sizeof(*at));
        if (at == NULL)
            goto fail;
        sources->at = at;
        sources->room = room;
    }
    sources->at[sources->count++] = (struct catalog_source){path, text, size};
    return OD_OK;

fail:
    base_free(path);
    base_free(text);
    return OD_ENOMEM;
}

/* Put a source at the end. path and text are taken, also on error. */
static int source_take(struct catalog_loading *loading, char *path, char *text, size_t size)
{
    struct catalog_sources sources = {.at = loading->sources, .count = loading->source_count, .room = loading->source_room};
    int rc = catalog_sources_put(&sources, path, text, size);

    loading->sources = sources.at;
    loading->source_count = sources.count;
    loading->source_room = sources.room;
    return rc;
}

int catalog_source_add(struct catalog_loading *loading, const char *name, const char *text, size_t size)
{
    return source_take(loading, base_copy_text(name, strlen(name)), base_copy_text(text, size), size);
}

/* Read size bytes; less only at the end of the file. Errors: OD_EIO. */
static int bytes_read(int file, char *bytes, size_t size, size_t *used)
{
    size_t at = 0;

    while (at < size) {
        ssize_t got = read(file, bytes + at, size - at);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return OD_EIO;
        if (got == 0)
            break;
        at += (size_t)got;
    }
    *used = at;
    return OD_OK;
}

/* What the system says of a file that cannot be read. */
static const void *fault_words(struct catalog_phrase *phrase, int number)
{
    static const struct {
        int number;
        const char *words;
    } rows[] = {
        {EACCES, CATALOG_PHRASE("Permission denied")}, {EPERM, CATALOG_PHRASE("Operation not permitted")},
        {ENOENT, CATALOG_PHRASE("No such file or directory")}, {ENOTDIR, CATALOG_PHRASE("Not a directory")},
        {ELOOP, CATALOG_PHRASE("Too many levels of symbolic links")}, {ENAMETOOLONG, CATALOG_PHRASE("File name too long")},
        {EIO, CATALOG_PHRASE("Input/output error")}, {EMFILE, CATALOG_PHRASE("Too many open files")},
        {ENFILE, CATALOG_PHRASE("Too many open files in system")}, {ENXIO, CATALOG_PHRASE("No such device or address")},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (rows[i].number == number)
            return catalog_phrase_word(phrase, rows[i].words);
    *phrase = (struct catalog_phrase){.in = {""}};
    return catalog_phrase_add(phrase, "system error %d", number);
}

/* Read the open file into a new source. */
static int open_file_read(struct catalog_loading *loading, int file, const char *name)
{
    struct stat status;
    size_t size = 0;

    if (fstat(file, &status) != 0)
        return OD_EIO;
    if (!S_ISREG(status.st_mode)) {
        catalog_report_file(loading, name, "it is no regular file; put the catalogue into plain *.json files");
        return OD_OK;
    }
    if ((uint64_t)status.st_size > loading->limits->file_size_max) {
        catalog_report_file(loading, name,
                            "the file has %lld bytes, at most %zu are allowed; split it into several files",
                            (long long)status.st_size, loading->limits->file_size_max);
        return OD_OK;
    }
    char *text = base_alloc((size_t)status.st_size + 1);
    if (text == NULL)
        return OD_ENOMEM;
    int rc = bytes_read(file, text, (size_t)status.st_size, &size);
    if (rc != OD_OK) {
        base_free(text);
        return rc;
    }
    return source_take(loading, base_copy_text(name, strlen(name)), text, size);
}

int catalog_file_read(struct catalog_loading *loading, const char *path, const char *name)
{
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct catalog_phrase phrase;
    int rc = OD_EIO;

    if (file >= 0) {
        rc = open_file_read(loading, file, name);
        close(file);
    }
    if (rc == OD_EIO)
        catalog_report_file(loading, name, "the file cannot be read (%p); make it readable for the hub",
                            fault_words(&phrase, errno));
    return rc;
}

static bool has_suffix(const char *name, const char *suffix)
{
    size_t size = strlen(name), suffix_size = strlen(suffix);

    return size > suffix_size && strcmp(name + size - suffix_size, suffix) == 0;
}

/* Paths below the folder, as found. */
struct paths {
    char **at; /* owned, and each of them */
    size_t count, room;
};

static int path_add(struct paths *paths, const char *path)
{
    if (paths->count == paths->room) {
        size_t room = paths->room * 2 + 16;
        char **at = base_realloc(paths->at, room * sizeof(*at));
        if (at == NULL)
            return OD_ENOMEM;
        paths->at = at;
        paths->room = room;
    }
    char *copy = base_copy_text(path, strlen(path));
    if (copy == NULL)
        return OD_ENOMEM;
    paths->at[paths->count++] = copy;
    return OD_OK;
}

static int folder_walk(struct catalog_loading *loading, struct paths *paths, const char *below, int depth);

/* One entry of a folder: a file to note or a folder to walk. Names with a leading dot
 * are editors' and version control's own. */
static int entry_walk(struct catalog_loading *loading, struct paths *paths, const char *below,
                      const char *name, int depth)
{
    char path[PATH_SIZE], whole[PATH_SIZE];
    struct catalog_phrase phrase;
    struct stat status;

    if (name[0] == '.')
        return OD_OK;
    int size = snprintf(path, sizeof(path), "%s%s%s", below, below[0] != '\0' ? "/" : "", name);
    int whole_size = snprintf(whole, sizeof(whole), "%s/%s", loading->folder, path);
    if (size >= PATH_SIZE || whole_size >= PATH_SIZE) {
        catalog_report_file(loading, below, "a path below this folder is longer than %d bytes", PATH_SIZE - 1);
        return OD_OK;
    }
    if (stat(whole, &status) != 0) {
        if (has_suffix(name, ".json"))
            catalog_report_file(loading, path, "the file cannot be read (%p); remove it or make it readable",
                                fault_words(&phrase, errno));
        return OD_OK;
    }
    if (S_ISDIR(status.st_mode))
        return folder_walk(loading, paths, path, depth + 1);
    return has_suffix(name, ".json") ? path_add(paths, path) : OD_OK;
}

static int folder_walk(struct catalog_loading *loading, struct paths *paths, const char *below, int depth)
{
    char whole[PATH_SIZE];
    struct catalog_phrase phrase;
    struct dirent *entry;
    int rc = OD_OK;

    if (depth > CATALOG_FOLDER_DEPTH_MAX) {
        catalog_report_file(loading, below, "folders are nested deeper than %d; is a link turning back?",
                            CATALOG_FOLDER_DEPTH_MAX);
        return OD_OK;
    }
    if (snprintf(whole, sizeof(whole), "%s%s%s", loading->folder, below[0] != '\0' ? "/" : "", below) >= PATH_SIZE)
        return OD_ENOTFOUND;
    DIR *folder = opendir(whole);
    if (folder == NULL && errno == ENOMEM)
        return OD_ENOMEM;
    if (folder == NULL) {
        bool is_absent = depth == 0 && (errno == ENOENT || errno == ENOTDIR);
        catalog_report_file(loading, below[0] != '\0' ? below : loading->folder,
                            "the folder cannot be read (%p)", fault_words(&phrase, errno));
        return is_absent ? OD_ENOTFOUND : OD_EIO;
    }
    while (rc == OD_OK && (entry = readdir(folder)) != NULL)
        rc = entry_walk(loading, paths, below, entry->d_name, depth);
    closedir(folder);
    return rc;
}

static int order_of_paths(const void *a, const void *b)
{
    const char *const *left = a, *const *right = b;

    return strcmp(*left, *right);
}

static int paths_read(struct catalog_loading *loading, const struct paths *paths)
{
    char whole[PATH_SIZE];
    int rc = OD_OK;

    if (paths->count == 0)
        catalog_report_file(loading, loading->folder, "there is no *.json file below the folder");
    if (paths->count > loading->limits->files_max) {
        catalog_report_file(loading, loading->folder, "there are %zu files, at most %zu are allowed; join some",
                            paths->count, loading->limits->files_max);
        return OD_OK;
    }
    for (size_t i = 0; i < paths->count && rc == OD_OK; i++) {
        snprintf(whole, sizeof(whole), "%s/%s", loading->folder, paths->at[i]);
        rc = catalog_file_read(loading, whole, paths->at[i]);
    }
    return rc;
}

int catalog_files_read(struct catalog_loading *loading, const char *folder)
{
    struct paths paths = {.count = 0};

    loading->folder = folder;
    int rc = folder_walk(loading, &paths, "", 0);
    if (rc == OD_OK) {
        if (paths.count > 0)
            qsort(paths.at, paths.count, sizeof(*paths.at), order_of_paths);
        rc = paths_read(loading, &paths);
    }
    for (size_t i = 0; i < paths.count; i++)
        base_free(paths.at[i]);
    base_free(paths.at);
    return rc;
}
