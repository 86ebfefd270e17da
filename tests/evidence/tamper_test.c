/* SPDX-License-Identifier: Apache-2.0 */
/* Whoever may write to the database file can do anything to it; whatever is done shows. Ten thousand random mutations,
 * deletions, truncations and reorderings of journal rows, by people who know how the chain is made, too, and even by
 * somebody who has the hub's key: then only a checkpoint that was kept elsewhere tells. */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/chain.h"
#include "evidence/stage.h"
#include "evidence/tree.h"
#include "lib/check.h"

#define ROUNDS 10000
#define ROWS_MAX 64

/* The journal in memory; it is written back whole. */
struct row {
    int64_t seq, application, previous, at_ms;
    char record[512];
    size_t record_size;
    uint8_t hash[BASE_HASH_SIZE];
};

static sqlite3 *db;
static struct store_reader *reader;
static struct row rows[ROWS_MAX], kept[ROWS_MAX];
static size_t count, kept_count;
static bool is_resigned; /* the store's own checkpoints were made anew, too */

static void run(const char *sql)
{
    char *fault = NULL;

    if (sqlite3_exec(db, sql, NULL, NULL, &fault) != SQLITE_OK)
        fail_msg("%s: %s", sql, fault);
}

static void rows_read(void)
{
    sqlite3_stmt *walk = NULL;

    assert_int_equal(sqlite3_prepare_v2(db, "SELECT seq, application, prev_seq, at_ms, record, hash FROM journal ORDER BY seq", -1, &walk, NULL), SQLITE_OK);
    for (count = 0; sqlite3_step(walk) == SQLITE_ROW; count++) {
        struct row *row = &rows[count];

        assert_true(count < ROWS_MAX);
        *row = (struct row){sqlite3_column_int64(walk, 0), sqlite3_column_int64(walk, 1), sqlite3_column_int64(walk, 2),
                            sqlite3_column_int64(walk, 3), "", (size_t)sqlite3_column_bytes(walk, 4), {0}};
        assert_true(row->record_size < sizeof(row->record));
        memcpy(row->record, sqlite3_column_blob(walk, 4), row->record_size);
        memcpy(row->hash, sqlite3_column_blob(walk, 5), BASE_HASH_SIZE);
    }
    sqlite3_finalize(walk);
    memcpy(kept, rows, sizeof(rows));
    kept_count = count;
}

static void rows_write(void)
{
    static sqlite3_stmt *add;

    if (add == NULL)
        assert_int_equal(sqlite3_prepare_v3(db, "INSERT OR REPLACE INTO journal (seq, application, prev_seq, at_ms, record, hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                                            -1, SQLITE_PREPARE_PERSISTENT, &add, NULL), SQLITE_OK);
    run("BEGIN; DELETE FROM journal");
    for (size_t i = 0; i < count; i++) {
        sqlite3_bind_int64(add, 1, rows[i].seq);
        sqlite3_bind_int64(add, 2, rows[i].application);
        sqlite3_bind_int64(add, 3, rows[i].previous);
        sqlite3_bind_int64(add, 4, rows[i].at_ms);
        sqlite3_bind_text(add, 5, rows[i].record, (int)rows[i].record_size, SQLITE_STATIC);
        sqlite3_bind_blob(add, 6, rows[i].hash, BASE_HASH_SIZE, SQLITE_STATIC);
        sqlite3_step(add);
        assert_int_equal(sqlite3_reset(add), SQLITE_OK);
    }
    run("COMMIT");
}

/* -- What is done to it -- */

static struct row *any(void)
{
    return &rows[stage_roll((uint32_t)count)];
}

/* Numbers, links and hashes as the hub would have made them. */
static void chain_again(void)
{
    int64_t lasts[STAGE_APPLICATIONS + 2] = {0};
    struct base_chain chain = {0};

    for (size_t i = 0; i < count; i++) {
        struct row *row = &rows[i];

        row->seq = (int64_t)i + 1;
        if (row->application > 0 && row->application <= STAGE_APPLICATIONS) {
            row->previous = lasts[row->application];
            lasts[row->application] = row->seq;
        }
        base_chain_step(&chain, (uint64_t)row->application, row->at_ms, row->record, row->record_size);
        memcpy(row->hash, chain.hash, BASE_HASH_SIZE);
    }
}

static void remove_at(size_t i)
{
    memmove(&rows[i], &rows[i + 1], (count - i - 1) * sizeof(rows[0]));
    count--;
}

static void swap_content(struct row *a, struct row *b)
{
    struct row c = *a;
    int64_t seq_a = a->seq, seq_b = b->seq;

    *a = *b;
    *b = c;
    a->seq = seq_a;
    b->seq = seq_b;
}

static bool is_same(void)
{
    return count == kept_count && memcmp(rows, kept, count * sizeof(rows[0])) == 0;
}

/* A checkpoint over what is there now, signed by the hub's own key. */
static void checkpoints_again(void)
{
    struct evidence_checkpoint last = {.note = {.number = 0}};

    for (size_t i = 0; i < 2; i++) {
        struct evidence_checkpoint next = {.note = {.number = i + 1, .first = last.note.last + 1, .last = stage.kept[i].note.last, .at_ms = stage.kept[i].note.at_ms}};
        struct evidence_tree tree = {0};
        struct base_buffer body = {0};
        char note[EVIDENCE_NOTE_MAX];
        sqlite3_stmt *put = NULL;

        if (next.note.last > count)
            next.note.last = count;
        if (next.note.last < next.note.first)
            break;
        for (uint64_t seq = next.note.first; seq <= next.note.last; seq++)
            evidence_tree_add(&tree, rows[seq - 1].hash);
        evidence_tree_root(&tree, next.note.root);
        memcpy(next.note.hash, rows[next.note.last - 1].hash, BASE_HASH_SIZE);
        if (i > 0)
            evidence_note_hash(&last.note, next.note.previous);
        evidence_checkpoint_sign(&stage.pair, &next);
        evidence_note_put(&next.note, note);
        base_json_open(&body, NULL, '{');
        base_json_put_text(&body, "note", note);
        base_json_put_base64(&body, "signature", next.signature, BASE_SIGN_SIZE);
        base_json_close(&body, '}');
        assert_int_equal(sqlite3_prepare_v2(db, "UPDATE entry SET body = ?2 WHERE kind = 11 AND id = ?1", -1, &put, NULL), SQLITE_OK);
        sqlite3_bind_int64(put, 1, (int64_t)i + 1);
        sqlite3_bind_text(put, 2, body.bytes, (int)body.size, SQLITE_STATIC);
        assert_int_equal(sqlite3_step(put), SQLITE_DONE);
        sqlite3_finalize(put);
        base_buffer_fini(&body);
        last = next;
    }
    is_resigned = true;
}

/* Undone at once, so that the next mutation begins with what was there. */
static void entries_back(void)
{
    if (!is_resigned)
        return;
    run("DELETE FROM entry; INSERT INTO entry SELECT * FROM kept_entry");
    is_resigned = false;
}

static void heads_again(void)
{
    run("UPDATE application SET last_seq = ifnull((SELECT max(seq) FROM journal WHERE application = application.id), 0)");
}

static void heads_back(void)
{
    run("UPDATE application SET last_seq = (SELECT last_seq FROM kept_application WHERE id = application.id)");
}

enum {
    BYTE, HASH, TIME, APPLICATION, PREVIOUS, SEQ, DELETE, TRUNCATE, SWAP, SHORTEN, MOVE, DOUBLE, BACKDATE,
    REWRITE, REMOVE_CHAINED, SWAP_CHAINED, TRUNCATE_CHAINED, REWRITE_SIGNED, REMOVE_SIGNED, INSERT_SIGNED, WAYS
};

static const char *const ways[WAYS] = {
    "a byte of a record", "a byte of a hash", "a time", "an application", "a link", "a number", "a deletion", "a truncation", "two records swapped",
    "a record shortened", "a record moved", "a record twice", "a record of long ago at the end", "a record rewritten, chained anew",
    "a record removed, chained anew", "records swapped, chained anew", "a truncation with its heads", "rewritten and signed by the hub's key",
    "removed and signed by the hub's key", "inserted and signed by the hub's key"};

static void mutate_plain(unsigned way)
{
    struct row *row = any();

    switch (way) {
    case BYTE: row->record[stage_roll((uint32_t)row->record_size)] ^= (char)(1 << stage_roll(7)); break;
    case HASH: row->hash[stage_roll(BASE_HASH_SIZE)] ^= (uint8_t)(1 << stage_roll(8)); break;
    case TIME: row->at_ms += (int64_t)stage_roll(100000) - 50000; break;
    case APPLICATION: row->application = stage_roll(STAGE_APPLICATIONS + 2); break;
    case PREVIOUS: row->previous = stage_roll((uint32_t)count + 2); break;
    case SEQ: row->seq = (int64_t)count + 1 + stage_roll(1000); break;
    case DELETE: remove_at((size_t)(row - rows)); break;
    case TRUNCATE: count -= 1 + stage_roll((uint32_t)count); break;
    case SWAP: swap_content(row, any()); break;
    case SHORTEN: row->record_size -= 1 + stage_roll((uint32_t)row->record_size - 1); break;
    default: break;
    }
}

static void append(const struct row *from, int64_t at_ms)
{
    struct base_chain chain = {.seq = count};

    memcpy(chain.hash, rows[count - 1].hash, BASE_HASH_SIZE);
    rows[count] = *from;
    rows[count].seq = (int64_t)count + 1;
    rows[count].at_ms = at_ms;
    rows[count].application = 0;
    rows[count].previous = 0;
    base_chain_step(&chain, 0, at_ms, from->record, from->record_size);
    memcpy(rows[count].hash, chain.hash, BASE_HASH_SIZE);
    count++;
}

static void mutate_knowing(unsigned way)
{
    struct row *row = any(), moved;

    switch (way) {
    case MOVE:
        moved = *row;
        remove_at((size_t)(row - rows));
        row = any();
        memmove(row + 1, row, (count - (size_t)(row - rows)) * sizeof(*row));
        *row = moved;
        count++;
        for (size_t i = 0; i < count; i++)
            rows[i].seq = (int64_t)i + 1;
        break;
    case DOUBLE: append(row, row->at_ms); break; /* all are of long before the last checkpoint */
    case BACKDATE: append(&kept[8], kept[0].at_ms + stage_roll(1000)); break;
    case REWRITE:
    case REWRITE_SIGNED: row->record[stage_roll((uint32_t)row->record_size)] ^= (char)(1 << stage_roll(7)); break;
    case REMOVE_CHAINED:
    case REMOVE_SIGNED: remove_at((size_t)(row - rows)); break;
    case SWAP_CHAINED: swap_content(row, any()); break;
    case TRUNCATE_CHAINED: count -= 1 + stage_roll((uint32_t)count - 1); break;
    case INSERT_SIGNED:
        row = &rows[stage_roll((uint32_t)count - 1)]; /* the last one twice is but one more at the end */
        moved = *row;
        memmove(row + 1, row, (count - (size_t)(row - rows)) * sizeof(*row));
        *row = moved;
        count++;
        break;
    default: break;
    }
    if (way >= REWRITE)
        chain_again();
}

static void every_mutation_shows(void **state)
{
    unsigned done[WAYS] = {0};

    (void)state;
    for (unsigned round = 0; round < ROUNDS; round++) {
        unsigned way = stage_roll(WAYS);

        if (way < MOVE)
            mutate_plain(way);
        else
            mutate_knowing(way);
        if (is_same())
            continue; /* two of the same swapped, a number that it had */
        rows_write();
        if (way >= REWRITE)
            heads_again();
        if (way >= REWRITE_SIGNED)
            checkpoints_again();
        stage_verify(reader, &stage.kept[1], 1);
        if (stage.figures.findings == 0)
            fail_msg("round %u: %s did not show", round, ways[way]);
        if (way >= REWRITE_SIGNED)
            CHECK_I64(0, stage.figures.against, "only the checkpoint that was kept can tell");
        entries_back();
        memcpy(rows, kept, sizeof(rows));
        count = kept_count;
        if (way >= REWRITE)
            heads_back();
        done[way]++;
    }
    for (unsigned way = 0; way < WAYS; way++)
        CHECK(done[way] > ROUNDS / WAYS / 3, ways[way]);
    rows_write();
}

/* Without a mutation there is no finding, and everything was looked at. */
static void what_was_written_is_sound(void **state)
{
    (void)state;
    stage_verify(reader, stage.kept, 2);
    CHECK_TEXT("", stage.first.detail, "no finding");
    CHECK_I64(kept_count, stage.figures.records, "every record");
    CHECK_I64(kept_count, stage.figures.last_seq, "up to the last");
    CHECK_I64(kept_count, stage.figures.sealed_seq, "all sealed");
    CHECK_I64(STAGE_APPLICATIONS, stage.figures.applications, "every application");
    CHECK_I64(STAGE_APPLICATIONS, stage.figures.documents, "every document");
    CHECK_I64(STAGE_APPLICATIONS, stage.figures.entries, "every entry");
    CHECK_I64(2, stage.figures.checkpoints, "the store's");
    CHECK_I64(2, stage.figures.against, "those that were kept");
    CHECK_I64(2, stage.figures.entries_unquoted, "the checkpoints are a chain of their own");
}

/* What stands beside the journal and is quoted by it. */
static void what_the_journal_quotes_shows(void **state)
{
    static const struct {
        const char *sql;
        enum evidence_fault fault;
        const char *why;
    } changes[] = {
        {"UPDATE document SET body = body || ' ' WHERE application = 3", EVIDENCE_FAULT_DOCUMENT, "another document"},
        {"UPDATE document SET salt = zeroblob(16) WHERE application = 3", EVIDENCE_FAULT_DOCUMENT, "another salt"},
        {"UPDATE document SET hash = zeroblob(32) WHERE application = 3", EVIDENCE_FAULT_DOCUMENT, "another hash"},
        {"UPDATE document SET salt = x'', body = '{}' WHERE application = 3", EVIDENCE_FAULT_DOCUMENT, "erased, and nothing on record"},
        {"DELETE FROM document WHERE application = 3", EVIDENCE_FAULT_DOCUMENT, "gone"},
        {"UPDATE entry SET body = '{}' WHERE kind = 5 AND id = 3", EVIDENCE_FAULT_ENTRY, "another entry"},
        {"UPDATE entry SET state = 9 WHERE kind = 5 AND id = 4", EVIDENCE_FAULT_ENTRY, "another state"},
        {"UPDATE entry SET application = 1 WHERE kind = 5 AND id = 4", EVIDENCE_FAULT_ENTRY, "of another application"},
        {"UPDATE entry SET revision = 1 WHERE kind = 5 AND id = 4", EVIDENCE_FAULT_ENTRY, "of before a change"},
        {"DELETE FROM entry WHERE kind = 5 AND id = 4", EVIDENCE_FAULT_ENTRY, "gone, and nothing on record"},
        {"UPDATE application SET last_seq = 1 WHERE id = 5", EVIDENCE_FAULT_HEAD, "an end that hides its last records"},
        {"DELETE FROM application WHERE id = 5", EVIDENCE_FAULT_HEAD, "an application that is gone"},
        {"DELETE FROM entry WHERE kind = 11 AND id = 1", EVIDENCE_FAULT_SEQUENCE, "a checkpoint that is gone"},
        {"DELETE FROM entry WHERE kind = 11", EVIDENCE_FAULT_SEQUENCE, "all of them, against one that was kept"},
        {"UPDATE entry SET body = '{}' WHERE kind = 11 AND id = 2", EVIDENCE_FAULT_UNREADABLE, "no checkpoint any more"},
        {"UPDATE entry SET body = replace(body, 'number 2', 'number 3') WHERE kind = 11 AND id = 2", EVIDENCE_FAULT_UNREADABLE, "of another number"},
        {"UPDATE entry SET body = replace(body, 'time 2026', 'time 2025') WHERE kind = 11 AND id = 2", EVIDENCE_FAULT_SIGNATURE, "another time"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(changes); i++) {
        run(changes[i].sql);
        stage_verify(reader, &stage.kept[1], 1);
        CHECK_I64(changes[i].fault, stage.first.fault, changes[i].why);
        run("DELETE FROM document; INSERT INTO document SELECT * FROM kept_document; DELETE FROM entry; INSERT INTO entry SELECT * FROM kept_entry;"
            "DELETE FROM application; INSERT INTO application SELECT * FROM kept_application");
    }
    stage_verify(reader, &stage.kept[1], 1);
    CHECK_I64(0, stage.figures.findings, "as before");
}

static void a_checkpoint_must_be_of_a_trusted_key(void **state)
{
    struct evidence_checkpoint forged = stage.kept[1];
    struct base_sign_pair other;

    (void)state;
    memset(other.seed, 9, sizeof(other.seed));
    base_sign_pair_derive(&other);
    evidence_checkpoint_sign(&other, &forged);
    stage_verify(reader, &forged, 1);
    CHECK_I64(EVIDENCE_FAULT_KEY, stage.first.fault, "signed rightly, by somebody else");
    forged = stage.kept[1];
    forged.signature[5] ^= 1;
    stage_verify(reader, &forged, 1);
    CHECK_I64(EVIDENCE_FAULT_SIGNATURE, stage.first.fault, "not signed");
}

/* A reader alone sees a store that nobody serves, and says what is wrong with a folder that is none. */
static void a_folder_without_a_store_is_told(void **state)
{
    struct evidence_anchor anchor = {.key_count = 0};
    struct evidence_report report = {.on_finding = NULL};
    struct evidence_figures figures;
    char text[512] = "";

    (void)state;
    CHECK_I64(OD_ENOTFOUND, evidence_verify_store("/nowhere/at/all", &anchor, &report, &figures, text), "no folder");
    CHECK(strstr(text, "/nowhere/at/all") != NULL, "which one");
    CHECK_I64(OD_OK, evidence_verify_store(stage.fixture.folder, &anchor, &report, &figures, text), "without keys any key will do");
    CHECK_I64(0, figures.findings, "sound");
    CHECK(memcmp(figures.key, stage.pair.key, BASE_SIGN_KEY_SIZE) == 0, "and is told");
}

static int set_up(void **state)
{
    char path[128], text[512];

    (void)state;
    stage_open();
    snprintf(path, sizeof(path), "%s/hub.db", stage.fixture.folder);
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
    run("PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; DROP TRIGGER journal_is_not_updated; DROP TRIGGER journal_is_not_deleted;"
        "CREATE TABLE kept_document AS SELECT * FROM document; CREATE TABLE kept_entry AS SELECT * FROM entry;"
        "CREATE TABLE kept_application AS SELECT * FROM application");
    rows_read();
    CHECK_I64(OD_OK, store_reader_open(stage.fixture.folder, &reader, text), text);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    store_reader_close(reader);
    sqlite3_stmt *open = sqlite3_next_stmt(db, NULL);
    while (open != NULL) {
        sqlite3_finalize(open);
        open = sqlite3_next_stmt(db, NULL);
    }
    sqlite3_close(db);
    stage_close();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_written_is_sound),
        cmocka_unit_test(what_the_journal_quotes_shows),
        cmocka_unit_test(a_checkpoint_must_be_of_a_trusted_key),
        cmocka_unit_test(a_folder_without_a_store_is_told),
        cmocka_unit_test(every_mutation_shows),
    };

    if (base_hash_init() != OD_OK)
        return 1;
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
