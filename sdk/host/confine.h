/* SPDX-License-Identifier: Apache-2.0 */
/* What the process gives up before any code of a module runs: tier "plain". */
#ifndef HOST_CONFINE_H
#define HOST_CONFINE_H

#include <onedoor/error.h>

#define HOST_TIER "plain"
#define HOST_DESCRIPTORS_MAX 256
#define HOST_THREADS_HEADROOM_MAX 4096 /* tasks that may be added to those of the whole machine at start */

/* Die with the hub, gain no privileges, leave no core, few descriptors, no endless
 * threads; signals that a terminal or a service manager sends to the whole group are
 * left to the hub, whose end of fd 3 decides. hub_fd: the socket to the hub.
 * Errors: OD_EPEER the hub is gone already; OD_EIO the kernel refused. */
OD_MUST_CHECK int host_confine(int hub_fd);

#endif
