/* SPDX-License-Identifier: Apache-2.0 */
/* Seeded forms and callbacks that no department foresaw. */
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "check/suite.h"
#include "check/verdict.h"

#define FORMS 400
#define FIELDS_MAX 64

/* splitmix64: the same forms for the same seed, on every machine. */
static uint64_t next(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

/* Values in which connectors have stumbled before. */
static void put_odd(struct base_buffer *out, uint64_t *state, int depth)
{
    static const char *const odd[] = {
        "null", "true", "false", "0", "-1", "1", "0.5", "1e308", "-1e308", "9223372036854775807", "-9223372036854775808",
        "18446744073709551616", "2147483648", "1e-320", "120.0", "\"\"", "\"0\"", "\"%s%n%x\"", "\"../../etc/passwd\"",
        "\"' OR 1=1 --\"", "\"\\u0000\"", "\"\\ud83d\\ude00\"", "\"\xe9\xa4\x90\xe9\xa6\x86\"", "[]", "{}", "[[],{}]",
        "\"\\r\\nX-Header: y\"", "\"&lt;script&gt;\"", "-0", "\"2026-02-30\"", "\" 12 \"", "[1,2,3]",
    };
    uint64_t pick = next(state) % (sizeof(odd) / sizeof(odd[0]) + 3);

    if (pick < sizeof(odd) / sizeof(odd[0])) {
        bool is_nul = strcmp(odd[pick], "\"\\u0000\"") == 0; /* the hub's gate lets none pass */

        base_buffer_put_text(out, is_nul ? "\"\\u0001\"" : odd[pick]);
    } else if (pick == sizeof(odd) / sizeof(odd[0]) || depth > 4) {
        base_buffer_put_text(out, "\"");
        for (uint64_t size = next(state) % 9000; size > 0; size--)
            base_buffer_put_text(out, size % 7 == 0 ? "\xe4\xb8\xad" : "a");
        base_buffer_put_text(out, "\"");
    } else {
        base_buffer_put_text(out, "{\"in\":");
        put_odd(out, state, depth + 1);
        base_buffer_put_text(out, "}");
    }
}

/* The names that its forms and its manifest know. */
static size_t names_of(const struct check_subject *subject, const char *names[FIELDS_MAX])
{
    size_t count = 0;

    for (size_t i = 0; i < subject->script.form_count; i++) {
        for (const struct base_json *field = base_json_first(subject->script.forms[i]);
             field != NULL && count < FIELDS_MAX; field = base_json_next(field))
            names[count++] = base_json_key(field);
    }
    for (size_t i = 0; i < subject->fields.count && count < FIELDS_MAX; i++)
        names[count++] = subject->fields.items[i];
    if (count == 0)
        names[count++] = "premises_area_m2";
    return count;
}

static bool is_put(const char **put, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(put[i], name) == 0)
            return true;
    }
    return false;
}

static void form_make(const struct check_subject *subject, uint64_t *state, struct base_buffer *out)
{
    const char *names[FIELDS_MAX], *put[FIELDS_MAX];
    size_t count = names_of(subject, names), done = 0;

    base_buffer_clear(out);
    base_buffer_put_text(out, "{");
    for (size_t i = 0; i < count; i++) {
        if (next(state) % 4 == 0 || is_put(put, done, names[i]))
            continue;
        base_buffer_put_format(out, "%s\"%s\":", done > 0 ? "," : "", names[i]);
        put_odd(out, state, 0);
        put[done++] = names[i];
    }
    base_buffer_put_text(out, "}");
}

/* before: mistakes named so far, which are another case's business. */
static void must_cope(struct check_hub *hub, const char *form, const struct check_context *context, uint64_t before)
{
    if (hub->is_lost) {
        hub->peer->reap(hub, CHECK_WAIT_MS);
        check_note("--seed %llu repeats it", (unsigned long long)context->seed);
        check_fail("check the type of each field before you use it: od_form_* tell OD_EINVAL (reference.md)",
                   "it died of the form %.300s: %s", form, check_hub_end_text(hub));
    }
    if (hub->contract_count <= before)
        return;
    check_note("--seed %llu repeats it", (unsigned long long)context->seed);
    check_fail(check_contract_fix(hub->contract), "with the form %.300s the host named a mistake: %s", form, hub->contract);
}

static void forms(struct check_hub *hub, const struct check_context *context)
{
    uint64_t state = context->seed;
    struct base_buffer form = {0};

    check_hub_start(hub);
    check_hub_settle(hub);
    uint64_t before = hub->contract_count;
    for (int i = 0; i < FORMS; i++) {
        form_make(context->subject, &state, &form);
        struct check_task *task = check_hub_add_form(hub, base_buffer_text(&form), form.size);
        uint64_t handle = task->handle;

        check_hub_settle(hub);
        must_cope(hub, base_buffer_text(&form), context, before);
        task = check_book_find(&hub->book, handle);
        if (task->state != CHECK_TASK_ENDED && task->state != CHECK_TASK_PARKED && task->state != CHECK_TASK_QUEUED)
            check_hub_item(hub, BASE_ITEM_RELEASE, handle, "{\"reason\":\"moved\"}");
        task->state = CHECK_TASK_ENDED;
    }
    base_buffer_fini(&form);
    check_add_sound(hub);
    check_must_finish(hub, "after 400 odd forms");
}

static void events(struct check_hub *hub, const struct check_context *context)
{
    uint64_t state = context->seed;
    struct base_buffer item = {0};

    if (!hub->subject->has_events)
        check_skip("it takes no events");
    check_hub_start(hub);
    uint64_t handle = check_must_reach(hub, CHECK_TASK_ACCEPTED)->handle, before = hub->contract_count;
    for (int i = 0; i < FORMS && check_book_find(&hub->book, handle)->state == CHECK_TASK_ACCEPTED; i++) {
        base_buffer_clear(&item);
        base_buffer_put_format(&item, "{\"id\":\"f-%d\",\"body\":", i);
        put_odd(&item, &state, 0);
        base_buffer_put_text(&item, "}");
        check_hub_item(hub, BASE_ITEM_EVENT, handle, base_buffer_text(&item));
        check_hub_settle(hub);
        must_cope(hub, base_buffer_text(&item), context, before);
    }
    base_buffer_fini(&item);
}

const struct check_case check_fuzz_cases[] = {
    {"fuzz.forms", "copes with 400 odd forms", CHECK_FOR_BOTH, forms},
    {"fuzz.events", "copes with 400 odd callbacks", CHECK_FOR_BOTH, events},
    {.name = NULL},
};
