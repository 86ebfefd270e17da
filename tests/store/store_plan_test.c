/* SPDX-License-Identifier: Apache-2.0 */
/* How SQLite would run every kept statement: by an index or by number, and without sorting. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "store/schema.h"
#include "store/sqlite_sql.h"

static const struct {
    const char *name, *sql;
} statements[] = {
#define ROW(name, text) {#name, text},
    STORE_SQL_OF_WRITER(ROW) STORE_SQL_OF_READER(ROW)
#undef ROW
};

static sqlite3 *db;

static int set_up(void **state)
{
    (void)state;
    assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
    for (unsigned i = 0; i < store_schema_version; i++)
        assert_int_equal(sqlite3_exec(db, store_schema_migrations[i], NULL, NULL, NULL), SQLITE_OK);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    return sqlite3_close(db) == SQLITE_OK ? 0 : -1;
}

/* The plan as one text, a step a line. */
static void plan_read(const char *sql, char *plan, size_t size)
{
    sqlite3_stmt *statement = NULL;
    size_t used = 0;
    char query[2048];

    plan[0] = '\0';
    assert_true((size_t)snprintf(query, sizeof(query), "EXPLAIN QUERY PLAN %s", sql) < sizeof(query));
    assert_int_equal(sqlite3_prepare_v2(db, query, -1, &statement, NULL), SQLITE_OK);
    while (sqlite3_step(statement) == SQLITE_ROW)
        used += (size_t)snprintf(plan + used, size - used, "%s\n", (const char *)sqlite3_column_text(statement, 3));
    assert_true(used < size);
    sqlite3_finalize(statement);
}

/* "SCAN CONSTANT ROW" and a scan of rows that the statement itself has found read no table; one that an index bounds and that
 * ends by itself is told as allowed. */
static bool plan_scans(const char *plan)
{
    for (const char *line = plan; *line != '\0'; line += strcspn(line, "\n") + 1)
        if (strncmp(line, "SCAN ", 5) == 0 && strncmp(line, "SCAN CONSTANT", 13) != 0 && strncmp(line, "SCAN (", 6) != 0)
            return true;
    return false;
}

static const char *text_of(const char *name)
{
    for (size_t i = 0; i < sizeof(statements) / sizeof(statements[0]); i++) {
        if (strcmp(statements[i].name, name) == 0)
            return statements[i].sql;
    }
    fail_msg("no statement %s", name);
    return NULL;
}

static void no_statement_sorts(void **state)
{
    char plan[2048];

    (void)state;
    for (size_t i = 0; i < sizeof(statements) / sizeof(statements[0]); i++) {
        if (strcmp(statements[i].sql, "BEGIN IMMEDIATE") == 0 || strcmp(statements[i].sql, "COMMIT") == 0 ||
            strcmp(statements[i].sql, "ROLLBACK") == 0)
            continue;
        plan_read(statements[i].sql, plan, sizeof(plan));
        if (strstr(plan, "TEMP B-TREE") != NULL)
            print_error("%s: %s\n", statements[i].name, plan);
        assert_null(strstr(plan, "TEMP B-TREE"));
    }
}

/* Tables that grow with the work are never read from end to end, but where somebody who checks the whole store asks for it. */
static void no_statement_reads_a_whole_table(void **state)
{
    static const struct {
        const char *name, *why;
    } allowed[] = {
        {"ENTRY_COUNT", "verification of the whole store, in the narrowest index"},
        {"MERGED_PUT", "a table of one row"},
        {"PERSON_MERGED_PUT", "a table of one row"},
        {"EVENT_ANY", "ends at the first row"},
        {"EVENT_ANY_READ", "ends at the first row"},
    };
    char plan[4096];

    (void)state;
    for (size_t i = 0; i < sizeof(statements) / sizeof(statements[0]); i++) {
        bool is_allowed = false;

        if (strncmp(statements[i].sql, "BEGIN", 5) == 0 || strcmp(statements[i].sql, "COMMIT") == 0 || strcmp(statements[i].sql, "ROLLBACK") == 0)
            continue;
        for (size_t k = 0; k < sizeof(allowed) / sizeof(allowed[0]); k++)
            is_allowed = is_allowed || strcmp(allowed[k].name, statements[i].name) == 0;
        plan_read(statements[i].sql, plan, sizeof(plan));
        if (!is_allowed && plan_scans(plan))
            print_error("%s: %s\n", statements[i].name, plan);
        assert_true(is_allowed || !plan_scans(plan));
    }
}

static void statements_take_the_way_that_is_meant(void **state)
{
    static const struct {
        const char *name, *way, *why;
    } rows[] = {
        {"LIST_OPEN", "SEARCH application USING INDEX application_open (status=? AND rowid<?)", "one open status"},
        {"LIST_OVERDUE", "SEARCH application USING INDEX application_overdue (is_overdue=? AND rowid<?)", "overdue"},
        {"LIST_LATE", "SEARCH application USING INDEX application_late (status=? AND is_overdue=? AND rowid<?)", "late and of one open status"},
        {"LATE_COUNT", "USING COVERING INDEX application_late", "late and open, none that was decided long ago"},
        {"LIST_ALL", "SEARCH application USING INTEGER PRIMARY KEY (rowid<?)", "all, newest first"},
        {"DUE_READ", "SEARCH application USING COVERING INDEX application_wake", "a window of wakes"},
        {"WAKE_READ", "SEARCH application USING COVERING INDEX application_wake", "the first wake"},
        {"OPEN_READ", "SEARCH application USING COVERING INDEX application_open (status=? AND rowid>?)", "a window of ids"},
        {"OPEN_READ", "MERGE (UNION ALL)", "three runs as they come"},
        {"IDS_READ", "SEARCH application USING INTEGER PRIMARY KEY (rowid>?)", "a window of ids"},
        {"ALERT_ALL", "SEARCH alert USING INTEGER PRIMARY KEY (rowid<?)", "all, newest first"},
        {"ALERT_APPLICATION", "SEARCH alert USING INDEX alert_application (application=? AND rowid<?)", "of one"},
        {"ALERT_DEPARTMENT", "SEARCH alert USING INDEX alert_department (department=? AND rowid<?)", "of one"},
        {"ALERT_KIND", "SEARCH alert USING INDEX alert_kind (kind=? AND rowid<?)", "of one"},
        {"CLAIMS_READ", "SEARCH owed USING COVERING INDEX owed_claimant (claimant=?", "of one key"},
        {"PARKED_READ", "SEARCH owed USING COVERING INDEX owed_parked (parked=? AND department=?)", "of one group"},
        {"PARKED_WALK", "SEARCH owed USING COVERING INDEX owed_parked (parked>?)", "those that are parked alone"},
        {"WORKLIST_COUNT_ONE", "SEARCH owed USING INDEX owed_officer_department (department=? AND due_day<?)", "up to a day"},
        {"OPEN_COUNT", "USING COVERING INDEX application_open", "those that are open"},
        {"OPEN_BETWEEN", "SEARCH application USING COVERING INDEX application_open (status=? AND rowid>? AND rowid<?)", "of some ids"},
        {"ENTRIES_COUNT", "SEARCH entry USING COVERING INDEX entry_state (kind=? AND state=?)", "in one state"},
        {"COUNT_OF_ONE", "SEARCH statistic USING PRIMARY KEY (month=? AND service=? AND department>? AND department<?)", "of a month"},
        {"COUNT_OF_EACH", "SEARCH statistic USING PRIMARY KEY (month=? AND service>?)", "of a month"},
        {"SUM_OF_ONE", "SEARCH statistic_sum USING PRIMARY KEY (period=? AND service=? AND department>? AND department<?)", "of a year"},
        {"SUM_OF_EACH", "SEARCH statistic_sum USING PRIMARY KEY (period=? AND service>?)", "of a year"},
        {"ENTRIES_STATE", "SEARCH entry USING INDEX entry_state (kind=? AND state=? AND id<?)", "of one state"},
        {"KV_READ", "SEARCH kv USING PRIMARY KEY (connector=? AND key=?)", "one key"},
        {"KV_KEYS", "SEARCH kv USING PRIMARY KEY (connector=? AND key>?)", "keys from one on"},
        {"EVENTS_READ", "SEARCH event USING PRIMARY KEY (handle=? AND seq>?)", "of one task, in order"},
        {"EVENT_FIND", "SEARCH event USING PRIMARY KEY (handle=?)", "of one task"},
        {"REFERENCE_READ", "SEARCH reference USING PRIMARY KEY (department=? AND reference=?)", "of one department"},
        {"REFERENCES_DROP", "SEARCH reference USING COVERING INDEX reference_task (handle=?)", "of one task"},
    };
    char plan[2048];

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        plan_read(text_of(rows[i].name), plan, sizeof(plan));
        if (strstr(plan, rows[i].way) == NULL)
            print_error("%s (%s): %s\n", rows[i].name, rows[i].why, plan);
        assert_non_null(strstr(plan, rows[i].way));
    }
}

/* Without INDEXED BY as well: the condition and the index say the same in the same words. */
static void the_open_states_are_those_of_the_index(void **state)
{
    char plan[2048];

    (void)state;
    plan_read("SELECT id FROM application WHERE " STORE_SQL_IS_OPEN, plan, sizeof(plan));
    assert_non_null(strstr(plan, "USING COVERING INDEX application_open"));
    plan_read("SELECT id FROM application WHERE status IN (1, 2)", plan, sizeof(plan));
    assert_null(strstr(plan, "application_open"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(no_statement_sorts),
        TEST(no_statement_reads_a_whole_table),
        TEST(statements_take_the_way_that_is_meant),
        TEST(the_open_states_are_those_of_the_index),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
