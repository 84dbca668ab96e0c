"""Chainlit's steps as plain dicts: what the page draws.

They are built here rather than by Chainlit's ``Message`` and ``Step``, whose constructors each
hold the loop for a millisecond (``time.sleep``): forty messages at one instant would wait in
line for that alone.
"""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

Step = dict[str, Any]


def new_id() -> str:
    """An id for a step."""
    return str(uuid4())


def now() -> str:
    """The time in UTC, as Chainlit writes it."""
    return datetime.now(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def step(
    kind: str, thread: str, name: str, output: str, *, id: str | None = None, parent: str | None = None
) -> Step:
    """A step of the page. kind: one of Chainlit's step types; thread: the conversation."""
    at = now()
    return {
        "id": id or new_id(),
        "threadId": thread,
        "parentId": parent,
        "type": kind,
        "name": name,
        "input": "",
        "output": output,
        "createdAt": at,
        "start": at,
        "end": at,
        "streaming": False,
        "isError": False,
        "waitForAnswer": False,
        "metadata": {},
    }


def question(thread: str, id: str, text: str) -> Step:
    """The visitor's message."""
    return step("user_message", thread, "User", text, id=id)


def run(thread: str, parent: str, id: str) -> Step:
    """The turn's frame. Its id is the turn's on record: the thumbs below a reply name it."""
    return {**step("run", thread, "on_message", "", id=id, parent=parent), "end": None}


def reply(thread: str, author: str, parent: str | None) -> Step:
    """The assistant's message; the greeting has no parent."""
    return step("assistant_message", thread, author, "", parent=parent)


def notice(thread: str, author: str, parent: str, text: str) -> Step:
    """What went wrong, in words; never part of the reply."""
    return {**step("assistant_message", thread, author, text, parent=parent), "isError": True}


def note(thread: str, parent: str, text: str) -> Step:
    """A remark of ours, such as that old turns were left out."""
    return step("system_message", thread, "note", text, parent=parent)


def receipt(thread: str, parent: str, line: str, details: str, metadata: dict[str, object]) -> Step:
    """The receipt: its name is what a person reads, its output what a click shows."""
    return {**step("llm", thread, line, details, parent=parent), "metadata": metadata, "showInput": False}


def action(name: str, label: str, for_id: str, icon: str, payload: dict[str, Any] | None = None) -> Step:
    """A button below a message."""
    return {
        "id": new_id(),
        "name": name,
        "label": label,
        "tooltip": "",
        "icon": icon,
        "payload": payload or {},
        "forId": for_id,
    }
