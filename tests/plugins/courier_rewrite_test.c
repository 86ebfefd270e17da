/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/check.h"

#include <stdio.h>
#include <stdlib.h>

#include "json_host.h"
#include "rewrite.h"
#include "settings.h"

#define HEAD "{\"base_url\":\"https://carrier.example\",\"key_header\":\"Idempotency-Key\",\"order\":{\"path\":\"/orders\",\"body\":{" \
             "\"key\":\"{{idempotency_key}}\",\"to\":\"{{form.recipient_address}}\"}},\"track\":{\"path\":\"/waybills/{{external_ref}}\"}," \
             "\"find\":{\"path\":\"/orders/{{idempotency_key}}\"},"
#define ANSWER "\"answer\":{\"waybill\":\"/no\",\"state\":\"/state\",\"place\":\"/place\",\"reason\":\"/why\"},"
#define STATES "\"states\":{\"BOOKED\":\"ordered\",\"TRANSIT\":\"on_the_way\",\"SIGNED\":\"delivered\",\"BACK\":\"returned\",\"GONE\":\"lost\"}"

static void test_the_words_of_parcels_become_those_of_http(void **state)
{
    char why[REWRITE_WHY_SIZE], fault[SETTINGS_WHY_SIZE], *config = NULL;
    static struct settings settings;
    size_t size = 0;
    const struct od_host *host = json_host(HEAD ANSWER STATES "}");

    (void)state;
    CHECK_I64(OD_OK, courier_rewrite(host, &config, &size, why), why);
    CHECK_I64(strlen(config), size, "its size");
    CHECK(strstr(config, "\"values\":{\"BOOKED\":\"pending\",\"TRANSIT\":\"pending\",\"SIGNED\":\"approve\",\"BACK\":\"reject\",\"GONE\":\"reject\"}") != NULL, config);
    CHECK(strstr(config, "\"percents\":{\"BOOKED\":10,\"TRANSIT\":60}") != NULL, config);
    CHECK(strstr(config, "\"no_reasons\":{\"BACK\":\"The carrier brought it back.\",\"GONE\":\"The carrier has lost it.\"}") != NULL, config);
    CHECK_I64(OD_OK, settings_read(json_host(config), &settings, fault), "http takes it");
    CHECK_TEXT("/orders", settings.submit.path, "an order is a submission");
    CHECK_TEXT("/waybills/{{external_ref}}", settings.status.path, "tracking asks for the state");
    CHECK_TEXT("/orders/{{idempotency_key}}", settings.lookup.path, "an order is found by its key");
    CHECK_TEXT("/no", settings.answer.external_ref, "the waybill is the reference");
    CHECK_TEXT("/place", settings.answer.progress, "where it is");
    CHECK_TEXT("Idempotency-Key", settings.idempotency_header, "the key");
    settings_fini(&settings);
    free(config);
}

static void test_what_cannot_work_is_named(void **state)
{
    static const struct {
        const char *config, *fault, *why;
    } rows[] = {
        {HEAD ANSWER "\"mode\":\"poll\"}", "states is required", "no words"},
        {HEAD ANSWER "\"states\":{\"X\":\"eaten\"}}", "a word must mean ordered", "an unknown meaning"},
        {HEAD ANSWER "\"states\":{\"X\":1}}", "a word must mean ordered", "no text"},
        {HEAD ANSWER "\"states\":{\"X\":\"returned\"}}", "no word means delivered", "it would never arrive"},
        {HEAD STATES "}", "answer is required", "nobody knows where to look"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char why[REWRITE_WHY_SIZE] = "", *config = NULL;
        size_t size = 42;

        CHECK_I64(OD_EINVAL, courier_rewrite(json_host(rows[i].config), &config, &size, why), rows[i].why);
        CHECK(config == NULL && size == 42, "unchanged");
        if (strstr(why, rows[i].fault) == NULL)
            CHECK_TEXT(rows[i].fault, why, rows[i].why);
    }
}

static void test_limit_of_words(void **state)
{
    static char text[16384];

    (void)state;
    for (int count = STATES_MAX; count <= STATES_MAX + 1; count++) {
        char why[REWRITE_WHY_SIZE], *config = NULL;
        size_t used = (size_t)snprintf(text, sizeof(text), HEAD ANSWER "\"states\":{"), size;

        for (int i = 0; i < count; i++)
            used += (size_t)snprintf(text + used, sizeof(text) - used, "%s\"w%d\":\"delivered\"", i > 0 ? "," : "", i);
        snprintf(text + used, sizeof(text) - used, "}}");
        CHECK_I64(count > STATES_MAX ? OD_EINVAL : OD_OK, courier_rewrite(json_host(text), &config, &size, why), count > STATES_MAX ? "limit + 1" : "limit");
        free(config);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_words_of_parcels_become_those_of_http),
        cmocka_unit_test(test_what_cannot_work_is_named),
        cmocka_unit_test(test_limit_of_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
