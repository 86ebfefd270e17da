/* SPDX-License-Identifier: Apache-2.0 */
/* What the pages of connectors share. Private to hub/front/pages_connectors*.c. */
#ifndef FRONT_PAGES_CONNECTORS_H
#define FRONT_PAGES_CONNECTORS_H

#include "front/pages_rows.h"

#define FRONT_CONFIG_FAULT_SIZE 160

/* Is a typed object one, or empty? Otherwise text says where it is not. */
bool front_connector_object_check(struct front_visit *visit, const char *field, char text[FRONT_CONFIG_FAULT_SIZE]);

/* "modules": the names of those that can be loaded, of the ask "modules". */
void front_connector_put_modules(struct front_visit *visit);

/* pages_connectors_plan.c: the form of the verb was sent for the connector id. Not confirmed: what it would
 * do; confirmed: it is done. verb: "load", or of the path; another one is 404. */
void front_connector_act(struct front_visit *visit, const char *verb, const char *id);

/* pages_connectors.c, pages_connectors_one.c: the page once more, with what is wrong of a typed object (422). */
void front_connectors_show_fault(struct front_visit *visit);
void front_connector_show_fault(struct front_visit *visit);

#endif
