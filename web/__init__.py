"""Plain HTTP around the chat: the page, its scripts, the walls, the server."""

from web.assets import Assets
from web.identity import Identity
from web.logs import set_up as set_up_log
from web.page import Face, PageRoute, page_route
from web.serve import PortBusy, claim, serve
from web.used import OnlyWhatIsUsed
from web.walls import LoopbackOnly

__all__ = [
    "Assets",
    "Face",
    "Identity",
    "LoopbackOnly",
    "OnlyWhatIsUsed",
    "PageRoute",
    "PortBusy",
    "claim",
    "page_route",
    "serve",
    "set_up_log",
]
