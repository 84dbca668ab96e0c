"""Chainlit's scripts: compressed once, cached for good, and nothing else of the disk."""

import asyncio
import gzip
from pathlib import Path

import pytest
from asgi import Answer, ask, scope_of
from starlette.applications import Starlette

from web import Assets

SCRIPT = "console.log('xin chào');" * 100


@pytest.fixture
def app(tmp_path: Path) -> Starlette:
    """An application that serves a folder beside a secret."""
    folder = tmp_path / "assets"
    (folder / "fonts").mkdir(parents=True)
    (folder / "index-abc.js").write_text(SCRIPT, encoding="utf-8")
    (folder / "index-abc.css").write_text("body {}", encoding="utf-8")
    (folder / "fonts" / "a.woff2").write_bytes(b"font")
    (tmp_path / "secret.js").write_text("secret", encoding="utf-8")
    (folder / "link.js").symlink_to(tmp_path / "secret.js")
    return Starlette(routes=[Assets(folder).route()])


async def get(app: Starlette, path: str, encoding: str = "gzip, br") -> Answer:
    """Ask for a file."""
    return await ask(app, scope_of(path, headers={"accept-encoding": encoding}))


async def test_a_script_is_compressed_and_kept(app: Starlette) -> None:
    """Smaller on the line, the same when unpacked, and never asked for again."""
    answer = await get(app, "/assets/index-abc.js")
    assert gzip.decompress(answer.body).decode() == SCRIPT and len(answer.body) < len(SCRIPT) / 5
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-type"].startswith("text/javascript")
    assert (answer.headers["content-encoding"], answer.headers["vary"]) == ("gzip", "Accept-Encoding")


async def test_it_is_compressed_once(app: Starlette, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where many ask at one instant."""
    calls: list[bytes] = []
    compress = gzip.compress

    def counted(data: bytes, level: int) -> bytes:
        calls.append(data)
        return compress(data, level)

    monkeypatch.setattr(gzip, "compress", counted)
    answers = await asyncio.gather(*(get(app, "/assets/index-abc.js") for _ in range(5)))
    assert len({answer.body for answer in answers}) == 1 and len(calls) == 1


async def test_what_every_page_asks_for_is_ready(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is compressed before the first request, and only what can be."""
    for name in ("index-abc.js", "index-abc.css", "index-abc.png", "other.js"):
        (tmp_path / name).write_text(SCRIPT, encoding="utf-8")
    assets = Assets(tmp_path)
    assets.prepare("index-*")
    app = Starlette(routes=[assets.route()])
    before = {name: (await get(app, f"/assets/{name}")).body for name in ("index-abc.js", "index-abc.css")}
    assert [gzip.decompress(body).decode() for body in before.values()] == [SCRIPT, SCRIPT]
    monkeypatch.setattr(gzip, "compress", lambda data, level: b"compressed only now")
    assert (await get(app, "/assets/index-abc.js")).body == before["index-abc.js"]
    assert (await get(app, "/assets/other.js")).body == b"compressed only now"


@pytest.mark.parametrize(
    ("path", "encoding", "kind"),
    [
        ("/assets/index-abc.js", "identity", ("text/javascript", "application/javascript")),
        ("/assets/index-abc.css", "", "text/css"),
        ("/assets/fonts/a.woff2", "gzip", "font/woff2"),
    ],
)
async def test_some_are_sent_as_they_are(
    app: Starlette, path: str, encoding: str, kind: str | tuple[str, ...]
) -> None:
    """Fonts are compressed already, and some browsers do not unpack."""
    answer = await get(app, path, encoding)
    assert answer.status == 200 and answer.headers["content-type"].startswith(kind)
    assert "content-encoding" not in answer.headers and "immutable" in answer.headers["cache-control"]


@pytest.mark.parametrize(
    "path",
    [
        "/assets/",
        "/assets/fonts",
        "/assets/nothing.js",
        "/assets/../secret.js",
        "/assets/fonts/../../secret.js",
        "/assets//etc/passwd",
        "/assets/link.js",
        "/assets/index-abc.js/x",
        "/assets/index-abc.js\0",
        "/assets/" + "a" * 5000,
    ],
    ids=lambda path: path[:30],
)
async def test_nothing_else_of_the_disk(app: Starlette, path: str) -> None:
    """No folder, no way out of it, no link that leads out of it."""
    assert (await get(app, path)).status == 404
