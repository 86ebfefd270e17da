/* SPDX-License-Identifier: Apache-2.0 */
/* The module folder: <id>-<version>/{manifest.json, module.so}. What a manifest says
 * is read by package/manifest.c.
 *
 *   connect_module_check -> read_file -> package_manifest_read
 */
#include "connect/inside.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"

#define PATH_SIZE 4096

/* *bytes is owned by the caller (base_free). */
static int read_file(const char *path, char **bytes, size_t *size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* it may turn out to be a pipe */
    struct stat about;
    ssize_t got = 0;
    size_t taken = 0;

    if (fd < 0)
        return errno == ENOENT || errno == ENOTDIR ? OD_ENOTFOUND : OD_EIO;
    char *block = fstat(fd, &about) == 0 && S_ISREG(about.st_mode) ? base_alloc(PACKAGE_MANIFEST_MAX + 1) : NULL;
    int rc = block != NULL ? OD_OK : S_ISREG(about.st_mode) ? OD_ENOMEM : OD_EIO;
    while (rc == OD_OK && taken <= PACKAGE_MANIFEST_MAX &&
           (got = read(fd, block + taken, PACKAGE_MANIFEST_MAX + 1 - taken)) > 0)
        taken += (size_t)got;
    close(fd);
    if (rc == OD_OK && got < 0)
        rc = OD_EIO;
    if (rc == OD_OK && taken > PACKAGE_MANIFEST_MAX)
        rc = OD_ELIMIT;
    if (rc != OD_OK) {
        base_free(block);
        return rc;
    }
    *bytes = block;
    *size = taken;
    return OD_OK;
}

static int tell_unread(struct connect *connect, const char *module, int rc, char text[512])
{
    const char *folder = connect->options.module_folder;

    if (rc == OD_ENOMEM) {
        snprintf(text, 512, "No memory left to read the manifest of %s.", module);
        return rc;
    }
    if (rc == OD_ENOTFOUND) {
        snprintf(text, 512, "No module %s: %.300s/%s/manifest.json does not exist. Put the module's folder there.", module,
                 folder, module);
        return rc;
    }
    if (rc == OD_ELIMIT)
        snprintf(text, 512, "%s/manifest.json is larger than %d bytes; make it smaller.", module, PACKAGE_MANIFEST_MAX);
    else
        snprintf(text, 512, "%s/manifest.json cannot be read; make it a plain file that the hub's user may read.", module);
    return OD_EINVAL;
}

int connect_manifest_read(struct connect *connect, const char *module, struct package_manifest *manifest,
                          char text[512])
{
    char path[PATH_SIZE], *bytes = NULL;
    size_t size = 0;

    text[0] = '\0';
    if (!package_name_is_valid(module, CONNECT_MODULE_MAX)) {
        snprintf(text, 512, "\"%.80s\" is no module name; use <id>-<version> as in the module folder.", module);
        return OD_EINVAL;
    }
    if (snprintf(path, sizeof(path), "%s/%s/manifest.json", connect->options.module_folder, module) >= PATH_SIZE) {
        snprintf(text, 512, "The path of the module folder is too long.");
        return OD_EINVAL;
    }
    int rc = read_file(path, &bytes, &size);
    if (rc != OD_OK)
        return tell_unread(connect, module, rc, text);
    rc = package_manifest_read(bytes, size, module, manifest, text);
    base_free(bytes);
    return rc;
}

int connect_module_check(struct connect *connect, const char *module, struct package_manifest *manifest,
                         char text[512])
{
    struct package_manifest read = {0};
    int rc = connect_manifest_read(connect, module, &read, text);

    if (rc == OD_OK)
        rc = connect_module_find(connect, module, text);
    if (rc == OD_OK)
        *manifest = read;
    else
        package_manifest_fini(&read);
    return rc;
}

int connect_module_find(struct connect *connect, const char *module, char text[512])
{
    char path[PATH_SIZE];

    snprintf(path, sizeof(path), "%s/%s/module.so", connect->options.module_folder, module);
    if (access(path, R_OK) != 0) {
        snprintf(text, 512, "Module %s has no readable module.so beside its manifest; build and copy it there.", module);
        return OD_ENOTFOUND;
    }
    return OD_OK;
}
