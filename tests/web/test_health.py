"""Whether the program is alive, and ready for visitors."""

import asyncio
import json
import logging
from collections.abc import Mapping
from typing import Any

import pytest
from asgi import Answer, ask, scope_of
from starlette.responses import PlainTextResponse

from web import Probes, Readiness

PARTS = ("database", "migrations", "provider")
WELL = dict.fromkeys(PARTS, True)


class Parts:
    """A house whose parts a test breaks; ``looks`` counts how often they were looked at."""

    def __init__(self) -> None:
        self.found: Mapping[str, bool] = WELL
        self.looks = 0
        self.now = 0.0
        self.error: Exception | None = None
        self.readiness = Readiness(PARTS, self.look, lambda: self.now)
        self.app = Probes(PlainTextResponse("inside"), self.readiness)

    async def look(self) -> Mapping[str, bool]:
        self.looks += 1
        await asyncio.sleep(0)
        if self.error is not None:
            raise self.error
        return self.found

    async def ask(self, path: str = "/readyz", **changes: Any) -> Answer:
        return await ask(self.app, scope_of(path, **changes))


@pytest.fixture
def parts() -> Parts:
    """All is well, and it is noon."""
    return Parts()


async def test_ready(parts: Parts) -> None:
    """200 and each part by name, never kept by a cache."""
    answer = await parts.ask()
    assert answer.status == 200 and json.loads(answer.body) == {**WELL, "draining": False}
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("part", PARTS)
async def test_a_part_is_away(parts: Parts, part: str) -> None:
    """503, and which; it may be left out of the verdict, and then stands in the answer all the same."""
    parts.found = {**WELL, part: False}
    answer = await parts.ask()
    assert answer.status == 503 and json.loads(answer.body) == {**WELL, part: False, "draining": False}
    left_out = await parts.ask(query_string=f"exclude={part}".encode())
    assert left_out.status == 200 and left_out.body == answer.body


async def test_draining(parts: Parts) -> None:
    """At once, whatever was found a moment ago, and nobody can leave that out."""
    await parts.ask()
    parts.readiness.draining = True
    for query in (b"", b"exclude=draining"):
        answer = await parts.ask(query_string=query)
        assert answer.status == 503 and json.loads(answer.body) == {**WELL, "draining": True}
    assert parts.looks == 1 and (await parts.ask("/healthz")).status == 200


async def test_it_is_found_out_once_a_second(parts: Parts) -> None:
    """However many ask, at once or one after the other."""
    await asyncio.gather(*(parts.ask() for _ in range(50)))
    parts.now = 0.9
    await parts.ask()
    assert parts.looks == 1
    parts.now = 1.0
    await parts.ask()
    assert parts.looks == 2


async def test_one_who_asks_goes_away(parts: Parts) -> None:
    """The others are answered all the same."""
    first, second = (asyncio.create_task(parts.ask()) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    assert (await second).status == 200 and parts.looks == 1


async def test_a_look_that_was_broken_off(parts: Parts) -> None:
    """A driver that takes its own end for ours does not freeze the answer."""
    await parts.ask()
    parts.error, parts.now = asyncio.CancelledError(), 1.0  # type: ignore[assignment]
    assert (await parts.ask()).status == 200
    parts.error, parts.found = None, {**WELL, "provider": False}
    assert (await parts.ask()).status == 503


async def test_it_cannot_be_found_out(parts: Parts, caplog: pytest.LogCaptureFixture) -> None:
    """Nothing is well then; the log says so once, and once more when it is over; who asks learns nothing more."""
    parts.error = RuntimeError("the secret of the house")
    with caplog.at_level(logging.INFO):
        for parts.now in (0.0, 1.0, 2.0):
            answer = await parts.ask()
            assert answer.status == 503 and b"secret" not in answer.body
        parts.error, parts.now = None, 3.0
        assert (await parts.ask()).status == 200
    assert [record.getMessage() for record in caplog.records] == [
        *(f"not ready: {part} (RuntimeError)" for part in PARTS),
        *(f"ready again: {part}" for part in PARTS),
    ]


async def test_whether_a_proxy_asks(parts: Parts) -> None:
    """It is remembered when ``/readyz`` was asked last, and by others than ourselves."""
    await parts.readiness.check()
    await parts.ask("/healthz")
    assert not parts.readiness.asked_within(10)
    await parts.ask()
    parts.now = 10.0
    assert parts.readiness.asked_within(10) and not parts.readiness.asked_within(9)


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
async def test_what_else_is_asked(parts: Parts, path: str) -> None:
    """HEAD is answered like GET, nothing else is; other addresses and sockets pass."""
    assert (await parts.ask(path, method="HEAD")).status == 200
    refused = await parts.ask(path, method="POST")
    assert refused.status == 405 and refused.headers["allow"] == "GET, HEAD"
    assert (await parts.ask(path + "/")).body == b"inside"
