"""Log-probs from blocks of logits, against autograd over all of them in float64."""

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from grpo.forward.head import LogitRule, _Blocks, chunked_logprobs

rules = st.builds(
    LogitRule, st.sampled_from([1.0, 0.25]), st.sampled_from([None, 3.0]), st.sampled_from([1.0, 0.6, 1.7])
)


def whole(hidden, weight, bias, row_N, ids_N, rule):
    logits = hidden.double() @ weight.double().T + (0 if bias is None else bias.double())
    logits = logits * rule.multiplier
    if rule.softcap is not None:
        logits = rule.softcap * torch.tanh(logits / rule.softcap)
    logprobs = torch.log_softmax(logits / rule.temperature, dim=-1)
    return logprobs[row_N, ids_N], -(logprobs.exp() * logprobs).sum(-1)[row_N]


@settings(max_examples=80, deadline=None)
@given(
    st.integers(1, 9), st.integers(2, 40), st.integers(1, 15), st.integers(1, 400), st.booleans(), rules,
    st.sampled_from(["logprobs", "entropy", "both"]), st.integers(0, 10**6),
)  # fmt: skip
def test_blocks_of_any_size_change_nothing(rows, words, tokens, numbers, biased, rule, wanted, seed):
    torch.set_num_threads(1)
    rng = torch.Generator().manual_seed(seed)
    leaves = [torch.randn(rows, 5, generator=rng), torch.randn(words, 5, generator=rng)]
    leaves += [torch.randn(words, generator=rng)] if biased else []
    leaves = [leaf.requires_grad_() for leaf in leaves]
    hidden, weight, bias = [*leaves, None][:3]
    row_N = torch.randint(0, rows, (tokens,), generator=rng)
    ids_N = torch.randint(0, words, (tokens,), generator=rng)
    found = chunked_logprobs(hidden, weight, bias, row_N, ids_N, rule, numbers)
    expected = whole(hidden, weight, bias, row_N, ids_N, rule)
    for ours, theirs in zip(found, expected, strict=True):
        torch.testing.assert_close(ours.double(), theirs, rtol=1e-5, atol=1e-5)
    weights_2N = torch.randn(2, tokens, generator=rng)
    keep = {"logprobs": (1, 0), "entropy": (0, 1), "both": (1, 1)}[wanted]
    used = [place for place, kept in enumerate(keep) if kept]
    ours = torch.autograd.grad(sum(weights_2N[i] @ found[i] for i in used), leaves)
    theirs = torch.autograd.grad(sum(weights_2N[i].double() @ expected[i] for i in used), leaves)
    for one, other in zip(ours, theirs, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=2e-5)


def test_blocks_of_rows_and_of_words_add_up(monkeypatch):
    monkeypatch.setattr(_Blocks, "_MOST_ROWS", 4)
    test_blocks_of_any_size_change_nothing.hypothesis.inner_test(9, 40, 15, 12, True, LogitRule(), "both", 3)


def test_no_tensor_of_all_logits_is_ever_made():
    rows, words, width, numbers = 64, 5000, 4, 16384
    hidden = torch.randn(rows, width, requires_grad=True)
    weight = torch.randn(words, width, requires_grad=True)

    class Largest(torch.utils._python_dispatch.TorchDispatchMode):
        size = 0

        def __torch_dispatch__(self, func, types, args=(), kwargs=None):
            out = func(*args, **(kwargs or {}))
            for tensor in out if isinstance(out, tuple | list) else [out]:
                if isinstance(tensor, torch.Tensor):
                    self.size = max(self.size, tensor.numel())
            return out

    with Largest() as largest:
        ids_N = torch.randint(0, words, (rows,))
        logprobs_N, entropy_N = chunked_logprobs(hidden, weight, None, torch.arange(rows), ids_N, LogitRule(), numbers)
        (logprobs_N.sum() + entropy_N.sum()).backward()
    assert largest.size <= max(numbers, words * width)


def test_a_frozen_output_matrix_gets_no_gradient():
    hidden = torch.randn(3, 4, requires_grad=True)
    logprobs_N, _ = chunked_logprobs(
        hidden, torch.randn(7, 4), None, torch.arange(3), torch.tensor([1, 2, 3]), LogitRule(), 5
    )
    logprobs_N.sum().backward()
    assert hidden.grad is not None
