/* SPDX-License-Identifier: Apache-2.0 */
/* An opinion as JSON: the same rules whether a connector or an officer gives it.
 * Source: domain.md section 4 (a rejection carries reasons), Licensing Law art. 38. */
#include "engine/internal.h"

#include <string.h>

struct fault {
    const char *pointer, *zh, *en;
};

/* Nothing to read: spaces, tabs, newlines and the ideographic space (U+3000) alone. */
bool engine_text_is_blank(const char *text)
{
    while (*text != '\0') {
        if (strncmp(text, "\xe3\x80\x80", 3) == 0)
            text += 3;
        else if (strchr(" \t\r\n", *text) != NULL)
            text++;
        else
            return false;
    }
    return true;
}

static bool is_text_list(const struct base_json *list, size_t *count)
{
    *count = 0;
    if (list == NULL || base_json_type(list) == BASE_JSON_NULL)
        return true;
    if (base_json_type(list) != BASE_JSON_ARRAY)
        return false;
    for (const struct base_json *item = base_json_first(list); item != NULL; item = base_json_next(item)) {
        const char *text = base_json_text(item);

        if (text == NULL || engine_text_is_blank(text) || strlen(text) > BASE_TEXT_MAX || ++*count > BASE_REASONS_MAX)
            return false;
    }
    return true;
}

static bool is_short_text(const struct base_json *body, const char *key)
{
    const struct base_json *member = base_json_member(body, key);
    const char *text = base_json_text(member);

    return member == NULL || base_json_type(member) == BASE_JSON_NULL ||
           (text != NULL && strlen(text) <= BASE_EXTERNAL_REF_MAX);
}

/* The first fault, or a pointer of NULL. */
static struct fault find_fault(const struct base_json *body, enum core_opinion opinion)
{
    size_t reasons, conditions;

    if (opinion == CORE_OPINION_NONE)
        return (struct fault){"/opinion", "意见应为 approve、approve_with_conditions、reject 或 not_applicable 之一。",
                              "The opinion must be approve, approve_with_conditions, reject or not_applicable."};
    if (!is_text_list(base_json_member(body, "reasons"), &reasons))
        return (struct fault){"/reasons", "理由应为文本数组，最多 32 条，每条不超过 8 KiB，且不得为空白。",
                              "Reasons must be a list of at most 32 texts, none of them blank or over 8 KiB."};
    if (!is_text_list(base_json_member(body, "conditions"), &conditions))
        return (struct fault){"/conditions", "条件应为文本数组，最多 32 条，每条不超过 8 KiB，且不得为空白。",
                              "Conditions must be a list of at most 32 texts, none of them blank or over 8 KiB."};
    if (opinion == CORE_OPINION_REJECT && reasons == 0)
        return (struct fault){"/reasons", "不予同意必须说明理由（行政许可法第三十八条）。",
                              "A rejection must state its reasons (Licensing Law art. 38)."};
    if (opinion == CORE_OPINION_APPROVE_WITH_CONDITIONS && conditions == 0)
        return (struct fault){"/conditions", "附条件同意必须列明条件。",
                              "An approval with conditions must state the conditions."};
    if (!is_short_text(body, "document_no"))
        return (struct fault){"/document_no", "文号应为不超过 255 字节的文本。", "document_no must be a text of at most 255 bytes."};
    if (!is_short_text(body, "external_ref"))
        return (struct fault){"/external_ref", "外部编号应为不超过 255 字节的文本。", "external_ref must be a text of at most 255 bytes."};
    return (struct fault){NULL, NULL, NULL};
}

int engine_opinion_check(const struct base_json *body, enum core_opinion *opinion, const char **pointer,
                         const char **zh, const char **en)
{
    const char *word = base_json_member_text(body, "opinion");
    enum core_opinion found = word != NULL ? core_opinion_find(word) : CORE_OPINION_NONE;
    struct fault fault = find_fault(body, found);

    if (fault.pointer != NULL) {
        *pointer = fault.pointer;
        *zh = fault.zh;
        *en = fault.en;
        return OD_EINVAL;
    }
    *opinion = found;
    return OD_OK;
}

static void put_list(struct base_buffer *buffer, const char *key, const struct base_json *list)
{
    base_json_open(buffer, key, '[');
    for (const struct base_json *item = base_json_first(list); item != NULL; item = base_json_next(item))
        base_json_put_text(buffer, NULL, base_json_text(item));
    base_json_close(buffer, ']');
}

void engine_opinion_put(struct base_buffer *buffer, const struct engine *engine, const struct base_json *body,
                        enum core_opinion opinion, const char *by)
{
    base_json_open(buffer, NULL, '{');
    base_json_put_text(buffer, "opinion", core_opinion_name(opinion));
    put_list(buffer, "reasons", base_json_member(body, "reasons"));
    put_list(buffer, "conditions", base_json_member(body, "conditions"));
    base_json_put_text(buffer, "document_no", base_json_member_text(body, "document_no"));
    if (engine_has_two_officers(body))
        put_list(buffer, "officers", base_json_member(body, "officers"));
    base_json_put_text(buffer, "by", by);
    engine_put_ms(buffer, "at", engine->now.ms);
    base_json_close(buffer, '}');
}

bool engine_has_two_officers(const struct base_json *body)
{
    const char *first = NULL;

    for (const struct base_json *item = base_json_first(base_json_member(body, "officers")); item != NULL; item = base_json_next(item)) {
        const char *name = base_json_text(item);

        if (name == NULL || engine_text_is_blank(name) || strlen(name) > BASE_ID_MAX)
            return false;
        if (first != NULL && strcmp(first, name) != 0)
            return true;
        first = name;
    }
    return false;
}
