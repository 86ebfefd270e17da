/* SPDX-License-Identifier: Apache-2.0 */
/* The signed document for staff, by number; for everyone, by number and look-up code. */
#include "engine/result.h"

static void on_result(struct engine *engine, const struct store_entry *entry, int rc, void *data)
{
    struct front_request *request = data;
    struct base_buffer body = {0};

    (void)engine;
    if (rc == OD_ENOTFOUND) {
        /* To who has the code it is no wrong guess. */
        front_answer_problem(request, request->route == FRONT_TRACK_RESULT ? FRONT_CONFLICT : FRONT_NOT_FOUND,
                             front_say(request, "这件申请没有电子结果文书；作出决定后可以选择电子送达。",
                                       "There is no signed document for this application; once it is decided, its result can be delivered electronically."),
                             NULL, 0);
        return;
    }
    if (rc == OD_OK)
        base_buffer_put(&body, entry->body, entry->body_size);
    if (rc != OD_OK || body.is_broken) {
        base_buffer_fini(&body);
        engine_answer_rc(request, rc != OD_OK ? rc : OD_ENOMEM);
        return;
    }
    front_answer(request, 200, "application/json", "Cache-Control: no-store\r\n", &body);
}

static void ask(struct engine *engine, struct front_request *request, const char *number)
{
    int rc = engine_entry_get(engine, ENGINE_ENTRY_RESULT, 0, number, on_result, request);

    if (rc != OD_OK)
        engine_answer_rc(request, rc);
}

void engine_result_perform(struct engine *engine, struct front_request *request)
{
    uint64_t id;
    int32_t day;

    if (request->route == FRONT_TRACK_RESULT) {
        if (engine_track_open(engine, request, &id))
            ask(engine, request, base_json_member_text(request->body, "number"));
    } else if (base_number_parse(request->params[0], &id, &day) != OD_OK) {
        engine_answer_rc(request, OD_ENOTFOUND);
    } else {
        ask(engine, request, request->params[0]);
    }
}
