"""The keys of one provider: which one is used, which are set aside and until when. Without I/O, clock or sleep."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Literal

from holysheep.errors import BadKey, EngineError, Forbidden, NoCredit, RateLimited
from holysheep.providers import Key, Provider

#: The tokens of a key are counted in windows of so long.
WINDOW_S = 86_400.0
#: A provider that asks for more than this is taken for joking.
LONGEST_REST_S = 86_400.0
#: So many keys refused within so long are the provider's fault, not theirs; they rest for a while.
INCIDENT_KEYS = 3
INCIDENT_S = 60.0
INCIDENT_REST_S = 30.0
KeyStatus = Literal["ready", "resting", "out"]


@dataclass
class KeyState:
    """One key. Times are seconds on the ring's clock.

    tokens: used in the window that began at ``window``; reserved: set aside for requests under way, unsaved: not told
    to the others yet. rests_until: 0 where it does not rest. tired_until: others are better till then.
    out: refused, until somebody finds it accepted. reason: the kind of the error behind either. tried_at: when it was
    last refused; trying: it is being tried again. changed: others do not know yet.
    """

    key: Key
    window: float
    tokens: int = 0
    unsaved: int = 0
    reserved: int = 0
    rests_until: float = 0.0
    tired_until: float = 0.0
    out: bool = False
    reason: str | None = None
    tried_at: float = float("-inf")
    trying: bool = False
    changed: bool = False

    def status(self, now: float) -> KeyStatus:
        """Whether it may be used."""
        return "out" if self.out else "resting" if self.rests_until > now else "ready"


class KeyRing:
    """The ring of ``provider``; every method is told the time on one clock, in seconds."""

    def __init__(self, provider: Provider, now: float) -> None:
        self._limit = provider.key_tokens
        self.states = {key.fingerprint: KeyState(key, now) for key in provider.keys}

    def pick(self, now: float, without: Collection[str] = ()) -> Key | None:
        """The key to use: the first in the ring that is ready and has not used up its share; None where none is ready.

        Where all have used up their share they begin anew: the count turns the ring, it stops nobody.
        """
        ready = [
            s for s in self.states.values() if s.key.fingerprint not in without and s.status(now) == "ready"
        ]
        for state in ready:
            if now - state.window >= WINDOW_S:
                self._begin_window(state, now)
        if not ready:
            return None
        fresh = [state for state in ready if state.tokens + state.reserved < self._limit]
        if not fresh and not without:
            for state in ready:
                self._begin_window(state, now)
            fresh = ready
        if not fresh:
            return min(ready, key=lambda s: s.tokens + s.reserved).key
        return min(fresh, key=lambda s: s.tired_until > now).key  # the first of the best

    def _begin_window(self, state: KeyState, now: float) -> None:
        state.window, state.tokens, state.unsaved, state.changed = now, 0, 0, True

    def try_again(self, now: float) -> Key | None:
        """A key that is out, for a turn that has nothing else: the one refused longest ago; one turn at a time."""
        out = [s for s in self.states.values() if s.out and not s.trying]
        if not out:
            return None
        oldest = min(out, key=lambda s: s.tried_at)
        oldest.tried_at, oldest.trying = now, True
        return oldest.key

    def reserve(self, key: Key, tokens: int) -> None:
        """Set tokens aside for a request that is about to leave."""
        self.states[key.fingerprint].reserved += tokens

    def settle(self, key: Key, reserved: int, used: int) -> None:
        """The request has ended: what it used takes the place of what was set aside."""
        state = self.states[key.fingerprint]
        state.reserved -= reserved
        state.trying = False
        state.tokens += used
        state.unsaved += used

    def refused(self, key: Key, error: EngineError, now: float) -> None:
        """Set a key aside for what ``error`` says of it; most errors say nothing of the key."""
        state = self.states[key.fingerprint]
        if isinstance(error, RateLimited):
            if error.wait_s is not None:
                # A key that rests already is not let go sooner.
                until = now + min(error.wait_s, LONGEST_REST_S)
                self._set(state, error, rests_until=max(state.rests_until, until))
        elif isinstance(error, BadKey | Forbidden | NoCredit):
            self._set(state, error, out=True)
            state.tried_at = now
            if isinstance(error, BadKey):
                self._forgive_incident(now)

    def used_up(self, key: Key, seconds: float, now: float) -> None:
        """The provider said with its answer that nothing remains for so long: another key is better meanwhile."""
        state = self.states[key.fingerprint]
        state.tired_until = max(state.tired_until, now + min(seconds, LONGEST_REST_S))

    def _set(
        self, state: KeyState, error: EngineError, *, rests_until: float = 0.0, out: bool = False
    ) -> None:
        state.rests_until, state.out, state.reason, state.changed = rests_until, out, error.kind, True

    def _forgive_incident(self, now: float) -> None:
        lately = [s for s in self.states.values() if s.out and s.reason == BadKey.kind]
        lately = [s for s in lately if now - s.tried_at <= INCIDENT_S]
        if len(lately) >= min(INCIDENT_KEYS, max(2, len(self.states))):
            for state in lately:
                state.out, state.rests_until, state.changed = False, now + INCIDENT_REST_S, True

    def accepted(self, key: Key) -> None:
        """The provider has answered this key: nothing is held against it any more."""
        state = self.states[key.fingerprint]
        if state.out or state.reason:
            state.out, state.rests_until, state.reason, state.changed = False, 0.0, None, True

    def free_in(self, now: float) -> float | None:
        """Seconds until the first resting key is free; None where none rests."""
        waits = [s.rests_until - now for s in self._resting(now)]
        return min(waits, default=None)

    def _resting(self, now: float) -> Iterable[KeyState]:
        return (s for s in self.states.values() if s.status(now) == "resting")

    def reason(self, now: float) -> str | None:
        """Why no key is ready; None where one is."""
        if any(s.status(now) == "ready" for s in self.states.values()):
            return None
        return next((s.reason for s in self.states.values() if s.reason), None)
