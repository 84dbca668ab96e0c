"""The yardstick for what a person does by hand."""

from __future__ import annotations

import pytest

from bench.hand import BUTTON_S, HAND_S, KEY_S, POINT_S, THOUGHT_S, Hand


def test_hand() -> None:
    """A press is thought, aim and button; a field also the way to the keys and back, and each key."""
    hand = Hand()
    hand.press()
    pressed = THOUGHT_S + POINT_S + 2 * BUTTON_S
    assert (hand.acts, hand.seconds) == (1, pytest.approx(pressed))
    hand.write("Tiệm bánh")
    assert (hand.acts, hand.seconds) == (2, pytest.approx(2 * pressed + 2 * HAND_S + 9 * KEY_S))
