"""The address of a link, taken apart: ``/d/<token>[/k/<pass>][/v/<secret>]/...``.

The two parts in the middle stand in for cookies where a browser sends none, as in a frame on another site. They belong
inside a page, in the addresses of its requests and sockets; what a person could copy from an address bar has neither.
"""

import re
from dataclasses import dataclass
from typing import Final

PREFIX: Final = "/d/"

#: What a secret looks like: long enough that nobody guesses one, and nothing but letters.
_SECRET = re.compile(r"[\w-]{16,64}", re.ASCII)


@dataclass(frozen=True)
class LinkAddress:
    """token: of the link. given: that the passcode was given, or ''. secret: the visitor's, or ''.

    path: as Chainlit knows it, beginning with a stroke; '' where the address ends with the token.
    """

    token: str
    given: str
    secret: str
    path: str

    @property
    def link(self) -> str:
        """The link's own address, without a stroke at its end."""
        return PREFIX + self.token

    @property
    def door(self) -> str:
        """The address of the link for whoever has given its passcode."""
        return f"{self.link}/k/{self.given}" if self.given else self.link

    @property
    def root(self) -> str:
        """All that stands before ``path``."""
        return f"{self.door}/v/{self.secret}" if self.secret else self.door


def take_apart(path: str) -> LinkAddress:
    """The address of a path that begins with ``PREFIX``."""
    token, slash, rest = path.removeprefix(PREFIX).partition("/")
    given, rest = _part("k/", rest)
    secret, rest = _part("v/", rest)
    return LinkAddress(token, given, secret, slash + rest)


def _part(name: str, rest: str) -> tuple[str, str]:
    value, slash, after = rest.removeprefix(name).partition("/")
    return (value, after) if rest.startswith(name) and slash and _SECRET.fullmatch(value) else ("", rest)
