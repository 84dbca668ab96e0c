"""A page of the crash run: it chats, loses its server again and again, and remembers what it was told."""

import asyncio
import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal
from uuid import UUID

import aiohttp

#: What a run may wait for before it kills: the instants at which a promise to a page is at stake.
Moment = Literal["sent", "kept", "words", "receipt"]

#: Messages that a page has under way at most.
MOST_UNANSWERED = 3
#: A page that has heard nothing for so long says so, in seconds.
PATIENCE_S = 60.0

QUESTIONS = (
    "Còn váy lụa cỡ M không?",
    "Giao hàng mất bao lâu?",
    "Can I pay on delivery?",
    "Đổi trả thế nào ạ?",
)
#: What of a receipt must be the same on the page, on the page that came back, and on record.
FIGURES = ("finish_reason", "cost_usd", "prompt_tokens", "completion_tokens", "total_tokens")


@dataclass
class Told:
    """What a page was told over its whole life; all of it must be on record in the end.

    kept: (message id, text). receipts: turn -> figures. replies: turn -> the most that was read of it.
    faults: what was wrong on the page itself.
    """

    kept: set[tuple[str, str]] = field(default_factory=set)
    edits: int = 0
    resent: int = 0
    receipts: dict[str, dict[str, Any]] = field(default_factory=dict)
    replies: dict[str, str] = field(default_factory=dict)
    totals: str = ""
    faults: list[str] = field(default_factory=list)


class Page:
    """One tab of one browser. ``live()`` until it is told to ``finish()``.

    cookies: what the browser has from before. happened: is told of each moment.
    """

    def __init__(
        self,
        number: int,
        seed: str,
        url: str,
        cookies: Mapping[str, str],
        happened: Callable[[Moment], None],
    ) -> None:
        self.number = number
        self.told = Told()
        self._random = random.Random(f"{seed} page {number}")
        self._url = url
        self._cookies = cookies
        self._happened = happened
        self._tab, self._session, self.thread = self._id(), self._id(), ""
        self._outbox: dict[str, str] = {}
        self._edit: tuple[str, str] | None = None
        self._steps: dict[str, dict[str, Any]] = {}
        self._busy, self._queued = False, 0
        self._finishing = False
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._quiet = asyncio.Event()

    async def live(self) -> None:
        """Come, chat, lose the server, come back; until all is answered after ``finish()``."""
        jar = aiohttp.CookieJar(unsafe=True)  # "unsafe" is a cookie of an IP address
        async with aiohttp.ClientSession(cookie_jar=jar, cookies=self._cookies) as http:
            while not self._quiet.is_set():
                try:
                    await self._visit(http)
                except (aiohttp.ClientError, aiohttp.WSMessageTypeError, OSError, TimeoutError):
                    # The wrong type is that of a socket that was closed before it said anything.
                    await asyncio.sleep(0.1)

    async def finish(self) -> None:
        """Ask no more, and wait until everything is answered. Raises TimeoutError."""
        self._finishing = True
        async with asyncio.timeout(PATIENCE_S):
            await self._quiet.wait()

    def waits_for(self) -> str:
        """Why the page is not quiet yet."""
        return (
            f"page {self.number}: online={self._socket is not None} busy={self._busy} queued={self._queued} "
            f"not kept={list(self._outbox)} edit={self._edit}"
        )

    async def _visit(self, http: aiohttp.ClientSession) -> None:
        reload = not self.thread or self._random.random() < 0.3
        if reload:
            self._session = self._id()
            async with http.get(self._url):
                pass
        address = f"{self._url}/ws/socket.io/?EIO=4&transport=websocket&tab={self._tab}"
        async with http.ws_connect(address, headers={"Accept-Language": "vi", "Origin": self._url}) as socket:
            await self._enter(socket, "" if reload else self.thread)
            self._socket = socket
            reading = asyncio.create_task(self._read(socket))
            chatting = asyncio.create_task(self._chat())
            _, rest = await asyncio.wait((reading, chatting), return_when=asyncio.FIRST_COMPLETED)
            self._socket = None
            for task in rest:
                task.cancel()
            for outcome in await asyncio.gather(reading, chatting, return_exceptions=True):
                if isinstance(outcome, Exception) and not isinstance(outcome, OSError | aiohttp.ClientError):
                    self.told.faults.append(f"page {self.number}: {outcome!r}")

    async def _enter(self, socket: aiohttp.ClientWebSocketResponse, thread: str) -> None:
        """Chainlit's greeting; then, as a page of ours does, what is not known to be kept is sent again."""
        hello = {
            "clientType": "webapp",
            "sessionId": self._session,
            "threadId": thread,
            "userEnv": "{}",
            "chatProfile": "",
        }
        async with asyncio.timeout(20):
            await socket.receive_str()
            await socket.send_str("40" + json.dumps(hello))
            answer = await socket.receive_str()
        if not answer.startswith("40{"):
            raise aiohttp.ClientError(f"turned away: {answer}")
        self._steps, self._busy, self._queued, self._edit = {}, False, 0, None
        await socket.send_str('42["connection_successful"]')
        for id, text in self._outbox.items():
            self.told.resent += 1
            await self._emit(socket, "client_message", id, text)

    async def _chat(self) -> None:
        """Ask, ask while a reply is under way, stop, edit."""
        loop = asyncio.get_running_loop()
        quiet_since = loop.time()
        while True:
            await asyncio.sleep(self._random.uniform(0.05, 0.4))
            if self._busy or self._queued or self._outbox or self._edit or not self.thread:
                quiet_since = loop.time()
            if self._finishing:
                if loop.time() - quiet_since > 1:
                    self._quiet.set()
                    return
                continue
            dice = self._random.random()
            if self._busy and dice < 0.05:
                await self._send('42["stop"]')
            elif dice < 0.1:
                await self._change()
            elif self._unanswered() + (dice > 0.8) < MOST_UNANSWERED and dice < 0.85:
                await self._ask()

    def _unanswered(self) -> int:
        """Messages on their way or waiting; a slow server has told of none of them yet."""
        return max(self._busy + self._queued, len(self._outbox))

    async def _ask(self) -> None:
        text = f"{self._random.choice(QUESTIONS)} ({self.number}.{self._random.randrange(10**6)})"
        id = self._id()
        self._outbox[id] = text
        if self._socket is not None:
            await self._emit(self._socket, "client_message", id, text)
            self._happened("sent")

    async def _change(self) -> None:
        """Edit a message that is on the screen and on record."""
        shown = [step["id"] for step in self._steps.values() if step["type"] == "user_message"]
        kept = {id for id, _ in self.told.kept}
        ids = [id for id in shown[-3:] if id in kept]
        if ids and self._edit is None and self._socket is not None and not self._outbox:
            id = self._random.choice(ids)
            self._edit = id, f"Sửa: {self._random.choice(QUESTIONS)} ({self._random.randrange(10**6)})"
            await self._emit(self._socket, "edit_message", *self._edit)

    async def _emit(self, socket: aiohttp.ClientWebSocketResponse, event: str, id: str, text: str) -> None:
        message = {
            "id": id,
            "type": "user_message",
            "name": "User",
            "output": text,
            "createdAt": datetime.now(UTC).isoformat(),
            "threadId": "",
            "metadata": {},
        }
        await socket.send_str("42" + json.dumps([event, {"message": message, "fileReferences": []}]))

    async def _send(self, frame: str) -> None:
        if self._socket is not None:
            await self._socket.send_str(frame)

    async def _read(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        async for frame in socket:
            text = str(frame.data)
            if text == "2":
                await socket.send_str("3")
            elif text.startswith("42"):
                event, *data = json.loads(text[2:])
                self._hear(event, data[0] if data else None)

    def _hear(self, event: str, data: Any) -> None:
        match event:
            case "resume_thread":
                self.thread = data["id"]
                self._steps = {}
                for step in data["steps"]:
                    self._show(step)
            case "new_message" | "stream_start":
                if data["id"] in self._steps:
                    self.told.faults.append(f"page {self.number}: step {data['id']} was shown twice")
                self._show(data)
            case "update_message":
                self._show(data)
            case "stream_token":
                step = self._steps[data["id"]]
                step["output"] += data["token"]
                self._show(step)
                self._happened("words")
            case "delete_message":
                self._take_away(data["id"])
            case "desk":
                self._hear_desk(data)

    def _hear_desk(self, news: dict[str, Any]) -> None:
        self._busy = news.get("busy", self._busy)
        self._queued = len(news["queued"]) if "queued" in news else self._queued
        self.told.totals = news.get("totals", self.told.totals)
        for id in news.get("kept", ()):
            if id in self._outbox:
                self.told.kept.add((id, self._outbox.pop(id)))
                self._happened("kept")
            elif self._edit is not None and self._edit[0] == id:
                self.told.kept.add(self._edit)
                self.told.edits += 1
                self._edit = None
                self._happened("kept")
        if "refused" in news:
            self.told.faults.append(f"page {self.number}: message {news['refused']} was refused")

    def _show(self, step: dict[str, Any]) -> None:
        self._steps[step["id"]] = step
        turn = step["parentId"]
        if step["type"] == "llm":
            figures = {name: step["metadata"][name] for name in FIGURES}
            before = self.told.receipts.setdefault(turn, figures)
            if before != figures:
                self.told.faults.append(
                    f"page {self.number}: turn {turn} was shown as {before}, then as {figures}"
                )
            self._happened("receipt")
        elif step["type"] == "assistant_message" and turn and not step["isError"]:
            self.told.replies[turn] = max(self.told.replies.get(turn, ""), step["output"], key=len)

    def _take_away(self, id: str) -> None:
        gone = {id}
        for step in self._steps.values():  # what hangs on a step goes with it
            gone |= {step["id"]} if step["parentId"] in gone else set()
        self._steps = {id: step for id, step in self._steps.items() if id not in gone}

    def _id(self) -> str:
        return str(UUID(int=self._random.getrandbits(128), version=4))
