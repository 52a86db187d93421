"""Builds the policy that ships with the package: tokenizer, warm-up, model folder, report.

    OMP_NUM_THREADS=1 python scripts/build_tiny_policy.py --out grpo/policy/builtin/tiny

Everything is made from the package's own procedural train splits and a seed; nothing is downloaded. The last thing it
prints is pass@1, greedy and pass@8 on dev tasks, per family and level.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # so that it runs from a checkout, uninstalled

import numpy as np
import pandas as pd
import torch
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
from torch.nn.functional import cross_entropy
from torch.nn.utils import clip_grad_norm_
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from envs.builtin.code.tasks import ProceduralCode
from envs.builtin.format.tasks import ProceduralFormat
from envs.builtin.math.tasks import ProceduralMath
from envs.core.registry import EnvSpec
from evals.evaluator import EvalSettings, Evaluator
from grpo.engines.transformers_engine import TransformersEngine
from grpo.policy.model import load_policy

STEPS = 1200
VOCABULARY = 512
CONTEXT = 1024
LAYERS, WIDTH, INNER, HEAD = 3, 128, 512, 32  # vLLM's CPU attention takes heads of 32, 64, 80 ...
BATCH_TOKENS = 4000
MUON_LR, ADAM_LR, RAMP = 0.005, 0.003, 100  # held constant after the ramp: see the model card
LONGEST = 160  # tokens of a warm-up example; the few longer ones are left out
SPECIAL = ("<|pad|>", "<|bos|>", "<|eos|>", "<|system|>", "<|user|>", "<|assistant|>")
TAGS = ("<answer>", "</answer>")
# Digits, signs and brackets stay tokens of their own; runs of words may merge, so that prompts are short.
PIECES = r"[0-9]| ?[+\-*/=%<>()\[\]{}]+ ?|[^0-9+\-*/=%<>()\[\]{}]+"
CHAT = (
    "{{ bos_token }}{% for message in messages %}{{ '<|' + message['role'] + '|>' + message['content'] }}"
    "{% if message['role'] == 'assistant' %}{{ eos_token }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}"
)


def train_tokenizer(out: Path) -> PreTrainedTokenizerFast:
    """Trains the byte-level BPE on procedural prompts and solutions, and saves it with its chat template."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(PIECES), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    texts = [text for pair in examples(seed=0, count=20_000) for text in pair]
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY - len(TAGS),
        special_tokens=list(SPECIAL),
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    for tag in TAGS:
        texts = [piece for text in texts for piece in text.split(tag)]
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.add_tokens([AddedToken(tag, normalized=False, special=False) for tag in TAGS])
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="<|pad|>",
        bos_token="<|bos|>",
        eos_token="<|eos|>",
        additional_special_tokens=["<|system|>", "<|user|>", "<|assistant|>"],
        chat_template=CHAT,
        model_max_length=CONTEXT,
        clean_up_tokenization_spaces=False,
    )
    fast.save_pretrained(out)
    return fast


# The share of each source in the warm-up, and of each level of mathematics.
SHARES = {"math": 0.8, "code": 0.12, "format": 0.08}
MATH_LEVELS = {1: 0.42, 2: 0.38, 3: 0.12, 4: 0.05, 5: 0.03}


def examples(seed: int, count: int) -> Iterator[tuple[str, str]]:
    """Yields prompts with their worked solutions, from the train splits."""
    rng = np.random.default_rng([seed, 2402])
    math = {level: ProceduralMath("train", levels=(level,), families=None) for level in MATH_LEVELS}
    code, form = ProceduralCode("train", levels=range(1, 6), families=None), ProceduralFormat("train")
    kinds = rng.choice(list(SHARES), size=count, p=list(SHARES.values()))
    levels = rng.choice(list(MATH_LEVELS), size=count, p=list(MATH_LEVELS.values()))
    seeds = rng.integers(2**40, size=count)
    for kind, level, task_seed in zip(kinds, levels, seeds, strict=True):
        source = math[int(level)] if kind == "math" else code if kind == "code" else form
        task = source.task(int(task_seed))
        yield task.prompt, source.solution(task) or ""


def new_model(tokenizer: PreTrainedTokenizerFast, seed: int) -> LlamaForCausalLM:
    """Returns a small Llama with fresh weights."""
    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=VOCABULARY,
        hidden_size=WIDTH,
        intermediate_size=INNER,
        num_hidden_layers=LAYERS,
        num_attention_heads=WIDTH // HEAD,
        num_key_value_heads=WIDTH // HEAD,
        head_dim=HEAD,
        max_position_embeddings=CONTEXT,
        rope_parameters={"rope_type": "default", "rope_theta": 10_000.0},
        tie_word_embeddings=True,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    return LlamaForCausalLM(config)


def batches(tokenizer: PreTrainedTokenizerFast, seed: int, tokens: int) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Yields padded `tokens_BT` and `labels_BT` without end, at most `tokens` tokens each, rows sorted by length."""
    rng = np.random.default_rng([seed, 2503])
    eos, bos = tokenizer.eos_token_id, tokenizer.bos_token_id
    user, assistant = tokenizer.convert_tokens_to_ids(["<|user|>", "<|assistant|>"])
    for chunk in range(1_000_000):
        pairs = list(examples(seed=seed * 1_000_003 + chunk, count=8192))
        prompts = tokenizer([prompt for prompt, _ in pairs])["input_ids"]
        replies = tokenizer([reply for _, reply in pairs])["input_ids"]
        rows = [
            (len(prompt) + 3, [bos, user, *prompt, assistant, *reply, eos])
            for prompt, reply in zip(prompts, replies, strict=True)
        ]
        rows = sorted((row for row in rows if len(row[1]) <= LONGEST), key=lambda row: len(row[1]))
        groups, group = [], []
        for row in rows:
            if (len(group) + 1) * len(row[1]) > tokens:
                groups.append(group)
                group = []
            group.append(row)
        rng.shuffle(groups)
        for group in groups:
            yield padded(group, tokenizer.pad_token_id)


def padded(rows: list[tuple[int, list[int]]], pad: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Pads on the right; the labels of prompts and padding are -100."""
    width = max(len(ids) for _, ids in rows)
    tokens_BT = torch.full((len(rows), width), pad)
    labels_BT = torch.full((len(rows), width), -100)
    for at, (start, ids) in enumerate(rows):
        tokens_BT[at, : len(ids)] = torch.tensor(ids)
        labels_BT[at, start : len(ids)] = torch.tensor(ids[start:])
    return tokens_BT, labels_BT


def optimizers(model: LlamaForCausalLM) -> list[torch.optim.Optimizer]:
    """Returns Muon for the layers' matrices (github.com/KellerJordan/Muon) and AdamW for everything else.

    At this size Muon reaches a given loss in less than half the steps of AdamW alone.
    """
    inner = [p for name, p in model.named_parameters() if p.ndim == 2 and "layers" in name]
    rest = [{"params": [p for p in model.parameters() if p.ndim == 1], "weight_decay": 0.0}]
    rest.append({"params": [model.get_input_embeddings().weight], "weight_decay": 0.1})
    return [
        torch.optim.Muon(inner, lr=MUON_LR, momentum=0.95, weight_decay=0.1, adjust_lr_fn="match_rms_adamw"),
        torch.optim.AdamW(rest, lr=ADAM_LR, betas=(0.9, 0.98), fused=True),
    ]


def warm_up(model: LlamaForCausalLM, tokenizer: PreTrainedTokenizerFast, seed: int, steps: int) -> None:
    """Trains on worked examples, completion tokens only, and prints the loss as it goes."""
    chosen = optimizers(model)
    peaks = [(group, group["lr"]) for optimizer in chosen for group in optimizer.param_groups]
    smooth, began = float("nan"), time.perf_counter()
    for step, (tokens_BT, labels_BT) in enumerate(batches(tokenizer, seed, BATCH_TOKENS), start=1):
        for group, peak in peaks:
            group["lr"] = peak * min(1.0, step / RAMP)
        wanted_BT = labels_BT[:, 1:] != -100
        hidden_ND = model.model(input_ids=tokens_BT).last_hidden_state[:, :-1][wanted_BT]
        loss = cross_entropy(model.lm_head(hidden_ND), labels_BT[:, 1:][wanted_BT])
        model.zero_grad()
        loss.backward()
        clip_grad_norm_(model.parameters(), 1.0)
        for optimizer in chosen:
            optimizer.step()
        smooth = loss.item() if step == 1 else 0.98 * smooth + 0.02 * loss.item()
        if step % 20 == 0 or step == steps:
            elapsed = time.perf_counter() - began
            left = elapsed / step * (steps - step)
            print(f"step {step}/{steps}  loss {smooth:.3f}  {elapsed:.0f} s, about {left:.0f} s left", flush=True)
        if step == steps:
            return


def report(folder: Path, tasks: int) -> None:
    """Prints pass@1, greedy and pass@8 on dev tasks: overall, then per family and level."""
    policy = load_policy(str(folder))
    engine = TransformersEngine(policy.model, eos_ids=policy.eos_ids, max_model_len=CONTEXT)
    for level in MATH_LEVELS:
        settings = EvalSettings(split="dev", tasks=tasks, samples=8, max_tokens=LONGEST)
        with Evaluator(EnvSpec("math", {"levels": [level], "families": None}), settings) as evaluator:
            result = evaluator(engine, policy.renderer)
        rows = pd.DataFrame([asdict(sample) for sample in result.samples])
        drawn = rows[~rows.greedy].groupby(["family", "task_id"]).passed.agg(["mean", "max"])
        table = drawn.groupby("family").mean().join(rows[rows.greedy].groupby("family").passed.mean())
        table.loc["all"] = [drawn["mean"].mean(), drawn["max"].mean(), rows[rows.greedy].passed.mean()]
        print(f"\nmath level {level}, {tasks} dev tasks")
        print(table.set_axis(["pass@1", "pass@8", "greedy"], axis=1).astype(float).round(3).to_string())


def main() -> None:
    """Builds the folder and reports on it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="folder to write")
    parser.add_argument("--steps", type=int, default=STEPS, help="warm-up steps [%(default)s]")
    parser.add_argument("--seed", type=int, default=0, help="decides weights and examples [%(default)s]")
    parser.add_argument("--dev-tasks", type=int, default=260, help="dev tasks per level in the report [%(default)s]")
    args = parser.parse_args()
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))  # the order of sums decides the last bits
    args.out.mkdir(parents=True, exist_ok=True)
    tokenizer = train_tokenizer(args.out)
    model = new_model(tokenizer, args.seed)
    print(f"{model.num_parameters():,} parameters")
    warm_up(model, tokenizer, args.seed, args.steps)
    model.generation_config.do_sample = True
    model.to(torch.bfloat16).save_pretrained(args.out)
    report(args.out, args.dev_tasks)


if __name__ == "__main__":
    main()
