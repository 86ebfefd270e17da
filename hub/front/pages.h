/* SPDX-License-Identifier: Apache-2.0 */
/* Pages for people: what no route of the API names. Private to hub/front. */
#ifndef FRONT_PAGES_H
#define FRONT_PAGES_H

#include "front/front.h"

/* Answer a GET, or a form (request->is_post, body_text as received, at most
 * BASE_HTTP_BODY_MAX bytes). path: decoded, starts with '/', not under /v1. */
void front_page(struct front_request *request, const char *path);

/* Does the page of this target take a form with files, whose body is streamed then? */
bool front_page_takes_files(const char *target, size_t size);

#endif
