"""Who is at the door."""

from dataclasses import dataclass

from demos.links import Link

#: Where a request's scope holds its guest.
SCOPE_KEY = "demo_desk.guest"


@dataclass(frozen=True)
class Guest:
    """Who sends a request, as the doors found out.

    owner: whose conversations they may come back to, hashed; blank for a browser without a secret, which is known by
    its session. link: the one they came by; None at the desk. operator: the name that one of ours signed in with; blank
    for visitors. Who has both looks at what visitors see, with a visitor's rights: the desk is open where link is None.
    """

    owner: str
    link: Link | None = None
    operator: str = ""
