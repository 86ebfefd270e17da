/* SPDX-License-Identifier: Apache-2.0 */
/* Every statement that is kept prepared: name, text. The writer prepares the
 * first list, each reader the second. */
#ifndef STORE_SQLITE_SQL_H
#define STORE_SQLITE_SQL_H

#define STORE_SQL_KEY_ROW_TEXT "SELECT application, body_hash FROM idempotency WHERE seq = ?1 AND key_hash = ?2"
#define STORE_SQL_BAR_FIND_TEXT "SELECT until_day, reason FROM bar WHERE hash = ?1 AND until_day >= ?2 ORDER BY until_day DESC, reason DESC LIMIT 1"
#define STORE_SQL_KEY_FIND_TEXT                                                                       \
    "SELECT k.application, k.body_hash FROM idempotency_prefix AS p CROSS JOIN idempotency AS k"      \
    " ON k.seq = p.seq WHERE p.prefix = ?1 AND k.key_hash = ?2"

/* The condition of the index application_open, word for word: else SQLite does not know that it may use it. */
#define STORE_SQL_IS_OPEN "status IN (1, 2, 8)"

#define STORE_SQL_OF_WRITER(X)                                                                        \
    X(BEGIN, "BEGIN IMMEDIATE")                                                                       \
    X(COMMIT, "COMMIT")                                                                               \
    X(ROLLBACK, "ROLLBACK")                                                                           \
    X(NAME_ADD, "INSERT INTO name (kind, number, id) VALUES (?1, ?2, ?3)")                            \
    X(KEY_ROW, STORE_SQL_KEY_ROW_TEXT)                                                                \
    X(KEY_FIND, STORE_SQL_KEY_FIND_TEXT)                                                              \
    X(KEY_ADD, "INSERT INTO idempotency (seq, application, key_hash, body_hash)"                      \
               " VALUES (?1, ?2, ?3, ?4)")                                                            \
    X(PREFIX_ADD, "INSERT OR IGNORE INTO idempotency_prefix (prefix, seq) VALUES (?1, ?2)")           \
    X(MERGED_PUT, "UPDATE idempotency_merged SET seq = ?1")                                           \
    X(PERSON_OPEN, "SELECT p.application FROM person AS p CROSS JOIN application AS a"                \
                   " ON a.id = p.application WHERE p.seq = ?1 AND p.hash = ?2 AND " STORE_SQL_IS_OPEN) \
    X(PERSON_NEWEST, "SELECT seq FROM person_prefix WHERE prefix = ?1 AND seq < ?2"                   \
                     " ORDER BY seq DESC LIMIT ?3")                                                   \
    X(PERSON_ADD, "INSERT INTO person (seq, application, hash) VALUES (?1, ?2, ?3)")                  \
    X(PERSON_PREFIX_ADD, "INSERT OR IGNORE INTO person_prefix (prefix, seq) VALUES (?1, ?2)")         \
    X(PERSON_MERGED_PUT, "UPDATE person_merged SET seq = ?1")                                         \
    X(BAR_FIND, STORE_SQL_BAR_FIND_TEXT)                                                              \
    X(BAR_ADD, "INSERT OR IGNORE INTO bar (hash, until_day, reason, application, task)"               \
               " VALUES (?1, ?2, ?3, ?4, ?5)")                                                        \
    X(BAR_REMOVE, "DELETE FROM bar WHERE hash = ?1 AND application = ?2")                             \
    X(BAR_REMOVE_OF, "DELETE FROM bar WHERE application = ?1 AND ifnull(task, ?2) = ?2")              \
    X(APPLICATION_ADD, "INSERT INTO application (id, service, status, is_overdue, due_day, wake,"     \
                       " last_seq, state, sequence) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)")     \
    X(APPLICATION_STAY, "UPDATE application SET due_day = ?5, last_seq = ifnull(?7, last_seq),"       \
                        " state = ?8, sequence = ifnull(?9, sequence)"                                \
                        " WHERE id = ?1 AND status = ?3 AND is_overdue = ?4 AND wake IS ?6")          \
    X(APPLICATION_MOVE, "UPDATE application SET status = ?3, is_overdue = ?4, due_day = ?5, wake = ?6," \
                        " last_seq = ifnull(?7, last_seq), state = ?8,"                               \
                        " sequence = ifnull(?9, sequence) WHERE id = ?1")                             \
    X(APPLICATION_SEQ, "UPDATE application SET last_seq = ?2 WHERE id = ?1")                          \
    X(DOCUMENT_ADD, "INSERT INTO document (application, hash, salt, body) VALUES (?1, ?2, ?3, ?4)")   \
    X(DOCUMENT_ERASE, "UPDATE document SET salt = x'', body = CAST('{}' AS BLOB) WHERE application = ?1") \
    X(OWED_PUT, "INSERT INTO owed (department, application, task, is_for_officer, due_day, claimant, parked, parked_at)" \
                " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT DO UPDATE SET"                  \
                " is_for_officer = excluded.is_for_officer, due_day = excluded.due_day,"              \
                " claimant = excluded.claimant, parked = excluded.parked, parked_at = excluded.parked_at") \
    X(OWED_REMOVE, "DELETE FROM owed WHERE department = ?1 AND application = ?2 AND task = ?3")       \
    X(PLACE_PUT, "INSERT INTO place (line, application, task, is_granted, day) VALUES (?1, ?2, ?3, ?4, ?5)" \
                 " ON CONFLICT (application, task) DO UPDATE SET is_granted = excluded.is_granted")   \
    X(PLACE_REMOVE, "DELETE FROM place WHERE application = ?1 AND task = ?2")                         \
    X(CHECKPOINT_PUT, "INSERT INTO checkpoint (handle, bytes) VALUES (?1, ?2)"                        \
                      " ON CONFLICT DO UPDATE SET bytes = excluded.bytes")                            \
    X(CHECKPOINT_REMOVE, "DELETE FROM checkpoint WHERE handle = ?1")                                  \
    X(SETTING_PUT, "INSERT INTO setting (name, value) VALUES (?1, ?2)"                                \
                   " ON CONFLICT DO UPDATE SET value = excluded.value")                               \
    X(SETTING_REMOVE, "DELETE FROM setting WHERE name = ?1")                                          \
    X(JOURNAL_ADD, "INSERT INTO journal (seq, application, prev_seq, at_ms, record, hash)"            \
                   " VALUES (?1, ?2, 0, ?3, ?4, ?5)")                                                 \
    X(JOURNAL_ADD_NEXT, "INSERT INTO journal (seq, application, prev_seq, at_ms, record, hash)"       \
                        " SELECT ?1, id, last_seq, ?3, ?4, ?5 FROM application WHERE id = ?2")               \
    X(ALERT_ADD, "INSERT INTO alert (seq, application, department, kind, level, task, roles, due_day,"  \
                 " at_ms, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)")                    \
    X(SEQUENCE_LAST, "SELECT last FROM sequence WHERE service = ?1")                                  \
    X(SEQUENCE_PUT, "INSERT INTO sequence (service, last) VALUES (?1, ?2)"                            \
                    " ON CONFLICT DO UPDATE SET last = excluded.last")                                \
    X(KV_SIZE, "SELECT length(key) + length(value) FROM kv WHERE connector = ?1 AND key = ?2")        \
    X(KV_SUM, "SELECT bytes FROM kv_sum WHERE connector = ?1")                                        \
    X(KV_PUT, "INSERT INTO kv (connector, key, value) VALUES (?1, ?2, ?3)"                            \
              " ON CONFLICT DO UPDATE SET value = excluded.value")                                    \
    X(KV_REMOVE, "DELETE FROM kv WHERE connector = ?1 AND key = ?2")                                  \
    X(KV_SUM_PUT, "INSERT INTO kv_sum (connector, bytes) VALUES (?1, ?2)"                             \
                  " ON CONFLICT DO UPDATE SET bytes = excluded.bytes")                                \
    X(KV_DROP, "DELETE FROM kv WHERE connector = ?1")                                                 \
    X(KV_SUM_DROP, "DELETE FROM kv_sum WHERE connector = ?1")                                         \
    X(ENTRY_NAME_FIND, "SELECT id FROM entry WHERE kind = ?1 AND name = ?2")                          \
    X(ENTRY_REVISION, "SELECT revision FROM entry WHERE kind = ?1 AND id = ?2")                       \
    X(ENTRY_ADD, "INSERT INTO entry (kind, id, name, application, department, state, revision, wake," \
                 " at_ms, salt, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6, 1, ?7, ?8, ?9, ?10)")           \
    X(ENTRY_MOVE, "UPDATE entry SET application = ?4, department = ?5, state = ?6, wake = ?7, salt = ?9," \
                  " body = ?10, revision = revision + 1 WHERE kind = ?1 AND id = ?2")                 \
    X(ENTRY_REMOVE, "DELETE FROM entry WHERE kind = ?1 AND id = ?2")                                  \
    X(ENTRY_GONE, "INSERT INTO entry_gone (kind, id) VALUES (?1, ?2)"                                 \
                  " ON CONFLICT DO UPDATE SET id = max(id, excluded.id)")                             \
    X(APPLICATION_FIND, "SELECT 1 FROM application WHERE id = ?1")                                    \
    X(PIN_FIND, "SELECT id, state FROM entry WHERE kind = ?1 AND name = ?2")                          \
    X(PIN_ADD, "INSERT OR IGNORE INTO pin (kind, entry, application) VALUES (?1, ?2, ?3)")            \
    X(PIN_KEEP, "UPDATE entry SET state = ?3, wake = NULL, revision = revision + 1 WHERE kind = ?1 AND id = ?2")\
    X(PIN_TOUCH, "UPDATE entry SET revision = revision + 1 WHERE kind = ?1 AND id = ?2")              \
    X(PIN_FIRST, "SELECT entry FROM pin WHERE application = ?1 AND kind = ?2 ORDER BY entry LIMIT 1") \
    X(PIN_REMOVE, "DELETE FROM pin WHERE kind = ?1 AND entry = ?2 AND application = ?3")              \
    X(PIN_FREE, "UPDATE entry SET state = CASE WHEN wake IS NULL THEN ?3 ELSE ?4 END, revision = revision + 1 WHERE kind = ?1 AND id = ?2"\
                " AND NOT EXISTS (SELECT 1 FROM pin WHERE kind = ?1 AND entry = ?2)")                 \
    X(EVENT_ANY, "SELECT EXISTS (SELECT 1 FROM event) OR EXISTS (SELECT 1 FROM reference)")           \
    X(OWED_FIND, "SELECT 1 FROM owed WHERE department = ?1 AND application = ?2 AND task = ?3")       \
    X(EVENT_FIND, "SELECT seq FROM event WHERE handle = ?1 AND id = ?2")                              \
    X(EVENT_LAST, "SELECT count(*), ifnull(max(seq), 0) FROM event WHERE handle = ?1")                \
    X(EVENT_ADD, "INSERT INTO event (handle, seq, id, at_ms, body) VALUES (?1, ?2, ?3, ?4, ?5)")      \
    X(EVENTS_DROP, "DELETE FROM event WHERE handle = ?1")                                             \
    X(REFERENCE_ADD, "INSERT OR IGNORE INTO reference (department, reference, handle) VALUES (?1, ?2, ?3)") \
    X(REFERENCES_DROP, "DELETE FROM reference WHERE handle = ?1")                                     \
    X(COUNT_ADD, "INSERT INTO statistic (month, service, department, window, measure, value)"         \
                 " VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO UPDATE SET value = value + excluded.value") \
    X(SUM_ADD, "INSERT INTO statistic_sum (period, service, department, window, measure, value)"      \
               " VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO UPDATE SET value = value + excluded.value") \
    X(COUNT_RAISE, "INSERT INTO statistic (month, service, department, window, measure, value)"       \
                   " VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO UPDATE SET value = max(value, excluded.value)") \
    X(SUM_RAISE, "INSERT INTO statistic_sum (period, service, department, window, measure, value)"    \
                 " VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO UPDATE SET value = max(value, excluded.value)") \
    X(COUNT_SET, "INSERT INTO statistic (month, service, department, window, measure, value)"         \
                 " VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO UPDATE SET value = excluded.value") \
    X(SUM_SET, "INSERT INTO statistic_sum (period, service, department, window, measure, value)"      \
               " VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO UPDATE SET value = excluded.value")   \
    X(COUNT_CLEAR, "DELETE FROM statistic WHERE month = ?1 AND service = ?2 AND department = ?3"      \
                   " AND window = ?4 AND measure = ?5 AND value = 0")                                 \
    X(SUM_CLEAR, "DELETE FROM statistic_sum WHERE period = ?1 AND service = ?2 AND department = ?3"   \
                 " AND window = ?4 AND measure = ?5 AND value = 0")

#define STORE_SQL_ROW "SELECT id, service, status, is_overdue, due_day, state, sequence FROM application "

#define STORE_SQL_ALERT                                                                               \
    "SELECT seq, application, department, kind, level, task, roles, due_day, at_ms, body FROM alert "

#define STORE_SQL_ENTRY                                                                               \
    "SELECT kind, id, name, application, department, state, revision, wake, at_ms, salt, body FROM entry "

#define STORE_SQL_OPEN_RUN(status)                                                                    \
    "SELECT id FROM application INDEXED BY application_open WHERE status = " #status                  \
    " AND " STORE_SQL_IS_OPEN " AND id > ?1"

#define STORE_SQL_OF_READER(X)                                                                        \
    X(PLACE_FIND, "SELECT day, id FROM place WHERE application = ?1 AND task = ?2")                   \
    X(PLACE_WALK, "SELECT application FROM place WHERE line = ?1 AND is_granted = ?2 AND (day, id) < (?3, ?4)" \
                  " ORDER BY day, id LIMIT ?5")                                                       \
    X(APPLICATION_READ, STORE_SQL_ROW "WHERE id = ?1")                                                \
    X(LIST_ALL, STORE_SQL_ROW "WHERE id < ?1 ORDER BY id DESC")                                       \
    X(LIST_OPEN, STORE_SQL_ROW "INDEXED BY application_open"                                          \
                               " WHERE status = ?2 AND " STORE_SQL_IS_OPEN " AND id < ?1 ORDER BY id DESC") \
    X(LIST_OVERDUE, STORE_SQL_ROW "INDEXED BY application_overdue"                                    \
                                  " WHERE is_overdue = 1 AND id < ?1 ORDER BY id DESC")               \
    X(LIST_LATE, STORE_SQL_ROW "INDEXED BY application_late WHERE status = ?2 AND is_overdue = 1 AND " \
                               STORE_SQL_IS_OPEN " AND id < ?1 ORDER BY id DESC")                     \
    X(LIST_OWED, "SELECT application FROM owed WHERE department = ?2 AND application < ?1"            \
                 " ORDER BY application DESC")                                                        \
    X(DOCUMENT_READ, "SELECT body FROM document WHERE application = ?1")                              \
    X(CHECKPOINT_READ, "SELECT bytes FROM checkpoint WHERE handle = ?1")                              \
    X(SETTING_READ, "SELECT value FROM setting WHERE name = ?1")                                      \
    X(SETTING_WALK, "SELECT name, value FROM setting WHERE name >= ?1 ORDER BY name")                 \
    X(BAR_READ, STORE_SQL_BAR_FIND_TEXT)                                                              \
    X(PERSON_ROW_READ, "SELECT application FROM person WHERE seq = ?1 AND hash = ?2")                 \
    X(PERSON_NEWEST_READ, "SELECT seq FROM person_prefix WHERE prefix = ?1 AND seq < ?2"              \
                          " ORDER BY seq DESC LIMIT ?3")                                              \
    X(KEY_ROW_READ, STORE_SQL_KEY_ROW_TEXT)                                                           \
    X(KEY_READ, STORE_SQL_KEY_FIND_TEXT)                                                              \
    X(OWED_READ, "SELECT due_day, application, task, is_for_officer FROM owed WHERE department = ?1"  \
                 " AND (application, task) > (?3, ?4)"                                                \
                 " ORDER BY application, task LIMIT ?5")                                              \
    X(WORKLIST_ALL, "SELECT due_day, application, task, 1, claimant IS NOT NULL FROM owed INDEXED BY owed_officer" \
                    " WHERE is_for_officer = 1 AND (due_day, application, task) > (?2, ?3, ?4)"       \
                    " ORDER BY due_day, application, task LIMIT ?5")                                  \
    X(WORKLIST_ONE, "SELECT due_day, application, task, 1, claimant IS NOT NULL FROM owed INDEXED BY owed_officer_department" \
                    " WHERE is_for_officer = 1 AND department = ?1"                                   \
                    " AND (due_day, application, task) > (?2, ?3, ?4)"                                \
                    " ORDER BY due_day, application, task LIMIT ?5")                                  \
    X(CLAIMS_READ, "SELECT due_day, application, task, 1, 1 FROM owed INDEXED BY owed_claimant"       \
                   " WHERE claimant = ?1 AND claimant IS NOT NULL AND (due_day, application, task) > (?2, ?3, ?4)" \
                   " ORDER BY due_day, application, task LIMIT ?5")                                   \
    X(WORKLIST_COUNT_ALL, "SELECT count(*) FROM (SELECT 1 FROM owed INDEXED BY owed_officer"          \
                          " WHERE is_for_officer = 1 AND due_day < ?2 LIMIT ?3)")                     \
    X(WORKLIST_COUNT_ONE, "SELECT count(*) FROM (SELECT 1 FROM owed INDEXED BY owed_officer_department" \
                          " WHERE is_for_officer = 1 AND department = ?1 AND due_day < ?2 LIMIT ?3)") \
    X(WORKLIST_LAST, "SELECT due_day FROM owed INDEXED BY owed_officer_department WHERE is_for_officer = 1" \
                     " AND department = ?1 AND due_day < ?2 ORDER BY due_day DESC LIMIT 1")           \
    X(PARKED_WALK, "SELECT parked, department, parked_at FROM owed INDEXED BY owed_parked"            \
                   " WHERE parked IS NOT NULL ORDER BY parked, department, parked_at LIMIT ?1")       \
    X(PARKED_READ, "SELECT application, task FROM owed INDEXED BY owed_parked WHERE parked = ?1 AND parked IS NOT NULL" \
                   " AND department = ?2 ORDER BY parked_at, application, task LIMIT ?3")             \
    X(OPEN_COUNT, "SELECT count(*) FROM (SELECT 1 FROM application INDEXED BY application_open"       \
                  " WHERE " STORE_SQL_IS_OPEN " AND id > 0 LIMIT ?1)")                                \
    X(OPEN_BETWEEN, "SELECT count(*) FROM application INDEXED BY application_open"                    \
                    " WHERE " STORE_SQL_IS_OPEN " AND id >= ?1 AND id < ?2")                          \
    X(LATE_COUNT, "SELECT count(*) FROM (SELECT 1 FROM application INDEXED BY application_late"       \
                  " WHERE is_overdue = 1 AND " STORE_SQL_IS_OPEN " AND id > 0 LIMIT ?1)")             \
    X(ENTRIES_COUNT, "SELECT count(*) FROM (SELECT 1 FROM entry INDEXED BY entry_state"               \
                     " WHERE kind = ?1 AND state = ?2 LIMIT ?3)")                                     \
    X(DUE_READ, "SELECT wake, id FROM application INDEXED BY application_wake"                        \
                " WHERE wake IS NOT NULL AND wake <= ?1 AND (wake, id) > (?2, ?3)"                    \
                " ORDER BY wake, id LIMIT ?4")                                                        \
    X(WAKE_READ, "SELECT wake FROM application INDEXED BY application_wake"                           \
                 " WHERE wake IS NOT NULL ORDER BY wake LIMIT 1")                                     \
    X(IDS_READ, "SELECT id FROM application WHERE id > ?1 ORDER BY id LIMIT ?2")                      \
    X(OPEN_READ, STORE_SQL_OPEN_RUN(1) " UNION ALL " STORE_SQL_OPEN_RUN(2) " UNION ALL "              \
                 STORE_SQL_OPEN_RUN(8) " ORDER BY id LIMIT ?2") /* three runs, merged as they come */ \
    X(EXTENT_READ, "SELECT ifnull((SELECT max(id) FROM application WHERE id > 0), 0),"                             \
                   " ifnull((SELECT max(seq) FROM journal), 0)")                                      \
    X(HISTORY_LAST, "SELECT last_seq FROM application WHERE id = ?1")                                 \
    X(HISTORY_STEP, "SELECT seq, application, at_ms, record, hash, prev_seq FROM journal WHERE seq = ?1") \
    X(JOURNAL_READ, "SELECT seq, application, at_ms, record, hash, prev_seq FROM journal WHERE seq > ?1" \
                    " ORDER BY seq LIMIT ?2")                                                         \
    X(ALERT_ALL, STORE_SQL_ALERT "WHERE seq < ?1 ORDER BY seq DESC")                                  \
    X(ALERT_APPLICATION, STORE_SQL_ALERT "INDEXED BY alert_application"                               \
                                         " WHERE application = ?2 AND seq < ?1 ORDER BY seq DESC")    \
    X(ALERT_DEPARTMENT, STORE_SQL_ALERT "INDEXED BY alert_department"                                 \
                                        " WHERE department = ?2 AND seq < ?1 ORDER BY seq DESC")      \
    X(ALERT_KIND, STORE_SQL_ALERT "INDEXED BY alert_kind WHERE kind = ?2 AND seq < ?1 ORDER BY seq DESC") \
    X(COUNT_WALK, "SELECT month, service, department, window, measure, value FROM statistic"          \
                  " WHERE month BETWEEN ?1 AND ?2 ORDER BY month, service, department, window, measure") \
    X(SUM_WALK, "SELECT period, service, department, window, measure, value FROM statistic_sum"      \
                " WHERE period BETWEEN ?1 AND ?2")                                                    \
    X(COUNT_LATER, "SELECT EXISTS (SELECT 1 FROM statistic WHERE month > ?1 AND month <= ?2)")        \
    X(COUNT_OF_ONE, "SELECT month, service, department, window, measure, value FROM statistic"        \
                    " WHERE month = ?1 AND service = ?2 AND department BETWEEN ?3 AND ?4")            \
    X(COUNT_OF_EACH, "SELECT month, service, department, window, measure, value FROM statistic"       \
                     " WHERE month = ?1 AND service > ?2 AND department BETWEEN ?3 AND ?4")           \
    X(SUM_OF_ONE, "SELECT period, service, department, window, measure, value FROM statistic_sum"     \
                  " WHERE period = ?1 AND service = ?2 AND department BETWEEN ?3 AND ?4")             \
    X(SUM_OF_EACH, "SELECT period, service, department, window, measure, value FROM statistic_sum"    \
                   " WHERE period = ?1 AND service > ?2 AND department BETWEEN ?3 AND ?4")            \
    X(KV_READ, "SELECT value FROM kv WHERE connector = ?1 AND key = ?2")                              \
    X(KV_KEYS, "SELECT key FROM kv WHERE connector = ?1 AND key > ?2 AND key >= ?3 ORDER BY key")     \
    X(EVENT_ANY_READ, "SELECT EXISTS (SELECT 1 FROM event)")                                          \
    X(EVENTS_READ, "SELECT seq, id, at_ms, body FROM event WHERE handle = ?1 AND seq > ?2 ORDER BY seq") \
    X(REFERENCE_READ, "SELECT handle FROM reference WHERE department = ?1 AND reference = ?2"         \
                      " ORDER BY handle DESC")                                                        \
    X(ENTRY_READ, STORE_SQL_ENTRY "WHERE kind = ?1 AND id = ?2")                                      \
    X(ENTRY_NAMED, STORE_SQL_ENTRY "INDEXED BY entry_name WHERE kind = ?1 AND name = ?2")             \
    X(ENTRIES_KIND, STORE_SQL_ENTRY "WHERE kind = ?2 AND id < ?1 ORDER BY id DESC")                   \
    X(ENTRIES_STATE, STORE_SQL_ENTRY "INDEXED BY entry_state"                                         \
                                     " WHERE kind = ?2 AND state = ?3 AND id < ?1 ORDER BY id DESC")  \
    X(ENTRIES_UP, STORE_SQL_ENTRY "INDEXED BY entry_state"                                            \
                                  " WHERE kind = ?1 AND state = ?2 AND id > ?3 ORDER BY id")          \
    X(ENTRIES_DEPARTMENT, STORE_SQL_ENTRY "INDEXED BY entry_department WHERE kind = ?2"               \
                                          " AND department = ?3 AND department <> 0 AND id < ?1 ORDER BY id DESC") \
    X(ENTRIES_APPLICATION, STORE_SQL_ENTRY "INDEXED BY entry_application WHERE kind = ?2"             \
                                           " AND application = ?3 AND application <> 0 AND id < ?1 ORDER BY id DESC") \
    X(ENTRIES_OF, STORE_SQL_ENTRY "INDEXED BY entry_application WHERE application = ?3"               \
                                  " AND application <> 0 AND id < ?1 ORDER BY kind, id")              \
    X(ENTRIES_DUE, STORE_SQL_ENTRY "INDEXED BY entry_wake WHERE wake IS NOT NULL AND wake <= ?1"      \
                                   " ORDER BY wake, kind, id")                                        \
    X(ENTRY_WAKE, "SELECT wake FROM entry INDEXED BY entry_wake WHERE wake IS NOT NULL ORDER BY wake LIMIT 1") \
    X(PINS_READ, "SELECT application FROM pin WHERE kind = ?1 AND entry = ?2 AND application > ?3 ORDER BY application")\
    X(HOLD, "BEGIN")                                                                                  \
    X(RELEASE, "COMMIT")                                                                              \
    X(JOURNAL_LAST, "SELECT ifnull(max(seq), 0) FROM journal")                                        \
    X(HASHES_READ, "SELECT hash FROM journal WHERE seq > ?1 ORDER BY seq LIMIT ?2")                   \
    X(HEADS_READ, "SELECT id, last_seq, status FROM application WHERE id > ?1 ORDER BY id LIMIT ?2")  \
    X(ENTRY_COUNT, "SELECT count(*) FROM entry")                                                      \
    X(SEQ_BEFORE, "SELECT seq, at_ms FROM journal WHERE seq <= ?1 ORDER BY seq DESC LIMIT 1")         \
    X(ERASABLE, "SELECT a.id FROM application AS a CROSS JOIN document AS d ON d.application = a.id"  \
                " WHERE a.id > ?1 AND a.id <= ?2 AND a.last_seq <= ?3 AND a.last_seq > 0"             \
                " AND NOT (a." STORE_SQL_IS_OPEN ") AND d.salt <> x'' ORDER BY a.id LIMIT ?4")        \
    X(ERASED, "SELECT application FROM document WHERE application > ?1 AND application <= ?2"         \
              " AND salt = x'' ORDER BY application LIMIT ?3")                                        \
    X(ENTRIES_FROM, STORE_SQL_ENTRY "WHERE kind = ?1 AND id > ?2 ORDER BY id")                        \
    X(DOCUMENT_WHOLE, "SELECT hash, salt, body FROM document WHERE application = ?1")

enum store_sql {
#define STORE_SQL_ENUM(name, text) STORE_SQL_##name,
    STORE_SQL_OF_WRITER(STORE_SQL_ENUM) STORE_SQL_WRITER_END,
    STORE_SQL_READER_START = STORE_SQL_WRITER_END - 1,
    STORE_SQL_OF_READER(STORE_SQL_ENUM)
#undef STORE_SQL_ENUM
    STORE_SQL_COUNT
};

#endif
