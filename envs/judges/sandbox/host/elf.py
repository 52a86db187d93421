"""Which shared libraries a set of ELF files needs, so that a root can hold just those.

Reads 64-bit little-endian files only, which is what Linux on x86_64 and aarch64 has. Source: elf(5).
"""

from __future__ import annotations

import mmap
import os
import struct
from collections.abc import Iterable

SEARCHED = ("/lib64", "/usr/lib64", "/lib", "/usr/lib")
PT_LOAD, PT_DYNAMIC, PT_INTERP = 1, 2, 3
DT_NEEDED, DT_STRTAB, DT_RPATH, DT_RUNPATH = 1, 5, 15, 29


def needed(path: str) -> tuple[list[str], list[str]]:
    """Returns the libraries a file needs, its loader by its full path, and the folders it says to look in."""
    with open(path, "rb") as file:
        if file.read(6) != b"\x7fELF\x02\x01":
            return [], []
        with mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as data:
            return _dynamic(data, os.path.dirname(path))


def _dynamic(data: mmap.mmap, here: str) -> tuple[list[str], list[str]]:
    """Returns what the dynamic section of an ELF file in the folder `here` names: libraries and search folders."""
    (offset,) = struct.unpack_from("<Q", data, 32)
    size, count = struct.unpack_from("<HH", data, 54)
    segments = [struct.unpack_from("<IIQQQQQQ", data, offset + size * i) for i in range(count)]
    entries: list[tuple[int, int]] = []
    for kind, _, start, _, _, length, _, _ in segments:
        if kind == PT_DYNAMIC:
            entries = [struct.unpack_from("<QQ", data, at) for at in range(start, start + length, 16)]
    table = next((value for tag, value in entries if tag == DT_STRTAB), None)
    if table is None:
        return [], []
    for kind, _, start, address, _, length, _, _ in segments:
        if kind == PT_LOAD and address <= table < address + length:
            table += start - address
            break

    def text(value: int) -> str:
        begin = table + value
        return data[begin : data.find(b"\0", begin)].decode()

    loaders = [
        data[start : start + length - 1].decode()
        for kind, _, start, _, _, length, _, _ in segments
        if kind == PT_INTERP
    ]
    names = loaders + [text(value) for tag, value in entries if tag == DT_NEEDED]
    folders = [f for tag, value in entries if tag in (DT_RPATH, DT_RUNPATH) for f in text(value).split(":")]
    return names, [f.replace("$ORIGIN", here).replace("${ORIGIN}", here) for f in folders]


def closure(paths: Iterable[str], multiarch: str | None) -> set[str]:
    """Returns the real paths of all libraries the files at `paths` need, directly or not, where they exist."""
    standard = [folder for folder in os.environ.get("LD_LIBRARY_PATH", "").split(":") if folder]
    standard += [f"{folder}/{multiarch}" for folder in ("/lib", "/usr/lib")] if multiarch else []
    standard += SEARCHED
    found: set[str] = set()
    waiting = list(paths)
    seen = set(waiting)
    while waiting:
        names, folders = needed(waiting.pop())
        for name in names:
            for folder in folders + standard:
                candidate = os.path.join(folder, name)
                if os.path.isfile(candidate):
                    if candidate not in seen:
                        seen.add(candidate)
                        found.add(candidate)
                        waiting.append(candidate)
                    break
    return found
