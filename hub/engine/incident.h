/* SPDX-License-Identifier: Apache-2.0 */
/* What stands still, grouped by its cause: read anew for each answer from the outbox, the registers and the connectors as
 * they are, so that there is no second truth to keep. Private to incident*.c.
 *
 *   engine_incidents_read -> [pool: read] -> what the connectors say -> sorted -> on_read */
#ifndef ENGINE_INCIDENT_H
#define ENGINE_INCIDENT_H

#include "engine/operations.h"
#include "engine/errand.h"

#define INCIDENT_ID_SIZE (2 * BASE_ID_MAX + 64)
#define INCIDENT_KEY_SIZE (2 * BASE_ID_MAX + 96)
#define INCIDENT_STUCK_MS (15 * 60 * 1000)      /* an errand that nobody has taken for so long stands still */
#define INCIDENT_FAILED_MS (14 * 86400000ll)    /* so long an errand that failed is told of */
#define INCIDENT_LOOK_MAX 100                   /* errands of one kind and state that are looked at */

struct incident_kind;

struct incident {
    const struct incident_kind *kind;
    char subject[BASE_ID_MAX + 1]; /* a department, or a connector; "" = of none */
    char department[BASE_ID_MAX + 1]; /* whose people it concerns; "" = of none */
    uint32_t count;
    bool is_at_least;          /* there are more */
    core_ms first_ms, last_ms; /* 0 = not known */
    core_day first_day, last_day; /* of clocks: in place of moments; 0 = none */
    struct {
        char id[BASE_NUMBER_SIZE + 8];
    } examples[ENGINE_INCIDENT_EXAMPLES_MAX];
    size_t example_count;
    char detail[256]; /* what a connector said last; "" = nothing */
};

enum incident_act { INCIDENT_ACT_NONE = 0, INCIDENT_ACT_REQUEUE, INCIDENT_ACT_RETRY, INCIDENT_ACT_ENABLE };

/* One kind and cause: "parked" and "poison". */
struct incident_kind {
    const char *kind, *cause;
    enum engine_level level;
    enum incident_act act;
    const char *list; /* page of what it counts, "%s" is the subject; NULL = the examples alone */
    const char *text[CATALOG_LANGUAGES], *remedy[CATALOG_LANGUAGES];
};
/* NULL = there is none. */
const struct incident_kind *engine_incident_kind_find(const char *kind, const char *cause);
void engine_incident_id_format(const struct incident *incident, char id[INCIDENT_ID_SIZE]);
/* By which they are told, ascending: what is worst, what has stood for longest, then by subject, kind and cause. */
void engine_incident_key_format(const struct incident *incident, char key[INCIDENT_KEY_SIZE]);

struct incidents {
    struct incident items[ENGINE_INCIDENTS_MAX];
    size_t count;
    bool is_cut;
};
/* request: whose scope holds. Borrowed until on_read returns. */
typedef void (*incidents_cb)(struct engine *engine, struct front_request *request, const struct incidents *incidents, int rc);
/* Errors (on_read does not run): OD_EBUSY, OD_ENOMEM. */
OD_MUST_CHECK int engine_incidents_read(struct engine *engine, struct front_request *request, incidents_cb on_read);

/* Which errands a group holds: those of a kind (and cause) of a connector, oldest... newest first. */
bool engine_incident_errand_is(const struct engine_errand *errand, const char *cause, core_ms now_ms);

#endif
