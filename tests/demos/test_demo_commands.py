"""The commands of ``python -m demos``, over a database and files of their own."""

import json
import shutil
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from demos import DemoFileError, Keys, UnknownDemo
from demos.all_commands import COMMANDS
from demos.command_line import make_parser
from demos.place import Place, Workshop
from demos.terms import BadTerm
from demos.text import NoSuchKey
from holysheep import EngineError
from ledger.outcomes import NoSuchLink
from settings import load_settings
from settings.demo_reader import DemoReader
from settings.faults import ROOT
from web.plain_page import luminance

pytestmark = pytest.mark.database

Do = Callable[..., Awaitable[Any]]

DRAFT = json.dumps(
    {
        "persona": "Bạn là Bơ, trợ lý của tiệm bánh.",
        "greeting": {"vi": "Chào bạn, Bơ đây!", "en": "Hello, this is Bơ!"},
        "color": "#7a3b00",
        "starters": [
            {
                "vi": {"label": f"Nút {i}", "message": f"Câu {i}?"},
                "en": {"label": f"B{i}", "message": f"Q{i}?"},
            }
            for i in range(4)
        ],
    }
)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """The shipped demos; a model that drafts, and otherwise says one sentence."""
    folder = tmp_path / "settings"
    shutil.copytree(ROOT / "settings", folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    settings = load_settings(folder, {}, tmp_path / ".env")
    reader = DemoReader([model.id for model in settings.models])

    async def ask(messages: Sequence[Mapping[str, str]], model: str) -> str:
        return f"Here it is:\n```json\n{DRAFT}\n```" if "JSON" in messages[0]["content"] else "Giá 1 ₫."

    demos_folder = settings.demos_folder
    return Place(
        database_url="",
        data_dir=tmp_path,
        folder=demos_folder,
        demos=settings.demos,
        parse=reader.file,
        parse_text=reader.text,
        ask=ask,
        has_model=True,
        secret="s" * 40,
        public_url="http://localhost:8000",
    )


@pytest.fixture
def do(place: Place) -> Do:
    """Does a command and gives its data as JSON has them; each in a workshop of its own, as on a terminal."""

    async def done(*words: str, at: Place = place, code: int = 0) -> Any:
        arguments = make_parser().parse_args([*words, "--json"])
        async with Workshop(at) as shop:
            said = await COMMANDS[arguments.command](shop, arguments)
        assert said.code == code and said.words
        return json.loads(json.dumps(said.data, default=str))

    return done


async def test_the_shipped_demos_are_listed(do: Do) -> None:
    """An array, each with its version."""
    rows = await do("list")
    assert [(row["demo"], row["version"], row["author"]) for row in rows] == [
        ("boutique", 1, "file"),
        ("cosmetics", 1, "file"),
        ("electronics", 1, "file"),
    ]


async def test_a_demo_is_drafted_by_a_model(do: Do) -> None:
    """From a name and two sentences: persona, greeting, starters and colour, ready to be published."""
    made = await do("new", "Tiệm bánh Bơ", "Bánh mì tươi mỗi sáng. Khách hay hỏi giờ mở cửa.")
    assert (made["demo"], made["version"], made["drafted_by"]) == ("tiem-banh-bo", 1, "model")
    shown = await do("show", "tiem-banh-bo")
    assert shown["persona"].startswith("Bạn là Bơ") and shown["branding"]["color"] == "#7a3b00"
    assert [one["label"] for one in shown["starters"]["en"]] == ["B0", "B1", "B2", "B3"]
    assert (await do("publish", "tiem-banh-bo"))["demo"] == "tiem-banh-bo"
    assert (await do("new", "Tiệm bánh Bơ", "Lại nữa."))["demo"] == "tiem-banh-bo-2"


async def test_a_demo_is_drafted_from_the_template(do: Do, place: Place) -> None:
    """Without a key, where the model fails, and where somebody wants it so."""

    async def fails(messages: Sequence[Mapping[str, str]], model: str) -> str:
        raise EngineError("down")

    async def babbles(messages: Sequence[Mapping[str, str]], model: str) -> str:
        return '{"persona": 7, "starters": [{"vi": {}}], "color": "red", "greeting": null'

    colors = set()
    for at, by in (
        (replace(place, has_model=False), "template"),
        (replace(place, ask=fails), "template"),
        (replace(place, ask=babbles), "template"),
    ):
        made = await do("new", "Shop", "Bán áo.", at=at)
        shown = await do("show", made["demo"])
        assert made["drafted_by"] == by and "Shop" in shown["persona"] and len(shown["starters"]["vi"]) == 4
        looks = shown["branding"]
        colors.add((looks["color"], looks["color_dark"]))
    ((light, dark),) = colors  # the same for the same shop
    assert luminance(light) < 0.1 < 0.4 < luminance(dark)


async def test_edit_compare_and_roll_back(do: Do) -> None:
    """Each change is a version; what changed is told line by line; an earlier one becomes the newest again."""
    assert (
        await do("edit", "boutique", "--set", "title=Gió", "--set", "limits.messages=9", "--note", "tên mới")
    )["version"] == 2
    assert (await do("show", "boutique"))["limits"]["messages"] == 9
    (newest, first) = await do("versions", "boutique")
    assert (newest["version"], newest["note"], first["author"]) == (2, "tên mới", "file")
    diff = (await do("compare", "boutique", "1"))["diff"]
    assert '-title = "Mây Boutique"' in diff and '+title = "Gió"' in diff
    assert (await do("rollback", "boutique", "1"))["version"] == 3
    assert (await do("show", "boutique"))["title"] == "Mây Boutique"
    assert (await do("edit", "boutique", "--set", "title=Mây Boutique"))["version"] == 3, "nothing new"


async def test_a_file_that_was_saved_meanwhile(do: Do, place: Place) -> None:
    """The later save holds: the file over the edit before it, the edit over the file before that."""
    await do("edit", "boutique", "--set", "title=Gió")
    file = place.folder / "boutique.toml"
    assert (await do("show", "boutique"))["title"] == "Gió"
    file.write_text(file.read_text(encoding="utf-8").replace("Mây Boutique", "Nắng", 1), encoding="utf-8")
    reader = DemoReader(["deepseek-v3.2"])
    again = replace(place, demos={**place.demos, "boutique": reader.file(file)})
    shown = await do("show", "boutique", at=again)
    assert (shown["title"], shown["version"]) == ("Nắng", 3)


async def test_export_and_import(do: Do, place: Place, tmp_path: Path) -> None:
    """What is exported is the file with its comments; imported under another name it is another demo."""
    arguments = make_parser().parse_args(["export", "boutique"])
    async with Workshop(place) as shop:
        text = (await COMMANDS["export"](shop, arguments)).words + "\n"
    assert text == (place.folder / "boutique.toml").read_text(encoding="utf-8")
    assert await do("export", "boutique", "--version", "1") == {
        "demo": "boutique",
        "version": 1,
        "toml": text,
    }
    copy = tmp_path / "other.toml"
    copy.write_text(text, encoding="utf-8")
    assert (await do("import", str(copy)))["demo"] == "other"
    assert (await do("duplicate", "other", "third"))["version"] == 1


@pytest.mark.parametrize(
    ("words", "error", "says"),
    [
        (("show", "boutiqe"), UnknownDemo, "boutique"),
        (("edit", "boutique", "--set", "temperature=3"), DemoFileError, "temperature"),
        (("edit", "boutique", "--set", "colour=red"), DemoFileError, "colour"),
        (("edit", "boutique", "--set", "facts.99.content=x"), NoSuchKey, "facts.99"),
        (("publish", "boutique", "--color", "red"), BadTerm, "--color"),
        (("publish", "boutique", "--expires", "soon"), BadTerm, "--expires"),
        (("publish", "boutique", "--origin", "shop"), BadTerm, "--origin"),
        (("revoke", "nolink"), NoSuchLink, "nolink"),
        (("import", "nothing.toml"), OSError, "nothing.toml"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
async def test_what_is_wrong_is_named(
    do: Do, words: tuple[str, ...], error: type[Exception], says: str
) -> None:
    """The field, and the mend; nothing is changed."""
    with pytest.raises(error) as wrong:
        await do(*words)
    assert says in str(wrong.value)
    assert {row["version"] for row in await do("list")} == {1} and await do("links") == []


async def test_publish_and_what_becomes_of_the_link(do: Do, place: Place) -> None:
    """The url's token is ours alone; the list says how it stands; a passcode is kept as a hash, and never shown."""
    words = (
        "--for",
        "Shop ABC",
        "--expires",
        "7d",
        "--budget",
        "0.50",
        "--messages",
        "200",
        "--passcode",
        "4711",
    )
    made = await do("publish", "boutique", *words, "--origin", "https://shop.example")
    keys = Keys(place.secret)
    assert made["url"] == f"http://localhost:8000/d/{keys.token(made['link'])}/"
    assert made["budget_usd"] == "0.5" and made["public"] is False and "PUBLIC_URL" in made["warning"]
    assert f'src="{made["url"]}embed.js"' in made["embed"] and made["url"] in made["iframe"]
    assert made["qr"].startswith("data:image/svg+xml")
    database = b"".join(path.read_bytes() for path in place.data_dir.glob("ledger.db*"))
    assert made["link"].encode() in database
    assert keys.token(made["link"]).encode() not in database and b"4711" not in database
    for word, state in (("pause", "paused"), ("resume", "open"), ("revoke", "revoked")):
        assert (await do(word, made["link"]))["state"] == state
    (row,) = await do("links")
    assert (row["state"], row["customer"], row["passcode"], row["used"]) == ("revoked", "Shop ABC", True, 0)
    assert (await do("extend", made["link"], "--messages", "300"))["messages"] == 300


async def test_rehearse(do: Do) -> None:
    """Every test question is asked; a figure that stands nowhere in the facts is told, and the command fails."""
    done = await do("rehearse", "boutique", code=1)
    assert len(done["questions"]) == 20 and done["ok"] is False
    assert (
        done["questions"][0]["figures"] == [{"written": "1 ₫", "stands": False}]
        or done["questions"][0]["figures"]
    )
