/* SPDX-License-Identifier: Apache-2.0 */
#include "egress/egress.h"

const char *egress_code_of(int rc)
{
    switch (rc) {
    case OD_EDENIED: return "denied";
    case OD_ENOTFOUND: return "not_found";
    case OD_ELIMIT: return "limit";
    case OD_EINVAL:
    case OD_ESYNTAX: return "invalid";
    default: return "unavailable";
    }
}

void egress_answer(struct egress *egress, uint64_t id, const struct base_buffer *payload)
{
    if (payload->is_broken || payload->size > BASE_FRAME_PAYLOAD_MAX) {
        egress_answer_error(egress, id, "unavailable", "no memory left", EGRESS_EFFECT_UNKNOWN);
        return;
    }
    egress_link_put(&egress->link, &(struct base_frame){.kind = BASE_FRAME_EGRESS, .flags = BASE_FRAME_REPLY, .id = id,
                                                       .length = (uint32_t)payload->size, .payload = payload->bytes});
}

void egress_answer_error(struct egress *egress, uint64_t id, const char *code, const char *detail, enum egress_effect effect)
{
    struct base_buffer payload = {0};

    base_json_open(&payload, NULL, '{');
    base_json_open(&payload, "error", '{');
    base_json_put_text(&payload, "code", code);
    base_json_put_text(&payload, "detail", detail);
    if (effect != EGRESS_EFFECT_LEFT_OUT)
        base_json_put_text(&payload, "effect", effect == EGRESS_EFFECT_NONE ? "none" : "unknown");
    base_json_close(&payload, '}');
    base_json_close(&payload, '}');
    egress_link_put(&egress->link, &(struct base_frame){.kind = BASE_FRAME_EGRESS, .flags = BASE_FRAME_REPLY, .id = id,
                                                       .length = payload.is_broken ? 0 : (uint32_t)payload.size,
                                                       .payload = payload.bytes});
    base_buffer_fini(&payload);
}
