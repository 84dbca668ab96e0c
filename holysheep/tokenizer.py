"""A tokenizer where one is installed, else the rule of ``holysheep.tokens``."""

import logging
import threading
from collections.abc import Callable, Sequence
from importlib.util import find_spec

from holysheep.tokens import estimate

log = logging.getLogger(__name__)

#: So many characters are given to a tokenizer: about a millisecond's work, which nobody waits for.
SAMPLE = 4000
#: The encoding of OpenAI's newer models; it is nearer to the others' than a rule is.
ENCODING = "o200k_base"


class Counter:
    """Tokens of a text. ``load()`` looks for tiktoken beside the loop: its vocabulary may have to be fetched first."""

    def __init__(self, encode: Callable[[str], Sequence[int]] | None = None) -> None:
        self._encode = encode

    def __call__(self, text: str) -> int:
        """A long text is counted by the rule, corrected by what the tokenizer makes of its beginning."""
        if self._encode is None or not text:
            return estimate(text)
        sample = text[:SAMPLE]
        tokens = len(self._encode(sample))
        return tokens if len(text) <= SAMPLE else round(estimate(text) * tokens / estimate(sample))

    def load(self) -> None:
        """Use the tokenizer that is installed as soon as it is there; no program waits for that, or ends later."""
        if self._encode is None and find_spec("tiktoken") is not None:
            threading.Thread(target=self._load, name="tokenizer", daemon=True).start()

    def _load(self) -> None:
        try:
            import tiktoken  # type: ignore[import-not-found, unused-ignore]

            encoding = tiktoken.get_encoding(ENCODING)
        except Exception as error:  # it may need the network, a disk, a newer Python: then the rule does
            log.info("tokens are estimated: tiktoken has no vocabulary here (%s)", type(error).__name__)
            return
        self._encode = lambda text: encoding.encode(text, disallowed_special=())
