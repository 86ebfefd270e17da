/* SPDX-License-Identifier: Apache-2.0 */
/* libFuzzer target: the parser gives one answer however its input is cut, and what it takes
 * is bounded; targets, queries and languages are read without a slip. The first byte says
 * how the rest is cut. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "front/auth.h"
#include "front/call.h"
#include "front/http_parse.h"
#include "front/target.h"

#define FUZZ_MAX 65536

struct outcome {
    enum front_http_progress progress;
    enum front_http_fault fault;
    struct front_http_parser parser;
    char *body; /* owned; NULL unless complete */
};

static void must(int condition)
{
    if (!condition)
        abort();
}

static struct outcome parse(const uint8_t *data, size_t size, size_t step)
{
    struct outcome outcome = {.progress = FRONT_HTTP_MORE};
    struct front_http_parser parser = {0};
    char *room = malloc(size + 1);
    size_t have = 0;

    for (size_t from = 0; from < size && outcome.progress == FRONT_HTTP_MORE;) {
        size_t take = size - from < step ? size - from : step;

        memcpy(room + have, data + from, take);
        have += take;
        from += take;
        outcome.progress = front_http_parse(&parser, room, &have);
        must(parser.scanned <= have);
    }
    must(parser.body_size <= BASE_HTTP_BODY_MAX);
    must(parser.head_size <= BASE_HTTP_HEAD_MAX);
    outcome.fault = parser.fault;
    outcome.parser = parser;
    if (outcome.progress == FRONT_HTTP_COMPLETE) {
        outcome.body = malloc(parser.body_size + 1);
        memcpy(outcome.body, room + parser.body_at, parser.body_size);
    }
    free(room);
    return outcome;
}

static void same(const struct outcome *a, const struct outcome *b)
{
    must(a->progress == b->progress);
    must(a->fault == b->fault);
    if (a->progress != FRONT_HTTP_COMPLETE)
        return;
    must(a->parser.body_size == b->parser.body_size);
    must(a->parser.is_kept_alive == b->parser.is_kept_alive);
    must(a->parser.method == b->parser.method);
    must(memcmp(a->parser.headers, b->parser.headers, sizeof(a->parser.headers)) == 0);
    must(memcmp(a->body, b->body, a->parser.body_size) == 0);
}

static void target_try(const char *text, size_t size)
{
    struct base_arena arena = {0};
    struct front_target target;
    char path[FRONT_PATH_MAX + 1];
    size_t secret_size;

    if (front_target_split(text, size, &target) == OD_OK) {
        if (front_path_decode(target.path, target.path_size, path, sizeof(path)) == OD_OK) {
            struct front_match match;

            must(strstr(path, "/../") == NULL);
            front_route_find(path, FRONT_METHOD_GET, &match);
        }
        (void)front_query_find(target.query, target.query_size, "a", &arena);
    }
    base_arena_fini(&arena);
    (void)front_language_choose(text, size);
    (void)front_bearer_find(text, size, &secret_size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2 || size > FUZZ_MAX)
        return 0;
    size_t step = (size_t)data[0] + 1;
    data++;
    size--;
    struct outcome whole = parse(data, size, size), cut = parse(data, size, step),
                   bytes = parse(data, size, 1);
    same(&whole, &cut);
    same(&whole, &bytes);
    free(whole.body);
    free(cut.body);
    free(bytes.body);
    char *text = malloc(size); /* exact, so that reading past the end is seen */
    memcpy(text, data, size);
    target_try(text, size);
    free(text);
    return 0;
}
