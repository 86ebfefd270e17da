/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/refusal.h"

#include <stdio.h>

#include "gateway/limits.h"

struct row {
    int status;
    const char *type, *title, *remedy;
};

static const struct row rows[] = {
    [GATEWAY_TOO_LARGE] = {413, "/problems/too_large", "内容过大 / It is too large",
                           "缩小内容；较大的文件应作为材料提交。 / Make it smaller; a large file is to be handed in as a "
                           "material."},
    [GATEWAY_UNAVAILABLE] = {503, "/problems/unavailable", "暂时无法受理 / It cannot be taken just now",
                             "稍候以同一 idempotency_key 重试。 / Wait, then try again with the same idempotency_key."},
};

void gateway_refusal_put(struct base_buffer *buffer, enum gateway_refusal refusal, size_t size)
{
    const struct row *row = &rows[refusal];
    char detail[160];

    base_json_open(buffer, NULL, '{');
    base_json_put_i64(buffer, "status", row->status);
    base_json_open(buffer, "body", '{');
    base_json_put_text(buffer, "type", row->type);
    base_json_put_text(buffer, "title", row->title);
    base_json_put_i64(buffer, "status", row->status);
    if (refusal == GATEWAY_TOO_LARGE) {
        snprintf(detail, sizeof(detail), "A message has at most %d bytes; this one has %zu.",
                 (int)GATEWAY_MESSAGE_MAX, size);
        base_json_put_text(buffer, "detail", detail);
    }
    base_json_put_text(buffer, "remedy", row->remedy);
    base_json_close(buffer, '}');
    base_json_close(buffer, '}');
}
