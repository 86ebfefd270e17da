/* SPDX-License-Identifier: Apache-2.0 */
/* Server-sent events (WHATWG HTML, 9.2) out of a stream of bytes, however they are
 * cut. Pure. */
#ifndef CLI_SSE_H
#define CLI_SSE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"

#define CLI_SSE_EVENT_MAX (1024 * 1024) /* bytes of one line or one event's data */

struct cli_sse_event {
    const char *id;   /* "" when never sent; borrowed, as all here */
    const char *type; /* "message" when not named */
    const char *data; /* lines joined by newlines */
    size_t data_size;
};

/* Return false to end. */
typedef bool (*cli_sse_event_cb)(void *owner, const struct cli_sse_event *event);

/* Zero it, then set on_event and owner. */
struct cli_sse {
    cli_sse_event_cb on_event;
    void *owner;
    struct base_buffer line, data, type, id; /* private; owned */
    bool has_cr;                             /* private: the last byte was a CR */
};

/* False: on_event asked to end, or a limit was passed, or no memory. */
bool cli_sse_feed(struct cli_sse *sse, const char *bytes, size_t size);

void cli_sse_fini(struct cli_sse *sse);

#endif
