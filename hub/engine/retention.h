/* SPDX-License-Identifier: Apache-2.0 */
/* Personal data that has served its time: so many years after the last event of an application that has ended
 * (center.retention.documents_years), its document, what was supplied later and its entries are erased, and so are entries
 * of no application. The journal keeps the salted hashes by which it quoted them, and says that they were erased.
 *
 *   once a day: [pool: which are due] -> load each -> erase, with a record -> durable -> the next window
 *
 * Loop thread. docs/evidence.md. */
#ifndef ENGINE_RETENTION_H
#define ENGINE_RETENTION_H

#include "engine/internal.h"

OD_MUST_CHECK int engine_retention_start(struct engine *engine); /* OD_ENOMEM */
void engine_retention_run(struct engine *engine); /* at each tick */
bool engine_retention_is_quiet(const struct engine *engine);
void engine_retention_fini(struct engine *engine);

#endif
