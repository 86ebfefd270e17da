/* SPDX-License-Identifier: Apache-2.0 */
/* A letter to a mail server of which the test plays the answers: what each means, and that none holds the thread. */
#include "lib/check.h"

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "smtp.h"

#define TIMEOUT_MS 300
#define DRIP_MS 60
#define DRIPS 40 /* a server that would take 2.4 s over one answer */

/* What it answers, in the order of the questions: the greeting, EHLO, MAIL, RCPT, DATA, the letter, QUIT. */
struct talk {
    const char *answers[7];
    int slow; /* index of the answer that drips, -1 = none; it never ends */
};

static char place[64], path[96];
static int door = -1;

/* A line, or the letter up to its dot. False: it hung up. */
static bool take_line(int fd, bool is_letter)
{
    char last[5] = "", byte;

    while (recv(fd, &byte, 1, 0) == 1) {
        memmove(last, last + 1, 3);
        last[3] = byte;
        if (!is_letter && byte == '\n')
            return true;
        if (is_letter && memcmp(last + 1, ".\r\n", 3) == 0 && (last[0] == '\n' || last[0] == '\0'))
            return true;
    }
    return false;
}

static void drip(int fd)
{
    struct pollfd gone = {.fd = fd, .events = POLLRDHUP};

    for (int i = 0; i < DRIPS && send(fd, "2", 1, MSG_NOSIGNAL) == 1; i++)
        if (poll(&gone, 1, DRIP_MS) > 0)
            return;
}

static void *serve(void *arg)
{
    const struct talk *talk = arg;
    int fd = accept(door, NULL, NULL);

    for (int i = 0; i < 7 && talk->answers[i] != NULL; i++) {
        if (i > 0 && !take_line(fd, i == 5))
            break;
        if (i == talk->slow)
            drip(fd);
        else if (send(fd, talk->answers[i], strlen(talk->answers[i]), MSG_NOSIGNAL) < 0)
            break;
    }
    close(fd);
    return NULL;
}

static enum smtp_outcome send_to(const struct talk *talk, char said[SMTP_SAID_MAX])
{
    const struct smtp_server server = {.socket = path, .helo = "center.gov", .server_name = "mail.gov", .tls = SMTP_TLS_NONE,
                                       .timeout_ms = TIMEOUT_MS};
    const struct smtp_letter letter = {.from = "a@b.c", .to = "d@e.f", .bytes = "Subject: x\r\n\r\neA==\r\n", .size = 20};
    pthread_t thread;
    struct talk copy = *talk;

    assert_int_equal(0, pthread_create(&thread, NULL, serve, &copy));
    enum smtp_outcome outcome = smtp_send(&server, &letter, said);
    assert_int_equal(0, pthread_join(thread, NULL));
    return outcome;
}

static void each_answer_has_its_meaning(void **state)
{
    static const struct {
        int index;
        const char *answer;
        enum smtp_outcome outcome;
        const char *why;
    } rows[] = {
        {5, "250 taken\r\n", SMTP_TAKEN, "the whole way"},
        {5, "250-one\r\n250 two\r\n", SMTP_TAKEN, "an answer of two lines"},
        {3, "251 forwarded\r\n", SMTP_TAKEN, "elsewhere"},
        {3, "550 no such user\r\n", SMTP_REFUSED, "the recipient"},
        {3, "501 5.1.3 bad address\r\n", SMTP_REFUSED, "its address"},
        {3, "450 later\r\n", SMTP_LATER, "for now"},
        {3, "503 bad sequence\r\n", SMTP_LATER, "the talk, not the recipient"},
        {3, "530 5.7.0 authentication required\r\n", SMTP_LATER, "the settings, not the recipient"},
        {3, "502 not implemented\r\n", SMTP_LATER, "the server, not the recipient"},
        {2, "550 sender\r\n", SMTP_LATER, "the sender is the center's"},
        {4, "554 no\r\n", SMTP_LATER, "before the letter"},
        {5, "554 spam\r\n", SMTP_REFUSED, "the letter"},
        {5, "452 full\r\n", SMTP_LATER, "no room now"},
        {0, "554 go away\r\n", SMTP_LATER, "the greeting"},
        {0, "hello\r\n", SMTP_LATER, "no SMTP"},
        {0, "25\r\n", SMTP_LATER, "too short for a code"},
        {1, "250_x\r\n", SMTP_LATER, "no space behind the code"},
    };
    char said[SMTP_SAID_MAX];

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct talk talk = {{"220 mail.gov\r\n", "250 hello\r\n", "250 ok\r\n", "250 ok\r\n", "354 go on\r\n", "250 taken\r\n", "221 bye\r\n"}, -1};

        talk.answers[rows[i].index] = rows[i].answer;
        CHECK_I64(rows[i].outcome, send_to(&talk, said), rows[i].why);
    }
}

/* One byte now and then: the time is that of the answer, not of the byte. */
static void a_server_that_drips_holds_nobody(void **state)
{
    static const struct {
        int slow;
        enum smtp_outcome outcome;
        const char *why;
    } rows[] = {{0, SMTP_LATER, "the greeting"}, {3, SMTP_LATER, "in the middle"}, {5, SMTP_UNKNOWN, "behind the letter: nobody knows"}};
    char said[SMTP_SAID_MAX];
    struct timespec start, end;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct talk talk = {{"220 mail.gov\r\n", "250 hello\r\n", "250 ok\r\n", "250 ok\r\n", "354 go on\r\n", "250 taken\r\n", NULL}, rows[i].slow};

        clock_gettime(CLOCK_MONOTONIC, &start);
        CHECK_I64(rows[i].outcome, send_to(&talk, said), rows[i].why);
        clock_gettime(CLOCK_MONOTONIC, &end);
        int64_t took_ms = (end.tv_sec - start.tv_sec) * 1000 + (end.tv_nsec - start.tv_nsec) / 1000000;
        CHECK(took_ms < DRIPS * DRIP_MS, rows[i].why);
        CHECK_TEXT("no answer came in time, or the connection broke", said, rows[i].why);
    }
}

static void a_line_without_end_is_cut(void **state)
{
    static char line[5000];
    struct talk talk = {{line, NULL}, -1};
    char said[SMTP_SAID_MAX];

    (void)state;
    memset(line, '2', sizeof(line) - 1);
    CHECK_I64(SMTP_LATER, send_to(&talk, said), "not read for ever");
    CHECK_TEXT("the server's answer has a line that is too long", said, "said");
}

static int open_door(void **state)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    (void)state;
    snprintf(place, sizeof(place), "/tmp/od-smtp-XXXXXX");
    assert_non_null(mkdtemp(place));
    snprintf(path, sizeof(path), "%s/smtp", place);
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    door = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    return door >= 0 && bind(door, (const struct sockaddr *)&address, sizeof(address)) == 0 && listen(door, 8) == 0 ? 0 : -1;
}

static int close_door(void **state)
{
    (void)state;
    close(door);
    unlink(path);
    return rmdir(place);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_answer_has_its_meaning),
        cmocka_unit_test(a_server_that_drips_holds_nobody),
        cmocka_unit_test(a_line_without_end_is_cut),
    };

    return cmocka_run_group_tests(tests, open_door, close_door);
}
