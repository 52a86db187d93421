#!/bin/sh
# The built-in policy, a trained run and a pretrained model on seven benchmarks, one HTML page; prints the seconds it took.
# benchmarks/evaluation/eval_page.sh RUN MODEL_FOLDER [DATA] [LIMIT]
set -e
began=$(date +%s)
"${PYTHON:-.venv/bin/python}" -m cli eval --ckpt builtin:tiny --ckpt "$1" --ckpt "$2" \
    --env math,gsm8k,math500,humaneval,mbpp,format,code --data "${3:-../shared/data}" --limit "${4:-12}" --n 2 --base-shots 2 \
    --for humaneval.max_tokens=128 --for mbpp.max_tokens=96 --for gsm8k.max_tokens=64 --for math500.max_tokens=64 \
    --for math.max_tokens=48 --for code.max_tokens=48 --for format.max_tokens=48 \
    --env-arg humaneval.style=completion --env-arg mbpp.style=completion --report page.html
echo "$(($(date +%s) - began)) s"
