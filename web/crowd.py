"""How many pages are open, in all and from one address."""

from collections import Counter

from web.addresses import OURSELVES, household

#: The share of all that one address may have: offices and phone networks stand behind one.
SHARE = 4
#: Beyond the most that may be open, for operators and for those who are here already and load their page again.
RESERVE = 0.1


class Crowd:
    """Counts open sockets. most: in all.

    open: those there are. refused: those that were not let in, since the start.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.share = max(1, most // SHARE)
        self.open = 0
        self.refused = 0
        self._of: Counter[str] = Counter()
        self._known: Counter[str] = Counter()

    def full(self, address: str, visitor: str = "", *, staff: bool = False) -> bool:
        """Whether one more page has no room. visitor: a browser's secret, blank where it has none."""
        if staff or (visitor and 0 < self._known[visitor] <= 2):
            return self.open >= self.most * (1 + RESERVE)
        return self.open >= self.most or self.has_its_share(address)

    def has_its_share(self, address: str) -> bool:
        """Whether one address has as many pages as one may."""
        whose = household(address)
        return whose not in OURSELVES and self._of[whose] >= self.share

    def came(self, address: str, visitor: str = "") -> None:
        """A socket is open."""
        self.open += 1
        self._of[household(address)] += 1
        if visitor:
            self._known[visitor] += 1

    def left(self, address: str, visitor: str = "") -> None:
        """It is closed."""
        self.open -= 1
        for counts, name in ((self._of, household(address)), (self._known, visitor)):
            if name in counts:
                counts[name] -= 1
                if not counts[name]:
                    del counts[name]
