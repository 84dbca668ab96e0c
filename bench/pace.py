"""The tempo at which the emulator answers while something is measured."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Pace:
    """The tempo at which the emulator answers."""

    first_token_s: float
    tokens_per_second: float
    tokens: int
    stamped: bool = False
    """Each token's text is the time at which it leaves."""

    @property
    def reply_s(self) -> float:
        """How long one whole reply takes."""
        if self.tokens_per_second == 0:
            return self.first_token_s
        return self.first_token_s + self.tokens / self.tokens_per_second


FULL = Pace(first_token_s=0.15, tokens_per_second=50, tokens=200)
SHORT = Pace(first_token_s=0.0, tokens_per_second=2000, tokens=20)
