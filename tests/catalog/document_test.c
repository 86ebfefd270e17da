/* SPDX-License-Identifier: Apache-2.0 */
/* Kinds of documents by their first bytes, and names that are data. */
#include <stdlib.h>
#include <string.h>

#include "catalog/document.h"
#include "catalog/fixture.h"
#include "lib/check.h"

/* A local file header without its name: 26 bytes, the size of the name, no extra field. */
#define ZIP_HEAD(name_size) "PK\3\4\24\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0" name_size "\0\0\0"

static const struct {
    const char *bytes;
    size_t size;
    enum catalog_document document;
    bool is_office;
    const char *why;
} rows[] = {
#define ROW(text, document, is_office, why) {text, sizeof(text) - 1, document, is_office, why}
    ROW("%PDF-1.7\n", CATALOG_DOCUMENT_PDF, false, "pdf"),
    ROW("\xef\xbb\xbf%PDF-1.4", CATALOG_DOCUMENT_PDF, false, "pdf behind a byte order mark"),
    ROW(" %PDF-1.4\1", CATALOG_DOCUMENT_NONE, false, "not at its start: it could be anything"),
    ROW("\x89PNG\r\n\x1a\n\0\0\0\rIHDR", CATALOG_DOCUMENT_PNG, false, "png"),
    ROW("\x89PNG\n\x1a\n", CATALOG_DOCUMENT_NONE, false, "a png that a text transfer broke"),
    ROW("\xff\xd8\xff\xe0\0\20JFIF", CATALOG_DOCUMENT_JPEG, false, "jpeg"),
    ROW("II*\0\10\0\0\0", CATALOG_DOCUMENT_TIFF, false, "tiff, little end first"),
    ROW("MM\0*\0\0\0\10", CATALOG_DOCUMENT_TIFF, false, "tiff, big end first"),
    ROW("GIF89a\1\0", CATALOG_DOCUMENT_GIF, false, "gif"),
    ROW("RIFF\4\0\0\0WEBPVP8 ", CATALOG_DOCUMENT_WEBP, false, "webp"),
    ROW("RIFF\4\0\0\0WAVEfmt ", CATALOG_DOCUMENT_NONE, false, "sound in the same container"),
    ROW(ZIP_HEAD("\23") "[Content_Types].xml" ZIP_HEAD("\21") "word/document.xml", CATALOG_DOCUMENT_DOCX, true, "docx"),
    ROW(ZIP_HEAD("\17") "xl/workbook.xml", CATALOG_DOCUMENT_XLSX, false, "xlsx"),
    ROW(ZIP_HEAD("\24") "ppt/presentation.xml", CATALOG_DOCUMENT_PPTX, false, "pptx"),
    ROW(ZIP_HEAD("\23") "[Content_Types].xml", CATALOG_DOCUMENT_ZIP, true, "office, of a kind that the head does not show"),
    ROW(ZIP_HEAD("\10") "mimetypeapplication/vnd.oasis.opendocument.textPK", CATALOG_DOCUMENT_ODT, false, "odt"),
    ROW(ZIP_HEAD("\10") "mimetypeapplication/vnd.oasis.opendocument.spreadsheetPK", CATALOG_DOCUMENT_ODS, false, "ods"),
    ROW(ZIP_HEAD("\10") "mimetypeapplication/vnd.oasis.opendocument.text-masterPK", CATALOG_DOCUMENT_ZIP, false, "another type that begins like it"),
    ROW(ZIP_HEAD("\7") "OFD.xml", CATALOG_DOCUMENT_OFD, false, "ofd"),
    ROW(ZIP_HEAD("\10") "lib0.zip", CATALOG_DOCUMENT_ZIP, false, "an archive of archives is an archive"),
    ROW("PK\5\6\0\0\0\0", CATALOG_DOCUMENT_ZIP, false, "an empty archive"),
    ROW("PK\3\4", CATALOG_DOCUMENT_ZIP, false, "four bytes of one"),
    ROW(ZIP_HEAD("\377"), CATALOG_DOCUMENT_ZIP, false, "a name that is longer than the file"),
    ROW("name,area\r\n\xe7\x8e\x8b,12\n", CATALOG_DOCUMENT_TEXT, false, "text, UTF-8"),
    ROW("\xcd\xf5\xd0\xa1\xc3\xf7,1", CATALOG_DOCUMENT_TEXT, false, "text, GB 18030"),
    ROW("MZ\x90\0\3\0\0\0", CATALOG_DOCUMENT_NONE, false, "a program for Windows"),
    ROW("\x7f" "ELF\2\1\1", CATALOG_DOCUMENT_NONE, false, "a program"),
    ROW("\x1f\x8b\10", CATALOG_DOCUMENT_NONE, false, "gzip"),
    ROW("", CATALOG_DOCUMENT_NONE, false, "nothing"),
#undef ROW
};

static void tells_each_kind(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        bool is_office = !rows[i].is_office;

        CHECK_I64(rows[i].document, catalog_document_sniff((const unsigned char *)rows[i].bytes, rows[i].size, &is_office), rows[i].why);
        CHECK_I64(rows[i].is_office, is_office, rows[i].why);
    }
}

/* Under the sanitizers this would show a read past the end. */
static void reads_nothing_past_the_end(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        for (size_t size = 0; size < rows[i].size; size++) {
            unsigned char *copy = malloc(size > 0 ? size : 1);
            bool is_office;

            assert_non_null(copy);
            memcpy(copy, rows[i].bytes, size);
            (void)catalog_document_sniff(copy, size, &is_office);
            free(copy);
        }
}

static void holds_what_is_said_against_what_is_found(void **state)
{
    (void)state;
    CHECK(catalog_document_agrees(CATALOG_DOCUMENT_PDF, false, CATALOG_DOCUMENT_PDF), "the same");
    CHECK(!catalog_document_agrees(CATALOG_DOCUMENT_PDF, false, CATALOG_DOCUMENT_PNG), "another");
    CHECK(catalog_document_agrees(CATALOG_DOCUMENT_TEXT, false, CATALOG_DOCUMENT_CSV), "a table is a text");
    CHECK(!catalog_document_agrees(CATALOG_DOCUMENT_CSV, false, CATALOG_DOCUMENT_TEXT), "csv is never found");
    CHECK(catalog_document_agrees(CATALOG_DOCUMENT_ZIP, true, CATALOG_DOCUMENT_DOCX), "office whose parts come late");
    CHECK(!catalog_document_agrees(CATALOG_DOCUMENT_ZIP, false, CATALOG_DOCUMENT_DOCX), "an archive is no letter");
    CHECK(!catalog_document_agrees(CATALOG_DOCUMENT_ZIP, true, CATALOG_DOCUMENT_ODT), "nor of another family");
    CHECK(!catalog_document_agrees(CATALOG_DOCUMENT_XLSX, true, CATALOG_DOCUMENT_DOCX), "a table is no letter");
    CHECK(!catalog_document_agrees(CATALOG_DOCUMENT_NONE, false, CATALOG_DOCUMENT_NONE), "what is unknown is nothing");
}

static void finds_kinds_by_their_names(void **state)
{
    (void)state;
    for (int i = 1; i < CATALOG_DOCUMENTS; i++) {
        enum catalog_document document = (enum catalog_document)i;

        CHECK_I64(i, catalog_document_by_word(catalog_document_word(document)), catalog_document_word(document));
        CHECK_I64(i, catalog_document_by_media_type(catalog_document_media_type(document)), catalog_document_media_type(document));
    }
    CHECK_I64(CATALOG_DOCUMENT_PDF, catalog_document_by_media_type("Application/PDF; x=y"), "any case, parameters apart");
    CHECK_I64(CATALOG_DOCUMENT_NONE, catalog_document_by_media_type("application/pdfx"), "longer");
    CHECK_I64(CATALOG_DOCUMENT_NONE, catalog_document_by_media_type(""), "none");
    CHECK_I64(CATALOG_DOCUMENT_NONE, catalog_document_by_word("exe"), "unknown");
    CHECK((CATALOG_DOCUMENTS_USUAL >> CATALOG_DOCUMENT_ZIP & 1) == 0, "archives are not usual");
    CHECK((CATALOG_DOCUMENTS_USUAL >> CATALOG_DOCUMENT_PDF & 1) == 1, "letters are");
}

static void takes_names_as_data(void **state)
{
    static const struct {
        const char *name;
        bool is_fine;
        const char *why;
    } names[] = {
        {"a.pdf", true, "plain"},
        {"营业执照 副本（1）.pdf", true, "Chinese, spaces, brackets"},
        {"\xf0\x9f\x91\xa8\xe2\x80\x8d\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa7.png", true, "a family of emoji, joined"},
        {"\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d.pdf", true, "Hebrew turns by itself"},
        {"..x", true, "points that are no folder"},
        {"", false, "empty"}, {"  ", false, "blank"}, {".", false, "a folder"}, {"..", false, "its parent"},
        {"../../etc/passwd", false, "a path"}, {"C:\\x.pdf", false, "a path of Windows"}, {"/x", false, "an absolute one"},
        {"a\nb.pdf", false, "a line end: it would break a header"}, {"a\x7f.pdf", false, "a control character"},
        {"a\xc2\x85.pdf", false, "a control character beyond ASCII"},
        {"invoice\xe2\x80\xae" "fdp.exe", false, "right to left override"}, {"a\xe2\x81\xa6.pdf", false, "an isolate"},
        {"a\xd8\x9c.pdf", false, "Arabic letter mark"}, {"a\xe2\x80\xa8.pdf", false, "line separator"},
        {"a\xff.pdf", false, "no UTF-8"}, {"a\xed\xa0\x80.pdf", false, "a surrogate"}, {"a\xc0\xaf.pdf", false, "an overlong slash"},
        {"a\xe4\xb8", false, "cut short"}, {"a\xf4\x90\x80\x80", false, "beyond Unicode"},
    };
    char longest[3 * CATALOG_FILE_NAME_LENGTH_MAX + 4] = "";

    (void)state;
    for (size_t i = 0; i < COUNT(names); i++)
        CHECK_I64(names[i].is_fine, catalog_is_file_name(names[i].name), names[i].why);
    for (size_t i = 0; i < CATALOG_FILE_NAME_LENGTH_MAX; i++)
        memcpy(longest + 3 * i, "\xe4\xb8\xad", 4);
    CHECK(catalog_is_file_name(longest), "255 characters");
    memcpy(longest + 3 * CATALOG_FILE_NAME_LENGTH_MAX, "x", 2);
    CHECK(!catalog_is_file_name(longest), "one more");
}

/* Of several matters that ask for it, the narrowest; of the center, where none says anything. */
static void the_rule_is_that_of_every_matter_that_asks(void **state)
{
    struct catalog_findings *findings = calloc(1, sizeof(*findings));
    char *first = fixture_replace(fixture_text, "{\"id\": \"id-copy\"", "{\"types\": [\"pdf\", \"zip\"], \"max_bytes\": 9, \"valid_for\": {\"months\": 600}, \"id\": \"id-copy\"");
    char *text = fixture_replace(first, "{\"id\": \"riverside\"", "{\"materials\": {\"max_bytes\": 1073741824}, \"id\": \"riverside\"");
    struct catalog *catalog = NULL, *plain = fixture_catalog();
    struct catalog_document_rule rule = {.size_max = 42};

    (void)state;
    assert_non_null(findings);
    if (fixture_load_text(text, &catalog, findings) != OD_OK)
        fixture_print(findings);
    assert_non_null(catalog);
    const struct catalog_service *service = catalog_service_find(catalog, "open-cafe");
    CHECK_I64(OD_ENOTFOUND, catalog_document_rule_find(service, ~(core_task_set)0, "nonesuch", &rule), "no matter asks");
    CHECK_I64(OD_ENOTFOUND, catalog_document_rule_find(service, 0, "id-copy", &rule), "no matter at all");
    CHECK_I64(42, rule.size_max, "unchanged");
    CHECK_I64(OD_OK, catalog_document_rule_find(service, ~(core_task_set)0, "id-copy", &rule), "asked for by two");
    CHECK_I64(9, rule.size_max, "the smaller size");
    CHECK_I64(UINT32_C(1) << CATALOG_DOCUMENT_PDF, rule.documents, "what both take: archives are one's alone");
    CHECK_I64(0, rule.valid_months, "the shorter validity: one says none");
    catalog_document_rule_usual(catalog, &rule);
    CHECK_I64(1073741824, rule.size_max, "the center's limit, at its most");
    catalog_document_rule_usual(plain, &rule);
    CHECK_I64(CATALOG_DOCUMENT_SIZE_DEFAULT, rule.size_max, "of a center that says nothing");
    CHECK_I64(CATALOG_DOCUMENTS_USUAL, rule.documents, "the usual kinds");
    catalog_release(catalog);
    catalog_release(plain);
    free(first);
    free(text);
    free(findings);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_each_kind),
        cmocka_unit_test(reads_nothing_past_the_end),
        cmocka_unit_test(holds_what_is_said_against_what_is_found),
        cmocka_unit_test(finds_kinds_by_their_names),
        cmocka_unit_test(takes_names_as_data),
        cmocka_unit_test(the_rule_is_that_of_every_matter_that_asks),
    };

    return fixture_open() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
