"""How a conversation begins: the demo's greeting, with its starters as buttons below."""

from chat import steps
from chat.conversation import Conversation
from demos import Demo


def greet(conversation: Conversation, demo: Demo, *, starters: bool = True) -> None:
    """Put the greeting on the screen, in the page's language where the demo has it, else in Vietnamese."""
    language = conversation.language
    greeting = steps.reply(conversation.id, demo.title, None)
    greeting["output"] = demo.greeting.get(language) or demo.greeting.get("vi") or demo.title
    conversation.screen.add(greeting)
    if not starters:
        return
    for starter in demo.starters.get(language) or demo.starters.get("vi") or ():
        payload = {"message": starter.message}
        conversation.screen.add_action(
            steps.action("starter", starter.label, greeting["id"], "message-circle", payload)
        )
