/* SPDX-License-Identifier: Apache-2.0 */
/* The set of keys that the gate has met, all open objects in one table, so that a
 * duplicate is found in O(1) however many keys an object has. The hash is seeded
 * at random once a process: nobody outside can prepare colliding keys. Private to
 * base/json*.c. */
#ifndef BASE_JSON_KEYS_H
#define BASE_JSON_KEYS_H

#include <onedoor/error.h>

#include "base/json_text.h"

#define BASE_JSON_KEYS_INLINE 256 /* keys of a text that needs no heap */

struct base_json_keys_entry {
    const uint8_t *at; /* of the raw key */
    uint32_t size;
    uint32_t object; /* serial number of its object, with the escape flag in bit 31 */
};

struct base_json_keys {
    struct base_json_keys_entry *entries; /* entries_inline, or owned */
    uint64_t *slots;                      /* hash above, entry index + 1 in the low 32 bits; 0 = free */
    uint32_t count;
    uint32_t count_max; /* slots are twice as many, a power of two */
    struct base_json_keys_entry entries_inline[BASE_JSON_KEYS_INLINE];
    uint64_t slots_inline[2 * BASE_JSON_KEYS_INLINE];
};

void base_json_keys_init(struct base_json_keys *keys);
void base_json_keys_fini(struct base_json_keys *keys);

/* Add a key of object (1 .. 2^31 - 1). end: of the text, for reading ahead.
 * Errors (nothing changed): OD_EEXIST the object has the key, compared after
 * unescaping; OD_ENOMEM. */
OD_MUST_CHECK int base_json_keys_add(struct base_json_keys *keys, uint32_t object,
                                     const struct base_json_raw *key, const uint8_t *end);

#endif
