"""Who may answer a model, in which order; without I/O."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from holysheep.prices import Model
from holysheep.providers import Provider

#: Asked only where no other provider can be.
REHEARSAL = "rehearsal"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A provider, and the model it is asked for: another one than the visitor's where it answers in its place."""

    provider: Provider
    model: Model


@dataclass(frozen=True, slots=True)
class Preference:
    """Who is asked first. instead_of: only for what that provider would be asked first; None: for everything."""

    first: str
    instead_of: str | None = None


def candidates(
    model: Model,
    models: Mapping[str, Model],
    providers: Mapping[str, Provider],
    preference: Preference | None = None,
    *,
    stand_in: bool = True,
) -> tuple[Candidate, ...]:
    """Who can answer ``model``, the best first.

    models, providers: by id and name; providers that cannot be asked are not there. stand_in: whether another model may
    answer. Only a provider that says which models it has is asked in the place of another; one of one's own never is.
    """
    found: list[Candidate] = []
    places = [*_places(model, models, providers)]
    if preference and preference.instead_of is None and preference.first in providers:
        places.append((providers[preference.first], model))  # also where the price list does not name it
    for provider, wanted in places:
        id = provider.answers(wanted.id)
        if id is None or id not in models:
            continue
        if (id == model.id or stand_in) and all(
            provider is not c.provider or id != c.model.id for c in found
        ):
            found.append(Candidate(provider, models[id]))
    if preference and found and preference.instead_of in (None, found[0].provider.name):
        found.sort(key=lambda c: c.provider.name != preference.first)
    if not found and REHEARSAL in providers:
        return (Candidate(providers[REHEARSAL], model),)
    return tuple(found)


def _places(
    model: Model, models: Mapping[str, Model], providers: Mapping[str, Provider]
) -> Iterator[tuple[Provider, Model]]:
    if model.provider in providers:
        yield providers[model.provider], model
    if model.fallbacks is None:
        for provider in providers.values():
            if provider.name != model.provider and provider.models is not None and not provider.free:
                yield provider, model
        return
    for place in model.fallbacks:
        name, _, id = place.partition("/")
        if name in providers:
            yield providers[name], models.get(id or model.id, model)
