"""The API's error object, and the exception that carries one to the client."""

from typing import Any


def error_body(message: str, kind: str, code: str | None = None, param: str | None = None) -> dict[str, Any]:
    """The JSON of an error; ``kind`` is its ``type``, ``param`` the field at fault."""
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}


class Refused(Exception):
    """A request refused in earnest, with no fault set: ``status`` and the ``body`` of the answer."""

    def __init__(self, status: int, body: dict[str, Any]) -> None:
        super().__init__(body["error"]["message"])
        self.status = status
        self.body = body
