/* SPDX-License-Identifier: Apache-2.0 */
/* A content is infected: the applicants who have it are told.
 *
 *   verdict -> its own application, with the verdict
 *     -> durable, and with it whatever was submitted before -> [pool: who has it and was not told] -> each of them
 *     -> all were: the errand's wake ends. It comes where a kill or a full batch came between, and the same begins anew
 *
 * A submission that names it after the verdict is refused; one that is under way while the verdict comes is among those who pin it. */
#include "engine/material.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/error.h"
#include "engine/message.h"

#define TELL_WINDOW 16
#define VERDICT "scan" /* of a message: which verdict it tells of, so that it is told once; no text has it */

int engine_refused_tell(struct engine *engine, uint64_t application, const char *number, const char *material, const char *reason, uint64_t scan)
{
    struct base_buffer params = {0};
    char id[24];

    base_json_open(&params, NULL, '{');
    base_json_put_text(&params, "material", material);
    base_json_put_text(&params, "reason", reason != NULL ? reason : "");
    snprintf(id, sizeof(id), "%llu", (unsigned long long)scan);
    if (scan != 0)
        base_json_put_text(&params, VERDICT, id);
    base_json_close(&params, '}');
    struct engine_message message = {.kind = "material_refused", .application = application, .number = number,
                                     .params = base_buffer_text(&params)};
    int rc = params.is_broken ? OD_ENOMEM : engine_message_put(engine, &message, NULL);
    base_buffer_fini(&params);
    return rc;
}

struct telling {
    struct base_list node; /* in materials.tellings */
    char digits[ENGINE_DIGITS_SIZE], reason[256], material[BASE_ID_MAX + 1];
    char own_material[BASE_ID_MAX + 1]; /* as which the errand's own application has it */
    uint64_t errand, application; /* whose verdict it is; the application of that, 0 = none */
    uint64_t after, applications[TELL_WINDOW + 1];
    size_t count, at;
    bool is_begun, is_last; /* a window was read; none follows */
    bool is_off;            /* somebody was not told: the errand keeps its wake */
};

/* Does the message tell of this verdict? */
static bool tells_of(const struct store_entry *message, uint64_t scan)
{
    struct base_json_error error;
    struct base_json *body = NULL;
    char id[24];
    bool is_of = false;

    snprintf(id, sizeof(id), "%llu", (unsigned long long)scan);
    if (base_json_parse(message->body, message->body_size, &body, &error) == OD_OK) {
        const char *verdict = base_json_member_text(base_json_member(base_json_member(body, "about"), "params"), VERDICT);

        is_of = verdict != NULL && strcmp(verdict, id) == 0;
    }
    base_json_destroy(body);
    return is_of;
}

static int told_read(struct store_reader *reader, struct base_arena *arena, uint64_t application, uint64_t scan, bool *is_told)
{
    struct store_entry_filter filter = {.kind = ENGINE_ENTRY_MESSAGE, .state = -1, .department = -1, .application = application, .before = UINT64_MAX};
    struct store_entry entries[TELL_WINDOW];
    int rc = OD_OK;

    *is_told = false;
    while (rc == OD_OK && !*is_told && filter.before != 0) {
        size_t count = 0;

        rc = store_read_entries(reader, &filter, arena, entries, TELL_WINDOW, &count, &filter.before);
        for (size_t i = 0; rc == OD_OK && i < count && !*is_told; i++)
            *is_told = tells_of(&entries[i], scan);
    }
    return rc;
}

static bool is_errand_of(const struct store_entry *entry, const char *digits, const char *material)
{
    struct base_json_error error;
    struct base_json *body = NULL;
    bool is_of = false;

    if (base_json_parse(entry->body, entry->body_size, &body, &error) == OD_OK) {
        const struct base_json *about = base_json_member(body, "about");
        const char *sha256 = base_json_member_text(about, "sha256"), *as = base_json_member_text(about, "material");

        is_of = sha256 != NULL && strcasecmp(sha256, digits) == 0 && (material == NULL || (as != NULL && strcmp(as, material) == 0));
    }
    base_json_destroy(body);
    return is_of;
}

int engine_scan_is_own(struct store_reader *reader, struct base_arena *arena, uint64_t application, const char *digits,
                       const char *material, bool *is_own)
{
    struct store_entry_filter filter = {.kind = ENGINE_ENTRY_SCAN, .state = -1, .department = -1, .application = application, .before = UINT64_MAX};
    struct store_entry entries[TELL_WINDOW];
    int rc = OD_OK;

    *is_own = false;
    while (rc == OD_OK && !*is_own && filter.before != 0) {
        size_t count = 0;

        rc = store_read_entries(reader, &filter, arena, entries, TELL_WINDOW, &count, &filter.before);
        for (size_t i = 0; rc == OD_OK && i < count && !*is_own; i++)
            *is_own = is_errand_of(&entries[i], digits, material);
    }
    return rc;
}

/* application is to be told, unless it was. */
static int add_untold(struct store_reader *reader, struct base_arena *arena, struct telling *telling, uint64_t application)
{
    bool is_told = false;
    int rc = told_read(reader, arena, application, telling->errand, &is_told);

    if (rc == OD_OK && !is_told)
        telling->applications[telling->count++] = application;
    return rc;
}

/* One content is looked at for all who have it: by the errand that its entry names. Those with errands of their own are told by them. */
static int others_read(struct store_reader *reader, struct base_arena *arena, struct telling *telling)
{
    struct store_entry entry;
    struct base_json_error error;
    struct base_json *body = NULL;
    uint64_t applications[TELL_WINDOW];
    size_t count = 0;
    int rc = telling->application != 0 && !telling->is_begun ? add_untold(reader, arena, telling, telling->application) : OD_OK;

    telling->is_begun = true;
    if (rc == OD_OK)
        rc = store_read_entry_named(reader, ENGINE_ENTRY_MATERIAL, telling->digits, arena, &entry);
    if (rc == OD_OK)
        rc = base_json_parse(entry.body, entry.body_size, &body, &error);
    if (rc == OD_OK && engine_scan_errand_of(body) == telling->errand)
        rc = store_read_pins(reader, ENGINE_ENTRY_MATERIAL, entry.id, telling->after, applications, TELL_WINDOW, &count);
    base_json_destroy(body);
    for (size_t i = 0; rc == OD_OK && i < count; i++) {
        bool is_own = applications[i] == telling->application;

        if (!is_own)
            rc = engine_scan_is_own(reader, arena, applications[i], telling->digits, NULL, &is_own);
        if (rc == OD_OK && !is_own)
            rc = add_untold(reader, arena, telling, applications[i]);
        telling->after = applications[i];
    }
    telling->is_last = count < TELL_WINDOW;
    return rc == OD_ENOTFOUND ? OD_OK : rc;
}

static void read_others(struct engine_job *job, struct store_reader *reader)
{
    struct telling *telling = job->data;

    telling->count = telling->at = 0;
    job->rc = others_read(reader, &job->arena, telling);
}

static bool material_find(const struct base_json *list, struct telling *telling)
{
    for (const struct base_json *item = base_json_first(list); item != NULL; item = base_json_next(item)) {
        const char *sha256 = base_json_member_text(item, "sha256"), *material = base_json_member_text(item, "material");

        if (sha256 != NULL && material != NULL && strcasecmp(sha256, telling->digits) == 0) {
            strncpy(telling->material, material, sizeof(telling->material) - 1);
            return true;
        }
    }
    return false;
}

/* Which of its materials the content is: as submitted, as supplied, or the power of attorney. */
static const char *material_of(const struct engine_application *application, struct telling *telling)
{
    struct base_json_error error;
    struct base_json *answers = NULL;
    bool is_found = material_find(base_json_member(application->document_tree, "materials"), telling);

    if (!is_found && application->answers.bytes != NULL &&
        base_json_parse(application->answers.bytes, application->answers.size, &answers, &error) == OD_OK)
        is_found = material_find(base_json_member(answers, "/materials"), telling);
    base_json_destroy(answers);
    return is_found ? telling->material : ENGINE_POWER_OF_ATTORNEY;
}

/* Everybody was told, or the errand wakes again. */
static void telling_end(struct engine *engine, struct telling *telling, int rc)
{
    if (rc != OD_OK)
        base_log(BASE_LOG_WARNING, "applicants are told by message of an infected document in a moment: %s", base_error_text(rc));
    else if (!telling->is_off && !engine->is_stopping)
        engine_scan_settle(engine, telling->errand);
    base_list_remove(&telling->node);
    base_free(telling);
}

static void others_start(struct engine *engine, struct telling *telling);
static void next_other(struct engine *engine, struct telling *telling);

static void on_other(struct engine *engine, struct engine_application *application, int rc, void *data)
{
    struct telling *telling = data;
    char number[BASE_NUMBER_SIZE];

    if (rc == OD_OK) {
        bool is_own = application->id == telling->application && telling->own_material[0] != '\0';

        base_number_format(application->id, application->core->received_day, number);
        rc = engine_refused_tell(engine, application->id, number, is_own ? telling->own_material : material_of(application, telling), telling->reason,
                                 telling->errand);
    }
    if (rc != OD_OK)
        base_log(BASE_LOG_WARNING, "an applicant is told by message of an infected document in a moment: %s", base_error_text(rc));
    telling->is_off |= rc != OD_OK;
    next_other(engine, telling);
}

static void next_other(struct engine *engine, struct telling *telling)
{
    if (telling->at < telling->count && !engine->is_stopping)
        engine_document_get(engine, telling->applications[telling->at++], on_other, telling);
    else if (telling->is_last || engine->is_stopping)
        telling_end(engine, telling, OD_OK);
    else
        others_start(engine, telling);
}

static void on_others(struct engine_job *job)
{
    if (job->rc != OD_OK)
        telling_end(job->engine, job->data, job->rc);
    else
        next_other(job->engine, job->data);
}

static void others_start(struct engine *engine, struct telling *telling)
{
    int rc = engine->is_stopping ? OD_ECANCELLED
                                 : engine_job_start(engine, &(struct engine_job){.run = read_others, .on_done = on_others, .data = telling});

    if (rc != OD_OK)
        telling_end(engine, telling, rc);
}

static void on_settled_batch(struct engine *engine, void *data, int rc)
{
    (void)rc; /* what is durable is read, whatever became of this batch */
    others_start(engine, data);
}

static bool is_under_way(const struct engine_materials *materials, uint64_t errand)
{
    for (const struct base_list *at = materials->tellings.next; at != &materials->tellings; at = at->next)
        if (BASE_LIST_ENTRY(at, struct telling, node)->errand == errand)
            return true;
    return false;
}

/* Submissions that came before the verdict may not be durable yet: they are by the time this batch is, and later ones are refused. */
void engine_infected_tell(struct engine *engine, const struct engine_errand *errand, const char *reason)
{
    const struct base_json *about = engine_errand_member(errand, "about");
    const char *digits = base_json_member_text(about, "sha256"), *material = base_json_member_text(about, "material");

    if (digits == NULL || strlen(digits) >= ENGINE_DIGITS_SIZE || is_under_way(engine->materials, errand->id))
        return;
    struct telling *telling = base_alloc(sizeof(*telling));
    if (telling == NULL) {
        base_log(BASE_LOG_WARNING, "applicants are told by message of an infected document in a moment: no memory");
        return;
    }
    *telling = (struct telling){.errand = errand->id, .application = errand->application};
    strcpy(telling->digits, digits);
    strncpy(telling->reason, reason != NULL ? reason : "", sizeof(telling->reason) - 1);
    strncpy(telling->own_material, material != NULL ? material : "", sizeof(telling->own_material) - 1);
    base_list_append(&engine->materials->tellings, &telling->node);
    int rc = engine_deed_add(engine, &(struct engine_deed){.kind = ENGINE_DEED_CALL, .call = on_settled_batch, .data = telling});
    if (rc != OD_OK)
        telling_end(engine, telling, rc);
}
