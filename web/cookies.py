"""Cookies of ours: no script reads them, no other site sends them."""

from http.cookies import SimpleCookie
from urllib.parse import urlsplit

from starlette.requests import Request

YEAR_S = 365 * 24 * 3600


def browser_cookie(name: str, value: str, path: str, *, secure: bool, max_age_s: int = YEAR_S) -> str:
    """A ``Set-Cookie``."""
    jar: SimpleCookie = SimpleCookie({name: value})
    attributes: dict[str, object] = {"path": path, "max-age": max_age_s, "httponly": True, "samesite": "Lax"}
    for attribute, setting in {**attributes, "secure": secure}.items():
        jar[name][attribute] = setting
    return jar[name].OutputString()


def is_secure(request: Request, public_url: str) -> bool:
    """Whether the reader came by https: to us, or to a proxy before us that speaks plain HTTP with us."""
    public = urlsplit(public_url)
    behind = public.scheme == "https" and request.url.hostname == public.hostname
    return behind or request.url.scheme == "https"
