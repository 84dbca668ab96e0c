"""Signing in and out."""

import string
import unicodedata
from collections.abc import Mapping
from html.parser import HTMLParser
from http.cookies import Morsel, SimpleCookie
from typing import Any
from urllib.parse import urlencode

import pytest
from asgi import Answer, ask, scope_of
from starlette.applications import Starlette

from demos import Language
from demos.passwords import hash_password
from web import OPERATOR, KnownHosts, OneTimeToken, Operators, SignIn
from web.attempts import Attempts
from web.sign_in_page import texts

PASSWORD = "mật khẩu tốt"
HASH = hash_password(PASSWORD, log_n=10)
PUBLIC = "https://demo.example.vn"


class Desk:
    """The sign-in of a desk, asked as by a browser."""

    def __init__(self, hashes: Mapping[str, str], language: Language = "vi", each: int = 10) -> None:
        self.operators, self.token = Operators("a secret", hashes), OneTimeToken()
        attempts = Attempts(each=each)
        sign_in = SignIn(self.operators, self.token, lambda request: language, PUBLIC, attempts)
        self.app = KnownHosts(Starlette(routes=sign_in.routes()), PUBLIC)

    async def get(self, query: str = "", **headers: str) -> Answer:
        """Ask for the page."""
        return await ask(self.app, scope_of("/sign-in", query_string=query.encode(), headers=headers))

    async def post(self, path: str = "/sign-in", form: Any = b"", **headers: str) -> Answer:
        """Send a form."""
        body = form if isinstance(form, bytes) else urlencode(form).encode()
        return await ask(self.app, scope_of(path, method="POST", headers=headers), body)

    def opened_by(self, answer: Answer) -> str | None:
        """Whose session the answer's cookie is."""
        return self.operators.whose(cookie(answer).value) if "set-cookie" in answer.headers else None


def cookie(answer: Answer) -> "Morsel[str]":
    """The cookie that it sets."""
    return SimpleCookie(answer.headers["set-cookie"])["desk_operator"]


class Inputs(HTMLParser):
    """The input fields of a page."""

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self.fields: dict[str, dict[str, str]] = {}
        self.feed(answer.body.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        if tag == "input":
            self.fields[attributes["name"]] = attributes


def one() -> Desk:
    return Desk({OPERATOR: HASH})


def several() -> Desk:
    return Desk({"lan": HASH, "minh": hash_password("another one", log_n=10)})


async def test_the_right_password() -> None:
    """Opens a session and leads to the desk."""
    desk = one()
    answer = await desk.post(form={"password": f" {PASSWORD} "}, origin="http://localhost:8000")
    assert (answer.status, answer.headers["location"]) == (303, "/")
    assert desk.opened_by(answer) == OPERATOR
    made = cookie(answer)
    assert made["httponly"] and (made["samesite"], made["path"]) == ("lax", "/") and not made["secure"]


@pytest.mark.parametrize("changes", [{"scheme": "https"}, {"headers": {"host": "demo.example.vn"}}])
async def test_over_https_the_cookie_is_for_https_only(changes: dict[str, Any]) -> None:
    """Also where only the proxy before us speaks it."""
    desk = one()
    scope = scope_of("/sign-in", method="POST", **changes)
    answer = await ask(desk.app, scope, urlencode({"password": PASSWORD}).encode())
    assert cookie(answer)["secure"]


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"password": ""},
        {"password": "another one"},
        {"password": PASSWORD, "name": "an"},
        {"password": [PASSWORD]},
        b"password=%ff%fe",
        b"\xff\xfe",
        b"&".join(b"a=%d" % n for n in range(50)),
    ],
    ids=str,
)
async def test_a_wrong_password(form: object) -> None:
    """The page comes again and says so, with nothing of what was sent as a password."""
    desk = one()
    answer = await desk.post(form=form)
    text = answer.body.decode()
    assert answer.status == 403 and "set-cookie" not in answer.headers
    assert texts("vi")["sign_in.wrong_password"] in text and "another one" not in text


@pytest.mark.parametrize(
    ("name", "password", "who"),
    [
        ("lan", PASSWORD, "lan"),
        (" Lan ", PASSWORD, "lan"),
        ("minh", PASSWORD, None),
        ("", PASSWORD, None),
        (OPERATOR, PASSWORD, None),
        ('"><script>', PASSWORD, None),
    ],
)
async def test_several_operators(name: str, password: str, who: str | None) -> None:
    """Each with a name and a password of their own; a wrong name is told like a wrong password."""
    desk = several()
    answer = await desk.post(form={"name": name, "password": password})
    assert desk.opened_by(answer) == who
    if who is None:
        assert texts("vi")["sign_in.wrong"] in answer.body.decode() and b"<script" not in answer.body


async def test_one_operator_need_not_say_a_name() -> None:
    """The field is there for password managers; with several operators people fill it in."""
    only, many = Inputs(await one().get()).fields, Inputs(await several().get()).fields
    assert "hidden" in only["name"] and only["name"]["value"] == OPERATOR
    assert "hidden" not in many["name"] and many["name"]["value"] == ""
    assert only["password"]["type"] == many["password"]["type"] == "password"


async def test_a_form_of_another_site_is_refused() -> None:
    """Nobody is signed in or out from elsewhere."""
    desk = one()
    for path in ("/sign-in", "/sign-out"):
        answer = await desk.post(path, {"password": PASSWORD}, origin="https://evil.example")
        assert answer.status == 403 and "set-cookie" not in answer.headers


async def test_a_huge_form_is_not_read() -> None:
    """No password is that long."""
    assert (await one().post(form=b"password=" + b"a" * 5000)).status == 413


@pytest.mark.slow
async def test_tries_are_limited() -> None:
    """After some wrong ones even the right password waits, and the page says how long."""
    desk = Desk({OPERATOR: HASH}, each=2)
    for _ in range(2):
        assert (await desk.post(form={"password": PASSWORD})).status == 303
        assert (await desk.post(form={"password": "wrong one"})).status == 403
    answer = await desk.post(form={"password": PASSWORD})
    assert answer.status == 429 and 590 <= int(answer.headers["retry-after"]) <= 600
    assert texts("vi")["sign_in.too_many"].format(minutes=10) in answer.body.decode()


async def test_looking_at_the_token_does_not_spend_it() -> None:
    """A preview of the link gets a button; who presses it comes in, once."""
    desk = Desk({})
    word = desk.token.word
    for _ in range(2):
        page = await desk.get(f"token={word}")
        assert page.status == 200 and "set-cookie" not in page.headers
    assert Inputs(page).fields["token"]["value"] == word
    answer = await desk.post(form={"token": word})
    assert (answer.status, desk.opened_by(answer)) == (303, OPERATOR)
    again = await desk.post(form={"token": word})
    assert again.status == (await desk.get(f"token={word}")).status == 403
    assert texts("vi")["sign_in.spent"] in again.body.decode() and word not in again.body.decode()


@pytest.mark.parametrize("form", [{}, {"token": ""}, {"token": "é"}, {"password": ""}, b"\xff"], ids=str)
async def test_what_is_no_token(form: object) -> None:
    """Opens nothing, and leaves the good one good."""
    desk = Desk({})
    assert (await desk.post(form=form)).status == 403
    assert desk.opened_by(await desk.post(form={"token": desk.token.word})) == OPERATOR


async def test_with_a_password_there_is_no_token() -> None:
    """The word of a desk that has passwords opens nothing."""
    desk = one()
    assert (await desk.post(form={"token": desk.token.word})).status == 403
    assert "token" not in Inputs(await desk.get(f"token={desk.token.word}")).fields


async def test_the_form_says_where_the_token_is() -> None:
    """In the terminal; it can be pasted here."""
    page = await Desk({}).get()
    assert texts("vi")["sign_in.where"] in page.body.decode() and "value" not in Inputs(page).fields["token"]


async def test_who_has_signed_in_goes_on() -> None:
    """To the desk, and to nowhere else that an address may name."""
    desk = one()
    session = desk.operators.session(OPERATOR)
    answer = await desk.get("next=https://evil.example", cookie=f"desk_operator={session}")
    assert (answer.status, answer.headers["location"]) == (303, "/")
    posted = await desk.post(form={"password": PASSWORD, "next": "//evil.example"})
    assert posted.headers["location"] == "/"


async def test_signing_out() -> None:
    """The cookie goes."""
    answer = await one().post("/sign-out")
    assert (answer.status, answer.headers["location"]) == (303, "/sign-in")
    assert cookie(answer).value == "" and cookie(answer)["max-age"] == "0"


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("there", [{}, {OPERATOR: HASH}, {"lan": HASH}], ids=["token", "password", "names"])
async def test_the_page(language: Language, there: dict[str, str]) -> None:
    """In the reader's language, with no script and no other host, kept by nobody."""
    page = await Desk(there, language).get()
    text = page.body.decode()
    assert page.status == 200 and f'<html lang="{language}">' in text
    assert texts(language)["sign_in.heading"] in text
    assert "<script" not in text and "://" not in text
    policy = page.headers["content-security-policy"]
    assert policy.startswith("default-src 'none';") and "script-src" not in policy
    assert "frame-ancestors 'none'" in policy and "form-action 'self'" in policy
    assert (page.headers["cache-control"], page.headers["x-robots-tag"]) == ("no-store", "noindex")
    # With "no-referrer" the form would come with the Origin "null".
    assert page.headers["referrer-policy"] == "same-origin"


async def test_crawlers_are_told() -> None:
    """Previews of links may be fetched, the desk may not."""
    answer = await ask(one().app, scope_of("/robots.txt"))
    assert "Allow: /d/\n" in answer.body.decode() and "Disallow: /\n" in answer.body.decode()


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_both_languages_have_the_same_texts() -> None:
    """The same keys and the same placeholders; none is blank, all are composed (NFC)."""
    vi, en = texts("vi"), texts("en")
    assert vi.keys() == en.keys()
    for key in vi:
        assert placeholders(vi[key]) == placeholders(en[key])
        assert vi[key].strip() and en[key].strip() and vi[key] != en[key]
        assert unicodedata.is_normalized("NFC", vi[key])


@pytest.mark.parametrize("language", ["vi", "en"])
async def test_in_a_frame_it_opens_beside_it(language: Language) -> None:
    """A page of another site that frames the desk gets a link that opens a tab, and no form; anywhere else no frame
    may hold the form."""
    desk = Desk({OPERATOR: HASH}, language)
    framed = await desk.get(**{"sec-fetch-dest": "iframe"})
    assert framed.headers["content-security-policy"].endswith("frame-ancestors *")
    assert 'target="_blank"' in framed.body.decode() and Inputs(framed).fields == {}
    alone = await desk.get(**{"sec-fetch-dest": "document"})
    assert alone.headers["content-security-policy"].endswith("frame-ancestors 'none'")
