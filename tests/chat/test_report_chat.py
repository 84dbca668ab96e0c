"""``/report`` in the chat: the ledger answers, and nothing of it is on record."""

import base64
from typing import Any

import orjson
import pytest
from rooms import Rooms, Visitor, until
from sample_turns import sample, write_sample
from sqlalchemy import text

from chat import report
from chat.report import is_report
from demos import Language
from ledger.unusable import unusable

pytestmark = pytest.mark.database


async def asked(visitor: Visitor, words: str) -> None:
    """Type a command and wait for its answer."""
    before = len(visitor.page.replies) + len(visitor.page.notices)
    visitor.say(words)
    await until(lambda: all(visitor.page.outputs("assistant_message")))
    assert len(visitor.page.replies) + len(visitor.page.notices) > before


def figures(visitor: Visitor) -> list[dict[str, Any]]:
    """The charts that the page was sent, as Plotly takes them."""
    urls = [element["url"] for element in visitor.page.told("element")]
    assert all(url.startswith("data:application/json;base64,") for url in urls)
    return [orjson.loads(base64.b64decode(url.partition(",")[2])) for url in urls]


async def test_the_ledger_answers(rooms: Rooms) -> None:
    """Tables and charts over what is on record up to the last reply, and no model is asked."""
    an = rooms.visit(language="en")
    await an.ask("How long does delivery take?")
    requests = len(rooms.emu.requests)
    await asked(an, "/report --audience operator")
    table, more = an.page.replies[-2:]
    assert "**Operators' turns, all time**" in table and "| all | 1 | 1 |" in table
    assert "What if: the same turns" in more and "What came of it" in more
    assert [f["layout"]["title"]["text"] for f in figures(an)][:2] == ["Turns", "Cost"]
    assert len(rooms.emu.requests) == requests


async def test_nothing_is_on_record(rooms: Rooms) -> None:
    """No message, turn or receipt; no later prompt contains it; the totals stay; the page need not send it again."""
    an = rooms.visit()
    id = an.say("/report")
    await until(lambda: len(an.page.replies) == 2)
    assert any(id in news.get("kept", []) for news in an.page.told("desk"))
    await an.ask("Giao hàng mất bao lâu?")
    await rooms.books.flush()
    async with rooms.database.reading() as connection:
        for table in ("turns", "receipts"):
            assert await connection.scalar(text(f"SELECT count(*) FROM {table}")) == 1, table
    assert not any("/report" in content or "|" in content for _, content in rooms.prompts[-1])
    assert len(an.page.receipts) == 1


@pytest.mark.parametrize(
    ("language", "head", "total", "separators"),
    [
        ("vi", "**Lượt hỏi của khách, từ 01/10/2026 đến 30/10/2026 (UTC)**", "| 1.980 |", ",."),
        ("en", "**Visitors' turns, 2026-10-01..2026-10-30 (UTC)**", "| 1,980 |", ".,"),
    ],
)
async def test_the_pages_language(
    rooms: Rooms, language: Language, head: str, total: str, separators: str
) -> None:
    """Words, days and numbers are those of the page; dollars are written as price lists write them."""
    await write_sample(rooms.database)
    an = rooms.visit(language=language)
    await asked(an, "/report from 2026-10-01 to 2026-10-30")
    assert an.page.replies[0].startswith(head) and total in an.page.replies[0]
    drawn = {f["layout"]["title"]["text"]: f["layout"]["separators"] for f in figures(an)}
    assert [*drawn.values()] == [separators, ".,", separators, separators, separators]


async def test_before_and_after(rooms: Rooms) -> None:
    """The comparison, its charts with their intervals, and how each line is counted."""
    await write_sample(rooms.database)
    an = rooms.visit()
    await asked(an, "/report compare legacy,holysheep")
    table, notes = an.page.replies
    assert table.startswith("**legacy → holysheep**") and "tốt hơn" in table
    assert notes.startswith("Trong ngoặc vuông")
    assert figures(an)[0]["data"][0]["error_x"]["array"][0] > 0


@pytest.mark.parametrize(
    ("words", "vi", "en"),
    [
        ("by colour", "“by” không nhận “colour”", "'by' does not know 'colour'; it takes: day, demo"),
        ("by", "“by” cần một giá trị", "'by' needs a value, such as day"),
        ("from soon", "“soon” không phải ngày", "'soon' is no day such as 2026-11-01"),
        ("from 2026-11-02 to 2026-11-01", "kết thúc trước khi", "ends before it begins"),
        ("nonsense", "không có tùy chọn “nonsense”", "'nonsense' is no option; there are: by, from"),
        ("--format html", "không có tùy chọn “--format”", "'--format' is no option"),
        ("compare legacy", "cần hai tên", "takes two names"),
        ("before 2026-10-01..", "phải đi cùng nhau", "go together"),
        ('by "demo', "ngoặc kép", "quotation mark"),
    ],
)
async def test_what_is_wrong_is_named(rooms: Rooms, words: str, vi: str, en: str) -> None:
    """A sentence with the mend in the page's language, as an error and not as a reply."""
    for language, said in (("vi", vi), ("en", en)):
        an = rooms.visit(language, language=language)  # type: ignore[arg-type]
        await asked(an, f"/report {words}")
        assert said in an.page.notices[0] and "/report by demo" in an.page.notices[0]
        assert an.page.replies == []


async def test_a_database_that_fails_is_told(rooms: Rooms, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the page's language, without a trace of the machinery."""

    async def fails(*_: object) -> None:
        raise unusable("locked")

    monkeypatch.setattr(report, "report", fails)
    an = rooms.visit(language="en")
    await asked(an, "/report")
    assert an.page.notices == [unusable("locked").en]


async def test_a_reply_under_way_is_not_disturbed(rooms: Rooms) -> None:
    """A report is answered beside it, and the reply is whole."""
    rooms.emu.set_pace(rooms.emu.pace.__class__(first_token_s=0.01, tokens_per_second=40, tokens=20))
    an = rooms.visit()
    an.say("Giao hàng mất bao lâu?")
    await an.reading()
    an.say("/report")
    await until(lambda: any("**" in reply for reply in an.page.replies))
    assert an.conversation.worker is not None
    await an.idle()
    assert an.page.receipts[0]["finish_reason"] == "stop"


async def test_the_same_command_comes_twice(rooms: Rooms) -> None:
    """A page that was not told sends it again: it is answered once."""
    an = rooms.visit()
    id = an.say("/report")
    an.say("/report", id)
    await until(lambda: len(an.page.replies) == 2)
    assert len(an.page.of_type("user_message")) == 1


async def test_a_page_that_comes_back_sees_it(rooms: Rooms) -> None:
    """Table and charts are drawn again while the conversation is in memory."""
    await write_sample(rooms.database)
    an = rooms.visit()
    await an.ask("Xin chào")
    await asked(an, "/report by demo")
    an.leave()
    again = rooms.visit()
    (drawn,) = again.page.told("resume_thread")
    assert len(drawn["elements"]) == 5 and again.page.replies == an.page.replies


async def test_edits(rooms: Rooms) -> None:
    """A command that is edited is answered anew; a message edited into a command stays as it was."""
    an = rooms.visit(language="en")
    message = await an.ask("Hello")
    id = an.say("/report by nothing")
    await until(lambda: an.page.notices)
    await rooms.service.edit(an.conversation, id, "/report by demo")
    await until(lambda: len(an.page.replies) == 3 and all(an.page.replies))
    assert an.page.notices == []
    await rooms.service.edit(an.conversation, message, "/report by model")
    await until(lambda: len(an.page.replies) == 5 and all(an.page.replies))
    assert an.page.outputs("user_message") == ["Hello", "/report by demo", "/report by model"]
    assert len(rooms.emu.requests) == 1
    await rooms.service.edit(an.conversation, message, "Good morning")
    await an.idle()
    assert an.page.outputs("user_message") == ["Good morning"]
    assert an.conversation.reports == {}


async def test_a_cleared_conversation_stays_clear(rooms: Rooms) -> None:
    """A report that is being made when the screen is cleared does not come back."""
    an = rooms.visit()
    an.say("/report")
    await rooms.service.clear(an.conversation)
    await asked(an, "/report by demo")
    assert an.page.outputs("user_message") == ["/report by demo"]


async def test_a_long_table_is_cut(rooms: Rooms, monkeypatch: pytest.MonkeyPatch) -> None:
    """The latest days are shown, the totals are of all, and where the rest is to be had is said."""
    monkeypatch.setattr(report, "MOST_ROWS", 5)
    await write_sample(rooms.database)
    an = rooms.visit()
    await asked(an, "/report")
    assert "30/10/2026" in an.page.replies[0] and "25/10/2026" not in an.page.replies[0]
    assert "Còn 25 dòng nữa" in an.page.replies[0] and "| tất cả | 1.980 |" in an.page.replies[0]


async def test_a_visitor_has_no_reports(rooms: Rooms) -> None:
    """Only the desk's own people may ask; a visitor's ``/report`` is a message like any other."""
    an = rooms.visit(link=await rooms.publish())
    await an.ask("/report")
    assert rooms.prompts[-1][-1] == ("user", "/report") and len(an.page.receipts) == 1


@pytest.mark.parametrize("text", ["/report", "/report by day", "/Report\nby day", "/reporting", "x /report"])
def test_what_is_a_command(text: str) -> None:
    """The word itself at the beginning, in either case."""
    assert is_report(text) == (text.lower().split()[0] == "/report")


def test_the_sample_is_the_same_each_time() -> None:
    """Pictures do not change by themselves."""
    one, two = ([{**row, "turn": ""} for row in sample()] for _ in range(2))
    assert one == two and len(one) == 1980
