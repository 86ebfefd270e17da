/* SPDX-License-Identifier: Apache-2.0 */
/* A module whose library holds its own connection: it asks the one target of its manifest by the socket that
 * egress made for it, and tells what it heard, or what stopped it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <onedoor/plugin.h>

struct dialer {
    const struct od_host *host;
    char target[64];
};

static int dial(const char *target)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const char *folder = getenv("ONEDOOR_NET");
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    snprintf(address.sun_path, sizeof(address.sun_path), "%.60s/%.40s", folder != NULL ? folder : "", target);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
        return fd;
    int error = errno;
    if (fd >= 0)
        close(fd);
    errno = error;
    return -1;
}

static int dialer_offer(void *self, const struct od_offer *offer)
{
    const struct dialer *dialer = self;
    char text[128] = "";
    int fd = dial(dialer->target), other = socket(AF_INET, SOCK_STREAM, 0);

    if (fd < 0) {
        snprintf(text, sizeof(text), "no socket: %s", strerror(errno));
    } else if (send(fd, "who", 3, 0) == 3) {
        ssize_t count = recv(fd, text, sizeof(text) - 20, 0);
        text[count > 0 ? count : 0] = '\0';
    }
    strcat(text, other < 0 ? "; no network" : "; A NETWORK");
    return od_approve(dialer->host, offer->task, text);
}

static int dialer_open(const struct od_host *host, void **self)
{
    struct dialer *dialer = calloc(1, sizeof(*dialer));
    const char *target;

    if (dialer == NULL)
        return OD_ENOMEM;
    dialer->host = host;
    int rc = od_config_text(host, "target", &target);
    if (rc == OD_OK)
        snprintf(dialer->target, sizeof(dialer->target), "%s", target);
    *self = dialer;
    return rc;
}

OD_PLUGIN = {OD_PLUGIN_INIT, .id = "dialer", .version = "1.0.0", .open = dialer_open, .close = free, .offer = dialer_offer};
