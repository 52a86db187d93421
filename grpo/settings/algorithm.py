"""What can be chosen of the algorithm, and what goes together.

`LOSSES` is the one place where a loss is made known: what computes it, which settings it reads, how it may be
aggregated. `grpo.settings.presets` names whole combinations after their papers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from envs.core.errors import did_you_mean

AGGREGATIONS = ("token", "sequence", "constant")


@dataclass(frozen=True, slots=True)
class LossFacts:
    """A loss, as far as it can be known without torch.

    Attributes:
        function: Its name in `grpo.algorithm.loss`; a `grpo.algorithm.loss.Surrogate`.
        source: The paper.
        reads: Which of `LOSS_SETTINGS` it looks at; the others cannot be set beside it.
        aggregations: How its values may be averaged.
        per_sequence: Whether it gives one value for a whole sequence, so that weights of single tokens mean nothing.
        off_policy: Whether it corrects for the policy having moved since the rollouts were made.
    """

    function: str
    source: str
    reads: frozenset[str]
    aggregations: tuple[str, ...] = AGGREGATIONS
    per_sequence: bool = False
    off_policy: bool = True


LOSSES: dict[str, LossFacts] = {
    "clip": LossFacts(
        "clipped",
        "PPO, arXiv:1707.06347; two bounds: DAPO, arXiv:2503.14476; dual clip: arXiv:1912.09729",
        frozenset({"clip_low", "clip_high", "dual_clip"}),
    ),
    "gspo": LossFacts(
        "sequence_clipped",
        "GSPO, arXiv:2507.18071",
        frozenset({"clip_low", "clip_high"}),
        aggregations=("sequence",),
        per_sequence=True,
    ),
    "gspo_token": LossFacts(
        "sequence_clipped_token", "GSPO-token, arXiv:2507.18071, section 4.3", frozenset({"clip_low", "clip_high"})
    ),
    "cispo": LossFacts("capped_weight", "CISPO, arXiv:2506.13585", frozenset({"ratio_cap"})),
    "reinforce": LossFacts("plain", "REINFORCE (Williams 1992); RLOO, arXiv:2402.14740", frozenset(), off_policy=False),
}
LOSS_SETTINGS = ("clip_low", "clip_high", "dual_clip", "ratio_cap")
_MISMATCH_READS = {
    "none": frozenset[str](),
    "tis": frozenset({"mismatch_cap"}),
    "icepop": frozenset({"mismatch_low", "mismatch_high"}),
    "sequence": frozenset({"mismatch_cap"}),
}
_MISMATCH_SETTINGS = ("mismatch_cap", "mismatch_low", "mismatch_high")
_REFERENCE_SETTINGS = ("kl_estimator", "kl_in", "ref_sync_every", "ref_sync_mix")


class AlgorithmConfig(BaseModel):
    """The settings of the algorithm; every one is a flag of `grpo train`."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True, strict=False)

    algo: str = "default"
    """Named settings of a paper: grpo, dr_grpo, dapo, gspo, cispo, rloo, or default; flags beside it win."""
    advantage: Literal["group", "centred", "loo", "batch"] = "group"
    """group: (R - mean)/(std + 1e-4); centred: R - mean; loo: R less the others' mean; batch: by the batch's std."""
    scale_envs: bool = False
    """Of several environments, bring the advantages of each to the same root mean square in every batch."""
    loss: str = "clip"
    """What is minimised: clip, gspo, gspo_token, cispo or reinforce."""
    aggregation: Literal["token", "sequence", "constant"] = "token"
    """token: mean over all tokens; sequence: mean of sequence means; constant: sum / (sequences x max_tokens)."""
    clip_low: float = Field(0.2, gt=0, lt=1)
    """Ratio's lower bound is 1 - clip_low; PPO's 0.2 (arXiv:1707.06347)."""
    clip_high: float = Field(0.28, gt=0)
    """Ratio's upper bound is 1 + clip_high; DAPO's 0.28 (arXiv:2503.14476) leaves room for rare tokens to grow."""
    dual_clip: float = Field(0.0, ge=0)
    """Ratio above which a token of negative advantage is held too (arXiv:1912.09729, which took 3); 0 is off."""
    ratio_cap: float = Field(5.0, gt=1)
    """CISPO's cap of the ratio, absolute; 5 is ScaleRL's (arXiv:2510.13786), where MiniMax-M1 gives no number."""
    epochs: int = Field(1, ge=1)
    """Passes over each batch of rollouts; above 1 the ratio departs from 1."""
    minibatches: int = Field(1, ge=1)
    """Optimizer steps for each pass; above 1 the ratio departs from 1 and the clip comes into play."""

    kl_coef: float = Field(0.0, ge=0)
    """Weight of the KL penalty towards the reference; 0 keeps no reference in memory (as DAPO and Dr. GRPO)."""
    kl_estimator: Literal["k1", "k2", "k3"] = "k3"
    """Estimator of the KL for each token (joschu.net/blog/kl-approx.html): k2 or k3 in the loss, k1 in the reward."""
    kl_in: Literal["loss", "reward"] = "loss"
    """Where the penalty goes: a term of the loss, or taken off the score before advantages."""
    ref_sync_every: int = Field(0, ge=0)
    """Steps after which the reference follows the policy (TR-DPO, arXiv:2404.09656); 0 keeps it frozen."""
    ref_sync_mix: float = Field(1.0, gt=0, le=1)
    """Share of the policy in the reference at each sync; 1 replaces it."""
    entropy_coef: float = Field(0.0, ge=0)
    """Weight of the entropy bonus of each token (arXiv:1602.01783)."""

    max_refills: int = Field(0, ge=0)
    """Rounds in which groups without variance are replaced by fresh tasks (DAPO's dynamic sampling); 0 is off."""
    overlong_share: float = Field(0.0, ge=0, lt=1)
    """Last share of max_tokens over which the score falls linearly by 1 (DAPO, equation 13, took 0.2); 0 is off."""
    mask_truncated: bool = False
    """Leave samples cut off at max_tokens out of the loss; they stay in their group's baseline."""

    mismatch: Literal["none", "tis", "icepop", "sequence"] = "none"
    """Weight exp(trainer's - engine's log-prob): tis: capped; icepop: 0 outside bounds; sequence: geometric mean."""
    mismatch_cap: float = Field(2.0, ge=1)
    """Largest weight of tis and sequence (fengyao.notion.site/off-policy-rl took 2)."""
    mismatch_low: float = Field(0.5, gt=0, le=1)
    """Below this icepop drops the token; 0.5 as INTELLECT-3 (arXiv:2512.16144)."""
    mismatch_high: float = Field(5.0, ge=1)
    """Above this icepop drops the token; 5 as INTELLECT-3 (arXiv:2512.16144)."""

    @property
    def kl_in_loss(self) -> float:
        """Weight of the KL term in the loss."""
        return self.kl_coef if self.kl_in == "loss" else 0.0

    @property
    def kl_in_reward(self) -> float:
        """Weight of the KL penalty in the score."""
        return self.kl_coef if self.kl_in == "reward" else 0.0

    @field_validator("loss")
    @classmethod
    def _loss_is_known(cls, name: str) -> str:
        if name not in LOSSES:
            raise ValueError(f"no such loss: {did_you_mean(name, LOSSES)}")
        return name

    @model_validator(mode="after")
    def _goes_together(self) -> Self:
        for clash in (self._loss_clash(), self._kl_clash(), self._mismatch_clash()):
            if clash:
                raise ValueError(clash)
        return self

    def _departs(self, name: str) -> bool:
        return getattr(self, name) != type(self).model_fields[name].default

    def _loss_clash(self) -> str | None:
        facts = LOSSES[self.loss]
        for name in LOSS_SETTINGS:
            if name not in facts.reads and self._departs(name):
                reads = ", ".join(sorted(facts.reads)) or "none of the clip settings"
                return f"{name} means nothing to loss={self.loss}, which reads {reads}: leave {name} out"
        if self.aggregation not in facts.aggregations:
            return (
                f"loss={self.loss} has one value for a sequence, which aggregation={self.aggregation} would weigh by "
                f"its length: use aggregation={facts.aggregations[0]}, or loss=gspo_token"
            )
        if 0 < self.dual_clip <= 1:
            return f"dual_clip = {self.dual_clip:g} must be above 1 (3 in the paper), or 0 to leave it off"
        if not facts.off_policy and self.epochs * self.minibatches > 1:
            return (
                f"loss={self.loss} has no ratio that corrects for a policy that has moved: it needs epochs=1 and "
                "minibatches=1; or use loss=clip"
            )
        return None

    def _kl_clash(self) -> str | None:
        if not self.kl_coef:
            for name in _REFERENCE_SETTINGS:
                if self._departs(name):
                    return f"{name} needs a KL penalty, and kl_coef is 0: set kl_coef, or leave {name} out"
            return None
        if self.kl_in == "loss" and self.kl_estimator == "k1":
            return (
                "kl_estimator=k1 in the loss pulls nowhere, its gradient has mean zero (E[grad log p] = 0): use "
                "kl_in=reward, or kl_estimator=k2 or k3"
            )
        if self.kl_in == "reward" and self.kl_estimator != "k1":
            return (
                f"kl_estimator={self.kl_estimator} in the reward does not give the KL's gradient: use kl_estimator=k1"
            )
        if self.ref_sync_mix != 1 and not self.ref_sync_every:
            return "ref_sync_mix needs a reference that is synced: set ref_sync_every, or leave ref_sync_mix out"
        return None

    def _mismatch_clash(self) -> str | None:
        for name in _MISMATCH_SETTINGS:
            if name not in _MISMATCH_READS[self.mismatch] and self._departs(name):
                return f"{name} means nothing to mismatch={self.mismatch}: leave it out, or choose another mismatch"
        if LOSSES[self.loss].per_sequence and self.mismatch in ("tis", "icepop"):
            return (
                f"mismatch={self.mismatch} weighs single tokens, and loss={self.loss} has one value for a sequence: "
                "use mismatch=sequence, or loss=gspo_token"
            )
        return None
