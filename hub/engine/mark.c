/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/mark.h"

#include <string.h>
#include <strings.h>

/* -- Names -- */

struct name {
    const char *at;
    size_t size;
};

static const char wide_space[] = "\xe3\x80\x80";

/* Bytes of white space at at; 0 = none. */
static size_t space_size(const char *at)
{
    if (strncmp(at, wide_space, sizeof(wide_space) - 1) == 0)
        return sizeof(wide_space) - 1;
    return *at != '\0' && strchr(" \t\r\n", *at) != NULL ? 1 : 0;
}

/* Bytes of what parts two names at at, in either language; 0 = nothing does. */
static size_t separator_size(const char *at)
{
    static const char *const separators[] = {",", ";", "\n", "，", "、", "；"};

    for (size_t i = 0; i < sizeof(separators) / sizeof(separators[0]); i++)
        if (strncmp(at, separators[i], strlen(separators[i])) == 0)
            return strlen(separators[i]);
    return 0;
}

static bool ends_with_space(const struct name *name)
{
    if (name->size >= sizeof(wide_space) - 1 && space_size(name->at + name->size - (sizeof(wide_space) - 1)) > 1)
        return true;
    return name->size > 0 && space_size(name->at + name->size - 1) == 1;
}

static struct name trimmed(struct name name)
{
    for (size_t size = space_size(name.at); name.size > 0 && size > 0; size = space_size(name.at)) {
        name.at += size;
        name.size -= size;
    }
    while (ends_with_space(&name))
        name.size -= space_size(name.at + name.size - 1) == 1 ? 1 : sizeof(wide_space) - 1;
    return name;
}

static bool is_same(struct name a, struct name b)
{
    return a.size == b.size && a.size > 0 && strncasecmp(a.at, b.at, a.size) == 0;
}

/* The next name of a list; false: there are no more. */
static bool name_next(const char **at, struct name *name)
{
    while (**at != '\0') {
        const char *from = *at;

        while (**at != '\0' && separator_size(*at) == 0)
            ++*at;
        *name = trimmed((struct name){from, (size_t)(*at - from)});
        *at += separator_size(*at);
        if (name->size > 0)
            return true;
    }
    return false;
}

bool engine_name_is(const char *name, const char *other)
{
    return is_same(trimmed((struct name){name, strlen(name)}), trimmed((struct name){other, strlen(other)}));
}

bool engine_names_have(const char *text, const char *name)
{
    struct name wanted = trimmed((struct name){name, strlen(name)}), found;

    while (name_next(&text, &found))
        if (is_same(found, wanted))
            return true;
    return false;
}

bool engine_names_are_two(const char *text)
{
    struct name first, other;

    if (!name_next(&text, &first))
        return false;
    while (name_next(&text, &other))
        if (!is_same(first, other))
            return true;
    return false;
}

/* -- The text of a task -- */

static struct base_json *parse(const struct engine_text *marks, int *rc)
{
    struct base_json_error error;
    struct base_json *tree = NULL;

    *rc = marks->bytes != NULL ? base_json_parse(marks->bytes, marks->size, &tree, &error) : OD_OK;
    return *rc == OD_OK ? tree : NULL;
}

static void put_day(struct base_buffer *buffer, const struct base_json *event, const char *member)
{
    int64_t day = 0;

    (void)!base_json_i64(base_json_member(event, member), 0, CORE_DAY_MAX, &day);
    engine_put_day(buffer, "on", (core_day)day);
}

/* A name as people read it. */
static void put_name(struct base_buffer *buffer, const char *key, const char *name)
{
    struct name text = trimmed((struct name){name != NULL ? name : "", name != NULL ? strlen(name) : 0});

    base_json_put_text_n(buffer, key, text.at, text.size);
}

static void put_hearing(struct base_buffer *buffer, const struct base_json *event)
{
    base_json_open(buffer, "hearing", '{');
    put_day(buffer, event, "on");
    put_name(buffer, "chair", base_json_member_text(event, "chair"));
    base_json_close(buffer, '}');
}

/* Until it had a member of its own, the text said to whom. */
static void put_delegated(struct base_buffer *buffer, const struct base_json *event)
{
    const char *to = base_json_member_text(event, "to"), *text = base_json_member_text(event, "text");

    base_json_open(buffer, "delegated", '{');
    put_name(buffer, "to", to != NULL ? to : text);
    if (to != NULL && text != NULL)
        base_json_put_text(buffer, "text", text);
    put_day(buffer, event, "day");
    base_json_close(buffer, '}');
}

static bool is_mark(enum core_milestone milestone)
{
    return milestone == CORE_MILESTONE_HEARING_ANNOUNCED || milestone == CORE_MILESTONE_DELEGATED;
}

static void put_marks(struct base_buffer *buffer, const struct base_json *before, const struct base_json *event, enum core_milestone milestone)
{
    base_json_open(buffer, NULL, '{');
    if (milestone == CORE_MILESTONE_HEARING_ANNOUNCED)
        put_hearing(buffer, event);
    else if (base_json_member(before, "hearing") != NULL)
        base_json_put(buffer, "hearing", base_json_member(before, "hearing"));
    if (milestone == CORE_MILESTONE_DELEGATED)
        put_delegated(buffer, event);
    else if (base_json_member(before, "delegated") != NULL)
        base_json_put(buffer, "delegated", base_json_member(before, "delegated"));
    base_json_close(buffer, '}');
}

int engine_mark_take(struct engine_text *marks, const struct base_json *event)
{
    const char *type = base_json_member_text(event, "type"), *word = base_json_member_text(event, "milestone");
    enum core_milestone milestone = word != NULL ? core_milestone_find(word) : CORE_MILESTONE_NONE;
    struct base_buffer buffer = {0};
    int rc;

    if (type == NULL || strcmp(type, "marked") != 0 || !is_mark(milestone))
        return OD_OK;
    struct base_json *before = parse(marks, &rc);
    if (rc == OD_ENOMEM)
        return rc;
    put_marks(&buffer, before, event, milestone);
    rc = buffer.is_broken ? OD_ENOMEM : engine_text_set(marks, buffer.bytes, buffer.size);
    base_buffer_fini(&buffer);
    base_json_destroy(before);
    return rc;
}

void engine_put_marks(struct base_buffer *buffer, const struct engine_application *application, unsigned task)
{
    int rc;
    struct base_json *marks = parse(engine_task_text(application, task, ENGINE_TEXT_MARKS), &rc);

    for (const struct base_json *mark = base_json_first(marks); mark != NULL; mark = base_json_next(mark))
        base_json_put(buffer, base_json_key(mark), mark);
    buffer->is_broken |= rc == OD_ENOMEM; /* not a word is better than half of it */
    base_json_destroy(marks);
}

/* -- Rows of before -- */

static bool lacks_marks(const struct engine_application *application, unsigned task)
{
    unsigned said = 1u << CORE_MILESTONE_HEARING_ANNOUNCED | 1u << CORE_MILESTONE_DELEGATED;

    return (application->core->tasks[task].milestones & said) != 0 && engine_task_text(application, task, ENGINE_TEXT_MARKS)->bytes == NULL;
}

static void restore_event(struct engine_application *application, core_task_set lacking, const struct base_json *event)
{
    int64_t task;

    if (base_json_i64(base_json_member(event, "task"), 0, application->core->task_count - 1, &task) != OD_OK || (lacking >> task & 1) == 0)
        return;
    if (engine_mark_take(engine_task_text(application, (unsigned)task, ENGINE_TEXT_MARKS), event) != OD_OK)
        base_log(BASE_LOG_ERROR, "no memory for what a milestone says; it stands in the journal");
}

static void restore(struct engine *engine, struct engine_application *application, core_task_set lacking)
{
    struct store_reader *reader = store_reader_take(engine->store);
    struct base_arena arena = {0};
    struct store_record *records = NULL;
    size_t count = 0;

    if (store_read_history(reader, application->id, 0, &arena, &records, &count) != OD_OK)
        base_log(BASE_LOG_ERROR, "application %llu: what its milestones say cannot be read", (unsigned long long)application->id);
    for (size_t i = 0; i < count; i++) {
        struct base_json_error error;
        struct base_json *root = NULL;

        if (base_json_parse(records[i].record, records[i].size, &root, &error) != OD_OK)
            continue;
        for (const struct base_json *event = base_json_first(base_json_member(root, "events")); event != NULL; event = base_json_next(event))
            restore_event(application, lacking, event);
        base_json_destroy(root);
    }
    base_arena_fini(&arena);
    store_reader_give(engine->store, reader);
}

void engine_marks_restore(struct engine *engine, struct engine_application *application)
{
    core_task_set lacking = 0;

    for (unsigned i = 0; i < application->core->task_count; i++)
        if (lacks_marks(application, i))
            lacking |= (core_task_set)1 << i;
    if (lacking != 0)
        restore(engine, application, lacking);
}
