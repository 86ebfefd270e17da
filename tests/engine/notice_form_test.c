/* SPDX-License-Identifier: Apache-2.0 */
/* In which form a document is to be handed in stands beside what is asked for, where the catalogue limits it. */
#include <stdio.h>
#include <stdlib.h>

#include "catalog/fixture.h"
#include "engine/desk.h"
#include "lib/check.h"

#define PERSON "{\"kind\":\"person\",\"name\":\"Li\",\"id_type\":\"resident_id\",\"id_number\":\"330102199001011234\"}"
#define PLAN "\"materials\": [{\"id\": \"plan\", \"name\": {\"zh-CN\": \"图纸\", \"en\": \"Plan\"}, \"tolerant\": true}]"
#define ASKED "{\"service\":\"plain\",\"applicant\":" PERSON ",\"form\":{\"area\":100},\"materials\":[{\"material\":\"deed\"}]}"

static const struct {
    const char *limits, *types, *max_bytes, *zh, *en, *why;
} rows[] = {
    {"", "", "", "", "", "nothing is limited, nothing is told"},
    {", \"types\": [\"pdf\"]", "pdf", "", "PDF 格式", "as PDF", "one kind"},
    {", \"types\": [\"jpeg\", \"pdf\"], \"max_bytes\": 5000000", "pdf", "5000000", "PDF 或 JPEG 格式，不超过 5 MB", "as PDF or JPEG, at most 5 MB", "two and a size"},
    {", \"types\": [\"pdf\", \"png\", \"zip\"]", "pdf", "", "PDF、PNG 或 ZIP 格式", "as PDF, PNG or ZIP", "three"},
    {", \"max_bytes\": 1", "", "1", "不超过 1 B", "at most 1 B", "the smallest size"},
    {", \"max_bytes\": 999", "", "999", "不超过 999 B", "at most 999 B", "below a thousand"},
    {", \"max_bytes\": 1000", "", "1000", "不超过 1 KB", "at most 1 KB", "a thousand"},
    {", \"max_bytes\": 999999", "", "999999", "不超过 999.9 KB", "at most 999.9 KB", "rounded down: what is said is taken"},
    {", \"max_bytes\": 5242880", "", "5242880", "不超过 5.2 MB", "at most 5.2 MB", "5 MiB"},
    {", \"max_bytes\": 1073741824", "", "1073741824", "不超过 1073.7 MB", "at most 1073.7 MB", "the largest size"},
};

static void check_form(struct stage_request *asked, const char *item, size_t row)
{
    char path[96];

    snprintf(path, sizeof(path), "%s.types.0", item);
    CHECK_TEXT(rows[row].types, desk_of(asked, path), rows[row].why);
    snprintf(path, sizeof(path), "%s.max_bytes", item);
    CHECK_TEXT(rows[row].max_bytes, desk_of(asked, path), rows[row].why);
    snprintf(path, sizeof(path), "%s.form_text.zh-CN", item);
    CHECK_TEXT(rows[row].zh, desk_of(asked, path), rows[row].why);
    snprintf(path, sizeof(path), "%s.form_text.en", item);
    CHECK_TEXT(rows[row].en, desk_of(asked, path), rows[row].why);
}

/* Before it is submitted, in the one notice, and when a department asks for it again. */
static void it_is_told_wherever_it_is_asked_for(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char plan[512], number[BASE_NUMBER_SIZE];

        snprintf(plan, sizeof(plan), "\"materials\": [{\"id\": \"plan\", \"name\": {\"zh-CN\": \"图纸\", \"en\": \"Plan\"}%s}]", rows[i].limits);
        char *text = fixture_replace(desk_text, PLAN, plan);

        stage_open_catalog(text, false);
        stage_drain();
        check_form(desk_do(&desk_front, FRONT_SERVICE_PREVIEW, "plain", 200, ASKED), "missing.0", i);
        struct stage_request *told = desk_do(&desk_front, FRONT_APPLICATION_SUBMIT, NULL, 201, ASKED);
        check_form(told, "notice.missing.0", i);
        snprintf(number, sizeof(number), "%s", desk_of(told, "number"));
        desk_do(&desk_front, FRONT_APPLICATION_SUPPLEMENT, number, 200, "{\"materials\":[{\"material\":\"plan\"}]}");
        desk_do(&desk_water, FRONT_TASK_TAKE, desk_task(number, 1), 200, NULL);
        desk_do(&desk_water, FRONT_TASK_ASK, desk_task(number, 1), 200, "{\"text\":\"blurred\",\"materials\":[\"plan\"],\"fields\":[\"area\"]}");
        told = desk_do(&desk_front, FRONT_APPLICATION_SHOW, number, 200, NULL);
        check_form(told, "notice.requests.0.items.1", i);
        CHECK_TEXT("", desk_of(told, "notice.requests.0.items.0.form_text"), "a field has no form");
        (void)desk_close(NULL);
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(it_is_told_wherever_it_is_asked_for)};

    if (!desk_read())
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
