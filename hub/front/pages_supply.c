/* SPDX-License-Identifier: Apache-2.0 */
#include "front/pages_supply.h"

#include <stdio.h>
#include <string.h>

#include "front/pages_files.h"

/* The next material that the notice lists, or a department asked for, in this order, after *list and item (NULL at first). */
struct asked {
    const struct base_json *notice, *request, *item; /* request NULL: among what is missing */
    bool is_begun;
};

static const struct base_json *asked_next(struct asked *asked)
{
    if (!asked->is_begun)
        asked->item = base_json_first(base_json_member(asked->notice, "missing"));
    else
        asked->item = base_json_next(asked->item);
    while (asked->item == NULL) {
        bool is_first = !asked->is_begun || asked->request == NULL;

        asked->is_begun = true;
        asked->request = is_first ? base_json_first(base_json_member(asked->notice, "requests")) : base_json_next(asked->request);
        if (asked->request == NULL)
            return NULL;
        asked->item = base_json_first(base_json_member(asked->request, "items"));
    }
    asked->is_begun = true;
    return asked->item;
}

/* Is the material of item listed before it? */
static bool is_repeated(const struct base_json *notice, const struct base_json *item)
{
    struct asked asked = {.notice = notice};
    const struct base_json *at;
    const char *id = base_json_member_text(item, "material");

    while ((at = asked_next(&asked)) != NULL && at != item) {
        const char *other = base_json_member_text(at, "material");

        if (other != NULL && strcmp(other, id) == 0)
            return true;
    }
    return false;
}

static bool is_open(const struct base_json *application)
{
    const char *status = base_json_member_text(application, "status");

    return status != NULL && (strcmp(status, "incomplete") == 0 || strcmp(status, "in_review") == 0);
}

static bool has_asked(const struct base_json *application)
{
    struct asked asked = {.notice = base_json_member(application, "notice")};
    const struct base_json *item;

    while (is_open(application) && (item = asked_next(&asked)) != NULL)
        if (base_json_member_text(item, "material") != NULL)
            return true;
    return false;
}

void front_supply_ask(struct front_visit *visit, const struct base_json *application, const char *code)
{
    if (has_asked(application))
        front_visit_ask(visit, &(struct front_visit_wish){.route = FRONT_APPLICATION_MATERIALS, .name = "documents",
                                                          .param = visit->params[0], .code = code});
}

static void put_item(struct base_buffer *view, struct front_visit *visit, const struct base_json *item)
{
    const char *id = base_json_member_text(item, "material");
    char field[FRONT_PARAM_MAX + 8];

    snprintf(field, sizeof(field), "d.%.*s", FRONT_PARAM_MAX, id);
    const struct front_visit_upload *upload = front_visit_upload_find(visit, field);
    bool is_wrong = upload != NULL && upload->sha256 == NULL;

    base_json_open(view, NULL, '{');
    base_json_put_text(view, "id", id);
    base_json_put(view, "name", base_json_member(item, "name"));
    base_json_put_bool(view, "is_wrong", is_wrong);
    base_json_put_text(view, "fault", is_wrong ? upload->detail : NULL);
    base_json_put_text(view, "file", is_wrong ? upload->name : NULL);
    base_json_close(view, '}');
}

bool front_supply_is_asked(const struct base_json *notice, const char *material)
{
    struct asked asked = {.notice = notice};
    const struct base_json *item;

    while ((item = asked_next(&asked)) != NULL)
        if (base_json_member_text(item, "material") != NULL && strcmp(base_json_member_text(item, "material"), material) == 0)
            return true;
    return false;
}

/* Files that were refused and have no field to say it at. */
static void put_unasked(struct base_buffer *view, struct front_visit *visit, const struct base_json *notice)
{
    const struct front_visit_upload *upload;

    base_json_open(view, "refused", '[');
    for (size_t i = 0; (upload = front_visit_upload_at(visit, i)) != NULL; i++) {
        if (upload->sha256 != NULL || front_supply_is_asked(notice, upload->field + 2))
            continue;
        base_json_open(view, NULL, '{');
        base_json_put_text(view, "file", upload->name);
        base_json_put_text(view, "detail", upload->detail);
        base_json_close(view, '}');
    }
    base_json_close(view, ']');
}

int front_supply_put(struct base_buffer *view, struct front_visit *visit, const struct base_json *application, const char *base)
{
    struct asked asked = {.notice = base_json_member(application, "notice")};
    const struct base_json *item;
    int status = 200;
    bool has_refused = front_visit_has_refused(visit, &status);

    base_json_open(view, "asked", '[');
    while (is_open(application) && (item = asked_next(&asked)) != NULL)
        if (base_json_member_text(item, "material") != NULL && !is_repeated(asked.notice, item))
            put_item(view, visit, item);
    base_json_close(view, ']');
    put_unasked(view, visit, asked.notice);
    base_json_put_bool(view, "has_refused", has_refused);
    base_json_put_text(view, "supply_base", base);
    return status;
}
