/* SPDX-License-Identifier: Apache-2.0 */
/* sendmsg as nng 1.5 needs it. When a client goes away between connect and the handshake, nng's
 * write fails with EPIPE; nng translates that to "closed", takes it for its own listener being
 * closed, and never accepts again: one killed client would shut the door for all. As "reset by
 * peer" the same event is what it is, a client's end, and nng goes on at once. Every program that
 * links nng dynamically may stand in front of the C library so; nothing else here calls sendmsg. */
#include <errno.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

__attribute__((visibility("default"))) ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
    ssize_t count = syscall(SYS_sendmsg, fd, message, flags);

    if (count < 0 && errno == EPIPE)
        errno = ECONNRESET;
    return count;
}
