"""Each starter asked once before a call: what comes back, and what is on record of it."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Table, select

from demos import Demo, Facts, Starter
from demos.on_record import Tools
from demos.preflight import Preflight, preflight
from emulator import Emulator, Pace, running
from holysheep import Engine, EngineSettings, Model, Price, Provider
from ledger import Books, Database, latest_of
from ledger.tables import conversations, receipts, replicas, turns

DEMO = Demo(
    "bo",
    "Tiệm bánh Bơ",
    "Bạn là Bơ.",
    starters={
        "vi": (Starter("Giờ", "Mấy giờ mở cửa?"), Starter("Giá", "Bánh mì giá bao nhiêu?")),
        "en": (Starter("Hours", "When are you open?"),),
    },
    facts=(Facts("Giá", "text", "Bánh mì bơ 25.000 ₫"),),
    language="vi",
    max_tokens=200,
)
MODELS = (
    Model("deepseek-v3.2", "DeepSeek", "holysheep", 131_072, Price.flat(Decimal("0.42"), date(2026, 1, 1))),
    Model("gpt-4.1", "GPT-4.1", "nobody", 1_000_000),
)


@pytest.fixture
async def emu() -> AsyncIterator[Emulator]:
    """A provider that answers at once."""
    async with running(
        Pace(first_token_s=0.001, tokens_per_second=0, tokens=12, fault_speed=100)
    ) as emulator:
        yield emulator


@pytest.fixture
async def tools(emu: Emulator, database: Database, tmp_path: Path) -> AsyncIterator[Tools]:
    """As a command has them."""
    provider = Provider("holysheep", emu.base_url, api_keys=("hs-key",), retries=0)
    async with Engine(EngineSettings.of([provider], MODELS)) as engine:
        books = await open_books(database, tmp_path, beside=True)
        yield Tools(engine, books, "deepseek-v3.2")
        await books.close()


async def open_books(database: Database, folder: Path, *, beside: bool = False) -> Books:
    """Of a command, or of a server."""
    return await Books.open(
        database, price_of=lambda provider, model: (None, None), spool=folder / "spool", beside=beside
    )


async def all_of(tools: Tools, demo: Demo = DEMO, language: Any = "vi") -> list[Preflight]:
    """Everything it said on its way."""
    return [so_far async for so_far in preflight(tools, demo, language, "An")]


async def rows(database: Database, table: Table) -> list[Any]:
    """What stands in a table."""
    async with database.reading() as connection:
        return list((await connection.execute(select(table))).all())


async def test_each_starter_is_asked_once(emu: Emulator, tools: Tools) -> None:
    """In the reader's language, as a visitor's first message, with all that the model is told then."""
    said = await all_of(tools)
    states = [[one.state for one in so_far.asked] for so_far in said]
    assert states == [["asking", "waiting"], ["ok", "waiting"], ["ok", "asking"], ["ok", "ok"]]
    assert [so_far.ready for so_far in said] == [None, None, None, True]
    told = [[(message.role, message.content) for message in request.messages] for request in emu.requests]
    assert [conversation[1:] for conversation in told] == [
        [("user", "Mấy giờ mở cửa?")],
        [("user", "Bánh mì giá bao nhiêu?")],
    ]
    assert "25.000 ₫" in told[0][0][1] and told[0][0][1].endswith("Luôn trả lời bằng tiếng Việt.")
    data = said[-1].as_dict()
    assert (data["demo"], data["title"], data["ready"]) == ("bo", "Tiệm bánh Bơ", True)
    for row in data["rows"]:  # type: ignore[attr-defined]
        assert row["ttft_ms"] > 0 and row["latency_ms"] >= row["ttft_ms"] and Decimal(row["cost_usd"]) > 0
        assert row["answer"] and row["error"] is None
    await all_of(tools, language="en")
    assert emu.requests[-1].messages[-1].content == "When are you open?"


async def test_it_is_on_record_as_the_operator_s(tools: Tools, database: Database) -> None:
    """Message, answer, attempt and money; in nobody's list of conversations, and with no visitor's turns."""
    (*_, last) = await all_of(tools)
    await tools.books.flush()
    (conversation,) = await rows(database, conversations)
    assert (conversation.audience, conversation.link, conversation.demo) == ("operator", None, "bo")
    asked = await rows(database, turns)
    assert {(one.question, one.reply) for one in asked} == {(one.question, one.answer) for one in last.asked}
    kept = await rows(database, receipts)
    assert {one.audience for one in kept} == {"operator"} and {one.finish_reason for one in kept} == {"stop"}
    total = sum(one.receipt.cost_usd for one in last.asked if one.receipt and one.receipt.cost_usd)
    assert sum(one.cost for one in kept) == total
    assert await latest_of(database, "An") is None


@pytest.mark.parametrize(
    ("fault", "says", "times"),
    [("bad_key", "bad_key", 1), ("server_error", "provider_down", 1), ("cut", "cut", 2)],
)
async def test_an_answer_that_fails(
    emu: Emulator, tools: Tools, database: Database, fault: str, says: str, times: int
) -> None:
    """Its row says why, in the reader's words; the others are asked all the same."""
    emu.set_fault(fault, times=times)
    (*_, last) = await all_of(tools)
    assert [one.state for one in last.asked] == ["failed", "ok"] and last.ready is False
    assert says in (last.asked[0].error or "") and "Không hỏi được" in (last.asked[0].error or "")
    await tools.books.flush()
    assert sorted(one.error or "" for one in await rows(database, receipts)) == ["", says]


async def test_an_answer_that_broke_off_and_came_anew(
    emu: Emulator, tools: Tools, database: Database
) -> None:
    """Only the whole one counts; nothing of the other stands before it."""
    emu.set_fault("cut", times=1)
    (*_, last) = await all_of(tools)
    assert last.ready is True
    first, second = (one.answer for one in last.asked)
    assert first and len(emu.requests) == 3 and first[:40] not in first[40:]
    await tools.books.flush()
    assert {first, second} == {one.reply for one in await rows(database, turns)}


async def test_a_model_that_nobody_answers(tools: Tools, database: Database) -> None:
    """No key, no request; the row says how to mend it, and that turn is settled, too."""
    (*_, last) = await all_of(tools, replace(DEMO, models=("gpt-4.1",)), "en")
    assert last.ready is False and "Set its key" in (last.asked[0].error or "")
    await tools.books.flush()
    assert [one.error for one in await rows(database, receipts)] == ["no_key"]


async def test_a_command_beside_a_running_server(tools: Tools, database: Database, tmp_path: Path) -> None:
    """Neither takes the other for dead; a server that starts meanwhile changes nothing that was answered."""
    server = await open_books(database, tmp_path)
    (*_, last) = await all_of(tools)
    await tools.books.flush()
    assert last.ready and server.state == tools.books.state == "written"
    assert {one.finish_reason for one in await rows(database, receipts)} == {"stop"}
    await server.close()
    again = await open_books(database, tmp_path, beside=True)
    gone = {one.id for one in await rows(database, replicas) if one.gone_at is not None}
    assert server.replica in gone and again.replica not in gone
    await again.close()
