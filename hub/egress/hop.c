/* SPDX-License-Identifier: Apache-2.0 */
/* One hop of a request: what libcurl is told, and what it asks. */
#include "egress/call.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "egress/address.h"

/* The address itself is looked at, right before a socket for it is made. */
static curl_socket_t on_socket_open(void *owner, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct egress_call *call = owner;

    if (purpose != CURLSOCKTYPE_IPCXN || !egress_address_is_allowed(egress_address_of(&address->addr), call->may_be_private)) {
        call->fault = "denied";
        snprintf(call->why, sizeof(call->why), "%.100s has an address that is not reached from here (private, local or reserved); "
                                               "a rule must say \"private\": true for a private one", call->request.url.host);
        return CURL_SOCKET_BAD;
    }
    call->fault = NULL; /* an earlier address of the same name was refused, this one is fine */
    return socket(address->family, address->socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, address->protocol);
}

static bool tell_leaving(struct egress_call *call)
{
    struct egress_link *link = &call->client->egress->link;

    egress_link_put(link, &(struct base_frame){.kind = BASE_FRAME_SENT, .id = call->id});
    return egress_link_flush(link, EGRESS_SENT_WAIT_MS);
}

/* RFC 9110 section 9.2.2. */
static bool is_repeatable(const struct egress_call *call)
{
    return strcmp(call->request.method, "POST") != 0 && strcmp(call->request.method, "PATCH") != 0;
}

/* Connected, and nothing sent. A connection may be one of before: its address is looked at again. And when libcurl
 * would send a request a second time, because a kept connection broke, it asks again: that is not for us to do. */
static int on_leaving(void *owner, char *address, char *local, int port, int local_port)
{
    struct egress_call *call = owner;

    (void)local;
    (void)port;
    (void)local_port;
    if (call->is_leaving && !is_repeatable(call)) {
        call->fault = "unreachable";
        snprintf(call->why, sizeof(call->why), "the connection broke when the request had left");
        return CURL_PREREQFUNC_ABORT;
    }
    if (!egress_address_is_allowed(egress_address_of_text(address), call->may_be_private)) {
        call->fault = "denied";
        snprintf(call->why, sizeof(call->why), "%.100s has an address that is not reached from here", call->request.url.host);
        return CURL_PREREQFUNC_ABORT;
    }
    if (!call->is_sent && !tell_leaving(call)) {
        call->fault = "unavailable";
        snprintf(call->why, sizeof(call->why), "the hub does not take what the egress process tells");
        return CURL_PREREQFUNC_ABORT;
    }
    call->fault = NULL; /* another address of the name was refused while this one was being connected to */
    call->is_leaving = call->is_sent = true;
    return CURL_PREREQFUNC_OK;
}

static void head_clear(struct egress_call *call)
{
    base_buffer_clear(&call->headers);
    base_buffer_clear(&call->body);
    call->header_count = call->head_size = 0;
}

/* Bytes that are no visible ASCII become '?': the names and values travel in JSON. */
static void put_clean(struct base_buffer *buffer, const char *text, size_t size, bool is_name)
{
    for (size_t i = 0; i < size; i++) {
        char c = text[i];

        if (is_name && c >= 'A' && c <= 'Z')
            c = (char)(c - 'A' + 'a');
        if ((c < 0x20 && c != '\t') || c == 0x7f)
            c = '?';
        base_buffer_put(buffer, &c, 1);
    }
    base_buffer_put(buffer, "", 1);
}

/* The body is told as it is decoded, so what says how it was encoded is left out. */
static bool is_told(const char *name, size_t size)
{
    static const char *const hidden[] = {"content-encoding", "content-length", "transfer-encoding", "connection", "keep-alive"};

    for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++)
        if (strlen(hidden[i]) == size && strncasecmp(hidden[i], name, size) == 0)
            return false;
    return true;
}

static void take_header(struct egress_call *call, const char *line, size_t size)
{
    const char *colon = memchr(line, ':', size);
    const char *end = line + size, *value = colon != NULL ? colon + 1 : end;

    while (end > line && (end[-1] == '\r' || end[-1] == '\n' || end[-1] == ' ' || end[-1] == '\t'))
        end--;
    while (value < end && (*value == ' ' || *value == '\t'))
        value++;
    if (colon == NULL || colon == line || !is_told(line, (size_t)(colon - line)))
        return;
    if (call->header_count == EGRESS_ANSWER_HEADERS_MAX) {
        call->fault = "limit";
        snprintf(call->why, sizeof(call->why), "the answer has more than %d header fields", EGRESS_ANSWER_HEADERS_MAX);
        return;
    }
    put_clean(&call->headers, line, (size_t)(colon - line), true);
    put_clean(&call->headers, value, end > value ? (size_t)(end - value) : 0, false);
    call->header_count++;
}

/* A status line begins anew: what an interim answer (100, 103) had said does not count. Trailers are not told. */
static size_t on_head(char *line, size_t one, size_t size, void *owner)
{
    struct egress_call *call = owner;

    (void)one;
    if (call->answer_ms == 0)
        call->answer_ms = egress_now_ms();
    if (size >= 5 && memcmp(line, "HTTP/", 5) == 0)
        head_clear(call);
    else if (call->body.size == 0)
        take_header(call, line, size);
    call->head_size += size;
    if (call->head_size > EGRESS_ANSWER_HEAD_MAX) {
        call->fault = "limit";
        snprintf(call->why, sizeof(call->why), "the head of the answer is larger than %d bytes", EGRESS_ANSWER_HEAD_MAX);
    }
    return call->fault == NULL ? size : 0;
}

/* Decoded bytes are counted, so a small answer that unfolds without end is cut like a large one. */
static size_t on_body(char *bytes, size_t one, size_t size, void *owner)
{
    struct egress_call *call = owner;

    (void)one;
    if (call->body.size + size > EGRESS_ANSWER_BODY_MAX) {
        call->fault = "limit";
        snprintf(call->why, sizeof(call->why), "the body of the answer is larger than %d bytes", EGRESS_ANSWER_BODY_MAX);
        return 0;
    }
    base_buffer_put(&call->body, bytes, size);
    return call->body.is_broken ? 0 : size;
}

/* -- What it is told -- */

static int line_add(struct egress_call *call, const char *text)
{
    struct curl_slist *lines = curl_slist_append(call->lines, text);

    if (lines == NULL)
        return OD_ENOMEM;
    call->lines = lines;
    return OD_OK;
}

/* "Name: value"; libcurl sends an empty one when it is written "Name;". */
static int header_add(struct egress_call *call, const struct egress_header *header, const char *secret)
{
    char line[EGRESS_HEADER_MAX + EGRESS_SECRET_MAX + 4];

    if (header->value[0] == '\0' && secret[0] == '\0')
        snprintf(line, sizeof(line), "%s;", header->name);
    else
        snprintf(line, sizeof(line), "%s: %s%s", header->name, header->value, secret);
    int rc = line_add(call, line);
    explicit_bzero(line, sizeof(line));
    return rc;
}

static int secret_header_add(struct egress_call *call, const struct egress_header *header)
{
    const struct egress_profile *profile = &call->client->profile;
    struct egress_secret secret;

    if (egress_profile_secret(profile, header->secret) == NULL) {
        snprintf(call->why, sizeof(call->why), "the secret %.64s is not granted", header->secret);
        return OD_EDENIED;
    }
    int rc = egress_secret_read(call->client->egress->secrets, profile->connector, header->secret, &secret, call->why);
    if (rc == OD_OK && !egress_secret_is_header(&secret)) {
        snprintf(call->why, sizeof(call->why), "the secret %.64s holds a byte that no header field may", header->secret);
        rc = OD_EINVAL;
    }
    if (rc == OD_OK)
        rc = header_add(call, header, secret.bytes);
    egress_secret_wipe(&secret);
    return rc;
}

static bool has_header(const struct egress_request *request, const char *name)
{
    for (size_t i = 0; i < request->header_count; i++)
        if (strcasecmp(request->headers[i].name, name) == 0)
            return true;
    return false;
}

static int headers_add(struct egress_call *call)
{
    const struct egress_request *request = &call->request;
    int rc = line_add(call, "Expect:");

    if (rc == OD_OK && !has_header(request, "content-type"))
        rc = line_add(call, "Content-Type:"); /* libcurl would call any body a form */
    for (size_t i = 0; rc == OD_OK && i < request->header_count; i++) {
        const struct egress_header *header = &request->headers[i];

        if (call->is_bare && egress_header_is_credential(header))
            continue;
        if (call->is_bodyless && strncasecmp(header->name, "content-", 8) == 0)
            continue;
        rc = header->secret != NULL ? secret_header_add(call, header) : header_add(call, header, "");
    }
    return rc;
}

static void set_method(struct egress_call *call)
{
    const struct egress_request *request = &call->request;
    CURL *easy = call->easy;
    bool has_body = request->method[0] == 'P' && !call->is_bodyless; /* POST, PUT, PATCH: also an empty one */

    if (strcmp(request->method, "HEAD") == 0) {
        curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
        return;
    }
    if (has_body || (request->body_size > 0 && !call->is_bodyless)) {
        curl_easy_setopt(easy, CURLOPT_POST, 1L);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request->body_size > 0 ? request->body : "");
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, (long)request->body_size);
    }
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method);
    /* A kept connection may have been closed by the server: what must not be done twice goes over a new one. */
    if (!is_repeatable(call))
        curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
}

/* What is never left to a default or to the environment. */
static void set_safety(struct egress_call *call)
{
    CURL *easy = call->easy;

    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_HTTP09_ALLOWED, 0L);
    curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
    if (call->client->egress->ca != NULL)
        curl_easy_setopt(easy, CURLOPT_CAINFO, call->client->egress->ca); /* beside the system's folder */
    curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
    curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "gzip");
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L); /* a look-up that hangs does not hold the loop */
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_socket_open);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, call);
    curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_leaving);
    curl_easy_setopt(easy, CURLOPT_PREREQDATA, call);
}

static void set_transfer(struct egress_call *call)
{
    CURL *easy = call->easy;
    char url[EGRESS_URL_SIZE];
    uint64_t now = egress_now_ms(), left_ms = call->deadline_ms > now ? call->deadline_ms - now : 1;

    egress_url_write(&call->request.url, url);
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_PRIVATE, call);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, call->error);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "onedoor");
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, call->lines);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_head);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, call);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, call);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)left_ms);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)EGRESS_CONNECT_MS);
}

static void lines_wipe(struct egress_call *call)
{
    for (struct curl_slist *line = call->lines; line != NULL; line = line->next)
        explicit_bzero(line->data, strlen(line->data)); /* it may hold a secret */
    curl_slist_free_all(call->lines);
    call->lines = NULL;
}

void egress_hop_end(struct egress_call *call)
{
    if (call->easy == NULL)
        return;
    egress_client_remove(call->client, call->easy);
    curl_easy_cleanup(call->easy);
    call->easy = NULL;
    lines_wipe(call);
}

int egress_hop_start(struct egress_call *call)
{
    call->is_leaving = false;
    call->answer_ms = 0;
    call->error[0] = '\0';
    head_clear(call);
    call->easy = curl_easy_init();
    if (call->easy == NULL)
        return OD_ENOMEM;
    int rc = headers_add(call);
    if (rc == OD_OK) {
        set_safety(call);
        set_method(call);
        set_transfer(call);
        rc = egress_client_add(call->client, call->easy);
    }
    if (rc == OD_OK)
        return OD_OK;
    curl_easy_cleanup(call->easy); /* it was never added */
    call->easy = NULL;
    lines_wipe(call);
    return rc;
}
