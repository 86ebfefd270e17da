/* SPDX-License-Identifier: Apache-2.0 */
/* What must hold of every application on the stage's disk (domain.md, section 8). */
#ifndef TEST_ENGINE_REPLAY_H
#define TEST_ENGINE_REPLAY_H

#include <stdint.h>

/* Fold the journal of the application and compare with its row; check decision, opinions,
 * owed rows and deadlines. Fails the test with what is wrong. */
void replay_check(uint64_t id);

/* Print what is still owed of it, for a failing test. */
void replay_tell_open(uint64_t id);

#endif
