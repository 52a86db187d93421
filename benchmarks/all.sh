#!/bin/sh
# Every figure the README quotes, one after another; `make bench` calls it. About four hours on two cores.
set -e
while read -r line; do
    echo "== python benchmarks/$line"
    # shellcheck disable=SC2086
    "${PYTHON:-.venv/bin/python}" benchmarks/$line
done <<'LIST'
training/demo.py
training/demo.py --env code
training/learn.py --env format --engine transformers
training/learn.py --env countdown --engine transformers --env-arg format_weight=0.25 --max-tokens 24
training/learn.py --env guess --engine transformers --env-arg levels=1 --max-tokens 24
starting/startup.py
starting/preflight.py
training/shares.py
training/difficulty.py
training/rollouts.py --repeat 5
environments/env_steps.py
tools/calls.py
judges/math_judge.py --repeats 3 --baseline-rows 300
judges/judge_universal.py
judges/judge_fuzz.py
judges/sandbox.py
judges/sandbox_suites.py
judges/sandbox_agreement.py
environments/reasoning_gym_sets.py
evaluation/eval_statistics.py
judges/eval_agreement.py
evaluation/eval_report.py
evaluation/eval_overhead.py
training/trl_peer.py speed
training/trl_peer.py learning
training/training_step.py --model builtin:tiny --prompts 12 --prompt-tokens 20 --completion-tokens 24
training/kills.py --kills 20
training/kills.py --part engine
training/pretrained.py gemma
training/pretrained.py gemma --learn
LIST
