/* SPDX-License-Identifier: Apache-2.0 */
/* Where the egress process puts the sockets of a module with capabilities.net: a folder for each link, below one
 * that only the hub may enter. Its host sees that folder and no other; and of the folders of connectors, its own. */
#include "connect/inside.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"

bool connect_net_path(const struct connect_link *link, char *path, size_t size)
{
    const char *folder = link->connect->options.egress.net_folder;

    if (link->manifest.capabilities.net_count == 0 || folder == NULL)
        return false;
    return snprintf(path, size, "%s/%llu", folder, (unsigned long long)link->profile) < (int)size;
}

static bool folder_make(const char *path, mode_t mode)
{
    return (mkdir(path, mode) == 0 || errno == EEXIST) && chmod(path, mode) == 0;
}

/* The sockets in it, then itself. */
static void folder_remove(const char *path)
{
    char inside[CONNECT_NET_PATH_MAX + 300];
    const struct dirent *entry;
    DIR *list = opendir(path);

    if (list == NULL)
        return;
    while ((entry = readdir(list)) != NULL) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        snprintf(inside, sizeof(inside), "%s/%s", path, entry->d_name);
        unlink(inside);
    }
    closedir(list);
    rmdir(path);
}

void connect_net_open(struct connect_link *link)
{
    char path[CONNECT_NET_PATH_MAX];

    if (!connect_net_path(link, path, sizeof(path)))
        return;
    if (!folder_make(link->connect->options.egress.net_folder, 0700) || !folder_make(path, 0711))
        base_log(BASE_LOG_ERROR, "connector=%s has no sockets: %s: %s", link->id, path, strerror(errno));
}

void connect_net_close(struct connect_link *link)
{
    char path[CONNECT_NET_PATH_MAX];

    if (connect_net_path(link, path, sizeof(path)))
        folder_remove(path);
}

/* A connector's name is no path (package_name_is_valid), so its folder is directly below. */
bool connect_folder_path(const struct connect_link *link, char *path, size_t size)
{
    const char *folders = link->connect->options.folders;
    struct stat about;

    if (folders == NULL || link->manifest.capabilities.folder_mib == 0)
        return false;
    return snprintf(path, size, "%s/%s", folders, link->id) < (int)size && lstat(path, &about) == 0 && S_ISDIR(about.st_mode);
}

/* What a hub that was killed has left. */
void connect_net_clear(struct connect *connect)
{
    const char *folder = connect->options.egress.net_folder;
    char path[CONNECT_NET_PATH_MAX];
    const struct dirent *entry;
    DIR *list = folder != NULL ? opendir(folder) : NULL;

    if (list == NULL)
        return;
    while ((entry = readdir(list)) != NULL)
        if (entry->d_name[strspn(entry->d_name, "0123456789")] == '\0' &&
            snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name) < (int)sizeof(path))
            folder_remove(path);
    closedir(list);
}
