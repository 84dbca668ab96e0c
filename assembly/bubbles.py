"""The script of each link's bubble, for pages of shops."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import Scope

import web
from demos import SCOPE_KEY, Demo, Guest, Keys, Link


class Bubbles:
    """demo: what a link shows, None where that is gone. public_url: the address that links carry."""

    def __init__(self, keys: Keys, demo: Callable[[Link], Demo | None], public_url: str) -> None:
        self._keys = keys
        self._demo = demo
        self._public_url = public_url

    async def show(self, request: Request) -> Response:
        """The script of the link that the request came by."""
        guest = request.scope.get(SCOPE_KEY)
        if not isinstance(guest, Guest) or guest.link is None:
            return PlainTextResponse("not found\n", 404)
        return web.embed_response(request.scope, self._script(guest.link))

    def refuse(self, scope: Scope, reason: str, link: Link | None) -> Response:
        """A script in any case: a shop's page shows no error for what its visitors cannot mend."""
        if reason == "passcode" and link is not None:  # the frame asks for it
            return web.embed_response(scope, self._script(link))
        script = web.warning_script(reason, link.id if link else "")
        return web.embed_response(scope, script, kept=reason != "away")

    def _script(self, link: Link) -> str:
        demo = self._demo(link)
        if demo is None:
            return web.warning_script("paused", link.id)
        looks, address = demo.branding, f"{self._public_url}{web.PREFIX}{self._keys.token(link.id)}"
        return web.bubble_script(
            web.Bubble(link.id, address, demo.title, link.origins, looks.color, looks.color_dark)
        )
