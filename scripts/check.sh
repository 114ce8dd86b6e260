#!/usr/bin/env bash
# Runs every check of `make check` and says at the end which ones failed.
#   scripts/check.sh [FOLDER WITH THE ENVIRONMENT, .venv if not given]
set -euo pipefail
cd "$(dirname "$0")/.."
bin="${1:-.venv}/bin"
failed=""

check() { # check NAME COMMAND...
    local name="$1"
    shift
    printf '== %s\n' "$name"
    "$@" || failed="$failed $name"
}

check format "$bin/python" -m ruff format --check .
check ruff "$bin/python" -m ruff check .
check mypy "$bin/python" -m mypy
check layers "$bin/lint-imports" --no-logo --cache-dir build/import-linter
check bandit "$bin/python" -m bandit --quiet --recursive src
check sizes "$bin/python" scripts/check_sizes.py
check locks "$bin/python" scripts/check_locks.py
check audit "$bin/python" scripts/audit.py

if [ -n "$failed" ]; then
    printf 'check: FAILED:%s\n' "$failed"
    exit 1
fi
printf 'check: all passed\n'
