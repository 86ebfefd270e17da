/* SPDX-License-Identifier: Apache-2.0 */
#include "front/pages_set.h"

#include <stdio.h>
#include <string.h>

static bool has_ending(const char *name, const char *ending)
{
    size_t size = strlen(name), wanted = strlen(ending);

    return size > wanted && strcmp(name + size - wanted, ending) == 0;
}

void front_pages_etag(const void *bytes, size_t size, char etag[FRONT_ETAG_SIZE])
{
    uint8_t hash[BASE_HASH_SIZE];

    base_hash(bytes, size, hash);
    etag[0] = '"';
    base_hex(hash, 16, etag + 1);
    etag[33] = '"';
    etag[34] = '\0';
}

static int template_add(struct front_pages *pages, const struct front_pages_part *part,
                        char *fault)
{
    char name[64];

    snprintf(name, sizeof(name), "%.*s", (int)(strlen(part->name) - strlen(".html")),
             part->name);
    return front_template_add(pages->templates, name, (const char *)part->bytes, part->size,
                              fault);
}

static int file_add(struct front_pages *pages, const struct front_pages_part *part)
{
    static const struct {
        const char *ending, *media_type;
    } rows[] = {
        {".css", "text/css; charset=utf-8"},
        {".js", "text/javascript; charset=utf-8"},
        {".svg", "image/svg+xml"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (!has_ending(part->name, rows[i].ending))
            continue;
        if (pages->file_count == FRONT_PAGES_FILES_MAX)
            return OD_ELIMIT;
        struct front_pages_file *file = &pages->files[pages->file_count++];
        file->part = part;
        file->media_type = rows[i].media_type;
        front_pages_etag(part->bytes, part->size, file->etag);
    }
    return OD_OK;
}

static int part_add(struct front_pages *pages, const struct front_pages_part *part, char *fault)
{
    if (has_ending(part->name, ".html"))
        return template_add(pages, part, fault);
    if (has_ending(part->name, ".json"))
        return front_template_texts_add(pages->templates, (const char *)part->bytes, part->size,
                                        fault);
    return file_add(pages, part);
}

int front_pages_create(struct front_pages **out, char fault[FRONT_TEMPLATE_FAULT_SIZE])
{
    struct front_pages *pages = base_alloc(sizeof(*pages));
    int rc = OD_ENOMEM;

    fault[0] = '\0';
    if (pages != NULL)
        rc = front_templates_create(&pages->templates);
    if (rc == OD_OK)
        rc = front_templates_languages_set(pages->templates, front_pages_languages, front_pages_language_count);
    for (size_t i = 0; rc == OD_OK && i < front_pages_part_count; i++)
        rc = part_add(pages, &front_pages_parts[i], fault);
    if (rc == OD_OK)
        rc = front_templates_link(pages->templates, fault);
    if (rc == OD_OK)
        *out = pages;
    else
        front_pages_destroy(pages);
    return rc;
}

void front_pages_destroy(struct front_pages *pages)
{
    if (pages == NULL)
        return;
    front_templates_destroy(pages->templates);
    base_free(pages);
}

const struct front_pages_file *front_pages_file_find(const struct front_pages *pages,
                                                     const char *name)
{
    for (size_t i = 0; i < pages->file_count; i++)
        if (strcmp(pages->files[i].part->name, name) == 0)
            return &pages->files[i];
    return NULL;
}
