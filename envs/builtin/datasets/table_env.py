"""The environment `dataset`: any JSONL, CSV, parquet or Hugging Face data set, by a template."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

from envs.builtin.datasets.hub import hub_records, is_hub
from envs.builtin.datasets.kinds import KINDS, OWN, own_verifier
from envs.builtin.datasets.records import SUFFIXES, read_records
from envs.builtin.datasets.splits import SPLIT_WORDS, hub_stem, split_files
from envs.builtin.datasets.table import Columns, Table, TableTasks
from envs.builtin.datasets.template import Template, as_text
from envs.core.environment import TextEnv, Verifier
from envs.core.errors import UsageError
from envs.core.registry import CODE, EnvSpec
from envs.core.reward import Reward, Status
from envs.core.task import Task
from envs.judges import ExactMatch
from envs.workers.pool import VerifierPool
from envs.workers.shipping import unship

_FORMS = ("{}", "<answer>{}</answer>", r"\boxed{{{}}}")
_TRIED = 3
_ORACLE_DEADLINE_S = 2.0
_SAYABLE = (str, int, float)


class TableEnv(TextEnv):
    """Records of a data set, one a task; see `make` for the arguments."""

    def __init__(self, tasks: TableTasks, verifier: Verifier | None = None, *, render_mode: str | None = None):
        self.is_own = tasks.columns.verifier == OWN
        kind = KINDS[tasks.columns.verifier]
        super().__init__(tasks, verifier or kind.verifier(), render_mode=render_mode)
        self.summary = f"The data set {tasks.name}, judged by {tasks.columns.verifier}"
        self.parts = getattr(verifier, "meanings", None) or kind.meanings

    def oracle_turn(self, task: Task, turns: Sequence[str]) -> str | None:
        """Returns the gold in the form its verifier reads; with a reward of the user's own, in one that it pays."""
        if turns or self.tasks.solution(task) is not None or self._paid_form is None:
            return super().oracle_turn(task, turns)
        return self._paid_form.format(as_text(task.gold)) if isinstance(task.gold, _SAYABLE) else None

    @cached_property
    def _paid_form(self) -> str | None:
        """The form of an answer that a reward of the user's own pays, as a few tasks tell: asking more may be dear.

        Asked in a worker that can be killed, as for every text that the reward gets to see.
        """
        if not self.is_own or self.spec is None:
            return None
        with VerifierPool(EnvSpec("dataset", dict(self.spec.kwargs)), deadline_s=_ORACLE_DEADLINE_S) as pool:
            for place in range(min(_TRIED, self.tasks.size or 0)):
                task = self.tasks.task(place)
                told = [form.format(as_text(task.gold)) for form in _FORMS if isinstance(task.gold, _SAYABLE)]
                found = pool.score([(task.id, text) for text in told])
                if paid := [form for form, reward in zip(_FORMS, found, strict=False) if reward.score >= 1]:
                    return paid[0]
                if any(reward.status is Status.TIMEOUT for reward in found):
                    return None
        return None

    def start_worker(self) -> None:
        """Lets the verifier start what it keeps running, before the first deadline runs."""
        super().start_worker()
        warm = getattr(getattr(self.verifier, "judge", None), "warm", None)
        if warm is not None:
            warm()


def make(
    split: str = "train",
    data: str | None = None,
    prompt: str | None = None,
    answer: str | None = None,
    verifier: str = "math",
    answer_format: str | None = None,
    dev_data: str | None = None,
    test_data: str | None = None,
    id_column: str | None = None,
    split_column: str | None = None,
    ignore_case: bool = False,
    aliases: str | None = None,
    reward: dict[str, str] | None = None,
    render_mode: str | None = None,
) -> TableEnv:
    r"""Builds an environment from records.

    Args:
        split: `train`, `dev` or `test`.
        data: A file, a folder of files named after splits, or a Hugging Face data set (`hf:owner/name:configuration`,
            the `hf:` optional here, or a folder that `save_to_disk` wrote).
        prompt: Template of the prompt, such as `{question}`.
        answer: Template of the answer, such as `{answer}`.
        verifier: `math`, `exact`, `numeric`, `regex`, `code` or `json_schema`.
        answer_format: `tags` and `boxed` ask for the answer in `<answer>` or `\boxed{}`, `none` leaves the prompt as it
            is; by default what suits the verifier.
        dev_data: A file that is the dev split.
        test_data: A file that is the test split.
        id_column: A field with a stable id; by default a hash of the prompt.
        split_column: A field that names each record's split.
        ignore_case: Whether `exact` leaves upper and lower case aside.
        aliases: A field with further answers that are right for `exact`: a list, or text with `|` between them.
        reward: A reward of one's own, as `grpo.dataset` in Python packs it; it judges in the verifier's place.
        render_mode: Gymnasium's; None is the only one.

    Raises:
        UsageError: What is asked for is not there; the message names what there is.
    """
    if data is None or prompt is None or (answer is None and reward is None):
        raise UsageError(
            "dataset needs its data and two templates: --env-arg data=FILE.jsonl --env-arg 'prompt={question}' "
            "--env-arg 'answer={answer}', with the names of your fields in the braces"
        )
    gold = None if answer is None else Template(answer)
    kind = verifier if reward is None else OWN
    if kind != "exact" and (ignore_case or aliases is not None):
        raise UsageError("ignore_case and aliases are for verifier=exact: leave them out, or choose it")
    columns = Columns(Template(prompt), gold, kind, answer_format, id_column, split_column, aliases)
    tables = _tables(data)
    tables += [_file(Path(path), own) for path, own in ((dev_data, "dev"), (test_data, "test")) if path is not None]
    own = ExactMatch(ignore_case) if ignore_case else None if reward is None else _own(reward)
    return TableEnv(TableTasks(hub_stem(data), split, tables, columns), own, render_mode=render_mode)


def _own(reward: dict[str, str]) -> Verifier:
    """Returns the reward that travelled here; where its code was left out, one that judges nothing."""
    return own_verifier(unship(reward)) if CODE in reward or "sha256" not in reward else _left_out


def _left_out(task: Task, completion: str) -> Reward:
    return Reward.unscorable("the code of this reward was left out: only its tasks are here")


def _tables(data: str) -> list[Table]:
    path = Path(data)
    if not is_hub(data) and (path.is_file() or path.suffix in SUFFIXES):
        return [_file(path, None)]
    found = [_file(file, SPLIT_WORDS[file.stem]) for file in split_files(path)]
    if found:
        return found
    if path.is_dir() and not is_hub(data):
        raise UsageError(
            f"{data} holds no data file named after a split: put train.jsonl (or .csv, .parquet) there, or name a file"
        )
    return [Table(split or data, SPLIT_WORDS.get(split), rows) for split, rows in hub_records(data).items()]


def _file(path: Path, split: str | None) -> Table:
    return Table(path.name, split, read_records(path))
