/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers of acceptance within each service: read once, counted in memory, written
 * once a transaction. Those of a transaction that failed are forgotten whole. */
#include "store/sqlite.h"

static int sequence_write(struct store_sequence *sequence, struct store_connection *connection)
{
    sqlite3_stmt *put = connection->statements[STORE_SQL_SEQUENCE_PUT];

    store_bind_number(put, 1, sequence->service);
    store_bind_number(put, 2, (int64_t)sequence->last);
    sqlite3_step(put);
    sequence->is_changed = false;
    return sqlite3_reset(put);
}

static int sequence_load(struct store_sequence *sequence, struct store_connection *connection, uint32_t service)
{
    sqlite3_stmt *last = connection->statements[STORE_SQL_SEQUENCE_LAST];

    *sequence = (struct store_sequence){.service = service};
    store_bind_number(last, 1, service);
    if (sqlite3_step(last) == SQLITE_ROW)
        sequence->last = (uint64_t)sqlite3_column_int64(last, 0);
    return sqlite3_reset(last);
}

int store_sequence_find(struct store_sequences *sequences, struct store_connection *connection, uint32_t service,
                        struct store_sequence **sequence)
{
    struct store_sequence *slot = &sequences->slots[service % STORE_SEQUENCES];
    int rc = SQLITE_OK;

    if (slot->service != service) {
        if (slot->is_changed)
            rc = sequence_write(slot, connection);
        if (rc == SQLITE_OK)
            rc = sequence_load(slot, connection, service);
    }
    if (rc == SQLITE_OK)
        *sequence = slot;
    return rc;
}

int store_sequences_write(struct store_sequences *sequences, struct store_connection *connection)
{
    int rc = SQLITE_OK;

    for (unsigned i = 0; i < STORE_SEQUENCES && rc == SQLITE_OK; i++) {
        if (sequences->slots[i].is_changed)
            rc = sequence_write(&sequences->slots[i], connection);
    }
    return rc;
}
