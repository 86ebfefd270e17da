/* SPDX-License-Identifier: Apache-2.0 */
/* A file, line by line, as its bytes are: what is read is hashed along, and the last line must say the same. */
#include "evidence/evidence.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "evidence/book.h"
#include "evidence/line.h"
#include "evidence/walk.h"

#define PROGRESS 4096 /* lines */

struct reading {
    const struct evidence_anchor *anchor;
    const struct evidence_report *report;
    struct evidence_figures *figures;
    struct evidence_lines lines;
    uint8_t key[BASE_SIGN_KEY_SIZE]; /* that the head names */
    bool has_head, is_journal, has_records, has_end;
    struct evidence_walk walk;       /* of the whole journal */
    struct evidence_book book;       /* of one application */
};

static int tell(struct reading *reading, const char *detail)
{
    return evidence_tell(reading->report, reading->figures, &(struct evidence_finding){.fault = EVIDENCE_FAULT_FILE, .seq = reading->figures->last_seq,
                                                                                      .detail = detail});
}

/* -- Head -- */

static int read_head(struct reading *reading, const struct base_json *head)
{
    const char *kind = base_json_member_text(head, "kind"), *key = base_json_member_text(head, "key"), *number = base_json_member_text(head, "number");
    int64_t version, application = 0;

    if (base_json_i64(base_json_member(head, "version"), 0, INT64_MAX, &version) != OD_OK || kind == NULL || key == NULL ||
        evidence_key_read(key, strlen(key), reading->key) != OD_OK)
        return tell(reading, "the first line is not that of a file of evidence");
    if (version != EVIDENCE_FILE_VERSION)
        return tell(reading, "the file is of another version than this program reads");
    reading->is_journal = strcmp(kind, "journal") == 0;
    if (!reading->is_journal && (number == NULL || base_json_i64(base_json_member(head, "application"), 1, INT64_MAX, &application) != OD_OK))
        return tell(reading, "the first line does not say which application it is about");
    reading->has_head = true;
    memcpy(reading->figures->key, reading->key, BASE_SIGN_KEY_SIZE);
    if (number != NULL)
        snprintf(reading->figures->number, sizeof(reading->figures->number), "%.31s", number);
    int rc = evidence_book_begin(&reading->book, (uint64_t)application);
    if (rc == OD_OK && !evidence_is_trusted(reading->anchor, reading->key))
        rc = evidence_tell(reading->report, reading->figures, &(struct evidence_finding){.fault = EVIDENCE_FAULT_KEY,
                                                                                         .detail = "the file is signed by a key that is not trusted"});
    return rc;
}

/* -- Lines -- */

static int read_checkpoint(struct reading *reading, const struct base_json *json)
{
    struct evidence_checkpoint checkpoint;

    if (reading->has_records || evidence_checkpoint_read(json, &checkpoint) != OD_OK)
        return tell(reading, "a checkpoint cannot be read, or stands in another place");
    return reading->is_journal ? evidence_walk_add(&reading->walk, &checkpoint) : evidence_book_checkpoint(&reading->book, &checkpoint);
}

static int read_record(struct reading *reading, const struct base_json *json)
{
    const char *text = base_json_member_text(json, "text"), *hash = base_json_member_text(json, "hash");
    int64_t seq, application, at_ms;
    struct store_record record;
    int rc = OD_OK;

    if (text == NULL || hash == NULL || base_unhex(hash, record.hash, BASE_HASH_SIZE) != OD_OK ||
        base_json_i64(base_json_member(json, "seq"), 1, INT64_MAX, &seq) != OD_OK ||
        base_json_i64(base_json_member(json, "application"), 0, INT64_MAX, &application) != OD_OK ||
        base_json_i64(base_json_member(json, "at_ms"), INT64_MIN, INT64_MAX, &at_ms) != OD_OK)
        return tell(reading, "a record cannot be read");
    record.seq = (uint64_t)seq;
    record.application = (uint64_t)application;
    record.previous = 0;
    record.at_ms = at_ms;
    record.record = text;
    record.size = strlen(text);
    if (!reading->has_records && reading->is_journal)
        rc = evidence_walk_start(&reading->walk);
    reading->has_records = true;
    if (rc != OD_OK)
        return rc;
    return reading->is_journal ? evidence_walk_record(&reading->walk, &record) : evidence_book_record(&reading->book, &record, json);
}

static int read_line(struct reading *reading, const struct base_json *root)
{
    const struct base_json *first = base_json_first(root);
    const char *kind = base_json_type(root) == BASE_JSON_OBJECT && first != NULL ? base_json_key(first) : NULL;

    if (kind == NULL)
        return tell(reading, "a line is no object");
    if (!reading->has_head)
        return strcmp(kind, "onedoor_evidence") == 0 ? read_head(reading, first) : tell(reading, "the first line is not that of a file of evidence");
    if (strcmp(kind, "checkpoint") == 0)
        return read_checkpoint(reading, first);
    if (strcmp(kind, "record") == 0)
        return read_record(reading, first);
    if (reading->is_journal)
        return tell(reading, "a line is of no kind that a journal has");
    if (strcmp(kind, "catalog") == 0)
        return evidence_book_catalog(&reading->book, first);
    if (strcmp(kind, "document") == 0)
        return evidence_book_document(&reading->book, first);
    if (strcmp(kind, "entry") == 0)
        return evidence_book_entry(&reading->book, first);
    if (strcmp(kind, "state") == 0)
        return evidence_book_state(&reading->book, root);
    return tell(reading, "a line is of no kind that is known");
}

/* -- End -- */

static bool is_end(const char *line)
{
    return strncmp(line, "{\"end\":", 7) == 0;
}

/* Byte by byte what would be written, so that nothing can be hidden in it. */
static int read_end(struct reading *reading, const struct base_json *root, const char *line, size_t size)
{
    const char *text = base_json_member_text(base_json_member(root, "end"), "signature");
    struct evidence_checkpoint signed_by = {.note = {.number = 0}};
    struct base_buffer expected = {0};
    char message[EVIDENCE_NOTE_MAX];
    size_t message_size = evidence_lines_text(&reading->lines, message);
    int rc = OD_OK;

    reading->has_end = true;
    bool is_signature = text != NULL && evidence_signature_read(text, signed_by.signature) == OD_OK;
    evidence_end_put(&expected, &reading->lines, signed_by.signature);
    if (expected.is_broken)
        rc = OD_ENOMEM;
    else if (!is_signature || expected.size != size || memcmp(expected.bytes, line, size) != 0)
        rc = tell(reading, "the file is not what its last line says");
    else if (!base_sign_is_by(reading->key, message, message_size, signed_by.signature))
        rc = evidence_tell(reading->report, reading->figures, &(struct evidence_finding){.fault = EVIDENCE_FAULT_SIGNATURE,
                                                                                         .detail = "the file is not signed by the key that it names"});
    base_buffer_fini(&expected);
    return rc;
}

static int take_line(struct reading *reading, const char *line, size_t size)
{
    struct base_json_error error;
    struct base_json *root = NULL;

    if (reading->has_end)
        return tell(reading, "there is more behind the last line");
    int rc = line[size - 1] == '\n' ? base_json_parse(line, size - 1, &root, &error) : OD_ESYNTAX;
    if (rc == OD_ESYNTAX)
        rc = tell(reading, "a line is not strict JSON, or does not end");
    else if (rc == OD_OK)
        rc = is_end(line) && reading->has_head ? read_end(reading, root, line, size) : read_line(reading, root);
    base_json_destroy(root);
    if (!reading->has_end)
        evidence_lines_add(&reading->lines, line, size);
    return rc;
}

static int finish(struct reading *reading)
{
    int rc = reading->has_end ? OD_OK : tell(reading, "the file ends before its last line");

    if (rc == OD_OK && reading->is_journal && !reading->has_records)
        rc = evidence_walk_start(&reading->walk);
    if (rc == OD_OK && reading->has_head)
        rc = reading->is_journal ? evidence_walk_end(&reading->walk) : evidence_book_end(&reading->book);
    if (reading->is_journal)
        reading->figures->unsealed = reading->figures->records > reading->figures->sealed_seq ? reading->figures->records - reading->figures->sealed_seq : 0;
    return rc;
}

static int read_file(struct reading *reading, FILE *file)
{
    char *line = NULL;
    size_t room = 0;
    ssize_t size;
    int rc = OD_OK;

    while (rc == OD_OK && (size = getline(&line, &room, file)) > 0) {
        rc = size <= EVIDENCE_LINE_MAX ? take_line(reading, line, (size_t)size) : OD_ELIMIT;
        if (rc == OD_OK && reading->report->on_progress != NULL && reading->lines.count % PROGRESS == 0)
            rc = reading->report->on_progress(reading->report->owner, reading->figures->records, 0);
    }
    if (rc == OD_OK && ferror(file))
        rc = OD_EIO;
    free(line);
    return rc == OD_OK ? finish(reading) : rc;
}

int evidence_verify_stream(FILE *file, const struct evidence_anchor *anchor, const struct evidence_report *report,
                           struct evidence_figures *figures)
{
    struct reading *reading = base_alloc(sizeof(*reading));

    *figures = (struct evidence_figures){0};
    if (reading == NULL)
        return OD_ENOMEM;
    *reading = (struct reading){.anchor = anchor, .report = report, .figures = figures,
                                .walk = {.anchor = anchor, .report = report, .figures = figures},
                                .book = {.anchor = anchor, .report = report, .figures = figures}};
    int rc = read_file(reading, file);
    evidence_walk_fini(&reading->walk);
    evidence_book_fini(&reading->book);
    base_free(reading);
    return rc;
}

int evidence_verify_file(const char *path, const struct evidence_anchor *anchor, const struct evidence_report *report,
                         struct evidence_figures *figures, char text[512])
{
    FILE *file = fopen(path, "rbe");
    int rc = file == NULL && errno == ENOENT ? OD_ENOTFOUND : OD_EIO;

    *figures = (struct evidence_figures){0};
    text[0] = '\0';
    if (file == NULL) {
        snprintf(text, 512, "%.300s: %s", path, strerror(errno));
        return rc;
    }
    rc = evidence_verify_stream(file, anchor, report, figures);
    fclose(file);
    if (rc != OD_OK)
        snprintf(text, 512, "%.300s cannot be read to its end", path);
    return rc;
}
