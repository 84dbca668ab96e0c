"""The operators' door: who may come in, and what the terminal is told of it."""

import hashlib
import hmac
import os
import secrets
import sys
import threading
import webbrowser
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from starlette.requests import Request, cookie_parser

import chat
import web
from demos import Language
from demos.passwords import PREFIX, hash_password, is_hash
from settings import Environment
from settings.desktop import has_desktop

#: Where the hash of a password is kept that the program has made.
PASSWORD_FILE = "operator-password"  # noqa: S105 - a file's name

_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"  # without l, o, 0 and 1, which are taken for each other


class Doors:
    """Operators and their sign-in, for ``assembly.routes`` to hang around Chainlit.

    secret: the installation's. Passwords are stretched here, some 0.2 s each.
    """

    def __init__(self, environment: Environment, secret: str) -> None:
        self._environment = environment
        self.operators = web.Operators(secret, _hashes(environment.operator_passwords, secret))
        self.token = web.OneTimeToken()
        self.sign_in = web.SignIn(self.operators, self.token, language_of, environment.public_url)

    def operator_of(self, cookies: Mapping[str, str]) -> str:
        """The name of the operator who has signed in at a browser; '' for anybody else."""
        return self.operators.whose(cookies.get(web.OPERATOR_COOKIE, "")) or ""

    def holds(self, name: str, handshake: Mapping[str, Any]) -> bool:
        """Whether an open page is still that operator's: its socket's handshake may be weeks ago."""
        return bool(self.operator_of(cookie_parser(handshake.get("HTTP_COOKIE", ""))) == name)

    def open(self, host: str, address: str) -> None:
        """Tell the terminal where the desk is and how to come in, once the server listens.

        host: that it listens on. address: that people open. Raises OSError where a password cannot be kept.
        """
        web.tell(f"Demo Desk: {address}")
        if self.operators.by_token and not is_loopback(host):
            hashed, password = kept_password(self._environment.data_dir)
            self.operators.admit(web.OPERATOR, hashed)
            if password:
                _say(
                    f"mật khẩu của {web.OPERATOR}, chỉ in lần này",
                    f"{web.OPERATOR}'s password, printed only now",
                )
                web.tell(f"Demo Desk: {password}")
        if self.operators.by_token:
            self.token.tell(_Terminal(address))
            if sys.stdout.isatty() and has_desktop():
                _browse(f"{address}/sign-in?token={self.token.word}")


def language_of(request: Request) -> Language:
    """The reader's: what their page's settings chose, else what their browser accepts."""
    return chat.chosen_language(request.cookies, request.headers.get("accept-language", ""))


def browser_of(cookies: Mapping[str, str]) -> str:
    """Whose conversations a browser's are; blank for one that has no secret yet."""
    return chat.owner_of(cookies, "") if cookies.get(chat.BROWSER_COOKIE) else ""


def is_loopback(host: str) -> bool:
    """Whether only this machine can come to a server that listens there."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def kept_password(data_dir: Path) -> tuple[str, str]:
    """The hash of the password that was made at the first start, and the password itself where that is now.

    Raises OSError where the folder cannot be written to.
    """
    file = data_dir / PASSWORD_FILE
    kept = file.read_text(encoding="utf-8", errors="replace").strip() if file.exists() else ""
    if is_hash(kept):
        return kept, ""
    groups = ("".join(secrets.choice(_LETTERS) for _ in range(5)) for _ in range(4))
    password = "-".join(groups)
    hashed = hash_password(password)
    data_dir.mkdir(parents=True, exist_ok=True)
    fresh = file.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as opened:
        opened.write(hashed)
    fresh.replace(file)
    return hashed, password


def _hashes(passwords: Mapping[str, str], secret: str) -> dict[str, str]:
    # The same salt at each start and on each replica: a session ends when the password changes, and not before.
    salts = {
        name: hmac.digest(secret.encode(), f"salt of {name}".encode(), hashlib.sha256) for name in passwords
    }
    return {
        name: password if password.startswith(PREFIX) else hash_password(password, salts[name][:16])
        for name, password in passwords.items()
    }


class _Terminal:
    """Tells the address that opens the desk, and each that follows when it was used."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._told = False

    def __call__(self, word: str) -> None:
        if self._told:
            _say(
                "đã đăng nhập; địa chỉ tiếp theo, cho trình duyệt khác",
                "signed in; the next one, for another browser",
            )
        else:
            _say("vào một lần bằng địa chỉ này", "this address opens the desk once")
        self._told = True
        web.tell(f"Demo Desk: {self._address}/sign-in?token={word}")


def _say(vi: str, en: str) -> None:
    web.tell(f"Demo Desk: {vi} / {en}:")


def _browse(address: str) -> None:
    # Some browsers are waited for until they are closed.
    threading.Thread(target=webbrowser.open, args=(address,), daemon=True, name="open the browser").start()
