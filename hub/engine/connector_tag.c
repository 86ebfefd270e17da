/* SPDX-License-Identifier: Apache-2.0 */
/* The entity tag of a connector: of what people set, not of what it is about. Two who look at it and act one after the
 * other do not undo each other's work unseen. Source: RFC 9110 section 13.1.1. */
#include "engine/life.h"

#include <stdio.h>
#include <string.h>

#define TAG_BYTES 8

/* False: there is no such connector. */
static bool tag_of(const struct engine *engine, const char *id, char tag[ENGINE_TAG_SIZE])
{
    const struct engine_life *life = engine_life_find(engine, id);
    struct base_buffer text = {0};
    uint8_t hash[BASE_HASH_SIZE];
    char digits[2 * TAG_BYTES + 1];

    if (life == NULL || life->department == NULL || life->version_count == 0)
        return false;
    const struct engine_version *version = &life->versions[0];
    base_buffer_put_format(&text, "%s\n%s\n%s\n%s\n%s\n%lld\n%d\n%d\n%d", id, life->department->id, version->module != NULL ? version->module : "",
                           version->remote != NULL ? version->remote : "", version->config != NULL ? version->config : "",
                           (long long)version->at_ms, (int)life->wish, (int)life->rollout.step, life->is_ending);
    base_hash(base_buffer_text(&text), text.size, hash);
    base_hex(hash, TAG_BYTES, digits);
    snprintf(tag, ENGINE_TAG_SIZE, "\"%s\"", digits);
    base_buffer_fini(&text);
    return true;
}

const char *engine_connector_tag_header(const struct engine *engine, struct front_request *request, const char *id)
{
    char tag[ENGINE_TAG_SIZE], header[ENGINE_TAG_SIZE + 16];

    if (!tag_of(engine, id, tag))
        return NULL;
    int size = snprintf(header, sizeof(header), "ETag: %s\r\n", tag);
    return base_arena_text(&request->arena, header, (size_t)size);
}

bool engine_connector_is_refused(const struct engine *engine, struct front_request *request)
{
    const char *dry_run = front_query(request, "dry_run");
    char tag[ENGINE_TAG_SIZE];

    if (engine_connector_is_look(request->route))
        return false;
    if (dry_run != NULL && strcmp(dry_run, "true") != 0 && strcmp(dry_run, "false") != 0) {
        engine_refuse_query(request, "dry_run"); /* who mistypes it does not mean the act itself */
        return true;
    }
    if (tag_of(engine, request->params[0], tag))
        return engine_answer_if_other(request, tag);
    if (request->route != FRONT_CONNECTOR_LOAD || front_header(request, "if-match") == NULL)
        return false; /* the act says 404 */
    front_answer_problem(request, FRONT_PRECONDITION,
                         front_say(request, "没有装载这个连接器；请重新查看后再操作。", "There is no such connector any more; look again, then act."), NULL, 0);
    return true;
}
