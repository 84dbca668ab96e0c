"""The report for eyes: its tables and the lines below them."""

from ledger.figures import Figures, Percentiles
from ledger.question import AUDIENCES, Question
from ledger.report import Report, Row
from ledger.sheets import Sheet
from ledger.what_if import change
from ledger.wording import NONE, Language, count, day, milliseconds, money, say, share
from ledger.wording import change as change_text

_COUNTS = ("turns", "replies", "tokens_in", "tokens_out", "cost")
_ENDS = ("errors", "stopped", "liked", "disliked")


def title(report: Report, language: Language = "en") -> str:
    """Whose turns, and when."""
    question = report.question
    only = [
        f"{say(language, f'by.{name}')} {value}"
        for name in ("demo", "link", "cohort")
        if (value := getattr(question, name))
    ]
    return ", ".join((say(language, f"title.{question.audience}"), _when(question, language), *only))


def sheets(report: Report, language: Language = "en") -> list[Sheet]:
    """The rows with their totals; then what the same turns would have cost elsewhere, and what came of them."""
    figures = [*_heads(language)]
    rows = [_line(row, report.question, language) for row in report.rows]
    by = report.question.by
    total = [say(language, "by.all"), *([""] if by == "link" else []), *_figures(report.totals, language)]
    own = [say(language, f"by.{by}"), *([say(language, "columns.outcome")] if by == "link" else [])]
    main = Sheet(
        title(report, language),
        (*own, *figures),
        [*rows, total],
        len(figures),
        1,
        notes(report, language),
    )
    elsewhere = [_what_if(report, language)] if report.what_if and report.totals.turns else []
    return [main, *elsewhere, _outcomes(report, language)]


def notes(report: Report, language: Language = "en") -> list[str]:
    """What is not in the table, and how to read what is."""
    totals, said = report.totals, [left_out(report, language)]
    if totals.refused:
        said.append(say(language, "notes.refused", n=count(totals.refused, language)))
    if totals.estimated:
        said.append(say(language, "notes.estimated", n=count(totals.estimated, language)))
    if totals.cost_bound != "exact":
        said.append(say(language, "notes.bound"))
    return [*said, say(language, "notes.times")]


def left_out(report: Report, language: Language = "en") -> str:
    """How many turns of other audiences there were, and how to see them."""
    others = [name for name in AUDIENCES if name != report.question.audience]
    counts = [
        say(
            language,
            "notes.left_out_turns",
            n=count(report.left_out.get(name, 0), language),
            whose=say(language, f"whose.{name}"),
        )
        for name in others
    ]
    options = ", ".join(f"--audience {name}" for name in others)
    return say(language, "notes.left_out", counts=say(language, "notes.and").join(counts), options=options)


def key_shown(row: Row, language: Language) -> str:
    """What a row tells of; days as people write them."""
    return day(row.key, language) if row.key else say(language, "by.none")


def _when(question: Question, language: Language) -> str:
    since, _, until = (part for part in str(question.window).partition(".."))
    kind = "window" if since and until else "since" if since else "until" if until else "all_time"
    if kind == "all_time":
        return say(language, "title.all_time")
    return say(language, f"title.{kind}", since=day(since, language), until=day(until, language))


def _heads(language: Language) -> list[str]:
    counts, ends = ([say(language, f"columns.{key}") for key in keys] for keys in (_COUNTS, _ENDS))
    times = [[say(language, f"columns.{key}"), "p95", "p99"] for key in ("ttft", "latency")]
    return [*counts, *times[0], *times[1], *ends]


def _line(row: Row, question: Question, language: Language) -> list[str]:
    own = [key_shown(row, language)]
    if question.by == "link":
        own.append(say(language, f"outcome.{row.outcome}") if row.outcome else NONE)
    return own + _figures(row.figures, language)


def _figures(figures: Figures, language: Language) -> list[str]:
    return [
        count(figures.turns, language),
        count(figures.replies, language),
        count(figures.total_tokens - figures.completion_tokens, language),
        count(figures.completion_tokens, language),
        money(figures.cost_usd, figures.cost_bound, language),
        *_percentiles(figures.ttft_ms, language),
        *_percentiles(figures.latency_ms, language),
        share(figures.error_share, language),
        count(figures.stopped, language),
        count(figures.liked, language),
        count(figures.disliked, language),
    ]


def _percentiles(times: Percentiles | None, language: Language) -> list[str]:
    values = (times.p50, times.p95, times.p99) if times else (None,) * 3
    return [milliseconds(time, language) for time in values]


def _what_if(report: Report, language: Language) -> Sheet:
    """A column for each model of the price list, beside what was paid."""
    models = [*report.what_if]
    rows = [
        [key_shown(row, language), money(row.figures.cost_usd, row.figures.cost_bound, language)]
        + [money(row.what_if.get(model), language=language) for model in models]
        for row in report.rows
    ]
    totals = report.totals
    # Against a cost that is not wholly known nothing can be said.
    paid = totals.cost_usd if totals.cost_bound == "exact" else None
    moved = [change_text(change(report.what_if[model], paid), language) for model in models]
    costs = [money(cost, language=language) for cost in report.what_if.values()]
    rows.append([say(language, "by.all"), money(totals.cost_usd, totals.cost_bound, language), *costs])
    rows.append([say(language, "what_if.change"), "", *moved])
    columns = (say(language, f"by.{report.question.by}"), say(language, "what_if.as_it_was"), *models)
    head, note = say(language, "what_if.title"), say(language, "what_if.note")
    return Sheet(head, columns, rows, len(columns) - 1, 2, [note])


def _outcomes(report: Report, language: Language) -> Sheet:
    found, bound = report.outcomes, report.totals.cost_bound
    ends = " / ".join(count(number, language) for number in (found.won, found.lost, found.open))
    figures = {
        "demos": count(found.demos, language),
        "links": count(found.links, language),
        "ends": ends,
        "per_demo": money(report.cost_per_demo, bound, language) if found.demos else NONE,
        "per_win": money(report.cost_per_win, bound, language) if found.won else NONE,
    }
    rows = [[say(language, f"came.{key}"), shown] for key, shown in figures.items()]
    columns = (say(language, "came.what"), say(language, "came.figure"))
    return Sheet(say(language, "came.title"), columns, rows, 1, 0, [say(language, "came.note")])
