/* SPDX-License-Identifier: Apache-2.0 */
/* The headers as C11 and C17, every inline function used: compiled by headers_test. */
#include <onedoor/ext/metric.h>
#include <onedoor/ext/timer.h>
#include <onedoor/plugin.h>

_Static_assert(sizeof(struct od_plugin) == 144, "ABI 1.0");
_Static_assert(sizeof(struct od_offer) == 184, "ABI 1.0");
_Static_assert(sizeof(struct od_opinion) == 56, "ABI 1.0");
_Static_assert(sizeof(struct od_failure) == 48, "ABI 1.0");
_Static_assert(sizeof(struct od_host) == 224, "ABI 1.0");

static int open_it(const struct od_host *host, void **self)
{
    *self = host->context;
    return OD_HAS(host, extension) ? OD_OK : OD_EUNSUPPORTED;
}

static void close_it(void *self)
{
    (void)self;
}

static int offer_it(void *self, const struct od_offer *offer)
{
    (void)self;
    return od_approve(offer->host, offer->task, NULL);
}

OD_PLUGIN = {OD_PLUGIN_INIT, .id = "odd", .version = "1.0.0", .open = open_it, .close = close_it, .offer = offer_it};
