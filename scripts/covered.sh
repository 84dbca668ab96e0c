#!/bin/sh
# Every test with coverage; then each room whose branches must be covered, by itself. Silent when they
# are, so that the last line is pytest's own.
set -u
cd "${0%/*}/.." || exit 1
# Compiled once, not by each of the many programs that the tests start.
unset PYTHONDONTWRITEBYTECODE
.venv/bin/python -m pytest -n auto --cov --cov-report=term:skip-covered || exit
for room in holysheep chat; do
    report=$(.venv/bin/python -m coverage report --include="$room/*" --show-missing --fail-under=95 2>&1) ||
        { printf '%s\n' "$report" "$room is covered by less than 95 % (branches counted)."; exit 1; }
done
