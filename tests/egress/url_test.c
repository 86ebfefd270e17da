/* SPDX-License-Identifier: Apache-2.0 */
/* One spelling for a URL; what servers read in two ways is refused. */
#include "lib/check.h"

#include <stdio.h>

#include "egress/url.h"

static void one_spelling(void **state)
{
    static const struct {
        const char *text, *spelling, *why;
    } rows[] = {
        {"https://api.water.gov/v1/x", "https://api.water.gov:443/v1/x", "as it is, with its port"},
        {"HTTPS://API.Water.GOV/V1/X", "https://api.water.gov:443/V1/X", "scheme and host in lower case, the path not"},
        {"http://h", "http://h:80/", "an empty path is /"},
        {"http://h?a=b", "http://h:80/?a=b", "a query behind an empty path"},
        {"http://h/?", "http://h:80/", "an empty query"},
        {"http://h:8080/a", "http://h:8080/a", "a port"},
        {"https://[2001:DB8::1]:8443/a", "https://[2001:db8::1]:8443/a", "an IPv6 address"},
        {"http://h/a/./b", "http://h:80/a/b", "one dot"},
        {"http://h/a/../b", "http://h:80/b", "two dots"},
        {"http://h/a/b/..", "http://h:80/a/", "two dots at the end"},
        {"http://h/a/.", "http://h:80/a/", "one dot at the end"},
        {"http://h/../../x", "http://h:80/x", "never above the root"},
        {"http://h/v1/%2e%2e/admin", "http://h:80/admin", "escaped dots are dots"},
        {"http://h/v1/.%2E/admin", "http://h:80/admin", "half escaped"},
        {"http://h/v1/%2e/x", "http://h:80/v1/x", "one escaped dot"},
        {"http://h/a//b", "http://h:80/a//b", "empty segments stay"},
        {"http://h/a//../b", "http://h:80/a/b", "and count for two dots"},
        {"http://h/%41%7e%2D", "http://h:80/A~-", "escapes of what needs none are undone"},
        {"http://h/%c3%a9%20", "http://h:80/%C3%A9%20", "others stay, in upper case"},
        {"http://h/%252520", "http://h:80/%252520", "an escaped percent that hides no slash or dot"},
        {"http://h/...", "http://h:80/...", "three dots are a name"},
        {"http://h/..a/.b", "http://h:80/..a/.b", "so is what begins with dots"},
        {"http://h/a;b=c", "http://h:80/a;b=c", "a parameter"},
        {"http://h/p?q=../..&r=%2e%2e%2f", "http://h:80/p?q=../..&r=%2e%2e%2f", "a query is left alone"},
        {"http://a_b.c-d/", "http://a_b.c-d:80/", "underscore and hyphen"},
        {"http://127.0.0.1/", "http://127.0.0.1:80/", "an address"},
        {"http://h:00080/", "http://h:80/", "zeros before a port"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct egress_url url;
        char why[EGRESS_WHY_SIZE] = "", text[EGRESS_URL_SIZE];

        CHECK_I64(OD_OK, egress_url_read(rows[i].text, &url, why), rows[i].why);
        egress_url_write(&url, text);
        CHECK_TEXT(rows[i].spelling, text, rows[i].why);
        CHECK_I64(OD_OK, egress_url_read(text, &url, why), "it can be read again");
        egress_url_write(&url, text);
        CHECK_TEXT(rows[i].spelling, text, "and is the same then");
    }
}

static void what_is_refused(void **state)
{
    static const struct {
        const char *text, *why;
    } rows[] = {
        {"", "nothing"},
        {"/v1/x", "no host"},
        {"ftp://h/", "another scheme"},
        {"file:///etc/passwd", "a file"},
        {"gopher://h/", "another scheme"},
        {"https:/h/", "one slash"},
        {"https://", "an empty host"},
        {"https:///x", "an empty host"},
        {"https://user@h/", "a user"},
        {"https://user:pw@h/", "a password"},
        {"https://granted.gov@evil.org/", "a host that looks like another"},
        {"https://h/#f", "a fragment"},
        {"https://h\\@evil.org/", "a backslash in the authority"},
        {"https://h/a\\b", "a backslash in the path"},
        {"https://h/a b", "a space"},
        {"https://h/a\nb", "a line end"},
        {"https://h/\x01", "a control character"},
        {"https://h/\xc3\xa9", "not ASCII"},
        {"https://h\xc3\xa9/", "not ASCII in the host"},
        {"https://h%2e/", "an escape in the host"},
        {"https://h./", "a dot at the host's end: another name for caches and cookies"},
        {"https://.h/", "a dot at its start"},
        {"https://a..b/", "an empty label"},
        {"https://h:/", "an empty port"},
        {"https://h:0/", "port 0"},
        {"https://h:65536/", "port over 16 bits"},
        {"https://h:123456/", "too many digits"},
        {"https://h:80x/", "a port with a letter"},
        {"https://h:-1/", "a sign"},
        {"https://[::1/", "a bracket that does not close"},
        {"https://[::1]x/", "behind the bracket"},
        {"https://[1.2.3.4]/", "no IPv6 address in brackets"},
        {"https://[fe80::1%25eth0]/", "a zone"},
        {"https://h/a%2fb", "an escaped slash"},
        {"https://h/a%5Cb", "an escaped backslash"},
        {"https://h/a%00b", "an escaped NUL"},
        {"https://h/a%0db", "an escaped line end"},
        {"https://h/%252e%252e/admin", "dots escaped twice"},
        {"https://h/v1/%252Fadmin", "a slash escaped twice"},
        {"https://h/v1/..;/admin", "a dot segment with a parameter"},
        {"https://h/v1/.;x=1/admin", "one dot, likewise"},
        {"https://h/v1/%2e%2e;/admin", "escaped, likewise"},
        {"https://h/%2", "a cut escape"},
        {"https://h/%zz", "no hexadecimal digits"},
        {"https://h/<x>", "angle brackets"},
        {"https://h/{x}", "braces"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct egress_url url = {.port = 4711};
        char why[EGRESS_WHY_SIZE] = "";

        CHECK_I64(OD_EINVAL, egress_url_read(rows[i].text, &url, why), rows[i].why);
        CHECK(why[0] != '\0', rows[i].why);
        CHECK_I64(4711, url.port, "unchanged by an error");
    }
}

/* Whatever is taken has one spelling, and that hides nothing: no dot segment, no escape of one. */
static void what_is_taken_hides_nothing(void **state)
{
    static const char *const parts[] = {"/", ".", "..", "%2e", "%2E", "%2f", "%5c", "%25", "2e", ";", "a", "b", "%41", "//", "?", "v1", "admin", "%", "%c3"};
    unsigned seed = 7, taken = 0;

    (void)state;
    for (unsigned round = 0; round < 200000; round++) {
        char text[128] = "http://h/", spelling[EGRESS_URL_SIZE], again[EGRESS_URL_SIZE], why[EGRESS_WHY_SIZE];
        struct egress_url url;

        for (unsigned i = 0; i < 8; i++) {
            seed = seed * 1103515245u + 12345u;
            strcat(text, parts[(seed >> 16) % COUNT(parts)]);
        }
        if (egress_url_read(text, &url, why) != OD_OK)
            continue;
        taken++;
        egress_url_write(&url, spelling);
        CHECK(url.path[0] == '/', text);
        CHECK(strstr(url.path, "/../") == NULL && strstr(url.path, "/./") == NULL, spelling);
        CHECK(strcasestr(url.path, "%2e") == NULL && strcasestr(url.path, "%2f") == NULL && strcasestr(url.path, "%5c") == NULL, spelling);
        size_t size = strlen(url.path);
        CHECK(strcmp(url.path + (size > 2 ? size - 3 : 0), "/..") != 0, spelling);
        CHECK_I64(OD_OK, egress_url_read(spelling, &url, why), spelling);
        egress_url_write(&url, again);
        CHECK_TEXT(spelling, again, text);
    }
    CHECK(taken > 10000, "enough of them were taken");
}

static void its_length(void **state)
{
    char text[EGRESS_URL_MAX + 2], why[EGRESS_WHY_SIZE];
    struct egress_url url;

    (void)state;
    memset(text, 'a', sizeof(text));
    memcpy(text, "https://h/", 10);
    text[EGRESS_URL_MAX] = '\0';
    CHECK_I64(OD_OK, egress_url_read(text, &url, why), "the limit");
    text[EGRESS_URL_MAX] = 'a';
    text[EGRESS_URL_MAX + 1] = '\0';
    CHECK_I64(OD_ELIMIT, egress_url_read(text, &url, why), "limit + 1");
    memset(text, 'h', 8 + EGRESS_HOST_MAX + 1);
    memcpy(text, "https://", 8);
    snprintf(text + 8 + EGRESS_HOST_MAX, 3, "/");
    CHECK_I64(OD_OK, egress_url_read(text, &url, why), "a host of the limit");
    snprintf(text + 8 + EGRESS_HOST_MAX, 3, "h/");
    CHECK_I64(OD_EINVAL, egress_url_read(text, &url, why), "a host of limit + 1");
}

static void origins(void **state)
{
    static const struct {
        const char *a, *b;
        bool is_same;
        const char *why;
    } rows[] = {
        {"https://h/a", "https://H:443/b", true, "the path does not count"},
        {"https://h/", "http://h/", false, "another scheme"},
        {"https://h/", "https://h:8443/", false, "another port"},
        {"https://h/", "https://i/", false, "another host"},
        {"https://h/", "https://www.h/", false, "a name below"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct egress_url a, b;
        char why[EGRESS_WHY_SIZE];

        CHECK_I64(OD_OK, egress_url_read(rows[i].a, &a, why), rows[i].why);
        CHECK_I64(OD_OK, egress_url_read(rows[i].b, &b, why), rows[i].why);
        CHECK_I64(rows[i].is_same, egress_url_is_same_origin(&a, &b), rows[i].why);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_spelling),
        cmocka_unit_test(what_is_refused),
        cmocka_unit_test(what_is_taken_hides_nothing),
        cmocka_unit_test(its_length),
        cmocka_unit_test(origins),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
