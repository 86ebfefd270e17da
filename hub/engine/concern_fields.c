/* SPDX-License-Identifier: Apache-2.0 */
/* Members of a request's body, checked one by one; what is wrong is told with its pointer and what to do. */
#include "engine/concern.h"

#include <stdio.h>
#include <string.h>

static void refuse_at(struct front_request *request, const char *pointer, const char *key, const char *code, const char *zh, const char *en)
{
    char whole[BASE_JSON_POINTER_MAX];

    snprintf(whole, sizeof(whole), "%s/%.200s", pointer, key);
    engine_refuse(request, whole, code, zh, en);
}

bool engine_fields_only(struct front_request *request, const struct base_json *object, const char *pointer, const char *const *names)
{
    for (const struct base_json *member = base_json_first(object); member != NULL; member = base_json_next(member)) {
        const char *const *name = names;

        while (*name != NULL && strcmp(*name, base_json_key(member)) != 0)
            name++;
        if (*name != NULL)
            continue;
        refuse_at(request, pointer, base_json_key(member), "unknown_member", "没有这个成员，请核对名称后删去。",
                  "There is no such member here; check its name, or leave it out.");
        return false;
    }
    return true;
}

static void refuse_size(struct front_request *request, const char *pointer, const char *key, size_t size_max)
{
    char zh[96], en[96];

    snprintf(zh, sizeof(zh), "这里应为不超过 %zu 字节的文本。", size_max);
    snprintf(en, sizeof(en), "This is to be a text of at most %zu bytes.", size_max);
    refuse_at(request, pointer, key, "length", zh, en);
}

bool engine_field_text_of(struct front_request *request, const struct base_json *object, const char *pointer, const char *key,
                          size_t size_max, const char **out)
{
    const struct base_json *member = base_json_member(object, key);
    const char *text = base_json_text(member);

    *out = NULL;
    if (member != NULL && base_json_type(member) != BASE_JSON_NULL && (text == NULL || strlen(text) > size_max)) {
        refuse_size(request, pointer, key, size_max);
        return false;
    }
    if (text != NULL && !engine_text_is_blank(text))
        *out = text;
    return true;
}

bool engine_field_text(struct front_request *request, const char *key, size_t size_max, bool is_due, const char **out)
{
    if (!engine_field_text_of(request, request->body, "", key, size_max, out))
        return false;
    if (*out != NULL || !is_due)
        return true;
    refuse_at(request, "", key, "required", "这一项必须填写。", "This is needed, and must not be blank.");
    return false;
}

bool engine_field_contact(struct front_request *request)
{
    static const struct {
        const char *key;
        size_t size_max;
    } rows[] = {{"name", ENGINE_CONCERN_NAME_MAX}, {"phone", ENGINE_CONCERN_PHONE_MAX}, {"email", ENGINE_CONCERN_EMAIL_MAX}};
    static const char *const names[] = {"name", "phone", "email", NULL};
    const struct base_json *contact = base_json_member(request->body, "contact");
    const char *text;

    if (contact == NULL || base_json_type(contact) == BASE_JSON_NULL)
        return true;
    if (base_json_type(contact) != BASE_JSON_OBJECT) {
        engine_refuse(request, "/contact", "type", "contact 应为对象：name、phone、email。", "contact is to be an object: name, phone, email.");
        return false;
    }
    if (!engine_fields_only(request, contact, "/contact", names))
        return false;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (!engine_field_text_of(request, contact, "/contact", rows[i].key, rows[i].size_max, &text))
            return false;
    return true;
}
