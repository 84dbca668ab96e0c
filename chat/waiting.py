"""What a visitor is told while they wait: one line above the text box, and none of it about waits that pass unseen."""

import asyncio

from chat.below import RESTING, VISITORS_TROUBLES, Place
from chat.conversation import Conversation
from chat.status import NOTHING, Status
from chat.texts import say, sentence
from holysheep import Notice, Retrying

#: A visitor who sees nothing for this long is told that the model is slow.
SLOW_S = 6.0
#: What takes less than this passes unseen.
UNSEEN_S = 2.0
#: Waits shorter than this are not counted down.
COUNTED_S = 1.0


def show(conversation: Conversation, status: Status | None) -> None:
    """Show the line on the conversation's pages, also on those that come later; None takes it away."""
    if conversation.status != status:
        conversation.status = status
        news = status.news(asyncio.get_running_loop().time()) if status else NOTHING
        conversation.screen.send("desk", news)


class Waiting:
    """From the question to the end of its reply. ``ended()`` must be called, whatever becomes of the turn."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._language = place.conversation.language
        self._loop = asyncio.get_running_loop()
        self._begun = self._loop.time()
        self._soon: asyncio.TimerHandle | None = None
        self._slow = self._loop.call_later(SLOW_S, self._tell_slow)
        self._breaking = False

    def heard(self, event: Retrying | Notice) -> None:
        """The engine says what it does. Who stands in is said by the receipt: that notice comes with the first word."""
        if isinstance(event, Retrying):
            if not self._breaking:
                self._tell(self._retrying(event))
                self._await_slow(event.wait_s)
        elif event.kind == "breaking":
            self._breaking = True
            self._slow.cancel()
            self._forget_soon()
            show(self._place.conversation, Status(say(self._language, "notes.breaking")))
        elif event.kind == "queueing":
            self._slow.cancel()
            self._tell(self._counting("notes.queueing"))
        elif event.kind == "slow":
            self._slow.cancel()
            self._tell(Status(say(self._language, "notes.dripping")))

    def text_came(self) -> None:
        """The reply has begun, or another one in its place: it speaks for itself."""
        self._breaking = False
        self.ended()

    def ended(self) -> None:
        """Nothing is waited for any more."""
        self._slow.cancel()
        self._forget_soon()
        show(self._place.conversation, None)

    def _tell(self, status: Status) -> None:
        """Now, or once the visitor has waited for a while."""
        self._forget_soon()
        left = self._begun + UNSEEN_S - self._loop.time()
        if left <= 0:
            show(self._place.conversation, status)
        else:
            self._soon = self._loop.call_later(left, show, self._place.conversation, status)

    def _forget_soon(self) -> None:
        if self._soon is not None:
            self._soon.cancel()
            self._soon = None

    def _await_slow(self, wait_s: float) -> None:
        """The next attempt has its own time to be slow in."""
        self._slow.cancel()
        self._slow = self._loop.call_later(wait_s + SLOW_S, self._tell_slow)

    def _tell_slow(self) -> None:
        self._forget_soon()
        show(self._place.conversation, self._counting("notes.slow"))

    def _counting(self, key: str) -> Status:
        now = self._loop.time()
        return Status(say(self._language, key), now, now - self._begun, up=True)

    def _retrying(self, event: Retrying) -> Status:
        language = self._language
        visitor = self._place.conversation.link is not None
        if visitor and VISITORS_TROUBLES.get(event.reason) == RESTING:
            return Status(say(language, "notes.switching"))
        reason = sentence(say(language, f"reasons.{event.reason}"))
        if event.elsewhere:
            return Status(say(language, "notes.retrying_elsewhere", reason=reason))
        then = say(language, "notes.retrying", reason=reason)
        if event.wait_s < COUNTED_S:
            return Status(then)
        text = say(language, "notes.retrying_in", reason=reason, n="{n}")
        return Status(text, self._loop.time(), event.wait_s, then=then)
