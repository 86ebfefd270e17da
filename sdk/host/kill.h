/* SPDX-License-Identifier: Apache-2.0 */
/* A switch for `onedoor plugin check`: this process ends at a host call of the module,
 * before or after it, as if it had been killed there. */
#ifndef HOST_KILL_H
#define HOST_KILL_H

#include "host/host.h"

/* text: "N:before" or "N:after", N from 1: at the N-th call of the module that can change anything; calls that only
 * read are not counted. Before the plugin's thread starts. Errors: OD_EINVAL (nothing changed). */
OD_MUST_CHECK int host_kill_at(struct host *host, const char *text);

#endif
