"""Losses on flat tokens against the oracle, values and gradients, and what must never change them."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from grpo.algorithm.loss import Totals, kl_estimate, mismatch_weights, surrogate
from grpo.forward.batching import MicroBatch
from grpo.settings.algorithm import LOSSES
from grpo.settings.config import TrainConfig
from gymtests.training import oracle
from gymtests.training.variants import VARIANTS

MAX_TOKENS = 7


def draw_sequences(rng, count, spread=0.4):
    """Made-up sequences: log-probs now, before, of the reference and of the engine, a mask, an advantage."""
    sequences = []
    for _ in range(count):
        n = int(rng.integers(1, MAX_TOKENS + 1))
        lp = -rng.gamma(1.0, 1.0, n)
        mask = rng.random(n) < 0.8
        mask[rng.integers(n)] = True
        sequences.append(
            SimpleNamespace(
                lp=lp.tolist(), sg=lp.tolist(), old=(lp + rng.normal(0, spread, n)).tolist(),
                ref=(lp + rng.normal(0, 0.5, n)).tolist(), smp=(lp + rng.normal(0, 0.5, n)).tolist(),
                entropy=rng.gamma(1.0, 1.0, n).tolist(), mask=mask.tolist(),
                advantage=float(rng.choice([-1.5, -0.5, 0.0, 0.5, 1.5])),
            )
        )  # fmt: skip
    return sequences


def flat(sequences, name):
    return torch.tensor([value for q in sequences for value in getattr(q, name)], dtype=torch.float64)


def collated(sequences):
    lengths = torch.tensor([len(q.lp) for q in sequences])
    return MicroBatch(
        indices=list(range(len(sequences))), prompts=[[0]] * len(sequences),
        completions=[[0] * len(q.lp) for q in sequences], ids_N=torch.zeros(int(lengths.sum()), dtype=torch.long),
        sequence_N=torch.arange(len(sequences)).repeat_interleave(lengths), mask_N=flat(sequences, "mask"),
        sampled_N=flat(sequences, "smp"),
        advantages_S=torch.tensor([q.advantage for q in sequences], dtype=torch.float64),
    )  # fmt: skip


def our_loss(sequences, config, parts=1):
    """The loss as the updater puts it together, over any number of micro-batches, and its gradient by token."""
    totals = Totals(sum(sum(q.mask) for q in sequences), len(sequences), len(sequences))
    value, gradient = 0.0, []
    for part in np.array_split(np.arange(len(sequences)), parts):
        chosen = [sequences[i] for i in part]
        if not chosen:
            continue
        batch, lp_N = collated(chosen), flat(chosen, "lp").requires_grad_()
        loss_N = surrogate(lp_N, flat(chosen, "old"), batch, config).loss_N
        loss_N = loss_N * mismatch_weights(flat(chosen, "old"), batch, config)[0]
        if config.kl_in_loss:
            loss_N = loss_N + config.kl_coef * kl_estimate(lp_N, flat(chosen, "ref"), config.kl_estimator)
        loss_N = loss_N - config.entropy_coef * flat(chosen, "entropy")
        loss = totals.reduce(loss_N, batch, config, config.max_tokens)
        loss.backward()
        value, gradient = value + float(loss.detach()), gradient + lp_N.grad.tolist()
    return value, gradient


def oracle_gradient(sequences, config, step=1e-6):
    """Central differences in every log-prob, what is stopped held still."""
    gradient = []
    for q in sequences:
        for t in range(len(q.lp)):
            sides = []
            for sign in (1, -1):
                q.lp[t] += sign * step
                sides.append(oracle.step_loss(sequences, config))
                q.lp[t] -= sign * step
            gradient.append((sides[0] - sides[1]) / (2 * step))
    return gradient


def config_of(name):
    return TrainConfig(**VARIANTS[name], max_tokens=MAX_TOKENS)


@pytest.mark.parametrize("name", VARIANTS)
@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 2**32), parts=st.integers(1, 3))
def test_value_and_gradient_are_the_oracles_however_split(name, seed, parts):
    sequences = draw_sequences(np.random.default_rng(seed), 5)
    config = config_of(name)
    value, gradient = our_loss(sequences, config, parts)
    assert value == pytest.approx(oracle.step_loss(sequences, config), rel=1e-9, abs=1e-11)
    assert gradient == pytest.approx(oracle_gradient(sequences, config), rel=1e-5, abs=1e-6)


@pytest.mark.parametrize("name", VARIANTS)
def test_on_policy_every_loss_has_the_gradient_of_reinforce(name):
    """lp_old = lp, no KL, no bonus, no mismatch: -A for each token, by whatever divisor."""
    settings = {**VARIANTS[name], "kl_coef": 0.0, "kl_estimator": "k3", "kl_in": "loss", "entropy_coef": 0.0}
    settings = {key: value for key, value in settings.items() if not key.startswith("mismatch")}
    config = TrainConfig(**settings, max_tokens=MAX_TOKENS)
    sequences = draw_sequences(np.random.default_rng(3), 6, spread=0.0)
    _, gradient = our_loss(sequences, config)
    expected = []
    for q in sequences:
        n = sum(q.mask)
        divisor = {
            "token": sum(sum(other.mask) for other in sequences),
            "sequence": len(sequences) * n,
            "constant": len(sequences) * MAX_TOKENS,
        }[config.aggregation]
        expected += [-q.advantage * m / divisor for m in q.mask]
    assert gradient == pytest.approx(expected, abs=1e-12)


@given(st.integers(0, 2**32))
def test_weights_are_exactly_one_where_engine_and_trainer_agree(seed):
    sequences = draw_sequences(np.random.default_rng(seed), 4)
    for q in sequences:
        q.smp = q.old
    for mismatch in ("tis", "icepop", "sequence"):
        weight_N, beyond_N = mismatch_weights(
            flat(sequences, "old"), collated(sequences), TrainConfig(mismatch=mismatch)
        )
        assert (weight_N == 1).all() and not beyond_N.any()


@given(st.integers(0, 2**32))
def test_weights_carry_no_gradient_and_stay_in_bounds(seed):
    sequences = draw_sequences(np.random.default_rng(seed), 4)
    old_N = flat(sequences, "old").requires_grad_()
    for mismatch, highest in (("tis", 2.0), ("icepop", 5.0), ("sequence", 2.0)):
        weight_N, beyond_N = mismatch_weights(old_N, collated(sequences), TrainConfig(mismatch=mismatch))
        assert not weight_N.requires_grad
        assert (weight_N <= highest).all() and (weight_N >= 0).all()
        if mismatch == "icepop":
            assert (weight_N[beyond_N == 1] == 0).all()


@given(st.integers(0, 2**32))
def test_kl_estimates(seed):
    rng = np.random.default_rng(seed)
    policy, reference = torch.tensor(-rng.gamma(1, 2, 50)), torch.tensor(-rng.gamma(1, 2, 50))
    for estimator in ("k2", "k3"):
        assert (kl_estimate(policy, reference, estimator) >= 0).all()
    for estimator in ("k1", "k2", "k3"):
        assert not kl_estimate(policy, policy, estimator).any()


def test_what_the_gradients_of_the_kl_estimates_are():
    """In expectation over the policy: k1 gives nothing, k2 the gradient of KL(p||r), k3 that of KL(r||p)."""
    logits = torch.tensor([0.3, -1.0, 0.8, 0.1], dtype=torch.float64, requires_grad=True)
    reference = torch.log_softmax(torch.tensor([1.0, 0.2, -0.5, 0.0], dtype=torch.float64), 0)

    def gradient(value):
        return torch.autograd.grad(value, logits)[0]

    logprobs = torch.log_softmax(logits, 0)
    found = {
        k: gradient((logprobs.detach().exp() * kl_estimate(torch.log_softmax(logits, 0), reference, k)).sum())
        for k in ("k1", "k2", "k3")
    }
    torch.testing.assert_close(found["k1"], torch.zeros_like(logits))
    torch.testing.assert_close(found["k2"], gradient((logprobs.exp() * (logprobs - reference)).sum()))
    torch.testing.assert_close(
        found["k3"], gradient((reference.exp() * (reference - torch.log_softmax(logits, 0))).sum())
    )


@pytest.mark.parametrize("name", LOSSES)
def test_tokens_held_by_a_bound_carry_no_gradient_and_are_counted(name):
    if name == "reinforce":
        return
    config = TrainConfig(loss=name, aggregation="sequence")
    for advantage, shift in ((1.0, 3.0), (-1.0, -3.0)):
        q = SimpleNamespace(
            lp=[-1.0, -2.0], old=[-1.0 - shift, -2.0 - shift], smp=[0, 0], mask=[1, 1], advantage=advantage
        )
        lp_N = flat([q], "lp").requires_grad_()
        found = surrogate(lp_N, flat([q], "old"), collated([q]), config)
        found.loss_N.sum().backward()
        assert found.high_N.all() == (advantage > 0)
        if name == "cispo":
            assert lp_N.grad.abs().min() > 0, "CISPO keeps every token's gradient"
        else:
            assert not lp_N.grad.any()
            assert found.low_N.all() == (advantage < 0)
