/* SPDX-License-Identifier: Apache-2.0 */
/* Pages for people: what no route of the API names. Private to hub/front. */
#ifndef FRONT_PAGES_H
#define FRONT_PAGES_H

#include "front/front.h"
#include "front/problem.h"

/* Answer a GET, or a form (request->is_post, body_text as received, at most
 * BASE_HTTP_BODY_MAX bytes). path: decoded, starts with '/', not under /v1. */
void front_page(struct front_request *request, const char *path);

/* Does the page of this target take a form with files, whose body is streamed then? */
bool front_page_takes_files(const char *target, size_t size);

/* Tell on a page why this target is not answered, where a browser asked for one (Accept: text/html) and the problem can be a
 * person's; the front has read as much of the head as there was. false: nothing is done, tell it as a problem. */
bool front_page_refuse(struct front_request *request, enum front_problem problem, const char *target, size_t size);

#endif
