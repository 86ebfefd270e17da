/* SPDX-License-Identifier: Apache-2.0 */
#include "check/script.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"

static const char default_text[] =
    "{\"forms\": [{\"premises_area_m2\": 120, \"seats\": 40, \"has_kitchen\": true, \"name\": \"Hua\"}]}";

struct reading {
    const char *name, *text;
    size_t size;
    char *reason;
    struct check_script *script;
};

/* Tell what is wrong at the value that pointer names. */
__attribute__((format(printf, 3, 4))) static int fault(const struct reading *reading, const char *pointer,
                                                       const char *format, ...)
{
    uint32_t line = 1, column = 1;
    va_list arguments;

    base_json_locate(reading->text, reading->size, pointer, &line, &column);
    int lead = snprintf(reading->reason, CHECK_REASON_SIZE, "%.200s:%u:%u: ", reading->name, line, column);
    va_start(arguments, format);
    vsnprintf(reading->reason + lead, CHECK_REASON_SIZE - (size_t)lead, format, arguments);
    va_end(arguments);
    return OD_EINVAL;
}

static int forms_read(struct reading *reading)
{
    struct check_script *script = reading->script;
    const struct base_json *forms = base_json_member(script->root, "forms");

    if (base_json_type(forms) != BASE_JSON_ARRAY || base_json_count(forms) == 0)
        return fault(reading, "/forms", "forms must be an array with at least one form to offer.");
    if (base_json_count(forms) > CHECK_FORMS_MAX)
        return fault(reading, "/forms", "forms may hold %d forms.", CHECK_FORMS_MAX);
    for (const struct base_json *form = base_json_first(forms); form != NULL; form = base_json_next(form)) {
        if (base_json_type(form) != BASE_JSON_OBJECT)
            return fault(reading, "/forms", "each form must be an object of fields.");
        script->forms[script->form_count++] = form;
    }
    return OD_OK;
}

static int answer_read(const struct reading *reading, const struct base_json *route, const char *pointer,
                       const char *member, struct check_answer *answer)
{
    const struct base_json *json = base_json_member(route, member);
    int64_t status = 200;

    if (json == NULL)
        return OD_OK;
    if (base_json_member(json, "status") != NULL &&
        base_json_i64(base_json_member(json, "status"), 200, 599, &status) != OD_OK)
        return fault(reading, pointer, "%s.status must be a number from 200 to 599.", member);
    answer->status = (int)status;
    answer->body = base_json_member(json, "body");
    return OD_OK;
}

static enum check_does does_of(const char *word)
{
    static const char *const words[] = {
        [CHECK_DOES_NONE] = "", [CHECK_DOES_SUBMIT] = "submit", [CHECK_DOES_STATUS] = "status",
        [CHECK_DOES_LOOKUP] = "lookup", [CHECK_DOES_ANSWER] = "answer",
    };

    for (size_t i = 1; word != NULL && i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcmp(word, words[i]) == 0)
            return (enum check_does)i;
    }
    return CHECK_DOES_NONE;
}

static bool is_key(const char *key)
{
    return key != NULL &&
           (strncmp(key, "header:", 7) == 0 || strncmp(key, "body:/", 6) == 0 || strcmp(key, "path") == 0);
}

static int route_read(struct reading *reading, const struct base_json *json, size_t index)
{
    struct check_route *route = &reading->script->routes[index];
    char pointer[64];

    snprintf(pointer, sizeof(pointer), "/department/routes/%zu", index);
    route->does = does_of(base_json_member_text(json, "does"));
    route->method = base_json_member_text(json, "method");
    route->path = base_json_member_text(json, "path");
    route->key = base_json_member_text(json, "key");
    if (route->does == CHECK_DOES_NONE)
        return fault(reading, pointer, "does must be \"submit\", \"status\", \"lookup\" or \"answer\".");
    if (route->method == NULL || route->path == NULL || route->path[0] != '/')
        return fault(reading, pointer, "method and path (which begins with '/') must be given.");
    if (route->does == CHECK_DOES_SUBMIT && !is_key(route->key))
        return fault(reading, pointer, "key must say where the idempotency key stands: \"header:NAME\", "
                                       "\"body:/pointer\" or \"path\".");
    int rc = answer_read(reading, json, pointer, "answer", &route->answer);
    if (rc == OD_OK)
        rc = answer_read(reading, json, pointer, "pending", &route->pending);
    if (rc == OD_OK)
        rc = answer_read(reading, json, pointer, "missing", &route->missing);
    if (rc == OD_OK && route->answer.status == 0)
        rc = fault(reading, pointer, "answer must be {\"status\", \"body\"}.");
    return rc;
}

static int department_read(struct reading *reading)
{
    struct check_script *script = reading->script;
    const struct base_json *department = base_json_member(script->root, "department"),
                           *routes = base_json_member(department, "routes"),
                           *after = base_json_member(department, "decides_after_ms");
    int rc = OD_OK;

    if (department == NULL)
        return OD_OK;
    script->callback = base_json_member(department, "callback");
    if (after != NULL && base_json_i64(after, 0, INT64_C(30) * 86400000, &script->decides_after_ms) != OD_OK)
        return fault(reading, "/department/decides_after_ms", "decides_after_ms must be 0 to 30 days.");
    if (base_json_type(routes) != BASE_JSON_ARRAY || base_json_count(routes) > CHECK_ROUTES_MAX)
        return fault(reading, "/department/routes", "routes must be an array of at most %d.", CHECK_ROUTES_MAX);
    for (const struct base_json *route = base_json_first(routes); rc == OD_OK && route != NULL;
         route = base_json_next(route))
        rc = route_read(reading, route, script->route_count++);
    return rc;
}

static int members_read(struct reading *reading)
{
    struct check_script *script = reading->script;

    script->config = base_json_member(script->root, "config");
    script->input = base_json_member(script->root, "input");
    script->secrets = base_json_member(script->root, "secrets");
    script->matter = base_json_member_text(script->root, "matter");
    script->folder = base_json_member_text(script->root, "folder");
    script->sockets = base_json_member_text(script->root, "sockets");
    if (script->folder != NULL && (script->folder[0] == '/' || strstr(script->folder, "..") != NULL))
        return fault(reading, "/folder", "folder must name a folder beside check.json.");
    if (script->sockets != NULL && script->sockets[0] != '/')
        return fault(reading, "/sockets", "sockets must be the whole path of a folder.");
    if (script->config != NULL && base_json_type(script->config) != BASE_JSON_OBJECT)
        return fault(reading, "/config", "config must be an object.");
    if (script->input != NULL && base_json_type(script->input) != BASE_JSON_OBJECT)
        return fault(reading, "/input", "input must be an object: what the applicant answers when asked.");
    int rc = forms_read(reading);
    return rc == OD_OK ? department_read(reading) : rc;
}

int check_script_read(const char *name, const char *text, size_t size, struct check_script *out,
                      char reason[CHECK_REASON_SIZE])
{
    struct check_script script = {.matter = NULL};
    struct reading reading = {.name = name, .text = text, .size = size, .reason = reason, .script = &script};
    struct base_json_error error = {.line = 1};
    int rc = base_json_parse(text, size, &script.root, &error);

    if (rc != OD_OK) {
        snprintf(reason, CHECK_REASON_SIZE, "%.200s:%u:%u: %s", name, error.line, error.column,
                 rc == OD_ENOMEM ? "no memory left" : error.text);
        return rc == OD_ENOMEM ? rc : OD_EINVAL;
    }
    rc = members_read(&reading);
    if (rc == OD_OK)
        *out = script;
    else
        base_json_destroy(script.root);
    return rc;
}

int check_script_default(struct check_script *out)
{
    char reason[CHECK_REASON_SIZE];

    return check_script_read("check.json", default_text, sizeof(default_text) - 1, out, reason);
}

void check_script_fini(struct check_script *script)
{
    base_json_destroy(script->root);
    *script = (struct check_script){.root = NULL};
}

bool check_script_does(const struct check_script *script, enum check_does does)
{
    for (size_t i = 0; i < script->route_count; i++) {
        if (script->routes[i].does == does)
            return true;
    }
    return false;
}
