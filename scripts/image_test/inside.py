"""Looks around inside a container; fed to its ``python3``, so nothing but the standard library. Prints one JSON object.

``size``: bytes and files of the whole image. ``who``: whoever runs it, and what they can write to. ``process``: memory
and CPU of the first one. ``metrics``: what it tells Prometheus. Otherwise, run as root: what is there, and what should
not be.
"""

import json
import os
import shutil
import sys
import tempfile
from http.client import HTTPConnection
from importlib import metadata
from importlib.util import cache_from_source
from pathlib import Path

ELSEWHERE = {"/proc", "/sys", "/dev", "/data", "/tmp", "/run"}  # noqa: S108 - mounts, not part of the image
FOLDERS = ("/", "/app", "/opt/venv", "/usr", "/etc", "/var", "/data", "/tmp")  # noqa: S108
COMPILERS = (
    "cc",
    "gcc",
    "g++",
    "c++",
    "clang",
    "tcc",
    "ld",
    "as",
    "make",
    "cmake",
    "go",
    "rustc",
    "cargo",
    "javac",
)
INSTALLERS = ("pip", "setuptools", "wheel")
CACHES = ("/root/.cache", "/data/.cache", "/var/cache/apt", "/var/lib/apt/lists", "/usr/share/python-wheels")


def size() -> dict[str, int]:
    """What the files of the image take, each counted once however many names it has."""
    seen: set[tuple[int, int]] = set()
    total = 0
    for folder, folders, files in os.walk("/"):
        folders[:] = [name for name in folders if os.path.join(folder, name) not in ELSEWHERE]
        for name in files:
            facts = os.lstat(os.path.join(folder, name))
            if (facts.st_dev, facts.st_ino) not in seen:
                seen.add((facts.st_dev, facts.st_ino))
                total += facts.st_size
    return {"bytes": total, "files": len(seen)}


def writable(folder: str) -> bool:
    """Whether a file can be made there."""
    try:
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def debs() -> dict[str, str]:
    """Name and version of dpkg's packages."""
    status = Path("/var/lib/dpkg/status")
    found = {}
    for block in status.read_text(encoding="utf-8").split("\n\n") if status.exists() else ():
        lines = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line and line[0] != " ")
        if lines.get("Status", "").endswith(" installed"):
            found[lines["Package"]] = lines["Version"]
    return found


def process() -> dict[str, float]:
    """The first process: bytes that are its share (PSS), and all that it touches (RSS); seconds of CPU until now."""
    lines = Path("/proc/1/smaps_rollup").read_text().splitlines()[1:]
    sizes = {name: int(rest.split()[0]) * 1024 for name, rest in (line.split(":") for line in lines)}
    ticks = sum(map(int, Path("/proc/1/stat").read_text().rpartition(")")[2].split()[11:13]))
    return {"pss": sizes["Pss"], "rss": sizes["Rss"], "cpu_s": ticks / os.sysconf("SC_CLK_TCK")}


def metrics() -> list[str]:
    """The names of what Prometheus would read."""
    host, _, port = os.environ["METRICS_ADDR"].rpartition(":")
    connection = HTTPConnection(host, int(port), timeout=5)
    connection.request("GET", "/metrics")
    lines = connection.getresponse().read().decode().splitlines()
    return sorted({line.split()[2] for line in lines if line.startswith("# TYPE demo_desk_")})


def who() -> dict[str, object]:
    """Whoever runs this."""
    writable_ones = [folder for folder in FOLDERS if writable(folder)]
    return {"user": os.getuid(), "group": os.getgid(), "writable": writable_ones}


def around() -> dict[str, object]:
    """What is there."""
    (packages,) = Path("/opt/venv").glob("lib/python3*/site-packages")
    shared = [
        packages,
        *Path("/usr").glob("local/lib/python3*/site-packages"),
        Path("/usr/lib/python3/dist-packages"),
    ]
    sources = [path for top in (packages, Path("/app")) for path in top.rglob("*.py")]
    versions = {
        found.metadata["Name"]: found.version for found in metadata.distributions(path=[str(packages)])
    }
    return {
        "compilers": [name for name in COMPILERS if shutil.which(name)],
        "installers": [str(top / name) for top in shared for name in INSTALLERS if (top / name).exists()],
        "maps": [str(path) for top in (packages, Path("/app")) for path in top.rglob("*.map")],
        "caches": [name for name in CACHES if any(path.is_file() for path in Path(name).rglob("*"))],
        "uncompiled": [str(path) for path in sources if not Path(cache_from_source(str(path))).exists()],
        "packages": versions,
        "debs": debs(),
        "python": ".".join(map(str, sys.version_info[:3])),
        "bill": json.loads(Path("/app/sbom.cdx.json").read_text(encoding="utf-8")),
    }


match sys.argv[1:]:
    case ["size"]:
        print(json.dumps(size()))
    case ["who"]:
        print(json.dumps(who()))
    case ["process"]:
        print(json.dumps(process()))
    case ["metrics"]:
        print(json.dumps(metrics()))
    case _:
        print(json.dumps(around()))
