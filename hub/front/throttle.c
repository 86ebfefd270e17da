/* SPDX-License-Identifier: Apache-2.0 */
#include "front/throttle.h"

#include <assert.h>
#include <string.h>

#include <uv.h>

#include <onedoor/error.h>

#define TEXT_MAX 45 /* the longest address of IPv6 in text */

static bool is_over(const struct front_throttle_row *row, uint64_t now_ms)
{
    return now_ms - row->since_ms >= FRONT_THROTTLE_WINDOW_MS;
}

static const struct front_throttle_row *row_find(const struct front_throttle *throttle,
                                                 const struct front_client *client)
{
    for (size_t i = 0; i < throttle->count; i++)
        if (memcmp(&throttle->rows[i].client, client, sizeof(*client)) == 0)
            return &throttle->rows[i];
    return NULL;
}

uint64_t front_throttle_wait_ms(const struct front_throttle *throttle,
                                const struct front_client *client, uint64_t now_ms)
{
    const struct front_throttle_row *row = row_find(throttle, client);

    if (row == NULL || row->wrong_count < FRONT_THROTTLE_WRONG_MAX || is_over(row, now_ms))
        return 0;
    return row->since_ms + FRONT_THROTTLE_WINDOW_MS - now_ms;
}

/* A fresh row, or the one whose window began first. */
static struct front_throttle_row *row_take(struct front_throttle *throttle)
{
    struct front_throttle_row *oldest = &throttle->rows[0];

    if (throttle->count < FRONT_THROTTLE_CLIENTS_MAX)
        return &throttle->rows[throttle->count++];
    for (size_t i = 1; i < throttle->count; i++)
        if (throttle->rows[i].since_ms < oldest->since_ms)
            oldest = &throttle->rows[i];
    return oldest;
}

void front_throttle_note(struct front_throttle *throttle, const struct front_client *client,
                         uint64_t now_ms)
{
    if (client->kind == FRONT_CLIENT_NONE)
        return;
    const struct front_throttle_row *found = row_find(throttle, client);
    struct front_throttle_row *row =
        found == NULL ? row_take(throttle) : &throttle->rows[found - throttle->rows];
    if (found == NULL || is_over(row, now_ms))
        *row = (struct front_throttle_row){.client = *client, .since_ms = now_ms};
    row->wrong_count++;
}

static struct front_client ipv4_make(const uint8_t *bytes)
{
    struct front_client client = {.kind = FRONT_CLIENT_IPV4};

    memcpy(client.bytes, bytes, 4);
    return client;
}

int front_client_parse(const char *text, size_t size, struct front_client *out)
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    char copy[TEXT_MAX + 1];
    uint8_t address[16];

    if (size == 0 || size > TEXT_MAX)
        return OD_EINVAL;
    memcpy(copy, text, size);
    copy[size] = '\0';
    if (uv_inet_pton(AF_INET, copy, address) == 0) {
        *out = ipv4_make(address);
        return OD_OK;
    }
    if (uv_inet_pton(AF_INET6, copy, address) != 0)
        return OD_EINVAL;
    if (memcmp(address, mapped, sizeof(mapped)) == 0) {
        *out = ipv4_make(address + sizeof(mapped));
        return OD_OK;
    }
    *out = (struct front_client){.kind = FRONT_CLIENT_IPV6};
    memcpy(out->bytes, address, sizeof(out->bytes));
    return OD_OK;
}
