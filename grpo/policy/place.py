"""Where a model is: found, and looked at as far as that is cheap, before anything is loaded. Imports no torch."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from envs.core.errors import UsageError, did_you_mean
from grpo.policy.builtin import PREFIX, builtin_folder
from grpo.policy.hub import hub_name, reason_of

ADAPTER_FILE = "adapter_config.json"
_CONFIG = "config.json"
_PATIENCE_S = 10.0
_HEADER_LENGTH = 8
_LFS = b"version https://git-lfs"
_LINE = 120
_PATH = "give a model folder, a hub name such as Org/Model or Org/Model@revision, or builtin:tiny"


def resolve_model(name: str) -> str:
    """Returns the folder of a model, or the name of one on the Hugging Face hub.

    Raises:
        UsageError: No such built-in policy, a path that holds no model, or a file of weights that is not whole.
    """
    if name.startswith(PREFIX):
        return str(builtin_folder(name))
    path = Path(name)
    check_weight_files(path)
    if (path / ADAPTER_FILE).is_file() or list(path.glob("*.gguf")):
        return str(path)
    if (path / _CONFIG).is_file():
        _check_config(path / _CONFIG)
        return str(path)
    if path.is_dir():
        raise UsageError(f"{name} is a folder without a model: it needs a config.json, as save_pretrained writes")
    if path.is_file():
        raise UsageError(f"{name} is a file: give the folder that holds config.json and the weights")
    if hub_name(name) is None:
        raise UsageError(f"no model at {name}: {_PATH}")
    return name


def _beside(path: Path) -> str:
    """Returns the run that may have been meant by a path where nothing is, or an empty text."""
    try:
        runs = [child.name for child in path.parent.iterdir() if (child / "checkpoints").is_dir()]
    except OSError:
        return ""
    if not runs or path.parent == Path():  # a hub name's owner is rarely the name of a folder of runs
        return ""
    return f"the runs in {path.parent}: {did_you_mean(path.name, runs)}"


def _check_config(file: Path) -> None:
    """Refuses a config that names no architecture; what transformers says of it is about the tokenizer."""
    try:
        config = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise UsageError(f"{file} is not JSON ({error}): it is no model's, or was not written to its end") from error
    if not isinstance(config, dict) or not (config.get("model_type") or config.get("architectures")):
        raise UsageError(f"{file} names no model_type: it is not the config of a model, as save_pretrained writes it")


def check_weight_files(folder: Path) -> None:
    """Refuses files of weights that are cut short or damaged, by their headers: a download that broke off, a full disk.

    Raises:
        UsageError: With the file, and what is wrong with it.
    """
    for file in sorted(folder.glob("*.safetensors")):
        if fault := _fault(file):
            raise UsageError(f"{file} is no whole file of weights ({fault}): fetch or write it again")
    for index in folder.glob("*.safetensors.index.json"):
        try:
            named = set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values())
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise UsageError(f"{index} lists no weights ({error}): fetch or write it again") from error
        missing = sorted(str(name) for name in named if not (folder / str(name)).is_file())
        if missing:
            raise UsageError(f"{folder} lacks {len(missing)} of {len(named)} files of weights, {missing[0]}: fetch it")


def _fault(file: Path) -> str | None:
    size = file.stat().st_size
    if size < _HEADER_LENGTH:
        return f"{size} bytes"
    with file.open("rb") as stream:
        if stream.read(len(_LFS)) == _LFS:
            return "it is a git-lfs pointer, not what it points at"
    try:
        from safetensors import safe_open
    except ImportError:  # without an engine there is nobody to read them either
        return None
    try:
        with safe_open(str(file), framework="numpy"):
            return None
    except Exception as error:  # its own, and the system's
        return f"{size:,} bytes; {' '.join(str(error).split())[:_LINE]}"


def check_reachable(name: str, say: Callable[[str], None]) -> None:
    """Asks the hub for a model that is on no disk here, with one short request instead of many long ones.

    Args:
        name: A policy as the user gave it.
        say: Told that the hub is asked, before it is.

    Raises:
        UsageError: As `resolve_model`, or the hub cannot be reached or has no such model.
    """
    if (Path(name) / "checkpoints").is_dir() or Path(resolve_model(name)).is_dir() or (hub := hub_name(name)) is None:
        return
    from huggingface_hub import HfApi, try_to_load_from_cache
    from huggingface_hub.errors import HfHubHTTPError, RepositoryNotFoundError, RevisionNotFoundError

    if isinstance(try_to_load_from_cache(hub.repo, _CONFIG, revision=hub.revision), str):
        return
    say(f"asking the hub for {name} ...")
    try:
        HfApi().model_info(hub.repo, revision=hub.revision, timeout=_PATIENCE_S)
    except RepositoryNotFoundError as error:
        raise UsageError(
            f"no model {name} here or on the hub (a private one needs HF_TOKEN): {_beside(Path(name)) or _PATH}"
        ) from error
    except RevisionNotFoundError as error:
        raise UsageError(f"{hub.repo} on the hub has no branch, tag or commit {hub.revision!r}") from error
    except HfHubHTTPError as error:
        raise UsageError(f"the hub does not give {name}: {reason_of(error)}") from error
    except Exception as error:  # whatever there is of networks that are down, switched off or mistrusted
        raise UsageError(
            f"no model at {name}, and the hub cannot be reached ({reason_of(error)}): {_beside(Path(name)) or _PATH}"
        ) from error
