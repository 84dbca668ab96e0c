"""How a conversation begins: the demo's greeting, with its starters as buttons below."""

from chat import steps
from chat.conversation import Conversation
from demos import Demo, Language, Starter


def greeting_of(demo: Demo, language: Language) -> str:
    """The demo's greeting, in the page's language where the demo has it, else in Vietnamese."""
    return demo.greeting.get(language) or demo.greeting.get("vi") or demo.title


def starters_of(demo: Demo, language: Language) -> tuple[Starter, ...]:
    """What can be asked first, by a click."""
    return demo.starters.get(language) or demo.starters.get("vi") or ()


def greet(conversation: Conversation, demo: Demo, *, starters: bool = True) -> None:
    """Put the greeting on the screen, with its starters as buttons."""
    language = conversation.language
    greeting = steps.reply(conversation.id, demo.title, None)
    greeting["output"] = greeting_of(demo, language)
    conversation.screen.add(greeting)
    if not starters:
        return
    for starter in starters_of(demo, language):
        payload = {"message": starter.message}
        conversation.screen.add_action(
            steps.action("starter", starter.label, greeting["id"], "message-circle", payload)
        )
