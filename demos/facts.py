"""What a shop has told, as the model gets it: at the head of the prompt, before the rule and the persona."""

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from demos.demo import Demo, Facts, Language
from holysheep.tokens import estimate

#: The most that a demo's facts may be, in estimated tokens. They are sent with every message: at this length, and
#: with nothing from the provider's cache, the usual budget of a link (0.50 USD) pays for some 150 replies of the
#: default model; and with a third more, by which an estimate may be off, they are a tenth of the smallest window.
FACTS_TOKENS = 8000

#: What the model is to say where the facts say nothing.
NOT_TOLD: dict[Language, str] = {"vi": "cửa hàng chưa cho em biết", "en": "the shop has not told me"}

_DELIMITERS = ",;\t"


@dataclass(frozen=True)
class BadRow:
    """A row of a CSV text that does not fit its header.

    line: where it begins, from 1. found, expected: columns; found is None where a quote is not closed as it should.
    """

    line: int
    found: int | None
    expected: int


class BadRows(ValueError):
    """A CSV text with bad rows; ``rows`` holds every one of them."""

    def __init__(self, rows: Sequence[BadRow]) -> None:
        self.rows = tuple(rows)
        super().__init__("; ".join(f"line {row.line}: {row.found} of {row.expected} columns" for row in rows))


def system_prompt(demo: Demo) -> str:
    """All that the model is told before the conversation.

    The facts come first: they change the least, so the provider's cache holds them while the persona is edited.
    """
    if not demo.facts:
        return demo.persona.strip()
    return f"{facts_text(demo)}\n\n---\n\n{_rule(demo)}\n\n{demo.persona.strip()}"


def facts_text(demo: Demo) -> str:
    """The facts, each below its title, a CSV text as a table.

    All of them: of a catalogue too large to be sent whole, what a question calls for would be picked here.
    """
    return _text(demo.facts)


def facts_tokens(demo: Demo) -> int:
    """How many tokens the facts are, estimated; at most ``FACTS_TOKENS`` in a demo that was read."""
    return tokens_of(demo.facts)


def tokens_of(facts: Sequence[Facts]) -> int:
    """As ``facts_tokens``, for facts that belong to no demo yet."""
    return estimate(_text(facts))


def csv_rows(content: str) -> list[list[str]]:
    """The header and the rows, cells without the blank around them. Raises BadRows with every row that does not fit.

    Cells are parted by comma, semicolon or tab, whichever parts the header into the most. Blank rows are skipped.
    """
    mark = max(_DELIMITERS, key=lambda mark: len(_header(content, mark)))
    columns = len(_header(content, mark))
    rows, bad = [], []
    for line, cells in _read(content, mark):
        if cells is None or len(cells) != columns:
            bad.append(BadRow(line, None if cells is None else len(cells), columns))
        else:
            rows.append([cell.strip() for cell in cells])
    if bad:
        raise BadRows(bad)
    return rows


def _header(content: str, mark: str) -> list[str]:
    return next((cells for _, cells in _read(content, mark) if cells is not None), [])


def _read(content: str, mark: str) -> Iterator[tuple[int, list[str] | None]]:
    """Each row with the line it begins at; None where its quotes are wrong."""
    reader = csv.reader(io.StringIO(content, newline=""), delimiter=mark, strict=True, skipinitialspace=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:  # the next row is read as if nothing had been
            yield line, None
            continue
        if any(cell.strip() for cell in cells):
            yield line, cells


def _text(facts: Sequence[Facts]) -> str:
    return "\n\n".join(f"## {_line(told.title)}\n\n{_BODIES[told.format](told.content)}" for told in facts)


def _table(content: str) -> str:
    rows = csv_rows(content)
    rule = [["---"] * len(row) for row in rows[:1]]
    return "\n".join(f"| {' | '.join(map(_cell, row))} |" for row in (*rows[:1], *rule, *rows[1:]))


def _cell(cell: str) -> str:
    return _line(cell).replace("|", "\\|")


def _line(text: str) -> str:
    return " ".join(text.split())


_BODIES: dict[str, Callable[[str], str]] = {"text": str.strip, "markdown": str.strip, "csv": _table}


def _rule(demo: Demo) -> str:
    """In the language of the demo's persona, as far as one can tell; one line, and it begins by saying what it is."""
    if demo.language == "en":
        call = f" and give the hotline {demo.hotline}" if demo.hotline else ""
        return (
            "Rules for facts: only what stands above is true. What does not stand there (a price, an offer, stock, an "
            f"order), answer with “{NOT_TOLD['en']}” (in Vietnamese “{NOT_TOLD['vi']}”){call}. Never make up a figure."
        )
    call = f" và mời khách gọi hotline {demo.hotline}" if demo.hotline else ""
    return (
        "Quy tắc về thông tin: chỉ những điều ghi ở trên là đúng. Điều gì không có ở đó (giá, ưu đãi, tồn kho, đơn "
        f"hàng), hãy nói “{NOT_TOLD['vi']}” (tiếng Anh: “{NOT_TOLD['en']}”){call}. Không tự đặt ra con số nào."
    )
