/* SPDX-License-Identifier: Apache-2.0 */
/* A content is infected: the applicants who have it are told.
 *
 *   verdict -> its own application, with the verdict
 *     -> durable, and with it whatever was submitted before -> [pool: who else pins it] -> each of them
 *
 * A submission that names it after the verdict is refused; one that is under way while the verdict comes is among those who pin it. */
#include "engine/material.h"

#include <string.h>
#include <strings.h>

#include "base/error.h"
#include "engine/message.h"

#define TELL_WINDOW 16

void engine_refused_tell(struct engine *engine, uint64_t application, const char *number, const char *material, const char *reason)
{
    struct base_buffer params = {0};

    base_json_open(&params, NULL, '{');
    base_json_put_text(&params, "material", material);
    base_json_put_text(&params, "reason", reason != NULL ? reason : "");
    base_json_close(&params, '}');
    struct engine_message message = {.kind = "material_refused", .application = application, .number = number,
                                     .params = base_buffer_text(&params)};
    if (params.is_broken || engine_message_put(engine, &message, NULL) != OD_OK)
        base_log(BASE_LOG_WARNING, "an applicant is not told by message of a refused document: no room");
    base_buffer_fini(&params);
}

struct telling {
    char digits[ENGINE_DIGITS_SIZE], reason[256], material[BASE_ID_MAX + 1];
    uint64_t errand, application; /* whose verdict it is; the application of that, told already, 0 = none */
    uint64_t after, applications[TELL_WINDOW];
    size_t count, at;
    bool is_last; /* no window follows */
};

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

/* One content is looked at for all who have it: by the errand that its entry names. Those with errands of their own are told by them. */
static int others_read(struct store_reader *reader, struct base_arena *arena, struct telling *telling)
{
    struct store_entry entry;
    struct base_json_error error;
    struct base_json *body = NULL;
    uint64_t applications[TELL_WINDOW];
    size_t count = 0;
    int rc = store_read_entry_named(reader, ENGINE_ENTRY_MATERIAL, telling->digits, arena, &entry);

    if (rc == OD_OK)
        rc = base_json_parse(entry.body, entry.body_size, &body, &error);
    if (rc == OD_OK && engine_scan_errand_of(body) == telling->errand)
        rc = store_read_pins(reader, ENGINE_ENTRY_MATERIAL, entry.id, telling->after, applications, TELL_WINDOW, &count);
    base_json_destroy(body);
    for (size_t i = 0; rc == OD_OK && i < count; i++) {
        bool is_own = applications[i] == telling->application;

        if (!is_own)
            rc = engine_scan_is_own(reader, arena, applications[i], telling->digits, NULL, &is_own);
        if (!is_own)
            telling->applications[telling->count++] = applications[i];
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

static void others_start(struct engine *engine, struct telling *telling);
static void next_other(struct engine *engine, struct telling *telling);

static void on_other(struct engine *engine, struct engine_application *application, int rc, void *data)
{
    struct telling *telling = data;
    char number[BASE_NUMBER_SIZE];

    if (rc == OD_OK) {
        base_number_format(application->id, application->core->received_day, number);
        engine_refused_tell(engine, application->id, number, material_of(application, telling), telling->reason);
    } else {
        base_log(BASE_LOG_WARNING, "an applicant is not told by message of an infected document: %s", base_error_text(rc));
    }
    next_other(engine, telling);
}

static void next_other(struct engine *engine, struct telling *telling)
{
    if (telling->at < telling->count && !engine->is_stopping)
        engine_document_get(engine, telling->applications[telling->at++], on_other, telling);
    else if (telling->is_last || engine->is_stopping)
        base_free(telling);
    else
        others_start(engine, telling);
}

static void on_others(struct engine_job *job)
{
    if (job->rc != OD_OK) {
        base_log(BASE_LOG_WARNING, "applicants are not told by message of an infected document: %s", base_error_text(job->rc));
        base_free(job->data);
        return;
    }
    next_other(job->engine, job->data);
}

static void others_start(struct engine *engine, struct telling *telling)
{
    int rc = engine->is_stopping ? OD_ECANCELLED
                                 : engine_job_start(engine, &(struct engine_job){.run = read_others, .on_done = on_others, .data = telling});

    if (rc == OD_OK)
        return;
    base_log(BASE_LOG_WARNING, "applicants are not told by message of an infected document: %s", base_error_text(rc));
    base_free(telling);
}

static void on_settled_batch(struct engine *engine, void *data, int rc)
{
    (void)rc; /* what is durable is read, whatever became of this batch */
    others_start(engine, data);
}

/* Submissions that came before the verdict may not be durable yet: they are by the time this batch is, and later ones are refused. */
void engine_infected_tell(struct engine *engine, const struct engine_errand *errand, const char *digits, const char *reason)
{
    struct telling *telling = base_alloc(sizeof(*telling));
    int rc = OD_ENOMEM;

    if (telling != NULL && digits != NULL && strlen(digits) < sizeof(telling->digits)) {
        *telling = (struct telling){.errand = errand->id, .application = errand->application};
        strcpy(telling->digits, digits);
        strncpy(telling->reason, reason != NULL ? reason : "", sizeof(telling->reason) - 1);
        rc = engine_deed_add(engine, &(struct engine_deed){.kind = ENGINE_DEED_CALL, .call = on_settled_batch, .data = telling});
    }
    if (rc == OD_OK)
        return;
    base_log(BASE_LOG_WARNING, "applicants are not told by message of an infected document: %s", base_error_text(rc));
    base_free(telling);
}
