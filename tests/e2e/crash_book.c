/* SPDX-License-Identifier: Apache-2.0 */
/* A department that keeps a book: one line for each time it is shown a task, written
 * before anything else is done, so that a kill cannot take it back. It accepts, then
 * approves after delay_ms. Compiled by the tests; BOOK_ID and BOOK_VERSION name the module. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <onedoor/ext/timer.h>
#include <onedoor/plugin.h>

struct book {
    const struct od_host *host;
    const struct od_timer *timers;
    int64_t delay_ms, accept_delay_ms;
    int fd;
};

static int book_read_config(struct book *book)
{
    const char *path;
    int rc = od_config_text(book->host, "book", &path);

    if (rc == OD_OK)
        book->fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (rc == OD_OK)
        rc = od_config_i64(book->host, "delay_ms", &book->delay_ms);
    if (rc == OD_OK)
        rc = od_config_i64(book->host, "accept_delay_ms", &book->accept_delay_ms);
    return rc == OD_OK && book->fd >= 0 ? OD_OK : OD_EINVAL;
}

static int book_open(const struct od_host *host, void **self)
{
    struct book *book = calloc(1, sizeof(*book));

    int64_t open_ms = 0;

    if (book == NULL)
        return OD_ENOMEM;
    if (od_config_i64(host, "open_ms", &open_ms) == OD_OK)
        usleep((useconds_t)open_ms * 1000); /* a department that is slow to be reached */
    book->host = host;
    book->timers = od_extension(host, OD_TIMER_1);
    book->fd = -1;
    int rc = book->timers != NULL ? book_read_config(book) : OD_EUNSUPPORTED;
    if (rc == OD_OK)
        *self = book;
    else
        free(book);
    return rc;
}

static void book_close(void *self)
{
    struct book *book = self;

    close(book->fd);
    free(book);
}

static int book_note(const struct book *book, const char *what, const struct od_offer *offer)
{
    char line[256];
    int size = snprintf(line, sizeof(line), "%s %s %u %u\n", what, offer->task_number, offer->attempt, offer->flags);

    return write(book->fd, line, (size_t)size) == size ? OD_OK : OD_EIO;
}

static void on_opinion_due(void *self, od_task task, void *data)
{
    const struct book *book = self;

    (void)data;
    if (od_approve(book->host, task, NULL) != OD_OK)
        od_log(book->host, OD_LOG_WARNING, task, "the opinion could not be reported");
}

static int schedule(struct book *book, od_task task)
{
    return od_timer_start(book->timers, od_now_ms(book->host) + book->delay_ms, task, on_opinion_due, NULL, NULL);
}

static void on_accept_due(void *self, od_task task, void *data)
{
    struct book *book = self;

    (void)data;
    if (od_accept(book->host, task, "BOOK") != OD_OK || schedule(book, task) != OD_OK)
        od_log(book->host, OD_LOG_WARNING, task, "the accept could not be reported");
}

static int book_offer(void *self, const struct od_offer *offer)
{
    struct book *book = self;
    int rc = book_note(book, "offer", offer);

    if (rc != OD_OK)
        return rc;
    return od_timer_start(book->timers, od_now_ms(book->host) + book->accept_delay_ms, offer->task, on_accept_due, NULL, NULL);
}

static int book_resume(void *self, const struct od_offer *offer)
{
    struct book *book = self;
    int rc = book_note(book, "resume", offer);

    return rc == OD_OK ? schedule(book, offer->task) : rc;
}

OD_PLUGIN = {OD_PLUGIN_INIT, .id = BOOK_ID, .version = BOOK_VERSION, .open = book_open, .close = book_close,
             .offer = book_offer, .resume = book_resume};
