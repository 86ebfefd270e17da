/* SPDX-License-Identifier: Apache-2.0 */
/* Findings: where in which file, and what to do about it. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "catalog/loading.h"

const char *const catalog_item_members[CATALOG_ITEM_KINDS] = {
    [CATALOG_ITEM_CENTER] = "center",           [CATALOG_ITEM_CALENDAR] = "calendars",
    [CATALOG_ITEM_DEPARTMENT] = "departments",  [CATALOG_ITEM_MATTER] = "matters",
    [CATALOG_ITEM_SERVICE] = "services",       [CATALOG_ITEM_RULE_SET] = "rule_sets", [CATALOG_ITEM_NOTICE] = "notices",
};

/* The next finding to fill, or NULL when no more are kept. All are counted. */
static struct catalog_finding *finding_add(struct catalog_loading *loading, const char *name)
{
    struct catalog_findings *findings = loading->findings;

    if (findings->count++ >= CATALOG_FINDINGS_MAX)
        return NULL;
    struct catalog_finding *finding = &findings->items[findings->count - 1];
    memset(finding, 0, sizeof(*finding));
    snprintf(finding->file, sizeof(finding->file), "%s", name);
    return finding;
}

static void text_fill(struct catalog_finding *finding, const char *format, va_list arguments)
    __attribute__((format(printf, 2, 0)));

static void text_fill(struct catalog_finding *finding, const char *format, va_list arguments)
{
    catalog_wording_print(finding->text[0], sizeof(finding->text[0]), format, arguments);
    catalog_wording_trim(finding->file);
}

/* Line and column of a byte; line and column of something after it, counted from it,
 * are added. */
static void place_fill(struct catalog_finding *finding, const struct catalog_source *source,
                       size_t offset, uint32_t line, uint32_t column)
{
    uint32_t first_line = 1;
    size_t line_start = 0;

    for (size_t i = 0; i < offset && i < source->size; i++) {
        if (source->text[i] == '\n') {
            first_line++;
            line_start = i + 1;
        }
    }
    finding->line = first_line + line - 1;
    finding->column = line == 1 ? (uint32_t)(offset - line_start) + column : column;
}

void catalog_pointer_add(char *pointer, const char *token)
{
    size_t size = strlen(pointer);

    if (size >= BASE_JSON_POINTER_MAX - 6 && size > 0)
        return; /* it was cut already */
    pointer[size++] = '/';
    for (; *token != '\0'; token++) {
        if (size >= BASE_JSON_POINTER_MAX - 6) {
            pointer[size] = '\0';
            catalog_wording_trim(pointer);
            strcat(pointer, "...");
            return;
        }
        if (*token == '~' || *token == '/') {
            pointer[size++] = '~';
            pointer[size++] = *token == '~' ? '0' : '1';
        } else {
            pointer[size++] = *token;
        }
    }
    pointer[size] = '\0';
}

static void spot_add(const struct catalog_spot *spot, char *pointer)
{
    char number[24];

    if (spot->up != NULL)
        spot_add(spot->up, pointer);
    snprintf(number, sizeof(number), "%zu", spot->index);
    catalog_pointer_add(pointer, spot->key != NULL ? spot->key : number);
}

void catalog_spot_pointer(const struct catalog_spot *spot, char pointer[BASE_JSON_POINTER_MAX])
{
    pointer[0] = '\0';
    if (spot != NULL)
        spot_add(spot, pointer);
}

void catalog_item_pointer(const struct catalog_item *item, char pointer[BASE_JSON_POINTER_MAX])
{
    char number[24];

    pointer[0] = '\0';
    if (item->kind == CATALOG_ITEM_FILE)
        return;
    catalog_pointer_add(pointer, catalog_item_members[item->kind]);
    if (item->kind == CATALOG_ITEM_CENTER)
        return;
    snprintf(number, sizeof(number), "%u", (unsigned)item->ordinal);
    catalog_pointer_add(pointer, number);
}

static void item_fill(struct catalog_loading *loading, struct catalog_finding *finding,
                      const struct catalog_item *item, const char *pointer)
{
    const struct catalog_source *source = &loading->sources[item->source];
    uint32_t line = 1, column = 1;

    base_json_locate(source->text + item->offset, item->size, pointer, &line, &column);
    place_fill(finding, source, item->offset, line, column);
    catalog_item_pointer(item, finding->pointer);
    size_t size = strlen(finding->pointer);
    snprintf(finding->pointer + size, sizeof(finding->pointer) - size, "%s", pointer);
    catalog_wording_trim(finding->pointer);
}

void catalog_report(struct catalog_loading *loading, const struct catalog_spot *spot,
                    const char *format, ...)
{
    struct catalog_finding *finding = finding_add(loading, loading->sources[loading->item->source].path);
    char pointer[BASE_JSON_POINTER_MAX];
    va_list arguments;

    if (finding == NULL)
        return;
    va_start(arguments, format);
    text_fill(finding, format, arguments);
    va_end(arguments);
    catalog_spot_pointer(spot, pointer);
    item_fill(loading, finding, loading->item, pointer);
}

void catalog_report_at(struct catalog_loading *loading, const struct catalog_item *item,
                       const char *pointer, const char *format, ...)
{
    struct catalog_finding *finding = finding_add(loading, loading->sources[item->source].path);
    va_list arguments;

    if (finding == NULL)
        return;
    va_start(arguments, format);
    text_fill(finding, format, arguments);
    va_end(arguments);
    item_fill(loading, finding, item, pointer);
}

void catalog_report_file(struct catalog_loading *loading, const char *name, const char *format, ...)
{
    struct catalog_finding *finding = finding_add(loading, name);
    va_list arguments;

    if (finding == NULL)
        return;
    va_start(arguments, format);
    text_fill(finding, format, arguments);
    va_end(arguments);
}

void catalog_report_byte_list(struct catalog_loading *loading, uint32_t source, size_t offset, const char *pointer,
                              const char *format, va_list arguments)
{
    struct catalog_finding *finding = finding_add(loading, loading->sources[source].path);

    if (finding == NULL)
        return;
    text_fill(finding, format, arguments);
    place_fill(finding, &loading->sources[source], offset, 1, 1);
    snprintf(finding->pointer, sizeof(finding->pointer), "%s", pointer);
}

void catalog_report_byte(struct catalog_loading *loading, uint32_t source, size_t offset,
                         const char *pointer, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    catalog_report_byte_list(loading, source, offset, pointer, format, arguments);
    va_end(arguments);
}

void catalog_report_byte_word(struct catalog_loading *loading, uint32_t source, size_t offset, const char *pointer, const char *word)
{
    struct catalog_phrase phrase;

    catalog_report_byte(loading, source, offset, pointer, "%p", catalog_phrase_word(&phrase, word));
}

void catalog_item_place(const struct catalog_loading *loading, const struct catalog_item *item,
                        char *place, size_t size)
{
    struct catalog_finding at = {.line = 0};
    const struct catalog_source *source = &loading->sources[item->source];

    place_fill(&at, source, item->offset, 1, 1);
    snprintf(place, size, "%.200s:%u", source->path, (unsigned)at.line);
}
