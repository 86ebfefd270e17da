/* SPDX-License-Identifier: Apache-2.0 */
/* @ID@: a desk check. It reads one field of the form and answers at once.
 *
 *   offer -> asks the applicant | rejects | approves
 */
#include <stdlib.h>

#include <onedoor/plugin.h>

struct desk {
    const struct od_host *host;
    int64_t max_area_m2;
};

/* The configuration has passed the manifest's config_schema; a setting that is absent
 * keeps the value that was there before. */
static int desk_open(const struct od_host *host, void **self)
{
    struct desk *desk = malloc(sizeof(*desk));

    if (desk == NULL)
        return OD_ENOMEM;
    desk->host = host;
    desk->max_area_m2 = 300;
    *self = desk;
    int rc = od_config_i64(host, "max_area_m2", &desk->max_area_m2);
    return rc == OD_ENOTFOUND ? OD_OK : rc;
}

/* A refusal is an opinion, not an error. Only when no opinion can be got, od_fail. */
static int desk_offer(void *self, const struct od_offer *offer)
{
    const struct desk *desk = self;
    int64_t area_m2;

    if (od_form_i64(offer, "premises_area_m2", &area_m2) != OD_OK)
        return od_need_input(desk->host, offer->task, "premises_area_m2", "How large are the premises, in m2?");
    if (area_m2 > desk->max_area_m2)
        return od_reject(desk->host, offer->task, "The premises are larger than a desk check allows.");
    return od_approve(desk->host, offer->task, "Within the limit of a desk check.");
}

OD_PLUGIN = {OD_PLUGIN_INIT, .id = ONEDOOR_MODULE_ID, .version = ONEDOOR_MODULE_VERSION,
             .open = desk_open, .close = free, .offer = desk_offer};
