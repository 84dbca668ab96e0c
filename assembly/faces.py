"""What the page of a request says: the desk's, or a link's."""

from dataclasses import replace
from urllib.parse import urlsplit

from starlette.requests import Request

import chat
import web
from assembly.rooms import DemoDesk
from demos import Demo, Language, Link
from demos.tunnel import shared_at


class Faces:
    """Faces of pages, for ``web.page_route``."""

    def __init__(self, desk: DemoDesk) -> None:
        self._desk = desk
        self._settings = desk.settings

    def __call__(self, request: Request) -> web.Face:
        """The face for whoever asks."""
        language = chat.chosen_language(request.cookies, request.headers.get("accept-language", ""))
        guest = chat.guest_of(request.scope, "")
        if guest.link is not None and (demo := self._desk.visitors.demo(guest.link)):
            staff = demo.name if guest.operator else ""
            return replace(self._visitors(request, language, demo, guest.link), staff=staff)
        face = self._operators(language, self._desk.shelf.current(self._settings.default_demo))
        return replace(face, desk={}) if guest.link is not None else face

    def _operators(self, language: Language, demo: Demo) -> web.Face:
        url = self._settings.environment.public_url
        texts = _texts(language)
        return web.Face(
            language,
            demo.title,
            _description(language, demo),
            url,
            self._settings.rehearsing,
            texts,
            picture=f"{url}/public/preview.png",
            cookie=chat.BROWSER_COOKIE,
            desk=chat.desk_texts(language),
        )

    def _visitors(self, request: Request, language: Language, demo: Demo, link: Link) -> web.Face:
        root, public = str(request.scope[web.ROOT_KEY]), self._address(request)
        address = web.take_apart(f"{root}/").link
        texts = _texts(language)
        looks = demo.branding
        return web.Face(
            language,
            demo.title,
            _description(language, demo),
            public + address,
            self._settings.rehearsing,
            {**texts, "rehearsal": texts["rehearsal_guest"]},
            root=root,
            notice=self._desk.visitors.notice(language, demo),
            footer=looks.footer.get(language) or looks.footer.get("vi", ""),
            picture=f"{public}{address}/preview",
            logo=bool(looks.logo),
            color=looks.color,
            color_dark=looks.color_dark,
            theme=looks.theme,
            cookie=web.VISITOR_COOKIE,
            cookie_path=address,
            frames=" ".join(link.origins) or "'none'",
            framed=web.in_frame(request.scope),
            greeting=chat.greeting_of(demo, language),
            starters=tuple((one.label, one.message) for one in chat.starters_of(demo, language)),
            avatar=f"{root}/avatar" if looks.avatar else "/public/avatars/assistant.png",
        )

    def _address(self, request: Request) -> str:
        """Our address as the reader knows it: a tunnel's, while one is up and was asked, else the public one."""
        environment = self._settings.environment
        host = request.url.hostname
        if host != urlsplit(environment.public_url).hostname:
            shared = shared_at(environment.data_dir)
            if shared and urlsplit(shared).hostname == host:
                return shared
        return environment.public_url


def _texts(language: Language) -> dict[str, str]:
    return {k.partition(".")[2]: v for k, v in chat.texts(language).items() if k.startswith("bar.")}


def _description(language: Language, demo: Demo) -> str:
    """What a preview says below the title: the greeting."""
    return " ".join((demo.greeting.get(language) or demo.title).replace("*", "").split())
