/* SPDX-License-Identifier: Apache-2.0 */
/* What the catalogue says of messages: channels, hours, words, and what a word may hold. */
#include <stdio.h>
#include <stdlib.h>

#include "base/hash.h"
#include "base/memory.h"
#include "catalog/fixture.h"
#include "catalog/notice.h"
#include "lib/check.h"

static struct catalog_findings findings;

static int load(const char *find, const char *replace, struct catalog **out)
{
    char *text = fixture_replace(fixture_text, find, replace);
    int rc;

    CHECK(text != NULL, "the fixture has it");
    rc = catalog_restore(text, strlen(text), out, &findings);
    free(text);
    return rc;
}

#define CENTER "\"office_hours\":"
#define FILE_END "\"center\":"

static void test_defaults(void **state)
{
    struct catalog *catalog = NULL;

    (void)state;
    CHECK_I64(OD_OK, load(CENTER, CENTER, &catalog), "the fixture");
    const struct catalog_notice_rules *rules = catalog_notice_rules(catalog);
    CHECK_I64(3, rules->channel_count, "every channel");
    CHECK_I64(CATALOG_CHANNEL_SMS, rules->channels[0], "text messages first");
    CHECK_I64(rules->quiet_from, rules->quiet_to, "no quiet hours");
    CHECK(rules->test_to == NULL, "no test");
    CHECK_I64(72, rules->give_up_hours, "three days");
    CHECK(catalog_notice_text_find(catalog, "accepted", CATALOG_CHANNEL_SMS) == NULL, "no words of its own");
    catalog_release(catalog);
}

static void test_rules(void **state)
{
    struct catalog *catalog = NULL;

    (void)state;
    CHECK_I64(OD_OK, load(CENTER, "\"notices\": {\"channels\": [\"email\"], \"quiet\": {\"from\": \"21:00\", \"to\": \"08:30\"}, "
                                  "\"test_mode\": {\"to\": \"a@b.c\"}, \"give_up_hours\": 8760}, " CENTER, &catalog), "all members");
    const struct catalog_notice_rules *rules = catalog_notice_rules(catalog);
    CHECK_I64(1, rules->channel_count, "one channel");
    CHECK_I64(CATALOG_CHANNEL_EMAIL, rules->channels[0], "that one");
    CHECK_I64(21 * 60, rules->quiet_from, "from");
    CHECK_I64(8 * 60 + 30, rules->quiet_to, "to");
    CHECK_TEXT("a@b.c", rules->test_to, "test");
    CHECK_I64(8760, rules->give_up_hours, "the limit");
    catalog_release(catalog);
}

/* The words of one channel before those of every channel; the version knows them, and so does the snapshot. */
static void test_words(void **state)
{
    static const char notices[] =
        "\"notices\": [{\"kind\": \"accepted\", \"text\": {\"zh-CN\": \"一\", \"en\": \"one\"}},"
        " {\"kind\": \"accepted\", \"channel\": \"sms\", \"text\": {\"zh-CN\": \"二 {{number}}\", \"en\": \"two {{code}}\"}}], " FILE_END;
    struct catalog *plain = NULL, *catalog = NULL, *again = NULL;
    size_t size;

    (void)state;
    CHECK_I64(OD_OK, load(FILE_END, FILE_END, &plain), "the fixture");
    CHECK_I64(OD_OK, load(FILE_END, notices, &catalog), "with words");
    CHECK(strcmp(catalog_version(plain), catalog_version(catalog)) != 0, "another version");
    CHECK_TEXT("two {{code}}", catalog_notice_text_find(catalog, "accepted", CATALOG_CHANNEL_SMS)->text.in[CATALOG_EN], "its own channel's");
    CHECK_TEXT("one", catalog_notice_text_find(catalog, "accepted", CATALOG_CHANNEL_EMAIL)->text.in[CATALOG_EN], "every channel's");
    CHECK(catalog_notice_text_find(catalog, "decided", CATALOG_CHANNEL_SMS) == NULL, "another kind");
    const char *snapshot = catalog_snapshot(catalog, &size);
    CHECK_I64(OD_OK, catalog_restore(snapshot, size, &again, &findings), "its snapshot");
    CHECK_TEXT(catalog_version(catalog), catalog_version(again), "is the same version");
    CHECK(catalog_notice_text_find(again, "accepted", CATALOG_CHANNEL_SMS) != NULL, "with the words");
    catalog_release(plain);
    catalog_release(catalog);
    catalog_release(again);
}

#define TEXT(zh) "\"notices\": [{\"kind\": \"accepted\", \"text\": {\"zh-CN\": \"" zh "\", \"en\": \"x\"}}], " FILE_END
#define RULES(text) "\"notices\": {" text "}, " CENTER

static void test_refused(void **state)
{
    static const struct {
        const char *find, *replace, *says, *why;
    } rows[] = {
        {FILE_END, TEXT("{{amount}}"), "there is no {{amount}} in a notice \"accepted\"; there are number, code,", "of another kind"},
        {FILE_END, TEXT("{{}}"), "there is no {{}}", "no name"},
        {FILE_END, TEXT("{{number"), "is not closed", "open"},
        {FILE_END, "\"notices\": [{\"kind\": \"sneezed\", \"text\": {\"zh-CN\": \"x\", \"en\": \"x\"}}], " FILE_END, "there is no notice \"sneezed\"", "no such kind"},
        {FILE_END, "\"notices\": [{\"kind\": \"accepted\"}], " FILE_END, "\"text\" is missing", "no words"},
        {FILE_END, "\"notices\": [{\"kind\": \"decided\", \"text\": {\"zh-CN\": \"x\", \"en\": \"x\"}}, {\"kind\": \"decided\", \"text\": {\"zh-CN\": \"y\", \"en\": \"y\"}}], " FILE_END,
         "has a text for this channel already", "twice"},
        {FILE_END, "\"notices\": [{\"kind\": \"decided\", \"channel\": \"pigeon\", \"text\": {\"zh-CN\": \"x\", \"en\": \"x\"}}], " FILE_END, "\"channel\" is to be one of", "no such channel"},
        {CENTER, RULES("\"channels\": [\"pigeon\"]"), "a channel is \"sms\"", "no such channel"},
        {CENTER, RULES("\"channels\": [\"sms\", \"sms\"]"), "stands twice", "twice"},
        {CENTER, RULES("\"channels\": []"), "is empty", "none"},
        {CENTER, RULES("\"quiet\": {\"from\": \"24:00\", \"to\": \"08:00\"}"), "is to be a time HH:MM", "no such hour"},
        {CENTER, RULES("\"quiet\": {\"from\": \"7:00\", \"to\": \"08:00\"}"), "is to be a time HH:MM", "one digit"},
        {CENTER, RULES("\"quiet\": {\"from\": \"07:00\"}"), "\"to\" is missing", "half"},
        {CENTER, RULES("\"give_up_hours\": 0"), "from 1 to 8760", "none"},
        {CENTER, RULES("\"give_up_hours\": 8761"), "from 1 to 8760", "limit + 1"},
        {CENTER, RULES("\"loud\": true"), "unknown member \"loud\"", "unknown"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct catalog *catalog = NULL;

        CHECK_I64(OD_EINVAL, load(rows[i].find, rows[i].replace, &catalog), rows[i].why);
        CHECK(strstr(findings.items[0].text[CATALOG_EN], rows[i].says) != NULL, findings.items[0].text[CATALOG_EN]);
        CHECK(catalog == NULL, "nothing is made of it");
    }
}

static void check_size(size_t size, int expected, const char *why)
{
    char *text = malloc(size + 256);
    struct catalog *catalog = NULL;
    int head = sprintf(text, "\"notices\": [{\"kind\": \"accepted\", \"text\": {\"zh-CN\": \"");

    memset(text + head, 'x', size);
    sprintf(text + head + size, "\", \"en\": \"x\"}}], " FILE_END);
    CHECK_I64(expected, load(FILE_END, text, &catalog), why);
    catalog_release(catalog);
    free(text);
}

static void check_count(size_t count, int expected, const char *why)
{
    static const char *const channels[] = {"", "\"channel\": \"sms\", ", "\"channel\": \"email\", ", "\"channel\": \"webhook\", "};
    size_t room = 256 + count * 160, size = 0;
    char *text = malloc(room);
    struct catalog *catalog = NULL;

    size += (size_t)sprintf(text, "\"notices\": [");
    for (size_t i = 0; i < count; i++)
        size += (size_t)sprintf(text + size, "%s{\"kind\": \"%s\", %s\"text\": {\"zh-CN\": \"x\", \"en\": \"x\"}}", i > 0 ? "," : "",
                                catalog_notice_kind_at(i / 4 % catalog_notice_kind_count()), channels[i % 4]);
    sprintf(text + size, "], " FILE_END);
    int rc = load(FILE_END, text, &catalog);
    bool is_too_many = rc == OD_EINVAL && strstr(findings.items[0].text[CATALOG_EN], "at most 256") != NULL;
    CHECK(expected == OD_EINVAL ? is_too_many : !is_too_many, why);
    catalog_release(catalog);
    free(text);
}

static void test_limits(void **state)
{
    (void)state;
    check_size(CATALOG_NOTICE_TEXT_MAX, OD_OK, "the longest text");
    check_size(CATALOG_NOTICE_TEXT_MAX + 1, OD_EINVAL, "one byte more");
    check_count(CATALOG_NOTICE_TEXTS_MAX, OD_OK, "as many as there may be");
    check_count(CATALOG_NOTICE_TEXTS_MAX + 1, OD_EINVAL, "one more");
}

static const char *value_of(void *owner, const char *name)
{
    return strcmp(name, "applicant") == 0 ? owner : NULL;
}

/* No value becomes structure. */
static void test_values(void **state)
{
    static const struct {
        const char *value, *filled, *why;
    } rows[] = {
        {"王小明", "a 王小明 b", "as it is"},
        {"x\r\nBcc: y", "a x  Bcc: y b", "no line end"},
        {"\x1b[31m", "a  [31m b", "no control"},
        {"a\xe2\x80\xae" "b", "a a b b", "nothing that turns the text"},
        {"\xc2\x85x", "a  x b", "no line end of C1"},
        {"{{code}}", "a { {code}} b", "nor a name"},
        {"", "a  b", "empty"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct base_buffer buffer = {0};

        catalog_notice_fill(&buffer, "a {{applicant}} b", value_of, (void *)(uintptr_t)rows[i].value);
        CHECK_TEXT(rows[i].filled, base_buffer_text(&buffer), rows[i].why);
        base_buffer_fini(&buffer);
    }
    struct base_buffer buffer = {0};
    catalog_notice_fill(&buffer, "{{unknown}}x{{", value_of, NULL);
    CHECK_TEXT("x{{", base_buffer_text(&buffer), "an unknown name stays out, an open one stays");
    base_buffer_fini(&buffer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults), cmocka_unit_test(test_rules),  cmocka_unit_test(test_words),
        cmocka_unit_test(test_refused),  cmocka_unit_test(test_limits), cmocka_unit_test(test_values),
    };

    if (base_hash_init() != OD_OK || !fixture_open())
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
