"""What a demo should have answered, kept among its facts: one piece of pairs, a question and the answer to it."""

import re

from demos.demo import Demo, Language
from demos.text import edited, with_item

TITLE = "Câu trả lời đã sửa / Corrected answers"

_HEAD: dict[Language, str] = {
    "vi": "Khách hỏi như dưới đây thì trả lời đúng như vậy, kể cả khi phần khác nói khác.",
    "en": "Where a customer asks what stands here, this is the answer, whatever else is said elsewhere.",
}
_ASKED: dict[Language, str] = {"vi": "Hỏi", "en": "Q"}
_ANSWERED: dict[Language, str] = {"vi": "Đáp", "en": "A"}
_PAIR = re.compile(r"(?:Hỏi|Q): (.+)\n(?:Đáp|A): (.+(?:\n.+)*)")


def corrected(text: str, demo: Demo, question: str, answer: str) -> str:
    """The demo's TOML with that answer to that question. One that was corrected before gets its new answer.

    text: as ``demo`` was read from.
    """
    language: Language = "en" if demo.language == "en" else "vi"
    place = next((i for i, piece in enumerate(demo.facts, 1) if piece.title == TITLE), None)
    content = _with_pair(demo.facts[place - 1].content if place else "", question, answer, language)
    if place is None:
        return with_item(text, "facts", {"title": TITLE, "format": "text", "content": content})
    return edited(text, {f"facts.{place}.content": content})


def _with_pair(content: str, question: str, answer: str, language: Language) -> str:
    """Blocks parted by blank lines; what is no pair stays as somebody wrote it."""
    asked = " ".join(question.split())
    said = "\n".join(line.rstrip() for line in answer.strip().splitlines() if line.strip())
    pair = f"{_ASKED[language]}: {asked}\n{_ANSWERED[language]}: {said}"
    blocks = [block.strip() for block in re.split(r"\n\s*\n", content.strip()) if block.strip()]
    for place, block in enumerate(blocks):
        if (found := _PAIR.fullmatch(block)) and found[1].strip().casefold() == asked.casefold():
            blocks[place] = pair
            break
    else:
        blocks += [pair] if blocks else [_HEAD[language], pair]
    return "\n\n".join(blocks) + "\n"
