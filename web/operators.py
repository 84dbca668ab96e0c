"""Who may sit at the desk: passwords, sessions, and a word that opens it once."""

import asyncio
import hashlib
import hmac
import secrets
import time
from base64 import urlsafe_b64encode
from collections import OrderedDict
from collections.abc import Callable, Mapping

from demos.passwords import matches, nobodys_hash

#: Who has no other name.
OPERATOR = "operator"
COOKIE = "desk_operator"
#: 30 days, and not a few hours that roll on: a page may stand open for days over its socket, which cannot renew a
#: cookie, and must not ask for a password in mid-call. What must end a session at once does: another password.
SESSION_S = 30 * 24 * 3600
#: Of a SHA-256, in URL-safe base64 without its "=".
SIGNATURE_LENGTH = 43
#: Sessions that were signed out of before their end, and are remembered.
MOST_ENDED = 10_000


class Operators:
    """The operators of a desk and their sessions.

    secret: the installation's; sessions are signed with a key made from it, and outlive a restart. hashes: name -> hash
    of the password (``demos.passwords``); none: they come in with a ``OneTimeToken``. clock: seconds since 1970.
    """

    def __init__(
        self, secret: str, hashes: Mapping[str, str] | None = None, clock: Callable[[], float] = time.time
    ) -> None:
        self._key = hmac.digest(secret.encode(), b"demo desk: operators' sessions", hashlib.sha256)
        self._hashes = dict(hashes or {})
        self._nobody = nobodys_hash()
        self._clock = clock
        self._one_at_a_time = asyncio.Lock()
        self._ended: OrderedDict[str, int] = OrderedDict()

    @property
    def by_token(self) -> bool:
        """Whether there is no password, so that a one-time token opens the desk."""
        return not self._hashes

    @property
    def named(self) -> bool:
        """Whether an operator has to say which one they are."""
        return not self._hashes.keys() <= {OPERATOR}

    def admit(self, name: str, hashed: str) -> None:
        """One more operator; sessions that a one-time token began end."""
        self._hashes[name] = hashed

    async def knows(self, name: str, password: str) -> bool:
        """Whether it is the password of that operator; takes as long for a name that nobody has.

        In a thread, one after the other: each takes 16 MB and a core for 0.2 s.
        """
        async with self._one_at_a_time:
            right = await asyncio.to_thread(matches, password, self._hashes.get(name, self._nobody))
        return right and name in self._hashes

    def session(self, name: str) -> str:
        """The cookie's value for who has just signed in: name, end, and signature with what makes it one of its own."""
        until, own = int(self._clock()) + SESSION_S, secrets.token_urlsafe(6)
        return f"{name}:{until}:{own}{self._signature(name, until, own)}"

    def whose(self, session: str) -> str | None:
        """The name of the operator whose session this is; None where it is over, forged, or nobody's any more."""
        name, _, rest = session.partition(":")
        until, _, rest = rest.partition(":")
        own, signature = rest[:-SIGNATURE_LENGTH], rest[-SIGNATURE_LENGTH:]
        if not (session.isascii() and until.isdigit() and len(until) <= 12):
            return None
        if name not in (self._hashes or {OPERATOR}) or int(until) <= self._clock():
            return None
        if _mark(signature) in self._ended:
            return None
        return name if hmac.compare_digest(signature, self._signature(name, int(until), own)) else None

    def end(self, session: str) -> None:
        """Sign out: the session is over, also for pages that are open with it."""
        if self.whose(session) is not None:
            self.remember({_mark(session[-SIGNATURE_LENGTH:]): int(session.split(":")[1])})

    @property
    def ended(self) -> dict[str, int]:
        """Sessions signed out of before their end: a mark that opens nothing -> that end, in seconds since 1970."""
        return {mark: until for mark, until in self._ended.items() if until > self._clock()}

    def remember(self, ended: Mapping[str, int]) -> None:
        """These were signed out of, here or elsewhere: a cookie that somebody kept is worth nothing."""
        self._ended.update(ended)
        while len(self._ended) > MOST_ENDED:
            self._ended.popitem(last=False)

    def _signature(self, name: str, until: int, own: str) -> str:
        # With the password's hash in it: another password ends the sessions of the one before.
        signed = f"{name}\0{until}\0{own}\0{self._hashes.get(name, '')}"
        return urlsafe_b64encode(hmac.digest(self._key, signed.encode(), hashlib.sha256)).decode().rstrip("=")


def _mark(signature: str) -> str:
    return hashlib.sha256(signature.encode()).hexdigest()[:32]


class OneTimeToken:
    """A word that opens the desk once, for a desk without a password; then there is a new one.

    word: the one that is good now. It is worth a password, so it goes to the terminal and nowhere else.
    """

    def __init__(self) -> None:
        self.word = secrets.token_urlsafe(24)
        self._tell: Callable[[str], None] = lambda word: None

    def tell(self, tell: Callable[[str], None]) -> None:
        """Call ``tell`` with the word now, and with each that follows."""
        self._tell = tell
        tell(self.word)

    def good(self, word: str) -> bool:
        """Whether it would open the desk. It stays unspent: programs that look at links ahead of people may ask."""
        return hmac.compare_digest(word.encode("utf-8", "replace"), self.word.encode())

    def spend(self, word: str) -> bool:
        """Whether it opens the desk, which it does once."""
        if not self.good(word):
            return False
        self.word = secrets.token_urlsafe(24)
        self._tell(self.word)
        return True
