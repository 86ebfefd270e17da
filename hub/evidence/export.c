/* SPDX-License-Identifier: Apache-2.0 */
/* Files for strangers: JSON Lines in this order, so that one pass verifies them.
 *
 *   head -> checkpoints -> catalogues -> records -> document, entries -> state -> end
 *
 * A record of one application stands alone: it names the hash before it, and a path of hashes leads from it to the root of
 * the checkpoint that covers it. The whole journal needs neither. */
#include "evidence/evidence.h"

#include <stdio.h>
#include <string.h>

#include "base/base64.h"
#include "base/memory.h"
#include "base/number.h"
#include "evidence/content.h"
#include "evidence/fold.h"
#include "evidence/line.h"
#include "evidence/seal.h"
#include "evidence/tree.h"
#include "journal/row.h"

#define STRETCH 512
#define ENTRIES_MAX 1024 /* of one application; the rest is named by its records all the same */

struct writing {
    const struct evidence_export *wish;
    struct evidence_lines lines;
    struct base_buffer line;
    struct base_arena arena;
    uint64_t id;
    struct store_record *records;
    size_t record_count;
    struct evidence_checkpoint over; /* the record in hand; number 0 = none */
    uint8_t *hashes;                 /* owned; of the records under it */
    struct evidence_fold fold;
};

static int line_end(struct writing *writing)
{
    base_buffer_put(&writing->line, "\n", 1);
    if (writing->line.is_broken)
        return OD_ENOMEM;
    evidence_lines_add(&writing->lines, writing->line.bytes, writing->line.size);
    return writing->wish->on_bytes(writing->wish->owner, writing->line.bytes, writing->line.size);
}

static struct base_buffer *line_begin(struct writing *writing, const char *kind)
{
    base_buffer_clear(&writing->line);
    base_json_open(&writing->line, NULL, '{');
    base_json_open(&writing->line, kind, '{');
    return &writing->line;
}

static int line_close(struct writing *writing)
{
    base_json_close(&writing->line, '}');
    base_json_close(&writing->line, '}');
    return line_end(writing);
}

static void put_hash(struct base_buffer *buffer, const char *key, const uint8_t *hash, size_t size)
{
    char text[2 * BASE_HASH_SIZE + 1];

    base_hex(hash, size, text);
    base_json_put_text(buffer, key, text);
}

static int put_head(struct writing *writing, const char *number)
{
    struct base_buffer *line = line_begin(writing, "onedoor_evidence");
    char time[EVIDENCE_TIME_SIZE];

    evidence_time_format(writing->wish->now_ms, time);
    base_json_put_i64(line, "version", EVIDENCE_FILE_VERSION);
    base_json_put_text(line, "kind", number != NULL ? "application" : "journal");
    if (number != NULL) {
        base_json_put_text(line, "number", number);
        base_json_put_i64(line, "application", (int64_t)writing->id);
    }
    base_json_put_text(line, "made_at", time);
    base_json_put_base64(line, "key", writing->wish->pair->key, BASE_SIGN_KEY_SIZE);
    return line_close(writing);
}

static int put_checkpoint(void *owner, const struct evidence_checkpoint *checkpoint)
{
    struct writing *writing = owner;

    base_buffer_clear(&writing->line);
    base_json_open(&writing->line, NULL, '{');
    evidence_checkpoint_put(&writing->line, "checkpoint", checkpoint);
    base_json_close(&writing->line, '}');
    return line_end(writing);
}

static int put_end(struct writing *writing)
{
    uint8_t signature[BASE_SIGN_SIZE];
    char text[EVIDENCE_NOTE_MAX];
    size_t size = evidence_lines_text(&writing->lines, text);

    base_sign(writing->wish->pair, text, size, signature);
    base_buffer_clear(&writing->line);
    evidence_end_put(&writing->line, &writing->lines, signature);
    return writing->line.is_broken ? OD_ENOMEM : writing->wish->on_bytes(writing->wish->owner, writing->line.bytes, writing->line.size);
}

/* -- Records -- */

/* Which checkpoint covers the record; is_new: another one than before. */
static int over_find(struct writing *writing, uint64_t seq, bool *is_new)
{
    *is_new = false;
    if (writing->over.note.number > 0 && seq >= writing->over.note.first && seq <= writing->over.note.last)
        return OD_OK;
    *is_new = true;
    int rc = evidence_checkpoint_over(writing->wish->reader, seq, &writing->over);
    if (rc == OD_ENOTFOUND)
        writing->over = (struct evidence_checkpoint){.note = {.number = 0}};
    return rc == OD_ENOTFOUND ? OD_OK : rc;
}

static int put_checkpoints(struct writing *writing)
{
    int rc = OD_OK;

    for (size_t i = 0; i < writing->record_count && rc == OD_OK; i++) {
        bool is_new;

        rc = over_find(writing, writing->records[i].seq, &is_new);
        if (rc == OD_OK && is_new && writing->over.note.number > 0)
            rc = put_checkpoint(writing, &writing->over);
    }
    writing->over = (struct evidence_checkpoint){.note = {.number = 0}};
    return rc;
}

static int hashes_read(struct writing *writing)
{
    const struct evidence_note *note = &writing->over.note;
    size_t count = 0, room = (size_t)(note->last - note->first + 1);

    if (room > EVIDENCE_RUN_MAX)
        return OD_ESYNTAX;
    base_free(writing->hashes);
    writing->hashes = base_alloc(room * BASE_HASH_SIZE);
    int rc = writing->hashes != NULL ? store_read_hashes(writing->wish->reader, note->first - 1, writing->hashes, room, &count) : OD_ENOMEM;
    return rc == OD_OK && count != room ? OD_ESYNTAX : rc;
}

static void put_path(struct writing *writing, uint64_t seq)
{
    const struct evidence_note *note = &writing->over.note;
    uint8_t path[EVIDENCE_PATH_MAX * BASE_HASH_SIZE];
    size_t count = evidence_path_find(writing->hashes, note->last - note->first + 1, seq - note->first, path);

    base_json_put_i64(&writing->line, "checkpoint", (int64_t)note->number);
    base_json_open(&writing->line, "path", '[');
    for (size_t i = 0; i < count; i++)
        put_hash(&writing->line, NULL, path + i * BASE_HASH_SIZE, BASE_HASH_SIZE);
    base_json_close(&writing->line, ']');
}

static int put_previous(struct writing *writing, uint64_t seq)
{
    uint8_t previous[BASE_HASH_SIZE] = {0};
    size_t count = 1;
    int rc = seq > 1 ? store_read_hashes(writing->wish->reader, seq - 2, previous, 1, &count) : OD_OK;

    if (rc == OD_OK && count != 1)
        rc = OD_ESYNTAX;
    if (rc == OD_OK)
        put_hash(&writing->line, "previous", previous, BASE_HASH_SIZE);
    return rc;
}

static int put_record(struct writing *writing, const struct store_record *record, bool is_alone)
{
    struct base_buffer *line = line_begin(writing, "record");
    int rc = OD_OK;
    bool is_new = false;

    base_json_put_i64(line, "seq", (int64_t)record->seq);
    base_json_put_i64(line, "application", (int64_t)record->application);
    base_json_put_i64(line, "at_ms", record->at_ms);
    if (is_alone)
        rc = put_previous(writing, record->seq);
    put_hash(line, "hash", record->hash, BASE_HASH_SIZE);
    base_json_put_text_n(line, "text", record->record, record->size);
    if (rc == OD_OK && is_alone)
        rc = over_find(writing, record->seq, &is_new);
    if (rc == OD_OK && is_new && writing->over.note.number > 0)
        rc = hashes_read(writing);
    if (rc == OD_OK && is_alone && writing->over.note.number > 0)
        put_path(writing, record->seq);
    return rc == OD_OK ? line_close(writing) : rc;
}

/* -- Catalogues: as the fold asks for them, each is put -- */

static int on_snapshot(void *owner, const char *version, const char **snapshot, size_t *size)
{
    struct writing *writing = owner;
    char name[sizeof("catalog/") + CATALOG_VERSION_SIZE];
    const void *bytes;

    snprintf(name, sizeof(name), "catalog/%.16s", version);
    int rc = store_read_setting(writing->wish->reader, name, &writing->arena, &bytes, size);
    if (rc != OD_OK)
        return rc;
    *snapshot = bytes;
    if (writing->wish->is_without_catalogs)
        return OD_OK;
    struct base_buffer *line = line_begin(writing, "catalog");
    base_json_put_text(line, "version", version);
    base_json_put_text_n(line, "snapshot", *snapshot, *size);
    return line_close(writing);
}

/* Whatever is wrong with the events, the file tells them as they are. */
static int put_catalogs(struct writing *writing)
{
    int rc = evidence_fold_init(&writing->fold, &(struct evidence_fold_ops){.on_snapshot = on_snapshot, .owner = writing});

    evidence_fold_begin(&writing->fold, writing->id);
    for (size_t i = 0; i < writing->record_count && rc == OD_OK; i++)
        rc = evidence_fold_record(&writing->fold, writing->records[i].record, writing->records[i].size);
    return rc == OD_ENOMEM || rc == OD_EIO ? rc : OD_OK;
}

/* -- What the records quote -- */

static int put_document(struct writing *writing)
{
    struct store_document document;
    int rc = store_read_document_whole(writing->wish->reader, writing->id, &writing->arena, &document);

    if (rc != OD_OK)
        return rc == OD_ENOTFOUND ? OD_OK : rc;
    struct base_buffer *line = line_begin(writing, "document");
    put_hash(line, "hash", document.hash, BASE_HASH_SIZE);
    base_json_put_bool(line, "erased", document.salt == NULL);
    if (writing->wish->has_documents && document.salt != NULL) {
        put_hash(line, "salt", document.salt, STORE_SALT_SIZE);
        base_json_put_text_n(line, "text", document.body, document.size);
    }
    return line_close(writing);
}

static int put_entry(struct writing *writing, const struct store_entry *entry)
{
    struct base_buffer *line = line_begin(writing, "entry");
    uint8_t hash[BASE_HASH_SIZE];

    base_hash_pair(entry->salt, STORE_SALT_SIZE, entry->body, entry->body_size, hash);
    base_json_put_i64(line, "register", entry->kind);
    base_json_put_i64(line, "id", (int64_t)entry->id);
    base_json_put_i64(line, "revision", (int64_t)entry->revision);
    base_json_put_i64(line, "state", entry->state);
    put_hash(line, "hash", hash, BASE_HASH_SIZE);
    if (writing->wish->has_documents) {
        put_hash(line, "salt", entry->salt, STORE_SALT_SIZE);
        base_json_put_text_n(line, "text", entry->body, entry->body_size);
    }
    return line_close(writing);
}

static int put_entries(struct writing *writing)
{
    struct store_entry_filter filter = {.state = -1, .department = -1, .application = writing->id, .before = UINT64_MAX};
    struct store_entry *entries = base_arena_take(&writing->arena, ENTRIES_MAX * sizeof(*entries));
    size_t count = 0;
    uint64_t next;
    int rc = entries != NULL ? store_read_entries(writing->wish->reader, &filter, &writing->arena, entries, ENTRIES_MAX, &count, &next) : OD_ENOMEM;

    for (size_t i = 0; i < count && rc == OD_OK; i++)
        rc = put_entry(writing, &entries[i]);
    return rc;
}

/* As the row has it: who replays the events must come to the same. */
static int put_state(struct writing *writing, const struct journal_row *row)
{
    struct core_application *core = base_alloc(core_application_size(CORE_TASKS_MAX));
    int rc = core == NULL ? OD_ENOMEM : core_application_unpack(core, row->packed, row->packed_size);
    const struct catalog_service *service = writing->fold.service;

    if (rc == OD_OK && service != NULL && service->matter_count == core->task_count) {
        base_buffer_clear(&writing->line);
        base_json_open(&writing->line, NULL, '{');
        evidence_state_put(&writing->line, "state", service, core);
        base_json_put_base64(&writing->line, "packed", row->packed, row->packed_size);
        base_json_close(&writing->line, '}');
        rc = line_end(writing);
    }
    base_free(core);
    return rc;
}

/* -- Whole files -- */

static int number_find(struct writing *writing, const struct journal_row *row, char number[BASE_NUMBER_SIZE])
{
    struct core_application *core = base_alloc(core_application_size(CORE_TASKS_MAX));
    int rc = core == NULL ? OD_ENOMEM : core_application_unpack(core, row->packed, row->packed_size);

    if (rc == OD_OK)
        base_number_format(writing->id, core->received_day, number);
    base_free(core);
    return rc;
}

static int write_application(struct writing *writing)
{
    struct store_row row;
    struct journal_row head;
    char number[BASE_NUMBER_SIZE];
    int rc = store_read_application(writing->wish->reader, writing->id, &writing->arena, &row);

    if (rc == OD_OK)
        rc = journal_row_read(row.state, row.state_size, &head);
    if (rc == OD_OK)
        rc = store_read_history(writing->wish->reader, writing->id, 0, &writing->arena, &writing->records, &writing->record_count);
    if (rc == OD_OK)
        rc = number_find(writing, &head, number);
    if (rc == OD_OK)
        rc = put_head(writing, number);
    if (rc == OD_OK)
        rc = put_checkpoints(writing);
    if (rc == OD_OK)
        rc = put_catalogs(writing);
    for (size_t i = 0; i < writing->record_count && rc == OD_OK; i++)
        rc = put_record(writing, &writing->records[i], true);
    if (rc == OD_OK)
        rc = put_document(writing);
    if (rc == OD_OK)
        rc = put_entries(writing);
    if (rc == OD_OK)
        rc = put_state(writing, &head);
    return rc == OD_OK ? put_end(writing) : rc;
}

static void writing_fini(struct writing *writing)
{
    evidence_fold_fini(&writing->fold);
    base_free(writing->hashes);
    base_buffer_fini(&writing->line);
    base_arena_fini(&writing->arena);
}

int evidence_export_application(const struct evidence_export *wish, uint64_t application)
{
    struct writing writing = {.wish = wish, .id = application};
    int rc = application > 0 && application <= BASE_APPLICATION_ID_MAX ? write_application(&writing) : OD_ENOTFOUND;

    writing_fini(&writing);
    return rc;
}

static int write_records(struct writing *writing)
{
    struct store_record *records = base_alloc(STRETCH * sizeof(*records));
    size_t count = STRETCH;
    uint64_t after = 0;
    int rc = records != NULL ? OD_OK : OD_ENOMEM;

    while (rc == OD_OK && count == STRETCH) {
        rc = store_read_journal(writing->wish->reader, after, &writing->arena, records, STRETCH, &count);
        for (size_t i = 0; i < count && rc == OD_OK; i++) {
            rc = put_record(writing, &records[i], false);
            after = records[i].seq;
        }
        base_arena_fini(&writing->arena);
    }
    base_free(records);
    return rc;
}

int evidence_export_journal(const struct evidence_export *wish)
{
    struct writing writing = {.wish = wish};
    int rc = put_head(&writing, NULL);

    if (rc == OD_OK)
        rc = evidence_checkpoints_read(wish->reader, 0, put_checkpoint, &writing);
    if (rc == OD_OK)
        rc = write_records(&writing);
    if (rc == OD_OK)
        rc = put_end(&writing);
    writing_fini(&writing);
    return rc;
}
