"""Who is at the door."""

from dataclasses import dataclass

from demos.links import Link

#: Where a request's scope holds its guest.
SCOPE_KEY = "demo_desk.guest"


@dataclass(frozen=True)
class Guest:
    """Who sends a request, as the doors found out.

    owner: whose conversations they may come back to, hashed; blank for a browser without a secret, which is known by
    its session. link: the visitor's; None for an operator. operator: the name they signed in with; blank for visitors.
    """

    owner: str
    link: Link | None = None
    operator: str = ""
