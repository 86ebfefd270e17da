/* SPDX-License-Identifier: Apache-2.0 */
/* A module with a folder of its own: it does there what it may, and tries what it may not, there and elsewhere. Each
 * attempt and its errno (0 = it got through) are the reasons of its opinion, as "name=errno". */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <onedoor/plugin.h>

#define PATH_SIZE 1024
#define ATTEMPTS_MAX 32

static const char *place, *sibling, *data;

static const char *in(const char *name)
{
    static char path[2][PATH_SIZE];
    static unsigned turn;

    snprintf(path[++turn % 2], PATH_SIZE, "%s/%s", place, name);
    return path[turn % 2];
}

static int result(long rc)
{
    return rc < 0 ? errno : 0;
}

static int opens(const char *path, int flags)
{
    int fd = open(path, flags | O_CLOEXEC, 0600);
    int rc = result(fd);

    if (fd >= 0)
        close(fd);
    return rc;
}

static int read_sibling(void)
{
    char path[PATH_SIZE];

    snprintf(path, sizeof(path), "%s/secret", sibling);
    return opens(path, O_RDONLY);
}

static int read_sibling_by_dots(void)
{
    char path[PATH_SIZE];
    const char *name = strrchr(sibling, '/');

    snprintf(path, sizeof(path), "%s/..%s/secret", place, name != NULL ? name : "");
    return opens(path, O_RDONLY);
}

static int write_data(void)
{
    char path[PATH_SIZE];

    snprintf(path, sizeof(path), "%s/onedoor.db", data);
    return opens(path, O_WRONLY);
}

static int write_and_lock(void)
{
    int fd = open(in("own"), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    long rc = fd >= 0 ? write(fd, "abc", 3) : -1;

    if (rc > 0)
        rc = fcntl(fd, F_SETLK, &lock);
    if (rc >= 0)
        rc = ftruncate(fd, 4096);
    void *shared = rc >= 0 ? mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) : MAP_FAILED;
    int end = shared == MAP_FAILED ? errno : result(fsync(fd));
    if (fd >= 0)
        close(fd);
    return end;
}

static int make_and_move(void)
{
    long rc = mkdir(in("sub"), 0700);

    if (rc == 0)
        rc = rename(in("own"), in("moved"));
    if (rc == 0)
        rc = rmdir(in("sub"));
    return result(rc);
}

static int write_much(void)
{
    static const char block[65536];
    int fd = open(in("large"), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    long rc = fd < 0 ? -1 : 0;

    for (int i = 0; rc >= 0 && i < 17; i++)
        rc = write(fd, block, sizeof(block));
    int end = result(rc);
    close(fd);
    unlink(in("large"));
    return end;
}

static int map_code(void)
{
    int fd = open(in("moved"), O_RDONLY | O_CLOEXEC);
    void *code = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
    int end = code == MAP_FAILED ? errno : 0;

    close(fd);
    return end;
}

static int execute(void)
{
    char *const words[] = {NULL};

    return result(execve(in("moved"), words, words));
}

static int chmod_setuid(void) { return result(chmod(in("moved"), 04755)); }
static int make_device(void) { return result(mknod(in("null"), S_IFCHR | 0600, 0x103)); }
static int make_pipe(void) { return result(mkfifo(in("pipe"), 0600)); }
static int make_link(void) { return result(symlink("/etc/passwd", in("link"))); }
static int make_hard_link(void) { return result(link(in("moved"), in("hard"))); }
static int read_passwd(void) { return opens("/etc/passwd", O_RDONLY); }
static int read_by_link(void) { return opens(in("to-passwd"), O_RDONLY); }
static int read_sibling_by_link(void) { return opens(in("to-sibling"), O_RDONLY); }
static int write_tmp(void) { return opens("/tmp/onedoor-folder-test", O_CREAT | O_WRONLY); }
static int list_root(void) { return opens("/", O_RDONLY | O_DIRECTORY); }
static int read_environ(void) { return opens("/proc/self/environ", O_RDONLY); }
static int inet(void) { return result(socket(AF_INET, SOCK_STREAM, 0)); }
static int anonymous(void) { return opens(place, O_TMPFILE | O_WRONLY); }

static const struct {
    const char *name;
    int (*attempt)(void);
} attempts[] = {
    {"write_and_lock", write_and_lock}, {"make_and_move", make_and_move}, {"write_much", write_much}, {"map_code", map_code},
    {"execute", execute}, {"chmod_setuid", chmod_setuid}, {"make_device", make_device}, {"make_pipe", make_pipe},
    {"make_link", make_link}, {"make_hard_link", make_hard_link}, {"read_passwd", read_passwd}, {"read_by_link", read_by_link},
    {"read_sibling", read_sibling}, {"read_sibling_by_dots", read_sibling_by_dots}, {"read_sibling_by_link", read_sibling_by_link},
    {"write_data", write_data}, {"write_tmp", write_tmp}, {"list_root", list_root}, {"read_environ", read_environ}, {"inet", inet},
    {"anonymous", anonymous},
};

static int folder_open(const struct od_host *host, void **self)
{
    *self = (void *)(uintptr_t)host;
    place = getenv("ONEDOOR_FOLDER");
    return OD_OK;
}

static void folder_close(void *self)
{
    (void)self;
}

static int folder_offer(void *self, const struct od_offer *offer)
{
    static char texts[ATTEMPTS_MAX][64];
    const struct od_host *host = self;
    const char *reasons[ATTEMPTS_MAX];
    struct od_opinion opinion = {.size = OD_OPINION_INIT, .opinion = OD_APPROVE, .reasons = reasons};

    if (place == NULL)
        return od_reject(host, offer->task, "no folder");
    if (od_form_text(offer, "sibling", &sibling) != OD_OK || od_form_text(offer, "data", &data) != OD_OK)
        return OD_EINVAL;
    for (size_t i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++) {
        snprintf(texts[i], sizeof(texts[i]), "%s=%d", attempts[i].name, attempts[i].attempt());
        reasons[opinion.reason_count++] = texts[i];
    }
    return od_give_opinion(host, offer->task, &opinion);
}

OD_PLUGIN = {OD_PLUGIN_INIT, .id = "folder", .version = "1.0.0", .open = folder_open, .close = folder_close, .offer = folder_offer};
