"""What the model is told: the persona and whole turns, the newest first."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from chat.history import SAFETY, Exchange, prompt
from holysheep.tokens import estimate_messages

PERSONA = "Bạn là Mây, trợ lý của cửa hàng."
WORDS = st.integers(1, 400).map(lambda count: "câu " * count)
TURNS = st.lists(st.builds(Exchange, WORDS, st.one_of(st.just(""), WORDS)), min_size=1, max_size=30)


def flat(exchanges: list[Exchange]) -> list[dict[str, str]]:
    return [message for exchange in exchanges for message in exchange.messages]


@given(TURNS, st.integers(256, 8000), st.integers(1, 9000))
def test_only_whole_old_turns_are_left_out(turns: list[Exchange], window: int, max_tokens: int) -> None:
    """The persona stands first, the last turn last, and between them an unbroken run of whole turns."""
    sent = prompt(PERSONA, turns, window, max_tokens)
    assert sent.messages[0] == {"role": "system", "content": PERSONA}
    assert 0 <= sent.left_out < len(turns)
    assert sent.messages[1:] == flat(turns[sent.left_out :])


@given(TURNS, st.integers(256, 8000), st.integers(1, 2000))
def test_what_is_sent_fits(turns: list[Exchange], window: int, max_tokens: int) -> None:
    """Prompt and reply fit into two thirds of the window, unless one turn alone is too long."""
    sent = prompt(PERSONA, turns, window, max_tokens)
    fits = estimate_messages(sent.messages) + max_tokens <= window * SAFETY
    assert fits or sent.left_out == len(turns) - 1


def test_a_larger_window_holds_more() -> None:
    """The wider the model's memory, the fewer turns are left out, down to none."""
    turns = [Exchange("hỏi " * 50, "đáp " * 50)] * 40
    left_out = [prompt(PERSONA, turns, window, 100).left_out for window in (256, 2000, 4000, 100_000)]
    assert left_out[0] == 39 and left_out[-1] == 0
    assert all(a > b for a, b in pairwise(left_out))


def test_a_question_that_has_no_reply_stands_alone() -> None:
    """No empty message of the assistant is made up."""
    assert Exchange("Xin chào").messages == [{"role": "user", "content": "Xin chào"}]
