/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/line.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/base64.h"

void evidence_lines_add(struct evidence_lines *lines, const char *line, size_t size)
{
    base_hash_pair(lines->hash, BASE_HASH_SIZE, line, size, lines->hash);
    lines->count++;
}

size_t evidence_lines_text(const struct evidence_lines *lines, char text[EVIDENCE_NOTE_MAX])
{
    char hash[2 * BASE_HASH_SIZE + 1];

    base_hex(lines->hash, BASE_HASH_SIZE, hash);
    return (size_t)snprintf(text, EVIDENCE_NOTE_MAX, "onedoor evidence file %d\nlines %" PRIu64 "\nhash %s\n", EVIDENCE_FILE_VERSION,
                            lines->count, hash);
}

void evidence_end_put(struct base_buffer *buffer, const struct evidence_lines *lines, const uint8_t signature[BASE_SIGN_SIZE])
{
    char hash[2 * BASE_HASH_SIZE + 1];

    base_hex(lines->hash, BASE_HASH_SIZE, hash);
    base_json_open(buffer, NULL, '{');
    base_json_open(buffer, "end", '{');
    base_json_put_i64(buffer, "lines", (int64_t)lines->count);
    base_json_put_text(buffer, "hash", hash);
    base_json_put_base64(buffer, "signature", signature, BASE_SIGN_SIZE);
    base_json_close(buffer, '}');
    base_json_close(buffer, '}');
    base_buffer_put(buffer, "\n", 1);
}
