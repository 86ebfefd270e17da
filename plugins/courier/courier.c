/* SPDX-License-Identifier: Apache-2.0 */
/* A carrier behind a REST API: a parcel is ordered once, by its constant key, and its waybill is asked for until it
 * is delivered or will not be: docs/connectors/courier.md. How requests are made and what their
 * outcomes mean is the connector http's (plugins/http); this is its configuration in the words of parcels. */
#include "../http/http.h"

#include <stdlib.h>
#include <string.h>

#include "rewrite.h"

struct courier {
    struct od_host host; /* the host, with the configuration that http reads */
    char *config;        /* owned */
    void *http;
};

static void courier_free(struct courier *courier)
{
    free(courier->config);
    free(courier);
}

/* A host may be younger than this module: what it has is taken over as far as it reaches. */
static void host_copy(struct courier *courier, const struct od_host *host, size_t config_size)
{
    size_t size = host->size < sizeof(courier->host) ? host->size : sizeof(courier->host);

    memcpy(&courier->host, host, size);
    courier->host.size = size;
    courier->host.config = courier->config;
    courier->host.config_size = config_size;
}

static int courier_open(const struct od_host *host, void **self)
{
    struct courier *courier = calloc(1, sizeof(*courier));
    char why[REWRITE_WHY_SIZE] = "no memory left";
    size_t size = 0;
    int rc = courier != NULL ? courier_rewrite(host, &courier->config, &size, why) : OD_ENOMEM;

    if (rc == OD_OK) {
        host_copy(courier, host, size);
        rc = http_open(&courier->host, &courier->http);
    } else {
        od_log(host, OD_LOG_ERROR, 0, why);
    }
    if (rc != OD_OK) {
        if (courier != NULL)
            courier_free(courier);
        return rc;
    }
    *self = courier;
    return OD_OK;
}

static void courier_close(void *self)
{
    struct courier *courier = self;

    http_close(courier->http);
    courier_free(courier);
}

static int courier_offer(void *self, const struct od_offer *offer)
{
    return http_offer(((struct courier *)self)->http, offer);
}

static void courier_cancel(void *self, od_task parcel, const char *reason)
{
    http_cancel(((struct courier *)self)->http, parcel, reason);
}

static void courier_event(void *self, od_task parcel, const char *body, size_t size)
{
    http_event(((struct courier *)self)->http, parcel, body, size);
}

static void courier_release(void *self, od_task parcel, const char *reason)
{
    http_release(((struct courier *)self)->http, parcel, reason);
}

static void courier_answered(void *self, const struct od_answer *answer)
{
    http_answered(((struct courier *)self)->http, answer);
}

static void courier_health(void *self, struct od_health *health)
{
    http_health(((struct courier *)self)->http, health);
}

static void courier_drain(void *self)
{
    http_drain(((struct courier *)self)->http);
}

OD_PLUGIN = {OD_PLUGIN_INIT, .id = "courier", .version = "1.0.0", .open = courier_open, .close = courier_close,
             .offer = courier_offer, .resume = courier_offer, .cancel = courier_cancel, .event = courier_event,
             .release = courier_release, .answered = courier_answered, .health = courier_health, .drain = courier_drain};
