"""A tokenizer where one is installed, else the rule."""

import sys
import threading
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holysheep.tokenizer import ENCODING, SAMPLE, Counter
from holysheep.tokens import estimate

TEXT = "Dạ, áo khoác này còn cỡ M và L ạ. "


def by_words(text: str) -> list[int]:
    """As many tokens as there are words."""
    return list(range(len(text.split())))


def installed(monkeypatch: pytest.MonkeyPatch, *, vocabulary: bool = True) -> None:
    """A module in tiktoken's place; without its vocabulary it would have to ask the network."""

    class Encoding:
        def encode(self, text: str, disallowed_special: tuple[str, ...]) -> list[int]:
            return by_words(text)

    def get_encoding(name: str) -> Encoding:
        assert name == ENCODING
        if not vocabulary:
            raise ConnectionError
        return Encoding()

    module = ModuleType("tiktoken")
    module.__spec__ = sys.__spec__
    monkeypatch.setattr(module, "get_encoding", get_encoding, raising=False)
    monkeypatch.setitem(sys.modules, "tiktoken", module)


def loaded(counter: Counter) -> Counter:
    """Once it has looked."""
    counter.load()
    for thread in threading.enumerate():
        if thread.name == "tokenizer":
            thread.join(10)
    return counter


def test_a_tokenizer_counts_what_it_is_given_and_the_rule_the_rest() -> None:
    """A long text is counted from its beginning, in proportion, so that nobody waits for it."""
    seen: list[str] = []
    counter = Counter(lambda text: seen.append(text) or by_words(text))  # type: ignore[func-returns-value]
    assert counter(TEXT) == 10
    assert counter("") == 0
    long = TEXT * 1000
    assert abs(counter(long) - 10_000) < 500
    assert max(map(len, seen)) == SAMPLE


def test_one_that_is_installed_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """As soon as it has its vocabulary; until then, and without one, the rule counts."""
    installed(monkeypatch)
    counter = Counter()
    assert counter(TEXT) == estimate(TEXT)
    assert loaded(counter)(TEXT) == 10
    installed(monkeypatch, vocabulary=False)
    assert loaded(Counter())(TEXT) == estimate(TEXT)


@given(st.text())
def test_without_one_the_rule_counts(text: str) -> None:
    """Nothing else is loaded."""
    assert Counter()(text) == estimate(text)
