"""What operators do in the chat window, over real sockets: each command does what its name says, for nobody else."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from desk_program import Browser, Program, WirePage, browsing
from test_app_links import demos, visiting

from emulator import Emulator

pytestmark = pytest.mark.slow


class Desk:
    """An operator's page and its views."""

    def __init__(self, page: WirePage) -> None:
        self.page = page

    @property
    def panels(self) -> list[dict[str, Any]]:
        """What was shown, in order."""
        return self.page.told("desk_panel")

    async def do(self, *words: str) -> dict[str, Any]:
        """Press a button; gives what its view shows then."""
        return await self._answered(self.page.emit("desk_command", {"words": [*words]}))

    async def type(self, text: str) -> dict[str, Any]:
        """Type a command into the chat."""
        return await self._answered(self.page.say(text))

    async def _answered(self, sent: Any) -> dict[str, Any]:
        shown = len(self.panels)
        await sent
        await self.page.until(lambda: len(self.panels) > shown)
        return self.panels[-1]


@asynccontextmanager
async def at_the_desk(desk: Program, language: str = "en") -> AsyncIterator[tuple[Browser, Desk]]:
    """An operator with an open page."""
    async with browsing(desk.url, language) as browser:
        yield browser, Desk(await browser.open())


async def test_a_link_from_publish_to_revoke(desk: Program, emu: Emulator) -> None:
    """By a form, in a list, closed for good: as the commands would say it."""
    async with at_the_desk(desk) as (_, operator):
        form = (await operator.do("publish"))["data"]
        assert form["demo"] == "boutique" and form["published"] is None
        assert (form["expires"], form["messages"]) == ("7d", "200")
        shown = await operator.do("publish", "boutique", "--for", "Shop ABC", "--budget", "0.25")
        link = shown["data"]["published"]
        assert link["budget_usd"] == "0.25" and link["qr"].startswith("data:image/svg+xml")
        assert link["url"] in link["embed"] or "/embed.js" in link["embed"]
        async with visiting(link["url"]) as visitor:
            assert (await visitor.get("/"))[0] == 200
            rows = (await operator.do("links"))["data"]["rows"]
            (row,) = [row for row in rows if row["link"] == link["link"]]
            assert row["customer"] == "Shop ABC" and row["url"] == link["url"]
            for word, state, status in (
                ("pause", "paused", 403),
                ("resume", "open", 200),
                ("revoke", "revoked", 410),
            ):
                shown = await operator.do(word, link["link"])
                (row,) = [row for row in shown["data"]["rows"] if row["link"] == link["link"]]
                assert row["state"] == state and "Shop ABC" in shown["notice"]
                assert (await visitor.get("/"))[0] == status


async def test_bad_words_name_field_and_mend(desk: Program, emu: Emulator) -> None:
    """In the operator's language; what the view showed stays."""
    for language, word in (("vi", "cần"), ("en", "expected")):
        async with at_the_desk(desk, language) as (_, operator):
            await operator.do("publish")
            shown = await operator.do("publish", "boutique", "--budget", "viel")
            field = "Ngân sách" if language == "vi" else "Budget"
            assert shown["error"].startswith(f"{field}: ") and word in shown["error"]
            assert shown["data"]["demo"] == "boutique"
            shown = await operator.do("publish", "nirgends")
            assert "nirgends" in shown["error"]


async def test_files_of_the_server_stay_closed(desk: Program, emu: Emulator) -> None:
    """An operator in a browser reads no file of the machine that serves it."""
    async with at_the_desk(desk) as (_, operator):
        shown = await operator.do("publish", "boutique", "--logo", "/etc/hostname.png")
        assert "file" in shown["error"]


async def test_typed_commands(desk: Program, emu: Emulator) -> None:
    """Nothing of them is shown, kept, or asked of a model; a word that is none of ours is a message."""
    async with at_the_desk(desk) as (_, operator):
        shown = await operator.type("/publish boutique --for 'Tiệm bánh Bơ'")
        assert shown["data"]["published"]["customer"] == "Tiệm bánh Bơ"
        assert ("set_sidebar_title", "Share") in operator.page.events
        assert emu.requests == [] and not any(
            step["type"] == "user_message" for step in operator.page.steps.values()
        )
        await operator.page.ask("/giao hàng mất bao lâu?")
        assert len(emu.requests) == 1


async def test_versions_and_a_fixed_answer(desk: Program, emu: Emulator) -> None:
    """What a reply should have said becomes a version, is asked again on the stage, and can be taken back."""
    async with at_the_desk(desk) as (_, operator):
        before = (await operator.do("versions"))["data"]["rows"][0]["version"]
        await operator.page.ask("Có gói quà không?")
        reply = [step for step in operator.page.steps.values() if step["type"] == "assistant_message"][-1]
        form = (await operator.do("fix", "--reply", reply["id"]))["data"]
        assert (form["question"], form["answer"]) == ("Có gói quà không?", reply["output"])
        shown = await operator.do("fix", form["demo"], form["question"], "Có, gói quà miễn phí.")
        assert shown["data"]["saved"] == {"version": before + 1}
        await operator.page.until(lambda: operator.page.desk.get("ask_on_stage") == "Có gói quà không?")
        await operator.page.ask("Có gói quà không?")
        assert "Có, gói quà miễn phí." in emu.requests[-1].messages[0].content
        diff = (await operator.do("compare", "boutique", str(before), str(before + 1)))["data"]["diff"]
        assert any("miễn phí" in line for line in diff["diff"])
        shown = await operator.do("rollback", "boutique", str(before))
        assert shown["data"]["rows"][0]["version"] == before + 2
        shown = await operator.do("fix", "--reply", "no such step")
        assert shown["error"]


async def test_a_new_demo_comes_with_the_next_page(desk: Program, emu: Emulator) -> None:
    """The page is sent to begin anew, which shows the new demo and offers its link."""
    async with at_the_desk(desk) as (browser, operator):
        await operator.page.say("/new Tiệm bánh Bơ: Bánh mì tươi mỗi sáng. Khách hỏi giờ mở cửa.")
        await operator.page.until(lambda: operator.page.desk.get("go") == "/")
        settings = (await browser.get("/project/settings?language=vi-VN"))[1]
        assert '"name":"tiem-banh-bo"' in settings.replace(" ", "")
        await operator.page.emit("clear_session")
        await operator.page.drop()
        again = Desk(await browser.open(profile="tiem-banh-bo"))
        await again.page.until(lambda: again.panels)
        assert again.panels[0]["view"] == "publish"
        assert again.panels[0]["data"]["demo"] == "tiem-banh-bo"
        assert again.panels[0]["data"]["customer"] == "Tiệm bánh Bơ"


async def test_a_prospect_is_watched_live(desk: Program, emu: Emulator) -> None:
    """Every word as it stands on the prospect's screen, until the view is closed."""
    link = await demos(desk, "publish", "boutique", "--for", "Shop ABC")
    async with at_the_desk(desk) as (_, operator), visiting(link["url"]) as visitor:
        shown = await operator.do("watch", link["link"])
        assert shown["data"]["conversations"] == [] and shown["data"]["messages"] == []
        page = await visitor.open()
        await page.ask("Áo khoác giá bao nhiêu?")

        def seen() -> list[str]:
            return [message["text"] for message in operator.panels[-1]["data"]["messages"]]

        reply = [step["output"] for step in page.steps.values() if step["type"] == "assistant_message"][-1]
        await operator.page.until(lambda: seen() == ["Áo khoác giá bao nhiêu?", reply])
        (one,) = operator.panels[-1]["data"]["conversations"]
        assert (one["customer"], one["live"]) == ("Shop ABC", True)
        await operator.page.emit("desk_command", {"words": ["unwatch"]})
        await asyncio.sleep(0.7)
        shown_so_far = len(operator.panels)
        await page.ask("Còn áo len?")
        await asyncio.sleep(1.2)
        assert len(operator.panels) == shown_so_far


async def test_the_stage_shows_nobodys_link(desk: Program, emu: Emulator) -> None:
    """A link without a prospect's name, the same again; a prospect's only where it is named."""
    async with at_the_desk(desk) as (_, operator):
        words = ("publish", "boutique", "--for", "Shop ABC", "--title", "Shop ABC")
        theirs = (await operator.do(*words))["data"]["published"]
        shown = []
        for words in (("stage",), ("stage",), ("stage", theirs["link"])):
            operator.page.events.clear()
            await operator.page.emit("desk_command", {"words": words})
            await operator.page.until(lambda: "stage" in operator.page.desk)
            shown.append(operator.page.desk["stage"])
        assert shown[0] == shown[1] != theirs["url"] == shown[2]
        async with visiting(shown[0]) as visitor:
            assert "Shop ABC" not in (await visitor.get("/"))[1]
        refused = await operator.do("stage", "aaaaaaaaaa")
        assert "aaaaaaaaaa" in refused["error"]


async def test_what_happened_on_a_link(desk: Program, emu: Emulator) -> None:
    """The last message counts at once; staff on the stage are no visitors."""
    async with at_the_desk(desk) as (browser, operator):
        link = (await operator.do("publish", "boutique", "--for", "Shop ABC"))["data"]["published"]
        async with visiting(link["url"]) as visitor:
            await (await visitor.open()).ask("Áo khoác giá bao nhiêu?")
        stage = await Browser(browser._http, link["url"].rstrip("/"), "vi").open()
        await stage.ask("Thử trên sân khấu")
        shown = (await operator.do("activity", "--", link["link"]))["data"]
        assert (shown["link"]["customer"], shown["activity"]["messages"]) == ("Shop ABC", 1)
        assert shown["activity"]["visitors"] == 1
        listed = (await operator.do("watch", link["link"]))["data"]
        assert [one["first_words"] for one in listed["conversations"]] == ["Áo khoác giá bao nhiêu?"]
        await stage.emit("desk_command", {"words": ["revoke", link["link"]]})
        await stage.ask("/links")
        assert not any(event in ("desk_panel", "set_commands") for event, _ in stage.events)
        assert (await operator.do("links"))["data"]["rows"][0]["state"] == "open"


async def test_preflight(desk: Program, emu: Emulator) -> None:
    """Each starter is asked once, and the view says ready."""
    async with at_the_desk(desk) as (_, operator):
        rows = (await operator.do("preflight"))["data"]["rows"]
        await operator.page.until(lambda: operator.panels[-1]["data"]["ready"])
        assert len(emu.requests) == len(rows) > 0
        assert all(row["state"] == "ok" for row in operator.panels[-1]["data"]["rows"])


async def test_nobody_else_is_heard(desk: Program, emu: Emulator) -> None:
    """A visitor's page gets no view, whatever it sends; an operator's takes nonsense without harm."""
    link = await demos(desk, "publish", "boutique")
    async with visiting(link["url"]) as visitor:
        page = await visitor.open()
        await page.emit("desk_command", {"words": ["links"]})
        await page.emit("desk_command", {"words": ["revoke", link["link"]]})
        await page.ask("/links")
        assert not any(event in ("desk_panel", "set_commands") for event, _ in page.events)
        assert (await visitor.get("/"))[0] == 200
    async with at_the_desk(desk) as (_, operator):
        for nonsense in (
            None,
            [],
            {"words": []},
            {"words": "links"},
            {"words": [7]},
            {"words": ["x" * 700_000]},
        ):
            await operator.page.emit("desk_command", nonsense)
        for _ in range(150):  # a page that says much more at once is cut off
            await operator.page.emit("desk_command", {"words": ["links"]})
        await asyncio.sleep(1)
        assert len(operator.panels) < 100
        assert (await operator.do("versions"))["view"] == "versions"
