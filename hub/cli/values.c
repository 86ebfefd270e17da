/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/values.h"

#include <string.h>

const char *const cli_happenings[] = {"received", "accepted", "decided", NULL};
const char *const cli_statuses[] = {"received", "incomplete", "in_review", "decided", "closed", "withdrawn", "not_accepted", "lapsed", NULL};
const char *const cli_task_states[] = {"blocked", "queued", "offered",   "accepted", "paused", "waiting_applicant",
                                       "parked",  "done",   "cancelled", "skipped",  NULL};
const char *const cli_opinions[] = {"approve", "approve_with_conditions", "reject", "not_applicable", NULL};
const char *const cli_pause_kinds[] = {"hearing", "inspection", "testing", "quarantine", "appraisal", "expert_review", "tender", "auction", NULL};
const char *const cli_bars[] = {"false_material", "fraud", "none", NULL};
const char *const cli_milestones[] = {"delegated",         "preliminary_reviewed", "inspectors_assigned", "hearing_told",
                                      "hearing_requested", "hearing_announced",    "hearing_held",        NULL};
const char *const cli_told_to[] = {"applicant", "agent", "representative", NULL};
const char *const cli_check_outcomes[] = {"complete", "incomplete", "correctable", "not_required", "not_competent", NULL};
const char *const cli_limit_clocks[] = {"statutory", "promised", NULL};
const char *const cli_alert_kinds[] = {
    "due_soon", "overdue", "accepted_by_silence", "deemed", "parked", "unanswered", "second_notice", "late_extension", "late_opinion", "not_required",
    "redated", "self_test_failed", "clock_jump", "connector_failing", "connector_distrusted", "notice_undelivered", "bad_rating", "complaint_received",
    "outside_standard", "overpaid", "parcel_returned", "document_infected", "scan_stuck", "out_of_turn", "not_erased", "handed_over_unpaid", NULL};
const char *const cli_message_states[] = {"new", "waiting", "resting", "offered", "accepted", "delivered", "sent", "failed", "cancelled", NULL};
const char *const cli_letter_states[] = {"open", "replied", NULL};
const char *const cli_evaluation_states[] = {"repair", "repaired", "given", NULL};
const char *const cli_grievance_states[] = {"recorded", "confirmed", "dismissed", NULL};
const char *const cli_fee_methods[] = {"cash", "card", "transfer", "mobile", "other", NULL};
const char *const cli_delivery_ways[] = {"window", "electronic", "courier", NULL};
const char *const cli_roles[] = {"front_desk", "officer", "head", "supervisor", "admin", "connector", NULL};
const char *const cli_key_states[] = {"active", "revoked", "expired", NULL};

const char *const cli_task_acts[] = {"claim", "release", "take", "opinion", "ask", "pause", "resume", "requeue", NULL};
const char *const cli_task_claims[] = {"mine", "none", NULL};
const char *const cli_incident_kinds[] = {"parked", "late", "connector", "callbacks", "messages", "parcels", "scans", NULL};

static const char *const languages[] = {"zh-CN", "en", NULL}, *const figures[] = {"service", "department", "window", "month", "officer", NULL},
                  *const units[] = {"department", "window", "officer", NULL},
                  *const parcel_ends[] = {"delivered", "returned", NULL}, *const served[] = {"messages", "parcels", "scans", NULL},
                  *const channels[] = {"sms", "email", "webhook", NULL}, *const tiers[] = {"plain", "filtered", "full", NULL},
                  *const marks[] = {"1", "2", "3", "4", "5", NULL}, *const countings[] = {"working_day", "calendar_day", "month", NULL},
                  *const media_types[] = {"application/pdf", "image/png", "image/jpeg", "image/tiff", "text/plain", "text/csv", NULL};

struct value_row {
    const char *verb; /* the verb, or the first word of it; "" = any */
    const char *what; /* an option, or a part of an operand's placeholder */
    const char *const *words;
    enum cli_source source, also;
};

/* The first row that fits holds. */
static const struct value_row rows[] = {
    {"list", "--happened", cli_happenings, CLI_SOURCE_NONE, CLI_SOURCE_NONE},
    {"list", "--status", cli_statuses, CLI_SOURCE_NONE, CLI_SOURCE_NONE},
    {"stats", "--by", figures, CLI_SOURCE_NONE, CLI_SOURCE_NONE},
    {"assessments", "--by", units, CLI_SOURCE_NONE, CLI_SOURCE_NONE},
    {"alerts", "--kind", cli_alert_kinds, CLI_SOURCE_NONE, CLI_SOURCE_NONE},
    {"message", "--state", cli_message_states, CLI_SOURCE_NONE, CLI_SOURCE_NONE},
    {"delivery", "--state", parcel_ends, CLI_SOURCE_NONE, CLI_SOURCE_NONE},
    {"delivery", "--way", cli_delivery_ways, CLI_SOURCE_NONE, CLI_SOURCE_NONE},
    {"inquiry", "--state", cli_letter_states, CLI_SOURCE_NONE, CLI_SOURCE_NONE},
    {"complaint", "--state", cli_letter_states, CLI_SOURCE_NONE, CLI_SOURCE_NONE},
    {"evaluation", "--state", cli_evaluation_states, CLI_SOURCE_NONE, CLI_SOURCE_NONE},
    {"grievance", "--state", cli_grievance_states, CLI_SOURCE_NONE, CLI_SOURCE_NONE},
    {"task", "--state", cli_task_states, CLI_SOURCE_NONE, CLI_SOURCE_NONE},
    {"key", "--state", cli_key_states, CLI_SOURCE_NONE, CLI_SOURCE_NONE},
    {"key", "--role", cli_roles, CLI_SOURCE_NONE, CLI_SOURCE_NONE},
    {"task pause", "--kind", cli_pause_kinds, CLI_SOURCE_NONE, CLI_SOURCE_NONE},
    {"task batch", "--kind", cli_pause_kinds, CLI_SOURCE_NONE, CLI_SOURCE_NONE},
    {"task batch", "--opinion", cli_opinions, CLI_SOURCE_NONE, CLI_SOURCE_NONE},
    {"task batch", "ACT", cli_task_acts, CLI_SOURCE_NONE, CLI_SOURCE_NONE},
    {"task batch", "ID...", NULL, CLI_SOURCE_TASKS, CLI_SOURCE_NONE},
    {"task", "--claim", cli_task_claims, CLI_SOURCE_NONE, CLI_SOURCE_NONE},
    {"incidents", "--kind", cli_incident_kinds, CLI_SOURCE_NONE, CLI_SOURCE_NONE},
    {"incidents retry", "ID", NULL, CLI_SOURCE_NONE, CLI_SOURCE_NONE}, /* of a group that stands still just now */
    {"told", "--to", cli_told_to, CLI_SOURCE_NONE, CLI_SOURCE_NONE},
    {"extend", "--clock", cli_limit_clocks, CLI_SOURCE_NONE, CLI_SOURCE_NONE},
    {"fee", "--method", cli_fee_methods, CLI_SOURCE_NONE, CLI_SOURCE_NONE},
    {"plugin", "--serves", served, CLI_SOURCE_NONE, CLI_SOURCE_NONE},
    {"plugin", "--channel", channels, CLI_SOURCE_NONE, CLI_SOURCE_NONE},
    {"plugin", "--min-tier", tiers, CLI_SOURCE_NONE, CLI_SOURCE_NONE},
    {"due", "--rule", countings, CLI_SOURCE_NONE, CLI_SOURCE_NONE},
    {"material", "--type", media_types, CLI_SOURCE_NONE, CLI_SOURCE_NONE},
    {"plugin new", "--lang", NULL, CLI_SOURCE_NONE, CLI_SOURCE_NONE}, /* its own languages: c|python */
    {"", "--lang", languages, CLI_SOURCE_NONE, CLI_SOURCE_NONE},
    {"", "--service", NULL, CLI_SOURCE_SERVICES, CLI_SOURCE_NONE},
    {"", "--department", NULL, CLI_SOURCE_DEPARTMENTS, CLI_SOURCE_NONE},
    {"", "--connector", NULL, CLI_SOURCE_CONNECTORS, CLI_SOURCE_NONE},
    {"", "--matter", NULL, CLI_SOURCE_MATTERS, CLI_SOURCE_NONE},
    {"", "--number", NULL, CLI_SOURCE_NUMBERS, CLI_SOURCE_NONE},
    {"", "--task", NULL, CLI_SOURCE_TASKS, CLI_SOURCE_NONE},
    {"", "--officer", NULL, CLI_SOURCE_KEYS, CLI_SOURCE_NONE},
    {"", "--chair", NULL, CLI_SOURCE_KEYS, CLI_SOURCE_NONE},
    {"", "--missing", NULL, CLI_SOURCE_MATERIALS, CLI_SOURCE_NONE},
    {"", "--material", NULL, CLI_SOURCE_MATERIALS, CLI_SOURCE_NONE},
    {"", "SERVICE", NULL, CLI_SOURCE_SERVICES, CLI_SOURCE_NONE},
    {"", "DEPARTMENT", NULL, CLI_SOURCE_DEPARTMENTS, CLI_SOURCE_NONE},
    {"", "NUMBER", NULL, CLI_SOURCE_NUMBERS, CLI_SOURCE_NONE},
    {"", "TASK", NULL, CLI_SOURCE_TASKS, CLI_SOURCE_NONE},
    {"", "MODULE", NULL, CLI_SOURCE_MODULES, CLI_SOURCE_NONE},
    {"", "FEE", NULL, CLI_SOURCE_FEES, CLI_SOURCE_NONE},
    {"", "MATERIAL", NULL, CLI_SOURCE_MATERIALS, CLI_SOURCE_NONE},
    {"", "OUTCOME", cli_check_outcomes, CLI_SOURCE_NONE, CLI_SOURCE_NONE},
    {"", "OPINION", cli_opinions, CLI_SOURCE_NONE, CLI_SOURCE_NONE},
    {"", "BAR", cli_bars, CLI_SOURCE_NONE, CLI_SOURCE_NONE},
    {"", "MILESTONE", cli_milestones, CLI_SOURCE_NONE, CLI_SOURCE_NONE},
    {"", "ATTITUDE", marks, CLI_SOURCE_NONE, CLI_SOURCE_NONE},
    {"", "ABILITY", marks, CLI_SOURCE_NONE, CLI_SOURCE_NONE},
    {"", "VERB", NULL, CLI_SOURCE_VERBS, CLI_SOURCE_NONE},
    {"", "FILE", NULL, CLI_SOURCE_FILES, CLI_SOURCE_NONE},
    {"", "FILE...", NULL, CLI_SOURCE_FILES, CLI_SOURCE_NONE},
    {"", "EVENTS.csv", NULL, CLI_SOURCE_FILES, CLI_SOURCE_NONE},
    {"", "CASES.csv", NULL, CLI_SOURCE_FILES, CLI_SOURCE_NONE},
    {"", "DIR", NULL, CLI_SOURCE_FOLDERS, CLI_SOURCE_NONE},
    {"", "FOLDER", NULL, CLI_SOURCE_FOLDERS, CLI_SOURCE_NONE},
    {"journal checkpoint", "N", NULL, CLI_SOURCE_CHECKPOINTS, CLI_SOURCE_NONE},
    {"task", "ID", NULL, CLI_SOURCE_TASKS, CLI_SOURCE_NONE},
    {"message", "ID", NULL, CLI_SOURCE_MESSAGES, CLI_SOURCE_NONE},
    {"inquiry", "ID", NULL, CLI_SOURCE_INQUIRIES, CLI_SOURCE_NONE},
    {"complaint", "ID", NULL, CLI_SOURCE_COMPLAINTS, CLI_SOURCE_NONE},
    {"evaluation", "ID", NULL, CLI_SOURCE_EVALUATIONS, CLI_SOURCE_NONE},
    {"grievance", "ID", NULL, CLI_SOURCE_GRIEVANCES, CLI_SOURCE_NONE},
    {"material", "ID", NULL, CLI_SOURCE_DOCUMENTS, CLI_SOURCE_NONE},
    {"calendar", "ID", NULL, CLI_SOURCE_CALENDARS, CLI_SOURCE_NONE},
    {"plugin new", "ID", NULL, CLI_SOURCE_NONE, CLI_SOURCE_NONE}, /* one that is not there yet */
    {"plugin load", "ID", NULL, CLI_SOURCE_CONNECTORS, CLI_SOURCE_DEPARTMENTS},
    {"plugin", "ID", NULL, CLI_SOURCE_CONNECTORS, CLI_SOURCE_NONE},
    {"key create", "ID", NULL, CLI_SOURCE_NONE, CLI_SOURCE_NONE},
    {"key", "ID", NULL, CLI_SOURCE_KEYS, CLI_SOURCE_NONE},
};

static bool is_of(const struct value_row *row, const struct cli_verb *verb)
{
    size_t size = strlen(row->verb);

    if (size == 0)
        return true;
    return verb != NULL && strncmp(verb->name, row->verb, size) == 0 && (verb->name[size] == '\0' || verb->name[size] == ' ');
}

static void take(struct cli_values *values, const struct cli_verb *verb, const char *what, size_t size)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct value_row *row = &rows[i];
        if (strlen(row->what) != size || memcmp(row->what, what, size) != 0 || !is_of(row, verb))
            continue;
        values->sources |= (1u << row->source | 1u << row->also) & ~1u;
        if (row->words != NULL)
            values->words = row->words;
        return;
    }
}

const char *cli_values_part(const char *placeholder, const char *at, size_t *size)
{
    const char *part = at == NULL ? placeholder : at + strcspn(at, "|");

    if (at != NULL && *part++ == '\0')
        return NULL;
    *size = strcspn(part, "|");
    return part;
}

bool cli_values_is_word(const char *part, size_t size)
{
    return size > 0 && strspn(part, "abcdefghijklmnopqrstuvwxyz0123456789_-") >= size;
}

bool cli_values_find(const struct cli_verb *verb, const char *name, const char *placeholder, struct cli_values *values)
{
    size_t size;

    *values = (struct cli_values){0};
    if (name != NULL)
        take(values, verb, name, strlen(name));
    for (const char *part = cli_values_part(placeholder, NULL, &size); part != NULL; part = cli_values_part(placeholder, part, &size)) {
        if (cli_values_is_word(part, size))
            values->literal = placeholder;
        else if (name == NULL || memcmp(part, "ID", 2) != 0) /* which id an option takes, its name says */
            take(values, verb, part, size);
    }
    return values->sources != 0 || values->words != NULL || values->literal != NULL;
}
