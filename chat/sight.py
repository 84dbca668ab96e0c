"""What a visitor may see of a receipt, and set in the panel; an operator sees and sets everything."""

from collections.abc import Mapping

from chat.choices import FIELDS
from chat.conversation import Conversation
from demos import EVERYTHING, Demo, Shown

#: The keys of a receipt's metadata that belong to each thing that can be shown.
_LATENCY = frozenset(("ttft_ms", "latency_ms", "tokens_per_second"))
_TOKENS = frozenset(
    (
        "prompt_tokens",
        "cached_tokens",
        "completion_tokens",
        "reasoning_tokens",
        "total_tokens",
        "usage_source",
    )
)
_COST = frozenset(("cost_usd", "cost_bound", "price_version"))
_MODEL = frozenset(("model", "served_model", "provider", "cohort"))

_VISITORS_FIELDS = ("language", "page_language")


def sight(conversation: Conversation, demo: Demo) -> Shown:
    """What the pages of a conversation show."""
    return EVERYTHING if conversation.link is None else demo.shown


def fields(conversation: Conversation, demo: Demo) -> tuple[str, ...]:
    """The settings that the panel offers."""
    if conversation.link is None:
        return FIELDS
    return ("model", *_VISITORS_FIELDS) if demo.shown.model_picker else _VISITORS_FIELDS


def seen(metadata: Mapping[str, object], shown: Shown) -> dict[str, object]:
    """A receipt's metadata with all its keys; what is not shown is None, so that it never leaves the house."""
    if shown is EVERYTHING:
        return dict(metadata)
    parts = (
        (_MODEL, shown.model_picker),
        (_LATENCY, shown.latency),
        (_TOKENS, shown.tokens),
        (_COST, shown.cost),
    )
    hidden = {key for keys, is_shown in parts if not is_shown for key in keys}
    return {key: None if key in hidden else value for key, value in metadata.items()}
