/* SPDX-License-Identifier: Apache-2.0 */
/* A module whose library holds its own connection: it says "hello" on the socket that its
 * configuration names, and tries others. The answer, or an errno, comes as reason. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <onedoor/plugin.h>

static const struct od_host *host;

static int connected(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -errno;
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0)
        return fd;
    int error = errno;
    close(fd);
    return -error;
}

static void converse(const char *path, char answer[64])
{
    int fd = connected(path);

    if (fd < 0) {
        snprintf(answer, 64, "%d", -fd);
        return;
    }
    ssize_t size = send(fd, "hello", 5, MSG_NOSIGNAL) == 5 ? recv(fd, answer, 63, 0) : -1;
    answer[size > 0 ? size : 0] = '\0';
    close(fd);
}

static int net_open(const struct od_host *with, void **self)
{
    host = with;
    *self = NULL;
    return OD_OK;
}

static void net_close(void *self)
{
    (void)self;
}

static int net_offer(void *self, const struct od_offer *offer)
{
    const char *ours = "", *theirs = "";
    char answer[64], other[64], text[256];
    int inet = socket(AF_INET, SOCK_STREAM, 0);
    int error = errno;

    (void)self;
    if (od_config_text(host, "ours", &ours) != OD_OK || od_config_text(host, "theirs", &theirs) != OD_OK)
        return OD_EINVAL;
    converse(ours, answer);
    converse(theirs, other);
    snprintf(text, sizeof(text), "ours %s, theirs %s, inet %d", answer, other, inet < 0 ? error : 0);
    return od_approve(host, offer->task, text);
}

OD_PLUGIN = {OD_PLUGIN_INIT, .id = "net", .version = "1.0.0", .open = net_open, .close = net_close, .offer = net_offer};
