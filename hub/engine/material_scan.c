/* SPDX-License-Identifier: Apache-2.0 */
/* Documents are looked at by a virus scanner: an errand of a connector that serves scans. It reads the document by od.material and
 * gives an opinion: approve = clean, reject = infected, not_applicable = it has nothing to say.
 *
 *   a new content -> errand WAITING, in the batch of its entry -> offered -> opinion
 *     clean    -> what waited for it is supplied
 *     infected -> refused: all who have it are told, staff are alerted, nobody is ever handed the document; the errand has a wake until
 *                 everybody was told, whatever comes between
 *     failed   -> tried anew: a scanner that is down lets nothing pass
 *
 * What the scanner found stands in the errand alone; the content's entry names the errand. Without a scanner nothing is
 * scanned and everything passes. */
#include "engine/material.h"

#include <string.h>

#define RETRY_MINUTES 10
#define FOLLOW_MINUTES 2 /* more than one, since the first of them may be over in a moment */

/* -- What was found -- */

static enum engine_scan verdict_of(enum engine_errand_state state, const struct base_json *note)
{
    const char *opinion = base_json_member_text(note, "opinion");

    if (state == ENGINE_ERRAND_DONE || state == ENGINE_ERRAND_SENT)
        return ENGINE_SCAN_CLEAN;
    return state == ENGINE_ERRAND_FAILED && opinion != NULL && strcmp(opinion, "reject") == 0 ? ENGINE_SCAN_INFECTED : ENGINE_SCAN_WAITING;
}

uint64_t engine_scan_errand_of(const struct base_json *content)
{
    int64_t id = 0;

    return base_json_i64(base_json_member(content, "scan"), 1, INT64_MAX, &id) == OD_OK ? (uint64_t)id : 0;
}

int engine_scan_verdict(const struct store_entry *entry, enum engine_scan *scan)
{
    struct base_json_error error;
    struct base_json *body = NULL;
    int rc = base_json_parse(entry->body, entry->body_size, &body, &error);

    if (rc == OD_OK)
        *scan = verdict_of((enum engine_errand_state)entry->state, base_json_member(body, "note"));
    base_json_destroy(body);
    return rc;
}

int engine_scan_read(struct store_reader *reader, struct base_arena *arena, const struct base_json *content, enum engine_scan *scan)
{
    struct store_entry entry;
    uint64_t id = engine_scan_errand_of(content);

    *scan = ENGINE_SCAN_NONE;
    if (id == 0)
        return OD_OK;
    *scan = ENGINE_SCAN_WAITING;
    int rc = store_read_entry(reader, ENGINE_ENTRY_SCAN, id, arena, &entry);
    if (rc == OD_OK)
        rc = engine_scan_verdict(&entry, scan);
    return rc == OD_ENOTFOUND ? OD_OK : rc;
}

int engine_scan_find(struct store_reader *reader, struct base_arena *arena, const char *digits, enum engine_scan *scan)
{
    struct store_entry entry;
    struct base_json_error error;
    struct base_json *body = NULL;
    int rc = store_read_entry_named(reader, ENGINE_ENTRY_MATERIAL, digits, arena, &entry);

    *scan = ENGINE_SCAN_NONE;
    if (rc == OD_OK)
        rc = base_json_parse(entry.body, entry.body_size, &body, &error);
    if (rc == OD_OK)
        rc = engine_scan_read(reader, arena, body, scan);
    base_json_destroy(body);
    return rc == OD_ENOTFOUND ? OD_OK : rc;
}

/* -- A new content -- */

int engine_scan_put(struct engine *engine, const struct engine_keep *keep, uint64_t *id)
{
    struct base_buffer form = {0}, about = {0};
    struct engine_errand_new fresh = {.entry = ENGINE_ENTRY_SCAN, .application = keep->application, .number = keep->number};

    *id = 0;
    if (!engine_errand_has_connector(engine, &engine_scan_errand))
        return OD_OK;
    base_json_open(&form, NULL, '{');
    base_json_put_text(&form, "sha256", keep->digits);
    base_json_put_i64(&form, "size", (int64_t)keep->size);
    base_json_put_text(&form, "media_type", catalog_document_media_type(keep->document));
    base_json_close(&form, '}');
    base_json_open(&about, NULL, '{');
    base_json_put_text(&about, "material", keep->material);
    if (keep->application != 0) /* it is supplied under that name; else nobody asks for it, and it may say something about a person */
        base_json_put_text(&about, "name", keep->name);
    base_json_put_text(&about, "media_type", catalog_document_media_type(keep->document));
    base_json_put_i64(&about, "size", (int64_t)keep->size);
    base_json_put_text(&about, "sha256", keep->digits);
    base_json_put_text(&about, "by", keep->by);
    base_json_close(&about, '}');
    fresh.form = base_buffer_text(&form);
    fresh.about = base_buffer_text(&about);
    int rc = form.is_broken || about.is_broken ? OD_ENOMEM : engine_errand_put(engine, &fresh, id, NULL, NULL);
    base_buffer_fini(&form);
    base_buffer_fini(&about);
    return rc;
}

/* -- What follows a verdict: the errand has a wake until it is done, so what a full batch or a crash came between is done then -- */

static int settle(struct engine *engine, struct engine_errand *errand, void *data)
{
    (void)engine;
    (void)data;
    if (errand->wake_minute == INT64_MAX)
        return OD_EEXIST;
    errand->wake_minute = INT64_MAX;
    return OD_OK;
}

static void on_settled(struct engine *engine, const struct engine_errand *errand, int rc, void *data)
{
    (void)engine;
    (void)errand;
    (void)data;
    if (rc != OD_OK)
        base_log(BASE_LOG_DEBUG, "a scan is looked at again in a minute: %s", base_error_text(rc));
}

void engine_scan_settle(struct engine *engine, uint64_t errand)
{
    if (engine_errand_change(engine, ENGINE_ENTRY_SCAN, errand, "hub", settle, on_settled, NULL) != OD_OK)
        on_settled(engine, NULL, OD_EBUSY, NULL);
}

/* -- Clean: what waited for it is supplied -- */

struct supply {
    struct engine_turn turn; /* after those that are about to record it */
    struct base_json *body;  /* owned: {"materials": [...]} */
    uint64_t errand;
};

/* An upload that was refused, or broke off, has handed nothing in. Errors: OD_ENOTFOUND; OD_EBUSY it is under way. */
static int listed_check(const struct engine *engine, const struct engine_versions *versions, const struct supply *supply)
{
    const struct base_json *item = base_json_first(base_json_member(supply->body, "materials"));
    const char *material = base_json_member_text(item, "material"), *digits = base_json_member_text(item, "sha256");

    if (material == NULL || digits == NULL)
        return OD_ENOTFOUND;
    if (engine_versions_have(versions, material, digits))
        return OD_OK;
    return engine_upload_has(engine, digits) ? OD_EBUSY : OD_ENOTFOUND;
}

static void on_versions(struct engine *engine, struct engine_application *application, const struct engine_versions *versions, int rc, void *data)
{
    struct supply *supply = data;

    if (rc == OD_OK)
        rc = listed_check(engine, versions, supply);
    if (rc == OD_OK)
        rc = engine_supply(engine, application, supply->body, "hub", NULL);
    bool is_off = rc == OD_EBUSY || rc == OD_ENOMEM; /* the wake comes again */
    if (rc != OD_OK && !is_off && rc != OD_ENOTFOUND && rc != OD_ESTATE)
        base_log(BASE_LOG_ERROR, "a document that was scanned is not supplied: %s; upload it again", base_error_text(rc));
    if (!is_off)
        engine_scan_settle(engine, supply->errand);
    engine_turn_end(engine, &supply->turn);
    base_json_destroy(supply->body);
    base_free(supply);
}

static void on_turn(struct engine *engine, void *data)
{
    struct supply *supply = data;

    engine_versions_get(engine, supply->turn.application, on_versions, supply);
}

static void supply_start(struct engine *engine, const struct engine_errand *errand, const struct base_json *about)
{
    struct supply *supply = base_alloc(sizeof(*supply));
    struct base_buffer text = {0};
    struct base_json_error error;
    int rc = OD_ENOMEM;

    base_json_open(&text, NULL, '{');
    base_json_open(&text, "materials", '[');
    base_json_open(&text, NULL, '{');
    engine_put_document(&text, about);
    base_json_put_bool(&text, "listed", true); /* by its upload */
    base_json_close(&text, '}');
    base_json_close(&text, ']');
    base_json_close(&text, '}');
    if (supply != NULL && !text.is_broken)
        rc = base_json_parse(text.bytes, text.size, &supply->body, &error);
    base_buffer_fini(&text);
    if (rc != OD_OK) {
        base_free(supply);
        return;
    }
    supply->errand = errand->id;
    supply->turn = (struct engine_turn){.application = errand->application, .on_turn = on_turn, .data = supply};
    engine_turn_take(engine, &supply->turn);
}

/* -- Infected: everybody learns of it -- */

/* The scanner's last report: as it came with this change, else as it was kept. NULL = none. Owned by the caller. */
static struct base_json *note_copy(const struct engine_errand *errand)
{
    const struct base_buffer *fresh = &errand->texts[ENGINE_ERRAND_NOTE];
    struct base_json_error error;
    struct base_json *note = NULL;
    struct base_buffer kept = {0};

    if (fresh->size == 0)
        base_json_put(&kept, NULL, engine_errand_member(errand, "note"));
    const struct base_buffer *text = fresh->size > 0 ? fresh : &kept;
    if (text->size == 0 || text->is_broken || base_json_parse(text->bytes, text->size, &note, &error) != OD_OK)
        note = NULL;
    base_buffer_fini(&kept);
    return note;
}

static const char *reason_of(const struct base_json *note)
{
    return base_json_text(base_json_first(base_json_member(note, "reasons")));
}

static void refuse(struct engine *engine, const struct engine_errand *errand, const struct engine_application *application,
                   const struct base_json *note)
{
    struct base_buffer about = {0};
    const struct base_json *document = engine_errand_member(errand, "about");
    const char *material = base_json_member_text(document, "material");

    engine_content_infected(engine, base_json_member_text(document, "sha256"));
    base_json_open(&about, NULL, '{');
    base_json_put_text(&about, "sha256", base_json_member_text(document, "sha256"));
    base_json_put_text(&about, "number", errand->number);
    base_json_put_text(&about, "material", material);
    base_json_put_text(&about, "connector", errand->connector);
    if (base_json_member_text(document, "by") != NULL)
        base_json_put_text(&about, "by", base_json_member_text(document, "by")); /* who handed it in */
    base_json_close(&about, '}');
    if (about.is_broken || engine_alert_put(engine, ENGINE_ALERT_INFECTED, base_buffer_text(&about)) != OD_OK)
        base_log(BASE_LOG_ERROR, "an infected document, and nobody is alerted: no room");
    if (application != NULL && material != NULL &&
        engine_refused_tell(engine, errand->application, errand->number, material, reason_of(note), errand->id) != OD_OK)
        base_log(BASE_LOG_DEBUG, "an applicant is told of a refused document in a moment: no room");
    engine_infected_tell(engine, errand, reason_of(note));
    base_buffer_fini(&about);
}

/* -- The errand -- */

/* One scanner that finds something is enough: no other is asked. */
static void on_change(struct engine *engine, struct engine_errand *errand, struct engine_application *application)
{
    struct base_json *note = errand->is_changed ? note_copy(errand) : NULL;
    const char *opinion = base_json_member_text(note, "opinion");

    if (errand->is_changed && errand->state == ENGINE_ERRAND_WAITING && opinion != NULL && strcmp(opinion, "reject") == 0)
        engine_errand_move(engine, errand, ENGINE_ERRAND_FAILED);
    enum engine_scan scan = errand->is_changed ? verdict_of(errand->state, note) : ENGINE_SCAN_NONE;
    if (scan == ENGINE_SCAN_INFECTED) {
        errand->wake_minute = engine->now.ms / 60000 + FOLLOW_MINUTES;
        refuse(engine, errand, application, note);
    } else if (scan == ENGINE_SCAN_CLEAN && application != NULL) {
        errand->wake_minute = engine->now.ms / 60000 + FOLLOW_MINUTES;
        supply_start(engine, errand, engine_errand_member(errand, "about"));
    } else if (scan == ENGINE_SCAN_WAITING && errand->state == ENGINE_ERRAND_FAILED)
        errand->wake_minute = engine->now.ms / 60000 + RETRY_MINUTES;
    base_json_destroy(note);
}

static int restart(struct engine *engine, struct engine_errand *errand, void *data)
{
    (void)data;
    if (errand->state != ENGINE_ERRAND_FAILED)
        return OD_EEXIST;
    errand->wake_minute = INT64_MAX;
    engine_errand_restart(engine, errand);
    return OD_OK;
}

static void on_restarted(struct engine *engine, const struct engine_errand *errand, int rc, void *data)
{
    (void)engine;
    (void)errand;
    (void)data;
    if (rc != OD_OK)
        base_log(BASE_LOG_WARNING, "a document that could not be scanned is not tried anew yet: %s", base_error_text(rc));
}

static void on_due(struct engine *engine, const struct engine_errand *errand)
{
    const struct base_json *note = engine_errand_member(errand, "note");

    if (errand->state != ENGINE_ERRAND_FAILED)
        supply_start(engine, errand, engine_errand_member(errand, "about"));
    else if (verdict_of(errand->state, note) == ENGINE_SCAN_INFECTED)
        engine_infected_tell(engine, errand, reason_of(note));
    else if (engine_errand_change(engine, ENGINE_ENTRY_SCAN, errand->id, "hub", restart, on_restarted, NULL) != OD_OK)
        base_log(BASE_LOG_DEBUG, "a scan is looked at again in a minute: no room");
}

/* -- Start -- */

static int infected_read(struct engine *engine, const struct store_entry *entry)
{
    struct base_json_error error;
    struct base_json *body = NULL;
    int rc = base_json_parse(entry->body, entry->body_size, &body, &error);

    if (rc == OD_OK && verdict_of((enum engine_errand_state)entry->state, base_json_member(body, "note")) == ENGINE_SCAN_INFECTED)
        rc = engine_infected_add(engine->materials, base_json_member_text(base_json_member(body, "about"), "sha256"));
    base_json_destroy(body);
    return rc;
}

int engine_scans_load(struct engine *engine)
{
    struct store_reader *reader = store_reader_take(engine->store);
    struct store_entry entries[64];
    size_t count = 64;
    uint64_t after = 0;
    int rc = OD_OK;

    while (rc == OD_OK && count == 64) {
        struct base_arena arena = {0};

        rc = store_read_entries_up(reader, ENGINE_ENTRY_SCAN, ENGINE_ERRAND_FAILED, after, &arena, entries, 64, &count);
        for (size_t i = 0; rc == OD_OK && i < count; i++) {
            after = entries[i].id;
            rc = infected_read(engine, &entries[i]);
        }
        base_arena_fini(&arena);
    }
    store_reader_give(engine->store, reader);
    return rc;
}

const struct engine_errand_kind engine_scan_errand = {.entry = ENGINE_ENTRY_SCAN, .serves = "scans", .prefix = "scan", .matter = "@scans",
                                                      .may_double = true, .on_change = on_change, .on_due = on_due};
