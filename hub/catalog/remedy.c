/* SPDX-License-Identifier: Apache-2.0 */
#include "catalog/remedy.h"

#include <string.h>

#include "catalog/loading.h"
#include "core/names.h"

#define PHONE_SIZE_MAX 64

static const char *const kind_names[] = {
    [CATALOG_REMEDY_REVIEW] = "review", [CATALOG_REMEDY_LITIGATION] = "litigation", [CATALOG_REMEDY_OBJECTION] = "objection"};

/* -- Reading -- */

static void within_read(struct catalog_loading *loading, const struct base_json *json, const struct catalog_spot *up, struct catalog_remedy *out)
{
    static const char *const members[] = {"days", "months"};
    const struct base_json *within = catalog_need(loading, json, up, "within");
    struct catalog_spot spot = {up, "within", 0};

    if (within == NULL || !catalog_read_object(loading, within, &spot, (struct catalog_words){members, 2}))
        return;
    bool has_months = base_json_member(within, "months") != NULL;
    if (has_months == (base_json_member(within, "days") != NULL)) {
        catalog_report(loading, &spot, "\"within\" is {\"days\": N} or {\"months\": N}");
        return;
    }
    out->unit = has_months ? CORE_UNIT_MONTH : CORE_UNIT_CALENDAR_DAY;
    out->length = (int32_t)catalog_read_integer(loading, within, &spot, has_months ? "months" : "days", 1,
                                                has_months ? CORE_LIMIT_MONTHS_MAX : CORE_LIMIT_DAYS_MAX, 1);
}

static void remedy_read(struct catalog_loading *loading, const struct base_json *json, const struct catalog_spot *spot, struct catalog_remedy *out)
{
    static const char *const members[] = {"kind", "body", "address", "phone", "within", "legal_basis"};
    const struct base_json *basis = base_json_member(json, "legal_basis");
    struct catalog_spot basis_spot = {spot, "legal_basis", 0};

    if (!catalog_read_object(loading, json, spot, (struct catalog_words){members, 6}))
        return;
    out->kind = (uint8_t)catalog_read_word(loading, json, spot, "kind", true, (struct catalog_words){kind_names, 4});
    catalog_read_text(loading, json, spot, "body", true, &out->body);
    catalog_read_text(loading, json, spot, "address", false, &out->address);
    out->phone = catalog_read_string(loading, json, spot, "phone", false, PHONE_SIZE_MAX);
    within_read(loading, json, spot, out);
    if (basis != NULL)
        catalog_read_basis(loading, basis, &basis_spot, &out->title, &out->article);
}

void catalog_remedies_load(struct catalog_loading *loading, const struct base_json *json, struct catalog_remedies *out)
{
    const struct base_json *list = catalog_read_list(loading, json, NULL, "remedies", false, 1, CATALOG_REMEDIES_MAX);
    struct catalog_spot list_spot = {NULL, "remedies", 0};
    size_t count = base_json_count(list), i = 0;
    struct catalog_remedy *items = count > 0 ? catalog_take(loading, count * sizeof(*items)) : NULL;

    if (items == NULL)
        return;
    memset(items, 0, count * sizeof(*items));
    for (const struct base_json *item = base_json_first(list); item != NULL; item = base_json_next(item), i++) {
        struct catalog_spot spot = {&list_spot, NULL, i};

        remedy_read(loading, item, &spot, &items[i]);
        for (size_t j = 0; j < i; j++)
            if (items[i].kind != CATALOG_REMEDY_NONE && items[j].kind == items[i].kind)
                catalog_report(loading, &spot, "\"%s\" stands twice", kind_names[items[i].kind]);
    }
    *out = (struct catalog_remedies){.items = items, .count = count};
}

const struct catalog_remedies *catalog_service_remedies(const struct catalog *catalog, const struct catalog_service *service)
{
    return service->remedies.count > 0 ? &service->remedies : &catalog->remedies;
}

/* -- In words -- */

static void say_zh(struct base_buffer *text, const struct catalog_remedy *remedy)
{
    static const char *const acts[] = {[CATALOG_REMEDY_REVIEW] = "申请行政复议", [CATALOG_REMEDY_LITIGATION] = "提起行政诉讼",
                                       [CATALOG_REMEDY_OBJECTION] = "提出异议"};
    const char *address = remedy->address.in[CATALOG_ZH_CN];

    base_buffer_put_format(text, "在 %d %s内向%s", (int)remedy->length, remedy->unit == CORE_UNIT_MONTH ? "个月" : "日", remedy->body.in[CATALOG_ZH_CN]);
    if (address != NULL || remedy->phone != NULL)
        base_buffer_put_format(text, "（%s%s%s）", address != NULL ? address : "", address != NULL && remedy->phone != NULL ? "，" : "",
                               remedy->phone != NULL ? remedy->phone : "");
    base_buffer_put_text(text, acts[remedy->kind]);
}

static void say_en(struct base_buffer *text, const struct catalog_remedy *remedy)
{
    static const char *const acts[] = {[CATALOG_REMEDY_REVIEW] = "ask for an administrative review by", [CATALOG_REMEDY_LITIGATION] = "bring an action before",
                                       [CATALOG_REMEDY_OBJECTION] = "object to"};
    const char *address = remedy->address.in[CATALOG_EN];

    base_buffer_put_format(text, "%s %s", acts[remedy->kind], remedy->body.in[CATALOG_EN]);
    if (address != NULL || remedy->phone != NULL)
        base_buffer_put_format(text, " (%s%s%s)", address != NULL ? address : "", address != NULL && remedy->phone != NULL ? ", " : "",
                               remedy->phone != NULL ? remedy->phone : "");
    base_buffer_put_format(text, " within %d %s%s", (int)remedy->length, remedy->unit == CORE_UNIT_MONTH ? "month" : "day", remedy->length == 1 ? "" : "s");
}

static void put_words(struct base_buffer *buffer, const struct catalog_remedies *const *lists, size_t count)
{
    struct base_buffer zh = {0}, en = {0};

    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < lists[i]->count; j++) {
            base_buffer_put_text(&zh, zh.size == 0 ? "如不服本决定，可自收到决定之日起" : "，或者");
            base_buffer_put_text(&en, en.size == 0 ? "If you do not agree you may, counted from the day on which you receive the decision, " : ", or ");
            say_zh(&zh, &lists[i]->items[j]);
            say_en(&en, &lists[i]->items[j]);
        }
    base_json_open(buffer, "remedies", '{');
    base_json_put_text(buffer, "zh-CN", zh.size == 0 ? "如不服本决定，可自收到决定之日起六十日内申请行政复议，或者六个月内向人民法院提起行政诉讼。"
                                                     : (base_buffer_put_text(&zh, "。"), base_buffer_text(&zh)));
    base_json_put_text(buffer, "en", en.size == 0 ? "If you do not agree you may ask for an administrative review within sixty days of receiving "
                                                    "this decision, or bring an action before a people's court within six months."
                                                  : (base_buffer_put_text(&en, "."), base_buffer_text(&en)));
    base_json_close(buffer, '}');
    buffer->is_broken = buffer->is_broken || zh.is_broken || en.is_broken;
    base_buffer_fini(&zh);
    base_buffer_fini(&en);
}

/* -- As data -- */

static void put_remedy(struct base_buffer *buffer, const struct catalog_remedy *remedy)
{
    base_json_open(buffer, NULL, '{');
    base_json_put_text(buffer, "kind", kind_names[remedy->kind]);
    catalog_put_text(buffer, "body", &remedy->body);
    if (remedy->address.in[CATALOG_ZH_CN] != NULL)
        catalog_put_text(buffer, "address", &remedy->address);
    if (remedy->phone != NULL)
        base_json_put_text(buffer, "phone", remedy->phone);
    base_json_open(buffer, "within", '{');
    base_json_put_i64(buffer, remedy->unit == CORE_UNIT_MONTH ? "months" : "days", remedy->length);
    base_json_close(buffer, '}');
    if (remedy->article != NULL) {
        base_json_open(buffer, "legal_basis", '{');
        catalog_put_text(buffer, "title", &remedy->title);
        base_json_put_text(buffer, "article", remedy->article);
        base_json_close(buffer, '}');
    }
    base_json_close(buffer, '}');
}

void catalog_put_remedies(struct base_buffer *buffer, const struct catalog_remedies *const *lists, size_t count)
{
    size_t total = 0;

    for (size_t i = 0; i < count; i++)
        total += lists[i]->count;
    put_words(buffer, lists, count);
    if (total == 0)
        return;
    base_json_open(buffer, "appeals", '[');
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < lists[i]->count; j++)
            put_remedy(buffer, &lists[i]->items[j]);
    base_json_close(buffer, ']');
}
