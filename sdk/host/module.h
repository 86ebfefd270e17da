/* SPDX-License-Identifier: Apache-2.0 */
/* Loading the module.so; the only user of dlfcn.h. */
#ifndef HOST_MODULE_H
#define HOST_MODULE_H

#include <onedoor/error.h>
#include <onedoor/plugin.h>

#include "host/exit.h"
#include "host/manifest.h"

#define HOST_HASH_TEXT_SIZE 65 /* with NUL */

/* Open folder/module.so and look at it: an ELF shared object for this machine? Reads its header, runs
 * nothing. *fd: the caller's. Errors: OD_EINVAL (reason says why; *fd unchanged). */
OD_MUST_CHECK int host_module_find(const char *folder, int *fd, char reason[HOST_REASON_SIZE]);

/* The same of a descriptor that the hub handed over: it must be sealed memory, too. Errors: OD_EINVAL. */
OD_MUST_CHECK int host_module_check(int fd, const char *path, char reason[HOST_REASON_SIZE]);

/* SHA-256 of the file behind fd as hexadecimal digits. Errors: OD_EIO. Cost: reads it. */
OD_MUST_CHECK int host_module_hash(int fd, char text[HOST_HASH_TEXT_SIZE]);

/* Is the constant one that this host may call, and the one that the manifest names?
 * Errors: OD_EUNSUPPORTED another ABI; OD_EINVAL (reason says why). */
OD_MUST_CHECK int host_plugin_check(const struct od_plugin *plugin, const struct host_manifest *manifest,
                                    char reason[HOST_REASON_SIZE]);

/* Load the module behind fd for the life of the process (constructors run), check the plugin
 * constant, and copy it into *out with later fields zeroed where the module's is shorter. By its
 * descriptor, because its path may be out of reach by now. Errors: OD_EINVAL, OD_EUNSUPPORTED
 * (reason says why; *out unchanged). */
OD_MUST_CHECK int host_module_open(int fd, const struct host_manifest *manifest, struct od_plugin *out,
                                   char reason[HOST_REASON_SIZE]);

/* The same, by a path: where nothing confines the process and debuggers want the name. */
OD_MUST_CHECK int host_module_open_path(const char *path, const struct host_manifest *manifest, struct od_plugin *out,
                                        char reason[HOST_REASON_SIZE]);

#endif
