/* SPDX-License-Identifier: Apache-2.0 */
/* Is a text of a module fit to travel? Pure. */
#ifndef HOST_TEXT_H
#define HOST_TEXT_H

#include <stddef.h>

#include <onedoor/error.h>

/* Measure a NUL-terminated text of at most size_max bytes and check that it is UTF-8
 * (RFC 3629). NULL counts as "". Never reads past byte size_max. Errors (*size unchanged):
 * OD_ELIMIT longer; OD_ESYNTAX not UTF-8. */
OD_MUST_CHECK int host_text_check(const char *text, size_t size_max, size_t *size);

#endif
