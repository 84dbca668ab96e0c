"""One turn, over the real engine and the emulator: reply, receipt, and words for what goes wrong."""

from dataclasses import dataclass, replace
from typing import Any

import pytest
from rooms import MODELS, Rooms, until

import chat.below
import chat.turn
import chat.waiting
from chat.texts import say
from holysheep import Engine, EngineSettings, Model, Provider

KEYS = [
    "provider",
    "model",
    "served_model",
    "cohort",
    "ttft_ms",
    "latency_ms",
    "tokens_per_second",
    "prompt_tokens",
    "cached_tokens",
    "completion_tokens",
    "reasoning_tokens",
    "total_tokens",
    "usage_source",
    "cost_usd",
    "cost_bound",
    "price_version",
    "finish_reason",
    "attempts",
    "request_id",
    "error",
    "demo",
    "demo_version",
]


async def test_a_first_page_is_greeted(rooms: Rooms) -> None:
    """The greeting stands there with its starters, the panel and empty totals."""
    page = rooms.visit().page
    assert page.outputs("assistant_message") == ["Chào bạn, mình là Mây."]
    assert [(a["name"], a["label"]) for a in page.actions.values()] == [("starter", "Giao hàng")]
    assert page.desk["totals"] == "Chưa có câu trả lời nào" and not page.busy
    assert [field["id"] for field in page.panels[0]][:3] == [
        "model",
        "temperature",
        "max_tokens",
    ]


async def test_the_first_message(rooms: Rooms) -> None:
    """Question, run, reply and receipt, in this order and each below the one it belongs to."""
    an = rooms.visit()
    id = await an.ask("Áo khoác giá bao nhiêu?")
    order = [step for step in an.page.steps.values()][1:]
    assert [step["type"] for step in order] == ["user_message", "run", "assistant_message", "llm"]
    question, run, reply, receipt = order
    assert (question["id"], run["parentId"]) == (id, id)
    assert reply["parentId"] == receipt["parentId"] == run["id"]
    assert run["end"] and not reply["streaming"] and not an.page.busy
    assert reply["name"] == "Mây Boutique" and len(reply["output"].split()) >= 8
    assert an.page.buttons == ["regenerate"] and an.page.notices == []


async def test_the_receipt_has_the_listed_keys(rooms: Rooms) -> None:
    """The metadata are DESIGN's keys and nothing else, and the name is the line a person reads."""
    an = rooms.visit()
    await an.ask("Xin chào")
    (step,) = an.page.of_type("llm")
    metadata = step["metadata"]
    assert list(metadata) == KEYS
    assert (metadata["provider"], metadata["model"], metadata["demo"]) == (
        "holysheep",
        "deepseek-v3.2",
        "boutique",
    )
    assert (metadata["completion_tokens"], metadata["usage_source"], metadata["cost_bound"]) == (
        12,
        "reported",
        "exact",
    )
    assert metadata["total_tokens"] * 42 == round(float(metadata["cost_usd"]) * 1e8)
    assert (metadata["demo_version"], metadata["attempts"], metadata["error"]) == (1, 1, None)
    assert metadata["request_id"] == rooms.emu.requests[0].request_id
    assert step["name"].startswith("DeepSeek V3.2 · 0,0") and " token · $0.0" in step["name"]
    assert "| Demo | boutique, phiên bản 1 |" in step["output"]


async def test_the_page_hears_the_turn_in_order(rooms: Rooms) -> None:
    """Busy first, then the frame, the reply, the receipt, and idle last."""
    an = rooms.visit()
    before = len(an.page.events)
    await an.ask("Xin chào")
    names = [name for name, _ in an.page.events[before:] if name not in ("desk", "action", "remove_action")]
    assert [name for name in names if name != "stream_token"] == [
        "new_message",
        "first_interaction",
        "new_message",
        "stream_start",
        "update_message",
        "new_message",
        "update_message",
        "task_end",
    ]


async def test_the_model_is_told_persona_and_history(rooms: Rooms) -> None:
    """The persona with the wish for a language, then everything said so far."""
    an = rooms.visit()
    await an.ask("Xin chào")
    await an.ask("Còn áo không?")
    persona = ("system", "Bạn là Mây.\n\n" + "Trả lời bằng ngôn ngữ của tin nhắn cuối cùng của khách.")
    first, second = rooms.prompts
    assert first == [persona, ("user", "Xin chào")]
    assert second == [*first, ("assistant", an.page.replies[0]), ("user", "Còn áo không?")]


async def test_totals_follow_each_reply(rooms: Rooms) -> None:
    """After a reply the strip tells replies, tokens and cost, in dollars and dong."""
    an = rooms.visit()
    await an.ask("Xin chào")
    await an.ask("Cảm ơn")
    tokens = sum(receipt["total_tokens"] for receipt in an.page.receipts)
    assert an.page.desk["totals"].startswith(f"2 câu trả lời · {tokens} token · $0.000")
    assert "\u00a0₫) · chữ đầu 0,0" in an.page.desk["totals"]


@dataclass(frozen=True)
class Failure:
    """fault: the emulator's name for it. error: the receipt's. keeps: text came before it."""

    fault: str
    error: str
    retry: bool
    finish: str = "failed"
    keeps: bool = False

    def meet(self, rooms: Rooms, times: int | None = None) -> None:
        """Let the provider fail so; where it falls silent the desk has little patience."""
        patience: dict[str, Any] = {"silent": {"first_text_s": 0.1}, "stall": {"silence_s": 0.1}}.get(
            self.fault, {}
        )
        rooms.engine.add_provider(replace(rooms.engine.providers["holysheep"], **patience))
        rooms.emu.set_fault(self.fault, times)


FAILURES = (
    Failure("bad_key", "bad_key", False),
    Failure("forbidden", "forbidden", False),
    Failure("no_credit", "no_credit", False),
    Failure("no_quota", "no_credit", False),
    Failure("unknown_model", "unknown_model", False),
    Failure("rate_limited", "all_busy", True),
    Failure("server_error", "provider_down", True),
    Failure("bad_gateway", "provider_down", True),
    Failure("overloaded", "overloaded", True),
    Failure("context_too_long", "context_too_long", False),
    Failure("content_filter", "content_filter", False),
    Failure("bad_parameter", "bad_request", False),
    Failure("reset", "unreachable", True),
    Failure("silent", "silent", True),
    Failure("empty", "empty_reply", True),
    Failure("empty_stop", "empty_reply", True),
    Failure("html_200", "not_a_provider", False),
    Failure("cut", "cut", True, "cut", keeps=True),
    Failure("cut_clean", "cut", True, "cut", keeps=True),
    Failure("stall", "stalled", True, "cut", keeps=True),
    Failure("error_in_stream", "provider_down", True, "cut", keeps=True),
)


@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: failure.fault)
async def test_a_failure_becomes_words(rooms: Rooms, failure: Failure) -> None:
    """The visitor reads what happened in their language, keeps what came, and can try again where that helps."""
    failure.meet(rooms)
    an = rooms.visit()
    await an.ask("Áo khoác giá bao nhiêu?")
    (receipt,) = an.page.receipts
    assert (receipt["error"], receipt["finish_reason"]) == (failure.error, failure.finish)
    values = {"variable": "HOLYSHEEP_API_KEY", "model": "DeepSeek V3.2", "request_id": "", "n": ""}
    key = "cut" if failure.keeps and failure.error != "stalled" else failure.error
    key = "cut_because" if key == "cut" and failure.error != "cut" else key
    words = say("vi", f"errors.{key}", **values, reason="")
    assert an.page.notices[0][:30] == words[:30]
    assert an.page.buttons == (["regenerate"] if failure.retry else [])
    assert bool(an.page.replies) == failure.keeps
    assert all(not step["streaming"] for step in an.page.steps.values()) and not an.page.busy
    assert "hs-secret" not in repr(an.page.events)


@pytest.mark.parametrize(
    "failure", [f for f in FAILURES if f.keeps or f.fault == "server_error"], ids=lambda f: f.fault
)
async def test_the_conversation_goes_on_after_a_failure(rooms: Rooms, failure: Failure) -> None:
    """The model is later told what the visitor can see: a partial reply as it is, and of a failed turn nothing."""
    an = rooms.visit()
    failure.meet(rooms, times=1)
    await an.ask("Áo khoác?")
    await an.ask("Rồi sao nữa?")
    partial = [("user", "Áo khoác?"), ("assistant", an.page.replies[0])] if failure.keeps else []
    assert rooms.prompts[1][1:] == [*partial, ("user", "Rồi sao nữa?")]
    assert an.page.receipts[1]["finish_reason"] == "stop"


async def test_where_there_is_no_reply_the_words_stand_in_its_place(rooms: Rooms) -> None:
    """The notice comes before the receipt; after a partial reply it comes below the receipt."""
    an = rooms.visit()
    rooms.emu.set_fault("server_error", times=1)
    await an.ask("Một")
    rooms.emu.set_fault("cut", times=1)
    await an.ask("Hai")
    kinds = [
        (s["type"], s["isError"]) for s in an.page.steps.values() if s["type"] in ("assistant_message", "llm")
    ]
    notice, receipt, reply = ("assistant_message", True), ("llm", False), ("assistant_message", False)
    assert kinds == [reply, notice, receipt, reply, receipt, notice]


async def test_words_name_the_variable_to_mend(rooms: Rooms) -> None:
    """With a refused key the reader is told which variable to mend; the model and the id are named too."""
    an = rooms.visit(language="en")
    rooms.emu.set_fault("bad_key", times=1)
    await an.ask("Hello")
    assert "Mend HOLYSHEEP_API_KEY in the .env file" in an.page.notices[-1]
    rooms.emu.set_fault("unknown_model", times=1)
    await an.ask("Hello")
    assert "no model “DeepSeek V3.2”" in an.page.notices[-1]
    rooms.emu.set_fault("bad_parameter", times=2)
    await an.ask("Hello")
    assert rooms.emu.requests[-1].request_id in an.page.notices[-1]


async def test_nobody_answers(rooms: Rooms) -> None:
    """A server that is not there is told of, and can be tried again."""
    gone = replace(rooms.engine.providers["holysheep"], base_url="http://127.0.0.1:9/v1")
    rooms.engine.add_provider(gone)
    an = rooms.visit()
    await an.ask("Xin chào")
    assert (an.page.receipts[0]["error"], an.page.buttons) == ("unreachable", ["regenerate"])


async def test_a_model_without_a_key(rooms: Rooms) -> None:
    """A model whose provider has no key is answered with words, and costs unknown."""
    an = rooms.visit()
    rooms.service.choose(an.conversation, {"model": "claude-sonnet-4.5"})
    await an.ask("Xin chào")
    (receipt,) = an.page.receipts
    assert (receipt["error"], receipt["provider"], receipt["attempts"]) == ("no_key", "none", 0)
    assert an.page.notices == [say("vi", "errors.no_key", variable="HOLYSHEEP_API_KEY")]
    assert an.page.buttons == [] and rooms.emu.requests == []


async def test_a_model_without_a_price_costs_unknown(rooms: Rooms) -> None:
    """No price is never 0."""
    an = rooms.visit()
    rooms.service.choose(an.conversation, {"model": "gemini-2.5-flash"})
    await an.ask("Xin chào")
    (step,) = an.page.of_type("llm")
    assert (step["metadata"]["cost_usd"], step["metadata"]["cost_bound"]) == (None, "unknown")
    assert step["name"].endswith("chi phí chưa biết") and "chi phí chưa biết" in an.page.desk["totals"]


async def test_a_reply_at_its_limit_can_go_on(rooms: Rooms) -> None:
    """A reply that met its length limit offers to continue, which is a message like any other."""
    an = rooms.visit()
    rooms.emu.set_fault("length", times=1)
    await an.ask("Kể chuyện đi")
    assert (an.page.buttons, an.page.notices) == (["continue"], [say("vi", "errors.length")])
    rooms.service.go_on(an.conversation)
    await an.idle()
    assert an.page.outputs("user_message") == ["Kể chuyện đi", "Viết tiếp đi"]
    assert rooms.prompts[1][-2:] == [("assistant", an.page.replies[0]), ("user", "Viết tiếp đi")]


async def test_a_filtered_reply_says_so(rooms: Rooms) -> None:
    """What the filter left stays, with words for the rest."""
    an = rooms.visit()
    rooms.emu.set_fault("filtered_reply")
    await an.ask("Xin chào")
    assert an.page.notices == [say("vi", "errors.filtered")]
    assert (an.page.receipts[0]["finish_reason"], len(an.page.replies)) == ("content_filter", 1)


async def test_an_estimate_is_marked(rooms: Rooms) -> None:
    """Where no usage came, tokens and cost carry a tilde."""
    an = rooms.visit()
    rooms.emu.set_fault("no_usage")
    await an.ask("Xin chào")
    (step,) = an.page.of_type("llm")
    assert step["metadata"]["usage_source"] == "estimated"
    assert " · ~" in step["name"] and " · ~$" in step["name"] and "~" in an.page.desk["totals"]


async def test_a_slow_model_is_excused(rooms: Rooms, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who sees nothing for long is told why, and the word goes when the reply comes."""
    monkeypatch.setattr(chat.waiting, "SLOW_S", 0.02)
    rooms.emu.set_pace(first_token_s=0.15)
    an = rooms.visit()
    await an.ask("Xin chào")
    assert [news["status"] for news in an.page.told("desk")[1:] if "status" in news] == [
        say("vi", "notes.slow", n=0),
        None,
    ]


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("server_error", "Dịch vụ trục trặc: đang thử lại…"),
        ("rate_limited", "Đang bận: thử lại sau 1 s"),
    ],
)
async def test_repeats_that_take_long_are_told(
    rooms: Rooms, provider: Provider, monkeypatch: pytest.MonkeyPatch, fault: str, words: str
) -> None:
    """The visitor reads why it takes long; the turn then ends well and the words go."""
    monkeypatch.setattr(chat.waiting, "UNSEEN_S", 0.0)
    patient = replace(provider, retries=1, first_text_s=5)
    rooms.use(Engine(EngineSettings.of([patient], MODELS), draw=lambda: 0.01))
    rooms.emu.set_fault(fault, times=1)
    an = rooms.visit()
    await an.ask("Xin chào")
    assert [news["status"] for news in an.page.told("desk") if news.get("status")] == [words]
    assert an.page.receipts[0]["attempts"] == 2 and an.page.desk["status"] is None


async def test_what_nobody_expected_becomes_words_too(rooms: Rooms, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault of our own in mid-turn shows no trace of itself; the next message is answered."""

    def broken(*_: object) -> None:
        raise ZeroDivisionError("secret detail")

    an = rooms.visit()
    monkeypatch.setattr(chat.turn, "close", broken)
    await an.ask("Một")
    monkeypatch.undo()
    assert an.page.notices == [say("vi", "errors.failed")] and an.page.buttons == ["regenerate"]
    assert "secret detail" not in repr(an.page.events) and not an.page.busy
    await an.ask("Hai")
    assert len(an.page.receipts) == 1


async def test_a_reply_that_our_own_fault_broke_is_closed(
    rooms: Rooms, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Text that is on the screen stays there, and its cursor stops blinking."""
    rooms.emu.set_pace(tokens_per_second=200, tokens=400)
    an = rooms.visit()
    an.say("Một")
    await an.reading()

    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("chat.painter.Painter.add", broken)
    await an.idle()
    assert len(an.page.replies) == 1 and an.page.notices == [say("vi", "errors.failed")]
    assert all(not step["streaming"] for step in an.page.steps.values())
    await until(lambda: rooms.emu.requests[0].ended == "client_gone")


async def test_old_turns_are_left_out_with_one_note(rooms: Rooms) -> None:
    """When the model's memory is full the oldest turns go, and the visitor is told once."""
    an = rooms.visit()
    rooms.service.choose(an.conversation, {"model": "gemini-2.5-flash", "max_tokens": 256})
    for number in range(5):
        await an.ask(f"Câu {number}: " + "xin chào " * 40)
    assert all(
        prompt[0][0] == "system" and prompt[-1][1].startswith(f"Câu {n}")
        for n, prompt in enumerate(rooms.prompts)
    )
    assert len(rooms.prompts[-1]) < 10
    assert an.page.outputs("system_message") == [say("vi", "notes.trimmed")]


async def test_a_model_of_ones_own_is_free(rooms: Rooms) -> None:
    """A free provider's reply costs 0, exactly."""
    own = Provider("own", rooms.emu.base_url, free=True)
    rooms.engine.add_provider(own)
    rooms.engine.add_models([Model("gpt-4.1", "Own", "own", 8192)])
    an = rooms.visit()
    rooms.service.choose(an.conversation, {"model": "gpt-4.1"})
    await an.ask("Xin chào")
    (receipt,) = an.page.receipts
    assert (receipt["cost_usd"], receipt["cost_bound"], receipt["provider"]) == ("0", "exact", "own")


def test_the_engine_is_the_real_one(rooms: Rooms) -> None:
    """Nothing here stands in for the client."""
    assert type(rooms.engine) is Engine
