"""What can run a container here: docker or podman; where there is only buildah, a chroot in namespaces of its own."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

INSIDE: Final = 8000
"""The port that the image listens on."""

_PATIENCE_S = 120.0


class ImageFault(Exception):
    """The image, or what is to run it, cannot be used; ``str()`` says why."""


@dataclass(frozen=True)
class Config:
    """What an image says of itself."""

    user: str
    command: Sequence[str]
    environment: Mapping[str, str]
    folder: str
    volumes: Sequence[str]
    labels: Mapping[str, str]
    health: Sequence[str]

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Config:
        """From Docker's own form, which all engines keep to."""
        return cls(
            user=told.get("User", ""),
            command=told.get("Cmd") or [],
            environment=dict(pair.partition("=")[::2] for pair in told.get("Env") or []),
            folder=told.get("WorkingDir", "/"),
            volumes=list(told.get("Volumes") or {}),
            labels=told.get("Labels") or {},
            health=(told.get("Healthcheck") or {}).get("Test") or [],
        )


@dataclass
class Order:
    """How a container is to be run. mounts: folder or file here -> where it is seen inside, read-only."""

    environment: Mapping[str, str] = field(default_factory=dict)
    mounts: Mapping[Path, str] = field(default_factory=dict)


class Container(ABC):
    """One that runs, its root read-only, ``/data`` and ``/tmp`` writable."""

    url: str

    @abstractmethod
    def run(self, *command: str, stdin: str = "") -> str:
        """What a command inside prints, run as the image's user. Raises ImageFault where it fails."""

    @abstractmethod
    def end(self, patience_s: float = 30) -> int:
        """SIGTERM; the exit code."""

    @abstractmethod
    def remove(self) -> None:
        """Leave nothing of it."""

    @abstractmethod
    def log(self) -> str:
        """All that it has printed."""


class Engine(ABC):
    """Runs containers of images that it has."""

    name: str

    @abstractmethod
    def config(self, image: str) -> Config:
        """What the image says of itself."""

    @abstractmethod
    def look(self, image: str, program: str, *words: str) -> str:
        """What a Python program prints in a fresh container, run as root."""

    @abstractmethod
    def start(self, image: str, order: Order) -> Container:
        """A container of the image's own command."""


def engine(name: str) -> Engine:
    """The engine of this name."""
    return Chroots() if name == "buildah" else Daemon(name)


def told(*command: str, stdin: str = "") -> str:
    """What a command prints. Raises ImageFault where it fails."""
    done = subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=_PATIENCE_S)
    if done.returncode:
        raise ImageFault(
            f"{' '.join(command[:6])}…: {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
        )
    return done.stdout


def free_port() -> int:
    """One that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Daemon(Engine):
    """docker or podman."""

    def __init__(self, name: str) -> None:
        self.name = name

    def config(self, image: str) -> Config:
        (found,) = json.loads(told(self.name, "image", "inspect", image))
        config = found["Config"]
        if "Healthcheck" not in config and "Healthcheck" in found:  # podman has it beside
            config = {**config, "Healthcheck": found["Healthcheck"]}
        return Config.of(config)

    def look(self, image: str, program: str, *words: str) -> str:
        whole = ["run", "--rm", "-i", "--user", "0", "--entrypoint", "python3", image, "-", *words]
        return told(self.name, *whole, stdin=program)

    def start(self, image: str, order: Order) -> Container:
        port = free_port()
        words = ["run", "-d", "--read-only", "-p", f"127.0.0.1:{port}:{INSIDE}"]
        words += ["--tmpfs", "/tmp"]  # noqa: S108 - the container's
        words += ["--cap-drop", "ALL", "--security-opt", "no-new-privileges", "-v", "/data"]
        for name, value in order.environment.items():
            words += ["-e", f"{name}={value}"]
        for here, there in order.mounts.items():
            words += ["-v", f"{here}:{there}:ro"]
        return _Run(self.name, told(self.name, *words, image).strip(), f"http://127.0.0.1:{port}")


class _Run(Container):
    def __init__(self, engine: str, id: str, url: str) -> None:
        self._engine, self._id, self.url = engine, id, url

    def run(self, *command: str, stdin: str = "") -> str:
        return told(self._engine, "exec", "-i", self._id, *command, stdin=stdin)

    def end(self, patience_s: float = 30) -> int:
        told(self._engine, "kill", "--signal", "TERM", self._id)
        return int(told(self._engine, "wait", self._id))

    def remove(self) -> None:
        told(self._engine, "rm", "-f", "-v", self._id)

    def log(self) -> str:
        done = subprocess.run([self._engine, "logs", self._id], capture_output=True, text=True)
        return done.stdout + done.stderr


class Chroots(Engine):
    """buildah keeps the images; a container is a chroot with mount and process namespaces of its own. Needs root."""

    name = "buildah"

    def config(self, image: str) -> Config:
        return Config.of(json.loads(told("buildah", "inspect", "--type", "image", image))["Docker"]["config"])

    def look(self, image: str, program: str, *words: str) -> str:
        container = told("buildah", "from", image).strip()
        try:
            run = ["buildah", "run", "--isolation", "chroot", "--user", "0", container]
            return told(*run, "python3", "-c", program, *words)
        finally:
            told("buildah", "rm", container)

    def start(self, image: str, order: Order) -> Container:
        return _Chroot(image, self.config(image), order)


#: Run by sh in namespaces of its own: the container's root is bound read-only over itself, then what is writable comes.
_ENTER = """
set -e
root=$1 data=$2; shift 2
mount --bind "$root" "$root"
mount --bind "$data" "$root/data"
mount -t tmpfs tmpfs "$root/tmp"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
for file in /etc/resolv.conf /etc/hosts; do [ ! -f "$root$file" ] || mount --bind "$file" "$root$file"; done
while [ "$1" != -- ]; do mount --bind "$1" "$root$2"; mount -o remount,bind,ro "$root$2"; shift 2; done
shift
mount -o remount,bind,ro "$root"
cd "$root"
exec "$@"
"""


class _Chroot(Container):
    def __init__(self, image: str, config: Config, order: Order) -> None:
        self._config = config
        self._id = told("buildah", "from", image).strip()
        root = Path(told("buildah", "mount", self._id).strip())
        self._folder = Path(tempfile.mkdtemp(prefix="demo-desk-"))
        self._data = self._folder / "data"
        self._data.mkdir()
        shutil.chown(self._data, *_ids(config.user))
        port, metrics = free_port(), free_port()  # the machine's own: there is no network of the container's
        own = {"PORT": str(port), "METRICS_ADDR": f"127.0.0.1:{metrics}"}
        self._environment = {**config.environment, **order.environment, **own}
        self.url = f"http://127.0.0.1:{port}"
        mounts: list[str] = []
        for here, there in order.mounts.items():
            inside = root / there.lstrip("/")
            inside.parent.mkdir(parents=True, exist_ok=True)
            inside.mkdir(exist_ok=True) if here.is_dir() else inside.touch()
            mounts += [str(here), there]
        enter = ["sh", "-c", _ENTER, "sh", str(root), str(self._data), *mounts, "--"]
        unshare = ["unshare", "--mount", "--pid", "--ipc", "--uts", "--fork", "--kill-child"]
        self._process = subprocess.Popen(
            [*unshare, *enter, *self._as_user(str(root)), *config.command],
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=(self._folder / "log").open("wb"),
            stderr=subprocess.STDOUT,
        )

    def _as_user(self, root: str) -> list[str]:
        user, group = _ids(self._config.user)
        inner = ["sh", "-c", 'cd "$1" && shift && exec "$@"', "sh", self._config.folder]
        return ["chroot", f"--userspec={user}:{group}", "--groups=", root, *inner]

    @property
    def _first(self) -> int:
        """The process that is number 1 inside."""
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            (listed,) = Path(f"/proc/{self._process.pid}/task/{self._process.pid}").glob("children")
            if ids := listed.read_text().split():
                return int(ids[0])
            time.sleep(0.01)
        raise ImageFault(f"the container did not begin: {self.log()}")

    def run(self, *command: str, stdin: str = "") -> str:
        user, group = _ids(self._config.user)
        enter = [
            "nsenter",
            "-t",
            str(self._first),
            "-m",
            "-p",
            "-i",
            "-u",
            "-r",
            "-w",
            "-S",
            str(user),
            "-G",
            str(group),
        ]
        pairs = [f"{name}={value}" for name, value in self._environment.items()]
        return told(*enter, "env", "-i", *pairs, *command, stdin=stdin)

    def end(self, patience_s: float = 30) -> int:
        os.kill(self._first, signal.SIGTERM)
        return self._process.wait(patience_s)

    def remove(self) -> None:
        if self._process.poll() is None:
            os.kill(self._process.pid, signal.SIGKILL)  # and by --kill-child what it started
            self._process.wait(30)
        told("buildah", "rm", self._id)
        shutil.rmtree(self._folder)

    def log(self) -> str:
        return (self._folder / "log").read_text(errors="replace")


def _ids(user: str) -> tuple[int, int]:
    name, _, group = user.partition(":")
    try:
        return int(name or 0), int(group or name or 0)
    except ValueError:
        raise ImageFault(f"the image's user is a name, {user}: a number says more") from None
