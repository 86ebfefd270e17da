/* SPDX-License-Identifier: Apache-2.0 */
#include "egress/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void egress_secret_wipe(struct egress_secret *secret)
{
    explicit_bzero(secret, sizeof(*secret));
}

static int complain(char why[EGRESS_WHY_SIZE], const char *name, const char *what, int rc)
{
    snprintf(why, EGRESS_WHY_SIZE, "the secret %.64s %s", name, what);
    return rc;
}

static int open_file(const char *folder, const char *connector, const char *name, int *fd, char why[EGRESS_WHY_SIZE])
{
    char path[PATH_MAX];

    if (folder == NULL)
        return complain(why, name, "is not set up: the hub's configuration names no secrets folder", OD_ENOTFOUND);
    if (snprintf(path, sizeof(path), "%s/%s/%s", folder, connector, name) >= (int)sizeof(path))
        return complain(why, name, "lies in a folder whose name is too long", OD_EIO);
    *fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (*fd >= 0)
        return OD_OK;
    if (errno == ENOENT || errno == ENOTDIR)
        return complain(why, name, "is not set up: its file is not there", OD_ENOTFOUND);
    if (errno == ELOOP)
        return complain(why, name, "is a symbolic link; make it a plain file", OD_EDENIED);
    return complain(why, name, "cannot be read by the hub's user", errno == EACCES ? OD_EDENIED : OD_EIO);
}

static int check_file(int fd, const char *name, char why[EGRESS_WHY_SIZE])
{
    struct stat about;

    if (fstat(fd, &about) != 0)
        return complain(why, name, "cannot be looked at", OD_EIO);
    if (!S_ISREG(about.st_mode))
        return complain(why, name, "is no plain file", OD_EDENIED);
    if ((about.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        return complain(why, name, "may be read by others; chmod 600", OD_EDENIED);
    if (about.st_uid != geteuid() && about.st_uid != 0)
        return complain(why, name, "belongs to another user", OD_EDENIED);
    return OD_OK;
}

static int read_bytes(int fd, const char *name, struct egress_secret *secret, char why[EGRESS_WHY_SIZE])
{
    char end[2] = "";
    ssize_t got = 1;

    while (secret->size < EGRESS_SECRET_MAX && got > 0) {
        got = read(fd, secret->bytes + secret->size, EGRESS_SECRET_MAX - secret->size);
        secret->size += got > 0 ? (size_t)got : 0;
    }
    ssize_t more = got > 0 ? read(fd, end, sizeof(end)) : 0; /* a line end may follow the last byte */
    if (got < 0 || more < 0)
        return complain(why, name, "cannot be read", OD_EIO);
    if (more > 0 && !(more == 1 && end[0] == '\n'))
        return complain(why, name, "is too large", OD_ELIMIT);
    if (more == 0 && secret->size > 0 && secret->bytes[secret->size - 1] == '\n')
        secret->size--;
    if (secret->size > 0 && secret->bytes[secret->size - 1] == '\r')
        secret->size--;
    secret->bytes[secret->size] = '\0';
    return secret->size > 0 ? OD_OK : complain(why, name, "is empty", OD_ELIMIT);
}

int egress_secret_read(const char *folder, const char *connector, const char *name, struct egress_secret *secret,
                       char why[EGRESS_WHY_SIZE])
{
    int fd = -1;
    int rc = open_file(folder, connector, name, &fd, why);

    secret->size = 0;
    if (rc == OD_OK)
        rc = check_file(fd, name, why);
    if (rc == OD_OK)
        rc = read_bytes(fd, name, secret, why);
    if (fd >= 0)
        close(fd);
    if (rc != OD_OK)
        egress_secret_wipe(secret);
    return rc;
}

bool egress_secret_is_header(const struct egress_secret *secret)
{
    for (size_t i = 0; i < secret->size; i++) {
        unsigned char c = (unsigned char)secret->bytes[i];

        if ((c < 0x20 && c != '\t') || c >= 0x7f)
            return false;
    }
    return true;
}
