/* SPDX-License-Identifier: Apache-2.0 */
/* check.json and what a folder must hold: what is taken, and each refusal with its place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "check/subject.h"

static int read_text(const char *text, struct check_script *script, char reason[CHECK_REASON_SIZE])
{
    return check_script_read("check.json", text, strlen(text), script, reason);
}

static void test_a_whole_script_is_read(void **state)
{
    static const char text[] =
        "{\"config\": {\"a\": 1}, \"forms\": [{}, {\"x\": 1}], \"input\": {}, \"matter\": \"m\", \"department\": {"
        "\"decides_after_ms\": 5, \"callback\": {}, \"routes\": ["
        "{\"does\": \"submit\", \"method\": \"POST\", \"path\": \"/a\", \"key\": \"path\", \"answer\": {\"status\": 201}},"
        "{\"does\": \"status\", \"method\": \"GET\", \"path\": \"/a/${ref}\", \"answer\": {\"body\": 1}, \"pending\": {}}]}}";
    struct check_script script;
    char reason[CHECK_REASON_SIZE];

    (void)state;
    assert_int_equal(OD_OK, read_text(text, &script, reason));
    assert_int_equal(2, script.form_count);
    assert_int_equal(2, script.route_count);
    assert_int_equal(201, script.routes[0].answer.status);
    assert_int_equal(200, script.routes[1].pending.status);
    assert_int_equal(0, script.routes[1].missing.status);
    assert_true(check_script_does(&script, CHECK_DOES_SUBMIT));
    assert_false(check_script_does(&script, CHECK_DOES_LOOKUP));
    assert_int_equal(5, script.decides_after_ms);
    check_script_fini(&script);
}

static void test_each_fault_is_named_with_its_place(void **state)
{
    static const struct {
        const char *text, *says, *why;
    } rows[] = {
        {"{", "check.json:1:2", "no JSON"},
        {"{}", "forms must be an array", "nothing to offer"},
        {"{\"forms\": []}", "check.json:1:11: forms must be", "no form"},
        {"{\"forms\": [1]}", "each form must be an object", "a form that is none"},
        {"{\"forms\": [{}], \"config\": 1}", "config must be an object", "config"},
        {"{\"forms\": [{}], \"input\": []}", "input must be an object", "input"},
        {"{\"forms\": [{}], \"folder\": \"/etc\"}", "folder must name a folder beside check.json", "a whole path"},
        {"{\"forms\": [{}], \"folder\": \"../x\"}", "folder must name a folder beside check.json", "a step up"},
        {"{\"forms\": [{}], \"sockets\": \"x\"}", "sockets must be the whole path", "a part of a path"},
        {"{\"forms\": [{}], \"department\": {}}", "routes must be an array", "a department without routes"},
        {"{\"forms\": [{}], \"department\": {\"routes\": [], \"decides_after_ms\": -1}}", "0 to 30 days", "before it was asked"},
        {"{\"forms\": [{}], \"department\": {\"routes\": [{\"does\": \"x\"}]}}", "does must be", "does"},
        {"{\"forms\": [{}], \"department\": {\"routes\": [{\"does\": \"answer\", \"method\": \"GET\"}]}}", "method and path", "path"},
        {"{\"forms\": [{}], \"department\": {\"routes\": [{\"does\": \"answer\", \"method\": \"GET\", \"path\": \"x\"}]}}",
         "begins with '/'", "a path without its slash"},
        {"{\"forms\": [{}], \"department\": {\"routes\": [{\"does\": \"submit\", \"method\": \"POST\", \"path\": \"/\"}]}}",
         "where the idempotency key stands", "a submission without a key"},
        {"{\"forms\": [{}], \"department\": {\"routes\": [{\"does\": \"answer\", \"method\": \"GET\", \"path\": \"/\"}]}}",
         "answer must be", "no answer"},
        {"{\"forms\": [{}], \"department\": {\"routes\": [{\"does\": \"answer\", \"method\": \"GET\", \"path\": \"/\", "
         "\"answer\": {\"status\": 600}}]}}", "from 200 to 599", "a status that is none"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct check_script script = {.matter = "kept"};
        char reason[CHECK_REASON_SIZE] = "";

        if (read_text(rows[i].text, &script, reason) != OD_EINVAL || strstr(reason, rows[i].says) == NULL)
            fail_msg("%s: %s", rows[i].why, reason);
        assert_string_equal("kept", script.matter); /* unchanged */
    }
}

/* count times text between two others; read. */
static int read_many(const char *lead, const char *text, size_t count, const char *tail)
{
    struct base_buffer out = {0};
    struct check_script script;
    char reason[CHECK_REASON_SIZE];

    base_buffer_put_text(&out, lead);
    for (size_t i = 0; i < count; i++)
        base_buffer_put_format(&out, "%s%s", i > 0 ? "," : "", text);
    base_buffer_put_text(&out, tail);
    int rc = read_text(base_buffer_text(&out), &script, reason);
    base_buffer_fini(&out);
    if (rc == OD_OK)
        check_script_fini(&script);
    return rc;
}

static void test_the_limits_hold(void **state)
{
    static const char route[] = "{\"does\": \"answer\", \"method\": \"GET\", \"path\": \"/\", \"answer\": {}}";
    static const char lead[] = "{\"forms\": [{}], \"department\": {\"routes\": [";

    (void)state;
    assert_int_equal(OD_OK, read_many("{\"forms\": [", "{}", CHECK_FORMS_MAX, "]}"));
    assert_int_equal(OD_EINVAL, read_many("{\"forms\": [", "{}", CHECK_FORMS_MAX + 1, "]}"));
    assert_int_equal(OD_OK, read_many(lead, route, CHECK_ROUTES_MAX, "]}}"));
    assert_int_equal(OD_EINVAL, read_many(lead, route, CHECK_ROUTES_MAX + 1, "]}}"));
}

static void write_file(const char *folder, const char *name, const char *text)
{
    char path[256];

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void test_a_command_has_a_limit_and_an_address_is_none(void **state)
{
    char folder[] = "/tmp/onedoor-check-XXXXXX", reason[CHECK_REASON_SIZE], path[256];
    struct check_subject subject;

    (void)state;
    assert_non_null(mkdtemp(folder));
    write_file(folder, "remote.json", "{\"id\": \"x\", \"command\": [\"a\",\"b\",\"c\",\"d\",\"e\",\"f\",\"g\",\"h\",\"i\",\"j\",\"k\",\"l\","
                                      "\"m\",\"n\",\"o\",\"p\"], \"remote\": {\"submit_dedupe\": \"lookup\", \"events\": true}}");
    assert_int_equal(OD_OK, check_subject_read(folder, NULL, NULL, NULL, &subject, reason));
    assert_int_equal(PACKAGE_DEDUPE_LOOKUP, subject.dedupe);
    assert_true(subject.has_events);
    assert_string_equal("p", subject.words[CHECK_WORDS_MAX - 1]);
    check_subject_fini(&subject);
    write_file(folder, "remote.json", "{\"command\": [\"a\",\"b\",\"c\",\"d\",\"e\",\"f\",\"g\",\"h\",\"i\",\"j\",\"k\",\"l\",\"m\",\"n\",\"o\",\"p\",\"q\"]}");
    assert_int_equal(OD_EINVAL, check_subject_read(folder, NULL, NULL, NULL, &subject, reason));
    check_subject_fini(&subject);
    assert_int_equal(OD_OK, check_subject_read(folder, NULL, "127.0.0.1:9000", NULL, &subject, reason));
    assert_true(subject.is_started_elsewhere);
    check_subject_fini(&subject);
    assert_int_equal(OD_OK, check_subject_read(folder, NULL, "python3 x.py a:1", "{\"url\": \"${department}/v1\"}", &subject, reason));
    assert_false(subject.is_started_elsewhere);
    assert_string_equal("/bin/sh", subject.words[0]);
    char *config = check_subject_config(&subject, "http://there");
    assert_string_equal("{\"url\": \"http://there/v1\"}", config);
    base_free(config);
    check_subject_fini(&subject);
    assert_int_equal(OD_EINVAL, check_subject_read(folder, NULL, "x", "{", &subject, reason));
    check_subject_fini(&subject);
    snprintf(path, sizeof(path), "%s/remote.json", folder);
    unlink(path);
    rmdir(folder);
}

static void test_a_file_has_a_limit(void **state)
{
    char path[] = "/tmp/onedoor-check-XXXXXX", *bytes = NULL;
    size_t size = 0;
    int fd = mkstemp(path);

    (void)state;
    assert_int_equal(8, write(fd, "12345678", 8));
    close(fd);
    assert_int_equal(OD_OK, check_file_read(path, 8, &bytes, &size));
    assert_string_equal("12345678", bytes);
    base_free(bytes);
    assert_int_equal(OD_ELIMIT, check_file_read(path, 7, &bytes, &size));
    unlink(path);
    assert_int_equal(OD_ENOTFOUND, check_file_read(path, 8, &bytes, &size));
}

static void test_memory_may_run_short(void **state)
{
    struct check_script script;
    char reason[CHECK_REASON_SIZE];
    int rc = OD_ENOMEM;

    (void)state;
    for (uint64_t at = 1; rc != OD_OK && at < 1000; at++) {
        base_alloc_fail_at(at);
        rc = check_script_default(&script);
    }
    base_alloc_fail_at(0);
    assert_int_equal(OD_OK, rc);
    check_script_fini(&script);
    assert_int_equal(OD_EINVAL, read_text("[]", &script, reason));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_whole_script_is_read),
        cmocka_unit_test(test_each_fault_is_named_with_its_place),
        cmocka_unit_test(test_the_limits_hold),
        cmocka_unit_test(test_a_command_has_a_limit_and_an_address_is_none),
        cmocka_unit_test(test_a_file_has_a_limit),
        cmocka_unit_test(test_memory_may_run_short),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
