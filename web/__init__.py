"""Plain HTTP around the chat: the page, its scripts, the walls, the server."""

from web.assets import Assets
from web.identity import Identity
from web.logs import set_up as set_up_log
from web.page import Face, PageRoute, page_route
from web.serve import CannotListen, claim, serve
from web.used import OnlyWhatIsUsed
from web.walls import LoopbackOnly

__all__ = [
    "Assets",
    "CannotListen",
    "Face",
    "Identity",
    "LoopbackOnly",
    "OnlyWhatIsUsed",
    "PageRoute",
    "claim",
    "page_route",
    "serve",
    "set_up_log",
]
