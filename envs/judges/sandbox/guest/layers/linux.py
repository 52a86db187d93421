"""Linux calls the standard library does not offer, through ctypes, and the layers built on them.

Guest code: this file runs in the fork server, under a bare `python -I -S -B`, and imports nothing of the package.
Every function raises `OSError` with the name of the call that failed, so that a missing layer can be named.
Sources: landlock(7), seccomp(2), user_namespaces(7), pivot_root(2).
"""

import ctypes
import os
import platform
import struct

LIBC = ctypes.CDLL(None, use_errno=True)
LIBC.syscall.restype = ctypes.c_long

CLONE_NEWNS, CLONE_NEWCGROUP, CLONE_NEWUTS = 0x00020000, 0x02000000, 0x04000000
CLONE_NEWIPC, CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = 0x08000000, 0x10000000, 0x20000000, 0x40000000
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REMOUNT, MS_BIND = 1, 2, 4, 8, 32, 4096
MS_REC, MS_PRIVATE, MS_RELATIME = 16384, 1 << 18, 1 << 21
MNT_DETACH = 2
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_CAPBSET_DROP, PR_SET_SECUREBITS = 1, 4, 24, 28
PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL = 36, 38, 47, 4
PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 22, 2
SYSCALLS = {  # the few numbers used directly: (x86_64, aarch64)
    "pivot_root": (155, 41),
    "capget": (125, 90),
    "capset": (126, 91),
    "landlock_create_ruleset": (444, 444),
    "landlock_add_rule": (445, 445),
    "landlock_restrict_self": (446, 446),
}
MACHINE = platform.machine()
COLUMN = {"x86_64": 0, "aarch64": 1, "arm64": 1}.get(MACHINE)


def _checked(result, call):
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{call}: {os.strerror(code)}")
    return result


def syscall(name, *arguments):
    """Makes a system call of the `SYSCALLS` table and returns its result."""
    if COLUMN is None:
        raise OSError(38, f"{name}: no system call table for {MACHINE}")
    number = SYSCALLS[name][COLUMN]
    converted = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    return _checked(LIBC.syscall(ctypes.c_long(number), *converted), name)


def prctl(option, *arguments):
    """Adjusts this process by one of the options of `prctl(2)`; arguments are unsigned longs."""
    padded = (list(arguments) + [0, 0, 0, 0])[:4]
    return _checked(LIBC.prctl(option, *[ctypes.c_ulong(a) for a in padded]), f"prctl({option})")


def unshare(flags):
    """Leaves the namespaces named by `flags`."""
    _checked(LIBC.unshare(ctypes.c_int(flags)), "unshare")


def mount(source, target, kind=None, flags=0, data=None):
    """Mounts; names are text, None stands for NULL. See `mount(2)`."""
    raw = [None if text is None else os.fsencode(text) for text in (source, target, kind, data)]
    done = LIBC.mount(raw[0], raw[1], raw[2], ctypes.c_ulong(flags), raw[3])
    _checked(done, f"mount {target}")


def bind_read_only(source, target):
    """Shows `source`, a file or a folder, at `target`, which must exist, without write, setuid or devices.

    Flags the source's own mount carries are kept: a user namespace may add restrictions but not lift them.
    """
    kept = os.statvfs(source).f_flag
    flags = MS_RDONLY | MS_NOSUID | MS_NODEV | kept & (os.ST_NOEXEC | os.ST_NOATIME | os.ST_NODIRATIME)
    if kept & os.ST_RELATIME:
        flags |= MS_RELATIME
    mount(source, target, None, MS_BIND | MS_REC)
    mount(None, target, None, MS_BIND | MS_REMOUNT | flags)


def pivot_root(folder):
    """Makes the mount at `folder` the root, and lets go of the old one."""
    os.chdir(folder)
    syscall("pivot_root", b".", b".")  # the old root is now stacked on the new one and can be detached
    _checked(LIBC.umount2(b".", MNT_DETACH), "umount2")
    os.chdir("/")


def drop_capabilities():
    """Empties the bounding and ambient sets and locks the root user's powers off; `clear_capabilities` ends it."""
    try:
        prctl(PR_SET_SECUREBITS, 0x2F)  # no powers for uid 0, capabilities not restored by setuid, both locked
    except OSError:  # no CAP_SETPCAP to begin with: an ordinary user, who has nothing to lose either
        pass
    for capability in range(64):
        try:
            prctl(PR_CAPBSET_DROP, capability)
        except OSError:  # past the kernel's last capability, or no CAP_SETPCAP: no_new_privs covers that case
            break
    try:
        prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL)
    except OSError:
        pass


def clear_capabilities():
    """Empties the permitted, effective and inheritable sets of this process."""
    syscall("capset", struct.pack("Ii", 0x20080522, 0), bytes(24))


def capabilities():
    """Returns the effective capability bits of this process, read without /proc."""
    data = ctypes.create_string_buffer(24)
    syscall("capget", struct.pack("Ii", 0x20080522, 0), data)
    effective_low, _, _, effective_high, _, _ = struct.unpack("6I", data.raw)
    return effective_high << 32 | effective_low


FS_EXECUTE, FS_READ_FILE, FS_READ_DIR = 1, 4, 8
LANDLOCK_RULE_PATH_BENEATH = 1


def landlock_abi():
    """Returns the Landlock version of this kernel, at least 1.

    Raises:
        OSError: The kernel has no Landlock, or it is switched off.
    """
    return syscall("landlock_create_ruleset", 0, 0, 1)


def landlock(readable):
    """Takes away every file and network right but reading beneath the paths in `readable`.

    Connections and binds over TCP (version 4), device ioctls (5), abstract unix sockets and signals to processes
    outside (6) go as well where the kernel knows them.

    Returns:
        The Landlock version used.
    """
    abi = landlock_abi()
    files = (1 << (13 + (abi >= 2) + (abi >= 3))) - 1
    if abi >= 5:
        files |= 1 << 15
    network = 3 if abi >= 4 else 0
    scoped = 3 if abi >= 6 else 0
    attribute = struct.pack("=QQQ", files, network, scoped)
    size = 24 if abi >= 6 else 16 if abi >= 4 else 8
    ruleset = syscall("landlock_create_ruleset", attribute[:size], size, 0)
    try:
        for path in readable:
            handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
            rights = FS_READ_FILE | FS_READ_DIR if os.path.isdir(path) else FS_READ_FILE
            try:
                rule = struct.pack("=Qi", rights, handle)
                syscall("landlock_add_rule", ruleset, LANDLOCK_RULE_PATH_BENEATH, rule, 0)
            finally:
                os.close(handle)
        syscall("landlock_restrict_self", ruleset, 0)
    finally:
        os.close(ruleset)
    return abi


class Filter:
    """A BPF program ready to be installed.

    Everything is laid out when it is made: a child that had to make ctypes objects would pay ten times what the kernel
    asks for.
    """

    def __init__(self, program, open_word):
        """Takes packed `sock_filter` instructions, in which the word `open_word` is to be filled in."""
        self.buffer = ctypes.create_string_buffer(program, len(program))
        header = struct.pack("@HP", len(program) // 8, ctypes.addressof(self.buffer))
        self.header = ctypes.create_string_buffer(header, len(header))
        address = ctypes.c_ulong(ctypes.addressof(self.header))
        self.arguments = (PR_SET_SECCOMP, ctypes.c_ulong(SECCOMP_MODE_FILTER), address)
        word = struct.pack("=I", open_word)
        self.places = [at for at in range(0, len(program), 4) if program[at : at + 4] == word]

    def install(self, value=0):
        """Puts this process under the filter, with `value` filled in; no_new_privs must be set."""
        for place in self.places:
            struct.pack_into("=I", self.buffer, place, value)
        _checked(LIBC.prctl(*self.arguments), "seccomp")
