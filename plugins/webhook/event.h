/* SPDX-License-Identifier: Apache-2.0 */
/* A notice as a CloudEvent (1.0, structured JSON), and its signature header (Standard Webhooks). Pure. */
#ifndef WEBHOOK_EVENT_H
#define WEBHOOK_EVENT_H

#include <stddef.h>
#include <stdint.h>

#define EVENT_SIZE_MAX (64 * 1024)

struct event {
    const char *id;     /* constant over all attempts */
    const char *source, *kind, *number, *language;
    const char *subject, *text; /* NULL = without words */
    int64_t at_ms;
    int is_test;
};

/* NUL-terminated, malloc'd: the caller's to free. NULL: no memory, or larger than EVENT_SIZE_MAX. */
char *event_make(const struct event *event, size_t *size);

/* "id.timestamp.body", which is what is signed; malloc'd. NULL: no memory. */
char *event_signed(const char *id, int64_t at_s, const char *body, size_t size, size_t *signed_size);

/* "v1," and the base64 of a MAC of 32 bytes. */
#define EVENT_SIGNATURE_SIZE 48
void event_signature(const unsigned char mac[32], char text[EVENT_SIGNATURE_SIZE]);

/* Milliseconds to wait by a Retry-After of seconds; -1 = not said, or a date. At most a day. */
int64_t event_retry_after_ms(const char *header);

#endif
