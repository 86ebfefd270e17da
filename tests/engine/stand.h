/* SPDX-License-Identifier: Apache-2.0 */
/* Stands: applications of the fixture's service open-stand, one task each for the connector "market", as those tests have them that look
 * at what becomes of many. */
#ifndef TEST_ENGINE_STAND_H
#define TEST_ENGINE_STAND_H

#include "engine/stage.h"

#define DAY_MS INT64_C(86400000)
#define STAND "{\"service\":\"open-stand\",\"applicant\":{\"name\":\"Li\"},\"form\":{},\"materials\":[{\"material\":\"id-copy\"}]}"

int stand_open(void **state); /* cmocka's setup and teardown: the stage, with market ready */
int stand_close(void **state);

void stand_submit(const char *more); /* further members of the body, each after a comma; "" = none */
void stand_approve(uint64_t application);
void stand_pass(int days);

/* The JSON of an answer, borrowed until the next call and the stage's close. */
const struct base_json *stand_answer(const struct stage_request *asked);

#endif
