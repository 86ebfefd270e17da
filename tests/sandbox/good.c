/* SPDX-License-Identifier: Apache-2.0 */
/* A module of good will, which uses of the C library what connectors use: nothing of it
 * may be refused. What fails comes as reason of a reject. */
#include <errno.h>
#include <execinfo.h>
#include <iconv.h>
#include <locale.h>
#include <poll.h>
#include <pthread.h>
#include <regex.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include <onedoor/plugin.h>

static struct good {
    const struct od_host *host;
    iconv_t from_gb18030;
    od_task task;
    int worked;
} good;

/* Until open() returns there are libraries, locales and conversions. */
static int good_open(const struct od_host *host, void **self)
{
    struct tm local;
    time_t now = time(NULL);

    good.host = host;
    good.from_gb18030 = iconv_open("UTF-8", "GB18030");
    tzset();
    localtime_r(&now, &local);
    *self = &good;
    return good.from_gb18030 != (iconv_t)-1 && setlocale(LC_ALL, "C.UTF-8") != NULL ? OD_OK : OD_EUNSUPPORTED;
}

static void good_close(void *self)
{
    (void)self;
    iconv_close(good.from_gb18030);
}

static const char *convert(void)
{
    char in[] = "\xb9\xab\xb0\xb2\xbe\xd6", out[64] = "", *from = in, *to = out;
    size_t left = sizeof(in) - 1, room = sizeof(out) - 1;

    if (iconv(good.from_gb18030, &from, &left, &to, &room) != 0 || strcmp(out, "\u516c\u5b89\u5c40") != 0)
        return "iconv";
    return NULL;
}

static const char *tell_time(void)
{
    char text[64];
    struct tm local;
    time_t now = time(NULL);
    struct timespec moment = {0, 1000000};

    if (localtime_r(&now, &local) == NULL || strftime(text, sizeof(text), "%F %T %z", &local) == 0)
        return "strftime";
    return nanosleep(&moment, NULL) == 0 && clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &moment) == 0 ? NULL : "nanosleep";
}

static const char *match(void)
{
    regex_t pattern;

    if (regcomp(&pattern, "^[0-9]+-[A-Z]$", REG_EXTENDED) != 0)
        return "regcomp";
    int rc = regexec(&pattern, "20261129-A", 0, NULL, 0);
    regfree(&pattern);
    return rc == 0 ? NULL : "regexec";
}

static const char *allocate(void)
{
    char *block = malloc(8 << 20), *text = NULL;
    unsigned char random[16];
    size_t size = 0;

    if (block == NULL)
        return "malloc";
    memset(block, 1, 8 << 20);
    block = realloc(block, 16 << 20);
    free(block);
    FILE *memory = open_memstream(&text, &size);
    if (memory == NULL || fprintf(memory, "%.3f %ls", 1.5, L"\u516c") < 0 || fclose(memory) != 0)
        return "open_memstream";
    free(text);
    return getrandom(random, sizeof(random), 0) == sizeof(random) ? NULL : "getrandom";
}

static const char *wait_for_events(void)
{
    int event = eventfd(1, EFD_CLOEXEC), timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC), ends[2];
    struct pollfd one = {.fd = event, .events = POLLIN};
    bool is_fine = event >= 0 && timer >= 0 && poll(&one, 1, 1000) == 1 && pipe(ends) == 0 && close(ends[0]) == 0 &&
                   close(ends[1]) == 0;

    close(event);
    close(timer);
    return is_fine ? NULL : "eventfd, timerfd or pipe";
}

static void *end_early(void *arg)
{
    pthread_setname_np(pthread_self(), "good");
    pthread_exit(arg);
}

static void *wait_for_ever(void *arg)
{
    for (;;)
        pause();
    return arg;
}

static const char *use_threads(void)
{
    pthread_t early, cancelled;
    void *result = NULL, *frames[8];

    if (pthread_create(&early, NULL, end_early, &good) != 0 || pthread_join(early, &result) != 0 || result != &good)
        return "pthread_exit";
    if (pthread_create(&cancelled, NULL, wait_for_ever, NULL) != 0 || pthread_cancel(cancelled) != 0 ||
        pthread_join(cancelled, &result) != 0 || result != PTHREAD_CANCELED)
        return "pthread_cancel";
    return backtrace(frames, 8) > 0 ? NULL : "backtrace";
}

static const char *ask_itself(void)
{
    struct rlimit limit;
    struct rusage usage;
    struct sigaction action = {.sa_handler = SIG_IGN};

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || getrusage(RUSAGE_SELF, &usage) != 0 || sysconf(_SC_NPROCESSORS_ONLN) < 1)
        return "getrlimit, getrusage or sysconf";
    return sigaction(SIGUSR1, &action, NULL) == 0 && raise(SIGUSR1) == 0 ? NULL : "sigaction or raise";
}

static void on_work(void *arg)
{
    const struct timespec moment = {0, 5000000};

    (void)arg;
    nanosleep(&moment, NULL);
    good.worked = 1;
}

static void on_worked(void *arg)
{
    int rc = good.worked == 1 ? od_approve(good.host, good.task, NULL) : od_reject(good.host, good.task, "od_work");

    (void)arg;
    if (rc != OD_OK)
        od_log(good.host, OD_LOG_ERROR, 0, "the task went away");
}

static int good_offer(void *self, const struct od_offer *offer)
{
    static const char *(*const uses[])(void) = {convert,         tell_time,   match,     allocate,
                                                wait_for_events, use_threads, ask_itself};

    (void)self;
    printf("this is printed to stdout, whole by whole line\n");
    for (size_t i = 0; i < sizeof(uses) / sizeof(uses[0]); i++) {
        const char *failed = uses[i]();

        if (failed != NULL)
            return od_reject(good.host, offer->task, failed);
    }
    good.task = offer->task;
    return od_work(good.host, on_work, on_worked, NULL);
}

OD_PLUGIN = {OD_PLUGIN_INIT, .id = "good", .version = "1.0.0", .open = good_open, .close = good_close, .offer = good_offer};
