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

Format = Literal["table", "json", "csv", "html", "md"]
FORMATS: tuple[Format, ...] = get_args(Format)


def written(report: Report, form: Format) -> str:
    """The report as text that ends with a line's end."""
    return _FORMS[form](report)


def report_picture(report: Report) -> str:
    """The report's charts as one SVG picture."""
    return draw(title(report), report_panels(report))


def json_text(data: object) -> str:
    """JSON for people and programs."""
    return orjson.dumps(data, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode()


_FORMS: Mapping[Format, Callable[[Report], str]] = {
    "table": lambda report: "\n\n".join(sheet.text() for sheet in sheets(report)) + "\n",
    "md": lambda report: "\n\n".join(sheet.markdown() for sheet in sheets(report)) + "\n",
    "json": lambda report: json_text(as_json(report)),
    "csv": as_csv,
    "html": lambda report: page(title(report), report_picture(report), sheets(report)),
}
