"""Counting prompts, and remembering which beginnings of them were seen before."""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from . import tokens
from .request import Message


@dataclass(frozen=True)
class Usage:
    """Tokens of one reply; ``cached`` is the part of ``prompt`` that was seen before."""

    prompt: int
    cached: int
    completion: int

    def as_json(self) -> dict[str, Any]:
        """The ``usage`` object of the API."""
        return {
            "prompt_tokens": self.prompt,
            "completion_tokens": self.completion,
            "total_tokens": self.prompt + self.completion,
            "prompt_tokens_details": {"cached_tokens": self.cached, "audio_tokens": 0},
            "completion_tokens_details": {"reasoning_tokens": 0, "audio_tokens": 0},
        }


class PromptCache:
    """The prompts seen in this run, as hashes of their beginnings.

    As with the real thing, a prompt is cached up to the last message that it shares with an earlier
    one, and the newest message is always fresh. The oldest beginnings are forgotten first.
    """

    def __init__(self, size: int = 20_000) -> None:
        self._size = size
        self._seen: OrderedDict[int, None] = OrderedDict()

    def count(self, model: str, messages: Iterable[Message]) -> tuple[int, int]:
        """Tokens of the prompt and how many of them are cached; remembers the prompt."""
        prompt = cached = fresh = 0
        key = hash(model)
        for message in messages:
            cached = fresh  # one message behind: the newest never counts
            key = hash((key, message.role, message.content))
            prompt += tokens.count(message.content)
            if key in self._seen:
                self._seen.move_to_end(key)
                fresh = prompt
            else:
                self._seen[key] = None
        while len(self._seen) > self._size:
            self._seen.popitem(last=False)
        return prompt, cached
