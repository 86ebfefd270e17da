/* SPDX-License-Identifier: Apache-2.0 */
/* What is not to be found by trying, a look-up code, a signature or a key, and what anybody may send, but not without end:
 *
 *   may_try (429) -> perform -> answer: wrong, or a letter -> counted -> (429 in place of what was learned too late) */
#include <stdio.h>

#include "front/call.h"
#include "front/server.h"

/* What anybody may send: each one counts as a try. */
static bool is_letter(enum front_route route)
{
    return route == FRONT_INQUIRY_NEW || route == FRONT_COMPLAINT_NEW;
}

/* Routes that members of staff take without a code, too: these do not guess. */
static bool has_code_of_citizens(enum front_route route)
{
    return route == FRONT_INQUIRY_TRACK || route == FRONT_COMPLAINT_TRACK || route == FRONT_EVALUATION_TRACK || route == FRONT_EVALUATION_NEW ||
           (route >= FRONT_APPLICATION_MATERIAL_ADD && route <= FRONT_APPLICATION_MATERIAL_CONTENT);
}

/* NULL: nothing is counted. */
static struct front_throttle *throttle_of(const struct front_call *call)
{
    enum front_route route = call->request.route;
    bool is_citizen = (call->request.identity.roles & ~(uint32_t)FRONT_ROLE_CITIZEN) == 0;

    if (route == FRONT_CALLBACK)
        return &call->front->callback_throttle;
    if (route == FRONT_SESSION_START)
        return &call->front->session_throttle;
    if (is_letter(route) && is_citizen)
        return &call->front->letter_throttle;
    return route == FRONT_TRACK || route == FRONT_TRACK_FEES || route == FRONT_TRACK_RESULT || (has_code_of_citizens(route) && is_citizen) ? &call->front->track_throttle : NULL;
}

static uint64_t wait_ms_of(const struct front_call *call)
{
    return front_throttle_wait_ms(throttle_of(call), &call->client, uv_now(call->front->loop));
}

static const char *reason_of(const struct front_call *call)
{
    if (is_letter(call->request.route))
        return front_say(&call->request, "短时间内提交过多，请稍后再试。", "Too many were sent in a short time.");
    if (call->request.route == FRONT_CALLBACK)
        return front_say(&call->request, "签名错误次数过多。", "The signature was wrong too often.");
    if (call->request.route == FRONT_SESSION_START)
        return front_say(&call->request, "密钥错误次数过多。", "The key was wrong too often.");
    return front_say(&call->request, "办件编号或查询码错误次数过多。", "Number and look-up code were wrong too often.");
}

static void refuse(struct front_call *call, uint64_t wait_ms)
{
    char line[64];

    snprintf(line, sizeof(line), "Retry-After: %u\r\n", (unsigned)((wait_ms + 999) / 1000));
    front_call_refuse(call, FRONT_TOO_MANY, reason_of(call), NULL, 0, line);
}

bool front_call_may_try(struct front_call *call, struct front_request *asker)
{
    if (throttle_of(call) == NULL)
        return true;
    call->client = front_client_find(asker);
    uint64_t wait_ms = wait_ms_of(call);
    if (wait_ms > 0)
        refuse(call, wait_ms);
    return wait_ms == 0;
}

static void note(struct front_call *call)
{
    front_throttle_note(throttle_of(call), &call->client, uv_now(call->front->loop));
}

/* Requests that were under way when the last guess went wrong learn no more from their answers than later ones. */
bool front_call_is_tried_out(struct front_call *call, int status, struct base_buffer *body)
{
    bool has_secret = call->request.route == FRONT_CALLBACK || call->request.route == FRONT_SESSION_START;
    bool is_wrong = status == (has_secret ? 401 : 404);

    if (throttle_of(call) == NULL)
        return false;
    if (is_letter(call->request.route)) { /* one that was taken is told so */
        if (is_wrong || status == 201)
            note(call);
        return false;
    }
    if (!is_wrong && (status >= 300 || has_secret))
        return false; /* so is a callback that was kept, and who signed in */
    uint64_t wait_ms = wait_ms_of(call);
    if (wait_ms == 0 && is_wrong)
        note(call);
    if (wait_ms == 0)
        return false;
    if (body != NULL)
        base_buffer_fini(body);
    refuse(call, wait_ms);
    return true;
}
