/* SPDX-License-Identifier: Apache-2.0 */
/* What the process gives up before any code of a module runs (constructors run in
 * dlopen), and what it gives up when the module is open. Which layer, and why:
 * docs/connectors/sandbox.md, docs/adr/0014-the-sandbox-of-a-host.md.
 *
 *   manifest -> host_confine -> dlopen -> hello -> open() -> host_confine_tighten -> work
 *
 * plain     limits, no new privileges, no capabilities, death with the hub
 * filtered  + files (Landlock) and system calls (seccomp)
 * full      + user, network, IPC and mount namespaces of its own
 *
 * The best tier that the kernel allows is always taken. */
#ifndef HOST_CONFINE_H
#define HOST_CONFINE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <onedoor/error.h>

#include "host/exit.h"
#include "host/manifest.h"

#define HOST_THREADS_OWN 2              /* of the host: I/O and the plugin's thread */
#define HOST_THREADS_HEADROOM_MAX 4096  /* where threads cannot be counted for this process alone: tasks that may be added to those of the whole machine */
#define HOST_MEMORY_OWN_MIB 16          /* of the host: stacks, batches */
#define HOST_DESCRIPTORS_OWN 16         /* of the host, beside those of resources */
#define HOST_STACK_SIZE (2 * 1024 * 1024) /* of each thread: it counts as memory whether used or not */
#define HOST_UID_MIN UINT32_C(0x70000000) /* + pid: the user of a host whose hub is root; of no one else */

/* Ascending. */
enum host_tier {
    HOST_TIER_NONE = 0,
    HOST_TIER_PLAIN,
    HOST_TIER_FILTERED,
    HOST_TIER_FULL,
};

struct host_confine_options {
    int hub_fd;              /* the socket to the hub */
    int module_fd;           /* of module.so, which dlopen must still be able to open; -1 = none */
    enum host_tier tier_max; /* FULL; less for people who debug */
    bool has_net;            /* the manifest names "net": AF_UNIX sockets may be connected, with tier full */
    /* The only folder whose sockets it then sees; NULL = none. Borrowed. Under root a host is a user of its own:
     * folder mode 0711 and sockets 0666, below a folder where only the hub may go. */
    const char *sockets;
    /* The folder that it may list, read and write; NULL = none. Borrowed. Under root the host becomes the user to
     * whom the folder belongs, who must not be root. */
    const char *folder;
    uint32_t folder_mib; /* of the largest file that it may write there */
    uid_t folder_user;   /* set by host_confine */
    gid_t folder_group;
    struct host_resources resources;
};

/* "" = HOST_TIER_NONE. */
const char *host_tier_name(enum host_tier tier);

/* HOST_TIER_NONE = there is no tier of that name. */
enum host_tier host_tier_of(const char *name);

/* Die with the hub, and confine this process for good. *tier: what was reached; missing
 * ("" at tier_max): what the next tier would have needed. One thread.
 * Signals that a terminal or a service manager sends to the whole group are left to the
 * hub, whose end of hub_fd decides.
 * Errors: OD_EPEER the hub is gone already; OD_EIO not even tier plain can be had, or the folder cannot be
 * given to it (missing says why). What was given up stays so. Cost: about 3 ms. */
OD_MUST_CHECK int host_confine(struct host_confine_options *options, enum host_tier *tier,
                               char missing[HOST_REASON_SIZE]);

/* The module is open: from now on no file is opened (but in its folder, if it has one) and no memory becomes code,
 * in all threads; so libraries, locales and conversions are loaded before. No effect below
 * filtered. Any thread. Errors: OD_EIO. */
OD_MUST_CHECK int host_confine_tighten(enum host_tier tier, bool has_folder);

#endif
