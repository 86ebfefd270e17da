/* SPDX-License-Identifier: Apache-2.0 */
/* Who may not apply again: false material bars a person for a year, a permit obtained by fraud
 * for three (Licensing Law art. 78, 79). The store looks at the bar with each intake. */
#include "engine/internal.h"

#include <assert.h>
#include <string.h>

static const struct {
    const char *word;
    int years;
} bars[] = {
    [ENGINE_BAR_NONE] = {"", 0},
    [ENGINE_BAR_FALSE_MATERIAL] = {"false_material", 1},
    [ENGINE_BAR_FRAUD] = {"fraud", 3},
};

enum engine_bar engine_bar_of(const struct base_json *body)
{
    const char *word = base_json_member_text(body, "bar");

    for (unsigned bar = ENGINE_BAR_FALSE_MATERIAL; word != NULL && bar <= ENGINE_BAR_FRAUD; bar++)
        if (strcmp(bars[bar].word, word) == 0)
            return (enum engine_bar)bar;
    return ENGINE_BAR_NONE;
}

/* The same day, years later; 29 February ends on the 28th. */
static core_day years_later(core_day day, int years)
{
    int year, month, day_of_month;

    base_day_to_civil(day, &year, &month, &day_of_month);
    bool is_leap_day = month == 2 && day_of_month == 29;
    return base_day_from_civil(year + years, month, is_leap_day ? 28 : day_of_month);
}

int engine_bar_take(struct engine *engine, struct engine_application *application, enum engine_bar bar, struct store_bar **out)
{
    struct store_bar *row = base_arena_take(&engine->filling->store->arena, sizeof(*row));
    struct base_buffer person = {0};
    int rc = row != NULL ? OD_OK : OD_ENOMEM;

    *out = NULL;
    if (rc == OD_OK && catalog_person_put(&person, application->document_tree)) {
        *row = (struct store_bar){.until_day = years_later(engine->now.day, bars[bar].years), .reason = (uint8_t)bar};
        base_hash_keyed(engine->secret, person.bytes, person.size, row->person_hash);
        rc = person.is_broken ? OD_ENOMEM : OD_OK;
        *out = rc == OD_OK ? row : NULL;
    }
    base_buffer_fini(&person);
    return rc;
}

void engine_bar_put(struct engine *engine, struct engine_application *application, const struct store_bar *row)
{
    assert(application->has_write);
    engine->filling->store->writes[application->write].bar = row;
}
