/* SPDX-License-Identifier: Apache-2.0 */
/* CPU of the hub's side for each offer and report: six connectors whose other ends are
 * spoken by threads of this program over the same socketpairs. The engine here only
 * counts. Prints one line; arguments: seconds, payload bytes, offers in hand. */
#include "connect/stage.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"

#define LINKS 6

static struct stage stage;
static struct relay relays[LINKS];
static struct connect_link *links[LINKS];
static char payload[8192];
static size_t payload_size = 600;
static unsigned want = 256; /* offers in hand of each connector */
static uint64_t offered, reported;
static bool is_over;

static void send_all(int fd, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t sent = send(fd, bytes, size, MSG_NOSIGNAL);
        if (sent <= 0)
            return;
        bytes += sent;
        size -= (size_t)sent;
    }
}

/* Each offer is answered by one opinion; each batch by one batch. */
static void *play_host(void *argument)
{
    static const char opinion[] = "{\"opinion\":\"approve\",\"reasons\":[\"Within the desk-check limit (F-2).\"],\"conditions\":[],"
                                  "\"document_no\":\"F-2026-000123\",\"external_ref\":\"F-123\"}";
    struct relay *relay = argument;
    struct base_buffer out = {0};
    struct base_frame frame, item;
    uint64_t ack = 0, report_id = 0;
    size_t used;

    for (;;) {
        while (base_frame_read(relay->in + relay->in_used, relay->in_size - relay->in_used, &frame, &used) != OD_OK) {
            memmove(relay->in, relay->in + relay->in_used, relay->in_size - relay->in_used);
            relay->in_size -= relay->in_used;
            relay->in_used = 0;
            ssize_t got = recv(relay->fd, relay->in + relay->in_size, sizeof(relay->in) - relay->in_size, 0);
            if (got <= 0) {
                base_buffer_fini(&out);
                return NULL;
            }
            relay->in_size += (size_t)got;
        }
        relay->in_used += used;
        if (frame.kind != BASE_FRAME_POLL)
            continue;
        size_t offset = 0, at = 0;
        uint16_t count = 0;
        base_buffer_clear(&out);
        if (frame.count > 0)
            at = base_frame_begin(&out, &(struct base_frame){.kind = BASE_FRAME_REPORT, .id = ++relay->request, .epoch = relay->epoch});
        while (base_frame_next(&frame, &offset, &item) == OD_OK) {
            ack = item.id;
            if (item.kind != BASE_ITEM_OFFER)
                continue;
            base_frame_put(&out, &(struct base_frame){.kind = BASE_ITEM_OPINION, .id = ++report_id, .task = item.task, .epoch = relay->epoch,
                                                      .length = sizeof(opinion) - 1, .payload = opinion});
            count++;
        }
        if (frame.count > 0)
            base_frame_end(&out, at, count);
        char poll_text[128];
        int size = snprintf(poll_text, sizeof(poll_text), "{\"ack\":%llu,\"want\":%u,\"open\":0,\"beats\":1,\"busy_ms\":0,\"ready\":true}",
                            (unsigned long long)ack, want);
        base_frame_put(&out, &(struct base_frame){.kind = BASE_FRAME_POLL, .id = ++relay->request, .epoch = relay->epoch,
                                                  .length = (uint32_t)size, .payload = poll_text});
        send_all(relay->fd, out.bytes, out.size);
    }
}

static void offer_all(struct connect_link *link)
{
    while (!is_over && connect_room(link) > 0) {
        if (connect_put_item(link, BASE_ITEM_OFFER, ++offered, payload, payload_size) != OD_OK)
            return;
    }
}

static void on_report(void *owner, struct connect_link *link, uint64_t token, const struct connect_report *reports, size_t count)
{
    (void)owner;
    for (size_t i = 0; i < count; i++) {
        connect_offer_ended(link, reports[i].epoch);
        connect_answer(link, token, i, BASE_ANSWER_OK, NULL);
    }
    reported += count;
    offer_all(link);
}

static void on_room(void *owner, struct connect_link *link)
{
    (void)owner;
    offer_all(link);
}

static uint64_t thread_cpu_ns(void)
{
    struct timespec time;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static void bench(void **state)
{
    pthread_t threads[LINKS];
    double seconds = getenv("BENCH_SECONDS") != NULL ? atof(getenv("BENCH_SECONDS")) : 0.2;

    (void)state;
    stage_open(&stage, &(struct connect_options){0});
    assert_true(payload_size >= 11);
    assert_true(payload_size <= sizeof(payload));
    memset(payload, 'x', payload_size);
    memcpy(payload, "{\"form\":\"", 9);
    memcpy(payload + payload_size - 2, "\"}", 2);
    for (unsigned i = 0; i < LINKS; i++) {
        char id[8];
        snprintf(id, sizeof(id), "d%u", i);
        links[i] = stage_load(&stage, id);
        relay_ready(&stage, &relays[i], want);
    }
    stage.report_trap = on_report;
    stage.room_trap = on_room;
    for (unsigned i = 0; i < LINKS; i++)
        pthread_create(&threads[i], NULL, play_host, &relays[i]);
    for (unsigned i = 0; i < LINKS; i++)
        offer_all(links[i]);
    uint64_t began = uv_hrtime(), cpu = thread_cpu_ns();
    while ((double)(uv_hrtime() - began) < seconds * 1e9)
        uv_run(&stage.loop, UV_RUN_ONCE);
    cpu = thread_cpu_ns() - cpu;
    double wall = (double)(uv_hrtime() - began) / 1e9;
    CHECK(reported > 0, "something was done");
    printf("connect: %.0f offers/s and as many reports, %.3f us of hub CPU each pair, payload %zu, %u in hand, %d links\n",
           (double)reported / wall, (double)cpu / 1e3 / (double)reported, payload_size, want, LINKS);
    is_over = true;
    for (unsigned i = 0; i < LINKS; i++)
        shutdown(relays[i].fd, SHUT_RDWR);
    for (unsigned i = 0; i < LINKS; i++) {
        pthread_join(threads[i], NULL);
        relay_drop(&relays[i]);
    }
    stage_close(&stage);
}

int main(int count, char **arguments)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(bench)};

    if (count > 1)
        setenv("BENCH_SECONDS", arguments[1], 1);
    if (count > 2)
        payload_size = (size_t)atoi(arguments[2]);
    if (count > 3)
        want = (unsigned)atoi(arguments[3]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
