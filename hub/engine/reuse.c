/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/reuse.h"

#include <stdio.h>
#include <string.h>

/* -- Validity -- */

core_day engine_months_after(core_day day, unsigned months)
{
    int year, month, of_month;

    base_day_to_civil(day, &year, &month, &of_month);
    int last = year * 12 + month - 1 + (int)months;
    int next = last + 1;
    core_day until = base_day_from_civil(last / 12, last % 12 + 1, of_month);
    core_day end = base_day_from_civil(next / 12, next % 12 + 1, 1) - 1;
    return until < end ? until : end;
}

core_day engine_day_of(const char *at, core_day otherwise)
{
    int64_t ms;
    int32_t day, minute, offset;

    if (at == NULL || base_time_parse(at, &ms) != OD_OK)
        return otherwise;
    base_zone_civil(ms, &day, &minute, &offset);
    return day;
}

/* -- One opinion -- */

static int parse(const struct engine_text *text, struct base_json **out)
{
    struct base_json_error error;

    return text->bytes != NULL ? base_json_parse(text->bytes, text->size, out, &error) : OD_ENOTFOUND;
}

/* The task of the matter in the earlier application; CORE_TASKS_MAX = none. */
static unsigned task_of(const struct engine_application *application, const char *matter)
{
    for (unsigned i = 0; i < application->core->task_count; i++)
        if (strcmp(application->service->matters[i]->id, matter) == 0)
            return i;
    return CORE_TASKS_MAX;
}

static bool is_approval(const struct core_task *task)
{
    return task->state == CORE_TASK_DONE && !task->is_deemed &&
           (task->opinion == CORE_OPINION_APPROVE || task->opinion == CORE_OPINION_APPROVE_WITH_CONDITIONS);
}

/* Does the department see the same of both forms? */
static int facts_compare(const struct catalog_service *service, unsigned index, const struct base_json *form,
                         struct engine_application *application, unsigned task, bool *is_same)
{
    struct base_buffer now = {0}, then = {0};

    catalog_put_form(&now, NULL, service, index, form);
    engine_put_form(&then, NULL, application, task, application->document_tree, NULL);
    bool is_broken = now.is_broken || then.is_broken;
    *is_same = !is_broken && strcmp(base_buffer_text(&now), base_buffer_text(&then)) == 0;
    base_buffer_fini(&now);
    base_buffer_fini(&then);
    return is_broken ? OD_ENOMEM : OD_OK;
}

/* Of one that was taken over itself, the application that it was given in. */
static void source_note(const struct engine_application *application, const struct base_json *opinion, struct engine_reuse_item *item)
{
    const char *number = base_json_member_text(base_json_member(opinion, "reused_from"), "number");
    int32_t day;

    item->application = application->id;
    base_number_format(application->id, application->core->received_day, item->number);
    if (number != NULL && strlen(number) < sizeof(item->number) && base_number_parse(number, &item->application, &day) == OD_OK)
        snprintf(item->number, sizeof(item->number), "%s", number);
}

int engine_reuse_look(const struct engine *engine, const struct catalog_service *service, unsigned index, const struct base_json *form,
                      struct engine_application *application, struct engine_reuse_item *item, enum engine_reuse_fault *fault)
{
    const struct catalog_matter *matter = service->matters[index];
    unsigned task = task_of(application, matter->id);
    const struct engine_text *text = task < CORE_TASKS_MAX ? engine_task_text(application, task, ENGINE_TEXT_OPINION) : NULL;
    struct base_json *opinion = NULL;
    bool is_same = false;

    *fault = matter->opinion_months == 0 ? ENGINE_REUSE_NOT_TAKEN : ENGINE_REUSE_NO_OPINION;
    if (matter->opinion_months == 0 || text == NULL || text->bytes == NULL || !is_approval(&application->core->tasks[task]))
        return OD_OK;
    int rc = parse(text, &opinion);
    if (rc == OD_OK)
        rc = facts_compare(service, index, form, application, task, &is_same);
    if (rc == OD_OK) {
        *item = (struct engine_reuse_item){.task = index,
                                           .has_conditions = application->core->tasks[task].opinion == CORE_OPINION_APPROVE_WITH_CONDITIONS};
        source_note(application, opinion, item);
        item->until = engine_months_after(engine_day_of(base_json_member_text(opinion, "at"), application->core->received_day), matter->opinion_months);
        *fault = item->until < engine->now.day ? ENGINE_REUSE_EXPIRED
                 : !matter->is_opinion_reused  ? ENGINE_REUSE_NOT_TAKEN
                 : !is_same                    ? ENGINE_REUSE_OTHER_FACTS
                                               : ENGINE_REUSE_FINE;
    }
    base_json_destroy(opinion);
    return rc;
}

/* -- What a submission names -- */

struct asking {
    struct engine *engine;
    struct front_request *request;
    struct catalog *catalog; /* a reference: it may be reloaded meanwhile */
    const struct catalog_service *service;
    struct catalog_intake intake;
    engine_reuse_cb go_on; /* NULL = for a viewer */
    const struct engine_reuse_viewer *viewer; /* NULL = for a submission */
    void *data;            /* the viewer's */
    const struct base_json *next; /* item of the body that is looked at */
    size_t index;                 /* its place */
    struct engine_reuse reuse;
};

static const struct base_json *list_of(const struct front_request *request)
{
    return base_json_member(base_json_member(request->body, "reuse"), "opinions");
}

bool engine_reuse_is_asked(const struct front_request *request)
{
    return base_json_member(request->body, "reuse") != NULL;
}

static void finish(struct asking *asking)
{
    for (size_t i = 0; i < asking->reuse.count; i++)
        base_free(asking->reuse.items[i].opinion.bytes);
    catalog_release(asking->catalog);
    base_free(asking);
}

static void look_at_next(struct asking *asking);

static void go_to_next(struct asking *asking)
{
    asking->next = base_json_next(asking->next);
    asking->index++;
    look_at_next(asking);
}

static void refuse(struct asking *asking, const char *member, const char *code, const char *zh, const char *en)
{
    char pointer[64];

    snprintf(pointer, sizeof(pointer), "/reuse/opinions/%zu/%s", asking->index, member);
    if (asking->viewer != NULL) {
        asking->viewer->on_fault(asking->data, pointer, code, zh, en);
        go_to_next(asking);
        return;
    }
    engine_refuse(asking->request, pointer, code, zh, en);
    finish(asking);
}

static void fail(struct asking *asking, int rc)
{
    if (asking->viewer != NULL)
        asking->viewer->on_looked(asking->engine, asking->data, NULL, rc);
    else
        engine_answer_rc(asking->request, rc);
    finish(asking);
}

static void refuse_fault(struct asking *asking, enum engine_reuse_fault fault)
{
    switch (fault) {
    case ENGINE_REUSE_FINE: break;
    case ENGINE_REUSE_NO_OPINION:
        refuse(asking, "number", "no_opinion", "该申请中没有此事项的同意意见。", "That application has no approval of the matter.");
        break;
    case ENGINE_REUSE_NOT_TAKEN:
        refuse(asking, "matter", "not_reused", "此事项的意见不能沿用到其他申请。", "Opinions of this matter do not stand for other applications.");
        break;
    case ENGINE_REUSE_EXPIRED:
        refuse(asking, "number", "expired", "该意见的有效期已过，请重新办理。", "The opinion does not stand any more; the department has to look again.");
        break;
    case ENGINE_REUSE_OTHER_FACTS:
        refuse(asking, "number", "other_facts", "此事项所依据的填报内容与当时不同，请重新办理。",
               "What the matter goes by is not what it was then; the department has to look again.");
        break;
    }
}

static bool is_same_person(const struct base_json *a, const struct base_json *b)
{
    struct base_buffer one = {0}, other = {0};
    bool is_known = catalog_person_put(&one, a) && catalog_person_put(&other, b) && !one.is_broken && !other.is_broken;
    bool is_same = is_known && strcmp(base_buffer_text(&one), base_buffer_text(&other)) == 0;

    base_buffer_fini(&one);
    base_buffer_fini(&other);
    return is_same;
}

/* The opinion as it was given, and where it is from. */
static int opinion_copy(struct engine_application *application, const char *matter, struct engine_reuse_item *item)
{
    const struct engine_text *text = engine_task_text(application, task_of(application, matter), ENGINE_TEXT_OPINION);
    struct base_json *opinion = NULL;
    struct base_buffer copy = {0};
    int rc = parse(text, &opinion);

    base_json_open(&copy, NULL, '{');
    for (const struct base_json *member = base_json_first(opinion); rc == OD_OK && member != NULL; member = base_json_next(member))
        if (strcmp(base_json_key(member), "reused_from") != 0)
            base_json_put(&copy, base_json_key(member), member);
    base_json_open(&copy, "reused_from", '{');
    base_json_put_text(&copy, "number", item->number);
    engine_put_day(&copy, "valid_until", item->until);
    base_json_close(&copy, '}');
    base_json_close(&copy, '}');
    if (rc == OD_OK)
        rc = copy.is_broken ? OD_ENOMEM : engine_text_set(&item->opinion, copy.bytes, copy.size);
    base_buffer_fini(&copy);
    base_json_destroy(opinion);
    return rc;
}

/* Index of the matter among those that are needed; CORE_TASKS_MAX = it is none of them. */
static unsigned matter_of(const struct asking *asking, const char *id)
{
    for (unsigned i = 0; id != NULL && i < asking->service->matter_count; i++)
        if ((asking->intake.included >> i & 1) != 0 && strcmp(asking->service->matters[i]->id, id) == 0)
            return i;
    return CORE_TASKS_MAX;
}

static void on_source(struct engine *engine, struct engine_application *application, int rc, void *data)
{
    struct asking *asking = data;
    const char *matter = base_json_member_text(asking->next, "matter");
    struct engine_reuse_item *item = &asking->reuse.items[asking->reuse.count];
    enum engine_reuse_fault fault = ENGINE_REUSE_FINE;

    if (rc == OD_ENOTFOUND || (rc == OD_OK && !is_same_person(asking->request->body, application->document_tree))) {
        refuse(asking, "number", "unknown_application", "该申请人没有这个编号的申请。", "This applicant has no application of that number.");
        return;
    }
    if (rc == OD_OK)
        rc = engine_reuse_look(engine, asking->service, matter_of(asking, matter), base_json_member(asking->request->body, "form"), application, item, &fault);
    if (rc == OD_OK && fault == ENGINE_REUSE_FINE)
        rc = opinion_copy(application, matter, item);
    if (rc != OD_OK) {
        fail(asking, rc == OD_ESTATE ? OD_EBUSY : rc);
    } else if (fault != ENGINE_REUSE_FINE) {
        refuse_fault(asking, fault);
    } else {
        asking->reuse.count++;
        go_to_next(asking);
    }
}

static bool is_taken(const struct asking *asking, unsigned task)
{
    for (size_t i = 0; i < asking->reuse.count; i++)
        if (asking->reuse.items[i].task == task)
            return true;
    return false;
}

static void look_at_next(struct asking *asking)
{
    const char *number = base_json_member_text(asking->next, "number");
    uint64_t id;
    int32_t day;

    if (asking->next == NULL) {
        if (asking->viewer != NULL)
            asking->viewer->on_looked(asking->engine, asking->data, &asking->reuse, OD_OK);
        else
            asking->go_on(asking->engine, asking->request, asking->service, &asking->intake, &asking->reuse);
        finish(asking);
        return;
    }
    unsigned task = matter_of(asking, base_json_member_text(asking->next, "matter"));
    if (task == CORE_TASKS_MAX || is_taken(asking, task))
        refuse(asking, "matter", task == CORE_TASKS_MAX ? "unknown_matter" : "twice", "须为本申请涉及的事项，且每项只写一次。",
               "A matter of this application is needed, each once.");
    else if (number == NULL || base_number_parse(number, &id, &day) != OD_OK)
        refuse(asking, "number", "type", "须为已有申请的编号。", "The number of an earlier application is needed.");
    else
        engine_document_get(asking->engine, id, on_source, asking);
}

/* {"consent": true, "opinions": [{"matter", "number"}]}: without the applicant's consent nothing of before is used. NULL: its
 * shape is fine. */
static const char *shape_fault(const struct front_request *request, const char **code, const char **zh, const char **en)
{
    const struct base_json *reuse = base_json_member(request->body, "reuse"), *list = base_json_member(reuse, "opinions");

    *code = "type";
    *zh = "reuse 须为含 consent 和 opinions 的对象。";
    *en = "reuse is to be an object with consent and opinions.";
    if (base_json_type(reuse) != BASE_JSON_OBJECT)
        return "/reuse";
    *zh = "opinions 须为数组，最多 64 项。";
    *en = "opinions is to be an array of at most 64 items.";
    if (list != NULL && (base_json_type(list) != BASE_JSON_ARRAY || base_json_count(list) > CORE_TASKS_MAX))
        return "/reuse/opinions";
    *code = "consent";
    *zh = "使用以前的材料和意见须经申请人同意。";
    *en = "Documents and opinions of before are used with the applicant's consent alone.";
    return base_json_is_true(base_json_member(reuse, "consent")) ? NULL : "/reuse/consent";
}

static struct asking *asking_create(struct engine *engine, struct front_request *request, const struct catalog_service *service,
                                    const struct catalog_intake *intake)
{
    struct asking *asking = base_alloc(sizeof(*asking));

    if (asking == NULL)
        return NULL;
    asking->engine = engine;
    asking->request = request;
    asking->catalog = catalog_retain(engine->catalog);
    asking->service = service;
    asking->intake = *intake;
    asking->next = base_json_first(list_of(request));
    return asking;
}

void engine_reuse_start(struct engine *engine, struct front_request *request, const struct catalog_service *service,
                        const struct catalog_intake *intake, engine_reuse_cb go_on)
{
    const char *code, *zh, *en, *pointer = shape_fault(request, &code, &zh, &en);

    if (pointer != NULL) {
        engine_refuse(request, pointer, code, zh, en);
        return;
    }
    struct asking *asking = asking_create(engine, request, service, intake);
    if (asking == NULL) {
        engine_answer_rc(request, OD_ENOMEM);
        return;
    }
    asking->go_on = go_on;
    look_at_next(asking);
}

void engine_reuse_view(struct engine *engine, struct front_request *request, const struct catalog_service *service,
                       const struct catalog_intake *intake, const struct engine_reuse_viewer *viewer, void *data)
{
    const char *code, *zh, *en, *pointer = shape_fault(request, &code, &zh, &en);
    struct asking *asking = asking_create(engine, request, service, intake);

    if (asking == NULL) {
        viewer->on_looked(engine, data, NULL, OD_ENOMEM);
        return;
    }
    asking->viewer = viewer;
    asking->data = data;
    if (pointer != NULL) {
        viewer->on_fault(data, pointer, code, zh, en);
        asking->next = NULL; /* nothing of it stands */
    }
    look_at_next(asking);
}

/* -- What becomes of it -- */

int engine_reuse_take(struct engine_application *application, const struct engine_reuse *reuse, struct core_event *event)
{
    int rc = OD_OK;

    for (size_t i = 0; reuse != NULL && i < reuse->count && rc == OD_OK; i++) {
        const struct engine_reuse_item *item = &reuse->items[i];

        event->received.held |= (core_task_set)1 << item->task;
        event->received.held_conditional |= item->has_conditions ? (core_task_set)1 << item->task : 0;
        rc = engine_text_set(engine_task_text(application, item->task, ENGINE_TEXT_OPINION), item->opinion.bytes, item->opinion.size);
    }
    return rc;
}

void engine_reuse_put(struct base_buffer *details, const struct front_request *request, const struct engine_reuse *reuse,
                      const struct catalog_service *service)
{
    if (!engine_reuse_is_asked(request))
        return;
    base_json_open(details, "reuse", '{');
    base_json_put_bool(details, "consent", true);
    base_json_open(details, "opinions", '[');
    for (size_t i = 0; reuse != NULL && i < reuse->count; i++) {
        base_json_open(details, NULL, '{');
        base_json_put_i64(details, "task", reuse->items[i].task);
        base_json_put_text(details, "matter", service->matters[reuse->items[i].task]->id);
        base_json_put_text(details, "number", reuse->items[i].number);
        engine_put_day(details, "valid_until", reuse->items[i].until);
        base_json_put_raw(details, "text", reuse->items[i].opinion.bytes, reuse->items[i].opinion.size);
        base_json_close(details, '}');
    }
    base_json_close(details, ']');
    base_json_close(details, '}');
}

void engine_reuse_put_source(struct base_buffer *buffer, const struct engine_application *application, unsigned task)
{
    struct base_json *opinion = NULL;

    if (!core_task_is_reused(&application->core->tasks[task]) || parse(engine_task_text(application, task, ENGINE_TEXT_OPINION), &opinion) != OD_OK)
        return;
    if (base_json_member(opinion, "reused_from") != NULL)
        base_json_put(buffer, "reused_from", base_json_member(opinion, "reused_from"));
    base_json_destroy(opinion);
}

core_task_set engine_reuse_unheld(const struct engine_application *application, const struct base_json *form)
{
    core_task_set unheld = 0;

    for (unsigned i = 0; i < application->core->task_count; i++) {
        struct base_buffer now = {0}, then = {0};

        if (application->core->tasks[i].held == CORE_OPINION_NONE)
            continue;
        catalog_put_form(&now, NULL, application->service, i, form);
        engine_put_form(&then, NULL, application, i, application->document_tree, NULL);
        if (now.is_broken || then.is_broken || strcmp(base_buffer_text(&now), base_buffer_text(&then)) != 0)
            unheld |= (core_task_set)1 << i;
        base_buffer_fini(&now);
        base_buffer_fini(&then);
    }
    return unheld;
}
