"""The system call tables against the kernel's own headers and against libseccomp, for machines we do not have too."""

import ctypes
import ctypes.util
import re
from pathlib import Path

import pytest

from envs.judges.sandbox.guest.layers import linux, seccomp

GENERIC = Path("/usr/include/asm-generic/unistd.h")  # what aarch64 uses, shipped with the headers of every machine
X86 = Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h")
TABLES = {"server": seccomp.SERVER_TABLE, "guest": seccomp.GUEST_TABLE, "other": seccomp.OTHER_TABLE}
DIRECT = {
    machine: {name: row[at] for name, row in linux.SYSCALLS.items()} for at, machine in enumerate(("x86_64", "aarch64"))
}
# Under the generic numbers these names stand for the 64-bit calls glibc knows by the shorter names.
GENERIC_NAMES = {"newfstatat": "fstatat"}


def ours(machine):
    found = dict(DIRECT[machine])
    for table in TABLES.values():
        found |= seccomp.numbers(table, machine)
    return found


def defined(header):
    text = header.read_text()
    found = {name: int(number) for name, number in re.findall(r"#define __NR_(\w+)\s+(\d+)\b", text)}
    found |= {name: int(number) for name, number in re.findall(r"#define __NR3264_(\w+)\s+(\d+)\b", text)}
    return found


@pytest.mark.parametrize(("machine", "header"), [("aarch64", GENERIC), ("x86_64", X86)])
def test_numbers_are_those_of_the_kernel_headers(machine, header):
    if not header.is_file():
        pytest.skip(f"no kernel headers at {header}")
    known = defined(header)
    for name, number in ours(machine).items():
        kernel = known.get(name, known.get(GENERIC_NAMES.get(name, name)))
        if kernel is not None:  # headers older than the call
            assert number == kernel, name
    assert len(known.keys() & ours(machine).keys()) > 100


@pytest.mark.parametrize(("machine", "architecture"), [("aarch64", 0xC00000B7), ("x86_64", 0xC000003E)])
def test_numbers_are_those_libseccomp_knows(machine, architecture):
    name = ctypes.util.find_library("seccomp")
    if name is None:
        pytest.skip("libseccomp is not installed")
    resolve = ctypes.CDLL(name).seccomp_syscall_resolve_name_arch
    assert seccomp.ARCHITECTURES[machine][1] == architecture
    unknown = []
    for call, number in ours(machine).items():
        found = resolve(ctypes.c_uint32(architecture), call.encode())
        if found == -1:  # a library older than the call
            unknown.append(call)
        else:
            assert found == number, call
    assert len(unknown) < 10, unknown


@pytest.mark.parametrize("table", TABLES.values(), ids=list(TABLES))
def test_calls_an_architecture_lacks_are_marked_so(table):
    name = ctypes.util.find_library("seccomp")
    if name is None:
        pytest.skip("libseccomp is not installed")
    resolve = ctypes.CDLL(name).seccomp_syscall_resolve_name_arch
    for call in seccomp.numbers(table, "x86_64").keys() - seccomp.numbers(table, "aarch64").keys():
        assert resolve(ctypes.c_uint32(0xC00000B7), call.encode()) < 0, call


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
@pytest.mark.parametrize("build", [seccomp.server_filter, seccomp.child_filter])
def test_filters_are_programs_the_kernel_would_take(machine, build):
    """As the kernel checks them: bounded, every jump forward and inside, every path ending in a return."""
    program = build(machine)
    assert len(program) % 8 == 0 and 0 < len(program) // 8 <= 4096
    steps = [
        (int.from_bytes(program[at : at + 2], "little"), program[at + 2], program[at + 3], program[at + 4 : at + 8])
        for at in range(0, len(program), 8)
    ]
    for at, (code, yes, no, value) in enumerate(steps):
        if code == seccomp.RET:
            continue
        reach = [int.from_bytes(value, "little")] if code == seccomp.JA else [yes, no] if code & 7 == 5 else [0]
        assert all(at + 1 + step < len(steps) for step in reach), at
    assert steps[-1][0] == seccomp.RET


def decided(program, machine, number, *arguments):
    """Returns what a filter answers to a call: a small interpreter of the instructions it is made of."""
    data = number.to_bytes(4, "little") + seccomp.ARCHITECTURES[machine][1].to_bytes(4, "little") + bytes(8)
    data += b"".join(argument.to_bytes(8, "little") for argument in (*arguments, 0, 0, 0, 0, 0, 0)[:6])
    at = value = 0
    while True:
        code, yes, no = int.from_bytes(program[at : at + 2], "little"), program[at + 2], program[at + 3]
        operand = int.from_bytes(program[at + 4 : at + 8], "little")
        at += 8
        if code == seccomp.RET:
            return operand
        if code == seccomp.LOAD:
            value = int.from_bytes(data[operand : operand + 4], "little")
        elif code == seccomp.JA:
            at += 8 * operand
        else:
            holds = {seccomp.JEQ: value == operand, seccomp.JGE: value >= operand, seccomp.JSET: bool(value & operand)}
            at += 8 * (yes if holds[code] else no)


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_what_the_filters_say_of_each_call(machine):
    server, child = seccomp.server_filter(machine), seccomp.child_filter(machine)
    known = ours(machine)
    allowed = seccomp.numbers(seccomp.SERVER_TABLE, machine) | seccomp.numbers(seccomp.GUEST_TABLE, machine)
    special = {"socketpair", "ioctl", "fcntl", "clone3"}
    for number in range(600):
        wanted = number in {n for name, n in allowed.items() if name not in special}
        if number not in {known[name] for name in special}:
            assert (decided(server, machine, number) == seccomp.RET_ALLOW) == wanted, number
    for name in ("execve", "execveat", "wait4", "pidfd_open", "setsid", "seccomp", "sendmsg"):
        assert decided(child, machine, known[name]) != seccomp.RET_ALLOW
    assert decided(child, machine, known["kill"], seccomp.OWN_PID) == seccomp.RET_ALLOW
    assert decided(child, machine, known["kill"], 1) != seccomp.RET_ALLOW
    assert decided(child, machine, known["clone"], seccomp.CLONE_THREAD) == seccomp.RET_ALLOW
    assert decided(child, machine, known["clone"], 17) != seccomp.RET_ALLOW
    other = "aarch64" if machine == "x86_64" else "x86_64"
    assert decided(server, other, known["read"]) == seccomp.RET_KILL
