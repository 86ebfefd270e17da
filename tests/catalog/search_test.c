/* SPDX-License-Identifier: Apache-2.0 */
/* Services are found by what people type. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "catalog/pinyin.h"
#include "catalog/search.h"

static void names_are_spelled(void **state)
{
    static const struct {
        const char *text, *initials, *spelled, *why;
    } rows[] = {
        {"开办餐饮店", "kbcyd", "kaibancanyindian", "plain"},
        {"开办餐饮店“一件事”", "kbcydyjs", "kaibancanyindianyijianshi", "marks are left out"},
        {"A类第2项", "ald2x", "aleidi2xiang", "letters and digits as they are"},
        {"", "", "", "nothing"},
        {"é—😀", "", "", "neither"},
        {"女", "n", "nu", "a sound without a letter of its own"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char initials[128], spelled[512];

        catalog_pinyin(rows[i].text, initials, sizeof(initials), spelled, sizeof(spelled));
        if (strcmp(initials, rows[i].initials) != 0 || strcmp(spelled, rows[i].spelled) != 0)
            fail_msg("%s: %s %s", rows[i].why, initials, spelled);
    }
}

static void what_is_too_long_is_cut(void **state)
{
    char initials[3], spelled[8];

    (void)state;
    catalog_pinyin("开办餐饮店", initials, sizeof(initials), spelled, sizeof(spelled));
    assert_string_equal(initials, "kb");
    assert_string_equal(spelled, "kaibanc");
    catalog_pinyin("A2级", initials, sizeof(initials), spelled, sizeof(spelled));
    assert_string_equal(initials, "a2");
    assert_string_equal(spelled, "a2ji");
}

static void a_search_finds_what_meets_all_of_it(void **state)
{
    static const struct catalog_department fire = {.id = "fire", .name = {{"消防局", "Fire brigade"}}};
    static const struct catalog_matter check = {.id = "m", .name = {{"消防检查", "Fire check"}}, .department = &fire};
    static const struct catalog_matter *const matters[] = {&check};
    static const struct catalog_service service = {
        .id = "open-restaurant", .name = {{"开办餐饮店", "Open a restaurant"}}, .summary = {{"并联审批", "in parallel"}},
        .initials = "kbcyd", .spelled = "kaibancanyindian", .matters = matters, .matter_count = 1,
        .applicant_kinds = CATALOG_APPLICANT_PERSON};
    static const struct {
        struct catalog_search search;
        bool is_found;
        const char *why;
    } rows[] = {
        {{.text = NULL}, true, "nothing is asked for"},
        {{.text = "餐饮"}, true, "a word of the name"},
        {{.text = "RESTAURANT"}, true, "any case"},
        {{.text = "cy"}, true, "initials in the midst"},
        {{.text = "canyin"}, true, "spelled out"},
        {{.text = "CYD"}, true, "initials in capitals"},
        {{.text = "parallel"}, true, "the summary"},
        {{.text = "消防"}, true, "a matter"},
        {{.text = "brigade"}, true, "a department"},
        {{.text = "泳池"}, false, "another word"},
        {{.initial = 'k'}, true, "its initial"},
        {{.initial = 'b'}, false, "another initial"},
        {{.applicant_kinds = CATALOG_APPLICANT_PERSON}, true, "for people"},
        {{.applicant_kinds = CATALOG_APPLICANT_ORGANIZATION}, false, "not for organizations"},
        {{.department = "fire"}, true, "of a department"},
        {{.department = "health"}, false, "of another"},
        {{.text = "餐饮", .initial = 'b'}, false, "one of two"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (catalog_service_is_found(&service, &rows[i].search) != rows[i].is_found)
            fail_msg("%s", rows[i].why);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_spelled),
        cmocka_unit_test(what_is_too_long_is_cut),
        cmocka_unit_test(a_search_finds_what_meets_all_of_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
