"""How long a run may be."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Plan:
    """The sizes of one run; every measurement takes its own numbers from here."""

    rounds: int
    sockets: int
    replies: int
    """Replies for each socket and round in the measurement of CPU."""
    bursts: int
    """Bursts for each round."""
    capacity_rounds: int
    capacity_window_s: float
    capacity_most: int
    page_rounds: int
    page_costs: int
    """Replies of each page and moment whose cost is measured,"""
    page_sights: int
    """and those that are watched for latency and evenness."""
    page_turns: int
    sessions: int
    idle_sockets: int
    lengths: tuple[int, ...]
    length_sockets: int
    record_rounds: int
    record_turns: int
    """Turns of a single conversation whose wait is measured,"""
    record_replies: int
    """whole replies of each conversation,"""
    record_bursts: int
    """and messages of each at one instant."""
    rate_turns: int
    """Turns of a crowd that never rests."""
    growth_sizes: tuple[int, ...]
    """Receipts on record, ascending."""
    long_turns: int
    layer_turns: int
    """As `rate_turns`, for Chainlit's data layer, which takes its time."""
    cold_rounds: int
    minute_rounds: int
    beside_rounds: int
    beside_replies: int
    """Replies of a single stream; a crowd of 100 has as many in all, twice."""
    beside_short_s: float
    replicas_s: float
    """For so long programs write side by side."""
    visitors_window_s: float
    visitors_most: int
    start_rounds: int


FULL_PLAN = Plan(
    rounds=3,
    sockets=40,
    replies=2,
    bursts=2,
    capacity_rounds=2,
    capacity_window_s=5.0,
    capacity_most=1000,
    page_rounds=2,
    page_costs=2,
    page_sights=3,
    page_turns=100,
    sessions=1000,
    idle_sockets=200,
    lengths=(10, 100, 1000),
    length_sockets=1,
    record_rounds=2,
    record_turns=100,
    record_replies=3,
    record_bursts=5,
    rate_turns=4000,
    growth_sizes=(10_000, 100_000, 1_000_000),
    long_turns=1000,
    layer_turns=400,
    cold_rounds=5,
    minute_rounds=5,
    beside_rounds=5,
    beside_replies=100,
    beside_short_s=3.0,
    replicas_s=10.0,
    visitors_window_s=20.0,
    visitors_most=3000,
    start_rounds=3,
)
QUICK_PLAN = Plan(
    rounds=1,
    sockets=40,
    replies=1,
    bursts=1,
    capacity_rounds=1,
    capacity_window_s=3.0,
    capacity_most=300,
    page_rounds=1,
    page_costs=1,
    page_sights=2,
    page_turns=10,
    sessions=100,
    idle_sockets=50,
    lengths=(10, 100),
    length_sockets=2,
    record_rounds=1,
    record_turns=30,
    record_replies=1,
    record_bursts=2,
    rate_turns=800,
    growth_sizes=(2_000, 10_000),
    long_turns=200,
    layer_turns=80,
    cold_rounds=1,
    minute_rounds=1,
    beside_rounds=1,
    beside_replies=20,
    beside_short_s=1.0,
    replicas_s=3.0,
    visitors_window_s=10.0,
    visitors_most=400,
    start_rounds=1,
)
