/* SPDX-License-Identifier: Apache-2.0 */
/* What the pages of papers put together from the API's document: what is asked for, matter by matter, and each matter
 * with its guide and its department's opinion. */
#include "front/pages_paper.h"

#include "lib/check.h"

static const char tasks[] =
    "\"tasks\": [{\"matter\": \"a\", \"matter_name\": {\"en\": \"A\"}, \"department_name\": {\"en\": \"DA\"}, \"state\": \"done\"},"
    " {\"matter\": \"b\", \"matter_name\": {\"en\": \"B\"}, \"department_name\": {\"en\": \"DB\"}, \"state\": \"done\"},"
    " {\"matter\": \"c\", \"matter_name\": {\"en\": \"C\"}, \"department_name\": {\"en\": \"DC\"}, \"state\": \"skipped\"}]";

struct row {
    const char *why, *json, *wanted;
};

static void check(const struct row *row, void (*put)(struct base_buffer *, const char *, const struct base_json *))
{
    struct base_buffer text = {0}, out = {0};
    struct base_json_error error;
    struct base_json *paper = NULL;

    base_buffer_put_format(&text, "{%s%s%s}", tasks, *row->json != '\0' ? ", " : "", row->json);
    CHECK_I64(OD_OK, base_json_parse(text.bytes, text.size, &paper, &error), row->why);
    base_json_open(&out, NULL, '{');
    put(&out, "it", paper);
    base_json_close(&out, '}');
    CHECK_TEXT(row->wanted, base_buffer_text(&out), row->why);
    base_json_destroy(paper);
    base_buffer_fini(&text);
    base_buffer_fini(&out);
}

static void gathers_what_is_asked_for(void **state)
{
    static const struct row rows[] = {
        {"nothing", "", "{}"},
        {"materials of two matters, the first one's together",
         "\"asked\": {\"notice\": \"incomplete\", \"at\": \"t\", \"told\": {\"otherwise\": {\"en\": \"O\"}, \"missing\": ["
         "{\"name\": {\"en\": \"m1\"}, \"matter\": \"a\"}, {\"name\": {\"en\": \"m2\"}, \"matter\": \"b\", \"text\": \"two copies\"},"
         " {\"name\": {\"en\": \"m3\"}, \"matter\": \"a\"}]}}",
         "{\"it\":{\"kind\":\"incomplete\",\"at\":\"t\",\"otherwise\":{\"en\":\"O\"},\"groups\":["
         "{\"matter_name\":{\"en\":\"A\"},\"department_name\":{\"en\":\"DA\"},\"items\":[{\"name\":{\"en\":\"m1\"}},{\"name\":{\"en\":\"m3\"}}]},"
         "{\"matter_name\":{\"en\":\"B\"},\"department_name\":{\"en\":\"DB\"},\"items\":[{\"name\":{\"en\":\"m2\"},\"text\":\"two copies\"}]}]}}"},
        {"the notice stands: until when is said",
         "\"notice\": {\"kind\": \"incomplete\", \"until\": \"2026-12-08\"}, \"asked\": {\"notice\": \"incomplete\", \"told\": {\"missing\": []}}",
         "{\"it\":{\"kind\":\"incomplete\",\"until\":\"2026-12-08\",\"groups\":[]}}"},
        {"another notice stands: its day is not this one's",
         "\"notice\": {\"kind\": \"supplement\", \"until\": \"2026-12-08\"}, \"asked\": {\"notice\": \"incomplete\", \"told\": {\"missing\": []}}",
         "{\"it\":{\"kind\":\"incomplete\",\"groups\":[]}}"},
        {"a promise taken at the acceptance",
         "\"asked\": {\"notice\": \"accepted\", \"told\": {\"kind\": \"tolerated\", \"missing\": [{\"name\": {\"en\": \"m\"}, \"matter\": \"b\"}]}}",
         "{\"it\":{\"kind\":\"tolerated\",\"groups\":[{\"matter_name\":{\"en\":\"B\"},\"department_name\":{\"en\":\"DB\"},\"items\":[{\"name\":{\"en\":\"m\"}}]}]}}"},
        {"errors of the form belong to no matter",
         "\"asked\": {\"notice\": \"correctable\", \"told\": {\"corrections\": [{\"id\": \"x\", \"text\": {\"en\": \"put it right\"}}]}}",
         "{\"it\":{\"kind\":\"correctable\",\"groups\":[{\"items\":[{\"name\":{\"en\":\"put it right\"}}]}]}}"},
        {"requests of departments as they stand",
         "\"asked\": {\"notice\": \"supplement\", \"second_notice\": true, \"requests\": [{\"matter_name\": {\"en\": \"A\"}, \"department_name\": {\"en\": \"DA\"},"
         " \"text\": \"why\", \"rule\": \"R-1\", \"items\": [{\"material\": \"x\"}], \"by\": \"officer\"}]}",
         "{\"it\":{\"kind\":\"supplement\",\"second_notice\":true,\"groups\":[{\"matter_name\":{\"en\":\"A\"},\"department_name\":{\"en\":\"DA\"},"
         "\"text\":\"why\",\"rule\":\"R-1\",\"items\":[{\"material\":\"x\"}]}]}}"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        check(&rows[i], front_paper_put_asked);
}

static void joins_matters_with_guide_and_opinion(void **state)
{
    static const struct row row = {
        "skipped ones are not printed; a rejected one is not granted",
        "\"guide\": {\"matters\": [{\"id\": \"b\", \"fees\": []}, {\"id\": \"c\"}]},"
        " \"opinions\": [{\"matter\": \"a\", \"opinion\": \"reject\"}, {\"matter\": \"b\", \"opinion\": \"approve_with_conditions\"}]",
        "{\"it\":[{\"task\":{\"matter\":\"a\",\"matter_name\":{\"en\":\"A\"},\"department_name\":{\"en\":\"DA\"},\"state\":\"done\"},"
        "\"said\":{\"matter\":\"a\",\"opinion\":\"reject\"},\"is_granted\":false},"
        "{\"id\":\"b\",\"fees\":[],\"task\":{\"matter\":\"b\",\"matter_name\":{\"en\":\"B\"},\"department_name\":{\"en\":\"DB\"},\"state\":\"done\"},"
        "\"said\":{\"matter\":\"b\",\"opinion\":\"approve_with_conditions\"},\"is_granted\":true}]}"};

    (void)state;
    check(&row, front_paper_put_matters);
}

#define BOXES(five, four, three, two, one) "[{\"level\":5,\"is_chosen\":" five "},{\"level\":4,\"is_chosen\":" four "},{\"level\":3,\"is_chosen\":" three \
    "},{\"level\":2,\"is_chosen\":" two "},{\"level\":1,\"is_chosen\":" one "}]"
#define NONE BOXES("false", "false", "false", "false", "false")

static void ticks_what_was_rated(void **state)
{
    static const struct row rows[] = {
        {"to be rated: who took it in", "\"window\": \"12\", \"received_by\": \"li\", \"evaluations\": []",
         "{\"it\":{\"window\":\"12\",\"officer\":\"li\",\"attitude\":" NONE ",\"ability\":" NONE "}}"},
        {"sent in by another way", "\"received_by\": \"li\"", "{\"it\":{\"attitude\":" NONE ",\"ability\":" NONE "}}"},
        {"the newest of two", "\"window\": \"12\", \"received_by\": \"li\", \"evaluations\": [{\"at\": \"t\", \"window\": \"3\", \"attitude\": 5, \"ability\": 1}, {\"attitude\": 2}]",
         "{\"it\":{\"window\":\"3\",\"at\":\"t\",\"attitude\":" BOXES("true", "false", "false", "false", "false") ",\"ability\":"
         BOXES("false", "false", "false", "false", "true") "}}"},
        {"no level", "\"evaluations\": [{\"attitude\": 6, \"ability\": 0}]", "{\"it\":{\"attitude\":" NONE ",\"ability\":" NONE "}}"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        check(&rows[i], front_paper_put_rating);
}

static void knows_which_papers_there_are(void **state)
{
    struct base_json_error error;
    struct base_json *paper = NULL;
    static const char text[] = "{\"papers\": [\"acceptance\", 7]}";

    (void)state;
    assert_int_equal(OD_OK, base_json_parse(text, sizeof(text) - 1, &paper, &error));
    assert_true(front_paper_has(paper, "acceptance"));
    assert_false(front_paper_has(paper, "decision"));
    assert_false(front_paper_has(NULL, "acceptance"));
    base_json_destroy(paper);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gathers_what_is_asked_for),
        cmocka_unit_test(joins_matters_with_guide_and_opinion),
        cmocka_unit_test(ticks_what_was_rated),
        cmocka_unit_test(knows_which_papers_there_are),
    };

    return cmocka_run_group_tests_name("paper", tests, NULL, NULL);
}
