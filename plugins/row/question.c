/* SPDX-License-Identifier: Apache-2.0 */
#include "question.h"

#include <stdbool.h>
#include <string.h>

#include "../http/out.h"

#define DONE "-"
#define BETWEEN ",[]\" \t\r\n" /* names of fields hold none of these */

static void keep(const struct od_host *host, od_task task, const char *text)
{
    if (od_checkpoint(host, task, text, strlen(text)) != OD_OK)
        od_log(host, OD_LOG_WARNING, task, "the fields that are asked for could not be kept");
}

void question_keep(const struct od_host *host, od_task task, const char *fields)
{
    if (fields != NULL && strlen(fields) < OD_CHECKPOINT_MAX)
        keep(host, task, fields);
}

void question_done(const struct od_host *host, od_task task)
{
    keep(host, task, DONE);
}

char *question_answer(const struct od_offer *offer)
{
    struct out out = {.size_max = OD_CHECKPOINT_MAX};
    char fields[OD_CHECKPOINT_MAX];
    struct od_value value;
    bool is_any = false;

    if (offer->checkpoint == NULL || offer->checkpoint_size >= sizeof(fields) || offer->state == OD_TASK_WAITING)
        return NULL;
    memcpy(fields, offer->checkpoint, offer->checkpoint_size);
    fields[offer->checkpoint_size] = '\0';
    for (char *rest = NULL, *name = strtok_r(fields, BETWEEN, &rest); name != NULL; name = strtok_r(NULL, BETWEEN, &rest)) {
        if (od_form_value(offer, name, &value) != OD_OK)
            continue;
        out_text(&out, is_any ? "," : "{");
        out_quoted(&out, name, strlen(name));
        out_text(&out, ":");
        out_put(&out, value.json, value.json_size);
        is_any = true;
    }
    out_text(&out, is_any ? "}" : "");
    char *answer = is_any ? out_take(&out) : NULL;
    out_fini(&out);
    return answer;
}
