/* SPDX-License-Identifier: Apache-2.0 */
/* Secret files: who may read them, how large they are, and what ends them. */
#include "lib/check.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "egress/secret.h"

static char folder[64], path[128];

static int set_up(void **state)
{
    (void)state;
    snprintf(folder, sizeof(folder), "/tmp/egress-secret-XXXXXX");
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(path, sizeof(path), "%s/water", folder);
    if (mkdir(path, 0700) != 0)
        return -1;
    snprintf(path, sizeof(path), "%s/water/token", folder);
    return 0;
}

static int tear_down(void **state)
{
    char parent[128];

    (void)state;
    unlink(path);
    snprintf(parent, sizeof(parent), "%s/water", folder);
    rmdir(parent);
    return rmdir(folder);
}

static void put(const char *bytes, size_t size, mode_t mode)
{
    unlink(path);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    CHECK(fd >= 0, "file");
    CHECK_I64(size, write(fd, bytes, size), "content");
    close(fd);
    CHECK_I64(0, chmod(path, mode), "mode");
}

static int get(struct egress_secret *secret)
{
    char why[EGRESS_WHY_SIZE] = "";
    int rc = egress_secret_read(folder, "water", "token", secret, why);

    if (rc != OD_OK) {
        CHECK(strstr(why, "token") != NULL, "the name is told");
        CHECK(strstr(why, "s3cret") == NULL, "the value never is");
        CHECK_I64(0, secret->size, "and is gone");
    }
    return rc;
}

static void its_end(void **state)
{
    static const struct {
        const char *content, *value, *why;
    } rows[] = {
        {"s3cret", "s3cret", "without a line end"},
        {"s3cret\n", "s3cret", "one line end is an editor's"},
        {"s3cret\r\n", "s3cret", "of either kind"},
        {"s3cret\n\n", "s3cret\n", "two are not"},
        {" s3cret ", " s3cret ", "spaces belong to it"},
        {"a\nb", "a\nb", "a line end within"},
    };
    struct egress_secret secret;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        put(rows[i].content, strlen(rows[i].content), 0600);
        CHECK_I64(OD_OK, get(&secret), rows[i].why);
        CHECK_TEXT(rows[i].value, secret.bytes, rows[i].why);
        CHECK_I64(strlen(rows[i].value), secret.size, rows[i].why);
    }
}

static void who_may_read_it(void **state)
{
    static const struct {
        mode_t mode;
        int rc;
        const char *why;
    } rows[] = {
        {0600, OD_OK, "its owner"},   {0400, OD_OK, "its owner, not to write"}, {0640, OD_EDENIED, "the group"},
        {0604, OD_EDENIED, "others"}, {0620, OD_EDENIED, "the group may write"}, {0601, OD_EDENIED, "others may run it"},
    };
    struct egress_secret secret;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        put("s3cret", 6, rows[i].mode);
        CHECK_I64(rows[i].rc, get(&secret), rows[i].why);
    }
}

static void how_large_it_is(void **state)
{
    static char large[EGRESS_SECRET_MAX + 2];
    struct egress_secret secret;

    (void)state;
    memset(large, 'x', sizeof(large));
    put("", 0, 0600);
    CHECK_I64(OD_ELIMIT, get(&secret), "empty");
    put("\n", 1, 0600);
    CHECK_I64(OD_ELIMIT, get(&secret), "nothing but a line end");
    put(large, EGRESS_SECRET_MAX, 0600);
    CHECK_I64(OD_OK, get(&secret), "the limit");
    CHECK_I64(EGRESS_SECRET_MAX, secret.size, "whole");
    large[EGRESS_SECRET_MAX] = '\n';
    put(large, EGRESS_SECRET_MAX + 1, 0600);
    CHECK_I64(OD_OK, get(&secret), "the limit and a line end");
    CHECK_I64(EGRESS_SECRET_MAX, secret.size, "whole");
    large[EGRESS_SECRET_MAX] = 'x';
    put(large, EGRESS_SECRET_MAX + 1, 0600);
    CHECK_I64(OD_ELIMIT, get(&secret), "limit + 1");
}

static void what_is_no_file(void **state)
{
    struct egress_secret secret;
    char why[EGRESS_WHY_SIZE], other[160];

    (void)state;
    unlink(path);
    CHECK_I64(OD_ENOTFOUND, get(&secret), "not there");
    CHECK_I64(OD_ENOTFOUND, egress_secret_read(NULL, "water", "token", &secret, why), "no folder");
    CHECK_I64(OD_ENOTFOUND, egress_secret_read(folder, "fire", "token", &secret, why), "no connector");
    snprintf(other, sizeof(other), "%s.real", path);
    CHECK_I64(0, symlink("/etc/hostname", path), "link");
    CHECK_I64(OD_EDENIED, get(&secret), "a link leads anywhere");
    unlink(path);
    CHECK_I64(0, mkfifo(path, 0600), "pipe");
    CHECK_I64(OD_EDENIED, get(&secret), "a pipe would wait");
    unlink(path);
    CHECK_I64(0, mkdir(path, 0700), "folder");
    CHECK_I64(OD_EDENIED, get(&secret), "a folder");
    rmdir(path);
}

static void a_changed_one_counts_at_once(void **state)
{
    struct egress_secret secret;

    (void)state;
    put("old", 3, 0600);
    CHECK_I64(OD_OK, get(&secret), "before");
    put("newer", 5, 0600);
    CHECK_I64(OD_OK, get(&secret), "after");
    CHECK_TEXT("newer", secret.bytes, "after");
    egress_secret_wipe(&secret);
    CHECK(secret.size == 0 && secret.bytes[0] == '\0' && secret.bytes[4] == '\0', "wiped");
}

static void what_a_header_may_hold(void **state)
{
    static const struct {
        const char *value;
        bool is_header;
        const char *why;
    } rows[] = {
        {"Az09+/=", true, "a token"}, {"a b\tc", true, "space and tab"}, {"a\nb", false, "a line end"},
        {"a\rb", false, "a CR"},      {"\x7f", false, "DEL"},            {"\xc3\xa9", false, "not ASCII"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct egress_secret secret = {.size = strlen(rows[i].value)};

        memcpy(secret.bytes, rows[i].value, secret.size);
        CHECK_I64(rows[i].is_header, egress_secret_is_header(&secret), rows[i].why);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(its_end),         cmocka_unit_test(who_may_read_it),
        cmocka_unit_test(how_large_it_is), cmocka_unit_test(what_is_no_file),
        cmocka_unit_test(a_changed_one_counts_at_once), cmocka_unit_test(what_a_header_may_hold),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
