"""Writes the reply: customer care that sounds right, from the question and the system prompt.

The same question gets the same reply, so a test may rely on it.
"""

import random
import re
import zlib
from collections.abc import Iterator, Sequence
from functools import lru_cache

from . import facts, tokens
from .language import choose, normal
from .phrases import CODE, GREETINGS, LIST, PHRASES, STOP_WORDS, TABLE, THANKS, Phrases, Topic
from .request import Message

_SUBJECT_WORDS = 6
_GREETING_WORDS = 4
_FACT_ROWS = 6
_FIGURE = re.compile(r"\d")
_CODE = """```python
import json

order = {"id": "DH10245", "items": ["%s"], "status": "shipping"}
print(json.dumps(order, ensure_ascii=False, indent=2))
```"""


def pieces(messages: Sequence[Message], exactly: int = 0) -> tuple[str, ...]:
    """The reply's tokens: ``exactly`` that many, or, with 0, as many as it naturally has."""
    return _pieces(_system(messages), last_question(messages), exactly)


@lru_cache(maxsize=64)
def _pieces(system: str, question: str, exactly: int) -> tuple[str, ...]:
    """Cached, since a benchmark asks the same of us many times at one instant."""
    language = choose(system, question)
    stock = PHRASES[language]
    known = facts.readable(facts.facts(system), language)
    said = tokens.split(reply(stock, question, known))
    if not exactly:
        return tuple(said)
    more = _endless(stock, _rng(question))
    while len(said) < exactly:
        said += tokens.split(next(more))
    return tuple(said[:exactly])


def last_question(messages: Sequence[Message]) -> str:
    """The newest message of the customer."""
    return next((message.content for message in reversed(messages) if message.role == "user"), "")


def _system(messages: Sequence[Message]) -> str:
    return "\n".join(message.content for message in messages if message.role in ("system", "developer"))


def reply(stock: Phrases, question: str, known: Sequence[str]) -> str:
    """The whole text in the language of ``stock``; ``known`` are the shop's facts."""
    asked = normal(question)
    if len(asked.split()) <= _GREETING_WORDS:
        if _any(THANKS, asked):
            return stock.thanks
        if _any(GREETINGS, asked):
            return stock.greeting
    return "\n\n".join(_paragraphs(stock, question, known))


def _paragraphs(stock: Phrases, question: str, known: Sequence[str]) -> Iterator[str]:
    rng, asked = _rng(question), normal(question)
    about = subject(question)
    topic = _topic(stock, asked)
    fits = facts.fitting(question, known) or (
        facts.priced(known)[:3] if topic is stock.topics["price"] else []
    )
    openings = stock.openings if about else (stock.opening,)
    opening = rng.choice(openings).replace("{subject}", about)
    answers = " ".join(_answers(stock, topic, rng, bool(fits)))
    if len(fits) == 1:
        yield f"{opening} {stock.quote.replace('{fact}', fits[0])} {answers}"
    else:
        yield f"{opening} {answers}"
    tabled = _any(TABLE, asked)
    if len(fits) > 1 and not tabled:
        yield "\n".join((stock.quotes, "", *(f"- {fact}" for fact in fits)))
    if tabled:
        yield _table(stock, question, known)
    if _any(CODE, asked):
        yield f"{stock.code_intro}\n\n{_CODE % (about or 'DH10245-1')}"
    if topic.points and (_any(LIST, asked) or rng.random() < 0.3):
        yield "\n".join((stock.list_intro, "", *(f"- {point}" for point in topic.points)))
    yield f"{rng.choice(stock.more)} {rng.choice(stock.closings)}"


def _answers(stock: Phrases, topic: Topic, rng: random.Random, has_facts: bool) -> list[str]:
    """Two sentences. Beside the shop's own facts they name no figure, which could contradict them."""
    if not has_facts:
        return rng.sample(topic.answers, 2)
    plain = [line for line in (*topic.answers, *stock.other.answers) if not _FIGURE.search(line)]
    return plain[:1] if topic is not stock.other else rng.sample(plain, 1)


def subject(question: str) -> str:
    """The longest run of meaningful words, as the customer wrote them; "" when there is none."""
    runs: list[list[str]] = [[]]
    for word in re.findall(r"\w+|[^\w\s]", question):
        if word.isalnum() and normal(word) not in STOP_WORDS:
            runs[-1].append(word)
        else:
            runs.append([])
    best = max(runs, key=lambda run: len(" ".join(run[:_SUBJECT_WORDS])))
    return " ".join(best[:_SUBJECT_WORDS])


def _table(stock: Phrases, question: str, known: Sequence[str]) -> str:
    rows = facts.rows(question, known, _FACT_ROWS)
    rows = rows if len(rows) > 1 else list(stock.table_rows)
    lines = [f"| {left} | {right} |" for left, right in (stock.table_head, ("---", "---"), *rows)]
    return f"{stock.table_intro}\n\n" + "\n".join(lines)


def _topic(stock: Phrases, asked: str) -> Topic:
    """The topic whose words stand in the question; the longest hit wins."""
    hits = [
        (len(word), name)
        for name, topic in stock.topics.items()
        for word in topic.words
        if _any((word,), asked)
    ]
    return stock.topics[max(hits)[1]] if hits else stock.other


def _endless(stock: Phrases, rng: random.Random) -> Iterator[str]:
    """More of the same, for replies of a set length."""
    sentences = [*stock.more, *(line for topic in stock.topics.values() for line in topic.answers)]
    while True:
        rng.shuffle(sentences)
        for start in range(0, len(sentences), 4):
            yield "\n\n" + " ".join(sentences[start : start + 4])


def _any(words: Sequence[str], text: str) -> bool:
    return any(re.search(rf"\b{re.escape(word)}\b", text) for word in words)


def _rng(question: str) -> random.Random:
    return random.Random(zlib.crc32(normal(question).encode("utf-8", "replace")))
