#!/usr/bin/env bash
# Runs the tests in fresh environments: one for each Python that pyproject.toml names, with the newest releases that it
# allows, and one with the oldest. "Supported" in the metadata means: green here.
#   scripts/matrix.sh                      all of them
#   scripts/matrix.sh 3.13 oldest          some of them
#   MATRIX_TESTS="tests/envs -x"           what pytest is given
#   MATRIX_EXTRAS=train,dev                what is installed
#   MATRIX_KEEP=FOLDER                     made environments and logs stay there, and are taken up again
# Tests run in a copy of the work tree, so that nothing is written into the checkout and nothing ignored is read.
set -euo pipefail
cd "$(dirname "$0")/.."
pythons=(3.11 3.12 3.13) # a test holds this to `requires-python`
lowest=${pythons[0]}
extras=${MATRIX_EXTRAS:-train,dev}
place=${MATRIX_KEEP:-$(mktemp -d)}
mkdir -p "$place"
place=$(cd "$place" && pwd)
[ -n "${MATRIX_KEEP:-}" ] || trap 'rm -rf "$place"' EXIT
export PIP_DISABLE_PIP_VERSION_CHECK=1
unset PYTHONPATH VIRTUAL_ENV

# A Python of this version that starts: a shim on the PATH may only say that its version is not chosen.
find_python() {
    local candidate
    for candidate in "python$1" "${PYENV_ROOT:-$HOME/.pyenv}"/versions/"$1".*/bin/python "$HOME"/.local/share/uv/python/cpython-"$1".*/bin/python; do
        if "$candidate" -c "import sys; sys.exit('%d.%d' % sys.version_info[:2] != '$1')" 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
    return 1
}

# The lower bounds of what pyproject.toml asks for itself, and the newest of everything below: pip cannot resolve so, uv can.
oldest_requirements() {
    [ -x "$place/uv/bin/uv" ] || { "$1" -m venv "$place/uv" && "$place/uv/bin/python" -m pip install --quiet uv; }
    "$place/uv/bin/uv" pip compile --quiet --no-header --no-annotate --resolution lowest-direct --python "$1" \
        $(printf -- '--extra %s ' ${extras//,/ }) pyproject.toml
}

install() { # NAME PYTHON
    local venv=$place/$1/venv
    [ -e "$place/$1/installed" ] && return
    "$2" -m venv --clear "$venv"
    "$venv/bin/python" -m pip install --quiet --upgrade 'pip>=24'
    if [ "$1" = oldest ]; then
        oldest_requirements "$2" > "$place/$1/requirements.txt"
        "$venv/bin/python" -m pip install --quiet --requirement "$place/$1/requirements.txt"
    fi
    "$venv/bin/python" -m pip install --quiet --editable "$place/$1/tree[$extras]"
    touch "$place/$1/installed"
}

run() { # NAME PYTHON
    local log=$place/$1/log started=$SECONDS what counts=
    rm -rf "$place/$1/tree"
    mkdir -p "$place/$1/tree"
    git ls-files --cached --others --exclude-standard -z | xargs -0 cp --parents --target-directory "$place/$1/tree" 2>/dev/null || true
    if ! install "$1" "$2" > "$log" 2>&1; then
        tail -n 5 "$log" >&2
        what="not installed"
    else
        what=$("$place/$1/venv/bin/python" - <<'PY'
from importlib.metadata import version

print(", ".join(f"{name} {version(name)}" for name in ("torch", "transformers", "numpy", "sympy", "gymnasium", "pydantic")))
PY
        )
        started=$SECONDS
        # shellcheck disable=SC2086  # several words are meant
        (cd "$place/$1/tree" && "$place/$1/venv/bin/python" -m pytest ${MATRIX_TESTS:-}) >> "$log" 2>&1 && green=yes || green=no
        counts=$(tail -n 3 "$log" | grep -oE '[0-9]+ (passed|failed|skipped|errors?)' | paste -sd, - | sed 's/,/, /g') || true
        [ "$green" = yes ] || grep -E '^(FAILED|ERROR) ' "$log" >&2 || tail -n 5 "$log" >&2
    fi
    [ "${green:-no}" = yes ] || broken=1
    printf '| %-7s | %-8s | %-95s | %-40s | %5d |\n' "$1" "$("$2" -c 'import platform; print(platform.python_version())')" "$what" "${counts:-no test ran}" $((SECONDS - started))
}

[ $# -gt 0 ] || set -- "${pythons[@]}" oldest
broken=0
printf '| %-7s | %-8s | %-95s | %-40s | %5s |\n' environment python installed tests seconds
for name in "$@"; do
    green=no
    version=$name
    [ "$name" = oldest ] && version=$lowest
    if python=$(find_python "$version"); then
        run "$name" "$python"
    else
        echo "| $name: no python$version here; not run |"
    fi
done
exit $broken
