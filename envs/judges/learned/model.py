"""A reward model: any Hugging Face sequence-classification model as a verifier."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from envs.core.errors import RunError, UsageError
from envs.core.extras import require
from envs.core.reward import Reward, Status
from envs.core.task import Task
from envs.core.text import reply_of
from envs.judges.learned.conversation import conversation
from envs.judges.learned.normalise import RULES, Calibration, normalised

_WHAT = "a reward model"


class RewardModel:
    """How good a reward model finds a completion, from 0 to 1.

    The model reads the task's prompt and the completion in its own chat template, or one under the other where it has
    none. Its raw score (the logit of a model with one label, the log-odds of the second label where it has two) goes
    through the rule `normalise`; see `normalise.py` beside this file. What a completion says is text and nothing
    else: a turn's mark in it, such as `<|im_end|>`, is spelled out and ends no turn. Text longer than `max_tokens`
    is not cut: it scores 0 with status `error`. Scores do not depend on what else is in a batch, up to rounding of
    the last digits.

    The model is loaded on the first completion, or when a worker of the verifier pool starts.

    Args:
        model: A folder, or a name on the hub.
        normalise: `sigmoid`, or the path of a calibration file that `calibrate` wrote.
        batch_size: Completions in one forward pass.
        max_tokens: Longest prompt and completion together.
        device: Where the model runs, such as `cpu` or `cuda:0`.

    Raises:
        UsageError: A value is out of range, or the folder or calibration file is not one.
    """

    def __init__(
        self,
        model: str,
        normalise: str = "sigmoid",
        batch_size: int = 8,
        max_tokens: int = 2048,
        device: str = "cpu",
    ):
        if batch_size < 1 or max_tokens < 1:
            raise UsageError("a reward model needs a batch_size and max_tokens of at least 1")
        if Path(model).exists() and not (Path(model) / "config.json").is_file():
            raise UsageError(f"no config.json in {model}: give the folder of a sequence-classification model")
        self.model = model
        self.calibration = None if normalise in RULES else Calibration.read(Path(normalise))
        self.batch_size = batch_size
        self.max_tokens = max_tokens
        self.device = device
        self._loaded: tuple[Any, Any] | None = None

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_loaded": None}

    def __call__(self, task: Task, completion: str) -> Reward:
        """Scores one completion."""
        return self.score_batch([(task, completion)])[0]

    def start_worker(self) -> None:
        """Loads the model now; one that cannot be loaded is told by each completion's reward."""
        try:
            self._load()
        except (RunError, UsageError):
            return

    def score_batch(self, pairs: Sequence[tuple[Task, str]]) -> list[Reward]:
        """Scores completions, `batch_size` at a time; an empty reply scores 0 unread.

        Raises:
            UsageError: The packages are not installed, or the model is none of the kind.
            RunError: The model cannot be loaded.
        """
        rewards = [Reward(0.0, {"raw": 0.0}, outcome="empty")] * len(pairs)
        asked = [index for index, (_, completion) in enumerate(pairs) if reply_of(completion)]
        if not asked:
            return rewards
        tokens = self._tokens([pairs[index] for index in asked])
        fitting = []
        for index, ids in zip(asked, tokens, strict=True):
            if len(ids) > self.max_tokens:
                reason = f"{len(ids)} tokens are over max_tokens={self.max_tokens}"
                rewards[index] = Reward(0.0, {"raw": 0.0}, Status.ERROR, "too_long", reason=reason)
            else:
                fitting.append((len(ids), index, ids))
        fitting.sort()  # neighbours in length share a pass, so little of it is padding
        for start in range(0, len(fitting), self.batch_size):
            chunk = fitting[start : start + self.batch_size]
            for (_, index, _), raw in zip(chunk, self.raw_scores([ids for *_, ids in chunk]), strict=True):
                rewards[index] = self._reward(raw)
        return rewards

    def _reward(self, raw: float) -> Reward:
        if not math.isfinite(raw):
            return Reward.unscorable(f"the reward model's score is {raw}")
        return Reward(normalised(raw, self.calibration), {"raw": raw}, outcome="scored")

    def raw_scores(self, batch: Sequence[Sequence[int]]) -> list[float]:
        """Returns the raw scores of token sequences, in one forward pass.

        Raises:
            UsageError: The model has more than two labels.
        """
        import torch

        model, tokenizer = self._load()
        width = max(map(len, batch))
        pad = tokenizer.pad_token_id if tokenizer.pad_token_id is not None else 0
        ids_BT = torch.tensor([[*ids, *[pad] * (width - len(ids))] for ids in batch], device=self.device)
        mask_BT = torch.tensor([[1] * len(ids) + [0] * (width - len(ids)) for ids in batch], device=self.device)
        with torch.inference_mode():
            logits_BL = model(input_ids=ids_BT, attention_mask=mask_BT).logits.float()
        if logits_BL.shape[1] > 2:
            raise UsageError(f"{self.model} has {logits_BL.shape[1]} labels: a reward model has one or two")
        raw_B = logits_BL[:, -1] - (logits_BL[:, 0] if logits_BL.shape[1] == 2 else 0.0)
        return [float(raw) for raw in raw_B]

    def _tokens(self, pairs: Sequence[tuple[Task, str]]) -> list[list[int]]:
        _, tokenizer = self._load()
        return [conversation(tokenizer, task.prompt, completion) for task, completion in pairs]

    def _load(self) -> tuple[Any, Any]:
        if self._loaded is None:
            require("torch", "train", _WHAT)
            transformers = require("transformers", "train", _WHAT)
            try:
                model = transformers.AutoModelForSequenceClassification.from_pretrained(self.model)
                tokenizer = transformers.AutoTokenizer.from_pretrained(self.model)
            except Exception as error:  # whatever a folder, a hub or a file raises
                raise RunError(f"cannot load the reward model {self.model}: {error}"[:300]) from error
            if model.config.pad_token_id is None:  # a model without one cannot tell where a padded text ends
                model.config.pad_token_id = tokenizer.pad_token_id if tokenizer.pad_token_id is not None else 0
            self._loaded = model.eval().to(self.device), tokenizer
        return self._loaded


def calibrate(model: RewardModel, pairs: Sequence[tuple[Task, str]], path: Path) -> Calibration:
    """Measures a model's raw scores over typical completions and writes the file that `normalise` takes.

    Args:
        model: The reward model.
        pairs: Tasks and completions, such as those of a policy before training.
        path: The file to write.

    Raises:
        UsageError: Fewer than two of them can be scored, or all score the same.
    """
    raw = [reward.parts["raw"] for reward in model.score_batch(pairs) if reward.outcome == "scored"]
    found = Calibration.of(raw, model.model)
    path.write_text(json.dumps(asdict(found)), encoding="utf-8")
    return found
