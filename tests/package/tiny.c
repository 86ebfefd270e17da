/* SPDX-License-Identifier: Apache-2.0 */
/* The smallest module that a host loads; package tests make their packages of it. */
#include <stdlib.h>

#include <onedoor/plugin.h>

static int tiny_open(const struct od_host *host, void **self)
{
    (void)host;
    *self = NULL;
    return OD_OK;
}

static int tiny_offer(void *self, const struct od_offer *offer)
{
    (void)self;
    (void)offer;
    return OD_EUNSUPPORTED;
}

#ifndef TINY_VERSION
#define TINY_VERSION "1.0.0"
#endif

OD_PLUGIN = {OD_PLUGIN_INIT, .id = "gov.tiny", .version = TINY_VERSION, .open = tiny_open, .close = free, .offer = tiny_offer};
