/* SPDX-License-Identifier: Apache-2.0 */
/* Memory that lives as long as one callback: what the host lends to the module. */
#ifndef HOST_SCRATCH_H
#define HOST_SCRATCH_H

#include <stddef.h>

#include "base/memory.h"

#define HOST_SCRATCH_SIZE (32 * 1024) /* kept; more comes from the arena and goes with the callback */

/* Zero it to initialise. */
struct host_scratch {
    char *bytes; /* owned: HOST_SCRATCH_SIZE, or NULL until first use */
    size_t used;
    struct base_arena more;
};

/* size bytes, not zeroed, aligned to 16; NULL when memory is short. */
void *host_scratch_take(struct host_scratch *scratch, size_t size);

/* Everything lent so far is taken back; the memory is kept. */
void host_scratch_clear(struct host_scratch *scratch);

void host_scratch_fini(struct host_scratch *scratch);

#endif
