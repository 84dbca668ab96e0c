"""A page that remembers what it was sent, and what Chainlit would show of it."""

from typing import Any

import orjson


class RecordingPage:
    """An open page: ``events`` is what it was sent, ``steps`` what Chainlit would then show."""

    def __init__(self) -> None:
        self.events: list[tuple[str, Any]] = []
        self.steps: dict[str, dict[str, Any]] = {}
        self.actions: dict[str, dict[str, Any]] = {}
        self.busy = False

    def send(self, event: str, data: Any) -> None:
        """Take one event, as JSON carries it."""
        data = orjson.loads(orjson.dumps(data))
        self.events.append((event, data))
        match event:
            case "resume_thread":
                self.steps = {step["id"]: step for step in data["steps"]}
                assert len(self.steps) == len(data["steps"])
            case "new_message" | "stream_start":
                assert data["id"] not in self.steps, "shown twice"
                self.steps[data["id"]] = data
            case "update_message":
                self.steps[data["id"]] = data
            case "stream_token":
                self.steps[data["id"]]["output"] += data["token"]
            case "delete_message":
                gone = {data["id"]}
                for id, step in self.steps.items():  # what hangs on a step goes with it
                    gone |= {id} if step["parentId"] in gone else set()
                self.steps = {id: step for id, step in self.steps.items() if id not in gone}
            case "action":
                assert data["id"] not in self.actions, "shown twice"
                self.actions[data["id"]] = data
            case "remove_action":
                self.actions.pop(data["id"], None)
            case "desk" if "busy" in data:
                self.busy = data["busy"]

    def told(self, event: str) -> list[Any]:
        """The data of all events of one name."""
        return [data for name, data in self.events if name == event]

    def of_type(self, kind: str) -> list[dict[str, Any]]:
        """The steps of a type, in the order they stand in."""
        return [step for step in self.steps.values() if step["type"] == kind]

    def outputs(self, kind: str) -> list[str]:
        """The texts of the steps of a type."""
        return [step["output"] for step in self.of_type(kind)]

    @property
    def replies(self) -> list[str]:
        """The assistant's words, without greeting and notices."""
        return [s["output"] for s in self.of_type("assistant_message") if s["parentId"] and not s["isError"]]

    @property
    def notices(self) -> list[str]:
        """What was said of things that went wrong."""
        return [step["output"] for step in self.of_type("assistant_message") if step["isError"]]

    @property
    def receipts(self) -> list[dict[str, Any]]:
        """The metadata of all receipts."""
        return [step["metadata"] for step in self.of_type("llm")]

    @property
    def buttons(self) -> list[str]:
        """The names of the buttons on the screen."""
        return [action["name"] for action in self.actions.values()]

    @property
    def toasts(self) -> list[str]:
        """What was said in passing."""
        return [toast["message"] for toast in self.told("toast")]

    @property
    def panels(self) -> list[list[dict[str, Any]]]:
        """The fields of the settings panel each time it was sent, whatever tab they stand in."""
        sent = self.told("chat_settings")
        return [[field for one in panel for field in one.get("inputs", [one])] for panel in sent]

    @property
    def desk(self) -> dict[str, Any]:
        """What our strips show: the latest word on each thing."""
        return {key: value for news in self.told("desk") for key, value in news.items()}
