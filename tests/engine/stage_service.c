/* SPDX-License-Identifier: Apache-2.0 */
/* Services as a connector sees them: asked by the test, answered by the engine. */
#include "engine/stage.h"

#include <stdio.h>
#include <stdlib.h>

#include "lib/check.h"

static struct stage_service services[STAGE_SERVICES_MAX];
static size_t service_count;

void stage_services_clear(void)
{
    for (size_t i = 0; i < service_count; i++)
        free(services[i].answer);
    service_count = 0;
}

size_t stage_service(struct connect_link *link, const char *text)
{
    const struct connect_options *options = &stage.connect->options;
    struct base_json_error error;
    struct base_json *body = NULL;
    size_t index = service_count++;

    assert_true(index < STAGE_SERVICES_MAX);
    services[index] = (struct stage_service){.token = (uint64_t)link->epoch << 32 | (uint32_t)(index + 1), .order = 0};
    CHECK_I64(OD_OK, base_json_parse(text, strlen(text), &body, &error), text);
    options->callbacks.on_service(options->owner, link, services[index].token, body);
    base_json_destroy(body);
    return index;
}

const struct stage_service *stage_service_at(size_t index)
{
    return &services[index];
}

void connect_service_answer(struct connect *connect, uint64_t token, const char *payload, size_t size)
{
    static unsigned order;

    (void)connect;
    if (stage.is_dead)
        return;
    for (size_t i = 0; i < service_count; i++) {
        if (services[i].token != token)
            continue;
        CHECK(services[i].answer == NULL, "a service is answered once");
        services[i].answer = strndup(payload, size);
        services[i].order = ++order;
    }
}

void connect_service_refuse(struct connect *connect, uint64_t token, const char *code, const char *detail)
{
    char text[64];

    CHECK(detail != NULL && detail[0] != '\0', "a refusal says why");
    int size = snprintf(text, sizeof(text), "error %s", code);
    connect_service_answer(connect, token, text, (size_t)size);
}

/* -- Callbacks -- */

#define QUESTIONS_MAX 64

static uint64_t questions[QUESTIONS_MAX];
static size_t question_head, question_count;
static const char *reference, *event_id, *event_signature;
static char event_time[24];

const char *stage_reference(void)
{
    return reference;
}

const char *stage_header(const char *name)
{
    if (strcmp(name, "Onedoor-Timestamp") == 0)
        return event_time;
    if (strcmp(name, "Onedoor-Event") == 0)
        return event_id;
    return strcmp(name, "Onedoor-Signature") == 0 ? event_signature : NULL;
}

struct stage_request *stage_callback(const char *connector, const char *to, const char *event, const char *body)
{
    snprintf(event_time, sizeof(event_time), "%lld", (long long)(stage.wall_ms / 1000));
    event_signature = "v1=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    event_id = event;
    reference = to;
    struct stage_request *asked = stage_ask(FRONT_CALLBACK, connector, NULL, body);
    return asked;
}

bool stage_is_asked(void)
{
    return question_head < question_count;
}

void stage_verify(int rc)
{
    const struct connect_options *options = &stage.connect->options;

    assert_true(stage_is_asked());
    options->callbacks.on_verified(options->owner, questions[question_head++], rc);
    if (question_head == question_count)
        question_head = question_count = 0;
}

int connect_verify(struct connect_link *link, const void *data, size_t size, const char *mac, uint64_t question)
{
    char expected[256];

    int length = snprintf(expected, sizeof(expected), "%s.%s.%s.%s.", event_time, event_id, connect_link_id(link), reference);
    CHECK(size > (size_t)length && memcmp(data, expected, (size_t)length) == 0, "time, id, address and body are what was signed");
    CHECK_TEXT(event_signature + 3, mac, "the digits of the signature");
    assert_true(question_count < QUESTIONS_MAX);
    questions[question_count++] = question;
    return OD_OK;
}
