/* SPDX-License-Identifier: Apache-2.0 */
/* Extension od.metric/1: figures of a connector for the center's operators. */
#ifndef ONEDOOR_EXT_METRIC_H
#define ONEDOOR_EXT_METRIC_H

#include <onedoor/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

#define OD_METRIC_1 "od.metric/1"

struct od_metric {
    size_t size;
    void *context;
    int (*put)(void *context, const char *name, int64_t value); /* [any] */
};

/* The present value of a figure; name with its unit last ("queue_length", "login_ms"), at most
 * OD_NAME_MAX. Lossy and rate limited like the log. [any] Errors: OD_EINVAL, OD_ELIMIT, OD_ESYNTAX. */
OD_MUST_CHECK static inline int od_metric_put(const struct od_metric *metrics, const char *name, int64_t value)
{
    return metrics->put(metrics->context, name, value);
}

#ifdef __cplusplus
}
#endif

#endif
