"""How long a practised person takes for what is done by hand, by the keystroke-level model.

It is Card, Moran and Newell's, of 1980. A yardstick, not a measurement: nobody sits at this machine. Thinking up what
to type is not in it.
"""

from __future__ import annotations

from dataclasses import dataclass

KEY_S = 0.28
"""One key, of somebody who types 40 words a minute."""
POINT_S = 1.1
BUTTON_S = 0.1
"""Pressing a mouse button, and letting it go."""
HAND_S = 0.4
"""From the mouse to the keys, and back."""
THOUGHT_S = 1.35
"""Knowing what comes next."""


@dataclass
class Hand:
    """What one person has done so far. acts: controls pressed and fields filled in."""

    seconds: float = 0.0
    acts: int = 0

    def press(self) -> None:
        """Point at a control and press it."""
        self.seconds += THOUGHT_S + POINT_S + 2 * BUTTON_S
        self.acts += 1

    def write(self, text: str) -> None:
        """Fill a field in, which is pointed at first."""
        self.seconds += THOUGHT_S + POINT_S + 2 * BUTTON_S + 2 * HAND_S + KEY_S * len(text)
        self.acts += 1
