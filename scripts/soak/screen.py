"""What a visitor's page shows, drawn from what Chainlit's socket says of it."""

import json
from collections.abc import Callable, Iterator
from typing import Any

Step = dict[str, Any]


class Screen:
    """``hear`` each event; ask the rest. came: is told of a message's id when words of a reply to it come."""

    def __init__(self, came: Callable[[str], None]) -> None:
        self._came = came
        self._steps: dict[str, Step] = {}
        self._buttons: dict[str, Step] = {}
        self.thread = ""
        self.busy = False
        self.queued: list[str] = []
        self.drawn = False
        #: Turn -> the most of its reply that stood here.
        self.read: dict[str, str] = {}

    def left(self) -> None:
        """The connection is gone; what is shown stays until it is drawn anew."""
        self.busy, self.queued, self.drawn = False, [], False

    def hear(self, event: str, data: Any) -> None:
        """One event of the socket."""
        match event:
            case "resume_thread":
                self.thread = data["id"]
                self._steps, self._buttons = {}, {}
                for step in data["steps"]:
                    self._show(step)
            case "new_message" | "stream_start" | "update_message":
                self._show(data)
            case "stream_token":
                if step := self._steps.get(data["id"]):
                    step["output"] += data["token"]
                    self._show(step)
            case "delete_message":
                self._take_away(data["id"])
            case "action":
                self._buttons[data["id"]] = data
            case "remove_action":
                self._buttons.pop(data["id"], None)
            case "desk":
                self.busy = data.get("busy", self.busy)
                self.queued = [one["id"] for one in data["queued"]] if "queued" in data else self.queued
                self.drawn = self.drawn or "totals" in data

    def has_ended(self, message: str) -> bool:
        """A reply to it was shown to its end, or words that say why there is none."""
        runs = self._runs(message)
        return bool(runs) and all(run["end"] for run in runs)

    def runs(self, message: str) -> set[str]:
        """The turns that stand there for it."""
        return {run["id"] for run in self._runs(message)}

    def is_marked(self, message: str) -> bool:
        """Words stand below it that say what went wrong."""
        return any(step["isError"] for step in self._below(message))

    def replies(self, message: str) -> list[str]:
        """What stands there as replies to it."""
        return [step["output"] for step in self._below(message) if not step["isError"]]

    def is_known(self, message: str) -> bool:
        """It is shown, or waits for the reply before it."""
        return message in self._steps or message in self.queued

    @property
    def newest(self) -> str:
        """The visitor's last message."""
        own = [id for id, step in self._steps.items() if step["type"] == "user_message"]
        return own[-1] if own else ""

    def button(self, message: str) -> Step | None:
        """What asks again for a reply to it."""
        places = {step["id"] for step in self._below(message)}
        return next(
            (b for b in self._buttons.values() if b["name"] == "regenerate" and b["forId"] in places), None
        )

    def _runs(self, message: str) -> list[Step]:
        return [
            step for step in self._steps.values() if step["type"] == "run" and step["parentId"] == message
        ]

    def _below(self, message: str) -> Iterator[Step]:
        runs = self.runs(message)
        return (
            step
            for step in self._steps.values()
            if step["type"] == "assistant_message" and step["parentId"] in runs
        )

    def _show(self, step: Step) -> None:
        self._steps[step["id"]] = step
        if step["type"] == "assistant_message" and step["output"] and not step["isError"]:
            run = self._steps.get(step["parentId"] or "")
            if run is not None:
                self.read[run["id"]] = max(self.read.get(run["id"], ""), step["output"], key=len)
                self._came(run["parentId"])

    def _take_away(self, id: str) -> None:
        gone = {id}
        for step in self._steps.values():  # what hangs on a step goes with it
            gone |= {step["id"]} if step["parentId"] in gone else set()
        self._steps = {id: step for id, step in self._steps.items() if id not in gone}


def event_of(frame: str) -> tuple[str, Any] | None:
    """Name and value of an event; None for any other frame."""
    if not frame.startswith("42"):
        return None
    name, *values = json.loads(frame[2:])
    return name, values[0] if values else None
