#!/bin/sh
# The suite against the newest releases that the ranges allow, in an environment that is thrown away.
set -eu
cd "${0%/*}/.."
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
trap 'exit 130' INT TERM
echo "Installing the newest releases…"
.venv/bin/python -m venv "$room/venv"
"$room/venv/bin/python" -m pip install -q --no-input --disable-pip-version-check -r requirements-dev.in 2>"$room/log" ||
    { tail -n 5 "$room/log" >&2; exit 1; }

echo "Other than pinned:"
tidy() { sed 's/[ ;].*//' | tr 'A-Z_' 'a-z-' | grep '==' | sort; }
tidy <requirements-dev.txt >"$room/pinned"
"$room/venv/bin/python" -m pip list --format=freeze --disable-pip-version-check 2>/dev/null | tidy |
    grep -vxF -f "$room/pinned" | grep -vE '^(pip|setuptools)==' || echo "  nothing"
"$room/venv/bin/python" -m pytest -n auto
