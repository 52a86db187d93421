"""The `grpo` command. Thin: it finds the command, and the command's own module does the importing."""

from __future__ import annotations

import contextlib
import importlib
import sys
import warnings
from collections.abc import Callable, Iterator
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup


def _train() -> typer.Typer:
    from evals.training import make_evaluator  # wired here, so that the trainer never imports the evals
    from grpo.cli import train_app

    return train_app(make_evaluator)


def _env() -> typer.Typer:
    from envs.authoring.cli import env_app

    def make_sampler(ckpt: str) -> Callable[..., list[list[float]]]:
        from evals.signal import make_sampler  # wired here, so that environments know neither engines nor evals

        return make_sampler(ckpt)

    return env_app(make_sampler)


def _module(target: str) -> Callable[[], typer.Typer]:
    module, _, attribute = target.partition(":")
    return lambda: getattr(importlib.import_module(module), attribute)


_COMMANDS: dict[str, tuple[Callable[[], typer.Typer], str]] = {
    "train": (_train, "Train a policy with GRPO in a reward environment."),
    "eval": (_module("evals.console.cli:app"), "Evaluate a policy on held-out tasks, and compare evaluations."),
    "profile": (_module("evals.console.profile_cli:app"), "Say how hard the training tasks are for a policy."),
    "report": (
        _module("evals.reporting.report_cli:report_app"),
        "Tables, plots and the rollouts of runs and evaluations.",
    ),
    "runs": (_module("evals.reporting.report_cli:runs_app"), "List all runs with their key figures."),
    "export": (_module("evals.reporting.hub_cli:export_app"), "Write a run's checkpoint as a plain model folder."),
    "push": (_module("evals.reporting.hub_cli:push_app"), "Push a run's checkpoint, with its card, to the hub."),
    "env": (_env, "List, show, play, check, audit, write and serve reward environments."),
    "tools": (_module("envs.tools.cli:app"), "List, show, call and check the tools that a policy can be given."),
    "judge": (_module("envs.authoring.judge.cli:app"), "Judge completions in a file, without a model."),
    "doctor": (_module("grpo.console.doctor:app"), "Check the installation and say how to mend it."),
}


_EXTRA_MODULES = ("torch", "transformers", "safetensors", "accelerate", "gguf")


class _LazyCommand(TyperCommand):
    """A command known by name and help alone; the real one is imported when it is run."""

    def __init__(self, name: str, find_app: Callable[[], typer.Typer], help: str):
        super().__init__(name=name, callback=None, help=help)
        self._find_app = find_app

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
        """Hands over to the real command."""
        command = typer.main.get_command(self._find_app())
        typed = [word.partition("=")[0] for word in args]  # the parser eats `args`
        try:
            return command.make_context(info_name, args, parent, **extra)
        except Exception as error:
            _name_here(error, self.name, typed)
            raise


def _name_here(error: Exception, command: str | None, typed: list[str]) -> None:
    """Adds to the error of an unknown flag what it is called here, where another project has it.

    A name that is a flag here too, for something else, is met as a value that the flag cannot take.
    """
    from grpo.settings.foreign import EVAL, TRAIN, known_elsewhere

    table = {"train": TRAIN, "eval": EVAL}.get(command or "")
    unknown = getattr(error, "option_name", None)
    taken = getattr(getattr(error, "param", None), "opts", [])
    names = [unknown] if unknown else [name for name in taken if name in typed]
    hint = next((told for name in names if table and (told := known_elsewhere(name, table))), "")
    if hint and "of `grpo" in hint and not unknown:  # a flag here, too, and of no other meaning
        return
    if hint and unknown:
        error.message, error.possibilities = f"No such option: {hint}", None  # type: ignore[attr-defined]
    elif hint:
        error.message = f"{getattr(error, 'message', '')} ({hint})"  # type: ignore[attr-defined]


class _LazyGroup(TyperGroup):
    """Lists every command without importing any."""

    def __init__(self, **given: Any):
        super().__init__(**given)
        self.commands = {name: _LazyCommand(name, *found) for name, found in _COMMANDS.items()}  # for what is mistyped

    def list_commands(self, ctx: Any) -> list[str]:
        """Returns the names, in the order a newcomer needs them."""
        return list(_COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Returns the stand-in of a command."""
        return self.commands.get(cmd_name)

    def invoke(self, ctx: Any) -> Any:
        """Runs a command; a value that cannot be read is repeated in the error."""
        try:
            return super().invoke(ctx)
        except Exception as error:
            _repeat_value(error)
            raise


def _repeat_value(error: Exception) -> None:
    """Adds to what newer releases of typer say of a value, which is what it should be, the value itself."""
    message: Any = getattr(error, "message", None)
    found = getattr(error.__cause__, "errors", None)
    if not isinstance(message, str) or not callable(found):
        return
    faults: Any = found()
    value = next((one["input"] for one in faults if isinstance(one.get("input"), str)), None)
    if value is not None and repr(value) not in message:
        error.message = f"{value!r}: {message}"  # type: ignore[attr-defined]


app = typer.Typer(
    cls=_LazyGroup,
    name="grpo",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
    help="Verifiable-reward training one can trust: environments, GRPO, held-out evaluation.",
)


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        print(f"grpo-gym {version('grpo-gym')}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and leave.")
    ] = False,
) -> None:
    """Verifiable-reward training one can trust: environments, GRPO, held-out evaluation."""


def main() -> None:
    """Runs the command line.

    Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted.
    """
    try:
        with _own_warnings_plain():
            app()
    except KeyboardInterrupt:
        print("grpo: interrupted", file=sys.stderr)
        sys.exit(130)
    except BrokenPipeError:
        sys.exit(1)
    except Exception as error:
        sys.exit(_explain(error))


@contextlib.contextmanager
def _own_warnings_plain() -> Iterator[None]:
    """Shows what this package warns of as a line for a person, without the place in our code that noticed it."""
    shown = warnings.showwarning

    def show(message: Warning | str, category: type[Warning], *where: Any, **more: Any) -> None:
        if category.__module__ == "envs.core.errors":  # GymWarning, whose import `grpo --help` is spared
            print(f"warning: {message}", file=sys.stderr)
        else:
            shown(message, category, *where, **more)

    warnings.showwarning = show
    try:
        yield
    finally:
        warnings.showwarning = shown


def _explain(error: Exception) -> int:
    """Prints an error that was raised for a person, and returns its exit code; raises any other again."""
    from envs.core.errors import GymError

    if isinstance(error, GymError):
        print(f"grpo: {error}", file=sys.stderr)
        return error.exit_code
    if isinstance(error, ModuleNotFoundError) and error.name in _EXTRA_MODULES:
        print(f"grpo: {error.name} is not installed: pip install 'grpo-gym[cpu]' (or [gpu])", file=sys.stderr)
        return 2
    raise error


if __name__ == "__main__":
    main()
