# SPDX-License-Identifier: Apache-2.0
"""What the attack module tries (tests/sandbox/attack*.c), and which layer must stop each attempt.

`python3 tests/e2e/sandbox_attempts.py` prints the table of docs/connectors/sandbox.md."""
import errno

ROOT, LANDLOCK, FIRST, SECOND = "own root", "Landlock", "system calls", "system calls, after open()"
LIMITS, SPAWN, HUB, HOST, EGRESS = "limits", "start", "hub", "host", "egress"
EDENIED, ENOTFOUND = 6, 12  # of onedoor/error.h

# How an attempt ends in (tier full while loaded, full with a task, filtered while loaded, filtered with a task): layer and errno.
READ = ((ROOT, errno.ENOENT), (SECOND, errno.EACCES), (LANDLOCK, errno.EACCES), (SECOND, errno.EACCES))
LIST = ((LANDLOCK, errno.EACCES), (SECOND, errno.EACCES), (LANDLOCK, errno.EACCES), (SECOND, errno.EACCES))
LOADS = (None, (SECOND, errno.EACCES), None, (SECOND, errno.EACCES))
CODE = (None, (SECOND, errno.EPERM), None, (SECOND, errno.EPERM))


def call(name, number):
    """A system call with a report of its own."""
    return name, ((FIRST, number),) * 4


def quiet(number=errno.ENOSYS):
    return None, ((FIRST, number),) * 4


def later(row):
    """With a task in hand alone: before, it does not know its target."""
    name, ends = row
    return name, (None, ends[1], None, ends[3])


def with_task(layer, number):
    return None, (None, (layer, number), None, (layer, number))


FILES, NETWORK, PROCESSES, SELF = errno.EACCES, errno.EACCES, errno.EPERM, errno.EPERM
KERNEL = errno.ENOSYS

ATTEMPTS = {
    "read_shadow": ("read `/etc/shadow`", (None, READ)),
    "read_passwd": ("read `/etc/passwd`", (None, READ)),
    "read_hostname": ("read `/etc/hostname`", (None, READ)),
    "read_store": ("read the hub's store", later((None, READ))),
    "read_config": ("read the hub's configuration, with the hashes of keys", later((None, READ))),
    "read_module": ("read the code of another module", later((None, READ))),
    "write_store": ("write to the hub's store", later(call("openat", FILES))),
    "create_in_data": ("create a file in the hub's data folder", later(call("openat", FILES))),
    "create_in_tmp": ("create a file in `/tmp`", call("openat", FILES)),
    "create_unnamed": ("create a file without a name", call("openat", FILES)),
    "create_in_shm": ("create shared memory in `/dev/shm`", call("openat", FILES)),
    "read_hub_memory": ("open the hub's `/proc/<pid>/mem`", (None, READ)),
    "read_hub_environment": ("open the hub's `/proc/<pid>/environ`", (None, READ)),
    "list_hub_descriptors": ("list the hub's `/proc/<pid>/fd`", (None, READ)),
    "read_own_environment": ("open its own `/proc/self/environ`", (None, READ)),
    "read_own_maps": ("open its own `/proc/self/maps`", (None, READ)),
    "write_own_memory": ("open its own `/proc/self/mem` to write", call("openat", FILES)),
    "write_core_pattern": ("write `/proc/sys/kernel/core_pattern`", call("openat", FILES)),
    "read_device": ("open a device", (None, READ)),
    "read_terminal": ("open the terminal", call("openat", FILES)),
    "list_data": ("list the hub's data folder", later((None, READ))),
    "list_root": ("list the root folder", (None, LIST)),
    "look_at_data": ("ask whether the hub's data folder is there", (None, LOADS)),
    "link_store": ("link the hub's store", later(call("link", FILES))),
    "symlink_store": ("make a symbolic link", later(call("symlink", FILES))),
    "remove_store": ("remove a file of the hub", later(call("unlink", FILES))),
    "rename_store": ("rename a file of the hub", later(call("rename", FILES))),
    "chmod_data": ("change the mode of the hub's data folder", later(call("chmod", FILES))),
    "chown_data": ("change its owner", later(call("chown", FILES))),
    "make_folder": ("make a folder", call("mkdir", FILES)),
    "make_device": ("make a device", call("mknodat", FILES)),
    "make_fifo": ("make a named pipe", call("mknodat", FILES)),
    "truncate_store": ("truncate a file of the hub", later(call("truncate", FILES))),
    "change_folder": ("change its working folder", call("chdir", FILES)),
    "change_root": ("change its root (`chroot`)", call("chroot", FILES)),
    "mount_memory": ("mount a file system", call("mount", FILES)),
    "unmount_root": ("unmount one", call("umount2", FILES)),
    "pivot_root": ("`pivot_root`", call("pivot_root", FILES)),
    "watch_store": ("watch files (inotify)", call("inotify_init1", FILES)),
    "watch_machine": ("watch files (fanotify)", call("fanotify_init", FILES)),
    "set_quota": ("`quotactl`", call("quotactl", FILES)),
    "swap_on": ("`swapon`", call("swapon", FILES)),
    "file_by_handle": ("open a file by its handle", call("open_by_handle_at", FILES)),
    "path_of_root": ("hold a path of the machine (`O_PATH`)", (None, LOADS)),
    "code_from_file": ("map another file as code", (None, LOADS)),
    "code_from_memory": ("make memory executable", (None, CODE)),
    "memory_file": ("make a file in memory, to execute it", call("memfd_create", FILES)),
    "secret_memory": ("`memfd_secret`", call("memfd_secret", FILES)),
    "socket_inet": ("an IPv4 socket", call("socket", NETWORK)),
    "socket_inet6": ("an IPv6 socket", call("socket", NETWORK)),
    "socket_unix": ("a Unix socket", call("socket", NETWORK)),
    "socket_netlink": ("a netlink socket", call("socket", NETWORK)),
    "socket_packet": ("a packet socket", call("socket", NETWORK)),
    "socket_vsock": ("a vsock socket", call("socket", NETWORK)),
    "socket_pair": ("a pair of sockets", call("socketpair", NETWORK)),
    "connect_to_hub": ("connect to the hub's own door", later(call("connect", NETWORK))),
    "listen_to_all": ("listen", call("listen", NETWORK)),
    "pass_descriptor": ("pass a descriptor to the hub", call("sendmsg", NETWORK)),
    "trace_hub": ("trace the hub (ptrace)", call("ptrace", PROCESSES)),
    "kill_hub": ("signal the hub", call("kill", PROCESSES)),
    "kill_group": ("signal the hub's process group", call("kill", PROCESSES)),
    "kill_all": ("signal every process", call("kill", PROCESSES)),
    "kill_peer": ("signal the host of another module", later(call("kill", PROCESSES))),
    "kill_thread_of_hub": ("signal a thread of the hub (tgkill)", call("tgkill", PROCESSES)),
    "kill_thread": ("the same by tkill", call("tkill", PROCESSES)),
    "queue_signal": ("queue a signal for the hub", call("rt_sigqueueinfo", PROCESSES)),
    "open_hub_process": ("open the hub's process (`pidfd_open`)", call("pidfd_open", PROCESSES)),
    "signal_by_descriptor": ("`pidfd_send_signal`", call("pidfd_send_signal", PROCESSES)),
    "descriptor_of_hub": ("take a descriptor of the hub (`pidfd_getfd`)", call("pidfd_getfd", PROCESSES)),
    "signal_by_owner": ("have the hub signalled as owner of a socket", quiet()),
    "compare_with_hub": ("compare itself with the hub (`kcmp`)", call("kcmp", PROCESSES)),
    "read_by_vm": ("read the hub's memory (`process_vm_readv`)", call("process_vm_readv", PROCESSES)),
    "write_by_vm": ("write the hub's memory (`process_vm_writev`)", call("process_vm_writev", PROCESSES)),
    "run_shell": ("execute a program", call("execve", PROCESSES)),
    "run_descriptor": ("execute a descriptor", call("execveat", PROCESSES)),
    "run_command": ("`system`", call("system", PROCESSES)),
    "open_pipe": ("`popen`", call("popen", PROCESSES)),
    "spawn_program": ("`posix_spawn`", call("posix_spawn", PROCESSES)),
    "fork_process": ("fork", call("clone", PROCESSES)),
    "fork_by_vfork": ("vfork", call("vfork", PROCESSES)),
    "fork_by_clone": ("clone without a thread", call("clone", PROCESSES)),
    "spawn_by_clone": ("clone as vfork", quiet()),
    "fork_by_clone3": ("clone3", quiet()),
    "leave_namespace": ("make namespaces (`unshare`)", call("unshare", PROCESSES)),
    "join_namespace": ("join namespaces (`setns`)", call("setns", PROCESSES)),
    "join_group": ("join the hub's process group", call("setpgid", PROCESSES)),
    "leave_session": ("leave its session, to outlive the hub", call("setsid", PROCESSES)),
    "raise_memory": ("raise its limit of memory", quiet()),
    "raise_descriptors": ("raise its limit of descriptors", quiet()),
    "limit_hub": ("read or set the limits of the hub", quiet()),
    "raise_priority": ("a better nice value", call("setpriority", SELF)),
    "lower_hub": ("a worse nice value for the hub", call("setpriority", SELF)),
    "run_real_time": ("real-time scheduling", call("sched_setscheduler", SELF)),
    "choose_core": ("choose its cores", call("sched_setaffinity", SELF)),
    "become_root": ("`setuid`", call("setuid", SELF)),
    "become_any": ("`setresuid`", call("setresuid", SELF)),
    "take_groups": ("`setgroups`", call("setgroups", SELF)),
    "take_capabilities": ("take capabilities", call("capset", SELF)),
    "change_personality": ("`personality`", call("personality", SELF)),
    "change_segments": ("`modify_ldt`", call("modify_ldt", SELF)),
    "become_dumpable": ("become dumpable again", quiet()),
    "outlive_hub": ("switch its death with the hub off", quiet()),
    "gain_privileges": ("switch \"no new privileges\" off", quiet()),
    "allow_tracer": ("allow any process to trace it", quiet()),
    "become_reaper": ("adopt processes of others", quiet()),
    "silence_report": ("take the handler of the report away", quiet()),
    "share_memory": ("shared memory, which no limit counts", quiet()),
    "terminal_input": ("type into a terminal (`TIOCSTI`)", quiet()),
    "by_32_bit_door": ("system calls by the 32-bit door", quiet()),
    "by_x32_door": ("system calls by the x32 door", quiet()),
    "load_program": ("`bpf`", call("bpf", KERNEL)),
    "watch_counters": ("`perf_event_open`", call("perf_event_open", KERNEL)),
    "read_keys": ("read the kernel's keys", call("keyctl", KERNEL)),
    "add_key": ("add one", call("add_key", KERNEL)),
    "handle_faults": ("`userfaultfd`", call("userfaultfd", KERNEL)),
    "ring_setup": ("`io_uring_setup`", call("io_uring_setup", KERNEL)),
    "load_module": ("load a kernel module", call("init_module", KERNEL)),
    "load_kernel": ("load another kernel (kexec)", call("kexec_load", KERNEL)),
    "reboot_machine": ("reboot", call("reboot", KERNEL)),
    "read_log": ("read the kernel's log", call("syslog", KERNEL)),
    "account": ("`acct`", call("acct", KERNEL)),
    "set_clock": ("set the clock", call("settimeofday", KERNEL)),
    "set_clock_by_id": ("the same by `clock_settime`", call("clock_settime", KERNEL)),
    "set_name": ("rename the machine", call("sethostname", KERNEL)),
    "reach_ports": ("reach I/O ports (`iopl`)", call("iopl", KERNEL)),
    "share_segment": ("a System V segment", call("shmget", KERNEL)),
    "share_queue": ("a System V queue", call("msgget", KERNEL)),
    "share_semaphore": ("a System V semaphore", call("semget", KERNEL)),
    "share_messages": ("a POSIX queue", call("mq_open", KERNEL)),
    "more_threads": ("more threads than `resources.threads`", with_task(LIMITS, errno.EAGAIN)),
    "more_descriptors": ("more descriptors than `resources.descriptors`", with_task(LIMITS, errno.EMFILE)),
    "more_memory": ("more memory than `resources.memory_mib`", with_task(LIMITS, errno.ENOMEM)),
    "memory_as_stack": ("memory that grows as a stack, which no limit counts", with_task(FIRST, errno.ENOSYS)),
    "more_inherited": ("a descriptor beside those of the host", with_task(SPAWN, errno.ENOENT)),
    "more_environment": ("an environment beside `PATH`, `LANG`, `TZ`", with_task(SPAWN, errno.ENOENT)),
    "read_hidden_field": ("a form field that its manifest does not declare", with_task(HUB, errno.ENOENT)),
    "find_hidden_value": ("its value anywhere in the form", with_task(HUB, errno.ENOENT)),
    "read_applicant_name": ("the applicant's name, not declared", with_task(HUB, errno.ENOENT)),
    "use_undeclared_material": ("`od.material/1`, not declared", with_task(HOST, errno.ENOENT)),
    "secret_not_declared": ("a secret that its manifest does not name", with_task(EGRESS, EDENIED)),
    "secret_not_revealed": ("the value of a secret that it may only use", with_task(EGRESS, EDENIED)),
    "state_of_other": ("the state (`od.kv/1`) of another connector", with_task(HUB, ENOTFOUND)),
    "list_of_other": ("a list of the keys of another connector", with_task(HUB, errno.ENOENT)),
    "http_to_hub": ("HTTP to the hub's own door", with_task(EGRESS, EDENIED)),
    "http_to_other": ("HTTP to a server that its manifest does not name", with_task(EGRESS, EDENIED)),
    "http_by_method": ("another method than declared", with_task(EGRESS, EDENIED)),
    "http_by_path": ("another path than declared", with_task(EGRESS, EDENIED)),
    "http_by_climbing": ("another path, by way of `/..`", with_task(EGRESS, EDENIED)),
    "http_in_the_clear": ("`http` in place of `https`", with_task(EGRESS, EDENIED)),
    "http_to_private": ("a declared name that leads to a private address", with_task(EGRESS, EDENIED)),
}

PHASES = {("full", "loaded"): 0, ("full", "opened"): 1, ("filtered", "loaded"): 2, ("filtered", "opened"): 3}


def expected(tier, phase):
    """{name: (layer, errno)} of what is tried then."""
    place = PHASES[tier, phase]
    return {name: row[1][1][place] for name, row in ATTEMPTS.items() if row[1][1][place] is not None}


def reported():
    """The system calls and functions that the sandbox report names, of those tried while the module is loaded."""
    return {row[1][0] for row in ATTEMPTS.values() if row[1][0] is not None and row[1][1][0] is not None}


def markdown():
    lines = ["| attempt | while it is loaded | with a task in hand | in tier filtered, while it is loaded |", "| --- | --- | --- | --- |"]
    for words, (_, ends) in ATTEMPTS.values():
        cells = [end[0] if end is not None else "" for end in (ends[0], ends[1], ends[2])]
        lines.append(f"| {words} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(markdown(), end="")
