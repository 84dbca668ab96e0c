"""Links: unguessable addresses of one demo for one prospect, and when they open."""

import hashlib
import hmac
import secrets
from base64 import b32encode
from dataclasses import replace
from datetime import UTC, datetime
from typing import Literal

from demos.demo import Branding, Demo, Language
from ledger.links import Link

__all__ = ["Keys", "Link", "Wall", "branded", "new_id", "state", "wall"]

#: 50 bits name a link; whoever guesses one still has not its signature.
_ID_CHARACTERS = 10
#: 130 bits of HMAC-SHA256, in letters and digits that survive messengers and handwriting.
_MAC_CHARACTERS = 26

#: Why a link does not open.
Wall = Literal["revoked", "expired", "not_started", "paused"]


class Keys:
    """Makes and checks the tokens of an installation's links.

    A token is the link's public id and its HMAC-SHA256 (RFC 2104) under a key derived from the installation's secret:
    the database holds the id alone, and a token can be shown again at any time.
    """

    def __init__(self, secret: str) -> None:
        self._key = hmac.digest(secret.encode(), b"demo desk: tokens of links", hashlib.sha256)

    def token(self, link_id: str) -> str:
        """The token of a link: letters a to z and digits 2 to 7 only."""
        return link_id + self._mac(link_id)

    def id_of(self, token: str) -> str | None:
        """The public id in a token that we made; None for any other text."""
        link_id, mac = token[:_ID_CHARACTERS], token[_ID_CHARACTERS:]
        if len(token) != _ID_CHARACTERS + _MAC_CHARACTERS or not token.isascii():
            return None
        return link_id if hmac.compare_digest(mac, self._mac(link_id)) else None

    def sign(self, text: str) -> str:
        """A signature of ours for anything but a token, such as a passcode that was given."""
        return hmac.digest(self._key, f"signed: {text}".encode(), hashlib.sha256).hex()

    def _mac(self, link_id: str) -> str:
        digest = hmac.digest(self._key, link_id.encode(), hashlib.sha256)
        return b32encode(digest).decode().lower()[:_MAC_CHARACTERS]


def new_id() -> str:
    """A public id that no other link has."""
    return b32encode(secrets.token_bytes(10)).decode().lower()[:_ID_CHARACTERS]


def wall(link: Link, now: datetime | None = None) -> Wall | None:
    """Why the link does not open at this instant; None where it does. now: in UTC."""
    now = now or datetime.now(UTC)
    if link.revoked_at is not None:
        return "revoked"
    if link.expires_at is not None and now >= link.expires_at:
        return "expired"
    if link.starts_at is not None and now < link.starts_at:
        return "not_started"
    if link.paused_at is not None:
        return "paused"
    return None


def state(link: Link, now: datetime | None = None) -> str:
    """How a link stands, for its operator: its wall, ``exhausted`` where its messages are used up, else ``open``.

    Whether one more may be asked is for the books alone to say: they count those under way.
    """
    used_up = link.messages is not None and link.used >= link.messages
    return wall(link, now) or ("exhausted" if used_up else "open")


def branded(demo: Demo, link: Link | None) -> Demo:
    """The demo as the link shows it: ``publish`` may give one prospect their own name, logo, colours and greeting."""
    if link is None or not link.overrides:
        return demo
    own = link.overrides
    looks = {key: own[key] for key in ("logo", "color", "color_dark") if own.get(key)}
    greetings: dict[Language, str] = dict(demo.greeting)
    if own.get("greeting"):
        greetings = {"vi": own["greeting"], "en": own["greeting"]}
    branding: Branding = replace(demo.branding, **looks)
    return replace(demo, title=own.get("title") or demo.title, greeting=greetings, branding=branding)
