/* SPDX-License-Identifier: Apache-2.0 */
/* A connector as docs/connectors/remote.md asks for it: one poll and at most two reports under
 * way, each request repeated under its id until it is answered, a book that outlives the process,
 * and nothing else remembered. Processes die, pause, and now and then run twice. */
#include "remote/sim.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/json.h"

#define REPORTS_MAX 512
#define WAYS 3 /* 0: hello or poll; 1, 2: reports */

struct report {
    uint64_t id;
    unsigned task;
    const char *kind;
    bool is_sent, is_done;
};

/* One request until it is answered. */
struct way {
    bool is_open;
    uint64_t id;
    unsigned attempt;
    const char *request;
    char text[2048];
};

struct sim_client {
    unsigned generation;
    bool is_alive;
    char instance[32];
    uint32_t epoch; /* 0 = no session */
    uint64_t request_id, report_id, seq;
    struct way ways[WAYS];
    struct report reports[REPORTS_MAX];
    size_t report_count;
};

static struct sim_client clients[SIM_CLIENTS];
static char book[SIM_TASKS][16]; /* the department's number of each task; "" = it never heard of it */
static unsigned records;
static bool is_over;

static unsigned index_of(const struct sim_client *client)
{
    return (unsigned)(client - clients);
}

/* -- What is asked -- */

struct alarm {
    unsigned client, generation, way, attempt, task;
    uint32_t epoch;
};

static struct alarm *alarm_of(const struct sim_client *client)
{
    struct alarm *alarm = calloc(1, sizeof(*alarm));

    assert_non_null(alarm);
    *alarm = (struct alarm){.client = index_of(client), .generation = client->generation, .epoch = client->epoch};
    return alarm;
}

static void send_way(struct sim_client *client, unsigned index);

static void on_patience_over(void *data)
{
    struct alarm alarm = *(struct alarm *)data;
    struct sim_client *client = &clients[alarm.client];
    struct way *way = &client->ways[alarm.way];

    free(data);
    if (!client->is_alive || client->generation != alarm.generation || !way->is_open || way->attempt != alarm.attempt)
        return;
    if (sim_chance(50))
        sim_net_hang_up((struct sim_address){index_of(client), client->generation}, way->id);
    send_way(client, alarm.way);
}

static void retry_after(struct sim_client *client, unsigned index, uint64_t delay_ms)
{
    struct alarm *alarm = alarm_of(client);

    alarm->way = index;
    alarm->attempt = client->ways[index].attempt;
    sim_at(delay_ms, on_patience_over, alarm);
}

static void send_way(struct sim_client *client, unsigned index)
{
    struct way *way = &client->ways[index];

    way->attempt++;
    sim_net_request((struct sim_address){index_of(client), client->generation}, way->request, way->id, way->text);
    retry_after(client, index, strcmp(way->request, "poll") == 0 ? 9000 : 2500);
}

static struct way *open_way(struct sim_client *client, unsigned index, const char *request)
{
    struct way *way = &client->ways[index];

    way->is_open = true;
    way->id = ++client->request_id;
    way->request = request;
    return way;
}

static void hello(struct sim_client *client)
{
    client->epoch = 0;
    client->report_count = 0; /* what was not answered is offered, or resumed, in the next session */
    for (unsigned i = 0; i < WAYS; i++)
        client->ways[i].is_open = false;
    struct way *way = open_way(client, 0, "hello");
    snprintf(way->text, sizeof(way->text), "{\"id\":%llu,\"body\":{\"instance\":\"%s\"}}", (unsigned long long)way->id, client->instance);
    send_way(client, 0);
}

static void poll(struct sim_client *client)
{
    struct way *way = open_way(client, 0, "poll");

    snprintf(way->text, sizeof(way->text), "{\"id\":%llu,\"epoch\":%u,\"body\":{\"ack\":%llu,\"want\":%u,\"ready\":true}}",
             (unsigned long long)way->id, client->epoch, (unsigned long long)client->seq, 1 + sim_roll(4));
    send_way(client, 0);
}

static size_t put_report(char *at, size_t room, const struct report *report)
{
    char payload[160];

    if (strcmp(report->kind, "opinion") == 0)
        snprintf(payload, sizeof(payload), "{\"opinion\":\"%s\",\"reasons\":[\"x\"],\"external_ref\":\"%s\"}",
                 report->task % 3 == 0 ? "reject" : "approve", book[report->task]);
    else
        snprintf(payload, sizeof(payload), "{\"external_ref\":\"%s\"}", book[report->task]);
    return (size_t)snprintf(at, room, "{\"kind\":\"%s\",\"id\":%llu,\"task\":\"%llu\",\"payload\":%s},", report->kind,
                            (unsigned long long)report->id, (unsigned long long)sim_task_handle(report->task), payload);
}

static void report_over(struct sim_client *client, unsigned index)
{
    struct way *way = &client->ways[index];
    char items[1500];
    size_t size = 0, most = 1 + sim_roll(4);

    for (size_t i = 0; i < client->report_count && most > 0; i++) {
        struct report *report = &client->reports[i];
        if (report->is_sent || report->is_done)
            continue;
        report->is_sent = true;
        size += put_report(items + size, sizeof(items) - size, report);
        most--;
    }
    if (size == 0)
        return;
    open_way(client, index, "report");
    snprintf(way->text, sizeof(way->text), "{\"id\":%llu,\"epoch\":%u,\"body\":{\"items\":[%.*s]}}", (unsigned long long)way->id,
             client->epoch, (int)size - 1, items);
    send_way(client, index);
}

static void report_all(struct sim_client *client)
{
    for (unsigned i = 1; i < WAYS; i++)
        if (client->epoch != 0 && !client->ways[i].is_open)
            report_over(client, i);
}

static void tell(struct sim_client *client, unsigned task, const char *kind)
{
    assert_true(client->report_count < REPORTS_MAX);
    client->reports[client->report_count++] = (struct report){.id = ++client->report_id, .task = task, .kind = kind};
}

/* -- What a process does -- */

static void start(struct sim_client *client)
{
    unsigned generation = client->generation + 1;

    memset(client, 0, sizeof(*client));
    client->generation = generation;
    client->is_alive = true;
    snprintf(client->instance, sizeof(client->instance), "process-%u-%u", index_of(client), generation);
    hello(client);
}

static void on_start(void *data)
{
    struct sim_client *client = data;

    if (!client->is_alive && !is_over)
        start(client);
}

static void on_officer(void *data)
{
    struct alarm alarm = *(struct alarm *)data;
    struct sim_client *client = &clients[alarm.client];

    free(data);
    if (!client->is_alive || client->generation != alarm.generation || client->epoch != alarm.epoch)
        return;
    tell(client, alarm.task, "opinion");
    report_all(client);
}

/* False: the process died over it. */
static bool serve(struct sim_client *client, const char *kind, unsigned task)
{
    bool is_offer = strcmp(kind, "offer") == 0;

    if (!is_offer && strcmp(kind, "resume") != 0)
        return true;
    if (book[task][0] == '\0') { /* by its key, once, however often it is offered */
        CHECK(is_offer, "nobody resumes what was never offered");
        snprintf(book[task], sizeof(book[task]), "W-%u", task);
        records++;
    }
    if (sim_is_trouble() && sim_chance(4)) {
        client->is_alive = false;
        sim_at(100 + sim_roll(9000), on_start, client);
        return false;
    }
    if (is_offer)
        tell(client, task, "accept");
    tell(client, task, "progress");
    if (task % 2 == 0) {
        tell(client, task, "opinion");
        return true;
    }
    struct alarm *alarm = alarm_of(client);
    alarm->task = task;
    sim_at(sim_roll(20000), on_officer, alarm);
    return true;
}

static void on_poll_again(void *data)
{
    struct alarm alarm = *(struct alarm *)data;
    struct sim_client *client = &clients[alarm.client];

    free(data);
    if (client->is_alive && client->generation == alarm.generation && client->epoch == alarm.epoch && !client->ways[0].is_open)
        poll(client);
}

static void take_items(struct sim_client *client, const struct base_json *items)
{
    for (const struct base_json *item = base_json_first(items); item != NULL; item = base_json_next(item)) {
        int64_t seq = 0;
        const char *task = base_json_member_text(item, "task");

        CHECK_I64(OD_OK, base_json_i64(base_json_member(item, "seq"), 1, INT64_MAX, &seq), "a seq");
        CHECK_I64(client->seq + 1, seq, "items come in order, without a gap, and none twice after it was acknowledged");
        client->seq = (uint64_t)seq;
        if (task != NULL && !serve(client, base_json_member_text(item, "kind"), sim_task_of(strtoull(task, NULL, 10))))
            return;
    }
    report_all(client);
    bool is_asleep = sim_is_trouble() && sim_chance(2); /* for longer than its lease */
    sim_at(is_asleep ? 11000 + sim_roll(20000) : sim_roll(200), on_poll_again, alarm_of(client));
}

static struct report *find_report(struct sim_client *client, uint64_t id)
{
    for (size_t i = 0; i < client->report_count; i++)
        if (client->reports[i].id == id)
            return &client->reports[i];
    return NULL;
}

static void on_report_again(void *data)
{
    struct alarm alarm = *(struct alarm *)data;
    struct sim_client *client = &clients[alarm.client];

    free(data);
    if (client->is_alive && client->generation == alarm.generation && client->epoch == alarm.epoch)
        report_all(client);
}

static void take_answers(struct sim_client *client, const struct base_json *items)
{
    for (const struct base_json *item = base_json_first(items); item != NULL; item = base_json_next(item)) {
        const char *answer = base_json_member_text(item, "answer");
        int64_t id = 0;

        CHECK_I64(OD_OK, base_json_i64(base_json_member(item, "id"), 1, INT64_MAX, &id), "a report id");
        struct report *report = find_report(client, (uint64_t)id);
        CHECK(report != NULL && answer != NULL, "an answer to a report of this session");
        if (strcmp(answer, "ok") == 0)
            CHECK(sim_report_is_durable(client->epoch, (uint64_t)id), "ok is said of what is durable");
        else if (strcmp(answer, "refused") == 0)
            CHECK_TEXT("progress", report->kind, "nothing else is ever refused");
        else
            CHECK(strcmp(answer, "retry") == 0 || strcmp(answer, "stale") == 0, answer);
        report->is_sent = false;
        report->is_done = strcmp(answer, "retry") != 0;
    }
    sim_at(sim_is_trouble() ? sim_roll(500) : 1, on_report_again, alarm_of(client));
}

/* Its answer is not kept: its reports go under another id. */
static void take_forgotten(struct sim_client *client, const char *text)
{
    for (size_t i = 0; i < client->report_count; i++) {
        char id[48];
        snprintf(id, sizeof(id), "\"id\":%llu,\"task\"", (unsigned long long)client->reports[i].id);
        if (strstr(text, id) != NULL)
            client->reports[i].is_sent = false;
    }
    report_all(client);
}

static void on_replaced(struct sim_client *client)
{
    client->is_alive = false;
    for (unsigned i = 0; i < SIM_CLIENTS; i++)
        if (clients[i].is_alive)
            return;
    sim_at(1000 + sim_roll(4000), on_start, client); /* whoever watches over the department's machine */
}

static void take_error(struct sim_client *client, unsigned index, const char *code, const char *text)
{
    struct way *way = &client->ways[index];

    if (strcmp(code, "stale") == 0) {
        hello(client);
    } else if (strcmp(code, "replaced") == 0) {
        on_replaced(client);
    } else if (strcmp(code, "forgotten") == 0) {
        CHECK_TEXT("report", way->request, "a poll that is waited for is never an old one");
        way->is_open = false;
        take_forgotten(client, way->text);
    } else {
        CHECK(strcmp(code, "closing") == 0 || strcmp(code, "unknown") == 0, text);
        retry_after(client, index, 500);
    }
}

static void take_welcome(struct sim_client *client, const struct base_json *body)
{
    int64_t epoch = 0;

    CHECK_I64(OD_OK, base_json_i64(base_json_member(body, "epoch"), 1, UINT32_MAX, &epoch), "an epoch");
    client->epoch = (uint32_t)epoch;
    client->seq = 0;
    poll(client);
}

static void take_answer(struct sim_client *client, unsigned index, const char *text)
{
    struct way *way = &client->ways[index];
    struct base_json_error error;
    struct base_json *message = NULL;

    CHECK_I64(OD_OK, base_json_parse(text, strlen(text), &message, &error), text);
    const struct base_json *body = base_json_member(message, "body"), *fault = base_json_member(body, "error");
    if (fault != NULL) {
        take_error(client, index, base_json_member_text(fault, "code"), text);
    } else {
        way->is_open = false;
        if (strcmp(way->request, "hello") == 0)
            take_welcome(client, body);
        else if (strcmp(way->request, "poll") == 0)
            take_items(client, base_json_member(body, "items"));
        else
            take_answers(client, base_json_member(body, "items"));
    }
    base_json_destroy(message);
}

void sim_client_answer(struct sim_address to, const char *request, uint64_t id, const char *text)
{
    struct sim_client *client = &clients[to.client];

    if (!client->is_alive || client->generation != to.generation)
        return;
    for (unsigned i = 0; i < WAYS; i++) {
        struct way *way = &client->ways[i];
        if (!way->is_open || way->id != id || strcmp(way->request, request) != 0)
            continue;
        if (text != NULL)
            take_answer(client, i, text);
        else
            retry_after(client, i, 500); /* the door refused it, or nobody was there */
        return;
    }
}

static void on_death(void *data)
{
    struct sim_client *client = data;

    if (!sim_is_trouble())
        return;
    client->is_alive = false;
    sim_at(100 + sim_roll(20000), on_start, client);
}

void sim_clients_plan(void)
{
    for (unsigned i = sim_roll(8); i > 0; i--)
        sim_at(sim_roll(SIM_TROUBLE_MS), on_death, &clients[0]);
    if (sim_chance(50))
        sim_at(sim_roll(SIM_TROUBLE_MS), on_start, &clients[1]); /* somebody starts it a second time */
}

void sim_clients_start(void)
{
    start(&clients[0]);
}

void sim_clients_stop(void)
{
    is_over = true;
    for (unsigned i = 0; i < SIM_CLIENTS; i++)
        clients[i].is_alive = false;
}

void sim_clients_reset(void)
{
    memset(clients, 0, sizeof(clients));
    memset(book, 0, sizeof(book));
    records = 0;
    is_over = false;
}

void sim_book_put_state(struct base_buffer *out)
{
    base_buffer_put_format(out, "%u records\n", records);
    for (unsigned i = 0; i < SIM_TASKS; i++)
        base_buffer_put_format(out, "T-%u is %s\n", i, book[i]);
}
