#!/bin/sh
# Exact versions and the hashes of their files, for Linux, macOS and Windows on Python 3.11 to 3.13, from the ranges in
# the .in files: `pins.sh` takes the newest that fit, `pins.sh keep` only what is missing.
# uv resolves for all systems at once; pip cannot.
set -eu
cd "${0%/*}/.."
case ${1:-} in keep) newest='' ;; *) newest=--upgrade ;; esac
.venv/bin/python -m pip install -q --disable-pip-version-check --upgrade uv 2>/dev/null

compile() { # list of ranges, pins, further options
    ranges=$1 pins=$2
    shift 2
    echo "$pins"
    [ ! -f "$pins" ] || cp "$pins" "$pins.new" # the versions that `keep` keeps
    .venv/bin/python -m uv pip compile -q --universal --python-version 3.11 $newest --generate-hashes --no-header \
        --no-emit-index-url --no-emit-find-links "$@" "$ranges" -o "$pins.new" >/dev/null
    { echo "# Made by \`make pins\` from $ranges: change that one."; cat "$pins.new"; } >"$pins"
    rm "$pins.new"
}

compile requirements.in requirements.txt
compile requirements-dev.in requirements-dev.txt --constraint requirements.txt
compile deploy/build.in deploy/build.txt
