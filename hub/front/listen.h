/* SPDX-License-Identifier: Apache-2.0 */
/* Where the front listens, and whether it may. Private to hub/front. */
#ifndef FRONT_LISTEN_H
#define FRONT_LISTEN_H

#include "front/server.h"

/* "127.0.0.1:8080", "localhost:0", "[::1]:0", "unix:/path": bind and listen. The text of the
 * address as it came to be goes to address ("http://127.0.0.1:41234", "unix:/path").
 * Errors (listener->is_open says whether it has to be closed): as front_open, with text. */
OD_MUST_CHECK int front_listener_open(struct front_listener *listener, struct front *front,
                                      const char *where, bool has_keys,
                                      uv_connection_cb on_connection,
                                      char address[FRONT_ADDRESS_MAX], char text[512]);

#endif
