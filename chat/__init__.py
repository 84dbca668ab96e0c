"""One conversation as the visitor sees it: turns, pacing, receipts, settings panel, texts."""

from chat.admission import Admission
from chat.archive import Archive
from chat.greeting import greeting_of, starters_of
from chat.lobby import Lobby
from chat.service import Service
from chat.sockets import (
    BROWSER_COOKIE,
    LANGUAGE_COOKIE,
    Visit,
    Visits,
    chosen_language,
    guest_of,
    message_of,
    owner_of,
    page_language,
)
from chat.steps import new_id
from chat.texts import best_language, desk_texts, say, texts
from chat.thumbs import give as give_thumb
from chat.thumbs import take_back as take_thumb_back
from chat.turn import Desk

__all__ = [
    "BROWSER_COOKIE",
    "LANGUAGE_COOKIE",
    "Admission",
    "Archive",
    "Desk",
    "Lobby",
    "Service",
    "Visit",
    "Visits",
    "best_language",
    "chosen_language",
    "desk_texts",
    "give_thumb",
    "greeting_of",
    "guest_of",
    "message_of",
    "new_id",
    "owner_of",
    "page_language",
    "say",
    "starters_of",
    "take_thumb_back",
    "texts",
]
