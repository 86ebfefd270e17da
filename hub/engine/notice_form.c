/* SPDX-License-Identifier: Apache-2.0 */
/* In which form a document is to be handed in, where the catalogue limits it: told with what is asked for, so that nobody
 * learns it from a refusal. The limits are those that the upload goes by. */
#include "catalog/document.h"
#include "engine/internal.h"

#include <stdio.h>

#define SIZE_TEXT_MAX 32

/* A thousand at a time, as documents' sizes are shown; rounded down, so that what is said is always taken. */
static void size_format(uint64_t size, char text[SIZE_TEXT_MAX])
{
    const char *unit = size >= 1000000 ? "MB" : size >= 1000 ? "KB" : "B";
    uint64_t tenths = size >= 1000000 ? size / 100000 : size >= 1000 ? size / 100 : size * 10;

    if (tenths % 10 == 0)
        snprintf(text, SIZE_TEXT_MAX, "%llu %s", (unsigned long long)(tenths / 10), unit);
    else
        snprintf(text, SIZE_TEXT_MAX, "%llu.%llu %s", (unsigned long long)(tenths / 10), (unsigned long long)(tenths % 10), unit);
}

static void put_kinds_text(struct base_buffer *text, uint32_t kinds, bool is_english)
{
    for (int i = 1; i < CATALOG_DOCUMENTS; i++) {
        uint32_t above = kinds >> i >> 1;

        if ((kinds >> i & 1) == 0)
            continue;
        for (const char *word = catalog_document_word((enum catalog_document)i); *word != '\0'; word++) {
            char letter = *word >= 'a' && *word <= 'z' ? (char)(*word - 'a' + 'A') : *word;

            base_buffer_put(text, &letter, 1);
        }
        if (above != 0)
            base_buffer_put_text(text, (above & (above - 1)) != 0 ? (is_english ? ", " : "、") : is_english ? " or " : " 或 ");
    }
}

/* "PDF or JPEG, at most 5 MB" */
static void put_form_text(struct base_buffer *buffer, const char *key, uint32_t kinds, uint64_t size_max)
{
    bool is_english = key[0] == 'e';
    struct base_buffer text = {0};
    char size[SIZE_TEXT_MAX];

    if (kinds != 0) {
        base_buffer_put_text(&text, is_english ? "as " : "");
        put_kinds_text(&text, kinds, is_english);
        base_buffer_put_text(&text, is_english ? "" : " 格式");
    }
    if (size_max != 0) {
        size_format(size_max, size);
        base_buffer_put_text(&text, kinds == 0 ? "" : is_english ? ", " : "，");
        base_buffer_put_format(&text, is_english ? "at most %s" : "不超过 %s", size);
    }
    base_json_put_text(buffer, key, base_buffer_text(&text));
    buffer->is_broken = buffer->is_broken || text.is_broken;
    base_buffer_fini(&text);
}

void engine_put_document_form(struct base_buffer *buffer, const struct catalog_service *service, core_task_set included, const char *material)
{
    struct catalog_document_rule rule;

    if (catalog_document_rule_find(service, included, material, &rule) != OD_OK)
        return;
    uint32_t kinds = rule.documents != CATALOG_DOCUMENTS_USUAL ? rule.documents : 0;
    uint64_t size_max = rule.size_max != (uint64_t)CATALOG_DOCUMENT_SIZE_DEFAULT ? rule.size_max : 0;

    if (kinds != 0) {
        base_json_open(buffer, "types", '[');
        for (int i = 1; i < CATALOG_DOCUMENTS; i++)
            if (kinds >> i & 1)
                base_json_put_text(buffer, NULL, catalog_document_word((enum catalog_document)i));
        base_json_close(buffer, ']');
    }
    if (size_max != 0)
        base_json_put_i64(buffer, "max_bytes", (int64_t)size_max);
    if (kinds == 0 && size_max == 0)
        return;
    base_json_open(buffer, "form_text", '{');
    put_form_text(buffer, "zh-CN", kinds, size_max);
    put_form_text(buffer, "en", kinds, size_max);
    base_json_close(buffer, '}');
}
