/* SPDX-License-Identifier: Apache-2.0 */
#include "front/qr.h"

#include <string.h>

#include <qrencode.h>

/* The runs of dark modules of one row. Bit 0 of a module says that it is dark. */
static void put_row(struct base_buffer *path, const unsigned char *row, int width, int y)
{
    for (int x = 0; x < width;) {
        int from = x;

        while (x < width && (row[x] & 1) != 0)
            x++;
        if (x > from)
            base_buffer_put_format(path, "M%d %dh%dv1h-%dz", from + FRONT_QR_QUIET, y + FRONT_QR_QUIET, x - from, x - from);
        else
            x++;
    }
}

int front_qr_put(struct base_buffer *buffer, const char *key, const char *text)
{
    struct base_buffer path = {0};
    size_t size = strlen(text);

    if (size == 0 || size > FRONT_QR_TEXT_MAX)
        return size == 0 ? OD_EINVAL : OD_ELIMIT;
    QRcode *code = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M);
    if (code == NULL)
        return OD_ENOMEM; /* the text fits: only memory can be short */
    for (int y = 0; y < code->width; y++)
        put_row(&path, code->data + y * code->width, code->width, y);
    int rc = path.is_broken ? OD_ENOMEM : OD_OK;
    if (rc == OD_OK) {
        base_json_open(buffer, key, '{');
        base_json_put_i64(buffer, "size", code->width + 2 * FRONT_QR_QUIET);
        base_json_put_text(buffer, "path", base_buffer_text(&path));
        base_json_close(buffer, '}');
    }
    base_buffer_fini(&path);
    QRcode_free(code);
    return rc;
}
