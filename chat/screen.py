"""What a conversation's pages show: every step in order, so that a page can be drawn again whole."""

from collections.abc import Iterable
from typing import Any, Protocol

from chat.steps import Step

#: Messages of the visitor that a page shows, with what belongs to each; older ones are there for the asking. With
#: every frame of a reply Chainlit draws something of each message on its page anew, so that a page that shows a
#: hundred is four times as busy as one that shows a dozen.
SHOWN = 20
#: They are taken off so many at a time.
BATCH = 10


class Page(Protocol):
    """An open page; ``send`` never blocks and keeps the order."""

    def send(self, event: str, data: Any) -> None:
        """Emit one Chainlit event to the page."""


class Screen:
    """The steps and buttons of one conversation, and the pages that show them.

    All changes go through here: they are kept, and sent to whatever pages are there. A page that
    was away is drawn again from what is kept, with nothing missing and nothing twice. A long
    conversation is shown from its end. demo: what an operator's page names it by; blank for visitors.
    dimmed: the step that broke off, while another reply is asked for in its place.
    """

    def __init__(self, thread: str) -> None:
        self._thread = thread
        self._steps: dict[str, Step] = {}
        self._actions: dict[str, Step] = {}
        self._elements: dict[str, Step] = {}
        self.pages: list[Page] = []
        self._earlier = 0
        self.busy = False
        self.begun = False
        self.demo = ""
        self.dimmed: str | None = None

    def add(self, step: Step) -> None:
        """Show a new step."""
        self._steps[step["id"]] = step
        self.send("new_message", step)

    def start(self, step: Step) -> None:
        """Show a step whose text will grow; its first text is already in it."""
        step["streaming"] = True
        self._steps[step["id"]] = step
        self.send("stream_start", step)

    def grow(self, step: Step, text: str) -> None:
        """Append text to a growing step."""
        step["output"] += text
        self.send("stream_token", {"id": step["id"], "token": text, "isSequence": False, "isInput": False})

    def rewrite(self, step: Step, text: str) -> None:
        """Put other text in the place of a growing step's, in one frame."""
        step["output"] = text
        self.update(step)
        self._undim()

    def dim(self, step: Step) -> None:
        """Show that a step may not last."""
        self.dimmed = step["id"]
        self.send("desk", {"dimmed": self.dimmed})

    def _undim(self) -> None:
        if self.dimmed is not None:
            self.dimmed = None
            self.send("desk", {"dimmed": None})

    def mark(self, run: str, thumb: dict[str, object] | None) -> bool:
        """Keep a reply's thumb with its run, for whoever is drawn next; False where there is no such run."""
        step = self._steps.get(run)
        if step is not None:
            step["feedback"] = thumb
        return step is not None

    def unmark(self, feedback: str) -> None:
        """The thumb of that id was taken back."""
        for step in self._steps.values():
            if (step.get("feedback") or {}).get("id") == feedback:
                del step["feedback"]

    def shows(self, id: str) -> bool:
        """A step of that id is on the screen."""
        return id in self._steps

    def show_again(self, id: str) -> None:
        """Send a step once more, to a page that has not seen it."""
        if id in self._steps:
            self.update(self._steps[id])

    def replace(self, step: Step) -> None:
        """Show a step in the place of the one with its id."""
        self._steps[step["id"]] = step
        self.update(step)

    def update(self, step: Step) -> None:
        """Show a step as it now is."""
        self.send("update_message", step)

    def finish(self, step: Step) -> None:
        """A growing step is complete."""
        step["streaming"] = False
        self.update(step)
        self._undim()

    def remove(self, ids: Iterable[str]) -> None:
        """Take steps away, and their buttons."""
        for id in ids:
            step = self._steps.pop(id, None)
            if step is not None:
                self.remove_actions(id)
                self._remove_elements(id)
                self.send("delete_message", step)
            if id == self.dimmed:
                self._undim()
        if self._earlier and self._earlier >= len(self._heads()):
            self.show_earlier()  # or the pages would be empty

    def after(self, id: str) -> list[str]:
        """The steps that stand below one, in order."""
        ids = list(self._steps)
        return ids[ids.index(id) + 1 :]

    def add_element(self, element: Step) -> None:
        """Show a chart with the step that it names."""
        self._elements[element["id"]] = element
        self.send("element", element)

    def _remove_elements(self, for_id: str) -> None:
        for id in [id for id, element in self._elements.items() if element["forId"] == for_id]:
            del self._elements[id]
            self.send("remove_element", {"id": id})

    def add_action(self, action: Step) -> None:
        """Show a button."""
        self._actions[action["id"]] = action
        self.send("action", action)

    def button(self, id: object) -> Step | None:
        """The button of that id, if it is on the screen."""
        return self._actions.get(id) if isinstance(id, str) else None

    def remove_actions(self, for_id: str | None = None) -> None:
        """Take the buttons of one step away, or all."""
        gone = [a for a in self._actions.values() if for_id is None or a["forId"] == for_id]
        # The last one first: what still stands must not move up.
        for action in reversed(gone):
            del self._actions[action["id"]]
            self.send("remove_action", action)

    def set_busy(self, busy: bool) -> None:
        """While busy the page offers Stop.

        Chainlit is told of the end only. At its ``task_start`` the page would draw every message anew, which
        after a hundred turns keeps the first word waiting for longer than the model does.
        """
        self.busy = busy
        self.send("desk", self.state())
        if not busy:
            self.send("task_end", {})

    def _heads(self) -> list[str]:
        """The steps that stand by themselves: the greeting and the visitor's messages. All others hang on one."""
        return [id for id, step in self._steps.items() if not step["parentId"]]

    @property
    def shown(self) -> int:
        """Messages of the visitor, and greetings, that the pages show."""
        return len(self._heads()) - self._earlier

    def trim(self) -> None:
        """Take the oldest messages off the pages where there are too many; they are kept here."""
        heads = self._heads()
        if self.shown < SHOWN + BATCH:
            return
        until = len(heads) - SHOWN
        for id in heads[self._earlier : until]:
            self.send("delete_message", self._steps[id])  # what hangs on it goes along
        self._earlier = until
        self.send("desk", self.state())

    def show_earlier(self) -> None:
        """Bring back older messages, as many as a page shows anyway."""
        self._earlier = max(0, min(self._earlier, len(self._heads())) - SHOWN)
        self.draw_all()
        self.send("desk", self.state())

    def show_as(self, other: "Screen") -> None:
        """Show what another screen shows: the same conversation in other words."""
        self.remove_actions()
        self._steps, self._actions, self._elements = other._steps, other._actions, other._elements
        self._earlier = other._earlier
        self.draw_all()

    def draw_all(self) -> None:
        """Draw every page from the start."""
        for page in self.pages:
            self.draw(page)

    def state(self) -> dict[str, object]:
        """What the strips say of the screen: whether a reply is under way, which step is dimmed, and how many messages
        are not shown."""
        return {"busy": self.busy, "dimmed": self.dimmed, "earlier": self._earlier}

    def begin(self, first_message: str) -> None:
        """Tell the page that the conversation has begun; without it Chainlit offers no Stop."""
        if not self.begun:
            self.begun = True
            self.send("first_interaction", {"interaction": first_message, "thread_id": self._thread})

    def clear(self) -> None:
        """Take everything away."""
        self.remove_actions()
        self._steps.clear()
        self._elements.clear()
        self._earlier = 0
        self.draw_all()

    def draw(self, page: Page) -> None:
        """Draw a page from the start: steps and buttons."""
        steps = list(self._steps.values())
        if self._earlier:
            first = self._heads()[self._earlier]
            steps = steps[list(self._steps).index(first) :]
        elements = list(self._elements.values())
        # An operator's page, reloaded: its picker shows what the conversation is about.
        metadata = {"chat_profile": self.demo} if self.demo else {}
        drawn = {"id": self._thread, "steps": steps, "elements": elements, "metadata": metadata}
        page.send("resume_thread", drawn)
        for action in self._actions.values():
            # A page that kept its buttons through a lost connection would show them twice.
            page.send("remove_action", action)
            page.send("action", action)
        if self.begun:
            # Never empty: a page that takes the first message for none offers no Stop.
            page.send("first_interaction", {"interaction": "resume", "thread_id": self._thread})

    def send(self, event: str, data: Any) -> None:
        """Emit an event to every page."""
        for page in self.pages:
            page.send(event, data)
