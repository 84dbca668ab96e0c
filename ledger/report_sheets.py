"""The report for eyes: its tables and the lines below them."""

from ledger.figures import Figures, Percentiles
from ledger.question import Question
from ledger.report import Report, Row
from ledger.sheets import Sheet
from ledger.what_if import change
from ledger.wording import NONE, count, milliseconds, money, share
from ledger.wording import change as change_text

WHOSE = {"visitor": "visitors'", "operator": "operators'", "rehearsal": "rehearsal"}

_COLUMNS = (
    "turns",
    "replies",
    "tokens in",
    "tokens out",
    "cost",
    "TTFT p50",
    "p95",
    "p99",
    "latency p50",
    "p95",
    "p99",
    "errors",
    "stopped",
    "liked",
    "disliked",
)


def title(report: Report) -> str:
    """Whose turns, and when."""
    question = report.question
    only = [f"{name} {value}" for name in ("demo", "link", "cohort") if (value := getattr(question, name))]
    when = "all time" if str(question.window) == ".." else f"{question.window} (UTC)"
    return ", ".join((f"{WHOSE[question.audience].capitalize()} turns", when, *only))


def sheets(report: Report) -> list[Sheet]:
    """The rows with their totals; then what the same turns would have cost elsewhere, and what came of them."""
    rows = [_line(row, report.question) for row in report.rows]
    total = ["all", *([""] if report.question.by == "link" else []), *_figures(report.totals)]
    own = ("link", "outcome") if report.question.by == "link" else (report.question.by,)
    main = Sheet(title(report), (*own, *_COLUMNS), [*rows, total], len(_COLUMNS), 1, notes(report))
    return [main, *([_what_if(report)] if report.what_if and report.totals.turns else []), _outcomes(report)]


def notes(report: Report) -> list[str]:
    """What is not in the table, and how to read what is."""
    said = [left_out(report)]
    if report.totals.refused:
        said.append(
            f"Refused because a budget was used up, not counted as errors: {report.totals.refused:,}."
        )
    if report.totals.estimated:
        said.append(f"Turns whose tokens are estimated: {report.totals.estimated:,}.")
    if report.totals.cost_bound != "exact":
        said.append("The cost of some turns is not known, or not all of it (≥).")
    return [
        *said,
        "Times in milliseconds, of turns that gave text. Errors: failed, cut or interrupted turns.",
    ]


def left_out(report: Report) -> str:
    """How many turns of other audiences there were, and how to see them."""
    others = [(name, whose) for name, whose in WHOSE.items() if name != report.question.audience]
    counts = " and ".join(f"{report.left_out.get(name, 0):,} {whose} turns" for name, whose in others)
    options = ", ".join(f"--audience {name}" for name, _ in others)
    return f"Left out: {counts} ({options})."


def _line(row: Row, question: Question) -> list[str]:
    own = [row.key or "(none)"]
    if question.by == "link":
        own.append(row.outcome or NONE)
    return own + _figures(row.figures)


def _figures(figures: Figures) -> list[str]:
    return [
        count(figures.turns),
        count(figures.replies),
        count(figures.total_tokens - figures.completion_tokens),
        count(figures.completion_tokens),
        money(figures.cost_usd, figures.cost_bound),
        *_percentiles(figures.ttft_ms),
        *_percentiles(figures.latency_ms),
        share(figures.error_share),
        count(figures.stopped),
        count(figures.liked),
        count(figures.disliked),
    ]


def _percentiles(times: Percentiles | None) -> list[str]:
    return [milliseconds(time) for time in ((times.p50, times.p95, times.p99) if times else (None,) * 3)]


def _what_if(report: Report) -> Sheet:
    """A column for each model of the price list, beside what was paid."""
    models = [*report.what_if]
    rows = [
        [row.key or "(none)", money(row.figures.cost_usd, row.figures.cost_bound)]
        + [money(row.what_if.get(model)) for model in models]
        for row in report.rows
    ]
    totals = report.totals
    # Against a cost that is not wholly known nothing can be said.
    paid = totals.cost_usd if totals.cost_bound == "exact" else None
    moved = [change(report.what_if[model], paid) for model in models]
    rows.append(["all", money(totals.cost_usd, totals.cost_bound), *map(money, report.what_if.values())])
    rows.append(["change", "", *map(change_text, moved)])
    note = "The same counts of tokens at today's price list; another model counts and writes differently."
    columns = (report.question.by, "as it was", *models)
    return Sheet("What if: the same turns with each model", columns, rows, len(columns) - 1, 2, [note])


def _outcomes(report: Report) -> Sheet:
    found = report.outcomes
    bound = report.totals.cost_bound
    rows = [
        ["demos shown", count(found.demos)],
        ["links used", count(found.links)],
        ["won / lost / open", f"{found.won:,} / {found.lost:,} / {found.open:,}"],
        ["cost per demo", money(report.cost_per_demo, bound) if found.demos else NONE],
        ["cost per win", money(report.cost_per_win, bound) if found.won else NONE],
    ]
    note = "Cost per win: all that was spent in this time, also on links not won, over the links won."
    return Sheet("What came of it", ("what", "figure"), rows, 1, 0, [note])
