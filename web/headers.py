"""Headers that keep browsers careful with whatever we send."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    # Addresses hold tokens: no other site is told where somebody comes from.
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
}
#: Half a year: once a browser has come by https it comes by nothing else.
HTTPS = {"Strict-Transport-Security": "max-age=15552000"}
#: For the desk alone: a visitor's page may stand in a window that a shop's page has opened.
DESK = {"Cross-Origin-Opener-Policy": "same-origin"}
#: What is no page and no file: nothing in it is run or shown, whatever a browser takes it for.
DATA = {
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
}
#: Scripts may be workers, whose own policy that would be; messengers and other sites show pictures of ours.
FILES = ("/assets/", "/public/")


class CarefulHeaders:
    """Adds them to every answer that has not set its own. public_url: what people open, perhaps by https."""

    def __init__(self, app: ASGIApp, public_url: str = "") -> None:
        self._app = app
        self._all = HEADERS | (HTTPS if public_url.startswith("https://") else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = scope["path"]
        added = self._all if path.startswith("/d/") else self._all | DESK
        added = added if path.startswith(FILES) else added | DATA

        async def careful(message: Message) -> None:
            if message["type"] == "http.response.start":
                message.setdefault("headers", [])
                headers = MutableHeaders(scope=message)
                for name, value in added.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, careful)
