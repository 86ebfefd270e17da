/* SPDX-License-Identifier: Apache-2.0 */
/* The journal's chain of hashes: who writes it and who verifies it count by this one formula.
 *
 *   hash = SHA-256(hash of the record before | seq | application | at_ms | record)
 *
 * Numbers are 8 bytes, little endian; before the first record the hash is 32 zero bytes. Pure. docs/evidence.md. */
#ifndef BASE_CHAIN_H
#define BASE_CHAIN_H

#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"

struct base_chain {
    uint64_t seq; /* of the last record, 0 = none */
    uint8_t hash[BASE_HASH_SIZE];
};

/* The chain one record further. application: 0 = of the hub itself. */
void base_chain_step(struct base_chain *chain, uint64_t application, int64_t at_ms, const void *record, size_t record_size);

#endif
