/* SPDX-License-Identifier: Apache-2.0 */
/* GET /v1/payments/report: what was recorded on the days asked for, to be held against the cash book and the bank.
 *
 *   days (422) -> [pool: payments, newest first, until the first day] -> sums by fee, method and day; lines on which what
 *   was paid is not what is owed; every payment -> JSON or CSV */
#include "engine/payment.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SLACK_MS INT64_C(86400000) /* a wall clock that was set back: ids ascend, times almost */
#define PAGE 200

/* Texts are in the job's arena. */
struct report_row {
    uint64_t id, application;
    int64_t at_ms;
    uint8_t state;
    core_money amount, refunded, owed, before;
    const char *receipt, *number, *service, *matter, *fee, *currency, *method, *paid_at, *by;
};

/* One sum of a kind. Keys not used are "". */
struct group {
    const char *keys[3];
    uint64_t count;
    core_money paid, refunded;
};

struct report {
    const struct catalog *catalog; /* borrowed while it is put: what matters and fees are called by now */
    int32_t from, to; /* days, inclusive */
    int64_t from_ms, until_ms;
    bool is_csv;
    uint64_t after;          /* JSON: payments with an id above this, at most limit of them; the sums are of all */
    int64_t limit;
    struct report_row *rows; /* owned; newest first */
    size_t count, room;
};

/* -- Reading, in the pool -- */

static const char *text_of(struct base_arena *arena, const struct base_json *tree, const char *key)
{
    const char *text = base_json_member_text(tree, key);

    return text != NULL ? base_arena_text(arena, text, strlen(text)) : "";
}

static core_money money_of(const struct base_json *tree, const char *key)
{
    const char *text = base_json_member_text(tree, key);
    bool is_negative = text != NULL && *text == '-';
    core_money money = 0;

    if (text == NULL || core_money_parse(text + (is_negative ? 1 : 0), &money) != OD_OK)
        return 0;
    return is_negative ? -money : money;
}

static int row_add(struct report *report, struct base_arena *arena, const struct engine_payment *payment)
{
    if (report->count == ENGINE_REPORT_ROWS_MAX)
        return OD_ELIMIT;
    if (report->count == report->room) {
        size_t room = report->room > 0 ? 2 * report->room : PAGE;
        struct report_row *rows = base_realloc(report->rows, room * sizeof(*rows));

        if (rows == NULL)
            return OD_ENOMEM;
        report->rows = rows;
        report->room = room;
    }
    struct report_row row = {
        .id = payment->id, .application = payment->application, .at_ms = payment->at_ms, .state = payment->state, .amount = payment->amount,
        .refunded = payment->refunded, .owed = money_of(payment->tree, "owed"), .before = money_of(payment->tree, "paid_before"),
        .receipt = text_of(arena, payment->tree, "receipt"), .number = text_of(arena, payment->tree, "number"),
        .service = text_of(arena, payment->tree, "service"), .matter = text_of(arena, payment->tree, "matter"),
        .fee = text_of(arena, payment->tree, "fee"), .currency = text_of(arena, payment->tree, "currency"),
        .method = text_of(arena, payment->tree, "method"), .paid_at = text_of(arena, payment->tree, "paid_at"), .by = text_of(arena, payment->tree, "by")};
    if (row.receipt == NULL || row.number == NULL || row.service == NULL || row.matter == NULL || row.fee == NULL || row.currency == NULL ||
        row.method == NULL || row.paid_at == NULL || row.by == NULL)
        return OD_ENOMEM;
    report->rows[report->count++] = row;
    return OD_OK;
}

static int entry_take(struct report *report, struct base_arena *arena, const struct store_entry *entry)
{
    struct engine_payment payment;

    if (entry->at_ms < report->from_ms || entry->at_ms >= report->until_ms)
        return OD_OK;
    int rc = engine_payment_read(entry, &payment);
    if (rc != OD_OK)
        return rc == OD_EIO ? OD_OK : rc; /* erased: its sum is in the journal */
    rc = row_add(report, arena, &payment);
    engine_payment_fini(&payment);
    return rc;
}

static void read_report(struct engine_job *job, struct store_reader *reader)
{
    struct report *report = job->data;
    struct store_entry_filter filter = {.kind = ENGINE_ENTRY_PAYMENT, .state = -1, .department = -1, .before = UINT64_MAX};
    bool is_over = false;

    job->rc = store_read_entry_before(reader, ENGINE_ENTRY_PAYMENT, report->until_ms + SLACK_MS, &filter.before);
    if (job->rc != OD_OK || filter.before++ == 0)
        return;
    do {
        struct base_arena page = {0};
        struct store_entry *entries = base_arena_take(&page, PAGE * sizeof(*entries));
        size_t count = 0;

        job->rc = entries != NULL ? store_read_entries(reader, &filter, &page, entries, PAGE, &count, &filter.before) : OD_ENOMEM;
        for (size_t i = 0; i < count && job->rc == OD_OK; i++) {
            job->rc = entry_take(report, &job->arena, &entries[i]);
            is_over = entries[i].at_ms < report->from_ms - SLACK_MS;
        }
        base_arena_fini(&page);
    } while (job->rc == OD_OK && filter.before != 0 && !is_over);
}

/* -- Sums -- */

struct groups {
    struct group *items; /* owned */
    size_t count, room;
};

static bool is_of_group(const struct group *group, const char *const keys[3])
{
    return strcmp(group->keys[0], keys[0]) == 0 && strcmp(group->keys[1], keys[1]) == 0 && strcmp(group->keys[2], keys[2]) == 0;
}

static int group_add(struct groups *groups, const char *const keys[3], const struct report_row *row)
{
    size_t i = 0;

    while (i < groups->count && !is_of_group(&groups->items[i], keys))
        i++;
    if (i == groups->room) {
        size_t room = groups->room > 0 ? 2 * groups->room : 64;
        struct group *items = base_realloc(groups->items, room * sizeof(*items));

        if (items == NULL)
            return OD_ENOMEM;
        groups->items = items;
        groups->room = room;
    }
    if (i == groups->count)
        groups->items[groups->count++] = (struct group){.keys = {keys[0], keys[1], keys[2]}};
    groups->items[i].count++;
    groups->items[i].paid += row->amount;
    groups->items[i].refunded += row->refunded;
    return OD_OK;
}

static void pick_currency(const struct report_row *row, const char *keys[3])
{
    keys[0] = row->currency;
    keys[1] = keys[2] = "";
}

static void pick_fee(const struct report_row *row, const char *keys[3])
{
    keys[0] = row->matter;
    keys[1] = row->fee;
    keys[2] = row->currency;
}

static void pick_method(const struct report_row *row, const char *keys[3])
{
    keys[0] = row->method;
    keys[1] = row->currency;
    keys[2] = "";
}

/* As the running catalogue calls them; nothing where it knows them no more. */
static void put_names(struct base_buffer *body, const struct report *report, const char *matter_id, const char *fee_id)
{
    const struct catalog_matter *matter = catalog_matter_find(report->catalog, matter_id);

    if (matter == NULL)
        return;
    catalog_put_text(body, "matter_name", &matter->name);
    for (size_t i = 0; i < matter->fee_count; i++)
        if (strcmp(matter->fees[i].id, fee_id) == 0)
            catalog_put_text(body, "fee_name", &matter->fees[i].name);
}

/* names: of the keys; NULL = not told. pick: the row's keys. */
static void put_groups(struct base_buffer *body, const struct report *report, const char *key, const char *const names[3],
                       void (*pick)(const struct report_row *row, const char *keys[3]))
{
    struct groups groups = {0};
    const char *keys[3];
    int rc = OD_OK;

    for (size_t i = report->count; i > 0 && rc == OD_OK; i--) {
        pick(&report->rows[i - 1], keys);
        rc = group_add(&groups, keys, &report->rows[i - 1]);
    }
    base_json_open(body, key, '[');
    for (size_t i = 0; i < groups.count; i++) {
        const struct group *group = &groups.items[i];

        base_json_open(body, NULL, '{');
        for (size_t k = 0; k < 3; k++)
            if (names[k] != NULL)
                base_json_put_text(body, names[k], group->keys[k]);
        if (pick == pick_fee)
            put_names(body, report, group->keys[0], group->keys[1]);
        base_json_put_i64(body, "count", (int64_t)group->count);
        catalog_put_money(body, "paid", group->paid);
        catalog_put_money(body, "refunded", group->refunded);
        catalog_put_money(body, "net", group->paid - group->refunded);
        base_json_close(body, '}');
    }
    base_json_close(body, ']');
    base_free(groups.items);
    body->is_broken = body->is_broken || rc != OD_OK;
}

/* -- Lines on which what was paid is not what is owed -- */

static int compare_lines(const void *a, const void *b)
{
    const struct report_row *x = *(const struct report_row *const *)a, *y = *(const struct report_row *const *)b;
    int order = x->application < y->application ? -1 : x->application > y->application;

    order = order != 0 ? order : strcmp(x->matter, y->matter);
    order = order != 0 ? order : strcmp(x->fee, y->fee);
    return order != 0 ? order : x->id < y->id ? -1 : x->id > y->id;
}

static bool is_same_line(const struct report_row *a, const struct report_row *b)
{
    return a->application == b->application && strcmp(a->matter, b->matter) == 0 && strcmp(a->fee, b->fee) == 0;
}

static void put_difference(struct base_buffer *body, const struct report *report, const struct report_row *last, core_money net)
{
    if (net == last->owed)
        return;
    base_json_open(body, NULL, '{');
    base_json_put_text(body, "number", last->number);
    base_json_put_text(body, "matter", last->matter);
    base_json_put_text(body, "fee", last->fee);
    put_names(body, report, last->matter, last->fee);
    base_json_put_text(body, "currency", last->currency);
    catalog_put_money(body, "owed", last->owed);
    catalog_put_money(body, "net", net);
    catalog_put_money(body, "difference", net - last->owed);
    base_json_put_text(body, "kind", net > last->owed ? "overpaid" : "underpaid");
    base_json_close(body, '}');
}

static void put_differences(struct base_buffer *body, const struct report *report)
{
    const struct report_row **sorted = base_alloc((report->count + 1) * sizeof(*sorted));
    core_money net = 0;

    base_json_open(body, "differences", '[');
    for (size_t i = 0; i < report->count && sorted != NULL; i++)
        sorted[i] = &report->rows[i];
    if (sorted != NULL && report->count > 0)
        qsort(sorted, report->count, sizeof(*sorted), compare_lines);
    for (size_t i = 0; i < report->count && sorted != NULL; i++) {
        if (i == 0 || !is_same_line(sorted[i - 1], sorted[i]))
            net = sorted[i]->before;
        net += sorted[i]->amount - sorted[i]->refunded;
        if (i + 1 == report->count || !is_same_line(sorted[i], sorted[i + 1]))
            put_difference(body, report, sorted[i], net);
    }
    base_json_close(body, ']');
    body->is_broken = body->is_broken || sorted == NULL;
    base_free(sorted);
}

/* -- The answer -- */

static const char *state_name(uint8_t state)
{
    static const char *const names[] = {"none", "paid", "refunded_in_part", "refunded"};

    return names[state <= ENGINE_PAYMENT_REFUNDED ? state : 0];
}

static void put_item(struct base_buffer *body, const struct report *report, const struct report_row *row)
{
    char id[32];

    snprintf(id, sizeof(id), "pay-%llu", (unsigned long long)row->id);
    base_json_open(body, NULL, '{');
    base_json_put_text(body, "id", id);
    engine_put_ms(body, "recorded_at", row->at_ms);
    base_json_put_text(body, "receipt", row->receipt);
    base_json_put_text(body, "number", row->number);
    base_json_put_text(body, "service", row->service);
    base_json_put_text(body, "matter", row->matter);
    base_json_put_text(body, "fee", row->fee);
    put_names(body, report, row->matter, row->fee);
    base_json_put_text(body, "currency", row->currency);
    catalog_put_money(body, "amount", row->amount);
    catalog_put_money(body, "refunded", row->refunded);
    catalog_put_money(body, "owed", row->owed);
    base_json_put_text(body, "method", row->method);
    base_json_put_text(body, "paid_at", row->paid_at);
    base_json_put_text(body, "by", row->by);
    base_json_put_text(body, "state", state_name(row->state));
    base_json_close(body, '}');
}

/* A page of them: the books of a year are no single page. */
static void put_items(struct base_buffer *body, const struct report *report)
{
    char cursor[24];
    int64_t told = 0;
    size_t i = report->count;

    while (i > 0 && report->rows[i - 1].id <= report->after)
        i--;
    base_json_open(body, "items", '[');
    for (; i > 0 && told < report->limit; i--, told++)
        put_item(body, report, &report->rows[i - 1]);
    base_json_close(body, ']');
    if (i > 0)
        snprintf(cursor, sizeof(cursor), "%llu", (unsigned long long)report->rows[i].id);
    base_json_put_text(body, "next_cursor", i > 0 ? cursor : NULL);
}

static void put_json(struct base_buffer *body, const struct report *report)
{
    static const char *const currency[3] = {"currency"}, *const fee[3] = {"matter", "fee", "currency"}, *const method[3] = {"method", "currency"};

    base_json_open(body, NULL, '{');
    engine_put_day(body, "from", report->from);
    engine_put_day(body, "to", report->to);
    base_json_put_i64(body, "count", (int64_t)report->count);
    put_groups(body, report, "totals", currency, pick_currency);
    put_groups(body, report, "by_fee", fee, pick_fee);
    put_groups(body, report, "by_method", method, pick_method);
    put_differences(body, report);
    put_items(body, report);
    base_json_close(body, '}');
}

/* No cell holds a comma, a quote or a formula: receipts, ids, sums and times have letters, digits, -_./:+ alone, and begin with a
 * letter or a digit. */
static void put_csv(struct base_buffer *body, const struct report *report)
{
    base_buffer_put_text(body, "id,recorded_at,receipt,number,service,matter,fee,currency,amount,refunded,owed,method,paid_at,by,state\r\n");
    for (size_t i = report->count; i > 0; i--) {
        const struct report_row *row = &report->rows[i - 1];
        char at[BASE_TIME_SIZE], amount[CORE_MONEY_SIZE], refunded[CORE_MONEY_SIZE], owed[CORE_MONEY_SIZE];

        base_zone_format(row->at_ms, at);
        core_money_format(row->amount, amount);
        core_money_format(row->refunded, refunded);
        core_money_format(row->owed, owed);
        base_buffer_put_format(body, "pay-%llu,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s\r\n", (unsigned long long)row->id, at, row->receipt,
                               row->number, row->service, row->matter, row->fee, row->currency, amount, refunded, owed, row->method,
                               row->paid_at, row->by, state_name(row->state));
    }
}

static const char *link_of(const struct engine_job *job, const struct report *report)
{
    char from[BASE_DATE_SIZE], to[BASE_DATE_SIZE], link[256];
    size_t left = 0;

    for (size_t i = 0; i < report->count; i++)
        left += report->rows[i].id > report->after;
    if (report->is_csv || left <= (size_t)report->limit)
        return NULL;
    base_day_format(report->from, from);
    base_day_format(report->to, to);
    int size = snprintf(link, sizeof(link), "Link: </v1/payments/report?cursor=%llu&from=%s&to=%s&limit=%lld>; rel=\"next\"\r\n",
                        (unsigned long long)report->rows[left - (size_t)report->limit].id, from, to, (long long)report->limit);
    return base_arena_text(&job->request->arena, link, (size_t)size);
}

static void on_report(struct engine_job *job)
{
    struct report *report = job->data;
    struct base_buffer body = {0};

    report->catalog = job->engine->catalog;
    if (job->rc == OD_OK && report->is_csv)
        put_csv(&body, report);
    else if (job->rc == OD_OK)
        put_json(&body, report);
    if (job->rc == OD_ELIMIT)
        engine_refuse(job->request, "", "limit", "这段时间的缴费超过 50000 笔，请缩短日期范围。",
                      "There are more than 50000 payments in these days; ask for fewer days.");
    else if (job->rc != OD_OK || body.is_broken)
        engine_answer_rc(job->request, job->rc != OD_OK ? job->rc : OD_ENOMEM);
    else
        front_answer(job->request, 200, report->is_csv ? "text/csv; charset=utf-8" : "application/json", link_of(job, report), &body);
    if (job->rc != OD_OK || body.is_broken)
        base_buffer_fini(&body);
    base_free(report->rows);
    base_free(report);
}

/* The days and the form; the parameter at fault, or NULL. */
static const char *query_read(const struct engine *engine, struct front_request *request, struct report *report)
{
    const char *from = front_query(request, "from"), *to = front_query(request, "to"), *format = front_query(request, "format");
    const char *accept = front_header(request, "Accept");
    int64_t after = 0;

    report->to = engine->now.day;
    if (to != NULL && base_day_parse(to, &report->to) != OD_OK)
        return "to";
    report->from = report->to;
    if (from != NULL && base_day_parse(from, &report->from) != OD_OK)
        return "from";
    if (report->from > report->to || report->to - report->from >= ENGINE_REPORT_DAYS_MAX)
        return "from";
    if (format != NULL && strcmp(format, "csv") != 0 && strcmp(format, "json") != 0)
        return "format";
    report->limit = BASE_PAGE_MAX;
    if (!engine_query_integer(request, "limit", 1, BASE_PAGE_MAX, &report->limit))
        return "limit";
    if (!engine_query_integer(request, "cursor", 1, INT64_MAX, &after))
        return "cursor";
    report->after = (uint64_t)after;
    report->is_csv = format != NULL ? strcmp(format, "csv") == 0 : accept != NULL && strstr(accept, "text/csv") != NULL;
    report->from_ms = base_zone_utc(report->from, 0);
    report->until_ms = base_zone_utc(report->to + 1, 0);
    return NULL;
}

void engine_payment_report(struct engine *engine, struct front_request *request)
{
    struct report *report = base_alloc(sizeof(*report));
    int rc = OD_ENOMEM;

    if (report != NULL) {
        const char *fault = query_read(engine, request, report);

        if (fault != NULL) {
            engine_refuse_query(request, fault);
            base_free(report);
            return;
        }
        rc = engine_job_start(engine, &(struct engine_job){.request = request, .run = read_report, .on_done = on_report, .data = report});
    }
    if (rc != OD_OK) {
        base_free(report);
        engine_answer_rc(request, rc);
    }
}
