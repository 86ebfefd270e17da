/* SPDX-License-Identifier: Apache-2.0 */
/* Are the stage's statistics what its journal gives? */
#ifndef TEST_ENGINE_RECOUNT_H
#define TEST_ENGINE_RECOUNT_H

/* Has the hub verify them; fails the test with the answer when they differ. Nothing is under way. */
void recount_check(void);

#endif
