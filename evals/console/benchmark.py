"""Which benchmarks one command evaluates on, and with what settings each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from envs.authoring.cli import parse_env_args
from envs.builtin.datasets.place import checked_data, data_arguments
from envs.core.errors import UsageError, did_you_mean
from envs.core.registry import EnvSpec, find
from evals.evaluator import EvalSettings

_ALIASES = {"n": "samples", "limit": "tasks", "k": "ks"}
_SETTINGS = {field.name for field in fields(EvalSettings)}


@dataclass(frozen=True, slots=True)
class Benchmark:
    """An environment and how to evaluate on it.

    Attributes:
        spec: The environment.
        settings: Tasks and sampling; `max_tokens` is replaced where `max_tokens` below is None.
        max_tokens: Longest completion; None for what the policy was trained with.
        own_shots: Whether the number of examples was asked for by this benchmark's name.
    """

    spec: EnvSpec
    settings: EvalSettings
    max_tokens: int | None = None
    own_shots: bool = True


def plan_benchmarks(
    names: str,
    settings: EvalSettings,
    max_tokens: int | None = None,
    *,
    env_args: Sequence[str] = (),
    own: Sequence[str] = (),
    data: str | None = None,
    trained: Sequence[EnvSpec] = (),
) -> tuple[Benchmark, ...]:
    """Returns the benchmarks that a command line names.

    Args:
        names: Environments, separated by commas; those of `trained` where it is empty.
        settings: Of all of them.
        max_tokens: Of all of them; None for what the policy was trained with.
        env_args: Arguments of the environments as `levels=1,2`, or of one as `math.levels=1,2`.
        own: Settings of one benchmark, as `humaneval.max_tokens=256`.
        data: A benchmark's data file or folder, the folder of such folders, or `hf:` for the Hugging Face hub.
        trained: What the policies' run was trained on.

    Raises:
        UsageError: An unknown environment or setting, or data that is not there.
    """
    named = dict.fromkeys(name.strip() for name in names.split(",") if name.strip())
    specs = [EnvSpec(name) for name in named] or list(trained)
    chosen = list(dict.fromkeys(spec.name for spec in specs))
    if not chosen:
        raise UsageError("name at least one environment: --env math")
    place = checked_data(data or "")
    for name in chosen:
        find(name)
    arguments = _by_name(env_args, chosen, "--env-arg")
    settings_of = _by_name(own, chosen, "--for")
    if settings_of[""]:
        raise UsageError(f"--for {own[0]}: write it as NAME.SETTING=VALUE, such as {chosen[0]}.max_tokens=256")
    return tuple(
        _benchmark(
            replace(
                spec,
                kwargs={
                    **spec.kwargs,
                    **data_arguments(place, spec.name, chosen),
                    **arguments[""],
                    **arguments[spec.name],
                },
            ),
            settings,
            max_tokens,
            {_ALIASES.get(key, key): value for key, value in settings_of[spec.name].items()},
            alone=len(specs) == 1,
        )
        for spec in specs
    )


def _benchmark(
    spec: EnvSpec, settings: EvalSettings, max_tokens: int | None, own: Mapping[str, Any], alone: bool
) -> Benchmark:
    unknown = [key for key in own if key not in _SETTINGS]
    if unknown:
        raise UsageError(f"--for {spec.name}.{unknown[0]}: {did_you_mean(unknown[0], sorted(_SETTINGS))}")
    wrong = [key for key in own if not _fits(key, own[key])]
    if wrong:
        raise UsageError(f"--for {spec.name}.{wrong[0]}={own[wrong[0]]}: that is no {wrong[0]}")
    named = dict(own)
    if "ks" in named:
        named["ks"] = tuple(named["ks"]) if isinstance(named["ks"], list) else (named["ks"],)
    length = named.get("max_tokens", max_tokens)
    return Benchmark(spec, replace(settings, **named), length, "shots" in own or (alone and settings.shots > 0))


def _fits(key: str, value: Any) -> bool:
    if key == "split":
        return isinstance(value, str)
    if key == "ks":
        return all(type(k) is int for k in (value if isinstance(value, list) else [value]))
    if key == "greedy":
        return isinstance(value, bool)
    return type(value) is int or (key in ("temperature", "top_p") and isinstance(value, float))


def _by_name(pairs: Sequence[str], names: Sequence[str], flag: str) -> dict[str, dict[str, Any]]:
    """Sorts `NAME.key=value` by environment; what names none is under the empty name.

    Names may hold dots themselves, as the path of an environment's file does.
    """
    found: dict[str, dict[str, Any]] = {name: {} for name in ["", *names]}
    for pair in pairs:
        key = pair.partition("=")[0]
        name = next((name for name in names if key.startswith(f"{name}.")), "")
        parsed = parse_env_args([pair[len(name) + 1 :] if name else pair])
        stray = next((key for key in parsed if "." in key), None)
        if stray is not None:
            raise UsageError(f"{flag} {pair}: {stray.partition('.')[0]!r} is not among --env {','.join(names)}")
        found[name].update(parsed)
    return found


def parse_ks(text: str | None) -> tuple[int, ...] | None:
    """Reads the k of pass@k, such as `1,4,8`; None stays None.

    Raises:
        UsageError: They are not whole numbers.
    """
    if text is None:
        return None
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError:
        raise UsageError(f"--k {text!r}: write whole numbers with commas between, such as 1,4,8") from None
