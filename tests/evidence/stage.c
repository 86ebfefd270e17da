/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/stage.h"

#include <stdio.h>
#include <string.h>

#include "base/base64.h"
#include "lib/check.h"

#define START_MS INT64_C(1795000000000)

struct stage stage;
static const uint8_t entry_salt[STORE_SALT_SIZE] = "fedcba9876543210";

uint32_t stage_roll(uint32_t sides)
{
    stage.dice ^= stage.dice << 13;
    stage.dice ^= stage.dice >> 7;
    stage.dice ^= stage.dice << 17;
    return (uint32_t)(stage.dice >> 16) % sides;
}

/* -- Filling -- */

static void record_set(struct store_write *write, int64_t at_ms, const char *record)
{
    write->record = record;
    write->record_size = (uint32_t)strlen(record);
    write->at_ms = START_MS + at_ms;
}

static void put_intake(uint64_t id, int64_t at_ms)
{
    struct fixture *fixture = &stage.fixture;
    struct store_write *write = fixture_intake(fixture, id, 0);
    char hash[2 * BASE_HASH_SIZE + 1];

    memset(write->document_salt, (int)id, sizeof(write->document_salt));
    base_hash_pair(write->document_salt, sizeof(write->document_salt), write->document, write->document_size, write->document_hash);
    base_hex(write->document_hash, BASE_HASH_SIZE, hash);
    record_set(write, at_ms, fixture_text(fixture, "{\"number\":\"%llu\",\"events\":[{\"type\":\"received\",\"document\":\"%s\"}]}",
                                          (unsigned long long)id, hash));
}

static struct store_entry entries[2 * STAGE_APPLICATIONS];

static void put_entry(uint64_t id, uint64_t revision, int64_t at_ms)
{
    struct fixture *fixture = &stage.fixture;
    struct store_write *write = fixture_write(fixture, STORE_WRITE_ENTRY, id);
    struct store_entry *entry = &entries[id - 1 + revision * STAGE_APPLICATIONS];
    uint8_t hash[BASE_HASH_SIZE];
    char hex[2 * BASE_HASH_SIZE + 1];

    *entry = (struct store_entry){.kind = 5, .id = id, .application = id, .state = (uint8_t)(1 + revision), .revision = revision,
                                  .wake_minute = INT64_MAX, .at_ms = START_MS + at_ms, .salt = entry_salt};
    entry->body = fixture_text(fixture, "{\"text\":\"complaint %llu\"}", (unsigned long long)(10 * revision + id));
    entry->body_size = (uint32_t)strlen(entry->body);
    base_hash_pair(entry_salt, STORE_SALT_SIZE, entry->body, entry->body_size, hash);
    base_hex(hash, BASE_HASH_SIZE, hex);
    write->entry = entry;
    record_set(write, at_ms, fixture_text(fixture, "{\"events\":[{\"type\":\"complained\",\"entry\":{\"register\":5,\"id\":%llu,\"revision\":%llu,\"state\":%d,\"hash\":\"%s\"}}]}",
                                          (unsigned long long)id, (unsigned long long)revision + 1, 1 + (int)revision, hex));
}

static void put_note(uint64_t id, int64_t at_ms)
{
    struct store_write *write = fixture_transition(&stage.fixture, id, "reviewed");

    record_set(write, at_ms, fixture_text(&stage.fixture, "{\"number\":\"%llu\",\"events\":[{\"type\":\"progress\"}]}", (unsigned long long)id));
}

static void put_own(int64_t at_ms)
{
    record_set(fixture_write(&stage.fixture, STORE_WRITE_JOURNAL, 0), at_ms, "{\"type\":\"reloaded\",\"by\":\"admin\"}");
}

void stage_seal(struct evidence_checkpoint *out)
{
    struct store_reader *reader = store_reader_take(stage.fixture.store);
    struct evidence_checkpoint last = {.note = {.number = 0}}, next = {.note = {.number = 0}};
    static struct store_entry entry;
    char note[EVIDENCE_NOTE_MAX];
    struct base_buffer body = {0};

    int rc = evidence_checkpoint_last(reader, &last);
    CHECK(rc == OD_OK || rc == OD_ENOTFOUND, "the last one");
    CHECK_I64(OD_OK, evidence_note_next(reader, &last.note, &next.note), "the next one");
    store_reader_give(stage.fixture.store, reader);
    next.note.at_ms = START_MS + (next.note.number == 1 ? 500000 : 3 * INT64_C(3600000)); /* between the records, and hours later */
    evidence_checkpoint_sign(&stage.pair, &next);
    evidence_note_put(&next.note, note);
    base_json_open(&body, NULL, '{');
    base_json_put_text(&body, "note", note);
    base_json_put_base64(&body, "signature", next.signature, BASE_SIGN_SIZE);
    base_json_close(&body, '}');
    struct store_write *write = fixture_write(&stage.fixture, STORE_WRITE_ENTRY, 0);
    entry = (struct store_entry){.kind = EVIDENCE_REGISTER, .id = next.note.number, .wake_minute = INT64_MAX, .at_ms = next.note.at_ms,
                                 .salt = entry_salt, .body = base_buffer_text(&body), .body_size = (uint32_t)body.size};
    write->entry = &entry;
    fixture_commit(&stage.fixture);
    CHECK_I64(OD_OK, write->rc, "put");
    base_buffer_fini(&body);
    *out = next;
}

void stage_open(void)
{
    memset(&stage, 0, sizeof(stage));
    stage.dice = 20261129;
    memset(stage.pair.seed, 3, sizeof(stage.pair.seed));
    base_sign_pair_derive(&stage.pair);
    fixture_init(&stage.fixture);
    for (uint64_t id = 1; id <= STAGE_APPLICATIONS; id++)
        put_intake(id, (int64_t)id);
    put_own(100);
    for (uint64_t id = 1; id <= STAGE_APPLICATIONS; id++)
        put_entry(id, 0, 200 + (int64_t)id);
    fixture_commit(&stage.fixture);
    stage_seal(&stage.kept[0]);
    for (uint64_t id = 1; id <= STAGE_APPLICATIONS; id++)
        put_note(id, 1000000 + (int64_t)id);
    for (uint64_t id = 2; id <= STAGE_APPLICATIONS; id += 2)
        put_entry(id, 1, 2000000 + (int64_t)id);
    put_own(3000000);
    fixture_commit(&stage.fixture);
    stage_seal(&stage.kept[1]);
    fixture_close(&stage.fixture);
}

void stage_close(void)
{
    base_sign_pair_fini(&stage.pair);
    fixture_fini(&stage.fixture);
}

/* -- Verifying -- */

static int on_finding(void *owner, const struct evidence_finding *finding)
{
    (void)owner;
    if (stage.first.fault == EVIDENCE_FAULT_NONE)
        stage.first = *finding;
    return OD_OK;
}

static const struct evidence_report report = {.on_finding = on_finding};

static struct evidence_anchor anchor_of(const struct evidence_checkpoint *checkpoints, size_t count)
{
    struct evidence_anchor anchor = {.key_count = 1, .checkpoints = checkpoints, .checkpoint_count = count};

    memcpy(anchor.keys[0], stage.pair.key, BASE_SIGN_KEY_SIZE);
    stage.first = (struct evidence_finding){.fault = EVIDENCE_FAULT_NONE, .detail = ""};
    return anchor;
}

void stage_verify(struct store_reader *reader, const struct evidence_checkpoint *checkpoints, size_t count)
{
    struct evidence_anchor anchor = anchor_of(checkpoints, count);

    CHECK_I64(OD_OK, evidence_verify_reader(reader, &anchor, &report, &stage.figures), "it can be read");
}

void stage_verify_bytes(const char *bytes, size_t size, const struct evidence_checkpoint *checkpoints, size_t count)
{
    struct evidence_anchor anchor = anchor_of(checkpoints, count);
    FILE *file = fmemopen((void *)(uintptr_t)bytes, size > 0 ? size : 1, "rb");

    assert_non_null(file);
    if (size == 0)
        (void)fgetc(file);
    CHECK_I64(OD_OK, evidence_verify_stream(file, &anchor, &report, &stage.figures), "it can be read");
    fclose(file);
}

static int on_bytes(void *owner, const char *bytes, size_t size)
{
    base_buffer_put(owner, bytes, size);
    return OD_OK;
}

void stage_export(struct base_buffer *bytes, uint64_t application, bool has_documents)
{
    struct store_reader *reader = NULL;
    char text[512];

    CHECK_I64(OD_OK, store_reader_open(stage.fixture.folder, &reader, text), text);
    CHECK_I64(OD_OK, store_reader_hold(reader), "one moment");
    const struct evidence_export wish = {.reader = reader, .pair = &stage.pair, .now_ms = START_MS, .has_documents = has_documents,
                                         .on_bytes = on_bytes, .owner = bytes};
    CHECK_I64(OD_OK, application != 0 ? evidence_export_application(&wish, application) : evidence_export_journal(&wish), "exported");
    store_reader_release(reader);
    store_reader_close(reader);
    CHECK(!bytes->is_broken, "there is memory");
}
