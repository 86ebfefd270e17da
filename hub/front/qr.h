/* SPDX-License-Identifier: Apache-2.0 */
/* QR codes for paper, as the outline of their dark modules: an SVG path that stands in a page by itself, so that no
 * picture has to be asked for. Private to hub/front. Pure. */
#ifndef FRONT_QR_H
#define FRONT_QR_H

#include <onedoor/error.h>

#include "base/buffer.h"

#define FRONT_QR_TEXT_MAX 512 /* bytes of a text; some 65 modules a side, which a telephone still reads from 25 mm */
#define FRONT_QR_QUIET 4      /* light modules on each side: ISO/IEC 18004 section 9.1 */

/* Put {"size", "path"} for a text of 1 to FRONT_QR_TEXT_MAX bytes: modules of a side with the quiet zone, and the outline
 * in modules ("M4 4h7v1h-7z..."). Error correction M: a sixth of it may be lost under a crease or a stamp.
 *
 * Errors (nothing is put): OD_EINVAL an empty text, OD_ELIMIT a longer one, OD_ENOMEM. Cost: O(size squared). */
OD_MUST_CHECK int front_qr_put(struct base_buffer *buffer, const char *key, const char *text);

#endif
