"""Where there is another way, a fault does not end the turn."""

import asyncio
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from asking import KEY, QUESTION, SLOWLY, TOKENS, ask
from two_routes import two

from holysheep import Engine, EngineSettings, Notice, Receipt, Restarted, Retrying, shared_breakers
from holysheep.errors import NoKey
from holysheep.health import place_of
from holysheep.rollout import RolloutPlan, RolloutState
from holysheep.store import FileStore, MemoryStore

RING = ("sk-one-0123456789", "sk-two-0123456789")


@pytest.mark.parametrize(
    ("fault", "asked"),
    [
        ("bad_key", (1, 1)),
        ("no_quota", (1, 1)),
        ("server_error", (2, 1)),
        ("overloaded", (1, 1)),
        ("timeout_504", (1, 1)),
        ("html_200", (1, 1)),
        ("unknown_model", (1, 1)),
        ("rate_limited_long", (1, 1)),
        ("error_first", (2, 1)),
        ("cut_before_text", (2, 1)),
        ("empty", (2, 1)),
        ("silent", (1, 1)),
        ("no_headers", (1, 1)),
        ("comments_only", (1, 1)),
    ],
)
async def test_the_other_provider_answers(fault: str, asked: tuple[int, int]) -> None:
    """Before the first visible text a fault passes unseen; the receipt says who answered, at whose price."""
    async with two() as routes:
        routes.first.set_fault(fault)
        turn = await ask(routes.engine, model="gpt-4.1")
        receipt = turn.receipt
        assert (receipt.finish_reason, receipt.error, receipt.provider) == ("stop", None, "openai")
        assert (receipt.model, receipt.served_model, receipt.completion_tokens) == (
            "gpt-4.1",
            "gpt-4.1",
            TOKENS,
        )
        assert len(receipt.attempts) == sum(asked)
        assert routes.asked == asked
        first = turn.events[0]
        assert isinstance(first, Retrying)
        assert first.elsewhere is (asked == (1, 1))


async def test_another_model_stands_in() -> None:
    """The notice names it, the receipt prices it, and who asks for no other model gets none."""
    async with two() as routes:
        routes.first.set_fault("overloaded")
        turn = await ask(routes.engine)
        assert Notice("stand_in", model="gpt-4.1") in turn.events
        assert (turn.receipt.model, turn.receipt.served_model) == ("deepseek-v3.2", "gpt-4.1")
        assert turn.receipt.price_version == "gpt-4.1@2026-01-01"
        assert turn.receipt.marks == ("other_model",)
        alone = await ask(routes.engine, stand_in=False)
        assert alone.receipt.error == "overloaded"
        assert routes.asked[1] == 1


async def test_what_no_other_provider_may_mend() -> None:
    """A refusal of the words is not taken elsewhere."""
    async with two() as routes:
        routes.first.set_fault("content_filter")
        receipt = (await ask(routes.engine, model="gpt-4.1")).receipt
        assert receipt.finish_reason == "failed"
        assert routes.asked == (1, 0)


@pytest.mark.parametrize("fault", ["cut", "cut_clean", "error_in_stream", "finish_error", "stall"])
async def test_a_reply_that_broke_off_is_replaced(fault: str) -> None:
    """The partial stays until the other reply's own first text is there; the receipt covers both attempts."""
    async with two(silence_s=0.3) as routes:
        whole = (await ask(routes.engine, model="gpt-4.1")).text
        routes.first.set_fault(fault)
        turn = await ask(routes.engine, model="gpt-4.1")
        kinds = [type(event) for event in turn.events]
        place = kinds.index(Restarted)
        assert turn.events[place - 1] == Notice("breaking")
        assert 0 < place - 1 < len(kinds) - 3
        after = "".join(getattr(event, "text", "") for event in turn.events[place:])
        assert after == whole
        receipt = turn.receipt
        assert (receipt.finish_reason, receipt.error, receipt.provider) == ("stop", None, "openai")
        assert [attempt.provider for attempt in receipt.attempts] == ["holysheep", "openai"]
        assert receipt.cost_bound == "at_least"
        assert receipt.ttft_ms == receipt.attempts[0].ttft_ms
        assert receipt.cost_usd == sum(a.cost_usd for a in receipt.attempts if a.cost_usd is not None)


async def test_a_fresh_reply_comes_from_another_provider_else_by_another_key() -> None:
    """Whoever cuts one reply may cut the next; with nobody beside, another key reaches another machine."""
    async with two(keys=RING) as routes:
        routes.first.set_fault("cut")
        receipt = (await ask(routes.engine, model="gpt-4.1")).receipt
        assert (receipt.finish_reason, routes.asked) == ("stop", (1, 1))
        routes.first.clear_faults()
        routes.first.set_fault("cut", times=1)
        receipt = (await ask(routes.engine, stand_in=False)).receipt
        assert (receipt.finish_reason, routes.asked) == ("stop", (3, 1))
        assert len({seen.key_fingerprint for seen in routes.first.requests[1:]}) == 2


async def test_who_was_overtaken_may_still_take_the_place() -> None:
    """A provider that was slow, and then made way, is asked for the fresh reply."""
    async with two(first_text_s=5.0) as routes:
        routes.first.set_pace(first_token_s=2.0)
        routes.second.set_fault("cut")
        stream = routes.engine.stream(QUESTION, model="gpt-4.1")
        async for event in stream:
            if event == Notice("breaking"):
                routes.first.set_pace(first_token_s=0.0)
        assert stream.receipt is not None
        assert (stream.receipt.finish_reason, stream.receipt.provider) == ("stop", "holysheep")
        assert [attempt.error for attempt in stream.receipt.attempts] == ["overtaken", "cut", None]


async def test_where_the_second_breaks_off_too_the_partial_stays() -> None:
    """Half a reply is never called a whole one."""
    async with two() as routes:
        routes.first.set_fault("cut")
        routes.second.set_fault("cut_before_text")
        turn = await ask(routes.engine, model="gpt-4.1")
        assert (turn.receipt.finish_reason, turn.receipt.error, turn.receipt.provider) == (
            "cut",
            "cut",
            "holysheep",
        )
        assert turn.text
        assert not any(isinstance(event, Restarted) for event in turn.events)
        routes.second.set_fault("cut")
        again = await ask(routes.engine, model="gpt-4.1")
        assert (again.receipt.finish_reason, len(again.receipt.attempts)) == ("cut", 2)
        assert sum(isinstance(event, Restarted) for event in again.events) == 1


async def test_where_the_other_refuses_the_same_is_asked_again() -> None:
    """A refusal costs nothing: the fresh reply may still come from where the first one broke off."""
    async with two() as routes:
        routes.first.set_fault("cut", times=1)
        routes.second.set_fault("server_error")
        receipt = (await ask(routes.engine, model="gpt-4.1")).receipt
        assert (receipt.finish_reason, receipt.provider) == ("stop", "holysheep")


@pytest.mark.parametrize(
    ("restart", "tokens", "attempts"), [("ask", 40, 1), ("short", 400, 1), ("short", 40, 2)]
)
async def test_the_operator_decides_what_becomes_of_it(restart: str, tokens: int, attempts: int) -> None:
    """Never by itself, or only while little was shown."""
    async with two(restart=restart) as routes:
        routes.first.set_pace(tokens=tokens)
        routes.first.set_fault("cut")
        receipt = (await ask(routes.engine, model="gpt-4.1")).receipt
        assert len(receipt.attempts) == attempts


async def test_the_first_of_two_late_ones_wins() -> None:
    """A slow provider runs on beside the other one, and may still be the first to speak."""
    async with two(first_text_s=5.0) as routes:
        routes.first.set_pace(first_token_s=0.5)
        routes.second.set_pace(first_token_s=3.0)
        receipt = (await ask(routes.engine, model="gpt-4.1")).receipt
        assert (receipt.provider, len(receipt.attempts)) == ("holysheep", 2)
        assert receipt.attempts[1].error == "overtaken"
        assert receipt.cost_bound == "at_least"
        await asyncio.sleep(0.05)
        assert routes.second.requests[0].ended == "client_gone"


async def test_an_error_never_wins() -> None:
    """The other one's refusal does not end a turn whose first attempt still runs."""
    async with two(first_text_s=5.0) as routes:
        routes.first.set_pace(first_token_s=0.6)
        routes.second.set_fault("bad_key")
        receipt = (await ask(routes.engine, model="gpt-4.1")).receipt
        assert (receipt.provider, receipt.finish_reason, routes.asked) == ("holysheep", "stop", (1, 1))


async def test_a_refused_key_is_not_tried_again() -> None:
    """The ring goes on to the next key, and stays there."""
    async with two(keys=RING) as routes:
        routes.first.keys = {RING[1]}
        for _ in range(3):
            assert (await ask(routes.engine)).receipt.finish_reason == "stop"
        assert [seen.status for seen in routes.first.requests] == [401, 200, 200, 200]
        (first, second) = routes.engine.status()["providers"][0]["keys"]
        assert (first["state"], first["reason"], second["state"]) == ("out", "bad_key", "ready")
        assert second["tokens"] > 0
        assert second["in_flight_tokens"] == 0


async def test_an_outage_opens_the_breaker() -> None:
    """After a few failures turns go straight to the other provider."""
    async with two(retries=0) as routes:
        routes.first.set_fault("server_error")
        for _ in range(8):
            await ask(routes.engine, model="gpt-4.1")
        assert routes.asked == (5, 8)
        model = routes.engine.status()["providers"][0]["models"][0]
        assert (model["model"], model["breaker"]) == ("gpt-4.1", "open")
        assert [standing.usable for standing in routes.engine.standing().values()] == [False, True]


async def test_all_lines_are_busy() -> None:
    """Where every key rests for long the turn ends at once, and says until when."""
    async with two(second={"api_keys": (KEY,)}) as routes:
        routes.first.set_fault("rate_limited_long")
        routes.second.set_fault("rate_limited_long")
        await ask(routes.engine, model="gpt-4.1")
        receipt = (await ask(routes.engine, model="gpt-4.1")).receipt
        assert (receipt.finish_reason, receipt.error, receipt.attempts) == ("failed", "all_busy", ())
        assert receipt.until is not None
        assert (receipt.cost_usd, receipt.cost_bound) == (0, "exact")


async def test_stop_ends_every_attempt() -> None:
    """Also the one that runs beside, and a fresh one that was to take a broken reply's place."""
    async with two(pace=replace(SLOWLY, first_token_s=1.0), first_text_elsewhere_s=0.1) as routes:
        stream = routes.engine.stream([{"role": "user", "content": "Chào"}], model="gpt-4.1")
        asyncio.get_running_loop().call_later(0.3, stream.stop)
        events = [event async for event in stream]
        assert isinstance(events[-1], Receipt)
        assert (events[-1].finish_reason, len(events[-1].attempts)) == ("stopped", 2)
        await asyncio.sleep(0.05)
        assert [r.ended for e in (routes.first, routes.second) for r in e.requests] == ["client_gone"] * 2
        keys = [key for p in routes.engine.status()["providers"] for key in p["keys"]]
        assert [key["in_flight_tokens"] for key in keys] == [0, 0]


async def test_a_parameter_that_a_provider_does_not_know_is_left_out() -> None:
    """Once refused, it is not sent again to that model."""
    async with two() as routes:
        routes.first.set_fault("bad_parameter", times=1)
        for _ in range(2):
            receipt = (await ask(routes.engine)).receipt
            assert (receipt.finish_reason, receipt.usage_source) == ("stop", "estimated")
        assert routes.asked == (3, 0)


async def test_a_conversation_that_is_too_long_is_shortened_once() -> None:
    """Its older half is left out, the newest question never; a notice says how much is kept."""
    said = [{"role": role, "content": f"{role} {n}"} for n in range(4) for role in ("user", "assistant")]
    messages = [{"role": "system", "content": "Bạn là Mai."}, *said, {"role": "user", "content": "Giá?"}]
    async with two() as routes:
        routes.first.set_fault("context_too_long", times=1)
        stream = routes.engine.stream(messages, model="deepseek-v3.2")
        events = [event async for event in stream]
        assert Notice("shortened", count=3) in events
        sent = [len(seen.messages) for seen in routes.first.requests]
        assert sent == [10, 4]
        assert routes.first.requests[1].messages[0].content == "Bạn là Mai."
        assert routes.first.requests[1].messages[-1].content == "Giá?"


async def test_a_provider_asked_by_name_is_the_only_one() -> None:
    """For commands that want to know how one provider is."""
    async with two() as routes:
        routes.second.set_fault("server_error")
        receipt = (await ask(routes.engine, provider="openai")).receipt
        assert (receipt.provider, receipt.error) == ("openai", "provider_down")
        assert routes.asked[0] == 0
        with pytest.raises(NoKey):
            routes.engine.stream([], model="gpt-4.1", provider="nobody")


async def test_engines_on_one_store_know_the_same_keys(tmp_path: Path) -> None:
    """What one has found out holds for the other, and for the next one; tokens are added up."""
    store = FileStore(tmp_path)
    async with two(keys=RING, store=store) as routes:
        routes.first.keys = {RING[1]}
        settings = EngineSettings(routes.engine.providers, tuple(routes.engine.models.values()))
        async with Engine(settings, store=store) as other:
            await ask(routes.engine)
            await asyncio.sleep(1.2)
            assert (await ask(other)).receipt.finish_reason == "stop"
            assert [seen.status for seen in routes.first.requests] == [401, 200, 200]
        await asyncio.sleep(0.8)
        used = sum(seen.status == 200 for seen in routes.first.requests)
        keys = routes.engine.status()["providers"][0]["keys"]
        ring = await store.read("ring")
        (told,) = ring.values()
        assert told[keys[1]["fingerprint"]]["tokens"] == keys[1]["tokens"] > used * TOKENS
        assert KEY not in str(ring)
        assert RING[0] not in str(ring)


async def test_a_switch_is_obeyed_while_the_program_runs(tmp_path: Path) -> None:
    """Within a moment, and undone as soon."""
    store = FileStore(tmp_path)
    async with two(store=store) as routes:
        assert (await ask(routes.engine, model="gpt-4.1")).receipt.provider == "holysheep"
        await store.change("switch", lambda _: {"to": "openai", "from": None})
        await asyncio.sleep(0.8)
        assert (await ask(routes.engine, model="gpt-4.1")).receipt.provider == "openai"
        assert (await ask(routes.engine)).receipt.served_model == "gpt-4.1"
        await store.change("switch", lambda _: {})
        await asyncio.sleep(0.8)
        assert (await ask(routes.engine, model="gpt-4.1")).receipt.provider == "holysheep"


async def test_a_silent_place_taker_gives_way() -> None:
    """Where the fresh reply does not come to a word in time, the one that was cut is asked once more."""
    async with two() as routes:
        routes.first.set_fault("cut", times=1)
        routes.second.set_fault("silent")
        receipt = (await ask(routes.engine, model="gpt-4.1")).receipt
        assert (receipt.finish_reason, receipt.provider) == ("stop", "holysheep")
        assert [attempt.error for attempt in receipt.attempts] == ["cut", "overtaken", None]


async def test_a_model_that_thinks_for_long_does_not_use_up_the_others_time() -> None:
    """It is alive, and goes on; but another provider is asked beside it, and has its own time."""
    async with two(first_text_s=0.5, turn_s=0.6, second={"first_text_s": 5.0}) as routes:
        routes.first.set_fault("thoughts_for_long")
        routes.first.set_pace(fault_speed=40.0)
        receipt = (await ask(routes.engine, model="gpt-4.1")).receipt
        assert receipt.finish_reason == "stop"
        assert receipt.attempts[-1].error is None
        assert routes.asked[1] <= 1


async def test_a_switch_for_everybody_comes_before_the_rollout(tmp_path: Path) -> None:
    """An operator who switches away from a bad provider means all of it; no cohort is told of meanwhile."""
    store = FileStore(tmp_path)
    plan = RolloutPlan(enabled=True, starts_on=date(2026, 1, 1))
    await store.change("rollout", lambda _: RolloutState(share=100).to_document())
    async with two(store=store, rollout=plan) as routes:
        receipt = (await ask(routes.engine, model="gpt-4.1", conversation="one")).receipt
        assert (receipt.provider, receipt.cohort) == ("holysheep", "holysheep")
        await store.change("switch", lambda _: {"to": "openai", "from": None})
        await asyncio.sleep(0.8)
        receipt = (await ask(routes.engine, model="gpt-4.1", conversation="one")).receipt
        assert (receipt.provider, receipt.cohort) == ("openai", None)


@pytest.mark.parametrize(
    "odd", [{"holysheep@x": 5}, {"holysheep@HOST": {"FP": {"window": None}}}, {"a": [1]}]
)
async def test_an_odd_document_stops_nobody(tmp_path: Path, odd: dict[str, object]) -> None:
    """Whoever edits or damages what is shared costs it its meaning, not a turn."""
    store = FileStore(tmp_path)
    for name in ("ring", "breakers", "switch", "rollout", "health"):
        await store.change(name, lambda _: odd)
    async with two(store=store, rollout=RolloutPlan(enabled=True, starts_on=date(2026, 1, 1))) as routes:
        assert (await ask(routes.engine, conversation="one")).receipt.finish_reason == "stop"


async def test_a_breaker_of_a_clock_that_was_ahead_closes() -> None:
    """No document keeps a provider shut for longer than a breaker may."""
    store = MemoryStore()
    async with two() as routes:
        health, now = routes.engine._health, routes.engine._clock()
        provider = routes.engine.providers["holysheep"]
        told = {
            f"{place_of(provider)} gpt-4.1": {"open_until": 9e9, "opened_for": 5.0, "in_a_row": 5, "at": 9e9}
        }
        await store.change("breakers", lambda _: told)
        shared_breakers.take_over(await store.read("breakers"), health, routes.engine.providers, 0.0, now)
        assert not health.of(provider).breakers["gpt-4.1"].lets_through(now)
        assert health.of(provider).breakers["gpt-4.1"].lets_through(now + 20.0)
