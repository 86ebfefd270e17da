/* SPDX-License-Identifier: Apache-2.0 */
/* An egress process as the tests need one: the url of a request says what it does with it.
 *
 *   answer    {"status":200}
 *   profile   what it was told of the connector, as the answer
 *   sent      its first byte leaves, and no answer comes
 *   hold      nothing: it is not even sent
 *   die       its first byte leaves, then the process ends; "die-before": it ends at once
 *   garbage   it leaves, then comes what is no frame
 *   noise     an answer that is no JSON
 *   stop      the process stands still
 *   late      an answer to a request that was never asked, then a right one
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/frame.h"

#define HUB_FD 3
#define PROFILES_MAX 64

static struct base_buffer in, out;
static char profiles[PROFILES_MAX][4096];

static void flush(void)
{
    for (size_t at = 0; at < out.size;) {
        ssize_t count = write(HUB_FD, out.bytes + at, out.size - at);

        if (count <= 0)
            _exit(1);
        at += (size_t)count;
    }
    base_buffer_clear(&out);
}

static void put(uint8_t kind, uint8_t flags, uint64_t id, const char *payload)
{
    base_frame_put(&out, &(struct base_frame){.kind = kind, .flags = flags, .id = id, .length = (uint32_t)strlen(payload), .payload = payload});
    flush();
}

static void answer(uint64_t id, const char *payload)
{
    put(BASE_FRAME_EGRESS, BASE_FRAME_REPLY, id, payload);
}

static void request_take(const struct base_frame *frame)
{
    char text[4096], url[64] = "";

    snprintf(text, sizeof(text), "%.*s", (int)frame->length, frame->payload);
    const char *at = strstr(text, "\"url\":\"");
    if (strstr(text, "\"verify\"") != NULL) {
        answer(frame->id, strstr(text, "\"mac\":\"good\"") != NULL ? "{\"is_valid\":true}" : "{\"is_valid\":false}");
        return;
    }
    if (strstr(text, "\"reveal\"") != NULL) {
        answer(frame->id, "{\"value\":\"cGFzc3dvcmQ=\"}");
        return;
    }
    if (at != NULL)
        snprintf(url, sizeof(url), "%.*s", (int)strcspn(at + 7, "\""), at + 7);
    if (strcmp(url, "sent") == 0 || strcmp(url, "die") == 0 || strcmp(url, "garbage") == 0)
        put(BASE_FRAME_SENT, 0, frame->id, "");
    if (strcmp(url, "late") == 0)
        answer(frame->id + 7, "{\"status\":1}");
    if (strcmp(url, "answer") == 0 || strcmp(url, "late") == 0)
        answer(frame->id, "{\"status\":200}");
    else if (strcmp(url, "profile") == 0)
        answer(frame->id, profiles[frame->task % PROFILES_MAX]);
    else if (strncmp(url, "die", 3) == 0)
        _exit(9);
    else if (strcmp(url, "noise") == 0)
        answer(frame->id, "no JSON");
    else if (strcmp(url, "garbage") == 0) {
        char noise[64];

        memset(noise, 0xff, sizeof(noise));
        if (write(HUB_FD, noise, sizeof(noise)) < 0)
            _exit(1);
    } else if (strcmp(url, "stop") == 0) {
        raise(SIGSTOP);
    }
}

static void frame_take(const struct base_frame *frame)
{
    if (frame->kind == BASE_FRAME_EGRESS)
        request_take(frame);
    else if (frame->kind == BASE_FRAME_PING)
        put(BASE_FRAME_PING, 0, 0, "");
    else if (frame->kind == BASE_FRAME_PROFILE)
        snprintf(profiles[frame->task % PROFILES_MAX], sizeof(profiles[0]), "%.*s", (int)frame->length, frame->payload);
}

int main(void)
{
    struct base_frame frame;
    size_t used;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    put(BASE_FRAME_PING, 0, 0, "");
    for (;;) {
        if (base_buffer_reserve(&in, 65536) != OD_OK)
            return 1;
        ssize_t count = read(HUB_FD, in.bytes + in.size, 65536);
        if (count <= 0)
            return 0;
        in.size += (size_t)count;
        while (base_frame_read(in.bytes, in.size, &frame, &used) == OD_OK) {
            frame_take(&frame);
            memmove(in.bytes, in.bytes + used, in.size - used);
            in.size -= used;
        }
    }
}
