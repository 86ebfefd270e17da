/* SPDX-License-Identifier: Apache-2.0 */
/* One load of a catalogue: where the items stand in the files, what was found wrong,
 * and readers that check a member and copy it into the arena. Private to hub/catalog.
 *
 *   files -> chop -> items of each kind -> read (one tree at a time) -> link -> tables
 *
 * Readers go on after a finding, so that all of them are told; whoever needs a value
 * looks whether it is there. A lack of memory is kept in loading->rc and ends the load
 * at the next item. */
#ifndef CATALOG_LOADING_H
#define CATALOG_LOADING_H

#include "catalog/sources.h"
#include "catalog/tables.h"
#include "catalog/wording.h"

/* The limits of catalog.h, lowered by tests. */
struct catalog_limits {
    size_t files_max, file_size_max, snapshot_size_max;
    size_t calendars_max, departments_max, matters_max, services_max;
};

extern const struct catalog_limits catalog_limits_default;

enum catalog_item_kind {
    CATALOG_ITEM_NONE = 0,
    CATALOG_ITEM_CENTER,
    CATALOG_ITEM_CALENDAR,
    CATALOG_ITEM_DEPARTMENT,
    CATALOG_ITEM_MATTER,
    CATALOG_ITEM_SERVICE,
    CATALOG_ITEM_RULE_SET, /* the number of a kind is part of the version: new ones stand behind */
    CATALOG_ITEM_NOTICE,
    CATALOG_ITEM_FILE, /* a whole file, e.g. a yearly calendar */
    CATALOG_ITEM_KINDS,
};

extern const char *const catalog_item_members[CATALOG_ITEM_KINDS]; /* "center", "calendars", ... */

/* One object of a file. */
struct catalog_item {
    enum catalog_item_kind kind;
    uint32_t source;      /* index in sources */
    uint32_t ordinal;     /* place in its array */
    size_t offset, size;  /* in the source's text */
};

struct catalog_items {
    struct catalog_item *at; /* owned */
    size_t count, room;
};

/* Ids as written, not resolved yet. */
struct catalog_names {
    const char **at;
    size_t count;
};

struct catalog_loading {
    struct base_arena *arena;     /* what is read is copied there */
    bool is_restored;             /* it was in force before, and was checked then */
    struct catalog *catalog;      /* NULL while only a calendar is read */
    struct catalog_findings *findings;
    const struct catalog_limits *limits;
    const char *folder;
    struct catalog_source *sources; /* owned */
    size_t source_count, source_room;
    struct catalog_items items[CATALOG_ITEM_KINDS];
    const struct catalog_item *item; /* the one that is read now */
    struct base_buffer snapshot;
    struct base_buffer hashes;    /* of the items, for the version */
    struct catalog_names *after;  /* per matter, as read; owned */
    uint32_t *item_of[CATALOG_ITEM_KINDS]; /* per row of calendars, departments, matters, services: its item; owned */
    size_t found_before_services; /* findings */
    bool has_broken_items;        /* an object could not be parsed */
    struct catalog_promises *promises; /* memory of promise.c; owned */
    bool is_rules_only;           /* catalog_rules_load: calendars may be elsewhere */
    int rc;
};

/* Takes nothing; catalog_loading_fini releases files and buffers. */
void catalog_loading_init(struct catalog_loading *loading, struct base_arena *arena,
                          struct catalog_findings *findings, const struct catalog_limits *limits);
void catalog_loading_fini(struct catalog_loading *loading);

/* arena memory, or NULL with loading->rc set. */
void *catalog_take(struct catalog_loading *loading, size_t size);
char *catalog_take_text(struct catalog_loading *loading, const char *text);

/* -- files.c -- */

/* Read every *.json below folder, sorted. Errors: OD_ENOTFOUND, OD_EIO, OD_ENOMEM. */
OD_MUST_CHECK int catalog_files_read(struct catalog_loading *loading, const char *folder);
/* Read one file as a source called name. is_folder as stat says. Errors as above. */
OD_MUST_CHECK int catalog_file_read(struct catalog_loading *loading, const char *path, const char *name);
/* A source whose text is a copy of text. Errors: OD_ENOMEM. */
OD_MUST_CHECK int catalog_source_add(struct catalog_loading *loading, const char *name,
                                     const char *text, size_t size);

/* -- chop.c -- */

/* Note every object of a source in loading->items; findings for what is no catalogue file. */
void catalog_chop(struct catalog_loading *loading, uint32_t source);
void catalog_item_add(struct catalog_loading *loading, const struct catalog_item *item);
/* Append text without the white space outside its strings. */
void catalog_compact(struct base_buffer *buffer, const char *text, size_t size);
/* Strictly parse an item; NULL with a finding or loading->rc set. */
struct base_json *catalog_item_parse(struct catalog_loading *loading, const struct catalog_item *item);
/* The raw value of a member of a compact object; false when it has none. */
bool catalog_slice(const char *text, size_t size, const char *key, const char **value, size_t *value_size);

/* -- finding.c -- */

/* A place in an item: member key, or element index when key is NULL. Lives on the
 * stack of the reader; up NULL = the item itself. */
struct catalog_spot {
    const struct catalog_spot *up;
    const char *key;
    size_t index;
};

/* Tell a finding at spot (NULL = the item) of loading->item, in every language: what a format may say, and how English words get
 * into it, tells wording.h. */
void catalog_report(struct catalog_loading *loading, const struct catalog_spot *spot,
                    const char *format, ...) __attribute__((format(printf, 3, 4)));
/* The same at a pointer inside an item. */
void catalog_report_at(struct catalog_loading *loading, const struct catalog_item *item,
                       const char *pointer, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* Tell a finding about a file as a whole, or at a byte of it; name may be no source. */
void catalog_report_file(struct catalog_loading *loading, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void catalog_report_byte(struct catalog_loading *loading, uint32_t source, size_t offset,
                         const char *pointer, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
void catalog_report_byte_list(struct catalog_loading *loading, uint32_t source, size_t offset, const char *pointer,
                              const char *format, va_list arguments) __attribute__((format(printf, 5, 0)));
/* The same of a text of the table that has no arguments. */
void catalog_report_byte_word(struct catalog_loading *loading, uint32_t source, size_t offset, const char *pointer,
                              const char *word);
/* RFC 6901 pointer of a spot inside its item. */
void catalog_spot_pointer(const struct catalog_spot *spot, char pointer[BASE_JSON_POINTER_MAX]);
/* RFC 6901 pointer of an item in its file. */
void catalog_item_pointer(const struct catalog_item *item, char pointer[BASE_JSON_POINTER_MAX]);
/* "file:line" of an item, for "already defined in ...". */
void catalog_item_place(const struct catalog_loading *loading, const struct catalog_item *item,
                        char *place, size_t size);
/* Append one reference token to a pointer of BASE_JSON_POINTER_MAX bytes. */
void catalog_pointer_add(char *pointer, const char *token);

/* -- read.c: member readers -- */

struct catalog_words {
    const char *const *at; /* count words; NULL items are no words */
    size_t count;
};

/* Is json an object with these members only? */
bool catalog_read_object(struct catalog_loading *loading, const struct base_json *json,
                         const struct catalog_spot *spot, struct catalog_words members);
/* The member, or NULL with a finding. */
const struct base_json *catalog_need(struct catalog_loading *loading, const struct base_json *object,
                                     const struct catalog_spot *spot, const char *key);
/* The array, or NULL (with a finding when it is required or of a wrong shape). */
const struct base_json *catalog_read_list(struct catalog_loading *loading, const struct base_json *object,
                                          const struct catalog_spot *spot, const char *key,
                                          bool is_required, size_t count_min, size_t count_max);
bool catalog_read_text(struct catalog_loading *loading, const struct base_json *object,
                       const struct catalog_spot *spot, const char *key, bool is_required,
                       struct catalog_text *out);
/* One text value (an element of a list). */
bool catalog_read_text_value(struct catalog_loading *loading, const struct base_json *json,
                             const struct catalog_spot *spot, struct catalog_text *out);
/* NULL when absent or wrong. */
const char *catalog_read_string(struct catalog_loading *loading, const struct base_json *object,
                                const struct catalog_spot *spot, const char *key, bool is_required,
                                size_t size_max);
const char *catalog_read_id(struct catalog_loading *loading, const struct base_json *object,
                            const struct catalog_spot *spot, const char *key);
const char *catalog_read_id_value(struct catalog_loading *loading, const struct base_json *json,
                                  const struct catalog_spot *spot);
/* material.c: "types", "max_bytes" and "valid_for" of a material; "materials" of the center; the former as they stand. */
void catalog_document_rule_read(struct catalog_loading *loading, const struct base_json *json, const struct catalog_spot *spot,
                                struct catalog_material *out);
/* {"months": N} under key; 0 when absent. */
uint16_t catalog_months_read(struct catalog_loading *loading, const struct base_json *json, const struct catalog_spot *spot,
                             const char *key);
void catalog_document_limit_read(struct catalog_loading *loading, const struct base_json *json);
void catalog_put_document_rule(struct base_buffer *buffer, const struct catalog_material *material);
bool catalog_read_flag(struct catalog_loading *loading, const struct base_json *object,
                       const struct catalog_spot *spot, const char *key, bool fallback);
int64_t catalog_read_integer(struct catalog_loading *loading, const struct base_json *object,
                             const struct catalog_spot *spot, const char *key, int64_t min,
                             int64_t max, int64_t fallback);
/* The position of the word; 0 when absent or wrong, so words.at[0] is NULL or the default. */
size_t catalog_read_word(struct catalog_loading *loading, const struct base_json *object,
                         const struct catalog_spot *spot, const char *key, bool is_required,
                         struct catalog_words words);
/* Ids of a list, in loading->arena; items may be NULL where a finding was told. */
void catalog_read_ids(struct catalog_loading *loading, const struct base_json *object,
                      const struct catalog_spot *spot, const char *key, bool is_required,
                      size_t count_max, struct catalog_names *out);
bool catalog_read_day(struct catalog_loading *loading, const struct base_json *object,
                      const struct catalog_spot *spot, const char *key, bool is_required, core_day *day);
/* Tell that id names no noun (a phrase) of index, with the nearest one. */
void catalog_report_unknown(struct catalog_loading *loading, const struct catalog_spot *spot,
                            const char *noun, const char *id, const struct catalog_index *index);

/* -- limit_load.c -- */

/* Members of a limit, checked for its place. is_required: told when it is absent. is_of_rule: it is a rule's own and refers
 * to no other. fallback: the rule that holds when it is absent; NULL = none. calendar: of limits that name none; NULL = the
 * center's. *limit is all zero before; its unit stays NONE where something was found wrong. */
struct catalog_limit_reading {
    enum catalog_limit_place place;
    bool is_required;
    bool is_of_rule;
    const struct catalog_rule *fallback;
    const struct core_calendar *calendar;
};
void catalog_read_limit(struct catalog_loading *loading, const struct base_json *object,
                        const struct catalog_spot *spot, const char *key,
                        const struct catalog_limit_reading *reading, struct core_limit *limit);
/* What starts the limit, when it stands at place. DEFAULT for those that start with an event of their own. */
enum core_start catalog_limit_start(enum catalog_limit_place place, const struct core_limit *limit);
/* The calendar that member "calendar" names; NULL when absent or unknown (told). *id: as written, NULL = absent. */
const struct core_calendar *catalog_read_calendar(struct catalog_loading *loading, const struct base_json *object,
                                                  const struct catalog_spot *spot, const char **id);
/* Bits of the kinds of pause that an array names; told when one is none. */
uint32_t catalog_read_pauses(struct catalog_loading *loading, const struct base_json *object,
                             const struct catalog_spot *spot, const char *key, enum core_pause_kind last);
/* The expiry effect that member "expiry" names; enum core_expiry. */
uint8_t catalog_read_expiry(struct catalog_loading *loading, const struct base_json *object);
/* Words by their values; 0 has none, or is the default. */
extern const struct catalog_words catalog_start_words, catalog_rank_words, catalog_milestone_words;

/* -- rule_load.c, stage_load.c -- */

void catalog_rule_set_load(struct catalog_loading *loading, const struct base_json *json,
                           struct catalog_rule_set *out);
/* The rule that member key names; NULL when absent or unknown (told). */
const struct catalog_rule *catalog_read_rule(struct catalog_loading *loading, const struct base_json *object,
                                             const struct catalog_spot *spot, const char *key);
/* The set that member "rule_set" names, or fallback. */
const struct catalog_rule_set *catalog_read_rule_set(struct catalog_loading *loading, const struct base_json *object,
                                                     const struct catalog_rule_set *fallback);
/* starts_on, ends_on and lead of a stage. */
void catalog_read_stage_span(struct catalog_loading *loading, const struct base_json *object,
                             const struct catalog_spot *spot, struct core_stage_rule *stage);
/* Member "stages" of a matter, or those of the set. */
void catalog_stages_load(struct catalog_loading *loading, const struct base_json *json, struct catalog_matter *out);

/* -- intake_load.c -- */

/* Members "intake", "competence" and "corrections" of a service. */
void catalog_intake_load(struct catalog_loading *loading, const struct base_json *json, struct catalog_service *out);
void catalog_intake_conditions_check(struct catalog_loading *loading, const struct catalog_service *service);

/* -- fee_load.c -- */

/* Member "fees" of a matter. */
void catalog_fees_load(struct catalog_loading *loading, const struct base_json *json, struct catalog_matter *out);
/* What the fees of the matters count by is in the form, of a fitting type, and has a fee up to its largest value. */
void catalog_fees_check(struct catalog_loading *loading, const struct catalog_service *service);
/* A number of a form or file as a quantity, from its shortest decimal text. Errors: OD_ESYNTAX no number, OD_ERANGE. */
OD_MUST_CHECK int catalog_fee_quantity(const struct base_json *json, int64_t *quantity);
/* {"title", "article"}: matter_load.c. */
void catalog_read_basis(struct catalog_loading *loading, const struct base_json *json, const struct catalog_spot *spot,
                        struct catalog_text *title, const char **article);

/* -- contact_load.c -- */

/* Members "contact" and "paper_languages" of the center. */
void catalog_contact_load(struct catalog_loading *loading, const struct base_json *center, struct catalog_contact *out);
void catalog_paper_languages_load(struct catalog_loading *loading, const struct base_json *center, struct catalog_contact *out);

/* -- center_load.c, calendar_days.c, matter_load.c, service_load.c, policy_load.c -- */

void catalog_center_load(struct catalog_loading *loading, const struct base_json *json);
/* One calendar object. Without a base, the rows of *out are whole; with one, catalog_layers_link
 * makes them so. False with findings or loading->rc set. */
bool catalog_days_load(struct catalog_loading *loading, const struct base_json *json,
                       struct catalog_days *out);
/* remedy.c: member "remedies" of a center, a department or a service. */
void catalog_remedies_load(struct catalog_loading *loading, const struct base_json *json, struct catalog_remedies *out);
void catalog_department_load(struct catalog_loading *loading, const struct base_json *json,
                             struct catalog_department *out);
void catalog_matter_load(struct catalog_loading *loading, const struct base_json *json,
                         struct catalog_matter *out);
/* Resolve `after` of every matter and look for cycles. Linear. */
void catalog_matters_link(struct catalog_loading *loading);
void catalog_service_load(struct catalog_loading *loading, const struct base_json *json,
                          struct catalog_service *out);
void catalog_form_load(struct catalog_loading *loading, const struct base_json *json,
                       struct catalog_service *out, struct catalog_service_tables *tables);
void catalog_policy_load(struct catalog_loading *loading, const struct base_json *json,
                         struct catalog_service *service, struct core_matter_rule *rules);
/* Let the service's example pass the check that a submission passes. */
void catalog_example_check(struct catalog_loading *loading, const struct base_json *json,
                           const struct catalog_service *service);

/* -- notice_load.c -- */

/* Member "notices" of the center, or its defaults. */
void catalog_notice_rules_load(struct catalog_loading *loading, const struct base_json *center);
void catalog_notice_text_load(struct catalog_loading *loading, const struct base_json *json);

/* -- promise.c -- */

/* Tell a finding at limits/promised unless the promise can never be later than the statute. */
void catalog_promise_check(struct catalog_loading *loading, const struct catalog_spot *limits,
                           enum catalog_limit_place place, const struct core_limit *promised,
                           const struct core_limit *statutory);
void catalog_promises_destroy(struct catalog_promises *promises); /* accepts NULL */

/* catalog_load under other limits, for tests. */
OD_MUST_CHECK int catalog_load_within(const char *folder, const struct catalog_limits *limits,
                                      struct catalog **out, struct catalog_findings *findings);

#endif
