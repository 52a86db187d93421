"""What an update would do, for tests of the arithmetic."""

import copy

from grpo.settings.config import TrainConfig
from grpo.update.ranks import ALONE
from grpo.update.update import Updater

BASE = {"learning_rate": 1e-3, "warmup_steps": 0, "max_engine_gap": 1e9, "max_grad_norm": 1e9, "steps": 10}


def gradients(model, rollouts, **settings):
    """The gradient an update would step along, and its stats; the model is left as it was."""
    model = copy.deepcopy(model)
    updater = Updater(model, TrainConfig(**{**BASE, **settings}))
    seen = {}
    updater.optimizer.step = lambda: seen.update({n: p.grad.clone() for n, p in model.named_parameters()})
    stats = updater.update(rollouts, 1)
    return seen, stats


def loss_of(models, rollouts, settings, ranks=ALONE):
    """The mean loss of an update of `models.policy`, which every optimizer step turns into `models.later`."""
    config = TrainConfig(**{**BASE, **settings})
    model = copy.deepcopy(models.policy)
    updater = Updater(model, config, models.reference if config.kl_coef else None, ranks)
    updater.optimizer.step = lambda: model.load_state_dict(models.later.state_dict())
    return updater.update(rollouts, 1).metrics()["loss"]
