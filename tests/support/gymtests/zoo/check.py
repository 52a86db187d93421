"""What the trainer makes of an entry of the zoo, held against each sequence alone, before and after two updates."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
import transformers
from transformers.models.auto.configuration_auto import CONFIG_MAPPING

from envs.core.errors import RunError, UsageError
from grpo.engines import push_weights
from grpo.engines.base import Engine, Sampling
from grpo.engines.options import VllmOptions
from grpo.engines.process.remote import RemoteEngine
from grpo.engines.transformers_engine import TransformersEngine
from grpo.forward import ForwardPath
from grpo.forward.batching import MicroBatch
from grpo.forward.choice import PATHS, choose_path
from grpo.forward.choice.truth import batch_of
from grpo.forward.recompute import enable_recompute, make_ready
from grpo.policy.adapter import add_adapter, language_model_only
from grpo.rehearsal.undo import change_weights
from grpo.settings.engine import EngineConfig
from gymtests.zoo.entries import ENTRIES, SHARED

LONGEST = 64
CHUNK = 500
VLLM_SHAPE = {"hidden_size": 128, "head_dim": 32}
"""Its attention on CPUs takes heads of 32 numbers and more."""
_NATS, _GRADIENT = 1e-4, 1e-4
_GROUPS = ((3, (1, 4, 9)), (9, (3,)), (17, (14, 2)), (40, (6,)))


@dataclass
class Verdict:
    """What became of an entry.

    Attributes:
        path: The forward path that `auto` takes, or "".
        decoding: How the engine decodes, or "".
        refusals: The one sentence for each thing that was refused.
        wrong: What came out as another number, or as anything but a sentence.
    """

    path: str = ""
    decoding: str = ""
    refusals: dict[str, str] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)


def build(name: str, **shape: Any) -> Any:
    """Returns the model of an entry, every parameter away from where it starts; `shape` stands in for `SHARED`'s."""
    entry = ENTRIES[name]
    torch.manual_seed(0)
    shared = {key: value for key, value in {**SHARED, **shape}.items() if key not in entry.leave}
    config = CONFIG_MAPPING[entry.kind](**{**shared, **entry.settings})
    capped = getattr(config, "attn_logit_softcapping", None)
    model = transformers.AutoModelForCausalLM.from_config(config, attn_implementation="eager" if capped else None)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    return language_model_only(model.float().eval())


def sequences(longest: int) -> MicroBatch:
    """Returns groups of unequal lengths, none longer than `longest`."""
    rng = torch.Generator().manual_seed(3)
    groups = [(p, sizes) for p, sizes in _GROUPS if p + max(sizes) <= longest] or [(2, (1, 3)), (3, (2,))]
    prompts, completions = [], []
    for length, sizes in groups:
        prompt = torch.randint(3, 100, (length,), generator=rng).tolist()
        prompts += [prompt] * len(sizes)
        completions += [torch.randint(3, 100, (size,), generator=rng).tolist() for size in sizes]
    return batch_of(prompts, completions, torch.device("cpu"))


def truth(model: Any, batch: MicroBatch) -> tuple[torch.Tensor, torch.Tensor]:
    """Returns log-probs and entropies by the plainest code there is: one call of the model for each sequence."""
    logprobs, entropies = [], []
    for prompt, completion in zip(batch.prompts, batch.completions, strict=True):
        logits = model(torch.tensor([prompt + completion]), use_cache=False).logits[0, len(prompt) - 1 : -1]
        logp = torch.log_softmax(logits.float(), dim=-1)
        logprobs.append(logp[torch.arange(len(completion)), torch.tensor(completion)])
        entropies.append(-(logp.exp() * logp).sum(dim=-1))
    return torch.cat(logprobs), torch.cat(entropies)


def gradient(model: Any, logprobs_N: torch.Tensor, entropy_N: torch.Tensor) -> torch.Tensor:
    """Returns the gradient of a random weighing of both, flat."""
    weights_2N = torch.randn(2, len(logprobs_N), generator=torch.Generator().manual_seed(1))
    model.zero_grad(set_to_none=True)
    (weights_2N[0] @ logprobs_N + weights_2N[1] @ entropy_N).backward()
    trained = [p for p in model.parameters() if p.requires_grad]
    flat = torch.cat([(torch.zeros_like(p) if p.grad is None else p.grad).flatten() for p in trained])
    model.zero_grad(set_to_none=True)
    return flat


def check(name: str, longest: int = LONGEST, lora: bool = False) -> Verdict:
    """Runs an entry through every forward path, recomputed and not, and through the engine between two updates."""
    verdict, model = Verdict(), build(name)
    if lora:
        model = add_adapter(model, "zoo", rank=4, alpha=8.0, targets=["all-linear"], seed=0)
        with torch.no_grad():
            for parameter in model.parameters():
                if parameter.requires_grad:
                    parameter.add_(0.05 * torch.randn_like(parameter))
    engine = _engine(model, longest, verdict)
    batch = sequences(longest)
    expected = [value.detach() for value in truth(model, batch)]
    wanted = (*expected, gradient(model, *truth(model, batch)))
    accepted: dict[str, ForwardPath] = {}
    for forward in PATHS:
        try:
            accepted[forward] = choose_path(model, forward, CHUNK, longest=longest)
        except UsageError as error:
            verdict.refusals[f"--forward {forward}"] = str(error)
    if "auto" in accepted:
        path: Any = accepted["auto"]
        verdict.path = f"{_title(path)}, {type(path.head).__name__}"
    _compare(model, batch, wanted, accepted, recompute=False, verdict=verdict)
    if engine is not None and "auto" in accepted:
        _sampled(engine, model, batch, "before", verdict)
        _update_twice(model, batch, accepted["auto"])
        push_weights(engine, model)
        _sampled(engine, model, batch, "after", verdict)
        wanted = (*(v.detach() for v in truth(model, batch)), gradient(model, *truth(model, batch)))
    try:
        enable_recompute(model)
    except UsageError as error:
        verdict.refusals["--gradient-checkpointing"] = str(error)
    else:
        _compare(model, batch, wanted, accepted, recompute=True, verdict=verdict)
    return verdict


def check_vllm(name: str, folder: Path) -> Verdict:
    """Samples an entry with vLLM before and after two updates, as a run would."""
    verdict, model = Verdict(path="vllm"), build(name, **VLLM_SHAPE)
    model.save_pretrained(folder)
    settings = EngineConfig(engine_args={"skip_tokenizer_init": True}, kv_gib=0.05, max_sequences=8)
    engine = None
    try:
        engine = RemoteEngine(VllmOptions(model_dir=folder, max_model_len=LONGEST, eos_ids=(2,), settings=settings))
        batch = sequences(LONGEST)
        path = choose_path(model, "auto", CHUNK, longest=LONGEST)
        _sampled(engine, model, batch, "before", verdict)
        change_weights(model)
        push_weights(engine, model)
        _sampled(engine, model, batch, "after a push before", verdict)
        if verdict.wrong:  # what the rehearsal of a run compares as well
            verdict.path, verdict.refusals["--engine vllm"] = "", f"the rehearsal: {'; '.join(verdict.wrong)}"
            verdict.wrong.clear()
            return verdict
        _update_twice(model, batch, path)
        push_weights(engine, model)
        _sampled(engine, model, batch, "after", verdict)
    except (UsageError, RunError) as error:
        verdict.path = ""
        verdict.refusals["--engine vllm"] = str(error)
    finally:
        if engine is not None:
            engine.close()
    return verdict


def _title(path: Any) -> str:
    return ("shared" if path.share else "packed") if hasattr(path, "share") else type(path).__name__[:-4].lower()


def _compare(
    model: Any, batch: MicroBatch, wanted: Any, paths: dict[str, ForwardPath], *, recompute: bool, verdict: Verdict
) -> None:
    for forward, path in paths.items():
        make_ready(model, recompute)
        try:
            found = path.logprobs(model, batch, 1.0)
            found = (*found, gradient(model, *found))
        except Exception as error:
            verdict.wrong.append(f"{forward}, recompute={recompute}: {error!r}")
            continue
        for what, ours, theirs in zip(("log-probs", "entropies", "gradient"), found, wanted, strict=True):
            gap = float((ours.detach() - theirs).norm() / theirs.norm())
            if not gap <= (_GRADIENT if what == "gradient" else _NATS):
                verdict.wrong.append(f"{forward}, recompute={recompute}: {what} {gap:.1e} off")
    model.eval()


def _engine(model: Any, longest: int, verdict: Verdict) -> TransformersEngine | None:
    copied = copy.deepcopy(model)
    copied = copied.merge_and_unload() if hasattr(copied, "merge_and_unload") else copied
    try:
        engine = TransformersEngine(copied, eos_ids=[2], max_model_len=longest)
    except UsageError as error:
        verdict.refusals["--engine transformers"] = str(error)
        return None
    verdict.decoding = engine.decoding.title
    return engine


def _sampled(engine: Engine, model: Any, batch: MicroBatch, when: str, verdict: Verdict) -> None:
    room = engine.max_model_len - max(map(len, batch.prompts))
    done = engine.generate(batch.prompts, Sampling(min(16, room)), list(range(len(batch.prompts))))
    sampled = batch_of(batch.prompts, [completion.token_ids for completion in done], torch.device("cpu"))
    with torch.no_grad():
        expected_N, _ = truth(model, sampled)
    found_N = torch.tensor([value for completion in done for value in completion.logprobs])
    if not (gap := float((found_N - expected_N).abs().max())) <= _NATS:
        verdict.wrong.append(f"engine {when} the updates: {gap:.1e} nats off")


def _update_twice(model: Any, batch: MicroBatch, path: ForwardPath) -> None:
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=1e-2)
    with torch.no_grad():
        before_N, _ = truth(model, batch)
    for _ in range(2):
        make_ready(model, recompute=False)
        logprobs_N, _ = path.logprobs(model, batch, 1.0)
        optimizer.zero_grad()
        (-logprobs_N.mean()).backward()
        optimizer.step()
    optimizer.zero_grad()
    with torch.no_grad():
        after_N, _ = truth(model, batch)
    assert float((after_N - before_N).abs().max()) > 1e-2, "the updates changed nothing"
