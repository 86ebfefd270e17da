/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/seal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "engine/message.h"
#include "engine/repeat.h"

#define PAUSE_MS 60000 /* after one that failed */

_Static_assert(EVIDENCE_REGISTER == ENGINE_ENTRY_CHECKPOINT, "what is stored is verified without an engine");

/* Somebody who waits until a record is under a checkpoint. */
struct wait {
    struct base_list node;
    uint64_t seq;
    engine_call_cb on_sealed;
    void *data;
};

struct engine_seal {
    struct base_sign_pair pair;
    struct evidence_checkpoint last, next; /* last: number 0 = none; next: on its way */
    core_day day;                          /* civil, of the last one */
    bool is_sealing;
    int64_t pause_until_ms;                /* monotonic */
    struct base_list waits;
    unsigned wait_count;
};

int engine_seal_start(struct engine *engine, struct store_reader *reader, const char *folder, char text[512])
{
    struct engine_seal *seal = base_alloc(sizeof(*seal));
    int32_t minute, offset;

    engine->seal = seal;
    if (seal == NULL)
        return OD_ENOMEM;
    base_list_init(&seal->waits);
    seal->day = engine->now.day;
    int rc = evidence_pair_get(folder, &seal->pair, text);
    if (rc == OD_OK)
        rc = evidence_checkpoint_last(reader, &seal->last);
    if (rc == OD_OK)
        base_zone_civil(seal->last.note.at_ms, &seal->day, &minute, &offset);
    return rc == OD_ENOTFOUND ? OD_OK : rc;
}

void engine_put_seal(struct base_buffer *buffer, const char *key, const struct engine *engine)
{
    const struct evidence_note *last = &engine->seal->last.note;
    struct store_figures figures;

    store_figures(engine->store, &figures);
    base_json_open(buffer, key, '{');
    if (last->number > 0) {
        base_json_put_i64(buffer, "number", (int64_t)last->number);
        base_json_put_i64(buffer, "seq", (int64_t)last->last);
        engine_put_ms(buffer, "at", last->at_ms);
    } else {
        base_json_put_null(buffer, "number");
    }
    base_json_put_i64(buffer, "behind", figures.journal_seq > last->last ? (int64_t)(figures.journal_seq - last->last) : 0);
    base_json_close(buffer, '}');
}

void engine_seal_fini(struct engine *engine)
{
    if (engine->seal == NULL)
        return;
    while (!base_list_is_empty(&engine->seal->waits)) { /* only where the process dies: a stop tells them */
        struct wait *wait = BASE_LIST_ENTRY(engine->seal->waits.next, struct wait, node);

        base_list_remove(&wait->node);
        base_free(wait);
    }
    base_sign_pair_fini(&engine->seal->pair);
    base_free(engine->seal);
    engine->seal = NULL;
}

void engine_seal_sign(const struct engine *engine, const void *bytes, size_t size, uint8_t signature[BASE_SIGN_SIZE])
{
    base_sign(&engine->seal->pair, bytes, size, signature);
}

const struct base_sign_pair *engine_seal_pair(const struct engine *engine)
{
    return &engine->seal->pair;
}

const uint8_t *engine_seal_key(const struct engine *engine)
{
    return engine->seal->pair.key;
}

/* -- Sealing -- */

static uint64_t unsealed(const struct engine *engine)
{
    uint64_t last = engine->seal->last.note.last;

    return engine->journal_told > last ? engine->journal_told - last : 0;
}

/* A day is over, and nothing of it is still on its way to the disk: it would stand behind a checkpoint of today. */
static bool is_day_over(const struct engine *engine)
{
    return unsealed(engine) > 0 && engine->now.day != engine->seal->day && engine->committing == NULL && engine->filling->store->count == 0;
}

static bool is_due(const struct engine *engine)
{
    return !engine->is_stopping &&
           (unsealed(engine) >= ENGINE_SEAL_RECORDS || is_day_over(engine) || !base_list_is_empty(&engine->seal->waits));
}

/* Those whose records are sealed, or all, with why not. */
static void tell_waits(struct engine *engine, int rc)
{
    struct engine_seal *seal = engine->seal;
    struct base_list *node = seal->waits.next, *next;

    for (; node != &seal->waits; node = next) {
        struct wait *wait = BASE_LIST_ENTRY(node, struct wait, node);

        next = node->next;
        if (rc == OD_OK && wait->seq > seal->last.note.last)
            continue;
        base_list_remove(node);
        seal->wait_count--;
        wait->on_sealed(engine, wait->data, rc);
        base_free(wait);
    }
}

static void finish(struct engine *engine, int rc)
{
    struct engine_seal *seal = engine->seal;

    seal->is_sealing = false;
    if (rc != OD_OK) {
        seal->pause_until_ms = base_monotonic_ms() + PAUSE_MS;
        base_log(BASE_LOG_WARNING, "the journal got no checkpoint now, it is tried again: %s", base_error_text(rc));
    }
    tell_waits(engine, rc);
}

static void publish(struct engine *engine)
{
    const struct evidence_checkpoint *last = &engine->seal->last;
    char hash[2 * BASE_HASH_SIZE + 1], topic[40];
    struct base_buffer body = {0};

    base_hex(last->note.hash, BASE_HASH_SIZE, hash);
    base_log(BASE_LOG_INFO, "checkpoint %llu: journal up to record %llu, hash %s", (unsigned long long)last->note.number,
             (unsigned long long)last->note.last, hash);
    if (engine->gateway == NULL)
        return;
    snprintf(topic, sizeof(topic), "checkpoint.%llu ", (unsigned long long)last->note.number);
    evidence_checkpoint_put(&body, NULL, last);
    if (!body.is_broken)
        front_gateway_publish(engine->gateway, topic, body.bytes, body.size);
    base_buffer_fini(&body);
}

static void on_stored(struct engine *engine, void *data, int rc)
{
    struct engine_seal *seal = engine->seal;
    int32_t minute, offset;

    (void)data;
    if (rc == OD_OK) {
        seal->last = seal->next;
        base_zone_civil(seal->last.note.at_ms, &seal->day, &minute, &offset);
        publish(engine);
    }
    finish(engine, rc);
}

static void put_params(struct base_buffer *params, const struct evidence_checkpoint *checkpoint)
{
    const struct evidence_note *note = &checkpoint->note;
    char time[EVIDENCE_TIME_SIZE], hex[2 * BASE_HASH_SIZE + 1];
    const struct {
        const char *name;
        const uint8_t *hash;
    } hashes[] = {{"hash", note->hash}, {"root", note->root}, {"previous", note->previous}};
    const struct {
        const char *name;
        uint64_t value;
    } figures[] = {{"checkpoint", note->number}, {"first", note->first}, {"seq", note->last}};

    evidence_time_format(note->at_ms, time);
    base_json_open(params, NULL, '{');
    for (size_t i = 0; i < 3; i++) {
        char text[24];

        snprintf(text, sizeof(text), "%llu", (unsigned long long)figures[i].value);
        base_json_put_text(params, figures[i].name, text);
        base_hex(hashes[i].hash, BASE_HASH_SIZE, hex);
        base_json_put_text(params, hashes[i].name, hex);
    }
    base_json_put_text(params, "time", time);
    base_json_put_base64(params, "key", note->key, BASE_SIGN_KEY_SIZE);
    base_json_put_base64(params, "signature", checkpoint->signature, BASE_SIGN_SIZE);
    base_json_close(params, '}');
}

/* To those who keep it elsewhere: what is cut off here is still there. In the batch of the checkpoint. */
static int notify(struct engine *engine, const struct evidence_checkpoint *checkpoint)
{
    size_t count;
    const struct catalog_witness *witnesses = catalog_witnesses(engine->catalog, &count);
    struct base_buffer params = {0};
    int rc = OD_OK;

    put_params(&params, checkpoint);
    if (catalog_notice_rules(engine->catalog)->test_to != NULL)
        count = 0; /* nobody keeps what is only tried */
    for (size_t i = 0; i < count && rc == OD_OK; i++)
        rc = params.is_broken ? OD_ENOMEM
                              : engine_message_put(engine, &(struct engine_message){.kind = "checkpoint", .email = witnesses[i].email, .connector = witnesses[i].connector,
                                                                                    .channel = witnesses[i].email != NULL ? "email" : "webhook",
                                                                                    .params = base_buffer_text(&params)}, NULL);
    base_buffer_fini(&params);
    return rc;
}

static int put(struct engine *engine)
{
    struct engine_batch_mark mark = engine_batch_mark(engine);
    struct evidence_checkpoint *next = &engine->seal->next;
    struct base_buffer body = {0};
    char note[EVIDENCE_NOTE_MAX];

    next->note.at_ms = engine->now.ms;
    evidence_checkpoint_sign(&engine->seal->pair, next);
    evidence_note_put(&next->note, note);
    base_json_open(&body, NULL, '{');
    base_json_put_text(&body, "note", note);
    base_json_put_base64(&body, "signature", next->signature, BASE_SIGN_SIZE);
    base_json_close(&body, '}');
    struct store_entry entry = {.kind = ENGINE_ENTRY_CHECKPOINT, .id = next->note.number, .at_ms = engine->now.ms, .wake_minute = INT64_MAX,
                                .body = body.bytes, .body_size = (uint32_t)body.size};
    /* No record of it: each would ask for the next one. They are a chain of their own. */
    int rc = body.is_broken ? OD_ENOMEM : engine_entry_put(engine, &entry, NULL, on_stored, NULL);
    if (rc == OD_OK)
        rc = notify(engine, next);
    if (rc != OD_OK)
        engine_batch_back(engine, mark);
    base_buffer_fini(&body);
    return rc;
}

static void read_next(struct engine_job *job, struct store_reader *reader)
{
    struct evidence_note *notes = job->data; /* the last one, then the next */

    job->rc = evidence_note_next(reader, &notes[0], &notes[1]);
}

static void on_next(struct engine_job *job)
{
    struct engine *engine = job->engine;
    struct evidence_note *notes = job->data;
    int rc = job->rc;

    if (rc == OD_OK) {
        engine->seal->next.note = notes[1];
        rc = put(engine);
    }
    if (rc != OD_OK)
        finish(engine, rc);
    base_free(notes);
}

static void start(struct engine *engine)
{
    struct evidence_note *notes = base_alloc(2 * sizeof(*notes));
    int rc = OD_ENOMEM;

    engine->seal->is_sealing = true;
    if (notes != NULL) {
        notes[0] = engine->seal->last.note;
        rc = engine_job_start(engine, &(struct engine_job){.run = read_next, .on_done = on_next, .data = notes});
    }
    if (rc != OD_OK) {
        base_free(notes);
        finish(engine, rc);
    }
}

void engine_seal_run(struct engine *engine)
{
    const struct engine_seal *seal = engine->seal;

    if (engine->is_stopping && !seal->is_sealing)
        tell_waits(engine, OD_ECANCELLED);
    if (!seal->is_sealing && is_due(engine) && base_monotonic_ms() >= seal->pause_until_ms)
        start(engine);
}

bool engine_seal_is_quiet(const struct engine *engine)
{
    return !engine->seal->is_sealing && (!is_due(engine) || base_monotonic_ms() < engine->seal->pause_until_ms);
}

int engine_seal_want(struct engine *engine, engine_call_cb on_sealed, void *data)
{
    struct engine_seal *seal = engine->seal;
    struct wait *wait = seal->wait_count < ENGINE_SEAL_WAITS_MAX && !engine->is_stopping ? base_alloc(sizeof(*wait)) : NULL;

    if (wait == NULL)
        return OD_EBUSY;
    *wait = (struct wait){.seq = engine->journal_told, .on_sealed = on_sealed, .data = data};
    base_list_append(&seal->waits, &wait->node);
    seal->wait_count++;
    if (unsealed(engine) == 0 && !seal->is_sealing)
        tell_waits(engine, OD_OK);
    else if (!seal->is_sealing)
        start(engine);
    return OD_OK;
}

/* -- Routes -- */

static void answer_key(struct engine *engine, struct front_request *request)
{
    const struct engine_seal *seal = engine->seal;
    struct base_buffer body = {0}, pem = {0};
    char hex[2 * BASE_SIGN_KEY_SIZE + 1];

    base_hex(seal->pair.key, BASE_SIGN_KEY_SIZE, hex);
    evidence_key_put_pem(&pem, seal->pair.key);
    base_json_open(&body, NULL, '{');
    base_json_put_text(&body, "algorithm", "Ed25519");
    base_json_put_base64(&body, "key", seal->pair.key, BASE_SIGN_KEY_SIZE);
    base_json_put_text(&body, "hex", hex);
    base_json_put_text(&body, "pem", base_buffer_text(&pem));
    base_json_put_i64(&body, "checkpoints", (int64_t)seal->last.note.number);
    base_json_put_i64(&body, "sealed_seq", (int64_t)seal->last.note.last);
    base_json_close(&body, '}');
    base_buffer_fini(&pem);
    front_answer(request, 200, "application/json", NULL, &body);
}

static void answer_checkpoint(struct front_request *request, int status, const struct evidence_checkpoint *checkpoint)
{
    struct base_buffer body = {0};
    char location[128];

    snprintf(location, sizeof(location), "Location: /v1/checkpoints/%llu\r\n%s", (unsigned long long)checkpoint->note.number,
             engine_repeat_made(request) != 0 ? ENGINE_REPEAT_HEADER : "");
    evidence_checkpoint_put(&body, NULL, checkpoint);
    front_answer(request, status, "application/json", status == 201 ? location : NULL, &body);
}

static void on_entry(struct engine *engine, const struct store_entry *entry, int rc, void *data)
{
    struct evidence_checkpoint checkpoint;

    (void)engine;
    if (rc == OD_OK)
        rc = evidence_checkpoint_of(entry, &checkpoint);
    if (rc == OD_OK)
        answer_checkpoint(data, engine_repeat_made(data) != 0 ? 201 : 200, &checkpoint);
    else
        engine_answer_rc(data, rc == OD_ESYNTAX ? OD_EIO : rc);
}

static void show(struct engine *engine, struct front_request *request)
{
    char *end;
    unsigned long long number = strtoull(request->params[0], &end, 10);
    bool is_number = request->params[0][0] >= '1' && request->params[0][0] <= '9' && *end == '\0' && number < INT64_MAX;
    int rc = is_number ? engine_entry_get(engine, ENGINE_ENTRY_CHECKPOINT, number, NULL, on_entry, request) : OD_ENOTFOUND;

    if (rc != OD_OK)
        engine_answer_rc(request, rc);
}

static void on_page(struct engine *engine, const struct engine_entry_page *page, int rc, void *data)
{
    struct front_request *request = data;
    struct base_buffer body = {0};
    struct evidence_checkpoint checkpoint;

    (void)engine;
    if (rc != OD_OK) {
        engine_answer_rc(request, rc);
        return;
    }
    base_json_open(&body, NULL, '{');
    base_json_open(&body, "items", '[');
    for (size_t i = 0; i < page->count; i++)
        if (evidence_checkpoint_of(&page->entries[i], &checkpoint) == OD_OK)
            evidence_checkpoint_put(&body, NULL, &checkpoint);
    base_json_close(&body, ']');
    engine_list_answer(request, "/v1/checkpoints", &body, page->next);
}

static void list(struct engine *engine, struct front_request *request)
{
    int64_t limit = BASE_PAGE_DEFAULT, before = INT64_MAX;

    if (!engine_query_integer(request, "limit", 1, BASE_PAGE_MAX, &limit)) {
        engine_refuse_query(request, "limit");
        return;
    }
    if (!engine_query_integer(request, "cursor", 1, INT64_MAX, &before)) {
        engine_refuse_query(request, "cursor");
        return;
    }
    struct store_entry_filter filter = {.kind = ENGINE_ENTRY_CHECKPOINT, .state = -1, .department = -1,
                                        .before = before == INT64_MAX ? UINT64_MAX : (uint64_t)before};
    int rc = engine_entries_get(engine, &filter, (size_t)limit, on_page, request);
    if (rc != OD_OK)
        engine_answer_rc(request, rc);
}

/* Which one was told is known to a repetition. */
struct telling {
    struct front_request *request;
    struct evidence_checkpoint checkpoint;
};

static void on_known(struct engine *engine, void *data, int rc)
{
    const struct telling *telling = data;

    (void)engine;
    if (rc == OD_OK)
        answer_checkpoint(telling->request, 201, &telling->checkpoint);
    else
        engine_answer_rc(telling->request, rc == OD_EFULL ? OD_EBUSY : rc);
}

static void on_sealed(struct engine *engine, void *data, int rc)
{
    struct front_request *request = data;
    const struct evidence_checkpoint *last = &engine->seal->last;
    struct telling *telling = NULL;

    if (rc == OD_OK && last->note.number == 0)
        rc = OD_ENOTFOUND; /* nothing was ever written */
    if (rc == OD_OK && (telling = base_arena_take(&request->arena, sizeof(*telling))) == NULL)
        rc = OD_ENOMEM;
    if (rc == OD_OK) {
        *telling = (struct telling){request, *last};
        rc = engine_repeat_keep_alone(engine, request, last->note.number, on_known, telling);
    }
    if (rc != OD_OK)
        engine_answer_rc(request, rc == OD_EFULL ? OD_EBUSY : rc);
}

void engine_seal_perform(struct engine *engine, struct front_request *request)
{
    switch ((int)request->route) {
    case FRONT_EVIDENCE_KEY: answer_key(engine, request); return;
    case FRONT_CHECKPOINT_LIST: list(engine, request); return;
    case FRONT_CHECKPOINT_SHOW: show(engine, request); return;
    default: break;
    }
    uint64_t made = engine_repeat_made(request);
    int rc = made != 0 ? engine_entry_get(engine, ENGINE_ENTRY_CHECKPOINT, made, NULL, on_entry, request)
                       : engine_seal_want(engine, on_sealed, request);
    if (rc != OD_OK)
        engine_answer_rc(request, rc);
}
