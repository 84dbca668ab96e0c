"""``verify``: a small real question to every provider and key for each model, and a table of what came of it."""

import argparse
import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from holysheep.commands.place import Place, Said, engine_of
from holysheep.commands.table import table
from holysheep.engine import Engine
from holysheep.errors import EngineError
from holysheep.own_server import LOCAL, take_in
from holysheep.probing import Probe
from holysheep.store import Store

#: So many questions at a time: providers count requests, too.
AT_ONCE = 4

Route = tuple[str, str, str]  # provider, fingerprint, model


async def verify(place: Place, store: Store, arguments: argparse.Namespace) -> Said:
    """Exit code 0 only if all is well with all that was asked."""
    only = place.provider(arguments.provider) if arguments.provider else None
    if only is not None and only.name not in place.providers:
        return Said(place.no_key(only), {"ok": False, "error": "no_key", "probes": []}, 1)
    async with engine_of(place, store) as engine:
        probes = await _own_server(engine) if only is None or only.name == LOCAL else []
        if arguments.model:
            place.model(arguments.model, engine.models.values())
        probes += await probe_all(engine, _routes(engine, arguments), arguments.timeout)
    absent = [place.no_key(one) for name, one in place.known.items() if name not in place.providers]
    if not probes:
        nobody = place.say("không có ai để hỏi", "there is nobody to ask")
        return Said("\n".join([nobody, *absent]), {"ok": False, "error": "no_key", "probes": []}, 1)
    ok = all(map(is_well, probes))
    data = {"ok": ok, "probes": [as_data(probe) for probe in probes]}
    return Said("\n".join([shown(place, probes), *([] if only else absent)]), data, 0 if ok else 1)


async def _own_server(engine: Engine) -> list[Probe]:
    """A server of one's own says itself what it has; where it does not, that is what came of it."""
    if LOCAL not in engine.providers:
        return []
    try:
        await take_in(engine)
    except EngineError as error:
        return [Probe(LOCAL, "", "/models", error=error.kind, detail=str(error))]
    return []


def _routes(engine: Engine, arguments: argparse.Namespace) -> list[Route]:
    """Every key of every provider for every model that it has itself."""
    return [
        (provider.name, key.fingerprint, model)
        for provider in engine.providers.values()
        if arguments.provider in (None, provider.name)
        for key in provider.keys
        for model in engine.models
        if arguments.model in (None, model) and provider.answers(model) == model
    ]


async def probe_all(engine: Engine, routes: Iterable[Route], timeout_s: float) -> list[Probe]:
    """What came of each, in their order; so many at a time."""
    room = asyncio.Semaphore(AT_ONCE)

    async def one(provider: str, key: str, model: str) -> Probe:
        async with room:
            try:
                async with asyncio.timeout(timeout_s):
                    return await engine.probe(provider, key, model)
            except TimeoutError:
                detail = f"no answer within {timeout_s:g} s"
                return Probe(provider, key, model, error="silent", detail=detail)

    return list(await asyncio.gather(*(one(*route) for route in routes)))


def answers(probe: Probe) -> bool:
    """Whether visitors can be sent there."""
    parts = (probe.reachable, probe.key_accepted, probe.model_present, probe.streams)
    return probe.error is None and all(parts)


def is_well(probe: Probe) -> bool:
    """Whether it answers, and what it costs is known."""
    return answers(probe) and bool(probe.reports_usage) and bool(probe.price_known)


def as_data(probe: Probe) -> dict[str, Any]:
    """For scripts."""
    return {**asdict(probe), "ok": is_well(probe)}


def shown(place: Place, probes: Sequence[Probe]) -> str:
    """For people: a line a route, and beneath one that fails what it said."""
    say = place.say
    head = [
        say("nhà cung cấp", "provider"),
        say("khóa", "key"),
        say("mô hình", "model"),
        say("tới được", "reachable"),
        say("khóa đúng", "key accepted"),
        say("có mô hình", "model present"),
        say("truyền dần", "streams"),
        say("báo token", "reports usage"),
        "TTFT",
        say("có giá", "price known"),
        say("ổn", "well"),
    ]
    rows = [_row(place, probe) for probe in probes]
    below = [f"  {probe.error}: {probe.detail}" if probe.error else "" for probe in probes]
    well = sum(map(is_well, probes))
    total = say(f"{well} trên {len(probes)} đường đều ổn", f"{well} of {len(probes)} routes are well")
    return "\n".join([*table(head, rows, below), "", total])


def _row(place: Place, probe: Probe) -> list[str]:
    def yes(value: bool | None) -> str:
        return "–" if value is None else place.say("có", "yes") if value else place.say("KHÔNG", "NO")

    ttft = "–" if probe.ttft_ms is None else f"{probe.ttft_ms / 1000:.2f} s"
    model = probe.model
    if probe.served_model and probe.served_model != probe.model:
        model += f" → {probe.served_model}"
    facts = [probe.reachable, probe.key_accepted, probe.model_present, probe.streams, probe.reports_usage]
    return [
        probe.provider,
        probe.key_fingerprint or "–",
        model,
        *map(yes, facts),
        ttft,
        yes(probe.price_known),
        yes(is_well(probe)),
    ]
