/* SPDX-License-Identifier: Apache-2.0 */
/* GET /v1/statistics: the sums of some months, parted by up to two dimensions.
 *
 *   engine_statistics -> fault (422) -> [pool: read_sums] -> on_sums: names, order, page -> JSON or CSV
 *
 * Of by=service there may be hundreds of services, each with its departments or months: `services` asks for some of those that
 * have figures, and no more than these is read. */
#include "engine/statistics.h"
#include "store/sums.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MONTHS_A_YEAR 12

/* -- What is asked -- */

static void refuse(struct front_request *request, const char *name, const char *zh, const char *en)
{
    struct front_problem_item item = {.pointer = "", .code = name, .detail = front_say(request, zh, en)};

    front_answer_problem(request, FRONT_INVALID, NULL, &item, 1);
}

static void refuse_wide(struct front_request *request)
{
    refuse(request, "by", "分组过多；请缩小月份范围，或只按一项分组。",
           "That parts the sums into too many groups; ask for fewer months, or by one dimension.");
}

/* "2026-11". */
static bool read_month(const char *text, int32_t *month)
{
    char day[BASE_DATE_SIZE];
    int32_t parsed;

    if (text == NULL)
        return true;
    if (strlen(text) != 7 || snprintf(day, sizeof(day), "%s-01", text) != BASE_DATE_SIZE - 1 || base_day_parse(day, &parsed) != OD_OK)
        return false;
    *month = engine_month_of(parsed);
    return true;
}

static int32_t months_between(int32_t from, int32_t until)
{
    return (until / 100 - from / 100) * MONTHS_A_YEAR + until % 100 - from % 100;
}

static bool is_span_fine(struct front_request *request, const struct engine *engine, struct engine_statistics_query *query)
{
    query->until = engine_month_of(engine->now.day);
    query->from = 0;
    if (!read_month(front_query(request, "to"), &query->until) || !read_month(front_query(request, "from"), &query->from)) {
        refuse(request, "month", "from 与 to 应为年月，如 2026-11。", "from and to are months, such as 2026-11.");
        return false;
    }
    if (query->from == 0)
        query->from = query->until / 100 * 100 + 1; /* the year so far */
    if (months_between(query->from, query->until) < 0 ||
        months_between(query->from, query->until) >= ENGINE_STATISTICS_MONTHS_MAX) {
        refuse(request, "month", "from 不得晚于 to，最多 120 个月；请缩小范围。",
               "from must not be after to, and at most 120 months are told at once; ask for fewer.");
        return false;
    }
    return true;
}

static enum engine_dimension find_dimension(const char *word, size_t size)
{
    for (unsigned i = ENGINE_BY_SERVICE; i < ENGINE_DIMENSIONS; i++) {
        const char *name = engine_dimension_name((enum engine_dimension)i);
        if (strlen(name) == size && memcmp(name, word, size) == 0)
            return (enum engine_dimension)i;
    }
    return ENGINE_DIMENSION_NONE;
}

/* One word, or two that differ. */
static bool read_by(const char *text, enum engine_dimension by[2])
{
    for (unsigned i = 0; i < 2; i++) {
        size_t size = strcspn(text, ",");

        by[i] = find_dimension(text, size);
        if (by[i] == ENGINE_DIMENSION_NONE)
            return false;
        if (text[size] == '\0')
            return i == 0 || by[0] != by[1];
        text += size + 1;
    }
    return false;
}

static bool has_dimension(const struct engine_statistics_query *query, enum engine_dimension dimension)
{
    return query->by[0] == dimension || query->by[1] == dimension;
}

/* Of services by month there are no sums of years: what would be too much is not begun. */
static bool is_too_wide(const struct engine *engine, const struct engine_statistics_query *query)
{
    size_t months = (size_t)months_between(query->from, query->until) + 1;

    return query->service == 0 && has_dimension(query, ENGINE_BY_SERVICE) && has_dimension(query, ENGINE_BY_MONTH) &&
           catalog_service_count(engine->catalog) * months > ENGINE_STATISTICS_CELLS_MAX;
}

static bool is_by_fine(const struct engine *engine, struct front_request *request, struct engine_statistics_query *query)
{
    const char *by = front_query(request, "by");

    if (by != NULL && !read_by(by, query->by)) {
        refuse(request, "by", "by 为 service、department、window、month、officer 之一，或用逗号隔开的两项。",
               "by is one of service, department, window, month, officer, or two of them with a comma between.");
        return false;
    }
    query->is_of_tasks = query->department != 0 || has_dimension(query, ENGINE_BY_DEPARTMENT);
    if (has_dimension(query, ENGINE_BY_OFFICER) && (query->is_of_tasks || has_dimension(query, ENGINE_BY_WINDOW))) {
        refuse(request, "by", "工作人员不能与部门、窗口交叉；请只选其一。",
               "Officers cannot be crossed with departments and windows: ask by one of them.");
        return false;
    }
    if (is_too_wide(engine, query)) {
        refuse_wide(request);
        return false;
    }
    if (query->is_of_tasks && has_dimension(query, ENGINE_BY_WINDOW)) {
        refuse(request, "by", "窗口只统计申请，部门只统计任务，二者不能交叉；请只选其一。",
               "A window counts applications and a department its tasks: ask by one of them.");
        return false;
    }
    return true;
}

bool engine_sees_officers(const struct front_request *request)
{
    const struct front_identity *who = &request->identity;

    return (who->roles & (FRONT_ROLE_SUPERVISOR | FRONT_ROLE_ADMIN)) != 0 ||
           ((who->roles & FRONT_ROLE_HEAD) != 0 && who->department[0] == '\0');
}

static bool may_ask(struct front_request *request, const struct engine_statistics_query *query)
{
    if (!has_dimension(query, ENGINE_BY_OFFICER) || engine_sees_officers(request))
        return true;
    front_answer_problem(request, FRONT_FORBIDDEN,
                         front_say(request, "按工作人员统计只供监督岗位和政府负责人查看；本人的数据见 /v1/assessments。",
                                   "What each officer did is for supervision and the head of the government; your own is in /v1/assessments."), NULL, 0);
    return false;
}

static bool is_filter_fine(struct engine *engine, struct front_request *request, struct engine_statistics_query *query)
{
    const char *service = front_query(request, "service"), *department = front_query(request, "department");
    struct engine_department *found;

    if (service != NULL && (catalog_service_find(engine->catalog, service) == NULL ||
                            store_service(engine->store, service, &query->service) != OD_OK)) {
        refuse(request, "service", "目录中没有这个服务，请从 /v1/services 选择。",
               "The catalogue has no such service; choose one of /v1/services.");
        return false;
    }
    if (department == NULL)
        return true;
    if (catalog_department_find(engine->catalog, department) == NULL ||
        engine_department_get(engine, department, &found) != OD_OK) {
        refuse(request, "department", "目录中没有这个部门，请从 /v1/departments 选择。",
               "The catalogue has no such department; choose one of /v1/departments.");
        return false;
    }
    query->department = found->number;
    return true;
}

static bool is_page_fine(struct front_request *request, struct engine_statistics_query *query)
{
    const char *limit = front_query(request, "limit"), *cursor = front_query(request, "cursor");
    int used = 0;
    char *end;

    query->limit = BASE_PAGE_MAX;
    if (limit != NULL) {
        unsigned long size = strtoul(limit, &end, 10);
        if (*limit < '0' || *limit > '9' || *end != '\0' || size < 1 || size > ENGINE_STATISTICS_PAGE_MAX) {
            refuse(request, "limit", "limit 应为 1 到 1000。", "limit is 1 to 1000.");
            return false;
        }
        query->limit = (uint32_t)size;
    }
    query->has_cursor = cursor != NULL;
    if (cursor != NULL && (*cursor < '0' || *cursor > '9' ||
                           sscanf(cursor, "%u.%u%n", &query->after[0], &query->after[1], &used) != 2 || cursor[used] != '\0')) {
        refuse(request, "cursor", "cursor 应为上一页给出的值。", "cursor is what the page before gave.");
        return false;
    }
    return true;
}

/* services=24&after_service=ID. */
static bool is_services_fine(struct front_request *request, struct engine_statistics_query *query)
{
    int64_t services = 0;

    if (!engine_query_integer(request, "services", 1, ENGINE_STATISTICS_SERVICES_MAX, &services) ||
        (services > 0 && (query->service != 0 || !has_dimension(query, ENGINE_BY_SERVICE))) ||
        (services == 0 && front_query(request, "after_service") != NULL)) {
        refuse(request, "services", "services 应为 1 到 100，且 by 含 service、不另选一项服务。",
               "services is 1 to 100, with a by that has service, and no service chosen.");
        return false;
    }
    query->services_max = (uint32_t)services;
    return true;
}

static bool is_form_fine(struct front_request *request, struct engine_statistics_query *query)
{
    const char *format = front_query(request, "format"), *accept = front_header(request, "Accept");

    query->is_brief = front_query(request, "brief") != NULL && strcmp(front_query(request, "brief"), "true") == 0;
    query->is_csv = format != NULL ? strcmp(format, "csv") == 0 : accept != NULL && strstr(accept, "text/csv") != NULL;
    if (format == NULL || query->is_csv || strcmp(format, "json") == 0)
        return true;
    refuse(request, "format", "format 为 json 或 csv。", "format is json or csv.");
    return false;
}

/* -- Adding up, in the pool -- */

static uint32_t key_of(const struct store_count *count, enum engine_dimension dimension)
{
    switch (dimension) {
    case ENGINE_DIMENSION_NONE: break;
    case ENGINE_BY_SERVICE: return count->service;
    case ENGINE_BY_DEPARTMENT: return count->department;
    case ENGINE_BY_WINDOW: return count->window;
    case ENGINE_BY_MONTH: return (uint32_t)count->month;
    case ENGINE_BY_OFFICER: return count->window;
    case ENGINE_DIMENSIONS: break;
    }
    return 0;
}

static bool is_of_item(const struct engine_statistics_query *query, const struct store_count *count)
{
    if (has_dimension(query, ENGINE_BY_OFFICER))
        return count->department == ENGINE_COUNT_OFFICER;
    if (!query->is_of_tasks)
        return count->department == 0;
    if (count->department == ENGINE_COUNT_OFFICER)
        return false;
    return query->department != 0 ? count->department == query->department : count->department != 0;
}

static int on_sum(void *owner, const struct store_count *count)
{
    struct engine_statistics_query *query = owner;
    uint32_t keys[2] = {key_of(count, query->by[0]), key_of(count, query->by[1])};
    struct engine_group *group;

    if (count->measure >= ENGINE_MEASURES || (query->service != 0 && count->service != query->service))
        return OD_OK;
    if (query->is_of_total && count->department == query->department)
        engine_measure_add(&query->total.sums[count->measure], count->measure, count->delta);
    if (!query->is_of_items || query->by[0] == ENGINE_DIMENSION_NONE || !is_of_item(query, count))
        return OD_OK;
    int rc = engine_group_get(&query->groups, keys, &group);
    if (rc == OD_OK)
        engine_measure_add(&group->sums[count->measure], count->measure, count->delta);
    return rc;
}

/* The total from the sums of all services, the items service by service. */
static int read_services(struct engine_statistics_query *query, struct store_reader *reader, const struct store_sum_filter *filter)
{
    struct store_sum_filter whole = {.month_from = query->from, .month_to = query->until, .department_from = query->department,
                                     .department_to = query->department};

    query->is_of_items = false;
    int rc = store_read_sums(reader, &whole, on_sum, query);
    query->is_of_items = true;
    query->is_of_total = false;
    return rc == OD_OK ? store_read_sums_of(reader, filter, query->services, query->service_count, query->services_max, &query->service_used,
                                            on_sum, query) : rc;
}

/* The total is always read: of the whole, or of the one department. */
static void read_sums(struct engine_job *job, struct store_reader *reader)
{
    struct engine_statistics_query *query = job->data;
    struct store_sum_filter filter = {.month_from = query->from, .month_to = query->until, .service = query->service,
                                      .department_from = query->department, .department_to = query->department,
                                      .is_by_month = has_dimension(query, ENGINE_BY_MONTH),
                                      .is_by_service = has_dimension(query, ENGINE_BY_SERVICE)};

    if (has_dimension(query, ENGINE_BY_OFFICER))
        filter.department_to = ENGINE_COUNT_OFFICER;
    else if (query->is_of_tasks && query->department == 0)
        filter.department_to = ENGINE_COUNT_OFFICER - 1;
    query->is_of_total = query->is_of_items = true;
    job->rc = query->services_max > 0 ? read_services(query, reader, &filter) : store_read_sums(reader, &filter, on_sum, query);
}

/* -- Services by id -- */

struct named {
    const char *id;
    uint32_t number;
};

static int compare_named(const void *left, const void *right)
{
    return strcmp(((const struct named *)left)->id, ((const struct named *)right)->id);
}

/* Every service that ever had a number, those behind after_service. */
static int take_services(struct engine *engine, const char *after, struct engine_statistics_query *query)
{
    struct named *named;
    size_t known = 0, count = 0;
    const char *id;

    while (store_service_name(engine->store, (uint32_t)known + 1) != NULL)
        known++;
    named = base_alloc((known + 1) * sizeof(*named));
    query->services = base_alloc((known + 1) * sizeof(*query->services));
    if (named == NULL || query->services == NULL) {
        base_free(named);
        return OD_ENOMEM;
    }
    for (uint32_t number = 1; number <= known; number++)
        if ((id = store_service_name(engine->store, number)) != NULL && (after == NULL || strcmp(id, after) > 0))
            named[count++] = (struct named){.id = id, .number = number};
    qsort(named, count, sizeof(*named), compare_named);
    for (size_t i = 0; i < count; i++)
        query->services[i] = named[i].number;
    query->service_count = count;
    base_free(named);
    return OD_OK;
}

/* -- Answering -- */

static int order_of(const struct engine_group *a, const struct engine_group *b, unsigned i)
{
    if (a->names[i] != NULL && b->names[i] != NULL)
        return strcmp(a->names[i], b->names[i]);
    return a->keys[i] < b->keys[i] ? -1 : a->keys[i] > b->keys[i];
}

static int compare(const void *left, const void *right)
{
    int order = order_of(left, right, 0);

    return order != 0 ? order : order_of(left, right, 1);
}

/* By ids, and months as they come. The slots do not follow: nothing is looked up afterwards. */
static void sort(const struct engine *engine, struct engine_statistics_query *query)
{
    char room[16];

    for (uint32_t i = 0; i < query->groups.count; i++)
        for (unsigned k = 0; k < 2; k++)
            if (query->by[k] != ENGINE_BY_MONTH)
                query->groups.items[i].names[k] = engine_dimension_id(engine, query->by[k], query->groups.items[i].keys[k], room);
    if (query->groups.count > 0)
        qsort(query->groups.items, query->groups.count, sizeof(*query->groups.items), compare);
}

/* Behind the item that the cursor names; the end when it names none. */
static uint32_t find_start(const struct engine_statistics_query *query)
{
    uint32_t at = 0;

    if (!query->has_cursor)
        return 0;
    while (at < query->groups.count && memcmp(query->groups.items[at].keys, query->after, sizeof(query->after)) != 0)
        at++;
    return at < query->groups.count ? at + 1 : at;
}

static void answer(const struct engine_job *job, struct engine_statistics_query *query)
{
    struct base_buffer body = {0};
    char cursor[32] = "";

    for (uint32_t i = 0; has_dimension(query, ENGINE_BY_OFFICER) && i < query->groups.count; i++)
        query->groups.items[i].sums[ENGINE_ACCEPTED] = engine_measure_in_hand(query->groups.items[i].sums);
    sort(job->engine, query);
    uint32_t from = find_start(query), left = query->groups.count - from;
    uint32_t until = left > query->limit ? from + query->limit : query->groups.count;
    if (until < query->groups.count)
        snprintf(cursor, sizeof(cursor), "%u.%u", query->groups.items[until - 1].keys[0], query->groups.items[until - 1].keys[1]);
    const char *headers = *cursor != '\0' ? engine_link_next(job->request, "/v1/statistics", cursor) : NULL;
    if (query->is_csv) {
        engine_statistics_put_csv(&body, job->engine, query, from, until, job->request->language);
        front_answer(job->request, 200, "text/csv; charset=utf-8; header=present", headers, &body);
    } else {
        engine_statistics_put_json(&body, job->engine, query, from, until, *cursor != '\0' ? cursor : NULL);
        front_answer(job->request, 200, "application/json", headers, &body);
    }
}

static void query_free(struct engine_statistics_query *query)
{
    if (query == NULL)
        return;
    engine_groups_fini(&query->groups);
    base_free(query->services);
    base_free(query);
}

static void on_sums(struct engine_job *job)
{
    struct engine_statistics_query *query = job->data;

    if (job->rc == OD_OK)
        answer(job, query);
    else if (job->rc == OD_ELIMIT)
        refuse_wide(job->request);
    else
        engine_answer_rc(job->request, job->rc);
    query_free(query);
}

static void ask(struct engine *engine, struct front_request *request)
{
    struct engine_statistics_query *query = base_alloc(sizeof(*query));
    int rc = OD_ENOMEM;

    if (query != NULL) {
        if (!is_span_fine(request, engine, query) || !is_filter_fine(engine, request, query) ||
            !is_by_fine(engine, request, query) || !may_ask(request, query) || !is_page_fine(request, query) ||
            !is_services_fine(request, query) || !is_form_fine(request, query)) {
            base_free(query);
            return;
        }
        rc = query->services_max > 0 ? take_services(engine, front_query(request, "after_service"), query) : OD_OK;
    }
    if (rc == OD_OK)
        rc = engine_job_start(engine, &(struct engine_job){.request = request, .run = read_sums, .on_done = on_sums, .data = query});
    if (rc != OD_OK) {
        query_free(query);
        engine_answer_rc(request, rc);
    }
}

void engine_statistics(struct engine *engine, struct front_request *request)
{
    if (front_query(request, "verify") != NULL)
        engine_statistics_verify(engine, request);
    else
        ask(engine, request);
}
