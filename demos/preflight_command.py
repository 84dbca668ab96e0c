"""What ``python -m demos preflight`` does: the terminal's side of ``demos.preflight``."""

import argparse

from demos.demo import Language
from demos.place import Workshop
from demos.preflight import Asked, preflight, starters
from demos.said import CommandFailed, Said


async def before_a_call(shop: Workshop, arguments: argparse.Namespace) -> Said:
    """Ask each starter once, on record; 1 where one is not answered."""
    demo, place = shop.shelf.current(arguments.demo), shop.place
    if not starters(demo, place.language):
        raise CommandFailed(
            f"{demo.name} chưa có gợi ý nào: hãy thêm [[starters.vi]]",
            f"{demo.name} has no starters: add [[starters.vi]]",
        )
    if place.tools is None:
        raise CommandFailed(
            "preflight: không có gì để hỏi mô hình", "preflight: there is nothing to ask a model with"
        )
    told = 0
    async with place.tools(shop.database) as tools:
        async for so_far in preflight(tools, demo, place.language, place.author):
            done = [one for one in so_far.asked if one.state in ("ok", "failed")]
            for one in done[told:]:
                place.tell(_line(one, place.language))
            told = len(done)
    return Said(so_far.as_dict(), _verdict(bool(so_far.ready), place.language), 0 if so_far.ready else 1)


def _line(one: Asked, language: Language) -> str:
    """``✓ Bảng giá: 0.42 s → 1.90 s``, or what went wrong."""
    if one.state == "failed":
        return f"✗ {one.label}: {one.error}"
    assert one.receipt is not None
    times = (f"{ms / 1000:.2f} s" for ms in (one.receipt.ttft_ms, one.receipt.latency_ms) if ms is not None)
    said = " ".join(one.answer.split())
    return f"✓ {one.label}: {' → '.join(times)}\n  {said if len(said) <= 160 else said[:159] + '…'}"


def _verdict(ready: bool, language: Language) -> str:
    if language == "vi":
        return "Sẵn sàng." if ready else "Chưa sẵn sàng."
    return "Ready." if ready else "Not ready."
