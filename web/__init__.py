"""Plain HTTP around the chat: the page, its scripts, the walls, the operators' sign-in, the server."""

from web.assets import Assets
from web.bodies import WholeBodies
from web.calm import CalmSockets
from web.closing import NoNewPages
from web.cookies import browser_cookie, is_secure
from web.crowd import Crowd
from web.embed import EMBED_PATH, Bubble, bubble_script, embed_response, warning_script
from web.gate import OperatorsOnly
from web.headers import CarefulHeaders
from web.health import Probes, Readiness
from web.identity import Identity
from web.limits import Limits
from web.link_address import PREFIX, take_apart
from web.link_door import COOKIE as VISITOR_COOKIE
from web.link_door import PASS_COOKIE, ROOT_KEY, LinkDoor, in_frame, opened, pass_of
from web.logs import gather as gather_log
from web.logs import said, tell
from web.logs import set_up as set_up_log
from web.operators import COOKIE as OPERATOR_COOKIE
from web.operators import OPERATOR, OneTimeToken, Operators
from web.page import Face, PageRoute, page_route
from web.refusal import Refusal, refusal_line, refusal_page
from web.serve import CannotListen, claim, serve
from web.sign_in import SignIn
from web.traffic import Traced, Traffic
from web.used import OnlyWhatIsUsed
from web.walls import KnownHosts

__all__ = [
    "EMBED_PATH",
    "OPERATOR",
    "OPERATOR_COOKIE",
    "PASS_COOKIE",
    "PREFIX",
    "ROOT_KEY",
    "VISITOR_COOKIE",
    "Assets",
    "Bubble",
    "CalmSockets",
    "CannotListen",
    "CarefulHeaders",
    "Crowd",
    "Face",
    "Identity",
    "KnownHosts",
    "Limits",
    "LinkDoor",
    "NoNewPages",
    "OneTimeToken",
    "OnlyWhatIsUsed",
    "Operators",
    "OperatorsOnly",
    "PageRoute",
    "Probes",
    "Readiness",
    "Refusal",
    "SignIn",
    "Traced",
    "Traffic",
    "WholeBodies",
    "browser_cookie",
    "bubble_script",
    "claim",
    "embed_response",
    "gather_log",
    "in_frame",
    "is_secure",
    "opened",
    "page_route",
    "pass_of",
    "refusal_line",
    "refusal_page",
    "said",
    "serve",
    "set_up_log",
    "take_apart",
    "tell",
    "warning_script",
]
