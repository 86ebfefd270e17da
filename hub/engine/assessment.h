/* SPDX-License-Identifier: Apache-2.0 */
/* Assessment: what a window, an officer, a department and the whole center did in a month or a year, from the sums that are
 * kept with every event. A period that is over is closed by the first who asks for it: its sheet is put into a register and
 * told from there ever after, byte for byte. docs/assessment.md.
 *
 *   GET -> period (422) -> [pool: sheet of the register, sums of the months as of one record]
 *     running                      -> sheet of now -> answer
 *     over, no sheet yet           -> "closing" is durable, and so is all that happened before it -> read again -> put -> answer
 *     over, the sums are its own   -> answer from the sheet
 *     over, the sums are others    -> put with the differences by name -> answer
 *
 * Private to hub/engine. Loop thread. */
#ifndef ENGINE_ASSESSMENT_H
#define ENGINE_ASSESSMENT_H

#include "engine/entry.h"
#include "engine/statistics.h"

#define ENGINE_ASSESSMENT_UNITS_MAX 2048     /* of one period, the center included; more -> 422 */
#define ENGINE_ASSESSMENT_DIFFERENCES_MAX 100 /* named one by one in an amendment */
#define ENGINE_ASSESSMENT_AMENDMENTS_MAX 50 /* of one sheet; the oldest go */

enum engine_unit_kind {
    ENGINE_UNIT_NONE = 0,
    ENGINE_UNIT_CENTER,
    ENGINE_UNIT_DEPARTMENT,
    ENGINE_UNIT_WINDOW,
    ENGINE_UNIT_OFFICER,
    ENGINE_UNIT_KINDS,
};
const char *engine_unit_kind_name(enum engine_unit_kind kind); /* "department" ... */
enum engine_unit_kind engine_unit_kind_find(const char *name); /* NONE = there is none; accepts NULL */

struct engine_unit {
    uint8_t kind;                       /* enum engine_unit_kind */
    const char *id;                     /* "" of the center */
    const char *name[CATALOG_LANGUAGES];
    uint32_t rank, ranked;              /* among so many of its kind; 0 = it did nothing to be ranked by */
    int64_t sums[ENGINE_MEASURES];
};

/* One period as it is told. What it points to is its own tree's. */
struct engine_sheet {
    struct base_json *tree;             /* owned */
    struct engine_unit *units;          /* owned; unit_count of them, by kind and id, the center first */
    uint32_t unit_count;
    int32_t from, until;                /* yyyymm, both included */
    int64_t at_ms;                      /* when the sums were read */
    const char *by;                     /* who asked */
    uint64_t journal_seq;               /* the sums have counted up to this record */
    const char *catalog_version;
    int64_t catalog_since_ms;
    const struct base_json *calendars;  /* labels */
    const struct base_json *center;     /* names */
    const struct base_json *amendments; /* oldest first */
};

/* Who asks when, of which months. */
struct engine_sheet_head {
    int32_t from, until;
    const char *by;
    uint64_t journal_seq;
};

/* assessment_sheet.c. The text of a sheet of the groups (keys: kind, number). Errors: OD_ENOMEM, OD_ELIMIT too many units. */
OD_MUST_CHECK int engine_sheet_put(struct base_buffer *body, struct engine *engine, const struct engine_sheet_head *head,
                                   const struct engine_groups *groups);
/* A text as it was put. Errors (*sheet is zero): OD_EIO it is none, OD_ENOMEM. */
OD_MUST_CHECK int engine_sheet_read(const char *text, size_t size, struct engine_sheet *sheet);
void engine_sheet_fini(struct engine_sheet *sheet); /* accepts a zeroed one */
/* How many sums are not the same. */
uint64_t engine_sheet_differences(const struct engine_sheet *was, const struct engine_sheet *is);
/* The text of was with the sums of is, and one amendment more that names what differs. Errors: OD_ENOMEM. */
OD_MUST_CHECK int engine_sheet_amend(struct base_buffer *body, const struct engine_sheet *was, const struct engine_sheet *is);
/* Ranks of all units, each among those of its kind: docs/assessment.md. Cost: O(n log n). */
OD_MUST_CHECK int engine_sheet_rank(struct engine_sheet *sheet);

/* What is asked. */
struct engine_assessment_query {
    int32_t from, until;
    bool is_year, is_over;              /* the period */
    bool is_csv;
    uint32_t kinds;                     /* bits 1u << enum engine_unit_kind */
    uint32_t limit;
    uint8_t after_kind;                 /* of the cursor; 0 = from the first */
    char after_id[BASE_ID_MAX + 1];
};

/* assessment_query.c. False when the request was refused. */
bool engine_assessment_read(const struct engine *engine, struct front_request *request, struct engine_assessment_query *query);
/* May the reader see the unit? Supervision and the head of the government see all; everybody else the center, the own
 * department and what he or she did. */
bool engine_assessment_may_see(const struct front_request *request, const struct engine_unit *unit);

/* assessment_put.c. The answer for who asks. */
void engine_assessment_answer(struct front_request *request, const struct engine_assessment_query *query,
                              const struct engine_sheet *sheet);
/* assessment_words.c: what each figure means and where it comes from; a member of the object that is open. */
void engine_assessment_put_words(struct base_buffer *body, const struct engine_assessment_query *query);

#endif
