/* SPDX-License-Identifier: Apache-2.0 */
/* What was told at the window: a notice handed over, or read out, by a clerk. Where the applicant's time waits for a receipt, it
 * starts as with any other (docs/rules/clock.md S-7); of every other notice it is put on record who told it, and when.
 *
 *   body (422) -> [pool: history, and whether it is on record] -> the notice (404), its time (422) -> application -> CORE_TOLD and
 *   the entry, in one batch -> durable -> 201
 *   on record: told at the same time or none is said, the same again (200); at another, 409 */
#include "engine/told.h"

#include <stdio.h>
#include <string.h>

#include "engine/concern.h"

#define WINDOW_MAX 32 /* bytes */

struct telling {
    struct base_list node; /* of engine->tellings: one at a time for an application */
    struct engine *engine;
    struct front_request *request;
    uint64_t application;
    char number[BASE_NUMBER_SIZE], name[STORE_ENTRY_NAME_MAX + 1]; /* of the entry: "<number>/<seq>" */
    uint64_t seq;
    const char *to, *window; /* of the body; NULL = not said */
    core_ms at_ms;
    bool has_at;
    struct store_record *records;
    size_t count;
    struct store_entry before; /* id 0 = it is not on record */
    char notice[BASE_ID_MAX + 1]; /* its kind; "" = there is no such notice */
    core_ms notice_ms;
    uint8_t asked; /* which of those that asked for something; 0 = it asks for nothing */
    struct base_buffer body; /* of the entry */
};

static void telling_end(struct telling *telling)
{
    base_list_remove(&telling->node);
    base_buffer_fini(&telling->body);
    base_free(telling);
}

static void end_rc(struct telling *telling, int rc)
{
    engine_answer_rc(telling->request, rc);
    telling_end(telling);
}

/* -- The answer -- */

/* body: of the entry, an object. */
static void answer(struct telling *telling, int status, const char *body, size_t size)
{
    struct base_buffer out = {0};

    base_json_open(&out, NULL, '{');
    base_json_put_text(&out, "number", telling->number);
    base_json_put_raw(&out, "told_in_person", body, size);
    base_json_close(&out, '}');
    front_answer(telling->request, status, "application/json", NULL, &out);
    telling_end(telling);
}

static void answer_again(struct telling *telling)
{
    struct base_json_error error;
    struct base_json *tree = NULL;
    int64_t at_ms = 0;
    const char *at = NULL;

    if (base_json_parse(telling->before.body, telling->before.body_size, &tree, &error) == OD_OK)
        at = base_json_member_text(tree, "at");
    bool is_same = !telling->has_at || (at != NULL && base_time_parse(at, &at_ms) == OD_OK && at_ms / 60000 == telling->at_ms / 60000);
    base_json_destroy(tree);
    if (is_same) {
        answer(telling, 200, telling->before.body, telling->before.body_size);
        return;
    }
    front_answer_problem(telling->request, FRONT_CONFLICT,
                         front_say(telling->request, "该通知当面告知的时间已经登记，且与此不同；已登记的不能更改。",
                                   "When this notice was told in person is on record already, with another time; what is on record stays."), NULL, 0);
    telling_end(telling);
}

/* -- On record -- */

static void on_stored(struct engine *engine, void *data, int rc)
{
    struct telling *telling = data;

    (void)engine;
    if (rc == OD_OK)
        answer(telling, 201, telling->body.bytes, telling->body.size);
    else
        end_rc(telling, rc == OD_EEXIST ? OD_EBUSY : rc);
}

static int entry_put(struct telling *telling)
{
    struct engine *engine = telling->engine;
    struct base_buffer more = {0};
    struct store_entry entry = {.kind = ENGINE_ENTRY_TOLD, .state = 1, .application = telling->application, .wake_minute = INT64_MAX,
                                .at_ms = engine->now.ms, .name = telling->name, .body = telling->body.bytes,
                                .body_size = (uint32_t)telling->body.size, .id = engine_entry_id(engine, ENGINE_ENTRY_TOLD)};

    base_json_put_text(&more, "of_notice", telling->notice); /* not "notice": it is none, it tells of one */
    base_json_put_i64(&more, "of_seq", (int64_t)telling->seq);
    engine_put_ms(&more, "told_at", telling->at_ms);
    int rc = more.is_broken || telling->body.is_broken
                 ? OD_ENOMEM
                 : engine_entry_put(engine, &entry, &(struct engine_entry_event){.type = "told_in_person", .by = telling->request->identity.key_id,
                                                                                 .number = telling->number, .more = base_buffer_text(&more)},
                                    on_stored, telling);
    base_buffer_fini(&more);
    return rc;
}

/* until: by when he has to answer, where his time began with it; 0 = nothing began. */
static void body_put(struct telling *telling, core_day until)
{
    struct base_buffer *body = &telling->body;

    base_json_open(body, NULL, '{');
    base_json_put_i64(body, "seq", (int64_t)telling->seq);
    base_json_put_text(body, "notice", telling->notice);
    engine_put_ms(body, "at", telling->at_ms);
    base_json_put_text(body, "by", telling->request->identity.key_id);
    base_json_put_text(body, "to", telling->to != NULL ? telling->to : "applicant");
    if (telling->window != NULL)
        base_json_put_text(body, "window", telling->window);
    engine_put_ms(body, "recorded_at", telling->engine->now.ms);
    if (until != 0)
        engine_put_day(body, "until", until);
    base_json_close(body, '}');
}

static bool is_newest(const struct telling *telling, const struct engine_application *application)
{
    return telling->asked != 0 && telling->asked == application->core->notices;
}

/* S-7: what is put on record too late, or with a wrong day, takes no time away that is over already. */
static bool answer_if_over(struct telling *telling, const struct engine_application *application)
{
    int32_t day, minute, offset;
    char until[BASE_DATE_SIZE], zh[384], en[384];

    base_zone_civil(telling->at_ms, &day, &minute, &offset);
    core_day end = is_newest(telling, application) ? core_answer_until_told(&application->service->rules, application->core, day) : 0;
    if (end == 0 || end >= telling->engine->now.day)
        return false;
    base_day_format(end, until);
    snprintf(zh, sizeof(zh), "按此时间，申请人的补正期限已于 %s 届满，登记会使申请当即终止。请核对时间；确系未及时登记的，不作登记，期限自回执或推定送达之日起算。", until);
    snprintf(en, sizeof(en), "With this time the applicant's days would have ended on %s, and the application with them. Check the time; a telling that was not put on record "
                             "in time is not taken: the days begin with a receipt, or when he is presumed to be told.", until);
    engine_refuse(telling->request, "/at", "over", zh, en);
    return true;
}

/* Of the newest notice that asks for something his time may begin; whether it does the core says. */
static int clock_start(struct telling *telling, struct engine_application *application, core_day *until)
{
    struct engine *engine = telling->engine;
    struct core_event event = {.type = CORE_TOLD, .time = engine->now, .notice = telling->asked};
    struct base_buffer details = {0};
    int32_t day, minute, offset;

    *until = 0;
    if (!is_newest(telling, application))
        return OD_OK;
    base_zone_civil(telling->at_ms, &day, &minute, &offset);
    event.told_day = day != engine->now.day ? day : 0;
    base_json_put_bool(&details, "in_person", true);
    int rc = details.is_broken ? OD_ENOMEM
                               : engine_apply(engine, application, &event, telling->request->identity.key_id, base_buffer_text(&details));
    base_buffer_fini(&details);
    if (rc == OD_OK)
        *until = application->core->supplement.due;
    return rc == OD_ENOTFOUND || rc == OD_EEXIST ? OD_OK : rc;
}

static void on_application(struct engine *engine, struct engine_application *application, int rc, void *data)
{
    struct telling *telling = data;
    core_day until;

    if (rc == OD_OK && engine->filling->store->count + ENGINE_MESSAGE_ROOM > STORE_BATCH_WRITES_MAX)
        rc = OD_EBUSY;
    if (rc == OD_OK && (engine_answer_if_changed(telling->request, application, CORE_TASKS_MAX) || answer_if_over(telling, application))) {
        telling_end(telling);
        return;
    }
    if (rc == OD_OK)
        rc = clock_start(telling, application, &until);
    if (rc == OD_OK) {
        body_put(telling, until);
        rc = entry_put(telling);
        if (rc != OD_OK && until != 0)
            application->record.is_broken = true; /* no start of his time without who told him: the batch is not packed */
    }
    if (rc != OD_OK)
        end_rc(telling, rc);
}

/* -- Which notice -- */

static bool asks(const char *kind)
{
    return strcmp(kind, "incomplete") == 0 || strcmp(kind, "correctable") == 0 || strcmp(kind, "supplement") == 0;
}

/* The notice of one record, the last where it has several: they were told together. */
static void record_look(struct telling *telling, const struct store_record *record, uint8_t *asked)
{
    struct base_json_error error;
    struct base_json *root = NULL;

    if (base_json_parse(record->record, record->size, &root, &error) != OD_OK)
        return;
    for (const struct base_json *event = base_json_first(base_json_member(root, "events")); event != NULL; event = base_json_next(event)) {
        const char *kind = base_json_member_text(event, "notice");

        if (kind == NULL)
            continue;
        if (asks(kind) && *asked < UINT8_MAX)
            ++*asked;
        if (record->seq != telling->seq)
            continue;
        snprintf(telling->notice, sizeof(telling->notice), "%s", kind);
        telling->asked = asks(kind) ? *asked : telling->asked;
        telling->notice_ms = record->at_ms;
        (void)!base_json_i64(base_json_member(event, "at_ms"), 0, INT64_MAX / 2, &telling->notice_ms);
    }
    base_json_destroy(root);
}

static bool is_time_fine(struct telling *telling)
{
    if (!telling->has_at)
        telling->at_ms = telling->engine->now.ms;
    if (telling->at_ms / 60000 > telling->engine->now.ms / 60000)
        engine_refuse(telling->request, "/at", "future", "告知时间不得晚于现在。", "The time may not lie in the future.");
    else if (telling->at_ms / 60000 < telling->notice_ms / 60000)
        engine_refuse(telling->request, "/at", "before_notice", "告知时间不得早于通知作出的时间（也就不早于收到申请）。",
                      "Nobody was told before there was a notice, nor before the application was received.");
    else
        return true;
    return false;
}

static void on_history(struct engine_job *job)
{
    struct telling *telling = job->data;
    uint8_t asked = 0;

    for (size_t i = 0; job->rc == OD_OK && i < telling->count && telling->notice[0] == '\0'; i++)
        record_look(telling, &telling->records[i], &asked);
    if (job->rc != OD_OK) {
        end_rc(telling, job->rc);
    } else if (telling->notice[0] == '\0') {
        front_answer_problem(telling->request, FRONT_NOT_FOUND,
                             front_say(telling->request, "该申请没有这个通知；编号 seq 见 GET .../notices。",
                                       "The application has no such notice; GET .../notices gives each its seq."), NULL, 0);
        telling_end(telling);
    } else if (telling->before.id != 0) {
        answer_again(telling);
    } else if (!is_time_fine(telling)) {
        telling_end(telling);
    } else {
        engine_application_get(job->engine, telling->application, on_application, telling);
    }
}

static void read_history(struct engine_job *job, struct store_reader *reader)
{
    struct telling *telling = job->data;

    job->rc = store_read_application(reader, job->id, &job->arena, &job->row);
    if (job->rc == OD_OK)
        job->rc = store_read_history(reader, job->id, 0, &job->arena, &telling->records, &telling->count);
    if (job->rc == OD_OK)
        job->rc = store_read_entry_named(reader, ENGINE_ENTRY_TOLD, telling->name, &job->arena, &telling->before);
    if (job->rc == OD_ENOTFOUND && telling->count > 0)
        job->rc = OD_OK;
}

/* -- The request -- */

static bool read_to(struct telling *telling)
{
    static const char *const words[] = {"applicant", "agent", "representative"};

    if (!engine_field_text(telling->request, "to", BASE_ID_MAX, false, &telling->to))
        return false;
    for (size_t i = 0; telling->to != NULL && i < sizeof(words) / sizeof(words[0]); i++)
        if (strcmp(words[i], telling->to) == 0)
            return true;
    if (telling->to != NULL)
        engine_refuse(telling->request, "/to", "choice", "to 应为 applicant、agent 或 representative。",
                      "to must be applicant (the default), agent or representative.");
    return telling->to == NULL;
}

/* false: it was answered. */
static bool read_members(struct telling *telling)
{
    static const char *const names[] = {"at", "to", "window", NULL};
    struct front_request *request = telling->request;
    const char *at;

    if (request->body == NULL)
        return true;
    if (!engine_fields_only(request, request->body, "", names) || !read_to(telling) ||
        !engine_field_text(request, "window", WINDOW_MAX, false, &telling->window) || !engine_field_text(request, "at", 64, false, &at))
        return false;
    telling->has_at = at != NULL;
    if (at == NULL || (base_time_parse(at, &telling->at_ms) == OD_OK && telling->at_ms >= 0))
        return true;
    engine_refuse(request, "/at", "format", "at 应为带时区的时间，如 2026-11-29T10:30:00+08:00。", "at is a time with its offset, as 2026-11-29T10:30:00+08:00.");
    return false;
}

static bool seq_read(const char *text, uint64_t *seq)
{
    size_t size = strlen(text);

    *seq = 0;
    for (size_t i = 0; i < size; i++)
        *seq = *seq * 10 + (uint64_t)(text[i] - '0');
    return size > 0 && size <= 18 && strspn(text, "0123456789") == size && text[0] != '0';
}

static bool is_under_way(const struct engine *engine, uint64_t application)
{
    for (struct base_list *node = engine->tellings.next; node != &engine->tellings; node = node->next)
        if (BASE_LIST_ENTRY(node, struct telling, node)->application == application)
            return true;
    return false;
}

void engine_told(struct engine *engine, struct front_request *request)
{
    uint64_t id, seq;
    int32_t day;

    if (engine->tellings.next == NULL)
        base_list_init(&engine->tellings);
    if (base_number_parse(request->params[0], &id, &day) != OD_OK || !seq_read(request->params[1], &seq)) {
        engine_answer_rc(request, OD_ENOTFOUND);
        return;
    }
    struct telling *telling = is_under_way(engine, id) ? NULL : base_alloc(sizeof(*telling));
    if (telling == NULL) { /* the one before it is durable in a moment */
        engine_answer_rc(request, OD_EBUSY);
        return;
    }
    *telling = (struct telling){.engine = engine, .request = request, .application = id, .seq = seq};
    base_number_format(id, day, telling->number);
    snprintf(telling->name, sizeof(telling->name), "%s/%llu", telling->number, (unsigned long long)seq);
    base_list_append(&engine->tellings, &telling->node);
    if (!read_members(telling)) {
        telling_end(telling);
        return;
    }
    int rc = engine_job_start(engine, &(struct engine_job){.request = request, .run = read_history, .on_done = on_history, .id = id, .data = telling});
    if (rc != OD_OK)
        end_rc(telling, rc);
}

/* -- Shown with the notice -- */

void engine_told_put(struct base_buffer *buffer, const struct store_entry *entries, size_t count, uint64_t seq, bool hides_staff)
{
    for (size_t i = 0; i < count; i++) {
        struct base_json_error error;
        struct base_json *tree = NULL;
        int64_t of = 0;

        if (base_json_parse(entries[i].body, entries[i].body_size, &tree, &error) != OD_OK)
            continue;
        if (base_json_i64(base_json_member(tree, "seq"), 1, INT64_MAX, &of) == OD_OK && (uint64_t)of == seq) {
            base_json_open(buffer, "told_in_person", '{');
            for (const struct base_json *member = base_json_first(tree); member != NULL; member = base_json_next(member))
                if (!hides_staff || strcmp(base_json_key(member), "by") != 0)
                    base_json_put(buffer, base_json_key(member), member);
            base_json_close(buffer, '}');
        }
        base_json_destroy(tree);
    }
}
