/* SPDX-License-Identifier: Apache-2.0 */
/* A front with an engine that says yes: for wrk and tests/front/slow_clients.py.
 * front_serve [ADDR:PORT]: prints "ready ADDRESS", serves until SIGTERM; answers come at the
 * end of the loop turn, as after a commit. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "base/log.h"
#include "front/front.h"

#define WAITING_MAX 8192

struct serve {
    struct front *front;
    struct front_request *waiting[WAITING_MAX];
    size_t count;
};

static const char answer_text[] = "{\"number\":\"20261129-000123-7\",\"code\":\"8KQ2-11ZX\","
                                  "\"service\":\"open-restaurant\",\"status\":\"in_review\","
                                  "\"received_at\":\"2026-11-29T05:58:04.123+08:00\","
                                  "\"promised_date\":\"2026-12-08\",\"tasks\":[{\"id\":"
                                  "\"20261129-000123-7.1\",\"matter\":\"fire\",\"state\":"
                                  "\"accepted\"}],\"notice\":null,\"decision\":null}";

static void answer(struct front_request *request)
{
    struct base_buffer body = {0};

    base_buffer_put(&body, answer_text, sizeof(answer_text) - 1);
    front_answer(request, request->route == FRONT_APPLICATION_SUBMIT ? 201 : 200,
                 "application/json", NULL, &body);
}

static void perform(void *owner, struct front_request *request)
{
    struct serve *serve = owner;

    if (serve->count == WAITING_MAX)
        front_answer_problem(request, FRONT_UNAVAILABLE, NULL, NULL, 0);
    else
        serve->waiting[serve->count++] = request;
}

static void on_turn_end(void *owner)
{
    struct serve *serve = owner;

    while (serve->count > 0)
        answer(serve->waiting[--serve->count]);
}

static void on_closed(void *owner)
{
    (void)owner;
}

static void on_signal(uv_signal_t *handle, int number)
{
    struct serve *serve = handle->data;

    (void)number;
    front_close(serve->front, 2000, on_closed, NULL);
    uv_close((uv_handle_t *)handle, NULL);
}

static void figures_print(uv_loop_t *loop, uint64_t requests)
{
    struct rusage usage;

    (void)loop;
    getrusage(RUSAGE_SELF, &usage);
    double cpu_us = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e6 +
                    (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
    printf("requests %llu cpu_us_per_request %.2f rss_max_kib %ld\n",
           (unsigned long long)requests, requests > 0 ? cpu_us / (double)requests : 0,
           usage.ru_maxrss);
}

static uint64_t served;

static void perform_counted(void *owner, struct front_request *request)
{
    served++;
    perform(owner, request);
}

int main(int count, char **arguments)
{
    static struct serve serve;
    static const struct front_ops ops = {.perform = perform_counted,
                                         .on_turn_end = on_turn_end};
    struct front_options options = {.listen = count > 1 ? arguments[1] : "127.0.0.1:0",
                                    .is_demo = true,
                                    .ops = &ops,
                                    .owner = &serve};
    char text[512];
    uv_loop_t loop;
    uv_signal_t stop;

    base_log_init("front_serve", NULL, BASE_LOG_WARNING);
    if (base_hash_init() != OD_OK || uv_loop_init(&loop) != 0)
        return 1;
    if (front_open(&loop, &options, &serve.front, text) != OD_OK) {
        fprintf(stderr, "%s\n", text);
        return 1;
    }
    uv_signal_init(&loop, &stop);
    stop.data = &serve;
    uv_signal_start(&stop, on_signal, SIGTERM);
    printf("ready %s\n", front_address(serve.front));
    fflush(stdout);
    uv_run(&loop, UV_RUN_DEFAULT);
    int rc = uv_loop_close(&loop);
    figures_print(&loop, served);
    return rc == 0 ? 0 : 1;
}
