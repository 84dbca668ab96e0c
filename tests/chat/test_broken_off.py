"""A reply that breaks off: dimmed, then replaced by a whole one, or kept and marked; and what is said meanwhile."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from rooms import MODELS, Rooms, Visitor, until
from scripted import ScriptedEngine, ScriptedStream

import chat.lobby
import chat.waiting
from chat.texts import clock, say
from demos import Language
from emulator import Emulator, running
from emulator.replies import pieces
from holysheep import Delta, Engine, EngineSettings, Retrying
from holysheep.events import Attempt, Mark, Notice, Restarted
from holysheep.providers import Provider
from ledger import load_conversation
from ledger.under_way import left_behind, names

BREAKING = Notice("breaking")
Ask = Callable[..., Awaitable[tuple[Visitor, ScriptedStream]]]


@pytest.fixture
def ask(rooms: Rooms, provider: Provider, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Somebody asks; gives them and what answers. Nothing passes unseen."""
    monkeypatch.setattr(chat.waiting, "UNSEEN_S", 0.0)
    engine = ScriptedEngine(EngineSettings.of([provider], MODELS))
    rooms.use(engine)

    async def asked(**ticket: Any) -> tuple[Visitor, ScriptedStream]:
        visitor = rooms.visit(**ticket)
        visitor.say("Áo khoác giá bao nhiêu?")
        await until(lambda: visitor.conversation.running and visitor.conversation.running.stream)
        return visitor, engine.streams[-1]

    return asked


async def broken_off(ask: Ask, **ticket: Any) -> tuple[Visitor, ScriptedStream]:
    """Half a reply is on the screen, and another one is being asked for."""
    an, stream = await ask(**ticket)
    stream.say(Delta("Dạ, áo khoác "), Delta("hai lớp còn"), BREAKING)
    await until(lambda: an.page.desk.get("dimmed"))
    return an, stream


async def test_a_broken_reply_is_dimmed_whole(ask: Ask) -> None:
    """All that came is on the screen, dimmed, and a line says what goes on."""
    an, stream = await broken_off(ask)
    (reply,) = [step for step in an.page.of_type("assistant_message") if step["parentId"]]
    assert reply["output"] == "Dạ, áo khoác hai lớp còn" and reply["streaming"]
    assert an.page.desk["dimmed"] == reply["id"]
    assert an.page.desk["status"] == say("vi", "notes.breaking")
    stream.end(finish_reason="cut", error="cut")
    await an.idle()


async def test_another_reply_takes_its_place_in_one_frame(rooms: Rooms, ask: Ask) -> None:
    """The same message goes from the old words to the new ones; nothing of the old is shown, told or kept later."""
    an, stream = await broken_off(ask)
    told = len(an.page.events)
    stream.say(Restarted("cut"))
    await asyncio.sleep(0.02)
    assert an.page.replies == ["Dạ, áo khoác hai lớp còn"]
    assert all(name == "desk" for name, _ in an.page.events[told:])
    stream.say(Delta("Chào bạn, "), Delta("áo giá 450.000 ₫."))
    stream.end()
    await an.idle()
    first = next((name, data) for name, data in an.page.events[told:] if name != "desk")
    assert first[0] == "update_message" and first[1]["output"].startswith("Chào bạn, ")
    assert all(
        data["output"]
        for name, data in an.page.events[told:]
        if name == "update_message" and data["parentId"] and data["type"] == "assistant_message"
    )
    assert an.page.replies == ["Chào bạn, áo giá 450.000 ₫."]
    assert (an.page.desk["dimmed"], an.page.desk["status"]) == (None, None)
    assert an.page.notices == [] and an.page.buttons == ["regenerate"]
    said = an.conversation.turns[0].said
    assert said is not None and said.reply == "Chào bạn, áo giá 450.000 ₫."
    await rooms.books.flush()
    stored = await load_conversation(rooms.database, an.conversation.id, owner="an")
    assert stored is not None and stored.turns[0].reply == said.reply


async def test_the_draft_forgets_the_old_words(rooms: Rooms, ask: Ask) -> None:
    """What a crash would leave behind is the new reply as far as it came, and nothing before it."""
    an, stream = await broken_off(ask)
    stream.say(Restarted("cut"), Delta("Chào bạn"))
    await until(lambda: an.page.replies == ["Chào bạn"])
    (text,) = left_behind(rooms.spool, names(rooms.spool)).values()
    assert text == "Chào bạn"
    stream.end()
    await an.idle()


@pytest.mark.parametrize("language", ["vi", "en"])
async def test_half_a_reply_is_marked_as_cut(ask: Ask, language: Language) -> None:
    """Where nothing better came it stays, undimmed, and can be tried again; it is never whole."""
    an, stream = await broken_off(ask, language=language)
    stream.end(finish_reason="cut", error="cut")
    await an.idle()
    assert an.page.replies == ["Dạ, áo khoác hai lớp còn"]
    assert (an.page.desk["dimmed"], an.page.desk["status"]) == (None, None)
    assert an.page.notices == [say(language, "errors.cut", n="6")] and an.page.buttons == ["regenerate"]
    (receipt,) = an.page.of_type("llm")
    assert receipt["metadata"]["finish_reason"] == "cut"
    assert receipt["name"].endswith(say(language, "receipt.cut"))
    assert not any(step["streaming"] for step in an.page.steps.values())


async def test_an_operator_reads_what_broke_it_off(rooms: Rooms, ask: Ask) -> None:
    """A visitor reads that it broke off, and nothing of how the desk is run."""
    for ticket in ({}, {"owner": "guest", "link": await rooms.publish()}):
        an, stream = await broken_off(ask, **ticket)
        stream.end(finish_reason="cut", error="provider_down")
        await an.idle()
        reason = say("vi", "reasons.provider_down")
        operators = say("vi", "errors.cut_because", n="6", reason=reason)
        assert an.page.notices == [say("vi", "errors.cut", n="6") if ticket else operators]


async def test_stop_while_dimmed_keeps_the_half(ask: Ask) -> None:
    """Whoever stops has what they can see."""
    an, _ = await broken_off(ask)
    an.rooms.service.stop(an.conversation)
    await an.idle()
    assert an.page.replies == ["Dạ, áo khoác hai lớp còn"] and an.page.desk["dimmed"] is None
    assert an.page.receipts[0]["finish_reason"] == "stopped" and an.page.buttons == ["regenerate"]


async def test_a_page_that_comes_back_is_dimmed_too(ask: Ask) -> None:
    """It shows what the other pages show; the line that says why is there as well."""
    an, stream = await broken_off(ask)
    an.leave()
    again = an.rooms.visit()
    assert again.page.desk["dimmed"] == an.page.desk["dimmed"]
    assert again.page.desk["status"] == say("vi", "notes.breaking")
    stream.say(Restarted("cut"), Delta("Chào bạn."))
    stream.end()
    await again.idle()
    assert again.page.replies == ["Chào bạn."] and again.page.desk["dimmed"] is None


async def test_a_reply_meant_for_another_is_taken_away(rooms: Rooms, ask: Ask) -> None:
    """Not a word of it stays on the screen, in the books, or with the model."""
    an, stream = await broken_off(ask)
    stream.end(finish_reason="cut", error="misdelivered")
    await an.idle()
    assert an.page.replies == [] and an.page.notices == [say("vi", "errors.misdelivered")]
    assert an.page.desk["dimmed"] is None
    assert an.page.buttons == ["regenerate"] and an.conversation.turns[0].said is None
    await rooms.books.flush()
    stored = await load_conversation(rooms.database, an.conversation.id, owner="an")
    assert stored is not None and not stored.turns[0].reply


async def test_a_wait_is_counted_down(ask: Ask) -> None:
    """The page is told where the seconds stand; a page that comes later, where they stand by then."""
    an, stream = await ask()
    stream.say(Retrying("rate_limited", 4.0))
    await until(lambda: an.page.desk.get("status"))
    news = an.page.desk
    assert news["status"] == "Đang bận: thử lại sau 4 s"
    assert news["ticks"]["text"] == "Đang bận: thử lại sau {n} s" and not news["ticks"]["up"]
    assert news["ticks"]["then"] == "Đang bận: đang thử lại…"
    await asyncio.sleep(0.05)
    assert an.rooms.visit(tab="2", thread=an.conversation.id).page.desk["ticks"]["seconds"] < 4
    stream.say(Delta("Dạ."))
    stream.end()
    await an.idle()
    assert (an.page.desk["status"], an.page.desk["ticks"]) == (None, None)


@pytest.mark.parametrize(
    ("event", "key", "values"),
    [
        (Retrying("provider_down", 0.2), "retrying", {"reason": "Dịch vụ trục trặc"}),
        (Retrying("silent", 0.0, elsewhere=True), "retrying_elsewhere", {"reason": "Chưa thấy hồi âm"}),
        (Notice("queueing"), "queueing", {"n": 0}),
        (Notice("slow"), "dripping", {}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_what_goes_on_is_said(ask: Ask, event: Any, key: str, values: dict[str, Any]) -> None:
    """One line, which goes with the first word."""
    an, stream = await ask()
    stream.say(event)
    await until(lambda: an.page.desk.get("status"))
    assert an.page.desk["status"] == say("vi", f"notes.{key}", **values)
    stream.end()
    await an.idle()
    assert an.page.desk["status"] is None


async def test_a_visitor_is_not_told_how_the_desk_is_run(rooms: Rooms, ask: Ask) -> None:
    """Keys are the shop's affair."""
    an, stream = await ask(owner="guest", link=await rooms.publish())
    stream.say(Retrying("bad_key", 3.0))
    await until(lambda: an.page.desk.get("status"))
    assert an.page.desk["status"] == say("vi", "notes.switching") and an.page.desk["ticks"] is None
    stream.end()
    await an.idle()


async def test_short_waits_pass_unseen(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a repeat mends in time is never mentioned."""
    monkeypatch.setattr(chat.waiting, "UNSEEN_S", 60.0)
    an, stream = await ask()
    stream.say(Retrying("provider_down", 0.1), Notice("queueing"), Delta("Dạ."))
    stream.end()
    await an.idle()
    assert not any(news.get("status") for news in an.page.told("desk"))


async def test_a_slow_drip_is_said_until_the_end(ask: Ask) -> None:
    """Text comes, but so slowly that a word is due; it goes with the reply's end."""
    an, stream = await ask()
    stream.say(Delta("Dạ"), Notice("slow"), Delta(", vâng"))
    await until(lambda: an.page.desk.get("status"))
    assert an.page.desk["status"] == say("vi", "notes.dripping")
    stream.end()
    await an.idle()
    assert an.page.desk["status"] is None


async def test_a_shortened_conversation_says_so_once(ask: Ask) -> None:
    """A remark stands above the reply, the first time only."""
    an, stream = await ask()
    for _ in range(2):
        stream.say(Notice("shortened", count=4), Delta("Dạ."))
        stream.end()
        await an.idle()
        an.say("Còn gì nữa?")
        await until(lambda: an.conversation.running and an.conversation.running.stream)
        stream = an.rooms.engine.streams[-1]  # type: ignore[attr-defined]
    stream.end()
    await an.idle()
    assert an.page.outputs("system_message") == [say("vi", "notes.shortened", n="4")]


@pytest.mark.parametrize(
    ("offset", "key"), [(420, "all_busy_until"), (-330, "all_busy_until"), (None, "all_busy_minutes")]
)
@pytest.mark.parametrize("language", ["vi", "en"])
async def test_busy_until(ask: Ask, offset: int | None, key: str, language: Language) -> None:
    """By the reader's own clock where that is known, else in minutes; another try is offered."""
    an, stream = await ask(language=language)
    an.conversation.utc_offset = offset
    at = datetime.now(UTC) + timedelta(minutes=2, seconds=-10)
    stream.end(finish_reason="failed", error="all_busy", until=at, ttft_ms=None)
    await an.idle()
    time = clock(language, at + timedelta(seconds=59), offset or 0)
    assert an.page.notices == [say(language, f"errors.{key}", time=time, n="2")]
    assert an.page.buttons == ["regenerate"]


async def test_busy_until_nobody_knows(ask: Ask) -> None:
    """No time is made up, and none that is over is named."""
    for until_when in (None, datetime.now(UTC) - timedelta(minutes=1)):
        an, stream = await ask(tab=str(until_when))
        stream.end(finish_reason="failed", error="all_busy", until=until_when, ttft_ms=None)
        await an.idle()
        assert an.page.notices[-1] == say("vi", "errors.all_busy")


def test_a_time_of_another_day_names_the_day() -> None:
    """Hours alone would be taken for today's."""
    at = datetime.now(UTC) + timedelta(days=3)
    assert clock("vi", at, 0) == f"{at:%H:%M} ngày {at.day}/{at.month}"
    assert clock("en", datetime.now(UTC), 0) == f"{datetime.now(UTC):%H:%M}"


async def test_the_receipt_names_who_answered_and_what_was_odd(ask: Ask) -> None:
    """The line and the details name the model that stood in; the details hold every remark."""
    an, stream = await ask()
    marks: tuple[Mark, ...] = (
        "skipped_chunks",
        "unproven_end",
        "not_streamed",
        "provider_says_0",
        "disputed_usage",
        "tool_calls",
        "other_model",
    )
    stream.say(Delta("Dạ."))
    stream.end(served_model="gpt-4.1-2025", attempts=(Attempt("openai", "gpt-4.1", 9.0),), marks=marks)
    await an.idle()
    (receipt,) = an.page.of_type("llm")
    assert receipt["name"].startswith("GPT-4.1 (thay DeepSeek V3.2) · ")
    assert all(say("vi", f"marks.{mark}") in receipt["output"] for mark in marks)
    assert "marks" not in receipt["metadata"]


@pytest.mark.parametrize("offset", [420, None])
async def test_who_left_reads_when_it_was_stopped(
    ask: Ask, monkeypatch: pytest.MonkeyPatch, offset: int | None
) -> None:
    """The half is there on return, with the time of the reader's own clock, and can be asked for again."""
    monkeypatch.setattr(chat.lobby, "GRACE_S", 0.02)
    an, stream = await ask()
    an.conversation.utc_offset = offset
    stream.say(Delta("Dạ, áo"))
    await an.reading()
    an.leave()
    await an.idle()
    left = an.conversation.turns[0].left
    assert left is not None
    page = an.rooms.visit().page
    assert page.replies == ["Dạ, áo"] and page.buttons == ["regenerate"]
    time = clock("vi", left, offset or 0)
    assert page.notices == [say("vi", "errors.left_at", time=time) if offset else say("vi", "errors.left")]


async def test_who_left_before_the_first_word(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    """A message that nothing came of says so."""
    monkeypatch.setattr(chat.lobby, "GRACE_S", 0.02)
    an, _ = await ask()
    an.leave()
    await an.idle()
    assert an.rooms.visit().page.notices == [say("vi", "errors.left_early")]


@pytest.fixture
async def second(rooms: Rooms, emu: Emulator, provider: Provider) -> AsyncIterator[Emulator]:
    """Another provider, which has GPT-4.1 and answers with it in the place of the others."""
    async with running(emu.pace) as emulator:
        other = Provider(
            "openai", emulator.base_url, ("sk-other",), models=("gpt-4.1",), stand_in="gpt-4.1", retries=0
        )
        first = replace(provider, restart="always")
        rooms.use(Engine(EngineSettings.of([first, other], MODELS)))
        yield emulator


async def test_a_whole_reply_from_elsewhere(rooms: Rooms, emu: Emulator, second: Emulator) -> None:
    """Over real sockets: half a reply from one, the whole from another, and a receipt that names who answered."""
    emu.set_fault("cut")
    an = rooms.visit()
    await an.ask("Áo khoác giá bao nhiêu?")
    (request,) = second.requests
    assert an.page.replies == ["".join(pieces(request.messages, second.pace.tokens))]
    assert any(news.get("dimmed") for news in an.page.told("desk")) and an.page.desk["dimmed"] is None
    (receipt,) = an.page.of_type("llm")
    assert receipt["name"].startswith("GPT-4.1 (thay DeepSeek V3.2) · ")
    assert (receipt["metadata"]["provider"], receipt["metadata"]["finish_reason"]) == ("openai", "stop")
    assert an.page.notices == []


async def test_a_demo_that_wants_its_own_model(rooms: Rooms, emu: Emulator, second: Emulator) -> None:
    """Where no other may stand in, nobody else is asked, and the half stays."""
    rooms.demo_file.write_text(f"stand_in = false\n{rooms.demo_file.read_text('utf-8')}", encoding="utf-8")
    emu.set_fault("cut")
    an = rooms.visit()
    await an.ask("Áo khoác giá bao nhiêu?")
    assert second.requests == [] and an.page.receipts[0]["finish_reason"] == "cut"
    assert len(an.page.notices) == 1 and an.page.buttons == ["regenerate"]


async def test_a_conversation_keeps_its_cohort(ask: Ask) -> None:
    """The engine is told which conversation it is."""
    an, stream = await ask()
    assert stream.asked["conversation"] == an.conversation.id and stream.asked["stand_in"] is True
    stream.end()
    await an.idle()
