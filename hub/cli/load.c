/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/load.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "base/memory.h"
#include "cli/load_wire.h"

#define PLACES_MAX CLI_LOAD_IN_FLIGHT_MAX
#define WIRES_MAX CLI_LOAD_CONNECTIONS_MAX
#define IDS 65536              /* power of two; far more than can be in flight */
#define SAMPLES_MAX 4000000
#define DIGITS 10              /* of a running number in the request */
#define PATCHES_MAX 16
#define ERRORS_MAX 1000        /* then the hub is not worth measuring */
#define DRAIN_US 10000000
#define DECIDED_EARLY UINT32_MAX /* its event came before its answer */

struct samples {
    uint32_t *us;
    size_t count;
};

struct place {
    uint64_t posted_us;
    bool is_posted;
};

struct id {
    uint64_t application; /* 0 = free */
    uint32_t place;
};

struct lane {
    struct cli_wire wire;
    uint32_t waiting[PLACES_MAX]; /* ring of places whose answer is due, in order */
    uint32_t head, count;
};

struct load {
    const struct cli_load_options *options;
    struct cli_load_result *result;
    struct lane lanes[WIRES_MAX];
    struct cli_wire stream;
    struct place places[PLACES_MAX];
    struct id ids[IDS];
    struct samples accepts, decisions;
    char *request; /* owned; a complete request with PATCHES gaps for the running number */
    size_t request_size, gaps[PATCHES_MAX], gap_count;
    uint32_t place_count, lane_count, lane_next, in_flight;
    uint32_t places_free[PLACES_MAX], free_count; /* with a rate */
    double interval_us, next_us;                  /* 0 = no rate: a place is used again at once */
    uint64_t serial, posted, decided, errors, early, now_us;
    uint64_t start_us, begin_us, end_us; /* of the whole; of the measured stretch */
    bool is_measuring, is_over, is_broken;
    int epoll;
};

static uint64_t clock_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static void sample_add(struct load *load, struct samples *samples, uint64_t us)
{
    if (load->is_measuring && samples->count < SAMPLES_MAX)
        samples->us[samples->count++] = us < UINT32_MAX ? (uint32_t)us : UINT32_MAX;
}

/* Ten # stand for the running number, in the body and in the key. */
static int request_make(struct load *load)
{
    static const char gap[] = "##########";
    const struct cli_load_options *options = load->options;
    char head[1024];
    int head_size = snprintf(head, sizeof(head),
                             "POST /v1/applications HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n%s%s%s"
                             "Content-Type: application/json\r\nIdempotency-Key: %s-##########\r\n"
                             "Content-Length: %zu\r\n\r\n", options->port, *options->key != '\0' ? "Authorization: Bearer " : "",
                             options->key, *options->key != '\0' ? "\r\n" : "", options->run, options->body_size);

    if (head_size >= (int)sizeof(head))
        return OD_EINVAL;
    load->request_size = (size_t)head_size + options->body_size;
    load->request = base_alloc(load->request_size + 1);
    if (load->request == NULL)
        return OD_ENOMEM;
    memcpy(load->request, head, (size_t)head_size);
    memcpy(load->request + head_size, options->body, options->body_size);
    for (char *at = load->request; (at = strstr(at, gap)) != NULL && load->gap_count < PATCHES_MAX; at += DIGITS)
        load->gaps[load->gap_count++] = (size_t)(at - load->request);
    return OD_OK;
}

/* at_us: when it is due. */
static void post(struct load *load, uint32_t place, uint64_t at_us)
{
    struct lane *lane = &load->lanes[load->lane_next];
    char *copy = cli_wire_put(&lane->wire, load->request, load->request_size), digits[DIGITS];
    uint64_t serial = ++load->serial;

    for (unsigned i = DIGITS; i-- > 0; serial /= 10)
        digits[i] = (char)('0' + serial % 10);
    for (size_t i = 0; i < load->gap_count; i++)
        memcpy(copy + load->gaps[i], digits, DIGITS);
    lane->waiting[(lane->head + lane->count++) % PLACES_MAX] = place;
    load->lane_next = (load->lane_next + 1) % load->lane_count;
    load->places[place] = (struct place){.posted_us = at_us, .is_posted = true};
    load->posted++;
    load->in_flight++;
}

/* The application of this place is decided, or will never be: the next one. */
static void place_free(struct load *load, uint32_t place)
{
    load->places[place].is_posted = false;
    load->in_flight--;
    if (load->interval_us > 0)
        load->places_free[load->free_count++] = place;
    else if (!load->is_over)
        post(load, place, load->now_us);
}

static void post_due(struct load *load)
{
    while (load->interval_us > 0 && !load->is_over && load->free_count > 0 && load->next_us <= (double)load->now_us) {
        post(load, load->places_free[--load->free_count], (uint64_t)load->next_us);
        load->next_us += load->interval_us;
    }
}

static void decide(struct load *load, uint32_t place)
{
    load->decided += load->is_measuring;
    sample_add(load, &load->decisions, load->now_us - load->places[place].posted_us);
    place_free(load, place);
}

static struct id *id_of(struct load *load, uint64_t application)
{
    return &load->ids[application & (IDS - 1)];
}

static void refusal_keep(struct load *load, int status, const char *body, size_t size)
{
    if (load->result->refusal[0] == '\0')
        snprintf(load->result->refusal, sizeof(load->result->refusal), "%d %.*s", status, (int)(size < 590 ? size : 590), body);
}

static void on_answer(struct load *load, uint32_t place, const struct cli_wire_answer *answer)
{
    uint64_t application = answer->status == 201 ? cli_wire_number_find(answer->body, answer->size) : 0;

    if (application == 0) {
        load->errors++;
        refusal_keep(load, answer->status, answer->body, answer->size);
        load->is_broken = load->errors > ERRORS_MAX;
        place_free(load, place);
        return;
    }
    sample_add(load, &load->accepts, load->now_us - load->places[place].posted_us);
    struct id *id = id_of(load, application);
    if (id->application == application && id->place == DECIDED_EARLY) {
        id->application = 0;
        load->early++;
        decide(load, place);
        return;
    }
    *id = (struct id){.application = application, .place = place};
}

static void on_lane(struct load *load, struct lane *lane)
{
    struct cli_wire_answer answer;
    int rc = 0;

    if (cli_wire_receive(&lane->wire) < 0) {
        load->is_broken = true;
        return;
    }
    while (lane->count > 0 && (rc = cli_wire_answer_take(&lane->wire, &answer)) > 0) {
        uint32_t place = lane->waiting[lane->head];

        lane->head = (lane->head + 1) % PLACES_MAX;
        lane->count--;
        on_answer(load, place, &answer);
    }
    load->is_broken = load->is_broken || rc < 0;
}

static void on_event(struct load *load, uint64_t application)
{
    struct id *id = id_of(load, application);

    if (id->application != application) { /* its answer is still on the way */
        *id = (struct id){.application = application, .place = DECIDED_EARLY};
        return;
    }
    if (id->place == DECIDED_EARLY)
        return;
    id->application = 0;
    decide(load, id->place);
}

static void on_stream(struct load *load)
{
    const char *data;
    size_t size;
    int rc;

    if (cli_wire_receive(&load->stream) < 0) {
        load->is_broken = true;
        return;
    }
    while ((rc = cli_wire_event_take(&load->stream, &data, &size)) > 0) {
        uint64_t application = size > 0 ? cli_wire_number_find(data, size) : 0;

        if (application != 0)
            on_event(load, application);
    }
    load->is_broken = load->is_broken || rc < 0;
}

static int watch(const struct load *load, struct cli_wire *wire, uint32_t tag, int how)
{
    struct epoll_event event = {.events = EPOLLIN | (wire->is_blocked ? (uint32_t)EPOLLOUT : 0), .data.u32 = tag};

    return epoll_ctl(load->epoll, how, wire->fd, &event);
}

static void lanes_send(struct load *load)
{
    for (uint32_t i = 0; i < load->lane_count; i++) {
        struct cli_wire *wire = &load->lanes[i].wire;
        bool was_blocked = wire->is_blocked;

        if (wire->out_sent == wire->out_size)
            continue;
        if (cli_wire_send(wire) != 0 || (was_blocked != wire->is_blocked && watch(load, wire, i, EPOLL_CTL_MOD) != 0))
            load->is_broken = true;
    }
}

static void turn(struct load *load)
{
    struct epoll_event events[WIRES_MAX + 1];
    int count = epoll_wait(load->epoll, events, WIRES_MAX + 1, load->interval_us > 0 ? 1 : 10);

    load->now_us = clock_us();
    for (int i = 0; i < count; i++) {
        if (events[i].data.u32 == WIRES_MAX)
            on_stream(load);
        else if (events[i].events & ~(uint32_t)EPOLLOUT)
            on_lane(load, &load->lanes[events[i].data.u32]);
    }
    post_due(load);
    lanes_send(load);
}

static void border(const struct load *load, enum cli_load_border which)
{
    if (load->options->on_border != NULL)
        load->options->on_border(load->options->owner, which);
}

static void turns(struct load *load, uint64_t until_us)
{
    const struct cli_load_options *options = load->options;
    double whole_us = (options->warmup_s + options->seconds) * 1e6;

    while (!load->is_broken && load->now_us < until_us) {
        if (load->is_over ? load->in_flight == 0 : load->is_measuring && options->count > 0 && load->decided >= options->count)
            return;
        turn(load);
        if (options->on_turn != NULL && !options->on_turn(options->owner, (double)(load->now_us - load->start_us) / whole_us))
            load->is_broken = true;
    }
}

/* warm-up -> begins -> ends -> drain: those in flight are followed to their decision. */
static void run(struct load *load)
{
    const struct cli_load_options *options = load->options;

    load->start_us = load->now_us = clock_us();
    load->next_us = (double)load->start_us;
    for (uint32_t i = 0; i < options->in_flight; i++) {
        if (load->interval_us > 0)
            load->places_free[load->free_count++] = i;
        else
            post(load, i, load->start_us);
    }
    lanes_send(load);
    turns(load, load->start_us + (uint64_t)(options->warmup_s * 1e6));
    border(load, CLI_LOAD_BEGINS);
    load->begin_us = load->now_us = clock_us();
    load->is_measuring = true;
    turns(load, load->start_us + (uint64_t)((options->warmup_s + options->seconds) * 1e6));
    load->end_us = load->now_us;
    load->is_measuring = false;
    load->is_over = true;
    border(load, CLI_LOAD_ENDS);
    turns(load, load->end_us + DRAIN_US);
}

static int lanes_open(struct load *load)
{
    const struct cli_load_options *options = load->options;
    size_t room = (options->in_flight + 1) * load->request_size;

    for (uint32_t i = 0; i < load->lane_count; i++)
        if (cli_wire_open(&load->lanes[i].wire, options->port, room) != 0 ||
            watch(load, &load->lanes[i].wire, i, EPOLL_CTL_ADD) != 0)
            return OD_EIO;
    return OD_OK;
}

/* The stream stands before the first POST, so that no decision is missed. */
static int stream_open(struct load *load)
{
    const struct cli_load_options *options = load->options;
    char request[1024];
    int size = snprintf(request, sizeof(request),
                        "GET /v1/events?type=decided HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n%s%s%s"
                        "Accept: text/event-stream\r\n\r\n", options->port, *options->key != '\0' ? "Authorization: Bearer " : "",
                        options->key, *options->key != '\0' ? "\r\n" : "");
    uint64_t until_us = clock_us() + DRAIN_US;

    if (size >= (int)sizeof(request))
        return OD_EINVAL;
    if (cli_wire_open(&load->stream, options->port, sizeof(request)) != 0 || watch(load, &load->stream, WIRES_MAX, EPOLL_CTL_ADD) != 0)
        return OD_EIO;
    cli_wire_put(&load->stream, request, (size_t)size);
    if (cli_wire_send(&load->stream) != 0)
        return OD_EIO;
    while (!load->stream.is_head_read && !load->is_broken && clock_us() < until_us)
        turn(load);
    if (load->stream.is_head_read)
        return OD_OK;
    refusal_keep(load, 0, load->stream.in, load->stream.in_size);
    return OD_EIO;
}

static int compare(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;

    return left < right ? -1 : left > right;
}

static struct cli_load_times times_of(struct samples *samples)
{
    size_t last = samples->count > 0 ? samples->count - 1 : 0;

    qsort(samples->us, samples->count, sizeof(*samples->us), compare);
    return (struct cli_load_times){.p50 = samples->us[last / 2] / 1e3, .p99 = samples->us[last * 99 / 100] / 1e3,
                                   .max = samples->us[last] / 1e3, .count = samples->count};
}

static void result_fill(struct load *load, struct cli_load_result *result)
{
    result->seconds = (double)(load->end_us - load->begin_us) / 1e6;
    result->posted = load->posted;
    result->decided = load->decided;
    result->errors = load->errors;
    result->undecided = load->in_flight;
    result->connections = load->lane_count;
    result->request_size = load->request_size;
    result->is_broken = load->is_broken;
    result->accept = times_of(&load->accepts);
    result->decision = times_of(&load->decisions);
}

static void load_destroy(struct load *load)
{
    for (uint32_t i = 0; i < load->lane_count; i++)
        cli_wire_close(&load->lanes[i].wire);
    cli_wire_close(&load->stream);
    if (load->epoll >= 0)
        close(load->epoll);
    base_free(load->accepts.us);
    base_free(load->decisions.us);
    base_free(load->request);
    base_free(load);
}

static bool is_in_range(const struct cli_load_options *options)
{
    return options->port != 0 && options->in_flight >= 1 && options->in_flight <= PLACES_MAX && options->connections <= WIRES_MAX &&
           options->warmup_s >= 0 && options->warmup_s <= CLI_LOAD_SECONDS_MAX && options->seconds > 0 &&
           options->seconds <= CLI_LOAD_SECONDS_MAX && options->rate >= 0;
}

static struct load *load_create(const struct cli_load_options *options, struct cli_load_result *result)
{
    struct load *load = base_alloc(sizeof(*load));

    if (load == NULL)
        return NULL;
    load->options = options;
    load->result = result;
    load->interval_us = options->rate > 0 ? 1e6 / options->rate : 0;
    load->lane_count = options->connections > 0 ? options->connections : (options->in_flight + 15) / 16; /* the hub's limit of 32 is far */
    if (load->lane_count > WIRES_MAX)
        load->lane_count = WIRES_MAX;
    load->stream.fd = -1;
    for (uint32_t i = 0; i < load->lane_count; i++)
        load->lanes[i].wire.fd = -1;
    load->epoll = epoll_create1(EPOLL_CLOEXEC);
    load->accepts.us = base_alloc(SAMPLES_MAX * sizeof(uint32_t));
    load->decisions.us = base_alloc(SAMPLES_MAX * sizeof(uint32_t));
    if (load->epoll >= 0 && load->accepts.us != NULL && load->decisions.us != NULL)
        return load;
    load_destroy(load);
    return NULL;
}

int cli_load_run(const struct cli_load_options *options, struct cli_load_result *result)
{
    *result = (struct cli_load_result){.seconds = 0};
    if (!is_in_range(options))
        return OD_EINVAL;
    struct load *load = load_create(options, result);
    if (load == NULL)
        return OD_ENOMEM;
    int rc = request_make(load);
    if (rc == OD_OK)
        rc = lanes_open(load);
    if (rc == OD_OK)
        rc = stream_open(load);
    if (rc == OD_OK) {
        run(load);
        result_fill(load, result);
    }
    int reason = errno;
    load_destroy(load);
    errno = reason;
    return rc;
}
