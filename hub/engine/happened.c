/* SPDX-License-Identifier: Apache-2.0 */
/* What happened on a day: out of the records of that day, since neither acceptance nor decision is a column of its own. */
#include "engine/operations.h"

#include <string.h>

#define RECORDS_STEP 200
#define RECORDS_MAX 5000 /* of one page; there may be more on the next */

static bool says(const struct base_json *event, const char *member, const char *word)
{
    const char *text = base_json_member_text(event, member);

    return text != NULL && strcmp(text, word) == 0;
}

bool engine_happened_is(const struct base_json *event, enum engine_happening happening)
{
    switch (happening) {
    case ENGINE_HAPPENING_NONE: break;
    case ENGINE_HAPPENED_RECEIVED: return says(event, "type", "received");
    case ENGINE_HAPPENED_ACCEPTED: return says(event, "notice", "accepted");
    case ENGINE_HAPPENED_DECIDED: return says(event, "type", "decided");
    }
    return false;
}

enum engine_happening engine_happening_find(const char *word)
{
    static const char *const words[] = {"", "received", "accepted", "decided"};

    for (unsigned i = ENGINE_HAPPENED_RECEIVED; i <= ENGINE_HAPPENED_DECIDED; i++)
        if (strcmp(words[i], word) == 0)
            return (enum engine_happening)i;
    return ENGINE_HAPPENING_NONE;
}

/* Most records hold none of it, and are not parsed; what a connector says in its own words may look alike. */
struct base_json *engine_happened_parse(const struct store_record *record)
{
    struct base_json_error error;
    struct base_json *root = NULL;

    if (strstr(record->record, "\"received\"") == NULL && strstr(record->record, "\"accepted\"") == NULL &&
        strstr(record->record, "\"decided\"") == NULL)
        return NULL;
    return base_json_parse(record->record, strlen(record->record), &root, &error) == OD_OK ? root : NULL;
}

static bool is_told(const struct store_record *record, enum engine_happening happening)
{
    struct base_json *root = record->application != 0 ? engine_happened_parse(record) : NULL;
    const struct base_json *event = base_json_first(base_json_member(root, "events"));

    while (event != NULL && !engine_happened_is(event, happening))
        event = base_json_next(event);
    base_json_destroy(root);
    return event != NULL;
}

static bool is_wanted(const struct store_row *row, const struct store_filter *filter)
{
    return (filter->service < 0 || row->service == filter->service) && (filter->status == 0 || row->status == filter->status) &&
           (filter->overdue < 0 || row->is_overdue == (filter->overdue == 1)) &&
           (filter->due_before == INT32_MAX || row->due_day < filter->due_before);
}

static int take(struct store_reader *reader, const struct engine_happened *wanted, uint64_t application, struct base_arena *arena,
                struct store_row *rows, size_t *count)
{
    int rc = store_read_application(reader, application, arena, &rows[*count]);

    if (rc == OD_OK && is_wanted(&rows[*count], &wanted->filter))
        ++*count;
    return rc == OD_ENOTFOUND ? OD_OK : rc;
}

/* Records behind *seq, up to `last`; *seq moves along. Fewer than the step were there: *is_over. */
static int read_step(struct store_reader *reader, const struct engine_happened *wanted, uint64_t last, uint64_t *seq,
                     struct base_arena *arena, struct store_row *rows, size_t *count, bool *is_over)
{
    struct base_arena texts = {0};
    struct store_record *records = base_arena_take(&texts, RECORDS_STEP * sizeof(*records));
    size_t read = 0, i = 0;
    int rc = records != NULL ? store_read_journal(reader, *seq, &texts, records, RECORDS_STEP, &read) : OD_ENOMEM;

    for (; rc == OD_OK && i < read && *count < wanted->filter.limit && records[i].seq <= last; i++) {
        *seq = records[i].seq;
        if (is_told(&records[i], wanted->happening))
            rc = take(reader, wanted, records[i].application, arena, rows, count);
    }
    *is_over = *seq >= last || (i < read ? records[i].seq > last : read < RECORDS_STEP);
    base_arena_fini(&texts);
    return rc;
}

int engine_happened_read(struct store_reader *reader, const struct engine_happened *wanted, struct base_arena *arena,
                         struct store_row *rows, size_t *count, uint64_t *next)
{
    uint64_t seq = 0, last = 0;
    bool is_over = false;
    int rc = store_read_seq_before(reader, wanted->until_ms, &last);

    if (rc == OD_OK)
        rc = store_read_seq_before(reader, wanted->from_ms, &seq);
    if (wanted->filter.before != UINT64_MAX && wanted->filter.before > seq)
        seq = wanted->filter.before;
    *count = 0;
    for (unsigned looked = 0; rc == OD_OK && !is_over && *count < wanted->filter.limit && looked < RECORDS_MAX; looked += RECORDS_STEP)
        rc = read_step(reader, wanted, last, &seq, arena, rows, count, &is_over);
    *next = rc == OD_OK && !is_over ? seq : 0;
    return rc;
}
