"""Events with anything in them, from visitors and from an operator, and bytes that are nothing at all."""

import asyncio
import json
import os
import random
from typing import Any, Final

import pytest
from attackers import SOCKET_PATH, Socket, connect, enter, knock, message
from bystander import Undisturbed
from desk_program import Program
from started_desk import signed_in
from test_app_walls import EVENTS, UNHEARD

pytestmark = pytest.mark.slow

WORDS: Final = (
    *(
        "message",
        "id",
        "type",
        "user_message",
        "output",
        "sessionId",
        "model",
        "temperature",
        "persona",
        "facts",
    ),
    *(
        "words",
        "value",
        "name",
        "language",
        "limits.messages",
        "__proto__",
        "",
        "x" * 100,
        "/new x: y",
        "/report",
    ),
)
LETTERS: Final = "\0\t\nA\u0301\u200b\u202e\ufffd😀/"


def anything(dice: random.Random, depth: int = 0) -> Any:
    """A value of JSON's, nested or not."""
    match dice.randrange(8 if depth < 4 else 5):
        case 0:
            return dice.choice([None, True, False])
        case 1:
            return dice.choice([0, -1, 2**53, -(10**12), 1e308, -0.0, 0.5])
        case 2:
            return dice.choice(WORDS)
        case 3 | 4:
            return "".join(dice.choice(LETTERS) for _ in range(dice.randrange(30)))
        case 5 | 6:
            return {dice.choice(WORDS): anything(dice, depth + 1) for _ in range(dice.randrange(6))}
    return [anything(dice, depth + 1) for _ in range(dice.randrange(5))]


async def forge(socket: Socket, dice: random.Random, count: int) -> None:
    """Events of every name, some with a number that wants an answer, half of the messages nearly right."""
    names = [*(EVENTS.keys() - {"connect", "connection_successful"}), *UNHEARD, "nobody's"]
    for _ in range(count):
        name = dice.choice(names)
        if name in ("client_message", "edit_message") and dice.random() < 0.5:
            await socket.text(message("".join(dice.choice(LETTERS) for _ in range(20)), name))
        else:
            values = [anything(dice) for _ in range(dice.randrange(3))]
            number = str(dice.randrange(99)) if dice.random() < 0.2 else ""
            await socket.text(f"42{number}{json.dumps([name, *values])}")
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.2)
    socket.leave()


async def operators(desk: Program) -> Socket:
    """The socket of an operator's page."""
    cookie = "; ".join(f"{name}={value}" for name, value in signed_in().items())
    raw, status, _ = await knock(desk.url, "127.0.0.1", Cookie=cookie)
    assert status == 101
    socket = Socket(raw.reader, raw.writer)
    hello = {"clientType": "webapp", "sessionId": os.urandom(8).hex(), "threadId": "", "userEnv": "{}"}
    await socket.text("40" + json.dumps({**hello, "chatProfile": ""}))
    await socket.text('42["connection_successful"]')
    return socket


@pytest.mark.parametrize("seed", range(3))
async def test_whatever_an_event_holds(desk: Program, link: str, undisturbed: Undisturbed, seed: int) -> None:
    """No handler stumbles over it, so that nothing of it fills the log; and nobody else notices."""
    async with undisturbed():
        sockets = [await enter(link, "127.0.0.1"), await enter(link, "127.0.0.1"), await operators(desk)]
        await asyncio.gather(
            *(forge(socket, random.Random(f"{seed} {n}"), 80) for n, socket in enumerate(sockets))
        )
    assert "Traceback" not in desk.printed


async def test_bytes_that_are_nothing(desk: Program, link: str, undisturbed: Undisturbed) -> None:
    """In place of a request, and in place of a socket's frames."""
    async with undisturbed():
        for size in range(1, 2000, 20):
            raw = await connect(desk.url, "127.0.0.1")
            await raw.send(os.urandom(size))
            raw.leave()
            raw, status, _ = await knock(link, "127.0.0.1")
            assert status == 101, SOCKET_PATH
            await raw.send(os.urandom(size))
            raw.leave()
    assert "Traceback" not in desk.printed
