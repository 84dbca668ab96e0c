"""These tests run on a clock of their own: waits of minutes take milliseconds."""

import asyncio
from collections.abc import Callable

import pytest
from clock import LeapingLoop


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """The loop of every test here."""
    return {"leaping": LeapingLoop}
