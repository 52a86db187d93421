"""A root file system with nothing in it but the interpreter's library, read-only.

Guest code. Everything keeps the path it has outside, so that a running interpreter finds its modules; the folders on
the way are made anew and belong to nobody, which is what lets an interpreter under a root-only folder be read after
the user has changed.
"""

import os

from . import linux

STAGES = ("/mnt", "/media", "/srv", "/opt", "/var", "/tmp", "/usr", "/home", "/root")


def enter(show, hide):
    """Makes the paths in `show` all there is to see, with the folders in `hide` empty, and moves in.

    Args:
        show: Existing files and folders, absolute.
        hide: Folders inside them, to be covered by empty ones.

    Raises:
        OSError: A mount was refused; the namespace must be one the caller has just made.
    """
    linux.mount(None, "/", None, linux.MS_REC | linux.MS_PRIVATE)
    stage = _stage(show)
    linux.mount("tmpfs", stage, "tmpfs", linux.MS_NOSUID | linux.MS_NODEV, "mode=755,size=256k,nr_inodes=1024")
    for path in show:
        target = stage + path
        if os.path.isdir(path):
            os.makedirs(target, 0o755, exist_ok=True)
        else:
            os.makedirs(os.path.dirname(target), 0o755, exist_ok=True)
            os.close(os.open(target, os.O_CREAT | os.O_WRONLY, 0o444))
        linux.bind_read_only(path, target)
    covers = linux.MS_RDONLY | linux.MS_NOSUID | linux.MS_NODEV
    for path in hide:
        linux.mount("tmpfs", stage + path, "tmpfs", covers, "mode=755,size=4k,nr_inodes=2")
    linux.pivot_root(stage)
    linux.mount(None, "/", None, linux.MS_REMOUNT | linux.MS_BIND | covers)


def _stage(show):
    """Returns a folder to build the new root on that hides nothing we still need to reach."""
    for folder in STAGES:
        if os.path.isdir(folder) and not any(p == folder or p.startswith(folder + "/") for p in show):
            return folder
    raise OSError(2, "no folder to mount the new root on")
