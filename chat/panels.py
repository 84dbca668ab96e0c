"""The settings panel of a conversation: what it offers, what is chosen in it, and an operator's edits of the demo."""

import logging
from collections.abc import Mapping
from typing import Any

from chat.choices import Choices, changed, followed, initial, panel
from chat.conversation import Conversation
from chat.editing import changes, demo_tabs, filled, is_edit
from chat.restore import saved_choices
from chat.screen import Page
from chat.sight import fields, sight
from chat.texts import say
from chat.turn import Desk
from demos import Demo, DemoFileError
from holysheep import Model
from ledger import DatabaseUnusable

log = logging.getLogger(__name__)


class Panels:
    """What can be set beside the chat. An operator's changes of the demo are its versions."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def models(self, conversation: Conversation) -> list[Model]:
        """The models that the conversation's demo offers."""
        offered = self._desk.demo(conversation).models
        every = self._desk.engine.models
        return [every[name] for name in offered if name in every] or list(every.values())

    def offered(self, conversation: Conversation) -> Choices:
        """What the demo sets where nothing is chosen."""
        demo, default = self._desk.demo(conversation), self._desk.default_model
        return initial(demo, self.models(conversation), default, conversation.page_language)

    def follow(self, conversation: Conversation) -> bool:
        """A demo saved meanwhile also sets what was left alone in the panel; whether anything became another."""
        now = self.offered(conversation)
        if conversation.choices is None or conversation.offered is None or now == conversation.offered:
            return False
        models = self.models(conversation)
        conversation.choices = followed(conversation.choices, conversation.offered, now, models)
        conversation.offered = now
        self.send_all(conversation)
        return True

    def choose(self, conversation: Conversation, values: Mapping[str, Any]) -> None:
        """Take what the panel sent for the conversation. Raises Refused for anything that it does not offer."""
        assert conversation.choices is not None
        demo = self._desk.demo(conversation)
        chosen = {field: value for field, value in values.items() if not _edits(conversation, field)}
        offered = fields(conversation, demo)
        conversation.choices = changed(conversation.choices, chosen, self.models(conversation), offered)
        conversation.touched = True
        self._desk.books.save_conversation(conversation.id, choices=saved_choices(conversation))

    def edits(self, conversation: Conversation, values: Mapping[str, Any]) -> dict[str, object]:
        """What an operator's panel changed of the demo since it was sent; a panel that was open longer than another's
        edit does not undo that."""
        if conversation.link is not None or conversation.panel_demo is None:
            return {}
        return changes(values, conversation.panel_demo)

    async def save(self, conversation: Conversation, changed: Mapping[str, object]) -> tuple[bool, str]:
        """Save an operator's edit as a version; whether it is one, and the words that say so, or why not."""
        language = conversation.language
        try:
            demo = await self._desk.versions.edit(conversation.demo, changed, author=conversation.operator)
        except DemoFileError as error:
            return False, say(language, "notes.edit_refused", reason=error.texts[language])
        except DatabaseUnusable as error:
            log.error("demo %s could not be saved: %s", conversation.demo, error)
            return False, say(language, "notes.edit_not_kept")
        self.send_all(conversation)
        return (
            True,
            f"{say(language, 'notes.edit_saved', version=demo.version)} {filled(language, demo)}".strip(),
        )

    def send_all(self, conversation: Conversation) -> None:
        """Show the panel as it now stands on every page of the conversation."""
        for page in conversation.screen.pages:
            self.send(conversation, page)

    def send(self, conversation: Conversation, page: Page) -> None:
        """Show the panel as it now stands."""
        assert conversation.choices is not None
        free = frozenset(name for name, provider in self._desk.engine.providers.items() if provider.free)
        demo = self._desk.demo(conversation)
        inputs = panel(
            conversation.language,
            conversation.choices,
            self.models(conversation),
            free,
            fields(conversation, demo),
            prices=sight(conversation, demo).cost,
        )
        page.send("chat_settings", self._tabs(conversation, demo, inputs))

    def _tabs(
        self, conversation: Conversation, demo: Demo, inputs: list[dict[str, Any]]
    ) -> list[dict[str, Any]]:
        """A visitor's panel is a plain list; an operator's has the demo's own tabs behind the chat's."""
        if conversation.link is not None:
            return inputs
        conversation.panel_demo = demo
        language = conversation.language
        labels = {name: model.label for name, model in self._desk.engine.models.items()}
        chat = {"id": "tab-chat", "label": say(language, "panel.tab_chat"), "inputs": inputs}
        return [chat, *demo_tabs(language, demo, labels)]


def _edits(conversation: Conversation, field: str) -> bool:
    return conversation.link is None and is_edit(field)
