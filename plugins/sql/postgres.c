/* SPDX-License-Identifier: Apache-2.0 */
/* PostgreSQL by libpq, through the socket that the hub's egress makes for the target
 * (docs/connectors/egress.md, "A connection of its own"). The library's calls that do not block, each
 * with a deadline: a server that is silent must not hold a thread for ever.
 *
 *   open -> limits -> (send -> wait -> results)* -> close
 *
 * A statement by itself is committed when the server is ready again. An ERROR says that it was
 * rolled back; anything else but the end (FATAL, a broken connection, silence) leaves it open. */
#include "database.h"

#include <errno.h>
#include <libpq-fe.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../http/out.h"
#include "../row/text.h"

#define GRACE_MS 2000 /* the server's own timeout comes first: its word is certain */
#define KEYS_SIZE_MAX (8 * 1024 * 1024)

struct sql_database {
    PGconn *connection;
    int64_t timeout_ms;
};

void sql_outcome_set(struct sql_outcome *outcome, enum sql_fault fault, bool is_lost, const char *code, const char *detail)
{
    size_t size = strcspn(detail, "\n");

    *outcome = (struct sql_outcome){.fault = fault, .is_lost = is_lost};
    snprintf(outcome->code, sizeof(outcome->code), "%s", code);
    text_format(outcome->detail, sizeof(outcome->detail), "%.*s", (int)size, detail);
}

static int64_t clock_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* false: the time is up. */
static bool wait_for(PGconn *connection, short events, int64_t deadline_ms)
{
    int64_t left_ms = deadline_ms - clock_ms();
    struct pollfd fd = {.fd = PQsocket(connection), .events = events};

    if (left_ms <= 0 || fd.fd < 0)
        return false;
    int rc = poll(&fd, 1, left_ms > INT32_MAX ? INT32_MAX : (int)left_ms);
    return (rc >= 0 || errno == EINTR) && clock_ms() < deadline_ms;
}

/* Notices are for people at a terminal. */
static void on_notice(void *arg, const PGresult *result)
{
    (void)arg;
    (void)result;
}

/* -- One statement -- */

static bool is_class(const char *state, const char *class)
{
    return strncmp(state, class, 2) == 0;
}

static void take_error(const PGresult *result, PGconn *connection, struct sql_outcome *outcome)
{
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE), *text = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    const char *severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);
    bool is_rolled_back = state != NULL && severity != NULL && strcmp(severity, "ERROR") == 0;
    enum sql_fault fault = SQL_FAULT_NOTHING;
    char code[OD_NAME_MAX];

    snprintf(code, sizeof(code), "%s%.5s", state != NULL ? "sqlstate_" : "broken", state != NULL ? state : "");
    if (text == NULL)
        text = PQerrorMessage(connection);
    if (!is_rolled_back)
        fault = SQL_FAULT_UNKNOWN;
    else if (is_class(state, "22") || is_class(state, "23"))
        fault = SQL_FAULT_DATA;
    else if (is_class(state, "42") || is_class(state, "3F") || is_class(state, "0A"))
        fault = SQL_FAULT_SCHEMA;
    sql_outcome_set(outcome, fault, !is_rolled_back || PQstatus(connection) != CONNECTION_OK, code, text);
}

/* Until the library has something for us, or the time is up. */
static bool wait_result(PGconn *connection, int64_t deadline_ms)
{
    for (;;) {
        int left = PQflush(connection);

        if (left < 0 || !PQisBusy(connection))
            return true; /* what PQgetResult says of it counts */
        if (!wait_for(connection, (short)(left > 0 ? POLLIN | POLLOUT : POLLIN), deadline_ms))
            return false;
        if (PQconsumeInput(connection) == 0)
            return true;
    }
}

/* The result that counts: the first error, or the first of all. After it the server is ready again. NULL: silence. */
static PGresult *finish(struct sql_database *database, int64_t deadline_ms)
{
    PGresult *kept = NULL, *next;

    do {
        if (!wait_result(database->connection, deadline_ms)) {
            PQclear(kept);
            return NULL;
        }
        next = PQgetResult(database->connection);
        if (kept == NULL || (next != NULL && PQresultStatus(next) == PGRES_FATAL_ERROR)) {
            PQclear(kept);
            kept = next;
        } else {
            PQclear(next);
        }
    } while (next != NULL);
    return kept;
}

static PGresult *ask(struct sql_database *database, const char *statement, const char *const *values, size_t count,
                     struct sql_outcome *outcome)
{
    int64_t deadline_ms = clock_ms() + database->timeout_ms + GRACE_MS;

    *outcome = (struct sql_outcome){.fault = SQL_FAULT_NONE};
    if (PQsendQueryParams(database->connection, statement, (int)count, NULL, values, NULL, NULL, 0) == 0) {
        sql_outcome_set(outcome, SQL_FAULT_UNKNOWN, true, "broken", PQerrorMessage(database->connection));
        return NULL;
    }
    PGresult *result = finish(database, deadline_ms);
    ExecStatusType status = result != NULL ? PQresultStatus(result) : PGRES_FATAL_ERROR;
    if (result == NULL)
        sql_outcome_set(outcome, SQL_FAULT_UNKNOWN, true, "timeout", "the database did not answer in time");
    else if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
        take_error(result, database->connection, outcome);
    if (outcome->fault == SQL_FAULT_NONE)
        return result;
    PQclear(result);
    return NULL;
}

static void postgres_run(struct sql_database *database, const char *statement, const char *const *values, size_t count,
                         struct sql_outcome *outcome)
{
    PGresult *result = ask(database, statement, values, count, outcome);

    if (result == NULL)
        return;
    outcome->changed = strtoul(PQcmdTuples(result), NULL, 10);
    PQclear(result);
}

/* {"one","two"}: the text of an array. NULL = no memory. */
static char *array_text(const char *const *keys, size_t count)
{
    struct out out = {.size_max = KEYS_SIZE_MAX};

    out_text(&out, "{");
    for (size_t i = 0; i < count; i++) {
        out_text(&out, i > 0 ? ",\"" : "\"");
        for (const char *at = keys[i]; *at != '\0'; at++) {
            if (*at == '"' || *at == '\\')
                out_text(&out, "\\");
            out_put(&out, at, 1);
        }
        out_text(&out, "\"");
    }
    out_text(&out, "}");
    char *text = out_take(&out);
    out_fini(&out);
    return text;
}

static void postgres_look(struct sql_database *database, const char *statement, const char *const *keys, size_t count,
                          sql_row_cb on_row, void *arg, struct sql_outcome *outcome)
{
    char *array = array_text(keys, count);

    if (array == NULL) {
        sql_outcome_set(outcome, SQL_FAULT_NOTHING, false, "no_memory", "no memory left");
        return;
    }
    PGresult *result = ask(database, statement, (const char *const[]){array}, 1, outcome);
    free(array);
    for (int row = 0; result != NULL && row < PQntuples(result) && row < SQL_ROWS_MAX; row++) {
        const char *cells[SQL_CELLS];

        for (int i = 0; i < SQL_CELLS; i++)
            cells[i] = PQgetisnull(result, row, i) ? NULL : PQgetvalue(result, row, i);
        on_row(arg, cells);
    }
    PQclear(result);
}

/* -- Open and close -- */

static void postgres_close(struct sql_database *database)
{
    if (database == NULL)
        return;
    PQfinish(database->connection);
    free(database);
}

/* PQconnectPoll says what it waits for; a new socket may take the place of the first. */
static bool connect_wait(PGconn *connection, int64_t deadline_ms)
{
    PostgresPollingStatusType step = PGRES_POLLING_WRITING;

    while (step == PGRES_POLLING_WRITING || step == PGRES_POLLING_READING) {
        if (!wait_for(connection, step == PGRES_POLLING_READING ? POLLIN : POLLOUT, deadline_ms))
            return false;
        step = PQconnectPoll(connection);
    }
    return step == PGRES_POLLING_OK;
}

static PGconn *connection_start(const struct settings *settings, const char *place, const char *connector, const char *password)
{
    /* Nothing is looked up: no files, no names, no user of this process. A standby takes no rows. */
    const char *const names[] = {"host", "port", "dbname", "user", "password", "passfile", "application_name", "client_encoding",
                                 "sslmode", "gssencmode", "target_session_attrs", NULL};
    const char *const values[] = {place, "5432", settings->database, settings->user, password, "/nonexistent", connector, "UTF8",
                                  "disable", "disable", "read-write", NULL};

    return PQconnectStartParams(names, values, 0);
}

static bool limits_set(struct sql_database *database, struct sql_outcome *outcome)
{
    char ms[24];

    snprintf(ms, sizeof(ms), "%lld", (long long)database->timeout_ms);
    PGresult *result = ask(database, "SELECT set_config('statement_timeout', $1, false), set_config('lock_timeout', $1, false)",
                           (const char *const[]){ms}, 1, outcome);
    PQclear(result);
    return result != NULL;
}

static struct sql_database *postgres_open(const struct settings *settings, const char *place, const char *connector,
                                          const char *password, struct sql_outcome *outcome)
{
    int64_t deadline_ms = clock_ms() + settings->timeout_ms;
    struct sql_database *database = calloc(1, sizeof(*database));

    *outcome = (struct sql_outcome){.fault = SQL_FAULT_NONE};
    if (database == NULL) {
        sql_outcome_set(outcome, SQL_FAULT_NOTHING, true, "no_memory", "no memory left");
        return NULL;
    }
    database->timeout_ms = settings->timeout_ms;
    database->connection = connection_start(settings, place, connector, password);
    bool is_there = database->connection != NULL && PQstatus(database->connection) != CONNECTION_BAD;
    if (is_there) {
        PQsetNoticeReceiver(database->connection, on_notice, NULL);
        is_there = connect_wait(database->connection, deadline_ms) && PQsetnonblocking(database->connection, 1) == 0;
    }
    if (!is_there) {
        const char *text = database->connection != NULL ? PQerrorMessage(database->connection) : "no memory left";
        sql_outcome_set(outcome, SQL_FAULT_NOTHING, true, "unreachable", *text != '\0' ? text : "the database did not answer in time");
    }
    if (is_there && limits_set(database, outcome))
        return database;
    outcome->fault = SQL_FAULT_NOTHING; /* whatever it was: nothing of a task was sent */
    outcome->is_lost = true;
    postgres_close(database);
    return NULL;
}

void sql_postgresql_prepare(void)
{
    char *hash = PQencryptPassword("", ""); /* the cryptographic library reads its configuration, or finds none */

    PQfreemem(hash);
}

const struct sql_kind_of sql_postgresql = {.open = postgres_open, .close = postgres_close, .run = postgres_run,
                                           .look = postgres_look, .place = "ONEDOOR_NET"};
