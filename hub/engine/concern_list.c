/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of concerns: open ones in the order of their dates, the others newest first.
 *
 *   list -> query (422) -> [pool: a page of entries, or the dates of all open ones and then a page] -> those the reader
 *   may see -> JSON
 *
 * Cost by date: a read of every open one, and no more memory than a page. */
#include "engine/concern.h"

#include <stdio.h>
#include <string.h>

#define CHUNK 64 /* entries read at a time while only their dates are looked at */

struct key {
    core_day due; /* INT32_MAX = none */
    uint64_t id;
};

struct listing {
    struct front_request *request;
    struct engine *engine;
    const struct engine_concern_kind *kind;
    struct store_entry_filter filter;
    bool is_by_date, is_overdue_only;
    size_t room, count;
    struct key after;             /* of the page before; id 0 = from the first */
    struct key *keys;             /* by date: key_count of those that come first; in the job's arena */
    size_t key_count;
    struct store_entry *entries;  /* in the job's arena */
    uint64_t next;                /* filter's `before`; 0 = no more */
    struct key last;              /* of this page, by date; id 0 = no more */
};

/* -- By date -- */

static int compare(const void *left, const void *right)
{
    const struct key *a = left, *b = right;

    if (a->due != b->due)
        return a->due < b->due ? -1 : 1;
    return a->id < b->id ? -1 : a->id > b->id;
}

/* The date as it was written last: what a calendar moved since is written again soon. */
static bool key_read(const struct listing *listing, const struct store_entry *entry, struct key *key)
{
    struct base_json_error error;
    struct base_json *tree = NULL;
    const char *due;

    *key = (struct key){.due = INT32_MAX, .id = entry->id};
    if (base_json_parse(entry->body, entry->body_size, &tree, &error) != OD_OK)
        return false;
    bool is_wanted = !listing->is_overdue_only || base_json_is_true(base_json_member(tree, "overdue"));
    due = base_json_member_text(tree, "due");
    if (due != NULL && base_day_parse(due, &key->due) != OD_OK)
        key->due = INT32_MAX;
    base_json_destroy(tree);
    return is_wanted;
}

/* One more of those that come first: sorted, at most room and one, the last of which says that there are more. */
static void key_keep(struct listing *listing, const struct key *key)
{
    size_t at = listing->key_count;

    if (listing->after.id != 0 && compare(key, &listing->after) <= 0)
        return;
    if (listing->key_count == listing->room + 1) {
        if (compare(key, &listing->keys[--at]) >= 0)
            return;
    } else {
        listing->key_count++;
    }
    for (; at > 0 && compare(key, &listing->keys[at - 1]) < 0; at--)
        listing->keys[at] = listing->keys[at - 1];
    listing->keys[at] = *key;
}

static int read_keys(struct listing *listing, struct store_reader *reader)
{
    struct store_entry_filter filter = listing->filter;
    struct store_entry entries[CHUNK];
    int rc = OD_OK;

    do {
        struct base_arena arena = {0};
        struct key key;
        size_t found = 0;

        rc = store_read_entries(reader, &filter, &arena, entries, CHUNK, &found, &filter.before);
        for (size_t i = 0; rc == OD_OK && i < found; i++)
            if (key_read(listing, &entries[i], &key))
                key_keep(listing, &key);
        base_arena_fini(&arena);
    } while (rc == OD_OK && filter.before != 0);
    return rc;
}

static void read_by_date(struct engine_job *job, struct store_reader *reader)
{
    struct listing *listing = job->data;

    listing->keys = base_arena_take(&job->arena, (listing->room + 1) * sizeof(*listing->keys));
    listing->entries = base_arena_take(&job->arena, listing->room * sizeof(*listing->entries));
    job->rc = listing->keys != NULL && listing->entries != NULL ? read_keys(listing, reader) : OD_ENOMEM;
    for (size_t i = 0; i < listing->key_count && i < listing->room && job->rc == OD_OK; i++) {
        job->rc = store_read_entry(reader, listing->kind->kind, listing->keys[i].id, &job->arena, &listing->entries[listing->count]);
        if (job->rc == OD_OK)
            listing->count++;
        else if (job->rc == OD_ENOTFOUND) /* removed since */
            job->rc = OD_OK;
    }
    if (listing->key_count > listing->room)
        listing->last = listing->keys[listing->room - 1];
}

/* -- Newest first -- */

static void read_newest(struct engine_job *job, struct store_reader *reader)
{
    struct listing *listing = job->data;

    listing->entries = base_arena_take(&job->arena, listing->room * sizeof(*listing->entries));
    job->rc = listing->entries == NULL ? OD_ENOMEM : store_read_entries(reader, &listing->filter, &job->arena, listing->entries,
                                                                         listing->room, &listing->count, &listing->next);
}

/* -- Answering -- */

static void put_items(struct base_buffer *body, struct listing *listing)
{
    base_json_open(body, "items", '[');
    for (size_t i = 0; i < listing->count; i++) {
        struct engine_concern concern = {0};

        if (engine_concern_read(listing->engine, &listing->entries[i], &concern) != OD_OK)
            continue; /* logged; one bad row must not hide the others */
        bool is_wanted = listing->is_by_date || !listing->is_overdue_only || concern.clock.is_overdue;
        if (is_wanted && engine_concern_may_see(listing->engine, listing->request, &concern))
            engine_concern_put(body, NULL, listing->engine, &concern, (struct engine_concern_shown){0});
        engine_concern_fini(&concern);
    }
    base_json_close(body, ']');
}

static void on_read(struct engine_job *job)
{
    struct listing *listing = job->data;
    struct base_buffer body = {0};
    bool has_more = listing->next != 0 || listing->last.id != 0;
    char cursor[48];

    if (job->rc != OD_OK) {
        engine_answer_rc(listing->request, job->rc);
        base_free(listing);
        return;
    }
    if (listing->is_by_date)
        snprintf(cursor, sizeof(cursor), "%d.%llu", (int)listing->last.due, (unsigned long long)listing->last.id);
    else
        snprintf(cursor, sizeof(cursor), "%llu", (unsigned long long)listing->next);
    base_json_open(&body, NULL, '{');
    put_items(&body, listing);
    base_json_put_text(&body, "next_cursor", has_more ? cursor : NULL);
    base_json_close(&body, '}');
    front_answer(listing->request, 200, "application/json",
                 has_more ? engine_link_next(listing->request, listing->request->path, cursor) : NULL, &body);
    base_free(listing);
}

/* -- What is asked -- */

static bool read_state(struct listing *listing)
{
    const char *word = front_query(listing->request, "state");

    listing->filter.state = -1;
    for (int16_t state = ENGINE_CONCERN_OPEN; word != NULL && state < ENGINE_CONCERN_STATES; state++)
        if (listing->kind->states[state] != NULL && strcmp(listing->kind->states[state], word) == 0)
            listing->filter.state = state;
    return word == NULL || listing->filter.state >= 0;
}

static bool read_flag(struct listing *listing)
{
    const char *word = front_query(listing->request, "overdue");

    listing->is_overdue_only = word != NULL && strcmp(word, "true") == 0;
    return word == NULL || listing->is_overdue_only || strcmp(word, "false") == 0;
}

/* An officer asks for the own department, the front desk for what is of none; who sees all may name one. */
static bool read_department(struct listing *listing)
{
    const uint32_t wide = FRONT_ROLE_SUPERVISOR | FRONT_ROLE_ADMIN | FRONT_ROLE_FRONT_DESK;
    const struct front_identity *who = &listing->request->identity;
    const char *word = front_query(listing->request, "department");
    struct engine_department *found;

    listing->filter.department = -1;
    if ((who->roles & wide) == 0 && who->department[0] != '\0')
        word = who->department;
    if (word == NULL)
        return true;
    if (catalog_department_find(listing->engine->catalog, word) == NULL || engine_department_get(listing->engine, word, &found) != OD_OK)
        return false;
    listing->filter.department = found->number;
    return true;
}

static bool read_number(struct listing *listing)
{
    const char *word = listing->request->route == FRONT_EVALUATION_OF ? listing->request->params[0] : front_query(listing->request, "number");
    int32_t day;

    return word == NULL || base_number_parse(word, &listing->filter.application, &day) == OD_OK;
}

static bool read_digits(const char *text, uint64_t *value)
{
    *value = 0;
    for (const char *at = text; *at != '\0'; at++) {
        if (*at < '0' || *at > '9' || at - text >= 18)
            return false;
        *value = *value * 10 + (uint64_t)(*at - '0');
    }
    return *text != '\0';
}

/* "20058.17" by date, else "17". */
static bool read_cursor(struct listing *listing)
{
    const char *cursor = front_query(listing->request, "cursor");
    char day[24];
    uint64_t due;

    listing->filter.before = UINT64_MAX;
    if (cursor == NULL)
        return true;
    if (!listing->is_by_date)
        return read_digits(cursor, &listing->filter.before) && listing->filter.before > 0;
    size_t size = strcspn(cursor, ".");
    if (size >= sizeof(day) || cursor[size] != '.')
        return false;
    snprintf(day, sizeof(day), "%.*s", (int)size, cursor);
    if (!read_digits(day, &due) || due > INT32_MAX || !read_digits(cursor + size + 1, &listing->after.id) || listing->after.id == 0)
        return false;
    listing->after.due = (core_day)due;
    return true;
}

static const char *fault(struct listing *listing)
{
    int64_t limit = BASE_PAGE_DEFAULT;

    if (!read_state(listing))
        return "state";
    if (!read_flag(listing))
        return "overdue";
    if (!read_department(listing))
        return "department";
    if (!read_number(listing))
        return "number";
    if (!engine_query_integer(listing->request, "limit", 1, BASE_PAGE_MAX, &limit))
        return "limit";
    listing->room = (size_t)limit;
    listing->is_by_date = listing->filter.state == ENGINE_CONCERN_OPEN && listing->filter.application == 0;
    return read_cursor(listing) ? NULL : "cursor";
}

void engine_concern_list(struct engine *engine, struct front_request *request, const struct engine_concern_kind *kind)
{
    struct listing *listing = base_alloc(sizeof(*listing));
    const char *wrong;
    int rc = OD_ENOMEM;

    if (listing != NULL) {
        *listing = (struct listing){.request = request, .engine = engine, .kind = kind, .filter = {.kind = kind->kind}};
        wrong = fault(listing);
        if (wrong != NULL) {
            engine_refuse_query(request, wrong);
            base_free(listing);
            return;
        }
        rc = engine_job_start(engine, &(struct engine_job){.request = request, .run = listing->is_by_date ? read_by_date : read_newest,
                                                            .on_done = on_read, .data = listing});
    }
    if (rc != OD_OK) {
        base_free(listing);
        engine_answer_rc(request, rc);
    }
}
