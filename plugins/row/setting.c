/* SPDX-License-Identifier: Apache-2.0 */
#include "setting.h"

#include <stdio.h>
#include <string.h>

#include "text.h"

#define IDENTIFIER_MAX 63

struct setting setting_whole(const struct od_host *host, char why[SETTING_WHY_SIZE])
{
    why[0] = '\0';
    return (struct setting){.host = host, .json = host->config, .size = host->config_size, .name = "", .why = why};
}

int setting_fault(const struct setting *setting, const char *key, const char *text)
{
    text_format(setting->why, SETTING_WHY_SIZE, "configuration: %.64s%.64s %.240s", setting->name, key, text);
    return OD_EINVAL;
}

/* value->json is NULL where there is none. */
static int member(const struct setting *setting, const char *key, enum od_value_type type, const char *expected,
                  struct od_value *value)
{
    int rc = setting->json != NULL ? od_json_member(setting->host, setting->json, setting->size, key, value) : OD_ENOTFOUND;

    if (rc == OD_ENOTFOUND) {
        *value = (struct od_value){.size = sizeof(*value)};
        return OD_OK;
    }
    return rc == OD_OK && value->type == type ? OD_OK : setting_fault(setting, key, expected);
}

int setting_part(const struct setting *setting, const char *key, const char *name, struct setting *out)
{
    struct od_value value;
    int rc = member(setting, key, OD_VALUE_OBJECT, "must be an object", &value);

    *out = *setting;
    out->name = name;
    out->json = rc == OD_OK ? value.json : NULL;
    out->size = rc == OD_OK ? value.json_size : 0;
    return rc;
}

int setting_text(const struct setting *setting, const char *key, char *out, size_t size)
{
    struct od_value value;
    int rc = member(setting, key, OD_VALUE_TEXT, "must be a text", &value);

    if (rc != OD_OK || value.json == NULL)
        return rc;
    if (value.text_size >= size)
        return setting_fault(setting, key, "is too long");
    memcpy(out, value.text, value.text_size + 1);
    return OD_OK;
}

int setting_number(const struct setting *setting, const char *key, int64_t min, int64_t max, int64_t *out)
{
    struct od_value value;
    int rc = member(setting, key, OD_VALUE_NUMBER, "must be a whole number", &value);

    if (rc != OD_OK || value.json == NULL)
        return rc;
    if (!value.is_integer || value.integer < min || value.integer > max)
        return setting_fault(setting, key, "is outside its range");
    *out = value.integer;
    return OD_OK;
}

int setting_word(const struct setting *setting, const char *key, const char *const *words, int *out)
{
    char text[64] = "";
    int rc = setting_text(setting, key, text, sizeof(text));

    if (rc != OD_OK || text[0] == '\0')
        return rc;
    for (int i = 0; words[i] != NULL; i++) {
        if (strcmp(words[i], text) == 0) {
            *out = i;
            return OD_OK;
        }
    }
    return setting_fault(setting, key, "is none of the words that are allowed there");
}

bool setting_is_identifier(const char *text)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789";
    size_t size = strlen(text);

    return size > 0 && size <= IDENTIFIER_MAX && (text[0] < '0' || text[0] > '9') && strspn(text, letters) == size;
}
