"""What happened on a link, for a terminal."""

from collections.abc import Mapping
from typing import Any


def told(said: Mapping[str, Any]) -> str:
    """A few lines. said: as ``activity --json`` has it."""
    if not said["conversations"]:
        return f"{said['link']}: nobody has written yet."
    ttft, thumbs = said["ttft_ms"], said["thumbs"]
    bound = {"exact": "", "at_least": "at least "}.get(said["cost_bound"], "")
    cost = "cost unknown" if said["cost_usd"] is None else f"{bound}${said['cost_usd']}"
    first_words = f"first words after {ttft['median']} ms (p95 {ttft['p95']} ms)" if ttft else "no reply yet"
    return "\n".join(
        (
            f"{said['link']}: {said['visitors']} visitors, {said['conversations']} conversations, "
            f"{said['messages']} messages, {cost}",
            f"  {first_words}; {thumbs['up']} thumbs up, {thumbs['down']} down",
            f"  seen from {said['first_seen']} to {said['last_seen']}",
            f"  devices: {_counted(said['devices'])}",
            f"  from: {_counted({host or 'no page, or none that says': n for host, n in said['hosts'].items()})}",
        )
    )


def _counted(found: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {number}" for name, number in found.items())
