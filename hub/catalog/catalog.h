/* SPDX-License-Identifier: Apache-2.0 */
/* The catalogue: what is published as the Service Guide and what the engine
 * executes, one versioned, checked, immutable set of tables.
 *
 * Loaded whole or refused whole. Reference-counted by its owners on the loop
 * thread; readable from any thread while a reference is held. */
#ifndef CATALOG_CATALOG_H
#define CATALOG_CATALOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <onedoor/error.h>

#include "base/buffer.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/memory.h"
#include "core/rules.h"

#define CATALOG_VERSION_SIZE 17     /* 16 hexadecimal digits of SHA-256 over the canonical files, and NUL */
#define CATALOG_MATTERS_MAX 100000
#define CATALOG_DEPARTMENTS_MAX 1000
#define CATALOG_SERVICES_MAX 20000
#define CATALOG_CALENDARS_MAX 2000
#define CATALOG_FIELDS_MAX 256      /* form fields of one service */
#define CATALOG_CHOICES_MAX 1024    /* choices of one field */
#define CATALOG_CONDITION_DEPTH_MAX 8
#define CATALOG_CONDITION_NODES_MAX 64 /* parts of one condition */
#define CATALOG_TEXT_MAX 4096       /* bytes of one text in one language */
#define CATALOG_ITEMS_MAX 1024      /* items of a list inside a matter or service: materials, steps, fees, ... */
#define CATALOG_FILE_MAX (64 * 1024 * 1024) /* one file */
#define CATALOG_FILES_MAX 20000
#define CATALOG_FOLDER_DEPTH_MAX 16
#define CATALOG_SNAPSHOT_MAX (1024 * 1024 * 1024)
#define CATALOG_FINDINGS_MAX 100    /* findings told of one refused catalogue */

enum catalog_language { CATALOG_ZH_CN = 0, CATALOG_EN = 1, CATALOG_LANGUAGES = 2 };

/* Texts by language; both are present in a checked catalogue. Borrowed from it. */
struct catalog_text {
    const char *in[CATALOG_LANGUAGES];
};

/* One thing wrong with the files: "file:line:column: text (pointer)". file is the path
 * below the folder; the pointer starts at the file's top value. */
struct catalog_finding {
    char file[256];
    uint32_t line, column;     /* from 1; 0 = the whole file */
    char pointer[BASE_JSON_POINTER_MAX];
    char text[512];            /* English: what is wrong, what is allowed, what to do */
};

struct catalog_findings {
    size_t count;              /* all found; only the first CATALOG_FINDINGS_MAX are kept */
    struct catalog_finding items[CATALOG_FINDINGS_MAX];
};

struct catalog_department {
    const char *id;
    struct catalog_text name;
    uint32_t index;            /* position in the catalogue, 0.. */
    const char *text;          /* text_size bytes: the department as in its file, compact JSON, no NUL */
    size_t text_size;
};

struct catalog_material {
    const char *id;
    struct catalog_text name;
    bool is_required, is_tolerant;
    const struct catalog_condition *when; /* NULL = always */
};

struct catalog_matter {
    const char *id;
    struct catalog_text name;
    const struct catalog_department *department;
    const struct catalog_condition *when; /* NULL = always */
    struct core_limit statutory, promised;
    core_day valid_from, valid_to;        /* first and last day of receipt; 0 and CORE_DAY_MAX = always */
    const char *const *fields;            /* form fields that the department may see */
    size_t field_count;
    const struct catalog_material *materials;
    size_t material_count;
    bool is_on_the_spot;
    uint8_t expiry;                       /* enum core_expiry */
    uint32_t pause_kinds;                 /* as core_matter_rule */
    uint32_t index;
    const struct catalog_matter *const *after; /* as the matter says; a service may override it */
    size_t after_count;
    const char *text;                     /* text_size bytes: the matter as in its file, compact JSON, no NUL */
    size_t text_size;
};

enum catalog_field_type {
    CATALOG_FIELD_NONE = 0,
    CATALOG_FIELD_TEXT,    /* "text": min_length, max_length, pattern is not offered */
    CATALOG_FIELD_INTEGER, /* "integer": min, max */
    CATALOG_FIELD_NUMBER,  /* "number": min, max */
    CATALOG_FIELD_BOOLEAN, /* "boolean" */
    CATALOG_FIELD_DATE,    /* "date": YYYY-MM-DD */
    CATALOG_FIELD_CHOICE,  /* "choice": choices[] {id, label} */
    CATALOG_FIELD_LIST,    /* "list": of texts, or of choices; max_items */
};

struct catalog_choice {
    const char *id;
    struct catalog_text label;
};

/* One form field. What does not fit the type is 0. */
struct catalog_field {
    const char *id;
    struct catalog_text label;
    struct catalog_text hint;      /* NULL items when there is none */
    const char *unit;              /* NULL when there is none */
    enum catalog_field_type type;
    bool is_required;
    double min, max;               /* integer, number; -/+ 2^53 when the file sets none */
    uint32_t min_length, max_length; /* characters of a text, or of each text of a list */
    uint32_t max_items;            /* list */
    const struct catalog_choice *choices; /* choice_count items; choice, and list of choices */
    size_t choice_count;
};

enum catalog_applicant_kind {
    CATALOG_APPLICANT_NONE = 0,
    CATALOG_APPLICANT_PERSON = 1, /* bits of catalog_service.applicant_kinds */
    CATALOG_APPLICANT_ORGANIZATION = 2,
};

struct catalog_service {
    const char *id;
    struct catalog_text name, summary;
    const struct catalog_matter *const *matters; /* matter_count items, the order of the tasks */
    size_t matter_count;
    const struct catalog_condition *const *whens; /* per matter, the service's word before the matter's; NULL items = always */
    struct core_rules rules;              /* for core_step; matters[i] there = matters[i] here */
    uint8_t applicant_kinds;              /* bits of enum catalog_applicant_kind */
    const struct catalog_field *fields;   /* the form, in its order */
    size_t field_count;
    uint32_t index;
    const char *text;                     /* text_size bytes: the service as in its file, compact JSON, no NUL */
    size_t text_size;
    const struct catalog_service_tables *tables; /* private: what a submission is checked with */
    const struct catalog *catalog;
};

struct catalog;

/* Load every *.json below folder, in the order of their paths, and check it (docs/catalogue.md).
 * On success *out holds one reference. On OD_EINVAL *findings says everything that was
 * found; the findings memory is the caller's. base_hash_init comes first. Errors (*out
 * unchanged): OD_EINVAL, OD_ENOMEM, OD_EIO, OD_ENOTFOUND no such folder. Cost: linear in
 * the size of the files. */
OD_MUST_CHECK int catalog_load(const char *folder, struct catalog **out, struct catalog_findings *findings);

/* The catalogue as one JSON text (the files joined, compact), from which catalog_restore makes
 * an equal catalogue of the same version: it is kept in the store as long as an
 * application is pinned to it. Borrowed. */
const char *catalog_snapshot(const struct catalog *catalog, size_t *size);
OD_MUST_CHECK int catalog_restore(const char *snapshot, size_t size, struct catalog **out,
                                  struct catalog_findings *findings);

struct catalog *catalog_retain(struct catalog *catalog);
void catalog_release(struct catalog *catalog); /* accepts NULL; the last one destroys */

const char *catalog_version(const struct catalog *catalog); /* 16 hexadecimal digits */
const char *catalog_zone(const struct catalog *catalog);    /* IANA name of the center's zone */
const struct catalog_text *catalog_center_name(const struct catalog *catalog);
core_day catalog_published_until(const struct catalog *catalog); /* of the center's calendar */
const struct core_calendar *catalog_calendar_rules(const struct catalog *catalog); /* the center's */
const char *catalog_calendar_id(const struct catalog *catalog);
/* The name of a holiday or make-up day of the center's calendar; NULL for any other day.
 * Other calendars: catalog/calendar.h. */
const struct catalog_text *catalog_day_name(const struct catalog *catalog, core_day day);

size_t catalog_service_count(const struct catalog *catalog);
const struct catalog_service *catalog_service_at(const struct catalog *catalog, size_t index);
const struct catalog_service *catalog_service_find(const struct catalog *catalog, const char *id);
size_t catalog_matter_count(const struct catalog *catalog);
const struct catalog_matter *catalog_matter_at(const struct catalog *catalog, size_t index);
const struct catalog_matter *catalog_matter_find(const struct catalog *catalog, const char *id);
size_t catalog_department_count(const struct catalog *catalog);
const struct catalog_department *catalog_department_at(const struct catalog *catalog, size_t index);
const struct catalog_department *catalog_department_find(const struct catalog *catalog, const char *id);

/* -- One submission against one service (submission.c) -- */

struct catalog_problem {
    char pointer[BASE_JSON_POINTER_MAX]; /* into the submit body, e.g. "/form/seats" */
    const char *code;                    /* stable word: required, type, range, length, choice, unknown_field, unknown_material, limit, format */
    char detail[CATALOG_LANGUAGES][256]; /* what is wrong and what is allowed */
};

#define CATALOG_PROBLEMS_MAX 64

struct catalog_problems {
    size_t count; /* all; the first CATALOG_PROBLEMS_MAX are kept */
    struct catalog_problem items[CATALOG_PROBLEMS_MAX];
};

struct catalog_intake {
    core_task_set included;  /* matters whose `when` holds over the form */
    size_t missing_count;    /* required materials that the submission does not list */
    const struct catalog_material *missing[BASE_MATERIALS_MAX]; /* of included matters, each once */
    const struct catalog_matter *missing_for[BASE_MATERIALS_MAX];
};

/* Check applicant, form and materials of a submit body (the JSON object of POST
 * /v1/applications) against the service, and work out its tasks. With problems->count
 * > 0 it is to be refused (422) and *intake is not to be used. Errors: OD_EINVAL with
 * problems. */
OD_MUST_CHECK int catalog_submission_check(const struct catalog_service *service,
                                           const struct base_json *body,
                                           struct catalog_problems *problems,
                                           struct catalog_intake *intake);

/* Check form fields that are supplied later: known ones, each valid; none is required. NULL form = none.
 * Errors: OD_EINVAL with problems. */
OD_MUST_CHECK int catalog_answer_check(const struct catalog_service *service, const struct base_json *form,
                                       struct catalog_problems *problems);

/* Why matter number index of the service is in or out, in words over the form:
 * "premises_area_m2 312 > 300". "" when it has no condition. Put as a JSON text under key. */
void catalog_put_reason(struct base_buffer *buffer, const char *key,
                        const struct catalog_service *service, size_t index,
                        const struct base_json *form);

/* The same for people, {"zh-CN", "en"}: "Floor area of the premises 312 m2 is more than 300", with the
 * form's labels, units and choices. Both "" when it has no condition; at most 2 KiB each.
 * Cost: linear in the parts of the condition and the choices of its fields; no allocation but
 * the buffer's. */
void catalog_put_reason_texts(struct base_buffer *buffer, const char *key,
                              const struct catalog_service *service, size_t index,
                              const struct base_json *form);

/* The form cut to the fields that matter number index declares, as a JSON object. */
void catalog_put_form(struct base_buffer *buffer, const char *key,
                      const struct catalog_service *service, size_t index,
                      const struct base_json *form);

/* -- Published texts (guide.c): the six disclosures as JSON, both languages -- */

/* {"id", "name": {"zh-CN","en"}, "summary", "policy", "limits", "form", "matters": [{...six
 * disclosures...}], "catalog_version", ...} */
void catalog_put_service(struct base_buffer *buffer, const char *key, const struct catalog_service *service);
/* Short form for lists: id, name, summary, departments, promised limit. */
void catalog_put_service_brief(struct base_buffer *buffer, const char *key, const struct catalog_service *service);
void catalog_put_matter(struct base_buffer *buffer, const char *key, const struct catalog_matter *matter);
void catalog_put_department(struct base_buffer *buffer, const char *key, const struct catalog_department *department);
void catalog_put_text(struct base_buffer *buffer, const char *key, const struct catalog_text *text);
/* A complete valid submit body for the service, as in its file. */
void catalog_put_example(struct base_buffer *buffer, const char *key, const struct catalog_service *service);

#endif
