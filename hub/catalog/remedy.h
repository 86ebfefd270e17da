/* SPDX-License-Identifier: Apache-2.0 */
/* What can be done against a decision: where, and within how long (Licensing Law art. 7 and 38). Stated by a service, by a
 * department for what it rejects, or by the center for all; where none does, what the law says of every decision. Pure. */
#ifndef CATALOG_REMEDY_H
#define CATALOG_REMEDY_H

#include "catalog/catalog.h"

#define CATALOG_REMEDIES_MAX 6 /* of one place */

enum catalog_remedy_kind {
    CATALOG_REMEDY_NONE = 0,
    CATALOG_REMEDY_REVIEW,     /* administrative review (行政复议) */
    CATALOG_REMEDY_LITIGATION, /* before a court (行政诉讼) */
    CATALOG_REMEDY_OBJECTION,  /* with the body itself (异议) */
};

struct catalog_remedy {
    uint8_t kind;                /* enum catalog_remedy_kind */
    uint8_t unit;                /* CORE_UNIT_CALENDAR_DAY or MONTH */
    int32_t length;              /* from the day on which the decision was received */
    struct catalog_text body;    /* who takes it */
    struct catalog_text address; /* NULL items = none */
    const char *phone;           /* NULL = none */
    struct catalog_text title;   /* legal basis; NULL items = none */
    const char *article;
};

/* Those that hold for a service, without its departments: its own, else the center's. */
const struct catalog_remedies *catalog_service_remedies(const struct catalog *catalog, const struct catalog_service *service);
/* "remedies": {"zh-CN", "en"}, one sentence each; and where lists is not empty "appeals": [...], as data. */
void catalog_put_remedies(struct base_buffer *buffer, const struct catalog_remedies *const *lists, size_t count);

#endif
