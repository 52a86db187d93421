"""A folder to a repository of the Hugging Face hub: one commit, or nothing. Imports no torch."""

from __future__ import annotations

import fnmatch
import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from envs.core.errors import UsageError
from grpo.policy.hub import HubName, hub_name, patience_s, patient, reason_of, status_of

_SENDING_S = 300.0
"""Longest silence while files are sent: a store may write a large one down before it answers."""
_ASKING = 6
"""How often longer than one answer all questions before the first file may take."""
_OURS = ("*.safetensors", "*.safetensors.index.json", "*.bin", "adapter_config.json", "config.json", "trainer_state/*")
"""What an earlier push left and this one has not: an adapter's beside a model, the state of another step."""
_LOG_IN = "log in with `hf auth login`, or set HF_TOKEN"


@dataclass(frozen=True, slots=True)
class Pushed:
    """What the hub has made of a push.

    Attributes:
        name: The repository, with the commit.
        url: Where a person finds it.
    """

    name: str
    url: str


def checked_repo(name: str) -> str:
    """Returns the name of a repository that can be pushed to.

    Raises:
        UsageError: It is none.
    """
    found = hub_name(name)
    if found is None or found.revision is not None:
        branch = "; a branch is named by --revision" if found else ""
        raise UsageError(f"{name!r} is no name of a repository: write OWNER/NAME, as on the hub{branch}")
    return found.repo


def checked_branch(repo: str, revision: str) -> str:
    """Returns the name of a branch.

    Raises:
        UsageError: It is none.
    """
    if revision and hub_name(f"{repo}@{revision}") is None:
        raise UsageError(f"--revision {revision!r} is no name of a branch: letters, digits, dots, dashes and slashes")
    return revision


def check_push(repo: str) -> None:
    """Asks the hub whether this machine's login may push to a repository; nothing is made there.

    Raises:
        UsageError: No token, one that the hub does not take or that may not write there, or no hub to be had.
    """
    if importlib.util.find_spec("huggingface_hub") is None:
        raise UsageError("pushing needs huggingface_hub: pip install 'grpo-gym[train]'")
    from huggingface_hub import HfApi, get_token

    try:
        token = get_token()
    except Exception as error:  # a login that is kept in a file which cannot be read
        raise UsageError(f"the login to the hub cannot be read ({reason_of(error)}): {_LOG_IN}") from error
    if not token:
        raise UsageError(f"pushing to {repo} needs a login to the hub: {_LOG_IN} to a token that may write")
    user = _asked(repo, lambda: HfApi().whoami(token=token))
    if not isinstance(user, dict) or not isinstance(user.get("name"), str):
        raise UsageError("the hub does not say whose the token is: is HF_ENDPOINT right?")
    role = _inside(user, "auth", "accessToken", "role")
    if role == "read":
        raise UsageError(f"the token is for reading alone: make one that may write, and {_LOG_IN}")
    orgs = user.get("orgs") if isinstance(user.get("orgs"), list) else []
    owners = {user["name"], *(str(org["name"]) for org in orgs or [] if isinstance(org, dict) and "name" in org)}
    owner, name = repo.split("/")
    if owner.lower() not in {one.lower() for one in owners}:
        mine = hub_name(f"{user['name']}/{name}")
        raise UsageError(f"the token may not push to {owner}: {f'push to {mine}, or ' if mine else ''}{_LOG_IN}")


def _inside(table: Any, *names: str) -> Any:
    for name in names:
        table = table.get(name) if isinstance(table, dict) else None
    return table


def push_folder(
    folder: Path, repo: str, *, private: bool, branch: str = "", message: str, say: Callable[[str], None]
) -> Pushed:
    """Uploads a folder in one commit, the repository and the branch made where they are not there.

    Args:
        folder: What is uploaded, all of it.
        repo: From `checked_repo`.
        private: Whether a new repository is only for its owner; one that is there must be so already.
        branch: Where to; the main one if empty.
        message: The commit's.
        say: Told what is going on.

    Raises:
        UsageError: The hub refuses, fails or cannot be reached; the repository is as it was, or new and empty.
    """
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi

    api = HfApi()
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    names = [file.relative_to(folder).as_posix() for file in files]

    def prepared() -> list[str]:
        api.create_repo(repo, private=private or None, exist_ok=True, repo_type="model")
        info = api.model_info(repo)
        if private and info.private is False:
            raise UsageError(f"{repo} is public already: leave out --private, or make it private on the hub first")
        if branch:
            api.create_branch(repo, branch=branch, exist_ok=True)
        return api.list_repo_files(repo, revision=branch or None)

    there = _asked(repo, prepared)
    gone = [name for name in there if name not in names and _is_ours(name)]
    size = sum(file.stat().st_size for file in files)
    say(f"pushing {len(files)} files, {size / 1e6:.1f} MB, to {HubName(repo, branch or None)} ...")
    operations = [
        *(CommitOperationDelete(name) for name in gone),
        *(CommitOperationAdd(name, str(file)) for name, file in zip(names, files, strict=True)),
    ]

    def sent() -> Any:
        return api.create_commit(repo, operations, commit_message=message, revision=branch or None)

    done = _asked(repo, sent, _SENDING_S, None)
    url = str(getattr(done, "commit_url", ""))
    return Pushed(str(HubName(repo, str(done.oid))), url if url.isprintable() else "")


def _is_ours(name: str) -> bool:
    return any(fnmatch.fnmatch(name, pattern) for pattern in _OURS)


def _asked(repo: str, ask: Callable[[], Any], answer_s: float = 0.0, in_all_s: float | None = 0.0) -> Any:
    """Returns what the hub answers.

    Raises:
        UsageError: It refuses, or does not.
    """
    wait = answer_s or patience_s()
    try:
        with patient(wait, in_all_s if in_all_s is None else in_all_s or _ASKING * wait):
            return ask()
    except UsageError:
        raise
    except Exception as error:  # networks that are down, stores that break off, answers that are none
        raise UsageError(_told(repo, error)) from error


def _told(repo: str, error: BaseException) -> str:
    reason, status = reason_of(error), status_of(error)
    if status == 401:
        return f"the hub does not take the token ({reason}): {_LOG_IN}"
    if status in (402, 403):
        return f"the hub does not let this token write to {repo} ({reason}): {_LOG_IN} to one that may"
    if status in (404, 410):
        return f"the hub has no {repo} that this token may write to ({reason})"
    if status in (409, 412):
        return f"somebody else is writing to {repo} ({reason}): push again"
    if status is not None and status >= 500:
        return f"the hub failed ({reason}): push again later"
    if status is not None:
        return f"the hub refuses the push to {repo} ({reason})"
    return f"the hub cannot be reached ({reason}): nothing was pushed to {repo}"
