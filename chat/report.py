"""``/report``: what turns came to, asked in the chat by whoever runs the desk, and answered by the ledger.

No model is asked, and nothing is put on record: no turn, no message, no receipt, so that no later prompt and no later
report contains it. The answer stands on the screen while the conversation is in memory; after a restart it is not
brought back (the figures would be others by then): ask again.
"""

import asyncio
import base64
import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import orjson

from chat import steps
from chat.conversation import Conversation
from chat.texts import number, say
from chat.turn import Desk
from demos import Language
from holysheep import Model
from ledger import DatabaseUnusable, comparison_sheets, report_sheets
from ledger.asked import Asked, read_words
from ledger.comparison import Comparison, compare
from ledger.panels import Panel, plotly_data, report_panels
from ledger.question import BadQuestion
from ledger.report import Report, report

log = logging.getLogger(__name__)

AUTHOR = "Demo Desk"
#: A longer table is for the command line: the page would take seconds to draw it.
MOST_ROWS = 60

_COMMAND = re.compile(r"/report(?:\s|$)", re.IGNORECASE)


@dataclass(frozen=True)
class Answer:
    """texts: a message each, in Markdown. panels: the charts below the first of them, before the others."""

    texts: Sequence[str]
    panels: Sequence[Panel]


def is_report(text: str) -> bool:
    """The message is the command, whatever stands behind it."""
    return _COMMAND.match(text) is not None


class Reports:
    """Reports asked for in conversations; one at a time is made, for each may read millions of rows."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._one = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()

    async def close(self) -> None:
        """Give up what is being made."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    def answer(self, conversation: Conversation, message_id: str, text: str) -> None:
        """Show the command, and below it what the ledger says once it is read; nothing waits for it meanwhile."""
        screen = conversation.screen
        if message_id in conversation.reports:  # a page that was not told sends it again
            screen.show_again(message_id)
            return
        screen.add(steps.question(conversation.id, message_id, text))
        answer = steps.reply(conversation.id, AUTHOR, message_id)
        screen.add(answer)  # empty: the page shows that something is coming
        conversation.reports[message_id] = [answer["id"]]
        screen.trim()
        task = asyncio.create_task(self._answer(conversation, message_id, answer, text))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def withdraw(self, conversation: Conversation, message_id: str) -> None:
        """Take a command and its answer off the screen."""
        if message_id in conversation.reports:
            conversation.screen.remove([*reversed(conversation.reports.pop(message_id)), message_id])

    async def _answer(self, conversation: Conversation, message_id: str, step: steps.Step, text: str) -> None:
        language = conversation.language
        try:
            async with self._one:
                made: Answer | str = await self._made(text, language)
        except BadQuestion as wrong:
            made = say(language, "report.wrong", why=wrong.text(language))
        except DatabaseUnusable as error:
            made = error.vi if language == "vi" else error.en
        except Exception:
            log.exception("a report failed")
            made = say(language, "errors.failed")
        if not conversation.screen.shows(step["id"]):
            return  # cleared, or edited away
        if isinstance(made, str):
            conversation.screen.replace({**step, "output": made, "isError": True})
        else:
            _show(conversation, message_id, step, made)

    async def _made(self, text: str, language: Language) -> Answer:
        asked = read_words(text[len("/report") :])
        await self._desk.books.flush()  # the last reply counts
        database = self._desk.database
        if asked.sides:
            compared = await compare(database, *asked.sides, asked.question)
            return await asyncio.to_thread(_comparison, compared, language)
        made = await report(database, asked.question, _priced(self._desk))
        return await asyncio.to_thread(_report, made, asked, language)


def _priced(desk: Desk) -> list[Model]:
    return [model for model in desk.engine.models.values() if model.price is not None]


def _report(made: Report, asked: Asked, language: Language) -> Answer:
    """Tables as in ``python -m ledger report --format md``, the first with charts."""
    rows = made.rows[-MOST_ROWS:] if asked.question.by == "day" else made.rows[:MOST_ROWS]
    main, *more = report_sheets.sheets(replace(made, rows=rows), language)
    if left := len(made.rows) - len(rows):
        main = replace(main, notes=(say(language, "report.more", n=number(language, left)), *main.notes))
    panels = report_panels(made, language) if made.totals.turns else []
    return Answer((main.markdown(), "\n\n".join(sheet.markdown() for sheet in more)), panels)


def _comparison(made: Comparison, language: Language) -> Answer:
    sheet = comparison_sheets.sheet(made, language)
    texts = replace(sheet, notes=()).markdown(), "\n\n".join(sheet.notes)
    return Answer(texts, comparison_sheets.panels(made, language))


def _show(conversation: Conversation, message_id: str, first: steps.Step, made: Answer) -> None:
    screen = conversation.screen
    screen.replace({**first, "output": made.texts[0]})
    for place, panel in enumerate(made.panels):
        screen.add_element(_chart(conversation.id, first["id"], f"chart-{place + 1}", panel))
    for text in made.texts[1:]:
        step = {**steps.reply(conversation.id, AUTHOR, message_id), "output": text}
        conversation.reports[message_id].append(step["id"])
        screen.add(step)


def _chart(thread: str, for_id: str, name: str, panel: Panel) -> steps.Step:
    """Chainlit's element for Plotly, with the figure inside its address.

    Chainlit's own ``cl.Plotly`` wants the Python package of that name only to turn a figure into the
    JSON that we have anyway, and a store of files to serve it from, which any session could ask.
    """
    figure = base64.b64encode(orjson.dumps(plotly_data(panel))).decode()
    return {
        "id": steps.new_id(),
        "threadId": thread,
        "forId": for_id,
        "type": "plotly",
        "name": name,
        "display": "inline",
        "mime": "application/json",
        "url": f"data:application/json;base64,{figure}",
    }
