/* SPDX-License-Identifier: Apache-2.0 */
/* Opinions of earlier applications that stand for a new one (I-15): which they may be, and a submission that names some.
 *
 *   submit with "reuse" -> shape (422) -> each application it names, with its document -> the same person, the same facts, still
 *   valid (422) -> the submission goes on
 *
 * Loop thread. docs/materials.md. */
#ifndef ENGINE_REUSE_H
#define ENGINE_REUSE_H

#include "engine/internal.h"

/* What an earlier application says of one matter. */
struct engine_reuse_item {
    unsigned task;          /* index of the matter in the new application's service */
    uint64_t application;   /* it is of */
    char number[BASE_NUMBER_SIZE];
    core_day until;         /* last day on which it stands */
    bool has_conditions;
    struct engine_text opinion; /* owned: as it was given, with "reused_from" */
};

/* What a submission takes over. */
struct engine_reuse {
    size_t count;
    struct engine_reuse_item items[CORE_TASKS_MAX];
};

enum engine_reuse_fault {
    ENGINE_REUSE_FINE = 0,
    ENGINE_REUSE_NO_OPINION, /* the application has no approval of the matter */
    ENGINE_REUSE_NOT_TAKEN,  /* the matter is not taken over, by the catalogue */
    ENGINE_REUSE_EXPIRED,
    ENGINE_REUSE_OTHER_FACTS,
};

/* May the approval of matter index of service that application gave stand, for a form, today? item is filled when it may, and when
 * only the facts differ; opinion is left alone. Errors: OD_ENOMEM. */
OD_MUST_CHECK int engine_reuse_look(const struct engine *engine, const struct catalog_service *service, unsigned index,
                                    const struct base_json *form, struct engine_application *application,
                                    struct engine_reuse_item *item, enum engine_reuse_fault *fault);

/* The last day of so many months from day: of the same date, or of the end of a shorter month. */
core_day engine_months_after(core_day day, unsigned months);
/* The civil day of a moment as the API writes it; otherwise where it is none. */
core_day engine_day_of(const char *at, core_day otherwise);

/* Does the submission name opinions of before, or say that it may? */
bool engine_reuse_is_asked(const struct front_request *request);
/* go_on runs once all that the submission names may stand; else the request is answered. reuse: until go_on returns. */
typedef void (*engine_reuse_cb)(struct engine *engine, struct front_request *request, const struct catalog_service *service,
                                const struct catalog_intake *intake, const struct engine_reuse *reuse);
void engine_reuse_start(struct engine *engine, struct front_request *request, const struct catalog_service *service,
                        const struct catalog_intake *intake, engine_reuse_cb go_on);

/* The same for whoever only wants to know: what may not stand is told, with its place in the body, and the others are looked at.
 * Then on_looked runs once, also at once; reuse: until it returns. */
struct engine_reuse_viewer {
    void (*on_fault)(void *data, const char *pointer, const char *code, const char *zh, const char *en);
    void (*on_looked)(struct engine *engine, void *data, const struct engine_reuse *reuse, int rc); /* rc other than OD_OK: reuse is NULL */
};
void engine_reuse_view(struct engine *engine, struct front_request *request, const struct catalog_service *service,
                       const struct catalog_intake *intake, const struct engine_reuse_viewer *viewer, void *data);

/* Sets for CORE_RECEIVED, and the texts of the tasks. Errors: OD_ENOMEM. */
OD_MUST_CHECK int engine_reuse_take(struct engine_application *application, const struct engine_reuse *reuse, struct core_event *event);
/* Member "reuse" of the record: the consent, and what was taken over from where. */
void engine_reuse_put(struct base_buffer *details, const struct front_request *request, const struct engine_reuse *reuse,
                      const struct catalog_service *service);

/* Member "reused_from" of a task with an opinion of before; nothing of others. */
void engine_reuse_put_source(struct base_buffer *buffer, const struct engine_application *application, unsigned task);

/* What the applicant corrects before the acceptance may be another fact: the tasks whose earlier opinion does not stand any more. */
core_task_set engine_reuse_unheld(const struct engine_application *application, const struct base_json *form);

#endif
