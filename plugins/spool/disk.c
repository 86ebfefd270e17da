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
#define REPORT_NAME_SIZE (SPOOL_NAME_MAX + 32)
#define NAMES_TRIED 1000 /* in done/ and refused/, for one file or report */

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

static struct file_stamp stamp_of(const struct stat *about)
{
    return (struct file_stamp){.device = about->st_dev, .inode = about->st_ino, .size = about->st_size,
                               .changed_ns = (int64_t)about->st_mtim.tv_sec * 1000000000 + about->st_mtim.tv_nsec};
}

/* The bytes of a plain file, owned by the caller, and which it was. NULL: it is none, too large, or cannot be read (errno). */
static char *file_read(const char *path, off_t size_max, size_t *size, struct file_stamp *stamp)
{
    struct stat about = {.st_size = 0};
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    char *bytes = NULL;
    ssize_t got = 1;

    if (fd < 0)
        return NULL;
    if (fstat(fd, &about) == 0 && S_ISREG(about.st_mode) && about.st_size <= size_max)
        bytes = malloc((size_t)about.st_size + 1);
    for (*size = 0; bytes != NULL && got > 0 && *size < (size_t)about.st_size; *size += got > 0 ? (size_t)got : 0)
        got = read(fd, bytes + *size, (size_t)about.st_size - *size);
    int why = bytes != NULL ? errno : !S_ISREG(about.st_mode) ? EINVAL : about.st_size > size_max ? EFBIG : ENOMEM;
    close(fd);
    *stamp = stamp_of(&about);
    errno = why;
    if (got >= 0)
        return bytes;
    free(bytes);
    return NULL;
}

/* -- What is settled -- */

/* What a file says stays on its line, whatever it holds. */
static void put_on_line(struct out *report, const char *text)
{
    for (; *text != '\0'; text++)
        out_put(report, (unsigned char)*text < ' ' ? " " : text, 1);
}

static void put_note(struct out *report, const struct row *row)
{
    char line[64];

    if (row->state == ROW_TAKEN)
        return;
    snprintf(line, sizeof(line), "line %u: ", row->line);
    out_text(report, line);
    put_on_line(report, row->cells[SPOOL_KEY]);
    out_text(report, row->state == ROW_NEW ? ": no such task is open here" : ": refused: ");
    put_on_line(report, row->note != NULL ? row->note : "");
    out_text(report, "\n");
}

/* One that is not taken there. Errors: false, of those that are tried none is free. */
static bool report_name(const struct pass *pass, const char *folder, const struct file *file, char name[REPORT_NAME_SIZE])
{
    char path[PATH_SIZE];
    struct stat about;

    for (int i = 0; i < NAMES_TRIED; i++) {
        snprintf(name, REPORT_NAME_SIZE, i > 0 ? "%s.report.txt.%d" : "%s.report.txt", file->name, i);
        path_of(pass, folder, name, path);
        if (lstat(path, &about) != 0)
            return true;
    }
    errno = EEXIST;
    return false;
}

/* Once, though its file be moved later only. */
static bool report_write(struct pass *pass, const char *folder, struct file *file)
{
    struct out report = {.size_max = SPOOL_REPORT_MAX};
    char name[REPORT_NAME_SIZE];

    if (file->is_reported)
        return true;
    put_on_line(&report, file->why);
    out_text(&report, file->why[0] != '\0' ? "\n" : "");
    for (size_t i = 0; file->state == FILE_DONE && i < file->row_count; i++)
        put_note(&report, &file->rows[i]);
    if (report.size == 0)
        file->is_reported = true;
    else if (report_name(pass, folder, file, name))
        file->is_reported = file_write(pass, folder, name, report.bytes, report.size);
    else
        fail(pass, "has no free name for its report:", file->name);
    out_fini(&report);
    return file->is_reported;
}

static bool has_its_bytes(const char *path, const struct file *file)
{
    struct file_stamp stamp;
    size_t size = 0;
    char *bytes = file_read(path, SPOOL_FILE_MAX, &size, &stamp);
    bool is_same = bytes != NULL && (int64_t)size == file->size && file_hash(bytes, size) == file->hash;

    free(bytes);
    return is_same;
}

/* Some transfers set the time of a file after its last byte: then its bytes tell. */
static bool is_that_file(const char *path, const struct file *file)
{
    struct stat about;

    if (lstat(path, &about) != 0)
        return false;
    struct file_stamp now = stamp_of(&about);
    if (now.device != file->stamp.device || now.inode != file->stamp.inode || now.size != file->stamp.size)
        return false;
    return now.changed_ns == file->stamp.changed_ns || has_its_bytes(path, file);
}

/* Another one came under its name meanwhile: it is read with the next look, not put away unread. */
static bool file_give_back(struct pass *pass, const char *from, const char *to, const struct file *file)
{
    return is_that_file(to, file) || renameat2(AT_FDCWD, to, AT_FDCWD, from, RENAME_NOREPLACE) == 0 ||
           fail(pass, "was put away unread, bring it again under another name:", file->name);
}

/* A name that is taken there gets a number behind it: nothing is overwritten. */
static bool file_move(struct pass *pass, const char *folder, const struct file *file)
{
    char from[PATH_SIZE], to[PATH_SIZE], name[SPOOL_NAME_MAX + 16];

    path_of(pass, pass->spool->settings.in_folder, file->name, from);
    if (!is_that_file(from, file))
        return true; /* another one by now, or none */
    for (int i = 0; i < NAMES_TRIED; i++) {
        snprintf(name, sizeof(name), i > 0 ? "%s.%d" : "%s", file->name, i);
        path_of(pass, folder, name, to);
        if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
            return file_give_back(pass, from, to, file) && folder_flush(pass, folder) &&
                   folder_flush(pass, pass->spool->settings.in_folder);
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

/* It is gone, or is no batch of ours: the next look finds no other. */
static bool is_lasting(int error)
{
    return error == ENOENT || error == ELOOP || error == EINVAL || error == EFBIG;
}

static void put_out_again(struct pass *pass)
{
    size_t count = pass->is_failed ? 0 : pass->again_count;

    for (size_t i = 0; i < count; i++) {
        char name[SPOOL_NAME_MAX], path[PATH_SIZE];
        struct file_stamp stamp;
        size_t size;

        batch_name(pass, pass->again[i], name);
        path_of(pass, "sent", name, path);
        char *bytes = file_read(path, SPOOL_BATCH_MAX, &size, &stamp);
        pass->is_without_copy[i] = bytes == NULL && is_lasting(errno);
        if (bytes != NULL)
            pass->is_out_again[i] = file_write(pass, pass->spool->settings.out_folder, name, bytes, size);
        else if (!pass->is_without_copy[i])
            fail(pass, "cannot be read:", name);
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

/* NULL: it is gone, or no file at all. One that cannot be read keeps no other from being so. */
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
    memcpy(file->name, name, strlen(name) + 1); /* is_incoming */
    if (lstat(path, &about) != 0 || !S_ISREG(about.st_mode)) {
        free(file);
        return NULL;
    }
    file->stamp = stamp_of(&about);
    if (about.st_size > SPOOL_FILE_MAX) {
        file->state = FILE_REFUSED;
        snprintf(file->why, sizeof(file->why), "it is larger than %d MiB", SPOOL_FILE_MAX / 1024 / 1024);
        return file;
    }
    char *bytes = file_read(path, SPOOL_FILE_MAX, &size, &file->stamp);
    if (bytes != NULL) {
        file_parse(&spool->settings, spool->decode, file, bytes, size);
    } else {
        file->state = FILE_PARTIAL;
        text_format(file->why, sizeof(file->why), "cannot be read: %s", strerror(errno));
    }
    free(bytes);
    return file;
}

static int is_taken_up(const struct dirent *entry)
{
    return is_incoming(entry->d_name);
}

/* Those that are whole fill the room; what is half written, or no file, stands in nobody's way. */
static void look_in(struct pass *pass)
{
    char path[PATH_SIZE];
    struct dirent **names = NULL;
    struct file **end = &pass->found;
    const char *in = pass->spool->settings.in_folder;

    path_of(pass, in, "", path);
    int count = scandir(path, &names, is_taken_up, by_name), whole = (int)pass->known_count, looked = 0;
    for (int i = 0; i < count; i++) {
        const char *name = names[i]->d_name;

        if (whole < SPOOL_FILES_MAX && looked < SPOOL_LOOKS_MAX && !is_in_hand(pass, name)) {
            *end = take_in(pass, name);
            looked++;
            whole += *end != NULL && (*end)->state != FILE_PARTIAL;
            if (*end != NULL)
                end = &(*end)->next;
        }
        free(names[i]);
    }
    free(names);
    if (count < 0)
        fail(pass, "cannot be listed:", in);
}

/* One of its own: the department, which may write beside it, could have put a link there. */
static bool folder_make(struct pass *pass, const char *folder)
{
    char path[PATH_SIZE];
    struct stat about;

    snprintf(path, sizeof(path), "%.3500s/%s", pass->place, folder);
    if (mkdir(path, 0770) != 0 && errno != EEXIST)
        return fail(pass, "cannot be made:", folder);
    if (lstat(path, &about) == 0 && S_ISDIR(about.st_mode))
        return true;
    errno = ENOTDIR;
    return fail(pass, "is no folder (a link is none):", folder);
}

void pass_work(void *arg)
{
    struct pass *pass = arg;
    const char *const folders[] = {pass->spool->settings.in_folder, pass->spool->settings.out_folder, "sent", "done", "refused"};

    if (pass->place == NULL) {
        errno = ENOENT;
        fail(pass, "the hub gave no folder, see docs/connectors/spool.md;", "ONEDOOR_FOLDER");
        return;
    }
    for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
        if (!folder_make(pass, folders[i]))
            return;
    }
    put_away(pass);
    if (!pass->is_failed)
        look_in(pass);
    put_out(pass);
    put_out_again(pass);
}
