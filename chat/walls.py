"""What keeps a visitor from asking: their link, a hurry, a message that is too long. An operator is never kept."""

from chat.conversation import Conversation
from chat.rates import Rates
from chat.texts import number, say, seconds
from chat.turn import Desk
from demos import wall

#: Characters of one message; more is refused with a word, and nothing is lost.
LONGEST_MESSAGE = 20_000
#: Changes of settings, cleared histories and the like that a visitor may make in a minute.
CHANGES_PER_MINUTE = 30


class Walls:
    """Words for what is refused; None or '' where nothing is."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._messages = Rates()
        self._changes = Rates()

    def closed(self, conversation: Conversation) -> str:
        """Why nothing can be sent any more, or for now."""
        if conversation.link is None:
            return ""
        reason = wall(conversation.link) or ("passcode" if conversation.barred else None)
        return say(conversation.language, f"walls.{reason}") if reason else ""

    def refusal(self, conversation: Conversation) -> str | None:
        """Why a message is not taken; one that is, is counted."""
        if conversation.link is None:
            return None
        per_minute = self._desk.demo(conversation).limits.per_minute
        return self.closed(conversation) or self._hurry(conversation, self._messages, per_minute)

    def hurried(self, conversation: Conversation) -> str | None:
        """Why a change is not taken; one that is, is counted."""
        return (
            None
            if conversation.link is None
            else self._hurry(conversation, self._changes, CHANGES_PER_MINUTE)
        )

    def too_long(self, conversation: Conversation, text: str) -> str | None:
        """That a message is too long, with both numbers."""
        language, size, longest = conversation.language, len(text), LONGEST_MESSAGE
        if conversation.link is not None:
            longest = min(longest, self._desk.demo(conversation).limits.message_length)
        if size <= longest:
            return None
        return say(language, "notes.too_long", n=number(language, size), limit=number(language, longest))

    def _hurry(self, conversation: Conversation, rates: Rates, per_minute: int) -> str | None:
        assert conversation.link is not None
        language = conversation.language
        wait = rates.wait_s(conversation.owner, conversation.link.id, per_minute)
        return say(language, "walls.too_fast", time=seconds(language, wait * 1000)) if wait else None
