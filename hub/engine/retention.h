/* SPDX-License-Identifier: Apache-2.0 */
/* Personal data that has served its time: so many years after the last event of an application that has ended
 * (center.retention.documents_years), its document, what was supplied later, its entries and the documents that were uploaded for it
 * are erased, and so are entries of no application. While an inquiry, a complaint, a grievance or the repair of a bad rating of it
 * is open nothing of it is. The journal keeps the salted hashes by which it quoted them, and says that they were erased.
 *
 *   once in a store: [pool: which are erased] -> each: engine_retention_erase, of what an earlier build left -> it is on record
 *   once a day: [pool: which are due] -> each: engine_retention_erase -> durable -> the next window
 *   erase: its documents -> [pool: its entries] -> all of it in one batch, and its contents are released with it
 *
 * Files of contents that were released go by material_erase.c. Loop thread. docs/evidence.md. */
#ifndef ENGINE_RETENTION_H
#define ENGINE_RETENTION_H

#include "engine/internal.h"

#define ENGINE_RETENTION_OWN_MAX 1024 /* entries of one application that go at once; of more the rest goes with it afterwards */
/* Setting: of what earlier builds erased, the entries that they left are done with. Names the rule: another one makes another walk. */
#define ENGINE_RETENTION_LEFT "retention/left"
#define ENGINE_RETENTION_LEFT_RULE "1"
/* Settings, with its number: an application of which not all went yet. Its records of today keep it from being found as one whose
 * time is over, so each walk begins with those. */
#define ENGINE_RETENTION_HALF "retention/half/"
#define ENGINE_RETENTION_REGISTERS 6
/* Registers whose entries go; the others stay: keys, checkpoints, payments, decisions that are published. */
extern const uint8_t engine_retention_registers[ENGINE_RETENTION_REGISTERS];
#define ENGINE_RETENTION_STAYING 3
/* Registers whose entries stay without what they say of a person. */
extern const uint8_t engine_retention_staying[ENGINE_RETENTION_STAYING];

OD_MUST_CHECK int engine_retention_start(struct engine *engine); /* OD_ENOMEM */
void engine_retention_run(struct engine *engine); /* at each tick */
bool engine_retention_is_quiet(const struct engine *engine);
void engine_retention_fini(struct engine *engine);

/* -- retention_erase.c -- */

/* Erase one application that has ended, into the batch being filled; of one that was erased before, the entries that were left then.
 * on_erased: OD_OK also where it is held, or open by now. Errors:
 * OD_EBUSY, OD_ENOMEM, OD_EIO; nothing of it is erased then. */
typedef void (*engine_retention_cb)(struct engine *engine, int rc);
void engine_retention_erase(struct engine *engine, uint64_t application, engine_retention_cb on_erased);
/* Something of after-care that waits for an answer: nothing that belongs to it is erased. */
bool engine_retention_is_held(const struct store_entry *entry);
/* number: of its application, NULL = it has none. Errors: OD_EBUSY, OD_ENOMEM. */
OD_MUST_CHECK int engine_retention_entry_erase(struct engine *engine, const struct store_entry *entry, const char *number);

/* -- retention_redact.c -- */

/* The rule, as members of a record. */
void engine_retention_rule_format(const struct engine *engine, char more[64]);
bool engine_retention_stays(uint8_t kind); /* is it one of engine_retention_staying? */
/* Does an entry of those say anything of a person still? */
bool engine_retention_has_personal(const struct store_entry *entry);
/* Errors: OD_EBUSY, OD_ENOMEM, OD_ESYNTAX. */
OD_MUST_CHECK int engine_retention_redact(struct engine *engine, const struct store_entry *entry, const char *number);

#endif
