/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/watch.h"

#include <dirent.h>
#include <poll.h>
#include <stdlib.h>

#define SEEN_MAX (2 * (GATEWAY_CONNECTIONS_MAX + GATEWAY_OWN_MAX)) /* more are counted, not asked */

enum gateway_verdict gateway_watch_judge(struct gateway_watch *watch, const struct gateway_sight *sight)
{
    watch->full = sight->is_full ? watch->full + 1 : 0;
    if (sight->is_full)
        return watch->full >= GATEWAY_FULL_LOOKS ? GATEWAY_STUCK : GATEWAY_VERDICT_NONE;
    watch->lost = sight->is_lost ? watch->lost + 1 : 0;
    bool is_crowded = sight->dead > GATEWAY_DEAD_MAX || sight->open > sight->open_max;
    watch->crowded = is_crowded ? watch->crowded + 1 : 0;
    if (watch->lost >= GATEWAY_FAULT_LOOKS)
        return GATEWAY_LOST;
    return watch->crowded >= GATEWAY_FAULT_LOOKS ? GATEWAY_CROWDED : GATEWAY_VERDICT_NONE;
}

/* A socket whose peer has gone says so for as long as it is open; other files never do. */
static size_t dead_count(struct pollfd *seen, size_t count)
{
    size_t dead = 0;

    if (poll(seen, count, 0) <= 0)
        return 0;
    for (size_t i = 0; i < count; i++)
        dead += (seen[i].revents & (POLLHUP | POLLRDHUP)) != 0;
    return dead;
}

int gateway_watch_count(struct gateway_sight *sight)
{
    static struct pollfd seen[SEEN_MAX];
    const struct dirent *entry;
    size_t open = 0, count = 0;
    DIR *folder = opendir("/proc/self/fd");

    if (folder == NULL)
        return OD_EIO;
    while ((entry = readdir(folder)) != NULL) {
        int fd = atoi(entry->d_name);
        if (entry->d_name[0] == '.' || fd == dirfd(folder))
            continue;
        open++;
        if (count < SEEN_MAX)
            seen[count++] = (struct pollfd){.fd = fd, .events = POLLRDHUP};
    }
    closedir(folder);
    sight->dead = dead_count(seen, count);
    sight->open = open;
    return OD_OK;
}
