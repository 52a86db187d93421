#!/bin/sh
# What a GPU decides and a CPU cannot: on a machine with one, `benchmarks/gpu.sh` prints a line for each, OK or FAILED.
# Names of checks run some of them alone.
cd "$(dirname "$0")/.." || exit
python=${PYTHON:-.venv/bin/python}
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
"$python" -c 'import sys, torch; sys.exit(not torch.cuda.is_available())' || { echo "gpu.sh: PyTorch sees no GPU here"; exit 2; }
failed=0
run() { # NAME FLAGS...: a short run; its engine gap and its rehearsal decide
    name=$1
    shift
    log=$place/$name.log
    if "$python" -m cli train --env math --engine vllm --steps 4 --tasks-per-step 4 --group-size 4 --eval-tasks 0 \
        --run-dir "$place/$name" "$@" >"$log" 2>&1; then
        echo "OK     $name: $(grep -h 'rehearsed in' "$log" | tail -n 1)"
    else
        echo "FAILED $name: $(tail -n 1 "$log")"
        failed=1
    fi
}
wanted() { case " $checks " in *" $1 "*) true ;; *) false ;; esac; }
checks=${*:-plain sleep lora-merged lora-native lora-native-sleep}
wanted plain && run plain
wanted sleep && run sleep --sleep
wanted lora-merged && run lora-merged --lora-rank 8
wanted lora-native && run lora-native --lora-rank 8 --lora-rollouts native
wanted lora-native-sleep && run lora-native-sleep --lora-rank 8 --lora-rollouts native --sleep
# An engine that slept and woke with other numbers would have trained another policy.
if wanted plain && wanted sleep; then
    same=$("$python" - "$place" <<'PY'
import json, sys
runs = [[json.loads(line) for line in open(f"{sys.argv[1]}/{name}/metrics.jsonl")] for name in ("plain", "sleep")]
gap = max(abs(a["loss"] - b["loss"]) for a, b in zip(*runs))
print(f"{'OK    ' if gap < 1e-2 else 'FAILED'} losses with and without sleep differ by {gap:.1e} at most")
PY
    ) || same="FAILED losses with and without sleep cannot be read"
    echo "$same"
    case $same in OK*) ;; *) failed=1 ;; esac
fi
exit $failed
