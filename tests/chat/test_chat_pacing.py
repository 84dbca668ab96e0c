"""Text reaches the screen whole and evenly, whatever way it comes."""

import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.pacing import FRAME_S, LONGEST_S, WORD, Pacer

#: Pieces of a reply, and before each whether a frame passes.
ARRIVALS = st.lists(st.tuples(st.booleans(), st.text(max_size=200)), max_size=40)
#: Words as Vietnamese is typed on some keyboards: letters, then marks of their own.
DECOMPOSED = st.lists(
    st.sampled_from(["tie\u0302\u0301ng", "Vie\u0323\u0302t", " ", "a", "👩\u200d🔧", "❤\ufe0f"])
)


def frames_of(pieces: list[tuple[bool, str]]) -> list[str]:
    """What a screen would be given, frame by frame."""
    pacer, now, frames = Pacer(), 0.0, []
    for passes, text in pieces:
        if passes:
            now += FRAME_S
            frames.append(pacer.take(now))
        pacer.add(text, now)
    while pacer.waiting:
        now += FRAME_S
        frames.append(pacer.take(now))
    return frames


@given(ARRIVALS)
def test_nothing_is_lost(pieces: list[tuple[bool, str]]) -> None:
    """All frames together are what came, in order."""
    assert "".join(frames_of(pieces)) == "".join(text for _, text in pieces)


@given(ARRIVALS)
def test_rest_gives_all_that_waits(pieces: list[tuple[bool, str]]) -> None:
    """Stop paints the remainder in one piece."""
    pacer = Pacer()
    for _, text in pieces:
        pacer.add(text, 0.0)
    assert (pacer.rest(), pacer.waiting, pacer.take(1.0)) == ("".join(text for _, text in pieces), "", "")


@given(DECOMPOSED)
def test_a_letter_keeps_its_marks(words: list[str]) -> None:
    """No frame begins with a mark of the letter before, or in the middle of a joined emoji."""
    frames = [frame for frame in frames_of([(False, "".join(words) * 20)]) if frame]
    assert [f for f in frames if unicodedata.combining(f[0]) or f[0] in "\u200d\ufe0f"] == []
    assert [f for f in frames if f[-1] == "\u200d"] == []


@pytest.mark.parametrize("pace", [5, 20, 50, 100], ids="{} tokens/s".format)
def test_a_steady_stream_passes_straight_through(pace: int) -> None:
    """Where text comes evenly, no more than a word waits for the next frame."""
    pacer, waited, due = Pacer(), 0, 0.0
    for frame in range(1, 100):
        while due < frame * FRAME_S:
            pacer.add("chữ ", due)
            due += 1 / pace
        pacer.take(frame * FRAME_S)
        waited = max(waited, len(pacer.waiting))
    assert waited <= WORD


def test_a_burst_is_spread() -> None:
    """Thirty tokens at once each 0.6 s are painted in small pieces, at the ends of words."""
    pacer, frames = Pacer(), []
    between = round(0.6 / FRAME_S)
    for burst in range(8):
        pacer.add("một hai ba " * 12, burst * 0.6)
        frames += [pacer.take(burst * 0.6 + frame * FRAME_S) for frame in range(between)]
    painted = [frame for frame in frames[between * 3 :] if frame]
    assert max(map(len, painted)) <= 2 * len("một hai ba " * 12) / between + WORD
    assert len(painted) >= 5 * between * 0.8
    assert all(" " in (one[-1], other[0]) for one, other in pairwise(painted))


def test_a_whole_reply_at_once_does_not_wait_long() -> None:
    """However much comes at one instant, it is on the screen soon."""
    pacer = Pacer()
    pacer.add("chữ " * 5000, 0.0)
    count = 0
    while pacer.waiting:
        count += 1
        pacer.take(count * FRAME_S)
    assert count * FRAME_S < 2 * LONGEST_S
