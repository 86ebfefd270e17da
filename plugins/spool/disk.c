/* SPDX-License-Identifier: Apache-2.0 */
/* A pass over the folder, on the work thread: what is settled is moved away, what came is read, a batch is put out.
 *
 *   in/ out/        the department's side: it writes into the first and takes away from the second
 *   sent/           copies of batches, until they are acknowledged
 *   done/ refused/  files that came, with what became of them
 *
 * Every file appears whole: it is written under a name that begins with a dot, flushed, and renamed. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../row/text.h"
#include "spool.h"

#define PATH_SIZE 4096

static bool fail(struct pass *pass, const char *what, const char *name)
{
    text_format(pass->why, sizeof(pass->why), "%s %.200s: %s", what, name, strerror(errno));
    pass->is_failed = true;
    return false;
}

static void path_of(const struct pass *pass, const char *folder, const char *name, char path[PATH_SIZE])
{
    snprintf(path, PATH_SIZE, "%.3500s/%s/%.300s", pass->place, folder, name);
}

static bool folder_flush(const struct pass *pass, const char *folder)
{
    char path[PATH_SIZE];

    path_of(pass, folder, "", path);
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool is_flushed = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0)
        close(fd);
    return is_flushed;
}

static bool file_write(struct pass *pass, const char *folder, const char *name, const char *bytes, size_t size)
{
    char hidden[SPOOL_NAME_MAX + 80], part[PATH_SIZE], whole[PATH_SIZE];

    snprintf(hidden, sizeof(hidden), ".%s.part", name);
    path_of(pass, folder, hidden, part);
    path_of(pass, folder, name, whole);
    int fd = open(part, O_CREAT | O_TRUNC | O_WRONLY | O_NOFOLLOW | O_CLOEXEC, 0660);
    bool is_written = fd >= 0;
    for (size_t done = 0; is_written && done < size;) {
        ssize_t got = write(fd, bytes + done, size - done);

        is_written = got > 0;
        done += got > 0 ? (size_t)got : 0;
    }
    is_written = is_written && fsync(fd) == 0;
    if (fd >= 0)
        is_written = close(fd) == 0 && is_written;
    if (!is_written || rename(part, whole) != 0 || !folder_flush(pass, folder))
        return fail(pass, "cannot be written:", name);
    return true;
}

/* The bytes of a plain file, owned by the caller; NULL: it is none, or cannot be read. */
static char *file_read(const char *path, size_t *size)
{
    struct stat about;
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    char *bytes = NULL;
    ssize_t got = 1;

    if (fd < 0)
        return NULL;
    if (fstat(fd, &about) == 0 && S_ISREG(about.st_mode) && about.st_size <= SPOOL_FILE_MAX)
        bytes = malloc((size_t)about.st_size + 1);
    for (*size = 0; bytes != NULL && got > 0 && *size < (size_t)about.st_size; *size += got > 0 ? (size_t)got : 0)
        got = read(fd, bytes + *size, (size_t)about.st_size - *size);
    close(fd);
    if (got < 0) {
        free(bytes);
        return NULL;
    }
    return bytes;
}

/* -- What is settled -- */

static void put_note(struct out *report, const struct row *row)
{
    char line[64];

    if (row->state == ROW_TAKEN)
        return;
    snprintf(line, sizeof(line), "line %u: ", row->line);
    out_text(report, line);
    out_text(report, row->cells[SPOOL_KEY]);
    out_text(report, row->state == ROW_NEW ? ": no such task is open here" : ": refused: ");
    out_text(report, row->note != NULL ? row->note : "");
    out_text(report, "\n");
}

static bool report_write(struct pass *pass, const char *folder, const struct file *file)
{
    struct out report = {.size_max = SPOOL_REPORT_MAX};
    char name[SPOOL_NAME_MAX + 32];

    out_text(&report, file->why);
    out_text(&report, file->why[0] != '\0' ? "\n" : "");
    for (size_t i = 0; file->state == FILE_DONE && i < file->row_count; i++)
        put_note(&report, &file->rows[i]);
    snprintf(name, sizeof(name), "%s.report.txt", file->name);
    bool is_written = report.size == 0 || file_write(pass, folder, name, report.bytes, report.size);
    out_fini(&report);
    return is_written;
}

/* A name that is taken there gets a number behind it: nothing is overwritten. */
static bool file_move(struct pass *pass, const char *folder, const struct file *file)
{
    char from[PATH_SIZE], to[PATH_SIZE], name[SPOOL_NAME_MAX + 16];

    path_of(pass, pass->spool->settings.in_folder, file->name, from);
    for (int i = 0; i < 1000; i++) {
        snprintf(name, sizeof(name), i > 0 ? "%s.%d" : "%s", file->name, i);
        path_of(pass, folder, name, to);
        if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
            return folder_flush(pass, folder) && folder_flush(pass, pass->spool->settings.in_folder);
        if (errno == ENOENT)
            return true; /* the department has taken it back */
        if (errno != EEXIST)
            break;
    }
    return fail(pass, "cannot be moved:", file->name);
}

static void put_away(struct pass *pass)
{
    for (size_t i = 0; i < pass->away_count && !pass->is_failed; i++) {
        struct file *file = pass->away[i];
        const char *folder = file->state == FILE_DONE ? "done" : "refused";

        file->is_away = report_write(pass, folder, file) && file_move(pass, folder, file);
    }
}

/* -- Out -- */

static void batch_name(const struct pass *pass, int64_t sequence, char name[SPOOL_NAME_MAX])
{
    snprintf(name, SPOOL_NAME_MAX, "%s-%06lld.csv", pass->spool->settings.out_prefix, (long long)sequence);
}

static void put_out(struct pass *pass)
{
    struct batch *batch = &pass->batch;
    char name[SPOOL_NAME_MAX];

    if (batch->text == NULL || pass->is_failed)
        return;
    batch_name(pass, batch->sequence, name);
    batch->is_written = (!pass->spool->settings.wants_ack || file_write(pass, "sent", name, batch->text, batch->size)) &&
                        file_write(pass, pass->spool->settings.out_folder, name, batch->text, batch->size);
}

static void put_out_again(struct pass *pass)
{
    for (size_t i = 0; i < pass->again_count && !pass->is_failed; i++) {
        char name[SPOOL_NAME_MAX], path[PATH_SIZE];
        size_t size;

        batch_name(pass, pass->again[i], name);
        path_of(pass, "sent", name, path);
        char *bytes = file_read(path, &size);
        if (bytes == NULL)
            fail(pass, "there is no copy of", name);
        else
            (void)file_write(pass, pass->spool->settings.out_folder, name, bytes, size);
        free(bytes);
    }
}

/* -- In -- */

static bool is_incoming(const char *name)
{
    size_t size = strlen(name);

    return size > 4 && size <= SPOOL_NAME_MAX && name[0] != '.' && strcmp(name + size - 4, ".csv") == 0;
}

static bool is_in_hand(const struct pass *pass, const char *name)
{
    for (size_t i = 0; i < pass->known_count; i++) {
        if (strcmp(pass->known[i], name) == 0)
            return true;
    }
    return false;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static struct file *take_in(struct pass *pass, const char *name)
{
    struct spool *spool = pass->spool;
    struct file *file = calloc(1, sizeof(*file));
    struct stat about;
    char path[PATH_SIZE];
    size_t size = 0;

    if (file == NULL)
        return NULL;
    path_of(pass, spool->settings.in_folder, name, path);
    snprintf(file->name, sizeof(file->name), "%s", name);
    if (lstat(path, &about) != 0 || !S_ISREG(about.st_mode)) {
        free(file);
        return NULL; /* gone, or no file at all */
    }
    if (about.st_size > SPOOL_FILE_MAX) {
        file->state = FILE_REFUSED;
        snprintf(file->why, sizeof(file->why), "it is larger than %d MiB", SPOOL_FILE_MAX / 1024 / 1024);
        return file;
    }
    char *bytes = file_read(path, &size);
    if (bytes != NULL)
        file_parse(&spool->settings, spool->decode, file, bytes, size);
    free(bytes);
    if (bytes == NULL) {
        fail(pass, "cannot be read:", name);
        file_free(file);
        return NULL;
    }
    return file;
}

static void look_in(struct pass *pass)
{
    char path[PATH_SIZE];
    struct dirent **names = NULL;
    struct file **end = &pass->found;
    const char *in = pass->spool->settings.in_folder;

    path_of(pass, in, "", path);
    int count = scandir(path, &names, NULL, by_name), taken = (int)pass->known_count;
    for (int i = 0; i < count; i++) {
        const char *name = names[i]->d_name;

        if (!pass->is_failed && taken < SPOOL_FILES_MAX && is_incoming(name) && !is_in_hand(pass, name)) {
            *end = take_in(pass, name);
            taken++;
            if (*end != NULL)
                end = &(*end)->next;
        }
        free(names[i]);
    }
    free(names);
    if (count < 0)
        fail(pass, "cannot be listed:", in);
}

void pass_work(void *arg)
{
    struct pass *pass = arg;
    const char *const folders[] = {pass->spool->settings.in_folder, pass->spool->settings.out_folder, "sent", "done", "refused"};
    char path[PATH_SIZE];

    if (pass->place == NULL) {
        errno = ENOENT;
        fail(pass, "the hub gave no folder, see docs/connectors/spool.md;", "ONEDOOR_FOLDER");
        return;
    }
    for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
        snprintf(path, sizeof(path), "%.3500s/%s", pass->place, folders[i]);
        if (mkdir(path, 0770) != 0 && errno != EEXIST)
            fail(pass, "cannot be made:", folders[i]);
    }
    put_away(pass);
    if (!pass->is_failed)
        look_in(pass);
    put_out(pass);
    put_out_again(pass);
}
