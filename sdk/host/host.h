/* SPDX-License-Identifier: Apache-2.0 */
/* The process as a whole: what its two threads share, and who writes it.
 *
 *   I/O thread (link.c)  hub socket -> inbox;  outbox, asks -> hub socket
 *   plugin's thread (runner.c)  inbox -> callbacks of the module -> host calls (call*.c) -> outbox, asks
 */
#ifndef HOST_HOST_H
#define HOST_HOST_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <onedoor/ext/http.h>
#include <onedoor/ext/kv.h>
#include <onedoor/ext/material.h>
#include <onedoor/ext/metric.h>
#include <onedoor/ext/secret.h>
#include <onedoor/ext/timer.h>
#include <onedoor/plugin.h>

#include "host/asks.h"
#include "host/call_service.h"
#include "host/clock.h"
#include "host/confine.h"
#include "host/exit.h"
#include "host/flight.h"
#include "host/inbox.h"
#include "host/manifest.h"
#include "host/outbox.h"
#include "host/scratch.h"
#include "host/task.h"
#include "host/timer.h"
#include "host/work.h"

#define HOST_CALLBACK_SLOW_MS 50
#define HOST_IDLE_MS 1000 /* a beat at least so often */

/* What the plugin's thread tells the I/O thread beside reports. */
struct host_status {
    atomic_bool is_open;    /* open returned, well or not: polling may begin */
    atomic_bool is_ready;   /* it wants work */
    atomic_bool is_closed;  /* close returned, or open failed: no report follows */
    _Atomic uint32_t want;  /* credits */
    _Atomic uint64_t open_count;
    _Atomic int64_t time_seen_ms;
    _Atomic uint32_t health; /* enum od_health_status */
};

struct host {
    /* Before the plugin's thread starts. */
    const char *connector; /* borrowed */
    struct host_manifest manifest;
    enum host_tier tier;
    bool has_folder; /* it may open files in a folder of its own */
    char module_hash[65]; /* SHA-256 of module.so, hexadecimal */
    struct od_plugin plugin; /* copy of the module's constant, absent fields NULL */
    struct host_flight *flight;
    uint32_t credits_max; /* of the hub */
    uint32_t watchdog_ms;
    char *config;         /* owned; the plugin's thread replaces it */

    /* Any thread, each with its own lock. */
    struct host_clock clock;
    struct host_inbox inbox;
    struct host_outbox outbox;
    struct host_asks asks;
    struct host_status status;

    /* Plugin's thread alone. */
    pthread_t plugin_thread;
    struct od_host table;
    struct od_timer timer_table;
    struct od_metric metric_table;
    struct od_kv kv_table;
    struct od_http http_table;
    struct od_secret secret_table;
    struct od_material material_table;
    void *self;
    struct host_tasks tasks;
    struct host_timers timers;
    struct host_work work;
    struct host_services services;
    struct host_scratch scratch; /* lent to the callback in hand */
    struct host_post *posts;     /* owned: taken from the inbox */
    const char *callback;        /* name of the one in hand, or NULL */
    int64_t callback_began_ms;
    int64_t flushed_ms;
    int64_t slow_told_ms;
    int64_t health_asked_ms;
    uint32_t credits;
    int64_t time_told_ms; /* by the hub, last */
    bool is_draining;
    bool is_stopping;
    pthread_mutex_t note_lock;
    char note[128];                /* of health; under note_lock, as the rest */
    char reason[HOST_REASON_SIZE]; /* why it cannot go on */
    enum host_exit exit;
};

/* The process cannot go on: remember why (the first reason wins) and wake the I/O thread, which ends it.
 * Any thread. */
void host_break(struct host *host, enum host_exit exit, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* HOST_EXIT_BYE = nothing is broken. Any thread. */
enum host_exit host_exit_of(struct host *host);

/* connector: borrowed for the life of the host. Errors: OD_ENOMEM, OD_EIO (fini is allowed). */
OD_MUST_CHECK int host_init(struct host *host, const char *connector);
void host_fini(struct host *host);

#endif
