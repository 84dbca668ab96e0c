"""What the desk's commands need of the rooms below."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from chat.conversation import Conversation
from demos import Language
from demos.on_record import Tools
from demos.place import Workshop


@dataclass(frozen=True, kw_only=True)
class Rooms:
    """workshop: for an operator's name and language. find: a conversation of this program by its id; None: not here.

    begin_with: the demo that an operator's next conversation shows, by owner. flush: brings what is being written on
    record. tools: to ask a model on record. rollout: where it stands, in lines of that language; none without one.
    """

    workshop: Callable[[str, Language], Workshop]
    find: Callable[[str], Conversation | None]
    begin_with: Callable[[str, str], None]
    flush: Callable[[], Awaitable[None]]
    tools: Tools
    rollout: Callable[[Language], Awaitable[Sequence[str]]]
