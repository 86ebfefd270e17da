/* SPDX-License-Identifier: Apache-2.0 */
/* Network, other processes, itself, the kernel. */
#include "sandbox/attack.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <mqueue.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/klog.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Calls that other machines do not have: they end as unknown ones. */
#ifndef SYS_vfork
#define SYS_vfork -1
#endif
#ifndef SYS_modify_ldt
#define SYS_modify_ldt -1
#endif
#ifndef SYS_iopl
#define SYS_iopl -1
#endif

/* The socket to the hub, found by looking at every number. -1 = none. */
static int hub_socket(void)
{
    for (int fd = 3; fd < 1024; fd++) {
        char byte;

        if (recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) >= 0 || errno == EAGAIN)
            return fd;
    }
    return -1;
}

static int socket_of(int family, int type, int protocol)
{
    int fd = socket(family, type, protocol);
    int rc = attack_result(fd);

    if (fd >= 0)
        close(fd);
    return rc;
}

static int socket_inet(void) { return socket_of(AF_INET, SOCK_STREAM, 0); }
static int socket_inet6(void) { return socket_of(AF_INET6, SOCK_DGRAM, 0); }
static int socket_unix(void) { return socket_of(AF_UNIX, SOCK_STREAM, 0); }
static int socket_netlink(void) { return socket_of(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE); }
static int socket_packet(void) { return socket_of(AF_PACKET, SOCK_RAW, 0); }
static int socket_vsock(void) { return socket_of(AF_VSOCK, SOCK_STREAM, 0); }
static int socket_pair(void) { return attack_result(socketpair(AF_UNIX, SOCK_STREAM, 0, (int[2]){0, 0})); }

/* Any socket will do: the hub's own is there. */
static int connect_to_hub(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(attack_target.port),
                                  .sin_addr = {htonl(INADDR_LOOPBACK)}};

    return attack_result(connect(hub_socket(), (const struct sockaddr *)&address, sizeof(address)));
}

static int listen_to_all(void) { return attack_result(listen(hub_socket(), 1)); }

static int pass_descriptor(void)
{
    char byte = 0, control[CMSG_SPACE(sizeof(int))] = {0};
    struct iovec part = {.iov_base = &byte, .iov_len = 0};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control)};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);

    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    return attack_result(sendmsg(hub_socket(), &message, MSG_DONTWAIT));
}

static int trace_hub(void) { return attack_result(ptrace(PTRACE_SEIZE, getppid(), NULL, NULL)); }
static int kill_hub(void) { return attack_result(kill(getppid(), 0)); }
static int kill_group(void) { return attack_result(kill(-getpgid(getppid()), 0)); }
static int kill_all(void) { return attack_result(kill(-1, 0)); }
static int kill_peer(void) { return attack_result(kill(attack_target.peer, 0)); }
static int kill_thread_of_hub(void) { return attack_result(syscall(SYS_tgkill, getppid(), getppid(), 0)); }
static int kill_thread(void) { return attack_result(syscall(SYS_tkill, getppid(), 0)); }
static int queue_signal(void) { return attack_result(sigqueue(getppid(), 0, (union sigval){.sival_int = 0})); }
static int open_hub_process(void) { return attack_result(syscall(SYS_pidfd_open, getppid(), 0)); }
static int signal_by_descriptor(void) { return attack_result(syscall(SYS_pidfd_send_signal, -1, 0, NULL, 0)); }
static int descriptor_of_hub(void) { return attack_result(syscall(SYS_pidfd_getfd, -1, 0, 0)); }
static int signal_by_owner(void) { return attack_result(fcntl(hub_socket(), F_SETOWN, getppid())); }
static int compare_with_hub(void) { return attack_result(syscall(SYS_kcmp, getpid(), getppid(), 0, 0, 0)); }

static int hub_memory(int call)
{
    char byte = 0;
    struct iovec here = {&byte, 1}, there = {&byte, 1};

    return attack_result(syscall(call, getppid(), &here, 1, &there, 1, 0));
}

static int read_by_vm(void) { return hub_memory(SYS_process_vm_readv); }
static int write_by_vm(void) { return hub_memory(SYS_process_vm_writev); }

static int run_shell(void)
{
    return attack_result(execv("/bin/no-such-program", (char *[]){(char[]){"sh"}, NULL}));
}

static int run_descriptor(void) { return attack_result(syscall(SYS_execveat, -1, "", NULL, NULL, AT_EMPTY_PATH)); }
static int run_command(void) { return attack_result(system("exit 3") < 0 ? -1 : 0); }
static int open_pipe(void) { return attack_result(popen("exit 3", "r") == NULL ? -1 : 0); }

static int spawn_program(void)
{
    pid_t pid;

    return posix_spawn(&pid, "/bin/true", NULL, NULL, (char *[]){(char[]){"true"}, NULL}, NULL);
}

static int child_result(long pid)
{
    if (pid == 0)
        _exit(0);
    return attack_result(pid);
}

static int fork_process(void) { return child_result(fork()); }
static int fork_by_vfork(void) { return child_result(syscall(SYS_vfork)); }
static int fork_by_clone(void) { return child_result(syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, 0)); }
static int spawn_by_clone(void) { return child_result(syscall(SYS_clone, CLONE_VFORK | SIGCHLD, NULL, NULL, NULL, 0)); }

static int fork_by_clone3(void)
{
    uint64_t arguments[11] = {0};

    return child_result(syscall(SYS_clone3, arguments, sizeof(arguments)));
}

static int leave_namespace(void) { return attack_result(unshare(CLONE_NEWUSER)); }
static int join_namespace(void) { return attack_result(setns(hub_socket(), 0)); }
static int join_group(void) { return attack_result(setpgid(0, getpgid(getppid()))); }
static int leave_session(void) { return attack_result(setsid()); }

static int limit_raise(int resource)
{
    struct rlimit limit = {RLIM_INFINITY, RLIM_INFINITY};

    return attack_result(setrlimit((__rlimit_resource_t)resource, &limit));
}

static int raise_memory(void) { return limit_raise(RLIMIT_DATA); }
static int raise_descriptors(void) { return limit_raise(RLIMIT_NOFILE); }

static int limit_hub(void)
{
    struct rlimit limit;

    return attack_result(prlimit(getppid(), RLIMIT_NOFILE, NULL, &limit));
}

static int raise_priority(void) { return attack_result(setpriority(PRIO_PROCESS, 0, -10)); }
static int lower_hub(void) { return attack_result(setpriority(PRIO_PROCESS, (id_t)getppid(), 19)); }

static int run_real_time(void)
{
    struct sched_param priority = {.sched_priority = 1};

    return attack_result(sched_setscheduler(0, SCHED_FIFO, &priority));
}

static int choose_core(void)
{
    cpu_set_t set;

    CPU_ZERO(&set);
    CPU_SET(0, &set);
    return attack_result(sched_setaffinity(0, sizeof(set), &set));
}

static int become_root(void) { return attack_result(syscall(SYS_setuid, 0)); }
static int become_any(void) { return attack_result(syscall(SYS_setresuid, 0, 0, 0)); }
static int take_groups(void) { return attack_result(syscall(SYS_setgroups, 0, NULL)); }
static int take_capabilities(void) { return attack_result(syscall(SYS_capset, NULL, NULL)); }
static int change_personality(void) { return attack_result(personality(READ_IMPLIES_EXEC)); }
static int change_segments(void) { return attack_result(syscall(SYS_modify_ldt, 0, NULL, 0)); }
static int become_dumpable(void) { return attack_result(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)); }
static int outlive_hub(void) { return attack_result(prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0)); }
static int gain_privileges(void) { return attack_result(prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0)); }
static int allow_tracer(void) { return attack_result(prctl(0x59616d61, -1, 0, 0, 0)); }
static int become_reaper(void) { return attack_result(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)); }
static int silence_report(void) { return attack_result(sigaction(SIGSYS, &(struct sigaction){.sa_handler = SIG_IGN}, NULL)); }
static int share_memory(void)
{
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    return page == MAP_FAILED ? errno : 0;
}

static int terminal_input(void) { return attack_result(syscall(SYS_ioctl, 2, 0x5412, "x")); }

/* The same kernel by its other doors: the 32-bit one, and the one with 32-bit pointers. */
static int by_32_bit_door(void)
{
#if defined(__x86_64__)
    long rc;

    __asm__ volatile("int $0x80" : "=a"(rc) : "a"(39L), "b"(0L), "c"(0L), "d"(0L) : "memory"); /* mkdir */
    return rc < 0 ? (int)-rc : 0;
#else
    return ENOSYS;
#endif
}

static int by_x32_door(void) { return attack_result(syscall(0x40000000 + SYS_socket, AF_INET, SOCK_STREAM, 0)); }

static int load_program(void) { return attack_result(syscall(SYS_bpf, 0, NULL, 0)); }
static int watch_counters(void) { return attack_result(syscall(SYS_perf_event_open, NULL, 0, -1, -1, 0)); }
static int read_keys(void) { return attack_result(syscall(SYS_keyctl, 0, -3, 0)); }
static int add_key(void) { return attack_result(syscall(SYS_add_key, "user", "attack", "x", 1, -3)); }
static int handle_faults(void) { return attack_result(syscall(SYS_userfaultfd, 0)); }
static int ring_setup(void) { return attack_result(syscall(SYS_io_uring_setup, 1, NULL)); }
static int load_module(void) { return attack_result(syscall(SYS_init_module, NULL, 0, "")); }
static int load_kernel(void) { return attack_result(syscall(SYS_kexec_load, 0, 0, NULL, 0)); }
static int reboot_machine(void) { return attack_result(syscall(SYS_reboot, 0, 0, 0, NULL)); }
static int read_log(void) { return attack_result(klogctl(10, NULL, 0)); }
static int account(void) { return attack_result(acct("/no-such-file")); }
static int set_clock(void) { return attack_result(syscall(SYS_settimeofday, NULL, NULL)); }
static int set_clock_by_id(void) { return attack_result(syscall(SYS_clock_settime, CLOCK_REALTIME, NULL)); }
static int set_name(void) { return attack_result(sethostname("attack", 6)); }
static int reach_ports(void) { return attack_result(syscall(SYS_iopl, 0)); }
static int share_segment(void) { return attack_result(shmget(0x4f444f52, 4096, IPC_CREAT | 0600)); }
static int share_queue(void) { return attack_result(msgget(0x4f444f52, IPC_CREAT | 0600)); }
static int share_semaphore(void) { return attack_result(semget(0x4f444f52, 1, IPC_CREAT | 0600)); }
static int share_messages(void) { return attack_result(mq_open("/onedoor-attack", O_RDONLY | O_CREAT, 0600, NULL)); }

#define EVER(name) {#name, ATTACK_EVER, name}
#define LATER(name) {#name, ATTACK_LATER, name}

const struct attack attack_calls[] = {
    EVER(socket_inet), EVER(socket_inet6), EVER(socket_unix), EVER(socket_netlink), EVER(socket_packet), EVER(socket_vsock),
    EVER(socket_pair), LATER(connect_to_hub), EVER(listen_to_all), EVER(pass_descriptor), EVER(trace_hub), EVER(kill_hub),
    EVER(kill_group), EVER(kill_all), LATER(kill_peer), EVER(kill_thread_of_hub), EVER(kill_thread), EVER(queue_signal),
    EVER(open_hub_process), EVER(signal_by_descriptor), EVER(descriptor_of_hub), EVER(signal_by_owner),
    EVER(compare_with_hub), EVER(read_by_vm), EVER(write_by_vm), EVER(run_shell), EVER(run_descriptor), EVER(run_command),
    EVER(open_pipe), EVER(spawn_program), EVER(fork_process), EVER(fork_by_vfork), EVER(fork_by_clone), EVER(spawn_by_clone),
    EVER(fork_by_clone3), EVER(leave_namespace), EVER(join_namespace), EVER(join_group), EVER(leave_session),
    EVER(raise_memory), EVER(raise_descriptors), EVER(limit_hub), EVER(raise_priority), EVER(lower_hub),
    EVER(run_real_time), EVER(choose_core), EVER(become_root), EVER(become_any), EVER(take_groups), EVER(take_capabilities),
    EVER(change_personality), EVER(change_segments), EVER(become_dumpable), EVER(outlive_hub), EVER(gain_privileges),
    EVER(allow_tracer), EVER(become_reaper), EVER(silence_report), EVER(share_memory), EVER(terminal_input),
    EVER(by_32_bit_door), EVER(by_x32_door), EVER(load_program), EVER(watch_counters), EVER(read_keys), EVER(add_key),
    EVER(handle_faults), EVER(ring_setup), EVER(load_module), EVER(load_kernel), EVER(reboot_machine), EVER(read_log),
    EVER(account), EVER(set_clock), EVER(set_clock_by_id), EVER(set_name), EVER(reach_ports), EVER(share_segment),
    EVER(share_queue), EVER(share_semaphore), EVER(share_messages),
};
const size_t attack_calls_count = sizeof(attack_calls) / sizeof(attack_calls[0]);
