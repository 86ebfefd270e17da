/* SPDX-License-Identifier: Apache-2.0 */
/* od.secret/1: secrets by name; their values stay with the hub's egress process. */
#include <string.h>

#include "host/call.h"
#include "host/runner.h"

static int tell(struct host *host, const struct host_service *service, int error, const void *value, size_t size)
{
    host_callback_enter(host, "an answer of od.secret/1", 0);
    service->on_done.secret(host->self, error, value, size, service->arg);
    host_callback_leave(host, 0);
    return OD_OK;
}

static int on_checked(struct host *host, const struct host_service *service, const struct host_service_answer *answer)
{
    return tell(host, service, answer->error, NULL, 0);
}

static int on_value(struct host *host, const struct host_service *service, const struct host_service_answer *answer)
{
    const unsigned char *value = NULL;
    size_t size = 0;

    if (answer->error == OD_OK) {
        int rc = host_service_bytes(host, answer->json, "value", &value, &size);

        if (rc != OD_OK || value == NULL || size > OD_SECRET_MAX)
            return rc != OD_OK ? rc : OD_ESYNTAX;
    }
    int rc = tell(host, service, answer->error, value, size);
    if (value != NULL)
        explicit_bzero((void *)(uintptr_t)value, size); /* scratch memory, which stays mapped */
    return rc;
}

/* The request up to its name. NULL: *rc says why. */
static struct base_buffer *begin(struct host *host, const char *call, const char *op, const char *name,
                                 od_secret_cb on_done, int *rc)
{
    *rc = host_service_enter(host, call);
    if (*rc == OD_OK)
        *rc = host_service_range(host, call, "on_done", on_done != NULL);
    if (*rc == OD_OK)
        *rc = host_service_text(host, call, "name", name, OD_NAME_MAX, true);
    struct base_buffer *out = *rc == OD_OK ? host_service_begin(host, "secret", rc) : NULL;
    if (out == NULL)
        return NULL;
    base_json_put_text(out, "op", op);
    base_json_put_text(out, "name", name);
    return out;
}

static int end(struct host *host, const char *call, host_service_cb on_answer, od_secret_cb on_done, void *arg)
{
    struct host_service service = {.on_answer = on_answer, .on_done.secret = on_done, .arg = arg, .call = call};

    return host_service_end(host, &service);
}

static int check(void *context, const char *name, od_secret_cb on_done, void *arg)
{
    struct host *host = context;
    int rc;
    struct base_buffer *out = begin(host, "od_secret_check", "check", name, on_done, &rc);

    return out != NULL ? end(host, "od_secret_check", on_checked, on_done, arg) : rc;
}

static int hmac_sha256(void *context, const char *name, const void *data, size_t data_size, od_secret_cb on_done,
                       void *arg)
{
    static const char call[] = "od_secret_hmac_sha256";
    struct host *host = context;
    int rc = host_service_enter(host, call);

    if (rc == OD_OK)
        rc = host_service_range(host, call, "data", data != NULL || data_size == 0);
    if (rc == OD_OK)
        rc = host_service_limit(host, call, "data", data_size, OD_SECRET_DATA_MAX);
    struct base_buffer *out = rc == OD_OK ? begin(host, call, "hmac", name, on_done, &rc) : NULL;
    if (out == NULL)
        return rc;
    host_service_put_bytes(out, "data", data, data_size);
    return end(host, call, on_value, on_done, arg);
}

static int reveal(void *context, const char *name, od_secret_cb on_done, void *arg)
{
    struct host *host = context;
    int rc;
    struct base_buffer *out = begin(host, "od_secret_reveal", "reveal", name, on_done, &rc);

    return out != NULL ? end(host, "od_secret_reveal", on_value, on_done, arg) : rc;
}

void host_call_init_secret(struct host *host)
{
    host->secret_table = (struct od_secret){.size = sizeof(host->secret_table), .context = host,
                                            .check = check, .hmac_sha256 = hmac_sha256, .reveal = reveal};
}
