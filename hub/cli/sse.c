/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/sse.h"

#include <string.h>

/* An empty line ends the event; one without data is none. */
static bool event_end(struct cli_sse *sse)
{
    bool may_go_on = true;

    if (sse->data.size > 0) {
        sse->data.size--; /* the newline behind the last line */
        struct cli_sse_event event = {
            .id = base_buffer_text(&sse->id),
            .type = sse->type.size > 0 ? base_buffer_text(&sse->type) : "message",
            .data = base_buffer_text(&sse->data),
            .data_size = sse->data.size,
        };
        may_go_on = sse->on_event(sse->owner, &event);
    }
    base_buffer_clear(&sse->data);
    base_buffer_clear(&sse->type);
    return may_go_on;
}

static bool is_field(const char *line, size_t name_size, const char *name)
{
    return strlen(name) == name_size && memcmp(line, name, name_size) == 0;
}

static void field_take(struct cli_sse *sse, const char *line, size_t size)
{
    const char *colon = memchr(line, ':', size);
    size_t name_size = colon != NULL ? (size_t)(colon - line) : size;
    size_t skipped = name_size + (colon != NULL);

    skipped += skipped < size && line[skipped] == ' ';
    if (is_field(line, name_size, "data")) {
        base_buffer_put(&sse->data, line + skipped, size - skipped);
        base_buffer_put(&sse->data, "\n", 1);
    } else if (is_field(line, name_size, "event")) {
        base_buffer_clear(&sse->type);
        base_buffer_put(&sse->type, line + skipped, size - skipped);
    } else if (is_field(line, name_size, "id")) {
        base_buffer_clear(&sse->id);
        base_buffer_put(&sse->id, line + skipped, size - skipped);
    }
}

static bool line_end(struct cli_sse *sse)
{
    bool may_go_on = true;

    if (sse->line.size == 0)
        may_go_on = event_end(sse);
    else
        field_take(sse, sse->line.bytes, sse->line.size);
    base_buffer_clear(&sse->line);
    return may_go_on && sse->data.size <= CLI_SSE_EVENT_MAX && !sse->data.is_broken;
}

bool cli_sse_feed(struct cli_sse *sse, const char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        bool is_second = sse->has_cr && bytes[i] == '\n'; /* of a CR LF */

        sse->has_cr = bytes[i] == '\r';
        if (is_second)
            continue;
        if (bytes[i] == '\n' || bytes[i] == '\r') {
            if (!line_end(sse))
                return false;
            continue;
        }
        base_buffer_put(&sse->line, &bytes[i], 1);
        if (sse->line.size > CLI_SSE_EVENT_MAX || sse->line.is_broken)
            return false;
    }
    return true;
}

void cli_sse_fini(struct cli_sse *sse)
{
    base_buffer_fini(&sse->line);
    base_buffer_fini(&sse->data);
    base_buffer_fini(&sse->type);
    base_buffer_fini(&sse->id);
}
