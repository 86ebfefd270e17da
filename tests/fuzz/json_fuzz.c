/* SPDX-License-Identifier: Apache-2.0 */
/* The JSON gate on arbitrary bytes. What must hold: whatever the gate accepts,
 * cJSON parses; what we print of it, the gate accepts again; the canonical hash is
 * the same for equal texts; the walkers survive what the gate refused. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/hash.h"
#include "base/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void require(int condition)
{
    if (!condition)
        abort();
}

static void reprint(const struct base_json *json)
{
    struct base_buffer buffer = {0};
    struct base_json_error error;
    uint8_t hash[BASE_HASH_SIZE];

    base_json_put(&buffer, NULL, json);
    require(!buffer.is_broken);
    require(base_json_check(buffer.bytes, buffer.size, &error) == OD_OK);
    require(base_json_canonical_hash(buffer.bytes, buffer.size, hash) == OD_OK);
    base_buffer_fini(&buffer);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    const char *text = (const char *)bytes;
    struct base_json_error error = {0};
    struct base_json *json = NULL;
    uint8_t hash[BASE_HASH_SIZE];
    uint32_t line, column;

    int rc = base_json_parse(text, size, &json, &error);
    int hashed = base_json_canonical_hash(text, size, hash);
    base_json_locate(text, size, error.pointer, &line, &column);
    base_json_locate(text, size, "/a/0/b/1", &line, &column);
    require(line >= 1 && column >= 1 && column <= size + 1);
    if (rc == OD_OK) {
        require(hashed == OD_OK);
        reprint(json);
        base_json_destroy(json);
    } else {
        require(rc == OD_ESYNTAX);
        require(error.offset <= size);
        require(error.line >= 1 && error.column >= 1);
        require(strlen(error.pointer) < sizeof(error.pointer));
    }
    return 0;
}
