"""What lm-eval makes of one completion: cut at the task's stops, through each filter, into each metric."""

from __future__ import annotations

import contextlib
import copy
import itertools
import sys
import unicodedata
from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any

from envs.bridges.apart import ForeignScorer, fits, verdict
from envs.bridges.lm_eval.library import hush, task_module
from envs.core.errors import UsageError, did_you_mean
from envs.core.reward import Reward
from envs.core.task import Task

_LONGEST_ANSWER = 500
_TRIED = 3
_NO_ANSWER = "[invalid]"
"""What lm-eval's extracting filters put where they find nothing, unless a task says otherwise."""
Values = Mapping[tuple[str, str], tuple[Any, Any]]
"""What each metric gives after each filter, and what the filter left, by the two names."""


class Scoring:
    """The filters and metrics of one of lm-eval's tasks.

    Only metrics that lm-eval averages over questions, that are better when higher and that lie between 0 and 1 can be a
    reward; the others of a task are left out.

    Args:
        name: The task's name.
        task: The `ConfigurableTask`.
        metric: Which metric is the reward; None for the first that can be.
        filter: After which filter; None for the first.

    Attributes:
        stops: Where a completion is cut, as lm-eval's models cut it.
        metric: The metric that is the reward.
        filter: The filter it is taken after.
        filters: The names of all filters.
        metrics: The metrics that can be a reward.

    Raises:
        UsageError: No metric of the task can be a reward, or there is no such metric or filter.
    """

    def __init__(self, name: str, task: Any, metric: str | None, filter: str | None):
        self.task = task
        self._instance = task_module("lm_eval.api.instance").Instance
        until = (task.config.generation_kwargs or {}).get("until") or []
        self.stops = tuple(stop for stop in ([until] if isinstance(until, str) else until) if stop)
        self.filters = [ensemble.name for ensemble in task._filters]
        mean = task_module("lm_eval.api.metrics").mean
        better, gathered = task.higher_is_better(), task.aggregation()
        means = [key for key in gathered if gathered[key] is mean and better.get(key)]
        self.metrics = self._bounded(means)
        self.metric = self._chosen(name, "metric", metric, self.metrics, tuple(gathered))
        self.filter = self._chosen(name, "filter", filter, self.filters, self.filters)

    @staticmethod
    def _chosen(name: str, what: str, asked: str | None, can: Sequence[str], all_: Sequence[str]) -> str:
        if not can or (asked in all_ and asked not in can):
            named = asked or " and ".join(all_)
            rest = f": take {what}={can[0]}" if can else ": choose a task with exact_match"
            raise UsageError(
                f"lm-eval/{name}: {named} is no mean of values from 0 to 1 that are better when higher{rest}"
            )
        if asked is not None and asked not in can:
            raise UsageError(f"lm-eval/{name} has no {what} {asked!r}: {did_you_mean(asked, can)}")
        return asked or can[0]

    def _bounded(self, metrics: Sequence[str]) -> list[str]:
        """Returns the metrics that are numbers from 0 to 1 for the first documents' own targets."""
        found = list(metrics)
        for doc in itertools.islice(self.task.task_docs, _TRIED):
            try:
                values = self.values(doc, self.target(doc))
            except Exception:  # a target that is no completion says nothing of the metrics
                continue
            given = {key for key, _ in values}
            found = [
                one for one in found if one in given and all(fits(v) for (m, _), (v, _) in values.items() if m == one)
            ]
        return found

    def target(self, doc: Any) -> str:
        """Returns the answer that a document holds for right, as text."""
        target = self.task.doc_to_target(doc)
        if isinstance(target, int) and self.task.config.doc_to_choice is not None:
            return str(self.task.doc_to_choice(doc)[target])
        if isinstance(target, list | tuple):
            target = target[0] if target else ""
        return str(target)

    def cut(self, completion: str) -> str:
        """Returns a completion up to the first of the task's stops, which is all that lm-eval's models hand on."""
        for stop in self.stops:
            completion = completion.split(stop)[0]
        return completion

    def values(self, doc: Any, completion: str) -> Values:
        """Returns what each metric gives after each filter, and what the filter left, by the two names.

        Raises:
            Exception: Whatever the task's own functions raise.
        """
        found = {}
        instance = self._instance("generate_until", doc, ("", {}), 0, resps=[self.cut(completion)])
        for ensemble in self.task._filters:
            ensemble.apply([instance])
            left = instance.filtered_resps[ensemble.name]
            for key, value in self.task.process_results(copy.deepcopy(doc), [left]).items():
                found[key, ensemble.name] = value, left
        return found

    @property
    def chosen(self) -> tuple[str, str]:
        """The metric that is the reward, and the filter it is taken after."""
        return self.metric, self.filter

    def verdict(self, values: Values, answer: str | None, *, blank: bool = False) -> Reward:
        """Returns the chosen metric of what `values` gave as a reward, with the others as its parts."""
        parts = {
            f"{key},{place}": float(v) for (key, place), (v, _) in values.items() if key in self.metrics and fits(v)
        }
        score, _ = values.get(self.chosen, (None, None))
        return verdict(f"lm-eval's {self.metric}", score, parts, answer, blank=blank)


class LmEvalScorer(ForeignScorer):
    """Scores completions as lm-eval does.

    Args:
        scoring: The task's filters and metrics.
        docs: The documents by the ids of their tasks.
    """

    package = "lm-eval"

    def __init__(self, scoring: Scoring, docs: Mapping[str, Any]):
        self.scoring = scoring
        self.docs = docs

    def judge(self, task: Task, completion: str) -> Reward:
        """Returns the chosen metric; see `ForeignScorer.judge`."""
        values = self.scoring.values(self.docs[task.id], completion)
        _, left = values.get(self.scoring.chosen, (None, None))
        answer = str(left)[:_LONGEST_ANSWER]
        return self.scoring.verdict(values, answer, blank=answer == _NO_ANSWER)

    def right_answer(self, task: Task) -> str:
        """Returns the document's target."""
        return self.scoring.target(self.docs[task.id])

    def start_worker(self) -> None:
        """Scores one completion, so that no deadline has to wait for what lm-eval imports late."""
        hush()
        _fewer_characters()
        doc = next(iter(self.docs.values()))
        with contextlib.suppress(Exception):  # what a target raises is told where a completion is scored
            self.scoring.values(doc, self.scoring.target(doc))


def _fewer_characters() -> None:
    """Lets the filter `multi_choice_regex` look for punctuation up to the last there is, not to the end of Unicode.

    It does so anew for every completion, a third of a second long, and finds the same in an eighth of the time.
    """
    extraction = task_module("lm_eval.filters.extraction")
    if extraction.sys is sys:
        last = next(i for i in range(sys.maxunicode, 0, -1) if unicodedata.category(chr(i)).startswith("P"))
        extraction.sys = SimpleNamespace(maxunicode=last + 1)
