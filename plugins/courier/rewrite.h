/* SPDX-License-Identifier: Apache-2.0 */
/* A carrier's configuration in the words of parcels becomes one of the connector http, which
 * knows how to submit, ask, look up and be called back (docs/connectors/http.md). */
#ifndef COURIER_REWRITE_H
#define COURIER_REWRITE_H

#include <onedoor/plugin.h>

#define REWRITE_WHY_SIZE 320
#define REWRITE_SIZE_MAX (256 * 1024)
#define STATES_MAX 64 /* words of a carrier */

/* The configuration for http, owned by the caller (free). [plugin] Errors (why): OD_EINVAL, OD_ENOMEM. */
OD_MUST_CHECK int courier_rewrite(const struct od_host *host, char **config, size_t *size, char why[REWRITE_WHY_SIZE]);

#endif
