/* SPDX-License-Identifier: Apache-2.0 */
/* What the kinds of concerns are, their ids, who may see one, and one as it is read. */
#include "engine/concern.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static const struct engine_concern_kind kinds[] = {
    {.kind = ENGINE_ENTRY_INQUIRY, .clock = CATALOG_AFTERCARE_INQUIRY, .prefix = "inq-", .path = "/v1/inquiries",
     .clock_name = "inquiry_reply", .next_action = "reply", .received = "inquiry_received", .answered = "inquiry_replied",
     .states = {[ENGINE_CONCERN_OPEN] = "open", [ENGINE_CONCERN_ANSWERED] = "replied"},
     .events = {"inquiry_received", "inquiry_passed", "inquiry_replied", "inquiry_due_soon", "inquiry_overdue", "inquiry_redated"}},
    {.kind = ENGINE_ENTRY_COMPLAINT, .clock = CATALOG_AFTERCARE_COMPLAINT, .prefix = "cmp-", .path = "/v1/complaints",
     .clock_name = "complaint_reply", .next_action = "reply", .received = "complaint_received", .answered = "complaint_replied",
     .states = {[ENGINE_CONCERN_OPEN] = "open", [ENGINE_CONCERN_ANSWERED] = "replied"},
     .events = {"complaint_received", "complaint_passed", "complaint_replied", "complaint_due_soon", "complaint_overdue", "complaint_redated"}},
    {.kind = ENGINE_ENTRY_EVALUATION, .clock = CATALOG_AFTERCARE_REPAIR, .prefix = "evl-", .path = "/v1/evaluations",
     .clock_name = "rating_repair", .next_action = "repair", .answered = "evaluation_replied",
     .states = {[ENGINE_CONCERN_OPEN] = "repair", [ENGINE_CONCERN_ANSWERED] = "repaired", [ENGINE_CONCERN_KEPT] = "given"},
     .events = {"evaluated", "evaluation_passed", "evaluation_repaired", "repair_due_soon", "repair_overdue", "repair_redated"}},
    {.kind = ENGINE_ENTRY_GRIEVANCE, .clock = CATALOG_AFTERCARE_NONE, .prefix = "grv-", .path = "/v1/grievances", .next_action = "confirm",
     .states = {[ENGINE_CONCERN_OPEN] = "recorded", [ENGINE_CONCERN_ANSWERED] = "confirmed", [ENGINE_CONCERN_DISMISSED] = "dismissed"},
     .events = {"grievance_recorded", NULL, "grievance_settled", NULL, NULL, NULL}},
};

const struct engine_concern_kind *engine_concern_kind_of(uint8_t kind)
{
    size_t at = 0;

    while (at < sizeof(kinds) / sizeof(kinds[0]) && kinds[at].kind != kind)
        at++;
    assert(at < sizeof(kinds) / sizeof(kinds[0]));
    return &kinds[at];
}

void engine_concern_id(const struct engine_concern_kind *kind, uint64_t id, char text[ENGINE_CONCERN_ID_SIZE])
{
    snprintf(text, ENGINE_CONCERN_ID_SIZE, "%s%llu", kind->prefix, (unsigned long long)id);
}

int engine_concern_id_parse(const struct engine_concern_kind *kind, const char *text, uint64_t *id)
{
    size_t size = strlen(kind->prefix), digits;
    uint64_t value = 0;

    if (strncmp(text, kind->prefix, size) != 0)
        return OD_ENOTFOUND;
    digits = strspn(text + size, "0123456789");
    if (digits == 0 || digits > 18 || text[size] == '0' || text[size + digits] != '\0')
        return OD_ENOTFOUND;
    for (const char *at = text + size; *at != '\0'; at++)
        value = value * 10 + (uint64_t)(*at - '0');
    *id = value;
    return OD_OK;
}

void engine_concern_tag(const struct engine_concern *concern, char tag[ENGINE_TAG_SIZE])
{
    snprintf(tag, ENGINE_TAG_SIZE, "\"%llu\"", (unsigned long long)concern->entry->revision);
}

/* -- Who may -- */

bool engine_is_staff(const struct front_request *request)
{
    return (request->identity.roles & (FRONT_ROLE_FRONT_DESK | FRONT_ROLE_OFFICER | FRONT_ROLE_HEAD | FRONT_ROLE_SUPERVISOR |
                                       FRONT_ROLE_ADMIN)) != 0;
}

static bool is_by(const struct engine_concern *concern, const struct front_identity *who)
{
    const char *by = base_json_member_text(concern->tree, "by");

    return by != NULL && strcmp(by, who->key_id) == 0;
}

bool engine_concern_may_see(const struct engine *engine, const struct front_request *request, const struct engine_concern *concern)
{
    const struct front_identity *who = &request->identity;
    uint16_t number = concern->entry->department;
    const char *department = number != 0 ? store_department_name(engine->store, number) : NULL;

    if ((who->roles & (FRONT_ROLE_SUPERVISOR | FRONT_ROLE_ADMIN)) != 0)
        return true;
    if (concern->kind->kind == ENGINE_ENTRY_GRIEVANCE)
        return is_by(concern, who);
    if ((who->roles & FRONT_ROLE_HEAD) != 0 && who->department[0] == '\0')
        return true;
    if (department == NULL)
        return (who->roles & FRONT_ROLE_FRONT_DESK) != 0;
    return (who->roles & (FRONT_ROLE_OFFICER | FRONT_ROLE_HEAD)) != 0 && strcmp(who->department, department) == 0;
}

const char *engine_concern_by(const struct front_request *request)
{
    return request->identity.key_id[0] != '\0' ? request->identity.key_id : "citizen";
}

bool engine_code_is(const struct engine *engine, const char *number, const char *code)
{
    uint8_t a[BASE_HASH_SIZE], b[BASE_HASH_SIZE];
    char right[ENGINE_CODE_SIZE];

    engine_code(engine, number, right);
    base_hash(code, strlen(code), a);
    base_hash(right, strlen(right), b);
    return base_hash_equal(a, b);
}

/* -- One as it is read -- */

struct core_span engine_concern_span(const struct engine_concern *concern)
{
    return (struct core_span){.calendar = concern->limit.calendar, .limit = &concern->limit, .task = CORE_TASKS_MAX,
                              .pause_on = CORE_PAUSES_NEVER};
}

static int read_i32(const struct base_json *object, const char *key, int32_t *out)
{
    const struct base_json *member = base_json_member(object, key);
    int64_t value = 0;

    if (member == NULL)
        return OD_OK;
    int rc = base_json_i64(member, INT32_MIN, INT32_MAX, &value);
    if (rc == OD_OK)
        *out = (int32_t)value;
    return rc;
}

/* The limit as concern_body.c wrote it. */
static int read_limit(const struct engine *engine, const struct base_json *json, struct core_limit *limit)
{
    const char *id = base_json_member_text(json, "calendar");
    int32_t unit = 0, length = 0, percent = 0, roll = 0;
    int rc = read_i32(json, "unit", &unit);

    if (rc == OD_OK)
        rc = read_i32(json, "length", &length);
    if (rc == OD_OK)
        rc = read_i32(json, "warn_percent", &percent);
    if (rc == OD_OK)
        rc = read_i32(json, "warn_days", &limit->warn_days);
    if (rc == OD_OK)
        rc = read_i32(json, "end_roll", &roll);
    if (rc != OD_OK || unit < CORE_UNIT_WORKING_DAY || unit > CORE_UNIT_MONTH || length < 1 || length > CORE_LIMIT_HOURS_MAX)
        return OD_EIO;
    limit->unit = (enum core_unit)unit;
    limit->length = length;
    limit->warn_percent = (uint8_t)percent;
    limit->end_roll = (enum core_end_roll)roll;
    limit->counts_start_day = base_json_is_true(base_json_member(json, "counts_start_day"));
    limit->calendar = id != NULL ? catalog_calendar_find(engine->catalog, id) : NULL;
    if (limit->calendar == NULL) /* it names none, or the catalogue has lost it */
        limit->calendar = catalog_calendar_rules(engine->catalog);
    return OD_OK;
}

static int read_moment(const struct base_json *tree, const char *key, struct core_moment *moment)
{
    const char *day = base_json_member_text(tree, key);
    int32_t offset = 0;

    if (day == NULL || base_day_parse(day, &moment->day) != OD_OK || read_i32(tree, "start_minute", &moment->minute) != OD_OK ||
        read_i32(tree, "offset", &offset) != OD_OK)
        return OD_EIO;
    moment->offset = (int16_t)offset;
    return OD_OK;
}

/* What has ended keeps the date that it had then, whatever the calendars say now. */
static void read_end(struct engine_concern *concern)
{
    const char *ended = base_json_member_text(concern->tree, "ended"), *due = base_json_member_text(concern->tree, "due");
    core_day day;

    concern->clock.is_warned = base_json_is_true(base_json_member(concern->tree, "warned"));
    concern->clock.is_overdue = base_json_is_true(base_json_member(concern->tree, "overdue"));
    if (ended == NULL || base_day_parse(ended, &concern->clock.ended) != OD_OK)
        return;
    concern->clock.state = CORE_CLOCK_MET;
    if (due != NULL && base_day_parse(due, &day) == OD_OK)
        concern->clock.due = day;
}

static int read_clock(const struct engine *engine, struct engine_concern *concern)
{
    const struct base_json *limit = base_json_member(concern->tree, "limit");
    struct core_moment start = {0};
    int rc;

    if (limit == NULL)
        return OD_OK;
    rc = read_limit(engine, limit, &concern->limit);
    if (rc == OD_OK)
        rc = read_moment(concern->tree, "start", &start);
    struct core_span span = engine_concern_span(concern);
    if (rc == OD_OK)
        rc = core_clock_start(&concern->clock, &span, &start) == OD_OK ? OD_OK : OD_EIO;
    if (rc == OD_OK)
        read_end(concern);
    return rc;
}

int engine_concern_read(struct engine *engine, const struct store_entry *entry, struct engine_concern *concern)
{
    struct base_json_error error;

    *concern = (struct engine_concern){.kind = engine_concern_kind_of(entry->kind), .entry = entry};
    int rc = base_json_parse(entry->body, entry->body_size, &concern->tree, &error);
    if (rc == OD_OK)
        rc = read_clock(engine, concern);
    if (rc == OD_OK)
        return OD_OK;
    base_log(BASE_LOG_ERROR, "%s%llu cannot be read: %s", concern->kind->prefix, (unsigned long long)entry->id, base_error_text(rc));
    engine_concern_fini(concern);
    return rc == OD_ENOMEM ? OD_ENOMEM : OD_EIO;
}

void engine_concern_fini(struct engine_concern *concern)
{
    base_json_destroy(concern->tree);
    *concern = (struct engine_concern){0};
}
