/* SPDX-License-Identifier: Apache-2.0 */
/* Infected contents stand in memory by their hash: each once, the newest of them where there are too many. */
#include <stdio.h>

#include "engine/material.h"
#include "lib/check.h"

static struct engine_materials materials;

static const char *digits_of(unsigned n)
{
    static char digits[ENGINE_DIGITS_SIZE];

    snprintf(digits, sizeof(digits), "%02x%02x%060x", n & 0xff, n >> 16 & 0xff, n); /* many in one bucket */
    return digits;
}

static void knows_each_once(void **state)
{
    (void)state;
    engine_infected_init(&materials);
    CHECK(!engine_infected_has(&materials, digits_of(1)), "nothing yet");
    CHECK_I64(OD_OK, engine_infected_add(&materials, digits_of(1)), "one");
    CHECK_I64(OD_OK, engine_infected_add(&materials, digits_of(1)), "the same again");
    CHECK_I64(OD_OK, engine_infected_add(&materials, digits_of(257)), "another");
    CHECK_I64(OD_OK, engine_infected_add(&materials, NULL), "none");
    CHECK_I64(OD_OK, engine_infected_add(&materials, "12"), "no hash");
    CHECK_I64(2, (int64_t)materials.infected_count, "each once");
    CHECK(engine_infected_has(&materials, digits_of(1)) && engine_infected_has(&materials, digits_of(257)), "both");
    CHECK(!engine_infected_has(&materials, digits_of(2)) && !engine_infected_has(&materials, NULL) && !engine_infected_has(&materials, "12"),
          "nothing else");
    base_alloc_fail_at(1);
    int rc = engine_infected_add(&materials, digits_of(2));
    base_alloc_fail_at(0);
    CHECK_I64(OD_ENOMEM, rc, "no memory");
    CHECK(materials.infected_count == 2 && !engine_infected_has(&materials, digits_of(2)), "nothing changed");
    engine_infected_fini(&materials);
    CHECK_I64(0, (int64_t)materials.infected_count, "all are gone");
    CHECK(!engine_infected_has(&materials, digits_of(1)), "this one, too");
}

/* ENGINE_INFECTED_MAX. */
static void forgets_the_oldest_of_too_many(void **state)
{
    (void)state;
    engine_infected_init(&materials);
    for (unsigned i = 0; i < ENGINE_INFECTED_MAX; i++)
        CHECK_I64(OD_OK, engine_infected_add(&materials, digits_of(i)), "there is room");
    CHECK(engine_infected_has(&materials, digits_of(0)), "so many are known");
    CHECK_I64(OD_OK, engine_infected_add(&materials, digits_of(ENGINE_INFECTED_MAX)), "one more");
    CHECK_I64(ENGINE_INFECTED_MAX, (int64_t)materials.infected_count, "no more than that");
    CHECK(!engine_infected_has(&materials, digits_of(0)), "the oldest");
    CHECK(engine_infected_has(&materials, digits_of(1)) && engine_infected_has(&materials, digits_of(ENGINE_INFECTED_MAX)), "all others are known");
    engine_infected_fini(&materials);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knows_each_once),
        cmocka_unit_test(forgets_the_oldest_of_too_many),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
