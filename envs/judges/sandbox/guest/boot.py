"""Starts a fork server: builds the layers around this process, proves that they hold, and serves.

Guest code. The judge sends the configuration as the first message of the control socket; the answer is either
`{"ready": ...}` with the layers in force or `{"missing": layer, "why": ...}`.
"""

import contextlib
import gc
import importlib
import json
import os
import signal
import socket
import sys

from ..crossing.wire import MAX_FRAME
from . import canary, child, serve, warm
from .layers import linux, packages, root, seccomp

NAMESPACES = linux.CLONE_NEWNS | linux.CLONE_NEWPID | linux.CLONE_NEWNET | linux.CLONE_NEWIPC
NAMESPACES |= linux.CLONE_NEWUTS | linux.CLONE_NEWCGROUP
INNER_UID = 1000


class Missing(Exception):
    """A layer that cannot be built here; carries its name."""

    def __init__(self, layer, why):
        super().__init__(layer, str(why))


def main(control_fd):
    """Runs the whole life of a fork server."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # ignored ones are inherited, and could not be waited for
    control = socket.socket(fileno=control_fd)
    message, descriptors, _, _ = socket.recv_fds(control, 1 << 20, 4)
    if not message:
        os._exit(0)
    config = json.loads(message)
    os.environ.clear()
    os.putenv("OPENBLAS_NUM_THREADS", "1")  # numpy's library would start threads that the limits refuse
    sys.argv[:] = [""]
    try:
        layers = build(config)
    except Missing as missing:
        control.send(json.dumps({"missing": missing.args[0], "why": missing.args[1]}).encode())
        os._exit(3)
    except Exception as error:  # nothing may keep the judge waiting for an answer
        control.send(json.dumps({"missing": "fork server", "why": f"{type(error).__name__}: {error}"}).encode())
        os._exit(3)
    second = child_filter() if "seccomp" in layers else None
    namespaced = bool({"namespaces", "bubblewrap"} & set(layers))
    context = child.Context(second, orphans=not namespaced)
    child.confine_all(namespaced)
    warm.up()
    gc.collect()
    gc.freeze()  # the collector of a child must not touch, and so copy, the server's pages
    ready = {"ready": True, "layers": layers, "pid": os.getpid(), "frame": MAX_FRAME}
    control.send(json.dumps(ready).encode())
    serve.serve(control, descriptors[0], context)
    os._exit(0)


def build(config):
    """Builds the layers of `config["level"]` around this process and returns their names.

    Raises:
        Missing: A layer the level promises cannot be had, or does not hold when tried.
    """
    level = config["level"]
    layers = []
    for name in config["preload"]:
        importlib.import_module(name)
    packages.install(config["packages"], config["stdlib"])
    if level == "full":
        _namespaces(config)
        layers += ["namespaces", "private root"]
    if level == "unsafe":
        return ["rlimits"]
    layers += _identity(config, level)
    if level in ("full", "no-namespaces"):
        _landlock(config)
        layers.append("landlock")
        _seccomp()
        layers.append("seccomp")
    if level == "bubblewrap":
        layers.append("bubblewrap")
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the one signal by which a job could reach process 1
        for extra, name in ((lambda: _landlock(config), "landlock"), (_seccomp, "seccomp")):
            with contextlib.suppress(Missing):  # welcome where they can be had, not part of what this level promises
                extra()
                layers.append(name)
        if "seccomp" not in layers and not config["bounded"]:
            raise Missing("process limit", "nothing here keeps a job of root's from forking without end")
    layers.append("rlimits")
    holes = canary.holes(level, child_filter() if "seccomp" in layers else None)
    if holes:
        raise Missing(holes[0], f"a probe of the finished sandbox found: {', '.join(holes)}")
    return layers


def _namespaces(config):
    uid, gid = os.getuid(), os.getgid()
    try:
        if config["outer_uid"] is None:
            linux.unshare(linux.CLONE_NEWUSER | NAMESPACES)
            _write("/proc/self/setgroups", "deny")
            _write("/proc/self/uid_map", f"{INNER_UID} {uid} 1")
            _write("/proc/self/gid_map", f"{INNER_UID} {gid} 1")
        else:
            _mapped_by_a_parent(config["outer_uid"])
            linux.unshare(NAMESPACES)
    except OSError as error:
        raise Missing("namespaces", error) from error
    try:
        root.enter(config["show"], config["hide"])
    except OSError as error:
        raise Missing("private root", error) from error
    _become_init()


def _mapped_by_a_parent(outer_uid):
    """Enters a user namespace where root is root and the private user is `outer_uid`.

    Only a process outside may write a map of two users, so one is left behind to do it.
    """
    target = os.getpid()
    entered_read, entered_write = os.pipe()
    helper = os.fork()
    if helper == 0:
        try:
            os.close(entered_write)
            os.read(entered_read, 1)
            for name in ("uid_map", "gid_map"):
                _write(f"/proc/{target}/{name}", f"0 0 1\n{INNER_UID} {outer_uid} 1")
            os._exit(0)
        except BaseException:
            os._exit(1)
    try:
        linux.unshare(linux.CLONE_NEWUSER)
    finally:
        os.close(entered_write)
        os.close(entered_read)
        status = os.waitpid(helper, 0)[1]
    if status != 0:
        raise OSError(1, "the user map of the namespace was refused")


def _become_init():
    """Forks the process that is process 1 of the namespace; this one only waits for it."""
    init = os.fork()
    if init == 0:
        return
    os.closerange(0, 256)
    os.waitpid(init, 0)
    os._exit(0)


def _identity(config, level):
    """Becomes a private user without capabilities who can gain none, and whom no debugger may attach to."""
    layers = ["no capabilities", "no new privileges"]
    try:
        linux.prctl(linux.PR_SET_NO_NEW_PRIVS, 1)
        linux.drop_capabilities()
        if level == "full" and config["outer_uid"] is not None:
            os.setgroups([])
            os.setresgid(INNER_UID, INNER_UID, INNER_UID)
            os.setresuid(INNER_UID, INNER_UID, INNER_UID)
        elif level == "no-namespaces" and config["outer_uid"] is not None and config["reachable"]:
            os.setgroups([])
            os.setresgid(config["outer_uid"], config["outer_uid"], config["outer_uid"])
            os.setresuid(config["outer_uid"], config["outer_uid"], config["outer_uid"])
            layers.append("private user")
        linux.clear_capabilities()
        linux.prctl(linux.PR_SET_DUMPABLE, 0)
        linux.prctl(linux.PR_SET_CHILD_SUBREAPER, 1)
        if level == "full":  # last, because a change of user takes it back
            linux.prctl(linux.PR_SET_PDEATHSIG, signal.SIGKILL)
    except OSError as error:
        raise Missing("no capabilities", error) from error
    if level == "full":
        layers.append("private user")
    return layers


def _landlock(config):
    try:
        linux.landlock(_readable(config))
    except OSError as error:
        raise Missing("landlock", error) from error


def _readable(config):
    """Returns the paths beneath which everything may be read: of folders with hidden ones in them the other entries."""
    hidden = set(config["hide"]) if config["level"] == "no-namespaces" else set()  # elsewhere they are covered
    readable = []
    for path in config["show"]:
        if any(os.path.dirname(folder) == path for folder in hidden):
            readable += [f"{path}/{name}" for name in os.listdir(path) if f"{path}/{name}" not in hidden]
        else:
            readable.append(path)
    return readable


def child_filter():
    """Returns the filter of children, ready to be installed."""
    return linux.Filter(seccomp.child_filter(linux.MACHINE), seccomp.OWN_PID)


def _seccomp():
    if linux.MACHINE not in seccomp.ARCHITECTURES:
        raise Missing("seccomp", f"no system call table for {linux.MACHINE}")
    try:
        linux.Filter(seccomp.server_filter(linux.MACHINE), seccomp.OWN_PID).install()
    except OSError as error:
        raise Missing("seccomp", error) from error


def _write(path, text):
    handle = os.open(path, os.O_WRONLY)
    try:
        os.write(handle, text.encode())
    finally:
        os.close(handle)
