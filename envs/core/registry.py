"""The registry: which environments there are, where they come from, and how one is built.

Three origins meet in one list: built in, plugins (the entry-point group `grpo.envs`, whose entry names are environment
names and whose objects are factories) and files (`./my_env.py`, which defines `make`). A *family* is many environments
under one name, as `reasoning-gym/leg_counting`: one line of the list, whose members are known once its module is
imported; plugins offer theirs in the group `grpo.env_families`. Nothing is imported before it is asked for.

Gymnasium has had no plugin entry points since 1.0, so the built-in ones are registered with it when `envs` is imported,
and the others when they are first resolved.
"""

from __future__ import annotations

import copy
import importlib
import importlib.util
import inspect
import re
import sys
import tomllib
import traceback
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any, NoReturn, Protocol

import gymnasium

from envs.core.environment import TextEnv
from envs.core.errors import GymError, UsageError, did_you_mean
from envs.core.extras import check_installed
from envs.core.task import SPLITS

ENTRY_POINT_GROUP = "grpo.envs"
FAMILY_GROUP = "grpo.env_families"
CODE = "pickle"
"""The key under which an argument carries code; it stands beside the hash of what that code does."""
Factory = Callable[..., TextEnv]
_NOT_IN_IDS = re.compile(r"[^\w:.-]")


class EnvFamily(Protocol):
    """Many environments of one kind under one name; a module with these two functions is one.

    One that also has `OPEN = True` is not asked for its names before a member is made: they take long to find, or an
    argument says where they are. Its `make` refuses what is not there. `PACKAGE` may name the package that it needs, as
    `extras.check_installed` takes it, so that a run that lacks it says so at once.
    """

    def names(self) -> Sequence[str]:
        """Returns the members' names.

        Raises:
            UsageError: A package the family needs is not there.
        """
        ...

    def make(self, member: str, split: str = "train", **kwargs: Any) -> TextEnv:
        """Builds one member."""
        ...


@dataclass(frozen=True, slots=True)
class EnvEntry:
    """One line of the registry.

    Attributes:
        name: Short name, such as `math`.
        target: Where the factory is, as `module:attribute`, or a path of a file that defines `make`.
        origin: `built-in`, `plugin NAME VERSION` or `file`.
        summary: One line; empty until a plugin has been loaded.
        version: Raised when rewards or tasks of the environment change meaning.
        splits: The splits it has; of a plugin, unimported, those that there may be.
        member: Which environment of the family that `target` is; empty for an environment of its own.
    """

    name: str
    target: str
    origin: str = "built-in"
    summary: str = ""
    version: int = 0
    splits: tuple[str, ...] = SPLITS
    member: str = ""

    @property
    def gym_id(self) -> str:
        """The Gymnasium id: `math-dataset` is `grpo/MathDataset-v0`, a family's `a/b-c` is `grpo/A.BC-v0`."""
        parts = self.name.replace("_", "-").split("/")
        camel = ".".join("".join(word.capitalize() for word in part.split("-")) for part in parts)
        camel = _NOT_IN_IDS.sub(".", camel)
        return f"grpo/{camel}-v{self.version}"

    def factory(self) -> Factory:
        """Imports the factory.

        Raises:
            UsageError: The module or its factory is not there, or importing it fails.
        """
        return partial(self.family().make, self.member) if self.member else self._imported()

    def family(self) -> EnvFamily:
        """Imports the family that `target` names.

        Raises:
            UsageError: It is not there, or importing it fails.
        """
        return self._imported()

    def members(self) -> list[EnvEntry]:
        """Imports the family and returns an entry for each of its members, by name."""
        names = sorted(self.family().names())
        return [replace(self, name=f"{self.name}/{name}", member=name, summary="") for name in names]

    def _imported(self) -> Any:
        try:
            if self.target.endswith(".py"):
                module, attribute = load_file(Path(self.target)), "make"
            else:
                module_name, _, attribute = self.target.partition(":")
                module = importlib.import_module(module_name)
            return getattr(module, attribute) if attribute else module
        except AttributeError as error:
            if self.origin == "file" and not hasattr(sys.modules.get(_module_name(Path(self.target))), "make"):
                raise UsageError(f"{self.target} defines no make(split=...), which builds its environment") from error
            raise UsageError(f"environment {self.name!r} ({self.origin}): {error}") from error
        except Exception as error:  # whatever a plugin's import raises is that plugin's story
            raise UsageError(
                f"environment {self.name!r} ({self.origin}) cannot be imported: {type(error).__name__}: {error}"
            ) from error


@dataclass(frozen=True)
class EnvSpec:
    """An environment and how to build it; round-trips through JSON into configs, checkpoints and workers."""

    name: str
    kwargs: dict[str, Any] = field(default_factory=dict)

    def build(self) -> TextEnv:
        """Builds the environment in this process."""
        return make(self.name, **self.kwargs)

    def split(self, split: str) -> EnvSpec:
        """Returns the same environment over another split."""
        return EnvSpec(self.name, {**self.kwargs, "split": split})

    def to_json(self) -> dict[str, Any]:
        """Returns plain data; `EnvSpec(**data)` is its inverse."""
        return {"name": self.name, "kwargs": dict(self.kwargs)}

    def without_code(self) -> EnvSpec:
        """Returns the same tasks without the code of a reward that travels by value: its name and hash stay.

        For whatever identifies an environment, and for tasks from a checkpoint that somebody else may have written:
        what comes of it can be built and gives tasks, but no rewards.
        """
        return EnvSpec(self.name, codeless(self.kwargs))


def codeless(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Returns an environment's arguments with the code in them left out."""
    return {name: _codeless(value) if isinstance(value, dict) else value for name, value in arguments.items()}


def _codeless(value: dict[str, Any]) -> dict[str, Any]:
    return {key: part for key, part in value.items() if key != CODE or "sha256" not in value}


_BUILT_IN: dict[str, EnvEntry] = {}
_FAMILIES: dict[str, EnvEntry] = {}
_FILES: dict[str, EnvEntry] = {}


def register(name: str, target: str, summary: str, version: int = 0, splits: tuple[str, ...] = SPLITS) -> None:
    """Registers a built-in environment under its short name and its Gymnasium id."""
    entry = EnvEntry(name, target, "built-in", summary, version, splits)
    if name in _BUILT_IN:
        raise UsageError(f"environment {name!r} is registered twice")
    _BUILT_IN[name] = entry
    _register_with_gymnasium(entry)


def register_family(name: str, target: str, summary: str, version: int = 0) -> None:
    """Registers a built-in family of environments: `target` is a module, or `module:object`, that is an `EnvFamily`."""
    if name in _FAMILIES or name in _BUILT_IN:
        raise UsageError(f"environment {name!r} is registered twice")
    _FAMILIES[name] = EnvEntry(name, target, "built-in", summary, version)


def _register_with_gymnasium(entry: EnvEntry) -> None:
    if entry.gym_id not in gymnasium.registry:
        gymnasium.register(id=entry.gym_id, entry_point=_GymFactory(entry), order_enforce=False)


@dataclass(frozen=True)
class _GymFactory:
    """A picklable factory for `gymnasium.make`, which imports nothing before it is called."""

    entry: EnvEntry

    def __call__(self, **kwargs: Any) -> TextEnv:
        return _build(self.entry, kwargs)


def entries() -> list[EnvEntry]:
    """Returns every environment by name; a name taken twice keeps the built-in one and warns."""
    found = _with_plugins(_BUILT_IN, ENTRY_POINT_GROUP)
    found.update({name: entry for name, entry in _FILES.items() if name not in found})
    return sorted(found.values(), key=lambda entry: entry.name)


def families() -> list[EnvEntry]:
    """Returns every family by name, without importing one: `entry.members()` does."""
    return sorted(_with_plugins(_FAMILIES, FAMILY_GROUP).values(), key=lambda entry: entry.name)


def _with_plugins(built_in: dict[str, EnvEntry], group: str) -> dict[str, EnvEntry]:
    found = dict(built_in)
    for point in entry_points(group=group):
        entry = _plugin_entry(point)
        if entry.name in found:
            warnings.warn(
                f"{entry.origin} registers {entry.name!r}, which {found[entry.name].origin} already has: ignored",
                stacklevel=2,
            )
            continue
        found[entry.name] = entry
    return found


def _plugin_entry(point: EntryPoint) -> EnvEntry:
    dist = point.dist
    origin = f"plugin {dist.name} {dist.version}" if dist is not None else "plugin"
    return EnvEntry(point.name, point.value, origin)


def find(name: str) -> EnvEntry:
    """Returns the entry of a short name, a family's `name/member`, a Gymnasium id or a path to a file.

    Raises:
        UsageError: There is none; the message names the closest.
    """
    if name.endswith(".py") and (Path(name).is_file() or not _in_family(name)):
        path = Path(name)
        if not path.is_file():
            raise UsageError(f"no environment file at {name}: give the path of a .py file that defines make(split=...)")
        entry = EnvEntry(path.stem.replace("_", "-"), str(path.resolve()), "file")
        _FILES[entry.name] = entry
        return entry
    known = {entry.name: entry for entry in entries()}
    by_id = {entry.gym_id: entry for entry in known.values()}
    if name in known:
        return known[name]
    if name in by_id:
        return by_id[name]
    return _member(name) or _unknown(name, known)


def _in_family(name: str) -> bool:
    return any(name.startswith(family.name + "/") for family in families())


def _member(name: str) -> EnvEntry | None:
    """Returns a family's member by its name or Gymnasium id, or None where no family has this name's first half."""
    by_id = name.startswith("grpo/") and "." in name
    for family in families():
        mark = family.gym_id.rpartition("-v")[0] + "." if by_id else family.name + "/"
        if not name.startswith(mark) and name != family.name:
            continue
        if getattr(family.family(), "OPEN", False) and not by_id:
            return _open_member(family, name)
        members = {entry.gym_id if by_id else entry.name: entry for entry in family.members()}
        if name in members:
            return members[name]
        if name == family.name:
            raise UsageError(f"{name!r} is a family: choose one of its {len(members)}, such as {next(iter(members))}")
        raise UsageError(f"no environment named {name!r}: {did_you_mean(name, members)}")
    return None


def _open_member(family: EnvEntry, name: str) -> EnvEntry:
    member = name.removeprefix(family.name).removeprefix("/")
    if not member:
        raise UsageError(
            f"{family.name!r} is a family: say which, as {family.name}/NAME (see `grpo env list {family.name}`)"
        )
    return replace(family, name=name, member=member, summary="")


def _unknown(name: str, known: Iterable[str]) -> NoReturn:
    names = [*known, *(family.name for family in families())]
    if own := _offered(Path(name)):
        raise UsageError(f"{name} is not installed: pip install -e {name}, then take it by its name, {own}")
    raise UsageError(f"no environment named {name!r}: {did_you_mean(name, names)} (see `grpo env list`)")


def _offered(folder: Path) -> str:
    """Returns an environment that a package's folder would offer once it is installed, or an empty text."""
    try:
        project = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        return next(iter(project["entry-points"][ENTRY_POINT_GROUP]), "")
    except (OSError, ValueError, KeyError, TypeError):  # no folder, no package, or one of something else
        return ""


def make(name: str, **kwargs: Any) -> TextEnv:
    """Builds an environment by short name, Gymnasium id or path.

    Args:
        name: Such as `math`, `grpo/Math-v0` or `./my_env.py`.
        **kwargs: The environment's own; every one takes `split`, one of train, dev, test.

    Raises:
        UsageError: An unknown name, split or keyword, or a factory that did not return a `TextEnv`.
    """
    entry = find(name)
    _register_with_gymnasium(entry)
    env = _build(entry, kwargs)
    env.spec = copy.deepcopy(gymnasium.spec(entry.gym_id))
    env.spec.kwargs = dict(kwargs)
    return env


def _build(entry: EnvEntry, kwargs: dict[str, Any]) -> TextEnv:
    split = kwargs.get("split", "train")
    if split not in SPLITS:
        raise UsageError(f"no split {split!r}: {did_you_mean(str(split), SPLITS)}")
    factory = entry.factory()
    _check_names(entry, factory, kwargs)
    try:
        env = factory(**kwargs)
    except TypeError as error:
        raise UsageError(f"environment {entry.name!r}: {error}") from error
    except GymError:
        raise
    except Exception as error:  # whatever somebody's factory raises is that factory's story
        raise UsageError(
            f"environment {entry.name!r} cannot be built: {type(error).__name__}: {error}{_where(error)}"
        ) from error
    if not isinstance(env, TextEnv):
        raise UsageError(f"environment {entry.name!r}: its factory returned {type(env).__name__}, not a TextEnv")
    return env


def check_arguments(spec: EnvSpec) -> None:
    """Refuses an environment that is not there, or arguments that it does not take, without building it.

    Raises:
        UsageError: As `make`, but for what only building it shows.
    """
    entry = find(spec.name)
    if entry.member and (package := getattr(entry.family(), "PACKAGE", None)):
        check_installed(*package)
    _check_names(entry, entry.factory(), spec.kwargs)


def _check_names(entry: EnvEntry, factory: Factory, kwargs: Iterable[str]) -> None:
    parameters = inspect.signature(factory).parameters.values()
    if any(one.kind is one.VAR_KEYWORD for one in parameters):
        return  # whatever it hands them on to may know them
    known = {one.name for one in parameters}
    for name in kwargs:
        if name == "split" and name not in known:
            raise UsageError(f"environment {entry.name!r}: its make takes no split: write make(split='train', ...)")
        if name not in known:
            offered = did_you_mean(name, known - {"split", "render_mode"})
            raise UsageError(f"environment {entry.name!r} takes no argument {name!r}: {offered}")


def _where(error: Exception) -> str:
    """Returns the line that raised it, for a person whose line it may be."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f" ({Path(last.filename).name}, line {last.lineno})"


def _module_name(path: Path) -> str:
    return f"grpo_env_{path.stem}"


def load_file(path: Path) -> Any:
    """Imports a file once, under a name by which pickle finds its classes again; anew where it has changed.

    What its code raises is raised.
    """
    name = _module_name(path)
    stamp = (str(path), path.stat().st_mtime_ns)
    known = sys.modules.get(name)
    if known is not None and getattr(known, "__grpo_stamp__", None) == stamp:
        return known
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.__grpo_stamp__ = stamp  # pyright: ignore[reportAttributeAccessIssue]
    sys.modules[name] = module
    return module
