/* SPDX-License-Identifier: Apache-2.0 */
/* RFC 3339 times of a form. Pure. */
#ifndef SIM_WHEN_H
#define SIM_WHEN_H

#include <stdint.h>

#include <onedoor/error.h>

/* "2026-11-29T05:58:04.123+08:00" -> UTC ms; the fraction is optional. Errors: OD_ESYNTAX (unchanged). */
OD_MUST_CHECK int when_parse(const char *text, int64_t *utc_ms);

#endif
