/* SPDX-License-Identifier: Apache-2.0 */
/* A program as if on another kernel: without landlock|namespaces PROGRAM [ARGUMENT...] */
#include <errno.h>
#include <sched.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

static int hide(scmp_filter_ctx filter, const char *what)
{
    if (strcmp(what, "landlock") == 0)
        return seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(landlock_create_ruleset), 0);
    if (strcmp(what, "namespaces") == 0)
        return seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(unshare), 0);
    return -1;
}

int main(int count, char **arguments)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);

    if (count < 3 || filter == NULL || seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ALLOW) != 0 ||
        hide(filter, arguments[1]) != 0 ||
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || seccomp_load(filter) != 0) {
        fprintf(stderr, "usage: without landlock|namespaces PROGRAM [ARGUMENT...]\n");
        return 2;
    }
    execv(arguments[2], arguments + 2);
    perror(arguments[2]);
    return 127;
}
