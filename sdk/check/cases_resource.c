/* SPDX-License-Identifier: Apache-2.0 */
/* Memory, descriptors and threads over many tasks; and the sandbox's report. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check/suite.h"
#include "check/verdict.h"

#define ROUND_MEMORY 500  /* tasks of one round */
#define ROUND_FEW 25      /* of what grows by whole ones */
#define ROUNDS 5          /* the first two warm caches up */
#define LEAK_KIB 100      /* growth of each later round that is taken for a leak: 200 bytes a task */
#define AT_ONCE 25 /* few, so that the pools of the host find their size at once */

struct usage {
    long rss_kib, threads, descriptors;
};

static long status_line(pid_t pid, const char *key)
{
    char path[64], line[256];
    long value = -1;

    snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
    FILE *file = fopen(path, "r");
    while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
        if (strncmp(line, key, strlen(key)) == 0)
            value = strtol(line + strlen(key), NULL, 10);
    }
    if (file != NULL)
        fclose(file);
    return value;
}

/* -1 = it may not be looked at. */
static long descriptors_of(pid_t pid)
{
    char path[64];
    long count = -1;

    snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
    DIR *folder = opendir(path);
    if (folder == NULL)
        return -1;
    while (readdir(folder) != NULL)
        count++;
    closedir(folder);
    return count - 1; /* "." and ".." */
}

static struct usage usage_of(pid_t pid)
{
    return (struct usage){.rss_kib = status_line(pid, "VmRSS:"), .threads = status_line(pid, "Threads:"),
                          .descriptors = descriptors_of(pid)};
}

static void run_round(struct check_hub *hub, size_t tasks)
{
    for (size_t done = 0; done < tasks; done += AT_ONCE) {
        for (size_t i = 0, added = 0; added < AT_ONCE; i++) {
            bool is_sound = check_is_sound(hub, i % hub->subject->script.form_count) || hub->sound_forms == 0;

            if (is_sound)
                check_hub_add(hub, i);
            added += is_sound;
        }
        if (!check_hub_finish(hub))
            check_hub_must_live(hub);
        check_hub_forget(hub);
    }
}

static void measure(struct check_hub *hub, const struct check_context *context, size_t tasks, struct usage usages[ROUNDS])
{
    if (context->is_in_process)
        check_skip("it needs a process of its own: AddressSanitizer finds leaks --in-process");
    check_hub_start(hub);
    for (int i = 0; i < ROUNDS; i++) {
        run_round(hub, tasks);
        usages[i] = usage_of(hub->pid);
    }
}

static void memory(struct check_hub *hub, const struct check_context *context)
{
    struct usage at[ROUNDS];

    measure(hub, context, ROUND_MEMORY, at);
    if (at[0].rss_kib < 0)
        check_skip("its memory cannot be read");
    long least_kib = at[2].rss_kib - at[1].rss_kib;
    for (int i = 3; i < ROUNDS; i++)
        least_kib = at[i].rss_kib - at[i - 1].rss_kib < least_kib ? at[i].rss_kib - at[i - 1].rss_kib : least_kib;
    if (least_kib > LEAK_KIB)
        check_fail("free what od_task_data holds when the task ends, in answered() or where you end it, and in release()",
                   "its memory grows by %ld bytes a task", (at[ROUNDS - 1].rss_kib - at[1].rss_kib) * 1024 / ((ROUNDS - 2) * ROUND_MEMORY));
}

static void descriptors(struct check_hub *hub, const struct check_context *context)
{
    struct usage at[ROUNDS];

    measure(hub, context, ROUND_FEW, at);
    if (at[0].descriptors < 0)
        check_skip("its descriptors cannot be counted");
    if (at[3].descriptors > at[2].descriptors && at[2].descriptors > at[1].descriptors)
        check_fail("close what you open", "its open descriptors grow: %ld, %ld, %ld", at[1].descriptors,
                   at[2].descriptors, at[3].descriptors);
}

static void threads(struct check_hub *hub, const struct check_context *context)
{
    struct usage at[ROUNDS];

    measure(hub, context, ROUND_FEW, at);
    if (at[3].threads > at[2].threads && at[2].threads > at[1].threads)
        check_fail("use od_work, which keeps 4 threads for you (cookbook.md#blocking)",
                   "its threads grow: %ld, %ld, %ld", at[1].threads, at[2].threads, at[3].threads);
}

/* "onedoor-host: <id>: sandbox: your code called connect(); ...": what the host says before it dies of SIGSYS, or of
 * a call that it was refused. */
static void sandbox(struct check_hub *hub, const struct check_context *context)
{
    if (context->is_in_process)
        check_skip("there is no sandbox within this process");
    check_hub_start(hub);
    if (strcmp(hub->tier, "plain") == 0)
        check_note("tier plain: this machine cannot confine it, so its calls were not watched");
    for (size_t i = 0; i < hub->subject->script.form_count; i++)
        check_hub_add(hub, i);
    check_hub_finish(hub);
    const char *line = strstr(base_buffer_text(&hub->log), "sandbox: ");
    if (line != NULL)
        check_fail("a module has no network, no files and no children of its own (cookbook.md#http, cookbook.md#blocking)",
                   "%.*s", (int)strcspn(line + 9, "\n"), line + 9);
}

const struct check_case check_resource_cases[] = {
    {"resources.memory", "keeps its memory over 2,500 tasks", CHECK_FOR_MODULE, memory},
    {"resources.descriptors", "keeps its descriptors over 125 tasks", CHECK_FOR_MODULE, descriptors},
    {"resources.threads", "keeps its threads over 125 tasks", CHECK_FOR_MODULE, threads},
    {"sandbox.calls", "stays within its sandbox", CHECK_FOR_MODULE, sandbox},
    {.name = NULL},
};
