"""All settings at once: ``load_settings`` for a start, with every mistake in every file told together."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from demos.demo import Demo
from settings.checks import Wrong
from settings.demo_files import parse_demo, read_demo, unknown_models
from settings.engine_files import EngineFiles, Pass, read_engine_files
from settings.environment import Environment
from settings.faults import NOTHING, Fault, Say, SettingsError, did_you_mean, shown_path
from settings.price_list import ExchangeRate, PriceList
from settings.variables import Variables

__all__ = ["ExchangeRate", "Settings", "SettingsError", "load_settings", "parse_demo"]


@dataclass(frozen=True)
class Settings(EngineFiles):
    """What the operator wrote, checked.

    demos: by name, in the order of their file names. default_demo: the name of the one that ``/`` shows.
    """

    demos: Mapping[str, Demo]
    default_demo: str

    @property
    def demos_folder(self) -> Path:
        """Where the demo files lie."""
        return self.environment.settings_dir / "demos"


@dataclass
class Reading(Pass):
    """A pass over all files: what was read, and what is wrong. ``settings`` is None where anything is."""

    settings: Settings | None = None


def load_settings(
    folder: Path | None = None, environ: Mapping[str, str] | None = None, env_file: Path | None = None
) -> Settings:
    """The settings, or SettingsError with every mistake in every file.

    folder: instead of SETTINGS_DIR. environ: instead of ``os.environ``. env_file: instead of the project's ``.env``.
    """
    reading = read_settings(folder, environ, env_file)
    if reading.settings is None:
        raise SettingsError(reading.faults)
    return reading.settings


def read_settings(
    folder: Path | None = None, environ: Mapping[str, str] | None = None, env_file: Path | None = None
) -> Reading:
    """As ``load_settings``, but gives back what is wrong beside what is right."""
    reading = Reading()
    read = read_engine_files(reading, folder, environ, env_file)
    demos = _read_demos(reading, read.environment.settings_dir / "demos", read.prices)
    default_demo = _default_demo(read.variables, read.environment, demos)
    if not reading.faults and read.files:
        engine = {field.name: getattr(read.files, field.name) for field in fields(EngineFiles)}
        reading.settings = Settings(**engine, demos=demos, default_demo=default_demo)
    return reading


def _read_demos(reading: Reading, folder: Path, prices: PriceList | None) -> dict[str, Demo]:
    demos: dict[str, Demo] = {}
    # Editors keep half-written copies beside the file, under names that begin with a dot.
    for path in sorted(path for path in folder.glob("*.toml") if not path.name.startswith(".")):
        if document := reading.document(path):
            demos[path.stem] = read_demo(document, reading.faults)
            if prices:
                ids = [model.id for model in prices.models]
                reading.faults += unknown_models(demos[path.stem], document, ids)
    if not demos and not any(fault.file.startswith(shown_path(folder)) for fault in reading.faults):
        expected = Say("ít nhất một tệp .toml", "at least one .toml file")
        reading.faults.append(Fault(shown_path(folder), None, "", NOTHING, expected))
    return demos


def _default_demo(variables: Variables, environment: Environment, demos: Mapping[str, Demo]) -> str:
    if not environment.default_demo or not demos:
        return next(iter(demos), "")

    def check(value: object) -> str:
        file = environment.settings_dir / "demos" / f"{environment.default_demo}.toml"
        if environment.default_demo in demos or file.exists():  # a broken file is told by its own faults
            return environment.default_demo
        raise Wrong(did_you_mean(environment.default_demo, list(demos)))

    return variables.get("DEFAULT_DEMO", check, "")
