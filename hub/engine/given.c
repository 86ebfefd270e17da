/* SPDX-License-Identifier: Apache-2.0 */
/* What of an application a department is given. A department sees what its matter
 * declares in the catalogue; its connector sees of that what its manifest declares,
 * too, and an admin approved. What neither names never leaves the hub: it is left
 * out here, where the payload is written, not taken out of it later.
 *
 *   form       the matter's fields and capabilities.fields: both must name it
 *   applicant  capabilities.applicant
 *   materials  those that the matter asks for, with capabilities.materials: their names and
 *              hashes are the applicant's data as much as their content is
 */
#include "engine/internal.h"

#include <string.h>

static struct base_json *parse_answers(const struct engine_application *application)
{
    struct base_json_error error;
    struct base_json *answers = NULL;

    if (application->answers.bytes == NULL ||
        base_json_parse(application->answers.bytes, application->answers.size, &answers, &error) != OD_OK)
        return NULL;
    return answers;
}

static bool may_see(const struct connect_link *link, enum connect_part part, const char *name)
{
    return link == NULL || connect_link_may_see(link, part, name);
}

static void put_fields(struct base_buffer *buffer, const struct catalog_matter *matter, const struct base_json *answers,
                       const struct base_json *form, const struct connect_link *link)
{
    for (size_t i = 0; i < matter->field_count; i++) {
        const struct base_json *value = base_json_member(answers, matter->fields[i]);

        if (value == NULL)
            value = base_json_member(form, matter->fields[i]);
        if (value != NULL && may_see(link, CONNECT_PART_FIELD, matter->fields[i]))
            base_json_put(buffer, matter->fields[i], value);
    }
}

void engine_put_form(struct base_buffer *buffer, const char *key, const struct engine_application *application,
                     unsigned task, const struct base_json *document, const struct connect_link *link)
{
    struct base_json *answers = parse_answers(application);

    base_json_open(buffer, key, '{');
    put_fields(buffer, application->service->matters[task], answers, base_json_member(document, "form"), link);
    base_json_close(buffer, '}');
    base_json_destroy(answers);
}

static void put_applicant(struct base_buffer *buffer, const struct base_json *applicant, const struct connect_link *link)
{
    base_json_open(buffer, "applicant", '{');
    for (const struct base_json *member = base_json_first(applicant); member != NULL; member = base_json_next(member))
        if (may_see(link, CONNECT_PART_APPLICANT, base_json_key(member)))
            base_json_put(buffer, base_json_key(member), member);
    base_json_close(buffer, '}');
}

static bool asks_for(const struct catalog_matter *matter, const char *material)
{
    for (size_t i = 0; material != NULL && i < matter->material_count; i++)
        if (strcmp(matter->materials[i].id, material) == 0)
            return true;
    return false;
}

bool engine_has_material(const struct base_json *materials, const char *id)
{
    for (const struct base_json *item = base_json_first(materials); item != NULL; item = base_json_next(item)) {
        const char *material = base_json_member_text(item, "material");

        if (material != NULL && id != NULL && strcmp(material, id) == 0)
            return true;
    }
    return false;
}

void engine_put_document(struct base_buffer *buffer, const struct base_json *item)
{
    static const char *const texts[] = {"material", "name", "media_type", "sha256"};
    int64_t size;

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        if (base_json_member_text(item, texts[i]) != NULL)
            base_json_put_text(buffer, texts[i], base_json_member_text(item, texts[i]));
    if (base_json_i64(base_json_member(item, "size"), 0, INT64_MAX, &size) == OD_OK)
        base_json_put_i64(buffer, "size", size);
}

static void put_material(struct base_buffer *buffer, const struct base_json *item)
{
    base_json_open(buffer, NULL, '{');
    engine_put_document(buffer, item);
    base_json_close(buffer, '}');
}

bool engine_is_superseded(const struct base_json *item)
{
    return base_json_is_true(base_json_member(item, "superseded"));
}

void engine_put_materials(struct base_buffer *buffer, const struct engine_application *application, unsigned task,
                          const struct base_json *document, const struct connect_link *link)
{
    const struct catalog_matter *matter = application->service->matters[task];
    struct base_json *answers = parse_answers(application);
    const struct base_json *lists[] = {base_json_member(document, "materials"), base_json_member(answers, "/materials")};

    base_json_open(buffer, "materials", '[');
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]) && may_see(link, CONNECT_PART_MATERIALS, NULL); i++)
        for (const struct base_json *item = base_json_first(lists[i]); item != NULL; item = base_json_next(item))
            if (asks_for(matter, base_json_member_text(item, "material")) && (i == 0 || !engine_is_superseded(item)))
                put_material(buffer, item);
    base_json_close(buffer, ']');
    base_json_destroy(answers);
}

/* With what is said of it as a version: its number, whose it is and since when. */
static void put_supplied(struct base_buffer *buffer, const struct base_json *item, bool is_superseded)
{
    static const char *const more[] = {"version", "by", "at", "listed"};

    base_json_open(buffer, NULL, '{');
    engine_put_document(buffer, item);
    for (size_t i = 0; i < sizeof(more) / sizeof(more[0]); i++)
        if (base_json_member(item, more[i]) != NULL)
            base_json_put(buffer, more[i], base_json_member(item, more[i]));
    if (is_superseded)
        base_json_put_bool(buffer, "superseded", true);
    base_json_close(buffer, '}');
}

void engine_supplied_put(struct base_buffer *buffer, const struct base_json *before, const struct base_json *materials)
{
    const struct base_json *kept = base_json_member(before, "/materials");

    if (base_json_first(kept) == NULL && base_json_first(materials) == NULL)
        return;
    base_json_open(buffer, "/materials", '[');
    for (const struct base_json *item = base_json_first(kept); item != NULL; item = base_json_next(item)) {
        bool is_anew = engine_has_material(materials, base_json_member_text(item, "material"));

        if (!is_anew || !base_json_is_true(base_json_member(item, "listed")))
            put_supplied(buffer, item, is_anew || engine_is_superseded(item));
    }
    for (const struct base_json *item = base_json_first(materials); item != NULL; item = base_json_next(item))
        put_supplied(buffer, item, false);
    base_json_close(buffer, ']');
}

void engine_put_given(struct base_buffer *buffer, const struct engine_application *application, unsigned task,
                      const struct connect_link *link)
{
    const struct base_json *document = application->document_tree;

    engine_put_form(buffer, "form", application, task, document, link);
    put_applicant(buffer, base_json_member(document, "applicant"), link);
    engine_put_materials(buffer, application, task, document, link);
}
