"""What a command does not need it does not wait for."""

import subprocess
import sys

from settings.faults import ROOT


def test_the_engine_s_commands_load_neither_sdk_nor_database() -> None:
    """The SDK and SQLAlchemy take longer to load than a question takes to be answered."""
    heavy = "('openai', 'sqlalchemy', 'asyncpg', 'chainlit')"
    code = f"import sys, holysheep.__main__; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_what_a_room_offers_is_there() -> None:
    """Each name of a room that is loaded bit by bit can be had, and no other."""
    code = """
import demos, ledger
for room in (demos, ledger):
    for name in room.__all__:
        getattr(room, name)
    try:
        room.nothing_of_this_name
    except AttributeError as error:
        print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [
        f"module '{room}' has no attribute 'nothing_of_this_name'" for room in ("demos", "ledger")
    ]
