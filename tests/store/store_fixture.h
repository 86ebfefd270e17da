/* SPDX-License-Identifier: Apache-2.0 */
/* A store in a folder of its own under /tmp, and a loop that is run until a
 * commit or a close is over. */
#ifndef TESTS_STORE_FIXTURE_H
#define TESTS_STORE_FIXTURE_H

#include "store/store.h"

struct fixture {
    uv_loop_t loop;
    char folder[64];
    const char *vfs; /* NULL = the real disk */
    struct store *store;
    struct store_batch *batch;
    struct base_arena arena; /* for reads; freed with the fixture */
    unsigned committed;      /* calls of on_committed */
};

/* Makes the folder, the loop and an open store. */
void fixture_init(struct fixture *fixture);
/* Closes what is open, asserts that the loop is empty, removes the folder. */
void fixture_fini(struct fixture *fixture);

/* cmocka's setup and teardown of a test whose first state is a fixture, zeroed or used before. */
int fixture_set_up(void **state);
int fixture_tear_down(void **state);
/* Of a program whose fixture is called fixture. */
#define FIXTURE_TEST(test) cmocka_unit_test_prestate_setup_teardown(test, fixture_set_up, fixture_tear_down, &fixture)

void fixture_open(struct fixture *fixture);
void fixture_close(struct fixture *fixture);
void fixture_reopen(struct fixture *fixture);

/* The next write of the fixture's batch, zeroed. */
struct store_write *fixture_write(struct fixture *fixture, enum store_write_kind kind, uint64_t application);
/* An intake with state, document and record whose texts tell the application; key 0 = none. */
struct store_write *fixture_intake(struct fixture *fixture, uint64_t application, uint32_t key);
struct store_write *fixture_transition(struct fixture *fixture, uint64_t application, const char *state);

/* Commits the batch and waits. The batch's results stay readable until the next fixture_write. */
void fixture_commit(struct fixture *fixture);

/* The hash that fixture_intake makes of a key. */
void fixture_key(uint32_t key, uint8_t hash[32]);

/* Text in the batch's arena. */
const char *fixture_text(struct fixture *fixture, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
