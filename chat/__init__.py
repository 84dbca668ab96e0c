"""One conversation as the visitor sees it: turns, pacing, receipts, settings panel, texts."""

from chat.lobby import Lobby
from chat.service import Service
from chat.sockets import BROWSER_COOKIE, LANGUAGE_COOKIE, Visit, Visits, message_of, page_language
from chat.steps import new_id
from chat.texts import best_language, texts
from chat.turn import Desk

__all__ = [
    "BROWSER_COOKIE",
    "LANGUAGE_COOKIE",
    "Desk",
    "Lobby",
    "Service",
    "Visit",
    "Visits",
    "best_language",
    "message_of",
    "new_id",
    "page_language",
    "texts",
]
