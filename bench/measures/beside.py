"""The engine beside others: what each client of a provider adds to the very same stream."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bench.added import BUSY, CPU, CROWDS, RATE, SHARES, WHATS, WHICH, above, added
from bench.pace import Pace
from bench.plan import Plan
from bench.progress import say
from bench.roster import CLIENTS, RAW
from bench.rows import Row, Tally
from bench.scripts import CLIENTS as SCRIPTS
from bench.scripts import run_script
from bench.stage import Stage

_LIMIT_S = 300.0
_IN_FLIGHT = 32

#: Short replies for one stream, so that there are many first tokens; the usual tempo for a crowd.
_PACES = {
    1: Pace(first_token_s=0.03, tokens_per_second=200, tokens=20, stamped=True),
    100: Pace(first_token_s=0.15, tokens_per_second=50, tokens=100, stamped=True),
}
_AT_ONCE = Pace(first_token_s=0.0, tokens_per_second=0, tokens=20, stamped=True)

_NEARLY_ALL = 0.9
_FULL = "the core is full: its replies end ever later, and the delays would grow with a longer run"

_DIVISOR = {"first": 1e6, "chunk": 1e3}
"""Nanoseconds to a quantity's unit."""


async def measure(stage: Stage, plan: Plan) -> list[Row]:
    """Each client in a process of its own on one core, the emulator on the other; they take turns, each begins once."""
    tally = Tally()
    names = list(CLIENTS)
    for round_number in range(plan.beside_rounds):
        turn = round_number % len(names)
        for crowd in CROWDS:
            await stage.pace(_PACES[crowd])
            heard = {name: await _streams(stage, plan, name, crowd) for name in names[turn:] + names[:turn]}
            _count(tally, crowd, heard)
        await stage.pace(_AT_ONCE)
        for name in names[turn:] + names[:turn]:
            order = {"in_flight": _IN_FLIGHT, "seconds": plan.beside_short_s}
            figures = await _run(stage, name, order)
            tally.add(RATE, name, figures["replies_per_s"], _LIMITED if name == RAW else "")
            tally.add(CPU, name, figures["cpu_us"])
        for name, label in CLIENTS.items():
            told = (f"{tally.last(added(*which), name):,.2f}" for which in WHICH)
            say(
                f"beside, round {round_number + 1}, {label}: {', '.join(told)}; {tally.last(RATE, name):,.0f}/s"
            )
    return _in_order(tally)


_LIMITED = (
    "the emulator alone on the other core sets a limit to the replies a second; the CPU shows what is beyond"
)


async def _streams(stage: Stage, plan: Plan, name: str, crowd: int) -> dict[str, Any]:
    each = max(1, 2 * plan.beside_replies // crowd) if crowd > 1 else plan.beside_replies
    spread_s = _PACES[crowd].reply_s if crowd > 1 else 0.0
    return await _run(
        stage, name, {"streams": crowd, "replies": each, "spread_s": spread_s, "shares": SHARES}
    )


async def _run(stage: Stage, name: str, order: Mapping[str, object]) -> dict[str, Any]:
    whole = {"client": name, "url": f"{stage.upstream}/v1", "key": "bench", **order}
    return await run_script(stage, "asking", whole, _LIMIT_S, SCRIPTS)


def _count(tally: Tally, crowd: int, heard: Mapping[str, dict[str, Any]]) -> None:
    """One round of all clients; what stands above the raw one is the difference within the round."""
    for what in WHATS:
        for place, share in enumerate(SHARES):
            seen = {name: figures[f"{what}_ns"][place] / _DIVISOR[what] for name, figures in heard.items()}
            for name, figure in seen.items():
                tally.add(added(what, crowd, share), name, figure)
                if name != RAW:
                    tally.add(above(what, crowd, share), name, figure - seen[RAW])
    if crowd > 1:
        for name, figures in heard.items():
            tally.add(BUSY, name, figures["busy"] * 100, _FULL if figures["busy"] > _NEARLY_ALL else "")


def _in_order(tally: Tally) -> list[Row]:
    """First all that is added, then the same above the raw client's, then the rest."""
    keys = [added(*which) for which in WHICH] + [above(*which) for which in WHICH] + [BUSY, RATE, CPU]
    return sorted(tally.rows(), key=lambda row: keys.index(row.quantity))
