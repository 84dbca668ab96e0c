"""What the model is sent: the persona and as much of the conversation as it can hold."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from holysheep.tokens import estimate_messages

#: Estimates fall short by up to a third (docs/decisions/0001-token-estimate.md): that much stays free.
SAFETY = 2 / 3


@dataclass(frozen=True)
class Exchange:
    """A question and, where there was one, the reply to it."""

    question: str
    reply: str = ""

    @cached_property
    def messages(self) -> list[dict[str, str]]:
        """In the OpenAI form."""
        asked = [{"role": "user", "content": self.question}]
        return [*asked, {"role": "assistant", "content": self.reply}] if self.reply else asked

    @cached_property
    def tokens(self) -> int:
        """An estimate; kept, so that a long conversation is not counted anew at each turn."""
        return estimate_messages(self.messages)


@dataclass(frozen=True)
class Prompt:
    """The messages to send, how many of the oldest turns did not fit, and the estimated tokens of what did."""

    messages: list[dict[str, str]]
    left_out: int
    tokens: int


def prompt(persona: str, exchanges: Sequence[Exchange], context_window: int, max_tokens: int) -> Prompt:
    """Persona and exchanges, trimmed from the oldest turn to leave room for the reply.

    Whole turns only, never the persona, and never the last turn: a question that does not fit
    by itself is the provider's to refuse. context_window, max_tokens: in tokens.
    """
    system = [{"role": "system", "content": persona}]
    tokens = estimate_messages(system)
    room = int(context_window * SAFETY) - max_tokens - tokens
    kept: list[Exchange] = []
    for exchange in reversed(exchanges):
        room -= exchange.tokens
        if room < 0 and kept:
            break
        kept.append(exchange)
        tokens += exchange.tokens
    flat = [message for exchange in reversed(kept) for message in exchange.messages]
    return Prompt(system + flat, len(exchanges) - len(kept), tokens)
