"""Thumbs below replies: from the page to the books."""

from collections.abc import Callable, Mapping
from typing import Any

from ledger import Database, give_feedback, take_feedback_back


async def give(
    database: Database, owner: str, body: Mapping[str, Any], clean: Callable[[str], str]
) -> str | None:
    """Keep a thumb; gives its id, None where the reply is not this browser's.

    body: what Chainlit's page sends. clean: what is done to every text before it is kept. Raises ValueError for
    anything else.
    """
    feedback = body.get("feedback")
    if not isinstance(feedback, dict):
        raise ValueError("no feedback")
    turn, value, comment = feedback.get("forId"), feedback.get("value"), feedback.get("comment")
    if not isinstance(turn, str) or value not in (0, 1) or not isinstance(comment, str | None):
        raise ValueError("no thumb")
    return await give_feedback(database, turn, owner, int(value), clean(comment or ""))


async def take_back(database: Database, owner: str, body: Mapping[str, Any]) -> str | None:
    """Take a thumb back; gives its turn, None where there is none of this browser's."""
    id = body.get("feedbackId")
    return await take_feedback_back(database, id, owner) if isinstance(id, str) else None
