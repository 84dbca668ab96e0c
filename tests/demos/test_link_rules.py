"""Tokens of links, and when a link opens."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from demos import Branding, Demo, Keys, Link, branded, wall
from demos.links import new_id, state

NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)
LATER, EARLIER = NOW + timedelta(hours=1), NOW - timedelta(hours=1)
LINK = Link("abcdefghij", "boutique", EARLIER, messages=7)
KEYS = Keys("the secret of this installation")


def test_a_token_names_its_link_and_nothing_else() -> None:
    """Whoever has the token has the id; whoever has the id has no token."""
    token = KEYS.token("abcdefghij")
    assert KEYS.id_of(token) == "abcdefghij" and token.startswith("abcdefghij")
    assert len(token) == 36 and token.isalnum() and token == token.lower()


@pytest.mark.parametrize(
    "forge",
    [
        pytest.param(lambda token: "", id="nothing"),
        pytest.param(lambda token: "abcdefghij", id="the id alone"),
        pytest.param(lambda token: token[:-1], id="cut"),
        pytest.param(lambda token: token + "a", id="longer"),
        pytest.param(lambda token: token[:-1] + ("a" if token[-1] != "a" else "b"), id="a letter changed"),
        pytest.param(lambda token: "abcdefghik" + token[10:], id="another id"),
        pytest.param(lambda token: Keys("another secret").token("abcdefghij"), id="another secret"),
        pytest.param(lambda token: "ế" * 36, id="no letters of ours"),
    ],
)
def test_a_forged_token(forge: Any) -> None:
    """Only what we signed is a token."""
    assert KEYS.id_of(forge(KEYS.token("abcdefghij"))) is None


def test_ids_are_new() -> None:
    """No two links share one."""
    ids = {new_id() for _ in range(1000)}
    assert len(ids) == 1000 and {len(id) for id in ids} == {10}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, None),
        ({"expires_at": LATER, "starts_at": EARLIER}, None),
        ({"expires_at": NOW}, "expired"),
        ({"starts_at": LATER}, "not_started"),
        ({"paused_at": EARLIER}, "paused"),
        ({"revoked_at": EARLIER, "expires_at": EARLIER, "paused_at": EARLIER}, "revoked"),
        ({"used": 7}, None),
    ],
)
def test_when_a_link_opens(changes: dict[str, Any], reason: str | None) -> None:
    """What closes a link for good goes before what closes it for a while."""
    assert wall(replace(LINK, **changes), NOW) == reason


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"used": 6}, "open"),
        ({"used": 7}, "exhausted"),
        ({"messages": None, "used": 1_000_000}, "open"),
        ({"used": 7, "paused_at": EARLIER}, "paused"),
    ],
)
def test_how_a_link_stands(changes: dict[str, Any], said: str) -> None:
    """An operator also reads that its messages are used up."""
    assert state(replace(LINK, **changes), NOW) == said


def test_one_demo_serves_many_shops() -> None:
    """A link's own name, greeting and looks stand in for the demo's; the rest stays the demo's."""
    demo = Demo(
        "boutique",
        "Mây",
        "p",
        greeting={"vi": "Chào"},
        branding=Branding(color="#111111", logo="/public/a.png"),
    )
    own = replace(LINK, overrides={"title": "Shop ABC", "greeting": "Xin chào", "color": "#222222"})
    shown = branded(demo, own)
    assert (shown.title, shown.greeting, shown.persona) == (
        "Shop ABC",
        {"vi": "Xin chào", "en": "Xin chào"},
        "p",
    )
    assert shown.branding == Branding(color="#222222", logo="/public/a.png")
    assert branded(demo, LINK) is demo and branded(demo, None) is demo
