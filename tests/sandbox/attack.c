/* SPDX-License-Identifier: Apache-2.0 */
/* The module itself: what it tries while it is loaded (a constructor runs before any
 * of its callbacks) and with a task in hand, told as log lines
 *
 *     attack loaded read_shadow=13 ...
 *
 * with an errno for each attempt, 0 for one that got through. */
#include "sandbox/attack.h"

#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include <onedoor/ext/kv.h>
#include <onedoor/plugin.h>

#include "base/frame.h"

#define LINE_SIZE 8000
#define ROWS_MAX 256
#define FORGED_ID (UINT64_C(1) << 40) /* no request or report of the host comes so far */

struct attack_target attack_target;

static struct line {
    char text[LINE_SIZE];
    size_t size;
} loaded;

static const struct od_host *host;

static void add(struct line *line, const char *name, int rc)
{
    int size = snprintf(line->text + line->size, LINE_SIZE - line->size, " %s=%d", name, rc);

    if (size > 0 && line->size + (size_t)size < LINE_SIZE)
        line->size += (size_t)size;
}

static void run(struct line *line, const struct attack *rows, size_t count, bool is_loaded)
{
    for (size_t i = 0; i < count; i++) {
        if (is_loaded || rows[i].when == ATTACK_EVER)
            add(line, rows[i].name, rows[i].attempt());
    }
}

__attribute__((constructor)) static void attack_while_loaded(void)
{
    add(&loaded, "begin", 1);
    run(&loaded, attack_files, attack_files_count, false);
    run(&loaded, attack_calls, attack_calls_count, false);
}

static void tell(const char *when, const struct line *line)
{
    char text[LINE_SIZE + 64];

    snprintf(text, sizeof(text), "attack %s%s", when, line->text);
    od_log(host, OD_LOG_INFO, 0, text);
}

/* What the hub should have cut from the offer. */
static void look_at_offer(struct line *line, const struct od_offer *offer)
{
    struct od_value value;

    add(line, "read_hidden_field", od_form_value(offer, "hidden", &value) == OD_OK ? 0 : ENOENT);
    add(line, "find_hidden_value", memmem(offer->form, offer->form_size, "classified", 10) != NULL ? 0 : ENOENT);
    add(line, "read_applicant_name",
        od_json_member(host, offer->applicant, offer->applicant_size, "name", &value) == OD_OK ? 0 : ENOENT);
    add(line, "use_undeclared_material", od_extension(host, "od.material/1") != NULL ? 0 : ENOENT);
}

static struct line services;
static od_task attacking;

static void on_told(int rc)
{
    add(&services, attack_services_name(), rc);
}

static void on_end(void)
{
    tell("opened", &services);
    if (od_approve(host, attacking, NULL) != OD_OK)
        od_log(host, OD_LOG_ERROR, 0, "the task went away");
}

static int attack(const struct od_offer *offer)
{
    static struct line files, calls, limits, hub;

    tell("loaded", &loaded);
    run(&files, attack_files, attack_files_count, true);
    tell("opened", &files);
    run(&calls, attack_calls, attack_calls_count, true);
    tell("opened", &calls);
    run(&limits, attack_limits, attack_limits_count, true);
    tell("opened", &limits);
    look_at_offer(&hub, offer);
    tell("opened", &hub);
    attacking = offer->task;
    attack_services(host, on_told, on_end);
    return OD_OK;
}

/* State of this connector, which no other may see. */
static void on_planted(void *self, int error, const void *value, size_t size, void *arg)
{
    (void)self, (void)value, (void)size, (void)arg;
    if (od_opine(host, attacking, error == OD_OK ? OD_APPROVE : OD_REJECT, "planted") != OD_OK)
        od_log(host, OD_LOG_ERROR, 0, "the task went away");
}

static int plant(const struct od_offer *offer)
{
    attacking = offer->task;
    return od_kv_put(od_extension(host, OD_KV_1), "planted", "state", 5, on_planted, NULL);
}

/* -- A frame that the host never wrote -- */

static int hub_socket(void)
{
    for (int fd = 3; fd < 1024; fd++) {
        char byte;

        if (recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) >= 0 || errno == EAGAIN)
            return fd;
    }
    return -1;
}

/* See a batch of items before the host's own thread takes it: epoch and a task's handle are in it. */
static bool peek(int fd, struct base_frame *batch, struct base_frame *item)
{
    static char bytes[65536];
    size_t used, offset = 0;
    ssize_t size = recv(fd, bytes, sizeof(bytes), MSG_PEEK | MSG_DONTWAIT);

    return size > 0 && base_frame_read(bytes, (size_t)size, batch, &used) == OD_OK && batch->count > 0 &&
           base_frame_next(batch, &offset, item) == OD_OK && item->kind == BASE_ITEM_OFFER;
}

/* Opinions on every task of the application but the own one. */
static void send_forged(int fd, uint32_t epoch, uint64_t own)
{
    static const char opinion[] = "{\"opinion\":\"reject\",\"reasons\":[\"forged\"]}";
    struct base_buffer out = {0};
    uint64_t id = FORGED_ID;
    uint16_t count = 0;
    size_t at = base_frame_begin(&out, &(struct base_frame){.kind = BASE_FRAME_REPORT, .id = id, .epoch = epoch});

    for (uint64_t index = 0; index < 64; index++) {
        uint64_t task = (own & ~UINT64_C(63)) | index;

        if (task == own)
            continue;
        base_frame_put(&out, &(struct base_frame){.kind = BASE_ITEM_OPINION, .id = ++id, .task = task, .epoch = epoch,
                                                  .payload = opinion, .length = sizeof(opinion) - 1});
        count++;
    }
    base_frame_end(&out, at, count);
    (void)!send(fd, out.bytes, out.size, MSG_NOSIGNAL);
    base_buffer_fini(&out);
}

static void *forge(void *arg)
{
    int fd = hub_socket();
    struct base_frame batch, item;

    while (!peek(fd, &batch, &item))
        continue;
    send_forged(fd, batch.epoch, item.task);
    return arg;
}

static int start_forging(const struct od_offer *offer)
{
    pthread_t thread;

    if (pthread_create(&thread, NULL, forge, NULL) == 0)
        pthread_detach(thread);
    od_log(host, OD_LOG_INFO, 0, "attack forging");
    return od_approve(host, offer->task, NULL);
}

/* -- The module -- */

static void text_take(const char *key, char *out, size_t size)
{
    const char *text;

    if (od_config_text(host, key, &text) == OD_OK)
        snprintf(out, size, "%s", text);
}

static int number_take(const char *key)
{
    int64_t number = 0;

    return od_config_i64(host, key, &number) == OD_OK ? (int)number : 0;
}

static int attack_open(const struct od_host *with, void **self)
{
    host = with;
    *self = &attack_target;
    text_take("data", attack_target.data, sizeof(attack_target.data));
    text_take("config", attack_target.config, sizeof(attack_target.config));
    text_take("module", attack_target.module, sizeof(attack_target.module));
    attack_target.peer = number_take("peer");
    attack_target.port = (unsigned short)number_take("port");
    attack_target.threads = (unsigned)number_take("threads");
    attack_target.descriptors = (unsigned)number_take("descriptors");
    attack_target.memory_mib = (unsigned)number_take("memory_mib");
    return OD_OK;
}

static void attack_close(void *self)
{
    (void)self;
}

static int attack_offer(void *self, const struct od_offer *offer)
{
    const char *act;

    (void)self;
    if (od_form_text(offer, "act", &act) != OD_OK)
        return od_approve(host, offer->task, NULL);
    if (strcmp(act, "plant") == 0)
        return plant(offer);
    return strcmp(act, "forge") == 0 ? start_forging(offer) : attack(offer);
}

OD_PLUGIN = {OD_PLUGIN_INIT, .id = "attack", .version = "1.0.0",
             .open = attack_open, .close = attack_close, .offer = attack_offer};
