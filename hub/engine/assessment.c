/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/assessment.h"

#include <stdio.h>
#include <string.h>

#include "store/sums.h"

#define TRIES_MAX 16 /* others may close or amend the same sheet meanwhile */

/* Of the register's entries. The numbers are stored: only append. */
enum { STATE_CLOSING = 1, STATE_CLOSED = 2 };

struct asking {
    struct engine *engine;
    struct front_request *request;
    struct engine_assessment_query query;
    char name[16];               /* of the entry: the period */
    struct engine_groups groups; /* owned: keys are kind and the store's number */
    uint64_t journal_seq;        /* that the groups have counted up to */
    struct store_entry entry;    /* in the job's arena; id 0 = there is none yet */
    bool is_settled;             /* everything that happened in the period is durable */
    unsigned tries;
};

static void start_reading(struct asking *asking);

static void answer_rc(struct asking *asking, int rc)
{
    struct front_problem_item item = {.pointer = "", .code = "units",
                                      .detail = front_say(asking->request, "这一期的部门、窗口和工作人员超过 2048 个；请用 /v1/statistics 分项查询。",
                                                          "There are more than 2,048 departments, windows and officers in that period; ask /v1/statistics by one of them.")};

    if (rc == OD_ELIMIT)
        front_answer_problem(asking->request, FRONT_INVALID, NULL, &item, 1);
    else
        engine_answer_rc(asking->request, rc);
}

/* -- The sums of a period, in the pool -- */

static int add(struct asking *asking, enum engine_unit_kind kind, uint32_t number, const struct store_count *count)
{
    uint32_t keys[2] = {kind, number};
    struct engine_group *group;
    int rc = engine_group_get(&asking->groups, keys, &group);

    if (rc == OD_OK)
        engine_measure_add(&group->sums[count->measure], count->measure, count->delta);
    if (rc == OD_OK && asking->groups.count > ENGINE_ASSESSMENT_UNITS_MAX)
        rc = OD_ELIMIT;
    return rc;
}

static int on_sum(void *owner, const struct store_count *count)
{
    struct asking *asking = owner;

    if (count->measure >= ENGINE_MEASURES)
        return OD_OK;
    if (count->department == ENGINE_COUNT_OFFICER)
        return add(asking, ENGINE_UNIT_OFFICER, count->window, count);
    if (count->department != 0)
        return add(asking, ENGINE_UNIT_DEPARTMENT, count->department, count);
    int rc = add(asking, ENGINE_UNIT_CENTER, 0, count);
    return rc == OD_OK && count->measure != ENGINE_VISITS ? add(asking, ENGINE_UNIT_WINDOW, count->window, count) : rc;
}

/* A period of which nothing is known has the center's line all the same. */
static int read_sums(struct asking *asking, struct store_reader *reader)
{
    static const uint32_t center[2] = {ENGINE_UNIT_CENTER, 0};
    struct engine_group *group;
    const struct store_sum_filter filter = {.month_from = asking->query.from, .month_to = asking->query.until, .department_to = UINT16_MAX};
    int rc = engine_group_get(&asking->groups, center, &group);

    return rc == OD_OK ? store_read_sums_at(reader, &filter, &asking->journal_seq, on_sum, asking) : rc;
}

static void read_all(struct engine_job *job, struct store_reader *reader)
{
    struct asking *asking = job->data;

    asking->entry = (struct store_entry){0};
    job->rc = asking->query.is_over
                  ? store_read_entry_named(reader, ENGINE_ENTRY_ASSESSMENT, asking->name, &job->arena, &asking->entry) : OD_ENOTFOUND;
    if (job->rc == OD_ENOTFOUND)
        job->rc = OD_OK;
    if (job->rc == OD_OK)
        job->rc = read_sums(asking, reader);
}

/* -- Putting a sheet -- */

/* It is there, or somebody else was faster: it is read again. */
static void on_stored(struct engine *engine, void *data, int rc)
{
    struct asking *asking = data;

    (void)engine;
    if (rc != OD_OK && rc != OD_EEXIST && rc != OD_ESTATE)
        answer_rc(asking, rc);
    else
        start_reading(asking);
}

/* Its record was written after every other of the period, since time never goes back: so these are durable, too. */
static void on_settled(struct engine *engine, void *data, int rc)
{
    struct asking *asking = data;

    asking->is_settled = rc == OD_OK;
    on_stored(engine, data, rc);
}

static int put(struct asking *asking, uint8_t state, const char *type, const struct base_buffer *body, uint64_t differences)
{
    struct store_entry entry = {.kind = ENGINE_ENTRY_ASSESSMENT, .state = state, .id = asking->entry.id, .revision = asking->entry.revision,
                                .wake_minute = INT64_MAX, .at_ms = asking->engine->now.ms, .name = asking->name,
                                .body = body->bytes, .body_size = (uint32_t)body->size};
    struct base_buffer more = {0};

    if (entry.id == 0)
        entry.id = engine_entry_id(asking->engine, ENGINE_ENTRY_ASSESSMENT);
    base_json_put_text(&more, "period", asking->name);
    if (state == STATE_CLOSED)
        base_json_put_i64(&more, "journal_seq", (int64_t)asking->journal_seq);
    if (differences > 0)
        base_json_put_i64(&more, "differences", (int64_t)differences);
    const struct engine_entry_event event = {.type = type, .by = asking->request->identity.key_id, .more = base_buffer_text(&more)};
    int rc = body->is_broken || more.is_broken ? OD_ENOMEM
                                               : engine_entry_put(asking->engine, &entry, &event, state == STATE_CLOSING ? on_settled : on_stored, asking);
    base_buffer_fini(&more);
    return rc;
}

static int put_closing(struct asking *asking)
{
    struct base_buffer body = {0};

    base_json_open(&body, NULL, '{');
    base_json_close(&body, '}');
    int rc = put(asking, STATE_CLOSING, "assessment_closing", &body, 0);
    base_buffer_fini(&body);
    return rc;
}

/* -- From what was read to the answer -- */

static int tell(struct asking *asking, struct engine_sheet *sheet)
{
    int rc = engine_sheet_rank(sheet);

    if (rc == OD_OK)
        engine_assessment_answer(asking->request, &asking->query, sheet);
    return rc;
}

static int compare(struct asking *asking, struct engine_sheet *is)
{
    struct engine_sheet was;
    struct base_buffer body = {0};
    int rc = engine_sheet_read(asking->entry.body, asking->entry.body_size, &was);

    if (rc != OD_OK)
        return rc;
    uint64_t differences = engine_sheet_differences(&was, is);
    if (differences == 0)
        rc = tell(asking, &was);
    else
        rc = engine_sheet_amend(&body, &was, is);
    if (rc == OD_OK && differences > 0)
        rc = put(asking, STATE_CLOSED, "assessment_amended", &body, differences);
    base_buffer_fini(&body);
    engine_sheet_fini(&was);
    return rc;
}

/* The sheet of the sums that were just read. Once it is told, asking is gone with its request. */
static int follow(struct asking *asking)
{
    const struct engine_sheet_head head = {.from = asking->query.from, .until = asking->query.until,
                                           .by = asking->request->identity.key_id, .journal_seq = asking->journal_seq};
    struct engine_sheet sheet = {0};
    struct base_buffer body = {0};
    int rc = engine_sheet_put(&body, asking->engine, &head, &asking->groups);

    engine_groups_fini(&asking->groups);
    if (rc == OD_OK && asking->query.is_over && asking->entry.state != STATE_CLOSED) {
        rc = asking->is_settled ? put(asking, STATE_CLOSED, "assessment_closed", &body, 0) : put_closing(asking);
    } else if (rc == OD_OK) {
        rc = engine_sheet_read(body.bytes, body.size, &sheet);
        if (rc == OD_OK)
            rc = asking->query.is_over ? compare(asking, &sheet) : tell(asking, &sheet);
    }
    engine_sheet_fini(&sheet);
    base_buffer_fini(&body);
    return rc;
}

static void on_read(struct engine_job *job)
{
    struct asking *asking = job->data;
    int rc = job->rc;

    if (rc == OD_OK)
        rc = follow(asking);
    else
        engine_groups_fini(&asking->groups);
    if (rc != OD_OK)
        answer_rc(asking, rc);
}

static void start_reading(struct asking *asking)
{
    int rc = asking->tries++ < TRIES_MAX
                 ? engine_job_start(asking->engine, &(struct engine_job){.run = read_all, .on_done = on_read, .data = asking})
                 : OD_EBUSY;

    if (rc != OD_OK)
        answer_rc(asking, rc);
}

void engine_assessment(struct engine *engine, struct front_request *request)
{
    struct asking *asking = base_arena_take(&request->arena, sizeof(*asking));

    if (asking == NULL) {
        engine_answer_rc(request, OD_ENOMEM);
        return;
    }
    *asking = (struct asking){.engine = engine, .request = request};
    if (!engine_assessment_read(engine, request, &asking->query))
        return;
    if (asking->query.is_year)
        snprintf(asking->name, sizeof(asking->name), "%04d", asking->query.from / 100 % 10000);
    else
        snprintf(asking->name, sizeof(asking->name), "%04d-%02d", asking->query.from / 100 % 10000, asking->query.from % 100);
    start_reading(asking);
}
