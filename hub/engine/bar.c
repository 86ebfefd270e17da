/* SPDX-License-Identifier: Apache-2.0 */
/* Who may not apply again: in matters of public safety false material bars a person from the matter for a year, a permit obtained
 * by fraud for three (Licensing Law art. 78, 79). Given with a rejection, or later by a head or supervision, who also lift it.
 * The store looks at the bar with each intake. */
#include "engine/internal.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *word;
    int years;
} kinds[] = {
    [ENGINE_BAR_NONE] = {"", 0},
    [ENGINE_BAR_FALSE_MATERIAL] = {"false_material", 1},
    [ENGINE_BAR_FRAUD] = {"fraud", 3},
};

static enum engine_bar bar_find(const char *word)
{
    for (unsigned bar = ENGINE_BAR_FALSE_MATERIAL; bar <= ENGINE_BAR_FRAUD; bar++)
        if (strcmp(kinds[bar].word, word) == 0)
            return (enum engine_bar)bar;
    return ENGINE_BAR_NONE;
}

enum engine_bar engine_bar_of(const struct base_json *body)
{
    const char *word = base_json_member_text(body, "bar");

    return word != NULL ? bar_find(word) : ENGINE_BAR_NONE;
}

/* The same day, years later; 29 February ends on the 28th. */
static core_day years_later(core_day day, int years)
{
    int year, month, day_of_month;

    base_day_to_civil(day, &year, &month, &day_of_month);
    bool is_leap_day = month == 2 && day_of_month == 29;
    return base_day_from_civil(year + years, month, is_leap_day ? 28 : day_of_month);
}

/* Of the person and the matter: the law bars from the permit that was lied for, not from every door of the center. */
static int hash_of(const struct engine *engine, const struct base_buffer *person, const char *matter, uint8_t hash[BASE_HASH_SIZE])
{
    struct base_buffer text = {0};

    base_buffer_put(&text, person->bytes, person->size);
    base_buffer_put_format(&text, "\nmatter %s", matter);
    int rc = person->is_broken || text.is_broken ? OD_ENOMEM : OD_OK;
    if (rc == OD_OK)
        base_hash_keyed(engine->secret, text.bytes, text.size, hash);
    base_buffer_fini(&text);
    return rc;
}

int engine_bars_ask(struct engine *engine, const struct catalog_service *service, core_task_set included, const struct base_buffer *person,
                    struct store_write *write)
{
    uint8_t *hashes = base_arena_take(&engine->filling->store->arena, CORE_TASKS_MAX * BASE_HASH_SIZE);

    int rc = hashes != NULL ? OD_OK : OD_ENOMEM;

    for (unsigned i = 0; i < service->matter_count && rc == OD_OK; i++)
        if ((included >> i & 1) != 0 && service->matters[i]->is_safety)
            rc = hash_of(engine, person, service->matters[i]->id, hashes + (size_t)BASE_HASH_SIZE * write->bar_count++);
    write->bar_hashes = hashes;
    return rc;
}

/* An erased document says nothing; a submission always does. */
static bool is_erased(const struct engine_application *application)
{
    return base_json_count(application->document_tree) == 0;
}

int engine_bar_take(struct engine *engine, struct engine_application *application, unsigned task, enum engine_bar bar, struct store_bar **out)
{
    struct store_bar *row = base_arena_take(&engine->filling->store->arena, sizeof(*row));
    struct base_buffer person = {0};
    int rc = row != NULL ? OD_OK : OD_ENOMEM;

    *out = NULL;
    if (rc == OD_OK && is_erased(application) && bar == ENGINE_BAR_NONE) { /* nothing tells the person's hashes */
        *row = (struct store_bar){.is_lifted = true, .is_nameless = true, .task = (uint8_t)task};
        *out = row;
        return OD_OK;
    }
    if (rc == OD_OK && catalog_person_put(&person, application->document_tree)) {
        *row = (struct store_bar){.task = (uint8_t)task, .until_day = years_later(engine->now.day, kinds[bar].years), .reason = (uint8_t)bar, .is_lifted = bar == ENGINE_BAR_NONE};
        rc = hash_of(engine, &person, application->service->matters[task]->id, row->person_hash);
        base_hash_keyed(engine->secret, person.bytes, person.size, row->older_hash);
        *out = rc == OD_OK ? row : NULL;
    }
    base_buffer_fini(&person);
    return rc;
}

void engine_bar_put(struct engine *engine, struct engine_application *application, struct store_bar *row)
{
    assert(application->has_write);
    struct store_bar **last = &engine->filling->store->writes[application->write].bar;

    while (*last != NULL)
        last = &(*last)->next;
    *last = row;
}

void engine_refuse_barred(struct front_request *request, const char *pointer, core_day until, enum engine_bar reason)
{
    bool is_fraud = reason == ENGINE_BAR_FRAUD;
    char day[BASE_DATE_SIZE], zh[256], en[256];

    base_day_format(until, day);
    snprintf(zh, sizeof(zh), "该申请人因%s，在 %s 前（含当日）不得再次申请。",
             is_fraud ? "以欺骗、贿赂等不正当手段取得许可" : "隐瞒情况或者提供虚假材料", day);
    snprintf(en, sizeof(en), "This applicant may not apply again until after %s: %s (Licensing Law art. %s).", day,
             is_fraud ? "a permit was obtained by fraud" : "false material was given", is_fraud ? "79" : "78");
    engine_refuse(request, pointer, "barred", zh, en);
}

/* -- What is asked for after the intake -- */

/* The last hash is of a bar from before matters had their own: it bars from all of them. */
struct look {
    engine_bars_cb on_looked;
    core_day day;
    unsigned count;
    unsigned tasks[CORE_TASKS_MAX];
    uint8_t hashes[CORE_TASKS_MAX + 1][BASE_HASH_SIZE];
    struct engine_bars bars;
};

static void bar_keep(struct engine_bars *bars, unsigned task, core_day until, uint8_t reason)
{
    if ((bars->tasks >> task & 1) != 0 && bars->until[task] >= until)
        return;
    bars->tasks |= (core_task_set)1 << task;
    bars->until[task] = until;
    bars->reasons[task] = reason;
}

static void look_run(struct engine_job *job, struct store_reader *reader)
{
    struct look *look = job->data;
    core_day until;
    uint8_t reason;

    for (unsigned i = 0; i <= look->count && job->rc == OD_OK; i++) {
        job->rc = store_read_bar(reader, look->hashes[i], look->day, &until, &reason);
        for (unsigned k = i < look->count ? i : 0; job->rc == OD_OK && k < (i < look->count ? i + 1 : look->count); k++)
            bar_keep(&look->bars, look->tasks[k], until, reason);
        if (job->rc == OD_ENOTFOUND)
            job->rc = OD_OK;
    }
}

static void look_done(struct engine_job *job)
{
    struct look *look = job->data;

    look->on_looked(job->engine, job->request, job->rc == OD_OK ? &look->bars : NULL, job->rc);
    base_free(look);
}

static int look_fill(struct look *look, const struct engine *engine, const struct engine_application *application)
{
    struct base_buffer person = {0};
    int rc = OD_OK;

    if (catalog_person_put(&person, application->document_tree)) {
        for (unsigned i = 0; i < application->service->matter_count && rc == OD_OK; i++)
            if (application->service->matters[i]->is_safety) {
                look->tasks[look->count] = i;
                rc = hash_of(engine, &person, application->service->matters[i]->id, look->hashes[look->count++]);
            }
        base_hash_keyed(engine->secret, person.bytes, person.size, look->hashes[look->count]);
    }
    rc = person.is_broken ? OD_ENOMEM : rc;
    base_buffer_fini(&person);
    return rc;
}

int engine_bars_look(struct engine *engine, const struct engine_application *application, struct front_request *request, engine_bars_cb on_looked)
{
    struct look *look = base_alloc(sizeof(*look));

    if (look == NULL)
        return OD_ENOMEM;
    *look = (struct look){.on_looked = on_looked, .day = engine->now.day};
    int rc = look_fill(look, engine, application);
    if (rc == OD_OK)
        rc = engine_job_start(engine, &(struct engine_job){.request = request, .run = look_run, .on_done = look_done, .data = look});
    if (rc != OD_OK)
        base_free(look);
    return rc;
}

/* -- POST /v1/tasks/{id}/bar -- */

bool engine_answer_if_no_bar(struct front_request *request, const struct catalog_matter *matter, const char *pointer)
{
    if (matter->is_safety)
        return false;
    engine_refuse(request, pointer, "not_safety", "只有直接关系公共安全、人身健康、生命财产安全的事项（safety）才限制再次申请（行政许可法第七十八、七十九条）。",
                  "Only matters of public safety, health, life or property (safety) bar from applying again (Licensing Law art. 78, 79).");
    return true;
}

/* The kind and the reason of the body; false when it was answered. */
static bool read_bar(struct front_request *request, enum engine_bar *bar, const char **reason)
{
    const char *kind = base_json_member_text(request->body, "kind");

    *bar = kind != NULL ? bar_find(kind) : ENGINE_BAR_NONE;
    *reason = base_json_member_text(request->body, "reason");
    if (*bar == ENGINE_BAR_NONE && (kind == NULL || strcmp(kind, "none") != 0))
        engine_refuse(request, "/kind", "choice", "kind 应为 false_material、fraud 或 none（解除）。", "kind is false_material, fraud or none (which lifts it).");
    else if (*reason == NULL || engine_text_is_blank(*reason) || strlen(*reason) > ENGINE_BAR_REASON_MAX)
        engine_refuse(request, "/reason", "required", "须写明理由（reason），不超过 500 字节。", "A reason is due, of at most 500 bytes.");
    else
        return true;
    return false;
}

static int note(struct engine *engine, struct engine_application *application, const struct front_request *request, unsigned task,
                const struct store_bar *row, const char *reason)
{
    struct base_buffer details = {0};

    if (!row->is_lifted) {
        base_json_put_text(&details, "bar", kinds[row->reason].word);
        engine_put_day(&details, "until", row->until_day);
    }
    base_json_put_text(&details, "matter", application->service->matters[task]->id);
    base_json_put_text(&details, "reason_text", reason);
    int rc = details.is_broken ? OD_ENOMEM
                               : engine_note(engine, application, row->is_lifted ? "bar_lifted" : "person_barred", task, request->identity.key_id,
                                             base_buffer_text(&details));
    base_buffer_fini(&details);
    return rc;
}

int engine_bar_perform(struct engine *engine, struct engine_application *application, struct front_request *request, unsigned task)
{
    struct store_bar *row = NULL;
    enum engine_bar bar;
    const char *reason;

    if (!read_bar(request, &bar, &reason) || engine_answer_if_no_bar(request, application->service->matters[task], "/kind"))
        return OD_OK;
    if (core_task_is_open(&application->core->tasks[task])) {
        front_answer_problem(request, FRONT_CONFLICT, front_say(request, "任务尚未办结；与 reject 意见一并给出 bar。", "The task is open: give bar with the rejection."), NULL, 0);
        return OD_OK;
    }
    int rc = engine_bar_take(engine, application, task, bar, &row);
    if (rc == OD_OK && row == NULL && is_erased(application)) {
        front_answer_problem(request, FRONT_CONFLICT,
                             front_say(request, "申请人资料已按保存期限清除，无法再限制其申请；原有的限制仍可解除。",
                                       "The applicant's data are erased by the rule of retention: nobody can be barred from here any more; a bar can still be lifted."), NULL, 0);
        return OD_OK;
    }
    if (rc == OD_OK && row == NULL) {
        engine_refuse(request, "/kind", "unknown_person", "申请人没有证件号码，无法限制其再次申请。", "The applicant has no number of identity to be known by.");
        return OD_OK;
    }
    if (rc == OD_OK)
        rc = note(engine, application, request, task, row, reason);
    if (rc != OD_OK)
        return rc;
    engine_bar_put(engine, application, row);
    return engine_deed_add(engine, &(struct engine_deed){.kind = ENGINE_DEED_TASK, .request = request, .handle = base_task_handle(application->id, task)});
}
