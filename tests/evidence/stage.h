/* SPDX-License-Identifier: Apache-2.0 */
/* A small store with everything that evidence is about: applications with documents, entries, records of the hub itself, and
 * checkpoints; and what a verification makes of it. */
#ifndef TEST_EVIDENCE_STAGE_H
#define TEST_EVIDENCE_STAGE_H

#include "evidence/evidence.h"
#include "evidence/seal.h"
#include "store/store_fixture.h"

#define STAGE_APPLICATIONS 8u

struct stage {
    struct fixture fixture;
    struct base_sign_pair pair;
    struct evidence_checkpoint kept[2]; /* the checkpoints, as somebody else has them */
    struct evidence_figures figures;    /* of the last verification */
    struct evidence_finding first;      /* the first finding of it; texts are static */
    uint64_t dice;
};

extern struct stage stage;

uint32_t stage_roll(uint32_t sides); /* 0..sides - 1 */

/* Fill, seal, close: the folder is there, and nobody serves it. */
void stage_open(void);
void stage_close(void); /* removes it */
/* Sign what is not under a checkpoint yet; the store is open. */
void stage_seal(struct evidence_checkpoint *out);

/* What it finds is in stage.figures and stage.first. checkpoints: kept ones, or NULL. */
void stage_verify(struct store_reader *reader, const struct evidence_checkpoint *checkpoints, size_t count);
void stage_verify_bytes(const char *bytes, size_t size, const struct evidence_checkpoint *checkpoints, size_t count);
/* The whole journal (application 0), or one application, as a file. */
void stage_export(struct base_buffer *bytes, uint64_t application, bool has_documents);

#endif
