/* SPDX-License-Identifier: Apache-2.0 */
/* docs/openapi.yaml as JSON, embedded at build. Private to hub/front and its tests; the
 * front answers FRONT_OPENAPI itself. */
#ifndef FRONT_OPENAPI_H
#define FRONT_OPENAPI_H

#include <stddef.h>

extern const size_t front_openapi_size;
extern const unsigned char front_openapi[];

#endif
