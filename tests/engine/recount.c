/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/recount.h"

#include "engine/stage.h"
#include "lib/check.h"

void recount_check(void)
{
    struct stage_request *asked = stage_ask_query(FRONT_STATISTICS, "verify=true");
    struct base_json_error error;
    struct base_json *root = NULL;

    stage_drain();
    CHECK_I64(200, asked->status, "verified");
    CHECK_I64(OD_OK, base_json_parse(asked->answer, strlen(asked->answer), &root, &error), "an answer");
    const struct base_json *verify = base_json_member(root, "verify");
    CHECK(strcmp("done", base_json_member_text(verify, "state")) == 0, asked->answer);
    CHECK(base_json_is_true(base_json_member(verify, "is_equal")), asked->answer);
    base_json_destroy(root);
}
