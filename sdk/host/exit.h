/* SPDX-License-Identifier: Apache-2.0 */
/* Why onedoor-host ends, as its exit code. Source: docs/connectors/protocol.md. */
#ifndef HOST_EXIT_H
#define HOST_EXIT_H

enum host_exit {
    HOST_EXIT_BYE = 0,       /* closed and said bye */
    HOST_EXIT_ARGUMENTS = 2,
    HOST_EXIT_MANIFEST = 3,
    HOST_EXIT_MODULE = 4,    /* not loadable */
    HOST_EXIT_ABI = 5,
    HOST_EXIT_REFUSED = 6,   /* by the hub's answer to hello */
    HOST_EXIT_OPEN = 7,      /* the plugin did not open */
    HOST_EXIT_PROTOCOL = 8,  /* the hub broke it */
    HOST_EXIT_HUB_GONE = 9,
    HOST_EXIT_MACHINE = 10,  /* memory, threads, descriptors */
    HOST_EXIT_GRACE = 11,    /* not closed in time */
    HOST_EXIT_TIER = 12,     /* the sandbox that --min-tier asks for cannot be had here */
    HOST_EXIT_KILL_POINT = 13, /* a check asked for it: --kill-at */
};

#define HOST_REASON_SIZE 512 /* of a sentence that says why, with NUL */

#endif
