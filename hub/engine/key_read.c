/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/key_read.h"

#include <stdio.h>
#include <string.h>

/* Of who is no key: the journal's "by" must tell them apart. */
static const char *const reserved[] = {"citizen", "clock", "hub", "demo", "current"};

static bool refuse(struct front_request *request, const char *pointer, const char *code, const char *zh, const char *en)
{
    engine_refuse(request, pointer, code, zh, en);
    return false;
}

/* A key that does something else than was written is worse than none. */
static bool has_known_members(struct front_request *request)
{
    static const char *const known[] = {"id", "roles", "department", "connector", "certificate", "expires_at", "note"};

    for (const struct base_json *member = base_json_first(request->body); member != NULL; member = base_json_next(member)) {
        bool is_known = false;
        char pointer[BASE_ID_MAX + 2];

        for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
            is_known = is_known || strcmp(known[i], base_json_key(member)) == 0;
        snprintf(pointer, sizeof(pointer), "/%.64s", base_json_key(member));
        if (!is_known)
            return refuse(request, pointer, "unknown",
                          "不认识的成员；可以有 id、roles、department、connector、certificate、expires_at、note。",
                          "There is no such member; there are id, roles, department, connector, certificate, expires_at and note.");
    }
    return true;
}

bool engine_key_text_read(struct front_request *request, const char *name, size_t size_max, const char **out)
{
    const struct base_json *member = base_json_member(request->body, name);
    const char *text = base_json_text(member);
    char pointer[BASE_ID_MAX + 2], zh[128], en[128];

    *out = NULL;
    if (member == NULL || base_json_type(member) == BASE_JSON_NULL)
        return true;
    snprintf(pointer, sizeof(pointer), "/%.64s", name);
    snprintf(zh, sizeof(zh), "应为 1 至 %zu 字节的文本。", size_max);
    snprintf(en, sizeof(en), "It must be a text of 1 to %zu bytes.", size_max);
    if (text == NULL || engine_text_is_blank(text) || strlen(text) > size_max)
        return refuse(request, pointer, "text", zh, en);
    *out = text;
    return true;
}

static bool is_id(const char *id)
{
    static const char first[] = "abcdefghijklmnopqrstuvwxyz0123456789", all[] = "abcdefghijklmnopqrstuvwxyz0123456789._-";

    return id[0] != '\0' && strchr(first, id[0]) != NULL && strspn(id, all) == strlen(id) && strlen(id) <= BASE_ID_MAX;
}

static bool read_id(struct engine *engine, struct front_request *request, struct front_key *key)
{
    const char *id = base_json_member_text(request->body, "id");

    if (id == NULL || !is_id(id))
        return refuse(request, "/id", "id", "需要 id：1 至 64 个小写字母、数字、点、下划线或连字符，以字母或数字开头；日志以它记录是谁办理的。",
                      "An id is needed: 1 to 64 lower-case letters, digits, dots, underscores and hyphens, a letter or digit first; "
                      "the journal names who acted by it.");
    for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++)
        if (strcmp(reserved[i], id) == 0)
            return refuse(request, "/id", "reserved", "这个 id 另有含义，请换一个。", "This id means something else; take another.");
    if (engine_key_find(engine, id) != NULL) {
        front_answer_problem(request, FRONT_CONFLICT, front_say(request, "已有密钥使用这个 id，请换一个。", "A key has this id already; take another."),
                             NULL, 0);
        return false;
    }
    snprintf(key->id, sizeof(key->id), "%s", id);
    return true;
}

static bool read_roles(struct front_request *request, struct front_key *key)
{
    const struct base_json *list = base_json_member(request->body, "roles");
    bool is_list = list != NULL && base_json_type(list) == BASE_JSON_ARRAY && base_json_count(list) > 0;

    for (const struct base_json *item = is_list ? base_json_first(list) : NULL; item != NULL; item = base_json_next(item)) {
        uint32_t role = engine_role_find(base_json_text(item));

        is_list = is_list && role != FRONT_ROLE_NONE;
        key->roles |= role;
    }
    return is_list || refuse(request, "/roles", "roles", "需要至少一个岗位：front_desk、officer、head、supervisor、admin、connector。",
                             "At least one role is needed: front_desk, officer, head, supervisor, admin, connector.");
}

static bool read_department(struct engine *engine, struct front_request *request, struct engine_key_wish *wish)
{
    struct engine_department *found;
    const char *department;

    if (!engine_key_text_read(request, "department", BASE_ID_MAX, &department))
        return false;
    if (department == NULL)
        return (wish->key.roles & FRONT_ROLE_OFFICER) == 0 ||
               refuse(request, "/department", "required", "officer 的密钥须写明其部门（department）。", "An officer's key needs its department.");
    if (catalog_department_find(engine->catalog, department) == NULL)
        return refuse(request, "/department", "department", "目录中没有这个部门，见 /v1/departments。",
                      "The catalogue has no such department; /v1/departments lists them.");
    if (engine_department_get(engine, department, &found) != OD_OK) {
        engine_answer_rc(request, OD_ENOMEM);
        return false;
    }
    wish->department = found->number;
    snprintf(wish->key.department, sizeof(wish->key.department), "%s", department);
    return true;
}

static bool read_connector(struct front_request *request, struct front_key *key)
{
    const char *connector;

    if (!engine_key_text_read(request, "connector", BASE_ID_MAX, &connector))
        return false;
    if (connector == NULL)
        return true;
    if ((key->roles & FRONT_ROLE_CONNECTOR) == 0)
        return refuse(request, "/connector", "roles", "写明连接器的密钥须有岗位 connector。", "A key with a connector needs the role connector.");
    snprintf(key->connector, sizeof(key->connector), "%s", connector);
    return true;
}

static bool read_certificate(struct front_request *request, struct front_key *key)
{
    const char *certificate;

    if (!engine_key_text_read(request, "certificate", BASE_ID_MAX, &certificate))
        return false;
    return certificate == NULL || engine_certificate_read(certificate, key->certificate) ||
           refuse(request, "/certificate", "certificate", "应为客户端证书 SHA-1 指纹的 40 个十六进制数字。",
                  "It must be the 40 hexadecimal digits of the client certificate's SHA-1.");
}

/* A day is good until its end. */
static bool read_expiry(struct engine *engine, struct front_request *request, struct front_key *key)
{
    const char *text;
    int32_t day;
    int64_t ms = 0;

    if (!engine_key_text_read(request, "expires_at", BASE_TIME_SIZE, &text))
        return false;
    if (text == NULL)
        return true;
    if (base_day_parse(text, &day) == OD_OK)
        ms = base_zone_utc(day + 1, 0);
    else if (base_time_parse(text, &ms) != OD_OK)
        ms = 0;
    if (ms <= engine->now.ms)
        return refuse(request, "/expires_at", "time", "应为将来的日期（当日有效）或时刻，如 2027-03-31 或 2027-03-31T17:00:00+08:00。",
                      "It must be a day to come (good until its end) or a time, as 2027-03-31 or 2027-03-31T17:00:00+08:00.");
    key->expires_ms = ms;
    return true;
}

bool engine_key_wish_read(struct engine *engine, struct front_request *request, struct engine_key_wish *wish)
{
    struct front_key *key = &wish->key;

    *wish = (struct engine_key_wish){.note = NULL};
    return has_known_members(request) && read_id(engine, request, key) && read_roles(request, key) &&
           read_department(engine, request, wish) && read_connector(request, key) && read_certificate(request, key) &&
           read_expiry(engine, request, key) && engine_key_text_read(request, "note", ENGINE_KEY_NOTE_MAX, &wish->note);
}
