"""What a visitor can do in a conversation: two at once, stop, edit, again, settings, clear."""

import asyncio
import unicodedata
from uuid import uuid4

import pytest
from rooms import Rooms, Visitor, until

from chat.service import LONGEST_MESSAGE, LONGEST_QUEUE
from chat.texts import say
from emulator import Pace
from ledger.unusable import unusable

SLOWLY = Pace(first_token_s=0.01, tokens_per_second=50, tokens=100)


async def broken_database(*_: object, **__: object) -> None:
    """Stands for a database that is away."""
    raise unusable("missing", "data/ledger.db")


@pytest.fixture
def an(rooms: Rooms) -> Visitor:
    """A visitor at a fresh page."""
    return rooms.visit()


async def test_two_messages_queue_up(rooms: Rooms, an: Visitor) -> None:
    """The second waits for the first, is told to wait, and its reply knows the first."""
    rooms.emu.set_pace(tokens_per_second=200, tokens=20)
    first = an.say("Một")
    await until(lambda: rooms.emu.requests)
    second = an.say("Hai")
    assert an.page.desk["queued"] == [{"id": second, "text": "Hai"}] and len(rooms.emu.requests) == 1
    an.say("Hai", second)
    assert an.page.outputs("user_message") == ["Một"]
    await an.idle()
    assert rooms.prompts[1][1:] == [("user", "Một"), ("assistant", an.page.replies[0]), ("user", "Hai")]
    runs = [step["parentId"] for step in an.page.of_type("run")]
    assert runs == [first, second] and an.page.desk["queued"] == []


async def test_two_messages_at_one_instant(rooms: Rooms, an: Visitor) -> None:
    """Even in one breath they are answered one after the other, in order."""
    an.say("Một")
    an.say("Hai")
    await an.idle()
    assert an.page.outputs("user_message") == ["Một", "Hai"]
    assert [prompt[-1][1] for prompt in rooms.prompts] == ["Một", "Hai"]


async def test_a_message_sent_twice_is_taken_once(rooms: Rooms, an: Visitor) -> None:
    """A page that saw no echo sends again; it gets the echo, not a second reply."""
    id = await an.ask("Một")
    an.say("Một", id)
    await an.idle()
    assert len(rooms.emu.requests) == 1 and an.page.outputs("user_message") == ["Một"]
    assert [step["id"] for step in an.page.told("update_message")][-1] == id


@pytest.mark.parametrize("text", ["", "   ", "\n\t "])
async def test_nothing_is_no_message(rooms: Rooms, an: Visitor, text: str) -> None:
    """Blanks alone are not sent on."""
    await an.ask(text)
    assert an.page.outputs("user_message") == [] and rooms.emu.requests == []


async def test_what_is_sent_is_composed(rooms: Rooms, an: Visitor) -> None:
    """Vietnamese typed as letters and marks goes out in NFC, and no blank around it."""
    await an.ask("  " + unicodedata.normalize("NFD", "Tiếng Việt") + "\n")
    assert rooms.prompts[0][-1] == ("user", "Tiếng Việt") == ("user", an.page.outputs("user_message")[0])


async def test_half_a_character_breaks_nothing(rooms: Rooms, an: Visitor) -> None:
    """A lone surrogate, as a cut emoji leaves it, is sent as a question mark, and a page can still be drawn."""
    id = await an.ask("Giày \ud83d?")
    await an.ask("Tốt")
    await rooms.service.edit(an.conversation, id, "Giày \ud83d!")
    await an.idle()
    assert rooms.visit(tab="tab-2", thread=an.conversation.id).page.outputs("user_message") == ["Giày ?!"]
    assert [prompt[-1][1] for prompt in rooms.prompts] == ["Giày ??", "Tốt", "Giày ?!"]


async def test_a_message_that_is_too_long(rooms: Rooms, an: Visitor) -> None:
    """It is refused with both numbers, nothing is sent, and the page knows which one to give back."""
    await an.ask("a" * LONGEST_MESSAGE)
    id = await an.ask("a" * (LONGEST_MESSAGE + 1))
    assert an.page.toasts == [
        "Tin nhắn dài 20.001 ký tự; tối đa là 20.000. Hãy rút ngắn hoặc chia nhỏ rồi gửi lại."
    ]
    assert an.page.desk["refused"] == id and len(rooms.emu.requests) == 1


async def test_stop_keeps_and_meters_the_partial_reply(rooms: Rooms, an: Visitor) -> None:
    """The upstream request ends at once; the text stays, with a receipt, and the model knows of it later."""
    rooms.emu.set_pace(SLOWLY)
    an.say("Kể chuyện")
    await an.reading()
    await asyncio.sleep(0.1)
    rooms.service.stop(an.conversation)
    await an.idle()
    await until(lambda: rooms.emu.requests[0].ended == "client_gone")
    (partial,), (receipt,) = an.page.replies, an.page.receipts
    assert (receipt["finish_reason"], receipt["usage_source"], receipt["error"]) == (
        "stopped",
        "estimated",
        None,
    )
    assert 0 < receipt["completion_tokens"] < 100 and receipt["cost_bound"] == "at_least"
    assert an.page.buttons == ["regenerate"] and an.page.notices == [] and not an.page.busy
    rooms.emu.set_pace(tokens_per_second=0, tokens=5)
    await an.ask("Tiếp")
    assert rooms.prompts[1][1:] == [("user", "Kể chuyện"), ("assistant", partial), ("user", "Tiếp")]


async def test_stop_shows_what_has_come(rooms: Rooms, an: Visitor) -> None:
    """Nothing that came is kept back."""
    rooms.emu.set_pace(tokens=200)
    rooms.emu.set_fault("stall")
    an.say("Kể chuyện")
    await an.reading()
    seen = an.page.replies[0]
    rooms.service.stop(an.conversation)
    await an.idle()
    assert seen and an.page.replies[0].startswith(seen)
    assert an.page.receipts[0]["finish_reason"] == "stopped"


async def test_stop_before_the_first_word(rooms: Rooms, an: Visitor) -> None:
    """Nothing came, so nothing is shown but the receipt; the turn is not told to the model later."""
    rooms.emu.set_pace(first_token_s=5)
    an.say("Một")
    await until(lambda: rooms.emu.requests)
    rooms.service.stop(an.conversation)
    await an.idle()
    assert an.page.replies == [] and an.page.receipts[0]["finish_reason"] == "stopped"
    rooms.emu.set_pace(first_token_s=0)
    await an.ask("Hai")
    assert rooms.prompts[-1][1:] == [("user", "Hai")]


async def test_stop_ends_the_reply_under_way_only(rooms: Rooms, an: Visitor) -> None:
    """The message that waits behind it is answered next."""
    rooms.emu.set_pace(SLOWLY)
    an.say("Một")
    await an.reading()
    an.say("Hai")
    rooms.emu.set_pace(tokens_per_second=0, tokens=3)
    rooms.service.stop(an.conversation)
    await an.idle()
    assert [receipt["finish_reason"] for receipt in an.page.receipts] == ["stopped", "stop"]


async def test_stop_at_the_very_start(rooms: Rooms, an: Visitor) -> None:
    """Stop that comes with the message is not lost."""
    rooms.emu.set_pace(SLOWLY)
    an.say("Một")
    rooms.service.stop(an.conversation)
    await an.idle()
    assert an.page.receipts[0]["finish_reason"] == "stopped" and an.page.replies == []


async def test_stop_with_nothing_under_way(an: Visitor) -> None:
    """Nothing happens."""
    before = len(an.page.events)
    an.rooms.service.stop(an.conversation)
    assert len(an.page.events) == before


async def test_an_edit_takes_away_what_came_after(rooms: Rooms, an: Visitor) -> None:
    """Later messages go with all their steps; the edited one is answered anew, in its old place."""
    first = await an.ask("Một")
    await an.ask("Hai")
    await an.ask("Ba")
    await rooms.service.edit(an.conversation, first, "Một, sửa")
    await an.idle()
    assert [step["type"] for step in an.page.steps.values()] == [
        "assistant_message",
        "user_message",
        "run",
        "assistant_message",
        "llm",
    ]
    assert an.page.outputs("user_message") == ["Một, sửa"] and an.page.buttons == ["regenerate"]
    assert rooms.prompts[-1][1:] == [("user", "Một, sửa")]
    assert "4 câu trả lời" in an.page.desk["totals"]


async def test_an_edit_in_mid_reply(rooms: Rooms, an: Visitor) -> None:
    """The reply under way is stopped and metered, waiting messages go, and the edit is answered."""
    rooms.emu.set_pace(SLOWLY)
    id = an.say("Một")
    await an.reading()
    an.say("Hai")
    rooms.emu.set_pace(tokens_per_second=0, tokens=3)
    await rooms.service.edit(an.conversation, id, "Một, sửa")
    await an.idle()
    assert an.page.outputs("user_message") == ["Một, sửa"] and len(an.page.receipts) == 1
    assert an.page.desk["queued"] == [] and "2 câu trả lời" in an.page.desk["totals"]


async def test_two_edits_at_one_instant(rooms: Rooms, an: Visitor) -> None:
    """The later one stands, answered once."""
    id = await an.ask("Một")
    await asyncio.gather(*(rooms.service.edit(an.conversation, id, text) for text in ("Hai", "Ba")))
    await an.idle()
    assert an.page.outputs("user_message") == ["Ba"] and len(an.page.receipts) == 1
    assert [step["parentId"] for step in an.page.of_type("run")] == [id]


async def test_two_edits_in_mid_reply(rooms: Rooms, an: Visitor) -> None:
    """Neither is answered twice, and none of the old reply is left."""
    rooms.emu.set_pace(SLOWLY)
    id = an.say("Một")
    await an.reading()
    await asyncio.gather(*(rooms.service.edit(an.conversation, id, text) for text in ("Hai", "Ba")))
    rooms.service.stop(an.conversation)
    await an.idle()
    assert an.page.outputs("user_message") == ["Ba"] and len(an.page.of_type("run")) == 1


async def test_an_edit_and_a_clear_in_mid_reply(rooms: Rooms, an: Visitor) -> None:
    """Whichever comes last holds; nothing breaks."""
    rooms.emu.set_pace(SLOWLY)
    id = an.say("Một")
    await an.reading()
    service, conversation = rooms.service, an.conversation
    await asyncio.gather(service.clear(conversation), service.edit(conversation, id, "Hai"))
    await an.idle()
    assert an.page.outputs("user_message") == [] and len(an.page.steps) == 1


@pytest.mark.parametrize("text", ["", "  "])
async def test_an_edit_to_nothing_changes_nothing(rooms: Rooms, an: Visitor, text: str) -> None:
    """An empty edit is none."""
    id = await an.ask("Một")
    await rooms.service.edit(an.conversation, id, text)
    assert an.page.outputs("user_message") == ["Một"] and len(rooms.emu.requests) == 1


async def test_an_edit_that_is_too_long(rooms: Rooms, an: Visitor) -> None:
    """It is refused with a word and the message stays as it was."""
    id = await an.ask("Một")
    await rooms.service.edit(an.conversation, id, "a" * (LONGEST_MESSAGE + 1))
    assert "20.001" in an.page.toasts[-1] and an.page.outputs("user_message") == ["Một"]


async def test_an_edit_of_a_message_nobody_knows(rooms: Rooms, an: Visitor) -> None:
    """Nothing happens."""
    await an.ask("Một")
    before = len(an.page.events)
    await rooms.service.edit(an.conversation, str(uuid4()), "Hai")
    assert len(an.page.events) == before


async def test_answer_again(rooms: Rooms, an: Visitor) -> None:
    """The last reply goes and the same question is asked again; the model is not told of the old reply."""
    await an.ask("Một")
    await an.ask("Hai")
    old = an.page.of_type("llm")[-1]["id"]
    await rooms.service.again(an.conversation)
    await an.idle()
    assert len(an.page.receipts) == 2 and old not in an.page.steps
    assert rooms.prompts[2] == rooms.prompts[1] and "3 câu trả lời" in an.page.desk["totals"]


async def test_again_with_nothing_said(rooms: Rooms, an: Visitor) -> None:
    """A forged click does nothing."""
    await rooms.service.again(an.conversation)
    assert rooms.emu.requests == []


async def test_clear_keeps_the_totals(rooms: Rooms, an: Visitor) -> None:
    """Screen and model forget, the sums stay, and the page is greeted again."""
    await an.ask("Một")
    totals = an.page.desk["totals"]
    await rooms.service.clear(an.conversation)
    assert an.page.outputs("assistant_message") == ["Chào bạn, mình là Mây."] and len(an.page.steps) == 1
    assert an.page.desk["totals"] == totals and an.page.buttons == ["starter"]
    await an.ask("Hai")
    assert rooms.prompts[-1][1:] == [("user", "Hai")] and "2 câu trả lời" in an.page.desk["totals"]


async def test_clear_in_mid_reply(rooms: Rooms, an: Visitor) -> None:
    """The reply is stopped and metered, waiting messages go too, and nothing of them comes back."""
    rooms.emu.set_pace(SLOWLY)
    an.say("Một")
    await an.reading()
    an.say("Hai")
    await rooms.service.clear(an.conversation)
    await asyncio.sleep(0.15)
    assert len(an.page.steps) == 1 and not an.page.busy and len(rooms.emu.requests) == 1
    assert an.page.desk["queued"] == [] and an.page.desk["totals"].startswith("1 câu trả lời")


async def test_settings_hold_from_the_next_message(rooms: Rooms, an: Visitor) -> None:
    """Changed in the middle of a conversation, and of a reply, they hold from the very next message."""
    rooms.emu.set_pace(tokens_per_second=300, tokens=30)
    an.say("Một")
    await an.reading()
    values = {"model": "gpt-4.1", "temperature": 1.5, "max_tokens": 64, "language": "en"}
    rooms.service.choose(an.conversation, values)
    assert an.page.toasts == [say("vi", "notes.settings_saved")]
    await an.ask("Hai")
    first, second = rooms.emu.requests
    assert (first.model, first.temperature, first.max_tokens) == ("deepseek-v3.2", 0.4, 500)
    assert (second.model, second.temperature, second.max_tokens) == ("gpt-4.1", 1.5, 64)
    assert first.messages[0].content.endswith("Trả lời bằng ngôn ngữ của tin nhắn cuối cùng của khách.")
    assert (
        second.messages[0].content == "Bạn là Mây.\n\n" + "Luôn trả lời bằng tiếng Anh (Answer in English)."
    )
    assert [receipt["model"] for receipt in an.page.receipts] == ["deepseek-v3.2", "gpt-4.1"]


async def test_refused_settings_change_nothing(rooms: Rooms, an: Visitor) -> None:
    """One word says why, the panel shows the old values again, and they hold."""
    panels = len(an.page.panels)
    rooms.service.choose(an.conversation, {"model": "gpt-4.1", "temperature": 99})
    assert an.page.toasts == [
        "Không nhận giá trị của “Nhiệt độ (độ sáng tạo)”: phải từ 0 đến 2. Giá trị cũ được giữ nguyên."
    ]
    assert an.page.panels[panels:][0][0]["initial"] == "deepseek-v3.2"
    await an.ask("Một")
    assert rooms.emu.requests[0].model == "deepseek-v3.2"


async def test_the_page_s_language_can_be_chosen(rooms: Rooms, an: Visitor) -> None:
    """Before anything is said the greeting follows; the page is told, so that it can load itself anew."""
    rooms.service.choose(an.conversation, {"page_language": "en"})
    assert an.page.outputs("assistant_message") == ["Hello, I am Mây."]
    assert [action["label"] for action in an.page.actions.values()] == ["Delivery"]
    assert an.page.desk["page_language"] == "en" and an.page.desk["totals"] == "No replies yet"


async def test_the_page_s_language_in_mid_conversation(rooms: Rooms, an: Visitor) -> None:
    """What was said stays; greeting, receipt and button are said again, and what follows is in the new language."""
    await an.ask("Một")
    reply = an.page.replies[0]
    rooms.service.choose(an.conversation, {"page_language": "en"})
    await until(lambda: "tokens" in an.page.of_type("llm")[0]["name"])
    assert "| Provider |" in an.page.of_type("llm")[0]["output"]
    assert an.page.outputs("assistant_message") == ["Hello, I am Mây.", reply]
    assert an.page.outputs("user_message") == ["Một"]
    assert [action["label"] for action in an.page.actions.values()] == [say("en", "actions.regenerate")]
    await an.ask("Hai")
    assert " tokens · $" in an.page.of_type("llm")[-1]["name"]
    assert [text for role, text in rooms.prompts[-1] if role == "user"] == ["Một", "Hai"]


async def test_the_other_language_waits_for_the_reply_under_way(rooms: Rooms, an: Visitor) -> None:
    """Nothing of a reply is lost or doubled by choosing a language in the middle of it."""
    rooms.emu.set_pace(tokens_per_second=100, tokens=30)
    message = an.say("Một")
    await an.reading()
    rooms.service.choose(an.conversation, {"page_language": "en"})
    await an.idle()
    await until(lambda: an.page.outputs("assistant_message")[0] == "Hello, I am Mây.")
    assert len(an.page.replies) == 1 and len(an.page.of_type("llm")) == 1
    await rooms.service.edit(an.conversation, message, "Một, sửa")
    await an.idle()
    assert an.page.outputs("user_message") == ["Một, sửa"] and len(an.page.replies) == 1


async def test_a_record_that_cannot_be_read_leaves_the_old_words(
    rooms: Rooms, an: Visitor, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The conversation goes on all the same."""
    await an.ask("Một")
    before = an.page.outputs("assistant_message")
    monkeypatch.setattr("chat.anew.load_conversation", broken_database)
    rooms.service.choose(an.conversation, {"page_language": "en"})
    await until(lambda: "could not be read" in caplog.text)
    assert an.page.outputs("assistant_message") == before
    await an.ask("Hai")
    assert len(an.page.replies) == 2


async def test_a_saved_demo_is_used_by_the_next_reply(rooms: Rooms, an: Visitor) -> None:
    """Persona and version change with the next message; a save that changes nothing is no new version."""
    await an.ask("Một")
    rooms.save("Bạn là Tia.")
    await an.ask("Hai")
    rooms.save("Bạn là Tia.")
    await an.ask("Ba")
    assert [prompt[0][1].split("\n")[0] for prompt in rooms.prompts] == [
        "Bạn là Mây.",
        "Bạn là Tia.",
        "Bạn là Tia.",
    ]
    assert [receipt["demo_version"] for receipt in an.page.receipts] == [1, 2, 2]


async def test_a_saved_demo_sets_what_the_visitor_left_alone(rooms: Rooms, an: Visitor) -> None:
    """The demo's new temperature holds for who has not set one, and not for who has."""
    binh = rooms.visit("bình")
    rooms.service.choose(binh.conversation, {"temperature": 1.1, "model": "deepseek-v3.2", "max_tokens": 500})
    rooms.save(temperature=0.9)
    await an.ask("Một")
    await binh.ask("Hai")
    assert [request.temperature for request in rooms.emu.requests] == [0.9, 1.1]
    shown = {field["id"]: field["initial"] for field in an.page.panels[-1]}
    assert shown["temperature"] == 0.9


async def test_a_broken_demo_changes_nothing_and_tells(rooms: Rooms, an: Visitor) -> None:
    """The last good version answers; the toast names the place, in the page's language, until it is mended."""
    await an.ask("Một")
    rooms.demo_file.write_text("title = \n", encoding="utf-8")
    await an.ask("Hai")
    binh = rooms.visit("bình", language="en")
    await binh.ask("Ba")
    assert [receipt["demo_version"] for receipt in an.page.receipts] == [1, 1]
    assert "boutique.toml:1" in an.page.toasts[-1] and "thấy" in an.page.toasts[-1]
    assert "boutique.toml:1" in binh.page.toasts[-1] and "found" in binh.page.toasts[-1]
    rooms.save("Bạn là Mai.")
    toasts = len(an.page.toasts)
    await an.ask("Ba")
    assert an.page.receipts[-1]["demo_version"] == 2 and len(an.page.toasts) == toasts


async def test_two_visitors_do_not_meet(rooms: Rooms, an: Visitor) -> None:
    """Conversations, totals and settings are each visitor's own."""
    binh = rooms.visit("bình")
    rooms.service.choose(binh.conversation, {"model": "gpt-4.1"})
    await asyncio.gather(an.ask("Của An"), binh.ask("Của Bình"))
    assert an.page.outputs("user_message") == ["Của An"] and binh.page.outputs("user_message") == ["Của Bình"]
    assert an.page.receipts[0]["model"] == "deepseek-v3.2" and binh.page.receipts[0]["model"] == "gpt-4.1"
    assert an.page.desk["totals"].startswith("1 câu trả lời")


async def test_a_message_that_meets_a_clearing_is_asked_after_it(rooms: Rooms, an: Visitor) -> None:
    """A message that comes while a reply winds down for clear history is neither lost nor cleared away."""
    rooms.emu.set_pace(SLOWLY)
    an.say("Một")
    await an.reading()
    clearing = asyncio.create_task(rooms.service.clear(an.conversation))
    await asyncio.sleep(0)
    an.say("Hai")
    await clearing
    rooms.service.stop(an.conversation)
    await an.idle()
    assert an.page.outputs("user_message") == ["Hai"]


async def test_the_queue_has_an_end(rooms: Rooms, an: Visitor) -> None:
    """One message too many goes back to the composer, with a word."""
    rooms.emu.set_pace(SLOWLY)
    an.say("Một")
    await an.reading()
    for number in range(LONGEST_QUEUE):
        an.say(f"Câu {number}")
    refused = an.say("Thừa")
    assert {"refused": refused} in [data for event, data in an.page.events if event == "desk"]
    await rooms.service.clear(an.conversation)


async def test_too_many_while_the_history_is_cleared(rooms: Rooms, an: Visitor) -> None:
    """What comes meanwhile is asked after; one message too many goes back to the composer, with a word."""
    rooms.emu.set_pace(SLOWLY)
    an.say("Một")
    await an.reading()
    clearing = asyncio.create_task(rooms.service.clear(an.conversation))
    await asyncio.sleep(0)
    for number in range(LONGEST_QUEUE):
        an.say(f"Câu {number}")
    refused = an.say("Thừa")
    assert {"refused": refused} in [data for event, data in an.page.events if event == "desk"]
    await clearing
    assert an.page.desk["queued"][-1]["text"] == f"Câu {LONGEST_QUEUE - 1}"
    await rooms.service.clear(an.conversation)


@pytest.mark.parametrize("text", ["\x00\x07", "\u200b\u2060", "\ufeff", " \u200d "])
async def test_what_nobody_can_see_is_no_message(rooms: Rooms, an: Visitor, text: str) -> None:
    """Control and zero-width characters alone ask nothing."""
    an.say(text)
    await an.idle()
    assert rooms.emu.requests == []
