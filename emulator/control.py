"""Control over HTTP, for an emulator that runs as a program of its own."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Protocol

from aiohttp import web

from .errors import Refused, error_body
from .faults import FAULTS
from .pace import Pace
from .seen import SeenRequest


class Controlled(Protocol):
    """What can be steered from outside."""

    pace: Pace
    requests: list[SeenRequest]

    def set_fault(
        self, name: str, times: int | None = None, *, key: str = "", seconds: float | None = None
    ) -> None:
        """Play a fault."""

    def set_faults(self, names: Sequence[str | None], *, key: str = "") -> None:
        """Play faults, one a request."""

    def clear_faults(self) -> None:
        """Play none."""

    def set_pace(self, pace: Pace | None = None, **changes: Any) -> None:
        """Change the tempo."""


def control_routes(emulator: Controlled) -> list[web.RouteDef]:
    """The routes under ``/emulator``."""

    async def set_fault(request: web.Request) -> web.Response:
        fields = await _fields(request)
        try:
            emulator.set_fault(
                str(fields.get("name")),
                fields.get("times"),
                key=str(fields.get("key") or ""),
                seconds=fields.get("seconds"),
            )
        except (ValueError, TypeError) as error:
            raise _bad(error) from error
        return web.json_response({"name": fields["name"], "times": fields.get("times")})

    async def set_faults(request: web.Request) -> web.Response:
        fields = await _fields(request)
        names = fields.get("names")
        try:
            if not isinstance(names, list):
                raise TypeError("names must be a list of faults, null for none")
            emulator.set_faults(names, key=str(fields.get("key") or ""))
        except (ValueError, TypeError) as error:
            raise _bad(error) from error
        return web.json_response({"names": names})

    async def clear_faults(request: web.Request) -> web.Response:
        emulator.clear_faults()
        return web.json_response({"name": None, "times": None})

    async def set_pace(request: web.Request) -> web.Response:
        fields = await _fields(request)
        try:
            emulator.set_pace(**fields)
        except (ValueError, TypeError) as error:
            raise _bad(error) from error
        return web.json_response(asdict(emulator.pace))

    async def requests(request: web.Request) -> web.Response:
        return web.json_response([seen.as_json() for seen in emulator.requests])

    async def forget(request: web.Request) -> web.Response:
        emulator.requests.clear()
        return web.json_response([])

    async def list_faults(request: web.Request) -> web.Response:
        return web.json_response({fault.name: fault.line for fault in FAULTS.values()})

    return [
        web.post("/emulator/fault", set_fault),
        web.delete("/emulator/fault", clear_faults),
        web.get("/emulator/faults", list_faults),
        web.post("/emulator/faults", set_faults),
        web.post("/emulator/pace", set_pace),
        web.get("/emulator/requests", requests),
        web.delete("/emulator/requests", forget),
    ]


async def _fields(request: web.Request) -> dict[str, Any]:
    try:
        fields = await request.json()
    except ValueError as error:
        raise _bad(error) from error
    if not isinstance(fields, dict):
        raise _bad(TypeError("expected a JSON object"))
    return fields


def _bad(error: Exception) -> Refused:
    return Refused(400, error_body(str(error), "invalid_request_error"))
