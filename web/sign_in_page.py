"""The sign-in page: a form, in the reader's language, that needs no script."""

import html
from pathlib import Path

from demos import Language
from ledger.wording import read_texts
from web.plain_page import plain_page

TITLE = "Demo Desk"

_APART = ' style="margin-top: 1.5rem"'
_FOLDER = Path(__file__).parent / "language"


def texts(language: Language) -> dict[str, str]:
    """All texts of a language as ``section.key`` -> text."""
    return read_texts(_FOLDER, language)


def password_form(
    language: Language, *, named: bool, name: str = "", trouble: str = "", **more: object
) -> str:
    """The page that asks for a password. named: and for a name. trouble: the key of what went wrong; more: what fills
    its text."""
    say = texts(language)
    # Password managers want to know whose password it is.
    who = f'<input id="name" name="name" value="{html.escape(name)}" autocomplete="username" autocapitalize="none" %s>'
    asked = f'<label for="name">{say["sign_in.name"]}</label>{who % "required autofocus"}'
    return _page(
        language,
        _alert(say[f"sign_in.{trouble}"].format(**more) if trouble else ""),
        f"<p>{say['sign_in.whose']}</p>",
        _form(
            asked if named else who % "hidden",
            f'<label for="password">{say["sign_in.password"]}</label>',
            '<input id="password" name="password" type="password" autocomplete="current-password" required'
            f"{'' if named else ' autofocus'}>",
            f"<button>{say['sign_in.enter']}</button>",
        ),
        f"<details{_APART}><summary>{say['sign_in.forgotten']}</summary><p>{say['sign_in.anew']}</p></details>",
    )


def token_form(language: Language, *, token: str = "", trouble: str = "") -> str:
    """The page of a desk without a password. token: a good one, of which a press of the button makes use; blank: asks
    for one, and says where it stands."""
    say = texts(language)
    if token:
        hidden = f'<input type="hidden" name="token" value="{html.escape(token)}">'
        button = f"<button autofocus>{say['sign_in.come_in']}</button>"
        return _page(language, f"<p>{say['sign_in.ready']}</p>", _form(hidden, button))
    asked = '<input id="token" name="token" autocomplete="off" autocapitalize="none" required autofocus>'
    return _page(
        language,
        _alert(say[f"sign_in.{trouble}"] if trouble else ""),
        f"<p>{say['sign_in.where']}</p>",
        _form(
            f'<label for="token">{say["sign_in.token"]}</label>{asked}',
            f"<button>{say['sign_in.enter']}</button>",
        ),
        f"<p{_APART}>{say['sign_in.whose']}</p>",
    )


def tab_page(language: Language) -> str:
    """The page inside a frame, which opens the desk beside it."""
    say = texts(language)
    link = f'<a href="/" target="_blank" rel="noopener">{say["sign_in.tab"]}</a>'
    return _page(language, f"<p>{say['sign_in.framed']}</p><p>{link}</p>")


def _page(language: Language, *parts: str) -> str:
    heading = texts(language)["sign_in.heading"]
    return plain_page(language, TITLE, f"<h1>{heading}</h1>{''.join(parts)}")


def _form(*parts: str) -> str:
    return f'<form method="post" action="/sign-in">{"".join(parts)}</form>'


def _alert(text: str) -> str:
    return f'<p role="alert">{text}</p>' if text else ""
