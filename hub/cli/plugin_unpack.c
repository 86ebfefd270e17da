/* SPDX-License-Identifier: Apache-2.0 */
/* A package file that is to be tried out: verified as a hub would before it loads it, then its very bytes
 * put into a folder that nobody else sees. */
#include "cli/package.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define VECTORS "vectors"

bool cli_package_is_file(const char *path)
{
    size_t size = strlen(path), tail = strlen(PACKAGE_SUFFIX);
    struct stat about;

    return size > tail && strcmp(path + size - tail, PACKAGE_SUFFIX) == 0 && (stat(path, &about) != 0 || !S_ISDIR(about.st_mode));
}

static int fail(const struct cli *cli, const char *folder)
{
    cli_tell(cli, cli_say(cli, "%s 无法写入：%s", "%s cannot be written: %s"), folder, strerror(errno));
    return CLI_FAILED;
}

/* Names are those that a package may hold: none leads out of the folder. */
static int put(int folder, const struct package_entry *entry)
{
    size_t done = 0;
    ssize_t got = 1;

    if (strncmp(entry->name, VECTORS "/", strlen(VECTORS "/")) == 0 && mkdirat(folder, VECTORS, 0700) != 0 && errno != EEXIST)
        return OD_EIO;
    int fd = openat(folder, entry->name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644); /* a host that gave up root opens it by its descriptor */
    while (fd >= 0 && done < entry->size && got > 0) {
        got = write(fd, entry->bytes + done, entry->size - done);
        done += got > 0 ? (size_t)got : 0;
    }
    bool is_written = fd >= 0 && done == entry->size;
    if (fd >= 0 && close(fd) != 0)
        is_written = false;
    return is_written ? OD_OK : OD_EIO;
}

static int put_all(const struct cli *cli, struct cli_unpacked *unpacked)
{
    const struct package_bundle *bundle = &unpacked->package.bundle;
    const char *place = getenv("TMPDIR");
    int size = snprintf(unpacked->folder, sizeof(unpacked->folder), "%s/onedoor-package-XXXXXX", place != NULL ? place : "/tmp");
    bool is_made = size < (int)sizeof(unpacked->folder) && mkdtemp(unpacked->folder) != NULL; /* mode 0700 */
    int folder = is_made ? open(unpacked->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1, rc = folder >= 0 ? OD_OK : OD_EIO;

    for (size_t i = 0; rc == OD_OK && i < bundle->count; i++)
        rc = put(folder, &bundle->entries[i]);
    int end = rc == OD_OK ? CLI_DONE : fail(cli, unpacked->folder);
    if (folder >= 0)
        close(folder);
    if (!is_made)
        unpacked->folder[0] = '\0';
    return end;
}

int cli_package_unpack(struct cli *cli, const char *path, struct cli_unpacked *unpacked)
{
    *unpacked = (struct cli_unpacked){.folder = ""};
    int end = cli_package_verify(cli, path, &unpacked->package);
    if (end == CLI_DONE)
        end = put_all(cli, unpacked);
    if (end == CLI_DONE && unpacked->package.is_signed)
        cli_tell(cli, cli_say(cli, "%s：签名有效：%s", "%s: signed by: %s"), path, unpacked->package.signed_by);
    else if (end == CLI_DONE)
        cli_tell(cli, cli_say(cli, "%s：没有签名", "%s: not signed"), path);
    return end;
}

void cli_package_unpack_end(struct cli_unpacked *unpacked)
{
    const struct package_bundle *bundle = &unpacked->package.bundle;
    int folder = unpacked->folder[0] != '\0' ? open(unpacked->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

    for (size_t i = 0; folder >= 0 && i < bundle->count; i++)
        unlinkat(folder, bundle->entries[i].name, 0);
    if (folder >= 0) {
        unlinkat(folder, VECTORS, AT_REMOVEDIR);
        close(folder);
        rmdir(unpacked->folder);
    }
    package_fini(&unpacked->package);
}
