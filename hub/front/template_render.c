/* SPDX-License-Identifier: Apache-2.0 */
/* Rendering: nodes and trees -> escaped text. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/time.h"
#include "front/template_set.h"

struct renderer {
    const struct front_templates *set;
    const struct front_template_document *documents;
    size_t document_count;
    unsigned language;        /* index among the set's */
    enum front_language base; /* of that */
    bool is_bilingual; /* capital tags say it in both */
    const struct base_json *stack[FRONT_TEMPLATE_DEPTH_MAX]; /* items of the sections entered */
    size_t stack_count;
    unsigned depth;
    struct base_buffer *out;
};

static void put_escaped(struct base_buffer *out, const char *text)
{
    for (;;) {
        size_t plain = strcspn(text, "&<>\"'");

        base_buffer_put(out, text, plain);
        text += plain;
        switch (*text) {
        case '\0': return;
        case '&': base_buffer_put(out, "&amp;", 5); break;
        case '<': base_buffer_put(out, "&lt;", 4); break;
        case '>': base_buffer_put(out, "&gt;", 4); break;
        case '"': base_buffer_put(out, "&quot;", 6); break;
        default: base_buffer_put(out, "&#39;", 5); break;
        }
        text++;
    }
}

/* -- Names -- */

static const struct base_json *member(const struct base_json *object, const char *name,
                                      size_t size)
{
    char key[FRONT_TEMPLATE_NAME_MAX + 1];

    memcpy(key, name, size);
    key[size] = '\0';
    return base_json_type(object) == BASE_JSON_OBJECT ? base_json_member(object, key) : NULL;
}

static const struct base_json *find_first(const struct renderer *renderer, const char *name,
                                          size_t size)
{
    for (size_t i = renderer->stack_count; i > 0; i--) {
        const struct base_json *found = member(renderer->stack[i - 1], name, size);
        if (found != NULL)
            return found;
    }
    for (size_t i = 0; i < renderer->document_count; i++) {
        const char *document = renderer->documents[i].name;
        if (strlen(document) == size && memcmp(document, name, size) == 0)
            return renderer->documents[i].json;
    }
    return NULL;
}

static const struct base_json *find(const struct renderer *renderer, const char *name,
                                    size_t size)
{
    const struct base_json *found =
        renderer->stack_count > 0 ? renderer->stack[renderer->stack_count - 1] : NULL;
    bool is_first = true;

    if (size > 0 && name[0] == '.') {
        is_first = false;
        name++;
        size--;
    }
    while (size > 0) {
        const char *dot = memchr(name, '.', size);
        size_t part = dot == NULL ? size : (size_t)(dot - name);

        found = is_first ? find_first(renderer, name, part) : member(found, name, part);
        is_first = false;
        name += part + (dot != NULL);
        size -= part + (dot != NULL);
    }
    return found;
}

/* -- Values -- */

static const char *text_of(const struct base_json *json, char room[40])
{
    double number = base_json_number(json);

    switch (base_json_type(json)) {
    case BASE_JSON_TEXT: return base_json_text(json);
    case BASE_JSON_BOOL: return base_json_is_true(json) ? "true" : "false";
    case BASE_JSON_NUMBER: snprintf(room, 40, "%.15g", number); return room;
    case BASE_JSON_NONE:
    case BASE_JSON_NULL:
    case BASE_JSON_ARRAY:
    case BASE_JSON_OBJECT: break;
    }
    return "";
}

static void language_set(struct renderer *renderer, unsigned language)
{
    renderer->language = language;
    renderer->base = renderer->set->languages[language].base;
}

static void put_local(struct renderer *renderer, const struct base_json *json)
{
    const char *own = base_json_member_text(json, renderer->set->languages[renderer->language].tag);
    const char *zh = base_json_member_text(json, "zh-CN"),
               *en = base_json_member_text(json, "en");
    const char *first = renderer->base == FRONT_EN ? en : zh,
               *second = renderer->base == FRONT_EN ? zh : en;
    char room[40];

    if (base_json_type(json) != BASE_JSON_OBJECT)
        put_escaped(renderer->out, text_of(json, room));
    else if (own != NULL)
        put_escaped(renderer->out, own);
    else if (first != NULL)
        put_escaped(renderer->out, first);
    else if (second != NULL)
        put_escaped(renderer->out, second);
}

static void put_day(struct renderer *renderer, int32_t day, bool has_weekday)
{
    static const char *const months[] = {"January",   "February", "March",    "April",
                                         "May",       "June",     "July",     "August",
                                         "September", "October",  "November", "December"};
    static const char *const days[] = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                       "Friday", "Saturday", "Sunday"};
    static const char *const days_zh[] = {"一", "二", "三", "四", "五", "六", "日"};
    int year, month, date, weekday = (int)((day + 3) % 7); /* 1970-01-01 was a Thursday */

    base_day_to_civil(day, &year, &month, &date);
    if (renderer->base == FRONT_EN) {
        if (has_weekday)
            base_buffer_put_format(renderer->out, "%s, ", days[weekday]);
        base_buffer_put_format(renderer->out, "%d %s %d", date, months[month - 1], year);
        return;
    }
    base_buffer_put_format(renderer->out, "%d年%d月%d日", year, month, date);
    if (has_weekday)
        base_buffer_put_format(renderer->out, "（星期%s）", days_zh[weekday]);
}

/* "2026-12-08" or "2026-12-08T14:47:28.713+08:00": the civil time as it stands there. */
static void put_time(struct renderer *renderer, const struct front_template_node *node,
                     const struct base_json *json)
{
    const char *text = base_json_text(json);
    char date[BASE_DATE_SIZE];
    int32_t day;

    if (text == NULL)
        return;
    bool has_time = strlen(text) >= 16 && text[10] == 'T';
    snprintf(date, sizeof(date), "%.10s", text);
    if ((text[0] != '\0' && strlen(text) > 10 && !has_time) ||
        base_day_parse(date, &day) != OD_OK) {
        put_escaped(renderer->out, text);
        return;
    }
    if (node->kind == FRONT_TEMPLATE_DIGITS)
        put_escaped(renderer->out, date);
    else
        put_day(renderer, day, node->kind == FRONT_TEMPLATE_DAY);
    if (has_time && node->kind != FRONT_TEMPLATE_DAY) {
        char clock[6];
        snprintf(clock, sizeof(clock), "%.5s", text + 11);
        base_buffer_put_text(
            renderer->out,
            renderer->base == FRONT_EN && node->kind == FRONT_TEMPLATE_MOMENT ? ", " : " ");
        put_escaped(renderer->out, clock);
    }
}

/* -- Nodes -- */

static int render(struct renderer *renderer, uint32_t from, uint32_t until);

static int enter(struct renderer *renderer, uint32_t from, uint32_t until)
{
    if (renderer->depth == FRONT_TEMPLATE_DEPTH_MAX)
        return OD_ELIMIT;
    renderer->depth++;
    int rc = render(renderer, from, until);
    renderer->depth--;
    return rc;
}

static int enter_item(struct renderer *renderer, const struct base_json *item, uint32_t from,
                      uint32_t until)
{
    if (renderer->stack_count == FRONT_TEMPLATE_DEPTH_MAX)
        return OD_ELIMIT;
    renderer->stack[renderer->stack_count++] = item;
    int rc = enter(renderer, from, until);
    renderer->stack_count--;
    return rc;
}

static int enter_unit(struct renderer *renderer, uint32_t index)
{
    const struct front_template_unit *unit = &renderer->set->units[index];

    return enter(renderer, unit->from, unit->until);
}

static bool is_true(const struct base_json *json)
{
    switch (base_json_type(json)) {
    case BASE_JSON_NONE:
    case BASE_JSON_NULL: return false;
    case BASE_JSON_BOOL: return base_json_is_true(json);
    case BASE_JSON_TEXT: return base_json_text(json)[0] != '\0';
    case BASE_JSON_ARRAY: return base_json_first(json) != NULL;
    case BASE_JSON_NUMBER:
    case BASE_JSON_OBJECT: break;
    }
    return true;
}

static int render_section(struct renderer *renderer, uint32_t at, const struct base_json *json)
{
    const struct front_template_node *node = &renderer->set->nodes[at];
    char room[40];
    int rc = OD_OK;

    bool holds = is_true(json);
    if (node->value != NULL) {
        const char *text = text_of(json, room);
        holds = strlen(text) == node->value_size &&
                memcmp(text, node->value, node->value_size) == 0;
    }
    if (holds == (node->kind == FRONT_TEMPLATE_INVERTED))
        return OD_OK;
    if (node->kind == FRONT_TEMPLATE_INVERTED || node->value != NULL || node->is_test)
        return enter(renderer, at + 1, node->end);
    if (base_json_type(json) == BASE_JSON_OBJECT)
        return enter_item(renderer, json, at + 1, node->end);
    if (base_json_type(json) != BASE_JSON_ARRAY)
        return enter(renderer, at + 1, node->end);
    for (const struct base_json *item = base_json_first(json); rc == OD_OK && item != NULL;
         item = base_json_next(item))
        rc = enter_item(renderer, item, at + 1, node->end);
    return rc;
}

static int render_words(struct renderer *renderer, const struct front_template_node *node)
{
    char key[2 * FRONT_TEMPLATE_NAME_MAX], room[40];
    uint32_t unit = node->units[renderer->language];

    if (node->value != NULL) {
        const char *value = text_of(find(renderer, node->value, node->value_size), room);
        int size = snprintf(key, sizeof(key), "%.*s%.96s", (int)node->size, node->text, value);
        unit = front_template_find(renderer->set, true, renderer->language, key, (size_t)size);
        if (unit == FRONT_TEMPLATE_NO_UNIT) {
            put_escaped(renderer->out, value);
            return OD_OK;
        }
    }
    return enter_unit(renderer, unit);
}

static int render_single(struct renderer *renderer, uint32_t at);

/* In the reader's language, then in the other one; that is taken back where it says the same. */
static int render_both(struct renderer *renderer, uint32_t at)
{
    unsigned first = renderer->language, second = renderer->base == FRONT_EN ? FRONT_ZH_CN : FRONT_EN;
    struct base_buffer *out = renderer->out;
    size_t from = out->size;

    renderer->is_bilingual = false;
    int rc = render_single(renderer, at);
    size_t size = out->size - from, end = out->size;
    base_buffer_put_format(out, "<span class=\"other\" lang=\"%s\">", renderer->set->languages[second].tag);
    size_t other = out->size;
    language_set(renderer, second);
    if (rc == OD_OK)
        rc = render_single(renderer, at);
    if (out->size - other == size && (size == 0 || memcmp(out->bytes + from, out->bytes + other, size) == 0))
        out->size = end;
    else
        base_buffer_put_text(out, "</span>");
    language_set(renderer, first);
    renderer->is_bilingual = true;
    return rc;
}

static int render_node(struct renderer *renderer, uint32_t at)
{
    bool is_both = renderer->set->nodes[at].is_both && renderer->is_bilingual && !renderer->out->is_broken;

    return is_both ? render_both(renderer, at) : render_single(renderer, at);
}

static int render_single(struct renderer *renderer, uint32_t at)
{
    const struct front_template_node *node = &renderer->set->nodes[at];
    char room[40];

    switch (node->kind) {
    case FRONT_TEMPLATE_TEXT: base_buffer_put(renderer->out, node->text, node->size); break;
    case FRONT_TEMPLATE_VALUE:
        put_escaped(renderer->out, text_of(find(renderer, node->text, node->size), room));
        break;
    case FRONT_TEMPLATE_SECTION:
    case FRONT_TEMPLATE_INVERTED:
        return render_section(renderer, at, find(renderer, node->text, node->size));
    case FRONT_TEMPLATE_PART: return enter_unit(renderer, node->units[0]);
    case FRONT_TEMPLATE_WORDS: return render_words(renderer, node);
    case FRONT_TEMPLATE_LOCAL:
        put_local(renderer, find(renderer, node->text, node->size));
        break;
    case FRONT_TEMPLATE_DAY:
    case FRONT_TEMPLATE_MOMENT:
    case FRONT_TEMPLATE_DIGITS:
        put_time(renderer, node, find(renderer, node->text, node->size));
        break;
    case FRONT_TEMPLATE_NONE: break;
    }
    return OD_OK;
}

static int render(struct renderer *renderer, uint32_t from, uint32_t until)
{
    int rc = OD_OK;

    for (uint32_t at = from; rc == OD_OK && at < until;) {
        const struct front_template_node *node = &renderer->set->nodes[at];

        rc = render_node(renderer, at);
        at = node->end > at ? node->end : at + 1;
        if (renderer->out->size > FRONT_TEMPLATE_OUTPUT_MAX)
            rc = OD_ELIMIT;
    }
    return rc;
}

int front_template_render(const struct front_templates *set, const char *name,
                          const struct front_template_document *documents, size_t count,
                          unsigned language, struct base_buffer *out)
{
    struct renderer renderer = {.set = set,
                                .documents = documents,
                                .document_count = count,
                                .out = out};
    uint32_t unit = front_template_find(set, false, 0, name, strlen(name));

    if (unit == FRONT_TEMPLATE_NO_UNIT)
        return OD_ENOTFOUND;
    assert(language < set->language_count);
    language_set(&renderer, language);
    renderer.is_bilingual = is_true(find(&renderer, "page.is_bilingual", sizeof("page.is_bilingual") - 1));
    int rc = enter_unit(&renderer, unit);
    return rc == OD_OK && out->is_broken ? OD_ENOMEM : rc;
}
