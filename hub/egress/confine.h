/* SPDX-License-Identifier: Apache-2.0 */
/* What the process gives up before it reads its first byte. It needs the network and its secrets; so
 * what is taken away is what a flaw in a parser would want next: other programs, other processes,
 * the kernel's rarer doors. */
#ifndef EGRESS_CONFINE_H
#define EGRESS_CONFINE_H

#include <onedoor/error.h>

/* Signals, limits, no_new_privs, no dumps, system calls. Before any thread. Errors: OD_EIO. */
OD_MUST_CHECK int egress_confine(void);

#endif
