/* SPDX-License-Identifier: Apache-2.0 */
/* text -> scheme -> authority -> path, segment by segment -> query */
#include "egress/url.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static int refuse(char why[EGRESS_WHY_SIZE], const char *what)
{
    snprintf(why, EGRESS_WHY_SIZE, "%s", what);
    return OD_EINVAL;
}

static int digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool is_unreserved(int c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' ||
           c == '~';
}

static const char *read_scheme(const char *at, struct egress_url *url)
{
    url->is_tls = strncasecmp(at, "https://", 8) == 0;
    if (url->is_tls)
        return at + 8;
    return strncasecmp(at, "http://", 7) == 0 ? at + 7 : NULL;
}

static bool is_name(const char *text, size_t size)
{
    if (size == 0 || size > EGRESS_HOST_MAX || text[0] == '.' || text[0] == '-' || text[size - 1] == '.')
        return false;
    for (size_t i = 0; i < size; i++) {
        char c = text[i];
        bool is_fine = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';

        if (!is_fine || (c == '.' && text[i - 1] == '.'))
            return false;
    }
    return true;
}

static bool is_ipv6(const char *text, size_t size)
{
    return size > 1 && size < 46 && strspn(text, "0123456789abcdefABCDEF:.") >= size && memchr(text, ':', size) != NULL;
}

static void take_host(struct egress_url *url, const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        url->host[i] = text[i] >= 'A' && text[i] <= 'Z' ? (char)(text[i] - 'A' + 'a') : text[i];
    url->host[size] = '\0';
}

static int read_port(const char *at, const char *end, struct egress_url *url, char why[EGRESS_WHY_SIZE])
{
    unsigned long port = 0;

    url->port = url->is_tls ? 443 : 80;
    if (at == end)
        return OD_OK;
    if (*at++ != ':' || at == end || end - at > 5)
        return refuse(why, "the port of the URL must be a number from 1 to 65535");
    for (; at < end && *at >= '0' && *at <= '9'; at++)
        port = 10 * port + (unsigned long)(*at - '0');
    if (at < end || port == 0 || port > UINT16_MAX)
        return refuse(why, "the port of the URL must be a number from 1 to 65535");
    url->port = (uint16_t)port;
    return OD_OK;
}

static int read_authority(const char *at, const char *end, struct egress_url *url, char why[EGRESS_WHY_SIZE])
{
    const char *host = at, *host_end;

    if (memchr(at, '@', (size_t)(end - at)) != NULL)
        return refuse(why, "the URL must not hold a user or a password; use a secret in a header");
    if (at < end && *at == '[') {
        host = at + 1;
        host_end = memchr(host, ']', (size_t)(end - host));
        if (host_end == NULL || !is_ipv6(host, (size_t)(host_end - host)))
            return refuse(why, "the URL's host is no IPv6 address");
        take_host(url, host, (size_t)(host_end - host));
        return read_port(host_end + 1, end, url, why);
    }
    host_end = memchr(host, ':', (size_t)(end - host));
    if (host_end == NULL)
        host_end = end;
    if (!is_name(host, (size_t)(host_end - host)))
        return refuse(why, "the URL's host must be a name of a-z, 0-9, '.', '-', '_' without a dot at its end (international names in "
                           "their xn-- form), or an address");
    take_host(url, host, (size_t)(host_end - host));
    return read_port(host_end, end, url, why);
}

/* One segment, its escapes of unreserved characters undone. Errors: OD_EINVAL. */
static int read_segment(const char *at, const char *end, char *out, size_t *size, char why[EGRESS_WHY_SIZE])
{
    *size = 0;
    while (at < end) {
        if (*at == '\\')
            return refuse(why, "the path holds a backslash, which some servers take for a slash");
        if (*at != '%') {
            out[(*size)++] = *at++;
            continue;
        }
        int high = end - at > 2 ? digit(at[1]) : -1, low = end - at > 2 ? digit(at[2]) : -1;
        int value = 16 * high + low;
        if (high < 0 || low < 0)
            return refuse(why, "the path holds a broken % escape");
        if (value == '/' || value == '\\' || value < 0x20 || value == 0x7f)
            return refuse(why, "the path holds an escaped slash, backslash or control character");
        if (value == '%' && end - at > 4 && (strncasecmp(at + 3, "2e", 2) == 0 || strncasecmp(at + 3, "2f", 2) == 0 ||
                                             strncasecmp(at + 3, "5c", 2) == 0))
            return refuse(why, "the path holds a slash or dot that is escaped twice");
        if (is_unreserved(value)) {
            out[(*size)++] = (char)value;
        } else {
            out[(*size)++] = '%';
            out[(*size)++] = (char)(at[1] >= 'a' && at[1] <= 'f' ? at[1] - 'a' + 'A' : at[1]);
            out[(*size)++] = (char)(at[2] >= 'a' && at[2] <= 'f' ? at[2] - 'a' + 'A' : at[2]);
        }
        at += 3;
    }
    return OD_OK;
}

/* RFC 3986 section 5.2.4, segment by segment. */
static void add_segment(char *path, size_t *used, const char *segment, size_t size, bool is_last)
{
    bool is_dot = size == 1 && segment[0] == '.', is_up = size == 2 && segment[0] == '.' && segment[1] == '.';

    if (is_up)
        while (*used > 0 && path[--*used] != '/')
            ;
    if (is_up || is_dot) {
        if (is_last)
            path[(*used)++] = '/';
        return;
    }
    path[(*used)++] = '/';
    memcpy(path + *used, segment, size);
    *used += size;
}

/* "..;x" is ".." to servers that know path parameters. */
static bool is_veiled_dot(const char *segment, size_t size)
{
    return size > 1 && segment[0] == '.' && (segment[1] == ';' || (size > 2 && segment[1] == '.' && segment[2] == ';'));
}

static int read_path(const char *at, const char *end, struct egress_url *url, char why[EGRESS_WHY_SIZE])
{
    char segment[EGRESS_URL_MAX + 1];
    size_t used = 0, size;

    for (at += at < end; ; at++) { /* behind the first slash */
        const char *stop = memchr(at, '/', (size_t)(end - at));
        bool is_last = stop == NULL;

        if (is_last)
            stop = end;
        int rc = read_segment(at, stop, segment, &size, why);
        if (rc != OD_OK)
            return rc;
        if (is_veiled_dot(segment, size))
            return refuse(why, "the path holds a dot segment with a parameter");
        add_segment(url->path, &used, segment, size, is_last);
        if (is_last)
            break;
        at = stop;
    }
    url->path[used] = '\0';
    return OD_OK;
}

static bool is_visible(const char *text)
{
    for (; *text != '\0'; text++)
        if (*text <= 0x20 || *text >= 0x7f)
            return false;
    return true;
}

int egress_url_read(const char *text, struct egress_url *url, char why[EGRESS_WHY_SIZE])
{
    struct egress_url read = {0};
    size_t size = strlen(text);

    if (size > EGRESS_URL_MAX) {
        snprintf(why, EGRESS_WHY_SIZE, "the URL is longer than %d bytes", EGRESS_URL_MAX);
        return OD_ELIMIT;
    }
    if (!is_visible(text) || strpbrk(text, "#\"<>^`{|}") != NULL)
        return refuse(why, "the URL must be visible ASCII without a fragment; escape other characters with %");
    const char *at = read_scheme(text, &read);
    if (at == NULL)
        return refuse(why, "the URL must begin with https:// or http://");
    const char *end = at + strcspn(at, "/?"), *question = strchr(end, '?');
    int rc = read_authority(at, end, &read, why);
    if (rc == OD_OK)
        rc = read_path(end, question != NULL ? question : text + size, &read, why);
    if (rc != OD_OK)
        return rc;
    if (question != NULL)
        memcpy(read.query, question + 1, strlen(question + 1));
    *url = read;
    return OD_OK;
}

void egress_url_write(const struct egress_url *url, char text[EGRESS_URL_SIZE])
{
    bool is_ipv6_host = strchr(url->host, ':') != NULL;

    snprintf(text, EGRESS_URL_SIZE, "%s://%s%s%s:%u%s%s%s", url->is_tls ? "https" : "http", is_ipv6_host ? "[" : "", url->host,
             is_ipv6_host ? "]" : "", url->port, url->path, url->query[0] != '\0' ? "?" : "", url->query);
}

bool egress_url_is_same_origin(const struct egress_url *a, const struct egress_url *b)
{
    return a->is_tls == b->is_tls && a->port == b->port && strcmp(a->host, b->host) == 0;
}
