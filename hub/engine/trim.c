/* SPDX-License-Identifier: Apache-2.0 */
/* Memory that a peak has taken goes back to the system. */
#include "engine/internal.h"

#define EVERY_MS 5000
#define GROWTH ((size_t)2 * 1024 * 1024) /* since the last time: less is not worth the walk */

void engine_memory_run(struct engine *engine)
{
    struct engine_memory *memory = &engine->memory;
    int64_t now = base_monotonic_ms();

    if (now < memory->next_ms)
        return;
    memory->next_ms = now + EVERY_MS;
    bool is_quiet = engine->submitted + engine->reports == memory->work;
    bool is_due = is_quiet && !memory->is_rested; /* after the load, whatever is still there from it */
    memory->work = engine->submitted + engine->reports;
    memory->is_rested = is_quiet;
    if (!is_due && base_memory_resident() < memory->mark + GROWTH)
        return;
    base_memory_trim();
    memory->mark = base_memory_resident();
}
