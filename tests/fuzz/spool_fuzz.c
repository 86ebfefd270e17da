/* SPDX-License-Identifier: Apache-2.0 */
/* Arbitrary bytes as a file of a department that works by files. What must hold: it is whole, left alone or refused with a
 * reason; what is read out of it lies within its own text and its limits; the same bytes say the same. The first byte picks
 * the encoding. */
#include <iconv.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "plugins/json_host.h"
#include "spool.h"

#define CONFIG "{\"out\":{\"prefix\":\"od\",\"columns\":{\"area\":\"form.area\"},\"sum\":\"area\"}," \
               "\"in\":{\"prefix\":\"desk\",\"columns\":{\"key\":\"KEY\",\"opinion\":\"WORD\",\"reasons\":\"WHY\"},\"sum\":\"FEE\"}}"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void require(int condition)
{
    if (!condition)
        abort();
}

static struct file *parsed(const struct settings *settings, void *decode, const uint8_t *bytes, size_t size)
{
    struct file *file = calloc(1, sizeof(*file));
    char *copy = malloc(size > 0 ? size : 1); /* of its own, so that nothing is read beside it */

    require(file != NULL && copy != NULL);
    memcpy(copy, bytes, size);
    file_parse(settings, decode, file, copy, size);
    free(copy);
    return file;
}

static void check(const struct file *file)
{
    require(file->state == FILE_PARTIAL || file->state == FILE_READ || file->state == FILE_REFUSED);
    require((file->state == FILE_REFUSED) == (file->why[0] != '\0'));
    require(memchr(file->why, '\0', sizeof(file->why)) != NULL);
    if (file->state != FILE_READ)
        return;
    require(file->row_count <= SPOOL_ROWS_MAX && file->sequence >= 0);
    for (size_t i = 0; i < file->row_count; i++)
        for (int k = 0; k < SPOOL_CELLS; k++) {
            const char *cell = file->rows[i].cells[k];

            require(cell == NULL || (cell >= file->text && strlen(cell) <= SPOOL_FILE_MAX));
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static struct settings settings;
    static iconv_t decode;
    char why[SETTING_WHY_SIZE];

    if (settings.separator == '\0') {
        require(settings_read(json_host(CONFIG), &settings, why) == OD_OK);
        decode = iconv_open("UTF-8", "GB18030");
        require(decode != (iconv_t)-1);
    }
    if (size < 1)
        return 0;
    bool is_gb = bytes[0] % 2 == 1;
    struct file *file = parsed(&settings, is_gb ? decode : NULL, bytes + 1, size - 1);
    struct file *again = parsed(&settings, is_gb ? decode : NULL, bytes + 1, size - 1);
    check(file);
    require(file->state == again->state && file->hash == again->hash && file->row_count == again->row_count && strcmp(file->why, again->why) == 0);
    file_free(file);
    file_free(again);
    return 0;
}
