#!/usr/bin/env bash
# Runs the tests in fresh environments: each Python that pyproject.toml allows with the newest releases that it allows,
# and the lowest Python with the oldest releases. What the metadata names as supported is green here.
#   scripts/matrix.sh                      all of them: 3.11 3.12 3.13 oldest
#   scripts/matrix.sh 3.13 oldest          some of them
#   scripts/matrix.sh --turn               today's of all but the first, which CI has just run; none where it is not here
#   MATRIX_TESTS="tests/envs -x"           what pytest is given
#   MATRIX_EXTRAS=train,dev                what is installed
#   MATRIX_KEEP=FOLDER                     environments and logs stay there, and are taken up again by the next call
# vLLM is in none of them, unless MATRIX_EXTRAS names cpu: its tests skip, and `grpo doctor` is what looks at its floor.
# One line for each environment; exit 1 where one is not green. Tests run in a copy of the work tree: nothing is written
# into the checkout, and nothing that git ignores is read. An environment takes 6 GB while it is tested, most of it the
# CUDA libraries of torch; where pip is set up to find a CPU build of torch, 1 GB.
set -euo pipefail
cd "$(dirname "$0")/.."
pythons="3.11 3.12 3.13"
extras=${MATRIX_EXTRAS:-train,dev}
place=${MATRIX_KEEP:-$(mktemp -d)}
mkdir -p "$place"
place=$(cd "$place" && pwd)
# What mktemp makes, its owner alone may enter; tests act as an ordinary user too.
[ -n "${MATRIX_KEEP:-}" ] || { trap 'rm -rf "$place"' EXIT; chmod 755 "$place"; }
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_QUIET=1
unset PYTHONPATH VIRTUAL_ENV

# A Python of this version that starts: a shim on the PATH may only say that its version is not chosen.
find_python() {
    local candidate
    for candidate in "python$1" "${PYENV_ROOT:-$HOME/.pyenv}"/versions/"$1".*/bin/python \
        "${XDG_DATA_HOME:-$HOME/.local/share}"/uv/python/cpython-"$1".*/bin/python; do
        if "$candidate" -c "import sys; sys.exit('%d.%d' % sys.version_info[:2] != '$1')" 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
    return 1
}

copy_tree() { # NAME
    rm -rf "$place/$1/tree"
    mkdir -p "$place/$1/tree"
    git ls-files --cached --others --exclude-standard -z |
        while IFS= read -r -d '' file; do if [ -e "$file" ]; then printf '%s\0' "$file"; fi; done |
        xargs -0 cp --parents --no-dereference --target-directory "$place/$1/tree"
    # Tests on real data sets read them beside the project; without them they skip.
    if [ -d ../shared ]; then ln -sfn "$(cd ../shared && pwd)" "$place/$1/shared"; fi
}

# The lower bounds of what pyproject.toml names, and the newest of what those ask for: uv resolves so, pip cannot.
oldest_releases() { # PYTHON
    [ -x "$place/uv/bin/uv" ] || { "$1" -m venv "$place/uv" && "$place/uv/bin/python" -m pip install uv; }
    # shellcheck disable=SC2046  # a word for each extra
    "$place/uv/bin/uv" pip compile --quiet --no-header --no-annotate --resolution lowest-direct --python "$1" \
        $(printf -- '--extra %s ' ${extras//,/ }) pyproject.toml
}

install() { # NAME PYTHON
    local venv=$place/$1/venv wanted=$place/$1/installed
    pip() { "$venv/bin/python" -m pip install "$@"; }
    cksum pyproject.toml scripts/matrix.sh | cmp --silent - "$wanted" && return
    rm -f "$wanted"
    "$2" -m venv --clear "$venv" && pip --upgrade 'pip>=24' || return
    if [ "$1" = oldest ]; then
        oldest_releases "$2" >"$place/$1/requirements.txt" && pip --requirement "$place/$1/requirements.txt" || return
    fi
    pip --editable "$place/$1/tree[$extras]" || return
    [ "$1" != oldest ] || "$venv/bin/python" scripts/matrix_versions.py --lowest "$extras" || return
    cksum pyproject.toml scripts/matrix.sh >"$wanted"
}

line() { printf '| %-6s | %-7s | %-90s | %-45s | %5s |\n' "$@"; }

check() { # NAME PYTHON: one line of the table; false where it is not green
    local log=$place/$1/log python started green=0 counts
    python=$("$2" -c 'import platform; print(platform.python_version())')
    echo "$1: installing, then testing; see $log" >&2
    copy_tree "$1" || return
    if ! install "$1" "$2" >"$log" 2>&1; then
        line "$1" "$python" "cannot be installed" "no test ran" -
        tail -n 5 "$log" >&2
        return 1
    fi
    started=$SECONDS
    # shellcheck disable=SC2086  # several words are meant
    (cd "$place/$1/tree" && ../venv/bin/python -m pytest -n 2 --dist loadfile ${MATRIX_TESTS:-}) >>"$log" 2>&1 || green=1
    counts=$(tail -n 1 "$log" | grep -oE '[0-9]+ (passed|failed|skipped|errors?)' | paste -sd, - | sed 's/,/, /g') || true
    line "$1" "$python" "$("$place/$1/venv/bin/python" scripts/matrix_versions.py)" "${counts:-no test ran}" $((SECONDS - started))
    [ $green = 0 ] || grep -E '^(FAILED|ERROR) ' "$log" >&2 || tail -n 5 "$log" >&2
    [ -n "${MATRIX_KEEP:-}" ] || rm -rf "$place/$1"
    return $green
}

version_of() { if [ "$1" = oldest ]; then echo "${pythons%% *}"; else echo "$1"; fi; }

# shellcheck disable=SC2086  # a word for each Python
[ $# -gt 0 ] || set -- $pythons oldest
if [ "$1" = --turn ]; then
    # shellcheck disable=SC2206  # a word for each Python
    others=(${pythons#* } oldest)
    set -- "${others[10#$(date +%j) % ${#others[@]}]}"
    find_python "$(version_of "$1")" >/dev/null || { echo "matrix: it is the turn of $1, which is not here"; exit 0; }
fi
broken=0
line name python installed tests seconds
for name in "$@"; do
    version=$(version_of "$name")
    if python=$(find_python "$version"); then
        check "$name" "$python" || broken=1
    else
        line "$name" - "there is no python$version here" "not run" -
    fi
done
exit $broken
