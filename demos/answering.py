"""What answers a demo's questions: which model, and all that it is told before the conversation."""

from collections.abc import Mapping, Sequence

from demos.demo import AnswerLanguage, Demo, Language
from demos.facts import system_prompt

#: By the language of the answers, then the reader's.
_ANSWER_IN: Mapping[AnswerLanguage, Mapping[Language, str]] = {
    "auto": {
        "vi": "Trả lời bằng ngôn ngữ của tin nhắn cuối cùng của khách.",
        "en": "Answer in the language of the customer's last message.",
    },
    "vi": {
        "vi": "Luôn trả lời bằng tiếng Việt.",
        "en": "Always answer in Vietnamese (Trả lời bằng tiếng Việt).",
    },
    "en": {
        "vi": "Luôn trả lời bằng tiếng Anh (Answer in English).",
        "en": "Always answer in English. Answer in English.",
    },
}


def whole_prompt(demo: Demo, language: Language, answers: AnswerLanguage) -> str:
    """Facts, rule and persona, and in which language to answer. language: the reader's."""
    return f"{system_prompt(demo)}\n\n{_ANSWER_IN[answers][language]}"


def first_model(demo: Demo, offered: Sequence[str], default: str) -> str:
    """The model that a conversation begins with, of those on offer. default: the price list's own."""
    wanted = (demo.default_model, default, *demo.models)
    return next((name for name in wanted if name in offered), offered[0])
