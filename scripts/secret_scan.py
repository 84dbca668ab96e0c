"""Finds what looks like a key or a password in the files git knows or would add.

Prints ``file:line: kind: first characters``, never the whole, and exits with 1. A line that is known
to be harmless ends in the marker below, with the reason before it if there is one to give.
"""

import math
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

MARKER = "# not a secret"
SHOWN = 4

# Kind -> pattern; the group is the secret itself.
SHAPES = {
    "API key": re.compile(r"(?<![A-Za-z0-9_-])((?:sk|hs)-(?=[A-Za-z_-]*\d)[A-Za-z0-9_-]{20,})"),
    "AWS key": re.compile(r"(?<![A-Za-z0-9])((?:AKIA|ASIA)[0-9A-Z]{16})(?![A-Za-z0-9])"),
    "GitHub token": re.compile(r"(?<![A-Za-z0-9])((?:gh[pousr]_|github_pat_)[A-Za-z0-9_]{30,})"),
    "Google key": re.compile(r"(?<![A-Za-z0-9])(AIza[A-Za-z0-9_-]{35})"),
    "Slack token": re.compile(r"(?<![A-Za-z0-9])(xox[abprs]-[A-Za-z0-9-]{20,})"),
    "private key": re.compile(r"(-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----)"),
}
ASSIGNMENT = re.compile(
    r"""(?:KEYS?|SECRET|PASSWORD|TOKEN)["']?\s*(?::\s*str\s*)?[:=]\s*["']?([A-Za-z0-9+/_=-]{20,})(?![A-Za-z0-9(.\[])""",
    re.IGNORECASE,
)
RANDOM_BITS = 3.5  # per character; words of a language and repeated characters stay below


@dataclass(frozen=True)
class Finding:
    """One line that holds what looks like a secret; ``secret`` is not printed whole."""

    path: Path
    line: int
    kind: str
    secret: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.kind}: {self.secret[:SHOWN]}… ({len(self.secret)} characters)"


def bits_per_character(text: str) -> float:
    """Shannon's entropy of ``text`` in bits a character."""
    counts = Counter(text).values()
    return -sum(n / len(text) * math.log2(n / len(text)) for n in counts)


def looks_random(value: str) -> bool:
    """Letters and digits mixed as chance mixes them, not a name or a phrase."""
    mixed = any(c.isdigit() for c in value) and any(c.isalpha() for c in value)
    return mixed and bits_per_character(value) >= RANDOM_BITS


def find(line: str) -> tuple[str, str] | None:
    """Kind and text of the first secret in a line, or None."""
    if line.rstrip().endswith(MARKER):
        return None
    for kind, shape in SHAPES.items():
        if match := shape.search(line):
            return kind, match[1]
    for match in ASSIGNMENT.finditer(line):
        if looks_random(match[1]):
            return "assigned secret", match[1]
    return None


def scan(path: Path) -> Iterator[Finding]:
    """Findings of one file; a file that is not text has none."""
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return
    for number, line in enumerate(text.split("\n"), start=1):
        if found := find(line):
            yield Finding(path, number, *found)


def known_files() -> list[Path]:
    """What git tracks here, and what it would add: everything but ignored files."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        check=True,
        capture_output=True,
        text=True,
    )
    paths = (Path(name) for name in listed.stdout.split("\0") if name)
    return [path for path in paths if path.is_file()]


def main() -> int:
    """Scan the checkout in the current folder; 1 when there is a finding."""
    files = known_files()
    findings = [finding for path in files for finding in scan(path)]
    for finding in findings:
        print(finding)
    if findings:
        print(f"{len(findings)} found. Take them out (and change the key), or end the line in: {MARKER}")
        return 1
    print(f"No secrets in {len(files)} files.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
