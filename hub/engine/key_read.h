/* SPDX-License-Identifier: Apache-2.0 */
/* What POST /v1/keys says, checked. Private to hub/engine/key*.c. */
#ifndef ENGINE_KEY_READ_H
#define ENGINE_KEY_READ_H

#include "engine/key.h"

struct engine_key_wish {
    struct front_key key; /* without hashes */
    const char *note;     /* borrowed from the body; NULL = none */
    uint16_t department;  /* the store's number, 0 = none */
};

/* false: the request was answered, 422 or 409 with the member at fault. */
bool engine_key_wish_read(struct engine *engine, struct front_request *request, struct engine_key_wish *wish);

/* A text of the body that is no longer than size_max bytes and holds something; NULL where it is absent. false: answered. */
bool engine_key_text_read(struct front_request *request, const char *name, size_t size_max, const char **out);

#endif
