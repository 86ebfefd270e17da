/* SPDX-License-Identifier: Apache-2.0 */
/* One visit of a page: what came in, the API requests that the page makes inside the hub, and
 * the answer. Private to hub/front/pages*.c. Loop thread only.
 *
 *   front_page -> a page's function -> front_visit_ask ... -> front_visit_go(step)
 *              -> (all answered) -> step -> front_visit_render, _problem or _redirect
 *
 * A page may do what the routes of the API allow its reader, and nothing else: every ask is
 * checked against the route's roles. */
#ifndef FRONT_PAGES_VISIT_H
#define FRONT_PAGES_VISIT_H

#include "front/call.h"
#include "front/pages_set.h"

#define FRONT_VISIT_ASKS_MAX 12          /* API requests of one page, an act before it included */
#define FRONT_VISIT_FORM_MAX (64 * 1024) /* bytes of a form as sent -> 413 */
#define FRONT_VISIT_DOCUMENTS_MAX (FRONT_VISIT_ASKS_MAX + 3)
#define FRONT_VISIT_FILES_MAX 32       /* files of one form -> 413 */
#define FRONT_VISIT_BODY_MAX (INT64_C(1) << 30) /* bytes of a form with its files -> 413 */

struct front_visit;
struct front_visit_files; /* pages_files.c */
struct front_acts;
typedef void (*front_visit_cb)(struct front_visit *visit);

/* An API request of the page's own. */
struct front_visit_ask {
    struct front_call call; /* first */
    struct front_visit *visit;
    const char *name; /* of its answer among the template's documents */
    int status;       /* 0 = under way */
    int retry_after_s; /* of the answer's Retry-After; 0 = none */
    struct base_buffer answer;
    struct base_json *json; /* the answer's tree; owned; NULL when it is no JSON */
    struct front_visit_files *files; /* of which its body is one; NULL = its body is whole */
    const char *code;       /* Look-Up-Code; NULL = none */
    const char *if_match;   /* If-Match; NULL = none */
};

struct front_visit {
    struct front_request *request; /* the page's; not to be used once it is answered */
    struct front_pages *pages; /* borrowed from the front */
    const char *here;       /* word of the navigation: "guide", "worklist", ... */
    const char *link;       /* path of this page for a GET; borrowed from the request's arena */
    const char *params[2];  /* of the path; borrowed from the request's arena; "" = none */
    const char *done;       /* word of what the form before this page did, or NULL; static */
    unsigned language;      /* of the page: index in front_pages_languages; the API is asked in its base */
    bool is_bilingual;      /* a paper in both languages */
    bool is_large;          /* in large letters */
    bool is_private;        /* names people or their affairs: kept by no cache */
    struct base_json *form; /* owned; the form as {"name": "value"}; NULL when none was sent */
    struct base_buffer view;    /* JSON that the page puts together for its template */
    struct base_buffer headers; /* more header lines */
    struct front_visit_ask asks[FRONT_VISIT_ASKS_MAX];
    unsigned ask_count, waiting;
    int refused;         /* status of what was refused before there was a page to ask for; 0 = nothing was */
    const char *why;     /* word of the refusal; static */
    front_visit_cb page; /* what the row of pages.c shows; NULL = no such page */
    front_visit_cb step; /* next, once nothing is waited for */
    struct front_visit_files *files; /* owned; of a form with files; NULL = it had none */
    const struct front_acts *acts; /* of the page whose form was sent; static; NULL = none */
    uv_idle_t idle;      /* steps run from the loop, never from inside an answer */
    bool is_idle_open, is_answered;
};

/* What to ask the API. Texts are copied, or borrowed from the visit's request. */
struct front_visit_wish {
    enum front_route route;
    const char *name;
    const char *param; /* {id}, {number}; NULL = none */
    const char *second; /* the route's second parameter; NULL = none */
    const char *query; /* encoded; NULL = none */
    const char *body;  /* JSON; NULL = none */
    size_t body_size;
    const char *idempotency_key; /* NULL = none; must be valid */
    bool is_stream;              /* the page is this event stream */
    struct front_visit_files *files; /* the body is a file of the page's form; NULL = none. Its slot is taken */
    const char *media_type;      /* of the file, borrowed from the visit's request */
    const char *code;            /* Look-Up-Code, likewise; NULL = none */
    const char *if_match;        /* If-Match, likewise; NULL = none */
};

/* One file of a page's form, once it has come: taken in by a route, or refused. */
struct front_visit_upload {
    const char *field;      /* its name in the form; borrowed from the visit's request, as all below */
    const char *name;       /* the file's */
    const char *sha256;     /* NULL = refused */
    const char *media_type, *state; /* of one that was taken */
    int64_t size;
    int status;             /* of the route's answer */
    const char *detail;     /* why it was refused; "" = not said */
    const char *version;    /* of one that was taken, where the route gives it one; "" = none */
    const char *problem;    /* of one that was refused: all that its route says, as JSON; "" = nothing */
};

/* Memory for a visit that the caller runs with front_visit_run. Errors: NULL memory is short.
 */
struct front_visit *front_visit_create(struct front_request *request);
/* Run a function of the page; afterwards the visit may be gone. */
void front_visit_run(struct front_visit *visit, front_visit_cb run);

/* Ask; the answer is there when the step of front_visit_go runs. Returns the ask. */
struct front_visit_ask *front_visit_ask(struct front_visit *visit,
                                        const struct front_visit_wish *wish);
void front_visit_go(struct front_visit *visit, front_visit_cb step);

/* Run step from the loop, whatever is waited for; no step is to run any more. */
void front_visit_resume(struct front_visit *visit, front_visit_cb step);
void front_visit_halt(struct front_visit *visit);
/* An answered ask that is not among the visit's: what it holds goes. */
void front_visit_ask_fini(struct front_visit_ask *ask);

/* An ask of this visit by the name of its answer, the newest first; NULL = not asked. */
const struct front_visit_ask *front_visit_find(const struct front_visit *visit, const char *name);

/* Was the ask answered with 2xx? */
static inline bool front_visit_is_fine(const struct front_visit_ask *ask)
{
    return ask->status >= 200 && ask->status <= 299;
}

/* A field of the form without white space around it, in the request's arena; "" when absent. */
const char *front_visit_field(struct front_visit *visit, const char *name);
/* A query parameter; NULL when absent or empty. */
const char *front_visit_query(struct front_visit *visit, const char *name);
/* A cookie of ours, in the request's arena; NULL when absent. */
const char *front_visit_cookie(struct front_visit *visit, const char *name);
/* Name and value: visible ASCII without ';'. attributes: " Path=...; ..." */
void front_visit_cookie_set(struct front_visit *visit, const char *name, const char *value,
                            const char *attributes);

/* -- The answer; one of these, once, when nothing is waited for: asks borrow from the request
 * -- */

void front_visit_render(struct front_visit *visit, int status, const char *template);
/* A friendly page about an ask that was refused; a reader without a key is sent to sign in. */
void front_visit_problem(struct front_visit *visit, const struct front_visit_ask *ask);
/* The same for a status of the page's own. word: of texts.json, "problem.<word>.title" and so
 * on. */
void front_visit_refuse(struct front_visit *visit, int status, const char *word);
void front_visit_redirect(struct front_visit *visit,
                          const char *path); /* 303; a path of ours, encoded */
/* The page is what the route answers, for the reader and these parameters: a document that is too large to be asked for. */
void front_visit_pass(struct front_visit *visit, enum front_route route);
/* The answer of an ask as a file to keep; table programs read UTF-8 by its mark. file_name: ASCII. */
void front_visit_file(struct front_visit *visit, const struct front_visit_ask *ask,
                      const char *media_type, const char *file_name);
/* media_type with bytes that live for ever, under an ETag. */
void front_visit_static(struct front_visit *visit, const struct front_pages_file *file);

/* May somebody with these roles ask for the route? */
bool front_visit_may(uint32_t roles, enum front_route route);
/* Does the reader have any role beyond a citizen's? */
bool front_visit_is_staff(const struct front_visit *visit);
bool front_visit_is_development(const struct front_visit *visit); /* and no demo */
bool front_visit_is_demo(const struct front_visit *visit);

/* value percent-encoded for a query or path, put into buffer. */
void front_visit_put_encoded(struct base_buffer *buffer, const char *value);

#endif
