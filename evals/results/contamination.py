"""Was the policy trained on what it is tested on? Ids, normalised text and 13-grams of both task sets."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from envs.core.registry import EnvSpec
from envs.core.task import Task
from grpo.rollouts.drawing.draws import drawn_counts
from grpo.rollouts.drawing.orders import plain_seed

if TYPE_CHECKING:
    from grpo.settings.config import TrainConfig

NGRAM = 13
_PHRASE = 5
_BOILERPLATE, _BOILERPLATE_SHARE = 10, 1 / 3
_MAX_TRAIN_TASKS = 50_000
_READ_FOR_WORDING = 1_000
_WORDS = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d]+|[-+*/^=<>%()\[\]{}|!]")


@dataclass(frozen=True, slots=True)
class Overlap:
    """What training tasks and test tasks share.

    Attributes:
        train_tasks: Training tasks looked at.
        test_tasks: Test tasks looked at.
        ids: Test tasks whose id was trained on.
        texts: Test tasks whose normalised prompt was trained on.
        ngrams: Test tasks that share a 13-gram with a training prompt.
        examples: Ids of the first few.
    """

    train_tasks: int
    test_tasks: int
    ids: int
    texts: int
    ngrams: int
    examples: tuple[str, ...]

    @property
    def contaminated(self) -> bool:
        """Whether any test task was seen in training, word for word or in a long stretch."""
        return bool(self.ids or self.texts or self.ngrams)


def find_overlap(train: Iterable[Task], test: Sequence[Task], alike: Iterable[Task] = ()) -> Overlap:
    """Looks for test tasks among training tasks.

    13-grams of lower-case words as in Brown et al., "Language Models are Few-Shot Learners" (arXiv 2005.14165,
    appendix C), who also ignore n-grams found more than 10 times in training: those are wording, not content. Here
    5-grams found in more than 10 prompts, or in a third of a few, are taken out first, because a rare number beside a
    template's wording would otherwise make a rare 13-gram. The prompts of a short run are too few to tell wording from
    content, so those of the test and of `alike` are read for it too. Same ids count only where the prompts are the
    same too: another environment may number its tasks alike.

    Args:
        train: What the policy was trained on.
        test: What it is evaluated on.
        alike: More tasks of the training environment, which nobody was trained on.
    """
    ids_of: dict[tuple[str, ...], set[str]] = {}
    count = 0
    for task in train:
        count += 1
        ids_of.setdefault(normalised(task.prompt), set()).add(task.id)
    prompts = set(ids_of).union(normalised(task.prompt) for task in (*test, *alike))
    phrases = Counter(phrase for words in prompts for phrase in set(_ngrams(words, _PHRASE)))
    often = min(_BOILERPLATE, max(2, _BOILERPLATE_SHARE * len(prompts)))
    wording = {phrase for phrase, times in phrases.items() if times > often}
    grams = {gram for words in ids_of for gram in _ngrams(_content(words, wording), NGRAM)}
    found: dict[str, list[str]] = {"ids": [], "texts": [], "ngrams": []}
    for task in test:
        words = normalised(task.prompt)
        same = ids_of.get(words, set())
        if task.id in same:
            found["ids"].append(task.id)
        if same:
            found["texts"].append(task.id)
        if not grams.isdisjoint(_ngrams(_content(words, wording), NGRAM)):
            found["ngrams"].append(task.id)
    examples = tuple(dict.fromkeys(found["texts"] + found["ngrams"]))[:5]
    return Overlap(count, len(test), len(found["ids"]), len(found["texts"]), len(found["ngrams"]), examples)


def normalised(text: str) -> tuple[str, ...]:
    """Returns the lower-case words of a text; numbers, signs and brackets, which tell two problems apart, are words."""
    return tuple(_WORDS.findall(text.lower()))


def _ngrams(words: Sequence[str], n: int) -> list[tuple[str, ...]]:
    return [tuple(words[i : i + n]) for i in range(len(words) - n + 1)]


def _content(words: Sequence[str], wording: set[tuple[str, ...]]) -> list[str]:
    """Returns the words that are in no phrase of the wording."""
    common = [False] * len(words)
    for start, phrase in enumerate(_ngrams(words, _PHRASE)):
        if phrase in wording:
            common[start : start + _PHRASE] = [True] * _PHRASE
    return [word for word, is_common in zip(words, common, strict=True) if not is_common]


def check_contamination(checkpoint: Path, test: Sequence[Task]) -> dict[str, Any]:
    """Compares what a checkpoint was trained on, by the manifest in it, with the tasks of an eval.

    Args:
        checkpoint: A model folder.
        test: The tasks of the eval.

    Returns:
        Plain data for the summary: `status` (`clean`, `contaminated` or `unknown`), `reason`, and the overlap's counts.
    """
    from grpo.runs.checkpoint import HISTORY, STATE_DIR

    state_file = checkpoint / STATE_DIR / "state.json"
    if not state_file.is_file():
        return _unknown(f"{checkpoint} carries no manifest of what it was trained on")
    try:
        state = json.loads(state_file.read_text(encoding="utf-8"))
        for one in _environments(state):  # whoever made the checkpoint wrote it
            one["env"] = EnvSpec(**one["env"]).without_code().to_json()
        train, alike = trained_on(state, _departed(checkpoint / STATE_DIR / HISTORY)), _alike(state)
    except Exception as error:  # a manifest of another version, or of an environment that is not installed here
        return _unknown(f"the manifest in {checkpoint} cannot be followed: {error}")
    return _known(find_overlap(train, test, alike))


def check_plan(config: TrainConfig, test: Sequence[Task]) -> dict[str, Any]:
    """Compares what a run is going to train on with the tasks of an eval; see `check_contamination`.

    What a sampler or a profile chooses of a source without end, the checkpoints know, and nobody before.
    """
    endless = any(one.spec.build().tasks.size is None for one in config.environments)
    if endless and (config.sampler in ("band", "curriculum") or config.select):
        return _unknown("tasks are chosen as the run goes: `grpo eval --ckpt RUN` looks at those it was trained on")
    plan = {
        "step": config.steps,
        "config": {"seed": config.seed, "tasks_per_step": config.tasks_per_step},
        "manifest": {
            "environments": [{"env": one.spec.to_json(), "weight": one.weight} for one in config.environments]
        },
    }
    return _known(find_overlap(trained_on(plan), test, _alike(plan)))


def _known(overlap: Overlap) -> dict[str, Any]:
    status = "contaminated" if overlap.contaminated else "clean"
    return {"status": status, "reason": "", **asdict(overlap)}


def _unknown(reason: str) -> dict[str, Any]:
    return {"status": "unknown", "reason": reason}


def _environments(state: dict[str, Any]) -> list[dict[str, Any]]:
    """Returns the manifest of each environment that a checkpoint was trained on; most have one, and no list of them."""
    manifest = state["manifest"]
    return manifest.get("environments") or [manifest]


def _seen(state: dict[str, Any]) -> list[int]:
    """Returns how many tasks of each environment a trainer has seen."""
    if state.get("positions"):
        return state["positions"]
    weights = [float(one.get("weight", 1.0)) for one in _environments(state)]
    steps, slots = int(state["step"]), int(state["config"]["tasks_per_step"])
    if len(weights) == 1:
        return [steps * slots]
    return drawn_counts(int(state["config"]["seed"]), weights, steps, slots)


def _departed(history: Path) -> list[dict[int, int]]:
    """Returns what a checkpoint's run drew in place of its plain order, by position, for each environment."""
    if not history.is_file():
        return []
    return [dict(one) for one in json.loads(history.read_text(encoding="utf-8")).get("departed", [])]


def trained_on(state: dict[str, Any], departed: Sequence[dict[int, int]] = ()) -> list[Task]:
    """Returns the tasks that a checkpoint's trainer has seen, from its state; of a finite split all.

    Args:
        state: The checkpoint's.
        departed: For each environment the seeds that are not the plain order's, by position.

    Raises:
        KeyError: The state lacks its manifest or settings.
        UsageError: An environment cannot be built.
    """
    found: list[Task] = []
    run_seed = int(state["config"]["seed"])
    drawn = departed or [{} for _ in _environments(state)]
    for one, seen, others in zip(_environments(state), _seen(state), drawn, strict=True):
        env = EnvSpec(**one["env"]).build()
        if env.tasks.size is not None:
            found += [env.tasks.task(place) for place in range(min(env.tasks.size, _MAX_TRAIN_TASKS))]
        else:
            places = range(min(seen, _MAX_TRAIN_TASKS))
            found += [env.tasks.task(others.get(place, plain_seed(run_seed, place))) for place in places]
    return found


def _alike(state: dict[str, Any]) -> list[Task]:
    """Returns tasks of endless training splits as far as too few of them were seen to know their wording."""
    found: list[Task] = []
    for one, seen in zip(_environments(state), _seen(state), strict=True):
        env = EnvSpec(**one["env"]).build()
        found += [] if env.tasks.size is not None else [env.tasks.task(n) for n in range(_READ_FOR_WORDING - seen)]
    return found


def contamination_warning(label: str, summary: dict[str, Any]) -> list[str]:
    """Returns what a comparison must say of an eval's contamination, nothing where it is clean or was not asked."""
    found = summary.get("contamination")
    if not found or found["status"] != "contaminated":
        return []
    return [f"the {label} eval is contaminated: {overlap_words(found)}"]


def overlap_words(found: dict[str, Any]) -> str:
    """Returns in words what a contaminated eval shares with training."""
    return (
        f"{found['texts']} of {found['test_tasks']} test prompts were trained on and {found['ngrams']} share a "
        f"{NGRAM}-gram with training, such as {', '.join(found['examples'])}"
    )
