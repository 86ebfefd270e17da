/* SPDX-License-Identifier: Apache-2.0 */
/* A department whose module fails on request: the form's field "sin" says how. It
 * tells when it begins, so that the hub's own record says how soon it was noticed:
 *
 *     sin crash 1764391084123
 *
 * Without the field it approves at once. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <onedoor/plugin.h>

#include "base/frame.h"

#define THREADS_MAX 4096
#define DESCRIPTORS_MAX 8192
#define FORKS 1000
#define BLOCK (1024 * 1024)
#define FLOOD_SIZE (64 * 1024)

static const struct od_host *host;
static volatile int is_ever_true = 1;
static int *volatile nowhere;

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void begin(const char *sin)
{
    dprintf(STDERR_FILENO, "sin %s %lld\n", sin, (long long)now_ms());
}

static void wait_for_the_end(void)
{
    while (is_ever_true)
        pause();
}

/* -- It dies -- */

static int sin_crash(const struct od_offer *offer)
{
    (void)offer;
    *nowhere = 1;
    return OD_OK;
}

static int sin_abort(const struct od_offer *offer)
{
    (void)offer;
    abort();
}

static int sin_exit(const struct od_offer *offer)
{
    (void)offer;
    exit(0);
}

/* A refused call while every signal is blocked: the report has no way to be written. */
static int sin_silent(const struct od_offer *offer)
{
    sigset_t all;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, NULL);
    return socket(AF_INET, SOCK_STREAM, 0) >= 0 ? od_approve(host, offer->task, NULL) : OD_OK;
}

/* As memory is lost in the field: nobody looks at what malloc gives. */
static int sin_leak(const struct od_offer *offer)
{
    (void)offer;
    while (is_ever_true)
        memset(malloc(BLOCK), 1, BLOCK);
    return OD_OK;
}

/* -- It hangs -- */

static int sin_loop(const struct od_offer *offer)
{
    (void)offer;
    while (is_ever_true)
        continue;
    return OD_OK;
}

static int sin_deadlock(const struct od_offer *offer)
{
    pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

    (void)offer;
    pthread_mutex_lock(&lock);
    pthread_mutex_lock(&lock);
    return OD_OK;
}

/* -- It takes what it can get, and goes on -- */

static void *spin(void *arg)
{
    while (is_ever_true)
        continue;
    return arg;
}

static int sin_threads(const struct od_offer *offer)
{
    pthread_t thread;
    char text[64];
    int count = 0;

    while (count < THREADS_MAX && pthread_create(&thread, NULL, spin, NULL) == 0)
        count++;
    snprintf(text, sizeof(text), "%d threads", count);
    return od_approve(host, offer->task, text);
}

static int sin_descriptors(const struct od_offer *offer)
{
    char text[64];
    int count = 0;

    while (count < DESCRIPTORS_MAX && dup(STDIN_FILENO) >= 0)
        count++;
    snprintf(text, sizeof(text), "%d descriptors", count);
    return od_approve(host, offer->task, text);
}

static int sin_fork(const struct od_offer *offer)
{
    char text[64];
    int count = 0;

    for (int i = 0; i < FORKS; i++) {
        pid_t pid = fork();

        if (pid == 0)
            wait_for_the_end();
        count += pid > 0;
    }
    snprintf(text, sizeof(text), "%d processes", count);
    return od_approve(host, offer->task, text);
}

static void *flood(void *arg)
{
    static char text[FLOOD_SIZE];

    for (size_t i = 0; i < sizeof(text); i++)
        text[i] = i % 64 == 63 ? '\n' : (char)('a' + i % 26);
    while (write(STDOUT_FILENO, text, sizeof(text)) >= 0)
        continue;
    return arg;
}

static int sin_flood(const struct od_offer *offer)
{
    pthread_t thread;

    if (pthread_create(&thread, NULL, flood, NULL) == 0)
        pthread_detach(thread);
    return od_approve(host, offer->task, NULL);
}

/* -- It says too much -- */

static od_task chatting;

/* A thousand reports, and again in the next turn. */
static void chatter(void *arg)
{
    static unsigned percent;

    for (int i = 0; i < 1000; i++)
        if (od_progress(host, chatting, percent++ % 100, "still at it") != OD_OK)
            break;
    if (od_post(host, chatter, arg) != OD_OK)
        od_log(host, OD_LOG_WARNING, 0, "it falls silent");
}

static int sin_chatter(const struct od_offer *offer)
{
    chatting = offer->task;
    int rc = od_accept(host, offer->task, "chatter");
    return rc == OD_OK ? od_post(host, chatter, NULL) : rc;
}

/* -- It writes to the hub's socket what no host writes -- */

static int hub_socket(void)
{
    for (int fd = 3; fd < 1024; fd++) {
        char byte;

        if (recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) >= 0 || errno == EAGAIN)
            return fd;
    }
    return -1;
}

static void send_all(const char *bytes, size_t size)
{
    int fd = hub_socket();

    while (size > 0) {
        ssize_t sent = send(fd, bytes, size, MSG_NOSIGNAL);

        if (sent <= 0)
            return;
        bytes += sent;
        size -= (size_t)sent;
    }
}

static int sin_garbage(const struct od_offer *offer)
{
    char bytes[4096];

    (void)offer;
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (char)(i * 7919 >> 3);
    send_all(bytes, sizeof(bytes));
    wait_for_the_end();
    return OD_OK;
}

static int sin_oversize(const struct od_offer *offer)
{
    static char bytes[BASE_FRAME_HEADER_SIZE];
    uint32_t length = BASE_FRAME_PAYLOAD_MAX + 1;

    (void)offer;
    memcpy(bytes, &length, sizeof(length));
    bytes[4] = BASE_FRAME_REPORT;
    send_all(bytes, sizeof(bytes));
    wait_for_the_end();
    return OD_OK;
}

/* A hello, once more: the hub answered one in this session. */
static int sin_replay(const struct od_offer *offer)
{
    static const char hello[] = "{\"protocol\":[1,1],\"connector\":\"fire\",\"module\":\"sin\",\"version\":\"1.0.0\","
                                "\"abi\":[1,0],\"instance\":\"0123456789abcdef\",\"pid\":1,\"tier\":\"full\"}";
    struct base_buffer out = {0};

    (void)offer;
    for (uint64_t id = 1; id <= 8; id++)
        base_frame_put(&out, &(struct base_frame){.kind = BASE_FRAME_HELLO, .id = id, .payload = hello,
                                                  .length = sizeof(hello) - 1});
    send_all(out.bytes, out.size);
    base_buffer_fini(&out);
    wait_for_the_end();
    return OD_OK;
}

static const struct sin {
    const char *name;
    int (*commit)(const struct od_offer *offer);
} sins[] = {
    {"crash", sin_crash}, {"abort", sin_abort}, {"exit", sin_exit}, {"leak", sin_leak}, {"silent", sin_silent}, {"loop", sin_loop},
    {"deadlock", sin_deadlock}, {"threads", sin_threads}, {"descriptors", sin_descriptors}, {"fork", sin_fork},
    {"flood", sin_flood}, {"chatter", sin_chatter}, {"garbage", sin_garbage}, {"oversize", sin_oversize}, {"replay", sin_replay},
};

static int sin_open(const struct od_host *with, void **self)
{
    host = with;
    *self = NULL;
    return OD_OK;
}

static void sin_close(void *self)
{
    (void)self;
}

static int sin_offer(void *self, const struct od_offer *offer)
{
    const char *name;

    (void)self;
    if (od_form_text(offer, "sin", &name) != OD_OK)
        return od_approve(host, offer->task, NULL);
    for (size_t i = 0; i < sizeof(sins) / sizeof(sins[0]); i++) {
        if (strcmp(sins[i].name, name) == 0) {
            begin(name);
            return sins[i].commit(offer);
        }
    }
    return od_reject(host, offer->task, "no such sin");
}

OD_PLUGIN = {OD_PLUGIN_INIT, .id = "sin", .version = "1.0.0", .open = sin_open, .close = sin_close, .offer = sin_offer};
