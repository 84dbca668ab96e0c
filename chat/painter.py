"""A reply's text, brought to the screen at screen pace."""

import asyncio
from collections.abc import Callable

from chat.pacing import Pacer
from chat.screen import Screen
from chat.steps import Step


class Painter:
    """Paints a growing reply in frames: the first text at once, the rest every ``every_s`` seconds.

    begin: makes the reply's step at its first text. said: is told before each frame what
    is painted with it, from the beginning. awaited: the first text of the reply, or of the one
    that takes its place, has not come yet.
    """

    def __init__(
        self,
        screen: Screen,
        begin: Callable[[], Step],
        every_s: float,
        said: Callable[[str], None] = lambda text: None,
    ) -> None:
        self._screen = screen
        self._begin = begin
        self._said = said
        self._every_s = every_s
        self._pacer = Pacer(every_s)
        # Kept, since asking for it at each frame is a system call on Python 3.11.
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._next = 0.0
        self.step: Step | None = None
        self.awaited = True

    def begin_anew(self) -> None:
        """Another reply takes the place of this one: what is on the screen stays there until its first text."""
        self._drop_timer()
        self._pacer = Pacer(self._every_s)
        self._next = 0.0
        self.awaited = True

    def add(self, text: str) -> None:
        """Text has come; it is painted now, or with the next frame."""
        now = self._loop.time()
        self._pacer.add(text, now)
        if self._timer is None:
            wait = self._next - now
            # Text comes at about the pace of the frames: a timer for the small rest would cost more than it saves.
            if wait < self._every_s / 2:
                self._frame()
            else:
                self._timer = self._loop.call_later(wait, self._frame)

    async def drain(self) -> None:
        """The reply has ended: paint what waits, at the same pace."""
        while self._pacer.waiting:  # noqa: ASYNC110 (the frames' own timer empties it)
            await asyncio.sleep(self._every_s)
        self.flush()

    def flush(self) -> None:
        """Paint all that waits now."""
        self._drop_timer()
        self._paint(self._pacer.rest())

    def _drop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _frame(self) -> None:
        now = self._loop.time()
        self._next = now + self._every_s
        self._paint(self._pacer.take(now))
        self._timer = self._loop.call_later(self._every_s, self._frame) if self._pacer.waiting else None

    def _paint(self, text: str) -> None:
        if not text:
            return
        if self.step is None:
            self.step = self._begin()
            self.step["output"] = text
            self._said(text)
            self._screen.start(self.step)
        elif self.awaited:
            self._said(text)
            self._screen.rewrite(self.step, text)
        else:
            self._said(self.step["output"] + text)
            self._screen.grow(self.step, text)
        self.awaited = False
