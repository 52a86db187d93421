"""A small file system in the child's own memory, behind `open`: what a program writes it can read again.

Guest code. Nothing is writable in the sandbox; programs that keep a scratch file, or that open `/dev/stdin`, find
what they expect all the same. A name that has been written is found before the real file; every process has its own.
"""

import builtins
import errno
import io
import os

MAX_BYTES = 16 * 2**20
STANDARD = {"/dev/stdin": 0, "/dev/stdout": 1, "/dev/stderr": 2, "/proc/self/fd/0": 0, "/proc/self/fd/1": 1}
_open, _exists, _isfile, _remove, _low_open = io.open, os.path.exists, os.path.isfile, os.remove, os.open


class Files:
    """The files of one process, by absolute path."""

    def __init__(self):
        self.kept = {}

    def install(self):
        """Puts itself behind the ways of opening, finding and removing files."""
        builtins.open = io.open = self.open  # type: ignore
        os.open = self.low_open  # type: ignore
        os.path.exists = lambda path: self._name(path) in {*self.kept, *STANDARD} or _exists(path)
        os.path.isfile = lambda path: self._name(path) in self.kept or _isfile(path)
        os.remove = os.unlink = self.remove  # type: ignore

    def open(self, file, mode="r", buffering=-1, encoding=None, errors=None, newline=None, closefd=True, opener=None):
        """Opens as the built-in does."""
        name = self._name(file)
        if name in STANDARD:
            file, closefd = STANDARD[name], False
        elif file == "/dev/null":
            return self._text(io.BytesIO(), mode, encoding, errors, newline)
        elif name is not None and (name in self.kept or set(mode) & set("wax+")):
            if "x" in mode and (name in self.kept or _exists(file)):
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), file)
            if "r" not in mode or name in self.kept:
                return self._text(_Kept(self, name, mode), mode, encoding, errors, newline)
        return _open(file, mode, buffering, encoding, errors, newline, closefd, opener)

    def low_open(self, path, flags, mode=0o777, *, dir_fd=None):
        """Opens as `os.open` does."""
        name = self._name(path)
        return os.dup(STANDARD[name]) if name in STANDARD else _low_open(path, flags, mode, dir_fd=dir_fd)

    def remove(self, path, **options):
        """Removes as `os.remove` does."""
        if self.kept.pop(self._name(path), None) is None:
            _remove(path, **options)

    @staticmethod
    def _name(file):
        if isinstance(file, int):
            return None
        try:
            return os.path.abspath(os.fsdecode(file))
        except (TypeError, ValueError):
            return None

    @staticmethod
    def _text(raw, mode, encoding, errors, newline):
        if "b" in mode:
            return raw
        return io.TextIOWrapper(raw, encoding or "utf-8", errors, newline, write_through=True)


class _Kept(io.BytesIO):
    """One open file, whose content is kept as it is written."""

    def __init__(self, files, name, mode):
        super().__init__(b"" if "w" in mode else files.kept.get(name, b""))
        self.files, self.name = files, name
        if "a" in mode:
            self.seek(0, io.SEEK_END)
        if set(mode) & set("wax+"):
            self.files.kept[name] = self.getvalue()

    def write(self, data):
        """Writes, within the bounds of all files together."""
        if self.tell() + len(data) + sum(map(len, self.files.kept.values())) > MAX_BYTES:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), self.name)
        return super().write(data)

    def flush(self):
        """Keeps what has been written."""
        if not self.closed and self.name in self.files.kept:
            self.files.kept[self.name] = self.getvalue()

    def close(self):
        """Keeps what has been written and closes."""
        self.flush()
        super().close()
