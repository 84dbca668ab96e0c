"""Operators, their sessions, and the word that opens the desk once."""

from dataclasses import dataclass

import pytest

import web.operators
from demos.passwords import hash_password
from web.operators import OPERATOR, SESSION_S, OneTimeToken, Operators

SECRET = "an installation's own"
LAN, MINH = hash_password("mật khẩu của Lan", log_n=10), hash_password("mật khẩu của Minh", log_n=10)
START = 1_800_000_000.0


@dataclass
class Clock:
    """A time that stands still until it is set."""

    now: float = START

    def __call__(self) -> float:
        return self.now


def operators(secret: str = SECRET, **hashes: str) -> Operators:
    return Operators(secret, hashes, Clock())


@pytest.mark.parametrize(
    ("name", "password", "right"),
    [
        ("lan", "mật khẩu của Lan", True),
        ("minh", "mật khẩu của Minh", True),
        ("lan", "mật khẩu của Minh", False),
        ("lan", "", False),
        ("an", "mật khẩu của Lan", False),
        ("", "mật khẩu của Lan", False),
    ],
)
async def test_passwords(name: str, password: str, right: bool) -> None:
    """Each operator has their own; a name that nobody has is no way in."""
    assert await operators(lan=LAN, minh=MINH).knows(name, password) == right


async def test_nobody_comes_in_where_there_is_no_password() -> None:
    """Not even with an empty one."""
    assert not await operators().knows(OPERATOR, "")


@pytest.mark.parametrize(
    ("there", "by_token", "named"),
    [({}, True, False), ({OPERATOR: LAN}, False, False), ({"lan": LAN}, False, True)],
    ids=["none", "one", "named"],
)
def test_ways_in(there: dict[str, str], by_token: bool, named: bool) -> None:
    """Without passwords the token opens the desk; with names an operator says which."""
    desk = operators(**there)
    assert (desk.by_token, desk.named) == (by_token, named)


@pytest.mark.parametrize("there", [{}, {OPERATOR: LAN}], ids=["token", "password"])
def test_a_session_outlives_a_restart(there: dict[str, str]) -> None:
    """And holds on every replica with the same secret and passwords."""
    session = operators(**there).session(OPERATOR)
    assert operators(**there).whose(session) == OPERATOR
    assert ";" not in session and '"' not in session


@pytest.mark.parametrize(
    ("now", "name"),
    [
        ("the secret", operators("another", lan=LAN)),
        ("the password", operators(lan=MINH)),
        ("the operator", operators(minh=MINH)),
        ("no password", operators()),
    ],
    ids=lambda case: case if isinstance(case, str) else "",
)
def test_what_ends_a_session(now: str, name: Operators) -> None:
    """Another secret, another password, an operator taken out, no passwords any more."""
    assert name.whose(operators(lan=LAN).session("lan")) is None


def test_a_password_ends_the_sessions_of_a_token() -> None:
    """Also where it is for the same name."""
    session = operators().session(OPERATOR)
    desk = operators()
    desk.admit(OPERATOR, LAN)
    assert desk.whose(session) is None and not desk.by_token


def test_a_session_ends_after_a_while() -> None:
    """Thirty days, whatever the cookie's own date says."""
    clock = Clock()
    desk = Operators(SECRET, {}, clock)
    session = desk.session(OPERATOR)
    clock.now = START + SESSION_S - 1
    assert desk.whose(session) == OPERATOR
    clock.now += 1
    assert desk.whose(session) is None


FORGED = {
    "nothing": "",
    "a name": "{name}",
    "no signature": "{name}:{until}:",
    "another name": "minh:{until}:{signature}",
    "nobody": ":{until}:{signature}",
    "a later end": "{name}:9{until}:{signature}",
    "no end": "{name}::{signature}",
    "a negative end": "{name}:-{until}:{signature}",
    "an endless end": "{name}:" + "9" * 5000 + ":{signature}",
    "foreign digits": "{name}:٣{until}:{signature}",
    "a longer signature": "{name}:{until}:{signature}A",
    "foreign letters": "{name}:{until}:é",
    "another part": "{name}:{until}:{signature}:",
}


@pytest.mark.parametrize("forged", FORGED.values(), ids=FORGED.keys())
def test_forged_sessions(forged: str) -> None:
    """Whoever has one session cannot make another of it."""
    desk = operators(lan=LAN, minh=MINH)
    name, until, signature = desk.session("lan").split(":")
    assert desk.whose(forged.format(name=name, until=until, signature=signature)) is None


def test_a_token_opens_once() -> None:
    """Looking does not spend it; once it is spent there is another, which the terminal is told."""
    told: list[str] = []
    token = OneTimeToken()
    token.tell(told.append)
    (first,) = told
    assert token.good(first) and token.good(first) and not token.good("é") and not token.good("")
    assert not token.spend(first[:-1]) and told == [first]
    assert token.spend(first) and not token.spend(first) and not token.good(first)
    assert len(told) == 2 and token.spend(told[1])


def test_signing_out_ends_that_session() -> None:
    """Whoever kept its cookie has nothing; another one of the same operator, begun in the same second, goes on."""
    desk = operators(lan=LAN)
    one, other = desk.session("lan"), desk.session("lan")
    desk.end("nobody:1:nothing")
    assert desk.whose(one) == desk.whose(other) == "lan"
    desk.end(one)
    assert (desk.whose(one), desk.whose(other)) == (None, "lan")


def test_no_end_of_ended_sessions(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first ones are forgotten."""
    monkeypatch.setattr(web.operators, "MOST_ENDED", 2)
    desk = operators(lan=LAN)
    for session in (sessions := [desk.session("lan") for _ in range(3)]):
        desk.end(session)
    assert [desk.whose(session) for session in sessions] == ["lan", None, None]
