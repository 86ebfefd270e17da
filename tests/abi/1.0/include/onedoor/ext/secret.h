/* SPDX-License-Identifier: Apache-2.0 */
/* Extension od.secret/1: secrets by name. Values stay with the hub's egress process:
 * a module signs with one, or puts it into a header of od.http/1. Only a secret
 * whose manifest entry says "reveal" can be read, for a library that must log in by
 * itself. Granted by capabilities.secrets. */
#ifndef ONEDOOR_EXT_SECRET_H
#define ONEDOOR_EXT_SECRET_H

#include <onedoor/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

#define OD_SECRET_1 "od.secret/1"

#define OD_SECRET_MAX (8 * 1024)        /* bytes of a value */
#define OD_SECRET_DATA_MAX (64 * 1024)  /* bytes to sign */

/* value: 32 bytes of a MAC, or the secret itself; borrowed for the callback, NULL with an error or of
 * check. error: OD_EDENIED not declared, or not to be revealed; OD_ENOTFOUND declared, but not set up
 * at the hub; OD_EIO, OD_ECANCELLED. */
typedef void (*od_secret_cb)(void *self, int error, const void *value, size_t size, void *arg);

struct od_secret {
    size_t size;
    void *context;
    int (*check)(void *context, const char *name, od_secret_cb on_done, void *arg); /* [plugin] */
    int (*hmac_sha256)(void *context, const char *name, const void *data, size_t data_size,
                       od_secret_cb on_done, void *arg);                            /* [plugin] */
    int (*reveal)(void *context, const char *name, od_secret_cb on_done, void *arg); /* [plugin] */
};

/* Each call runs on_done once, on the plugin's thread, after it has returned; unless it returns an
 * error, then never. Errors: OD_EBUSY, OD_ELIMIT, OD_EINVAL, OD_ESTATE, OD_ENOMEM. [plugin] */
OD_MUST_CHECK static inline int od_secret_check(const struct od_secret *secrets, const char *name,
                                                od_secret_cb on_done, void *arg)
{
    return secrets->check(secrets->context, name, on_done, arg);
}

/* HMAC-SHA-256 (RFC 2104) of data under the secret. [plugin] */
OD_MUST_CHECK static inline int od_secret_hmac_sha256(const struct od_secret *secrets, const char *name,
                                                      const void *data, size_t data_size, od_secret_cb on_done,
                                                      void *arg)
{
    return secrets->hmac_sha256(secrets->context, name, data, data_size, on_done, arg);
}

/* [plugin] */
OD_MUST_CHECK static inline int od_secret_reveal(const struct od_secret *secrets, const char *name,
                                                 od_secret_cb on_done, void *arg)
{
    return secrets->reveal(secrets->context, name, on_done, arg);
}

#ifdef __cplusplus
}
#endif

#endif
