/* SPDX-License-Identifier: Apache-2.0 */
/* Most records quote nothing: those are not even parsed. */
#include "evidence/content.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "evidence/walk.h"

#define KIND_SHIFT 48 /* key of an entry: kind above, id below */
#define ARENA_SIZE (1024 * 1024)

bool evidence_quote_is_of(const char *hex, const uint8_t salt[STORE_SALT_SIZE], const void *body, size_t size)
{
    uint8_t quoted[BASE_HASH_SIZE], hash[BASE_HASH_SIZE];

    base_hash_pair(salt, STORE_SALT_SIZE, body, size, hash);
    return hex != NULL && base_unhex(hex, quoted, BASE_HASH_SIZE) == OD_OK && memcmp(quoted, hash, BASE_HASH_SIZE) == 0;
}

int evidence_events(const struct base_json *root, evidence_event_cb on_event, void *owner)
{
    const struct base_json *events = base_json_member(root, "events");
    int rc = OD_OK;

    if (events == NULL)
        return on_event(owner, root);
    for (const struct base_json *event = base_json_first(events); event != NULL && rc == OD_OK; event = base_json_next(event))
        rc = on_event(owner, event);
    return rc;
}

static int tell(struct evidence_content *content, enum evidence_fault fault, const struct store_record *record, const char *detail)
{
    return evidence_tell(content->report, content->figures,
                         &(struct evidence_finding){.fault = fault, .seq = record->seq, .application = record->application, .detail = detail});
}

/* -- Documents -- */

static int check_document(struct evidence_content *content, const struct store_record *record, const char *quoted)
{
    struct store_document document;
    char hex[2 * BASE_HASH_SIZE + 1];
    int rc = store_read_document_whole(content->reader, record->application, &content->arena, &document);

    if (rc == OD_ENOMEM)
        return rc;
    if (rc != OD_OK)
        return tell(content, EVIDENCE_FAULT_DOCUMENT, record, "the document is not there, or cannot be read");
    content->figures->documents++;
    base_hex(document.hash, BASE_HASH_SIZE, hex);
    if (strcmp(hex, quoted) != 0)
        return tell(content, EVIDENCE_FAULT_DOCUMENT, record, "the document's hash is not the one that was received");
    if (document.salt == NULL) {
        content->figures->documents_erased++;
        return evidence_map_put(&content->erased, record->application, record->seq);
    }
    return evidence_quote_is_of(quoted, document.salt, document.body, document.size)
               ? OD_OK : tell(content, EVIDENCE_FAULT_DOCUMENT, record, "the document is not what was received");
}

/* -- Entries -- */

static int take_absent(struct evidence_content *content, uint64_t key, bool is_removal, uint64_t seq)
{
    if (is_removal)
        content->figures->entries_removed++;
    return evidence_map_put(&content->absent, key, is_removal ? 0 : seq);
}

/* The row as it is now: of the quoted change, of a later one, or of none. */
static int check_row(struct evidence_content *content, const struct store_record *record, const struct store_entry *entry,
                     int64_t revision, int64_t state, const char *hash)
{
    if (entry->revision > (uint64_t)revision)
        return OD_OK; /* a later record quotes it */
    if (entry->revision < (uint64_t)revision)
        return tell(content, EVIDENCE_FAULT_ENTRY, record, "the entry is of before the change on record");
    content->figures->entries++;
    bool is_same = hash != NULL && entry->state == state && entry->application == record->application &&
                   evidence_quote_is_of(hash, entry->salt, entry->body, entry->body_size);
    return is_same ? OD_OK : tell(content, EVIDENCE_FAULT_ENTRY, record, "the entry is not what its record says");
}

static int check_entry(struct evidence_content *content, const struct store_record *record, const struct base_json *quote)
{
    const char *hash = base_json_member_text(quote, "hash");
    int64_t kind, id, revision, state;
    struct store_entry entry;

    if (base_json_i64(base_json_member(quote, "register"), 1, STORE_ENTRY_KINDS - 1, &kind) != OD_OK ||
        base_json_i64(base_json_member(quote, "id"), 1, (INT64_C(1) << KIND_SHIFT) - 1, &id) != OD_OK ||
        base_json_i64(base_json_member(quote, "revision"), 1, INT64_MAX, &revision) != OD_OK ||
        base_json_i64(base_json_member(quote, "state"), 0, UINT8_MAX, &state) != OD_OK)
        return tell(content, EVIDENCE_FAULT_UNREADABLE, record, "the record's quotation of an entry cannot be read");
    uint64_t key = (uint64_t)kind << KIND_SHIFT | (uint64_t)id;
    int rc = store_read_entry(content->reader, (uint8_t)kind, (uint64_t)id, &content->arena, &entry);
    if (rc == OD_ENOTFOUND)
        return take_absent(content, key, hash == NULL, record->seq);
    if (rc == OD_ENOMEM)
        return rc;
    if (rc != OD_OK)
        return tell(content, EVIDENCE_FAULT_ENTRY, record, "the entry cannot be read");
    return check_row(content, record, &entry, revision, state, hash);
}

/* -- Records -- */

struct event_of {
    struct evidence_content *content;
    const struct store_record *record;
};

static int on_event(void *owner, const struct base_json *event)
{
    const struct event_of *of = owner;
    const char *type = base_json_member_text(event, "type"), *document = base_json_member_text(event, "document");
    const struct base_json *entry = base_json_member(event, "entry");
    int rc = OD_OK;

    if (type != NULL && strcmp(type, "received") == 0 && document != NULL && of->record->application != 0)
        rc = check_document(of->content, of->record, document);
    if (rc == OD_OK && type != NULL && strcmp(type, EVIDENCE_ERASED) == 0 && of->record->application != 0)
        rc = evidence_map_put(&of->content->erased, of->record->application, 0);
    if (rc == OD_OK && base_json_type(entry) == BASE_JSON_OBJECT)
        rc = check_entry(of->content, of->record, entry);
    return rc;
}

static bool has(const struct store_record *record, const char *text)
{
    return memmem(record->record, record->size, text, strlen(text)) != NULL;
}

int evidence_content_record(struct evidence_content *content, const struct store_record *record)
{
    struct event_of of = {content, record};
    struct base_json_error error;
    struct base_json *root = NULL;

    if (!has(record, "\"document\":\"") && !has(record, "\"entry\":{") && !has(record, "\"type\":\"" EVIDENCE_ERASED "\""))
        return OD_OK;
    int rc = base_json_parse(record->record, record->size, &root, &error);
    if (rc == OD_ENOMEM)
        return rc;
    rc = rc == OD_OK ? evidence_events(root, on_event, &of) : tell(content, EVIDENCE_FAULT_UNREADABLE, record, "the record is not strict JSON");
    base_json_destroy(root);
    if (content->arena.size > ARENA_SIZE)
        base_arena_fini(&content->arena);
    return rc;
}

/* Every row, less those that a record quotes as they are. */
static int count_unquoted(struct evidence_content *content)
{
    uint64_t rows = 0;
    int rc = store_count_entries(content->reader, &rows);

    if (rc == OD_OK)
        content->figures->entries_unquoted = rows > content->figures->entries ? rows - content->figures->entries : 0;
    return rc;
}

int evidence_content_end(struct evidence_content *content)
{
    uint64_t document = evidence_map_any(&content->erased), entry = evidence_map_any(&content->absent);
    char detail[160];
    int rc = OD_OK;

    if (document != 0) {
        snprintf(detail, sizeof(detail), "%zu documents are empty, and no record says that they were erased", content->erased.count);
        rc = evidence_tell(content->report, content->figures,
                           &(struct evidence_finding){.fault = EVIDENCE_FAULT_DOCUMENT, .application = document,
                                                      .seq = evidence_map_get(&content->erased, document), .detail = detail});
    }
    if (rc == OD_OK && entry != 0) {
        snprintf(detail, sizeof(detail), "%zu entries are gone, and no record says that they were removed", content->absent.count);
        rc = evidence_tell(content->report, content->figures,
                           &(struct evidence_finding){.fault = EVIDENCE_FAULT_ENTRY, .seq = evidence_map_get(&content->absent, entry), .detail = detail});
    }
    return rc == OD_OK ? count_unquoted(content) : rc;
}

void evidence_content_fini(struct evidence_content *content)
{
    evidence_map_fini(&content->erased);
    evidence_map_fini(&content->absent);
    base_arena_fini(&content->arena);
}
