"""A reply as a script: what leaves when, and how the connection ends. Pure data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple

Ending = Literal["keep", "close", "reset", "hang"]
"""keep: the response is complete and the connection stays; close: it is closed; reset: a TCP reset;
hang: the socket stays open and nothing more comes until the client leaves."""


class Part(NamedTuple):
    """Bytes of a body, due ``at`` seconds after the request, with the reply tokens they carry."""

    at: float
    data: bytes
    tokens: int = 0


@dataclass(frozen=True)
class Script:
    """One response, from status line to the end of the connection.

    length: Content-Length to promise; None sends a chunked body, or, with ``until_close``,
        a body that only the closed connection delimits.
    headers_sent: False holds back even the status line.
    head_at: seconds after the request at which the status line and the headers leave.
    head: what leaves in their place, byte for byte.
    whole: False when the client does not get the whole reply.
    stamped: the parts hold places for the time at which they leave.
    """

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    parts: Sequence[Part] = ()
    ending: Ending = "keep"
    length: int | None = None
    until_close: bool = False
    headers_sent: bool = True
    head_at: float = 0.0
    head: bytes | None = None
    whole: bool = True
    stamped: bool = False

    @property
    def chunked(self) -> bool:
        """True when the body travels in HTTP chunks."""
        return self.length is None and not self.until_close

    def half(self) -> "Script":
        """The first half of the body: of its tokens, or, where it carries all in one part, of its bytes."""
        total = sum(part.tokens for part in self.parts)
        if len(self.parts) == 1:
            only = self.parts[0]
            # the second half is missing, so no token of a whole reply can be read
            return replace(
                self, parts=[only._replace(data=only.data[: len(only.data) // 2], tokens=0)], whole=False
            )
        kept: list[Part] = []
        sent = 0
        for part in self.parts:
            sent += part.tokens
            if sent > total // 2:
                break
            kept.append(part)
        return replace(self, parts=kept, whole=False)

    @property
    def last_at(self) -> float:
        """When the last part is due."""
        return self.parts[-1].at if self.parts else 0.0
