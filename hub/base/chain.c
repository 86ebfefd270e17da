/* SPDX-License-Identifier: Apache-2.0 */
#include "base/chain.h"

#include <string.h>

static void put_u64(uint8_t *bytes, uint64_t number)
{
    for (unsigned i = 0; i < 8; i++)
        bytes[i] = (uint8_t)(number >> (8 * i));
}

void base_chain_step(struct base_chain *chain, uint64_t application, int64_t at_ms, const void *record, size_t record_size)
{
    uint8_t head[BASE_HASH_SIZE + 24];

    chain->seq++;
    memcpy(head, chain->hash, BASE_HASH_SIZE);
    put_u64(head + BASE_HASH_SIZE, chain->seq);
    put_u64(head + BASE_HASH_SIZE + 8, application);
    put_u64(head + BASE_HASH_SIZE + 16, (uint64_t)at_ms);
    base_hash_pair(head, sizeof(head), record, record_size, chain->hash);
}
