/* SPDX-License-Identifier: Apache-2.0 */
/* What the records quote by salted hashes only: documents and entries of registers, which can be erased. Private to
 * hub/evidence. */
#ifndef EVIDENCE_CONTENT_H
#define EVIDENCE_CONTENT_H

#include "evidence/evidence.h"
#include "evidence/map.h"
#include "store/store.h"

struct evidence_content {
    struct store_reader *reader; /* borrowed */
    const struct evidence_report *report;
    struct evidence_figures *figures;
    struct base_arena arena;     /* of the record in hand */
    struct evidence_map erased;  /* documents that are gone, by application, until a record says so */
    struct evidence_map absent;  /* entries that are gone, by kind and id, until a record says so */
};

/* Look at what the record quotes. Errors: OD_EIO, OD_ENOMEM; what on_finding returned. */
OD_MUST_CHECK int evidence_content_record(struct evidence_content *content, const struct store_record *record);
/* There are no more: what is gone and no record says so; rows of entries that no record quotes. Errors likewise. */
OD_MUST_CHECK int evidence_content_end(struct evidence_content *content);
void evidence_content_fini(struct evidence_content *content);

/* SHA-256(salt | body) in hexadecimal, as the journal quotes it? */
bool evidence_quote_is_of(const char *hex, const uint8_t salt[STORE_SALT_SIZE], const void *body, size_t size);

/* The events of a record: those of its list, or the record itself. One after the other; on_event returns OD_OK to go on.
 * root: as parsed. */
typedef int (*evidence_event_cb)(void *owner, const struct base_json *event);
OD_MUST_CHECK int evidence_events(const struct base_json *root, evidence_event_cb on_event, void *owner);

#define EVIDENCE_ERASED "erased" /* type of the event that says that the document of its application was erased */

#endif
