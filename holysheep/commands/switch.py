"""``switch`` and ``migrate``: who is asked first from now on. Verified before, and undone by ``switch --back``."""

import argparse
from collections.abc import Mapping
from typing import Any

from holysheep.commands.place import Place, Said, WrongCommand, engine_of
from holysheep.commands.verify import answers, as_data, probe_all, shown
from holysheep.probing import Probe
from holysheep.providers import Provider
from holysheep.store import Document, Store

#: The document that a running program reads.
DOCUMENT = "switch"
#: So many switches can be undone, one after another.
_KEPT = 20


async def switch(place: Place, store: Store, arguments: argparse.Namespace) -> Said:
    """To another provider, or back."""
    if arguments.back:
        return await _back(place, store)
    return await _move(place, store, place.provider(arguments.to), None, arguments.timeout)


async def migrate(place: Place, store: Store, arguments: argparse.Namespace) -> Said:
    """From one provider to another."""
    origin, to = place.provider(arguments.origin), place.provider(arguments.to)
    if origin.name == to.name:
        raise WrongCommand(
            place.say("--from và --to là một", "--from and --to are the same"),
        )
    return await _move(place, store, to, origin.name, arguments.timeout)


async def _move(place: Place, store: Store, to: Provider, origin: str | None, timeout_s: float) -> Said:
    unchanged = place.say("không có gì thay đổi", "nothing was changed")
    if to.name not in place.providers:
        why = place.no_key(to)
        return Said(f"{why}; {unchanged}", {"changed": False, "error": "no_key", "detail": why}, 1)
    now = await store.read(DOCUMENT)
    if (now.get("to"), now.get("from")) == (to.name, origin):
        already = place.say(f"{to.name} đã được hỏi trước", f"{to.name} is asked first already")
        return Said(f"{already}; {unchanged}", {"changed": False, "switch": shorn(now)})
    probes = await _verify(place, store, to, timeout_s)
    told = {"probes": [as_data(probe) for probe in probes]}
    missing = _unanswered(place, to, probes)
    if missing:
        models = ", ".join(missing)
        why = place.say(f"{to.name} không trả lời được: {models}", f"{to.name} does not answer: {models}")
        words = f"{shown(place, probes)}\n{why}; {unchanged}"
        return Said(words, {"changed": False, "error": "not_verified", "missing": missing, **told}, 1)
    moved = _moved(place, to, origin, now)
    made = {"to": to.name, "from": origin, "at": place.now().isoformat(), "by": place.by}
    document = await store.change(DOCUMENT, lambda before: {**made, "before": _kept(before)})
    lines = [shown(place, probes), _done(place, document), _told(place, to, moved), *_doubts(place, probes)]
    data = {"changed": True, "switch": shorn(document), "moved": moved, **told, **_beside(place)}
    return Said("\n".join([*lines, *_limits(place, origin)]), data)


def _beside(place: Place) -> dict[str, bool]:
    """Whether a rollout is on: a switch of everything comes before it, one of a single provider after it."""
    return {"rollout_enabled": place.rollout is not None and place.rollout.enabled}


def _limits(place: Place, origin: str | None) -> list[str]:
    """How the switch and a rollout go together."""
    if not _beside(place)["rollout_enabled"]:
        return []
    if origin is None:
        return [
            place.say(
                "Rollout đang bật: lệnh này đứng trước nó; sau switch --back rollout lại quyết định.",
                "The rollout is on: this comes before it; after switch --back the rollout decides again.",
            )
        ]
    return [
        place.say(
            "Rollout đang bật: các cuộc trò chuyện đi theo nó (python -m holysheep rollout), không theo lệnh này.",
            "The rollout is on: conversations of the desk go by it (python -m holysheep rollout), not by this.",
        )
    ]


def _moved(place: Place, to: Provider, origin: str | None, now: Document) -> list[str]:
    """Models that are asked of another provider now, and will be of this one."""
    moved = []
    for model in place.models:
        asked = model.provider
        if now.get("to") in place.providers and now.get("from") in (None, asked):
            asked = now["to"]
        if asked != to.name and origin in (None, asked) and to.answers(model.id) is not None:
            moved.append(model.id)
    return moved


def _told(place: Place, to: Provider, moved: list[str]) -> str:
    """Which models move, and which of them another one will answer."""
    if not moved:
        return place.say("Hôm nay không mô hình nào đổi chỗ.", "No model moves by it today.")
    answered = {id: to.answers(id) for id in moved}
    names = ", ".join(id if by == id else f"{id} → {by}" for id, by in answered.items())
    return place.say(f"Đổi chỗ: {names}.", f"These move: {names}.")


async def _verify(place: Place, store: Store, to: Provider, timeout_s: float) -> list[Probe]:
    """What is needed: each key once, and each model that it answers with by a key that was accepted."""
    models = list(_answered(place, to).values())
    async with engine_of(place, store) as engine:
        keys = [(to.name, key.fingerprint, models[0]) for key in to.keys] if models else []
        probes = await probe_all(engine, keys, timeout_s)
        good = next((probe.key_fingerprint for probe in probes if probe.key_accepted), None)
        rest = dict.fromkeys(model for model in models if model != models[0])
        if good is not None:
            probes += await probe_all(engine, [(to.name, good, model) for model in rest], timeout_s)
    return probes


def _answered(place: Place, to: Provider) -> Mapping[str, str]:
    """Our id -> the id that it answers with, of the models that it answers."""
    ids = {model.id: to.answers(model.id) for model in place.models}
    return {ours: theirs for ours, theirs in ids.items() if theirs is not None}


def _unanswered(place: Place, to: Provider, probes: list[Probe]) -> list[str]:
    """Models that visitors would ask for in vain; all of them where it has none."""
    well = {probe.model for probe in probes if answers(probe)}
    wanted = dict.fromkeys(_answered(place, to).values())
    if not wanted:
        return [model.id for model in place.models]
    return [model for model in wanted if model not in well]


def _doubts(place: Place, probes: list[Probe]) -> list[str]:
    """Keys that do not work beside one that does."""
    return [
        place.say(
            f"khóa {probe.key_fingerprint} không dùng được ({probe.error})",
            f"the key {probe.key_fingerprint} cannot be used ({probe.error})",
        )
        for probe in probes
        if not answers(probe)
    ]


async def _back(place: Place, store: Store) -> Said:
    undone: Document = {}

    def undo(document: Document) -> Document:
        undone.clear()
        undone.update(document)
        return dict(document.get("before") or {})

    document = await store.change(DOCUMENT, undo)
    if not undone.get("to"):
        nothing = place.say(
            "không có gì để quay lại: chưa chuyển lần nào, hoặc đã quay lại rồi",
            "there is nothing to go back from: nobody has switched, or it was undone already",
        )
        return Said(nothing, {"changed": False, "error": "nothing_to_undo"}, 1)
    data = {"changed": True, "switch": shorn(document) or None, "undone": shorn(undone), **_beside(place)}
    limits = _limits(place, document.get("from")) if document.get("to") else []
    return Said("\n".join([_done(place, document), *limits]), data)


def _kept(before: Document) -> Document | None:
    """The old state, and those before it as far as they can be undone."""
    if not before.get("to"):
        return None
    kept = last = dict(before)
    for _ in range(_KEPT):
        if not last.get("before"):
            break
        last["before"] = dict(last["before"])
        last = last["before"]
    last["before"] = None
    return kept


def shorn(document: Mapping[str, Any]) -> dict[str, Any]:
    """Without what was before it."""
    return {name: value for name, value in document.items() if name != "before"}


def _done(place: Place, document: Mapping[str, Any]) -> str:
    if not document.get("to"):
        return place.say(
            "Đã quay lại: mỗi mô hình hỏi nhà cung cấp của chính nó trước (models.toml).",
            "Back: each model's own provider of models.toml is asked first.",
        )
    to, origin = document["to"], document.get("from")
    if origin:
        return place.say(
            f"Xong: {to} được hỏi trước ở mọi nơi trước đây hỏi {origin}. Quay lại: python -m holysheep switch --back",
            f"Done: {to} is asked first wherever {origin} was. Undo: python -m holysheep switch --back",
        )
    return place.say(
        f"Xong: {to} được hỏi trước. Quay lại: python -m holysheep switch --back",
        f"Done: {to} is asked first. Undo: python -m holysheep switch --back",
    )
