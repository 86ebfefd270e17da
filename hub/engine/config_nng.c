/* SPDX-License-Identifier: Apache-2.0 */
/* What onedoor-nng takes as an address, known before it is started: a fault of the
 * configuration is told with its place, and not by a process that ends again and again. */
#include "engine/config.h"

#include <stdlib.h>
#include <string.h>

#define IPC "ipc://"
#define TCP "tcp://"
#define TLS "tls+tcp://"

static bool starts_with(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

static bool is_port(const char *text)
{
    size_t size = strlen(text);

    if (size == 0 || size > 5 || strspn(text, "0123456789") != size)
        return false;
    unsigned long number = strtoul(text, NULL, 10);
    return number > 0 && number <= 65535;
}

/* "host:port", "[v6]:port" or "*:port", and no path. */
static bool is_place(const char *text)
{
    const char *colon = strrchr(text, ':');

    if (colon == NULL || strchr(text, '/') != NULL)
        return false;
    size_t size = (size_t)(colon - text);
    if (size >= 2 && text[0] == '[' && colon[-1] == ']')
        size -= 2;
    return size <= ENGINE_NNG_HOST_MAX && is_port(colon + 1);
}

int engine_nng_url_check(const char *url, bool is_feed, bool *is_tls)
{
    bool is_encrypted = starts_with(url, TLS), is_fine = false;

    if (starts_with(url, IPC)) {
        size_t size = strlen(url + strlen(IPC));
        is_fine = size > 0 && size <= ENGINE_NNG_PATH_MAX;
    } else if (is_encrypted) {
        is_fine = is_place(url + strlen(TLS));
    } else if (!is_feed && starts_with(url, TCP)) {
        is_fine = is_place(url + strlen(TCP));
    }
    if (!is_fine)
        return OD_EINVAL;
    *is_tls = is_encrypted;
    return OD_OK;
}
