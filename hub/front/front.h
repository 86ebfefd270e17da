/* SPDX-License-Identifier: Apache-2.0 */
/* The doors for people: HTTP/1.1 on TCP and unix socket, and the frames of the nng
 * gateway, brought to one typed request. The front checks limits, authenticates,
 * gates the JSON and knows how an answer looks; what a request means is the
 * business of front_ops, which the engine provides.
 *
 * Order of checks: limits, authentication, JSON gate (400), then front_ops:
 * resource (404), schema and domain (422). Loop thread only. */
#ifndef FRONT_FRONT_H
#define FRONT_FRONT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <uv.h>

#include <onedoor/error.h>

#include "base/buffer.h"
#include "base/frame.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/memory.h"

enum front_language { FRONT_ZH_CN = 0, FRONT_EN = 1, FRONT_LANGUAGES = 2 };

/* Roles are bits, so that a route can allow several. */
enum front_role {
    FRONT_ROLE_NONE = 0,
    FRONT_ROLE_CITIZEN = 1,    /* no key: public routes, and number + look-up code */
    FRONT_ROLE_FRONT_DESK = 2,
    FRONT_ROLE_OFFICER = 4,    /* of one department */
    FRONT_ROLE_HEAD = 8,
    FRONT_ROLE_SUPERVISOR = 16,
    FRONT_ROLE_ADMIN = 32,
    FRONT_ROLE_CONNECTOR = 64,
};

#define FRONT_CERTIFICATE_SIZE 41 /* SHA-1 of a client certificate as nginx and haproxy tell it: 40 lower-case digits, NUL */

/* The secret of a key that was made at run time: "od_" and 160 random bits in base32. */
#define FRONT_SECRET_PREFIX "od_"
#define FRONT_SECRET_TEXT_SIZE 36 /* with its NUL */

/* A key: a hash of its secret, never the secret. */
struct front_key {
    char id[BASE_ID_MAX + 1];
    uint8_t hash[BASE_HASH_SIZE];         /* SHA-256 of the secret; of a key made at run time its tag: front_secret_tag */
    char password[BASE_PASSWORD_SIZE];    /* of one made at run time: argon2id of the secret; "" = of the configuration */
    int64_t expires_ms;                   /* UTC; 0 = never */
    uint32_t roles;                       /* bits of enum front_role */
    char department[BASE_ID_MAX + 1];     /* officers and connectors; "" = none */
    char connector[BASE_ID_MAX + 1];      /* the connector that it speaks for; "" = none */
    char certificate[FRONT_CERTIFICATE_SIZE]; /* of good only with this client certificate; "" = with any or none */
};

void front_secret_make(char secret[FRONT_SECRET_TEXT_SIZE]);
/* By what a made secret is looked up before argon2id is asked: eight bytes of its keyed hash, and zeros. */
void front_secret_tag(const uint8_t tag_key[BASE_HASH_SIZE], const char *secret, uint8_t hash[BASE_HASH_SIZE]);

/* What a proxy in front is believed about who somebody is; docs/people.md. */
struct front_identity_user {
    const char *name; /* as the proxy writes it */
    const char *key;  /* id of the key that the person has here */
};
struct front_identity_rule {
    const char *header;        /* that holds the name */
    const char *secret_header; /* that holds a secret which hub and proxy share; NULL = none is asked for */
    uint8_t secret_hash[BASE_HASH_SIZE]; /* SHA-256 of it */
    bool takes_ipv4_loopback, takes_ipv6_loopback; /* over TCP from there, too, with the secret; else the unix socket alone */
    const struct front_identity_user *users;
    size_t user_count;
};

#define FRONT_SESSION_ID_SIZE 17 /* by which a session is listed and ended: 16 hexadecimal digits and NUL */

struct front_identity {
    const char *key_id;     /* "" for a citizen, "demo" in demo mode; for the journal's "who" */
    uint32_t roles;
    const char *department; /* "" = not bound to one */
    const char *connector;  /* "" = speaks for none; in demo mode for whichever it says */
};

/* One row per route; the table with methods, patterns and roles is front/routes.c. */
enum front_route {
    FRONT_ROUTE_NONE = 0,
    FRONT_APPLICATION_SUBMIT,   /* POST /v1/applications */
    FRONT_APPLICATION_LIST,     /* GET  /v1/applications */
    FRONT_APPLICATION_SHOW,     /* GET  /v1/applications/{number} */
    FRONT_APPLICATION_EVENTS,   /* GET  /v1/applications/{number}/events (JSON, or SSE by Accept) */
    FRONT_APPLICATION_CLOCKS,   /* GET  /v1/applications/{number}/clocks */
    FRONT_APPLICATION_SUPPLEMENT, /* POST /v1/applications/{number}/supplement */
    FRONT_APPLICATION_WITHDRAW, /* POST /v1/applications/{number}/withdraw */
    FRONT_APPLICATION_DELIVERY, /* POST /v1/applications/{number}/delivery: result handed over: decided -> closed */
    FRONT_APPLICATION_CHECK,    /* POST /v1/applications/{number}/check: a person has looked whether it is complete */
    FRONT_APPLICATION_EXTEND,   /* POST /v1/applications/{number}/extend: a limit of the whole */
    FRONT_APPLICATION_NOTICES,  /* GET  /v1/applications/{number}/notices */
    FRONT_APPLICATION_CERTIFICATE, /* GET /v1/applications/{number}/certificate: of a deemed decision */
    FRONT_TRACK,                /* POST /v1/track {number, code} */
    FRONT_SERVICE_LIST,         /* GET  /v1/services */
    FRONT_SERVICE_SHOW,         /* GET  /v1/services/{id} */
    FRONT_SERVICE_EXAMPLE,      /* GET  /v1/services/{id}/example */
    FRONT_MATTER_LIST,          /* GET  /v1/matters */
    FRONT_MATTER_SHOW,          /* GET  /v1/matters/{id} */
    FRONT_MATTER_QUANTITY,      /* GET  /v1/matters/{id}/quantity */
    FRONT_DEPARTMENT_LIST,      /* GET  /v1/departments */
    FRONT_TASK_LIST,            /* GET  /v1/tasks */
    FRONT_TASK_SHOW,            /* GET  /v1/tasks/{id} */
    FRONT_TASK_TAKE,            /* POST /v1/tasks/{id}/take */
    FRONT_TASK_OPINION,         /* POST /v1/tasks/{id}/opinion */
    FRONT_TASK_PAUSE,           /* POST /v1/tasks/{id}/pause */
    FRONT_TASK_RESUME,          /* POST /v1/tasks/{id}/resume */
    FRONT_TASK_ASK,             /* POST /v1/tasks/{id}/ask */
    FRONT_TASK_EXTEND,          /* POST /v1/tasks/{id}/extend */
    FRONT_TASK_MILESTONE,       /* POST /v1/tasks/{id}/milestone */
    FRONT_TASK_REQUEUE,         /* POST /v1/tasks/{id}/requeue: a parked task goes out again */
    FRONT_TASK_BAR,             /* POST /v1/tasks/{id}/bar: from applying again, or not any more */
    FRONT_TASK_CLAIM,           /* POST /v1/tasks/{id}/claim: the caller works on it */
    FRONT_TASK_RELEASE,         /* POST /v1/tasks/{id}/release */
    FRONT_TASK_BATCH,           /* POST /v1/tasks/batch: one act on several tasks */
    FRONT_INCIDENT_LIST,        /* GET  /v1/incidents: what stands still, grouped by cause */
    FRONT_INCIDENT_RETRY,       /* POST /v1/incidents/{id}/retry: the act that is offered, on all of the group */
    FRONT_OPERATIONS,           /* GET  /v1/operations: how the center runs just now */
    FRONT_ALERT_LIST,           /* GET  /v1/alerts */
    FRONT_CALENDAR_LIST,        /* GET  /v1/calendars */
    FRONT_CALENDAR_SHOW,        /* GET  /v1/calendars/{id} */
    FRONT_CATALOG_RELOAD,       /* POST /v1/catalog/reload */
    FRONT_CATALOG_VERSIONS,     /* GET  /v1/catalog/versions: that were in force */
    FRONT_CATALOG_SOURCES,      /* GET  /v1/catalog/versions/{version}/sources: its files, as an archive */
    FRONT_CATALOG_CANDIDATE_ADD, /* POST /v1/catalog/candidates: an archive; the body is streamed */
    FRONT_CATALOG_CANDIDATE_LIST, /* GET /v1/catalog/candidates */
    FRONT_CATALOG_CANDIDATE_DROP, /* DELETE /v1/catalog/candidates/{version} */
    FRONT_MODULE_LIST,          /* GET  /v1/modules */
    FRONT_CONNECTOR_LIST,       /* GET  /v1/connectors */
    FRONT_CONNECTOR_SHOW,       /* GET  /v1/connectors/{id} */
    FRONT_CONNECTOR_LOGS,       /* GET  /v1/connectors/{id}/logs */
    FRONT_CONNECTOR_LOAD,       /* PUT  /v1/connectors/{id} */
    FRONT_CONNECTOR_UNLOAD,     /* DELETE /v1/connectors/{id} */
    FRONT_CONNECTOR_UPGRADE,    /* POST /v1/connectors/{id}/upgrade */
    FRONT_CONNECTOR_ROLLBACK,   /* POST /v1/connectors/{id}/rollback */
    FRONT_CONNECTOR_DRAIN,      /* POST /v1/connectors/{id}/drain */
    FRONT_CONNECTOR_ENABLE,     /* POST /v1/connectors/{id}/enable */
    FRONT_CONNECTOR_DISABLE,    /* POST /v1/connectors/{id}/disable */
    FRONT_CONNECTOR_HISTORY,    /* GET  /v1/connectors/{id}/history */
    FRONT_APPLICATION_BUNDLE,   /* GET  /v1/applications/{number}/bundle: its evidence, as a file */
    FRONT_EVIDENCE_KEY,         /* GET  /v1/evidence/key: that signs checkpoints and bundles */
    FRONT_CHECKPOINT_LIST,      /* GET  /v1/checkpoints */
    FRONT_CHECKPOINT_SHOW,      /* GET  /v1/checkpoints/{number} */
    FRONT_CHECKPOINT_MAKE,      /* POST /v1/checkpoints: now */
    FRONT_STATISTICS,           /* GET  /v1/statistics (JSON, or CSV by Accept or format=csv) */
    FRONT_STATISTICS_REPAIR,    /* POST /v1/statistics/repair: they become what the journal gives */
    FRONT_EVENTS,               /* GET  /v1/events (SSE, CloudEvents) */
    FRONT_CONNECTOR_REQUEST,    /* POST /v1/connector/{request}: of a remote connector, for itself */
    FRONT_CALLBACK,             /* POST /v1/callbacks/{connector}/{reference}: signed by a department */
    FRONT_APPLICATION_PAPER,    /* GET  /v1/applications/{number}/paper: what is printed about it */
    FRONT_MESSAGE_LIST,         /* GET  /v1/messages */
    FRONT_MESSAGE_SHOW,         /* GET  /v1/messages/{id} */
    FRONT_MESSAGE_RETRY,        /* POST /v1/messages/{id}/retry */
    FRONT_SERVICE_PREVIEW,      /* POST /v1/services/{id}/preview: what a submission would become */
    FRONT_MATERIAL_UPLOAD,      /* POST /v1/materials: before it is submitted; the body is streamed */
    FRONT_APPLICATION_MATERIAL_ADD, /* POST /v1/applications/{number}/materials: the body is streamed */
    FRONT_APPLICATION_MATERIALS, /* GET /v1/applications/{number}/materials */
    FRONT_APPLICATION_MATERIAL_CONTENT, /* GET /v1/applications/{number}/materials/{id}/content */
    FRONT_INQUIRY_NEW,          /* POST /v1/inquiries */
    FRONT_INQUIRY_LIST,         /* GET  /v1/inquiries */
    FRONT_INQUIRY_TRACK,        /* POST /v1/inquiries/track {id, code} */
    FRONT_INQUIRY_SHOW,         /* GET  /v1/inquiries/{id} */
    FRONT_INQUIRY_REPLY,        /* POST /v1/inquiries/{id}/reply */
    FRONT_INQUIRY_PASS,         /* POST /v1/inquiries/{id}/pass: to the department whose business it is */
    FRONT_COMPLAINT_NEW,        /* POST /v1/complaints */
    FRONT_COMPLAINT_LIST,       /* GET  /v1/complaints */
    FRONT_COMPLAINT_TRACK,      /* POST /v1/complaints/track {id, code} */
    FRONT_COMPLAINT_SHOW,       /* GET  /v1/complaints/{id} */
    FRONT_COMPLAINT_REPLY,      /* POST /v1/complaints/{id}/reply */
    FRONT_COMPLAINT_PASS,       /* POST /v1/complaints/{id}/pass */
    FRONT_EVALUATION_NEW,       /* POST /v1/applications/{number}/evaluation */
    FRONT_EVALUATION_OF,        /* GET  /v1/applications/{number}/evaluation */
    FRONT_EVALUATION_LIST,      /* GET  /v1/evaluations */
    FRONT_EVALUATION_TRACK,     /* POST /v1/evaluations/track {id, code} */
    FRONT_EVALUATION_SHOW,      /* GET  /v1/evaluations/{id} */
    FRONT_EVALUATION_REPAIR,    /* POST /v1/evaluations/{id}/repair: what a bad rating found was put right */
    FRONT_EVALUATION_PASS,      /* POST /v1/evaluations/{id}/pass */
    FRONT_GRIEVANCE_NEW,        /* POST /v1/grievances: of a member of staff */
    FRONT_GRIEVANCE_LIST,       /* GET  /v1/grievances */
    FRONT_GRIEVANCE_SHOW,       /* GET  /v1/grievances/{id} */
    FRONT_GRIEVANCE_CONFIRM,    /* POST /v1/grievances/{id}/confirm: by a supervisor */
    FRONT_APPLICATION_FEES,     /* GET  /v1/applications/{number}/fees */
    FRONT_PAYMENT_ADD,          /* POST /v1/applications/{number}/payments */
    FRONT_PAYMENT_REFUND,       /* POST /v1/applications/{number}/payments/{id}/refund */
    FRONT_PAYMENT_REPORT,       /* GET  /v1/payments/report (JSON, or CSV by Accept or format=csv) */
    FRONT_DELIVERY_SHOW,        /* GET  /v1/applications/{number}/delivery */
    FRONT_TRACK_FEES,           /* POST /v1/track/fees {number, code} */
    FRONT_APPLICATION_RESULT,   /* GET  /v1/applications/{number}/result: the signed document */
    FRONT_TRACK_RESULT,         /* POST /v1/track/result {number, code} */
    FRONT_CENTER,               /* GET  /v1/center: its numbers, for everybody */
    FRONT_REGISTER,             /* GET  /v1/register: decisions, for everybody */
    FRONT_DELEGATION_LIST,      /* GET  /v1/delegations: announced, for everybody */
    FRONT_ASSESSMENTS,          /* GET  /v1/assessments (JSON, or CSV by Accept or format=csv) */
    FRONT_KEY_CREATE,           /* POST /v1/keys: a secret that is shown once */
    FRONT_KEY_LIST,             /* GET  /v1/keys */
    FRONT_KEY_REVOKE,           /* POST /v1/keys/{id}/revoke */
    FRONT_SESSION_START,        /* POST /v1/sessions: sign in; the front answers the three itself */
    FRONT_SESSION_LIST,         /* GET  /v1/sessions */
    FRONT_SESSION_END,          /* DELETE /v1/sessions/{id}: "current" is the own one */
    FRONT_CONFIG_SHOW,          /* GET  /v1/config: what is in force, and where from */
    FRONT_NOTICE_TOLD,          /* POST /v1/applications/{number}/notices/{id}/told */
    FRONT_METRICS,              /* GET  /metrics */
    FRONT_HEALTH,               /* GET  /healthz */
    FRONT_READY,                /* GET  /readyz */
    FRONT_OPENAPI,              /* GET  /openapi.json; the front answers it itself */
    FRONT_TEST_CLOCK,           /* POST /v1/test/clock (demo with --clock virtual only) */
    FRONT_PAGE,                 /* GET or POST of a page of the console: front/pages.c */
    FRONT_ROUTES,
};

/* Is it one of an application: under /v1/applications/{number}? Its params[0] is the number then. */
bool front_route_is_of_application(enum front_route route);

struct front;
struct front_connection; /* private: whoever waits for the answer */

/* One request as the engine sees it. Everything is borrowed from the request and lives
 * until it is answered. */
struct front_request {
    enum front_route route;
    const char *path;                 /* percent-decoded, without the query */
    bool is_post;                     /* of a FRONT_PAGE: a form was sent, body_text is as received */
    const char *params[2];            /* {number}, {id} ... percent-decoded; NULL when the route has none */
    const struct base_json *body;     /* passed the gate; NULL when there is none */
    const char *body_text;            /* as received */
    size_t body_size;
    bool is_streamed;                 /* the body comes in pieces once front_upload_start was called; body_text is NULL */
    bool is_upload_whole;             /* of a streamed body: its last byte has come, whoever has it */
    uint64_t upload_size;             /* of a streamed body: bytes announced; UINT64_MAX = not announced */
    const char *media_type;           /* of the body: Content-Type as received, in the arena; NULL = none, or not streamed */
    const char *idempotency_key;      /* NULL = none */
    struct front_identity identity;
    enum front_language language;     /* by Accept-Language; answers in it */
    const char *page_language;        /* tag of the page that asks, whose base language is; NULL = no page does */
    bool wants_event_stream;          /* Accept: text/event-stream */
    uint64_t last_event_id;           /* Last-Event-ID, 0 = none */
    struct base_arena arena;          /* freed with the request */
    void *engine;                     /* the engine's own, NULL at first */
    /* The engine's, NULL at first: the client has closed its side, so that a late answer reaches nobody.
     * Once at most, from the loop; the request is still to be answered. Not every door can tell. */
    void (*on_gone)(struct front_request *request);
    void (*on_over)(struct front_request *request); /* the engine's, NULL at first: it was answered, and goes now */
    uint64_t received_us;             /* uv_hrtime / 1000 at the last byte */

    const char *query;                /* private: "a=b&c=d", undecoded, not NUL-terminated */
    size_t query_size;                /* private */
    const struct front_answerer *answerer; /* private: the door it came through */
    struct front_connection *connection;   /* private */
};

/* A query parameter, percent-decoded into the request's arena; NULL when absent. */
const char *front_query(struct front_request *request, const char *name);
/* Append "&name=value" for each of the query's parameters but without, fit for a link in a header. */
void front_query_put(const struct front_request *request, const char *without, struct base_buffer *buffer);

/* A header field of the request, white space around it cut, copied into the request's arena;
 * NULL when absent, or when the door has no headers (gateway). name: any case. Cost O(head). */
const char *front_header(struct front_request *request, const char *name);

/* -- Answers: exactly one per request, from the loop, at once or later; the request
 * is gone afterwards. -- */

/* JSON body (or other media_type); the buffer's content is taken. headers: extra header lines,
 * each "Name: value\r\n", or NULL. */
void front_answer(struct front_request *request, int status, const char *media_type,
                  const char *headers, struct base_buffer *body);

/* RFC 9457. code: a row of front/problem.c's table, which gives status, title and remedy in both
 * languages. detail: one sentence about this case in the request's language, or NULL. */
struct front_problem_item {
    const char *pointer; /* JSON pointer, or "" */
    const char *code;
    const char *detail;  /* in the request's language */
    uint32_t line, column; /* 0 = none */
};

enum front_problem {
    FRONT_PROBLEM_NONE = 0,
    FRONT_MALFORMED,        /* 400 not strict JSON, or not a JSON object where one is due */
    FRONT_UNAUTHENTICATED,  /* 401 */
    FRONT_FORBIDDEN,        /* 403 */
    FRONT_NOT_FOUND,        /* 404 */
    FRONT_METHOD_UNKNOWN,   /* 405 */
    FRONT_CONFLICT,         /* 409 not allowed in the present state */
    FRONT_TOO_LARGE,        /* 413 */
    FRONT_MEDIA_TYPE,       /* 415 */
    FRONT_INVALID,          /* 422 schema or domain */
    FRONT_KEY_REUSED,       /* 422 same Idempotency-Key, other body */
    FRONT_HEAD_TOO_LARGE,   /* 431 */
    FRONT_TOO_MANY,         /* 429 */
    FRONT_INTERNAL,         /* 500 */
    FRONT_UNAVAILABLE,      /* 503 overload, disk full, draining; Retry-After */
    FRONT_PRECONDITION,     /* 412 If-Match */
    FRONT_BAD_REQUEST,      /* 400 the HTTP message, its target or a header field is not well formed */
    FRONT_EXPECTATION,      /* 417 */
    FRONT_NOT_IMPLEMENTED,  /* 501 transfer coding */
    FRONT_VERSION_UNKNOWN,  /* 505 */
    FRONT_UPLOAD_TYPE,      /* 415 the document is of another kind than was said, or than is taken */
    FRONT_UPLOAD_TOO_LARGE, /* 413 the document */
    FRONT_CLAIMED,          /* 409 somebody else has claimed the task */
    FRONT_ERASED,           /* 410 the document was erased by the rule of retention */
    FRONT_PROBLEMS,
};
void front_answer_problem(struct front_request *request, enum front_problem problem, const char *detail,
                          const struct front_problem_item *items, size_t count);

/* A file as the answer, 200: size bytes of fd from its start, read and written in pieces while the client takes them. fd is
 * taken. A door that has no such answers refuses by itself. headers as above. */
void front_answer_file(struct front_request *request, const char *media_type, const char *headers, int fd, uint64_t size);

/* Language of the request: picks zh or en. */
const char *front_say(const struct front_request *request, const char *zh, const char *en);

/* -- Several requests of one caller, inside the hub: each is checked and performed as if it had come alone -- */

struct front_group_item {
    enum front_route route;
    const char *param;           /* {id} */
    const char *body;            /* JSON */
    size_t body_size;
    const char *if_match;        /* an entity tag; NULL = none */
    const char *idempotency_key; /* borrowed until on_done; NULL = none */
};
struct front_group_answer {
    int status;
    struct base_buffer body;
};
/* All are answered; once, from the loop, never from within front_group_start. answers: in step with the items, until it
 * returns. request is still to be answered. */
typedef void (*front_group_cb)(struct front_request *request, const struct front_group_answer *answers, size_t count, void *data);
/* Items are copied but for their idempotency keys; count is not 0. Errors (nothing is performed): OD_ENOMEM. */
OD_MUST_CHECK int front_group_start(struct front_request *request, const struct front_group_item *items, size_t count,
                                    front_group_cb on_done, void *data);

/* -- Bodies that are streamed (request.is_streamed): in pieces, one at a time, so that memory does not grow with them and
 * a slow disk holds the client back. A client that sends less than FRONT_UPLOAD_STEP in upload_timeout_ms is cut; on_gone
 * tells of it, and of one that leaves, as of any client that leaves. The request may be answered at any time while no piece
 * is in hand; then nothing more of its body is read, and its connection ends. -- */

#define FRONT_UPLOAD_PIECE_MAX (64 * 1024) /* bytes */
#define FRONT_UPLOAD_STEP (128 * 1024)     /* bytes within a deadline */
#define FRONT_UPLOAD_TIMEOUT_MS 30000

/* Who takes a body. From the loop. */
struct front_taker {
    /* 1 to FRONT_UPLOAD_PIECE_MAX bytes, borrowed until front_upload_next. */
    void (*on_piece)(struct front_request *request, const void *bytes, size_t size);
    void (*on_end)(struct front_request *request); /* that was all; once, after the last piece */
};

/* Begin: the pieces come, the first perhaps before this returns; or on_gone is called, when the client left before. taker:
 * static. Once. */
void front_upload_start(struct front_request *request, const struct front_taker *taker);
/* The piece in hand is done with: the next may come, or on_end runs before this returns. */
void front_upload_next(struct front_request *request);

/* -- Event streams -- */

struct front_stream; /* one SSE client */

/* Answer 200 text/event-stream and keep the connection. The request is gone afterwards; the stream
 * lives until on_gone(owner_data) runs (client left, too slow, shutdown): not to be used from then on.
 * Errors: OD_EBUSY too many streams (the request still has to be answered). */
typedef void (*front_gone_cb)(void *owner_data);
OD_MUST_CHECK int front_stream_start(struct front_request *request, front_gone_cb on_gone,
                                     void *owner_data, struct front_stream **out);
/* One event: "id" (0 = without: the client's last id stays), "event" and "data" lines. data: one line of JSON. A client that leaves more than
 * BASE_SSE_BACKLOG_MAX unsent is cut. */
void front_stream_put(struct front_stream *stream, uint64_t id, const char *event, const char *data,
                      size_t size);
/* End it from this side; on_gone still runs. */
void front_stream_end(struct front_stream *stream);

/* -- What the engine provides -- */

struct front_ops {
    /* Take a request and see that it is answered. Route, method and role are checked. */
    void (*perform)(void *owner, struct front_request *request);
    /* The last request of this loop turn was performed: flush what was put together. */
    void (*on_turn_end)(void *owner);
    /* Somebody signed in or out, for the journal; event: "session_started", "session_ended". NULL = nobody cares. */
    void (*on_session)(void *owner, const char *event, const char *key_id, const char *session);
};

struct front_options {
    const char *listen;       /* "127.0.0.1:8080", "[::1]:0", "unix:/path"; NULL = none */
    const char *listen_unix;  /* a second door on a unix socket, or NULL */
    const struct front_key *keys;
    size_t key_count;
    const uint8_t *tag_key;   /* BASE_HASH_SIZE bytes, of the tags of keys made at run time; NULL = there are none */
    const struct front_identity_rule *identity; /* NULL = no proxy is believed about people; copied */
    bool is_development;      /* modules need no signature: every page says so */
    bool is_demo;             /* no keys needed: everyone has every role; Host and Origin are checked */
    bool is_clock_virtual;    /* FRONT_TEST_CLOCK exists */
    uint32_t head_timeout_ms, body_timeout_ms, idle_timeout_ms; /* 0 = limits.h; tests shorten them */
    uint32_t write_timeout_ms; /* 0 = limits.h */
    uint32_t upload_timeout_ms; /* 0 = FRONT_UPLOAD_TIMEOUT_MS */
    uint32_t connections_max; /* 0 = as many descriptors as there are, less a reserve, at most BASE_HTTP_CONNECTIONS_MAX */
    const struct front_ops *ops;
    void *owner;
};

/* Is where an address that this configuration may listen on? Nothing is opened. text: 512 bytes.
 * Errors: OD_EINVAL with text. */
OD_MUST_CHECK int front_listen_check(const char *where, bool has_keys, bool is_demo, char text[512]);

/* text: 512 bytes for an English sentence on error. Errors: OD_EINVAL (address, or not loopback
 * without keys), OD_EBUSY (address in use), OD_EIO, OD_ENOMEM; what front_templates_link says of a
 * page that was built wrong. */
OD_MUST_CHECK int front_open(uv_loop_t *loop, const struct front_options *options, struct front **out,
                             char text[512]);
/* "http://127.0.0.1:41234", or "unix:/path". */
const char *front_address(const struct front *front);

/* New keys, e.g. after SIGHUP; copied. Event streams of keys that are gone end. Errors: as front_open; nothing changed. */
OD_MUST_CHECK int front_keys_set(struct front *front, const struct front_key *keys, size_t count);
/* Another rule, or none; copied. Errors: as front_open; nothing changed. */
OD_MUST_CHECK int front_identity_set(struct front *front, const struct front_identity_rule *rule);
/* A key is over, from now on: revoked or expired. Cannot fail. Unknown ids are passed over. */
void front_key_end(struct front *front, const char *id);

/* Stop accepting; finish what is under way (at most grace_ms), then close all; on_closed runs once,
 * when every connection is closed and every request that was performed has been answered (an answer
 * whose client was cut is dropped). front is freed before on_closed runs. */
typedef void (*front_closed_cb)(void *owner);
void front_close(struct front *front, uint64_t grace_ms, front_closed_cb on_closed, void *owner);

struct front_figures {
    uint64_t connections_open, connections_refused, requests, answers_4xx, answers_5xx, cut_slow, streams_open,
        connections_max; /* what the descriptors of the process allow; see front_options */
};
void front_figures(const struct front *front, struct front_figures *figures);

/* -- The nng gateway (gateway.c): the onedoor-nng process on a socketpair, watched and restarted -- */

struct front_gateway;
struct front_gateway_options {
    const char *program;    /* path of onedoor-nng */
    const char *front_desk; /* nng URL of the REP door, or NULL */
    const char *events;     /* nng URL of the PUB feed, or NULL */
    const char *connectors; /* nng URL of the remote connectors' REP door, or NULL */
    const char *certificate; /* PEM file with certificate and key for tls+tcp, or NULL */
    uint32_t silence_ms;    /* no ping for so long: killed and started again; 0 = 3000; tests shorten it */
};
/* Start the process `program --front-desk URL --events URL --connectors URL --certificate FILE` with the socketpair as
 * descriptor 3 and keep it running: it is restarted when it exits, breaks the protocol or is silent;
 * within a second at first, then after a pause that doubles up to 5 s while it does not live for 30 s.
 * Errors: OD_ENOMEM, OD_EEXIST the front has a gateway already. A program that cannot be started is
 * logged and tried again. */
OD_MUST_CHECK int front_gateway_start(struct front *front, uv_loop_t *loop,
                                      const struct front_gateway_options *options,
                                      struct front_gateway **out);
/* topic: "application.<number> " or "connector.<id> "; body one CloudEvents JSON. Dropped while it is down. */
struct front_gateway_figures {
    uint64_t starts, requests, dropped; /* processes started; messages; feed messages not sent */
    bool is_up;                         /* it has pinged */
    int64_t pid;                        /* 0 = none */
};
void front_gateway_figures(const struct front_gateway *gateway, struct front_gateway_figures *figures);
void front_gateway_publish(struct front_gateway *gateway, const char *topic, const char *body, size_t size);
/* Kill it; gateway is freed before on_stopped runs, which is after its last request was answered.
 * To be called before or after front_close; front_close waits for it. */
void front_gateway_stop(struct front_gateway *gateway, front_closed_cb on_stopped, void *owner);

#endif
