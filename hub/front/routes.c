/* SPDX-License-Identifier: Apache-2.0 */
#include "front/routes.h"

#include <assert.h>
#include <string.h>

#include "front/call.h"
#include "front/target.h"

#define ANYONE FRONT_ROLE_CITIZEN
#define DESK (FRONT_ROLE_FRONT_DESK | FRONT_ROLE_ADMIN)
#define DEPARTMENT (FRONT_ROLE_OFFICER | FRONT_ROLE_HEAD | FRONT_ROLE_ADMIN)
#define WATCH (FRONT_ROLE_SUPERVISOR | FRONT_ROLE_ADMIN)
#define STAFF                                                                                  \
    (FRONT_ROLE_FRONT_DESK | FRONT_ROLE_OFFICER | FRONT_ROLE_HEAD | FRONT_ROLE_SUPERVISOR |    \
     FRONT_ROLE_ADMIN)
#define GET FRONT_METHOD_GET
#define POST FRONT_METHOD_POST

static const struct front_route_row rows[] = {
    {FRONT_APPLICATION_SUBMIT, POST, "/v1/applications", DESK, FRONT_BODY_DUE},
    {FRONT_APPLICATION_LIST, GET, "/v1/applications", STAFF, FRONT_BODY_NONE},
    {FRONT_APPLICATION_SHOW, GET, "/v1/applications/{number}", STAFF, FRONT_BODY_NONE},
    {FRONT_APPLICATION_EVENTS, GET, "/v1/applications/{number}/events", STAFF, FRONT_BODY_NONE},
    {FRONT_APPLICATION_CLOCKS, GET, "/v1/applications/{number}/clocks", STAFF, FRONT_BODY_NONE},
    {FRONT_APPLICATION_SUPPLEMENT, POST, "/v1/applications/{number}/supplement", DESK,
     FRONT_BODY_DUE},
    {FRONT_APPLICATION_WITHDRAW, POST, "/v1/applications/{number}/withdraw", DESK,
     FRONT_BODY_OPTIONAL},
    {FRONT_APPLICATION_DELIVERY, POST, "/v1/applications/{number}/delivery", DESK,
     FRONT_BODY_OPTIONAL},
    {FRONT_APPLICATION_CHECK, POST, "/v1/applications/{number}/check", DESK | DEPARTMENT, FRONT_BODY_DUE},
    {FRONT_APPLICATION_EXTEND, POST, "/v1/applications/{number}/extend", DEPARTMENT, FRONT_BODY_DUE},
    {FRONT_APPLICATION_NOTICES, GET, "/v1/applications/{number}/notices", STAFF, FRONT_BODY_NONE},
    {FRONT_APPLICATION_CERTIFICATE, GET, "/v1/applications/{number}/certificate", STAFF, FRONT_BODY_NONE},
    {FRONT_TRACK, POST, "/v1/track", ANYONE, FRONT_BODY_DUE},
    {FRONT_SERVICE_LIST, GET, "/v1/services", ANYONE, FRONT_BODY_NONE},
    {FRONT_SERVICE_SHOW, GET, "/v1/services/{id}", ANYONE, FRONT_BODY_NONE},
    {FRONT_SERVICE_EXAMPLE, GET, "/v1/services/{id}/example", ANYONE, FRONT_BODY_NONE},
    {FRONT_MATTER_LIST, GET, "/v1/matters", ANYONE, FRONT_BODY_NONE},
    {FRONT_MATTER_SHOW, GET, "/v1/matters/{id}", ANYONE, FRONT_BODY_NONE},
    {FRONT_MATTER_QUANTITY, GET, "/v1/matters/{id}/quantity", ANYONE, FRONT_BODY_NONE},
    {FRONT_DEPARTMENT_LIST, GET, "/v1/departments", ANYONE, FRONT_BODY_NONE},
    {FRONT_TASK_LIST, GET, "/v1/tasks", DEPARTMENT | WATCH, FRONT_BODY_NONE},
    {FRONT_TASK_SHOW, GET, "/v1/tasks/{id}", DEPARTMENT | WATCH, FRONT_BODY_NONE},
    {FRONT_TASK_TAKE, POST, "/v1/tasks/{id}/take", DEPARTMENT, FRONT_BODY_OPTIONAL},
    {FRONT_TASK_OPINION, POST, "/v1/tasks/{id}/opinion", DEPARTMENT, FRONT_BODY_DUE},
    {FRONT_TASK_PAUSE, POST, "/v1/tasks/{id}/pause", DEPARTMENT, FRONT_BODY_DUE},
    {FRONT_TASK_RESUME, POST, "/v1/tasks/{id}/resume", DEPARTMENT, FRONT_BODY_OPTIONAL},
    {FRONT_TASK_ASK, POST, "/v1/tasks/{id}/ask", DEPARTMENT, FRONT_BODY_DUE},
    {FRONT_TASK_EXTEND, POST, "/v1/tasks/{id}/extend", DEPARTMENT, FRONT_BODY_DUE},
    {FRONT_TASK_MILESTONE, POST, "/v1/tasks/{id}/milestone", DEPARTMENT, FRONT_BODY_DUE},
    {FRONT_TASK_REQUEUE, POST, "/v1/tasks/{id}/requeue", FRONT_ROLE_HEAD | WATCH,
     FRONT_BODY_OPTIONAL},
    {FRONT_TASK_BAR, POST, "/v1/tasks/{id}/bar", FRONT_ROLE_HEAD | WATCH, FRONT_BODY_DUE},
    {FRONT_TASK_CLAIM, POST, "/v1/tasks/{id}/claim", DEPARTMENT | WATCH, FRONT_BODY_OPTIONAL},
    {FRONT_TASK_RELEASE, POST, "/v1/tasks/{id}/release", DEPARTMENT | WATCH, FRONT_BODY_OPTIONAL},
    {FRONT_TASK_BATCH, POST, "/v1/tasks/batch", DEPARTMENT | WATCH, FRONT_BODY_DUE},
    {FRONT_INCIDENT_LIST, GET, "/v1/incidents", DEPARTMENT | WATCH, FRONT_BODY_NONE},
    {FRONT_INCIDENT_RETRY, POST, "/v1/incidents/{id}/retry", FRONT_ROLE_HEAD | WATCH, FRONT_BODY_OPTIONAL},
    {FRONT_OPERATIONS, GET, "/v1/operations", STAFF, FRONT_BODY_NONE},
    {FRONT_ALERT_LIST, GET, "/v1/alerts", STAFF, FRONT_BODY_NONE},
    {FRONT_CALENDAR_LIST, GET, "/v1/calendars", ANYONE, FRONT_BODY_NONE},
    {FRONT_CALENDAR_SHOW, GET, "/v1/calendars/{id}", ANYONE, FRONT_BODY_NONE},
    {FRONT_CATALOG_RELOAD, POST, "/v1/catalog/reload", FRONT_ROLE_ADMIN, FRONT_BODY_OPTIONAL},
    {FRONT_CATALOG_VERSIONS, GET, "/v1/catalog/versions", FRONT_ROLE_ADMIN, FRONT_BODY_NONE},
    {FRONT_CATALOG_SOURCES, GET, "/v1/catalog/versions/{version}/sources", FRONT_ROLE_ADMIN, FRONT_BODY_NONE},
    {FRONT_CATALOG_CANDIDATE_ADD, POST, "/v1/catalog/candidates", FRONT_ROLE_ADMIN, FRONT_BODY_STREAM},
    {FRONT_CATALOG_CANDIDATE_LIST, GET, "/v1/catalog/candidates", FRONT_ROLE_ADMIN, FRONT_BODY_NONE},
    {FRONT_CATALOG_CANDIDATE_DROP, FRONT_METHOD_DELETE, "/v1/catalog/candidates/{version}", FRONT_ROLE_ADMIN, FRONT_BODY_NONE},
    {FRONT_MODULE_LIST, GET, "/v1/modules", WATCH, FRONT_BODY_NONE},
    {FRONT_CONNECTOR_LIST, GET, "/v1/connectors", WATCH, FRONT_BODY_NONE},
    {FRONT_CONNECTOR_SHOW, GET, "/v1/connectors/{id}", WATCH, FRONT_BODY_NONE},
    {FRONT_CONNECTOR_LOGS, GET, "/v1/connectors/{id}/logs", WATCH, FRONT_BODY_NONE},
    {FRONT_CONNECTOR_LOAD, FRONT_METHOD_PUT, "/v1/connectors/{id}", FRONT_ROLE_ADMIN,
     FRONT_BODY_DUE},
    {FRONT_CONNECTOR_UNLOAD, FRONT_METHOD_DELETE, "/v1/connectors/{id}", FRONT_ROLE_ADMIN,
     FRONT_BODY_NONE},
    {FRONT_CONNECTOR_UPGRADE, POST, "/v1/connectors/{id}/upgrade", FRONT_ROLE_ADMIN, FRONT_BODY_DUE},
    {FRONT_CONNECTOR_ROLLBACK, POST, "/v1/connectors/{id}/rollback", FRONT_ROLE_ADMIN, FRONT_BODY_OPTIONAL},
    {FRONT_CONNECTOR_DRAIN, POST, "/v1/connectors/{id}/drain", FRONT_ROLE_ADMIN, FRONT_BODY_OPTIONAL},
    {FRONT_CONNECTOR_ENABLE, POST, "/v1/connectors/{id}/enable", FRONT_ROLE_ADMIN, FRONT_BODY_OPTIONAL},
    {FRONT_CONNECTOR_DISABLE, POST, "/v1/connectors/{id}/disable", FRONT_ROLE_ADMIN, FRONT_BODY_OPTIONAL},
    {FRONT_CONNECTOR_HISTORY, GET, "/v1/connectors/{id}/history", WATCH, FRONT_BODY_NONE},
    {FRONT_APPLICATION_BUNDLE, GET, "/v1/applications/{number}/bundle", DESK | WATCH, FRONT_BODY_NONE},
    {FRONT_EVIDENCE_KEY, GET, "/v1/evidence/key", ANYONE, FRONT_BODY_NONE},
    {FRONT_CHECKPOINT_LIST, GET, "/v1/checkpoints", ANYONE, FRONT_BODY_NONE},
    {FRONT_CHECKPOINT_SHOW, GET, "/v1/checkpoints/{number}", ANYONE, FRONT_BODY_NONE},
    {FRONT_CHECKPOINT_MAKE, POST, "/v1/checkpoints", WATCH, FRONT_BODY_OPTIONAL},
    {FRONT_STATISTICS, GET, "/v1/statistics", STAFF, FRONT_BODY_NONE},
    {FRONT_STATISTICS_REPAIR, POST, "/v1/statistics/repair", FRONT_ROLE_ADMIN, FRONT_BODY_DUE},
    {FRONT_EVENTS, GET, "/v1/events", STAFF | FRONT_ROLE_CONNECTOR, FRONT_BODY_NONE},
    {FRONT_CONNECTOR_REQUEST, POST, "/v1/connector/{request}", FRONT_ROLE_CONNECTOR, FRONT_BODY_DUE},
    {FRONT_CALLBACK, POST, "/v1/callbacks/{connector}/{reference}", ANYONE, FRONT_BODY_DUE},
    {FRONT_APPLICATION_PAPER, GET, "/v1/applications/{number}/paper", STAFF, FRONT_BODY_NONE},
    {FRONT_MESSAGE_LIST, GET, "/v1/messages", DESK | WATCH, FRONT_BODY_NONE},
    {FRONT_MESSAGE_SHOW, GET, "/v1/messages/{id}", DESK | WATCH, FRONT_BODY_NONE},
    {FRONT_MESSAGE_RETRY, POST, "/v1/messages/{id}/retry", DESK | WATCH, FRONT_BODY_OPTIONAL},
    {FRONT_SERVICE_PREVIEW, POST, "/v1/services/{id}/preview", ANYONE, FRONT_BODY_DUE},
    {FRONT_MATERIAL_UPLOAD, POST, "/v1/materials", DESK, FRONT_BODY_STREAM},
    {FRONT_APPLICATION_MATERIAL_ADD, POST, "/v1/applications/{number}/materials", ANYONE, FRONT_BODY_STREAM},
    {FRONT_APPLICATION_MATERIALS, GET, "/v1/applications/{number}/materials", ANYONE, FRONT_BODY_NONE},
    {FRONT_APPLICATION_MATERIAL_CONTENT, GET, "/v1/applications/{number}/materials/{id}/content", ANYONE, FRONT_BODY_NONE},
    {FRONT_INQUIRY_NEW, POST, "/v1/inquiries", ANYONE, FRONT_BODY_DUE},
    {FRONT_INQUIRY_LIST, GET, "/v1/inquiries", STAFF, FRONT_BODY_NONE},
    {FRONT_INQUIRY_TRACK, POST, "/v1/inquiries/track", ANYONE, FRONT_BODY_DUE},
    {FRONT_INQUIRY_SHOW, GET, "/v1/inquiries/{id}", STAFF, FRONT_BODY_NONE},
    {FRONT_INQUIRY_REPLY, POST, "/v1/inquiries/{id}/reply", STAFF, FRONT_BODY_DUE},
    {FRONT_INQUIRY_PASS, POST, "/v1/inquiries/{id}/pass", STAFF, FRONT_BODY_DUE},
    {FRONT_COMPLAINT_NEW, POST, "/v1/complaints", ANYONE, FRONT_BODY_DUE},
    {FRONT_COMPLAINT_LIST, GET, "/v1/complaints", STAFF, FRONT_BODY_NONE},
    {FRONT_COMPLAINT_TRACK, POST, "/v1/complaints/track", ANYONE, FRONT_BODY_DUE},
    {FRONT_COMPLAINT_SHOW, GET, "/v1/complaints/{id}", STAFF, FRONT_BODY_NONE},
    {FRONT_COMPLAINT_REPLY, POST, "/v1/complaints/{id}/reply", STAFF, FRONT_BODY_DUE},
    {FRONT_COMPLAINT_PASS, POST, "/v1/complaints/{id}/pass", STAFF, FRONT_BODY_DUE},
    {FRONT_EVALUATION_NEW, POST, "/v1/applications/{number}/evaluation", ANYONE, FRONT_BODY_DUE},
    {FRONT_EVALUATION_OF, GET, "/v1/applications/{number}/evaluation", STAFF, FRONT_BODY_NONE},
    {FRONT_EVALUATION_LIST, GET, "/v1/evaluations", STAFF, FRONT_BODY_NONE},
    {FRONT_EVALUATION_TRACK, POST, "/v1/evaluations/track", ANYONE, FRONT_BODY_DUE},
    {FRONT_EVALUATION_SHOW, GET, "/v1/evaluations/{id}", STAFF, FRONT_BODY_NONE},
    {FRONT_EVALUATION_REPAIR, POST, "/v1/evaluations/{id}/repair", STAFF, FRONT_BODY_DUE},
    {FRONT_EVALUATION_PASS, POST, "/v1/evaluations/{id}/pass", STAFF, FRONT_BODY_DUE},
    {FRONT_GRIEVANCE_NEW, POST, "/v1/grievances", STAFF, FRONT_BODY_DUE},
    {FRONT_GRIEVANCE_LIST, GET, "/v1/grievances", STAFF, FRONT_BODY_NONE},
    {FRONT_GRIEVANCE_SHOW, GET, "/v1/grievances/{id}", STAFF, FRONT_BODY_NONE},
    {FRONT_GRIEVANCE_CONFIRM, POST, "/v1/grievances/{id}/confirm", WATCH, FRONT_BODY_DUE},
    {FRONT_APPLICATION_FEES, GET, "/v1/applications/{number}/fees", STAFF, FRONT_BODY_NONE},
    {FRONT_PAYMENT_ADD, POST, "/v1/applications/{number}/payments", DESK, FRONT_BODY_DUE},
    {FRONT_PAYMENT_REFUND, POST, "/v1/applications/{number}/payments/{id}/refund", FRONT_ROLE_HEAD | WATCH, FRONT_BODY_DUE},
    {FRONT_PAYMENT_REPORT, GET, "/v1/payments/report", FRONT_ROLE_HEAD | WATCH, FRONT_BODY_NONE},
    {FRONT_DELIVERY_SHOW, GET, "/v1/applications/{number}/delivery", STAFF, FRONT_BODY_NONE},
    {FRONT_TRACK_FEES, POST, "/v1/track/fees", ANYONE, FRONT_BODY_DUE},
    {FRONT_APPLICATION_RESULT, GET, "/v1/applications/{number}/result", STAFF, FRONT_BODY_NONE},
    {FRONT_TRACK_RESULT, POST, "/v1/track/result", ANYONE, FRONT_BODY_DUE},
    {FRONT_CENTER, GET, "/v1/center", ANYONE, FRONT_BODY_NONE},
    {FRONT_REGISTER, GET, "/v1/register", ANYONE, FRONT_BODY_NONE},
    {FRONT_DELEGATION_LIST, GET, "/v1/delegations", ANYONE, FRONT_BODY_NONE},
    {FRONT_ASSESSMENTS, GET, "/v1/assessments", STAFF, FRONT_BODY_NONE},
    {FRONT_KEY_CREATE, POST, "/v1/keys", FRONT_ROLE_ADMIN, FRONT_BODY_DUE},
    {FRONT_KEY_LIST, GET, "/v1/keys", FRONT_ROLE_ADMIN, FRONT_BODY_NONE},
    {FRONT_KEY_REVOKE, POST, "/v1/keys/{id}/revoke", FRONT_ROLE_ADMIN, FRONT_BODY_OPTIONAL},
    {FRONT_SESSION_START, POST, "/v1/sessions", ANYONE, FRONT_BODY_DUE},
    {FRONT_SESSION_LIST, GET, "/v1/sessions", FRONT_ROLE_ADMIN, FRONT_BODY_NONE},
    {FRONT_SESSION_END, FRONT_METHOD_DELETE, "/v1/sessions/{id}", STAFF, FRONT_BODY_NONE},
    {FRONT_CONFIG_SHOW, GET, "/v1/config", FRONT_ROLE_ADMIN, FRONT_BODY_NONE},
    {FRONT_NOTICE_TOLD, POST, "/v1/applications/{number}/notices/{id}/told", DESK, FRONT_BODY_OPTIONAL},
    {FRONT_METRICS, GET, "/metrics", WATCH, FRONT_BODY_NONE},
    {FRONT_HEALTH, GET, "/healthz", ANYONE, FRONT_BODY_NONE},
    {FRONT_READY, GET, "/readyz", ANYONE, FRONT_BODY_NONE},
    {FRONT_OPENAPI, GET, "/openapi.json", ANYONE, FRONT_BODY_NONE},
    {FRONT_TEST_CLOCK, POST, "/v1/test/clock", FRONT_ROLE_ADMIN, FRONT_BODY_DUE},
};
_Static_assert(sizeof(rows) / sizeof(rows[0]) == FRONT_PAGE - 1, "one row per route");

const struct front_route_row *front_routes(size_t *count)
{
    *count = sizeof(rows) / sizeof(rows[0]);
    return rows;
}

bool front_route_is_of_application(enum front_route route)
{
    static const char pattern[] = "/v1/applications/{number}";

    return route > FRONT_ROUTE_NONE && route < FRONT_PAGE && strncmp(rows[route - 1].pattern, pattern, sizeof(pattern) - 1) == 0;
}

/* Does path follow pattern? Params are noted as they are met. */
static bool is_match(const char *pattern, const char *path, struct front_match *match)
{
    size_t count = 0;

    while (*pattern != '\0') {
        if (*pattern != '{') {
            if (*pattern++ != *path++)
                return false;
            continue;
        }
        size_t size = strcspn(path, "/");
        if (size == 0 || size > FRONT_PARAM_MAX)
            return false;
        assert(count < 2);
        match->params[count] = path;
        match->param_sizes[count++] = size;
        path += size;
        pattern += strcspn(pattern, "}") + 1;
    }
    return *path == '\0';
}

void front_route_find(const char *path, enum front_method method, struct front_match *match)
{
    enum front_method wanted = method == FRONT_METHOD_HEAD ? FRONT_METHOD_GET : method;

    *match = (struct front_match){0};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct front_match trial = {0};

        if (!is_match(rows[i].pattern, path, &trial))
            continue;
        match->methods |= rows[i].method;
        if (rows[i].method != wanted)
            continue;
        match->row = &rows[i];
        memcpy(match->params, trial.params, sizeof(trial.params));
        memcpy(match->param_sizes, trial.param_sizes, sizeof(trial.param_sizes));
    }
    if ((match->methods & FRONT_METHOD_GET) != 0)
        match->methods |= FRONT_METHOD_HEAD;
}

bool front_route_is_streamed(const char *target, size_t size)
{
    char path[FRONT_PATH_MAX + 1];
    struct front_match match = {0};
    struct front_target parts;

    if (front_target_split(target, size, &parts) == OD_OK && front_path_decode(parts.path, parts.path_size, path, sizeof(path)) == OD_OK)
        front_route_find(path, FRONT_METHOD_POST, &match);
    return match.row != NULL && match.row->body == FRONT_BODY_STREAM;
}
