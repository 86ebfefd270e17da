/* SPDX-License-Identifier: Apache-2.0 */
/* A module that tries what no module may do, and says how each attempt ended. Every
 * attempt is harmless where it gets through: signal 0, a reboot without its magic. */
#ifndef TESTS_SANDBOX_ATTACK_H
#define TESTS_SANDBOX_ATTACK_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* What the attacker knows of its victims. Empty or 0 while the module is being loaded. */
struct attack_target {
    char data[1024];   /* data folder of the hub */
    char config[1024]; /* its configuration, with the hashes of keys */
    char module[1024]; /* code of another module */
    pid_t hub, peer;   /* the hub, and the host of another connector */
    unsigned short port; /* where the hub listens */
    unsigned threads, descriptors, memory_mib; /* of the manifest */
};

extern struct attack_target attack_target;

/* When an attempt can mean something. */
enum attack_when {
    ATTACK_EVER,  /* while loaded, and with a task in hand */
    ATTACK_LATER, /* with a task in hand alone: it needs the target, or is allowed before */
};

struct attack {
    const char *name;
    enum attack_when when;
    int (*attempt)(void); /* 0 = it got through; else an errno */
};

extern const struct attack attack_files[], attack_calls[], attack_limits[];
extern const size_t attack_files_count, attack_calls_count, attack_limits_count;

/* Ask the hub and its egress for what was not granted: on_told after each, when attack_services_name is
 * its name; rc: the error code of the SDK, positive, 0 = it was given. on_end after the last. */
typedef void (*attack_told_cb)(int rc);
typedef void (*attack_end_cb)(void);
struct od_host;
void attack_services(const struct od_host *host, attack_told_cb on_told, attack_end_cb on_end);
const char *attack_services_name(void);

/* errno when rc says that a call failed, else 0. */
int attack_result(long rc);

#endif
