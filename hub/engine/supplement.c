/* SPDX-License-Identifier: Apache-2.0 */
/* What the applicant supplies later: what the one-time notice listed, the answer to
 * departments that asked, or what was promised at the acceptance. Source: domain.md
 * section 2; docs/rules/intake.md.
 *
 *     INCOMPLETE: looked at anew as a whole -> accepted, or the notice that is left
 *     IN_REVIEW: each request that is met -> its department goes on; the others stay open */
#include "engine/material.h"
#include "engine/reuse.h"

#include <stdio.h>
#include <string.h>

/* One supplement: the texts as they will stand once the event is taken, made first, so that nothing is half
 * changed. */
struct change {
    struct engine *engine;
    struct engine_application *application;
    const struct base_json *body; /* what is supplied */
    const char *by;
    struct engine_addition *addition; /* NULL = any matter may be added */
    struct base_json *notice, *form; /* owned trees: as stored; the form with every answer over it */
    struct engine_text new_notice, new_answers;
    struct engine_text notes[CORE_TASKS_MAX]; /* of requests that are met in part; else empty */
    core_task_set partial;                   /* these */
    size_t met;                              /* items of the notice that are supplied now */
};

static void change_fini(struct change *change)
{
    base_json_destroy(change->notice);
    base_json_destroy(change->form);
    base_free(change->new_notice.bytes);
    base_free(change->new_answers.bytes);
    for (size_t i = 0; i < CORE_TASKS_MAX; i++)
        base_free(change->notes[i].bytes);
}

static int parse_text(const struct engine_text *text, struct base_json **out)
{
    struct base_json_error error;

    *out = NULL;
    return text->bytes != NULL ? base_json_parse(text->bytes, text->size, out, &error) : OD_OK;
}

static int keep_scratch(struct engine *engine, struct engine_text *text)
{
    return engine->scratch.is_broken ? OD_ENOMEM : engine_text_set(text, engine->scratch.bytes, engine->scratch.size);
}

/* Put the members of both objects, those of `over` win. The object stays open. */
static void put_merged(struct base_buffer *buffer, const struct base_json *under, const struct base_json *over)
{
    base_buffer_clear(buffer);
    base_json_open(buffer, NULL, '{');
    for (const struct base_json *member = base_json_first(under); member != NULL; member = base_json_next(member))
        if (base_json_member(over, base_json_key(member)) == NULL && base_json_key(member)[0] != '/')
            base_json_put(buffer, base_json_key(member), member);
    for (const struct base_json *member = base_json_first(over); member != NULL; member = base_json_next(member))
        if (base_json_key(member)[0] != '/') /* no field: see engine_supplied_put */
            base_json_put(buffer, base_json_key(member), member);
}

/* The answers with the new fields over them, and the whole form as it is now. */
static int merge_form(struct change *change)
{
    struct base_buffer *buffer = &change->engine->scratch;
    const struct base_json *form = base_json_member(change->body, "form");
    struct base_json_error error;
    struct base_json *before, *answers = NULL;
    int rc = parse_text(&change->application->answers, &before);

    if (rc != OD_OK)
        return rc;
    put_merged(buffer, before, form);
    engine_supplied_put(buffer, before, base_json_member(change->body, "materials"));
    base_json_close(buffer, '}');
    base_json_destroy(before);
    if (buffer->size > 2)
        rc = keep_scratch(change->engine, &change->new_answers);
    if (rc == OD_OK)
        rc = parse_text(&change->new_answers, &answers);
    put_merged(buffer, base_json_member(change->application->document_tree, "form"), answers);
    base_json_close(buffer, '}');
    base_json_destroy(answers);
    return rc == OD_OK && !buffer->is_broken ? base_json_parse(buffer->bytes, buffer->size, &change->form, &error) : rc;
}

/* -- Before the acceptance -- */

/* Ids of every material that is there: submitted, supplied before, and supplied now. */
static size_t list_materials(const struct change *change, const char *ids[3 * BASE_MATERIALS_MAX])
{
    const struct base_json *lists[] = {base_json_member(change->application->document_tree, "materials"),
                                       base_json_member(change->notice, "supplied"),
                                       base_json_member(change->body, "materials")};
    size_t count = 0;

    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
        for (const struct base_json *item = base_json_first(lists[i]); item != NULL && count < 3 * BASE_MATERIALS_MAX;
             item = base_json_next(item)) {
            const char *id = base_json_text(item) != NULL ? base_json_text(item) : base_json_member_text(item, "material");

            if (id != NULL)
                ids[count++] = id;
        }
    return count;
}

static int keep_notice(struct change *change, const struct catalog_intake *intake)
{
    struct base_buffer *buffer = &change->engine->scratch, supplied = {0};
    struct base_json_error error;
    struct base_json *list = NULL;

    base_json_open(&supplied, NULL, '[');
    for (const struct base_json *item = base_json_first(base_json_member(change->notice, "supplied")); item != NULL; item = base_json_next(item))
        base_json_put(&supplied, NULL, item);
    for (const struct base_json *item = base_json_first(base_json_member(change->body, "materials")); item != NULL;
         item = base_json_next(item))
        base_json_put_text(&supplied, NULL, base_json_member_text(item, "material"));
    base_json_close(&supplied, ']');
    int rc = supplied.is_broken ? OD_ENOMEM : base_json_parse(supplied.bytes, supplied.size, &list, &error);
    base_buffer_clear(buffer);
    engine_notice_put(buffer, change->engine, intake, list);
    base_json_destroy(list);
    base_buffer_fini(&supplied);
    return rc == OD_OK ? keep_scratch(change->engine, &change->new_notice) : rc;
}

static size_t put_left(struct base_buffer *buffer, struct change *change)
{
    const struct base_json *materials = base_json_member(change->body, "materials");
    size_t left = 0;

    base_json_open(buffer, NULL, '{');
    for (const struct base_json *member = base_json_first(change->notice); member != NULL; member = base_json_next(member))
        if (strcmp(base_json_key(member), "missing") != 0)
            base_json_put(buffer, base_json_key(member), member);
    base_json_open(buffer, "missing", '[');
    for (const struct base_json *item = base_json_first(base_json_member(change->notice, "missing")); item != NULL; item = base_json_next(item)) {
        const char *id = base_json_member_text(item, "material");

        if (id != NULL && engine_has_material(materials, id)) {
            change->met++;
            continue;
        }
        base_json_put(buffer, NULL, item);
        left++;
    }
    base_json_close(buffer, ']');
    base_json_close(buffer, '}');
    return left;
}

/* Take what is listed off the stored notice; *left = what stays on it. */
static int shorten_notice(struct change *change, size_t *left)
{
    base_buffer_clear(&change->engine->scratch);
    *left = put_left(&change->engine->scratch, change);
    return *left > 0 ? keep_scratch(change->engine, &change->new_notice) : OD_OK;
}

/* Met item by item; what a corrected form needs beside that is missing as in any intake. */
static int complete_by_person(struct change *change, const struct catalog_intake *intake, struct core_event *event)
{
    size_t left = 0;
    int rc = shorten_notice(change, &left);

    event->supplemented.is_complete = left == 0;
    if (rc != OD_OK || left > 0 || event->supplemented.included == 0 || intake->missing_count == 0)
        return rc;
    event->supplemented.is_complete = false;
    return keep_notice(change, intake);
}

static int complete(struct change *change, struct core_event *event)
{
    const char *ids[3 * BASE_MATERIALS_MAX];
    struct catalog_intake *intake = base_alloc(sizeof(*intake));
    int rc;

    if (intake == NULL)
        return OD_ENOMEM;
    size_t count = list_materials(change, ids);
    catalog_intake_recheck(change->application->service, change->form, ids, count,
                           base_json_member(change->application->document_tree, "promise"), change->engine->now.day, intake);
    if (change->addition != NULL && (intake->outcome == CORE_INTAKE_NOT_COMPETENT || intake->outcome == CORE_INTAKE_NOT_REQUIRED)) {
        change->addition->outcome = (enum core_intake)intake->outcome;
        change->addition->competence = intake->competence;
        base_free(intake);
        return OD_EDENIED; /* an empty set of matters would be none to the core */
    }
    if (intake->included != change->application->core->included)
        event->supplemented.included = intake->included;
    event->supplemented.unheld = engine_reuse_unheld(change->application, change->form);
    /* What a person found to be missing is not what the files alone show: it is met item by item. */
    if (base_json_is_true(base_json_member(change->notice, "by_person"))) {
        rc = complete_by_person(change, intake, event);
    } else {
        event->supplemented.is_complete = intake->missing_count == 0 && intake->correction_count == 0;
        rc = event->supplemented.is_complete ? OD_OK : keep_notice(change, intake);
    }
    base_free(intake);
    return rc;
}

/* -- During the review -- */

/* Does the supplement hold something of the list? *left = items of it that are still open. */
static bool meets(const struct base_json *list, const struct base_json *materials, const struct base_json *form, size_t *left)
{
    bool is_met = false;

    *left = 0;
    for (const struct base_json *item = base_json_first(list); item != NULL; item = base_json_next(item)) {
        const char *id = base_json_text(item);
        bool is_here = id != NULL && (engine_has_material(materials, id) || base_json_member(form, id) != NULL);

        is_met = is_met || is_here;
        *left += !is_here;
    }
    return is_met;
}

static void put_open_items(struct base_buffer *buffer, const char *key, const struct base_json *list,
                           const struct base_json *materials, const struct base_json *form)
{
    if (list == NULL)
        return;
    base_json_open(buffer, key, '[');
    for (const struct base_json *item = base_json_first(list); item != NULL; item = base_json_next(item)) {
        const char *id = base_json_text(item);

        if (id != NULL && !engine_has_material(materials, id) && base_json_member(form, id) == NULL)
            base_json_put(buffer, NULL, item);
    }
    base_json_close(buffer, ']');
}

/* The request without what is here now. */
static int shorten_request(struct change *change, unsigned task, const struct base_json *note)
{
    const struct base_json *materials = base_json_member(change->body, "materials"),
                           *form = base_json_member(change->body, "form");
    struct base_buffer *buffer = &change->engine->scratch;

    base_buffer_clear(buffer);
    base_json_open(buffer, NULL, '{');
    for (const struct base_json *member = base_json_first(note); member != NULL; member = base_json_next(member))
        if (strcmp(base_json_key(member), "fields") != 0 && strcmp(base_json_key(member), "materials") != 0)
            base_json_put(buffer, base_json_key(member), member);
    put_open_items(buffer, "fields", base_json_member(note, "fields"), materials, form);
    put_open_items(buffer, "materials", base_json_member(note, "materials"), materials, form);
    base_json_close(buffer, '}');
    change->partial |= (core_task_set)1 << task;
    return keep_scratch(change->engine, &change->notes[task]);
}

/* A request that lists fields or materials is met when all of them are here; one in words alone by any answer. */
static int look_at_request(struct change *change, unsigned task, core_task_set *answered)
{
    const struct base_json *materials = base_json_member(change->body, "materials"),
                           *form = base_json_member(change->body, "form");
    size_t fields_left, materials_left;
    struct base_json *note;
    int rc = parse_text(engine_task_text(change->application, task, ENGINE_TEXT_NOTE), &note);

    if (rc != OD_OK)
        return rc;
    const struct base_json *wanted_fields = base_json_member(note, "fields"), *wanted = base_json_member(note, "materials");
    bool is_in_words = base_json_count(wanted_fields) + base_json_count(wanted) == 0;
    bool is_met = meets(wanted_fields, materials, form, &fields_left);
    is_met = meets(wanted, materials, form, &materials_left) || is_met;
    if (is_in_words || (is_met && fields_left + materials_left == 0))
        *answered |= (core_task_set)1 << task;
    else if (is_met)
        rc = shorten_request(change, task, note);
    base_json_destroy(note);
    return rc;
}

static int answer(struct change *change, struct core_event *event)
{
    core_task_set waiting = engine_waiting_tasks(change->application);
    bool is_promised = change->application->core->tolerance.state == CORE_CLOCK_RUNNING;
    size_t left = 0;
    int rc = OD_OK;

    for (unsigned i = 0; i < change->application->core->task_count && rc == OD_OK; i++)
        if (waiting >> i & 1)
            rc = look_at_request(change, i, &event->supplemented.answered);
    event->supplemented.is_complete = true;
    if (rc == OD_OK && is_promised) {
        rc = shorten_notice(change, &left);
        event->supplemented.is_tolerated_met = left == 0;
    }
    return rc;
}

/* -- Both -- */

static void put_details(struct base_buffer *details, const struct base_json *body)
{
    base_json_open(details, "materials", '[');
    for (const struct base_json *item = base_json_first(base_json_member(body, "materials")); item != NULL;
         item = base_json_next(item)) {
        base_json_open(details, NULL, '{');
        base_json_put_text(details, "material", base_json_member_text(item, "material"));
        base_json_put_text(details, "sha256", base_json_member_text(item, "sha256"));
        base_json_close(details, '}');
    }
    base_json_close(details, ']');
    /* Names only: what people wrote stands apart from the journal, which is kept for ever. */
    base_json_open(details, "fields", '[');
    for (const struct base_json *field = base_json_first(base_json_member(body, "form")); field != NULL;
         field = base_json_next(field))
        base_json_put_text(details, NULL, base_json_key(field));
    base_json_close(details, ']');
}

static void swap(struct engine_text *a, struct engine_text *b)
{
    struct engine_text kept = *a;

    *a = *b;
    *b = kept;
}

static void keep_words(struct change *change, core_task_set answered)
{
    const char *text = base_json_member_text(change->body, "text");
    struct base_buffer *buffer = &change->engine->scratch;

    base_buffer_clear(buffer);
    base_json_open(buffer, NULL, '{');
    base_json_put_text(buffer, "text", text);
    base_json_close(buffer, '}');
    for (unsigned i = 0; i < change->application->core->task_count; i++)
        if (answered >> i & 1 && keep_scratch(change->engine, engine_task_text(change->application, i, ENGINE_TEXT_NOTE)) != OD_OK)
            base_log(BASE_LOG_ERROR, "no memory for the words of an answer; its fields are kept");
}

/* Move the texts in; what they replace leaves with change. */
static void change_take(struct change *change, const struct core_event *event)
{
    bool has_notice = change->application->core->status == CORE_STATUS_INCOMPLETE ||
                      change->application->core->tolerance.state != CORE_CLOCK_NONE || event->supplemented.is_complete;

    if (change->new_answers.bytes != NULL)
        swap(&change->application->answers, &change->new_answers);
    if (has_notice)
        swap(&change->application->notice, &change->new_notice);
    for (unsigned i = 0; i < change->application->core->task_count; i++)
        if (event->supplemented.unheld >> i & 1)
            (void)!engine_text_set(engine_task_text(change->application, i, ENGINE_TEXT_OPINION), NULL, 0);
    for (unsigned i = 0; i < change->application->core->task_count; i++)
        if (change->partial >> i & 1)
            swap(engine_task_text(change->application, i, ENGINE_TEXT_NOTE), &change->notes[i]);
    keep_words(change, event->supplemented.answered);
}

static int apply(struct change *change, struct core_event *event)
{
    struct base_buffer details = {0};
    bool is_review = change->application->core->status == CORE_STATUS_IN_REVIEW;
    bool is_whole = !is_review || event->supplemented.answered != 0 || event->supplemented.is_tolerated_met;
    int rc;

    put_details(&details, change->body);
    if (is_whole)
        rc = engine_apply(change->engine, change->application, event, change->by, base_buffer_text(&details));
    else if (change->partial != 0 || change->met > 0)
        rc = engine_note(change->engine, change->application, "supplemented_in_part", CORE_TASKS_MAX,
                         change->by, base_buffer_text(&details));
    else
        rc = OD_ENOTFOUND; /* nothing of it was asked for */
    base_buffer_fini(&details);
    return rc;
}

static int supplement(struct change *change)
{
    struct core_event event = {.type = CORE_SUPPLEMENTED, .time = change->engine->now};
    struct engine_application *application = change->application;
    bool is_open = application->core->status == CORE_STATUS_INCOMPLETE ||
                   (application->core->status == CORE_STATUS_IN_REVIEW &&
                    (engine_waiting_tasks(application) != 0 || application->core->tolerance.state == CORE_CLOCK_RUNNING));

    if (!is_open)
        return OD_ESTATE;
    int rc = merge_form(change);
    if (rc == OD_OK)
        rc = parse_text(&application->notice, &change->notice);
    if (rc == OD_OK)
        rc = application->core->status == CORE_STATUS_INCOMPLETE ? complete(change, &event) : answer(change, &event);
    bool is_renewed = event.supplemented.included != 0;
    if (rc == OD_OK && change->addition != NULL) {
        change->addition->added = event.supplemented.included & ~application->core->included;
        rc = (change->addition->added & change->addition->may_not) != 0 ? OD_EDENIED : OD_OK;
    }
    if (rc == OD_OK)
        rc = apply(change, &event);
    if (rc == OD_OK)
        change_take(change, &event);
    if (rc == OD_OK && is_renewed && engine_reasons_set(change->engine, application, change->form) != OD_OK)
        base_log(BASE_LOG_ERROR, "no memory for the reasons of the matters");
    return rc;
}

int engine_supply(struct engine *engine, struct engine_application *application, const struct base_json *body, const char *by,
                  struct engine_addition *addition)
{
    struct change change = {.engine = engine, .application = application, .body = body, .by = by, .addition = addition};
    int rc = supplement(&change);

    change_fini(&change);
    return rc;
}
