/* SPDX-License-Identifier: Apache-2.0 */
/* H-4: who chairs a hearing does not review, and who reviews does not chair it (Licensing Law art. 48).
 *
 *   announced -> [pool: its history] -> the chair had a part in the review: 422
 *             -> go_on, which looks once more at what is not durable yet
 *   claim, take, ask, opinion -> the caller or an officer it names is the chair: 422 */
#include "engine/claim.h"
#include "engine/mark.h"

#include <stdio.h>
#include <string.h>

/* -- After it was announced -- */

/* Is the chair of the task's hearing who, or one of them? */
static int check_task(const struct engine_text *marks, const char *who, bool (*is_of)(const char *who, const char *chair))
{
    struct base_json_error error;
    struct base_json *tree = NULL;

    if (marks->bytes == NULL)
        return OD_OK;
    int rc = base_json_parse(marks->bytes, marks->size, &tree, &error);
    const char *chair = base_json_member_text(base_json_member(tree, "hearing"), "chair");
    if (rc != OD_ENOMEM)
        rc = chair != NULL && is_of(who, chair) ? OD_EDENIED : OD_OK;
    base_json_destroy(tree);
    return rc;
}

int engine_chair_check(const struct engine_application *application, const char *who)
{
    int rc = OD_OK;

    for (unsigned i = 0; i < application->core->task_count && rc == OD_OK; i++)
        rc = check_task(engine_task_text(application, i, ENGINE_TEXT_MARKS), who, engine_name_is);
    return rc;
}

int engine_officers_check(const struct engine_application *application, const struct base_json *opinion, size_t *at)
{
    size_t index = 0;

    for (const struct base_json *item = base_json_first(base_json_member(opinion, "officers")); item != NULL; item = base_json_next(item)) {
        int rc = base_json_text(item) != NULL ? engine_chair_check(application, base_json_text(item)) : OD_OK;

        if (rc != OD_OK) {
            if (at != NULL)
                *at = index;
            return rc;
        }
        index++;
    }
    return OD_OK;
}

int engine_names_check(const struct engine_application *application, const char *text)
{
    int rc = OD_OK;

    for (unsigned i = 0; i < application->core->task_count && rc == OD_OK; i++)
        rc = check_task(engine_task_text(application, i, ENGINE_TEXT_MARKS), text, engine_names_have);
    return rc;
}

/* Pausing for the hearing and marking that it was held are no review, nor is letting go of a claim. */
static bool is_review(enum front_route route)
{
    return route == FRONT_TASK_CLAIM || route == FRONT_TASK_TAKE || route == FRONT_TASK_ASK || route == FRONT_TASK_OPINION;
}

static void refuse_officer(struct front_request *request, size_t at)
{
    char pointer[32];

    snprintf(pointer, sizeof(pointer), "/officers/%zu", at);
    engine_refuse(request, pointer, "same_person", "此人主持该申请的听证，不得审查该申请（行政许可法第四十八条）；请写明其他工作人员。",
                  "This officer chairs a hearing of the application and may not review it (Licensing Law art. 48): name another.");
}

bool engine_answer_if_chair(struct front_request *request, const struct engine_application *application)
{
    size_t at = 0;

    if (!is_review(request->route))
        return false;
    int rc = engine_chair_check(application, request->identity.key_id);
    if (rc == OD_EDENIED) {
        engine_refuse(request, "", "same_person", "您主持该申请的听证，不得审查该申请（行政许可法第四十八条）；请由其他工作人员办理。",
                      "You chair a hearing of this application and may not review it (Licensing Law art. 48): leave it to another officer.");
        return true;
    }
    if (rc == OD_OK && request->route == FRONT_TASK_OPINION)
        rc = engine_officers_check(application, request->body, &at);
    if (rc == OD_EDENIED)
        refuse_officer(request, at);
    else if (rc != OD_OK)
        engine_answer_rc(request, rc);
    return rc != OD_OK;
}

/* -- Before it -- */

void engine_refuse_chair(struct front_request *request)
{
    engine_refuse(request, "/chair", "same_person", "审查该申请的工作人员不得主持听证（行政许可法第四十八条）；请指定未参与审查的人员。",
                  "Who reviews the application may not chair its hearing (Licensing Law art. 48): name somebody who had no part in it.");
}

/* By whom it was given, and who looked. */
static bool opinion_names(const struct base_json *opinion, const char *who)
{
    const char *by = base_json_member_text(opinion, "by");

    if (by != NULL && engine_name_is(by, who))
        return true;
    for (const struct base_json *item = base_json_first(base_json_member(opinion, "officers")); item != NULL; item = base_json_next(item))
        if (base_json_text(item) != NULL && engine_name_is(base_json_text(item), who))
            return true;
    return false;
}

static bool is_opinion_of(const struct engine_text *text, const char *who)
{
    struct base_json_error error;
    struct base_json *opinion = NULL;

    if (text->bytes == NULL || base_json_parse(text->bytes, text->size, &opinion, &error) != OD_OK)
        return false;
    bool is_of = opinion_names(opinion, who);
    base_json_destroy(opinion);
    return is_of;
}

bool engine_is_reviewer(const struct front_request *request, const struct engine_application *application, const char *who)
{
    struct engine_claim claim;

    if (engine_name_is(who, request->identity.key_id))
        return true;
    for (unsigned i = 0; i < application->core->task_count; i++)
        if ((engine_claim_find(application, i, &claim) && engine_name_is(claim.by, who)) ||
            is_opinion_of(engine_task_text(application, i, ENGINE_TEXT_OPINION), who))
            return true;
    return false;
}

struct asking {
    const char *chair; /* of the request's body */
    engine_application_cb go_on;
    bool is_reviewer;
};

static bool is_one_of(const char *type, const char *const *types)
{
    for (; *types != NULL; types++)
        if (strcmp(type, *types) == 0)
            return true;
    return false;
}

/* Whoever had the task in hand, asked the applicant, gave an opinion, or was sent to look. */
static bool is_review_of(const struct base_json *event, const char *who)
{
    static const char *const acts[] = {"task_claimed", "task_taken_over", "taken", "asked", NULL}, *const opinions[] = {"opined", "opinion_conflict", NULL};
    const char *type = base_json_member_text(event, "type"), *by = base_json_member_text(event, "by");
    const char *milestone = base_json_member_text(event, "milestone"), *text = base_json_member_text(event, "text");

    if (type == NULL)
        return false;
    if (is_one_of(type, acts))
        return by != NULL && engine_name_is(by, who);
    if (is_one_of(type, opinions))
        return (by != NULL && engine_name_is(by, who)) || opinion_names(base_json_member(event, "text"), who);
    return milestone != NULL && strcmp(milestone, "inspectors_assigned") == 0 && text != NULL && engine_names_have(text, who);
}

static int look(struct asking *asking, const struct store_record *record)
{
    struct base_json_error error;
    struct base_json *root = NULL;
    int rc = base_json_parse(record->record, record->size, &root, &error);

    for (const struct base_json *event = base_json_first(base_json_member(root, "events")); event != NULL; event = base_json_next(event))
        asking->is_reviewer |= is_review_of(event, asking->chair);
    base_json_destroy(root);
    return rc == OD_ENOMEM ? rc : OD_OK;
}

static void read_history(struct engine_job *job, struct store_reader *reader)
{
    struct store_record *records = NULL;
    size_t count = 0;

    job->rc = store_read_history(reader, job->id, 0, &job->arena, &records, &count);
    for (size_t i = 0; i < count && job->rc == OD_OK; i++)
        job->rc = look(job->data, &records[i]);
}

static void on_history(struct engine_job *job)
{
    struct asking *asking = job->data;

    if (job->rc != OD_OK)
        engine_answer_rc(job->request, job->rc);
    else if (asking->is_reviewer)
        engine_refuse_chair(job->request);
    else
        engine_application_get(job->engine, job->id, asking->go_on, job->request);
    base_free(asking);
}

int engine_reviewers_ask(struct engine *engine, uint64_t application, struct front_request *request, engine_application_cb go_on)
{
    struct asking *asking = base_alloc(sizeof(*asking));

    if (asking == NULL)
        return OD_ENOMEM;
    *asking = (struct asking){.chair = base_json_member_text(request->body, "chair"), .go_on = go_on};
    int rc = engine_job_start(engine, &(struct engine_job){.request = request, .run = read_history, .on_done = on_history,
                                                           .id = application, .data = asking});
    if (rc != OD_OK)
        base_free(asking);
    return rc;
}
