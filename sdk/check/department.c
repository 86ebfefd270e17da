/* SPDX-License-Identifier: Apache-2.0 */
/* check_department_take -> route_find -> key_find -> submit | tell -> the fault in force */
#include "check/department.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/memory.h"

/* What the wild parts of a path were. */
struct match {
    char ref[CHECK_KEY_SIZE], key[CHECK_KEY_SIZE];
};

void check_department_fini(struct check_department *department)
{
    base_free(department->records);
    *department = (struct check_department){.script = NULL};
}

void check_department_forget(struct check_department *department)
{
    base_free(department->records);
    department->records = NULL;
    department->record_count = 0;
}

static char *part_of(struct match *match, const char *pattern)
{
    if (strncmp(pattern, "${ref}", 6) == 0)
        return match->ref;
    return strncmp(pattern, "${key}", 6) == 0 ? match->key : NULL;
}

/* Does the path fit the pattern? ${ref} and ${key} take up to the next '/', '&' or '?'; a '*' takes the rest. */
static bool is_fitting(const char *pattern, const char *path, struct match *match)
{
    while (*pattern != '\0' && *pattern != '*') {
        char *part = part_of(match, pattern);

        if (part == NULL) {
            if (*pattern++ != *path++)
                return false;
            continue;
        }
        size_t size = strcspn(path, "/&?");
        if (size == 0 || size >= CHECK_KEY_SIZE)
            return false;
        memcpy(part, path, size);
        part[size] = '\0';
        path += size;
        pattern += 6;
    }
    return *pattern == '*' || *path == '\0';
}

static const struct check_route *route_find(const struct check_department *department,
                                            const struct check_request *request, struct match *match)
{
    const struct check_script *script = department->script;

    for (size_t i = 0; i < script->route_count; i++) {
        *match = (struct match){.ref = ""};
        if (strcmp(script->routes[i].method, request->method) == 0 &&
            is_fitting(script->routes[i].path, request->path, match))
            return &script->routes[i];
    }
    return NULL;
}

static void header_copy(const struct check_request *request, const char *name, char key[CHECK_KEY_SIZE])
{
    for (size_t i = 0; i < request->header_count; i++) {
        if (strcasecmp(request->header_names[i], name) == 0)
            snprintf(key, CHECK_KEY_SIZE, "%s", request->header_values[i]);
    }
}

/* pointer: "/a/b", of members only. */
static void body_copy(const struct check_request *request, const char *pointer, char key[CHECK_KEY_SIZE])
{
    struct base_json_error error;
    struct base_json *root = NULL;
    char name[128];

    if (base_json_parse(request->body, request->body_size, &root, &error) != OD_OK)
        return;
    const struct base_json *json = root;
    while (*pointer == '/') {
        size_t size = strcspn(++pointer, "/");

        snprintf(name, sizeof(name), "%.*s", (int)size, pointer);
        json = base_json_member(json, name);
        pointer += size;
    }
    if (base_json_text(json) != NULL)
        snprintf(key, CHECK_KEY_SIZE, "%s", base_json_text(json));
    base_json_destroy(root);
}

static void key_find(const struct check_route *route, const struct check_request *request, struct match *match)
{
    if (strncmp(route->key, "header:", 7) == 0)
        header_copy(request, route->key + 7, match->key);
    else if (strncmp(route->key, "body:", 5) == 0)
        body_copy(request, route->key + 5, match->key);
}

struct check_record *check_department_find(const struct check_department *department, const char *key)
{
    for (size_t i = department->record_count; i > 0; i--) {
        if (strcmp(department->records[i - 1].key, key) == 0)
            return &department->records[i - 1];
    }
    return NULL;
}

static struct check_record *ref_find(const struct check_department *department, const char *ref)
{
    for (size_t i = department->record_count; i > 0; i--) {
        if (strcmp(department->records[i - 1].ref, ref) == 0)
            return &department->records[i - 1];
    }
    return NULL;
}

static struct check_record *record_add(struct check_department *department, const char *key, int64_t now_ms)
{
    bool is_twice = check_department_find(department, key) != NULL;

    if (department->record_count == CHECK_RECORDS_MAX)
        return NULL;
    if ((department->record_count & (department->record_count - 1)) == 0) { /* full: twice the room */
        size_t room = department->record_count > 0 ? department->record_count * 2 : 1;
        struct check_record *records = base_realloc(department->records, room * sizeof(*records));

        if (records == NULL)
            return NULL;
        department->records = records;
    }
    struct check_record *record = &department->records[department->record_count++];
    *record = (struct check_record){.decides_at_ms = now_ms + department->script->decides_after_ms,
                                    .is_twice = is_twice};
    snprintf(record->key, sizeof(record->key), "%s", key);
    snprintf(record->ref, sizeof(record->ref), "D-%zu", department->record_count);
    return record;
}

static void part_fill(struct base_buffer *out, const char *text, size_t size, const char *ref, const char *key)
{
    for (size_t i = 0; i < size;) {
        if (size - i >= 6 && strncmp(text + i, "${ref}", 6) == 0) {
            base_buffer_put_text(out, ref);
            i += 6;
        } else if (size - i >= 6 && strncmp(text + i, "${key}", 6) == 0) {
            base_buffer_put_text(out, key);
            i += 6;
        } else {
            base_buffer_put(out, text + i++, 1);
        }
    }
}

/* A key is printed within JSON: only what stands for itself there is taken over. */
void check_department_fill(struct base_buffer *out, const struct base_json *json, const char *ref, const char *key)
{
    struct base_buffer text = {0};
    bool is_plain = strpbrk(key, "\"\\") == NULL && strpbrk(ref, "\"\\") == NULL;

    if (json == NULL)
        return;
    base_json_put(&text, NULL, json);
    part_fill(out, text.bytes, text.is_broken ? 0 : text.size, is_plain ? ref : "", is_plain ? key : "");
    base_buffer_fini(&text);
}

static void answer_put(struct check_response *response, const struct check_answer *answer,
                       const struct check_record *record)
{
    response->status = answer->status;
    check_department_fill(&response->body, answer->body, record != NULL ? record->ref : "",
                          record != NULL ? record->key : "");
}

static void submit(struct check_department *department, const struct check_route *route, const char *key,
                   int64_t now_ms, struct check_response *response)
{
    struct check_record *record = check_department_find(department, key);

    department->submit_count++;
    department->keyless_count += key[0] == '\0';
    if (record == NULL || !department->dedupes || key[0] == '\0')
        record = record_add(department, key, now_ms);
    response->is_registered = true;
    if (record != NULL)
        answer_put(response, &route->answer, record);
    else
        response->status = 507;
}

static void tell(struct check_department *department, const struct check_route *route, const struct match *match,
                 int64_t now_ms, struct check_response *response)
{
    static const struct check_answer not_found = {.status = 404};
    const struct check_record *record = route->does == CHECK_DOES_LOOKUP
                                            ? check_department_find(department, match->key)
                                            : ref_find(department, match->ref);

    if (route->does == CHECK_DOES_ANSWER)
        answer_put(response, &route->answer, record);
    else if (record == NULL)
        answer_put(response, route->missing.status != 0 ? &route->missing : &not_found, NULL);
    else if (now_ms < record->decides_at_ms && route->pending.status != 0)
        answer_put(response, &route->pending, record);
    else
        answer_put(response, &route->answer, record);
}

/* What becomes of the answer on its way. */
static void spoil(enum check_fault fault, struct check_response *response)
{
    response->fault = fault;
    if (fault == CHECK_FAULT_GARBAGE || fault == CHECK_FAULT_EMPTY || fault == CHECK_FAULT_ERROR ||
        fault == CHECK_FAULT_BUSY)
        base_buffer_clear(&response->body);
    if (fault == CHECK_FAULT_GARBAGE)
        base_buffer_put_text(&response->body, "<html>\xff{\"id\": [nonsense");
    if (fault == CHECK_FAULT_ERROR || fault == CHECK_FAULT_BUSY) {
        response->status = fault == CHECK_FAULT_ERROR ? 500 : 503;
        base_buffer_put_text(&response->body, "{\"error\": \"the department has a bad day\"}");
    }
}

static bool is_acting(enum check_fault fault)
{
    return fault != CHECK_FAULT_REFUSED && fault != CHECK_FAULT_TIMEOUT && fault != CHECK_FAULT_ERROR &&
           fault != CHECK_FAULT_BUSY;
}

static void serve(struct check_department *department, const struct check_request *request, int64_t now_ms,
                  struct check_response *response)
{
    struct match match;
    const struct check_route *route = route_find(department, request, &match);
    uint32_t routes = department->fault_routes;

    department->request_count++;
    if (route == NULL) {
        department->strange_count++;
        snprintf(department->strange, sizeof(department->strange), "%.16s %.200s", request->method, request->path);
        response->status = 404;
        return;
    }
    enum check_fault fault = routes == 0 || (routes >> route->does & 1u) != 0 ? department->fault : CHECK_FAULT_NONE;
    if (route->does == CHECK_DOES_SUBMIT)
        key_find(route, request, &match);
    if (is_acting(fault) && route->does == CHECK_DOES_SUBMIT)
        submit(department, route, match.key, now_ms, response);
    else if (is_acting(fault))
        tell(department, route, &match, now_ms, response);
    if (fault != CHECK_FAULT_NONE)
        spoil(fault, response);
}

void check_department_take(struct check_department *department, const struct check_request *request, int64_t now_ms,
                           struct check_response *response)
{
    serve(department, request, now_ms, response);
    if (department->on_request != NULL)
        department->on_request(department->arg, request, response);
}

size_t check_department_doubles(const struct check_department *department)
{
    size_t count = 0;

    for (size_t i = 0; i < department->record_count; i++)
        count += department->records[i].is_twice;
    return count;
}

int64_t check_department_next_ms(const struct check_department *department, int64_t now_ms)
{
    int64_t next_ms = INT64_MAX;

    for (size_t i = 0; i < department->record_count; i++) {
        int64_t at_ms = department->records[i].decides_at_ms;

        if (at_ms > now_ms && at_ms < next_ms)
            next_ms = at_ms;
    }
    return next_ms;
}
