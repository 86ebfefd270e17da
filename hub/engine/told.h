/* SPDX-License-Identifier: Apache-2.0 */
/* Notices that were told in person, each once: entries beside the application, by "<number>/<seq of the notice>". Loop thread. */
#ifndef ENGINE_TOLD_H
#define ENGINE_TOLD_H

#include "engine/entry.h"
#include "engine/message.h"

/* POST /v1/applications/{number}/notices/{id}/told */
void engine_told(struct engine *engine, struct front_request *request);

/* Member "told_in_person" of the notice of record seq, if one of the entries is about it. hides_staff: without who told it. */
void engine_told_put(struct base_buffer *buffer, const struct store_entry *entries, size_t count, uint64_t seq, bool hides_staff);

#endif
