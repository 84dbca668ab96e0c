"""Fix this answer: what a reply should have said becomes a version, and the question is asked again on the stage."""

from collections.abc import Sequence

from backstage.page import OperatorPage
from backstage.rooms import Rooms
from backstage.views import refused, said
from backstage.words import named
from chat.conversation import Conversation, Turn
from demos.command_line import read_words


class Fixing:
    """``fix --reply STEP`` opens the form, ``fix DEMO QUESTION ANSWER`` does it; a watched reply has its own form."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms

    async def fix(self, page: OperatorPage, words: Sequence[str]) -> None:
        """Raises CommandFailed where no such reply stands on the page."""
        if step := named(words, "--reply"):
            page.show("fix", _begun(page, step) | {"saved": None})
            return
        if len(words) == 1:
            raise refused("which_reply")
        answer = read_words(words).answer
        saved = (await said(self._rooms.workshop(page.operator, page.language), words)).data
        done = {"demo": saved["demo"], "question": saved["question"], "answer": answer.strip()}
        page.show("fix", done | {"saved": {"version": saved["version"]}})
        page.news(demo=saved["demo"], ask_on_stage=saved["question"])


def _begun(page: OperatorPage, step: str) -> dict[str, str]:
    """What the form begins with. Raises CommandFailed."""
    turn = turn_of(page.conversation, step)
    if turn is not None and turn.said is not None:
        return {"demo": page.conversation.demo, "question": turn.text, "answer": turn.said.reply}
    raise refused("no_such_reply")


def turn_of(conversation: Conversation, step: str) -> Turn | None:
    """The turn that a step on the screen belongs to."""
    for turn in conversation.turns:
        if any(one["id"] == step for one in turn.steps):
            return turn
    return None
