"""The Hugging Face hub as policies come from it: a name with a revision, a snapshot, one line for every refusal.

Imports no torch.
"""

from __future__ import annotations

import contextlib
import functools
import os
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from envs.core.errors import UsageError

_REPO = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9_][\w.-]{0,95}", re.ASCII)
_REVISION = re.compile(r"\w[\w./-]{0,249}", re.ASCII)
_BLURRED = re.compile(r"--|\.\.|//|[.-](?:/|$)|\.git$|\.lock$")
_LONGEST = 200
_WEIGHTS = ("*.safetensors", "*.bin")
_BESIDE = ("*.json", "*.jinja", "*.model", "*.txt", "*.tiktoken", "README.md")
_ELSEWHERE = ("*/*", "consolidated*", "*.fp16.*", "training_args*", "optimizer*", "scheduler*")
_COMMIT = re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True, slots=True)
class HubName:
    """A model on the hub.

    Attributes:
        repo: `OWNER/NAME`.
        revision: Branch, tag or commit; None for the main branch.
    """

    repo: str
    revision: str | None = None

    def __str__(self) -> str:
        return self.repo if self.revision is None else f"{self.repo}@{self.revision}"


def hub_name(name: str) -> HubName | None:
    """Returns what a name stands for on the hub, `OWNER/NAME` or `OWNER/NAME@REVISION`; None where it can be none.

    Whether a folder has that name, too, is the caller's question: a path is a path first.
    """
    repo, at, revision = name.partition("@")
    if not _REPO.fullmatch(repo) or _BLURRED.search(repo):
        return None
    if at and (not _REVISION.fullmatch(revision) or _BLURRED.search(revision)):
        return None
    return HubName(repo, revision if at else None)


def patience_s() -> float:
    """Returns how long the hub is waited for, in seconds, at every question: HF_HUB_ETAG_TIMEOUT, 10 if it is unset."""
    from huggingface_hub import constants

    return float(constants.HF_HUB_ETAG_TIMEOUT)


@contextlib.contextmanager
def patient(answer_s: float, in_all_s: float | None = None) -> Iterator[None]:
    """While active, no request of huggingface_hub waits for ever, which is what its own client does.

    Args:
        answer_s: Longest silence of the other side, in seconds.
        in_all_s: No request is begun later than this after the start; the library asks again without an end where it is
            told that somebody else is creating the repository.
    """
    from huggingface_hub.utils import get_session

    session: Any = get_session()
    before, hooks, until = session.timeout, session.event_hooks, time.monotonic() + (in_all_s or 0)

    def in_time(request: Any) -> None:
        if in_all_s is not None and time.monotonic() > until:
            raise TimeoutError(f"no answer within {in_all_s:g} s")

    session.timeout = answer_s
    session.event_hooks = {**hooks, "request": [*hooks.get("request", []), in_time]}
    try:
        yield
    finally:
        session.timeout, session.event_hooks = before, hooks


def reason_of(error: BaseException) -> str:
    """Returns why the hub could not be had, in one short line without the token; what a server says is not trusted."""
    status = status_of(error)
    text = " ".join(str(error).split()) or type(error).__name__
    for name in ("ConnectTimeout", "ReadTimeout", "WriteTimeout", "PoolTimeout"):
        if any(type(one).__name__ == name for one in _chain(error)):
            text = "it does not answer"
    if status is not None:
        said = next((m for one in _chain(error) if (m := getattr(one, "server_message", None))), "")
        text = f"{status} {' '.join(str(said).split())}".strip()
    text = "".join(letter if letter.isprintable() else "?" for letter in text)
    for secret in _tokens():
        text = text.replace(secret, "...")
    return text[:_LONGEST]


def status_of(error: BaseException) -> int | None:
    """Returns the HTTP status that an error, or what it was raised from, comes from."""
    for one in _chain(error):
        status = getattr(getattr(one, "response", None), "status_code", None)
        if isinstance(status, int):
            return status
    return None


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        seen = seen.__cause__ or seen.__context__


def _tokens() -> list[str]:
    from huggingface_hub import get_token

    with contextlib.suppress(Exception):  # a login that cannot be read is told of where it is asked for
        return [token for token in (get_token(), os.environ.get("HF_TOKEN", "").strip()) if token]
    return []


def fetched(path: str) -> str:
    """Returns a policy's folder: the path itself, or for a name on the hub its snapshot in the hub's cache.

    A name is asked for once in a process, so that a branch that moves does not move under a run. Where the hub cannot
    be reached, what the cache has is taken.

    Args:
        path: As `grpo.policy.place.resolve_model` gave it.

    Raises:
        UsageError: The hub does not give it.
    """
    name = hub_name(path)
    if name is None or Path(path).is_dir():
        return path
    from huggingface_hub import constants

    return _snapshot(name, str(constants.HF_HUB_CACHE))


@functools.lru_cache(maxsize=64)
def _snapshot(name: HubName, cache: str) -> str:
    from huggingface_hub import snapshot_download

    asked: dict[str, Any] = {"revision": name.revision, "ignore_patterns": list(_ELSEWHERE), "cache_dir": cache}
    try:
        with patient(patience_s()):
            folder = snapshot_download(name.repo, allow_patterns=[*_BESIDE, _WEIGHTS[0]], **asked)
            if not list(Path(folder).glob(_WEIGHTS[0])):
                snapshot_download(name.repo, allow_patterns=[*_BESIDE, _WEIGHTS[1]], **asked)
    except Exception as error:  # whatever there is of networks that are down, switched off or mistrusted
        raise UsageError(f"{name} cannot be had from the hub ({reason_of(error)}): give a model folder") from error
    return folder


def fetched_whole(name: HubName) -> Path:
    """Returns a snapshot with all that a repository holds, programs apart.

    Raises:
        UsageError: The hub does not give it.
    """
    from huggingface_hub import snapshot_download

    try:
        with patient(patience_s()):
            return Path(snapshot_download(name.repo, revision=name.revision, ignore_patterns=["*.py"]))
    except Exception as error:  # as in `_snapshot`
        raise UsageError(f"{name} cannot be had from the hub ({reason_of(error)})") from error


def commit_of(path: str) -> str:
    """Returns the commit whose snapshot a folder is; empty for any other folder."""
    folder = Path(path)
    return folder.name if folder.parent.name == "snapshots" else ""


def pinned(path: str) -> str:
    """Returns a policy's name with the commit that it stands for today, where it is one on the hub.

    Raises:
        UsageError: The hub does not give it.
    """
    name = hub_name(path)
    if name is None or Path(path).is_dir():
        return path
    return str(HubName(name.repo, commit_of(fetched(path)) or name.revision))


def same_model(asked: str, pinned_to: str) -> bool:
    """Whether a name on the hub may stand for what a run has begun with: the same, but for another commit in words."""
    first, second = hub_name(asked), hub_name(pinned_to)
    if first is None or second is None or first.repo != second.repo:
        return False
    return first.revision == second.revision or not _COMMIT.fullmatch(first.revision or "")
