/* SPDX-License-Identifier: Apache-2.0 */
#include "catalog/fixture.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hash.h"
#include "lib/check.h"
#include "lib/files.h"

#define PATH_SIZE 1024

const char *fixture_text;

bool fixture_open(void)
{
    static char *text; /* reachable until the process ends */
    char path[PATH_SIZE];
    size_t size;

    snprintf(path, sizeof(path), "%s/tests/catalog/fixture.json", test_source());
    text = test_file_read(path, &size);
    if (text == NULL)
        fprintf(stderr, "%s cannot be read\n", path);
    fixture_text = text;
    return text != NULL && base_hash_init() == OD_OK;
}

const char *fixture_folder(void)
{
    static char folder[PATH_SIZE];
    const char *below = getenv("TMPDIR");

    snprintf(folder, sizeof(folder), "%s/catalog-test-XXXXXX", below != NULL ? below : "/tmp");
    CHECK(mkdtemp(folder) != NULL, "a temporary folder");
    return folder;
}

void fixture_write(const char *folder, const char *name, const char *text, size_t size)
{
    char path[PATH_SIZE];

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *file = fopen(path, "wb");
    CHECK(file != NULL, path);
    CHECK_I64(size, fwrite(text, 1, size, file), path);
    fclose(file);
}

void fixture_remove(const char *folder)
{
    char path[PATH_SIZE];
    struct dirent *entry;
    DIR *open = opendir(folder);

    CHECK(open != NULL, folder);
    while ((entry = readdir(open)) != NULL) {
        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
        if (unlink(path) != 0)
            fixture_remove(path);
    }
    closedir(open);
    rmdir(folder);
}

char *fixture_replace(const char *text, const char *find, const char *replace)
{
    const char *at = strstr(text, find);

    CHECK(at != NULL, find);
    size_t before = (size_t)(at - text), size = strlen(text) - strlen(find) + strlen(replace) + 1;
    char *changed = malloc(size);
    assert_non_null(changed);
    snprintf(changed, size, "%.*s%s%s", (int)before, text, replace, at + strlen(find));
    return changed;
}

int fixture_load_text(const char *text, struct catalog **out, struct catalog_findings *findings)
{
    const char *folder = fixture_folder();

    fixture_write(folder, "catalog.json", text, strlen(text));
    int rc = catalog_load(folder, out, findings);
    fixture_remove(folder);
    return rc;
}

void fixture_print(const struct catalog_findings *findings)
{
    for (size_t i = 0; i < findings->count && i < CATALOG_FINDINGS_MAX; i++) {
        const struct catalog_finding *finding = &findings->items[i];
        fprintf(stderr, "%s:%u:%u: %s (%s)\n", finding->file, (unsigned)finding->line, (unsigned)finding->column, finding->text[CATALOG_EN], finding->pointer);
    }
}

struct catalog *fixture_catalog(void)
{
    static struct catalog_findings findings;
    struct catalog *catalog = NULL;
    int rc = fixture_load_text(fixture_text, &catalog, &findings);

    fixture_print(&findings);
    CHECK_I64(OD_OK, rc, "the fixture loads");
    return catalog;
}

/* Does a text have a Chinese character, and none of the small words that every English sentence has? */
static bool is_chinese(const char *text)
{
    static const char *const english[] = {" is ", " are ", " the ", " to be ", " has ", " of ", "; "};
    bool has_character = false;

    for (const char *at = text; *at != '\0'; at++)
        has_character = has_character || ((unsigned char)*at >= 0xe4 && (unsigned char)*at <= 0xe9);
    for (size_t i = 0; i < sizeof(english) / sizeof(english[0]); i++)
        has_character = has_character && strstr(text, english[i]) == NULL;
    return has_character;
}

const struct catalog_finding *fixture_finding(const struct catalog_findings *findings, const char *text)
{
    for (size_t i = 0; i < findings->count && i < CATALOG_FINDINGS_MAX; i++)
        CHECK(is_chinese(findings->items[i].text[CATALOG_ZH_CN]), findings->items[i].text[CATALOG_ZH_CN]);
    for (size_t i = 0; i < findings->count && i < CATALOG_FINDINGS_MAX; i++) {
        if (strstr(findings->items[i].text[CATALOG_EN], text) != NULL)
            return &findings->items[i];
    }
    return NULL;
}

void fixture_place(const char *text, const char *mark, uint32_t *line, uint32_t *column)
{
    const char *at = strstr(text, mark);

    *line = *column = 1;
    for (const char *byte = text; at != NULL && byte < at; byte++) {
        *line += *byte == '\n';
        *column = *byte == '\n' ? 1 : *column + 1;
    }
}
