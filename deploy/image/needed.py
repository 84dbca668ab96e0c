"""The pins without what the image leaves out: ``needed.py PINS LEFT-OUT``, to standard output."""

import re
import sys
from pathlib import Path

NAME = re.compile(r"[a-z0-9-]+")


def entries(text: str) -> list[str]:
    """The requirements of a list, each with its hashes below it; comments are left out."""
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    return re.findall(r"^\S.*(?:\n\s+.*)*", "\n".join(lines), re.MULTILINE)


def names(text: str) -> set[str]:
    """What a list names. An entry that ends in ``*`` means every name that begins so."""
    return {line.split("#")[0].strip() for line in text.splitlines()} - {""}


def needed(pins: str, left_out: str) -> list[str]:
    """The entries of ``pins`` whose names ``left_out`` does not have."""
    gone = names(left_out)
    starts = tuple(name[:-1] for name in gone if name.endswith("*"))

    def stays(entry: str) -> bool:
        match = NAME.match(entry)
        assert match, f"no requirement: {entry}"
        return match[0] not in gone and not (starts and match[0].startswith(starts))

    return [entry for entry in entries(pins) if stays(entry)]


if __name__ == "__main__":
    print("\n".join(needed(*(Path(name).read_text(encoding="utf-8") for name in sys.argv[1:]))))
