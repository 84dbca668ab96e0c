"""What a page fetched, and when, as the browser's own tools tell it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from playwright.async_api import CDPSession


@dataclass(frozen=True)
class Piece:
    """Bytes of one answer that came over the line at one moment. at_s: on the browser's own clock."""

    request: str
    at_s: float
    size: int


class Traffic:
    """Listens to a page's network. Bodies as they came, compressed; headers too."""

    def __init__(self, devtools: CDPSession) -> None:
        self.pieces: list[Piece] = []
        self.document = ""
        self._offset_s = 0.0
        devtools.on("Network.requestWillBeSent", self._asked)
        devtools.on("Network.responseReceived", self._answered)
        devtools.on("Network.dataReceived", self._received)
        devtools.on("Network.loadingFinished", self._finished)

    def until(self, at_ms: float) -> int:
        """Bytes that had come at a moment of the wall clock."""
        return sum(piece.size for piece in self.pieces if piece.at_s * 1000 <= at_ms)

    def of_document(self) -> int:
        """Bytes of the page itself."""
        return size_of(self.pieces, self.document)

    def _asked(self, told: dict[str, Any]) -> None:
        # The browser's clock counts from its own beginning; a request tells both.
        self._offset_s = told["wallTime"] - told["timestamp"]
        if told.get("type") == "Document" and not self.document:
            self.document = told["requestId"]

    def _answered(self, told: dict[str, Any]) -> None:
        self._add(told, told["response"].get("encodedDataLength", 0))

    def _received(self, told: dict[str, Any]) -> None:
        self._add(told, told["encodedDataLength"])

    def _finished(self, told: dict[str, Any]) -> None:
        """What the pieces left out belongs to the end."""
        self._add(told, told["encodedDataLength"] - size_of(self.pieces, told["requestId"]))

    def _add(self, told: dict[str, Any], size: float) -> None:
        if size > 0:
            self.pieces.append(Piece(told["requestId"], told["timestamp"] + self._offset_s, int(size)))


def size_of(pieces: Iterable[Piece], request: str) -> int:
    """Bytes of one answer."""
    return sum(piece.size for piece in pieces if piece.request == request)
