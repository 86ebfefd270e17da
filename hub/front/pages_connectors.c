/* SPDX-License-Identifier: Apache-2.0 */
/* Connectors: what runs, and the form to load one into the running hub. */
#include "front/pages_connectors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void front_connector_put_modules(struct front_visit *visit)
{
    const struct front_visit_ask *modules = front_visit_find(visit, "modules");

    base_json_open(&visit->view, "modules", '[');
    for (const struct base_json *item = base_json_first(base_json_member(modules->json, "items")); item != NULL;
         item = base_json_next(item))
        if (base_json_member_text(item, "fault") == NULL)
            base_json_put_text(&visit->view, NULL, base_json_member_text(item, "module"));
    base_json_close(&visit->view, ']');
}

/* What runs without a signature is told to whoever looks. */
static bool is_any_unsigned(const struct base_json *connectors)
{
    for (const struct base_json *item = base_json_first(base_json_member(connectors, "items")); item != NULL; item = base_json_next(item))
        if (base_json_is_true(base_json_member(item, "is_development")))
            return true;
    return false;
}

static int by_id(const void *a, const void *b)
{
    const char *one = base_json_member_text(*(const struct base_json *const *)a, "id"),
               *two = base_json_member_text(*(const struct base_json *const *)b, "id");

    return strcmp(one != NULL ? one : "", two != NULL ? two : "");
}

/* By name: an upgrade must not move a row. */
static void put_rows(struct front_visit *visit, const struct base_json *items)
{
    const struct base_json *rows[BASE_CONNECTORS_MAX];
    size_t count = 0;

    for (const struct base_json *item = base_json_first(items); item != NULL && count < BASE_CONNECTORS_MAX; item = base_json_next(item))
        rows[count++] = item;
    qsort(rows, count, sizeof(rows[0]), by_id);
    base_json_open(&visit->view, "rows", '[');
    for (size_t i = 0; i < count; i++)
        base_json_put(&visit->view, NULL, rows[i]);
    base_json_close(&visit->view, ']');
}

static void show_list(struct front_visit *visit, int status, const char *fault)
{
    const struct front_visit_ask *connectors = front_visit_find(visit, "connectors");

    if (!front_visit_is_fine(connectors)) {
        front_visit_problem(visit, connectors);
        return;
    }
    base_json_open(&visit->view, NULL, '{');
    front_page_put_options(&visit->view, "departments", front_visit_find(visit, "departments")->json,
                           front_visit_field(visit, "department"));
    front_connector_put_modules(visit);
    put_rows(visit, base_json_member(connectors->json, "items"));
    front_page_put_next(visit, "cursor", connectors->json);
    base_json_put_text(&visit->view, "fault", fault);
    base_json_put_bool(&visit->view, "is_development", is_any_unsigned(connectors->json));
    base_json_put_bool(&visit->view, "may_load", front_visit_may(visit->request->identity.roles, FRONT_CONNECTOR_LOAD));
    base_json_close(&visit->view, '}');
    visit->is_private = true;
    front_visit_render(visit, status, "connectors");
}

static void ask_list(struct front_visit *visit)
{
    struct base_buffer query = {0};

    front_page_put_pair(&query, "cursor", front_visit_query(visit, "cursor"));
    front_visit_ask(visit, &(struct front_visit_wish){.route = FRONT_CONNECTOR_LIST, .name = "connectors", .query = base_buffer_text(&query)});
    base_buffer_fini(&query);
    front_visit_ask(visit, &(struct front_visit_wish){.route = FRONT_DEPARTMENT_LIST, .name = "departments"});
    front_visit_ask(visit, &(struct front_visit_wish){.route = FRONT_MODULE_LIST, .name = "modules"});
}

static void list_step(struct front_visit *visit)
{
    show_list(visit, 200, NULL);
}

void front_page_connectors(struct front_visit *visit)
{
    ask_list(visit);
    front_visit_go(visit, list_step);
}

bool front_connector_object_check(struct front_visit *visit, const char *field, char text[FRONT_CONFIG_FAULT_SIZE])
{
    const char *typed = front_visit_field(visit, field);
    struct base_json_error error;

    if (*typed == '\0')
        return true;
    if (base_json_check(typed, strlen(typed), &error) == OD_ESYNTAX) {
        snprintf(text, FRONT_CONFIG_FAULT_SIZE, "%s (%u:%u)",
                 front_say(visit->request, "不是合格的 JSON（行:列）", "this is not strict JSON (line:column)"), error.line, error.column);
        return false;
    }
    snprintf(text, FRONT_CONFIG_FAULT_SIZE, "%s",
             front_say(visit->request, "应为 JSON 对象 {...}", "it is to be a JSON object {...}"));
    return *typed == '{';
}

static void fault_step(struct front_visit *visit)
{
    char text[FRONT_CONFIG_FAULT_SIZE];

    if (front_connector_object_check(visit, "config", text))
        (void)front_connector_object_check(visit, "remote", text);
    show_list(visit, 422, text);
}

void front_connectors_show_fault(struct front_visit *visit)
{
    ask_list(visit);
    front_visit_go(visit, fault_step);
}

void front_page_connectors_sent(struct front_visit *visit)
{
    visit->link = "/connectors";
    front_connector_act(visit, "load", front_visit_field(visit, "id"));
}
