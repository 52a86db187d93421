"""The flags of `grpo eval`, each with the line that explains it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from evals.console.config_file import take_defaults

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")]
Metric = Annotated[
    str, typer.Option(help="What to compare: pass@1, greedy, mean_reward, pass@K, maj@K, or a part of the reward.")
]
Strict = Annotated[bool, typer.Option("--strict", help="Refuse evals whose policy was trained on the test tasks.")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Show what the libraries print.")]

Policies = Annotated[
    list[str] | None,
    typer.Option(
        "--ckpt",
        "--model",
        help="Checkpoint, run, model folder, LoRA adapter, hub name, builtin:tiny, or openai:http://HOST/v1#MODEL. "
        "Repeat it to compare with the first.",
    ),
]
Envs = Annotated[
    list[str] | None,
    typer.Option(
        help="Environments, separated by commas or given one by one: math,format. \\[those of the run, or math]"
    ),
]
EnvArgs = Annotated[
    list[str] | None, typer.Option(help="Argument of all environments, levels=1,2, or of one, math.levels=1,2. Repeat.")
]
Own = Annotated[
    list[str] | None, typer.Option("--for", help="Setting of one environment: humaneval.max_tokens=256. Repeat it.")
]
Config = Annotated[
    Path | None,
    typer.Option(
        is_eager=True, callback=take_defaults, help='TOML file with any of these flags, as data = "DIR"; flags win.'
    ),
]
Data = Annotated[
    str | None,
    typer.Option(
        help="A benchmark's data file or folder, the folder of such folders, or hf: for the Hugging Face hub "
        "(hf:OWNER/NAME:CONFIGURATION names a data set). [data of --config; GRPO_DATA]"
    ),
]
Tools = Annotated[
    str | None,
    typer.Option(help="Tools to call before the answer, such as calculator or ./mine.py:f; commas between several."),
]
ToolFormat = Annotated[
    str | None, typer.Option(help="Syntax in which tools are called: a name from `grpo tools format`. [hermes]")
]
Split = Annotated[
    str | None,
    typer.Option(help="dev is for tuning, so that test stays held out. [test; --gold: all in its data]"),
]
Tasks = Annotated[
    int | None,
    typer.Option(
        "--tasks", "--limit", min=1, help="How many tasks; all of a finite split if left out, 200 of an endless one."
    ),
]
Samples = Annotated[int, typer.Option("--n", help="Samples of each task.")]
Ks = Annotated[str | None, typer.Option("--k", help="The k of pass@k, such as 1,4,8; powers of 4 up to n if left out.")]
Temperature = Annotated[float, typer.Option(help="Sampling temperature; training's own does not matter.")]
TopP = Annotated[float, typer.Option(help="Nucleus mass; 1 keeps the whole distribution.")]
TopK = Annotated[int, typer.Option(help="Most likely tokens kept; 0 keeps all.")]
MaxTokens = Annotated[int | None, typer.Option(help="Longest completion; as in training if left out.")]
MaxPromptTokens = Annotated[
    int,
    typer.Option(min=0, help="Longest prompt; tasks with longer ones are left out and counted. 0: all that fit."),
]
System = Annotated[str | None, typer.Option(help="System message before every prompt; as in training if left out.")]
SystemInUser = Annotated[
    bool | None,
    typer.Option(help="Join the system message to the user's first turn; as in training if left out."),
]
ChatArgs = Annotated[
    list[str] | None,
    typer.Option("--chat-arg", help="Argument of the chat template: enable_thinking=false. Laid over training's."),
]
Stops = Annotated[
    list[str] | None, typer.Option("--stop", help="String that ends a completion; as in training if left out. Repeat.")
]
ChatTemplate = Annotated[
    str | None, typer.Option(help="File with a chat template in place of the policy's; as in training if left out.")
]
ChatDate = Annotated[
    str | None, typer.Option(help="Day, 2026-01-31, that a chat template writes; training's, or today, if left out.")
]
Shots = Annotated[int, typer.Option(help="Solved training tasks shown before every prompt.")]
BaseShots = Annotated[int, typer.Option(min=0, help="The same for policies without a chat template, where it is more.")]
Greedy = Annotated[bool, typer.Option(help="Make one greedy completion beside the samples.")]
Seed = Annotated[int, typer.Option(help="Decides tasks and samples.")]
Engine = Annotated[str, typer.Option(help="auto, vllm or transformers.")]
Dtype = Annotated[str, typer.Option(help="float32, bfloat16 or float16.")]
Device = Annotated[str, typer.Option(help="auto, cpu or cuda.")]
PerMinute = Annotated[int, typer.Option(min=0, help="Most requests to an endpoint in a minute; 0 for no limit.")]
RequestTimeout = Annotated[float, typer.Option(min=0.1, help="Seconds one request to an endpoint may take.")]
Rollouts = Annotated[str, typer.Option(help="exact (turns in rounds), or streaming (each episode at its own pace).")]
Workers = Annotated[int, typer.Option(min=0, help="Verifier processes; 0 for what suits the environment, up to 64.")]
Deadline = Annotated[float, typer.Option(help="Seconds one completion may take to verify.")]
Out = Annotated[Path | None, typer.Option(help="Where to write. [evals/ of the run, or runs/evals/]")]
Page = Annotated[Path | None, typer.Option("--report", help="Write one HTML page on all of it here.")]
Fresh = Annotated[bool, typer.Option("--fresh", help="Sample anew what is cached.")]
Gold = Annotated[bool, typer.Option("--gold", help="Check the reference solutions instead of a policy.")]
