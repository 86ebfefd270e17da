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
#define CATALOG_FINDING_LANGUAGES_MAX 4 /* of findings: hub/catalog/po/LINGUAS, and English */
#define CATALOG_FINDINGS_MAX 100    /* findings told of one refused catalogue */
#define CATALOG_RULE_SETS_MAX 64
#define CATALOG_RULES_MAX 4096      /* rules of all sets together */
#define CATALOG_COMPETENCES_MAX 64  /* of one service */
#define CATALOG_CORRECTIONS_MAX 64  /* of one service */
#define CATALOG_PERSON_MAX 1024     /* bytes of catalog_person_put */
#define CATALOG_DOCUMENT_SIZE_MAX (INT64_C(1024) * 1024 * 1024) /* bytes that a catalogue may allow for one document */
#define CATALOG_DOCUMENT_SIZE_DEFAULT (INT64_C(50) * 1024 * 1024)
#define CATALOG_SAME_AS_MAX 16       /* materials that one is the same as */
#define CATALOG_VALID_MONTHS_MAX 600
#define CATALOG_QUANTITY_MAX 100000  /* that a matter of limited quantity may grant in a year, or at all */

struct catalog;
struct catalog_condition;

enum catalog_language { CATALOG_ZH_CN = 0, CATALOG_EN = 1, CATALOG_LANGUAGES = 2 };

/* Texts by language; both are present in a checked catalogue. Borrowed from it. */
struct catalog_text {
    const char *in[CATALOG_LANGUAGES];
};

/* Where the center is found, and the languages that its papers are printed in. */
struct catalog_contact {
    struct catalog_text address;           /* NULL items when there is none, as all below */
    const char *phone, *complaints;        /* to ask; to complain */
    const char *site;                      /* "https://host" where people open the center's pages, without a "/" at its end */
    uint8_t languages[CATALOG_LANGUAGES];  /* enum catalog_language, the first is the main one */
    uint8_t language_count;                /* 0 = whichever the reader reads */
};

/* One thing wrong with the files: "file:line:column: text (pointer)". file is the path
 * below the folder; the pointer starts at the file's top value. */
struct catalog_finding {
    char file[256];
    uint32_t line, column;     /* from 1; 0 = the whole file */
    char pointer[BASE_JSON_POINTER_MAX];
    char text[CATALOG_FINDING_LANGUAGES_MAX][512]; /* what is wrong, what is allowed, what to do: CATALOG_EN, ... */
};

/* In which row of text a finding is told in a language ("zh-CN", "en", or another of hub/catalog/po); fallback when tag is NULL
 * or none of these. */
unsigned catalog_finding_language(const char *tag, unsigned fallback);

struct catalog_findings {
    size_t count;              /* all found; only the first CATALOG_FINDINGS_MAX are kept */
    struct catalog_finding items[CATALOG_FINDINGS_MAX];
};

/* Where a limit stands: this says what may start it, and what starts and stops it when it says nothing. */
enum catalog_limit_place {
    CATALOG_LIMIT_NONE = 0,   /* a rule that was not put anywhere yet */
    CATALOG_LIMIT_TASK,       /* statutory and promised, of a matter */
    CATALOG_LIMIT_WATCH,
    CATALOG_LIMIT_STAGE,
    CATALOG_LIMIT_JOINT,      /* statutory and promised, of a service */
    CATALOG_LIMIT_INTAKE,     /* of a service, as those below */
    CATALOG_LIMIT_SUPPLEMENT,
    CATALOG_LIMIT_DELIVERY,
    CATALOG_LIMIT_TOLERANCE,
    CATALOG_LIMIT_REPLY,      /* of the center's after-care */
    CATALOG_LIMIT_PLACES,
};

/* What the center has to answer beside applications. */
enum catalog_aftercare {
    CATALOG_AFTERCARE_NONE = 0,
    CATALOG_AFTERCARE_INQUIRY,   /* a written inquiry is replied to */
    CATALOG_AFTERCARE_COMPLAINT,
    CATALOG_AFTERCARE_REPAIR,    /* what a bad rating found is put right */
    CATALOG_AFTERCARE_CLOCKS,
};

/* One rule of law: an article, and the limit that it sets, if it sets one. */
struct catalog_rule {
    const char *id;            /* unique over all sets */
    const char *article;       /* as cited: "42", "13(3)", "s. 48(1)" */
    struct catalog_text text;  /* what it says, in words */
    struct catalog_text source; /* the act; of the rule, else of the set */
    struct core_limit limit;   /* unit NONE = it sets none */
    const char *calendar_id;   /* that its limit names; NULL = none */
    uint8_t starts_on, ends_on; /* enum core_milestone; starts_on NONE = it is no stage */
    int32_t lead;              /* as core_stage_rule */
    const struct catalog_rule_set *set;
};

/* A body of law as data. */
struct catalog_rule_set {
    const char *id;
    struct catalog_text name, source; /* source: title of its act */
    const char *calendar_id;          /* by which its limits are counted when nothing else is said (`onedoor due`); NULL = any */
    const struct catalog_rule *rules; /* rule_count items, in the order of the file */
    size_t rule_count;
    const struct catalog_rule *defaults[CATALOG_LIMIT_PLACES]; /* used where a matter or service states none; NULL = none */
    const struct catalog_rule *stages[CORE_STAGES_MAX];        /* the same for the stages of a matter */
    uint8_t stage_count;
    uint32_t index;
};

/* What can be done against a decision; catalog/remedy.h. */
struct catalog_remedies {
    const struct catalog_remedy *items; /* count of them */
    size_t count;                       /* 0 = nothing is stated here */
};

struct catalog_department {
    const char *id;
    struct catalog_text name;
    const struct core_calendar *calendar; /* of the limits of its matters; NULL = the center's */
    struct catalog_remedies remedies; /* against what it rejects */
    uint32_t index;            /* position in the catalogue, 0.. */
    const char *text;          /* text_size bytes: the department as in its file, compact JSON, no NUL */
    size_t text_size;
};

struct catalog_material {
    const char *id;
    struct catalog_text name;
    bool is_required, is_tolerant;
    const struct catalog_condition *when; /* NULL = always */
    uint32_t documents;        /* kinds of documents that are taken, bits of enum catalog_document; 0 = the usual ones */
    uint64_t size_max;         /* bytes of a document; 0 = the center's limit */
    uint16_t valid_months;     /* so long after its upload it may be used again; 0 = not at all */
    const char *const *same_as; /* materials of other matters that are the same document; same_count ids */
    size_t same_count;
};

/* So many are granted, in the order of acceptance (Licensing Law art. 30 and 57). */
struct catalog_quantity {
    uint32_t available; /* 1..CATALOG_QUANTITY_MAX; 0 = the matter is not limited */
    bool is_yearly;     /* to those accepted in each civil year, else once for all */
};

struct catalog_matter {
    const char *id;
    struct catalog_text name;
    const struct catalog_department *department;
    const struct catalog_condition *when; /* NULL = always */
    struct core_limit statutory, promised, watch; /* watch as core_matter_rule */
    const struct core_stage_rule *stages; /* stage_count items */
    uint8_t stage_count;
    core_day valid_from, valid_to;        /* first and last day of receipt; 0 and CORE_DAY_MAX = always */
    const char *const *fields;            /* form fields that the department may see */
    size_t field_count;
    const struct catalog_material *materials;
    size_t material_count;
    const struct catalog_fee *fees;       /* catalog/fee.h; fee_count items */
    size_t fee_count;
    bool is_on_the_spot, needs_two_officers, gives_no_opinion;
    bool is_safety;                       /* of public safety, health or life: who deceives is barred from it (art. 78, 79) */
    struct catalog_quantity quantity;
    uint8_t expiry;                       /* enum core_expiry */
    uint32_t pause_kinds;                 /* as core_matter_rule */
    uint16_t opinion_months;              /* so long an approval of it stands for other applications; 0 = not at all */
    bool is_opinion_reused;               /* and is used for them where the applicant consents; else it is only told */
    uint32_t index;
    const struct catalog_matter *const *after; /* as the matter says; a service may override it */
    size_t after_count;
    const struct catalog *catalog;
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
    bool is_personal;              /* for those who handle the application alone */
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

/* A form over which another body is competent. */
struct catalog_competence {
    const struct catalog_condition *when;
    struct catalog_text body, text; /* its name; what the applicant is told */
};

/* An error of the form that can be put right on the spot. */
struct catalog_correction {
    const char *id;
    const struct catalog_condition *when;
    const char *const *fields; /* field_count ids of the form */
    size_t field_count;
    struct catalog_text text;  /* what is to be put right */
};

struct catalog_service {
    const char *id;
    struct catalog_text name, summary;
    const char *initials, *spelled;       /* of the Chinese name in pinyin, lower case: "kbcyd", "kaibancanyindian" */
    const struct catalog_matter *const *matters; /* matter_count items, the order of the tasks */
    size_t matter_count;
    const struct catalog_condition *const *whens; /* per matter, the service's word before the matter's; NULL items = always */
    struct core_rules rules;              /* for core_step; matters[i] there = matters[i] here */
    uint8_t applicant_kinds;              /* bits of enum catalog_applicant_kind */
    const struct catalog_field *fields;   /* the form, in its order */
    size_t field_count;
    const struct catalog_rule_set *rule_set; /* its own, else the center's; NULL = none */
    bool is_officer_checked;              /* a person looks whether it is complete */
    const struct catalog_competence *competences; /* competence_count items */
    size_t competence_count;
    const struct catalog_correction *corrections; /* correction_count items */
    size_t correction_count;
    struct catalog_remedies remedies;     /* before those of its departments and of the center */
    uint32_t index;
    const char *text;                     /* text_size bytes: the service as in its file, compact JSON, no NUL */
    size_t text_size;
    const struct catalog_service_tables *tables; /* private: what a submission is checked with */
    const struct catalog *catalog;
};


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
bool catalog_is_shared(const struct catalog *catalog); /* does anybody else have a reference? */

const char *catalog_version(const struct catalog *catalog); /* 16 hexadecimal digits */
const char *catalog_zone(const struct catalog *catalog);    /* IANA name of the center's zone */
const struct catalog_text *catalog_center_name(const struct catalog *catalog);
const struct catalog_contact *catalog_contact(const struct catalog *catalog);
#define CATALOG_RETENTION_YEARS_MAX 100
int32_t catalog_documents_years(const struct catalog *catalog); /* retention of personal documents; 0 = for good */
core_day catalog_published_until(const struct catalog *catalog); /* of the center's calendar */
const struct core_calendar *catalog_calendar_rules(const struct catalog *catalog); /* the center's */
const char *catalog_calendar_id(const struct catalog *catalog);
/* The name of a holiday or make-up day of the center's calendar; NULL for any other day.
 * Other calendars: catalog/calendar.h. */
const struct catalog_text *catalog_day_name(const struct catalog *catalog, core_day day);

/* How long the center takes for it: as its file says, else 5 working days for an inquiry and 15 for the others. */
const struct core_limit *catalog_aftercare_limit(const struct catalog *catalog, enum catalog_aftercare clock);
/* The civil day as which something counts that came on day at minute: docs/rules/intake.md I-4. Errors: OD_ERANGE. */
OD_MUST_CHECK int catalog_counted_day(const struct catalog *catalog, core_day day, int32_t minute, core_day *counted);

size_t catalog_service_count(const struct catalog *catalog);
const struct catalog_service *catalog_service_at(const struct catalog *catalog, size_t index);
const struct catalog_service *catalog_service_find(const struct catalog *catalog, const char *id);
size_t catalog_matter_count(const struct catalog *catalog);
const struct catalog_matter *catalog_matter_at(const struct catalog *catalog, size_t index);
const struct catalog_matter *catalog_matter_find(const struct catalog *catalog, const char *id);
size_t catalog_department_count(const struct catalog *catalog);
const struct catalog_department *catalog_department_at(const struct catalog *catalog, size_t index);
const struct catalog_department *catalog_department_find(const struct catalog *catalog, const char *id);

/* -- Rules (rule_load.c) -- */

size_t catalog_rule_set_count(const struct catalog *catalog);
const struct catalog_rule_set *catalog_rule_set_at(const struct catalog *catalog, size_t index);
const struct catalog_rule_set *catalog_rule_set_find(const struct catalog *catalog, const char *id);
/* By its id, which is unique over all sets; NULL when there is none. */
const struct catalog_rule *catalog_rule_find(const struct catalog *catalog, const char *id);

/* Rule sets and calendars alone, of a file or of every *.json below a folder; what else is in them is left
 * alone. Of *out only catalog_rule_*, catalog_put_limit_words and catalog_release may be used. The limit of a
 * rule with a calendar_id that the files do not define has calendar NULL. Errors (*out unchanged): as
 * catalog_load; OD_EINVAL too when there is no rule set. */
OD_MUST_CHECK int catalog_rules_load(const char *path, struct catalog **out, struct catalog_findings *findings);

/* A limit in a sentence, {"zh-CN", "en"}: "20 working days from acceptance (Administrative Licensing Law art. 42); the
 * head of the department may extend it once by up to 10 working days, with reasons". null for a limit of unit NONE. */
void catalog_put_limit_words(struct base_buffer *buffer, const char *key, const struct catalog *catalog,
                             enum catalog_limit_place place, const struct core_limit *limit);

/* -- Documents (material.c) -- */

/* What is taken as a material of a service: of all the matters that ask for it, the narrowest. */
struct catalog_document_rule {
    const struct catalog_material *material; /* NULL: for no material yet */
    uint32_t documents;  /* bits of enum catalog_document */
    uint64_t size_max;   /* bytes */
    uint16_t valid_months;
};

/* The center's own limits, for a document that is not said to be any material yet. */
void catalog_document_rule_usual(const struct catalog *catalog, struct catalog_document_rule *rule);
/* Have both a matter whose opinions stand for others, or a material whose documents may be used again? Both of one catalogue. */
bool catalog_service_shares(const struct catalog_service *service, const struct catalog_service *earlier);
/* Is a document of material other in service earlier one of material in service: by its id, or as one of the two declares? */
bool catalog_material_is_same(const struct catalog_service *service, const char *material, const struct catalog_service *earlier,
                              const char *other);
/* Of the matters in tasks. Errors (*rule unchanged): OD_ENOTFOUND none of them asks for it. */
OD_MUST_CHECK int catalog_document_rule_find(const struct catalog_service *service, core_task_set tasks, const char *material,
                                             struct catalog_document_rule *rule);

/* -- One submission against one service (submission.c, intake.c) -- */

struct catalog_problem {
    char pointer[BASE_JSON_POINTER_MAX]; /* into the submit body, e.g. "/form/seats" */
    const char *code;                    /* stable word: required, type, range, length, choice, unknown_field, unknown_material, unknown_rule, limit, format, not_tolerant, not_missing, twice */
    char detail[CATALOG_LANGUAGES][256]; /* what is wrong and what is allowed */
};

#define CATALOG_PROBLEMS_MAX 64

struct catalog_problems {
    size_t count; /* all; the first CATALOG_PROBLEMS_MAX are kept */
    struct catalog_problem items[CATALOG_PROBLEMS_MAX];
};

/* What the intake finds. Licensing Law art. 32; docs/rules/intake.md. */
struct catalog_intake {
    const struct catalog_service *service; /* borrowed; indices of tasks are those of its matters */
    core_task_set included;  /* matters whose `when` holds over the form; 0 = not required */
    uint8_t outcome;         /* enum core_intake: NOT_COMPETENT before NOT_REQUIRED before UNCHECKED before
                              * CORRECTABLE (nothing is missing); NONE = complete when missing_count is 0 */
    const struct catalog_competence *competence; /* NOT_COMPETENT: the right body; else NULL */
    size_t missing_count;    /* required materials that are neither there nor tolerated */
    const struct catalog_material *missing[BASE_MATERIALS_MAX]; /* of included matters, each once */
    const struct catalog_matter *missing_for[BASE_MATERIALS_MAX]; /* the first that asks for it */
    core_task_set missing_tasks[BASE_MATERIALS_MAX]; /* all that do */
    size_t tolerated_count;  /* missing ones that are promised by tolerated_until (容缺) */
    const struct catalog_material *tolerated[BASE_MATERIALS_MAX];
    const struct catalog_matter *tolerated_for[BASE_MATERIALS_MAX];
    core_task_set tolerated_tasks[BASE_MATERIALS_MAX];
    core_day tolerated_until; /* 0 = none is */
    size_t correction_count; /* errors that hold over the form, whatever the outcome */
    const struct catalog_correction *corrections[CATALOG_CORRECTIONS_MAX];
};

/* Check applicant, form, materials and promise of a submit body (the JSON object of POST
 * /v1/applications) against the service, and work out its tasks. today: the civil day of its receipt, from
 * which a promise is counted. With problems->count > 0 it is to be refused (422) and *intake is not to be
 * used. Errors: OD_EINVAL with problems. No allocation. */
OD_MUST_CHECK int catalog_submission_check(const struct catalog_service *service,
                                           const struct base_json *body, core_day today,
                                           struct catalog_problems *problems,
                                           struct catalog_intake *intake);

/* The same again after the applicant supplied something. form: the whole form as it is now; materials:
 * material_count ids that are there now (unknown ones are left alone); promise: member "promise" of the submit
 * body, NULL = none: it holds while its day is not past. Nothing is refused: what was taken once stays. No allocation. */
void catalog_intake_recheck(const struct catalog_service *service, const struct base_json *form,
                            const char *const *materials, size_t material_count,
                            const struct base_json *promise, core_day today, struct catalog_intake *intake);

/* Check materials that are supplied later, as those of a submission: of some matter of the service, with the members
 * that it takes. NULL materials = none. Errors: OD_EINVAL, told in problems. */
OD_MUST_CHECK int catalog_supplied_check(const struct catalog_service *service, const struct base_json *materials,
                                         struct catalog_problems *problems);

/* Check form fields that are supplied later: known ones, each valid; none is required. NULL form = none.
 * Errors: OD_EINVAL with problems. */
OD_MUST_CHECK int catalog_answer_check(const struct catalog_service *service, const struct base_json *form,
                                       struct catalog_problems *problems);

/* What a department asks of an applicant. Licensing Law art. 31 and 32: never for what is unrelated. */
struct catalog_ask {
    const char *text;       /* borrowed from the body; NULL = none */
    size_t field_count, material_count; /* that it names */
    const struct catalog_rule *rule;    /* that it cites; NULL = none */
    bool has_citation;      /* it names a material or field of the service, or a rule */
};

/* Check {"text", "fields": [...], "materials": [...], "rule": id}: fields and materials of the service, a rule of
 * its catalogue; a text, a field or a material is needed. Other members of body are left alone.
 * Errors: OD_EINVAL with problems (*ask unchanged). */
OD_MUST_CHECK int catalog_ask_check(const struct catalog_service *service, const struct base_json *body,
                                    struct catalog_problems *problems, struct catalog_ask *ask);

/* A canonical text of who the applicant of a submit body is, at most CATALOG_PERSON_MAX bytes, for hashing: type
 * and number of the identity document; without a number, name and telephone number. Width, case, spaces,
 * dashes and accents written in two parts make no difference. False (nothing is put) when neither is there. */
bool catalog_person_put(struct base_buffer *buffer, const struct base_json *body);

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
/* {"name", "address", "phone", "complaints", "site", "paper_languages"}; what is not known is left out. */
void catalog_put_center(struct base_buffer *buffer, const char *key, const struct catalog *catalog);
/* A complete valid submit body for the service, as in its file. */
void catalog_put_example(struct base_buffer *buffer, const char *key, const struct catalog_service *service);

#endif
