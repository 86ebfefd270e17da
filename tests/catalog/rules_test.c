/* SPDX-License-Identifier: Apache-2.0 */
/* The rule sets that are shipped: every article is there, and each limit gives the dates of the law. */
#include <stdio.h>
#include <stdlib.h>

#include "base/time.h"
#include "catalog/calendar.h"
#include "catalog/fixture.h"
#include "lib/check.h"
#include "lib/files.h"

static struct catalog_findings findings;
static struct catalog *rules;

/* docs/rules/articles.md: article -> rule. */
static const struct { const char *id, *set, *article; enum core_unit unit; int length; } articles[] = {
    {"cn-24-delegation", "cn-licensing", "24", CORE_UNIT_NONE, 0},
    {"cn-26-joint", "cn-licensing", "26", CORE_UNIT_NONE, 0},
    {"cn-30-publish", "cn-licensing", "30", CORE_UNIT_NONE, 0},
    {"cn-31-unrelated", "cn-licensing", "31", CORE_UNIT_NONE, 0},
    {"cn-32-outcomes", "cn-licensing", "32", CORE_UNIT_NONE, 0},
    {"cn-32-notice", "cn-licensing", "32", CORE_UNIT_WORKING_DAY, 5},
    {"cn-33-electronic", "cn-licensing", "33", CORE_UNIT_NONE, 0},
    {"cn-34-on-the-spot", "cn-licensing", "34", CORE_UNIT_NONE, 0},
    {"cn-34-two-officers", "cn-licensing", "34", CORE_UNIT_NONE, 0},
    {"cn-35-share", "cn-licensing", "35", CORE_UNIT_NONE, 0},
    {"cn-38-refusal", "cn-licensing", "38", CORE_UNIT_NONE, 0},
    {"cn-40-register", "cn-licensing", "40", CORE_UNIT_NONE, 0},
    {"cn-42-single", "cn-licensing", "42", CORE_UNIT_WORKING_DAY, 20},
    {"cn-42-joint", "cn-licensing", "42", CORE_UNIT_WORKING_DAY, 45},
    {"cn-43-preliminary", "cn-licensing", "43", CORE_UNIT_WORKING_DAY, 20},
    {"cn-44-delivery", "cn-licensing", "44", CORE_UNIT_WORKING_DAY, 10},
    {"cn-45-pauses", "cn-licensing", "45", CORE_UNIT_NONE, 0},
    {"cn-46-hearing", "cn-licensing", "46", CORE_UNIT_NONE, 0},
    {"cn-47-request", "cn-licensing", "47", CORE_UNIT_WORKING_DAY, 5},
    {"cn-47-organise", "cn-licensing", "47", CORE_UNIT_WORKING_DAY, 20},
    {"cn-48-announce", "cn-licensing", "48", CORE_UNIT_NONE, 0},
    {"cn-48-chair", "cn-licensing", "48", CORE_UNIT_NONE, 0},
    {"cn-50-renewal", "cn-licensing", "50", CORE_UNIT_NONE, 0},
    {"cn-55-inspectors", "cn-licensing", "55", CORE_UNIT_WORKING_DAY, 5},
    {"cn-57-sequence", "cn-licensing", "57", CORE_UNIT_NONE, 0},
    {"cn-58-no-fee", "cn-licensing", "58", CORE_UNIT_NONE, 0},
    {"cn-59-published-fee", "cn-licensing", "59", CORE_UNIT_NONE, 0},
    {"cn-78-bar", "cn-licensing", "78", CORE_UNIT_MONTH, 12},
    {"cn-79-bar", "cn-licensing", "79", CORE_UNIT_MONTH, 36},
    {"cn-82-working-days", "cn-licensing", "82", CORE_UNIT_NONE, 0},
    {"eu-13-2-costs", "eu-services", "13(2)", CORE_UNIT_NONE, 0},
    {"eu-13-3-days", "eu-services", "13(3)", CORE_UNIT_CALENDAR_DAY, 30},
    {"eu-13-3-months", "eu-services", "13(3)", CORE_UNIT_MONTH, 3},
    {"eu-13-4-tacit", "eu-services", "13(4)", CORE_UNIT_NONE, 0},
    {"eu-13-5-acknowledgement", "eu-services", "13(5)", CORE_UNIT_NONE, 0},
    {"eu-13-6-incomplete", "eu-services", "13(6)", CORE_UNIT_NONE, 0},
    {"eu-13-7-rejection", "eu-services", "13(7)", CORE_UNIT_NONE, 0},
    {"eu-1182-2-holidays", "eu-services", "2", CORE_UNIT_NONE, 0},
    {"eu-1182-3-1-start", "eu-services", "3(1)", CORE_UNIT_NONE, 0},
    {"eu-1182-3-2-end", "eu-services", "3(2)", CORE_UNIT_NONE, 0},
    {"eu-1182-3-3-holidays", "eu-services", "3(3)", CORE_UNIT_NONE, 0},
    {"eu-1182-3-4-roll", "eu-services", "3(4)", CORE_UNIT_NONE, 0},
    {"de-42a-1-deemed", "de-42a", "§ 42a(1)", CORE_UNIT_NONE, 0},
    {"de-42a-2-period", "de-42a", "§ 42a(2)", CORE_UNIT_MONTH, 3},
    {"de-42a-3-certificate", "de-42a", "§ 42a(3)", CORE_UNIT_NONE, 0},
    {"de-31-1-counting", "de-42a", "§ 31(1)", CORE_UNIT_NONE, 0},
    {"de-31-3-roll", "de-42a", "§ 31(3)", CORE_UNIT_NONE, 0},
    {"nz-7-working-day", "nz-building", "s 7", CORE_UNIT_NONE, 0},
    {"nz-48-consent", "nz-building", "s 48(1)", CORE_UNIT_WORKING_DAY, 20},
    {"nz-48-multiple-use", "nz-building", "s 48(1A)", CORE_UNIT_WORKING_DAY, 10},
    {"nz-48-further-information", "nz-building", "s 48(2)", CORE_UNIT_NONE, 0},
    {"nz-50-refusal", "nz-building", "s 50", CORE_UNIT_NONE, 0},
    {"nz-93-certificate", "nz-building", "s 93", CORE_UNIT_WORKING_DAY, 20},
};

static void every_article_is_a_rule(void **state)
{
    size_t count = 0;

    (void)state;
    for (size_t i = 0; i < COUNT(articles); i++) {
        const struct catalog_rule *rule = catalog_rule_find(rules, articles[i].id);
        CHECK(rule != NULL, articles[i].id);
        CHECK_TEXT(articles[i].set, rule->set->id, articles[i].id);
        CHECK_TEXT(articles[i].article, rule->article, articles[i].id);
        CHECK_I64(articles[i].unit, rule->limit.unit, articles[i].id);
        CHECK_I64(articles[i].length, rule->limit.length, articles[i].id);
        CHECK(rule->text.in[CATALOG_ZH_CN] != NULL && rule->text.in[CATALOG_EN] != NULL && rule->source.in[CATALOG_EN] != NULL, articles[i].id);
        CHECK(rule->limit.unit == CORE_UNIT_NONE || strcmp(rule->limit.rule, rule->id) == 0, "a limit knows its rule");
    }
    for (size_t i = 0; i < catalog_rule_set_count(rules); i++)
        count += catalog_rule_set_at(rules, i)->rule_count;
    CHECK_I64(COUNT(articles), count, "and no other");
    CHECK(catalog_rule_find(rules, "cn-42") == NULL, "no such rule");
    CHECK(catalog_rule_set_find(rules, "de-42a") == catalog_rule_find(rules, "de-42a-2-period")->set, "by its id");
    CHECK(catalog_rule_set_find(rules, "de") == NULL && catalog_rule_set_at(rules, 4) == NULL, "no such set");
}

/* The page that maps articles to rules names each of them. */
static void the_table_of_articles_names_every_rule(void **state)
{
    char path[1024], cell[128];
    size_t size;

    (void)state;
    snprintf(path, sizeof(path), "%s/docs/rules/articles.md", test_source());
    char *page = test_file_read(path, &size);
    CHECK(page != NULL, path);
    for (size_t i = 0; i < COUNT(articles); i++) {
        snprintf(cell, sizeof(cell), "`%s`", articles[i].id);
        CHECK(strstr(page, cell) != NULL, articles[i].id);
    }
    free(page);
}

/* `a`, `b` (dir/file): the file below tests holds each name. How many there are. */
static size_t tests_exist(const char *cell, const char *end)
{
    const char *names[8];
    size_t sizes[8], count = 0, found = 0, file_size;
    char path[1024], name[128];

    for (const char *at = cell; at < end; at++) {
        const char *stop = *at == '`' ? strchr(at + 1, '`') : *at == '(' ? strchr(at, ')') : NULL;
        if (stop == NULL)
            continue;
        if (*at == '`' && count < COUNT(names)) {
            names[count] = at + 1;
            sizes[count++] = (size_t)(stop - at - 1);
        } else if (*at == '(') {
            bool is_python = memcmp(stop - 3, ".py", 3) == 0;
            snprintf(path, sizeof(path), "%s/tests/%.*s%s", test_source(), (int)(stop - at - 1), at + 1, is_python ? "" : ".c");
            char *file = test_file_read(path, &file_size);
            CHECK(file != NULL, path);
            for (; count > 0; count--, found++) {
                snprintf(name, sizeof(name), "%.*s(", (int)sizes[count - 1], names[count - 1]);
                CHECK(strstr(file, name) != NULL, name);
            }
            free(file);
        }
        at = stop;
    }
    CHECK_I64(0, count, "a test without its file");
    return found;
}

/* The last cell of each row. */
static void the_tests_of_the_table_exist(void **state)
{
    size_t size, found = 0, bare = 0;
    char path[1024];

    (void)state;
    snprintf(path, sizeof(path), "%s/docs/rules/articles.md", test_source());
    char *page = test_file_read(path, &size);
    CHECK(page != NULL, path);
    for (char *line = strtok(page, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        char *last = line[0] == '|' ? strrchr(line, '|') : NULL;
        if (last == NULL || strstr(line, "`") == NULL)
            continue;
        *last = '\0';
        const char *cell = strrchr(line, '|') + 1;
        found += tests_exist(cell, last);
        bare += cell[strspn(cell, " ")] == '\0';
    }
    CHECK(found > 60, "tests named");
    CHECK(bare <= 2, "articles without a test: the register, and the certificate");
    free(page);
}

static struct catalog_calendar *calendar_of(const char *id)
{
    static struct catalog_calendar calendars[3];
    static const char *const ids[3] = {"cn", "eu-de", "nz"};
    char path[1024];
    size_t i = 0;

    while (i < 2 && strcmp(ids[i], id) != 0)
        i++;
    if (calendars[i].id == NULL) {
        snprintf(path, sizeof(path), "%s/configs/calendars/%s.json", test_source(), ids[i]);
        int rc = catalog_calendar_load(path, &calendars[i], &findings);
        fixture_print(&findings);
        CHECK_I64(OD_OK, rc, path);
    }
    return &calendars[i];
}

static void calendars_fini(void)
{
    catalog_calendar_fini(calendar_of("cn"));
    catalog_calendar_fini(calendar_of("eu-de"));
    catalog_calendar_fini(calendar_of("nz"));
}

static const struct {
    const char *rule, *start, *due;
    const char *from, *until; /* one request to the applicant; NULL = none */
    const char *why;
} dates[] = {
    {"cn-32-notice", "2024-02-08", "2024-02-21", NULL, NULL, "5 days over the Spring Festival with its make-up Sunday"},
    {"cn-44-delivery", "2024-02-08", "2024-02-28", NULL, NULL, "10 days"},
    {"cn-42-single", "2024-02-08", "2024-03-13", NULL, NULL, "20 days"},
    {"cn-42-joint", "2024-02-08", "2024-04-18", NULL, NULL, "45 days: Tomb-Sweeping off, its make-up Sunday worked"},
    {"cn-78-bar", "2024-02-29", "2025-02-28", NULL, NULL, "a year from a leap day"},
    {"cn-79-bar", "2024-02-29", "2027-02-28", NULL, NULL, "three years"},
    {"eu-13-3-days", "2026-04-01", "2026-05-04", NULL, NULL, "30 days from 1 April end on 1 May, a holiday and a Friday: rolled to Monday"},
    {"eu-13-3-days", "2026-04-01", "2026-05-04", "2026-04-02", "2026-04-20", "no request stops it"},
    {"eu-13-3-months", "2025-11-30", "2026-03-02", NULL, NULL, "28 February 2026 is a Saturday: rolled"},
    {"de-42a-2-period", "2026-07-03", "2026-10-05", NULL, NULL, "3 October 2026 is a holiday and a Saturday: rolled"},
    {"de-42a-2-period", "2025-11-28", "2026-03-02", NULL, NULL, "to the same day of the month"},
    {"nz-48-consent", "2025-12-01", "2026-01-19", NULL, NULL, "14 days before the summer period, 6 after it"},
    {"nz-48-consent", "2026-02-02", "2026-03-09", "2026-02-04", "2026-02-11", "the day of the request counts, the count goes on the day after the answer"},
    {"nz-48-multiple-use", "2026-04-01", "2026-04-17", NULL, NULL, "10 days over Easter"},
    {"nz-93-certificate", "2026-12-01", "2027-01-19", NULL, NULL, "13 days before the summer period, 7 after it"},
};

static core_day day_of(const char *text)
{
    core_day day = 0;

    CHECK_I64(OD_OK, base_day_parse(text, &day), text);
    return day;
}

static void limits_give_the_dates_of_the_law(void **state)
{
    char due[BASE_DATE_SIZE];

    (void)state;
    for (size_t i = 0; i < COUNT(dates); i++) {
        const struct catalog_rule *rule = catalog_rule_find(rules, dates[i].rule);
        struct core_stop stop = {.kind = CORE_PAUSE_SUPPLEMENT};
        struct core_moment from = {.day = day_of(dates[i].start)};
        struct core_clock clock;
        CHECK(rule != NULL, dates[i].rule);
        if (dates[i].from != NULL) {
            stop.from = day_of(dates[i].from);
            stop.until = day_of(dates[i].until);
        }
        struct core_span span = {.calendar = &calendar_of(rule->set->calendar_id)->rules, .limit = &rule->limit, .stops = &stop,
                                 .stop_count = dates[i].from != NULL, .task = CORE_TASKS_MAX,
                                 .pause_on = rule->limit.pause_on != CORE_PAUSES_DEFAULT ? rule->limit.pause_on : CORE_PAUSES_LAW};
        CHECK_I64(OD_OK, core_clock_start(&clock, &span, &from), dates[i].why);
        base_day_format(clock.due, due);
        CHECK_TEXT(dates[i].due, due, dates[i].why);
    }
}

static void sentences_cite_their_article(void **state)
{
    static const struct { const char *rule; enum catalog_limit_place place; const char *zh, *en; } rows[] = {
        {"cn-42-single", CATALOG_LIMIT_JOINT,
         "受理之日起 20 个工作日（《行政许可法》第42条）；经本行政机关负责人批准可以延长一次，不超过 10 个工作日，并告知理由",
         "20 working days from acceptance (Administrative Licensing Law art. 42); the head of the department may extend it once by up to 10 working days, with reasons"},
        {"cn-42-single", CATALOG_LIMIT_TASK,
         "可以开始审查之日起 20 个工作日（《行政许可法》第42条）；经本行政机关负责人批准可以延长一次，不超过 10 个工作日，并告知理由",
         "20 working days from the day on which the review can begin (Administrative Licensing Law art. 42); the head of the department may extend it once by up to 10 working days, with reasons"},
        {"cn-44-delivery", CATALOG_LIMIT_DELIVERY, "作出决定之日起 10 个工作日（《行政许可法》第44条）", "10 working days from the decision (Administrative Licensing Law art. 44)"},
        {"de-42a-2-period", CATALOG_LIMIT_JOINT,
         "受理之日起 3 个月（《联邦行政程序法》 § 42a(2)）；经办理人员批准可以延长一次，不超过 3 个月，并告知理由；末日为休息日的，顺延至下一工作日；期间不中止",
         "3 months from acceptance (VwVfG § 42a(2)); an officer may extend it once by up to 3 months, with reasons; an end on a day off moves to the next working day; nothing stops it"},
        {"nz-48-consent", CATALOG_LIMIT_JOINT, "收到之日起 20 个工作日（《2004 年建筑法》 s 48(1)）；不计入期限：补正",
         "20 working days from receipt (Building Act 2004 s 48(1)); not counted: requests to the applicant"},
        {"eu-13-3-days", CATALOG_LIMIT_JOINT,
         "受理之日起 30 日（欧盟第 2006/123/EC 号指令第13条(3)）；经办理人员批准可以延长一次，不超过 30 日，并告知理由；末日为休息日的，顺延至下一工作日；期间不中止",
         "30 calendar days from acceptance (Directive 2006/123/EC art. 13(3)); an officer may extend it once by up to 30 calendar days, with reasons; an end on a day off moves to the next working day; nothing stops it"},
    };
    struct base_buffer buffer = {.size = 0}, expected = {.size = 0};

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct catalog_text text = {{rows[i].zh, rows[i].en}};
        base_buffer_clear(&buffer);
        base_buffer_clear(&expected);
        catalog_put_limit_words(&buffer, NULL, rules, rows[i].place, &catalog_rule_find(rules, rows[i].rule)->limit);
        catalog_put_text(&expected, NULL, &text);
        CHECK_TEXT(base_buffer_text(&expected), base_buffer_text(&buffer), rows[i].rule);
    }
    base_buffer_fini(&buffer);
    base_buffer_fini(&expected);
}

/* Every set can be the center's: the fixture says its promises alone. */
static void each_set_can_be_the_centers(void **state)
{
    char path[1024], name[128];

    (void)state;
    for (size_t i = 0; i < catalog_rule_set_count(rules); i++) {
        const struct catalog_rule_set *set = catalog_rule_set_at(rules, i);
        const char *folder = fixture_folder();
        struct catalog *catalog = NULL;
        size_t size;
        snprintf(path, sizeof(path), "%s/configs/rules/%s.json", test_source(), set->id);
        char *file = test_file_read(path, &size);
        CHECK(file != NULL, path);
        fixture_write(folder, "rules.json", file, size);
        snprintf(name, sizeof(name), "\"calendar\": \"cn\", \"rule_set\": \"%s\"", set->id);
        char *text = fixture_replace(fixture_text, "\"calendar\": \"cn\"", name);
        fixture_write(folder, "catalog.json", text, strlen(text));
        int rc = catalog_load(folder, &catalog, &findings);
        fixture_print(&findings);
        CHECK_I64(OD_OK, rc, set->id);
        CHECK(catalog_service_find(catalog, "open-cafe")->rule_set == catalog_rule_set_find(catalog, set->id), "the center's");
        fixture_remove(folder);
        catalog_release(catalog);
        free(text);
        free(file);
    }
}

static void the_sample_has_the_rules_that_are_shipped(void **state)
{
    char path[1024];
    size_t size, sample_size;

    (void)state;
    snprintf(path, sizeof(path), "%s/configs/rules/cn-licensing.json", test_source());
    char *shipped = test_file_read(path, &size);
    snprintf(path, sizeof(path), "%s/configs/sample/catalog/rules/cn-licensing.json", test_source());
    char *sample = test_file_read(path, &sample_size);
    CHECK(shipped != NULL && sample != NULL, path);
    CHECK(size == sample_size && memcmp(shipped, sample, size) == 0, "a copy, byte by byte");
    free(shipped);
    free(sample);
}

static void a_file_or_folder_by_itself(void **state)
{
    struct catalog *one = NULL;
    char path[1024];

    (void)state;
    snprintf(path, sizeof(path), "%s/configs/rules/nz-building.json", test_source());
    CHECK_I64(OD_OK, catalog_rules_load(path, &one, &findings), "one file");
    CHECK_I64(1, catalog_rule_set_count(one), "one set");
    CHECK_TEXT("nz", catalog_rule_set_at(one, 0)->calendar_id, "the calendar to count by");
    catalog_release(one);
    snprintf(path, sizeof(path), "%s/configs/sample/catalog", test_source());
    CHECK_I64(OD_OK, catalog_rules_load(path, &one, &findings), "a whole catalogue: its rules");
    CHECK(catalog_rule_find(one, "cn-42-joint") != NULL, "are there");
    catalog_release(one);
    one = NULL;
    CHECK_I64(OD_ENOTFOUND, catalog_rules_load("/nonexistent", &one, &findings), "no such file");
    snprintf(path, sizeof(path), "%s/configs/calendars/cn.json", test_source());
    CHECK_I64(OD_EINVAL, catalog_rules_load(path, &one, &findings), "no rules in it");
    CHECK(fixture_finding(&findings, "there is no \"rule_sets\" in it") != NULL, "told");
    CHECK(one == NULL, "unchanged");
}

/* Fail the n-th allocation until one pass is clean; ASan sees what leaks. */
static void running_out_of_memory_ends_well(void **state)
{
    struct catalog *one = NULL;
    char path[1024];
    uint64_t count = 0;
    int rc = OD_ENOMEM;

    (void)state;
    snprintf(path, sizeof(path), "%s/configs/rules/cn-licensing.json", test_source());
    while (rc == OD_ENOMEM) {
        base_alloc_fail_at(++count);
        rc = catalog_rules_load(path, &one, &findings);
        base_alloc_fail_at(0);
        CHECK((rc == OD_OK) == (one != NULL), "rules only on success");
    }
    CHECK_I64(OD_OK, rc, "in the end");
    CHECK(count > 10, "the sweep met the allocations of a load");
    catalog_release(one);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_article_is_a_rule),
        cmocka_unit_test(the_table_of_articles_names_every_rule),
        cmocka_unit_test(the_tests_of_the_table_exist),
        cmocka_unit_test(limits_give_the_dates_of_the_law),
        cmocka_unit_test(sentences_cite_their_article),
        cmocka_unit_test(each_set_can_be_the_centers),
        cmocka_unit_test(the_sample_has_the_rules_that_are_shipped),
        cmocka_unit_test(a_file_or_folder_by_itself),
        cmocka_unit_test(running_out_of_memory_ends_well),
    };
    char path[1024];

    if (!fixture_open())
        return 1;
    snprintf(path, sizeof(path), "%s/configs/rules", test_source());
    if (catalog_rules_load(path, &rules, &findings) != OD_OK) {
        fixture_print(&findings);
        return 1;
    }
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    calendars_fini();
    catalog_release(rules);
    return failed;
}
