/* SPDX-License-Identifier: Apache-2.0 */
/* The lines of a file, and the hash that goes along with them: each is SHA-256(the one before | line with its LF), 32 zero
 * bytes before the first. Private to hub/evidence. */
#ifndef EVIDENCE_LINE_H
#define EVIDENCE_LINE_H

#include "base/buffer.h"
#include "base/hash.h"
#include "evidence/evidence.h"

#define EVIDENCE_FILE_VERSION 1

struct evidence_lines {
    uint64_t count;
    uint8_t hash[BASE_HASH_SIZE];
};

void evidence_lines_add(struct evidence_lines *lines, const char *line, size_t size); /* with its LF */

/* What the end of a file signs: "onedoor evidence file 1\nlines N\nhash HEX\n". Returns its bytes. */
size_t evidence_lines_text(const struct evidence_lines *lines, char text[EVIDENCE_NOTE_MAX]);

/* {"end": {"lines", "hash", "signature"}} and LF, as the last line of the file. */
void evidence_end_put(struct base_buffer *buffer, const struct evidence_lines *lines, const uint8_t signature[BASE_SIGN_SIZE]);

#endif
