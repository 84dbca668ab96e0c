"""Chainlit's data layer over the ledger: the list of past conversations, and who may open which.

Messages are not written through it: ``chat.turn`` puts them on record itself, before a model is asked.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from chainlit.data.base import BaseDataLayer
from chainlit.element import Element, ElementDict
from chainlit.step import StepDict
from chainlit.types import Feedback, PageInfo, PaginatedResponse, Pagination, ThreadDict, ThreadFilter
from chainlit.user import PersistedUser, User
from starlette.exceptions import HTTPException

from chat.lobby import Lobby
from chat.sockets import Visits
from ledger import Books, Database, DatabaseUnusable, ListedConversation, Which
from ledger import conversations as record

log = logging.getLogger(__name__)


class Archive(BaseDataLayer):
    """What the page's sidebar shows of the ledger. A user is a browser, by its secret's hash."""

    def __init__(self, database: Database, books: Books, lobby: Lobby, visits: Visits) -> None:
        self._database = database
        self._books = books
        self._lobby = lobby
        self._visits = visits

    async def get_user(self, identifier: str) -> PersistedUser:
        """Whoever came in: our own layer has seen to that."""
        return PersistedUser(id=identifier, identifier=identifier, createdAt="")

    async def create_user(self, user: User) -> PersistedUser:
        """The same."""
        return await self.get_user(user.identifier)

    async def list_threads(
        self, pagination: Pagination, filters: ThreadFilter
    ) -> PaginatedResponse[ThreadDict]:
        """The browser's own conversations, the latest first."""
        await self._books.flush()  # a page asks as soon as its first message is on the screen
        which = Which(owner=filters.userId or "", searched=filters.search or "", thumbs=filters.feedback)
        page = await record.list_conversations(
            self._database, which, first=pagination.first, after=pagination.cursor
        )
        threads = [_thread(listed) for listed in page.conversations]
        return PaginatedResponse(
            pageInfo=PageInfo(page.after is not None, pagination.cursor, page.after), data=threads
        )

    async def get_thread(self, thread_id: str) -> ThreadDict | None:
        """Whose it is; its messages come over the socket, where they are kept up.

        None also where the database cannot be asked: a page must be able to come back to what is in memory, and
        whose that is the lobby knows.
        """
        try:
            stored = await record.find_conversation(self._database, thread_id)
        except DatabaseUnusable as error:
            log.warning("whose conversation it is could not be read: %s", error)
            return None
        return _thread(stored) if stored else None

    async def get_thread_author(self, thread_id: str) -> str:
        """Whose it is, '' where there is none."""
        stored = await record.find_conversation(self._database, thread_id)
        return stored.visitor if stored else ""

    async def update_thread(
        self,
        thread_id: str,
        name: str | None = None,
        user_id: str | None = None,
        metadata: dict[str, Any] | None = None,
        tags: list[str] | None = None,
    ) -> None:
        """Give it another name; Chainlit has asked whose it is."""
        if name is not None:
            with _told():
                await record.rename_conversation(self._database, thread_id, self._books.clean(name))

    async def delete_thread(self, thread_id: str) -> None:
        """Take it off the list, and its texts with it; Chainlit has asked whose it is."""
        with _told():
            await record.delete_conversation(self._database, thread_id)
        self._visits.forget(thread_id)
        self._lobby.drop(thread_id)

    async def get_favorite_steps(self, user_id: str) -> list[StepDict]:
        """There are none."""
        return []

    # Thumbs have a route of their own: Chainlit's does not say who gives them. Nothing here has elements.
    async def upsert_feedback(self, feedback: Feedback) -> str:
        """Never asked."""
        raise NotImplementedError

    async def delete_feedback(self, feedback_id: str) -> bool:
        """Never asked."""
        raise NotImplementedError

    async def create_element(self, element: Element) -> None:
        """Never asked."""

    async def get_element(self, thread_id: str, element_id: str) -> ElementDict | None:
        """Never asked."""
        return None

    async def delete_element(self, element_id: str, thread_id: str | None = None) -> None:
        """Never asked."""

    async def create_step(self, step_dict: StepDict) -> None:
        """Steps are drawn from the books."""

    async def update_step(self, step_dict: StepDict) -> None:
        """Steps are drawn from the books."""

    async def delete_step(self, step_id: str) -> None:
        """Steps are drawn from the books."""

    async def build_debug_url(self) -> str:
        """There is none."""
        return ""

    async def close(self) -> None:
        """Whoever opened the database closes it."""


@contextmanager
def _told() -> Iterator[None]:
    """What the database does not take, tried again for as long as a page waits, is said to it as such."""
    try:
        yield
    except DatabaseUnusable as error:
        log.error("a conversation could not be changed: %s", error)
        raise HTTPException(503, str(error)) from error


def _thread(listed: ListedConversation) -> ThreadDict:
    return {
        "id": listed.id,
        "createdAt": listed.touched_at.isoformat(),
        "name": listed.title,
        "userId": listed.visitor,
        "userIdentifier": listed.visitor,
        "tags": [],
        "metadata": {},
        "steps": [],
        "elements": [],
    }
