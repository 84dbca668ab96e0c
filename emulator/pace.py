"""How fast a reply leaves: pure arithmetic, no clock."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Pace:
    """The tempo of every reply.

    first_token_s: seconds from the arrival of the request to its first token.
    tokens_per_second: after that; 0 sends everything at once.
    tokens: exact length of every reply in tokens; 0 lets each reply have its natural length.
    fault_speed: the waits of the slow faults (a silent 20 s, a token each 2 s) are divided by
        this, so that a test need not sit through them.
    stamped: each token's text is the time at which it leaves; see stamps.py.
    """

    first_token_s: float = 0.18
    tokens_per_second: float = 60.0
    tokens: int = 0
    fault_speed: float = 1.0
    stamped: bool = False

    def __post_init__(self) -> None:
        for name in ("first_token_s", "tokens_per_second", "tokens"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} must be 0 or more, not {getattr(self, name)}")
        if self.fault_speed <= 0:
            raise ValueError(f"fault_speed must be above 0, not {self.fault_speed}")

    def due(self, index: int) -> float:
        """Seconds after the request at which token ``index`` (from 0) leaves.

        It counts from the request and never from the token before, so a late token does not
        push back those that follow.
        """
        if self.tokens_per_second == 0:
            return self.first_token_s
        return self.first_token_s + index / self.tokens_per_second

    def fault_seconds(self, seconds: float) -> float:
        """What a fault's wait of ``seconds`` comes to under this pace."""
        return seconds / self.fault_speed
