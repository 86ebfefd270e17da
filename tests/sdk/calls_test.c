/* SPDX-License-Identifier: Apache-2.0 */
/* What the filter of system calls says on each kind of machine, without one of it: libseccomp writes the program of any, and
 * a small interpreter asks it. */
#include "lib/check.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/confine_inside.h"

#define PROGRAM_MAX 4096
#define UNKNOWN UINT32_MAX

static const struct machine {
    uint32_t arch;
    const char *name;
} machines[] = {
    {SCMP_ARCH_X86_64, "x86-64"},
    {SCMP_ARCH_AARCH64, "aarch64"},
#ifdef SCMP_ARCH_RISCV64
    {SCMP_ARCH_RISCV64, "riscv64"},
#endif
};

static uint32_t arch_wanted;
static struct sock_filter program[PROGRAM_MAX];
static size_t program_size;

/* The linker puts these in place of the library's (--wrap). */
scmp_filter_ctx __real_seccomp_init(uint32_t action);
scmp_filter_ctx __wrap_seccomp_init(uint32_t action);
int __wrap_seccomp_load(const scmp_filter_ctx filter);

scmp_filter_ctx __wrap_seccomp_init(uint32_t action)
{
    scmp_filter_ctx filter = __real_seccomp_init(action);

    assert_non_null(filter);
    if (arch_wanted != seccomp_arch_native()) {
        assert_int_equal(0, seccomp_arch_remove(filter, SCMP_ARCH_NATIVE));
        assert_int_equal(0, seccomp_arch_add(filter, arch_wanted));
    }
    return filter;
}

int __wrap_seccomp_load(const scmp_filter_ctx filter)
{
    int fd = memfd_create("filter", MFD_CLOEXEC);

    assert_true(fd >= 0);
    assert_int_equal(0, seccomp_export_bpf(filter, fd));
    ssize_t size = pread(fd, program, sizeof(program), 0);
    close(fd);
    assert_true(size > 0 && (size_t)size < sizeof(program));
    program_size = (size_t)size / sizeof(program[0]);
    return 0;
}

static bool is_met(const struct sock_filter *step, uint32_t word)
{
    switch (BPF_OP(step->code)) {
    case BPF_JEQ: return word == step->k;
    case BPF_JGT: return word > step->k;
    case BPF_JGE: return word >= step->k;
    case BPF_JSET: return (word & step->k) != 0;
    default: fail_msg("a jump of kind %u", step->code); return false;
    }
}

static uint32_t ask(const struct seccomp_data *data)
{
    uint32_t word = 0;

    for (size_t at = 0; at < program_size; at++) {
        const struct sock_filter *step = &program[at];

        switch (BPF_CLASS(step->code)) {
        case BPF_LD: memcpy(&word, (const char *)data + step->k, sizeof(word)); break;
        case BPF_ALU:
            assert_int_equal(BPF_AND, BPF_OP(step->code));
            word &= step->k;
            break;
        case BPF_JMP: at += BPF_OP(step->code) == BPF_JA ? step->k : is_met(step, word) ? step->jt : step->jf; break;
        case BPF_RET: return step->k;
        default: fail_msg("a step of kind %u", step->code);
        }
    }
    fail_msg("the program has no end");
    return UNKNOWN;
}

/* UNKNOWN: this machine has no such call. */
static uint32_t answer(const struct machine *machine, const char *call, const uint64_t arguments[6])
{
    int number = seccomp_syscall_resolve_name_arch(machine->arch, call);
    struct seccomp_data data = {.nr = number, .arch = machine->arch};

    memcpy(data.args, arguments, sizeof(data.args));
    return number >= 0 ? ask(&data) : UNKNOWN;
}

#define ALLOW SECCOMP_RET_ALLOW
#define TRAP SECCOMP_RET_TRAP
#define ABSENT (SECCOMP_RET_ERRNO | ENOSYS)
#define THREAD (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM | CLONE_SETTLS)
#define MAP_OWN (MAP_PRIVATE | MAP_ANONYMOUS)

static void each_machine_says_the_same(void **state)
{
    static const struct {
        const char *call;
        uint64_t arguments[6];
        uint32_t alone, with_all; /* of a module with nothing; with sockets and a folder */
        const char *why;
    } rows[] = {
        {"read", {0}, ALLOW, ALLOW, "what is open"},
        {"openat", {0, 0, O_RDONLY}, ALLOW, ALLOW, "where Landlock lets it"},
        {"openat", {0, 0, O_WRONLY}, TRAP, ALLOW, "to write"},
        {"openat", {0, 0, O_CREAT}, TRAP, ALLOW, "to make"},
        {"open", {0, O_RDWR}, TRAP, ALLOW, "the old call, where there is one"},
        {"newfstatat", {0}, ALLOW, ALLOW, "to look"},
        {"mkdirat", {0}, TRAP, ALLOW, "a folder"},
        {"renameat2", {0}, TRAP, ALLOW, "to move"},
        {"unlinkat", {0}, TRAP, ALLOW, "to remove"},
        {"fsync", {0}, ABSENT, ALLOW, "to flush"},
        {"memfd_create", {0}, TRAP, TRAP, "memory that does not count"},
        {"mmap", {0, 1, PROT_READ | PROT_WRITE, MAP_OWN}, ALLOW, ALLOW, "its own memory"},
        {"mmap", {0, 1, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS}, ABSENT, ABSENT, "memory that does not count"},
        {"mmap", {0, 1, PROT_READ, MAP_SHARED}, ALLOW, ALLOW, "a library"},
        {"ppoll", {0}, ALLOW, ALLOW, "to wait"},
        {"futex", {0}, ALLOW, ALLOW, "to wait for a thread"},
        {"clone", {THREAD}, ALLOW, ALLOW, "a thread"},
        {"clone", {SIGCHLD}, TRAP, TRAP, "a process"},
        {"clone", {THREAD | CLONE_NEWUSER}, ABSENT, ABSENT, "a namespace"},
        {"clone3", {0}, ABSENT, ABSENT, "not to be looked into: the C library falls back"},
        {"execve", {0}, TRAP, TRAP, "a program"},
        {"ptrace", {0}, TRAP, TRAP, "another's memory"},
        {"kill", {1}, TRAP, TRAP, "another process"},
        {"prlimit64", {0, 0, 0}, ALLOW, ALLOW, "to look at its limits"},
        {"prlimit64", {0, 0, 4096}, ABSENT, ABSENT, "to change them"},
        {"prctl", {PR_SET_NAME}, ALLOW, ALLOW, "the name of a thread"},
        {"prctl", {PR_SET_DUMPABLE}, ABSENT, ABSENT, "who may look at it"},
        {"fcntl", {0, F_GETFL}, ALLOW, ALLOW, "flags"},
        {"fcntl", {0, F_SETLK}, ABSENT, ALLOW, "a lock in its folder"},
        {"ioctl", {0, FIONBIO}, ALLOW, ALLOW, "a socket that does not block"},
        {"ioctl", {0, TIOCSTI}, ABSENT, ABSENT, "a terminal"},
        {"socket", {AF_UNIX}, TRAP, ALLOW, "egress"},
        {"socket", {AF_INET}, TRAP, TRAP, "the network"},
        {"connect", {0}, TRAP, ALLOW, "egress"},
        {"sendto", {0, 0, 0, 0, 0}, ALLOW, ALLOW, "the hub"},
        {"sendto", {0, 0, 0, 0, 4096}, ABSENT, ABSENT, "somebody else"},
        {"rt_sigaction", {SIGSEGV}, ALLOW, ALLOW, "its own signals"},
        {"rt_sigaction", {SIGSYS}, ABSENT, ABSENT, "not that of the report"},
        {"unshare", {0}, TRAP, TRAP, "a namespace"},
        {"bpf", {0}, TRAP, TRAP, "the kernel"},
        {"io_uring_setup", {0}, TRAP, TRAP, "calls past the filter"},
        {"exit_group", {0}, ALLOW, ALLOW, "the end"},
    };
    struct host_confine_options alone = {.has_net = false}, all = {.has_net = true, .folder = "/folder"};
    char why[HOST_REASON_SIZE], text[160];

    (void)state;
    for (size_t machine = 0; machine < COUNT(machines); machine++)
        for (int is_all = 0; is_all < 2; is_all++) {
            size_t known = 0;

            arch_wanted = machines[machine].arch;
            assert_int_equal(OD_OK, host_confine_calls(is_all ? &all : &alone, true, why));
            for (size_t i = 0; i < COUNT(rows); i++) {
                uint32_t said = answer(&machines[machine], rows[i].call, rows[i].arguments);

                snprintf(text, sizeof(text), "%s: %s, %s", machines[machine].name, rows[i].call, rows[i].why);
                known += said != UNKNOWN;
                if (said != UNKNOWN)
                    CHECK_I64(is_all ? rows[i].with_all : rows[i].alone, said, text);
            }
            CHECK(known >= COUNT(rows) - 1, machines[machine].name); /* open(2) alone is not everywhere */
        }
}

/* Numbers of one machine are never read as those of another. */
static void a_call_of_another_machine_is_none(void **state)
{
    struct host_confine_options options = {.has_net = true};
    struct seccomp_data data = {.nr = 0};
    char why[HOST_REASON_SIZE];

    (void)state;
    for (size_t machine = 0; machine < COUNT(machines); machine++) {
        arch_wanted = machines[machine].arch;
        assert_int_equal(OD_OK, host_confine_calls(&options, true, why));
        for (size_t other = 0; other < COUNT(machines); other++) {
            data.arch = machines[other].arch;
            for (data.nr = 0; other != machine && data.nr < 512; data.nr++)
                CHECK_I64(ABSENT, ask(&data), machines[machine].name);
        }
    }
}

static void nothing_is_loaded_when_it_is_open(void **state)
{
    static const struct {
        const char *call;
        uint64_t arguments[6];
        uint32_t answer;
    } rows[] = {
        {"openat", {0}, TRAP}, {"mmap", {0, 1, PROT_EXEC}, TRAP}, {"mprotect", {0, 1, PROT_EXEC}, TRAP}, {"seccomp", {0}, TRAP},
        {"newfstatat", {0}, SECCOMP_RET_ERRNO | EACCES}, {"mmap", {0, 1, PROT_READ}, ALLOW}, {"read", {0}, ALLOW},
    };

    (void)state;
    if (HOST_IS_SANITIZED)
        skip();
    for (size_t machine = 0; machine < COUNT(machines); machine++) {
        arch_wanted = machines[machine].arch;
        assert_int_equal(OD_OK, host_confine_calls_tighten(false));
        for (size_t i = 0; i < COUNT(rows); i++)
            CHECK_I64(rows[i].answer, answer(&machines[machine], rows[i].call, rows[i].arguments), machines[machine].name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_machine_says_the_same),
        cmocka_unit_test(a_call_of_another_machine_is_none),
        cmocka_unit_test(nothing_is_loaded_when_it_is_open),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
