"""``python -m settings check``: the checks of a start, without starting. Exit code 1 where anything is wrong."""

import argparse
import json
import os
import sys

from demos.demo import Language
from settings.faults import ROOT, Fault, Say, reader_language
from settings.load import Reading, read_settings


def main() -> int:
    """Print each file with what is wrong in it."""
    parser = argparse.ArgumentParser(prog="python -m settings")
    commands = parser.add_subparsers(dest="command", required=True)
    check = commands.add_parser("check", help="check .env, models.toml, providers.toml and all demos")
    check.add_argument("--json", action="store_true", help="print one JSON object")
    arguments = parser.parse_args()
    # A pipe on Windows would take neither Vietnamese nor the quotes.
    for stream in (sys.stdout, sys.stderr):
        getattr(stream, "reconfigure", lambda **_: None)(encoding="utf-8")
    reading = read_settings()
    language = reader_language(os.environ)
    print(_json(reading, language) if arguments.json else _report(reading, language))
    return 1 if reading.faults else 0


def _report(reading: Reading, language: Language) -> str:
    lines = []
    for file, faults in _by_file(reading).items():
        missing = Say("không có tệp này, dùng mặc định", "not there, defaults are used").to(language)
        verdict = "ok" if (ROOT / file).exists() else missing
        lines += [fault.text(language) for fault in faults] or [f"{file}: {verdict}"]
    for name, keys in reading.keys.items():
        state = Say("đã đặt", "set") if keys else Say("chưa đặt", "not set")
        lines.append(f"{name}: {keys.variable}: {state.to(language)}")
    return "\n".join(lines)


def _json(reading: Reading, language: Language) -> str:
    files = []
    for file, faults in _by_file(reading).items():
        told = [_fault(fault, language) for fault in faults]
        files.append({"file": file or "environment", "ok": not faults, "faults": told})
    keys = {keys.variable: "set" if keys else "not set" for keys in reading.keys.values()}
    return json.dumps({"ok": not reading.faults, "files": files, "keys": keys}, ensure_ascii=False)


def _fault(fault: Fault, language: Language) -> dict[str, object]:
    found, expected = fault.found.to(language), fault.expected.to(language)
    return {"line": fault.line, "key": fault.key, "found": found, "expected": expected}


def _by_file(reading: Reading) -> dict[str, list[Fault]]:
    """The files in the order they were read; the environment and missing folders only where they are at fault."""
    files: dict[str, list[Fault]] = {file: [] for file in reading.files}
    for fault in sorted(reading.faults, key=lambda fault: fault.line or 0):
        files.setdefault(fault.file, []).append(fault)
    return files


if __name__ == "__main__":
    sys.exit(main())
