"""Chainlit's scripts, compressed once and cached for good.

Chainlit sends its 4.6 MB script without Cache-Control and compresses it anew at each request.
"""

import asyncio
import gzip
import mimetypes
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from web.encoding import takes_gzip

#: The names carry a hash of the content, so a new release is a new name.
FOR_GOOD = "public, max-age=31536000, immutable"
COMPRESSIBLE = (".js", ".css", ".svg")
#: A client that takes nothing keeps so much of a file in our memory, and not all of it.
SLICE = 64 * 1024


class Assets:
    """The files of one folder; each is compressed once, in a thread, and at its first request at the latest."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        self._compressed: dict[Path, Future[bytes]] = {}
        self._compressor = ThreadPoolExecutor(1, "compress")

    def prepare(self, pattern: str) -> None:
        """Begin to compress what every page asks for, before anybody does; it takes half a second."""
        for path in sorted(self._folder.glob(pattern)):
            if path.suffix in COMPRESSIBLE:
                self._gzip(path)

    def route(self) -> Route:
        """The route of the folder."""
        return Route("/assets/{name:path}", self._serve, methods=["GET"], include_in_schema=False)

    async def _serve(self, request: Request) -> Response:
        path = self._find(request.path_params["name"])
        if path is None:
            return Response("not found", 404)
        headers = {"Cache-Control": FOR_GOOD, "Vary": "Accept-Encoding", "X-Content-Type-Options": "nosniff"}
        if path.suffix not in COMPRESSIBLE or not takes_gzip(request.headers):
            return FileResponse(path, headers=headers)
        headers["Content-Encoding"] = "gzip"
        kind = "text/javascript" if path.suffix == ".js" else mimetypes.guess_type(path.name)[0]
        return _Sliced(await asyncio.wrap_future(self._gzip(path)), headers=headers, media_type=kind)

    def _find(self, name: str) -> Path | None:
        try:
            path = (self._folder / name).resolve()
            return path if path.is_relative_to(self._folder) and path.is_file() else None
        except (OSError, ValueError):  # longer than a name can be, or with a NUL in it
            return None

    def _gzip(self, path: Path) -> Future[bytes]:
        if path not in self._compressed:
            self._compressed[path] = self._compressor.submit(_compressed, path)
        return self._compressed[path]


class _Sliced(Response):
    """Sends the next part once the client has taken most of the one before."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        size = len(self.body)
        for place in range(0, size or 1, SLICE):
            part = bytes(self.body[place : place + SLICE])
            await send({"type": "http.response.body", "body": part, "more_body": place + SLICE < size})


def _compressed(path: Path) -> bytes:
    made = path.with_name(f"{path.name}.gz")  # where an image was built
    return made.read_bytes() if made.exists() else gzip.compress(path.read_bytes(), 9)
