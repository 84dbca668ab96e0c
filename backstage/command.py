"""What a page asked for, and what it was answered: a page that lost its line asks again, and nothing is done twice."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

#: Commands whose answers are kept, of all operators.
MOST_KEPT = 200
#: Words that change something, where more than their form is asked for. The others only look, and look again.
CHANGING = frozenset({"new", "publish", "rollback", "fix", "pause", "resume", "revoke", "extend"})

#: A panel as ``OperatorPage.show`` takes it, or news as ``OperatorPage.news`` does.
Answer = tuple[str, dict[str, Any]]


class Listener(Protocol):
    """Who is told what a command answered."""

    def answer_again(self, id: str, answers: Sequence[Answer]) -> None:
        """It was done for another page, which is gone."""


@dataclass(eq=False)
class Command:
    """words: what to do. asker: the page that asked last. id: what the page calls it, '' for nothing. answers: what was
    said of it so far. done: that was all. dropped: it never was begun."""

    words: list[str]
    asker: Listener
    id: str = ""
    answers: list[Answer] = field(default_factory=list)
    done: bool = False
    dropped: bool = False


class Commands:
    """Those that change something, by their owner and the id that the page gave them."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, str], Command] = OrderedDict()

    def again(self, owner: str, id: str, asker: Listener) -> bool:
        """Whether it was taken before; then its answer goes to whoever asks now, as soon as there is one."""
        command = self._kept.get((owner, id))
        if command is None or command.dropped:
            return False
        command.asker = asker
        if command.done:
            asker.answer_again(id, command.answers)
        return True

    def keep(self, owner: str, command: Command) -> None:
        """It is taken now."""
        self._kept[owner, command.id] = command
        if len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)


def changes(words: Sequence[str]) -> bool:
    """Whether a command must not be done twice."""
    return words[0] in CHANGING and len(words) > 1 and "--reply" not in words[:2]
