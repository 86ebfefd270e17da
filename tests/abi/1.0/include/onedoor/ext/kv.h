/* SPDX-License-Identifier: Apache-2.0 */
/* Extension od.kv/1: a small durable store of this connector's own, kept by the
 * hub over restarts, upgrades and moves to another machine. Granted by the
 * manifest's capabilities.kv. Not for tasks: od_checkpoint moves with them. */
#ifndef ONEDOOR_EXT_KV_H
#define ONEDOOR_EXT_KV_H

#include <onedoor/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

#define OD_KV_1 "od.kv/1"

#define OD_KV_KEY_MAX 255               /* bytes of a key: UTF-8, not empty */
#define OD_KV_VALUE_MAX (64 * 1024)     /* bytes of a value */
#define OD_KV_LIST_MAX 100              /* keys of one list */

/* value: of a get, borrowed for the callback; NULL otherwise. error: OD_OK durable, or read;
 * OD_ENOTFOUND no such key; OD_ELIMIT the quota is used up; OD_EIO the hub cannot store now;
 * OD_ECANCELLED the module closes. */
typedef void (*od_kv_cb)(void *self, int error, const void *value, size_t size, void *arg);

/* Keys in byte order, borrowed for the callback. error: as above. */
typedef void (*od_kv_list_cb)(void *self, int error, const char *const *keys, uint32_t count, void *arg);

struct od_kv {
    size_t size;
    void *context;
    int (*get)(void *context, const char *key, od_kv_cb on_done, void *arg);                         /* [plugin] */
    int (*put)(void *context, const char *key, const void *value, size_t value_size, od_kv_cb on_done,
               void *arg);                                                                           /* [plugin] */
    int (*remove)(void *context, const char *key, od_kv_cb on_done, void *arg);                      /* [plugin] */
    int (*list)(void *context, const char *prefix, const char *after, od_kv_list_cb on_done,
                void *arg);                                                                          /* [plugin] */
};

/* Each call runs on_done once, on the plugin's thread, after it has returned; unless it returns an
 * error, then never. In the order of calls. Errors: OD_ELIMIT key or value too long; OD_EBUSY too
 * many calls are under way; OD_EINVAL, OD_ESYNTAX, OD_ESTATE, OD_ENOMEM. [plugin] */
OD_MUST_CHECK static inline int od_kv_get(const struct od_kv *kv, const char *key, od_kv_cb on_done, void *arg)
{
    return kv->get(kv->context, key, on_done, arg);
}

/* on_done may be NULL. [plugin] */
OD_MUST_CHECK static inline int od_kv_put(const struct od_kv *kv, const char *key, const void *value,
                                          size_t value_size, od_kv_cb on_done, void *arg)
{
    return kv->put(kv->context, key, value, value_size, on_done, arg);
}

/* A key that is not there is removed without an error. on_done may be NULL. [plugin] */
OD_MUST_CHECK static inline int od_kv_remove(const struct od_kv *kv, const char *key, od_kv_cb on_done, void *arg)
{
    return kv->remove(kv->context, key, on_done, arg);
}

/* At most OD_KV_LIST_MAX keys that begin with prefix ("" = all) and come after `after` ("" = from
 * the first). [plugin] */
OD_MUST_CHECK static inline int od_kv_list(const struct od_kv *kv, const char *prefix, const char *after,
                                           od_kv_list_cb on_done, void *arg)
{
    return kv->list(kv->context, prefix, after, on_done, arg);
}

#ifdef __cplusplus
}
#endif

#endif
