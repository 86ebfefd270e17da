/* SPDX-License-Identifier: Apache-2.0 */
/* The signed document for staff, by number; for everyone, by number and look-up code. */
#include "engine/result.h"

#include <stdio.h>

/* By which rule, and when. */
static void answer_erased(struct front_request *request, const struct store_entry *entry)
{
    struct base_json_error error;
    struct base_json *body = NULL;
    char zh[256], en[256];

    if (base_json_parse(entry->body, entry->body_size, &body, &error) != OD_OK) {
        engine_answer_rc(request, OD_ENOMEM);
        return;
    }
    const char *at = base_json_member_text(body, "erased_at");
    int64_t years = 0;
    bool is_told = at != NULL && base_json_i64(base_json_member(body, "documents_years"), 0, INT32_MAX, &years) == OD_OK;
    snprintf(zh, sizeof(zh), "电子结果文书已按保存期限规定（申请结束后保存 %lld 年）于 %.10s 删除；日志中保留其 SHA-256。", (long long)years, is_told ? at : "");
    snprintf(en, sizeof(en), "The signed document was erased on %.10s by the rule of retention (%lld years after the application's end); the journal keeps its SHA-256.",
             is_told ? at : "", (long long)years);
    base_json_destroy(body);
    front_answer_problem(request, FRONT_ERASED, front_say(request, zh, en), NULL, 0);
}

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
    if (rc == OD_OK && entry->state == ENGINE_RESULT_ERASED) {
        answer_erased(request, entry);
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
