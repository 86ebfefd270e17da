/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/document.h"

#include <stdio.h>
#include <sys/stat.h>

#include "engine/material.h"
#include "lib/check.h"

#define DIGITS_MAX 64 /* that one test has at hand */

const char *document_digits(const char *text)
{
    static char digits[DIGITS_MAX][ENGINE_DIGITS_SIZE];
    static unsigned next;
    char *out = digits[next++ % DIGITS_MAX];
    uint8_t hash[BASE_HASH_SIZE];

    base_hash(text, strlen(text), hash);
    base_hex(hash, sizeof(hash), out);
    return out;
}

const char *document_path(const char *text)
{
    static char path[2048];
    const char *digits = document_digits(text);

    snprintf(path, sizeof(path), "%s/materials/%.2s/%s", stage.folder, digits, digits);
    return path;
}

bool document_is_there(const char *text)
{
    struct stat about;

    return lstat(document_path(text), &about) == 0;
}

int document_state(const char *text)
{
    struct store_reader *reader = store_reader_take(stage.engine->store);
    struct base_arena arena = {0};
    struct store_entry entry = {.state = 0};
    int rc = store_read_entry_named(reader, ENGINE_ENTRY_MATERIAL, document_digits(text), &arena, &entry);

    base_arena_fini(&arena);
    store_reader_give(stage.engine->store, reader);
    return rc == OD_OK ? entry.state : 0;
}

struct stage_request *document_upload(const char *text, int status)
{
    struct stage_request *asked = stage_upload(&desk_front, FRONT_MATERIAL_UPLOAD, NULL, "name=a.txt", text);

    stage_drain();
    CHECK_I64(status, asked->status, text);
    return asked;
}
