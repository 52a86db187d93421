"""Every forward path gives the plain path's log-probs, entropies and gradients, for every family of models."""

import copy

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from envs import UsageError
from grpo.forward import ChunkedHead, PackedPath, PaddedPath, WholeHead
from grpo.forward.batching import collate, micro_batches
from grpo.forward.choice import choose_path
from grpo.forward.kernel import tree_attention
from grpo.forward.layout import lay_out
from grpo.forward.portable import _by_flex, portable_attention
from gymtests.training.rollouts import make_rollouts
from gymtests.training.zoo import FAMILIES, build

PATHS = {
    "padded, chunked": PaddedPath(ChunkedHead(1000)),
    "packed": PackedPath(WholeHead(), share=False),
    "packed, chunked": PackedPath(ChunkedHead(1000), share=False),
    "shared": PackedPath(WholeHead(), share=True),
    "shared, chunked": PackedPath(ChunkedHead(1000), share=True),
    "shared, one chunk": PackedPath(ChunkedHead(10**9), share=True),
}


def run(path, model, batch, temperature=0.9):
    """Log-probs, entropies, and the gradient of a random weighing of both, flat."""
    model = copy.deepcopy(model)
    logprobs_N, entropy_N = path.logprobs(model, batch, temperature)
    rng = torch.Generator().manual_seed(1)
    weights_2N = torch.randn(2, len(batch.ids_N), generator=rng)
    (weights_2N[0] @ logprobs_N + weights_2N[1] @ entropy_N).backward()
    gradient = torch.cat([p.grad.flatten() for p in model.parameters() if p.grad is not None])
    return logprobs_N.detach(), entropy_N.detach(), gradient


def assert_equal(found, plain):
    for ours, theirs in zip(found, plain, strict=True):
        assert float((ours - theirs).norm()) <= 1e-5 * float(theirs.norm())


@pytest.fixture(scope="module", params=["builtin:tiny", *FAMILIES])
def plain(request, tiny):
    model = tiny.model.eval() if request.param == "builtin:tiny" else build(request.param)
    batch = collate(make_rollouts(3, 3), list(range(8)))  # one prompt with two completions only
    return model, batch, run(PaddedPath(), model, batch)


@pytest.mark.parametrize("name", PATHS)
def test_a_path_gives_the_plain_paths_numbers(plain, name):
    model, batch, expected = plain
    assert_equal(run(PATHS[name], model, batch), expected)


def test_layers_that_are_recomputed_give_the_same_gradient(plain):
    from grpo.forward.recompute import enable_recompute, make_ready

    model, batch, expected = plain
    model = copy.deepcopy(model)
    enable_recompute(model)
    make_ready(model, recompute=True)
    recomputed = []
    layer = next(m for m in model.modules() if m.training)
    # Counted inside the layer: whether its own hooks are called again is up to the version of transformers.
    inside = next(m for m in layer.modules() if isinstance(m, torch.nn.Linear))
    inside.register_forward_pre_hook(lambda *_: recomputed.append(1))
    logprobs_N, entropy_N = PATHS["shared, chunked"].logprobs(model, batch, 0.9)
    once = len(recomputed)
    rng = torch.Generator().manual_seed(1)
    weights_2N = torch.randn(2, len(batch.ids_N), generator=rng)
    (weights_2N[0] @ logprobs_N + weights_2N[1] @ entropy_N).backward()
    assert len(recomputed) == 2 * once
    gradient = torch.cat([p.grad.flatten() for p in model.parameters() if p.grad is not None])
    assert_equal((logprobs_N.detach(), entropy_N.detach(), gradient), expected)


shapes = st.lists(
    st.tuples(st.integers(1, 9), st.lists(st.integers(1, 7), min_size=1, max_size=4)), min_size=1, max_size=4
)


def laid_out(groups, seed=0):
    rng = torch.Generator().manual_seed(seed)
    prompts, completions = [], []
    for number, (length, members) in enumerate(groups):
        prompt = [number, *torch.randint(0, 50, (length,), generator=rng).tolist()]
        for size in members:
            prompts.append(prompt)
            completions.append(torch.randint(0, 50, (size,), generator=rng).tolist())
    return prompts, completions


def by_sequences(heads, layout, prompts, completions, scale, window):
    """Attention of each sequence alone, in float64, put back at the places of its tokens."""
    query, key, value = heads
    out = torch.zeros(query.shape[1], query.shape[0], query.shape[2], dtype=torch.float64)
    groups = {}
    for prompt in prompts:
        groups.setdefault(tuple(prompt), len(groups))
    taken = {}
    for prompt, completion in zip(prompts, completions, strict=True):
        tree = layout.trees[groups[tuple(prompt)]]
        places = list(range(tree.trunk.start, tree.trunk.start + tree.trunk.length))
        if tree.branches:
            number = taken[tuple(prompt)] = taken.get(tuple(prompt), -1) + 1
            branch = tree.branches[number]
            places += range(branch.start, branch.start + branch.length)
        assert layout.ids_T[places].tolist() == [*prompt, *completion][:-1]
        assert layout.positions_T[places].tolist() == list(range(len(places)))
        q, k, v = (x[:, places].double() for x in (query, key, value))
        k, v = (x.repeat_interleave(len(q) // len(k), dim=0) for x in (k, v))
        distance = torch.arange(len(places))[:, None] - torch.arange(len(places))[None, :]
        seen = (distance >= 0) & (distance < (window or 10**6))
        weights = (q @ k.transpose(1, 2) * scale).masked_fill(~seen, float("-inf")).softmax(-1)
        out[places] = (weights @ v).transpose(0, 1)
    return out


@settings(max_examples=60, deadline=None)
@given(shapes, st.sampled_from([(2, 2), (4, 2), (3, 1)]), st.sampled_from([None, 1, 3, 8]))
def test_attention_over_trees_is_attention_over_each_sequence(groups, heads, window):
    torch.set_num_threads(1)
    prompts, completions = laid_out(groups)
    layout = lay_out(prompts, completions, share=True)
    rng = torch.Generator().manual_seed(2)
    tensors = [
        torch.randn(h, len(layout.ids_T), 8, generator=rng, requires_grad=True) for h in (heads[0], heads[1], heads[1])
    ]
    expected = by_sequences(tensors, layout, prompts, completions, 0.3, window)
    upstream = torch.randn(expected.shape, generator=rng)
    wanted = torch.autograd.grad(expected, tensors, upstream.double())
    for found in (
        tree_attention(*tensors, layout, 0.3, window),
        portable_attention(*tensors, layout, 0.3, window, None),
    ):
        torch.testing.assert_close(found.double(), expected, rtol=1e-5, atol=1e-5)
        for ours, theirs in zip(torch.autograd.grad(found, tensors, upstream), wanted, strict=True):
            torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=2e-5)


@pytest.mark.filterwarnings("ignore:flex_attention called without")
@pytest.mark.parametrize("window", [None, 4])
def test_the_gpus_kernel_sees_the_same_tokens(window):
    prompts, completions = laid_out([(5, [3, 1, 4]), (2, [5]), (7, [2, 2])])
    layout = lay_out(prompts, completions, share=True)
    heads = [torch.randn(h, len(layout.ids_T), 16) for h in (4, 2, 2)]
    found = _by_flex(*heads, layout, 0.3, window, None).transpose(0, 1)
    torch.testing.assert_close(found, tree_attention(*heads, layout, 0.3, window), rtol=1e-5, atol=1e-5)


def test_a_prompt_is_computed_once_and_predicts_every_first_token(tiny):
    prompt, completions = [5, 6, 7, 8], [[9, 10], [11], [9, 12, 13]]
    layout = lay_out([prompt] * 3, completions, share=True)
    assert layout.ids_T.tolist() == [5, 6, 7, 8, 9, 9, 12]  # no last token of a completion: it predicts nothing
    assert layout.heads_R[layout.row_N].tolist() == [3, 4, 3, 3, 5, 6]
    apart = lay_out([prompt] * 3, completions, share=False)
    assert len(apart.ids_T) == 3 * 4 + 3


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 6), st.integers(2, 5), st.integers(20, 200), st.integers(0, 5))
def test_micro_batches_of_shared_prompts_keep_groups_whole(groups, group_size, budget, seed):
    rollouts = make_rollouts(groups, group_size, seed=seed)
    footprint = PATHS["shared"].footprint
    homes = {}
    seen = []
    for number, batch in enumerate(micro_batches(rollouts, range(len(rollouts)), budget, footprint)):
        held = footprint
        for prompt, completion in zip(batch.prompts, batch.completions, strict=True):
            held = held.add(prompt, completion)
        assert held.tokens <= budget or len(batch.indices) == 1
        assert held.tokens >= len(lay_out(batch.prompts, batch.completions, share=True).ids_T)
        seen += batch.indices
        for index in batch.indices:
            homes.setdefault(index // group_size, set()).add(number)
    assert sorted(seen) == list(range(len(rollouts)))
    for group, where in homes.items():
        members = rollouts[group * group_size : (group + 1) * group_size]
        whole = len(members[0].prompt_ids) + sum(len(r.completion_ids) for r in members)
        assert len(where) == 1 or whole > budget


@pytest.mark.parametrize("family", FAMILIES)
def test_the_choice_is_the_shared_path_without_a_warning(family, caplog):
    path = choose_path(build(family), "auto", 1000)
    assert isinstance(path, PackedPath) and path.share and isinstance(path.head, ChunkedHead)
    assert not caplog.records


@pytest.mark.parametrize("family", ["mamba", "bloom"])
def test_a_model_without_the_attention_interface_is_padded_with_one_warning(family, caplog):
    model = build(family)
    path = choose_path(model, "auto", 1000)
    assert isinstance(path, PaddedPath) and isinstance(path.head, ChunkedHead)
    ours = [record.getMessage() for record in caplog.records if record.name == "grpo"]
    assert len(ours) == 1 and "padded" in ours[0]
    with pytest.raises(UsageError, match="--forward apart"):
        choose_path(model, "shared", 1000)


def test_a_model_that_does_something_of_its_own_to_its_logits_is_found_out(caplog):
    model = build("llama")
    forward = model.forward

    def louder(*args, **kwargs):
        output = forward(*args, **kwargs)
        output.logits = output.logits * 2
        return output

    model.forward = louder
    path = choose_path(model, "auto", 1000)
    assert isinstance(path, PackedPath) and isinstance(path.head, WholeHead)
    assert "nats from those of each sequence alone" in caplog.text


def test_no_such_path():
    with pytest.raises(UsageError, match="did you mean 'shared'"):
        choose_path(None, "shard", 0)
