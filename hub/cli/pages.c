/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/pages.h"

#include <stdio.h>
#include <string.h>

#include "base/buffer.h"

#define PAGES_MAX 1000 /* an end to a hub that never ends */

int cli_pages_walk(const struct cli *cli, const char *first, bool is_json, cli_page_cb on_page, void *owner)
{
    struct base_buffer path = {0};
    bool has_more = true;
    int rc = CLI_DONE;

    base_buffer_put_text(&path, first);
    for (int i = 0; i < PAGES_MAX && has_more && rc == CLI_DONE; i++) {
        struct cli_http_answer answer = {0};
        struct base_json *json = NULL;

        rc = cli_api_get(cli, base_buffer_text(&path), &answer, is_json ? &json : NULL);
        has_more = rc == CLI_DONE && on_page(owner, &answer, json) && answer.next[0] != '\0';
        base_buffer_clear(&path);
        base_buffer_put_text(&path, answer.next);
        base_json_destroy(json);
        cli_http_answer_fini(&answer);
    }
    base_buffer_fini(&path);
    return rc;
}

/* The first page's members, and the items of all. */
struct whole {
    struct base_buffer head, items;
};

static bool on_page(void *owner, const struct cli_http_answer *answer, const struct base_json *json)
{
    struct whole *whole = owner;

    (void)answer;
    if (whole->items.size == 0)
        for (const struct base_json *member = base_json_first(json); member != NULL; member = base_json_next(member))
            if (strcmp(base_json_key(member), "items") != 0 && strcmp(base_json_key(member), "next_cursor") != 0)
                base_json_put(&whole->head, base_json_key(member), member);
    if (whole->items.size == 0)
        base_json_open(&whole->items, NULL, '[');
    for (const struct base_json *item = base_json_first(base_json_member(json, "items")); item != NULL;
         item = base_json_next(item))
        base_json_put(&whole->items, NULL, item);
    return true;
}

static int whole_print(const struct cli *cli, struct base_buffer *text, cli_whole_cb print)
{
    struct base_json_error error;
    struct base_json *json = NULL;

    if (text->is_broken) {
        cli_tell(cli, "%s", cli_say(cli, "内存不足", "no memory left"));
        return CLI_FAILED;
    }
    if (cli->is_json) {
        printf("%s\n", base_buffer_text(text));
        return CLI_DONE;
    }
    if (base_json_parse(text->bytes, text->size, &json, &error) != OD_OK) {
        cli_tell(cli, "%s", cli_say(cli, "结果过大，请缩小范围或用 --csv", "that is too much for one table; ask for less, or with --csv"));
        return CLI_FAILED;
    }
    print(cli, json);
    base_json_destroy(json);
    return CLI_DONE;
}

int cli_pages_print(const struct cli *cli, const char *first, cli_whole_cb print)
{
    struct whole whole = {.head = {0}};

    base_json_open(&whole.head, NULL, '{');
    int rc = cli_pages_walk(cli, first, true, on_page, &whole);
    if (rc == CLI_DONE) {
        base_json_close(&whole.items, ']');
        base_json_put_raw(&whole.head, "items", base_buffer_text(&whole.items), whole.items.size);
        base_json_close(&whole.head, '}');
        whole.head.is_broken |= whole.items.is_broken;
        rc = whole_print(cli, &whole.head, print);
    }
    base_buffer_fini(&whole.head);
    base_buffer_fini(&whole.items);
    return rc;
}
