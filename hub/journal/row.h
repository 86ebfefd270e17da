/* SPDX-License-Identifier: Apache-2.0 */
/* The head of an application's row, which hub/engine/row.c writes, for whoever reads it without an engine: what differs
 * between its versions stands behind. Pure. */
#ifndef JOURNAL_ROW_H
#define JOURNAL_ROW_H

#include "core/core.h"
#include "base/limits.h"

#define JOURNAL_ROW_VERSION 4     /* the newest that hub/engine/row.c writes */
#define JOURNAL_VERSION_DIGITS 16 /* of a catalogue */

struct journal_row {
    char catalog[JOURNAL_VERSION_DIGITS + 1];
    char service[BASE_ID_MAX + 1];
    const uint8_t *packed; /* core_application_unpack; borrowed from the row */
    size_t packed_size;
};

/* Errors (*row undefined): OD_ESYNTAX. */
OD_MUST_CHECK int journal_row_read(const void *state, size_t size, struct journal_row *row);

#endif
