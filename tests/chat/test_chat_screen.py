"""Long conversations: pages show the end, and the rest for the asking."""

from recording_page import RecordingPage

from chat import steps
from chat.screen import BATCH, SHOWN, Screen


def talk(screen: Screen, turns: range) -> None:
    """Questions, each with a frame and a reply hanging on it."""
    for number in turns:
        question = steps.question("thread", f"question-{number}", f"Câu {number}")
        screen.add(question)
        screen.trim()
        run = steps.run("thread", question["id"], f"run-{number}")
        screen.add(run)
        screen.add({**steps.reply("thread", "Mây", run["id"]), "output": f"Đáp {number}"})


def opened(screen: Screen) -> RecordingPage:
    """A page that comes to the conversation now."""
    page = RecordingPage()
    screen.pages.append(page)
    screen.draw(page)
    page.send("desk", screen.state())
    return page


def shows(page: RecordingPage, turns: range) -> bool:
    """Exactly these turns stand on the page, each whole, and the page knows how many came before."""
    questions, replies = [f"Câu {n}" for n in turns], [f"Đáp {n}" for n in turns]
    whole = page.outputs("user_message") == questions and page.replies == replies
    return whole and page.desk["earlier"] == turns.start


def test_a_page_shows_the_end_of_a_long_conversation() -> None:
    """Old turns go whole, several at a time; a page that comes later shows just what the others show."""
    screen = Screen("thread")
    page = opened(screen)
    talk(screen, range(SHOWN + BATCH - 1))
    assert shows(page, range(SHOWN + BATCH - 1))
    talk(screen, range(SHOWN + BATCH - 1, SHOWN + BATCH))
    assert shows(page, range(BATCH, SHOWN + BATCH))
    talk(screen, range(SHOWN + BATCH, 100))
    end = range(100 - screen.shown, 100)
    assert shows(page, end) and SHOWN <= len(end) < SHOWN + BATCH
    late = opened(screen)
    assert list(late.steps) == list(page.steps) and shows(late, end)


def test_earlier_messages_come_back() -> None:
    """As often as one asks, until all stand there; the next message takes them off again."""
    screen = Screen("thread")
    page = opened(screen)
    talk(screen, range(50))
    hidden = page.desk["earlier"]
    screen.show_earlier()
    assert shows(page, range(max(0, hidden - SHOWN), 50))
    screen.show_earlier()
    screen.show_earlier()
    assert shows(page, range(50))
    talk(screen, range(50, 51))
    assert shows(page, range(51 - SHOWN, 51))


def test_taking_away_what_stands_on_the_page() -> None:
    """Where all that a page shows goes, it shows what came before; a cleared one begins anew."""
    screen = Screen("thread")
    page = opened(screen)
    talk(screen, range(50))
    late = opened(screen)
    screen.show_earlier()
    screen.show_earlier()
    everything = list(page.steps)
    screen.trim()
    screen.remove(everything[3 * 5 :])
    assert shows(page, range(5)) and list(late.steps) == list(page.steps)
    screen.clear()
    assert page.steps == {} and screen.state() == {"busy": False, "dimmed": None, "earlier": 0}
