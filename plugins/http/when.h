/* SPDX-License-Identifier: Apache-2.0 */
/* Retry-After (RFC 9110, 10.2.3): seconds, or a date. Pure. */
#ifndef HTTP_WHEN_H
#define HTTP_WHEN_H

#include <stdint.h>

#define WHEN_AFTER_MS_MAX INT64_C(86400000) /* a longer wait is cut to a day */

/* Milliseconds to wait from now_ms (UTC) on, 0..WHEN_AFTER_MS_MAX; a date that is past is 0. text may be NULL.
 * Errors (*after_ms unchanged): OD_ENOTFOUND no text; OD_ESYNTAX neither seconds nor an IMF-fixdate. */
int when_retry_after(const char *text, int64_t now_ms, int64_t *after_ms);

#endif
