/* SPDX-License-Identifier: Apache-2.0 */
/* Forms with files: what browsers send, what they never send, and every limit. */
#include <stdio.h>
#include <stdlib.h>

#include "front/multipart.h"
#include "lib/check.h"

#define TYPE "multipart/form-data; boundary=xyz"
#define LINE "Content-Disposition: form-data; name=\"a\"\r\n"

/* What came out, as text: "a=content|", a file as "a<name;type=content|", "." at the end; "!" and the fault. */
static const char *read_form(const char *type, const char *bytes, size_t size, size_t step)
{
    static char out[1 << 17];
    static struct front_multipart multipart;
    size_t at = 0, used = 0;

    if (front_multipart_init(&multipart, type) != OD_OK)
        return "no form";
#define OUT(...) used += (size_t)snprintf(out + used, sizeof(out) - used, __VA_ARGS__)
    out[0] = '\0';
    while (at < size) {
        size_t taken = 0, room = size - at < step ? size - at : step;
        enum front_multipart_event event = front_multipart_next(&multipart, bytes + at, room, &taken);

        at += taken;
        switch (event) {
        case FRONT_MULTIPART_NONE: break;
        case FRONT_MULTIPART_PART:
            if (multipart.is_file)
                OUT("%s<%s;%s=", multipart.name, multipart.file_name, multipart.media_type);
            else
                OUT("%s=", multipart.name);
            break;
        case FRONT_MULTIPART_DATA: OUT("%.*s", (int)multipart.size, multipart.bytes); break;
        case FRONT_MULTIPART_PART_END: OUT("|"); break;
        case FRONT_MULTIPART_END: OUT("."); break;
        case FRONT_MULTIPART_FAULT: OUT("!%d", (int)multipart.fault); return out;
        }
    }
    if (!front_multipart_is_whole(&multipart))
        OUT("?");
#undef OUT
    return out;
}

static void reads_forms(void **state)
{
    static const struct {
        const char *form, *expected, *why;
    } rows[] = {
        {"--xyz\r\n" LINE "\r\n1\r\n--xyz--\r\n", "a=1|.", "one field"},
        {"--xyz\r\n" LINE "\r\n1\r\n--xyz--", "a=1|.", "no line end at the end"},
        {"--xyz--\r\n", ".", "nothing at all"},
        {"--xyz\r\n" LINE "\r\n\r\n--xyz--", "a=|.", "an empty field"},
        {"--xyz\r\n" LINE "\r\n\r\n\r\n--xyz--", "a=\r\n|.", "a line end alone"},
        {"--xyz\r\n" LINE "\r\n\r\n--xy\r\n--xyz--", "a=\r\n--xy|.", "what begins like a boundary"},
        {"--xyz\r\n" LINE "\r\n\r\r\n-\r\n--\r\r\n--xyz--", "a=\r\r\n-\r\n--\r|.", "more of that"},
        {"--xyz\r\n" LINE "\r\n--xyz\r\n--xyz--", "a=--xyz|.", "a boundary without a line end before it is content"},
        {"--xyz\r\nContent-Disposition: form-data; name=\"d.p\"; filename=\"p.pdf\"\r\nContent-Type: application/pdf\r\n\r\n%PDF\r\n--xyz\r\n" LINE
         "\r\n2\r\n--xyz--\r\n",
         "d.p<p.pdf;application/pdf=%PDF|a=2|.", "a file and a field"},
        {"--xyz\r\nContent-Disposition: form-data; name=\"d\"; filename=\"\"\r\nContent-Type: application/octet-stream\r\n\r\n\r\n--xyz--",
         "d<;application/octet-stream=|.", "no file was chosen"},
        {"--xyz\r\nCONTENT-DISPOSITION:\tForm-Data;  Name=\"a\" \r\nX-More: yes\r\n\r\n1\r\n--xyz--", "a=1|.", "any case, white space, lines of no interest"},
        {"--xyz\r\nContent-Disposition: form-data; filename=\"%22\xe5\x9b\xbe%22.pdf\"; name=\"a;b=c\"\r\n\r\n1\r\n--xyz--", "a;b=c<\"\xe5\x9b\xbe\".pdf;=1|.",
         "quotes as browsers write them, in any order"},
        {"--xyz\r\nContent-Disposition: form-data; name=\"a\"; filename=\"%2e%2E%2f\"\r\n\r\n1\r\n--xyz--", "a<%2e%2E%2f;=1|.", "nothing else is decoded"},
        {"--xyz\r\nContent-Disposition: form-data; name=\"a\"; filename=\"x%0d%0A.pdf\"\r\n\r\n1\r\n--xyz--", "a<x\r\n.pdf;=1|.", "a line end in a name is one"},
        {"--xyz\r\n" LINE "\r\n1", "a=1?", "it breaks off in a field"},
        {"--xyz\r\n" LINE, "?", "it breaks off above a field"},
        {"--xyz\r\n" LINE "\r\n1\r\n--xyz-", "a=1|?", "it breaks off in its end"},
        {"hello\r\n--xyz\r\n", "!1", "text before it"},
        {"\r\n--xyz\r\n", "!1", "an empty line before it"},
        {"--xya\r\n", "!1", "another boundary"},
        {"--xyz \r\n", "!2", "white space behind a boundary"},
        {"--xyz\n", "!2", "half a line end"},
        {"--xyz-x", "!2", "half an end"},
        {"--xyz\r\n" LINE "\r\n1\r\n--xyzz", "a=1|!2", "a boundary that goes on"},
        {"--xyz\r\n\r\n1\r\n--xyz--", "!5", "no lines above a part"},
        {"--xyz\r\nContent-Type: a/b\r\n\r\n1\r\n--xyz--", "!5", "no name"},
        {"--xyz\r\nContent-Disposition: form-data; name=\"\"\r\n\r\n1\r\n--xyz--", "!5", "an empty name"},
        {"--xyz\r\nContent-Disposition: form-data; name=\"a\"; name=\"b\"\r\n\r\n1\r\n--xyz--", "!5", "two names"},
        {"--xyz\r\n" LINE LINE "\r\n1\r\n--xyz--", "!5", "two lines with a name"},
        {"--xyz\r\nContent-Disposition: form-data; name=\"a\"; filename=\"b\"; filename=\"c\"\r\n\r\n1\r\n--xyz--", "!3", "two names of a file"},
        {"--xyz\r\nContent-Disposition: attachment; name=\"a\"\r\n\r\n1\r\n--xyz--", "!3", "no form-data"},
        {"--xyz\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--xyz--", "!3", "a name without quotes"},
        {"--xyz\r\nContent-Disposition: form-data; name=\"a\r\n\r\n1\r\n--xyz--", "!3", "a quote that never ends"},
        {"--xyz\r\nContent-Disposition: form-data; name=\"a\\\"b\"\r\n\r\n1\r\n--xyz--", "!3", "a backslash before a quote"},
        {"--xyz\r\nContent-Disposition: form-data; name=\"a\"; filename*=UTF-8''b\r\n\r\n1\r\n--xyz--", "!3", "filename*: RFC 7578 section 4.2"},
        {"--xyz\r\n" LINE "Content-Transfer-Encoding: base64\r\n\r\n1\r\n--xyz--", "!3", "an encoding: RFC 7578 section 4.7"},
        {"--xyz\r\n" LINE "Content-Type: a/b\r\nContent-Type: a/b\r\n\r\n1\r\n--xyz--", "!3", "two types"},
        {"--xyz\r\n" LINE " folded\r\n\r\n1\r\n--xyz--", "!3", "a folded line"},
        {"--xyz\r\nContent-Disposition\r\n\r\n1\r\n--xyz--", "!3", "no colon"},
        {"--xyz\r\nContent-Disposition: form-data; name=\"a\x01\"\r\n\r\n1\r\n--xyz--", "!3", "a control character"},
        {"--xyz\r\nContent-Disposition: form-data;\nname=\"a\"\r\n\r\n1\r\n--xyz--", "!3", "a line end that is none"},
        {"--xyz--\r\nmore", ".!9", "text after it"},
        {"--xyz--more", ".!9", "and right behind it"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        for (size_t step = 1; step < 200; step = step < 8 ? step + 1 : step * 3)
            CHECK_TEXT(rows[i].expected, read_form(TYPE, rows[i].form, strlen(rows[i].form), step), rows[i].why);
}

static void takes_sound_boundaries_alone(void **state)
{
    static char most[128], more[128];
    const struct {
        const char *type;
        bool is_fine;
        const char *why;
    } rows[] = {
        {"multipart/form-data; boundary=xyz", true, "as browsers write it"},
        {"Multipart/Form-Data;boundary=\"xyz\" ", true, "any case, quoted"},
        {most, true, "the longest"},
        {more, false, "one character more"},
        {"multipart/form-data", false, "none"},
        {"multipart/form-data; boundary=", false, "an empty one"},
        {"multipart/form-data; boundary=\"\"", false, "an empty one in quotes"},
        {"multipart/form-data; boundary=\"xyz", false, "an open quote"},
        {"multipart/form-data; boundary=x z", false, "two words"},
        {"multipart/form-data; boundary=\"x z\"", false, "a space"},
        {"multipart/form-data; boundary=x\xc3\xa9", false, "no ASCII"},
        {"multipart/form-data; charset=utf-8; boundary=xyz", false, "another parameter"},
        {"multipart/form-data; boundary=xyz; boundary=abc", false, "two"},
        {"multipart/mixed; boundary=xyz", false, "another type"},
        {"multipart/form-datax; boundary=xyz", false, "a longer type"},
        {"", false, "nothing"},
        {NULL, false, "no type"},
    };
    struct front_multipart multipart;

    (void)state;
    snprintf(most, sizeof(most), "multipart/form-data; boundary=%0*d", FRONT_MULTIPART_BOUNDARY_MAX, 1);
    snprintf(more, sizeof(more), "multipart/form-data; boundary=%0*d", FRONT_MULTIPART_BOUNDARY_MAX + 1, 1);
    for (size_t i = 0; i < COUNT(rows); i++)
        CHECK_I64(rows[i].is_fine ? OD_OK : OD_EINVAL, front_multipart_init(&multipart, rows[i].type), rows[i].why);
}

/* A form whose only part has a head with `text` of size characters between before and after. */
static const char *with_run(const char *before, size_t size, const char *after)
{
    static char form[16384];

    size_t used = (size_t)snprintf(form, sizeof(form), "--xyz\r\n%s", before);
    memset(form + used, 'x', size);
    snprintf(form + used + size, sizeof(form) - used - size, "%s\r\n\r\n1\r\n--xyz--", after);
    return read_form(TYPE, form, strlen(form), 4096);
}

static const char *with_parts(size_t count)
{
    static char form[1 << 17];
    size_t used = 0;

    for (size_t i = 0; i < count; i++)
        used += (size_t)snprintf(form + used, sizeof(form) - used, "--xyz\r\n" LINE "\r\n\r\n");
    snprintf(form + used, sizeof(form) - used, "--xyz--");
    return read_form(TYPE, form, strlen(form), 4096);
}

static void keeps_its_limits(void **state)
{
    static const char lines[] = "X: 1\r\nX: 2\r\nX: 3\r\nX: 4\r\nX: 5\r\nX: 6\r\nX: 7\r\n";
    static const char more[] = LINE "X: ";
    char head[512];
    const char *text;

    (void)state;
    text = with_run("Content-Disposition: form-data; name=\"", FRONT_MULTIPART_NAME_MAX, "\"");
    CHECK(strstr(text, "x=1|.") != NULL, "the longest name");
    text = with_run("Content-Disposition: form-data; name=\"", FRONT_MULTIPART_NAME_MAX + 1, "\"");
    CHECK_TEXT("!5", text, "one byte more");
    text = with_run("Content-Disposition: form-data; name=\"a\"; filename=\"", FRONT_MULTIPART_FILE_NAME_MAX, "\"");
    CHECK(strstr(text, "x;=1|.") != NULL, "the longest name of a file");
    text = with_run("Content-Disposition: form-data; name=\"a\"; filename=\"", FRONT_MULTIPART_FILE_NAME_MAX + 1, "\"");
    CHECK_TEXT("!6", text, "one byte more");
    text = with_run(LINE "Content-Type: ", FRONT_MULTIPART_TYPE_MAX, "");
    CHECK_TEXT("a=1|.", text, "the longest type");
    text = with_run(LINE "Content-Type: ", FRONT_MULTIPART_TYPE_MAX + 1, "");
    CHECK_TEXT("!7", text, "one byte more");
    size_t room = FRONT_MULTIPART_HEAD_MAX - (sizeof(more) - 1) - 4;
    CHECK_TEXT("a=1|.", with_run(more, room, ""), "the most bytes above a part");
    CHECK_TEXT("!4", with_run(more, room + 1, ""), "one byte more");
    snprintf(head, sizeof(head), "%.*s" LINE "X: ", (FRONT_MULTIPART_HEADERS_MAX - 2) * 6, lines);
    CHECK_TEXT("a=1|.", with_run(head, 1, ""), "the most lines");
    snprintf(head, sizeof(head), "%.*s" LINE "X: ", (FRONT_MULTIPART_HEADERS_MAX - 1) * 6, lines);
    CHECK_TEXT("!4", with_run(head, 1, ""), "one line more");
    text = with_parts(FRONT_MULTIPART_PARTS_MAX);
    CHECK_TEXT("a=|.", text + strlen(text) - 4, "the most parts");
    text = with_parts(FRONT_MULTIPART_PARTS_MAX + 1);
    CHECK_TEXT("a=|!8", text + strlen(text) - 5, "one part more");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_forms),
        cmocka_unit_test(takes_sound_boundaries_alone),
        cmocka_unit_test(keeps_its_limits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
