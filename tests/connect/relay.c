/* SPDX-License-Identifier: Apache-2.0 */
/* Takes the place of onedoor-host in tests: hands its descriptors 3 and 4 over to the
 * test, so that the test itself speaks the protocol, and lives on as the process.
 * It finds the test at <module folder>/relay.sock.
 *
 * Commands, one byte and one argument byte: 'e' exit with that status, 's' raise that
 * signal, 'l' print a line to stderr, 'b' one that
 * is not UTF-8, 'f' print that many MiB to stdout, 'c' close
 * everything and stay. When the test closes the connection the process exits with 0,
 * except after 'c'. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

struct greeting {
    int pid;
    char connector[72];
    char environment[512]; /* names, each with a space after it */
};

extern char **environ;

static int reach_test(const char *module)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    /* The module itself may lie there as a package file. */
    snprintf(address.sun_path, sizeof(address.sun_path), "%.*s/relay.sock", (int)(strrchr(module, '/') - module), module);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0)
        exit(90);
    return fd;
}

static void hand_over(int fd, struct greeting *greeting)
{
    struct iovec part = {.iov_base = greeting, .iov_len = sizeof(*greeting)};
    union {
        char bytes[CMSG_SPACE(2 * sizeof(int))];
        struct cmsghdr align;
    } control = {.bytes = {0}};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof(control.bytes)};
    struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
    const int fds[2] = {3, 4};

    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof(fds));
    memcpy(CMSG_DATA(rights), fds, sizeof(fds));
    if (sendmsg(fd, &message, 0) != (ssize_t)sizeof(*greeting))
        exit(91);
    close(3);
    close(4);
}

static void flood(unsigned mebibytes)
{
    static char block[4096];

    memset(block, 'x', sizeof(block));
    for (size_t i = 79; i < sizeof(block); i += 80)
        block[i] = '\n';
    for (unsigned i = 0; i < mebibytes * 256; i++)
        if (write(STDOUT_FILENO, block, sizeof(block)) < 0)
            exit(92);
}

static void obey(char command, unsigned char argument)
{
    switch (command) {
    case 'e': exit(argument);
    case 's': raise(argument); break;
    case 'l': fprintf(stderr, "the link to the department is down\n"); break;
    case 'b':
        /* A cut character, an overlong one, a surrogate, and one above U+10FFFF. */
        fprintf(stderr, "cut \xe6\xb6 over \xc0\xaf low \xed\xa0\x80 high \xf4\x90\x80\x80 end\n");
        break;
    case 'f': flood(argument); break;
    case 'c':
        for (;;)
            pause();
    }
}

int main(int argc, char **argv)
{
    struct greeting greeting = {.pid = (int)getpid()};
    unsigned char command[2];

    if (argc != 8 || strcmp(argv[1], "--module") != 0 || strcmp(argv[3], "--connector") != 0 ||
        strcmp(argv[5], "--min-tier") != 0 || strcmp(argv[6], "plain") != 0 || strcmp(argv[7], "--sealed") != 0)
        return 93;
    snprintf(greeting.connector, sizeof(greeting.connector), "%s", argv[4]);
    for (char **entry = environ; *entry != NULL; entry++) {
        size_t used = strlen(greeting.environment);
        snprintf(greeting.environment + used, sizeof(greeting.environment) - used, "%.*s ",
                 (int)strcspn(*entry, "="), *entry);
    }
    if (fcntl(5, F_GETFD) < 0 || fcntl(6, F_GETFD) < 0)
        return 95; /* manifest.json and module.so */
    for (int fd = 7; fd < 64; fd++)
        if (fcntl(fd, F_GETFD) >= 0)
            return 94; /* something leaked into the host */
    int fd = reach_test(argv[2]);
    hand_over(fd, &greeting);
    while (read(fd, command, sizeof(command)) == (ssize_t)sizeof(command))
        obey((char)command[0], command[1]);
    return 0;
}
