/* SPDX-License-Identifier: Apache-2.0 */
/* Text messages through a modem: gammu-smsd and its FILES backend. The connector's folder is the daemon's spool.
 *
 *   offer -> is there a file of this key? -> outbox/: written under another name, flushed, renamed -> accept
 *         -> look, look ... -> in sent/: not_applicable (it left, and no receipt is known) -> in error/: reject
 *
 * The name of the file ends in the key, so a repeated offer finds the file of the first one, wherever the daemon has moved
 * it: nothing is sent twice. It is removed once the hub has the end. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <onedoor/ext/timer.h>
#include <onedoor/plugin.h>

#include "phone.h"

#define PATH_SIZE 512
#define TEXT_MAX 1530 /* bytes that the daemon puts into at most ten parts */
#define GONE_MS 600000 /* so long a file may be in none of the folders, which is but a moment where the daemon moves it */

static const char *const folders[] = {"outbox", "sent", "error"};
enum place { PLACE_OUTBOX = 0, PLACE_SENT, PLACE_ERROR, PLACE_NONE };

struct gammu {
    const struct od_host *host;
    const struct od_timer *timers;
    const char *folder;
    char priority;
    int64_t poll_ms;
    bool is_failing; /* the folder cannot be used */
};

/* One message that the daemon has. */
struct task {
    struct gammu *gammu;
    od_task handle;
    char name[FILE_NAME_SIZE];
    int64_t gone_ms; /* since then it is in none of the folders; 0 = it is in one */
};

/* -- Files -- */

static void path_of(const struct gammu *gammu, enum place place, const char *name, char path[PATH_SIZE])
{
    snprintf(path, PATH_SIZE, "%.300s/%s/%.127s", gammu->folder, folders[place], name);
}

static enum place place_of(const struct gammu *gammu, const char *name)
{
    char path[PATH_SIZE];

    if (name[0] == '\0')
        return PLACE_NONE;
    /* From where it goes to where it has gone: so it is not missed on its way. */
    for (enum place place = PLACE_OUTBOX; place < PLACE_NONE; place++) {
        path_of(gammu, place, name, path);
        if (access(path, F_OK) == 0)
            return place;
    }
    return PLACE_NONE;
}

/* The file of that key, of an earlier attempt. False: there is none. Cost: O(files). */
static bool find(const struct gammu *gammu, const char *key, char name[FILE_NAME_SIZE])
{
    bool is_found = false;
    char path[PATH_SIZE];

    for (enum place place = PLACE_OUTBOX; place < PLACE_NONE && !is_found; place++) {
        path_of(gammu, place, "", path);
        DIR *list = opendir(path);
        const struct dirent *entry;

        while (list != NULL && !is_found && (entry = readdir(list)) != NULL) {
            is_found = file_is_of(entry->d_name, key) && strlen(entry->d_name) < FILE_NAME_SIZE;
            if (is_found)
                snprintf(name, FILE_NAME_SIZE, "%.127s", entry->d_name);
        }
        if (list != NULL)
            closedir(list);
    }
    return is_found;
}

static bool write_all(int fd, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t count = write(fd, bytes, size);

        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return false;
        bytes += count;
        size -= (size_t)count;
    }
    return true;
}

/* The daemon takes files that begin with OUT: it sees the whole one or none. */
static bool put(const struct gammu *gammu, const char *name, const char *text)
{
    char part[PATH_SIZE], whole[PATH_SIZE];

    path_of(gammu, PLACE_OUTBOX, name, whole);
    snprintf(part, sizeof(part), "%.300s/outbox/.%.127s", gammu->folder, name);
    int fd = open(part, O_CREAT | O_TRUNC | O_WRONLY | O_NOFOLLOW | O_CLOEXEC, 0660);
    if (fd < 0)
        return false;
    bool is_whole = write_all(fd, text, strlen(text)) && fsync(fd) == 0;
    is_whole = close(fd) == 0 && is_whole && rename(part, whole) == 0;
    if (!is_whole)
        unlink(part);
    path_of(gammu, PLACE_OUTBOX, "", whole);
    fd = open(whole, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        is_whole = fsync(fd) == 0 && is_whole;
        close(fd);
    }
    return is_whole;
}

/* -- What becomes of it -- */

static void look_later(struct task *task);

static void end(struct task *task, enum od_opinion_value opinion, const char *reason)
{
    if (od_opine(task->gammu->host, task->handle, opinion, reason) != OD_OK)
        od_log(task->gammu->host, OD_LOG_ERROR, task->handle, "an end could not be reported");
}

static void fail_gone(const struct task *task)
{
    const struct od_host *host = task->gammu->host;
    struct od_failure failure = {.size = OD_FAILURE_INIT, .effect = OD_EFFECT_UNKNOWN, .retry_after_ms = OD_RETRY_NEVER, .code = "gone",
                                 .detail = "its file is in none of the daemon's folders any more"};

    if (od_report_failure(host, task->handle, &failure) != OD_OK)
        od_log(host, OD_LOG_ERROR, task->handle, "a failure could not be reported");
}

/* Somebody took it away, sent or not: it is not sent once more, and not waited for without end. */
static void look_for_gone(struct task *task)
{
    int64_t now_ms = od_now_ms(task->gammu->host);

    if (task->gone_ms == 0)
        task->gone_ms = now_ms;
    if (now_ms - task->gone_ms < GONE_MS)
        look_later(task);
    else
        fail_gone(task);
}

static void look(struct task *task)
{
    enum place place = place_of(task->gammu, task->name);

    if (place != PLACE_NONE)
        task->gone_ms = 0;
    switch (place) {
    case PLACE_OUTBOX: look_later(task); break;
    case PLACE_SENT: end(task, OD_NOT_APPLICABLE, "the modem has sent it"); break;
    case PLACE_ERROR: end(task, OD_REJECT, "the modem could not send it"); break;
    case PLACE_NONE: look_for_gone(task); break;
    }
}

static void on_due(void *self, od_task handle, void *arg)
{
    (void)self;
    (void)handle;
    look(arg);
}

static void look_later(struct task *task)
{
    struct gammu *gammu = task->gammu;

    if (od_timer_start(gammu->timers, od_now_ms(gammu->host) + gammu->poll_ms, task->handle, on_due, task, NULL) != OD_OK &&
        od_fail(gammu->host, task->handle, OD_EFFECT_DONE, "no_timer", "no timer could be started") != OD_OK)
        od_log(gammu->host, OD_LOG_ERROR, task->handle, "a failure could not be reported");
}

static struct task *task_create(struct gammu *gammu, od_task handle, const char *name)
{
    struct task *task = calloc(1, sizeof(*task));

    if (task == NULL)
        return NULL;
    task->gammu = gammu;
    task->handle = handle;
    snprintf(task->name, sizeof(task->name), "%.127s", name);
    if (od_task_set(gammu->host, handle, task) == OD_OK)
        return task;
    free(task);
    return NULL;
}

/* The daemon has it. */
static int taken(struct gammu *gammu, od_task handle, const char *name, bool is_accepted)
{
    struct task *task = task_create(gammu, handle, name);

    if (task == NULL)
        return OD_ENOMEM;
    int rc = is_accepted ? OD_OK : od_accept(gammu->host, handle, name);
    if (rc == OD_OK)
        look(task);
    return rc;
}

static int gammu_offer(void *self, const struct od_offer *offer)
{
    struct gammu *gammu = self;
    char phone[PHONE_SIZE], name[FILE_NAME_SIZE];
    const char *to, *text;

    if (od_form_text(offer, "to", &to) != OD_OK || !phone_read(to, phone))
        return od_reject(gammu->host, offer->task, "to is no telephone number");
    if (find(gammu, offer->idempotency_key, name))
        return taken(gammu, offer->task, name, false);
    if (od_form_text(offer, "text", &text) != OD_OK || *text == '\0' || strlen(text) > TEXT_MAX)
        return od_reject(gammu->host, offer->task, "the text is empty, or too long for ten parts");
    if (!file_name(gammu->priority, od_now_ms(gammu->host), phone, offer->idempotency_key, name))
        return od_reject(gammu->host, offer->task, "its key cannot stand in the name of a file");
    gammu->is_failing = !put(gammu, name, text);
    if (gammu->is_failing)
        return od_fail(gammu->host, offer->task, OD_EFFECT_UNKNOWN, "spool", "the outbox cannot be written to");
    return taken(gammu, offer->task, name, false);
}

static int gammu_resume(void *self, const struct od_offer *offer)
{
    const struct gammu *gammu = self;
    char name[FILE_NAME_SIZE] = "";

    /* The reference came back from outside: it names a file of this key, or it counts for nothing. */
    if (file_is_of(offer->external_ref, offer->idempotency_key))
        snprintf(name, sizeof(name), "%.127s", offer->external_ref);
    else if (!find(gammu, offer->idempotency_key, name))
        name[0] = '\0'; /* gone */
    return taken(self, offer->task, name, true);
}

static void gammu_release(void *self, od_task handle, const char *reason)
{
    struct gammu *gammu = self;

    (void)reason;
    free(od_task_data(gammu->host, handle));
}

/* Once the end is durable, nobody asks for the file again. */
static void gammu_answered(void *self, const struct od_answer *answer)
{
    const struct gammu *gammu = self;
    struct task *task = answer->data;
    char path[PATH_SIZE];

    if ((answer->report != OD_REPORT_OPINION && answer->report != OD_REPORT_FAIL) || task == NULL)
        return;
    bool is_over = answer->report == OD_REPORT_OPINION && answer->error == OD_OK;
    for (enum place place = PLACE_SENT; is_over && place <= PLACE_ERROR; place++) {
        path_of(gammu, place, task->name, path);
        unlink(path);
    }
    if (od_task_state_of(gammu->host, answer->task) != OD_TASK_STALE && od_task_set(gammu->host, answer->task, NULL) != OD_OK)
        od_log(gammu->host, OD_LOG_ERROR, answer->task, "the task cannot be let go");
    free(task);
}

static int gammu_open(const struct od_host *host, void **self)
{
    struct gammu *gammu = calloc(1, sizeof(*gammu));
    const char *priority = "C";

    if (gammu == NULL)
        return OD_ENOMEM;
    gammu->host = host;
    gammu->timers = od_extension(host, OD_TIMER_1);
    gammu->folder = getenv("ONEDOOR_FOLDER");
    gammu->poll_ms = 2000;
    if (od_config_text(host, "priority", &priority) != OD_OK)
        priority = "C";
    gammu->priority = priority[0];
    if (od_config_i64(host, "poll_ms", &gammu->poll_ms) != OD_OK)
        gammu->poll_ms = 2000;
    const char *why = gammu->timers == NULL                                ? "the host offers no od.timer/1"
                      : gammu->folder == NULL                              ? "the hub gave no folder: see docs/connectors/sandbox.md, folder"
                      : gammu->priority < 'A' || gammu->priority > 'Z'     ? "configuration: priority must be a letter from A to Z"
                                                                           : NULL;
    if (why != NULL) {
        od_log(host, OD_LOG_ERROR, 0, why);
        free(gammu);
        return OD_EINVAL;
    }
    *self = gammu;
    return OD_OK;
}

/* The hub resumes what is still in hand. */
static void gammu_close(void *self)
{
    struct gammu *gammu = self;

    for (od_task handle = od_task_next(gammu->host, 0); handle != 0; handle = od_task_next(gammu->host, handle))
        free(od_task_data(gammu->host, handle));
    free(gammu);
}

static void gammu_health(void *self, struct od_health *health)
{
    const struct gammu *gammu = self;

    if (!gammu->is_failing)
        return;
    health->status = OD_HEALTH_FAILING;
    snprintf(health->note, sizeof(health->note), "the outbox cannot be written to");
}

OD_PLUGIN = {OD_PLUGIN_INIT, .id = "gammu", .version = "1.0.0", .open = gammu_open, .close = gammu_close, .offer = gammu_offer,
             .resume = gammu_resume, .release = gammu_release, .answered = gammu_answered, .health = gammu_health};
