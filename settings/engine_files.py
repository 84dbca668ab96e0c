"""The files that say whom the engine may ask: providers, models, rollout. They are read without demos or database."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from holysheep.prices import Model
from holysheep.providers import Provider
from holysheep.rollout import RolloutPlan
from holysheep.routes import REHEARSAL, candidates
from settings.documents import Document, read_document
from settings.environment import VARIABLES, Environment, read_environment
from settings.faults import ROOT, Fault, SettingsError, shown_path
from settings.price_list import ExchangeRate, PriceList, read_price_list
from settings.provider_list import ProviderList
from settings.rollout_plan import read_rollout_plan
from settings.variables import ApiKeys, Layer, Variables, misspelt, read_env_file


@dataclass
class Pass:
    """A pass over files: which were read, what is wrong in them, which keys are set."""

    files: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    keys: Mapping[str, ApiKeys] = field(default_factory=dict)

    def document(self, path: Path) -> Document | None:
        """A TOML file; None where it cannot be read, which is a fault."""
        self.files.append(shown_path(path))
        try:
            return read_document(path)
        except SettingsError as error:
            self.faults += error.faults
            return None


@dataclass(frozen=True)
class EngineFiles:
    """What the engine is built from, checked.

    models: in the order of the file. default_model: an id, always one of ``models``.
    providers: those that can be asked, by name. One without key or address is not there; ``local`` is there
        when LOCAL_BASE_URL is set; ``rehearsal`` always, its base_url blank until its emulator listens.
    known: also those that cannot be asked, by name.
    """

    environment: Environment
    models: tuple[Model, ...]
    default_model: str
    providers: Mapping[str, Provider]
    exchange_rate: ExchangeRate | None
    known: Mapping[str, Provider]
    rollout: RolloutPlan

    @property
    def rehearsing(self) -> bool:
        """Whether nobody but the rehearsal can answer the default model, so that no model is being asked."""
        models = {model.id: model for model in self.models}
        found = candidates(models[self.default_model], models, self.providers)
        return [candidate.provider.name for candidate in found] == [REHEARSAL]


@dataclass
class Read:
    """What could be read of them. prices: for the checks of other files; files: None where anything is wrong."""

    variables: Variables
    environment: Environment
    prices: PriceList | None
    files: EngineFiles | None


def load_engine_files(
    folder: Path | None = None, environ: Mapping[str, str] | None = None, env_file: Path | None = None
) -> EngineFiles:
    """As ``settings.load_settings``, without the demos: for commands that ask no demo anything."""
    noted = Pass()
    read = read_engine_files(noted, folder, environ, env_file)
    if read.files is None:
        raise SettingsError(noted.faults)
    return read.files


def read_engine_files(
    noted: Pass, folder: Path | None, environ: Mapping[str, str] | None, env_file: Path | None
) -> Read:
    """The environment and the files beside the demos; what is wrong goes to ``noted``."""
    dotenv = read_env_file(env_file or ROOT / ".env", noted.faults)
    noted.files.append(dotenv.file)
    variables = Variables([Layer("", os.environ if environ is None else environ), dotenv], noted.faults)
    environment = read_environment(variables)
    environment = replace(environment, settings_dir=folder or environment.settings_dir)
    providers = _read_providers(noted, environment.settings_dir / "providers.toml", variables)
    noted.faults += misspelt(dotenv, [*VARIABLES, *(providers.variables if providers else ())])
    prices = _read_prices(noted, environment.settings_dir / "models.toml", providers)
    rollout = _read_rollout(noted, environment.settings_dir / "rollout.toml", providers)
    files = None
    if providers and prices and not noted.faults:
        files = EngineFiles(
            environment,
            prices.models,
            prices.default_model,
            providers.ready,
            prices.exchange_rate,
            providers.all,
            rollout,
        )
    return Read(variables, environment, prices, files)


def _read_providers(noted: Pass, path: Path, variables: Variables) -> ProviderList | None:
    document = noted.document(path)
    if document is None:
        return None
    providers = ProviderList(document, variables)
    noted.keys = providers.keys
    return providers


def _read_prices(noted: Pass, path: Path, providers: ProviderList | None) -> PriceList | None:
    document = noted.document(path)
    if document is None:
        return None
    prices = read_price_list(document, noted.faults, providers.all if providers else None)
    if providers and prices.models:
        providers.know_models([model.id for model in prices.models if model.id], prices.own)
    return prices


def _read_rollout(noted: Pass, path: Path, providers: ProviderList | None) -> RolloutPlan:
    """The plan; where there is no such file nothing moves."""
    document = noted.document(path) if path.exists() else None
    return read_rollout_plan(document, noted.faults, providers.names if providers else None)
