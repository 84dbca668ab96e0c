"""What a visitor is shown of a receipt."""

import pytest

from chat.conversation import Conversation
from chat.sight import fields, seen, sight
from demos import EVERYTHING, Demo, Link, Shown
from ledger.sides import utc_now

METADATA: dict[str, object] = {
    "provider": "holysheep",
    "model": "deepseek-v3.2",
    "ttft_ms": 180.0,
    "total_tokens": 245,
    "cost_usd": "0.0001",
    "price_version": "2026-01-01",
    "finish_reason": "stop",
    "demo_version": 3,
}
ALWAYS = {"finish_reason", "demo_version"}


@pytest.mark.parametrize(
    ("shown", "keys"),
    [
        (Shown(latency=False), set()),
        (Shown(), {"ttft_ms"}),
        (Shown(latency=False, tokens=True), {"total_tokens"}),
        (Shown(latency=False, cost=True), {"cost_usd", "price_version"}),
        (Shown(latency=False, model_picker=True), {"provider", "model"}),
    ],
    ids=["nothing", "as usual", "tokens", "cost", "model"],
)
def test_what_is_shown(shown: Shown, keys: set[str]) -> None:
    """All keys are there; what is not shown is None, and how it ended and which version it was always is."""
    left = seen(METADATA, shown)
    assert left.keys() == METADATA.keys()
    assert {key for key, value in left.items() if value is not None} == keys | ALWAYS


def test_an_operator_sees_everything_and_sets_everything() -> None:
    """A visitor only what their demo allows."""
    demo = Demo("shop", "Shop", "p", shown=Shown(model_picker=True))
    own = Conversation("c", "o", "shop", "vi")
    theirs = Conversation("c", "o", "shop", "vi", Link("l", "shop", utc_now()))
    assert seen(METADATA, sight(own, demo)) == METADATA and sight(own, demo) is EVERYTHING
    assert sight(theirs, demo) == demo.shown
    assert "temperature" in fields(own, demo)
    assert set(fields(theirs, demo)) == {"model", "language", "page_language"}
    assert "model" not in fields(theirs, Demo("shop", "Shop", "p"))
