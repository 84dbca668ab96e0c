"""A report as one page that needs nothing else: no script, no address."""

from collections.abc import Sequence
from html import escape

from ledger.sheets import Sheet
from ledger.wording import Language

_STYLE = """
body{font:15px/1.5 system-ui,-apple-system,'Segoe UI',sans-serif;color:#212529;margin:2rem auto;padding:0 1rem;
max-width:1100px}
h1{font-size:1.5rem}h2{font-size:1.1rem;margin-top:2rem}svg{max-width:100%;height:auto}.wide{overflow-x:auto}
table{border-collapse:collapse;font-variant-numeric:tabular-nums}
th,td{padding:.25rem .6rem;text-align:left;border-bottom:1px solid #e9ecef;white-space:nowrap}
.number{text-align:right}.sum td{border-top:2px solid #adb5bd;font-weight:600}p{color:#495057;margin:.4rem 0}
"""


def page(
    title: str,
    picture: str,
    sheets: Sequence[Sheet],
    notes: Sequence[str] = (),
    language: Language = "en",
) -> str:
    """An HTML page. picture: an SVG element."""
    body = "\n".join([picture, *(sheet.html() for sheet in sheets), *(f"<p>{escape(n)}</p>" for n in notes)])
    return (
        f'<!doctype html>\n<html lang="{language}"><head><meta charset="utf-8"><title>{escape(title)}</title>\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{_STYLE}</style></head>\n<body><h1>{escape(title)}</h1>\n{body}\n</body></html>\n"
    )
