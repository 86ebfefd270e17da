/* SPDX-License-Identifier: Apache-2.0 */
/* That somebody signed in or out stands in the journal; the sessions themselves are the front's, in memory. */
#include "engine/key.h"

void engine_on_session(void *owner, const char *event, const char *key_id, const char *session)
{
    struct engine *engine = owner;
    struct base_buffer data = {0};

    engine_time_update(engine);
    base_json_open(&data, NULL, '{');
    base_json_put_text(&data, "session", session);
    base_json_close(&data, '}');
    if (data.is_broken || engine_journal_put(engine, event, key_id, base_buffer_text(&data)) != OD_OK)
        base_log(BASE_LOG_WARNING, "%s of key %s could not be put on record", event, key_id);
    base_buffer_fini(&data);
}
