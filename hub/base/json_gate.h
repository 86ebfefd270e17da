/* SPDX-License-Identifier: Apache-2.0 */
/* What json.c asks of the gate beyond base_json_check. Private to base/json*.c. */
#ifndef BASE_JSON_GATE_H
#define BASE_JSON_GATE_H

#include "base/json.h"

#define BASE_JSON_NUMBER_SHORT_MAX 60 /* bytes; cJSON cuts numbers at 63 */

/* base_json_check, and whether the text holds a number longer than
 * BASE_JSON_NUMBER_SHORT_MAX. Errors as there; *has_long_number is then unchanged. */
OD_MUST_CHECK int base_json_gate(const char *text, size_t size, struct base_json_error *error,
                                 bool *has_long_number);

#endif
