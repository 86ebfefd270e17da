/* SPDX-License-Identifier: Apache-2.0 */
/* Where the center is found, and in which languages its papers are printed. */
#include <string.h>

#include "catalog/loading.h"

#define PHONE_SIZE_MAX 64
#define SITE_SIZE_MAX 200

/* "https://host" or "http://host", with a path or without, that "/track/..." can be put behind. */
static bool is_site(const char *text)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:/[]%";
    size_t skipped = strncmp(text, "https://", 8) == 0 ? 8 : strncmp(text, "http://", 7) == 0 ? 7 : 0;
    size_t size = strlen(text);

    return skipped > 0 && size > skipped && text[skipped] != '/' && text[size - 1] != '/' &&
           strspn(text, allowed) == size;
}

static void site_read(struct catalog_loading *loading, const struct base_json *json, const struct catalog_spot *spot,
                      struct catalog_contact *out)
{
    struct catalog_spot at = {spot, "site", 0};

    out->site = catalog_read_string(loading, json, spot, "site", false, SITE_SIZE_MAX);
    if (out->site != NULL && !is_site(out->site))
        catalog_report(loading, &at, "\"site\" is to be https://HOST[/PATH] without a \"/\" at its end, as people open the center's pages");
}

void catalog_contact_load(struct catalog_loading *loading, const struct base_json *center, struct catalog_contact *out)
{
    static const char *const members[] = {"address", "phone", "complaints", "site"};
    const struct base_json *json = base_json_member(center, "contact");
    struct catalog_spot spot = {NULL, "contact", 0};

    if (json == NULL || !catalog_read_object(loading, json, &spot, (struct catalog_words){members, 4}))
        return;
    catalog_read_text(loading, json, &spot, "address", false, &out->address);
    out->phone = catalog_read_string(loading, json, &spot, "phone", false, PHONE_SIZE_MAX);
    out->complaints = catalog_read_string(loading, json, &spot, "complaints", false, PHONE_SIZE_MAX);
    site_read(loading, json, &spot, out);
}

void catalog_paper_languages_load(struct catalog_loading *loading, const struct base_json *center, struct catalog_contact *out)
{
    static const char *const words[] = {NULL, "zh-CN", "en"};
    struct catalog_spot spot = {NULL, "paper_languages", 0};
    const struct base_json *list =
        catalog_read_list(loading, center, NULL, "paper_languages", false, 1, CATALOG_LANGUAGES);

    for (const struct base_json *item = base_json_first(list); item != NULL; item = base_json_next(item)) {
        const char *text = base_json_text(item);
        uint8_t language = CATALOG_LANGUAGES;

        for (uint8_t i = 0; text != NULL && i < CATALOG_LANGUAGES; i++)
            language = strcmp(text, words[i + 1]) == 0 ? i : language;
        if (language == CATALOG_LANGUAGES)
            catalog_report(loading, &spot, "\"paper_languages\" lists \"zh-CN\", \"en\" or both");
        else if (out->language_count == 1 && out->languages[0] == language)
            catalog_report(loading, &spot, "\"paper_languages\" lists \"%s\" twice", text);
        else
            out->languages[out->language_count++] = language;
    }
}
