/* SPDX-License-Identifier: Apache-2.0 */
/* A connection to a database, and what a statement did. Everything here blocks, up to its
 * timeout, and runs on a work thread; only one thread uses a connection at a time.
 *
 * Each statement is a transaction of its own, so the database's own word says what it did:
 * an error before its end undoes it; an end that was not heard may be either. */
#ifndef SQL_DATABASE_H
#define SQL_DATABASE_H

#include <stdbool.h>
#include <stddef.h>

#include "settings.h"

#define SQL_DETAIL_SIZE 320

enum sql_fault {
    SQL_FAULT_NONE = 0,
    SQL_FAULT_NOTHING, /* certainly nothing was changed; later it may work */
    SQL_FAULT_DATA,    /* nothing was changed: the database refuses these values */
    SQL_FAULT_SCHEMA,  /* nothing was changed: tables, columns or rights are not as configured */
    SQL_FAULT_UNKNOWN, /* the answer was lost: it may have been changed */
};

struct sql_outcome {
    enum sql_fault fault;
    bool is_lost;             /* the connection is of no use any more */
    char code[OD_NAME_MAX];   /* "unreachable", "sqlstate_40P01" ... */
    char detail[SQL_DETAIL_SIZE];
    unsigned long changed;    /* rows */
};

struct sql_database; /* of either kind */

/* One row: SQL_CELLS texts, NULL where nothing stands; borrowed. */
typedef void (*sql_row_cb)(void *arg, const char *const cells[SQL_CELLS]);

struct sql_kind_of {
    /* place: of sockets or of files, from the host's environment; NULL = it gave none. NULL: outcome says why. */
    struct sql_database *(*open)(const struct settings *settings, const char *place, const char *connector,
                                 const char *password, struct sql_outcome *outcome);
    void (*close)(struct sql_database *database); /* accepts NULL */
    /* values: count texts, NULL = SQL's NULL. */
    void (*run)(struct sql_database *database, const char *statement, const char *const *values, size_t count,
                struct sql_outcome *outcome);
    /* keys: count texts, the only parameter. Rows beyond SQL_ROWS_MAX are not told. */
    void (*look)(struct sql_database *database, const char *statement, const char *const *keys, size_t count,
                 sql_row_cb on_row, void *arg, struct sql_outcome *outcome);
    const char *place; /* name of the environment variable */
};

extern const struct sql_kind_of sql_postgresql, sql_sqlite;

/* Loads what a library would load when it is first used: afterwards there are no files. Once, in open(). */
void sql_postgresql_prepare(void);

void sql_outcome_set(struct sql_outcome *outcome, enum sql_fault fault, bool is_lost, const char *code, const char *detail);

#endif
