"""The system call filters, assembled here as classic BPF: an allow-list for the server, a second for each child.

Guest code: imports nothing of the package. Numbers come from the kernel's own tables, `unistd_64.h` for x86_64 and
`asm-generic/unistd.h` for aarch64; a dash stands for a call the architecture does not have.
"""

import errno
import struct

ARCHITECTURES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7), "arm64": (1, 0xC00000B7)}

# What only the fork server may do; each child's own filter takes these away again.
SERVER_TABLE = """
clone 56 220, clone3 435 435, wait4 61 260, waitid 247 95, kill 62 129, pidfd_open 434 434,
pidfd_send_signal 424 424, setsid 112 157, prctl 157 167, seccomp 317 277, sendmsg 46 211, recvmsg 47 212,
close_range 436 436, prlimit64 302 261, setrlimit 160 164
"""
# What an interpreter needs to read its library, compute, wait, and talk over descriptors it was given.
GUEST_TABLE = """
read 0 63, write 1 64, readv 19 65, writev 20 66, pread64 17 67, pwrite64 18 68, preadv 295 69, pwritev 296 70,
close 3 57, fstat 5 80, newfstatat 262 79, stat 4 -, lstat 6 -, statx 332 291, access 21 -, faccessat 269 48,
faccessat2 439 439, open 2 -, openat 257 56, lseek 8 62, getdents64 217 61, readlink 89 -, readlinkat 267 78,
getcwd 79 17, umask 95 166, statfs 137 43, fstatfs 138 44, mmap 9 222, munmap 11 215, mremap 25 216,
mprotect 10 226, madvise 28 233, brk 12 214, mincore 27 232, rt_sigaction 13 134, rt_sigprocmask 14 135,
rt_sigreturn 15 139, sigaltstack 131 132, rt_sigpending 127 136, rt_sigtimedwait 128 137, rt_sigsuspend 130 133,
pause 34 -, dup 32 23, dup2 33 -, dup3 292 24, pipe 22 -, pipe2 293 59, eventfd2 290 19, epoll_create1 291 20,
epoll_ctl 233 21, epoll_wait 232 -, epoll_pwait 281 22, poll 7 -, ppoll 271 73, select 23 -, pselect6 270 72,
recvfrom 45 207, sendto 44 206, shutdown 48 210, getsockopt 55 209, setsockopt 54 208, getsockname 51 204,
getpeername 52 205, clock_gettime 228 113, clock_getres 229 114, clock_nanosleep 230 115, nanosleep 35 101,
gettimeofday 96 169, time 201 -, times 100 153, getrusage 98 165, setitimer 38 103, getitimer 36 102, alarm 37 -,
sched_yield 24 124, sched_getaffinity 204 123, getpid 39 172, getppid 110 173, gettid 186 178, getuid 102 174,
geteuid 107 175, getgid 104 176, getegid 108 177, getresuid 118 148, getresgid 120 150, getgroups 115 158,
getpgrp 111 -, getpgid 121 155, getsid 124 156, uname 63 160, sysinfo 99 179, getrlimit 97 163,
getrandom 318 278, futex 202 98, set_robust_list 273 99, get_robust_list 274 100, set_tid_address 218 96,
rseq 334 293, membarrier 324 283, arch_prctl 158 -, getcpu 309 168, exit 60 93, exit_group 231 94,
restart_syscall 219 128, tgkill 234 131, fadvise64 221 223, fcntl 72 25, ioctl 16 29, socketpair 53 199
"""
# Named only to be refused or examined by the second filter.
OTHER_TABLE = "execve 59 221, execveat 322 281, fork 57 -, vfork 58 -, tkill 200 130"

# ioctls that ask about a descriptor or set its blocking mode; TIOCSTI and friends stay out.
TCGETS, TIOCGWINSZ, FIONREAD, FIONBIO, FIONCLEX, FIOCLEX = 0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451
AF_UNIX, SOCK_STREAM, SOCK_NONBLOCK, SOCK_CLOEXEC = 1, 1, 0o4000, 0o2000000
CLONE_THREAD = 0x00010000
PR_SET_NAME, PR_GET_NAME, PR_SET_VMA = 15, 16, 0x53564D41
# fcntl commands: duplicate, descriptor and status flags, pipe sizes; no locks, leases, owners or seals.
FCNTL_COMMANDS = (0, 1, 2, 3, 4, 1030, 1031, 1032)

OWN_PID = 0x7A11F00D  # no process number is this large

RET_KILL, RET_ERRNO, RET_ALLOW = 0x80000000, 0x00050000, 0x7FFF0000
LOAD, JA, JEQ, JGE, JSET, RET = 0x20, 0x05, 0x15, 0x35, 0x45, 0x06
NUMBER, ARCH, ARGUMENT = 0, 4, 16  # offsets in struct seccomp_data; arguments are 8 bytes each, little endian


def numbers(table, machine):
    """Returns {name: number} of one of the tables for `machine`, without the calls it does not have."""
    column = ARCHITECTURES[machine][0]
    found = {}
    for entry in table.replace("\n", " ").split(","):
        name, *columns = entry.split()
        if columns[column] != "-":
            found[name] = int(columns[column])
    return found


def _instruction(code, value, jump_true=0, jump_false=0):
    return struct.pack("=HBBI", code, jump_true, jump_false, value)


def _prologue(machine):
    """Kills on a foreign architecture, and on x86_64 on the x32 calls that share its architecture value."""
    program = [
        _instruction(LOAD, ARCH),
        _instruction(JEQ, ARCHITECTURES[machine][1], 1, 0),
        _instruction(RET, RET_KILL),
        _instruction(LOAD, NUMBER),
    ]
    if machine == "x86_64":
        program += [_instruction(JGE, 0x40000000, 0, 1), _instruction(RET, RET_KILL)]
    return program


def _dispatch(rules, otherwise):
    """Returns a binary search over {number: body}, each body ending in returns, and `otherwise` for the rest.

    The kernel walks a new filter once for each call there is, so that a long chain would cost every child.
    """
    if not rules:
        return otherwise
    if len(rules) == 1:
        ((number, body),) = rules.items()
        return [_instruction(JEQ, number, 0, len(body)), *body, *otherwise]
    ordered = sorted(rules)
    middle = ordered[len(ordered) // 2]
    low = _dispatch({n: rules[n] for n in ordered if n < middle}, otherwise)
    high = _dispatch({n: rules[n] for n in ordered if n >= middle}, otherwise)
    if len(low) < 256:  # how far a conditional jump reaches
        return [_instruction(JGE, middle, len(low), 0), *low, *high]
    return [_instruction(JGE, middle, 0, 1), _instruction(JA, len(low)), *low, *high]


def _argument_is(index, values, otherwise):
    """Allows the call where the low half of an argument is one of `values`, else fails it with `otherwise`."""
    program = [_instruction(LOAD, ARGUMENT + 8 * index)]
    for position, value in enumerate(values):
        program.append(_instruction(JEQ, value, len(values) - position, 0))
    return [*program, _instruction(RET, RET_ERRNO | otherwise), _instruction(RET, RET_ALLOW)]


def _null_argument(index):
    """Allows the call where an argument is a null pointer, both halves of it."""
    at = ARGUMENT + 8 * index
    refused, allowed = _instruction(RET, RET_ERRNO | errno.EPERM), _instruction(RET, RET_ALLOW)
    low = [_instruction(LOAD, at), _instruction(JEQ, 0, 0, 2)]
    high = [_instruction(LOAD, at + 4), _instruction(JEQ, 0, 1, 0)]
    return [*low, *high, refused, allowed]


def _fails(code):
    return [_instruction(RET, RET_ERRNO | code)]


def server_filter(machine):
    """Returns the allow-list every process of the sandbox lives under, as packed instructions.

    What is not on it fails with EPERM, so that honest programs see an ordinary error.
    """
    allowed = numbers(GUEST_TABLE, machine) | numbers(SERVER_TABLE, machine)
    program = _prologue(machine)
    rules = {number: [_instruction(RET, RET_ALLOW)] for number in allowed.values()}
    special = {
        "socketpair": _argument_is(0, [AF_UNIX], errno.EPERM),
        "ioctl": _argument_is(1, [TCGETS, TIOCGWINSZ, FIONREAD, FIONBIO, FIONCLEX, FIOCLEX], errno.ENOTTY),
        "fcntl": _argument_is(1, FCNTL_COMMANDS, errno.EPERM),
        "clone3": _fails(errno.ENOSYS),  # its flags lie in memory; glibc falls back to clone, whose flags do not
    }
    rules |= {allowed[name]: body for name, body in special.items()}
    return b"".join(program + _dispatch(rules, _fails(errno.EPERM)))


def child_filter(machine):
    """Returns the second filter of children: threads but no fork, no exec, and no signal but to itself.

    The child's own number is left open, as `OWN_PID`, so that a child need not assemble the program anew.
    """
    known = numbers(SERVER_TABLE, machine) | numbers(GUEST_TABLE, machine) | numbers(OTHER_TABLE, machine)
    thread = [
        _instruction(LOAD, ARGUMENT),
        _instruction(JSET, CLONE_THREAD, 1, 0),
        _instruction(RET, RET_ERRNO | errno.EPERM),
        _instruction(RET, RET_ALLOW),
    ]
    streams = [SOCK_STREAM | a | b for a in (0, SOCK_NONBLOCK) for b in (0, SOCK_CLOEXEC)]
    rules = {
        "socketpair": _argument_is(1, streams, errno.EPERM),  # a datagram could be given an address of its own
        "sendto": _null_argument(4),
        "clone": thread,
        "kill": _argument_is(0, [OWN_PID], errno.EPERM),
        "tgkill": _argument_is(0, [OWN_PID], errno.EPERM),
        "prlimit64": _argument_is(0, [0, OWN_PID], errno.EPERM),
        "prctl": _argument_is(0, [PR_SET_NAME, PR_GET_NAME, PR_SET_VMA], errno.EPERM),
    }
    refused = ["fork", "vfork", "execve", "execveat", "tkill", "pidfd_open", "pidfd_send_signal", "setsid"]
    refused += ["seccomp", "sendmsg", "recvmsg", "wait4", "waitid"]
    numbered = {known[name]: _fails(errno.EPERM) for name in refused if name in known}
    numbered |= {known[name]: body for name, body in rules.items()}
    return b"".join(_prologue(machine) + _dispatch(numbered, [_instruction(RET, RET_ALLOW)]))
