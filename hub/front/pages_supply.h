/* SPDX-License-Identifier: Apache-2.0 */
/* What the applicant is asked for, with a form to send it: a part of the tracking page. Private to hub/front/pages*.c. */
#ifndef FRONT_PAGES_SUPPLY_H
#define FRONT_PAGES_SUPPLY_H

#include "front/pages_visit.h"

/* Ask for the documents that are there, where some are asked for. application: as tracked; code: the reader's. */
void front_supply_ask(struct front_visit *visit, const struct base_json *application, const char *code);
/* Members "asked", each with why its file was refused, "documents" and "has_refused"; base: where the form leads, before the
 * number ("/track"). Returns the page's status. */
int front_supply_put(struct base_buffer *view, struct front_visit *visit, const struct base_json *application, const char *base);
/* Does the notice list the material, as missing or as asked for by a department? */
bool front_supply_is_asked(const struct base_json *notice, const char *material);

#endif
