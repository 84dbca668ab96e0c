"""The ledger as it grows: the report, a long conversation opened, one more turn recorded."""

from __future__ import annotations

from bench.plan import Plan
from bench.progress import say
from bench.rows import Quantity, Row, Tally
from bench.scripts import run_script
from bench.stage import Stage
from bench.stores import stores

_LIMIT_S = 900.0
#: What a report can tell turns apart by.
WAYS = ("day", "demo", "link", "model", "provider", "cohort", "version")


def quantities(size: int, long_turns: int) -> dict[str, Quantity]:
    """What is measured with so many turns on record, by the script's names."""
    reports = {
        f"report_{by}_ms": Quantity(f"report_{by}_{size}", f"report by {by} over {size:,} receipts", "ms")
        for by in WAYS
    }
    return {
        **reports,
        "open_ms": Quantity(f"open_{size}", f"opening {long_turns:,} turns among {size:,}", "ms"),
    }


def wait_quantity(size: int) -> Quantity:
    """The wait of a single conversation."""
    return Quantity(f"wait_{size}", f"recording one more beside {size:,}: wait, p50", "ms", 2)


def bytes_quantity(size: int) -> Quantity:
    """Short texts: what texts take is the visitors' matter."""
    return Quantity(f"disk_{size}", f"{size:,} turns on the disk, indexes included", "MiB")


async def measure(stage: Stage, plan: Plan) -> list[Row]:
    """The same rows in both databases, at each size: half a year's turns, 300 links, one long conversation."""
    tally = Tally()
    # As the command runs: nothing else is under way, and the report uses what there is.
    stage = stage.on_every_core()
    async with stores(stage) as databases:
        for name in databases.names:
            store = await databases.fresh(name)
            order = store.order(sizes=plan.growth_sizes, long_turns=plan.long_turns)
            found = await run_script(stage, "growth", order, _LIMIT_S)
            note = databases.note(name)
            for figures in found["sizes"]:
                size = figures["size"]
                kinds = quantities(size, plan.long_turns)
                for key, quantity in kinds.items():
                    for value in figures[key]:
                        tally.add(quantity, name, value, note)
                        note = ""
                for value in figures["wait_ms"]:
                    tally.add(wait_quantity(size), name, value)
                tally.add(bytes_quantity(size), name, figures["bytes"] / 2**20)
                report, opened = (tally.last(kinds[key], name) for key in ("report_day_ms", "open_ms"))
                say(
                    f"growth, {name}, {size:,}: filled in {figures['filled_s']:.0f} s, "
                    f"report {report:.0f} ms, opened in {opened:.0f} ms"
                )
    return tally.rows()
