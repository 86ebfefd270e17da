/* SPDX-License-Identifier: Apache-2.0 */
/* The error codes of onedoor, the same in the hub, the host and every module.
 * 0 is success, failures are negative. A department's refusal is never one of
 * these: an opinion is data. */
#ifndef ONEDOOR_ERROR_H
#define ONEDOOR_ERROR_H

/* One row a code: name, number, text. Numbers are ABI: only append. */
#define OD_ERRORS(X)                                                                 \
    X(OD_EINVAL, -1, "an argument is outside its range")                             \
    X(OD_ENOMEM, -2, "no memory left")                                               \
    X(OD_EBUSY, -3, "a bounded queue or table is full; try again")                   \
    X(OD_ESTALE, -4, "the handle or epoch belongs to an earlier owner")              \
    X(OD_ELIMIT, -5, "a named limit is exceeded")                                    \
    X(OD_EDENIED, -6, "not granted")                                                 \
    X(OD_EUNSUPPORTED, -7, "not offered by this side")                               \
    X(OD_ECANCELLED, -8, "cancelled before it was done")                             \
    X(OD_ETIMEOUT, -9, "the deadline passed")                                        \
    X(OD_EIO, -10, "input or output failed")                                         \
    X(OD_ESTATE, -11, "not allowed in the present state")                            \
    X(OD_ENOTFOUND, -12, "no such thing")                                            \
    X(OD_ERANGE, -13, "the result lies outside what can be represented")             \
    X(OD_EPEER, -14, "the other side broke the protocol or went away")               \
    X(OD_ECONFLICT, -15, "it contradicts what is already recorded")                  \
    X(OD_EFULL, -16, "the disk is full")                                             \
    X(OD_ESYNTAX, -17, "the text is not well formed")                                \
    X(OD_EEXIST, -18, "it exists already")

enum od_error {
    OD_OK = 0,
#define OD_ERROR_ENUM(name, number, text) name = number,
    OD_ERRORS(OD_ERROR_ENUM)
#undef OD_ERROR_ENUM
};

#if defined(__GNUC__)
#define OD_MUST_CHECK __attribute__((warn_unused_result))
#else
#define OD_MUST_CHECK
#endif

#endif
