"""What a line of the log belongs to: a request that came in, and the turn that it asked for.

Both are known to whatever runs because of them, tasks and threads too, and to nothing else.
"""

from contextvars import ContextVar

#: The id of the HTTP request, or of the socket's handshake; blank where nobody asked.
REQUEST: ContextVar[str] = ContextVar("demo_desk_request", default="")
#: The turn that is being answered, by its id on record.
TURN: ContextVar[str] = ContextVar("demo_desk_turn", default="")
