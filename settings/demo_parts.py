"""The tables of a demo's file: facts, test questions, looks, and what a visitor may see and use up."""

from demos.demo import Branding, Facts, FactsFormat, Language, Limits, Question, Shown, Theme
from demos.facts import FACTS_TOKENS, BadRow, BadRows, csv_rows, tokens_of
from settings.checks import Check, Wrong, choice, color, dollars, flag, lines, picture, text, whole
from settings.faults import Say
from settings.section import Section

_THEME: Check[Theme] = choice("auto", "light", "dark")
_FORMAT: Check[FactsFormat] = choice("text", "markdown", "csv")
_LONGEST_FACTS = 100_000


def facts(root: Section) -> tuple[Facts, ...]:
    """What the shop has told, each piece under a title of its own, all of it within ``FACTS_TOKENS``."""
    sections = root.tables("facts")
    told = tuple(_fact(section) for section in sections)
    for i, section in enumerate(sections):
        if told[i].title and any(told[i].title.lower() == earlier.title.lower() for earlier in told[:i]):
            section.wrong("title", Wrong(Say("mỗi tiêu đề một lần", "each title only once")))
    if (tokens := tokens_of(told)) > FACTS_TOKENS:
        expected = Say(f"nhiều nhất {FACTS_TOKENS} token", f"at most {FACTS_TOKENS} tokens")
        root.wrong("facts", Wrong(expected, Say(f"khoảng {tokens} token", f"about {tokens} tokens")))
    return told


def _fact(section: Section) -> Facts:
    title = section.required("title", text(100), "")
    form: FactsFormat = section.optional("format", _FORMAT, "markdown")
    content = section.required("content", lines(_LONGEST_FACTS), "")
    section.finish()
    if form == "csv":
        try:
            csv_rows(content)
        except BadRows as bad:
            for row in bad.rows:
                section.wrong("content", _wrong_row(row))
            return Facts(title, "text", content)  # counts as the rest does, towards the limit
    return Facts(title, form, content)


def _wrong_row(row: BadRow) -> Wrong:
    if row.found is None:
        return Wrong(
            Say('dấu " đóng ở cuối ô', 'a closing " at the end of the cell'),
            Say(f"dòng {row.line}: dấu nháy sai chỗ", f"row at line {row.line}: a misplaced quote"),
        )
    return Wrong(
        Say(f"{row.expected} cột như dòng đầu", f"{row.expected} columns as in the header"),
        Say(f"dòng {row.line}: {row.found} cột", f"row at line {row.line}: {row.found} columns"),
    )


def questions(root: Section) -> tuple[Question, ...]:
    """What a rehearsal asks."""
    asked = []
    for section in root.tables("questions"):
        ask, answered = section.required("ask", text(2000), ""), section.required("answered", flag, False)
        asked.append(Question(ask, answered))
        section.finish()
    return tuple(asked)


def branding(section: Section) -> Branding:
    """How the demo looks; whatever is left out looks like ours."""
    looks = Branding(
        logo=section.optional("logo", picture, ""),
        preview=section.optional("preview", picture, ""),
        avatar=section.optional("avatar", picture, ""),
        color=section.optional("color", color, ""),
        color_dark=section.optional("color_dark", color, ""),
        theme=section.optional("theme", _THEME, "auto"),
        footer=_footer(section.table("footer")),
    )
    section.finish()
    return looks


def _footer(section: Section) -> dict[Language, str]:
    languages: tuple[Language, ...] = ("vi", "en")
    footer = {language: section.optional(language, text(200), "") for language in languages}
    section.finish()
    return {language: line for language, line in footer.items() if line}


def shown(section: Section) -> Shown:
    """What a visitor may set and see."""
    usual = Shown()
    what = Shown(
        model_picker=section.optional("model_picker", flag, usual.model_picker),
        latency=section.optional("latency", flag, usual.latency),
        tokens=section.optional("tokens", flag, usual.tokens),
        cost=section.optional("cost", flag, usual.cost),
    )
    section.finish()
    return what


def limits(section: Section) -> Limits:
    """What a link of the demo may use up."""
    usual = Limits()
    most = Limits(
        messages=section.optional("messages", whole(1, 100_000), usual.messages),
        budget_usd=section.optional("budget_usd", dollars(1000), usual.budget_usd),
        message_length=section.optional("message_length", whole(20, 20_000), usual.message_length),
        per_minute=section.optional("per_minute", whole(1, 600), usual.per_minute),
    )
    section.finish()
    return most
