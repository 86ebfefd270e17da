/* SPDX-License-Identifier: Apache-2.0 */
/* Who may not apply again: in matters of public safety false material bars a person from the matter for a year, a permit obtained
 * by fraud for three (Licensing Law art. 78, 79). Given with a rejection, or later by a head or supervision, who also lift it.
 * The store looks at the bar with each intake. */
#include "engine/internal.h"

#include <assert.h>
#include <string.h>

static const struct {
    const char *word;
    int years;
} bars[] = {
    [ENGINE_BAR_NONE] = {"", 0},
    [ENGINE_BAR_FALSE_MATERIAL] = {"false_material", 1},
    [ENGINE_BAR_FRAUD] = {"fraud", 3},
};

static enum engine_bar bar_find(const char *word)
{
    for (unsigned bar = ENGINE_BAR_FALSE_MATERIAL; bar <= ENGINE_BAR_FRAUD; bar++)
        if (strcmp(bars[bar].word, word) == 0)
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

int engine_bar_take(struct engine *engine, struct engine_application *application, unsigned task, enum engine_bar bar, struct store_bar **out)
{
    struct store_bar *row = base_arena_take(&engine->filling->store->arena, sizeof(*row));
    struct base_buffer person = {0};
    int rc = row != NULL ? OD_OK : OD_ENOMEM;

    *out = NULL;
    if (rc == OD_OK && catalog_person_put(&person, application->document_tree)) {
        *row = (struct store_bar){.until_day = years_later(engine->now.day, bars[bar].years), .reason = (uint8_t)bar, .is_lifted = bar == ENGINE_BAR_NONE};
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
        base_json_put_text(&details, "bar", bars[row->reason].word);
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
