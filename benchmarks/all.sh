#!/bin/sh
# Every figure the README quotes, one after another; `make bench` calls it. About four hours on two cores.
set -e
while read -r line; do
    echo "== python benchmarks/$line"
    # shellcheck disable=SC2086
    "${PYTHON:-.venv/bin/python}" benchmarks/$line
done <<'LIST'
demo.py
demo.py --env code
learn.py --env format --engine transformers
learn.py --env countdown --engine transformers --env-arg format_weight=0.25 --max-tokens 24
learn.py --env guess --engine transformers --env-arg levels=1 --max-tokens 24
startup.py
rollouts.py --repeat 5
env_steps.py
math_judge.py --repeats 3 --baseline-rows 300
judge_universal.py
judge_fuzz.py
sandbox.py
sandbox_suites.py
sandbox_agreement.py
reasoning_gym_sets.py
eval_statistics.py
eval_agreement.py
eval_report.py
eval_overhead.py
trl_peer.py speed
trl_peer.py learning
training_step.py --model builtin:tiny --prompts 12 --prompt-tokens 20 --completion-tokens 24
kills.py --kills 20
gemma.py
gemma.py --learn
LIST
