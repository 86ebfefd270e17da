/* SPDX-License-Identifier: Apache-2.0 */
/* check_run -> once, in a child -> (on_item | on_report | on_line | on_request, each a printed line) -> watch -> once ... */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <dirent.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/memory.h"
#include "check/check.h"
#include "check/hub.h"
#include "check/peer.h"
#include "check/place.h"
#include "check/verdict.h"

#define WATCH_NS 300000000 /* between two looks at the files */

struct show {
    FILE *out;
    const struct check_hub *hub;
};

static const char *kind_name(uint8_t kind)
{
    static const char *const names[] = {
        [BASE_ITEM_OFFER] = "offer", [BASE_ITEM_RESUME] = "resume", [BASE_ITEM_CANCEL] = "cancel",
        [BASE_ITEM_INPUT] = "input", [BASE_ITEM_EVENT] = "event", [BASE_ITEM_RELEASE] = "release",
        [BASE_ITEM_CONFIGURE] = "configure", [BASE_ITEM_DRAIN] = "drain", [BASE_ITEM_STOP] = "stop",
        [BASE_ITEM_TIME] = NULL, [BASE_ITEM_ACCEPT] = "accept", [BASE_ITEM_CHECKPOINT] = "checkpoint",
        [BASE_ITEM_NEED_INPUT] = "need_input", [BASE_ITEM_PAUSE] = "pause", [BASE_ITEM_PROGRESS] = "progress",
        [BASE_ITEM_OPINION] = "opinion", [BASE_ITEM_FAIL] = "fail", [BASE_ITEM_GIVE_BACK] = "give_back",
        [BASE_ITEM_CANCELLED] = "cancelled", [BASE_ITEM_LOG] = NULL, [BASE_ITEM_METRIC] = "metric",
        [BASE_ITEM_UNPAUSE] = "unpause",
    };

    return kind < sizeof(names) / sizeof(names[0]) ? names[kind] : NULL;
}

static const char *number_of(const struct show *show, uint64_t handle)
{
    const struct check_task *task = check_book_find(&show->hub->book, handle);

    return task != NULL ? task->number : "";
}

/* What the hub says: of an offer or resume, the form is what counts. */
static void on_item(void *arg, const struct base_frame *item)
{
    const struct show *show = arg;
    const char *name = kind_name(item->kind);
    const struct check_task *task = check_book_find(&show->hub->book, item->task);
    bool has_form = item->kind == BASE_ITEM_OFFER || item->kind == BASE_ITEM_RESUME;

    if (name == NULL)
        return;
    fprintf(show->out, "  hub        -> %-11s %s  ", name, number_of(show, item->task));
    if (has_form && task != NULL)
        fprintf(show->out, "%s%s\n", task->form, task->is_redelivered ? "  (redelivered)" : "");
    else
        fprintf(show->out, "%.*s\n", (int)item->length, item->payload);
}

static void on_report(void *arg, const struct base_frame *item, enum base_answer answer, const char *reason)
{
    static const char *const words[] = {"", "", "  -> stale", "  -> conflict: ", "  -> refused: ", "  -> retry"};
    const struct show *show = arg;
    const char *name = kind_name(item->kind);

    if (name != NULL)
        fprintf(show->out, "  connector  <- %-11s %s  %.*s%s%s\n", name, number_of(show, item->task), (int)item->length,
                item->payload, words[answer], reason);
}

static void on_line(void *arg, const char *level, const char *text, size_t size)
{
    const struct show *show = arg;

    fprintf(show->out, "  log        <- %-11s %.*s\n", level, (int)size, text);
}

static void on_request(void *arg, const struct check_request *request, const struct check_response *response)
{
    const struct show *show = arg;

    fprintf(show->out, "  department <- %s %s  -> %d %.*s\n", request->method, request->path, response->status,
            (int)(response->body.size < 200 ? response->body.size : 200), response->body.size > 0 ? response->body.bytes : "");
}

static void outcome_print(const struct check_hub *hub, FILE *out)
{
    for (size_t i = 0; i < hub->book.count; i++) {
        const struct check_task *task = &hub->book.tasks[i];

        fprintf(out, "%s  %s  %s\n", task->number, task->opinions > 0 ? task->opinion : check_task_state_name(task->state),
                task->form);
    }
}

__attribute__((noreturn)) static void child_run(const struct check_subject *subject, FILE *out, int fd)
{
    static struct check_hub hub;
    struct show show = {.out = out, .hub = &hub};

    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    signal(SIGPIPE, SIG_IGN);
    setvbuf(out, NULL, _IOLBF, BUFSIZ);
    check_verdict_init(fd, false);
    check_hub_init(&hub, subject);
    hub.on_item = on_item;
    hub.on_report = on_report;
    hub.on_line = on_line;
    hub.department.on_request = on_request;
    hub.arg = hub.department.arg = &show;
    check_hub_start(&hub);
    fprintf(out, "%s %s is open%s%s\n", subject->id, subject->version, hub.tier[0] != '\0' ? ", tier " : "", hub.tier);
    for (size_t i = 0; i < subject->script.form_count; i++)
        check_hub_add(&hub, i);
    bool is_finished = check_hub_finish(&hub);
    check_hub_must_live(&hub);
    outcome_print(&hub, out);
    if (!is_finished)
        check_fail("onedoor plugin check tells more", "not every task came to an end");
    check_hub_stop(&hub);
    fflush(out);
    check_pass();
}

/* The child's verdict in words. Errors: OD_EPEER. */
static int verdict_wait(pid_t pid, int fd, char message[CHECK_TEXT_SIZE])
{
    char text[2 * CHECK_VERDICT_SIZE];
    size_t used = 0;
    ssize_t got;
    int status;

    while (used < sizeof(text) - 1 && (got = read(fd, text + used, sizeof(text) - 1 - used)) > 0)
        used += (size_t)got;
    text[used] = '\0';
    waitpid(pid, &status, 0);
    check_place_remove(pid);
    const char *what = text[0] == 'F' ? text : strstr(text, "\nF");
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return OD_OK;
    what = what != NULL ? what + (what[0] == '\n' ? 2 : 1) : "it died";
    snprintf(message, CHECK_TEXT_SIZE, "%.*s", (int)strcspn(what, "\n"), what);
    return OD_EPEER;
}

static int once(const struct check_options *options, FILE *out, char message[CHECK_TEXT_SIZE])
{
    struct check_subject subject;
    int fds[2], rc = check_subject_read(options->target, options->module, options->remote, options->config, &subject, message);

    if (rc == OD_OK && pipe2(fds, O_CLOEXEC) != 0)
        rc = OD_EIO;
    if (rc == OD_OK) {
        fflush(NULL);
        pid_t pid = fork();
        if (pid == 0)
            child_run(&subject, out, fds[1]);
        close(fds[1]);
        rc = pid > 0 ? verdict_wait(pid, fds[0], message) : OD_EIO;
        close(fds[0]);
    }
    check_subject_fini(&subject);
    return rc;
}

/* The youngest file of the folder and of what is built in it, in nanoseconds. */
static int64_t youngest(const char *folder, int depth)
{
    const struct dirent *entry;
    int64_t last = 0;
    DIR *files = opendir(folder);

    while (files != NULL && (entry = readdir(files)) != NULL) {
        char path[CHECK_PATH_SIZE];
        struct stat status;

        if (entry->d_name[0] == '.' || snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name) >= (int)sizeof(path) ||
            stat(path, &status) != 0)
            continue;
        int64_t at = S_ISDIR(status.st_mode) && depth > 0
                         ? youngest(path, depth - 1)
                         : (int64_t)status.st_mtim.tv_sec * 1000000000 + status.st_mtim.tv_nsec;
        last = at > last ? at : last;
    }
    if (files != NULL)
        closedir(files);
    return last;
}

int check_run(const struct check_options *options, bool is_watching, FILE *out, char message[CHECK_TEXT_SIZE])
{
    check_peer_host_set(options->host_program, options->min_tier);
    int rc = once(options, out, message);

    for (int64_t seen = youngest(options->target, 1); is_watching;) {
        if (rc != OD_OK)
            fprintf(out, "%s\n", message);
        fprintf(out, "waiting for a change in %s\n", options->target);
        fflush(out);
        while (youngest(options->target, 1) == seen)
            nanosleep(&(struct timespec){.tv_nsec = WATCH_NS}, NULL);
        seen = youngest(options->target, 1);
        rc = once(options, out, message);
    }
    return rc;
}
