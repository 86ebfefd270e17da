// SPDX-License-Identifier: Apache-2.0
// The headers as C++17, and a module in it: compiled by headers_test.
#include <onedoor/ext/metric.h>
#include <onedoor/ext/timer.h>
#include <onedoor/plugin.h>

static int open_it(const struct od_host *, void **self)
{
    *self = nullptr;
    return OD_OK;
}

static void close_it(void *)
{
}

static int offer_it(void *, const struct od_offer *offer)
{
    return od_approve(offer->host, offer->task, nullptr);
}

static constexpr struct od_plugin cxx()
{
    struct od_plugin plugin = od_plugin_blank();
    plugin.id = "odd";
    plugin.version = "1.0.0";
    plugin.open = open_it;
    plugin.close = close_it;
    plugin.offer = offer_it;
    return plugin;
}

OD_PLUGIN = cxx();
