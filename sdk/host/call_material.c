/* SPDX-License-Identifier: Apache-2.0 */
/* od.material/1: the documents of an application, read in pieces. */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "host/call.h"
#include "host/runner.h"

#define SHA256_DIGITS 64

static int on_piece(struct host *host, const struct host_service *service, const struct host_service_answer *answer)
{
    const unsigned char *bytes = NULL;
    struct host_view value;
    size_t size = 0;
    int64_t total = 0;

    if (answer->error == OD_OK) {
        int rc = host_service_bytes(host, answer->json, "bytes", &bytes, &size);

        if (rc == OD_OK)
            rc = host_view_member(answer->json, "total", &value) == OD_OK ? host_view_i64(value, &total) : OD_ESYNTAX;
        if (rc != OD_OK || bytes == NULL || size > OD_MATERIAL_PIECE_MAX || total < 0)
            return rc == OD_ENOMEM ? OD_ENOMEM : OD_ESYNTAX;
    }
    host_callback_enter(host, "an answer of od.material/1", service->task);
    service->on_done.material(host->self, answer->error, bytes, size, (uint64_t)total, service->arg);
    host_callback_leave(host, service->task);
    return OD_OK;
}

static bool is_sha256(const char *text)
{
    size_t size = 0;

    while (text != NULL && size < SHA256_DIGITS && isxdigit((unsigned char)text[size]))
        size++;
    return size == SHA256_DIGITS && text[size] == '\0';
}

static int check(struct host *host, const char *call, const char *sha256, uint64_t offset, size_t size_max,
                 od_material_cb on_read)
{
    int rc = host_service_range(host, call, "sha256", is_sha256(sha256));

    if (rc == OD_OK)
        rc = host_service_range(host, call, "offset", offset <= INT64_MAX);
    if (rc == OD_OK)
        rc = host_service_range(host, call, "size_max", size_max >= 1 && size_max <= OD_MATERIAL_PIECE_MAX);
    return rc == OD_OK ? host_service_range(host, call, "on_read", on_read != NULL) : rc;
}

static int read_piece(void *context, od_task handle, const char *sha256, uint64_t offset, size_t size_max,
                      od_material_cb on_read, void *arg)
{
    struct host *host = context;
    struct host_service service = {.on_answer = on_piece, .on_done.material = on_read, .arg = arg,
                                   .call = "od_material_read"};
    char wire[24];
    int rc = host_service_enter(host, service.call);

    if (rc != OD_OK)
        return rc;
    const struct host_task *task = host_tasks_find(&host->tasks, handle);
    if (task == NULL) {
        host_trap(host, 0, "%s: stale task handle %" PRIx64 "; it ended or moved on", service.call, handle);
        return OD_ESTALE;
    }
    service.task = task->wire;
    rc = check(host, service.call, sha256, offset, size_max, on_read);
    struct base_buffer *out = rc == OD_OK ? host_service_begin(host, "material", &rc) : NULL;
    if (out == NULL)
        return rc;
    snprintf(wire, sizeof(wire), "%" PRIu64, service.task);
    base_json_put_text(out, "op", "read");
    base_json_put_text(out, "task", wire);
    base_json_put_text(out, "sha256", sha256);
    base_json_put_i64(out, "offset", (int64_t)offset);
    base_json_put_i64(out, "size", (int64_t)size_max);
    return host_service_end(host, &service);
}

void host_call_init_material(struct host *host)
{
    host->material_table = (struct od_material){.size = sizeof(host->material_table), .context = host,
                                                .read = read_piece};
}
