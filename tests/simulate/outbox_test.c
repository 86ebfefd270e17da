/* SPDX-License-Identifier: Apache-2.0 */
#include "simulate/outbox.h"

#include <stdio.h>

#include "lib/check.h"

static char told[512];

static int on_change(void *owner, const struct simulate_change *change)
{
    (void)owner;
    snprintf(told + strlen(told), sizeof(told) - strlen(told), "%s.%s.%s=%s;", change->number, change->of, change->clock, change->after.word);
    return strcmp(change->number, "stop") == 0 ? OD_EIO : OD_OK;
}

static int on_finding(void *owner, const struct simulate_finding *finding)
{
    (void)owner;
    snprintf(told + strlen(told), sizeof(told) - strlen(told), "%s:%d;", finding->number, finding->kind);
    return OD_OK;
}

static const struct simulate_report report = {.on_change = on_change, .on_finding = on_finding};

static int put(struct simulate_report *into, const char *number)
{
    char texts[3][16];
    struct simulate_change change = {.number = texts[0], .of = texts[1], .clock = texts[2], .after = {SIMULATE_VALUE_WORD, 0, "late"}};

    snprintf(texts[0], sizeof(texts[0]), "%s", number);
    snprintf(texts[1], sizeof(texts[1]), "fire");
    snprintf(texts[2], sizeof(texts[2]), "promise");
    int rc = into->on_change(into->owner, &change);
    memset(texts, '?', sizeof(texts)); /* nothing of the caller's is kept */
    return rc;
}

static void what_was_told_is_told_again_in_order(void **state)
{
    struct simulate_outbox outbox = {.first = NULL};
    struct simulate_report into = simulate_outbox_report(&outbox);

    (void)state;
    told[0] = '\0';
    CHECK_I64(OD_OK, put(&into, "1"), "a change");
    CHECK_I64(OD_OK, into.on_finding(into.owner, &(struct simulate_finding){.kind = SIMULATE_FINDING_REFUSED, .number = "2", .detail = ""}), "a finding");
    CHECK_I64(OD_OK, put(&into, "3"), "a change");
    CHECK_I64(OD_OK, simulate_outbox_flush(&outbox, &report), "flushed");
    CHECK_TEXT("1.fire.promise=late;2:3;3.fire.promise=late;", told, "as it came");
    told[0] = '\0';
    CHECK_I64(OD_OK, simulate_outbox_flush(&outbox, &report), "again");
    CHECK_TEXT("", told, "each once");
    CHECK_I64(OD_OK, put(&into, "stop"), "one that ends it");
    CHECK_I64(OD_OK, put(&into, "4"), "and one more");
    CHECK_I64(OD_EIO, simulate_outbox_flush(&outbox, &report), "what a callback returned");
    CHECK_I64(OD_OK, put(&into, "5"), "nobody listens");
    CHECK_I64(OD_OK, simulate_outbox_flush(&outbox, &(struct simulate_report){.owner = NULL}), "that is fine");
}

static void running_out_of_memory(void **state)
{
    struct simulate_outbox outbox = {.first = NULL};
    struct simulate_report into = simulate_outbox_report(&outbox);

    (void)state;
    base_alloc_fail_at(1);
    CHECK_I64(OD_ENOMEM, put(&into, "1"), "told");
    base_alloc_fail_at(0);
    simulate_outbox_fini(&outbox);
}

static void sums(void **state)
{
    struct simulate_summary sum = {.changes = 1, .before = {.kept = 2}}, part = {.changes = 3, .before = {.kept = 4, .days_ms = 5}, .is_delay_used = {true}};

    (void)state;
    part.findings[SIMULATE_FINDING_DATE] = 6;
    simulate_summary_add(&sum, &part);
    CHECK(sum.changes == 4 && sum.before.kept == 6 && sum.before.days_ms == 5 && sum.findings[SIMULATE_FINDING_DATE] == 6, "added");
    CHECK(sum.is_delay_used[0] && !sum.is_delay_used[1], "used by any");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_told_is_told_again_in_order), cmocka_unit_test(running_out_of_memory), cmocka_unit_test(sums)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
