/* SPDX-License-Identifier: Apache-2.0 */
/* Names and texts of the codes in onedoor/error.h. */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include <onedoor/error.h>

/* "OD_EBUSY" for -3; "OD_E?" for an unknown code. Static. */
const char *base_error_name(int code);

/* The English sentence of the code; static, never NULL. */
const char *base_error_text(int code);

#endif
