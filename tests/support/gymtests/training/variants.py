"""The algorithms that tests run through: every loss, aggregation, KL, weight and bonus at least once."""

from grpo.settings.presets import PRESETS

VARIANTS = {
    "clip": {},
    "clip sequence": {"aggregation": "sequence"},
    "clip constant": {"aggregation": "constant"},
    "dual clip": {"dual_clip": 1.1, "clip_low": 0.02, "clip_high": 0.05},
    "gspo": {"loss": "gspo", "aggregation": "sequence", "clip_low": 0.01, "clip_high": 0.02},
    "gspo_token": {"loss": "gspo_token", "clip_low": 0.01, "clip_high": 0.02},
    "gspo_token sequence": {"loss": "gspo_token", "aggregation": "sequence"},
    "cispo": {"loss": "cispo", "ratio_cap": 1.05},
    "cispo constant": {"loss": "cispo", "aggregation": "constant"},
    "reinforce": {"loss": "reinforce"},
    "reinforce constant": {"loss": "reinforce", "aggregation": "constant"},
    "k2": {"kl_coef": 0.3, "kl_estimator": "k2"},
    "k3": {"kl_coef": 0.3},
    "k3 sequence": {"kl_coef": 0.3, "aggregation": "sequence"},
    "entropy": {"entropy_coef": 0.1},
    "masked truncated": {"mask_truncated": True},
    "tis": {"mismatch": "tis", "mismatch_cap": 1.3},
    "icepop": {"mismatch": "icepop", "mismatch_low": 0.7, "mismatch_high": 1.4},
    "sequence weight": {"mismatch": "sequence", "mismatch_cap": 1.02},
    "gspo, sequence weight": {"loss": "gspo", "aggregation": "sequence", "mismatch": "sequence", "mismatch_cap": 1.02},
    "cispo, icepop, k3, entropy": {
        "loss": "cispo", "mismatch": "icepop", "kl_coef": 0.1, "entropy_coef": 0.01, "aggregation": "sequence",
    },
    **{f"--algo {name}": preset.settings for name, preset in PRESETS.items() if name != "default"},
}  # fmt: skip

ONE_STEP = {"epochs": 1, "minibatches": 1}


def is_off_policy(settings):
    """Whether a variant can be run several steps on one batch."""
    return settings.get("loss") != "reinforce"
