/* SPDX-License-Identifier: Apache-2.0 */
/* Fees as JSON: what a form comes to, and the standards as people read them. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "catalog/condition.h"
#include "catalog/fee.h"

static const char *const languages[CATALOG_LANGUAGES] = {[CATALOG_ZH_CN] = "zh-CN", [CATALOG_EN] = "en"};
static const char *const charges[] = {[CATALOG_FEE_ON_ACCEPTANCE] = "acceptance", [CATALOG_FEE_ON_APPROVAL] = "approval"};

void catalog_put_money(struct base_buffer *buffer, const char *key, core_money money)
{
    char text[CORE_MONEY_SIZE];

    core_money_format(money, text);
    base_json_put_text(buffer, key, text);
}

static void put_basis(struct base_buffer *buffer, const char *key, const struct catalog_text *title, const char *article)
{
    base_json_open(buffer, key, '{');
    catalog_put_text(buffer, "title", title);
    base_json_put_text(buffer, "article", article);
    base_json_close(buffer, '}');
}

/* A percentage or a quantity: whole, and as many digits behind the point as there are. */
static void put_decimal(struct catalog_line *line, int64_t value, int64_t scale)
{
    char text[48];
    int64_t part = value % scale;
    size_t size = (size_t)snprintf(text, sizeof(text), "%" PRId64, value / scale);

    if (part != 0) {
        text[size++] = '.';
        for (scale /= 10; part != 0; scale /= 10) {
            text[size++] = (char)('0' + part / scale);
            part %= scale;
        }
        text[size] = '\0';
    }
    catalog_line_put(line, text);
}

static void put_sum(struct catalog_line *line, core_money money)
{
    char text[CORE_MONEY_SIZE];

    core_money_format(money, text);
    catalog_line_put(line, text);
}

/* -- A standard in words -- */

struct fee_telling {
    const struct catalog_fee *fee;
    const struct catalog_service *service; /* NULL = none */
    enum catalog_language language;
    struct catalog_line *line;
};

static void tell(const struct fee_telling *telling, const char *zh, const char *en)
{
    catalog_line_put(telling->line, telling->language == CATALOG_ZH_CN ? zh : en);
}

static void tell_sum(const struct fee_telling *telling, core_money money)
{
    put_sum(telling->line, money);
    catalog_line_put(telling->line, " ");
    catalog_line_put(telling->line, catalog_unit_words(telling->fee->currency, telling->language));
}

/* The field by its label and unit, as the form of the service has it. */
static void tell_field(const struct fee_telling *telling, const char *id)
{
    const struct catalog_field *field = NULL;

    for (size_t i = 0; telling->service != NULL && i < telling->service->field_count; i++)
        if (strcmp(telling->service->fields[i].id, id) == 0)
            field = &telling->service->fields[i];
    catalog_line_put(telling->line, field != NULL && field->label.in[telling->language] != NULL ? field->label.in[telling->language] : id);
    if (field == NULL || field->unit == NULL)
        return;
    tell(telling, "（", " (");
    catalog_line_put(telling->line, catalog_unit_words(field->unit, telling->language));
    tell(telling, "）", ")");
}

static void tell_step(const struct fee_telling *telling, const struct core_fee_step *step, core_quantity from)
{
    bool is_last = step->up_to == CORE_QUANTITY_MAX;

    tell(telling, is_last ? "超过 " : "不超过 ", is_last ? "above " : "up to ");
    put_decimal(telling->line, is_last ? from : step->up_to, 1000);
    tell(telling, step->is_per_unit ? "：其中每单位 " : "：", step->is_per_unit ? ": of each unit within, " : ": ");
    tell_sum(telling, step->money);
}

static void tell_steps(const struct fee_telling *telling)
{
    const struct core_fee_standard *standard = &telling->fee->standard;

    tell(telling, "按", "by ");
    tell_field(telling, telling->fee->field);
    tell(telling, "分档：", ": ");
    for (size_t i = 0; i < standard->step_count; i++) {
        if (i > 0)
            tell(telling, "；", "; ");
        tell_step(telling, &standard->steps[i], i > 0 ? standard->steps[i - 1].up_to : 0);
    }
}

static void tell_bounds(const struct fee_telling *telling)
{
    const struct core_fee_standard *standard = &telling->fee->standard;

    if (telling->fee->times != NULL) {
        catalog_line_put(telling->line, " × ");
        tell_field(telling, telling->fee->times);
    }
    if (standard->counts_started)
        tell(telling, "；不足一个单位的按一个单位计", "; a unit that has begun counts whole");
    if (standard->min > 0) {
        tell(telling, "；最低 ", "; at least ");
        tell_sum(telling, standard->min);
    }
    if (standard->max < CORE_MONEY_MAX) {
        tell(telling, "；最高 ", "; at most ");
        tell_sum(telling, standard->max);
    }
}

static void tell_reckoning(const struct fee_telling *telling)
{
    const struct core_fee_standard *standard = &telling->fee->standard;

    switch ((enum core_fee_kind)standard->kind) {
    case CORE_FEE_NONE: break;
    case CORE_FEE_FIXED: tell_sum(telling, standard->amount); break;
    case CORE_FEE_PER_UNIT:
        tell_sum(telling, standard->amount);
        catalog_line_put(telling->line, " × ");
        tell_field(telling, telling->fee->field);
        break;
    case CORE_FEE_TIERS: tell_steps(telling); break;
    }
    if (standard->kind > CORE_FEE_FIXED)
        tell_bounds(telling);
}

static void tell_exemptions(const struct fee_telling *telling)
{
    for (size_t i = 0; i < telling->fee->exemption_count; i++) {
        const struct catalog_fee_exemption *exemption = &telling->fee->exemptions[i];

        tell(telling, exemption->share == CORE_SHARE_WHOLE ? "；免收：" : "；减收 ", exemption->share == CORE_SHARE_WHOLE ? "; nothing where " : "; less ");
        if (exemption->share < CORE_SHARE_WHOLE) {
            put_decimal(telling->line, exemption->share, 100);
            tell(telling, "%：", "% where ");
        }
        catalog_condition_words(exemption->when, telling->service, telling->language, telling->line);
    }
}

static void put_words(struct base_buffer *buffer, const struct catalog_fee *fee, const struct catalog_service *service)
{
    struct catalog_line line;

    base_json_open(buffer, "words", '{');
    for (size_t i = 0; i < CATALOG_LANGUAGES; i++) {
        struct fee_telling telling = {fee, service, (enum catalog_language)i, &line};

        catalog_line_init(&line);
        tell_reckoning(&telling);
        if (fee->standard.kind == CORE_FEE_FIXED && fee->unit.in[i] != NULL) {
            catalog_line_put(&line, " / ");
            catalog_line_put(&line, fee->unit.in[i]);
        }
        tell_exemptions(&telling);
        if (fee->when != NULL) {
            tell(&telling, "；适用：", "; where ");
            catalog_condition_words(fee->when, service, (enum catalog_language)i, &line);
        }
        base_json_put_text_n(buffer, languages[i], line.text, line.size);
    }
    base_json_close(buffer, '}');
}

void catalog_put_fee_standards(struct base_buffer *buffer, const char *key, const struct catalog_matter *matter,
                               const struct catalog_service *service)
{
    struct base_json_error error;
    struct base_json *list = NULL;
    const char *text;
    size_t size, i = 0;

    base_json_open(buffer, key, '[');
    if (matter->fee_count > 0 && catalog_slice(matter->text, matter->text_size, "fees", &text, &size) &&
        base_json_parse(text, size, &list, &error) != OD_OK)
        buffer->is_broken = true; /* it passed the gate before: memory is short */
    for (const struct base_json *item = base_json_first(list); item != NULL && i < matter->fee_count; item = base_json_next(item), i++) {
        base_json_open(buffer, NULL, '{');
        for (const struct base_json *member = base_json_first(item); member != NULL; member = base_json_next(member))
            base_json_put(buffer, base_json_key(member), member);
        put_words(buffer, &matter->fees[i], service);
        base_json_close(buffer, '}');
    }
    base_json_close(buffer, ']');
    base_json_destroy(list);
}

/* -- What a form comes to -- */

/* "0.50 × 120 × 30", the same in every language; a table by its quantity; nothing of a fixed sum. */
static void put_how(struct base_buffer *buffer, const struct catalog_fee_line *fee_line)
{
    const struct core_fee_standard *standard = &fee_line->fee->standard;
    struct catalog_line line;

    if (standard->kind == CORE_FEE_FIXED)
        return;
    catalog_line_init(&line);
    if (standard->kind != CORE_FEE_TIERS)
        put_sum(&line, standard->amount);
    catalog_line_put(&line, standard->kind == CORE_FEE_TIERS ? "" : " × ");
    put_decimal(&line, fee_line->quantity, 1000);
    if (fee_line->fee->times != NULL) {
        catalog_line_put(&line, " × ");
        put_decimal(&line, fee_line->times, 1);
    }
    base_json_put_text_n(buffer, "how", line.text, line.size);
}

static void put_exemption(struct base_buffer *buffer, const struct catalog_service *service, const struct catalog_fee_exemption *exemption)
{
    struct catalog_line line;

    if (exemption == NULL) {
        base_json_put_null(buffer, "exemption");
        return;
    }
    base_json_open(buffer, "exemption", '{');
    catalog_line_init(&line);
    put_decimal(&line, exemption->share, 100);
    catalog_line_put(&line, "%");
    base_json_put_text_n(buffer, "share", line.text, line.size);
    base_json_open(buffer, "when_text", '{');
    for (size_t i = 0; i < CATALOG_LANGUAGES; i++) {
        catalog_line_init(&line);
        catalog_condition_words(exemption->when, service, (enum catalog_language)i, &line);
        base_json_put_text_n(buffer, languages[i], line.text, line.size);
    }
    base_json_close(buffer, '}');
    put_basis(buffer, "legal_basis", &exemption->title, exemption->article);
    base_json_close(buffer, '}');
}

void catalog_put_fee_line_members(struct base_buffer *buffer, const struct catalog_service *service,
                                  const struct catalog_fee_line *line)
{
    const struct catalog_matter *matter = service->matters[line->task];
    const struct catalog_fee *fee = line->fee;

    base_json_put_text(buffer, "matter", matter->id);
    catalog_put_text(buffer, "matter_name", &matter->name);
    base_json_put_text(buffer, "fee", fee->id);
    catalog_put_text(buffer, "name", &fee->name);
    base_json_put_text(buffer, "currency", fee->currency);
    base_json_put_text(buffer, "charged_on", charges[fee->charge]);
    put_basis(buffer, "legal_basis", &fee->title, fee->article);
    put_words(buffer, fee, service);
    if (!line->is_computed) {
        base_json_put_text(buffer, "needs", line->needs);
        base_json_put_null(buffer, "standard");
        base_json_put_null(buffer, "exempted");
        base_json_put_null(buffer, "due");
        base_json_put_null(buffer, "exemption");
        return;
    }
    put_how(buffer, line);
    catalog_put_money(buffer, "standard", line->standard);
    catalog_put_money(buffer, "exempted", line->exempted);
    catalog_put_money(buffer, "due", line->due);
    put_exemption(buffer, service, line->exemption);
}

/* Sums never mix currencies: one total for each, in the order of their first line. */
static void put_totals(struct base_buffer *buffer, const struct catalog_fee_lines *lines)
{
    base_json_open(buffer, "totals", '[');
    for (size_t i = 0; i < lines->count; i++) {
        const char *currency = lines->items[i].fee->currency;
        core_money standard = 0, exempted = 0;
        size_t first = 0;

        while (strcmp(lines->items[first].fee->currency, currency) != 0)
            first++;
        if (first != i)
            continue;
        for (size_t k = i; k < lines->count; k++) {
            bool is_counted = strcmp(lines->items[k].fee->currency, currency) == 0;

            standard += is_counted ? lines->items[k].standard : 0;
            exempted += is_counted ? lines->items[k].exempted : 0;
        }
        base_json_open(buffer, NULL, '{');
        base_json_put_text(buffer, "currency", currency);
        catalog_put_money(buffer, "standard", standard);
        catalog_put_money(buffer, "exempted", exempted);
        catalog_put_money(buffer, "due", standard - exempted);
        base_json_close(buffer, '}');
    }
    base_json_close(buffer, ']');
}

void catalog_put_fees(struct base_buffer *buffer, const char *key, const struct catalog_service *service,
                      core_task_set included, const struct base_json *form)
{
    struct catalog_fee_lines *lines = base_alloc(sizeof(*lines));
    bool is_complete = true;

    if (lines == NULL) {
        buffer->is_broken = true;
        return;
    }
    catalog_fees_compute(service, included, form, lines);
    base_json_open(buffer, key, '{');
    base_json_open(buffer, "lines", '[');
    for (size_t i = 0; i < lines->count; i++) {
        base_json_open(buffer, NULL, '{');
        catalog_put_fee_line_members(buffer, service, &lines->items[i]);
        base_json_close(buffer, '}');
        is_complete = is_complete && lines->items[i].is_computed;
    }
    base_json_close(buffer, ']');
    put_totals(buffer, lines);
    base_json_put_bool(buffer, "is_complete", is_complete);
    base_json_close(buffer, '}');
    base_free(lines);
}
