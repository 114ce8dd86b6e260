#!/usr/bin/env bash
# Writes locks/*.txt from pyproject.toml: hashes, no addresses, all platforms.
#
# all.txt is resolved once; the other files are subsets of it, so that every
# set-up of one revision uses the same versions. Needs `uv` (on the PATH, or
# named by the variable UV).
#   scripts/lock.sh              keep the locked versions where they still fit
#   scripts/lock.sh --upgrade    take the newest versions that fit
set -euo pipefail
cd "$(dirname "$0")/.."

uv="${UV:-uv}"
command -v "$uv" >/dev/null || {
    echo "lock: '$uv' not found. Install it (pip install uv), or set UV=/path/to/uv." >&2
    exit 1
}

compile() { # compile OUTPUT OPTION...
    local output="$1"
    shift
    "$uv" pip compile pyproject.toml "$@" --universal --generate-hashes \
        --no-emit-index-url --no-emit-find-links --no-header --no-annotate \
        --quiet --output-file "$output" >/dev/null
}

mkdir -p locks
compile locks/all.txt --all-extras --group build "$@"
compile locks/core.txt --constraints locks/all.txt --upgrade
compile locks/vet.txt --extra vet --constraints locks/all.txt --upgrade
compile locks/spark.txt --extra spark --constraints locks/all.txt --upgrade
compile locks/dev.txt --extra dev --group build --constraints locks/all.txt --upgrade
# `--group FILE:NAME` alone: the build tools without the package's own needs
"$uv" pip compile --group pyproject.toml:build --constraints locks/all.txt --upgrade \
    --universal --generate-hashes --no-emit-index-url --no-emit-find-links --no-header \
    --no-annotate --quiet --output-file locks/build.txt >/dev/null
wc -l locks/*.txt
