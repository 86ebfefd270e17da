/* SPDX-License-Identifier: Apache-2.0 */
/* The published guide: services, matters and departments of the running catalogue. */
#include "catalog/search.h"
#include "engine/center.h"
#include "engine/paging.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void answer_unknown(struct front_request *request)
{
    front_answer_problem(request, FRONT_NOT_FOUND,
                         front_say(request, "目录中没有这个编号。", "The catalogue has no such id."), NULL, 0);
}

static void service_show(struct engine *engine, struct front_request *request)
{
    const struct catalog_service *service = catalog_service_find(engine->catalog, request->params[0]);
    struct base_buffer body = {0};

    if (service == NULL) {
        answer_unknown(request);
        return;
    }
    if (request->route == FRONT_SERVICE_SHOW && (engine->is_demo || request->identity.roles == FRONT_ROLE_CITIZEN))
        engine_center_visit(engine, service->id);
    if (request->route == FRONT_SERVICE_EXAMPLE)
        catalog_put_example(&body, NULL, service);
    else
        catalog_put_service(&body, NULL, service);
    front_answer(request, 200, "application/json", NULL, &body);
}

static void matter_show(struct engine *engine, struct front_request *request)
{
    const struct catalog_matter *matter = catalog_matter_find(engine->catalog, request->params[0]);
    struct base_buffer body = {0};

    if (matter == NULL) {
        answer_unknown(request);
        return;
    }
    catalog_put_matter(&body, NULL, matter);
    front_answer(request, 200, "application/json", NULL, &body);
}

static void put_department_at(struct base_buffer *body, const struct engine *engine, size_t index)
{
    const struct catalog_department *department = catalog_department_at(engine->catalog, index);
    const struct engine_department *route = NULL;

    for (size_t i = 0; i < engine->department_count && route == NULL; i++)
        if (strcmp(engine->departments[i]->id, department->id) == 0)
            route = engine->departments[i];
    base_json_open(body, NULL, '{');
    base_json_put_text(body, "id", department->id);
    catalog_put_text(body, "name", &department->name);
    const char *served_by = route != NULL && route->link != NULL ? connect_link_id(route->link) : "worklist";
    base_json_put_text(body, "route", route != NULL && route->unserved[0] != '\0' ? route->unserved : served_by);
    base_json_close(body, '}');
}

static void open_page(struct base_buffer *body, const struct engine *engine)
{
    base_json_open(body, NULL, '{');
    base_json_put_text(body, "catalog_version", catalog_version(engine->catalog));
    catalog_put_text(body, "center", catalog_center_name(engine->catalog));
    base_json_open(body, "items", '[');
}

static void department_list(struct engine *engine, struct front_request *request)
{
    struct engine_page page;
    struct base_buffer body = {0};

    if (!engine_page_take(request, catalog_department_count(engine->catalog), &page))
        return;
    open_page(&body, engine);
    for (size_t i = page.from; i < page.until; i++)
        put_department_at(&body, engine, i);
    base_json_close(&body, ']');
    engine_page_answer(request, "/v1/departments", &body, page.until < page.count ? page.until : 0, page.count);
}

/* All of them, or those of one department. Cost: O(matters). */
static void matter_list(struct engine *engine, struct front_request *request)
{
    const char *department = front_query(request, "department");
    const struct catalog_department *own = department != NULL ? catalog_department_find(engine->catalog, department) : NULL;
    struct base_buffer body = {0};
    struct engine_page page;
    size_t found = 0, next = 0;

    if (department != NULL && own == NULL) {
        engine_refuse_query(request, "department");
        return;
    }
    if (!engine_page_take(request, catalog_matter_count(engine->catalog), &page))
        return;
    size_t room = page.until - page.from;
    open_page(&body, engine);
    for (size_t i = 0; i < page.count; i++) {
        const struct catalog_matter *matter = catalog_matter_at(engine->catalog, i);

        if (own != NULL && matter->department != own)
            continue;
        found++;
        if (i >= page.from && room > 0) {
            catalog_put_matter(&body, NULL, matter);
            room--;
        } else if (i >= page.from && next == 0) {
            next = i;
        }
    }
    base_json_close(&body, ']');
    engine_page_answer(request, "/v1/matters", &body, next, found);
}

/* -- GET /v1/services: all of them, or those that are searched for -- */

#define SEARCH_TEXT_MAX 200 /* bytes */

/* NULL = fine, else the parameter that is not. */
static const char *search_fault(struct engine *engine, struct front_request *request, struct catalog_search *search)
{
    const char *text = front_query(request, "q"), *initial = front_query(request, "initial"), *kind = front_query(request, "for");

    *search = (struct catalog_search){.text = text != NULL && *text != '\0' ? text : NULL,
                                      .department = front_query(request, "department")};
    if (text != NULL && strlen(text) > SEARCH_TEXT_MAX)
        return "q";
    if (initial != NULL && (initial[0] < 'a' || initial[0] > 'z' || initial[1] != '\0'))
        return "initial";
    if (initial != NULL)
        search->initial = *initial;
    if (kind != NULL && strcmp(kind, "person") != 0 && strcmp(kind, "organization") != 0)
        return "for";
    if (kind != NULL)
        search->applicant_kinds = *kind == 'p' ? CATALOG_APPLICANT_PERSON : CATALOG_APPLICANT_ORGANIZATION;
    if (search->department != NULL && catalog_department_find(engine->catalog, search->department) == NULL)
        return "department";
    return NULL;
}

/* The letters with which the names of services begin, so that a page shows those alone. */
static void put_initials(struct base_buffer *body, const struct catalog *catalog)
{
    bool has[26] = {false};

    for (size_t i = 0; i < catalog_service_count(catalog); i++) {
        char initial = catalog_service_at(catalog, i)->initials[0];

        if (initial >= 'a' && initial <= 'z')
            has[initial - 'a'] = true;
    }
    base_json_open(body, "initials", '[');
    for (int i = 0; i < 26; i++)
        if (has[i])
            base_json_put_text(body, NULL, (const char[]){(char)('a' + i), '\0'});
    base_json_close(body, ']');
}

/* How many are found; *next: where the next page begins, 0 = there is none. */
static size_t services_put(struct base_buffer *body, struct engine *engine, const struct engine_page *page, const struct catalog_search *search,
                           size_t *next)
{
    size_t found = 0, shown = 0, room = page->until - page->from;

    *next = 0;
    base_json_open(body, "items", '[');
    for (size_t i = 0; i < page->count; i++) {
        const struct catalog_service *service = catalog_service_at(engine->catalog, i);

        if (!catalog_service_is_found(service, search))
            continue;
        found++;
        if (i >= page->from && shown == room && *next == 0)
            *next = i;
        if (i < page->from || shown == room)
            continue;
        catalog_put_service_brief(body, NULL, service);
        shown++;
    }
    base_json_close(body, ']');
    return found;
}

static void service_list(struct engine *engine, struct front_request *request)
{
    struct catalog_search search;
    struct engine_page page;
    struct base_buffer body = {0};
    size_t next;
    const char *fault = search_fault(engine, request, &search);

    if (fault != NULL) {
        engine_refuse_query(request, fault);
        return;
    }
    if (!engine_page_take(request, catalog_service_count(engine->catalog), &page))
        return;
    base_json_open(&body, NULL, '{');
    base_json_put_text(&body, "catalog_version", catalog_version(engine->catalog));
    engine_put_ms(&body, "catalog_since", engine->catalog_since_ms);
    catalog_put_text(&body, "center", catalog_center_name(engine->catalog));
    put_initials(&body, engine->catalog);
    size_t found = services_put(&body, engine, &page, &search, &next);
    engine_page_answer(request, "/v1/services", &body, next, found);
}

void engine_guide_perform(struct engine *engine, struct front_request *request)
{
    switch ((int)request->route) {
    case FRONT_SERVICE_SHOW:
    case FRONT_SERVICE_EXAMPLE: service_show(engine, request); break;
    case FRONT_MATTER_SHOW: matter_show(engine, request); break;
    case FRONT_SERVICE_LIST: service_list(engine, request); break;
    case FRONT_MATTER_LIST: matter_list(engine, request); break;
    default: department_list(engine, request); break;
    }
}
