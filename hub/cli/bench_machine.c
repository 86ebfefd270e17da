/* SPDX-License-Identifier: Apache-2.0 */
/* The machine that is measured, as the system tells of it. Source: proc(5). */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "cli/bench.h"

#define TMPFS 0x01021994L
#define RAMFS 0x858458f6L
#define CHILDREN_MAX 256

bool cli_bench_is_in_memory(const char *folder)
{
    struct statfs about;

    return statfs(folder, &about) == 0 && ((long)about.f_type == TMPFS || (long)about.f_type == RAMFS);
}

/* The value behind "name : value" of a file of /proc; false when there is none. */
static bool line_find(const char *path, const char *name, char *value, size_t room)
{
    FILE *file = fopen(path, "r");
    char line[512];
    bool is_found = false;

    while (file != NULL && !is_found && fgets(line, sizeof(line), file) != NULL) {
        char *colon = strchr(line, ':');

        if (colon == NULL || strncmp(line, name, strlen(name)) != 0)
            continue;
        colon += 1 + strspn(colon + 1, " \t");
        colon[strcspn(colon, "\n")] = '\0';
        snprintf(value, room, "%s", colon);
        is_found = true;
    }
    if (file != NULL)
        fclose(file);
    return is_found;
}

/* Of a line of mountinfo: its "major:minor", and what stands behind " - ": type and source. */
static bool mount_is(char *line, unsigned major_number, unsigned minor_number, struct cli_bench_machine *machine)
{
    unsigned id, parent, major_found, minor_found;
    const char *rest = strstr(line, " - ");

    if (rest == NULL || sscanf(line, "%u %u %u:%u", &id, &parent, &major_found, &minor_found) != 4 || major_found != major_number ||
        minor_found != minor_number)
        return false;
    return sscanf(rest + 3, "%31s %127s", machine->disk_type, machine->disk_source) == 2;
}

static void disk_read(const char *folder, struct cli_bench_machine *machine)
{
    FILE *file = fopen("/proc/self/mountinfo", "r");
    struct stat about;
    char line[4096];
    bool is_found = file == NULL || stat(folder, &about) != 0;

    while (!is_found && fgets(line, sizeof(line), file) != NULL)
        is_found = mount_is(line, major(about.st_dev), minor(about.st_dev), machine);
    if (file != NULL)
        fclose(file);
}

void cli_bench_machine_read(const char *folder, struct cli_bench_machine *machine)
{
    char memory[64] = "0";
    struct utsname name;

    *machine = (struct cli_bench_machine){.cores = sysconf(_SC_NPROCESSORS_ONLN)};
    if (!line_find("/proc/cpuinfo", "model name", machine->cpu, sizeof(machine->cpu)))
        snprintf(machine->cpu, sizeof(machine->cpu), "?");
    line_find("/proc/meminfo", "MemTotal", memory, sizeof(memory));
    machine->memory_gib = strtod(memory, NULL) / (1024 * 1024);
    if (uname(&name) == 0)
        snprintf(machine->kernel, sizeof(machine->kernel), "%.60s %.60s", name.sysname, name.release);
    disk_read(folder, machine);
}

/* utime + stime, fields 14 and 15; the name before them may hold anything, a bracket too. */
static double ticks_of(pid_t pid)
{
    char path[64], line[1024], *rest;
    unsigned long user = 0, system = 0;
    FILE *file;

    snprintf(path, sizeof(path), "/proc/%ld/stat", (long)pid);
    file = fopen(path, "r");
    if (file == NULL)
        return 0;
    rest = fgets(line, sizeof(line), file) != NULL ? strrchr(line, ')') : NULL;
    if (rest != NULL && sscanf(rest + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system) != 2)
        user = system = 0;
    fclose(file);
    return (double)(user + system);
}

static double rss_mib(pid_t pid)
{
    char path[64], kib[64] = "0";

    snprintf(path, sizeof(path), "/proc/%ld/status", (long)pid);
    line_find(path, "VmRSS", kib, sizeof(kib));
    return strtod(kib, NULL) / 1024;
}

static size_t children_of_thread(pid_t pid, const char *thread, pid_t *children, size_t count)
{
    char path[64];
    long child;

    snprintf(path, sizeof(path), "/proc/%ld/task/%.16s/children", (long)pid, thread);
    FILE *file = fopen(path, "r");
    while (file != NULL && count < CHILDREN_MAX && fscanf(file, "%ld", &child) == 1)
        children[count++] = (pid_t)child;
    if (file != NULL)
        fclose(file);
    return count;
}

/* A child belongs to the thread that made it. */
static size_t children_of(pid_t pid, pid_t *children)
{
    char path[64];
    const struct dirent *entry;
    size_t count = 0;

    snprintf(path, sizeof(path), "/proc/%ld/task", (long)pid);
    DIR *threads = opendir(path);
    while (threads != NULL && (entry = readdir(threads)) != NULL)
        if (entry->d_name[0] != '.')
            count = children_of_thread(pid, entry->d_name, children, count);
    if (threads != NULL)
        closedir(threads);
    return count;
}

static double load_us(void)
{
    struct rusage usage;

    if (getrusage(RUSAGE_SELF, &usage) != 0)
        return 0;
    return 1e6 * (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) + (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

void cli_bench_sample_take(pid_t pid, struct cli_bench_sample *sample)
{
    double tick_us = 1e6 / (double)sysconf(_SC_CLK_TCK);
    pid_t children[CHILDREN_MAX];
    size_t count = pid > 0 ? children_of(pid, children) : 0;

    *sample = (struct cli_bench_sample){.load_us = load_us()};
    if (pid <= 0)
        return;
    sample->hub_us = tick_us * ticks_of(pid);
    sample->hub_mib = sample->all_mib = rss_mib(pid);
    for (size_t i = 0; i < count; i++) {
        sample->connectors_us += tick_us * ticks_of(children[i]);
        sample->all_mib += rss_mib(children[i]);
    }
}
