"""Plain HTTP around the chat: the page, its scripts, the walls, the operators' sign-in, the server."""

from web.assets import Assets
from web.cookies import browser_cookie, is_secure
from web.gate import OperatorsOnly
from web.headers import CarefulHeaders
from web.identity import Identity
from web.link_address import take_apart
from web.link_door import COOKIE as VISITOR_COOKIE
from web.link_door import PASS_COOKIE, ROOT_KEY, LinkDoor, in_frame, opened, pass_of
from web.logs import set_up as set_up_log
from web.operators import OPERATOR, OneTimeToken, Operators
from web.page import Face, PageRoute, page_route
from web.refusal import Refusal, refusal_line, refusal_page
from web.serve import CannotListen, claim, serve
from web.sign_in import SignIn
from web.used import OnlyWhatIsUsed
from web.walls import KnownHosts

__all__ = [
    "OPERATOR",
    "PASS_COOKIE",
    "ROOT_KEY",
    "VISITOR_COOKIE",
    "Assets",
    "CannotListen",
    "CarefulHeaders",
    "Face",
    "Identity",
    "KnownHosts",
    "LinkDoor",
    "OneTimeToken",
    "OnlyWhatIsUsed",
    "Operators",
    "OperatorsOnly",
    "PageRoute",
    "Refusal",
    "SignIn",
    "browser_cookie",
    "claim",
    "in_frame",
    "is_secure",
    "opened",
    "page_route",
    "pass_of",
    "refusal_line",
    "refusal_page",
    "serve",
    "set_up_log",
    "take_apart",
]
