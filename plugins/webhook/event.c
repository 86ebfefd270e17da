/* SPDX-License-Identifier: Apache-2.0 */
#include "event.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "civil.h"
#include "paper.h"

#define DAY_MS INT64_C(86400000)

static void put_quoted(struct paper *paper, const char *text)
{
    paper_put(paper, "\"", 1);
    for (const char *at = text; *at != '\0'; at++) {
        unsigned char byte = (unsigned char)*at;
        char escape[8];

        if (byte >= ' ' && byte != '"' && byte != '\\') {
            paper_put(paper, at, 1);
            continue;
        }
        snprintf(escape, sizeof(escape), byte < ' ' ? "\\u%04x" : "\\%c", byte);
        paper_put_text(paper, escape);
    }
    paper_put(paper, "\"", 1);
}

static void put_member(struct paper *paper, const char *key, const char *text)
{
    paper_put_text(paper, ",");
    put_quoted(paper, key);
    paper_put_text(paper, ":");
    put_quoted(paper, text);
}

static void put_time(struct paper *paper, int64_t at_ms)
{
    struct civil civil = civil_of(at_ms);
    char text[96];

    snprintf(text, sizeof(text), "%04d-%02d-%02dT%02d:%02d:%02dZ", civil.year, civil.month, civil.day, civil.hour, civil.minute, civil.second);
    put_member(paper, "time", text);
}

char *event_make(const struct event *event, size_t *size)
{
    struct paper paper = {.most = EVENT_SIZE_MAX};
    char type[128];

    snprintf(type, sizeof(type), "onedoor.notice.%.100s", event->kind);
    paper_put_text(&paper, "{\"specversion\":\"1.0\"");
    put_member(&paper, "id", event->id);
    put_member(&paper, "source", event->source);
    put_member(&paper, "type", type);
    if (event->number[0] != '\0')
        put_member(&paper, "subject", event->number);
    put_time(&paper, event->at_ms);
    put_member(&paper, "datacontenttype", "application/json");
    paper_put_text(&paper, ",\"data\":{\"notice\":");
    put_quoted(&paper, event->kind);
    put_member(&paper, "number", event->number);
    put_member(&paper, "language", event->language);
    paper_put_text(&paper, event->is_test ? ",\"test\":true" : ",\"test\":false");
    if (event->subject != NULL)
        put_member(&paper, "title", event->subject);
    if (event->text != NULL)
        put_member(&paper, "text", event->text);
    paper_put_text(&paper, "}}");
    if (paper.is_broken) {
        free(paper.bytes);
        return NULL;
    }
    *size = paper.size;
    return paper.bytes;
}

char *event_signed(const char *id, int64_t at_s, const char *body, size_t size, size_t *signed_size)
{
    char head[160];
    int head_size = snprintf(head, sizeof(head), "%.100s.%lld.", id, (long long)at_s);
    char *bytes = malloc((size_t)head_size + size);

    if (bytes == NULL)
        return NULL;
    memcpy(bytes, head, (size_t)head_size);
    memcpy(bytes + head_size, body, size);
    *signed_size = (size_t)head_size + size;
    return bytes;
}

void event_signature(const unsigned char mac[32], char text[EVENT_SIGNATURE_SIZE])
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char *out = text;

    memcpy(out, "v1,", 3);
    out += 3;
    for (size_t i = 0; i < 32; i += 3) {
        unsigned triple = (unsigned)mac[i] << 16 | (unsigned)mac[i + 1] << 8 | (i + 2 < 32 ? mac[i + 2] : 0u);

        *out++ = digits[triple >> 18];
        *out++ = digits[triple >> 12 & 63];
        *out++ = digits[triple >> 6 & 63];
        *out++ = i + 2 < 32 ? digits[triple & 63] : '=';
    }
    *out = '\0';
}

int64_t event_retry_after_ms(const char *header)
{
    size_t size = header != NULL ? strlen(header) : 0;

    if (size == 0 || size > 9 || strspn(header, "0123456789") != size)
        return -1;
    int64_t wait_ms = strtoll(header, NULL, 10) * 1000;
    return wait_ms < DAY_MS ? wait_ms : DAY_MS;
}
