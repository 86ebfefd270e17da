/* SPDX-License-Identifier: Apache-2.0 */
/* Connectors: what runs, loading one into the running hub, unloading it. */
#include <stdio.h>
#include <string.h>

#include "front/pages_rows.h"

/* -- The list and the form to load one -- */

/* Names of the modules that can be loaded. */
static void put_modules(struct base_buffer *view, const struct base_json *modules)
{
    base_json_open(view, "modules", '[');
    for (const struct base_json *item = base_json_first(base_json_member(modules, "items"));
         item != NULL; item = base_json_next(item))
        if (base_json_member_text(item, "fault") == NULL)
            base_json_put_text(view, NULL, base_json_member_text(item, "module"));
    base_json_close(view, ']');
}

static void show_list(struct front_visit *visit, int status, const char *config_fault)
{
    const struct front_visit_ask *modules = &visit->asks[visit->ask_count - 1],
                                 *departments = modules - 1, *connectors = departments - 1;

    if (!front_visit_is_fine(connectors)) {
        front_visit_problem(visit, connectors);
        return;
    }
    base_json_open(&visit->view, NULL, '{');
    front_page_put_options(&visit->view, "departments", departments->json,
                           front_visit_field(visit, "department"));
    put_modules(&visit->view, modules->json);
    base_json_put_text(&visit->view, "config_fault", config_fault);
    base_json_put_bool(&visit->view, "may_load",
                       front_visit_may(visit->request->identity.roles, FRONT_CONNECTOR_LOAD));
    base_json_close(&visit->view, '}');
    visit->is_private = true;
    front_visit_render(visit, status, "connectors");
}

static void ask_list(struct front_visit *visit)
{
    front_visit_ask(
        visit, &(struct front_visit_wish){.route = FRONT_CONNECTOR_LIST, .name = "connectors"});
    front_visit_ask(visit, &(struct front_visit_wish){.route = FRONT_DEPARTMENT_LIST,
                                                      .name = "departments"});
    front_visit_ask(visit,
                    &(struct front_visit_wish){.route = FRONT_MODULE_LIST, .name = "modules"});
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

/* -- Loading -- */

static void refused_step(struct front_visit *visit)
{
    show_list(visit, visit->asks[1].status, NULL);
}

static void fault_step(struct front_visit *visit)
{
    struct base_json_error error;
    const char *config = front_visit_field(visit, "config");
    char text[160];

    if (base_json_check(config, strlen(config), &error) == OD_ESYNTAX)
        snprintf(text, sizeof(text), "%s (%u:%u)",
                 front_say(visit->request, "不是合格的 JSON（行:列）",
                           "this is not strict JSON (line:column)"),
                 error.line, error.column);
    else
        snprintf(text, sizeof(text), "%s",
                 front_say(visit->request, "应为 JSON 对象 {...}",
                           "it is to be a JSON object {...}"));
    show_list(visit, 422, text);
}

static void load_step(struct front_visit *visit)
{
    const struct front_visit_ask *load = &visit->asks[1];
    struct base_buffer path = {0};

    if (front_visit_is_fine(load)) {
        base_buffer_put_text(&path, "/connectors/");
        front_visit_put_encoded(&path, front_visit_field(visit, "id"));
        base_buffer_put_text(&path, "?done=load");
        front_visit_redirect(visit, base_buffer_text(&path));
        base_buffer_fini(&path);
    } else if (load->status == 401 || load->status == 403) {
        front_visit_problem(visit, load);
    } else {
        ask_list(visit);
        front_visit_go(visit, refused_step);
    }
}

static bool is_object(const char *text)
{
    struct base_json_error error;

    return *text == '\0' ||
           (*text == '{' && base_json_check(text, strlen(text), &error) == OD_OK);
}

void front_page_connectors_sent(struct front_visit *visit)
{
    const char *config = front_visit_field(visit, "config"),
               *department = front_visit_field(visit, "department");
    struct base_buffer body = {0};

    if (!is_object(config)) {
        ask_list(visit);
        front_visit_go(visit, fault_step);
        return;
    }
    base_json_open(&body, NULL, '{');
    base_json_put_text(&body, "module", front_visit_field(visit, "module"));
    if (*department != '\0')
        base_json_put_text(&body, "department", department);
    if (*config != '\0')
        base_json_put_raw(&body, "config", config, strlen(config));
    base_json_close(&body, '}');
    front_visit_ask(visit, &(struct front_visit_wish){.route = FRONT_CONNECTOR_LOAD,
                                                      .name = "act",
                                                      .param = front_visit_field(visit, "id"),
                                                      .body = base_buffer_text(&body),
                                                      .body_size = body.size});
    base_buffer_fini(&body);
    front_visit_go(visit, load_step);
}

/* -- One connector -- */

static void connector_step(struct front_visit *visit)
{
    if (!front_visit_is_fine(&visit->asks[1])) {
        front_visit_problem(visit, &visit->asks[1]);
        return;
    }
    base_json_open(&visit->view, NULL, '{');
    base_json_put_bool(&visit->view, "may_load",
                       front_visit_may(visit->request->identity.roles, FRONT_CONNECTOR_LOAD));
    base_json_close(&visit->view, '}');
    visit->is_private = true;
    front_visit_render(visit, 200, "connector");
}

void front_page_connector(struct front_visit *visit)
{
    front_visit_ask(visit, &(struct front_visit_wish){.route = FRONT_CONNECTOR_SHOW,
                                                      .name = "connector",
                                                      .param = visit->params[0]});
    front_visit_ask(visit, &(struct front_visit_wish){.route = FRONT_CONNECTOR_LOGS,
                                                      .name = "logs",
                                                      .param = visit->params[0]});
    front_visit_go(visit, connector_step);
}

static void unload_step(struct front_visit *visit)
{
    if (front_visit_is_fine(&visit->asks[1]))
        front_visit_redirect(visit, "/connectors?done=unload");
    else
        front_visit_problem(visit, &visit->asks[1]);
}

void front_page_connector_sent(struct front_visit *visit)
{
    visit->link = "/connectors";
    if (strcmp(visit->params[1], "unload") != 0) {
        front_visit_refuse(visit, 404, "not_found");
        return;
    }
    if (*front_visit_field(visit, "confirmed") == '\0') {
        front_visit_refuse(visit, 422, "unconfirmed");
        return;
    }
    front_visit_ask(visit, &(struct front_visit_wish){.route = FRONT_CONNECTOR_UNLOAD,
                                                      .name = "act",
                                                      .param = visit->params[0]});
    front_visit_go(visit, unload_step);
}
