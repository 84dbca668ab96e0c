"""``ask``: one question, its events as they come, and the receipt last."""

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from typing import Protocol

from holysheep.commands.place import Place, engine_of
from holysheep.engine import Engine
from holysheep.errors import EngineError, NoKey, UnknownModel
from holysheep.events import Delta, Event, Notice, Receipt, Restarted, Retrying, plain
from holysheep.own_server import LOCAL, take_in
from holysheep.prices import Model
from holysheep.providers import Provider
from holysheep.store import MemoryStore, Store
from holysheep.stream import ReplyStream

#: What a shell gives a program that Ctrl-C has ended.
_INTERRUPTED = 130


#: Some readers take these for the end of a line, too; inside JSON they may be written out.
_LINE_ENDS = {code: f"\\u{code:04x}" for code in (0x85, 0x2028, 0x2029)}


class Printer(Protocol):
    """Says what happens, as it happens."""

    def event(self, event: Event) -> None:
        """Anything but the receipt."""

    def end(self, receipt: Receipt, text: str) -> None:
        """The receipt, and the whole reply as it stands."""


async def ask(place: Place, question: str, model: str, provider: str, *, as_json: bool) -> int:
    """Exit code 0 only where the reply is whole. Raises WrongCommand for a model or provider that is not there."""
    printer: Printer = _Lines() if as_json else _Text(place)
    only = place.provider(provider) if provider else None
    messages = [{"role": "user", "content": sys.stdin.read() if question == "-" else question}]
    async with _shared(place) as store, engine_of(place, store) as engine:
        chosen = await _model(place, engine, model or place.default_model)
        asked = only or place.provider(chosen.provider)
        try:
            stream = engine.stream(messages, model=chosen.id, provider=provider or None)
        except EngineError:
            error, why = _nobody(place, asked, chosen.id)
            _aside(why)
            printer.end(Receipt(asked.name, chosen.id, "failed", 0.0, error=error), "")
            return 1
        return await _follow(stream, printer)


async def _model(place: Place, engine: Engine, id: str) -> Model:
    """The model of that id, also one that only a server of one's own knows."""
    if id not in engine.models and LOCAL in engine.providers:
        try:
            await take_in(engine)
        except EngineError as error:
            _aside(f"{LOCAL}: {error.kind}: {error}")
    return place.model(id, engine.models.values())


def _nobody(place: Place, asked: Provider, model: str) -> tuple[str, str]:
    """Why nobody can be asked: the kind of the error, and words for it."""
    if asked.name not in place.providers:
        return NoKey.kind, place.no_key(asked)
    return UnknownModel.kind, place.say(
        f"{asked.name} không có {model}, cũng không có gì thay",
        f"{asked.name} has no {model} and nothing in its place",
    )


@asynccontextmanager
async def _shared(place: Place) -> AsyncIterator[Store]:
    """What programs know together; where it is out of reach, one question can do without."""
    async with AsyncExitStack() as stack:
        store: Store = MemoryStore()
        try:
            store = await stack.enter_async_context(place.open_store())
        except OSError as error:
            _aside(str(error))
        yield store


async def _follow(stream: ReplyStream, printer: Printer) -> int:
    stopped = False

    def stop() -> None:
        nonlocal stopped
        stopped = True
        stream.stop()

    text = ""
    try:
        with _on_ctrl_c(stop):
            async for event in stream:
                if isinstance(event, Delta | Restarted):
                    text = text + event.text if isinstance(event, Delta) else ""
                if not isinstance(event, Receipt):
                    printer.event(event)
    except asyncio.CancelledError:  # Ctrl-C on Windows; it was this task's own end, and is its outcome
        stopped = True
        await stream.aclose()
    except BrokenPipeError:  # nobody reads on
        stream.stop()
        await stream.aclose()
        sys.stdout = None  # or Python complains of it as it ends
        return 1
    receipt = stream.receipt
    assert receipt is not None
    printer.end(receipt, text)
    if receipt.finish_reason == "stop":
        return 0
    return _INTERRUPTED if stopped else 1


@contextmanager
def _on_ctrl_c(stop: Callable[[], None]) -> Iterator[None]:
    """Ctrl-C, and a polite request to end, stop the reply; the receipt still follows."""
    loop = asyncio.get_running_loop()
    signals = (signal.SIGINT, signal.SIGTERM)
    with suppress(NotImplementedError):  # Windows
        for number in signals:
            loop.add_signal_handler(number, stop)
    yield
    with suppress(NotImplementedError):
        for number in signals:
            loop.remove_signal_handler(number)


class _Lines:
    """For scripts: an object a line."""

    def event(self, event: Event) -> None:
        """See ``Printer``."""
        if isinstance(event, Delta):
            self._line({"type": "delta", "text": event.text})
        elif isinstance(event, Retrying):
            self._line({"type": "retrying", "reason": event.reason, "wait_s": event.wait_s})
        elif isinstance(event, Restarted):
            self._line({"type": "restarted"})
        elif isinstance(event, Notice):
            _aside(event.kind)

    def end(self, receipt: Receipt, text: str) -> None:
        """See ``Printer``. What a demo would add to the receipt is not known here."""
        demo = {"demo": None, "demo_version": None}
        self._line({"type": "receipt", **receipt.metadata(), **demo, "text": text})

    def _line(self, data: dict[str, object]) -> None:
        print(json.dumps(data, ensure_ascii=False).translate(_LINE_ENDS), flush=True)


class _Text:
    """For people: the reply on stdout, all else on stderr."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._open = False

    def event(self, event: Event) -> None:
        """See ``Printer``."""
        say = self._place.say
        if isinstance(event, Delta):
            print(event.text, end="", flush=True)
            self._open = not event.text.endswith("\n")
            return
        self._close_line()
        if isinstance(event, Retrying):
            wait = f"{event.wait_s:.1f}"
            where = say(", qua nhà cung cấp khác", ", at another provider") if event.elsewhere else ""
            _aside(
                say(
                    f"{event.reason}: thử lại sau {wait} s{where}",
                    f"{event.reason}: trying again in {wait} s{where}",
                )
            )
        elif isinstance(event, Restarted):
            _aside(
                say(
                    f"{event.reason}: phần trên bị đứt; đây là câu trả lời mới, từ đầu",
                    f"{event.reason}: what stands above broke off; here is the reply anew, from its beginning",
                )
            )
        elif isinstance(event, Notice):
            _aside(self._notice(event))

    def end(self, receipt: Receipt, text: str) -> None:
        """See ``Printer``."""
        self._close_line()
        _aside(_receipt_line(receipt, self._place))

    def _close_line(self) -> None:
        if self._open:
            print(flush=True)
            self._open = False

    def _notice(self, notice: Notice) -> str:
        say = self._place.say
        return {
            "breaking": say("câu trả lời bị đứt, đang hỏi lại", "the reply broke off, asking again"),
            "queueing": say("nhà cung cấp đang xếp hàng câu hỏi", "the provider is queueing the question"),
            "slow": say("chữ đến rất chậm", "text comes very slowly"),
            "shortened": say(
                f"cuộc trò chuyện quá dài: giữ {notice.count} tin",
                f"too long a conversation: {notice.count} messages are kept",
            ),
            "stand_in": say(f"{notice.model} trả lời thay", f"{notice.model} answers in its place"),
        }[notice.kind]


def _receipt_line(receipt: Receipt, place: Place) -> str:
    """Who answered, how fast, how much, and how it ended."""
    parts = [receipt.provider, receipt.served_model or receipt.model]
    if receipt.ttft_ms is not None:
        parts.append(f"{receipt.ttft_ms / 1000:.2f} s → {receipt.latency_ms / 1000:.2f} s")
    if receipt.total_tokens is not None:
        parts.append(f"{receipt.total_tokens} token" + place.say("", "s"))
    if receipt.cost_usd is None:
        parts.append(place.say("giá không rõ", "cost unknown"))
    else:
        least = "≥ " if receipt.cost_bound == "at_least" else ""
        parts.append(f"{least}${plain(receipt.cost_usd)}")
    parts.append(receipt.finish_reason)
    if receipt.error:
        parts.append(f"{receipt.error}: {receipt.detail}" if receipt.detail else receipt.error)
    return " · ".join(parts)


def _aside(words: str) -> None:
    print(words, file=sys.stderr, flush=True)
