/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/book.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/base64.h"
#include "base/chain.h"
#include "base/memory.h"
#include "evidence/content.h"
#include "evidence/tree.h"
#include "evidence/walk.h"

static int tell(struct evidence_book *book, enum evidence_fault fault, uint64_t seq, const char *detail)
{
    return evidence_tell(book->report, book->figures,
                         &(struct evidence_finding){.fault = fault, .seq = seq, .application = book->id, .detail = detail});
}

static bool has_hash(const struct base_json *json, const char *key, uint8_t hash[BASE_HASH_SIZE])
{
    const char *text = base_json_member_text(json, key);

    return text != NULL && base_unhex(text, hash, BASE_HASH_SIZE) == OD_OK;
}

/* -- Catalogues -- */

static int on_snapshot(void *owner, const char *version, const char **snapshot, size_t *size)
{
    const struct evidence_book *book = owner;

    for (size_t i = 0; i < book->snapshot_count; i++)
        if (strcmp(book->snapshots[i].version, version) == 0) {
            *snapshot = book->snapshots[i].text;
            *size = book->snapshots[i].size;
            return OD_OK;
        }
    return OD_ENOTFOUND;
}

static int snapshot_add(struct evidence_book *book, const char *version, const char *text)
{
    if (book->snapshot_count == book->snapshot_room) {
        size_t room = book->snapshot_room > 0 ? 2 * book->snapshot_room : 4;
        struct evidence_snapshot *snapshots = base_realloc(book->snapshots, room * sizeof(*snapshots));

        if (snapshots == NULL)
            return OD_ENOMEM;
        book->snapshots = snapshots;
        book->snapshot_room = room;
    }
    struct evidence_snapshot *snapshot = &book->snapshots[book->snapshot_count];
    snapshot->size = strlen(text);
    snapshot->text = base_copy_text(text, snapshot->size);
    snprintf(snapshot->version, sizeof(snapshot->version), "%s", version);
    book->snapshot_count += snapshot->text != NULL;
    return snapshot->text != NULL ? OD_OK : OD_ENOMEM;
}

int evidence_book_catalog(struct evidence_book *book, const struct base_json *json)
{
    const char *version = base_json_member_text(json, "version"), *text = base_json_member_text(json, "snapshot");

    if (version == NULL || text == NULL || strlen(version) != CATALOG_VERSION_SIZE - 1)
        return tell(book, EVIDENCE_FAULT_FILE, 0, "a catalogue cannot be read");
    return snapshot_add(book, version, text);
}

/* -- Checkpoints -- */

static const struct evidence_checkpoint *checkpoint_find(const struct evidence_book *book, int64_t number)
{
    for (size_t i = 0; i < book->checkpoint_count; i++)
        if ((int64_t)book->checkpoints[i].note.number == number)
            return &book->checkpoints[i];
    return NULL;
}

/* One that was kept elsewhere may not be another one. */
static int check_kept(struct evidence_book *book, const struct evidence_checkpoint *checkpoint)
{
    for (size_t i = 0; i < book->anchor->checkpoint_count; i++) {
        uint8_t mine[BASE_HASH_SIZE], kept[BASE_HASH_SIZE];

        if (book->anchor->checkpoints[i].note.number != checkpoint->note.number)
            continue;
        evidence_note_hash(&checkpoint->note, mine);
        evidence_note_hash(&book->anchor->checkpoints[i].note, kept);
        if (memcmp(mine, kept, BASE_HASH_SIZE) != 0)
            return evidence_tell(book->report, book->figures,
                                 &(struct evidence_finding){.fault = EVIDENCE_FAULT_CHECKPOINT, .checkpoint = checkpoint->note.number, .seq = checkpoint->note.first,
                                                            .detail = "the checkpoint is not the one that was kept"});
        book->figures->against++;
    }
    return OD_OK;
}

int evidence_book_checkpoint(struct evidence_book *book, const struct evidence_checkpoint *checkpoint)
{
    if (book->checkpoint_count == book->checkpoint_room) {
        size_t room = book->checkpoint_room > 0 ? 2 * book->checkpoint_room : 8;
        struct evidence_checkpoint *checkpoints = base_realloc(book->checkpoints, room * sizeof(*checkpoints));

        if (checkpoints == NULL)
            return OD_ENOMEM;
        book->checkpoints = checkpoints;
        book->checkpoint_room = room;
    }
    book->checkpoints[book->checkpoint_count++] = *checkpoint;
    book->figures->checkpoints++;
    int rc = evidence_check_signature(checkpoint, book->anchor, book->report, book->figures);
    return rc == OD_OK ? check_kept(book, checkpoint) : rc;
}

/* -- Records -- */

int evidence_book_begin(struct evidence_book *book, uint64_t id)
{
    book->id = id;
    book->fold_rc = OD_OK;
    int rc = evidence_fold_init(&book->fold, &(struct evidence_fold_ops){.on_snapshot = on_snapshot, .owner = book});
    evidence_fold_begin(&book->fold, id);
    return rc;
}

static bool is_hash(const struct store_record *record, const struct base_json *json)
{
    struct base_chain chain = {.seq = record->seq - 1};

    if (!has_hash(json, "previous", chain.hash))
        return false;
    base_chain_step(&chain, record->application, record->at_ms, record->record, record->size);
    return memcmp(chain.hash, record->hash, BASE_HASH_SIZE) == 0;
}

static size_t path_read(const struct base_json *json, uint8_t path[EVIDENCE_PATH_MAX * BASE_HASH_SIZE], bool *is_fine)
{
    const struct base_json *list = base_json_member(json, "path");
    size_t count = 0;

    *is_fine = base_json_type(list) == BASE_JSON_ARRAY && base_json_count(list) <= EVIDENCE_PATH_MAX;
    for (const struct base_json *item = *is_fine ? base_json_first(list) : NULL; item != NULL && *is_fine; item = base_json_next(item))
        *is_fine = base_json_text(item) != NULL && base_unhex(base_json_text(item), path + BASE_HASH_SIZE * count++, BASE_HASH_SIZE) == OD_OK;
    return count;
}

/* Under the checkpoint that it names, by its path; a record without one is not sealed yet. */
static int check_path(struct evidence_book *book, const struct store_record *record, const struct base_json *json)
{
    uint8_t path[EVIDENCE_PATH_MAX * BASE_HASH_SIZE];
    int64_t number;
    bool is_fine;

    if (base_json_member(json, "checkpoint") == NULL) {
        book->figures->unsealed++;
        return OD_OK;
    }
    const struct evidence_checkpoint *over =
        base_json_i64(base_json_member(json, "checkpoint"), 1, INT64_MAX, &number) == OD_OK ? checkpoint_find(book, number) : NULL;
    size_t count = path_read(json, path, &is_fine);
    if (over == NULL || !is_fine || record->seq < over->note.first || record->seq > over->note.last ||
        !evidence_path_leads(record->hash, over->note.last - over->note.first + 1, record->seq - over->note.first, path, count, over->note.root))
        return tell(book, EVIDENCE_FAULT_CHECKPOINT, record->seq, "the record is not under the checkpoint that it names");
    if (record->seq > book->figures->sealed_seq)
        book->figures->sealed_seq = record->seq;
    return OD_OK;
}

static void keep_quote(struct evidence_book *book, const struct base_json *entry)
{
    const char *hash = base_json_member_text(entry, "hash");
    int64_t kind = 0, id = 0, revision = 0, state = 0;

    if (base_json_i64(base_json_member(entry, "register"), 1, INT64_MAX, &kind) == OD_OK &&
        base_json_i64(base_json_member(entry, "id"), 1, INT64_MAX, &id) == OD_OK &&
        base_json_i64(base_json_member(entry, "revision"), 1, INT64_MAX, &revision) == OD_OK &&
        base_json_i64(base_json_member(entry, "state"), 0, INT64_MAX, &state) == OD_OK && hash != NULL)
        base_buffer_put_format(&book->quotes, "%" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " %s\n", kind, id, revision, state, hash);
}

static int on_quoting(void *owner, const struct base_json *event)
{
    struct evidence_book *book = owner;
    const char *type = base_json_member_text(event, "type"), *document = base_json_member_text(event, "document");

    if (type != NULL && strcmp(type, "received") == 0 && document != NULL)
        snprintf(book->document, sizeof(book->document), "%s", document);
    if (base_json_member(event, "entry") != NULL)
        keep_quote(book, base_json_member(event, "entry"));
    return OD_OK;
}

static int note_quotes(struct evidence_book *book, const struct store_record *record)
{
    struct base_json_error error;
    struct base_json *root = NULL;
    int rc = base_json_parse(record->record, record->size, &root, &error);

    if (rc == OD_OK)
        rc = evidence_events(root, on_quoting, book);
    base_json_destroy(root);
    if (rc == OD_ESYNTAX)
        return tell(book, EVIDENCE_FAULT_UNREADABLE, record->seq, "the record is not strict JSON");
    return rc;
}

int evidence_book_record(struct evidence_book *book, const struct store_record *record, const struct base_json *json)
{
    int rc = OD_OK;

    book->figures->records++;
    book->figures->last_ms = record->at_ms;
    if (record->seq <= book->last_seq || record->application != book->id)
        rc = tell(book, EVIDENCE_FAULT_SEQ, record->seq, "the record stands in another place, or is of another application");
    if (rc == OD_OK && !is_hash(record, json))
        rc = tell(book, EVIDENCE_FAULT_HASH, record->seq, "the record or its hash is not what was written");
    book->last_seq = book->figures->last_seq = record->seq;
    memcpy(book->figures->hash, record->hash, BASE_HASH_SIZE);
    if (rc == OD_OK)
        rc = check_path(book, record, json);
    if (rc == OD_OK)
        rc = note_quotes(book, record);
    if (rc == OD_OK && book->fold_rc == OD_OK)
        book->fold_rc = evidence_fold_record(&book->fold, record->record, record->size);
    return rc == OD_OK && book->fold_rc == OD_ENOMEM ? OD_ENOMEM : rc;
}

/* -- What the records quote -- */

/* Salt and text are in it together, or withheld together. */
static bool is_text_of(const struct base_json *json, const char *hash)
{
    const char *salt_text = base_json_member_text(json, "salt"), *text = base_json_member_text(json, "text");
    uint8_t salt[STORE_SALT_SIZE];

    if (salt_text == NULL && text == NULL)
        return true;
    return salt_text != NULL && text != NULL && base_unhex(salt_text, salt, sizeof(salt)) == OD_OK &&
           evidence_quote_is_of(hash, salt, text, strlen(text));
}

int evidence_book_document(struct evidence_book *book, const struct base_json *json)
{
    const char *hash = base_json_member_text(json, "hash");

    book->figures->documents++;
    book->figures->documents_erased += base_json_is_true(base_json_member(json, "erased"));
    if (hash == NULL || strcmp(hash, book->document) != 0 || !is_text_of(json, hash))
        return tell(book, EVIDENCE_FAULT_DOCUMENT, 0, "the document is not what was received");
    return OD_OK;
}

int evidence_book_entry(struct evidence_book *book, const struct base_json *json)
{
    const char *hash = base_json_member_text(json, "hash");
    struct base_buffer mine = {0};
    struct evidence_book as = {.quotes = mine};

    keep_quote(&as, json);
    mine = as.quotes;
    bool is_quoted = mine.size > 0 && book->quotes.size > 0 && !mine.is_broken &&
                     memmem(book->quotes.bytes, book->quotes.size, mine.bytes, mine.size) != NULL;
    bool is_broken = mine.is_broken || book->quotes.is_broken;
    base_buffer_fini(&mine);
    if (is_broken)
        return OD_ENOMEM;
    if (hash == NULL || !is_text_of(json, hash))
        return tell(book, EVIDENCE_FAULT_ENTRY, 0, "the entry is not what its hash says");
    book->figures->entries += is_quoted;
    book->figures->entries_unquoted += !is_quoted;
    return OD_OK;
}

/* -- The state -- */

static bool is_packed(const struct evidence_book *book, const char *text)
{
    uint8_t *bytes = base_alloc(2 * CORE_PACKED_MAX);
    size_t size = 0, text_size = text != NULL ? strlen(text) : 0;
    bool is_same = false;

    if (bytes != NULL && text != NULL && text_size / 4 * 3 <= CORE_PACKED_MAX && base_base64_read(text, text_size, bytes, &size) == OD_OK) {
        size_t mine = core_application_pack(book->fold.core, bytes + CORE_PACKED_MAX, CORE_PACKED_MAX);
        is_same = mine == size && memcmp(bytes, bytes + CORE_PACKED_MAX, size) == 0;
    }
    base_free(bytes);
    return is_same;
}

static bool is_told(const struct evidence_book *book, const struct base_json *state)
{
    struct base_buffer told = {0}, mine = {0};

    base_json_put(&told, NULL, state);
    evidence_state_put(&mine, NULL, book->fold.service, book->fold.core);
    bool is_same = !told.is_broken && !mine.is_broken && told.size == mine.size && memcmp(told.bytes, mine.bytes, mine.size) == 0;
    base_buffer_fini(&told);
    base_buffer_fini(&mine);
    return is_same;
}

int evidence_book_state(struct evidence_book *book, const struct base_json *root)
{
    char detail[256];

    book->has_state = true;
    if (book->snapshot_count == 0)
        return OD_OK; /* nothing to replay it by */
    if (book->fold_rc != OD_OK || book->fold.service == NULL) {
        snprintf(detail, sizeof(detail), "the events cannot be replayed: %.128s", book->fold.detail);
        return tell(book, EVIDENCE_FAULT_STATE, 0, detail);
    }
    if (!is_packed(book, base_json_member_text(root, "packed")) || !is_told(book, base_json_member(root, "state")))
        return tell(book, EVIDENCE_FAULT_STATE, 0, "the events, replayed, give another state than the one that is told");
    book->figures->is_replayed = true;
    return OD_OK;
}

int evidence_book_end(struct evidence_book *book)
{
    if (book->figures->records == 0)
        return tell(book, EVIDENCE_FAULT_FILE, 0, "there is no record in it");
    book->figures->applications = 1;
    return OD_OK;
}

void evidence_book_fini(struct evidence_book *book)
{
    for (size_t i = 0; i < book->snapshot_count; i++)
        base_free(book->snapshots[i].text);
    base_free(book->snapshots);
    base_free(book->checkpoints);
    evidence_fold_fini(&book->fold);
    base_buffer_fini(&book->quotes);
}
