"""Which processes there are, seen through /proc."""

import glob
import time


def children(pid: int) -> list[int]:
    found = []
    for path in glob.glob("/proc/[0-9]*/stat"):
        try:
            with open(path) as file:
                if int(file.read().rpartition(")")[2].split()[1]) == pid:
                    found.append(int(path.split("/")[2]))
        except OSError:
            continue
    return found


def family(pid: int) -> list[int]:
    return [member for child in children(pid) for member in (child, *family(child))]


def alive(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait_until(condition, seconds: float = 20.0) -> bool:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.005)
    return True
