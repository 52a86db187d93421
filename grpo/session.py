"""One run from config to result: builds the parts, evaluates before, trains, evaluates after."""

from __future__ import annotations

import contextlib
import ctypes
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import torch

from envs.core.environment import TextEnv
from envs.core.errors import RunError, UsageError
from envs.workers.pool import VerifierPool, workers_for
from grpo.engines import check_engine, choose_engine, make_engine, push_weights
from grpo.engines.base import Engine, Sampling
from grpo.loop import Evaluate, Trainer, TrainResult
from grpo.policy.adapter import add_adapter, is_adapted
from grpo.policy.builtin import PREFIX
from grpo.policy.chat import ChatRenderer
from grpo.policy.form import Played, Shots
from grpo.policy.hub import commit_of, pinned
from grpo.policy.model import Policy, check_trainable_dtype, check_trainable_weights, load_policy
from grpo.policy.precision import dtype_for
from grpo.policy.template import check_form, writes_date
from grpo.rehearsal import rehearse
from grpo.rehearsal.probe import probe
from grpo.rollouts.context import Room
from grpo.rollouts.mixture import Member, Mixture, drawn_by, selected
from grpo.rollouts.prompts import plan_prompts, stopped_solution
from grpo.rollouts.schedule import STREAMING_PROMISE
from grpo.rollouts.seeds import derive_seed
from grpo.runs.checkpoint import TrainerState, load_state, newest_checkpoint, resolve_checkpoint
from grpo.runs.observer import Observer, Stopped, stoppable, stopping_between_layers
from grpo.runs.preflight import check_memory
from grpo.runs.rundir import RunDir
from grpo.settings.config import TrainConfig
from grpo.settings.environments import Environment
from grpo.settings.open import rate_warning, settled
from grpo.update.optimizer import optimizer_class
from grpo.update.ranks import ALONE, Ranks, shared_groups

_PROMPTS_REHEARSED = 4
_SHOT_SEEDS_TRIED = 1000


@dataclass
class Outcome:
    """What a run comes to.

    Attributes:
        result: How training ended.
        before: Held-out summary of the starting policy, None where evaluation is off.
        after: Held-out summary of the trained policy, None where evaluation is off or training was interrupted.
    """

    result: TrainResult
    before: dict[str, Any] | None
    after: dict[str, Any] | None


@dataclass
class Parts:
    """Everything a run is made of, built and checked before the first step.

    Attributes:
        config: The run's, with the date pinned that its chat template writes.
        policy: What is trained.
        members: What it is trained on.
        context: The longest sequence there may be, in tokens.
        resume: The state to go on from, or None.
        warnings: What is to be said before the run.
    """

    config: TrainConfig
    policy: Policy
    members: list[Member]
    context: int
    resume: TrainerState | None
    warnings: list[str]


def prepare(config: TrainConfig, run: RunDir, resume: bool, ranks: Ranks = ALONE) -> Parts:
    """Builds policy and environments and checks that they fit; writes nothing.

    Raises:
        UsageError: Anything in the config that cannot work.
        RunError: A checkpoint or the weights cannot be read.
    """
    choose_engine(config.engine)
    optimizer_class(config.optimizer)
    built = [(environment, environment.spec.build()) for environment in config.environments]
    source, state = resolve_checkpoint(config.model), None
    if resume and (checkpoint := newest_checkpoint(run.checkpoints)):
        source, state = str(checkpoint), load_state(checkpoint)
    device = _device(config.device, ranks)
    dtype = dtype_for(config.dtype, source, device)
    check_trainable_dtype(dtype, device)
    policy = load_policy(source, dtype=dtype, device=device, attn=config.attn, form=config.chat_form)
    check_trainable_weights(policy.model, config.model)
    config = dated(config, policy.renderer)
    adapt(policy, config)
    check_engine(config.engine, policy, config)
    longest = _longest_context(config, policy)
    planned = [_member(environment, env, policy, config, longest) for environment, env in built]
    tight = check_memory(policy.model, config, ranks.world if config.shard else 1)
    warnings = [line for _, _, lines in planned for line in lines]
    context = max(needed for _, needed, _ in planned)
    profiles = run.profiles(config)
    members = selected([member for member, _, _ in planned], profiles, config.pass_rate)
    drawn_by(members, config)  # what does not suit the sampler is said before anything is written
    return Parts(config, policy, members, context, state, [*warnings, *filter(None, (rate_warning(config), tight))])


def _member(
    environment: Environment, env: TextEnv, policy: Policy, config: TrainConfig, context: int
) -> tuple[Member, int, list[str]]:
    """Returns an environment as the policy reads it, the context it needs, and what is to be said of it.

    Raises:
        UsageError: None of its prompts fits, or the chat template does not take its system message.
    """
    form = replace(policy.renderer.form, system=environment.system)
    check_form(policy.renderer.tokenizer, form)
    renderer = replace(policy.renderer, form=form, shots=solved_shots(env, config.shots))
    room = Room(context, environment.max_tokens, environment.max_prompt_tokens)
    prompts, needed, crowded = plan_prompts(env, renderer, room)
    stopped = stopped_solution(env, config.stops)
    said = [environment.told(line) for line in (crowded, stopped) if line]
    return Member(environment, env, prompts, Sampling(environment.max_tokens, config.temperature)), needed, said


def dated(config: TrainConfig, renderer: ChatRenderer) -> TrainConfig:
    """Returns the config with today's date where the chat template writes one and the config names none."""
    if config.chat_date or not writes_date(renderer.tokenizer.get_chat_template()):
        return config
    config = config.model_copy(update={"chat_date": date.today().isoformat()})
    renderer.form = config.chat_form
    return config


def adapt(policy: Policy, config: TrainConfig) -> None:
    """Gives the policy the adapter that the config asks for; one that was loaded with the policy is kept.

    Raises:
        UsageError: peft is not installed, or a target matches nothing.
    """
    if config.lora_rank and not is_adapted(policy.model):
        named = policy.source.startswith(PREFIX) or commit_of(policy.path)  # a snapshot's folder is this machine's
        base = policy.source if named else policy.path
        policy.model = add_adapter(
            policy.model, base, rank=config.lora_rank, alpha=config.lora_alpha, targets=config.lora_targets,
            seed=derive_seed(config.seed, "adapter"),
        )  # fmt: skip


def settle(config: TrainConfig, ranks: Ranks = ALONE) -> TrainConfig:
    """Returns the config of a new run with what the user left open filled in, the commit of a model on the hub too.

    It is the same on every rank.

    Raises:
        UsageError: No such model or device.
    """
    device = _device(config.device, ranks)
    model = ranks.from_first(pinned(config.model))  # a branch moves on, a run does not
    config = settled(config, ranks.from_first(dtype_for(config.dtype, resolve_checkpoint(model), device)))
    return config.model_copy(update={"model": model})


def _device(name: str, ranks: Ranks) -> str:
    device = ("cuda" if torch.cuda.is_available() else "cpu") if name == "auto" else name
    if device.split(":")[0] not in ("cpu", "cuda"):
        raise UsageError(f"no device {name!r}: cpu, cuda or auto")
    if device.startswith("cuda") and not torch.cuda.is_available():
        raise UsageError(f"--device {name}: PyTorch sees no GPU here; use --device cpu, or run `grpo doctor`")
    return f"cuda:{ranks.local}" if device == "cuda" and ranks.world > 1 else device


def _longest_context(config: TrainConfig, policy: Policy) -> int:
    if config.context > policy.max_model_len:
        raise UsageError(
            f"--context {config.context}: {config.model} was made for {policy.max_model_len} tokens at most"
        )
    return config.context or policy.max_model_len


def solved_shots(env: TextEnv, count: int) -> Shots:
    """Returns `count` tasks of this split as a perfect policy plays them, the first that the seeds give.

    One more is kept where there is one, to stand in for an example that asks what a prompt asks.

    Raises:
        UsageError: The environment knows no solutions.
    """
    played: list[Played] = []
    for seed in range(_SHOT_SEEDS_TRIED if count else 0):
        if len(played) > count:
            break
        task = env.tasks.task(seed)
        exchanges = env.oracle(task)
        if not exchanges:
            continue
        asked = next((m["content"] for m in reversed(env.messages(task)) if m["role"] == "user"), exchanges[0][0])
        shown = ((asked, exchanges[0][1]), *exchanges[1:])
        if shown not in played:
            played.append(shown)
    if len(played) < count:
        raise UsageError(f"--shots {count}: this environment knows only {len(played)} worked solutions")
    return Shots(count, tuple(played))


def run_training(
    config: TrainConfig,
    run: RunDir,
    parts: Parts,
    observer: Observer,
    should_stop: Callable[[], bool],
    evaluate: Evaluate | None,
    saved_before: dict[str, Any] | None = None,
    ranks: Ranks = ALONE,
) -> Outcome:
    """Evaluates, trains, evaluates.

    Args:
        config: The run's config.
        run: Where it is written.
        parts: From `prepare`.
        observer: Who watches.
        should_stop: Asked after every step.
        evaluate: Evaluates held-out tasks, or None; the first rank's alone, for whom the others wait.
        saved_before: The evaluation before training, where a resumed run has it already.
        ranks: The processes of the run.

    Raises:
        RunError: The run cannot go on; the last checkpoint stands.
    """
    keep_memory_mapped()
    for warning in parts.warnings:
        observer.warn(warning)
    if config.rollouts == "streaming":
        observer.warn(STREAMING_PROMISE)
    observer.phase("starting verifier and engine")
    with contextlib.ExitStack() as stack:
        pools = [stack.enter_context(_verifiers(member, config)) for member in parts.members]
        engine = stack.enter_context(opened_engine(config, parts))
        mixture = Mixture(parts.members, pools, engine, config.seed, config.rollouts)
        before = saved_before
        alone = ranks.world == 1 and not config.shard  # of several processes none stops by itself
        try:
            with stopping_between_layers(parts.policy.model, lambda: alone and should_stop()) as ask:
                trainer = Trainer(
                    config, parts.policy, engine, mixture, run, observer, should_stop, parts.resume, evaluate,
                    _reference(config, parts), ranks,
                )  # fmt: skip
                if config.rehearsal and alone and parts.resume is None:
                    _rehearse(config, parts, engine, trainer, run, observer, ask)
        except Stopped:
            done, elapsed_s = (parts.resume.step, parts.resume.elapsed_s) if parts.resume else (0, 0.0)
            return Outcome(TrainResult(done, elapsed_s, interrupted=True), before, None)
        if evaluate is not None and before is None and trainer.done == 0 and not (alone and should_stop()):
            observer.phase("evaluating before")
            with contextlib.suppress(Stopped):
                before = evaluate(engine, mixture.renderers, "before")
        if trainer.done == 0 and not any(ranks.gather(should_stop())):
            observer.phase("probing")
            heard = stoppable(observer, should_stop) if ranks.world == 1 else observer.progress
            with contextlib.suppress(Stopped):
                figures, told = probe(config, lambda one: shared_groups(one.groups, ranks), mixture, heard)
                for warning in told:
                    observer.warn(warning)
                if figures:
                    observer.phase(f"probe: {'; '.join(figures)}")
        if not should_stop():
            observer.phase("training")
        result = trainer.train()
        after = None
        if evaluate is not None and not result.interrupted:
            observer.phase("evaluating after")
            try:
                after = evaluate(engine, mixture.renderers, "after")
            except Stopped:
                result = replace(result, interrupted=True)
        return Outcome(result, before, after)


def _verifiers(member: Member, config: TrainConfig) -> VerifierPool:
    episodes = config.tasks_per_step * config.group_size
    workers = workers_for(config.verify_workers, member.env, episodes)
    return VerifierPool(member.said.spec, workers=workers, deadline_s=member.said.verify_deadline)


def _rehearse(
    config: TrainConfig,
    parts: Parts,
    engine: Engine,
    trainer: Trainer,
    run: RunDir,
    observer: Observer,
    ask: Callable[..., None],
) -> None:
    observer.phase("rehearsing")
    prompts = [_rehearsed_prompt(parts.members, place) for place in range(_PROMPTS_REHEARSED)]
    room = parts.context - config.longest_turn
    prompts = [prompt for prompt in prompts if len(prompt) <= room] or [prompts[0][:room]]
    done = rehearse(config, parts.policy, engine, trainer.updater, prompts, parts.context, run.path, ask)
    observer.phase(str(done))


def _rehearsed_prompt(members: Sequence[Member], place: int) -> list[int]:
    """Returns a prompt of one of the environments, which take turns."""
    seed, turn = divmod(place, len(members))
    return members[turn].renderer.prompt_ids(members[turn].env.reset(seed=seed)[1]["messages"])


@contextlib.contextmanager
def opened_engine(config: TrainConfig, parts: Parts) -> Iterator[Engine]:
    """Yields the engine and closes it."""
    engine = make_engine(
        config.engine, parts.policy, max_model_len=parts.context, dtype=_dtype(parts), own_weights=config.overlap,
        settings=config,
    )  # fmt: skip
    try:
        if is_adapted(parts.policy.model):
            push_weights(engine, parts.policy.model)
        yield engine
    finally:
        engine.close()


def _dtype(parts: Parts) -> str:
    return str(parts.policy.model.dtype).removeprefix("torch.")


def _reference(config: TrainConfig, parts: Parts) -> Any:
    """Returns the KL penalty's model of a resumed run: the policy the run began with, not where it stopped."""
    if not config.kl_coef or parts.resume is None or is_adapted(parts.policy.model):
        return None
    start = load_policy(resolve_checkpoint(config.model), dtype=_dtype(parts), device=str(parts.policy.model.device))
    return start.model.eval().requires_grad_(False)


def keep_memory_mapped() -> None:
    """Tells glibc to keep freed tensors instead of giving their pages back to the kernel at every step.

    Worth up to half of a small model's step on contended cores, all of it page faults. Without effect elsewhere.
    """
    if sys.platform != "linux":
        return
    with contextlib.suppress(OSError, AttributeError):
        mallopt = ctypes.CDLL(None).mallopt
        for parameter, value in ((-3, 32 << 20), (-1, 2**31 - 1), (-2, 256 << 20)):  # mmap threshold, trim, top pad
            mallopt(parameter, value)


def read_summary(run: RunDir, label: str) -> dict[str, Any] | None:
    """Returns the summary of an evaluation of this run, if it was made; of several environments the average."""
    import json

    for name in ("summary.json", "average.json"):
        path: Path = run.evals / label / name
        try:
            return json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            continue
        except (OSError, ValueError) as error:
            raise RunError(f"{path} cannot be read: {error}") from error
    return None
