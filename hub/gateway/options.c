/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/options.h"

#include <stdio.h>
#include <string.h>

#define USAGE                                                                                  \
    "usage: onedoor-nng [--front-desk URL] [--events URL] [--connectors URL] [--certificate FILE], " \
    "with the hub's socket as descriptor 3"

static int option_take(const char *name, const char *value, struct gateway_options *read, char text[256])
{
    if (strcmp(name, "--front-desk") == 0)
        return gateway_address_read(value, GATEWAY_FRONT_DESK, &read->front_desk, text);
    if (strcmp(name, "--events") == 0)
        return gateway_address_read(value, GATEWAY_EVENTS, &read->events, text);
    if (strcmp(name, "--connectors") == 0)
        return gateway_address_read(value, GATEWAY_CONNECTORS, &read->connectors, text);
    if (strcmp(name, "--certificate") == 0) {
        read->certificate = value;
        return OD_OK;
    }
    snprintf(text, 256, "%.60s is unknown; " USAGE, name);
    return OD_EINVAL;
}

int gateway_options_read(int count, char *const *arguments, struct gateway_options *options, char text[256])
{
    struct gateway_options read = {.certificate = NULL};

    if (count < 3 || count % 2 == 0) {
        snprintf(text, 256, USAGE);
        return OD_EINVAL;
    }
    for (int i = 1; i < count; i += 2) {
        int rc = option_take(arguments[i], arguments[i + 1], &read, text);
        if (rc != OD_OK)
            return rc;
    }
    if (read.front_desk.scheme == GATEWAY_SCHEME_NONE && read.events.scheme == GATEWAY_SCHEME_NONE &&
        read.connectors.scheme == GATEWAY_SCHEME_NONE) {
        snprintf(text, 256, "a door is missing; " USAGE);
        return OD_EINVAL;
    }
    bool is_tls = read.front_desk.scheme == GATEWAY_TLS || read.events.scheme == GATEWAY_TLS ||
                  read.connectors.scheme == GATEWAY_TLS;
    if (is_tls && read.certificate == NULL) {
        snprintf(text, 256, "tls+tcp needs --certificate FILE (PEM, certificate and key)");
        return OD_EINVAL;
    }
    *options = read;
    return OD_OK;
}
