"""The running program's figures, read as Prometheus reads them."""

import asyncio
import re
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from desk_program import KEY, browsing, started
from ports import free_port
from prometheus_client.parser import text_string_to_metric_families
from started_desk import ROOT

from emulator import Pace, running

pytestmark = pytest.mark.slow


async def scraped(port: int) -> Mapping[str, float]:
    """Every sample by its name and the values of its labels, in their names' order."""
    async with aiohttp.ClientSession() as http, http.get(f"http://127.0.0.1:{port}/metrics") as answer:
        assert answer.status == 200
        text = await answer.text()
    return {
        f"{sample.name} {' '.join(filter(None, sample.labels.values()))}".strip().removeprefix(
            "demo_desk_"
        ): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def told(sample: str) -> str:
    """What the document calls a sample."""
    name = sample.partition(" ")[0]
    if name.startswith("process_"):
        return "process_..."
    return re.sub("_(bucket|sum|count)$", "", name)


def documented() -> set[str]:
    """The figures of docs/operating.md's table."""
    text = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
    table = text.partition("| figure |")[2].partition("\n\n")[0]
    return {
        name
        for row in table.splitlines()
        for name in re.findall(r"`([\w.]+)`", row.split("|")[1] if "|" in row else "")
    }


async def test_the_figures_of_a_desk(tmp_path: Path) -> None:
    """What was said, what is under way, how keys and breakers stand, what the books have in hand; all of it on an
    address of its own, and none of it on the public one."""
    upstream, port = free_port(), free_port()
    environment = {
        "HOLYSHEEP_API_KEY": KEY,
        "HOLYSHEEP_BASE_URL": f"http://127.0.0.1:{upstream}/v1",
        "METRICS_ADDR": f"127.0.0.1:{port}",
    }
    async with (
        running(Pace(0.05, 5, 20), port=upstream, keys={KEY}),
        started(tmp_path, environment) as program,
        browsing(program.url) as browser,
    ):
        before = await scraped(port)
        assert before["ready database"] == before["ready provider"] == 1 and before["ready draining"] == 0
        assert before["keys holysheep ready"] == 1 and before["books written"] == 1
        assert not any(name.startswith("turns_total ") for name in before)
        page = await browser.open()
        for _ in range(2):
            await page.say("Xin chào")
        await page.until(lambda: page.replies)
        during = await scraped(port)
        assert (during["replies"], during["messages_waiting"], during["reservations"]) == (1, 1, 1)
        assert (during["sockets"], during["pages"], during["conversations"]) == (1, 1, 1)
        assert during["reserved_usd"] > 0 and during["turns_in_line"] == during["turned_away_total page"] == 0
        assert during["most replies"] == 600 and during["most sockets"] == 3000
        await page.until(lambda: len(page.receipts) == 2 and not page.busy)
        after = await scraped(port)
        assert after["turns_total stop"] == 2 and after["attempts_total deepseek-v3.2 ok holysheep"] == 2
        assert (
            after["replies"]
            == after["messages_waiting"]
            == after["reservations"]
            == after["reserved_usd"]
            == 0
        )
        assert after["ttft_seconds_count holysheep"] == 2 and after["breakers holysheep closed"] == 1
        assert after["tokens_total completion deepseek-v3.2 holysheep"] == 40
        assert after["cost_usd_total deepseek-v3.2 holysheep"] > 0
        assert after["writer_queue"] == after["spool_bytes"] == 0
        assert after["event_loop_lag_seconds_count"] > 0 and after["http_answers_total 2xx"] > 0
        assert after["process_resident_memory_bytes"] > 1e7
        assert any(name.startswith("build_info ") for name in after)
        assert documented() == {told(name) for name in after}
        status, text = await browser.get("/metrics")
        assert "demo_desk_turns" not in text and status == 200  # the desk's page, as at any address
        await page.drop()
        async with asyncio.timeout(30):
            while (await scraped(port))["sockets"]:
                await asyncio.sleep(0.05)


async def test_a_port_that_is_taken(tmp_path: Path) -> None:
    """The second of two desks says so, and chats."""
    port = free_port()
    one, two = tmp_path / "one", tmp_path / "two"
    one.mkdir()
    two.mkdir()
    environment = {"METRICS_ADDR": f"127.0.0.1:{port}"}
    async with (
        started(one, environment),
        started(two, environment) as program,
        browsing(program.url) as browser,
    ):
        assert f"nobody can read the figures at 127.0.0.1 port {port}: another program" in program.printed
        page = await browser.open()
        await page.ask("Xin chào")
        assert page.replies


async def test_what_a_look_costs(tmp_path: Path) -> None:
    """Pages go on while somebody reads the figures all the time; what it took is printed, for whoever wants to know."""
    port = free_port()
    async with (
        started(tmp_path, {"METRICS_ADDR": f"127.0.0.1:{port}"}) as program,
        browsing(program.url) as browser,
    ):
        page = await browser.open()
        asked: Any = asyncio.create_task(page.ask("Xin chào"))
        took = []
        while not asked.done():
            begun = time.perf_counter()
            await scraped(port)
            took.append(time.perf_counter() - begun)
        assert page.replies
    print(f"{len(took)} looks, the slowest {1e3 * max(took):.1f} ms")
