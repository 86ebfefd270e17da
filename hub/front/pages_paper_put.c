/* SPDX-License-Identifier: Apache-2.0 */
#include "front/pages_paper.h"

#include <string.h>

static bool is_word(const struct base_json *object, const char *key, const char *word)
{
    const char *text = base_json_member_text(object, key);

    return text != NULL && word != NULL && strcmp(text, word) == 0;
}

static const struct base_json *find_by(const struct base_json *list, const char *key, const char *word)
{
    for (const struct base_json *item = base_json_first(list); item != NULL && word != NULL; item = base_json_next(item))
        if (is_word(item, key, word))
            return item;
    return NULL;
}

bool front_paper_has(const struct base_json *paper, const char *kind)
{
    for (const struct base_json *item = base_json_first(base_json_member(paper, "papers")); item != NULL; item = base_json_next(item))
        if (base_json_text(item) != NULL && strcmp(base_json_text(item), kind) == 0)
            return true;
    return false;
}

static void put_member(struct base_buffer *view, const struct base_json *object, const char *key)
{
    if (base_json_member(object, key) != NULL)
        base_json_put(view, key, base_json_member(object, key));
}

/* -- What is asked for -- */

static void put_names(struct base_buffer *view, const struct base_json *task)
{
    put_member(view, task, "matter_name");
    put_member(view, task, "department_name");
}

/* Does an item before this one belong to the same matter? */
static bool is_repeated(const struct base_json *list, const struct base_json *item)
{
    const struct base_json *first = find_by(list, "matter", base_json_member_text(item, "matter"));

    return first != NULL && first != item;
}

/* "required_by": each department once that needs it too, without the row's own. */
static void put_others(struct base_buffer *view, const struct base_json *item, const char *own)
{
    const struct base_json *all = base_json_member(item, "required_by");

    if (base_json_count(all) < 2)
        return;
    base_json_open(view, "required_by", '[');
    for (const struct base_json *other = base_json_first(all); other != NULL; other = base_json_next(other)) {
        const char *id = base_json_member_text(other, "department");

        if (id == NULL || (own != NULL && strcmp(id, own) == 0) || find_by(all, "department", id) != other)
            continue;
        base_json_put(view, NULL, other);
    }
    base_json_close(view, ']');
}

static void put_missing_group(struct base_buffer *view, const struct base_json *paper,
                              const struct base_json *first)
{
    const char *matter = base_json_member_text(first, "matter");

    base_json_open(view, NULL, '{');
    put_names(view, find_by(base_json_member(paper, "tasks"), "matter", matter));
    base_json_open(view, "items", '[');
    for (const struct base_json *item = first; item != NULL; item = base_json_next(item)) {
        if (item != first && (matter == NULL || !is_word(item, "matter", matter)))
            continue;
        base_json_open(view, NULL, '{');
        put_member(view, item, "name");
        put_member(view, item, "form_text");
        put_member(view, item, "text");
        put_others(view, item, base_json_member_text(first, "department"));
        base_json_close(view, '}');
    }
    base_json_close(view, ']');
    base_json_close(view, '}');
}

/* Of an intake: missing materials, matter by matter, and errors of the form. */
static void put_told_groups(struct base_buffer *view, const struct base_json *paper, const struct base_json *told)
{
    const struct base_json *missing = base_json_member(told, "missing");

    for (const struct base_json *item = base_json_first(missing); item != NULL; item = base_json_next(item))
        if (!is_repeated(missing, item))
            put_missing_group(view, paper, item);
    if (base_json_first(base_json_member(told, "corrections")) == NULL)
        return;
    base_json_open(view, NULL, '{');
    base_json_open(view, "items", '[');
    for (const struct base_json *item = base_json_first(base_json_member(told, "corrections")); item != NULL; item = base_json_next(item)) {
        base_json_open(view, NULL, '{');
        if (base_json_member(item, "text") != NULL)
            base_json_put(view, "name", base_json_member(item, "text"));
        base_json_close(view, '}');
    }
    base_json_close(view, ']');
    base_json_close(view, '}');
}

/* Of the review: what each department asks for. */
static void put_request_groups(struct base_buffer *view, const struct base_json *requests)
{
    for (const struct base_json *item = base_json_first(requests); item != NULL; item = base_json_next(item)) {
        base_json_open(view, NULL, '{');
        put_names(view, item);
        put_member(view, item, "text");
        put_member(view, item, "rule");
        put_member(view, item, "items");
        base_json_close(view, '}');
    }
}

/* The notice that still stands says until when; one that was met says it no more. */
static const struct base_json *open_notice(const struct base_json *paper, const char *kind)
{
    const struct base_json *notice = base_json_member(paper, "notice");

    return is_word(notice, "kind", kind) ? notice : NULL;
}

void front_paper_put_asked(struct base_buffer *view, const char *key, const struct base_json *paper)
{
    const struct base_json *asked = base_json_member(paper, "asked"), *told = base_json_member(asked, "told");
    bool is_tolerated = is_word(told, "kind", "tolerated");
    const char *kind = is_tolerated ? "tolerated" : base_json_member_text(asked, "notice");

    if (kind == NULL)
        return;
    const struct base_json *notice = open_notice(paper, kind);
    base_json_open(view, key, '{');
    base_json_put_text(view, "kind", kind);
    put_member(view, asked, "at");
    put_member(view, asked, "second_notice");
    put_member(view, notice, "until");
    put_member(view, notice != NULL ? notice : told, "otherwise");
    put_member(view, told, "text");
    base_json_open(view, "groups", '[');
    if (base_json_member(asked, "requests") != NULL)
        put_request_groups(view, base_json_member(asked, "requests"));
    else
        put_told_groups(view, paper, told);
    base_json_close(view, ']');
    base_json_close(view, '}');
}

/* -- Matters -- */

static void put_matter(struct base_buffer *view, const struct base_json *paper, const struct base_json *task)
{
    const char *id = base_json_member_text(task, "matter");
    const struct base_json *said = find_by(base_json_member(paper, "opinions"), "matter", id);

    base_json_open(view, NULL, '{');
    for (const struct base_json *member =
             base_json_first(find_by(base_json_member(base_json_member(paper, "guide"), "matters"), "id", id));
         member != NULL; member = base_json_next(member))
        base_json_put(view, base_json_key(member), member);
    base_json_put(view, "task", task);
    if (said != NULL)
        base_json_put(view, "said", said);
    base_json_put_bool(view, "is_granted", is_word(said, "opinion", "approve") || is_word(said, "opinion", "approve_with_conditions"));
    base_json_close(view, '}');
}

void front_paper_put_matters(struct base_buffer *view, const char *key, const struct base_json *paper)
{
    base_json_open(view, key, '[');
    for (const struct base_json *task = base_json_first(base_json_member(paper, "tasks")); task != NULL; task = base_json_next(task))
        if (!is_word(task, "state", "skipped"))
            put_matter(view, paper, task);
    base_json_close(view, ']');
}

/* -- The evaluation block -- */

static void put_boxes(struct base_buffer *view, const char *key, const struct base_json *evaluation)
{
    int64_t chosen = 0;

    (void)!base_json_i64(base_json_member(evaluation, key), 1, 5, &chosen);
    base_json_open(view, key, '[');
    for (int64_t level = 5; level >= 1; level--) {
        base_json_open(view, NULL, '{');
        base_json_put_i64(view, "level", level);
        base_json_put_bool(view, "is_chosen", level == chosen);
        base_json_close(view, '}');
    }
    base_json_close(view, ']');
}

void front_paper_put_rating(struct base_buffer *view, const char *key, const struct base_json *paper)
{
    const struct base_json *evaluation = base_json_first(base_json_member(paper, "evaluations"));
    bool is_window = base_json_member(paper, "window") != NULL;

    base_json_open(view, key, '{');
    put_member(view, evaluation != NULL ? evaluation : paper, "window");
    if (evaluation != NULL) {
        put_member(view, evaluation, "officer");
        put_member(view, evaluation, "at");
    } else if (is_window) { /* what came by another way was served by nobody yet */
        base_json_put_text(view, "officer", base_json_member_text(paper, "received_by"));
    }
    put_boxes(view, "attitude", evaluation);
    put_boxes(view, "ability", evaluation);
    base_json_close(view, '}');
}
