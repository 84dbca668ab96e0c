"""``models.toml``: the models, their prices, and the exchange rate."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from holysheep.prices import Model, Price
from holysheep.providers import Provider
from settings.checks import Wrong, day, money, or_none, text, texts, whole
from settings.documents import Document
from settings.faults import NOTHING, Fault, Say, did_you_mean
from settings.section import Section

PRICES = ("price", "input", "output")


@dataclass(frozen=True)
class ExchangeRate:
    """Dong for one dollar, as it stood on a day."""

    vnd_per_usd: Decimal
    as_of: date


@dataclass(frozen=True)
class PriceList:
    """What ``models.toml`` says. ``default_model`` is an id. own: id -> the provider that the file names for it."""

    models: tuple[Model, ...] = ()
    default_model: str = ""
    exchange_rate: ExchangeRate | None = None
    own: Mapping[str, str] = field(default_factory=dict)


def read_price_list(
    document: Document, faults: list[Fault], providers: Mapping[str, Provider] | None
) -> PriceList:
    """The models in the order of the file; what is wrong goes to ``faults``.

    providers: those that a model may refer to, by name, also without a key; None where they are not known.
    """
    root = Section(document, faults)
    sections = root.tables("models")
    models = tuple(_model(section) for section in sections)
    for i, section in enumerate(sections):
        if models[i].id and any(models[i].id == earlier.id for earlier in models[:i]):
            section.wrong("id", Wrong(Say("mỗi id một lần", "each id only once")))
        if providers is not None and models[i].provider not in providers:
            section.wrong("provider", Wrong(did_you_mean(models[i].provider, list(providers))))
    default = root.required("default", text(), "")
    ids = [model.id for model in models if model.id]
    if providers is not None:
        for model, section in zip(models, sections, strict=True):
            _check_fallbacks(model, section, providers, ids)
    if not models:
        root.wrong("models", Wrong(Say("ít nhất một [[models]]", "at least one [[models]]"), NOTHING))
    elif default and default not in ids:
        root.wrong("default", Wrong(did_you_mean(default, ids)))
    rate_table = root.table("exchange_rate")
    rate = _exchange_rate(rate_table) if root.has("exchange_rate") else None
    root.finish()
    pairs = zip(models, sections, strict=True)
    own = {model.id: model.provider for model, section in pairs if section.has("provider")}
    return PriceList(models, default, rate, own)


def _model(section: Section) -> Model:
    model = Model(
        id=section.required("id", text(100), ""),
        label=section.required("label", text(100), ""),
        provider=section.optional("provider", text(100), "holysheep"),
        context_window=section.required("context_window", whole(256, 100_000_000), 256),
        price=_price(section),
        fallbacks=section.optional("fallbacks", or_none(texts), None),
    )
    section.finish()
    return model


def _check_fallbacks(
    model: Model, section: Section, providers: Mapping[str, Provider], ids: Sequence[str]
) -> None:
    """Each is a provider that answers for the model, or a provider and another model of the list."""
    for fallback in model.fallbacks or ():
        name, _, other = fallback.partition("/")
        provider = providers.get(name)
        quoted = Say(f"“{fallback}”", f"“{fallback}”")
        if provider is None:
            section.wrong("fallbacks", Wrong(did_you_mean(name, list(providers)), quoted))
        elif other and other not in ids:
            section.wrong("fallbacks", Wrong(did_you_mean(other, ids), quoted))
        elif not other and name != model.provider and provider.answers(model.id) is None:
            expected = Say(
                f"{name}/MODEL: {name} không có {model.id} và không có stand_in",
                f"{name}/MODEL: {name} has no {model.id} and no stand_in",
            )
            section.wrong("fallbacks", Wrong(expected, quoted))


def _price(section: Section) -> Price | None:
    """The price; None where the file gives none, for then a reply's cost is unknown, never 0.

    ``price`` stands for whichever of ``input`` and ``output`` is not given; a single one of the two stands for
    both; cached input costs what input costs unless ``cached_input`` says otherwise.
    """
    zero = Decimal(0)
    flat = section.optional("price", money, zero)
    fresh = section.optional("input", money, flat)
    output = section.optional("output", money, flat)
    if not section.has("price", "input"):
        fresh = output
    if not section.has("price", "output"):
        output = fresh
    cached = section.optional("cached_input", money, fresh)
    if not section.has(*PRICES):
        section.optional("valid_from", day, date.min)
        if section.has("cached_input"):
            section.wrong("cached_input", Wrong(Say("thêm price hoặc input", "price or input beside it")))
        return None
    return Price(fresh, cached, output, section.required("valid_from", day, date.min))


def _exchange_rate(section: Section) -> ExchangeRate:
    rate = ExchangeRate(
        section.required("vnd_per_usd", money, Decimal(1)), section.required("as_of", day, date.min)
    )
    if rate.vnd_per_usd == 0:
        section.wrong("vnd_per_usd", Wrong(Say("số đồng cho một đô la", "the dong for one dollar")))
    section.finish()
    return rate
