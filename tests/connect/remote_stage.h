/* SPDX-License-Identifier: Apache-2.0 */
/* A remote connector, whose requests the test writes and whose answers it reads. */
#ifndef TEST_CONNECT_REMOTE_STAGE_H
#define TEST_CONNECT_REMOTE_STAGE_H

#include "connect/stage.h"

#define ASKS_MAX 8192

/* One request, under way or answered. */
struct ask {
    char *answer; /* NULL = not yet */
};

extern struct stage stage;
extern struct ask asks[ASKS_MAX];
extern size_t ask_count;

int remote_stage_open(void **state);
int remote_stage_close(void **state);

/* The request of connector water; text has "%u" for each of the numbers. */
struct ask *ask_text(const char *request, const char *text);
struct ask *ask_hello(const char *instance);
struct ask *ask_poll(unsigned id, unsigned epoch, unsigned ack, unsigned want);
struct ask *ask_report(unsigned id, unsigned epoch, const char *items);
/* The answer, awaited. */
const char *answer_of(struct ask *ask);
/* Turns enough for whatever was going to be answered. */
void settle(void);
/* Hello of instance, and a first poll that waits; returns the epoch. */
unsigned remote_ready(const char *instance, unsigned want);

#endif
