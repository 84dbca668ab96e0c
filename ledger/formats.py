"""A report in each of the forms it is asked for."""

from collections.abc import Callable, Mapping
from typing import Literal, get_args

import orjson

from ledger.page import page
from ledger.panels import report_panels
from ledger.picture import draw
from ledger.report import Report
from ledger.report_data import as_csv, as_json
from ledger.report_sheets import sheets, title
from ledger.wording import Language

Format = Literal["table", "json", "csv", "html", "md"]
FORMATS: tuple[Format, ...] = get_args(Format)


def written(report: Report, form: Format, language: Language = "en") -> str:
    """The report as text that ends with a line's end. What programs read (JSON, CSV) is in no language."""
    return _FORMS[form](report, language)


def report_picture(report: Report, language: Language = "en") -> str:
    """The report's charts as one SVG picture."""
    return draw(title(report, language), report_panels(report, language))


def json_text(data: object) -> str:
    """JSON for people and programs."""
    return orjson.dumps(data, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode()


def _page(report: Report, language: Language) -> str:
    head, tables = title(report, language), sheets(report, language)
    return page(head, report_picture(report, language), tables, language=language)


_FORMS: Mapping[Format, Callable[[Report, Language], str]] = {
    "table": lambda report, language: "\n\n".join(s.text() for s in sheets(report, language)) + "\n",
    "md": lambda report, language: "\n\n".join(s.markdown() for s in sheets(report, language)) + "\n",
    "json": lambda report, _: json_text(as_json(report)),
    "csv": lambda report, _: as_csv(report),
    "html": _page,
}
