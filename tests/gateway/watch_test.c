/* SPDX-License-Identifier: Apache-2.0 */
/* When the watchdog gives up, look by look; and that it counts what is really there. */
#include "lib/check.h"

#include <sys/socket.h>
#include <unistd.h>

#include "gateway/watch.h"

#define OPEN_MAX_HERE 100

enum look { SOUND, LOST, DEAD, ALIVE_MANY, OVER, AT_MAX, FULL };

static const struct gateway_sight sights[] = {
    [SOUND] = {.open = 10, .open_max = OPEN_MAX_HERE},
    [LOST] = {.is_lost = true, .open = 10, .open_max = OPEN_MAX_HERE},
    [DEAD] = {.open = 90, .dead = GATEWAY_DEAD_MAX + 1, .open_max = OPEN_MAX_HERE},
    [ALIVE_MANY] = {.open = 90, .dead = GATEWAY_DEAD_MAX, .open_max = OPEN_MAX_HERE},
    [OVER] = {.open = OPEN_MAX_HERE + 1, .open_max = OPEN_MAX_HERE},
    [AT_MAX] = {.open = OPEN_MAX_HERE, .open_max = OPEN_MAX_HERE},
    [FULL] = {.is_full = true, .is_lost = true, .open = 90, .dead = 90, .open_max = OPEN_MAX_HERE},
};

static void test_a_fault_must_stand(void **state)
{
    static const struct {
        enum look looks[6];
        size_t count;
        enum gateway_verdict last;
        const char *why;
    } rows[] = {
        {{SOUND, SOUND, SOUND, SOUND, SOUND, SOUND}, 6, GATEWAY_VERDICT_NONE, "sound"},
        {{LOST, LOST}, 2, GATEWAY_VERDICT_NONE, "one look less than it takes"},
        {{LOST, LOST, LOST}, 3, GATEWAY_LOST, "as many as it takes"},
        {{LOST, LOST, SOUND, LOST, LOST}, 5, GATEWAY_VERDICT_NONE, "it came back"},
        {{DEAD, DEAD, DEAD}, 3, GATEWAY_CROWDED, "dead connections stay"},
        {{DEAD, DEAD, ALIVE_MANY, DEAD, DEAD}, 5, GATEWAY_VERDICT_NONE, "they were being closed"},
        {{ALIVE_MANY, ALIVE_MANY, ALIVE_MANY, ALIVE_MANY}, 4, GATEWAY_VERDICT_NONE, "at the limit of dead ones"},
        {{OVER, DEAD, OVER}, 3, GATEWAY_CROWDED, "one too many open"},
        {{AT_MAX, AT_MAX, AT_MAX, AT_MAX}, 4, GATEWAY_VERDICT_NONE, "as many as allowed"},
        {{LOST, LOST, FULL, FULL, FULL, FULL}, 6, GATEWAY_VERDICT_NONE, "a hub that is slow is no fault of nng"},
        {{LOST, LOST, FULL, LOST}, 4, GATEWAY_LOST, "but excuses nothing from before"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct gateway_watch watch = {0};
        for (size_t look = 0; look < rows[i].count; look++) {
            bool is_last = look + 1 == rows[i].count;
            CHECK_I64(is_last ? rows[i].last : GATEWAY_VERDICT_NONE,
                      gateway_watch_judge(&watch, &sights[rows[i].looks[look]]), rows[i].why);
        }
    }
}

static void test_full_for_ever_is_stuck(void **state)
{
    struct gateway_watch watch = {0};

    (void)state;
    for (int i = 1; i < GATEWAY_FULL_LOOKS; i++)
        CHECK_I64(GATEWAY_VERDICT_NONE, gateway_watch_judge(&watch, &sights[FULL]), "less than it takes");
    CHECK_I64(GATEWAY_STUCK, gateway_watch_judge(&watch, &sights[FULL]), "as many as it takes");
}

static void test_count(void **state)
{
    struct gateway_sight before = {0}, after = {0}, last = {0};
    int fds[2];

    (void)state;
    CHECK_I64(OD_OK, gateway_watch_count(&before), "count");
    CHECK_I64(0, socketpair(AF_UNIX, SOCK_STREAM, 0, fds), "socketpair");
    CHECK_I64(OD_OK, gateway_watch_count(&after), "count");
    CHECK_I64(before.open + 2, after.open, "two more");
    CHECK_I64(before.dead, after.dead, "both have a peer");
    close(fds[1]);
    CHECK_I64(OD_OK, gateway_watch_count(&last), "count");
    CHECK_I64(before.open + 1, last.open, "one more");
    CHECK_I64(before.dead + 1, last.dead, "whose peer is gone");
    close(fds[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_fault_must_stand),
        cmocka_unit_test(test_full_for_ever_is_stuck),
        cmocka_unit_test(test_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
