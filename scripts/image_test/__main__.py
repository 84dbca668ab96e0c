"""``python -m scripts.image_test``: build, run, look, chat, measure; exit code 1 where a promise was not kept."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from scripts.image_test.chatting import healthy, talk
from scripts.image_test.checks import (
    MB,
    Figures,
    Finding,
    of_figures,
    of_image,
    of_inside,
    of_log,
    of_metrics,
    of_talk,
    of_user,
)
from scripts.image_test.engines import Container, Engine, ImageFault, Order, engine

ROOT = Path(__file__).resolve().parents[2]
INSIDE = (Path(__file__).parent / "inside.py").read_text(encoding="utf-8")
#: Where the benchmark finds the figures.
RECORD = ROOT / "dist" / "image-figures.json"

_IDLE_S = 10.0
_PASSWORD = "/run/secrets/operator_password"  # noqa: S105 - a file's name
_KEY = "/run/secrets/holysheep_api_key"


def main() -> int:
    """Everything, and the table of it."""
    parser = argparse.ArgumentParser(prog="python -m scripts.image_test", description=__doc__)
    parser.add_argument("--engine", default=os.environ.get("ENGINE", ""), help="docker, podman or buildah")
    parser.add_argument(
        "--base", default=os.environ.get("BASE", "any"), help="a base image; debian: made here"
    )
    parser.add_argument("--tag", default=os.environ.get("TAG", "localhost/demo-desk-test"))
    parser.add_argument("--starts", type=int, default=3, help="how many fresh starts are measured")
    chosen = parser.parse_args()
    try:
        name, base = build(chosen.engine, chosen.base, chosen.tag)
        figures, findings = measured(engine(name), chosen.tag, base, chosen.starts)
    except (ImageFault, TimeoutError) as error:
        print(error or "no answer in time", file=sys.stderr)
        return 1
    print(table(findings))
    write(figures, base, name)
    return 0 if all(finding.kept for finding in findings) else 1


def build(name: str, base: str, tag: str) -> tuple[str, str]:
    """The image, by ``scripts/image.sh``; the engine and the base that it took."""
    environment = {
        **os.environ,
        "TAG": tag,
        **({"ENGINE": name} if name else {}),
        **({"BASE": base} if base else {}),
    }
    built = subprocess.run(
        ["sh", "scripts/image.sh"], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    )
    if built.returncode:
        raise ImageFault("the image could not be built")
    words = built.stdout.splitlines()[-1].split()
    return words[words.index("with") + 1].rstrip(";"), words[words.index("on") + 1]


def measured(engine: Engine, image: str, base: str, starts: int) -> tuple[Figures, list[Finding]]:
    """Run it again and again, and look."""
    config = engine.config(image)
    findings = [*of_image(config), *of_inside(json.loads(engine.look(image, INSIDE)))]
    password = secrets.token_urlsafe(12)
    with tempfile.TemporaryDirectory() as folder:
        order = _order(Path(folder), password)
        begun = [_start(engine, image, order) for _ in range(starts - 1)]
        with running(engine, image, order) as container:
            begun.append(_until_healthy(container))
            cpu_s, load = _process(container)["cpu_s"], os.getloadavg()[0]
            time.sleep(_IDLE_S)
            idle = _process(container)
            container.run(*config.health[1:])
            findings += of_user(json.loads(container.run("python", "-", "who", stdin=INSIDE)), config)
            findings += of_talk(asyncio.run(talk(container.url, password)))
            findings += [_books(container), _key_from_a_file(container)]
            findings += [of_metrics(json.loads(container.run("python", "-", "metrics", stdin=INSIDE)))]
            time.sleep(_IDLE_S)
            after = _process(container)
            stop_s = _stop(container)
            findings.append(of_log(container.log()))
        with running(engine, image, order) as container:
            time.sleep(0.4)
            early_s = _stop(container)
    size, below = (json.loads(engine.look(name, INSIDE, "size"))["bytes"] for name in (image, base))
    figures = Figures(
        size, below, begun, cpu_s, load, idle["pss"], idle["rss"], after["pss"], stop_s, early_s
    )
    return figures, [*findings, *of_figures(figures)]


def _order(folder: Path, password: str) -> Order:
    """Secrets in files, none in the environment."""
    files = {}
    for inside, text in ((_PASSWORD, password), (_KEY, "hs-of-no-account")):
        file = folder / Path(inside).name
        file.write_text(text, encoding="utf-8")
        file.chmod(0o444)
        files[file] = inside
    folder.chmod(0o755)
    return Order({"OPERATOR_PASSWORD_FILE": _PASSWORD, "HOLYSHEEP_API_KEY": ""}, files)


@contextmanager
def running(engine: Engine, image: str, order: Order) -> Iterator[_Begun]:
    """A container that is removed afterwards; what it said is shown where something went wrong."""
    begun = time.monotonic()
    container = engine.start(image, order)
    try:
        yield _Begun(container, begun)
    except BaseException:
        print(container.log()[-4000:], file=sys.stderr)
        raise
    finally:
        container.remove()


class _Begun:
    """A container, and when it was ordered."""

    def __init__(self, container: Container, begun: float) -> None:
        self.begun = begun
        self.run, self.end, self.log, self.url = container.run, container.end, container.log, container.url


def _start(engine: Engine, image: str, order: Order) -> float:
    with running(engine, image, order) as container:
        return _until_healthy(container)


def _until_healthy(container: _Begun) -> float:
    return asyncio.run(healthy(container.url, container.begun))


def _process(container: _Begun) -> dict[str, float]:
    found: dict[str, float] = json.loads(container.run("python", "-", "process", stdin=INSIDE))
    return found


def _stop(container: _Begun) -> float:
    asked = time.monotonic()
    code = container.end()
    if code:
        raise ImageFault(f"ended with {code} on SIGTERM")
    return time.monotonic() - asked


def _books(container: _Begun) -> Finding:
    return Finding(
        "keeps its books in order",
        container.run("python", "-m", "ledger", "check").strip().splitlines()[-1],
        True,
    )


def _key_from_a_file(container: _Begun) -> Finding:
    told = container.run(
        "env",
        "-u",
        "HOLYSHEEP_API_KEY",
        f"HOLYSHEEP_API_KEY_FILE={_KEY}",
        "python",
        "-m",
        "settings",
        "check",
        "--json",
    )
    set_ = [name for name, state in json.loads(told)["keys"].items() if state == "set"]
    return Finding(
        "takes secrets from files",
        f"OPERATOR_PASSWORD_FILE, {', '.join(set_)}",
        "HOLYSHEEP_API_KEY_FILE" in set_,
    )


def table(findings: list[Finding]) -> str:
    """For people."""
    wide = max(len(finding.promise) for finding in findings)
    return "\n".join(f"{'ok ' if f.kept else 'NOT'}  {f.promise:{wide}}  {f.found}" for f in findings)


def write(figures: Figures, base: str, name: str) -> None:
    """The figures, for the benchmark's table."""
    record = {
        "taken": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "base": base,
        "engine": name,
        "size_mb": figures.size / MB,
        "base_mb": figures.base_size / MB,
        "starts_s": list(figures.starts_s),
        "memory_mb": figures.memory / MB,
    }
    RECORD.parent.mkdir(exist_ok=True)
    RECORD.write_text(json.dumps(record, indent=1), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
