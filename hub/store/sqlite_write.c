/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of one batch.
 *
 *   begin -> names -> each write: (key, bar, person) -> journal -> rows -> alerts, counts, bar
 *         -> keys due, sequences, sums -> commit
 *
 * Every function returns an SQLite code; what a write met (a known key) is in
 * write->rc. The first statement of a write decides whether it happens at all, so
 * that no savepoint is needed. Statements are reset at once: a statement in
 * progress would keep the transaction open, and reset repeats step's error. */
#include "base/number.h"
#include "store/sqlite.h"

#include <string.h>

static int run(sqlite3_stmt *statement)
{
    sqlite3_step(statement);
    return sqlite3_reset(statement);
}

static int names_write(struct store_connection *connection, const struct store_name *names)
{
    sqlite3_stmt *add = connection->statements[STORE_SQL_NAME_ADD];
    int rc = SQLITE_OK;

    for (const struct store_name *name = names; name != NULL && rc == SQLITE_OK; name = name->next) {
        store_bind_number(add, 1, name->kind);
        store_bind_number(add, 2, name->number);
        store_bind_text(add, 3, name->id, strlen(name->id));
        rc = run(add);
    }
    return rc;
}

/* add: JOURNAL_ADD, or JOURNAL_ADD_NEXT which writes nothing when the application is unknown. */
static int record_write(struct store_connection *connection, enum store_sql add, struct base_chain *chain,
                        struct store_write *write)
{
    sqlite3_stmt *statement = connection->statements[add];
    struct base_chain next = *chain;

    base_chain_step(&next, write->application, write->at_ms, write->record, write->record_size);
    store_bind_number(statement, 1, (int64_t)next.seq);
    store_bind_number(statement, 2, (int64_t)write->application);
    store_bind_number(statement, 3, write->at_ms);
    store_bind_text(statement, 4, write->record, write->record_size);
    store_bind_bytes(statement, 5, next.hash, BASE_HASH_SIZE);
    int rc = run(statement);
    if (rc != SQLITE_OK)
        return rc;
    if (sqlite3_changes(connection->db) == 0) {
        write->rc = OD_ENOTFOUND;
        return SQLITE_OK;
    }
    *chain = next;
    write->journal_seq = next.seq;
    return SQLITE_OK;
}

/* Most tasks are neither claimed nor parked: NULL keeps them out of both indexes. */
static void desk_bind(sqlite3_stmt *statement, const struct store_owed *owed)
{
    if (owed->claimant != NULL)
        store_bind_text(statement, 6, owed->claimant, strlen(owed->claimant));
    else
        store_bind_null(statement, 6);
    if (owed->parked != 0) {
        store_bind_number(statement, 7, owed->parked);
        store_bind_number(statement, 8, owed->parked_at_ms);
    } else {
        store_bind_null(statement, 7);
        store_bind_null(statement, 8);
    }
}

static int owed_write(struct store_connection *connection, const struct store_heads *heads, const struct store_write *write)
{
    int rc = SQLITE_OK;

    for (uint32_t i = 0; i < write->owed_count && rc == SQLITE_OK; i++) {
        const struct store_owed *owed = &write->owed[i];
        sqlite3_stmt *statement =
            connection->statements[owed->is_removed ? STORE_SQL_OWED_REMOVE : STORE_SQL_OWED_PUT];
        store_bind_number(statement, 1, owed->department);
        store_bind_number(statement, 2, (int64_t)write->application);
        store_bind_number(statement, 3, owed->task);
        if (!owed->is_removed) {
            store_bind_number(statement, 4, owed->is_for_officer);
            store_bind_number(statement, 5, owed->due_day);
            desk_bind(statement, owed);
        }
        rc = run(statement);
        if (rc == SQLITE_OK && owed->is_removed)
            rc = store_events_drop(connection, heads, write->application, owed->task);
    }
    return rc;
}

/* sequence: that the write takes, 0 = none. */
static void application_bind(sqlite3_stmt *statement, const struct store_write *write, uint64_t sequence)
{
    store_bind_number(statement, 1, (int64_t)write->application);
    store_bind_number(statement, 3, write->status);
    store_bind_number(statement, 4, write->is_overdue);
    store_bind_number(statement, 5, write->due_day);
    if (write->wake_minute == INT64_MAX)
        store_bind_null(statement, 6);
    else
        store_bind_number(statement, 6, write->wake_minute);
    store_bind_bytes(statement, 8, write->state, write->state_size);
    if (sequence == 0)
        store_bind_null(statement, 9);
    else
        store_bind_number(statement, 9, (int64_t)sequence);
}

/* The sequence that the write may take, NULL when it takes none. */
static int sequence_find(struct store_connection *connection, struct store_heads *heads, const struct store_write *write,
                         struct store_sequence **sequence)
{
    if (!write->takes_sequence)
        return SQLITE_OK;
    assert(write->service != 0);
    return store_sequence_find(&heads->sequences, connection, write->service, sequence);
}

/* Once the row is written: nobody else gets the number. */
static void sequence_take(struct store_sequence *sequence, struct store_write *write)
{
    if (sequence == NULL)
        return;
    write->sequence = ++sequence->last;
    sequence->is_changed = true;
}

static int document_write(struct store_connection *connection, const struct store_write *write)
{
    sqlite3_stmt *add = connection->statements[STORE_SQL_DOCUMENT_ADD];

    store_bind_number(add, 1, (int64_t)write->application);
    store_bind_bytes(add, 2, write->document_hash, sizeof(write->document_hash));
    store_bind_bytes(add, 3, write->document_salt, sizeof(write->document_salt));
    store_bind_bytes(add, 4, write->document, write->document_size);
    return run(add);
}

/* What is freed is overwritten, too: erased is erased, not only unlinked. */
static int document_erase(struct store_connection *connection, uint64_t application)
{
    sqlite3_stmt *erase = connection->statements[STORE_SQL_DOCUMENT_ERASE];
    int rc = sqlite3_exec(connection->db, "PRAGMA secure_delete = ON", NULL, NULL, NULL);

    store_bind_number(erase, 1, (int64_t)application);
    if (rc == SQLITE_OK)
        rc = run(erase);
    int back = sqlite3_exec(connection->db, "PRAGMA secure_delete = FAST", NULL, NULL, NULL);
    return rc == SQLITE_OK ? back : rc;
}

/* Whether it happens at all: a known key, then a bar. Then who it is from. */
static int intake_admit(struct store_connection *connection, struct store_heads *heads, struct store_write *write)
{
    int rc = write->has_key ? store_key_check(&heads->keys, connection, write) : SQLITE_OK;

    if (rc == SQLITE_OK && write->rc == OD_OK && write->has_bar_check)
        rc = store_bar_check(connection, write);
    if (rc != SQLITE_OK || write->rc != OD_OK)
        return rc;
    if (write->has_key)
        rc = store_key_add(&heads->keys, connection, write);
    if (rc == SQLITE_OK && write->has_person)
        rc = store_person_add(&heads->persons, connection, write);
    return rc;
}

static int intake_write(struct store_connection *connection, struct store_heads *heads, struct store_write *write)
{
    sqlite3_stmt *add = connection->statements[STORE_SQL_APPLICATION_ADD];
    struct store_sequence *sequence = NULL;
    int rc = intake_admit(connection, heads, write);

    if (rc != SQLITE_OK || write->rc != OD_OK)
        return rc;
    if (write->record_size > 0)
        rc = record_write(connection, STORE_SQL_JOURNAL_ADD, &heads->chain, write);
    if (rc == SQLITE_OK)
        rc = sequence_find(connection, heads, write, &sequence);
    if (rc != SQLITE_OK)
        return rc;
    application_bind(add, write, sequence != NULL ? sequence->last + 1 : 0);
    store_bind_number(add, 2, write->service);
    store_bind_number(add, 7, (int64_t)write->journal_seq);
    rc = run(add);
    sequence_take(sequence, write);
    if (rc == SQLITE_OK)
        rc = document_write(connection, write);
    if (rc == SQLITE_OK)
        rc = store_places_write(connection, write);
    return rc == SQLITE_OK ? owed_write(connection, heads, write) : rc;
}

/* Most transitions leave every indexed column alone: the statement that does not
 * name them spares the indexes, and changes no row when it was not the case. */
static int application_write(struct store_connection *connection, struct store_heads *heads, struct store_write *write)
{
    static const enum store_sql ways[] = {STORE_SQL_APPLICATION_STAY, STORE_SQL_APPLICATION_MOVE};
    struct store_sequence *sequence = NULL;
    int rc = sequence_find(connection, heads, write, &sequence), changes = 0;

    for (unsigned i = 0; i < 2 && rc == SQLITE_OK && changes == 0; i++) {
        sqlite3_stmt *statement = connection->statements[ways[i]];
        application_bind(statement, write, sequence != NULL ? sequence->last + 1 : 0);
        if (write->record_size > 0)
            store_bind_number(statement, 7, (int64_t)write->journal_seq);
        else
            store_bind_null(statement, 7);
        rc = run(statement);
        changes = sqlite3_changes(connection->db);
    }
    if (rc == SQLITE_OK && changes == 0)
        write->rc = OD_ENOTFOUND;
    else if (rc == SQLITE_OK)
        sequence_take(sequence, write);
    return rc;
}

static int transition_write(struct store_connection *connection, struct store_heads *heads, struct store_write *write)
{
    int rc = SQLITE_OK;

    if (write->record_size > 0)
        rc = record_write(connection, STORE_SQL_JOURNAL_ADD_NEXT, &heads->chain, write);
    if (rc == SQLITE_OK && write->rc == OD_OK)
        rc = application_write(connection, heads, write);
    if (rc == SQLITE_OK && write->rc == OD_OK)
        rc = store_places_write(connection, write);
    if (rc == SQLITE_OK && write->rc == OD_OK)
        rc = owed_write(connection, heads, write);
    return rc == SQLITE_OK && write->rc == OD_OK && write->erases_document ? document_erase(connection, write->application) : rc;
}

static int checkpoint_write(struct store_connection *connection, struct base_chain *chain,
                            struct store_write *write)
{
    bool is_removed = write->checkpoint_size == 0;
    sqlite3_stmt *statement =
        connection->statements[is_removed ? STORE_SQL_CHECKPOINT_REMOVE : STORE_SQL_CHECKPOINT_PUT];
    sqlite3_stmt *last = connection->statements[STORE_SQL_APPLICATION_SEQ];
    int rc = SQLITE_OK;

    if (write->record_size > 0) {
        rc = record_write(connection, STORE_SQL_JOURNAL_ADD_NEXT, chain, write);
        if (rc != SQLITE_OK || write->rc != OD_OK)
            return rc;
        store_bind_number(last, 1, (int64_t)write->application);
        store_bind_number(last, 2, (int64_t)write->journal_seq);
        rc = run(last);
    }
    if (rc != SQLITE_OK)
        return rc;
    store_bind_number(statement, 1, (int64_t)base_task_handle(write->application, write->task));
    if (!is_removed)
        store_bind_bytes(statement, 2, write->checkpoint, write->checkpoint_size);
    return run(statement);
}

/* Its record stands in the history of its application, or is the hub's own. */
static int entry_write(struct store_connection *connection, struct base_chain *chain, struct store_write *write)
{
    enum store_sql add = write->application != 0 ? STORE_SQL_JOURNAL_ADD_NEXT : STORE_SQL_JOURNAL_ADD;
    sqlite3_stmt *last = connection->statements[STORE_SQL_APPLICATION_SEQ];
    int rc = store_entry_check(connection, write);

    if (rc == SQLITE_OK && write->rc == OD_OK && write->record_size > 0)
        rc = record_write(connection, add, chain, write);
    if (rc != SQLITE_OK || write->rc != OD_OK)
        return rc;
    if (write->record_size > 0 && write->application != 0) {
        store_bind_number(last, 1, (int64_t)write->application);
        store_bind_number(last, 2, (int64_t)write->journal_seq);
        rc = run(last);
    }
    return rc == SQLITE_OK ? store_entry_write(connection, write) : rc;
}

static int setting_write(struct store_connection *connection, struct base_chain *chain,
                         struct store_write *write)
{
    bool is_removed = write->value == NULL && write->value_size == 0;
    sqlite3_stmt *statement =
        connection->statements[is_removed ? STORE_SQL_SETTING_REMOVE : STORE_SQL_SETTING_PUT];

    store_bind_text(statement, 1, write->name, strlen(write->name));
    if (!is_removed)
        store_bind_bytes(statement, 2, write->value, write->value_size);
    int rc = run(statement);
    if (rc == SQLITE_OK && write->record_size > 0)
        rc = record_write(connection, STORE_SQL_JOURNAL_ADD, chain, write);
    return rc;
}

static int rows_write(struct store_connection *connection, struct store_heads *heads, struct store_write *write)
{
    struct base_chain *chain = &heads->chain;

    switch (write->kind) {
    case STORE_WRITE_NONE:
        break;
    case STORE_WRITE_INTAKE:
        return intake_write(connection, heads, write);
    case STORE_WRITE_TRANSITION:
        return transition_write(connection, heads, write);
    case STORE_WRITE_CHECKPOINT:
        return checkpoint_write(connection, chain, write);
    case STORE_WRITE_SETTING:
        return setting_write(connection, chain, write);
    case STORE_WRITE_KV:
        return store_kv_write(connection, write);
    case STORE_WRITE_KV_DROP:
        return store_kv_drop(connection, write);
    case STORE_WRITE_EVENT:
        return store_event_write(connection, heads, write);
    case STORE_WRITE_REFERENCE:
        return store_reference_write(connection, heads, write);
    case STORE_WRITE_ENTRY:
        return entry_write(connection, chain, write);
    case STORE_WRITE_PINS:
        return store_pins_check(connection, write);
    case STORE_WRITE_JOURNAL:
        return write->record_size > 0 ? record_write(connection, STORE_SQL_JOURNAL_ADD, chain, write)
                                      : SQLITE_OK;
    }
    return SQLITE_OK;
}

/* Was what it belongs to refused? */
static bool is_left_out(const struct store_batch *batch, uint32_t index)
{
    uint32_t after = batch->writes[index].only_after;

    assert(after <= index);
    return after > 0 && batch->writes[after - 1].rc != OD_OK;
}

/* What comes with a write follows it, and only when it is applied. */
static int write_one(struct store_connection *connection, struct store_heads *heads, struct store_write *write)
{
    int rc = rows_write(connection, heads, write);

    if (rc != SQLITE_OK || write->rc != OD_OK || write->kind == STORE_WRITE_NONE)
        return rc;
    rc = store_alerts_write(connection, &heads->alert_last, write);
    if (rc == SQLITE_OK)
        rc = store_counts_add(&heads->counts, connection, write);
    if (rc == SQLITE_OK && write->correction_count > 0)
        rc = store_corrections_write(connection, write);
    if (rc == SQLITE_OK && write->pins != NULL)
        rc = store_pins_write(connection, write);
    return rc == SQLITE_OK ? store_bars_write(connection, write) : rc;
}

static void results_clear(struct store_batch *batch, int rc)
{
    batch->rc = rc;
    for (uint32_t i = 0; i < batch->count; i++) {
        struct store_write *write = &batch->writes[i];

        write->rc = rc;
        write->existing = 0;
        write->is_same_body = false;
        write->barred_until = 0;
        write->bar_reason = 0;
        write->duplicate = 0;
        write->journal_seq = write->alert_seq = write->sequence = write->event_seq = 0;
    }
}

int store_rows_commit(struct store_connection *connection, struct store_heads *heads,
                      const struct store_name *names, struct store_batch *batch)
{
    struct base_chain chain = heads->chain;
    uint64_t alert_last = heads->alert_last;

    results_clear(batch, OD_OK);
    store_keys_begin(&heads->keys);
    store_keys_begin(&heads->persons);
    store_counts_clear(&heads->counts);
    int rc = run(connection->statements[STORE_SQL_BEGIN]);
    if (rc == SQLITE_OK)
        rc = names_write(connection, names);
    for (uint32_t i = 0; i < batch->count && rc == SQLITE_OK; i++) {
        if (is_left_out(batch, i))
            batch->writes[i].rc = OD_ECANCELLED;
        else
            rc = write_one(connection, heads, &batch->writes[i]);
    }
    if (rc == SQLITE_OK)
        rc = store_keys_merge_due(&heads->keys, connection);
    if (rc == SQLITE_OK)
        rc = store_keys_merge_due(&heads->persons, connection);
    if (rc == SQLITE_OK)
        rc = store_sequences_write(&heads->sequences, connection);
    if (rc == SQLITE_OK)
        rc = store_counts_write(&heads->counts, connection);
    if (rc == SQLITE_OK)
        rc = run(connection->statements[STORE_SQL_COMMIT]);
    store_keys_end(&heads->keys, rc == SQLITE_OK);
    store_keys_end(&heads->persons, rc == SQLITE_OK);
    if (rc != SQLITE_OK) {
        heads->chain = chain;
        heads->alert_last = alert_last;
        heads->sequences = (struct store_sequences){0}; /* read again as they are asked for */
        results_clear(batch, OD_EFULL);
    }
    return rc;
}
