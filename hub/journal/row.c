/* SPDX-License-Identifier: Apache-2.0 */
#include "journal/row.h"

#include <string.h>

#define VERSION_MIN 1

/* u8 version | 16 digits | u16 size, service id | u16 size, packed core | ... (little endian) */
int journal_row_read(const void *state, size_t size, struct journal_row *row)
{
    const uint8_t *bytes = state;
    size_t at = 1 + JOURNAL_VERSION_DIGITS;

    if (size < at + 2 || bytes[0] < VERSION_MIN || bytes[0] > JOURNAL_ROW_VERSION)
        return OD_ESYNTAX;
    memcpy(row->catalog, bytes + 1, JOURNAL_VERSION_DIGITS);
    row->catalog[JOURNAL_VERSION_DIGITS] = '\0';
    size_t id_size = (size_t)(bytes[at] | bytes[at + 1] << 8);
    at += 2;
    if (id_size > BASE_ID_MAX || size < at + id_size + 2)
        return OD_ESYNTAX;
    memcpy(row->service, bytes + at, id_size);
    row->service[id_size] = '\0';
    at += id_size;
    row->packed_size = (size_t)(bytes[at] | bytes[at + 1] << 8);
    row->packed = bytes + at + 2;
    return size >= at + 2 + row->packed_size ? OD_OK : OD_ESYNTAX;
}
