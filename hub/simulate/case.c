/* SPDX-License-Identifier: Apache-2.0 */
#include "simulate/case.h"

#include <string.h>

#include "base/error.h"
#include "base/memory.h"

#define PROGRESS_EVERY 256 /* applications */

int simulate_room_init(struct simulate_room *room)
{
    size_t size = core_application_size(CORE_TASKS_MAX);

    *room = (struct simulate_room){.recorded = base_alloc(size), .before = base_alloc(size), .after = base_alloc(size),
                                   .packed = {base_alloc(CORE_PACKED_MAX), base_alloc(CORE_PACKED_MAX)}};
    if (room->recorded != NULL && room->before != NULL && room->after != NULL && room->packed[0] != NULL && room->packed[1] != NULL)
        return OD_OK;
    simulate_room_fini(room);
    return OD_ENOMEM;
}

void simulate_room_fini(struct simulate_room *room)
{
    base_free(room->recorded);
    base_free(room->before);
    base_free(room->after);
    base_free(room->packed[0]);
    base_free(room->packed[1]);
    simulate_course_fini(&room->course);
    simulate_course_fini(&room->adapted);
    *room = (struct simulate_room){0};
}

void simulate_state_clear(struct core_application *state)
{
    memset(state, 0, core_application_size(state->task_count));
}

bool simulate_states_match(struct simulate_room *room, const struct core_application *a, const struct core_application *b)
{
    size_t a_size = core_application_pack(a, room->packed[0], CORE_PACKED_MAX);
    size_t b_size = core_application_pack(b, room->packed[1], CORE_PACKED_MAX);

    return a_size == b_size && memcmp(room->packed[0], room->packed[1], a_size) == 0;
}

int simulate_case_repeat(struct simulate_room *room, const struct simulate_case *of)
{
    struct simulate_run run = {.rules = of->recorded, .course = &room->course, .horizon_ms = of->horizon_ms, .state = room->before,
                               .reign = of->reign};

    simulate_state_clear(room->before);
    return simulate_run(&run);
}

int simulate_case_settle(struct simulate_room *room, const struct simulate_case *of, const struct simulate_scenario *scenario,
                         const struct simulate_report *report, struct simulate_summary *summary)
{
    struct simulate_run run = {.rules = of->changed, .course = &room->adapted, .horizon_ms = of->horizon_ms, .state = room->after,
                               .reign = of->changed_reign};
    struct simulate_pair pair = {
        .number = of->number,
        .before = {room->before, of->recorded, of->names},
        .after = {room->after, of->changed, of->changed_names},
        .task_of = of->task_of,
    };

    simulate_state_clear(room->after);
    int rc = simulate_course_adapt(&room->adapted, &room->course, scenario, of->changed_names, of->task_of, of->included);
    if (rc != OD_OK)
        return rc;
    rc = simulate_run(&run);
    if (rc != OD_OK)
        return simulate_leave_out(report, summary, &(struct simulate_finding){
            .kind = SIMULATE_FINDING_NOT_PLAYABLE, .number = of->number, .detail = base_error_name(rc)});
    summary->acts_dropped += run.dropped;
    simulate_patterns_note(scenario, of->changed_names, of->changed->matter_count, summary);
    return simulate_compare(&pair, report, summary);
}

bool simulate_finding_is_error(enum simulate_finding_kind kind)
{
    return kind > SIMULATE_FINDING_NONE && kind < SIMULATE_FINDING_ENDS_BEFORE_START;
}

int simulate_tell_finding(const struct simulate_report *report, struct simulate_summary *summary, const struct simulate_finding *finding)
{
    summary->findings[finding->kind]++;
    return report->on_finding != NULL ? report->on_finding(report->owner, finding) : OD_OK;
}

int simulate_leave_out(const struct simulate_report *report, struct simulate_summary *summary, const struct simulate_finding *finding)
{
    summary->left_out++;
    return simulate_tell_finding(report, summary, finding);
}

int simulate_tell_progress(const struct simulate_report *report, uint64_t done, uint64_t total)
{
    if (report->on_progress == NULL || (done % PROGRESS_EVERY != 0 && done != total))
        return OD_OK;
    return report->on_progress(report->owner, done, total);
}
