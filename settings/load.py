"""All settings at once: ``load_settings`` for a start, with every mistake in every file told together."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from demos.demo import Demo
from holysheep.prices import Model
from holysheep.providers import Provider
from settings.checks import Wrong
from settings.demo_files import parse_demo, read_demo, unknown_models
from settings.documents import Document, read_document
from settings.environment import VARIABLES, Environment, read_environment
from settings.faults import NOTHING, ROOT, Fault, Say, SettingsError, did_you_mean, shown_path
from settings.price_list import ExchangeRate, PriceList, read_price_list
from settings.provider_list import REHEARSAL, ProviderList
from settings.section import Section
from settings.variables import ApiKeys, Layer, Variables, misspelt, read_env_file

__all__ = ["ExchangeRate", "Settings", "SettingsError", "load_settings", "parse_demo"]


@dataclass(frozen=True)
class Settings:
    """What the operator wrote, checked.

    models: in the order of the file. default_model: an id, always one of ``models``.
    providers: those that can be asked, by name. One without key or address is not there; ``local`` is there
        when LOCAL_BASE_URL is set; ``rehearsal`` always, its base_url blank until its emulator listens.
    demos: by name, in the order of their file names. default_demo: the name of the one that ``/`` shows.
    """

    environment: Environment
    models: tuple[Model, ...]
    default_model: str
    providers: Mapping[str, Provider]
    exchange_rate: ExchangeRate | None
    demos: Mapping[str, Demo]
    default_demo: str

    @property
    def rehearsing(self) -> bool:
        """Whether the default model's provider has no key, so that no model is being asked."""
        default = next(model for model in self.models if model.id == self.default_model)
        return default.provider not in self.providers

    @property
    def demos_folder(self) -> Path:
        """Where the demo files lie."""
        return self.environment.settings_dir / "demos"


@dataclass
class Reading:
    """A pass over all files: what was read, and what is wrong. ``settings`` is None where anything is."""

    files: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    keys: Mapping[str, ApiKeys] = field(default_factory=dict)
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
    dotenv = read_env_file(env_file or ROOT / ".env", reading.faults)
    reading.files.append(dotenv.file)
    variables = Variables([Layer("", os.environ if environ is None else environ), dotenv], reading.faults)
    environment = read_environment(variables)
    environment = replace(environment, settings_dir=folder or environment.settings_dir)
    providers = _read_providers(reading, environment.settings_dir / "providers.toml", variables)
    reading.faults += misspelt(dotenv, [*VARIABLES, *(providers.variables if providers else ())])
    prices = _read_prices(reading, environment.settings_dir / "models.toml", providers)
    demos = _read_demos(reading, environment.settings_dir / "demos", prices)
    default_demo = _default_demo(variables, environment, demos)
    if not reading.faults and prices and providers:
        reading.settings = Settings(
            environment,
            prices.models,
            prices.default_model,
            providers.ready,
            prices.exchange_rate,
            demos,
            default_demo,
        )
    return reading


def _document(reading: Reading, path: Path) -> Document | None:
    reading.files.append(shown_path(path))
    try:
        return read_document(path)
    except SettingsError as error:
        reading.faults += error.faults
        return None


def _read_providers(reading: Reading, path: Path, variables: Variables) -> ProviderList | None:
    document = _document(reading, path)
    if document is None:
        return None
    providers = ProviderList(document, variables)
    reading.keys = providers.keys
    if REHEARSAL not in providers.names:
        Section(document, reading.faults).wrong(
            REHEARSAL, Wrong(Say("bảng [rehearsal]", "a table [rehearsal]"), NOTHING)
        )
    return providers


def _read_prices(reading: Reading, path: Path, providers: ProviderList | None) -> PriceList | None:
    document = _document(reading, path)
    if document is None:
        return None
    return read_price_list(document, reading.faults, providers.names if providers else None)


def _read_demos(reading: Reading, folder: Path, prices: PriceList | None) -> dict[str, Demo]:
    demos: dict[str, Demo] = {}
    # Editors keep half-written copies beside the file, under names that begin with a dot.
    for path in sorted(path for path in folder.glob("*.toml") if not path.name.startswith(".")):
        if document := _document(reading, path):
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
