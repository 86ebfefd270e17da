/* SPDX-License-Identifier: Apache-2.0 */
/* The smallest useful connector: a desk check of the premises' area. Up to
 * max_area_m2 the department approves, above it rejects; a form without an area is
 * sent back to the applicant. */
#include <stdlib.h>

#include <onedoor/plugin.h>

struct hello {
    const struct od_host *host;
    int64_t max_area_m2;
};

static int hello_open(const struct od_host *host, void **self)
{
    struct hello *hello = malloc(sizeof(*hello));

    if (hello == NULL)
        return OD_ENOMEM;
    hello->host = host;
    hello->max_area_m2 = 300;
    *self = hello;
    int rc = od_config_i64(host, "max_area_m2", &hello->max_area_m2);
    return rc == OD_ENOTFOUND ? OD_OK : rc;
}

static int hello_offer(void *self, const struct od_offer *offer)
{
    const struct hello *hello = self;
    int64_t area_m2;

    if (od_form_i64(offer, "premises_area_m2", &area_m2) != OD_OK)
        return od_need_input(hello->host, offer->task, "premises_area_m2", "How large are the premises, in m2?");
    if (area_m2 > hello->max_area_m2)
        return od_reject(hello->host, offer->task, "The premises are larger than a desk check allows.");
    return od_approve(hello->host, offer->task, NULL);
}

OD_PLUGIN = {OD_PLUGIN_INIT, .id = "hello", .version = "1.0.0",
             .open = hello_open, .close = free, .offer = hello_offer};
