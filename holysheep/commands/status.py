"""``status``: keys, breakers, errors and times, as the running programs see them and the shared state has them."""

import argparse
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from holysheep.commands.place import Place, Said, engine_of
from holysheep.commands.switch import shorn
from holysheep.commands.table import table
from holysheep.rollout import DOCUMENT as ROLLOUT
from holysheep.rollout import RolloutState
from holysheep.shared import HEALTH, SWITCH, is_fresh
from holysheep.store import Store


async def status(place: Place, store: Store, arguments: argparse.Namespace) -> Said:
    """Always exit code 0: a provider that is down is not a command that failed."""
    async with engine_of(place, store) as engine:
        known = engine.status()
    told = await store.read(HEALTH)
    running = [{"id": id, **one} for id, one in told.items() if arguments.all or is_fresh(one, place.now())]
    switched = shorn(await store.read(SWITCH))
    data = {
        **known,
        "providers": [_with_recent(provider, running) for provider in known["providers"]],
        "without_key": [name for name in place.known if name not in place.providers],
        "switch": switched or None,
        "rollout": await _rollout(place, store),
        "running": running,
    }
    return Said("\n".join(_shown(place, data)), data)


async def _rollout(place: Place, store: Store) -> dict[str, Any]:
    plan = place.rollout
    if plan is None or not plan.enabled:
        return {"enabled": False}
    state = RolloutState.from_document(await store.read(ROLLOUT))
    return {
        "enabled": True,
        "share": state.share,
        "held_by": state.held_by or None,
        "legacy": plan.legacy,
        "to": plan.to,
    }


def _with_recent(provider: Mapping[str, Any], running: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The shared state of a provider, and how its last attempts went over all running programs."""
    seen = [
        other
        for one in running
        for other in one["status"]["providers"]
        if (other["name"], other["base_url"]) == (provider["name"], provider["base_url"])
    ]
    if not seen:
        return dict(provider)
    busiest = max(seen, key=lambda other: other["recent"]["attempts"])
    errors: dict[str, int] = {}
    for other in seen:
        for kind, number in other["recent"]["errors"].items():
            errors[kind] = errors.get(kind, 0) + number
    # Percentiles of several programs cannot be added up: those of the busiest one stand for all.
    recent = {
        **busiest["recent"],
        "attempts": sum(other["recent"]["attempts"] for other in seen),
        "errors": errors,
    }
    in_flight: dict[str, int] = {}
    for other in seen:
        for key in other["keys"]:
            in_flight[key["fingerprint"]] = in_flight.get(key["fingerprint"], 0) + key["in_flight_tokens"]
    keys = [{**key, "in_flight_tokens": in_flight.get(key["fingerprint"], 0)} for key in provider["keys"]]
    return {
        **provider,
        "keys": keys,
        "models": _merged_breakers(provider, seen),
        "clock_skew_s": busiest["clock_skew_s"],
        "repeats_left": min(other["repeats_left"] for other in seen),
        "recent": recent,
    }


def _merged_breakers(
    provider: Mapping[str, Any], seen: Sequence[Mapping[str, Any]]
) -> list[Mapping[str, Any]]:
    """The worst state of each model's breaker."""
    worse = ("closed", "half_open", "open")
    found: dict[str, Mapping[str, Any]] = {}
    for one in (provider, *seen):
        for model in one["models"]:
            known = found.get(model["model"])
            if known is None or worse.index(model["breaker"]) > worse.index(known["breaker"]):
                found[model["model"]] = model
    return [found[name] for name in sorted(found)]


def _shown(place: Place, data: Mapping[str, Any]) -> list[str]:
    lines = [_programs(place, data["running"]), _first(place, data), *_moving(place, data["rollout"])]
    for provider in data["providers"]:
        lines += ["", *_provider(place, provider)]
    for name in data["without_key"]:
        lines += ["", place.no_key(place.known[name])]
    return lines


def _programs(place: Place, running: Sequence[Mapping[str, Any]]) -> str:
    if not running:
        return place.say(
            "Không thấy chương trình nào đang chạy và được hỏi; dưới đây là trạng thái đã lưu.",
            "No program is running that was asked anything; this is the state on record.",
        )
    return place.say(f"{len(running)} chương trình đang chạy.", f"{len(running)} running.")


def _first(place: Place, data: Mapping[str, Any]) -> str:
    switched = data["switch"]
    if not switched:
        return place.say(
            "Hỏi trước: nhà cung cấp của chính mỗi mô hình (models.toml).",
            "Asked first: each model's own provider (models.toml).",
        )
    origin = switched.get("from")
    where = place.say(f" ở nơi trước đây hỏi {origin}", f" wherever {origin} was") if origin else ""
    by = f"{switched.get('by', '?')}, {_minute(switched.get('at'))}"
    return place.say(
        f"Hỏi trước: {switched['to']}{where} ({by}).", f"Asked first: {switched['to']}{where} ({by})."
    )


def _moving(place: Place, rollout: Mapping[str, Any]) -> list[str]:
    if not rollout["enabled"]:
        return []
    held = (
        place.say(f", giữ bởi {rollout['held_by']}", f", held by {rollout['held_by']}")
        if rollout["held_by"]
        else ""
    )
    share, legacy, to = rollout["share"], rollout["legacy"], rollout["to"]
    return [
        place.say(
            f"Rollout: {share} % cuộc trò chuyện qua {to}, còn lại qua {legacy}{held}.",
            f"Rollout: {share} % of conversations at {to}, the others at {legacy}{held}.",
        )
    ]


def _provider(place: Place, provider: Mapping[str, Any]) -> list[str]:
    say, recent = place.say, provider["recent"]
    state = say("sẵn sàng", "available") if provider["available"] else say("KHÔNG sẵn sàng", "NOT available")
    lines = [f"{provider['name']}  {provider['base_url']}  {state}"]
    lines.append("  " + _recent(place, recent))
    if (skew := provider["clock_skew_s"]) is not None and abs(skew) >= 30:
        lines.append(
            "  " + say(f"đồng hồ lệch {skew:.0f} s so với máy này", f"its clock is {skew:.0f} s off ours")
        )
    head = [
        say("khóa", "key"),
        say("trạng thái", "state"),
        say("token đã dùng", "tokens used"),
        say("đang bay", "in flight"),
    ]
    rows = [
        [
            key["fingerprint"] or "–",
            _key_state(place, key),
            f"{key['tokens']:,} / {key['limit']:,}",
            f"{key['in_flight_tokens']:,}",
        ]
        for key in provider["keys"]
    ]
    lines += [f"  {line}" for line in table(head, rows)]
    for model in provider["models"]:
        if model["breaker"] != "closed":
            until = f" → {_minute(model['until'])}" if model["until"] else ""
            lines.append(
                "  "
                + say(
                    f"cầu dao của {model['model']}: {model['breaker']}{until}",
                    f"breaker of {model['model']}: {model['breaker']}{until}",
                )
            )
    return lines


def _recent(place: Place, recent: Mapping[str, Any]) -> str:
    say = place.say
    told = [
        say(
            f"{recent['minutes']} phút qua: {recent['attempts']} lượt gọi",
            f"last {recent['minutes']} minutes: {recent['attempts']} attempts",
        )
    ]
    told += [f"{kind} × {number}" for kind, number in recent["errors"].items()]
    for name, label in (("ttft_ms", "TTFT"), ("latency_ms", say("độ trễ", "latency"))):
        if times := recent[name]:
            told.append(f"{label} p50 {times['p50'] / 1000:.2f} s, p95 {times['p95'] / 1000:.2f} s")
    return " · ".join(told)


def _key_state(place: Place, key: Mapping[str, Any]) -> str:
    state: str = {
        "ready": place.say("dùng được", "ready"),
        "resting": place.say("đang nghỉ", "resting"),
        "out": place.say("bị gạt ra", "set aside"),
    }[key["state"]]
    if key["reason"]:
        state += f" ({key['reason']})"
    return f"{state} → {_minute(key['until'])}" if key["until"] else state


def _minute(at: object) -> str:
    """An instant as the reader's own clock shows it."""
    try:
        return f"{datetime.fromisoformat(str(at)).astimezone():%Y-%m-%d %H:%M:%S}"
    except ValueError:
        return "?"
