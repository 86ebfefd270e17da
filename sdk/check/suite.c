/* SPDX-License-Identifier: Apache-2.0 */
/* check_suite_run -> case_run, each in a child -> verdict_read -> report as TAP or JSON */
#include "check/suite.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/memory.h"
#include "base/time.h"
#include "check/check.h"
#include "check/peer.h"
#include "check/place.h"
#include "check/verdict.h"

#define NOTES_SIZE 4096
#define CASES_MAX 128
#define JOBS_MAX 4

static const struct check_case *const groups[] = {
    check_load_cases,       check_contract_cases, check_repeat_cases,   check_resume_cases, check_cancel_cases,
    check_department_cases, check_kill_cases,     check_drain_cases,    check_resource_cases, check_fuzz_cases,
    check_protocol_cases,
};
#define GROUP_COUNT (sizeof(groups) / sizeof(groups[0]))

enum verdict { VERDICT_NONE = 0, VERDICT_PASSED, VERDICT_FAILED, VERDICT_SKIPPED };

/* What the child told of one case. */
struct report {
    enum verdict verdict;
    char what[CHECK_VERDICT_SIZE], fix[CHECK_VERDICT_SIZE], notes[NOTES_SIZE];
    int64_t took_ms;
};

struct running {
    const struct check_options *options;
    struct check_context context;
    FILE *out;
    struct base_buffer json; /* of --json */
    struct check_result *result;
    unsigned number;
};

static bool is_wanted(const struct running *running, const struct check_case *one)
{
    const char *only = running->options->only;
    enum check_for is_for = running->context.subject->is_remote ? CHECK_FOR_REMOTE : CHECK_FOR_MODULE;

    if ((one->is_for & is_for) == 0)
        return false;
    return only == NULL || strstr(one->name, only) != NULL || fnmatch(only, one->name, 0) == 0;
}

__attribute__((noreturn)) static void child_run(const struct running *running, const struct check_case *one, int fd)
{
    static struct check_hub hub;

    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    signal(SIGPIPE, SIG_IGN);
    check_verdict_init(fd, running->context.is_in_process);
    check_hub_init(&hub, running->context.subject);
    hub.sound_forms = running->context.sound_forms;
    if (running->context.is_in_process)
        hub.peer = &check_peer_inside;
    one->run(&hub, &running->context);
    check_hub_fini(&hub);
    check_pass();
}

/* A line of the child: a letter, then its text. */
static void line_take(struct report *report, const char *line, size_t size)
{
    int length = (int)(size - 1);
    size_t used = strlen(report->notes);

    switch (line[0]) {
    case 'P': report->verdict = VERDICT_PASSED; break;
    case 'F':
        report->verdict = VERDICT_FAILED;
        snprintf(report->what, sizeof(report->what), "%.*s", length, line + 1);
        break;
    case 'X': snprintf(report->fix, sizeof(report->fix), "%.*s", length, line + 1); break;
    case 'S':
        report->verdict = VERDICT_SKIPPED;
        snprintf(report->what, sizeof(report->what), "%.*s", length, line + 1);
        break;
    default: snprintf(report->notes + used, sizeof(report->notes) - used, "%.*s\n", length, line + 1);
    }
}

/* One case in its own process. */
struct slot {
    const struct check_case *one; /* NULL = free */
    pid_t pid;
    int fd;
    int64_t began_ms;
    bool is_late; /* killed at its timeout */
    struct base_buffer text;
    struct report *report; /* where it goes */
};

static void text_take(const struct base_buffer *text, struct report *report)
{
    for (size_t at = 0; at < text->size;) {
        const char *end = memchr(text->bytes + at, '\n', text->size - at);
        size_t size = end != NULL ? (size_t)(end - (text->bytes + at)) : text->size - at;

        if (size > 0)
            line_take(report, text->bytes + at, size);
        at += size + 1;
    }
}

/* No verdict, or one that its end belies. */
static void fault_tell(const struct running *running, const struct slot *slot, int status)
{
    struct report *report = slot->report;
    bool is_in_process = running->context.is_in_process, has_passed = report->verdict == VERDICT_PASSED;

    report->verdict = VERDICT_FAILED;
    if (slot->is_late)
        snprintf(report->what, sizeof(report->what), "the case did not end within %d s", CHECK_CASE_TIMEOUT_MS / 1000);
    else if (is_in_process)
        snprintf(report->what, sizeof(report->what), "%s (status %d): see stderr",
                 has_passed ? "a sanitizer is not content with its end" : "the module ended the process", status);
    else
        snprintf(report->what, sizeof(report->what), "the checker itself died (status %d)", status);
    if (is_in_process && has_passed)
        snprintf(report->fix, sizeof(report->fix),
                 "free what belongs to a task when it ends or is released, and the rest in close()");
}

static void slot_end(const struct running *running, struct slot *slot)
{
    int status = 0;

    close(slot->fd);
    waitpid(slot->pid, &status, 0);
    check_place_remove(slot->pid);
    text_take(&slot->text, slot->report);
    slot->report->took_ms = base_monotonic_ms() - slot->began_ms;
    if (slot->report->verdict == VERDICT_NONE || (slot->report->verdict == VERDICT_PASSED && status != 0))
        fault_tell(running, slot, status);
    base_buffer_fini(&slot->text);
    *slot = (struct slot){.one = NULL};
}

static void slot_start(const struct running *running, struct slot *slot, const struct check_case *one,
                       struct report *report)
{
    int fds[2];

    *report = (struct report){.verdict = VERDICT_NONE};
    fflush(NULL);
    if (pipe2(fds, O_CLOEXEC) != 0) {
        report->verdict = VERDICT_FAILED;
        snprintf(report->what, sizeof(report->what), "no descriptors left");
        return;
    }
    *slot = (struct slot){.one = one, .fd = fds[0], .began_ms = base_monotonic_ms(), .report = report, .pid = fork()};
    if (slot->pid == 0) {
        close(fds[0]);
        child_run(running, one, fds[1]);
    }
    close(fds[1]);
}

/* Read what came; true = it has ended. */
static bool slot_read(struct slot *slot)
{
    char bytes[4096];
    ssize_t got = read(slot->fd, bytes, sizeof(bytes));

    if (got > 0)
        base_buffer_put(&slot->text, bytes, (size_t)got);
    return got == 0 || (got < 0 && errno != EINTR);
}

static void slots_turn(const struct running *running, struct slot slots[JOBS_MAX])
{
    struct pollfd fds[JOBS_MAX];

    for (size_t i = 0; i < JOBS_MAX; i++)
        fds[i] = (struct pollfd){.fd = slots[i].one != NULL ? slots[i].fd : -1, .events = POLLIN};
    if (poll(fds, JOBS_MAX, 100) < 0)
        return;
    for (size_t i = 0; i < JOBS_MAX; i++) {
        struct slot *slot = &slots[i];

        if (slot->one == NULL)
            continue;
        if (!slot->is_late && base_monotonic_ms() - slot->began_ms > CHECK_CASE_TIMEOUT_MS) {
            slot->is_late = true;
            kill(slot->pid, SIGKILL);
        }
        if (fds[i].revents != 0 && slot_read(slot))
            slot_end(running, slot);
    }
}

/* The words of a text without what TAP takes for its own. */
static void put_words(FILE *out, const char *text)
{
    for (; *text != '\0'; text++)
        fputc(*text == '#' && text[1] != '\0' && text[1] != ' ' ? *text : (*text == '#' ? '-' : *text), out);
}

static void put_notes(FILE *out, const struct check_case *one, const struct report *report)
{
    fprintf(out, "  ---\n  case: %s\n  took_ms: %lld\n", one->name, (long long)report->took_ms);
    if (report->notes[0] != '\0')
        fputs("  notes:\n", out);
    for (const char *at = report->notes; *at != '\0';) {
        size_t size = strcspn(at, "\n");

        fprintf(out, "    - >-\n      %.*s\n", (int)size, at);
        at += size + (at[size] == '\n');
    }
    fputs("  ...\n", out);
}

static void tap_put(struct running *running, const struct check_case *one, const struct report *report)
{
    FILE *out = running->out;

    fprintf(out, "%s %u - %s", report->verdict == VERDICT_FAILED ? "not ok" : "ok", running->number, one->title);
    if (report->verdict == VERDICT_SKIPPED)
        fprintf(out, " # SKIP %s", report->what);
    if (report->verdict == VERDICT_FAILED) {
        fputs(" # ", out);
        put_words(out, report->what);
        if (report->fix[0] != '\0') {
            fputs("; ", out);
            put_words(out, report->fix);
        }
    }
    fputc('\n', out);
    if (report->verdict == VERDICT_FAILED)
        put_notes(out, one, report);
    fflush(out);
}

static void json_put(struct running *running, const struct check_case *one, const struct report *report)
{
    static const char *const words[] = {"", "passed", "failed", "skipped"};
    struct base_buffer *out = &running->json;

    base_json_open(out, NULL, '{');
    base_json_put_text(out, "case", one->name);
    base_json_put_text(out, "title", one->title);
    base_json_put_text(out, "verdict", words[report->verdict]);
    base_json_put_i64(out, "took_ms", report->took_ms);
    if (report->what[0] != '\0')
        base_json_put_text(out, "what", report->what);
    if (report->fix[0] != '\0')
        base_json_put_text(out, "fix", report->fix);
    if (report->notes[0] != '\0')
        base_json_put_text(out, "notes", report->notes);
    base_json_close(out, '}');
}

static void result_add(struct running *running, const struct check_case *one, const struct report *report)
{
    running->result->passed += report->verdict == VERDICT_PASSED;
    running->result->failed += report->verdict == VERDICT_FAILED;
    running->result->skipped += report->verdict == VERDICT_SKIPPED;
    running->number++;
    if (running->options->is_json)
        json_put(running, one, report);
    else
        tap_put(running, one, report);
}

/* Which forms come to their end when nothing disturbs them: cases about something else use those alone. */
static void scout(struct check_hub *hub, const struct check_context *context)
{
    uint64_t sound = 0;

    check_hub_start(hub);
    for (size_t i = 0; i < context->subject->script.form_count && !hub->is_lost; i++) {
        check_hub_add(hub, i);
        if (check_hub_finish(hub) && check_book_count(&hub->book, CHECK_TASK_ENDED) == 1)
            sound |= UINT64_C(1) << i;
        check_hub_forget(hub);
    }
    check_note("%llu", (unsigned long long)sound);
}

static const struct check_case scout_case = {"scout", "scout", CHECK_FOR_BOTH, scout};

static void forms_find(struct running *running)
{
    struct slot slots[JOBS_MAX] = {{.one = NULL}};
    struct report report;

    running->context.sound_forms = ~UINT64_C(0);
    if (running->context.subject->is_started_elsewhere)
        return;
    slot_start(running, &slots[0], &scout_case, &report);
    while (slots[0].one != NULL)
        slots_turn(running, slots);
    if (report.verdict == VERDICT_PASSED && strtoull(report.notes, NULL, 10) != 0)
        running->context.sound_forms = strtoull(report.notes, NULL, 10);
}

static unsigned wanted_find(const struct running *running, const struct check_case *wanted[CASES_MAX])
{
    unsigned count = 0;

    for (size_t i = 0; i < GROUP_COUNT; i++) {
        for (const struct check_case *one = groups[i]; one->name != NULL && count < CASES_MAX; one++) {
            if (is_wanted(running, one))
                wanted[count++] = one;
        }
    }
    return count;
}

static bool is_done(const struct slot slots[JOBS_MAX], const struct report *report)
{
    for (size_t i = 0; i < JOBS_MAX; i++) {
        if (slots[i].one != NULL && slots[i].report == report)
            return false;
    }
    return true;
}

/* Some at once, for they wait most of the time; told in their order. */
static void cases_run(struct running *running, const struct check_case *const *wanted, unsigned count,
                      struct report *reports)
{
    struct slot slots[JOBS_MAX] = {{.one = NULL}};
    size_t jobs = running->context.is_in_process || running->context.subject->is_started_elsewhere ? 1 : JOBS_MAX;
    unsigned begun = 0, told = 0;

    while (told < count) {
        for (size_t i = 0; i < jobs && begun < count; i++) {
            if (slots[i].one == NULL) {
                slot_start(running, &slots[i], wanted[begun], &reports[begun]);
                begun++;
            }
        }
        slots_turn(running, slots);
        while (told < begun && is_done(slots, &reports[told])) {
            result_add(running, wanted[told], &reports[told]);
            told++;
        }
    }
}

static void json_begin(struct running *running)
{
    base_json_open(&running->json, NULL, '{');
    base_json_put_text(&running->json, "id", running->context.subject->id);
    base_json_put_text(&running->json, "version", running->context.subject->version);
    base_json_open(&running->json, "cases", '[');
}

static void json_end(struct running *running)
{
    base_json_close(&running->json, ']');
    base_json_put_i64(&running->json, "passed", running->result->passed);
    base_json_put_i64(&running->json, "failed", running->result->failed);
    base_json_put_i64(&running->json, "skipped", running->result->skipped);
    base_json_close(&running->json, '}');
    fprintf(running->out, "%s\n", base_buffer_text(&running->json));
    base_buffer_fini(&running->json);
}

static int run(struct running *running, char message[CHECK_TEXT_SIZE])
{
    const struct check_case *wanted[CASES_MAX];
    unsigned count = wanted_find(running, wanted);
    struct report *reports = base_alloc((count + 1) * sizeof(*reports));

    if (reports == NULL)
        return OD_ENOMEM;
    if (count == 0) {
        base_free(reports);
        snprintf(message, CHECK_TEXT_SIZE, "no case is named like \"%.200s\"; --list names them", running->options->only);
        return OD_ENOTFOUND;
    }
    if (running->options->is_json)
        json_begin(running);
    else
        fprintf(running->out, "TAP version 14\n1..%u\n", count);
    forms_find(running);
    cases_run(running, wanted, count, reports);
    base_free(reports);
    if (running->options->is_json)
        json_end(running);
    else
        fprintf(running->out, "# %s %s: %u passed, %u failed, %u skipped\n", running->context.subject->id,
                running->context.subject->version, running->result->passed, running->result->failed,
                running->result->skipped);
    return OD_OK;
}

/* A manifest that cannot be read is the first case, and the last. */
static void refuse(struct running *running, const char *message)
{
    static const struct check_case *const one = &check_load_cases[0];
    struct report report = {.verdict = VERDICT_FAILED};

    snprintf(report.what, sizeof(report.what), "%s", message);
    snprintf(report.fix, sizeof(report.fix), "docs/connectors/packages.md lists each member of a manifest");
    if (running->options->is_json)
        json_begin(running);
    else
        fprintf(running->out, "TAP version 14\n1..1\n");
    result_add(running, one, &report);
    if (running->options->is_json)
        json_end(running);
}

int check_suite_run(const struct check_options *options, FILE *out, struct check_result *result,
                    char message[CHECK_TEXT_SIZE])
{
    struct check_subject subject;
    struct running running = {.options = options, .context = {.subject = &subject, .seed = options->seed,
                                                              .is_in_process = options->is_in_process},
                              .out = out, .result = result};

    *result = (struct check_result){.passed = 0};
    check_peer_host_set(options->host_program, options->min_tier);
    int rc = check_subject_read(options->target, options->module, options->remote, options->config, &subject, message);
    bool is_manifest = rc != OD_OK && subject.manifest_text != NULL && subject.manifest.root == NULL;
    if (rc == OD_OK) {
        rc = run(&running, message);
    } else if (is_manifest && (rc == OD_EINVAL || rc == OD_EUNSUPPORTED)) {
        refuse(&running, message);
        rc = OD_OK;
    }
    check_subject_fini(&subject);
    return rc;
}

void check_suite_list(bool is_json, FILE *out)
{
    struct base_buffer json = {0};

    base_json_open(&json, NULL, '[');
    for (size_t i = 0; i < GROUP_COUNT; i++) {
        for (const struct check_case *one = groups[i]; one->name != NULL; one++) {
            base_json_open(&json, NULL, '{');
            base_json_put_text(&json, "case", one->name);
            base_json_put_text(&json, "title", one->title);
            base_json_put_bool(&json, "module", (one->is_for & CHECK_FOR_MODULE) != 0);
            base_json_put_bool(&json, "remote", (one->is_for & CHECK_FOR_REMOTE) != 0);
            base_json_close(&json, '}');
            if (!is_json)
                fprintf(out, "%-26s %s\n", one->name, one->title);
        }
    }
    base_json_close(&json, ']');
    if (is_json)
        fprintf(out, "%s\n", base_buffer_text(&json));
    base_buffer_fini(&json);
}
