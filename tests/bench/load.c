/* SPDX-License-Identifier: Apache-2.0 */
/* onedoor-load: joint applications in a closed loop or at a rate, and how long each takes.
 *
 *   start -> POST /v1/applications -> 201 (accept latency) -> its decided event on the one
 *   event stream (decision latency) -> the next POST in its place
 *
 * So many are in flight: from its POST until its decision an application keeps its place.
 * With a rate, applications come at that pace whether the last ones are decided or not,
 * and what one waited for a place counts as its latency.
 * The requests share few connections and are pipelined on them, since this program runs on
 * the same cores as the hub. It says `begin` and `end` on stdout at the borders of the
 * measured stretch, and a JSON object at last. */
#include "bench/load_wire.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#define PLACES_MAX 4096
#define WIRES_MAX 64
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
    struct wire wire;
    uint32_t waiting[PLACES_MAX]; /* ring of places whose answer is due, in order */
    uint32_t head, count;
};

struct load {
    struct lane lanes[WIRES_MAX];
    struct wire stream;
    struct place places[PLACES_MAX];
    struct id ids[IDS];
    struct samples accepts, decisions;
    char *request; /* owned; a complete request with PATCHES gaps for the running number */
    size_t request_size, gaps[PATCHES_MAX], gap_count;
    uint32_t place_count, lane_count, lane_next, in_flight;
    uint32_t places_free[PLACES_MAX], free_count; /* with a rate */
    double interval_us, next_us;                  /* 0 = no rate: a place is used again at once */
    uint64_t serial, posted, decided, errors, early, now_us;
    uint64_t begin_us, end_us; /* of the measured stretch */
    bool is_measuring, is_over, is_broken;
    int epoll;
};

struct options {
    const char *body, *key, *run;
    uint16_t port;
    double warmup_s, seconds;
    double rate;    /* applications a second; 0 = as fast as they are decided */
    uint64_t count; /* decisions in the measured stretch at most; 0 = by time alone */
    uint32_t in_flight, connections;
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
static int request_make(struct load *load, const struct options *options, const char *body, size_t size)
{
    static const char gap[] = "##########";
    char head[1024];
    int head_size = snprintf(head, sizeof(head),
                             "POST /v1/applications HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nAuthorization: Bearer %s\r\n"
                             "Content-Type: application/json\r\nIdempotency-Key: %s-##########\r\n"
                             "Content-Length: %zu\r\n\r\n", options->port, options->key, options->run, size);

    if (head_size >= (int)sizeof(head))
        return -1;
    load->request_size = (size_t)head_size + size;
    load->request = malloc(load->request_size + 1);
    if (load->request == NULL)
        return -1;
    memcpy(load->request, head, (size_t)head_size);
    memcpy(load->request + head_size, body, size);
    load->request[load->request_size] = '\0';
    for (char *at = load->request; (at = strstr(at, gap)) != NULL && load->gap_count < PATCHES_MAX; at += DIGITS)
        load->gaps[load->gap_count++] = (size_t)(at - load->request);
    return 0;
}

/* at_us: when it is due. */
static void post(struct load *load, uint32_t place, uint64_t at_us)
{
    struct lane *lane = &load->lanes[load->lane_next];
    char *copy = wire_put(&lane->wire, load->request, load->request_size), digits[DIGITS];
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

static void on_answer(struct load *load, uint32_t place, const struct wire_answer *answer)
{
    uint64_t application = answer->status == 201 ? wire_number_find(answer->body, answer->size) : 0;

    if (application == 0) {
        if (load->errors++ == 0)
            fprintf(stderr, "onedoor-load: answer %d: %.*s\n", answer->status, (int)(answer->size < 600 ? answer->size : 600),
                    answer->body);
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
    struct wire_answer answer;
    int rc = 0;

    if (wire_receive(&lane->wire) < 0) {
        load->is_broken = true;
        return;
    }
    while (lane->count > 0 && (rc = wire_answer_take(&lane->wire, &answer)) > 0) {
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

    if (wire_receive(&load->stream) < 0) {
        load->is_broken = true;
        return;
    }
    while ((rc = wire_event_take(&load->stream, &data, &size)) > 0) {
        uint64_t application = size > 0 ? wire_number_find(data, size) : 0;

        if (application != 0)
            on_event(load, application);
    }
    load->is_broken = load->is_broken || rc < 0;
}

static int watch(const struct load *load, struct wire *wire, uint32_t tag, int how)
{
    struct epoll_event event = {.events = EPOLLIN | (wire->is_blocked ? (uint32_t)EPOLLOUT : 0), .data.u32 = tag};

    return epoll_ctl(load->epoll, how, wire->fd, &event);
}

static void lanes_send(struct load *load)
{
    for (uint32_t i = 0; i < load->lane_count; i++) {
        struct wire *wire = &load->lanes[i].wire;
        bool was_blocked = wire->is_blocked;

        if (wire->out_sent == wire->out_size)
            continue;
        if (wire_send(wire) != 0 || (was_blocked != wire->is_blocked && watch(load, wire, i, EPOLL_CTL_MOD) != 0))
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

static void say(const char *word)
{
    puts(word);
    fflush(stdout);
}

/* warm-up -> begin -> end -> drain: those in flight are followed to their decision. */
static void run(struct load *load, const struct options *options)
{
    uint64_t start_us = clock_us();

    load->now_us = start_us;
    load->begin_us = start_us + (uint64_t)(options->warmup_s * 1e6);
    load->end_us = load->begin_us + (uint64_t)(options->seconds * 1e6);
    load->next_us = (double)start_us;
    for (uint32_t i = 0; i < options->in_flight; i++) {
        if (load->interval_us > 0)
            load->places_free[load->free_count++] = i;
        else
            post(load, i, start_us);
    }
    lanes_send(load);
    while (!load->is_broken && load->now_us < load->begin_us)
        turn(load);
    say("begin");
    load->begin_us = load->now_us = clock_us();
    load->is_measuring = true;
    while (!load->is_broken && load->now_us < load->end_us && (options->count == 0 || load->decided < options->count))
        turn(load);
    load->end_us = load->now_us;
    load->is_measuring = false;
    load->is_over = true;
    say("end");
    while (!load->is_broken && load->in_flight > 0 && load->now_us < load->end_us + DRAIN_US)
        turn(load);
}

static int lanes_open(struct load *load, const struct options *options)
{
    size_t room = (options->in_flight + 1) * load->request_size;

    load->lane_count = options->connections;
    load->epoll = epoll_create1(EPOLL_CLOEXEC);
    for (uint32_t i = 0; i < load->lane_count; i++)
        if (wire_open(&load->lanes[i].wire, options->port, room) != 0 ||
            watch(load, &load->lanes[i].wire, i, EPOLL_CTL_ADD) != 0)
            return -1;
    return 0;
}

/* The stream stands before the first POST, so that no decision is missed. */
static int stream_open(struct load *load, const struct options *options)
{
    char request[1024];
    int size = snprintf(request, sizeof(request),
                        "GET /v1/events?type=decided HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nAuthorization: Bearer %s\r\n"
                        "Accept: text/event-stream\r\n\r\n", options->port, options->key);
    uint64_t until_us = clock_us() + DRAIN_US;

    if (size >= (int)sizeof(request) || wire_open(&load->stream, options->port, sizeof(request)) != 0 ||
        watch(load, &load->stream, WIRES_MAX, EPOLL_CTL_ADD) != 0)
        return -1;
    wire_put(&load->stream, request, (size_t)size);
    if (wire_send(&load->stream) != 0)
        return -1;
    while (!load->stream.is_head_read && !load->is_broken && clock_us() < until_us)
        turn(load);
    return load->stream.is_head_read ? 0 : -1;
}

static int compare(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;

    return left < right ? -1 : left > right;
}

static void print_samples(const char *name, struct samples *samples)
{
    size_t last = samples->count > 0 ? samples->count - 1 : 0;

    qsort(samples->us, samples->count, sizeof(*samples->us), compare);
    printf(", \"%s\": {\"p50\": %.3f, \"p99\": %.3f, \"max\": %.3f, \"count\": %zu}", name, samples->us[last / 2] / 1e3,
           samples->us[last * 99 / 100] / 1e3, samples->us[last] / 1e3, samples->count);
}

static void print_result(struct load *load, const struct options *options)
{
    double seconds = (double)(load->end_us - load->begin_us) / 1e6;

    printf("{\"in_flight\": %u, \"connections\": %u, \"seconds\": %.3f, \"request_bytes\": %zu, \"posted\": %llu, "
           "\"decided\": %llu, \"errors\": %llu, \"undecided\": %u, \"is_broken\": %s, \"applications_per_s\": %.1f",
           options->in_flight, load->lane_count, seconds, load->request_size, (unsigned long long)load->posted,
           (unsigned long long)load->decided, (unsigned long long)load->errors, load->in_flight,
           load->is_broken ? "true" : "false", seconds > 0 ? (double)load->decided / seconds : 0);
    print_samples("accept_ms", &load->accepts);
    print_samples("decision_ms", &load->decisions);
    puts("}");
}

static int options_parse(struct options *options, int argc, char **argv)
{
    static const struct option names[] = {
        {"port", required_argument, NULL, 'p'},    {"body", required_argument, NULL, 'b'},
        {"key", required_argument, NULL, 'k'},     {"in-flight", required_argument, NULL, 'n'},
        {"warmup", required_argument, NULL, 'w'},  {"seconds", required_argument, NULL, 's'},
        {"count", required_argument, NULL, 'c'},   {"connections", required_argument, NULL, 'l'},
        {"run", required_argument, NULL, 'r'},     {"rate", required_argument, NULL, 'a'},
        {NULL, 0, NULL, 0}};
    int option;

    *options = (struct options){.key = "", .run = "load", .seconds = 5, .in_flight = 64};
    while ((option = getopt_long(argc, argv, "", names, NULL)) != -1) {
        switch (option) {
        case 'p': options->port = (uint16_t)atoi(optarg); break;
        case 'b': options->body = optarg; break;
        case 'k': options->key = optarg; break;
        case 'r': options->run = optarg; break;
        case 'n': options->in_flight = (uint32_t)atoi(optarg); break;
        case 'l': options->connections = (uint32_t)atoi(optarg); break;
        case 'w': options->warmup_s = atof(optarg); break;
        case 's': options->seconds = atof(optarg); break;
        case 'c': options->count = strtoull(optarg, NULL, 10); break;
        case 'a': options->rate = atof(optarg); break;
        default: return -1;
        }
    }
    if (options->connections == 0) /* 16 on each, so that the hub's limit of 32 is far */
        options->connections = (options->in_flight + 15) / 16;
    return options->port != 0 && options->body != NULL && options->in_flight >= 1 && options->in_flight <= PLACES_MAX &&
                   options->connections <= WIRES_MAX && options->seconds > 0 && options->seconds <= 3600 && options->rate >= 0 ? 0 : -1;
}

static void load_fini(struct load *load)
{
    for (uint32_t i = 0; i < load->lane_count; i++)
        wire_close(&load->lanes[i].wire);
    wire_close(&load->stream);
    close(load->epoll);
    free(load->accepts.us);
    free(load->decisions.us);
    free(load->request);
}

static char *file_read(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    char *bytes = malloc(WIRE_IN_MAX);

    if (file == NULL || bytes == NULL)
        return NULL;
    *size = fread(bytes, 1, WIRE_IN_MAX, file);
    fclose(file);
    return bytes;
}

int main(int argc, char **argv)
{
    static struct load load;
    struct options options;
    size_t size = 0;

    if (options_parse(&options, argc, argv) != 0) {
        fprintf(stderr, "Usage: onedoor-load --port N --body FILE [--key KEY] [--in-flight N] [--connections N]\n"
                        "       [--warmup S] [--seconds S] [--count N] [--rate N] [--run NAME]\n"
                        "Ten # in the body stand for the running number of the request.\n");
        return 2;
    }
    char *body = file_read(options.body, &size);
    load.interval_us = options.rate > 0 ? 1e6 / options.rate : 0;
    load.accepts.us = malloc(SAMPLES_MAX * sizeof(uint32_t));
    load.decisions.us = malloc(SAMPLES_MAX * sizeof(uint32_t));
    if (body == NULL || load.accepts.us == NULL || load.decisions.us == NULL ||
        request_make(&load, &options, body, size) != 0 || lanes_open(&load, &options) != 0 ||
        stream_open(&load, &options) != 0) {
        fprintf(stderr, "onedoor-load: cannot start: %s\n", strerror(errno));
        return 1;
    }
    free(body);
    run(&load, &options);
    print_result(&load, &options);
    load_fini(&load);
    return load.is_broken || load.in_flight > 0 ? 1 : 0;
}
