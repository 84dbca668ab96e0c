"""What an operator does in the chat window: commands typed or pressed, answered in views beside the chat."""

from backstage.rooms import Rooms
from backstage.service import Backstage

__all__ = ["Backstage", "Rooms"]
