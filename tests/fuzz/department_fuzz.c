/* SPDX-License-Identifier: Apache-2.0 */
/* The connector http on arbitrary templates, forms and answers of departments: "template NUL data". What must
 * hold: its gate accepts what the hub's accepts and nothing else; a filled body is JSON again; a filled path has
 * no slash more; what is read out of a record fits the limits of an opinion. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "json.h"
#include "plugins/json_host.h"
#include "record.h"
#include "settings.h"
#include "template.h"
#include "when.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static const char config[] =
    "{\"base_url\":\"http://a\",\"mode\":\"sync\",\"submit\":{\"path\":\"/c\"},\"answer\":{\"record\":\"/r\",\"external_ref\":\"/id\","
    "\"status\":\"/s\",\"reasons\":\"/why\",\"conditions\":\"/why\",\"document_no\":\"/why\",\"fields\":\"/why\",\"percent\":\"/n\","
    "\"progress\":\"/why\",\"pause_days\":\"/n\",\"message\":\"/m\",\"field_names\":{\"a\":\"b\"},\"values\":{\"a\":\"approve\","
    "\"b\":\"approve_with_conditions\",\"c\":\"reject\",\"d\":\"not_applicable\"}}}";

static void require(int condition)
{
    if (!condition)
        abort();
}

/* What the hub's gate refuses for reasons of its own. */
static bool is_of_its_own(const char *code)
{
    return strcmp(code, "duplicate_key") == 0 || strcmp(code, "nodes") == 0 || strcmp(code, "number") == 0 ||
           strcmp(code, "string") == 0 || strcmp(code, "size") == 0;
}

static void gate(const char *text, size_t size)
{
    struct base_json_error error = {.code = ""};
    bool is_whole = json_is_whole(text, size);

    if (base_json_check(text, size, &error) != OD_OK)
        require(!is_whole || is_of_its_own(error.code));
    else if (!is_whole) { /* deeper than a department's answer may be */
        size_t depth = 0;

        for (size_t i = 0; i < size; i++)
            depth += text[i] == '[' || text[i] == '{';
        require(depth > JSON_DEPTH_MAX);
    }
}

static struct scope scope_of(const struct od_host *host, const char *data, size_t size)
{
    struct scope scope = {.host = host, .task = "T-1", .external_ref = "W/1"};

    if (json_is_whole(data, size) && *data == '{')
        scope.form = scope.input = (struct span){data, size};
    return scope;
}

static void fill_body(const struct od_host *host, const char *text, size_t size, const struct scope *scope)
{
    char why[TEMPLATE_WHY_SIZE];
    struct out out = {.size_max = 1 << 16};
    struct base_json_error error = {.code = ""};

    if (template_check_body(host, text, size, SCOPE_IDS | SCOPE_OFFER | SCOPE_REF | SCOPE_INPUT | SCOPE_REASON, why) != OD_OK ||
        template_body(scope, text, size, &out, why) != OD_OK) {
        out_fini(&out);
        return;
    }
    if (json_is_whole(text, size)) /* a body of the configuration has passed the hub's gate */
        require(base_json_check(out.bytes, out.size, &error) == OD_OK || is_of_its_own(error.code) ||
                strcmp(error.code, "depth") == 0);
    out_fini(&out);
}

static size_t slashes(const char *text, size_t size)
{
    size_t count = 0;

    for (size_t i = 0; i < size; i++)
        count += text[i] == '/';
    return count;
}

static void fill_path(const char *text, const struct scope *scope)
{
    char why[TEMPLATE_WHY_SIZE];
    struct out out = {.size_max = 2048};

    if (template_path(scope, text, &out, why) == OD_OK)
        require(slashes(out.bytes, out.size) <= slashes(text, strlen(text)));
    out_fini(&out);
}

static void texts_fit(const char *const *texts, uint32_t count)
{
    require(count <= OD_REASONS_MAX);
    for (uint32_t i = 0; i < count; i++)
        require(*texts[i] != '\0' && strlen(texts[i]) <= OD_TEXT_MAX && json_is_utf8(texts[i], strlen(texts[i])));
}

static void read_record(const struct od_host *host, const char *body, size_t size)
{
    struct settings settings;
    struct record record;
    char why[RECORD_MESSAGE_MAX + 1];

    require(settings_read(host, &settings, why) == OD_OK);
    record_message(host, &settings, body, size, why);
    require(json_is_utf8(why, strlen(why)));
    if (json_is_whole(body, size) && record_read(host, &settings, "/r", body, size, &record, why) == OD_OK) {
        texts_fit(record.reasons, record.opinion.reason_count);
        texts_fit(record.conditions, record.opinion.condition_count);
        require(record.opinion.opinion != OD_REJECT || record.opinion.reason_count > 0);
        require(record.external_ref == NULL || strlen(record.external_ref) <= OD_EXTERNAL_REF_MAX);
        record_fini(&record);
    } else if (json_is_whole(body, size)) {
        record_fini(&record);
    }
    settings_fini(&settings);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    const struct od_host *host = json_host(config);
    const uint8_t *split = size > 0 ? memchr(bytes, 0, size) : NULL;
    size_t head = split != NULL ? (size_t)(split - bytes) : size;
    char *text = strndup((const char *)bytes, head); /* exact sizes, so that the sanitizer sees one byte too many */
    char *data = malloc(size - head + 1);
    int64_t after_ms;

    require(host != NULL && text != NULL && data != NULL);
    size_t data_size = split != NULL ? size - head - 1 : 0;
    memcpy(data, bytes + size - data_size, data_size);
    data[data_size] = '\0';
    struct scope scope = scope_of(host, data, data_size);
    gate(text, head);
    gate(data, data_size);
    fill_body(host, text, head, &scope);
    fill_path(text, &scope);
    read_record(host, data, data_size);
    if (when_retry_after(text, 0, &after_ms) == OD_OK)
        require(after_ms >= 0 && after_ms <= WHEN_AFTER_MS_MAX);
    free(text);
    free(data);
    return 0;
}
