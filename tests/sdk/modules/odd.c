/* SPDX-License-Identifier: Apache-2.0 */
/* A module with one thing wrong, chosen by the build: ODD_MAJOR, ODD_MAGIC, ODD_ID, ODD_NO_OFFER, ODD_NOTHING. */
#include <stdlib.h>

#include <onedoor/plugin.h>

#ifndef ODD_NOTHING
#ifndef ODD_MAJOR
#define ODD_MAJOR OD_ABI_MAJOR
#endif
#ifndef ODD_MAGIC
#define ODD_MAGIC OD_PLUGIN_MAGIC
#endif
#ifndef ODD_ID
#define ODD_ID "odd"
#endif

static int odd_open(const struct od_host *host, void **self)
{
    (void)host;
    *self = NULL;
    return OD_OK;
}

#ifndef ODD_NO_OFFER
static int odd_offer(void *self, const struct od_offer *offer)
{
    (void)self;
    return od_approve(offer->host, offer->task, NULL);
}
#endif

OD_PLUGIN = {ODD_MAGIC, (uint32_t)sizeof(struct od_plugin), ODD_MAJOR, OD_ABI_MINOR, 0u,
             .id = ODD_ID, .version = "1.0.0", .open = odd_open, .close = free,
#ifndef ODD_NO_OFFER
             .offer = odd_offer,
#endif
};
#else
int odd_nothing(void);
int odd_nothing(void)
{
    return 0;
}
#endif
