/* SPDX-License-Identifier: Apache-2.0 */
/* connect -> greeting -> EHLO -> (STARTTLS -> EHLO ->) (AUTH ->) MAIL -> RCPT -> DATA -> the letter -> dot -> QUIT
 *
 * Until the dot nothing was taken; after it, without an answer, nobody knows. */
#include "smtp.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "wait.h"

#define LINE_MAX_BYTES 2048 /* of an answer; RFC 5321 allows 512 */
#define LINES_MAX 100       /* of one answer */
#define PIECE_SIZE (16 * 1024) /* of a letter, within the time of one answer */

struct talk {
    int fd;
    unsigned timeout_ms;
    int64_t deadline_ms; /* of what is being asked */
    struct tls *tls;
    char buffer[LINE_MAX_BYTES];
    size_t filled;
    char *said;
    bool has_starttls, has_plain;
};

static int fault(struct talk *talk, const char *what)
{
    snprintf(talk->said, SMTP_SAID_MAX, "%.400s", what);
    return -1;
}

/* -- Bytes -- */

static int connect_to(struct talk *talk, const struct smtp_server *server)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct timeval wait = {.tv_sec = server->timeout_ms / 1000, .tv_usec = (suseconds_t)(server->timeout_ms % 1000) * 1000};

    if (strlen(server->socket) >= sizeof(address.sun_path))
        return fault(talk, "the path of the socket is too long");
    strcpy(address.sun_path, server->socket);
    talk->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (talk->fd < 0)
        return fault(talk, "no socket may be opened: the sandbox of the host is not in tier full");
    if (setsockopt(talk->fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait)) != 0 ||
        setsockopt(talk->fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait)) != 0)
        return fault(talk, "the socket takes no time limit");
    if (connect(talk->fd, (const struct sockaddr *)&address, sizeof(address)) != 0) {
        bool is_early = errno == ENOENT || errno == ECONNREFUSED;

        snprintf(talk->said, SMTP_SAID_MAX, "%s%s", is_early ? "egress has not made the socket yet" : "the socket of egress is out of reach: ",
                 is_early ? "" : strerror(errno));
        return -1;
    }
    return fcntl(talk->fd, F_SETFL, O_NONBLOCK) == 0 ? 0 : fault(talk, "the socket cannot be waited for");
}

static void time_start(struct talk *talk)
{
    talk->deadline_ms = wait_clock_ms() + talk->timeout_ms;
}

/* Is the call to be made again? */
static bool is_again(const struct talk *talk, long count, short events)
{
    if (count >= 0 || talk->tls != NULL)
        return false;
    return errno == EINTR || ((errno == EAGAIN || errno == EWOULDBLOCK) && wait_for(talk->fd, events, talk->deadline_ms));
}

static int write_all(struct talk *talk, const char *bytes, size_t size)
{
    while (size > 0) {
        long count = talk->tls != NULL ? tls_write(talk->tls, bytes, size, talk->deadline_ms) : send(talk->fd, bytes, size, MSG_NOSIGNAL);

        if (is_again(talk, count, POLLOUT))
            continue;
        if (count <= 0)
            return fault(talk, "the connection broke");
        bytes += count;
        size -= (size_t)count;
    }
    return 0;
}

static int fill(struct talk *talk)
{
    size_t room = sizeof(talk->buffer) - talk->filled;
    char *at = talk->buffer + talk->filled;
    long count;

    if (room == 0)
        return fault(talk, "the server's answer has a line that is too long");
    do
        count = talk->tls != NULL ? tls_read(talk->tls, at, room, talk->deadline_ms) : recv(talk->fd, at, room, 0);
    while (is_again(talk, count, POLLIN));
    if (count == 0)
        return fault(talk, "the server closed the connection");
    if (count < 0)
        return fault(talk, "no answer came in time, or the connection broke");
    talk->filled += (size_t)count;
    return 0;
}

/* One line without its end, into line. */
static int read_line(struct talk *talk, char line[LINE_MAX_BYTES])
{
    char *end;

    while ((end = memchr(talk->buffer, '\n', talk->filled)) == NULL)
        if (fill(talk) != 0)
            return -1;
    size_t size = (size_t)(end - talk->buffer), used = size + 1;
    while (size > 0 && talk->buffer[size - 1] == '\r')
        size--;
    memcpy(line, talk->buffer, size);
    line[size] = '\0';
    memmove(talk->buffer, talk->buffer + used, talk->filled - used);
    talk->filled -= used;
    return 0;
}

/* -- Questions and answers -- */

static void keep(struct talk *talk, const char *line)
{
    snprintf(talk->said, SMTP_SAID_MAX, "%.500s", line);
    for (char *byte = talk->said; *byte != '\0'; byte++)
        if ((unsigned char)*byte < ' ' || (unsigned char)*byte > '~')
            *byte = '?';
}

static void note_extension(struct talk *talk, const char *line)
{
    if (strncasecmp(line + 4, "STARTTLS", 8) == 0)
        talk->has_starttls = true;
    if (strncasecmp(line + 4, "AUTH", 4) == 0 && strcasestr(line + 8, "PLAIN") != NULL)
        talk->has_plain = true;
}

/* The code of the answer, 200..599; -1 = none. */
static int answer(struct talk *talk)
{
    char line[LINE_MAX_BYTES];

    for (int count = 0; count < LINES_MAX; count++) {
        if (read_line(talk, line) != 0)
            return -1;
        bool has_code = strspn(line, "0123456789") == 3 && line[0] >= '2' && line[0] <= '5';
        bool is_last = has_code && (line[3] == ' ' || line[3] == '\0');
        if (!has_code || (!is_last && line[3] != '-'))
            return fault(talk, "the server speaks no SMTP");
        if (line[3] != '\0')
            note_extension(talk, line);
        keep(talk, line);
        if (is_last)
            return atoi(line);
    }
    return fault(talk, "the server's answer has no end");
}

static int ask(struct talk *talk, const char *line)
{
    time_start(talk);
    return write_all(talk, line, strlen(line)) == 0 ? answer(talk) : -1;
}

static int ask_about(struct talk *talk, const char *verb, const char *what, const char *end)
{
    char line[LINE_MAX_BYTES];

    snprintf(line, sizeof(line), "%s%s%s\r\n", verb, what, end);
    return ask(talk, line);
}

static int hello(struct talk *talk, const struct smtp_server *server)
{
    talk->has_starttls = talk->has_plain = false;
    return ask_about(talk, "EHLO ", server->helo, "");
}

static int encrypt(struct talk *talk, const struct smtp_server *server)
{
    char why[128];

    time_start(talk);
    talk->tls = tls_start(server->trust, talk->fd, server->server_name, talk->deadline_ms, why);
    return talk->tls != NULL ? 0 : fault(talk, why);
}

/* What came in the clear behind the answer was put there by somebody else (RFC 3207). */
static int start_tls(struct talk *talk, const struct smtp_server *server)
{
    if (!talk->has_starttls)
        return fault(talk, "the server offers no STARTTLS, and the letter does not go in the clear");
    if (ask(talk, "STARTTLS\r\n") != 220)
        return -1;
    if (talk->filled > 0)
        return fault(talk, "bytes in the clear behind STARTTLS: somebody is between");
    return encrypt(talk, server) == 0 && hello(talk, server) == 250 ? 0 : -1;
}

static void put_base64(char *out, const unsigned char *bytes, size_t size)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    for (size_t i = 0; i < size; i += 3) {
        unsigned triple = (unsigned)bytes[i] << 16 | (i + 1 < size ? (unsigned)bytes[i + 1] << 8 : 0) | (i + 2 < size ? bytes[i + 2] : 0u);

        *out++ = digits[triple >> 18];
        *out++ = digits[triple >> 12 & 63];
        *out++ = i + 1 < size ? digits[triple >> 6 & 63] : '=';
        *out++ = i + 2 < size ? digits[triple & 63] : '=';
    }
    *out = '\0';
}

static int log_in(struct talk *talk, const struct smtp_server *server)
{
    unsigned char plain[600];
    char line[900] = "AUTH PLAIN ";
    int size = snprintf((char *)plain, sizeof(plain), "%c%s%c%s", '\0', server->user, '\0', server->password);
    int code = -1;

    if (!talk->has_plain) {
        code = fault(talk, "the server offers no AUTH PLAIN");
    } else if (talk->tls == NULL) {
        code = fault(talk, "a password does not go in the clear");
    } else if (size > 0 && (size_t)size < sizeof(plain)) {
        put_base64(line + strlen(line), plain, (size_t)size);
        strcat(line, "\r\n");
        code = ask(talk, line) == 235 ? 0 : -1;
    } else {
        code = fault(talk, "the password is too long");
    }
    explicit_bzero(plain, sizeof(plain));
    explicit_bzero(line, sizeof(line));
    return code;
}

static int open_talk(struct talk *talk, const struct smtp_server *server)
{
    if (connect_to(talk, server) != 0)
        return -1;
    time_start(talk); /* of the greeting */
    if ((server->tls == SMTP_TLS_IMPLICIT && encrypt(talk, server) != 0) || answer(talk) != 220 || hello(talk, server) != 250)
        return -1;
    if (server->tls == SMTP_TLS_STARTTLS && start_tls(talk, server) != 0)
        return -1;
    return server->user != NULL ? log_in(talk, server) : 0;
}

/* A refusal of the whole talk, or of its settings: no word about the recipient, whatever it was said to. */
static bool is_about_talk(int code)
{
    return code == 500 || (code >= 502 && code <= 504) || code == 530 || code == 535 || code == 538;
}

static int write_letter(struct talk *talk, const struct smtp_letter *letter)
{
    for (size_t at = 0, size; at < letter->size; at += size) {
        size = letter->size - at < PIECE_SIZE ? letter->size - at : PIECE_SIZE;
        time_start(talk);
        if (write_all(talk, letter->bytes + at, size) != 0)
            return -1;
    }
    return 0;
}

static enum smtp_outcome deliver(struct talk *talk, const struct smtp_letter *letter)
{
    if (ask_about(talk, "MAIL FROM:<", letter->from, ">") != 250)
        return SMTP_LATER;
    int code = ask_about(talk, "RCPT TO:<", letter->to, ">");
    if (code >= 500 && !is_about_talk(code))
        return SMTP_REFUSED;
    if (code != 250 && code != 251)
        return SMTP_LATER;
    if (ask(talk, "DATA\r\n") != 354 || write_letter(talk, letter) != 0)
        return SMTP_LATER; /* without its dot it is no letter */
    code = ask(talk, ".\r\n");
    if (code < 0)
        return SMTP_UNKNOWN;
    return code == 250 ? SMTP_TAKEN : code >= 500 && !is_about_talk(code) ? SMTP_REFUSED : SMTP_LATER;
}

enum smtp_outcome smtp_send(const struct smtp_server *server, const struct smtp_letter *letter, char said[SMTP_SAID_MAX])
{
    struct talk talk = {.fd = -1, .timeout_ms = server->timeout_ms, .said = said};
    enum smtp_outcome outcome = SMTP_LATER;
    char kept[SMTP_SAID_MAX];

    said[0] = '\0';
    if (open_talk(&talk, server) == 0)
        outcome = deliver(&talk, letter);
    if (talk.fd >= 0 && outcome != SMTP_UNKNOWN) {
        memcpy(kept, said, sizeof(kept));
        time_start(&talk);
        (void)!write_all(&talk, "QUIT\r\n", 6); /* nothing depends on it */
        memcpy(said, kept, sizeof(kept));
    }
    tls_end(talk.tls);
    if (talk.fd >= 0)
        close(talk.fd);
    return outcome;
}
