"""What a turn showed: the wire, the screen and the receipt, in words short enough for a table."""

from dataclasses import dataclass
from itertools import groupby

from holysheep import Delta, Event, Receipt, Restarted, Retrying
from holysheep.events import Attempt, Notice


@dataclass(frozen=True)
class Seen:
    """One turn.

    timed: its events, each with the second it came. arrived: when each request came over a wire, in order.
    keys: fingerprint -> its number in the provider's ring. whole: the text of a faultless reply. kept: what the stream
    itself holds for the reply.
    """

    timed: tuple[tuple[float, Event], ...]
    begun: float
    ended: float
    arrived: tuple[float, ...]
    keys: dict[str, int]
    whole: str
    kept: str

    @property
    def receipt(self) -> Receipt:
        """The one receipt, which is the last event."""
        last = self.timed[-1][1]
        assert isinstance(last, Receipt)
        return last

    @property
    def text(self) -> str:
        """What stands on the screen in the end."""
        text = ""
        for _, event in self.timed:
            if isinstance(event, Restarted):
                text = ""
            elif isinstance(event, Delta):
                text += event.text
        return text

    @property
    def extent(self) -> str:
        """How much of the whole reply that is."""
        if self.text == self.whole:
            return "whole"
        if not self.text:
            return "empty"
        return "half" if self.whole.startswith(self.text) else self.text

    @property
    def attempts(self) -> str:
        """Provider and key, what went wrong, and what it cost: 0, ? (nobody knows) or $."""
        return ", ".join(map(self._attempt, self.receipt.attempts))

    def _attempt(self, attempt: Attempt) -> str:
        key = self.keys.get(attempt.key_fingerprint or "", 0)
        cost = "?" if attempt.cost_usd is None else "$" if attempt.cost_usd else "0"
        return f"{attempt.provider[0].upper()}{key} {attempt.error or 'ok'} {cost}"

    @property
    def shown(self) -> str:
        """What the screen did: ``text``, ``breaking`` (what is shown dims), ``restarted`` (it is replaced)."""
        words = [_word(event) for _, event in self.timed]
        return " ".join(word for word, _ in groupby(word for word in words if word))

    @property
    def notes(self) -> frozenset[str]:
        """The kinds of the notices."""
        return frozenset(event.kind for _, event in self.timed if isinstance(event, Notice))

    @property
    def waits(self) -> tuple[float, ...]:
        """The waits that were told of."""
        return tuple(event.wait_s for _, event in self.timed if isinstance(event, Retrying))

    @property
    def gaps(self) -> tuple[float, ...]:
        """Seconds between the requests."""
        return tuple(
            round(later - sooner, 6) for sooner, later in zip(self.arrived, self.arrived[1:], strict=False)
        )

    @property
    def took(self) -> float:
        """Seconds from the question to the receipt."""
        return self.ended - self.begun


def _word(event: Event) -> str:
    if isinstance(event, Delta):
        return "text"
    if isinstance(event, Restarted):
        return "restarted"
    return "breaking" if isinstance(event, Notice) and event.kind == "breaking" else ""
