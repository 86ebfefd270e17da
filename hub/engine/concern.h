/* SPDX-License-Identifier: Apache-2.0 */
/* After-care: what people ask, complain of and rate, and what members of staff record of what was done to them. Each is
 * a concern: one entry of a register, with a text, perhaps a clock, and a reply. docs/aftercare.md.
 *
 *   POST  -> members (422) -> number and code (404), application -> put, record, counts -> durable -> 201
 *   reply -> [pool: read] -> may see it (404) -> members (422) -> unchanged (412) -> open (409) -> put from its revision -> durable -> 200
 *   wake  -> warned, overdue: record and alert -> put with the next wake
 *
 * What a person wrote stands in the entry's body alone. A date is never stored as the truth while its clock runs: it is
 * counted from the start by the running calendars, whenever it is told. Private to hub/engine. Loop thread. */
#ifndef ENGINE_CONCERN_H
#define ENGINE_CONCERN_H

#include "engine/entry.h"
#include "engine/message.h"

#define ENGINE_CONCERN_TEXT_MAX BASE_TEXT_MAX /* bytes of what is written, and of a reply */
#define ENGINE_CONCERN_NAME_MAX 200
#define ENGINE_CONCERN_PHONE_MAX 64
#define ENGINE_CONCERN_EMAIL_MAX 254
#define ENGINE_CONCERN_ID_SIZE 32    /* "inq-17" and NUL */
#define ENGINE_CONCERN_CENTER "@center" /* counted under, where no service is named; no id of a catalogue */

/* The numbers are stored: only append. */
enum engine_concern_state {
    ENGINE_CONCERN_NONE = 0,
    ENGINE_CONCERN_OPEN,      /* waits for its reply, its repair or its confirmation */
    ENGINE_CONCERN_ANSWERED,
    ENGINE_CONCERN_KEPT,      /* an evaluation that asks for nothing */
    ENGINE_CONCERN_DISMISSED, /* a grievance that was not confirmed */
    ENGINE_CONCERN_STATES,
};

/* What differs between the kinds. */
struct engine_concern_kind {
    uint8_t kind;            /* enum engine_entry_kind */
    uint8_t clock;           /* enum catalog_aftercare; NONE = it has none */
    const char *prefix;      /* of its ids: "inq-" */
    const char *path;        /* of its list: "/v1/inquiries" */
    const char *clock_name;  /* "inquiry_reply" */
    const char *states[ENGINE_CONCERN_STATES];
    struct {
        const char *made, *passed, *answered, *warned, *overdue, *redated;
    } events;                /* in the journal; NULL = there is none */
    const char *next_action; /* while it is open */
    const char *received, *answered; /* what the person is sent then: kinds of catalog/notice.h; NULL = nothing */
};

/* Of a route, or of an entry's kind; never NULL for theirs. */
const struct engine_concern_kind *engine_concern_kind_of(uint8_t kind);

/* One that was read. */
struct engine_concern {
    const struct engine_concern_kind *kind;
    const struct store_entry *entry; /* borrowed */
    struct base_json *tree;          /* owned: its body */
    struct core_limit limit;         /* as it was promised; its calendar is the running catalogue's */
    struct core_clock clock;         /* state NONE = it has none */
};

/* Errors: OD_EIO the body cannot be read, OD_ENOMEM (*concern is zero). The clock is counted by the running calendars. */
OD_MUST_CHECK int engine_concern_read(struct engine *engine, const struct store_entry *entry, struct engine_concern *concern);
void engine_concern_fini(struct engine_concern *concern); /* accepts a zeroed one */
struct core_span engine_concern_span(const struct engine_concern *concern);

void engine_concern_id(const struct engine_concern_kind *kind, uint64_t id, char text[ENGINE_CONCERN_ID_SIZE]);
/* Errors: OD_ENOTFOUND it is no id of that kind. */
OD_MUST_CHECK int engine_concern_id_parse(const struct engine_concern_kind *kind, const char *text, uint64_t *id);
/* As the entity tag of an application. */
void engine_concern_tag(const struct engine_concern *concern, char tag[ENGINE_TAG_SIZE]);

/* -- Who may (concern.c) -- */

/* Has the reader any role beyond a citizen's? */
bool engine_is_staff(const struct front_request *request);
/* Supervisors, admins and the head of the government see all; officers and heads those of their department; the front desk
 * those of no department. A grievance is for supervisors, admins and who recorded it. */
bool engine_concern_may_see(const struct engine *engine, const struct front_request *request, const struct engine_concern *concern);
/* "citizen", or the key's id. */
const char *engine_concern_by(const struct front_request *request);
/* Number (or id) and code belong together; in constant time. */
bool engine_code_is(const struct engine *engine, const char *number, const char *code);

/* -- The body (concern_body.c) -- */

/* A new clock that starts with the receipt of now: members "limit", "start" ... of a body, and *wake, the minute of its
 * first date. Errors: OD_ERANGE. */
OD_MUST_CHECK int engine_concern_start(struct engine *engine, enum catalog_aftercare clock, struct base_buffer *body, int64_t *wake,
                                       core_day *due);
/* The members of tree that are not among the names; the object is open, and stays so. names end with NULL. */
void engine_concern_put_kept(struct base_buffer *body, const struct base_json *tree, const char *const *names);
/* The minute of the clock's next date; INT64_MAX = none. */
int64_t engine_concern_wake(const struct engine_concern *concern);

/* -- The view (concern_view.c) -- */

struct engine_concern_shown {
    bool is_explained; /* with its clock, day by day */
    bool is_public;    /* for who has the code: without who of the staff did what */
    bool shows_code;
};
void engine_concern_put(struct base_buffer *buffer, const char *key, struct engine *engine, const struct engine_concern *concern,
                        struct engine_concern_shown shown);
/* Answer with what the store has now; status 201 comes with a Location. headers: more lines, or NULL; static. */
void engine_concern_answer(struct engine *engine, struct front_request *request, const struct engine_concern_kind *kind, uint64_t id,
                           int status, const char *headers);
/* By the {id} of the path, for those who may see it; 404 for the others. */
void engine_concern_show(struct engine *engine, struct front_request *request, const struct engine_concern_kind *kind);

/* -- Reading requests (concern_fields.c): false when the request was refused -- */

/* No other members than these; names end with NULL. */
bool engine_fields_only(struct front_request *request, const struct base_json *object, const char *pointer, const char *const *names);
/* A text member of the body, at most size_max bytes; *out NULL when it is absent. */
bool engine_field_text(struct front_request *request, const char *key, size_t size_max, bool is_due, const char **out);

/* The same of an object that stands at pointer; an empty one is as absent. */
bool engine_field_text_of(struct front_request *request, const struct base_json *object, const char *pointer, const char *key,
                          size_t size_max, const char **out);
/* Member "contact": name, phone, email. */
bool engine_field_contact(struct front_request *request);

/* -- What a change counts for (concern_measure.c) -- */

enum engine_concern_change {
    ENGINE_CONCERN_CHANGE_NONE = 0, /* of what counts for nothing: passed on, another date */
    ENGINE_CONCERN_MADE,
    ENGINE_CONCERN_SETTLED,
    ENGINE_CONCERN_LATE,            /* its time ran out */
};

/* What happened, as the journal tells it: without a name of anybody. */
struct engine_concern_told {
    uint8_t kind;               /* enum engine_entry_kind */
    uint8_t change;             /* enum engine_concern_change */
    bool is_oral, is_positive;  /* answered at once; upheld, confirmed */
    bool is_late;               /* SETTLED: after its date */
    bool is_found_late;         /* the same, and no LATE went before it */
    uint8_t attitude, ability;  /* of an evaluation, 1..ENGINE_CONCERN_LEVELS */
    const char *service;        /* id; NULL = ENGINE_CONCERN_CENTER */
    const char *window;         /* NULL = of none that is known */
    uint32_t officer;           /* the store's number, whose name stands outside the journal; 0 = of none that is known */
};

#define ENGINE_CONCERN_LEVELS 5
#define ENGINE_CONCERN_BAD_MAX 2      /* up to this level in either dimension: it is to be put right */
#define ENGINE_CONCERN_MEASURES_MAX 8

/* Pure: into measures (enum engine_measure), ENGINE_CONCERN_MEASURES_MAX of them; returns how many. */
size_t engine_concern_measure(const struct engine_concern_told *told, uint8_t *measures);
/* The members of a record, and back. read: OD_ENOTFOUND the event is none that counts, OD_ESYNTAX. */
void engine_concern_told_put(struct base_buffer *more, const struct engine_concern_told *told);
OD_MUST_CHECK int engine_concern_told_read(const struct base_json *event, struct engine_concern_told *told);

/* -- Putting (concern_put.c) -- */

/* Members of a record: the concern's id, and its department where it has one. */
void engine_concern_put_more(struct base_buffer *more, const struct engine *engine, const struct engine_concern_kind *kind,
                             const struct store_entry *entry);

struct engine_concern_alert {
    uint8_t kind;        /* enum engine_alert; NONE = nobody is told */
    core_day due;        /* 0 = none */
};
struct engine_concern_put {
    struct store_entry entry; /* body is the change's own until the call returns */
    struct engine_entry_event event; /* type NULL = the journal says nothing of it */
    struct engine_concern_told told; /* what it counts for: of the whole, of its department, of the officer */
    struct engine_concern_alert alert;
    struct engine_message message; /* kind NULL = none */
};
/* engine_entry_put, with counts and an alert in the same write, and a message in the same batch. Errors (nothing put): OD_EBUSY, OD_ENOMEM. */
OD_MUST_CHECK int engine_concern_write(struct engine *engine, const struct engine_concern_kind *kind,
                                       const struct engine_concern_put *put, engine_call_cb on_stored, void *data);
/* Whom a message of kind (NULL = none) goes to: the contact of tree, else the applicant of its application; nobody where there
 * is neither. params and tree are borrowed. */
struct engine_message engine_concern_message(const char *kind, const struct base_json *tree, uint64_t application, const char *params);
/* What window and officer (NULL = none) are counted under. Names that nobody knows yet are learned from members of staff alone,
 * since there is room for so many. Errors: OD_ENOMEM. */
OD_MUST_CHECK int engine_concern_count_at(struct engine *engine, bool may_learn, const char *window, const char *officer,
                                          struct engine_concern_told *told);
/* What is told of a change of one that was read: its kind, service, window and officer. Errors: OD_ENOMEM. */
OD_MUST_CHECK int engine_concern_counted(struct engine *engine, const struct engine_concern *concern, enum engine_concern_change change,
                                         struct engine_concern_told *told);

/* -- Routes -- */

void engine_concern_perform(struct engine *engine, struct front_request *request); /* concern_routes.c */
void engine_concern_new(struct engine *engine, struct front_request *request, const struct engine_concern_kind *kind);
void engine_concern_list(struct engine *engine, struct front_request *request, const struct engine_concern_kind *kind);
/* reply, repair, confirm and pass: by the request's route. */
void engine_concern_act(struct engine *engine, struct front_request *request, const struct engine_concern_kind *kind);
void engine_evaluation_new(struct engine *engine, struct front_request *request);
void engine_concerns_start(struct engine *engine);  /* who looks after what wakes */

#endif
