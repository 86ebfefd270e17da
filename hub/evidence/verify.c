/* SPDX-License-Identifier: Apache-2.0 */
/* A store, as of one moment.
 *
 *   hold -> checkpoints -> records: walk, content -> ends -> heads -> release */
#include "evidence/evidence.h"

#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "evidence/content.h"
#include "evidence/seal.h"
#include "evidence/walk.h"

#define STRETCH 512 /* records read at once */
#define HEADS 1024

struct verification {
    struct store_reader *reader;
    const struct evidence_report *report;
    struct evidence_figures *figures;
    struct evidence_walk walk;
    struct evidence_content content;
    uint64_t total;
};

static int on_checkpoint(void *owner, const struct evidence_checkpoint *checkpoint)
{
    struct verification *verification = owner;

    return evidence_walk_add(&verification->walk, checkpoint);
}

static int tell_checkpoints(struct verification *verification)
{
    return evidence_tell(verification->report, verification->figures,
                         &(struct evidence_finding){.fault = EVIDENCE_FAULT_UNREADABLE, .detail = "a checkpoint of the store cannot be read"});
}

static int read_checkpoints(struct verification *verification)
{
    int rc = evidence_checkpoints_read(verification->reader, 0, on_checkpoint, verification);

    if (rc == OD_ESYNTAX)
        rc = tell_checkpoints(verification);
    return rc == OD_OK ? evidence_walk_start(&verification->walk) : rc;
}

static int follow(struct verification *verification, const struct store_record *records, size_t count)
{
    int rc = OD_OK;

    for (size_t i = 0; i < count && rc == OD_OK; i++) {
        rc = evidence_walk_record(&verification->walk, &records[i]);
        if (rc == OD_OK)
            rc = evidence_content_record(&verification->content, &records[i]);
    }
    return rc;
}

static int tell_progress(const struct verification *verification)
{
    const struct evidence_report *report = verification->report;

    return report->on_progress != NULL ? report->on_progress(report->owner, verification->figures->records, verification->total) : OD_OK;
}

static int follow_journal(struct verification *verification)
{
    struct store_record *records = base_alloc(STRETCH * sizeof(*records));
    struct base_arena arena = {0};
    size_t count = STRETCH;
    uint64_t after = 0;
    int rc = records != NULL ? OD_OK : OD_ENOMEM;

    while (rc == OD_OK && count == STRETCH) {
        rc = store_read_journal(verification->reader, after, &arena, records, STRETCH, &count);
        if (rc == OD_OK && count > 0) {
            after = records[count - 1].seq;
            rc = follow(verification, records, count);
        }
        if (rc == OD_OK)
            rc = tell_progress(verification);
        base_arena_fini(&arena);
    }
    base_free(records);
    return rc;
}

static int check_heads(struct verification *verification)
{
    struct store_head *heads = base_alloc(HEADS * sizeof(*heads));
    size_t count = HEADS;
    uint64_t after = 0, met = 0;
    int rc = heads != NULL ? OD_OK : OD_ENOMEM;

    while (rc == OD_OK && count == HEADS) {
        rc = store_read_heads(verification->reader, after, heads, HEADS, &count);
        for (size_t i = 0; i < count && rc == OD_OK; i++) {
            uint64_t last = evidence_map_get(&verification->walk.lasts, heads[i].application);

            after = heads[i].application;
            met += last != 0;
            if (last != heads[i].last_seq)
                rc = evidence_tell(verification->report, verification->figures,
                                   &(struct evidence_finding){.fault = EVIDENCE_FAULT_HEAD, .application = after, .seq = heads[i].last_seq,
                                                              .detail = "the application names another record as its last"});
        }
    }
    base_free(heads);
    if (rc == OD_OK && met != verification->walk.lasts.count)
        rc = evidence_tell(verification->report, verification->figures,
                           &(struct evidence_finding){.fault = EVIDENCE_FAULT_HEAD, .detail = "records speak of an application that is not there"});
    return rc;
}

static int verify(struct verification *verification)
{
    struct store_extent extent = {0};
    int rc = store_read_extent(verification->reader, &extent);

    verification->total = extent.journal_last;
    if (rc == OD_OK)
        rc = read_checkpoints(verification);
    if (rc == OD_OK)
        rc = follow_journal(verification);
    if (rc == OD_OK)
        rc = evidence_walk_end(&verification->walk);
    if (rc == OD_OK)
        rc = evidence_content_end(&verification->content);
    return rc == OD_OK ? check_heads(verification) : rc;
}

int evidence_verify_reader(struct store_reader *reader, const struct evidence_anchor *anchor, const struct evidence_report *report,
                           struct evidence_figures *figures)
{
    struct verification *verification = base_alloc(sizeof(*verification));

    *figures = (struct evidence_figures){0};
    if (verification == NULL)
        return OD_ENOMEM;
    *verification = (struct verification){
        .reader = reader, .report = report, .figures = figures,
        .walk = {.anchor = anchor, .report = report, .figures = figures, .has_links = true},
        .content = {.reader = reader, .report = report, .figures = figures}};
    int rc = verify(verification);
    evidence_walk_fini(&verification->walk);
    evidence_content_fini(&verification->content);
    base_free(verification);
    return rc;
}

int evidence_verify_store(const char *folder, const struct evidence_anchor *anchor, const struct evidence_report *report,
                          struct evidence_figures *figures, char text[512])
{
    struct store_reader *reader = NULL;
    int rc = store_reader_open(folder, &reader, text);

    *figures = (struct evidence_figures){0};
    if (rc == OD_OK)
        rc = store_reader_hold(reader);
    if (rc == OD_OK) {
        rc = evidence_verify_reader(reader, anchor, report, figures);
        store_reader_release(reader);
    }
    store_reader_close(reader);
    if (rc != OD_OK && text[0] == '\0')
        snprintf(text, 512, "The store in %.200s cannot be read to its end; the log line above has the reason.", folder);
    return rc;
}
