/* SPDX-License-Identifier: Apache-2.0 */
/* The manifest.json of a module, as far as the host needs it. */
#ifndef HOST_MANIFEST_H
#define HOST_MANIFEST_H

#include <stdbool.h>
#include <stdint.h>

#include <onedoor/error.h>

#include "base/limits.h"
#include "host/exit.h"

#define HOST_MANIFEST_SIZE_MAX (256 * 1024)
#define HOST_VERSION_MAX 31
#define HOST_CREDITS_DEFAULT 256

/* What a module may use at most, docs/connectors/reference.md. */
struct host_resources {
    uint32_t memory_mib, threads, descriptors;
};

#define HOST_MEMORY_MIB_DEFAULT 256
#define HOST_MEMORY_MIB_MIN 16
#define HOST_MEMORY_MIB_MAX 65536
#define HOST_THREADS_DEFAULT 16
#define HOST_THREADS_MIN 4 /* those of od_work */
#define HOST_THREADS_MAX 1024
#define HOST_DESCRIPTORS_DEFAULT 128
#define HOST_DESCRIPTORS_MIN 32
#define HOST_DESCRIPTORS_MAX 4096
#define HOST_FOLDER_MIB_DEFAULT 1024
#define HOST_FOLDER_MIB_MAX (1024 * 1024)

struct host_manifest {
    char id[BASE_ID_MAX + 1];
    char version[HOST_VERSION_MAX + 1];
    uint16_t abi_major, abi_minor;
    uint32_t credits;
    bool has_kv, has_http, has_secrets, has_materials; /* declared capabilities: which extensions are offered */
    struct host_resources resources;
    bool has_net; /* capabilities.net names an address at least */
    uint32_t folder_mib; /* capabilities.folder: of the largest file that it may write there; 0 = it has no folder */
};

/* Read folder/manifest.json. Errors: OD_EINVAL, OD_ENOMEM; reason says why in a sentence
 * and *out is unchanged. */
OD_MUST_CHECK int host_manifest_read(const char *folder, struct host_manifest *out, char reason[HOST_REASON_SIZE]);

/* The same of an open file; path: how messages call it. fd stays the caller's. */
OD_MUST_CHECK int host_manifest_take(int fd, const char *path, struct host_manifest *out, char reason[HOST_REASON_SIZE]);

#endif
