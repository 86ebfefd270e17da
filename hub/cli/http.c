/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/http.h"

#include <curl/curl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "cli/progress.h"

static bool is_library_started;

struct exchange {
    const struct cli_http_request *request;
    struct cli_http_answer *answer;
    CURL *curl;
    struct curl_slist *headers; /* owned */
    bool is_ended;              /* by on_bytes */
    bool is_too_large;
    uint64_t sent; /* bytes of the file */
};

static size_t on_body(char *bytes, size_t one, size_t size, void *owner)
{
    struct exchange *exchange = owner;
    struct cli_http_answer *answer = exchange->answer;
    long status = 0;

    (void)one;
    curl_easy_getinfo(exchange->curl, CURLINFO_RESPONSE_CODE, &status);
    if (exchange->request->on_bytes != NULL && status == 200) {
        exchange->is_ended =
            !exchange->request->on_bytes(exchange->request->owner, bytes, size);
        return exchange->is_ended ? 0 : size;
    }
    exchange->is_too_large = answer->body.size + size > CLI_HTTP_BODY_MAX;
    if (exchange->is_too_large)
        return 0;
    base_buffer_put(&answer->body, bytes, size);
    return answer->body.is_broken ? 0 : size;
}

/* The value of "Name: value\r\n" when the name fits; copied without the line's end. */
static bool header_read(const char *line, size_t size, const char *name, char *value,
                        size_t room)
{
    size_t name_size = strlen(name);

    if (size <= name_size || strncasecmp(line, name, name_size) != 0)
        return false;
    line += name_size;
    size -= name_size;
    while (size > 0 && (*line == ' ' || *line == '\t'))
        line++, size--;
    while (size > 0 &&
           (line[size - 1] == '\r' || line[size - 1] == '\n' || line[size - 1] == ' '))
        size--;
    if (size >= room)
        return false;
    memcpy(value, line, size);
    value[size] = '\0';
    return true;
}

/* RFC 8288: <path>; rel="next". An absolute address is cut to its path: the next page
 * is asked where the first one came from. */
static void link_read(const char *link, char *next, size_t room)
{
    const char *begin = strchr(link, '<'), *end = begin != NULL ? strchr(begin, '>') : NULL;

    if (end == NULL || strstr(end, "rel=\"next\"") == NULL)
        return;
    begin++;
    const char *scheme = strstr(begin, "://");
    if (scheme != NULL && scheme < end)
        begin = memchr(scheme + 3, '/', (size_t)(end - scheme - 3));
    if (begin != NULL && *begin == '/' && (size_t)(end - begin) < room) {
        memcpy(next, begin, (size_t)(end - begin));
        next[end - begin] = '\0';
    }
}

static size_t on_header(char *line, size_t one, size_t size, void *owner)
{
    struct cli_http_answer *answer = ((struct exchange *)owner)->answer;
    char value[1100];

    (void)one;
    if (header_read(line, size, "Link:", value, sizeof(value)))
        link_read(value, answer->next, sizeof(answer->next));
    header_read(line, size, "Retry-After:", answer->retry_after, sizeof(answer->retry_after));
    header_read(line, size, "ETag:", answer->etag, sizeof(answer->etag));
    if (header_read(line, size, "Idempotency-Replayed:", value, sizeof(value)))
        answer->is_replayed = strcmp(value, "true") == 0;
    return size;
}

static int headers_set(struct exchange *exchange)
{
    const struct cli_http_request *request = exchange->request;

    /* No "Expect: 100-continue": it costs a round trip for bodies of a few kilobytes. */
    for (size_t i = 0; i <= CLI_HTTP_HEADERS_MAX; i++) {
        const char *line = i == 0 ? "Expect:" : request->headers[i - 1];
        if (line == NULL)
            break;
        struct curl_slist *grown = curl_slist_append(exchange->headers, line);
        if (grown == NULL)
            return OD_ENOMEM;
        exchange->headers = grown;
    }
    curl_easy_setopt(exchange->curl, CURLOPT_HTTPHEADER, exchange->headers);
    return OD_OK;
}

/* unix:/path, or what curl takes for an address; less a slash at its end. */
static int address_set(struct exchange *exchange)
{
    const struct cli_http_request *request = exchange->request;
    struct base_buffer address = {0};
    bool is_unix = strncmp(request->url, "unix:", 5) == 0;
    size_t size = strlen(request->url);

    if (!is_unix && strncmp(request->url, "http://", 7) != 0 &&
        strncmp(request->url, "https://", 8) != 0)
        return OD_EINVAL;
    if (is_unix) {
        curl_easy_setopt(exchange->curl, CURLOPT_UNIX_SOCKET_PATH, request->url + 5);
        base_buffer_put_text(&address, "http://localhost");
    } else {
        base_buffer_put(&address, request->url, size - (request->url[size - 1] == '/'));
    }
    base_buffer_put_text(&address, request->path);
    CURLcode code = curl_easy_setopt(exchange->curl, CURLOPT_URL, base_buffer_text(&address));
    bool is_broken = address.is_broken;
    base_buffer_fini(&address);
    return code == CURLE_OK && !is_broken ? OD_OK : OD_ENOMEM;
}

static size_t on_file(char *bytes, size_t one, size_t size, void *owner)
{
    struct exchange *exchange = owner;
    size_t got = fread(bytes, one, size, exchange->request->file);

    exchange->sent += got;
    if (exchange->request->bar != NULL)
        cli_progress_show(exchange->request->bar, "", exchange->sent, exchange->request->body_size);
    return got;
}

/* However long it takes, as long as it goes on. */
static void file_set(struct exchange *exchange)
{
    CURL *curl = exchange->curl;
    const struct cli_http_request *request = exchange->request;

    curl_easy_setopt(curl, CURLOPT_POST, 1L);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body_size);
    curl_easy_setopt(curl, CURLOPT_READFUNCTION, on_file);
    curl_easy_setopt(curl, CURLOPT_READDATA, exchange);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, 0L);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, (long)CLI_HTTP_STALL_S);
}

static void options_set(struct exchange *exchange)
{
    CURL *curl = exchange->curl;
    const struct cli_http_request *request = exchange->request;
    long whole_ms = request->timeout_ms > 0 ? (long)request->timeout_ms : CLI_HTTP_TIMEOUT_MS;
    long timeout_ms = request->on_bytes != NULL ? 0 : whole_ms;

    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_TCP_KEEPALIVE, 1L); /* a watcher waits for days */
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)CLI_HTTP_CONNECT_TIMEOUT_MS);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, timeout_ms);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, exchange->answer->fault);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, exchange);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, exchange);
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request->method);
    if (request->body != NULL) {
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body_size);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request->body);
    }
    if (request->file != NULL)
        file_set(exchange);
}
_Static_assert(sizeof(((struct cli_http_answer *)0)->fault) >= CURL_ERROR_SIZE,
               "curl's error buffer fits");

static int outcome(const struct exchange *exchange, CURLcode code)
{
    struct cli_http_answer *answer = exchange->answer;

    if (code == CURLE_OK || exchange->is_ended)
        return OD_OK;
    if (answer->fault[0] == '\0')
        snprintf(answer->fault, sizeof(answer->fault), "%s", curl_easy_strerror(code));
    if (exchange->is_too_large)
        return OD_ELIMIT;
    if (answer->body.is_broken || code == CURLE_OUT_OF_MEMORY)
        return OD_ENOMEM;
    if (code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL)
        return OD_EINVAL;
    return code == CURLE_OPERATION_TIMEDOUT ? OD_ETIMEOUT : OD_EIO;
}

static int exchange_run(struct exchange *exchange)
{
    long status = 0;
    int rc = address_set(exchange);

    if (rc == OD_OK)
        rc = headers_set(exchange);
    if (rc != OD_OK)
        return rc;
    options_set(exchange);
    CURLcode code = curl_easy_perform(exchange->curl);
    curl_easy_getinfo(exchange->curl, CURLINFO_RESPONSE_CODE, &status);
    exchange->answer->status = (int)status;
    return outcome(exchange, code);
}

int cli_http_send(const struct cli_http_request *request, struct cli_http_answer *answer)
{
    struct exchange exchange = {.request = request, .answer = answer};

    if (!is_library_started && curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return OD_ENOMEM;
    is_library_started = true;
    exchange.curl = curl_easy_init();
    if (exchange.curl == NULL)
        return OD_ENOMEM;
    int rc = exchange_run(&exchange);
    curl_easy_cleanup(exchange.curl);
    curl_slist_free_all(exchange.headers);
    return rc;
}

void cli_http_answer_fini(struct cli_http_answer *answer)
{
    base_buffer_fini(&answer->body);
    *answer = (struct cli_http_answer){0};
}

void cli_http_put_encoded(struct base_buffer *buffer, const char *text)
{
    static const char plain[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

    for (; *text != '\0'; text++) {
        if (strchr(plain, *text) != NULL)
            base_buffer_put(buffer, text, 1);
        else
            base_buffer_put_format(buffer, "%%%02X", (unsigned)(unsigned char)*text);
    }
}

void cli_http_end(void)
{
    if (is_library_started)
        curl_global_cleanup();
    is_library_started = false;
}
