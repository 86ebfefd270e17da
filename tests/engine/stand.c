/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/stand.h"

#include <stdio.h>

#include "lib/check.h"

static struct base_json *answer; /* of the last question */

int stand_open(void **state)
{
    (void)state;
    stage_open(1);
    stage_link_ready(stage_link("market"));
    return 0;
}

int stand_close(void **state)
{
    (void)state;
    base_json_destroy(answer);
    answer = NULL;
    stage_close();
    return 0;
}

void stand_submit(const char *more)
{
    char body[512];

    snprintf(body, sizeof(body), "%.*s%s}", (int)sizeof(STAND) - 2, STAND, more);
    stage_ask(FRONT_APPLICATION_SUBMIT, NULL, NULL, body);
    stage_drain();
}

void stand_approve(uint64_t application)
{
    stage_report(stage_link("market"), BASE_ITEM_OPINION, base_task_handle(application, 0), "{\"opinion\":\"approve\"}");
    stage_drain();
}

void stand_pass(int days)
{
    stage.wall_ms += days * DAY_MS;
    stage.monotonic_ms += days * DAY_MS;
    stage_tick();
    stage_drain();
}

const struct base_json *stand_answer(const struct stage_request *asked)
{
    struct base_json_error error;

    base_json_destroy(answer);
    answer = NULL;
    CHECK_I64(OD_OK, base_json_parse(asked->answer, strlen(asked->answer), &answer, &error), asked->answer);
    return answer;
}
