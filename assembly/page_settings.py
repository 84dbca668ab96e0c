"""What Chainlit's page asks before its socket opens: names, pictures, the demos to pick from."""

from typing import Any

import orjson
from chainlit import server as chainlit_server
from chainlit.types import ChatProfile
from starlette.requests import Request
from starlette.responses import JSONResponse

import chat
import web
from assembly.rooms import DemoDesk
from demos import Language


class PageSettings:
    """Chainlit's answer with ours in it: Chainlit's own configuration is one for all pages."""

    def __init__(self, desk: DemoDesk) -> None:
        self._desk = desk

    async def show(self, request: Request) -> JSONResponse:
        """The settings of an operator's page, or of a visitor's."""
        language = "vi-VN" if request.query_params.get("language", "").startswith("vi") else "en-US"
        answer = await chainlit_server.project_settings(None, language, None)
        settings: dict[str, Any] = orjson.loads(answer.body)
        guest = chat.guest_of(request.scope, "")
        if guest.link is None:
            settings["chatProfiles"] = [
                profile.to_dict()
                for profile in self._profiles(guest.owner, "vi" if language == "vi-VN" else "en")
            ]
        elif demo := self._desk.visitors.demo(guest.link):
            settings["ui"]["name"] = demo.title
            if demo.branding.avatar:
                settings["ui"]["default_avatar_file_url"] = f"{request.scope[web.ROOT_KEY]}/avatar"
        return JSONResponse(settings)

    def _profiles(self, owner: str, language: Language) -> list[ChatProfile]:
        """The demos, for the picker in the header of an operator's page, which shows the one it goes on with."""
        shelf = self._desk.shelf
        default = self._desk.visits.latest_demo(owner) or self._desk.settings.default_demo
        demos = [shelf.current(name) for name in shelf.names()]
        return [
            ChatProfile(
                demo.name,
                demo.greeting.get(language) or demo.greeting.get("vi", demo.title),
                display_name=demo.title,
                default=demo.name == default,
            )
            for demo in demos
        ]
