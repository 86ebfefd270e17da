/* SPDX-License-Identifier: Apache-2.0 */
/* Limits as the guide publishes them. Private to hub/catalog; the sentence is in catalog.h. */
#ifndef CATALOG_LIMIT_PUT_H
#define CATALOG_LIMIT_PUT_H

#include "catalog/catalog.h"

/* Unit, length, counts_start_day and end_roll; null when there is no limit. */
void catalog_limit_put_brief(struct base_buffer *buffer, const char *key, const struct core_limit *limit);

/* And everything that is not the default, its rule, and "text" in words. */
void catalog_limit_put(struct base_buffer *buffer, const char *key, const struct catalog *catalog,
                       enum catalog_limit_place place, const struct core_limit *limit);

/* "stages" of a matter; nothing when it has none. */
void catalog_stages_put(struct base_buffer *buffer, const struct catalog *catalog, const struct catalog_matter *matter);

#endif
