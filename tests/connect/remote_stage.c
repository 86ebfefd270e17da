/* SPDX-License-Identifier: Apache-2.0 */
#include "connect/remote_stage.h"

#include <stdio.h>
#include <stdlib.h>

struct stage stage;
struct ask asks[ASKS_MAX];
size_t ask_count;

static void on_answer(void *asker, const char *text)
{
    struct ask *ask = asker;

    CHECK(ask->answer == NULL, "a request is answered once");
    ask->answer = strdup(text);
}

int remote_stage_open(void **state)
{
    (void)state;
    stage_open(&stage, &(struct connect_options){.times = {.drain_timeout_ms = 100}});
    stage.answer_trap = on_answer;
    ask_count = 0;
    return 0;
}

int remote_stage_close(void **state)
{
    (void)state;
    stage_close(&stage);
    for (size_t i = 0; i < ask_count; i++) {
        CHECK(asks[i].answer != NULL, "no request stays without an answer");
        free(asks[i].answer);
    }
    return 0;
}

struct ask *ask_text(const char *request, const char *text)
{
    struct ask *ask = &asks[ask_count++];

    assert_true(ask_count < ASKS_MAX);
    ask->answer = NULL;
    CHECK_I64(OD_OK, connect_remote_request(stage.connect, "water", request, text, strlen(text), ask), text);
    return ask;
}

struct ask *ask_hello(const char *instance)
{
    char text[256];

    snprintf(text, sizeof(text), "{\"id\":1,\"body\":{\"protocol\":[1,1],\"instance\":\"%s\",\"version\":\"2.1\"}}", instance);
    return ask_text("hello", text);
}

struct ask *ask_poll(unsigned id, unsigned epoch, unsigned ack, unsigned want)
{
    char text[256];

    snprintf(text, sizeof(text),
             "{\"protocol\":1,\"session\":\"water.%u\",\"id\":%u,\"epoch\":%u,\"body\":{\"ack\":%u,\"want\":%u,\"ready\":true}}", epoch,
             id, epoch, ack, want);
    return ask_text("poll", text);
}

struct ask *ask_report(unsigned id, unsigned epoch, const char *items)
{
    char text[8192];

    snprintf(text, sizeof(text), "{\"id\":%u,\"epoch\":%u,\"body\":{\"items\":[%s]}}", id, epoch, items);
    return ask_text("report", text);
}

const char *answer_of(struct ask *ask)
{
    STAGE_UNTIL(&stage, ask->answer != NULL);
    return ask->answer;
}

void settle(void)
{
    for (unsigned i = 0; i < 8; i++)
        stage_turn(&stage);
}

unsigned remote_ready(const char *instance, unsigned want)
{
    unsigned epoch, ready = stage.ready;
    const char *welcome = answer_of(ask_hello(instance));
    const char *at = strstr(welcome, "\"epoch\":");

    CHECK(at != NULL, welcome);
    epoch = (unsigned)strtoul(at + 8, NULL, 10);
    ask_poll(1, epoch, 0, want);
    STAGE_UNTIL(&stage, stage.ready > ready);
    return epoch;
}
