/* SPDX-License-Identifier: Apache-2.0 */
/* What a connector says about itself, bounded: the last lines, and named values. */
#include "connect/inside.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "base/time.h"

/* Bytes of the well-formed UTF-8 character at at, 0 = none (RFC 3629). */
static size_t character_size(const unsigned char *at, size_t left)
{
    size_t size = at[0] < 0x80 ? 1 : at[0] >= 0xc2 && at[0] < 0xe0 ? 2 : at[0] >= 0xe0 && at[0] < 0xf0 ? 3
                : at[0] >= 0xf0 && at[0] < 0xf5                     ? 4
                                                                    : 0;

    if (size == 0 || size > left)
        return 0;
    for (size_t i = 1; i < size; i++)
        if ((at[i] & 0xc0) != 0x80)
            return 0;
    if ((at[0] == 0xe0 && at[1] < 0xa0) || (at[0] == 0xed && at[1] > 0x9f) || (at[0] == 0xf0 && at[1] < 0x90) ||
        (at[0] == 0xf4 && at[1] > 0x8f))
        return 0;
    return size;
}

void connect_text_clean(char *text, size_t size)
{
    unsigned char *at = (unsigned char *)text, *end = at + size;

    while (at < end) {
        size_t step = character_size(at, (size_t)(end - at));
        if (step == 0 || *at < 0x20 || *at == 0x7f)
            *at = '?';
        at += step > 0 ? step : 1;
    }
}

/* The longest prefix of at most max bytes that ends with a whole character. */
static size_t cut_size(const char *text, size_t size, size_t max)
{
    if (size <= max)
        return size;
    while (max > 0 && ((unsigned char)text[max] & 0xc0) == 0x80)
        max--;
    return max;
}

void connect_line_add(struct connect_link *link, const char *level, const char *text, size_t size)
{
    struct connect_line *line = &link->lines[link->line_count % CONNECT_LOG_LINES_MAX];

    size = cut_size(text, size, BASE_LOG_LINE_MAX);
    char *copy = base_copy_text(text, size);
    if (copy == NULL)
        return; /* a line less is no harm */
    connect_text_clean(copy, size);
    base_free(line->text);
    *line = (struct connect_line){.at_ms = connect_now_ms(link->connect), .level = level, .text = copy};
    link->line_count++;
    base_log(BASE_LOG_DEBUG, "connector=%s %s: %s", link->id, level, copy);
}

static const char *known_level(const char *level)
{
    static const char *const levels[] = {"debug", "info", "warning", "error"};

    for (size_t i = 0; level != NULL && i < sizeof(levels) / sizeof(levels[0]); i++)
        if (strcmp(level, levels[i]) == 0)
            return levels[i];
    return "info";
}

int connect_line_take(struct connect_link *link, const char *json, size_t size)
{
    struct base_json_error error;
    struct base_json *item = NULL;
    int rc = base_json_parse(json, size, &item, &error);

    if (rc != OD_OK)
        return rc;
    const char *text = base_json_member_text(item, "text");
    if (text != NULL)
        connect_line_add(link, known_level(base_json_member_text(item, "level")), text, strlen(text));
    base_json_destroy(item);
    return text != NULL ? OD_OK : OD_EINVAL;
}

static int set_metric(struct connect_link *link, const char *name, double value)
{
    if (strlen(name) > BASE_ID_MAX || name[0] == '\0')
        return OD_EINVAL;
    for (uint32_t i = 0; i < link->metric_count; i++)
        if (strcmp(link->metrics[i].name, name) == 0) {
            link->metrics[i].value = value;
            return OD_OK;
        }
    if (link->metric_count == CONNECT_METRICS_MAX)
        return OD_ELIMIT;
    struct connect_metric *metric = &link->metrics[link->metric_count++];
    snprintf(metric->name, sizeof(metric->name), "%s", name);
    metric->value = value;
    return OD_OK;
}

int connect_metric_take(struct connect_link *link, const char *json, size_t size)
{
    struct base_json_error error;
    struct base_json *item = NULL;
    int rc = base_json_parse(json, size, &item, &error);

    if (rc != OD_OK)
        return rc;
    const char *name = base_json_member_text(item, "name");
    const struct base_json *value = base_json_member(item, "value");
    rc = OD_EINVAL;
    if (name != NULL && base_json_type(value) == BASE_JSON_NUMBER)
        rc = set_metric(link, name, base_json_number(value));
    base_json_destroy(item);
    return rc;
}

void connect_put_logs(struct base_buffer *buffer, const char *key, const struct connect_link *link)
{
    uint32_t first = link->line_count > CONNECT_LOG_LINES_MAX ? link->line_count - CONNECT_LOG_LINES_MAX : 0;

    base_json_open(buffer, key, '[');
    for (uint32_t i = first; i < link->line_count; i++) {
        const struct connect_line *line = &link->lines[i % CONNECT_LOG_LINES_MAX];
        char at[BASE_TIME_SIZE];

        base_zone_format(line->at_ms, at);
        base_json_open(buffer, NULL, '{');
        base_json_put_text(buffer, "at", at);
        base_json_put_text(buffer, "level", line->level);
        base_json_put_text(buffer, "text", line->text);
        base_json_close(buffer, '}');
    }
    base_json_close(buffer, ']');
}

void connect_put_metrics(struct base_buffer *buffer, const char *key, const struct connect_link *link)
{
    base_json_open(buffer, key, '{');
    for (uint32_t i = 0; i < link->metric_count; i++) {
        char digits[32];
        int size = snprintf(digits, sizeof(digits), "%.17g", link->metrics[i].value);

        base_json_put_raw(buffer, link->metrics[i].name, digits, (size_t)size);
    }
    base_json_close(buffer, '}');
}

void connect_lines_fini(struct connect_link *link)
{
    for (size_t i = 0; i < CONNECT_LOG_LINES_MAX; i++)
        base_free(link->lines[i].text);
}
