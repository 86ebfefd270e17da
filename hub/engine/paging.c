/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/paging.h"

#include <stdio.h>
#include <string.h>

static void refuse(struct front_request *request)
{
    front_answer_problem(request, FRONT_INVALID,
                         front_say(request, "limit 应为 1 到 200，cursor 应为上一页给出的值。",
                                   "limit must be 1 to 200, and cursor what the page before gave."), NULL, 0);
}

bool engine_page_take(struct front_request *request, size_t count, struct engine_page *page)
{
    int64_t limit = BASE_PAGE_MAX, from = 0;

    if (!engine_query_integer(request, "limit", 1, BASE_PAGE_MAX, &limit) || !engine_query_integer(request, "cursor", 0, INT64_MAX, &from)) {
        refuse(request);
        return false;
    }
    *page = (struct engine_page){.count = count};
    page->from = (uint64_t)from < count ? (size_t)from : count;
    page->until = count - page->from > (size_t)limit ? page->from + (size_t)limit : count;
    return true;
}

bool engine_page_take_open(struct front_request *request, struct engine_page *page)
{
    return engine_page_take(request, SIZE_MAX, page);
}

bool engine_page_meets(struct engine_page *page)
{
    size_t at = page != NULL ? page->met++ : 0;

    return page == NULL || (at >= page->from && at < page->until);
}

size_t engine_page_next(const struct engine_page *page)
{
    return page->met > page->until ? page->until : 0;
}

void engine_page_answer(struct front_request *request, const char *path, struct base_buffer *body, size_t next, size_t count)
{
    char cursor[24];

    snprintf(cursor, sizeof(cursor), "%zu", next);
    base_json_put_text(body, "next_cursor", next > 0 ? cursor : NULL);
    base_json_put_i64(body, "count", (int64_t)count);
    base_json_close(body, '}');
    front_answer(request, 200, "application/json", next > 0 ? engine_link_next(request, path, cursor) : NULL, body);
}

const char *engine_part_path(struct front_request *request, const char *part)
{
    char path[BASE_NUMBER_SIZE + 64];
    int size = snprintf(path, sizeof(path), "/v1/applications/%.*s/%.32s", BASE_NUMBER_SIZE, request->params[0], part);
    const char *copy = base_arena_text(&request->arena, path, (size_t)size);

    return copy != NULL ? copy : "";
}

static bool is_key(const char *text)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    size_t size = strlen(text);

    return size > 0 && size <= ENGINE_CURSOR_MAX && strspn(text, letters) == size;
}

bool engine_keyset_take(struct front_request *request, struct engine_keyset *keyset)
{
    int64_t limit = BASE_PAGE_MAX;

    *keyset = (struct engine_keyset){.after = front_query(request, "cursor")};
    if (!engine_query_integer(request, "limit", 1, BASE_PAGE_MAX, &limit) || (keyset->after != NULL && !is_key(keyset->after))) {
        refuse(request);
        return false;
    }
    keyset->room = (size_t)limit;
    return true;
}

bool engine_keyset_puts(struct engine_keyset *keyset, const char *key)
{
    if (keyset->room == 0) {
        keyset->has_more = true;
        return false;
    }
    keyset->room--;
    snprintf(keyset->last, sizeof(keyset->last), "%s", key);
    return true;
}

const char *engine_keyset_close(const struct engine_keyset *keyset, struct front_request *request, const char *path, struct base_buffer *body)
{
    base_json_put_text(body, "next_cursor", keyset->has_more ? keyset->last : NULL);
    return keyset->has_more ? engine_link_next(request, path, keyset->last) : NULL;
}
