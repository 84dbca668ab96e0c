"""Chainlit's own SQLAlchemy data layer, for comparison: the writes of a turn, and a long thread opened.

Order: url, folder, lots of {crowd, turns}, long_turns. Prints for each lot turns_per_s, cpu_us a turn, asked and
lost (turns of which something is missing afterwards); and open_ms, a list of tries.
"""

import asyncio
import json
import logging
import sys
import time
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import chainlit as cl
import uvloop
from chainlit.context import init_http_context
from chainlit.data.sql_alchemy import SQLAlchemyDataLayer
from sqlalchemy import text
from turns import QUESTION, WORD

_TRIES = 5
_WORDS = 200
# What Chainlit's documentation gives for PostgreSQL, without tables of users that nothing here reads. The column
# autoCollapse is not in it; without it 2.12 loses the step of every run.
_SCHEMA = (
    """CREATE TABLE threads (
        "id" UUID PRIMARY KEY, "createdAt" TEXT, "name" TEXT, "userId" UUID, "userIdentifier" TEXT,
        "tags" TEXT[], "metadata" JSONB)""",
    """CREATE TABLE steps (
        "id" UUID PRIMARY KEY, "name" TEXT NOT NULL, "type" TEXT NOT NULL, "threadId" UUID NOT NULL,
        "parentId" UUID, "streaming" BOOLEAN NOT NULL, "waitForAnswer" BOOLEAN, "isError" BOOLEAN,
        "metadata" JSONB, "tags" TEXT[], "input" TEXT, "output" TEXT, "createdAt" TEXT, "command" TEXT,
        "start" TEXT, "end" TEXT, "generation" JSONB, "showInput" TEXT, "language" TEXT, "indent" INT,
        "defaultOpen" BOOLEAN, "autoCollapse" BOOLEAN, "modes" JSONB,
        FOREIGN KEY ("threadId") REFERENCES threads("id") ON DELETE CASCADE)""",
    """CREATE TABLE elements (
        "id" UUID PRIMARY KEY, "threadId" UUID, "type" TEXT, "url" TEXT, "chainlitKey" TEXT,
        "name" TEXT NOT NULL, "display" TEXT, "objectKey" TEXT, "size" TEXT, "page" INT, "language" TEXT,
        "forId" UUID, "mime" TEXT, "props" JSONB,
        FOREIGN KEY ("threadId") REFERENCES threads("id") ON DELETE CASCADE)""",
    """CREATE TABLE feedbacks (
        "id" UUID PRIMARY KEY, "forId" UUID NOT NULL, "threadId" UUID NOT NULL, "value" INT NOT NULL,
        "comment" TEXT, FOREIGN KEY ("threadId") REFERENCES threads("id") ON DELETE CASCADE)""",
)
_PLAIN = (("UUID", "TEXT"), ("JSONB", "TEXT"), ("TEXT[]", "TEXT"))


async def make(url: str, folder: Path) -> SQLAlchemyDataLayer:
    """The data layer as it comes over an empty database."""
    statements: Sequence[str] = _SCHEMA
    if url:
        address = url.replace("postgresql://", "postgresql+asyncpg://")
    else:
        address = f"sqlite+aiosqlite:///{folder / 'chainlit.db'}"
        for theirs, ours in _PLAIN:
            statements = [statement.replace(theirs, ours) for statement in statements]
    layer = SQLAlchemyDataLayer(address)
    async with layer.engine.begin() as connection:
        for statement in statements:
            await connection.execute(text(statement))
    return layer


async def turn(layer: SQLAlchemyDataLayer, thread: str) -> None:
    """What Chainlit writes for a message, the run it starts, and a reply that is sent, streamed and updated.

    Chainlit does it in tasks that nobody awaits; here one after the other, as they come in a turn.
    """
    asked = cl.Message(QUESTION, type="user_message", created_at=_now())
    run = cl.Step(name="on_message", type="run", parent_id=asked.id)
    reply = cl.Message("", created_at=_now(), parent_id=run.id)
    for each in (asked, run, reply):
        each.thread_id = thread
    run.start = run.end = _now()
    for step in (asked, run, reply):
        await layer.create_step(step.to_dict())
    reply.content = WORD * _WORDS
    for step in (reply, run):
        await layer.update_step(step.to_dict())


def _now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S.", time.gmtime()) + f"{time.time_ns() // 1000 % 1_000_000:06d}Z"


async def conversation(layer: SQLAlchemyDataLayer, turns: int, thread: str) -> None:
    """Turn after turn."""
    for _ in range(turns):
        await turn(layer, thread)


async def lot(layer: SQLAlchemyDataLayer, crowd: int, turns: int) -> dict[str, Any]:
    """A crowd that never rests, and what of its turns is there afterwards."""
    threads = [str(uuid.uuid4()) for _ in range(crowd)]
    begun, used = time.perf_counter(), time.process_time()
    await asyncio.gather(*(conversation(layer, turns, thread) for thread in threads))
    lasted, used = time.perf_counter() - begun, time.process_time() - used
    kept = sum([await whole_turns(layer, thread) for thread in threads])
    asked = crowd * turns
    return {
        "turns_per_s": kept / lasted,
        "cpu_us": used / asked * 1e6,
        "asked": asked,
        "lost": asked - kept,
    }


async def whole_turns(layer: SQLAlchemyDataLayer, thread: str) -> int:
    """How many turns have their question and the run and reply that belong to it, with its words."""
    query = """
        SELECT count(*) FROM steps q
        JOIN steps run ON run."parentId" = q."id" JOIN steps reply ON reply."parentId" = run."id"
        WHERE q."threadId" = :thread AND length(reply."output") > 0"""
    async with layer.engine.connect() as connection:
        return int(await connection.scalar(text(query), {"thread": thread}) or 0)


async def opened(layer: SQLAlchemyDataLayer, turns: int) -> list[float]:
    """Milliseconds of each try to open a thread of so many turns."""
    thread = str(uuid.uuid4())
    await conversation(layer, turns, thread)
    tries = []
    for _ in range(_TRIES):
        begun = time.perf_counter()
        found = await layer.get_thread(thread)
        tries.append((time.perf_counter() - begun) * 1e3)
        if found is None or len(found["steps"]) != 3 * turns:
            sys.exit("the long thread is not what was written")
    return tries


async def main(order: dict[str, Any]) -> dict[str, Any]:
    """Measure."""
    init_http_context()
    layer = await make(order["url"], Path(order["folder"]))
    try:
        open_ms = await opened(layer, order["long_turns"])
        # It logs each write that it lost: thousands of lines cost time that is not the layer's.
        logging.disable(logging.WARNING)
        return {
            "open_ms": open_ms,
            "lots": [await lot(layer, each["crowd"], each["turns"]) for each in order["lots"]],
        }
    finally:
        await layer.close()


if __name__ == "__main__":
    # A library writes to standard output while it is imported; ours is the last line.
    print(json.dumps(uvloop.run(main(json.load(sys.stdin)))))
