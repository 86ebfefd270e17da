/* SPDX-License-Identifier: Apache-2.0 */
/* What the applicant was told, each time: the journal's events that carried a notice, in
 * words; and the certificate of a decision that was deemed. Both are read from the journal,
 * so what was told stays what was told.
 *
 *   notices -> [pool: row and history] -> one item for each event with a notice */
#include "engine/paging.h"
#include "engine/parcel.h"
#include "engine/told.h"

#include <stdio.h>
#include <string.h>

#define MESSAGES_MAX BASE_PAGE_MAX /* of one application, shown */

struct history {
    struct store_record *records;
    size_t count;
    struct store_entry *messages, *tellings;
    size_t message_count, telling_count;
    bool are_messages_cut; /* there are more */
    bool hides_staff; /* who told it is nobody's business outside */
    struct engine_page *page; /* NULL = all of them */
    struct engine_delivery_facts delivery; /* of /v1/track */
};

/* One notice while it is put: the event, and texts in both languages. */
struct notice {
    const struct engine_application *application;
    const struct base_json *event;
    const char *kind;
    struct base_buffer text[CATALOG_LANGUAGES];
};

static void read_history(struct engine_job *job, struct store_reader *reader)
{
    struct history *history = job->data;
    struct store_entry_filter filter = {.kind = ENGINE_ENTRY_MESSAGE, .state = -1, .department = -1, .application = job->id, .before = UINT64_MAX};
    uint64_t next;

    job->rc = store_read_application(reader, job->id, &job->arena, &job->row);
    if (job->rc == OD_OK)
        job->rc = store_read_history(reader, job->id, 0, &job->arena, &history->records, &history->count);
    if (job->rc == OD_OK && (history->messages = base_arena_take(&job->arena, MESSAGES_MAX * sizeof(*history->messages))) == NULL)
        job->rc = OD_ENOMEM;
    if (job->rc == OD_OK)
        job->rc = store_read_entries(reader, &filter, &job->arena, history->messages, MESSAGES_MAX, &history->message_count, &next);
    history->are_messages_cut = job->rc == OD_OK && next != 0;
    filter = (struct store_entry_filter){.kind = ENGINE_ENTRY_TOLD, .state = -1, .department = -1, .application = job->id, .before = UINT64_MAX};
    if (job->rc == OD_OK && (history->tellings = base_arena_take(&job->arena, MESSAGES_MAX * sizeof(*history->tellings))) == NULL)
        job->rc = OD_ENOMEM;
    if (job->rc == OD_OK)
        job->rc = store_read_entries(reader, &filter, &job->arena, history->tellings, MESSAGES_MAX, &history->telling_count, &next);
    if (job->rc == OD_OK && job->request->route == FRONT_TRACK)
        job->rc = engine_delivery_read(job, reader, &history->delivery);
}

static void say(struct notice *notice, const char *zh, const char *en)
{
    base_buffer_put_text(&notice->text[CATALOG_ZH_CN], zh);
    base_buffer_put_text(&notice->text[CATALOG_EN], en);
}

static const char *member(const struct notice *notice, const char *key)
{
    const char *text = base_json_member_text(notice->event, key);

    return text != NULL ? text : "";
}

static const struct catalog_matter *matter_of(const struct notice *notice)
{
    int64_t task;

    if (base_json_i64(base_json_member(notice->event, "task"), 0, notice->application->core->task_count - 1, &task) != OD_OK)
        return NULL;
    return notice->application->service->matters[task];
}

static void say_matter(struct notice *notice)
{
    const struct catalog_matter *matter = matter_of(notice);

    if (matter == NULL)
        return;
    base_buffer_put_format(&notice->text[CATALOG_ZH_CN], "“%s”：", matter->name.in[CATALOG_ZH_CN]);
    base_buffer_put_format(&notice->text[CATALOG_EN], "%s: ", matter->name.in[CATALOG_EN]);
}

static void say_reason(struct notice *notice)
{
    const char *reason = member(notice, "reason_text");

    if (*reason == '\0')
        return;
    base_buffer_put_format(&notice->text[CATALOG_ZH_CN], "理由：%s", reason);
    base_buffer_put_format(&notice->text[CATALOG_EN], " Reason: %s", reason);
}

static void say_paused(struct notice *notice)
{
    int64_t days = 0;
    const char *kind = member(notice, "kind");

    say_matter(notice);
    base_buffer_put_format(&notice->text[CATALOG_ZH_CN], "因%s依法中止计时，所需时间不计入办理期限（行政许可法第四十五条）。",
                           engine_pause_words(core_pause_kind_find(kind), CATALOG_ZH_CN));
    base_buffer_put_format(&notice->text[CATALOG_EN], "the clock stands still for the %s; that time does not count (Licensing Law art. 45).",
                           engine_pause_words(core_pause_kind_find(kind), CATALOG_EN));
    if (base_json_i64(base_json_member(notice->event, "expected_days"), 1, CORE_LIMIT_DAYS_MAX, &days) == OD_OK) {
        base_buffer_put_format(&notice->text[CATALOG_ZH_CN], "预计需要 %d 个工作日。", (int)days);
        base_buffer_put_format(&notice->text[CATALOG_EN], " It will take about %d working days.", (int)days);
    }
    say_reason(notice);
}

/* Of the task's or the whole's limit that was extended. */
static enum core_unit unit_of(const struct notice *notice, bool is_promised)
{
    const struct core_rules *rules = &notice->application->service->rules;
    int64_t task;

    if (base_json_i64(base_json_member(notice->event, "task"), 0, notice->application->core->task_count - 1, &task) == OD_OK)
        return engine_extension_unit(core_matter_limit(&rules->matters[task], is_promised ? CORE_CLOCK_PROMISED : CORE_CLOCK_STATUTORY));
    return engine_extension_unit(is_promised ? &rules->promised : &rules->statutory);
}

static void say_extended(struct notice *notice)
{
    bool is_promised = strcmp(member(notice, "clock"), "promised") == 0;
    enum core_unit unit = unit_of(notice, is_promised);
    int64_t length = 0;

    (void)!base_json_i64(base_json_member(notice->event, "length"), 1, CORE_LIMIT_DAYS_MAX, &length);
    say_matter(notice);
    base_buffer_put_format(&notice->text[CATALOG_ZH_CN], "经批准，%s期限延长 %d %s。",
                           is_promised ? "承诺" : "法定", (int)length, engine_unit_words(unit, CATALOG_ZH_CN));
    base_buffer_put_format(&notice->text[CATALOG_EN], "%s %s limit was extended by %d %s.",
                           matter_of(notice) != NULL ? "the" : "The", is_promised ? "promised" : "statutory", (int)length, engine_unit_words(unit, CATALOG_EN));
    say_reason(notice);
}

static void say_text(struct notice *notice)
{
    const char *text = member(notice, "text");

    if (*text == '\0')
        return;
    base_buffer_put_format(&notice->text[CATALOG_ZH_CN], "%s", text);
    base_buffer_put_format(&notice->text[CATALOG_EN], " %s", text);
}

static void say_delegated(struct notice *notice)
{
    const char *to = member(notice, "to");

    say_matter(notice);
    base_buffer_put_format(&notice->text[CATALOG_ZH_CN], "已委托%s办理；受委托机关不得再委托（行政许可法第二十四条）。", to);
    base_buffer_put_format(&notice->text[CATALOG_EN], "delegated to %s, which may not delegate further (Licensing Law art. 24).", to);
    say_text(notice);
}

static void say_hearing(struct notice *notice)
{
    char on[BASE_DATE_SIZE] = "";
    int64_t day = 0;

    if (base_json_i64(base_json_member(notice->event, "on"), 1, CORE_DAY_MAX, &day) == OD_OK)
        base_day_format((int32_t)day, on);
    say_matter(notice);
    base_buffer_put_format(&notice->text[CATALOG_ZH_CN], "定于 %s 举行听证，主持人 %s。您认为主持人与该事项有直接利害关系的，可以申请回避（行政许可法第四十八条）。",
                           on, member(notice, "chair"));
    base_buffer_put_format(&notice->text[CATALOG_EN], "the hearing is on %s, chaired by %s. You may object to a chair with an interest in the matter (Licensing Law art. 48).",
                           on, member(notice, "chair"));
    say_text(notice);
}

static void say_kind(struct notice *notice)
{
    const char *kind = notice->kind;

    if (strcmp(kind, "accepted") == 0)
        say(notice, "申请已受理，出具受理通知书。", "The application was accepted; this is the dated receipt.");
    else if (strcmp(kind, "received") == 0)
        say(notice, "申请材料已收到，五个工作日内告知是否齐全；逾期不告知的，自收到之日起即为受理。",
            "The application was received. You are told within five working days whether it is complete; otherwise it counts as accepted from today.");
    else if (strcmp(kind, "incomplete") == 0)
        say(notice, "申请材料不齐全，请按清单一次补正。", "The application is incomplete; please supply what is listed.");
    else if (strcmp(kind, "correctable") == 0)
        say(notice, "申请材料有可以当场更正的错误，请更正。", "There are errors that can be put right on the spot.");
    else if (strcmp(kind, "not_required") == 0)
        say(notice, "所申请事项依法不需要取得行政许可。", "What you ask for needs no approval.");
    else if (strcmp(kind, "not_competent") == 0)
        say(notice, "所申请事项不属于本中心职权范围，请向有权机关申请。", "This is not within this center's competence; please apply to the right body.");
    else if (strcmp(kind, "supplement") == 0)
        say(notice, "各部门需要补充的内容一次告知如下。", "The departments need the following, told in one notice.");
    else if (strcmp(kind, "paused") == 0)
        say_paused(notice);
    else if (strcmp(kind, "extended") == 0)
        say_extended(notice);
    else if (strcmp(kind, "delegated") == 0)
        say_delegated(notice);
    else if (strcmp(kind, "hearing") == 0)
        say_hearing(notice);
    else if (strcmp(kind, "resumed") == 0) {
        say_matter(notice);
        say(notice, "恢复计时，剩余期限继续计算。", "the clock goes on with the time that was left.");
    } else if (strcmp(kind, "redated") == 0)
        say(notice, "工作日历已调整，办理期限重新计算。", "The calendar of working days was amended; the dates were worked out again.");
    else if (strcmp(kind, "decided") == 0)
        say(notice, "已作出决定。", "The decision was made.");
    else if (strcmp(kind, "withdrawn") == 0)
        say(notice, "申请已撤回。", "The application was withdrawn.");
    else if (strcmp(kind, "lapsed") == 0)
        say(notice, "逾期未补正，申请终止，可以重新申请。", "It was not completed in time and has ended; you may apply again.");
}

/* Members of the event that belong to the notice. */
static void put_facts(struct base_buffer *body, const struct notice *notice)
{
    static const char *const facts[] = {"requests", "told", "redated", "kind", "expected_days", "length", "clock", "second_notice", "body"};

    for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++) {
        const struct base_json *fact = base_json_member(notice->event, facts[i]);

        if (fact != NULL)
            base_json_put(body, strcmp(facts[i], "kind") == 0 ? "pause" : facts[i], fact);
    }
}

/* Of a notice about one task alone: its matter. A decision is of all who answered, whoever was the last. */
static const struct catalog_matter *subject_of(const struct notice *notice)
{
    static const char *const of_one[] = {"paused", "resumed", "extended"};

    for (size_t i = 0; i < sizeof(of_one) / sizeof(of_one[0]); i++)
        if (strcmp(notice->kind, of_one[i]) == 0)
            return matter_of(notice);
    return NULL;
}

/* job: with what became of each notice's messages; NULL = without. */
static void put_notice(struct base_buffer *body, const struct engine_job *job, const struct engine_application *application,
                       const struct store_record *record, const struct base_json *event)
{
    const struct history *history = job != NULL ? job->data : NULL;
    struct notice notice = {.application = application, .event = event, .kind = base_json_member_text(event, "notice")};
    const struct catalog_matter *matter = subject_of(&notice);
    int64_t at_ms = record->at_ms;

    (void)!base_json_i64(base_json_member(event, "at_ms"), 0, INT64_MAX / 2, &at_ms);
    say_kind(&notice);
    base_json_open(body, NULL, '{');
    base_json_put_i64(body, "seq", (int64_t)record->seq);
    engine_put_ms(body, "at", at_ms);
    base_json_put_text(body, "notice", notice.kind);
    if (matter != NULL) {
        base_json_put_text(body, "matter", matter->id);
        catalog_put_text(body, "department_name", &matter->department->name);
    }
    base_json_open(body, "text", '{');
    base_json_put_text(body, "zh-CN", base_buffer_text(&notice.text[CATALOG_ZH_CN]));
    base_json_put_text(body, "en", base_buffer_text(&notice.text[CATALOG_EN]));
    base_json_close(body, '}');
    put_facts(body, &notice);
    if (history != NULL)
        engine_put_messages(body, "messages", job->engine, history->messages, history->message_count, notice.kind, at_ms);
    if (history != NULL)
        engine_told_put(body, history->tellings, history->telling_count, record->seq, history->hides_staff);
    base_json_close(body, '}');
    base_buffer_fini(&notice.text[CATALOG_ZH_CN]);
    base_buffer_fini(&notice.text[CATALOG_EN]);
}

static void put_record_notices(struct base_buffer *body, const struct engine_job *job, const struct engine_application *application,
                               const struct store_record *record)
{
    const struct history *history = job != NULL ? job->data : NULL;
    struct engine_page *page = history != NULL ? history->page : NULL;
    struct base_json_error error;
    struct base_json *root = NULL;

    if (base_json_parse(record->record, record->size, &root, &error) != OD_OK)
        return;
    for (const struct base_json *event = base_json_first(base_json_member(root, "events")); event != NULL; event = base_json_next(event))
        if (base_json_member_text(event, "notice") != NULL && engine_page_meets(page))
            put_notice(body, job, application, record, event);
    base_json_destroy(root);
}

void engine_put_record_notices(struct base_buffer *body, const struct engine_application *application, const struct store_record *record)
{
    put_record_notices(body, NULL, application, record);
}

static void put_notices(struct base_buffer *body, const char *key, const struct engine_job *job,
                        const struct engine_application *application)
{
    const struct history *history = job->data;

    base_json_open(body, key, '[');
    for (size_t i = 0; i < history->count; i++)
        put_record_notices(body, job, application, &history->records[i]);
    base_json_close(body, ']');
}

/* The citizen's view, with the promised clock day by day, what was told before and how the result was handed over. */
static void answer_track(const struct engine_job *job, const struct engine_application *application)
{
    const struct history *history = job->data;
    struct base_buffer body = {0};

    base_json_open(&body, NULL, '{');
    engine_put_track_members(&body, job->engine, application, true);
    put_notices(&body, "notices", job, application);
    engine_delivery_put_told(&body, "handover", &history->delivery, application->core);
    base_json_close(&body, '}');
    front_answer(job->request, 200, "application/json", NULL, &body);
}

static void answer_notices(const struct engine_job *job, const struct engine_application *application)
{
    struct history *history = job->data;
    struct base_buffer body = {0};
    struct engine_page page;
    char number[BASE_NUMBER_SIZE];

    if (!engine_page_take_open(job->request, &page))
        return;
    history->page = &page;
    base_number_format(application->id, application->core->received_day, number);
    base_json_open(&body, NULL, '{');
    base_json_put_text(&body, "number", number);
    put_notices(&body, "items", job, application);
    engine_put_messages(&body, "messages", job->engine, history->messages, history->message_count, NULL, 0);
    base_json_put_bool(&body, "are_messages_cut", history->are_messages_cut);
    engine_page_answer(job->request, engine_part_path(job->request, "notices"), &body, engine_page_next(&page), page.met);
}

/* -- The certificate (VwVfG section 42a(3); Licensing Law art. 50) -- */

static void put_deemed(struct base_buffer *body, const struct engine_application *application, unsigned i)
{
    const struct catalog_matter *matter = application->service->matters[i];
    const struct core_task *task = &application->core->tasks[i];
    const struct core_clock *law = &task->clocks[CORE_CLOCK_STATUTORY];

    base_json_open(body, NULL, '{');
    base_json_put_text(body, "matter", matter->id);
    catalog_put_text(body, "matter_name", &matter->name);
    catalog_put_text(body, "department_name", &matter->department->name);
    base_json_put_text(body, "effect", core_expiry_name(matter->expiry != CORE_EXPIRY_NONE ? (enum core_expiry)matter->expiry
                                                        : (enum core_expiry)application->service->rules.expiry));
    base_json_put_text(body, "opinion", core_opinion_name((enum core_opinion)task->opinion));
    engine_put_day(body, "limit_ended", law->due);
    base_json_put_text(body, "rule", core_matter_limit(&application->service->rules.matters[i], CORE_CLOCK_STATUTORY)->rule);
    base_json_close(body, '}');
}

static void answer_certificate(const struct engine_job *job, const struct engine_application *application)
{
    const struct core_application *core = application->core;
    struct base_buffer body = {0};
    char number[BASE_NUMBER_SIZE];

    if (!core->is_deemed || core->decided_ms == 0) {
        front_answer_problem(job->request, FRONT_CONFLICT,
                             front_say(job->request, "该申请没有推定作出的决定，无需证明。",
                                       "No decision on this application was deemed; there is nothing to certify."), NULL, 0);
        return;
    }
    base_number_format(application->id, core->received_day, number);
    base_json_open(&body, NULL, '{');
    base_json_put_text(&body, "number", number);
    base_json_put_text(&body, "service", application->service->id);
    catalog_put_text(&body, "service_name", &application->service->name);
    catalog_put_text(&body, "center_name", catalog_center_name(application->catalog));
    base_json_put_text(&body, "outcome", core_outcome_name((enum core_outcome)core->outcome));
    engine_put_ms(&body, "decided_at", core->decided_ms);
    engine_put_ms(&body, "certified_at", job->engine->now.ms);
    base_json_open(&body, "deemed", '[');
    for (unsigned i = 0; i < core->task_count; i++)
        if (core->tasks[i].is_deemed)
            put_deemed(&body, application, i);
    base_json_close(&body, ']');
    base_json_open(&body, "text", '{');
    base_json_put_text(&body, "zh-CN", "兹证明：下列事项在法定期限届满前未作出意见，依规定推定如下，并已据此作出联合决定。");
    base_json_put_text(&body, "en", "This certifies that no opinion was given on the following before the statutory limit ended; it is deemed as stated, and the decision was made on it.");
    base_json_close(&body, '}');
    base_json_close(&body, '}');
    front_answer(job->request, 200, "application/json", NULL, &body);
}

static void on_history(struct engine_job *job)
{
    struct engine_application *application = NULL;

    if (job->rc == OD_OK)
        job->rc = engine_row_read(job->engine, job->id, job->row.state, job->row.state_size, &application);
    if (job->rc != OD_OK)
        engine_answer_rc(job->request, job->rc);
    else if (job->request->route == FRONT_APPLICATION_CERTIFICATE)
        answer_certificate(job, application);
    else if (job->request->route == FRONT_TRACK)
        answer_track(job, application);
    else
        answer_notices(job, application);
    engine_application_destroy(application);
    base_free(job->data);
}

static void history_ask(struct engine *engine, struct front_request *request, uint64_t id, int32_t day)
{
    struct history *history = base_alloc(sizeof(*history));
    int rc = OD_ENOMEM;

    if (history != NULL) {
        history->hides_staff = request->route == FRONT_TRACK;
        base_number_format(id, day, history->delivery.number);
        rc = engine_job_start(engine, &(struct engine_job){.request = request, .id = id, .run = read_history, .on_done = on_history, .data = history});
    }
    if (rc != OD_OK) {
        base_free(history);
        engine_answer_rc(request, rc);
    }
}

void engine_notices(struct engine *engine, struct front_request *request)
{
    uint64_t id;
    int32_t day;

    if (base_number_parse(request->params[0], &id, &day) != OD_OK)
        engine_answer_rc(request, OD_ENOTFOUND);
    else
        history_ask(engine, request, id, day);
}

void engine_track_explained(struct engine *engine, struct front_request *request)
{
    uint64_t id;
    int32_t day;

    if (base_number_parse(base_json_member_text(request->body, "number"), &id, &day) != OD_OK)
        engine_answer_rc(request, OD_ENOTFOUND);
    else
        history_ask(engine, request, id, day);
}
