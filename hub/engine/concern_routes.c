/* SPDX-License-Identifier: Apache-2.0 */
/* The routes of after-care: which kind each is about, and what it does. */
#include "engine/concern.h"

#include <string.h>

/* The id and the code that was given with it: the same answer whichever of them is wrong. */
static void track(struct engine *engine, struct front_request *request, const struct engine_concern_kind *kind)
{
    static const char *const names[] = {"id", "code", "explain", NULL};
    const char *id, *code;
    uint64_t number = 0;

    if (!engine_fields_only(request, request->body, "", names) || !engine_field_text(request, "id", ENGINE_CONCERN_ID_SIZE, true, &id) ||
        !engine_field_text(request, "code", BASE_ID_MAX, true, &code))
        return;
    if (engine_concern_id_parse(kind, id, &number) == OD_OK && engine_code_is(engine, id, code)) {
        engine_concern_answer(engine, request, kind, number, 200, NULL);
        return;
    }
    front_answer_problem(request, FRONT_NOT_FOUND,
                         front_say(request, "编号或查询码不正确，请对照提交后给出的回执核对。",
                                   "The id or the code is wrong; compare them with what you were given."), NULL, 0);
}

void engine_concern_perform(struct engine *engine, struct front_request *request)
{
    const struct engine_concern_kind *inquiry = engine_concern_kind_of(ENGINE_ENTRY_INQUIRY),
                                     *complaint = engine_concern_kind_of(ENGINE_ENTRY_COMPLAINT),
                                     *evaluation = engine_concern_kind_of(ENGINE_ENTRY_EVALUATION),
                                     *grievance = engine_concern_kind_of(ENGINE_ENTRY_GRIEVANCE);

    switch ((int)request->route) {
    case FRONT_INQUIRY_NEW: engine_concern_new(engine, request, inquiry); break;
    case FRONT_INQUIRY_LIST: engine_concern_list(engine, request, inquiry); break;
    case FRONT_INQUIRY_TRACK: track(engine, request, inquiry); break;
    case FRONT_INQUIRY_SHOW: engine_concern_show(engine, request, inquiry); break;
    case FRONT_INQUIRY_REPLY:
    case FRONT_INQUIRY_PASS: engine_concern_act(engine, request, inquiry); break;
    case FRONT_COMPLAINT_NEW: engine_concern_new(engine, request, complaint); break;
    case FRONT_COMPLAINT_LIST: engine_concern_list(engine, request, complaint); break;
    case FRONT_COMPLAINT_TRACK: track(engine, request, complaint); break;
    case FRONT_COMPLAINT_SHOW: engine_concern_show(engine, request, complaint); break;
    case FRONT_COMPLAINT_REPLY:
    case FRONT_COMPLAINT_PASS: engine_concern_act(engine, request, complaint); break;
    case FRONT_EVALUATION_NEW: engine_evaluation_new(engine, request); break;
    case FRONT_EVALUATION_OF:
    case FRONT_EVALUATION_LIST: engine_concern_list(engine, request, evaluation); break;
    case FRONT_EVALUATION_TRACK: track(engine, request, evaluation); break;
    case FRONT_EVALUATION_SHOW: engine_concern_show(engine, request, evaluation); break;
    case FRONT_EVALUATION_REPAIR:
    case FRONT_EVALUATION_PASS: engine_concern_act(engine, request, evaluation); break;
    case FRONT_GRIEVANCE_NEW: engine_concern_new(engine, request, grievance); break;
    case FRONT_GRIEVANCE_LIST: engine_concern_list(engine, request, grievance); break;
    case FRONT_GRIEVANCE_SHOW: engine_concern_show(engine, request, grievance); break;
    case FRONT_GRIEVANCE_CONFIRM: engine_concern_act(engine, request, grievance); break;
    default: front_answer_problem(request, FRONT_NOT_FOUND, NULL, NULL, 0); break;
    }
}
