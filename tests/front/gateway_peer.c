/* SPDX-License-Identifier: Apache-2.0 */
/* A gateway process for tests: speaks frames on descriptor 3 as --front-desk tells it.
 *
 *   play FILE    pings, sends each line of FILE as a DOOR frame (ids from 1), writes each reply
 *                as "ID JSON" and each feed message as "TOPIC|JSON" to FILE.out
 *   mute         reads, never pings
 *   garbage      sends a broken frame
 *   exit         ends at once
 *   list FILE    writes its arguments to FILE.out, one a line
 *   leave FILE   as play, but ends when the first request is sent */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/frame.h"

#define HUB 3
#define LIFE_S 20 /* ends by itself, whatever happens to the test */

static void frame_send(uint8_t kind, uint64_t id, const char *payload, size_t size)
{
    struct base_buffer out = {0};

    base_frame_put(&out,
                   &(struct base_frame){
                       .kind = kind, .id = id, .length = (uint32_t)size, .payload = payload});
    for (size_t done = 0; done < out.size;) {
        ssize_t count = write(HUB, out.bytes + done, out.size - done);
        if (count < 0)
            exit(0);
        done += (size_t)count;
    }
    base_buffer_fini(&out);
}

static void frame_note(FILE *file, const struct base_frame *frame)
{
    if (frame->kind == BASE_FRAME_DOOR)
        fprintf(file, "%llu %.*s\n", (unsigned long long)frame->id, (int)frame->length,
                frame->payload);
    if (frame->kind == BASE_FRAME_PUBLISH)
        fprintf(file, "%.*s|%.*s\n", (int)frame->task, frame->payload,
                (int)(frame->length - frame->task), frame->payload + frame->task);
    if (frame->kind == BASE_FRAME_PING)
        fprintf(file, "ping\n");
    fflush(file);
}

static void frames_read(struct base_buffer *in, FILE *file)
{
    static char bytes[65536];
    struct base_frame frame;
    size_t used;
    ssize_t count = read(HUB, bytes, sizeof(bytes));

    if (count <= 0)
        exit(0);
    base_buffer_put(in, bytes, (size_t)count);
    while (base_frame_read(in->bytes, in->size, &frame, &used) == OD_OK) {
        if (file != NULL)
            frame_note(file, &frame);
        memmove(in->bytes, in->bytes + used, in->size - used);
        in->size -= used;
    }
}

static void play(const char *path, int is_leaving)
{
    char name[512], *line = NULL;
    size_t room = 0;
    ssize_t size;
    FILE *script = fopen(path, "r");

    snprintf(name, sizeof(name), "%s.out", path);
    FILE *file = fopen(name, "a");
    if (script == NULL || file == NULL)
        exit(1);
    frame_send(BASE_FRAME_PING, 0, NULL, 0);
    for (uint64_t id = 1; (size = getline(&line, &room, script)) > 0; id++) {
        frame_send(BASE_FRAME_DOOR, id, line, (size_t)size - 1);
        if (is_leaving)
            exit(0);
    }
    free(line);
    fclose(script);
    struct base_buffer in = {0};
    for (time_t end = time(NULL) + LIFE_S; time(NULL) < end;) {
        if (poll(&(struct pollfd){.fd = HUB, .events = POLLIN}, 1, 20) > 0)
            frames_read(&in, file);
        else
            frame_send(BASE_FRAME_PING, 0, NULL, 0);
    }
}

static void list(const char *path, char **arguments)
{
    char name[512];

    snprintf(name, sizeof(name), "%s.out", path);
    FILE *file = fopen(name, "w");
    if (file == NULL)
        exit(1);
    for (char **word = arguments + 1; *word != NULL; word++)
        fprintf(file, "%s\n", *word);
    fprintf(file, "end\n");
    fclose(file);
}

int main(int count, char **arguments)
{
    struct base_buffer in = {0};

    if (count < 3 || strcmp(arguments[1], "--front-desk") != 0)
        return 2;
    if (strncmp(arguments[2], "play ", 5) == 0)
        play(arguments[2] + 5, 0);
    else if (strncmp(arguments[2], "leave ", 6) == 0)
        play(arguments[2] + 6, 1);
    else if (strncmp(arguments[2], "list ", 5) == 0)
        list(arguments[2] + 5, arguments);
    else if (strcmp(arguments[2], "garbage") == 0)
        frame_send(0, 0, "?", 1);
    else if (strcmp(arguments[2], "exit") == 0)
        return 3;
    for (time_t end = time(NULL) + LIFE_S; time(NULL) < end;)
        frames_read(&in, NULL);
    return 0;
}
