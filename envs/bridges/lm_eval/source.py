"""The documents of one of lm-eval's tasks as tasks of ours, with splits that share no question."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from envs.bridges.lm_eval.library import quiet
from envs.bridges.lm_eval.scoring import Scoring
from envs.core.errors import UsageError, did_you_mean
from envs.core.sources.procedural import digest, split_of
from envs.core.sources.tasklist import TaskList, checked_split, content_version
from envs.core.task import Task

PROMPTS = ("text", "chat", "multiturn")
_WAYS = ("{}", "#### {}", "The answer is {}.", "The final answer is ({}).", "\\boxed{{{}}}", "${}$", "Answer: {}")
"""How a right answer may have to be written for a task's filters to find it."""


def documents(name: str, task: Any, split: str) -> list[Any]:
    """Returns the documents of a split, in lm-eval's order.

    `test` is what lm-eval evaluates. `dev` is the validation split where that is another, and otherwise a tenth of the
    training split by a hash of the question. Whatever a split that is held out asks is not in `train`.

    Args:
        name: The task's name.
        task: A `ConfigurableTask`.
        split: `train`, `dev` or `test`.

    Raises:
        UsageError: There is no such split, or nothing to train on.
    """
    checked_split(split)
    test = list(task.eval_docs)
    if split == "test":
        return test
    if not task.has_training_docs():
        raise UsageError(
            f"lm-eval/{name} has no training split: it evaluates alone, as in grpo eval --env lm-eval/{name}"
        )
    apart = task.has_validation_docs() and task.has_test_docs()
    validation = list(task.validation_docs()) if apart else []
    if split == "dev" and validation:
        return _without(task, validation, _questions(task, test))
    training = _without(task, list(task.training_docs()), _questions(task, [*test, *validation]))
    if validation:
        return training
    return [doc for doc in training if (split_of(_question(task, doc)) == "dev") == (split == "dev")]


def _question(task: Any, doc: Any) -> str:
    asked = task.doc_to_choice(doc) if task.multiple_input else task.doc_to_text(doc)
    return " ".join(str(asked).split())


def _questions(task: Any, docs: Iterable[Any]) -> set[str]:
    return {_question(task, doc) for doc in docs}


def _without(task: Any, docs: Sequence[Any], questions: set[str]) -> list[Any]:
    return [doc for doc in docs if _question(task, doc) not in questions]


class LmEvalTasks(TaskList):
    """The documents of one split, prompted as lm-eval prompts them.

    A task's id is the task's name and a hash of the document; a document that occurs twice is two tasks, since lm-eval
    counts it twice.

    Args:
        name: The task's name.
        split: Which split this is.
        task: The `ConfigurableTask`; its generator of examples is used up in lm-eval's order.
        docs: The split's documents.
        scoring: Its filters and metrics.
        prompts: `text`, `chat` or `multiturn`.

    Attributes:
        docs: The documents by task id.
        chats: The messages of each task by id; none where the prompt is the one message.

    Raises:
        UsageError: There is no such form of prompts, no document, or an example would give a held-out answer away.
    """

    def __init__(self, name: str, split: str, task: Any, docs: Sequence[Any], scoring: Scoring, prompts: str = "text"):
        if prompts not in PROMPTS:
            raise UsageError(f"no prompts {prompts!r}: {did_you_mean(prompts, PROMPTS)}")
        if prompts != "text" and task.config.gen_prefix:
            raise UsageError(f"lm-eval/{name} begins the answer itself, which prompts=text alone can do: leave it out")
        self.docs: dict[str, Any] = {}
        self.chats: dict[str, list[dict[str, str]]] = {}
        self._scoring = scoring
        made = []
        if split != "test":
            _check_examples(name, task)
        for doc in docs:
            task_id = self._id(name, doc)
            self.docs[task_id] = doc
            prompt = self._prompt(task_id, task, doc, split, prompts)
            made.append(Task(task_id, prompt, scoring.target(doc), {"dataset": name}))
        shots = task.config.num_fewshot
        version = f"lm-eval-{task.VERSION}-{shots}-{content_version(map(self._identity, made))}"
        super().__init__(split, made, version, empty=f"lm-eval/{name} has no document in the split {split!r}")

    def _identity(self, task: Task) -> str:
        """Returns what a task asks and wants, for the version."""
        return f"{task.id} {task.prompt} {task.gold}"

    def _id(self, name: str, doc: Any) -> str:
        first = f"{name}/{digest(json.dumps(doc, sort_keys=True, default=str)):016x}"
        task_id, again = first, 1
        while task_id in self.docs:
            again += 1
            task_id = f"{first}-{again}"
        return task_id

    def _prompt(self, task_id: str, task: Any, doc: Any, split: str, prompts: str) -> str:
        text = self._context(task_id, task, doc, split, prompts)
        if task_id not in self.chats:
            return str(text)
        return "\n\n".join(turn["content"] for turn in self.chats[task_id])

    def _context(self, task_id: str, task: Any, doc: Any, split: str, prompts: str) -> Any:
        """Returns the text that lm-eval puts to a model, or several; where it makes a chat, that is kept."""
        said: list[list[dict[str, str]]] = []

        def kept(chat: list[dict[str, str]], **_: Any) -> str:
            said.append([{"role": turn["role"], "content": turn["content"]} for turn in chat])
            return ""

        with _never_itself(task, doc if split != "test" else None):
            text = task.fewshot_context(
                doc,
                num_fewshot=task.config.num_fewshot,
                apply_chat_template=prompts != "text",
                fewshot_as_multiturn=prompts == "multiturn",
                chat_template=kept if prompts != "text" else None,
                gen_prefix=task.doc_to_prefix(doc),
            )
        if said:
            self.chats[task_id] = said[0]
        return text

    def solution(self, task: Task) -> str | None:
        """Returns the document's target, written so that the task's own filter and metric give it the point."""
        ours, doc = self._scoring, self.docs[task.id]
        with quiet():
            for way in _WAYS:
                text = way.format(task.gold)
                try:
                    value, _ = ours.values(doc, text)[ours.metric, ours.filter]
                except Exception:  # this way is none
                    continue
                if value == 1:
                    return text
        return None


class _never_itself:
    """Keeps a document out of its own examples: lm-eval sees to that where it evaluates, not where we train."""

    def __init__(self, task: Any, doc: Any | None):
        self.sampler = getattr(task, "sampler", None)
        self.doc = doc

    def __enter__(self) -> None:
        if self.sampler is None or self.doc is None:
            return
        plain: Callable[..., Any] = self.sampler.sample

        def sample(n: int, eval_doc: Any = None, **rest: Any) -> Any:
            return plain(n, eval_doc=self.doc, **rest)

        self.sampler.sample = sample

    def __exit__(self, *_: object) -> None:
        if self.sampler is not None:
            self.sampler.__dict__.pop("sample", None)


def _check_examples(name: str, task: Any) -> None:
    """Refuses examples from what is held out.

    Raises:
        UsageError: The examples shown are questions of the split that is evaluated.
    """
    if not task.config.num_fewshot:
        return
    held_out = _questions(task, task.eval_docs)
    examples: Mapping[str, Any] = {_question(task, doc): doc for doc in task.sampler.df}
    if held_out & set(examples):
        raise UsageError(
            f"lm-eval/{name} shows questions of its test split as examples: train with --env-arg num_fewshot=0"
        )
