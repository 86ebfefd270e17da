/* SPDX-License-Identifier: Apache-2.0 */
#include "settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"

#define TIMEOUT_MS_DEFAULT 15000
#define INTERVAL_MS_DEFAULT 60000
#define INTERVAL_MAX_MS_DEFAULT (60 * 60 * 1000)
#define DAY_MS (24 * 60 * 60 * 1000)

struct reader {
    const struct od_host *host;
    struct settings *settings;
    char *why;
};

/* A place in the configuration: an object, and what it is called. */
struct part {
    const char *name; /* with a dot at its end, "" = the whole */
    struct span json;
};

static int fault(struct reader *reader, const char *part, const char *key, const char *text)
{
    snprintf(reader->why, SETTINGS_WHY_SIZE, "configuration: %s%s %s", part, key, text);
    return OD_EINVAL;
}

/* Settings keep their texts: those of the host end with the callback. */
static const char *keep(struct settings *settings, const char *text)
{
    size_t size = strlen(text) + 1;
    char *kept = settings->texts + settings->texts_used;

    if (size > settings->texts_room - settings->texts_used)
        return NULL; /* cannot be: every text is shorter than its quotes and itself */
    memcpy(kept, text, size);
    settings->texts_used += size;
    return kept;
}

/* *value.json is NULL where the member is absent. */
static int member(struct reader *reader, const struct part *part, const char *key, enum od_value_type type,
                  const char *expected, struct od_value *value)
{
    int rc = part->json.json != NULL
                 ? od_json_member(reader->host, part->json.json, part->json.size, key, value)
                 : OD_ENOTFOUND;

    if (rc == OD_ENOTFOUND) {
        *value = (struct od_value){.size = sizeof(*value)};
        return OD_OK;
    }
    return rc == OD_OK && value->type == type ? OD_OK : fault(reader, part->name, key, expected);
}

static int read_text(struct reader *reader, const struct part *part, const char *key, const char **out)
{
    struct od_value value;
    int rc = member(reader, part, key, OD_VALUE_TEXT, "must be a text", &value);

    if (rc != OD_OK || value.json == NULL)
        return rc;
    *out = keep(reader->settings, value.text);
    return *out != NULL ? OD_OK : OD_ENOMEM;
}

static int read_pointer(struct reader *reader, const struct part *part, const char *key, const char **out)
{
    int rc = read_text(reader, part, key, out);

    if (rc == OD_OK && *out != NULL && !pointer_is_valid(*out))
        return fault(reader, part->name, key, "must be a JSON pointer, for example \"/status\"");
    return rc;
}

static int read_number(struct reader *reader, const struct part *part, const char *key, int64_t min, int64_t max,
                       int64_t *out)
{
    struct od_value value;
    int rc = member(reader, part, key, OD_VALUE_NUMBER, "must be a whole number", &value);

    if (rc != OD_OK || value.json == NULL)
        return rc;
    if (!value.is_integer || value.integer < min || value.integer > max)
        return fault(reader, part->name, key, "is outside its range");
    *out = value.integer;
    return OD_OK;
}

static int read_part(struct reader *reader, const char *key, const char *name, struct part *out)
{
    struct part whole = {"", {reader->host->config, reader->host->config_size}};
    struct od_value value;
    int rc = member(reader, &whole, key, OD_VALUE_OBJECT, "must be an object", &value);

    *out = (struct part){name, {rc == OD_OK ? value.json : NULL, rc == OD_OK ? value.json_size : 0}};
    return rc;
}

static int read_span(struct reader *reader, const struct part *part, const char *key, struct span *out)
{
    struct od_value value;
    int rc = member(reader, part, key, OD_VALUE_OBJECT, "must be an object", &value);

    if (rc == OD_OK)
        *out = (struct span){value.json, value.json_size};
    return rc;
}

/* The place of a word, from 0; -1 = none of them. */
static int word_find(const char *const *words, size_t count, const char *word)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(words[i], word) == 0)
            return (int)i;
    }
    return -1;
}

static int read_endpoint(struct reader *reader, const char *key, const char *name, const char *method, uint32_t parts,
                         struct endpoint *out)
{
    static const char *const methods[] = {"GET", "POST", "PUT", "PATCH", "DELETE"};
    char why[TEMPLATE_WHY_SIZE] = "";
    struct part part;
    int rc = read_part(reader, key, name, &part);

    if (rc != OD_OK || part.json.json == NULL)
        return rc;
    out->method = method;
    rc = read_text(reader, &part, "method", &out->method);
    if (rc == OD_OK && word_find(methods, 5, out->method) < 0)
        return fault(reader, name, "method", "must be GET, POST, PUT, PATCH or DELETE");
    if (rc == OD_OK)
        rc = read_text(reader, &part, "path", &out->path);
    if (rc == OD_OK && (out->path == NULL || out->path[0] != '/'))
        return fault(reader, name, "path", "must begin with a slash");
    if (rc == OD_OK)
        rc = read_span(reader, &part, "body", &out->body);
    if (rc != OD_OK)
        return rc;
    if (template_check_path(out->path, parts, why) != OD_OK)
        return fault(reader, name, "path:", why);
    if (out->body.json != NULL && template_check_body(reader->host, out->body.json, out->body.size, parts, why) != OD_OK)
        return fault(reader, name, "body:", why);
    return OD_OK;
}

static int read_endpoints(struct reader *reader)
{
    struct settings *settings = reader->settings;
    int rc = read_endpoint(reader, "submit", "submit.", "POST", SCOPE_IDS | SCOPE_OFFER, &settings->submit);

    if (rc == OD_OK)
        rc = read_endpoint(reader, "status", "status.", "GET", SCOPE_IDS | SCOPE_REF, &settings->status);
    if (rc == OD_OK)
        rc = read_endpoint(reader, "lookup", "lookup.", "GET", SCOPE_IDS, &settings->lookup);
    if (rc == OD_OK)
        rc = read_endpoint(reader, "cancel", "cancel.", "DELETE", SCOPE_IDS | SCOPE_REF | SCOPE_REASON,
                           &settings->cancel);
    if (rc == OD_OK)
        rc = read_endpoint(reader, "input", "input.", "POST", SCOPE_IDS | SCOPE_REF | SCOPE_INPUT, &settings->input);
    if (rc == OD_OK && settings->submit.path == NULL)
        return fault(reader, "", "submit", "is required");
    struct part whole = {"", {reader->host->config, reader->host->config_size}};
    return rc == OD_OK ? read_span(reader, &whole, "templates", &settings->templates) : rc;
}

static int read_lookup(struct reader *reader)
{
    struct settings *settings = reader->settings;
    struct part part;
    int rc = read_part(reader, "lookup", "lookup.", &part);

    settings->lookup_record = "";
    if (rc == OD_OK)
        rc = read_pointer(reader, &part, "record", &settings->lookup_record);
    return rc == OD_OK ? read_number(reader, &part, "wait_ms", 0, DAY_MS, &settings->lookup_wait_ms) : rc;
}

static int read_auth(struct reader *reader)
{
    static const char *const types[] = {"none", "bearer", "basic", "api_key", "hmac"};
    struct settings *settings = reader->settings;
    const char *type = "none";
    struct part part;
    int rc = read_part(reader, "auth", "auth.", &part);

    if (rc == OD_OK)
        rc = read_text(reader, &part, "type", &type);
    if (rc == OD_OK)
        rc = read_text(reader, &part, "header", &settings->auth_header);
    if (rc == OD_OK)
        rc = read_text(reader, &part, "prefix", &settings->auth_prefix);
    if (rc != OD_OK)
        return rc;
    int found = word_find(types, 5, type);
    if (found < 0)
        return fault(reader, "auth.", "type", "must be none, bearer, basic, api_key or hmac");
    settings->auth = (enum auth)found;
    if (settings->auth == AUTH_BEARER || settings->auth == AUTH_BASIC) {
        settings->auth_header = "Authorization";
        settings->auth_prefix = settings->auth == AUTH_BEARER ? "Bearer " : "Basic ";
    }
    if (settings->auth != AUTH_NONE && settings->auth_header == NULL)
        return fault(reader, "auth.", "header", "is required");
    if (settings->auth_prefix == NULL)
        settings->auth_prefix = "";
    return OD_OK;
}

static int read_headers(struct reader *reader)
{
    struct settings *settings = reader->settings;
    struct od_value value;
    struct part part;
    size_t offset = 0;
    int rc = read_part(reader, "headers", "headers", &part);

    if (rc != OD_OK || part.json.json == NULL)
        return rc;
    while ((rc = od_json_next(reader->host, part.json.json, part.json.size, &offset, &value)) == OD_OK) {
        if (settings->header_count == HEADERS_MAX || value.type != OD_VALUE_TEXT)
            return fault(reader, "", "headers", "must be at most 16 texts");
        struct od_http_header *header = &settings->headers[settings->header_count++];
        header->name = keep(settings, value.key);
        header->value = keep(settings, value.text);
        if (header->name == NULL || header->value == NULL)
            return OD_ENOMEM;
    }
    return rc == OD_ENOTFOUND ? OD_OK : rc;
}

static int read_answer(struct reader *reader)
{
    struct mapping *answer = &reader->settings->answer;
    const struct {
        const char *key;
        const char **out;
    } pointers[] = {
        {"record", &answer->record},         {"external_ref", &answer->external_ref}, {"status", &answer->status},
        {"reasons", &answer->reasons},       {"conditions", &answer->conditions},     {"fields", &answer->fields},
        {"document_no", &answer->document_no}, {"question", &answer->question},       {"percent", &answer->percent},
        {"progress", &answer->progress},     {"pause_days", &answer->pause_days},     {"message", &answer->message},
    };
    struct part part;
    int rc = read_part(reader, "answer", "answer.", &part);

    *answer = (struct mapping){.record = "", .pause_kind = "inspection",
                               .no_reason = "The department gave no reason.",
                               .no_condition = "The department named no condition."};
    for (size_t i = 0; rc == OD_OK && i < sizeof(pointers) / sizeof(pointers[0]); i++)
        rc = read_pointer(reader, &part, pointers[i].key, pointers[i].out);
    if (rc == OD_OK)
        rc = read_text(reader, &part, "pause_kind", &answer->pause_kind);
    if (rc == OD_OK)
        rc = read_text(reader, &part, "no_reason", &answer->no_reason);
    if (rc == OD_OK)
        rc = read_text(reader, &part, "no_condition", &answer->no_condition);
    if (rc == OD_OK)
        rc = read_span(reader, &part, "values", &answer->values);
    if (rc == OD_OK)
        rc = read_span(reader, &part, "field_names", &answer->field_names);
    if (rc == OD_OK)
        rc = read_span(reader, &part, "percents", &answer->percents);
    if (rc == OD_OK)
        rc = read_span(reader, &part, "no_reasons", &answer->no_reasons);
    if (rc == OD_OK && (answer->status == NULL || answer->values.json == NULL))
        return fault(reader, "answer.", "status and values", "are required");
    return rc;
}

static int read_event(struct reader *reader)
{
    struct settings *settings = reader->settings;
    const char *means = "answer";
    struct part part;
    int rc = read_part(reader, "event", "event.", &part);

    settings->event_record = "";
    if (rc == OD_OK)
        rc = read_text(reader, &part, "means", &means);
    if (rc == OD_OK)
        rc = read_pointer(reader, &part, "record", &settings->event_record);
    settings->is_event_news = strcmp(means, "news") == 0;
    if (rc == OD_OK && !settings->is_event_news && strcmp(means, "answer") != 0)
        return fault(reader, "event.", "means", "must be answer or news");
    return rc;
}

static int read_errors(struct reader *reader)
{
    struct settings *settings = reader->settings;
    struct part whole = {"", {reader->host->config, reader->host->config_size}};
    struct od_value list, row;
    size_t offset = 0;
    int rc = member(reader, &whole, "errors", OD_VALUE_ARRAY, "must be an array", &list);

    if (rc != OD_OK || list.json == NULL)
        return rc;
    while ((rc = od_json_next(reader->host, list.json, list.json_size, &offset, &row)) == OD_OK) {
        const char *when = "", *then = "", *retry = "";
        struct part part = {"errors[].", {row.json, row.json_size}};

        if (settings->rule_count == RULES_MAX || row.type != OD_VALUE_OBJECT)
            return fault(reader, "", "errors", "must be at most 32 objects");
        rc = read_text(reader, &part, "when", &when);
        if (rc == OD_OK)
            rc = read_text(reader, &part, "then", &then);
        if (rc == OD_OK)
            rc = read_text(reader, &part, "retry", &retry);
        if (rc != OD_OK)
            return rc;
        if (rule_read(when, then, retry, &settings->rules[settings->rule_count++]) != OD_OK)
            return fault(reader, "errors: when ", when, "cannot be read, or cannot mean what \"then\" says");
    }
    return rc == OD_ENOTFOUND ? OD_OK : rc;
}

static int read_poll(struct reader *reader)
{
    struct settings *settings = reader->settings;
    struct part part;
    int rc = read_part(reader, "poll", "poll.", &part);

    settings->interval_ms = INTERVAL_MS_DEFAULT;
    settings->interval_max_ms = settings->safety_ms = INTERVAL_MAX_MS_DEFAULT;
    if (rc == OD_OK)
        rc = read_number(reader, &part, "interval_ms", 10, DAY_MS, &settings->interval_ms);
    if (rc == OD_OK)
        rc = read_number(reader, &part, "interval_max_ms", 10, DAY_MS, &settings->interval_max_ms);
    if (rc == OD_OK)
        rc = read_number(reader, &part, "safety_ms", 10, DAY_MS, &settings->safety_ms);
    if (settings->interval_max_ms < settings->interval_ms)
        settings->interval_max_ms = settings->interval_ms;
    return rc;
}

static int read_rest(struct reader *reader)
{
    static const char *const modes[] = {"", "sync", "poll", "callback"};
    struct settings *settings = reader->settings;
    struct part whole = {"", {reader->host->config, reader->host->config_size}};
    const char *mode = "poll", *repeats = "unknown";
    int64_t timeout_ms = TIMEOUT_MS_DEFAULT;
    int rc = read_text(reader, &whole, "base_url", &settings->base_url);

    if (rc == OD_OK)
        rc = read_text(reader, &whole, "mode", &mode);
    if (rc == OD_OK)
        rc = read_text(reader, &whole, "repeats", &repeats);
    if (rc == OD_OK)
        rc = read_text(reader, &whole, "idempotency_header", &settings->idempotency_header);
    if (rc == OD_OK)
        rc = read_number(reader, &whole, "timeout_ms", 1, OD_HTTP_TIMEOUT_MS_MAX, &timeout_ms);
    if (rc != OD_OK)
        return rc;
    settings->mode = (enum mode)(word_find(modes, 4, mode) > 0 ? word_find(modes, 4, mode) : 0);
    settings->timeout_ms = (uint32_t)timeout_ms;
    settings->is_native = strcmp(repeats, "recognised") == 0;
    if (settings->mode == MODE_NONE)
        return fault(reader, "", "mode", "must be sync, poll or callback");
    if (!settings->is_native && strcmp(repeats, "unknown") != 0)
        return fault(reader, "", "repeats", "must be recognised or unknown");
    return OD_OK;
}

/* The URL without slashes at its end, so that a path can follow. */
static int check_base_url(struct reader *reader)
{
    const char *url = reader->settings->base_url;

    if (url == NULL || (strncmp(url, "http://", 7) != 0 && strncmp(url, "https://", 8) != 0) ||
        strpbrk(url, "?# {}") != NULL)
        return fault(reader, "", "base_url", "must be a URL that begins with https:// or http://, without ? and #");
    size_t size = strlen(url);
    while (url[size - 1] == '/')
        size--;
    ((char *)(uintptr_t)url)[size] = '\0'; /* in settings->texts */
    return OD_OK;
}

/* Does a word of the department mean this? */
static bool has_value(struct reader *reader, const char *meaning)
{
    const struct span *values = &reader->settings->answer.values;
    struct od_value value;
    size_t offset = 0;

    while (od_json_next(reader->host, values->json, values->size, &offset, &value) == OD_OK) {
        if (value.type == OD_VALUE_TEXT && strcmp(value.text, meaning) == 0)
            return true;
    }
    return false;
}

static int check_values(struct reader *reader)
{
    static const char *const words[] = {"approve", "approve_with_conditions", "reject", "not_applicable",
                                        "pending", "need_input", "pause"};
    const struct span *values = &reader->settings->answer.values;
    struct od_value value;
    size_t offset = 0;
    int rc;

    while ((rc = od_json_next(reader->host, values->json, values->size, &offset, &value)) == OD_OK) {
        if (value.type != OD_VALUE_TEXT || word_find(words, 7, value.text) < 0)
            return fault(reader, "answer.values.", value.key, "must be approve, approve_with_conditions, reject, "
                                                              "not_applicable, pending, need_input or pause");
    }
    return rc == OD_ENOTFOUND ? OD_OK : rc;
}

/* Settings that do not go together would leave a task without a way to its answer. */
static int check_together(struct reader *reader)
{
    const struct settings *settings = reader->settings;
    bool has_ref = settings->answer.external_ref != NULL;
    const struct endpoint *endpoints[] = {&settings->status, &settings->cancel, &settings->input};

    if (settings->mode != MODE_SYNC && settings->status.path == NULL)
        return fault(reader, "", "status", "is required in the modes poll and callback");
    if (settings->mode == MODE_SYNC && settings->status.path == NULL &&
        (has_value(reader, "pending") || has_value(reader, "pause")))
        return fault(reader, "", "status", "is required where a value means pending or pause");
    if (has_value(reader, "need_input") && (settings->input.path == NULL || settings->status.path == NULL))
        return fault(reader, "", "input and status", "are required where a value means need_input");
    for (size_t i = 0; i < 3; i++) {
        if (!has_ref && endpoints[i]->path != NULL && strstr(endpoints[i]->path, "external_ref") != NULL)
            return fault(reader, "", "answer.external_ref", "is required where a path uses {{external_ref}}");
    }
    return OD_OK;
}

typedef int (*read_cb)(struct reader *reader);

int settings_read(const struct od_host *host, struct settings *settings, char why[SETTINGS_WHY_SIZE])
{
    static const read_cb steps[] = {read_rest,  check_base_url, read_auth,   read_headers, read_endpoints, read_lookup,
                                    read_answer, check_values,  read_event,  read_errors,  read_poll,      check_together};
    struct reader reader = {host, settings, why};

    *settings = (struct settings){.texts_room = host->config_size + 1};
    snprintf(why, SETTINGS_WHY_SIZE, "configuration: no memory left");
    settings->texts = malloc(settings->texts_room);
    if (settings->texts == NULL)
        return OD_ENOMEM;
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        int rc = steps[i](&reader);

        if (rc != OD_OK)
            return rc;
    }
    return OD_OK;
}

void settings_fini(struct settings *settings)
{
    free(settings->texts);
    *settings = (struct settings){.texts = NULL};
}
