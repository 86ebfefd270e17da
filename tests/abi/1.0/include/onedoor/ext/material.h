/* SPDX-License-Identifier: Apache-2.0 */
/* Extension od.material/1: the documents of an application, read in pieces. The
 * offer's materials say which there are. Granted by capabilities.materials. */
#ifndef ONEDOOR_EXT_MATERIAL_H
#define ONEDOOR_EXT_MATERIAL_H

#include <onedoor/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

#define OD_MATERIAL_1 "od.material/1"

#define OD_MATERIAL_PIECE_MAX (64 * 1024) /* bytes of one read */

/* bytes: borrowed for the callback; size 0 = the end. total: bytes of the whole document. error:
 * OD_ENOTFOUND no such material, or the hub does not hold its content; OD_EDENIED; OD_ESTALE the task
 * is not in this module's hand any more; OD_EIO, OD_ECANCELLED. */
typedef void (*od_material_cb)(void *self, int error, const void *bytes, size_t size, uint64_t total, void *arg);

struct od_material {
    size_t size;
    void *context;
    int (*read)(void *context, od_task task, const char *sha256, uint64_t offset, size_t size_max,
                od_material_cb on_read, void *arg); /* [plugin] */
};

/* Up to size_max (1..OD_MATERIAL_PIECE_MAX) bytes from offset of the document with this SHA-256 (64
 * hexadecimal digits, as in the offer's materials). on_read runs once, on the plugin's thread, after
 * this has returned; unless it returns an error, then never. [plugin]
 * Errors: OD_ESTALE, OD_EBUSY, OD_EINVAL, OD_ESTATE, OD_ENOMEM. */
OD_MUST_CHECK static inline int od_material_read(const struct od_material *materials, od_task task,
                                                 const char *sha256, uint64_t offset, size_t size_max,
                                                 od_material_cb on_read, void *arg)
{
    return materials->read(materials->context, task, sha256, offset, size_max, on_read, arg);
}

#ifdef __cplusplus
}
#endif

#endif
