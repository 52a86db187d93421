"""Runs a policy over held-out tasks: n samples and one greedy completion of each, scored by the environment itself.

The environment is the object that training uses, on another split, with sampling settings of its own.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from envs.bridges.likelihood import LikelihoodEnv
from envs.core.environment import TextEnv
from envs.core.episode import Answer, Episode
from envs.core.errors import UsageError
from envs.core.registry import EnvSpec, find
from envs.core.task import Task
from envs.workers.pool import VerifierPool, workers_for
from evals.gold import GoldReport, gold_check
from evals.results.result import EvalResult, Sample, sample_row
from evals.results.summary import summarise
from evals.sampling.journal import Journal, identity_of
from evals.sampling.likelihood import LikelihoodPool, choice_rows
from evals.sampling.slot import Slot
from grpo.engines.base import Sampling
from grpo.rollouts.episodes import EpisodePlayer, OnProgress
from grpo.rollouts.sampler import EngineSampler, Sampler
from grpo.rollouts.schedule import Rollouts
from grpo.rollouts.seeds import derive_seed

if TYPE_CHECKING:
    from grpo.engines.base import Engine
    from grpo.policy.chat import ChatRenderer

_ENDLESS_TASKS = 200
_MAX_DRAWS = 1_000_000
_LEAST = {"tasks": 1, "samples": 1, "max_tokens": 1, "temperature": 0, "top_k": 0, "shots": 0, "max_prompt_tokens": 0}
_COUNTS = ("tasks", "samples", "ks", "greedy", "max_prompt_tokens")  # how many, not which: they decide no sample


@dataclass(frozen=True, slots=True)
class EvalSettings:
    """What to evaluate and how to sample; together with the policy it decides every sample.

    Attributes:
        split: `test`, or `dev` for tuning, so that test stays held out.
        tasks: How many tasks; all of a split that has fewer. None for all of a finite split, 200 of an endless one.
        samples: Completions drawn of each (n).
        ks: The k of pass@k and maj@k; None for the powers of 4 up to n, and n.
        temperature: Of the samples.
        top_p: Nucleus mass of the samples.
        top_k: Most likely tokens kept; 0 keeps all.
        max_tokens: Longest completion; in episodes of several turns, the longest turn.
        shots: Solved training tasks shown before every prompt; whoever makes the sampler puts them there.
        greedy: Whether one greedy completion is made beside the samples.
        seed: Decides which tasks and which samples.
        max_prompt_tokens: Longest prompt; tasks with longer ones are left out. 0 for whatever leaves room.
    """

    split: str = "test"
    tasks: int | None = 200
    samples: int = 8
    ks: tuple[int, ...] | None = None
    temperature: float = 1.0
    top_p: float = 1.0
    top_k: int = 0
    max_tokens: int = 256
    shots: int = 0
    greedy: bool = True
    seed: int = 0
    max_prompt_tokens: int = 0

    def __post_init__(self) -> None:
        for name, least in _LEAST.items():
            value = getattr(self, name)
            if value is not None and not value >= least:
                raise UsageError(f"{name} must be at least {least}, not {value}")
        if not 0 < self.top_p <= 1:
            raise UsageError(f"top_p must be in (0, 1], not {self.top_p}")
        wrong = [k for k in self.ks or () if not 1 <= k <= self.samples]
        if wrong:
            raise UsageError(f"pass@{wrong[0]} needs k between 1 and the {self.samples} samples per task: raise --n")

    def of_likelihoods(self) -> EvalSettings:
        """Returns what is left of these settings where nothing is sampled: a task has one verdict."""
        return EvalSettings(self.split, self.tasks, samples=1, greedy=False, seed=self.seed)

    @property
    def k_list(self) -> tuple[int, ...]:
        """The k of pass@k."""
        if self.ks is not None:
            return tuple(sorted(set(self.ks) | {1}))
        powers = [4**i for i in range(10) if 4**i <= self.samples]
        return tuple(sorted({1, *powers, self.samples}))

    @property
    def sampling(self) -> Sampling:
        """How the samples are drawn."""
        return Sampling(self.max_tokens, self.temperature, self.top_p, self.top_k)

    @property
    def greedy_sampling(self) -> Sampling:
        """How the greedy completion is drawn."""
        return Sampling(self.max_tokens, temperature=0.0)


class Evaluator:
    """Evaluates policies on the same held-out tasks; keeps its verifier workers between calls.

    Args:
        spec: The environment; its split is set by the settings.
        settings: Tasks and sampling.
        workers: Verifier processes; 0 is 1, and in an environment of several turns one for each episode, up to 64.
        deadline_s: Seconds one completion may take to verify.
        rollouts: Whether turns go in rounds, or as they come.

    Raises:
        UsageError: The environment cannot be built as asked.
    """

    def __init__(
        self,
        spec: EnvSpec,
        settings: EvalSettings | None = None,
        *,
        workers: int = 0,
        deadline_s: float = 10.0,
        rollouts: Rollouts = "exact",
    ):
        self.settings = settings or EvalSettings()
        self.spec = spec.split(self.settings.split)
        self.workers = workers
        self.rollouts: Rollouts = rollouts
        self.deadline_s = deadline_s
        self.env = self.spec.build()
        if self.by_likelihood:
            self.settings = self.settings.of_likelihoods()
        self.tasks = choose_tasks(self.env, self.settings.tasks, self.settings.seed)
        self._manifest: dict[str, Any] | None = None
        self._pool: Future[VerifierPool] | None = None

    def __enter__(self) -> Evaluator:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def by_likelihood(self) -> bool:
        """Whether policies are asked how likely they hold texts, and write none."""
        return isinstance(self.env, LikelihoodEnv)

    def close(self) -> None:
        """Ends the verifier workers; safe to call twice."""
        pool, self._pool = self._pool, None
        if pool is not None and pool.exception() is None:
            pool.result().close()

    def __call__(self, engine: Engine, renderer: ChatRenderer, **options: Any) -> EvalResult:
        """Evaluates what an engine samples; `options` are those of `run`."""
        return self.run(EngineSampler(engine, renderer, self.settings.max_prompt_tokens), **options)

    def run(
        self,
        sampler: Sampler,
        *,
        model: dict[str, Any] | None = None,
        journal: Path | None = None,
        progress: OnProgress | None = None,
    ) -> EvalResult:
        """Evaluates what a sampler samples.

        Args:
            sampler: Where completions come from.
            model: What is evaluated, as plain data, for the summary; `sha256` (or `name`), `engine` and `dtype` are
                part of the journal's identity, and `chat`, what departs from the policy's own template.
            journal: Where to keep samples as they come in. An eval killed half-way goes on from there.
            progress: Told how far sampling and scoring are.

        Returns:
            Rows and summary; the same policy and settings give the same ones.

        Raises:
            UsageError: No prompt fits the context with its completion.
            RunError: The disk refuses the journal, or the verifier's process cannot be started.
        """
        started = time.perf_counter()
        slots = self._slots()
        left_out = self._left_out(sampler, slots)
        slots = [slot for slot in slots if slot.task_id not in left_out]
        book = Journal(journal, self.identity(model or {}), with_tokens=self.env.max_turns > 1)
        for slot in slots:
            book.restore(slot)
        pool = LikelihoodPool(self.env) if isinstance(self.env, LikelihoodEnv) else _Starting(self._verifiers)
        player = EpisodePlayer(sampler, pool, book, progress, self.rollouts)
        if any(slot.reward is None for slot in slots) and not self.by_likelihood:
            self._start_verifiers()
        try:
            player.play(slots)
        finally:
            book.close()
        samples = [sample_row(slot, slot.reward) for slot in slots if slot.reward is not None]
        total = time.perf_counter() - started
        seconds = {"generate": player.generate_s, "verify": player.verify_s, "total": total}
        summary = self._summary(samples, model or {}, seconds, len(left_out))
        if not isinstance(self.env, LikelihoodEnv):
            return EvalResult(samples, summary)
        told = [replace(sample, completion=sample.answer or "") for sample in samples]
        return EvalResult(told, summary, choice_rows(self.env, slots))

    def identity(self, model: dict[str, Any]) -> str:
        """Returns the hash of all that decides a model's samples and verdicts, given a task's id and a sample's index.

        More tasks or more samples of the same identity contain the fewer, so a journal of one serves the other.
        """
        settings = {name: value for name, value in asdict(self.settings).items() if name not in _COUNTS}
        policy = [model.get("sha256") or model.get("name", ""), model.get("engine"), model.get("dtype")]
        policy += [model["chat"]] if model.get("chat") else []
        return identity_of({"env": self._env_facts(), "settings": settings, "policy": policy})

    def settings_facts(self) -> dict[str, Any]:
        """Returns the settings as they came out, as plain data: tasks counted, k named."""
        facts = {**asdict(self.settings), "tasks": len(self.tasks), "ks": list(self.settings.k_list)}
        if not self.settings.max_prompt_tokens:  # evals made before there was such a setting are still these
            del facts["max_prompt_tokens"]
        return facts

    def gold(self, progress: OnProgress | None = None) -> GoldReport:
        """Scores the reference solutions of the tasks."""
        if self.by_likelihood:  # there are none: nothing is written
            return GoldReport(len(self.tasks), 0, 0, ())
        return gold_check(self.env, self._verifiers(), self.tasks, progress)

    def _env_facts(self) -> dict[str, Any]:
        return {
            **self.spec.without_code().to_json(),
            "version": find(self.spec.name).version,
            "tasks": self.env.tasks.version,
            "package": version("grpo-gym"),
        }

    def _slots(self) -> list[Slot]:
        slots = []
        for task in self.tasks:
            prompt, info = self.env.reset(options={"task_id": task.id})
            places = [(index, False) for index in range(self.settings.samples)]
            for index, greedy in [*places, (0, True)] if self.settings.greedy else places:
                seed = derive_seed(self.settings.seed, "eval", task.id, index, int(greedy))
                sampling = self.settings.greedy_sampling if greedy else self.settings.sampling
                slots.append(
                    Slot(
                        task.id, info["messages"], seed, sampling,
                        task=task, prompt=prompt, index=index, greedy=greedy,
                    )
                )  # fmt: skip
        return slots

    def _left_out(self, sampler: Sampler, slots: Sequence[Slot]) -> set[str]:
        """Returns the ids of tasks whose prompts leave no room for a turn."""
        one_each = {slot.task_id: slot.request for slot in slots}
        places = sampler.check(list(one_each.values()), self.settings.sampling) or ()
        ids = list(one_each)
        return {ids[place] for place in places}

    def _verifiers(self) -> VerifierPool:
        return self._start_verifiers().result()

    def _start_verifiers(self) -> Future[VerifierPool]:
        """Starts the workers in the background, where they are not there: sampling need not wait for them."""
        if self._pool is None:
            episodes = len(self.tasks) * (self.settings.samples + self.settings.greedy)
            workers = workers_for(self.workers, self.env, episodes)
            with_one_thread = ThreadPoolExecutor(1)
            self._pool = with_one_thread.submit(VerifierPool, self.spec, workers=workers, deadline_s=self.deadline_s)
            with_one_thread.shutdown(wait=False)
        return self._pool

    def _summary(
        self, samples: list[Sample], model: dict[str, Any], seconds: dict[str, float], left_out: int
    ) -> dict[str, Any]:
        if self._manifest is None:  # thousands of task ids are hashed: once is enough
            self._manifest = self.env.manifest()
        return {
            **summarise(samples, self.settings.k_list, tuple(self.env.parts) if self.by_likelihood else ()),
            "tasks": len(self.tasks) - left_out,
            "tasks_left_out": left_out,
            "samples": self.settings.samples,
            "env": {**self._env_facts(), "manifest": self._manifest},
            "model": model,
            "settings": self.settings_facts(),
            "identity": self.identity(model),
            "seconds": {name: round(value, 3) for name, value in seconds.items()},
        }


class _Starting:
    """Verifiers that may be starting still: they are waited for when the first turn is handed in."""

    def __init__(self, verifiers: Callable[[], VerifierPool]):
        self._verifiers = verifiers
        self._pool: VerifierPool | None = None

    @property
    def pending(self) -> int:
        return self._pool.pending if self._pool is not None else 0

    def submit(self, key: int, episode: Episode) -> None:
        self._pool = self._verifiers()
        self._pool.submit(key, episode)

    def poll(self, timeout: float | None = 0.0) -> list[tuple[int, Answer]]:
        return self._pool.poll(timeout) if self._pool is not None else []

    def cancel(self) -> None:
        if self._pool is not None:
            self._pool.cancel()


def choose_tasks(env: TextEnv, count: int | None, seed: int) -> list[Task]:
    """Returns distinct tasks of an environment's split: all of a small one in order, otherwise a seeded choice.

    Args:
        env: The environment.
        count: How many; None for all of a finite split, 200 of an endless one.
        seed: Decides which.

    Raises:
        UsageError: The split is empty.
    """
    size = env.tasks.size
    if count is None:
        count = _ENDLESS_TASKS if size is None else size
    if size is not None and size <= count:
        chosen = [env.tasks.task(place) for place in range(size)]
    elif size is not None:
        places = np.random.default_rng(derive_seed(seed, "eval-tasks")).permutation(size)[:count]
        chosen = [env.tasks.task(place) for place in places.tolist()]
    else:
        chosen = _distinct(env, seed, count)
    if not chosen:
        raise UsageError(f"the split {env.tasks.split!r} has no tasks: nothing to evaluate")
    return chosen


def _distinct(env: TextEnv, seed: int, count: int) -> list[Task]:
    """Draws from a source without end, passing over repeats; a source that hides an end gives what it has."""
    found: dict[str, Task] = {}
    idle = 0
    for place in range(min(_MAX_DRAWS, 20 * count + 100)):
        task = env.tasks.task(derive_seed(seed, "eval-task", place))
        idle = 0 if found.setdefault(task.id, task) is task else idle + 1
        if idle > 20 * len(found) + 1000:
            break
        if len(found) == count:
            break
    return list(found.values())
