/* SPDX-License-Identifier: Apache-2.0 */
/* The host calls of a module: the table behind struct od_host, and the checks of the
 * contract. What a call means is said in onedoor/plugin.h. */
#ifndef HOST_CALL_H
#define HOST_CALL_H

#include <stdbool.h>
#include <stdint.h>

#include "host/host.h"

/* Fill host->table and the tables of the extensions. */
void host_call_init(struct host *host);
void host_call_init_reports(struct od_host *table);
void host_call_init_json(struct od_host *table);

/* The author's mistake, in the connector's log. task: wire handle, 0 = none. Any thread. */
void host_trap(struct host *host, uint64_t task, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* A line of the host's own. */
void host_note(struct host *host, const char *level, uint64_t task, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Is this the plugin's thread? If not, name the mistake. call: e.g. "od_accept". */
bool host_call_is_in_place(struct host *host, const char *call);

/* Reports that the host makes on its own account; a failure to queue one breaks the host. wire != 0. */
void host_report_give_back(struct host *host, uint64_t wire);
void host_report_cancelled(struct host *host, uint64_t wire, struct host_task *task, enum od_effect effect);
void host_report_failure(struct host *host, struct host_task *task, enum od_effect effect, const char *code,
                         const char *detail);

/* 0 = no reference. */
uint64_t host_ref_hash(const char *text);

const char *host_effect_name(uint32_t effect); /* NULL if there is none */

#endif
