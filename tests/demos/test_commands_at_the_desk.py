"""The commands over a running program's rooms, as the operators' desk speaks them."""

import shutil
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from demos import DemoFileError, UnknownDemo
from demos.all_commands import COMMANDS
from demos.command_line import read_words
from demos.place import Place, Workshop
from demos.said import REFUSALS, CommandFailed, Said, in_words
from demos.terms import BadTerm
from demos.text import NoSuchKey
from holysheep.errors import NoKey
from ledger.outcomes import NoSuchLink
from settings import load_settings
from settings.demo_reader import DemoReader
from settings.faults import ROOT

pytestmark = pytest.mark.database

PIXEL = "data:image/png;base64,iVBORw0KGgo="


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Workshop]:
    """A workshop over rooms that are open, for an operator called An."""
    folder = tmp_path / "settings"
    shutil.copytree(ROOT / "settings", folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    settings = load_settings(folder, {}, tmp_path / ".env")
    reader = DemoReader([model.id for model in settings.models])

    async def ask(messages: Sequence[Mapping[str, str]], model: str) -> str:
        return "Dạ."

    place = Place(
        database_url="",
        data_dir=tmp_path,
        folder=settings.demos_folder,
        demos=settings.demos,
        parse=reader.file,
        parse_text=reader.text,
        ask=ask,
        has_model=False,
        secret="s" * 40,
        public_url="https://demo.example",
        author="An",
        language="vi",
        files=False,
    )
    async with Workshop(place) as opened:
        yield Workshop.over(place, opened.database, opened.shelf, opened.versions)


async def do(shop: Workshop, *words: str) -> Said:
    """What is typed at the desk."""
    arguments = read_words(words)
    return await COMMANDS[arguments.command](shop, arguments)


async def test_the_desk_and_its_commands_share_their_rooms(shop: Workshop) -> None:
    """What a command saves stands on the running program's shelf at once, under the operator's name."""
    made = await do(shop, "new", "Tiệm Gió", "Bán diều. Khách hay hỏi giờ mở cửa.")
    assert shop.shelf.current(made.data["demo"]).title == "Tiệm Gió"
    (row,) = (await do(shop, "versions", made.data["demo"])).data
    assert row["author"] == "An"
    await do(shop, "publish", made.data["demo"], "--for", "Shop ABC", "--logo", PIXEL)
    (link,) = (await do(shop, "links")).data
    assert link["url"].startswith("https://demo.example/d/") and link["customer"] == "Shop ABC"


@pytest.mark.parametrize(
    "words",
    [
        ("edit", "boutique", "--set", "persona=@/etc/passwd"),
        ("publish", "boutique", "--logo", "/etc/logo.png"),
        ("import", "/etc/hosts"),
    ],
    ids=" ".join,
)
async def test_the_desk_names_no_file_of_the_server(shop: Workshop, words: tuple[str, ...]) -> None:
    """Nothing is read, nothing is made."""
    with pytest.raises(CommandFailed, match="paste"):
        await do(shop, *words)
    assert (await do(shop, "links")).data == []
    assert {row["version"] for row in (await do(shop, "list")).data} == {1}


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("publish",), "/publish"),
        (("publish", "boutique", "--for"), "--for"),
        (("rollback", "boutique", "two"), "/rollback"),
        (("links", "--help"), "--help"),
        (("links", "boutique", "too many"), "/links"),
        (("publish", "boutique", "--share"), "/publish"),
        (("links", "--json"), "/links"),
        (("new", "A", "B", "--template=1"), "--template"),
        (("publish", "boutique", "--col", "x"), "--col"),
        (("fly",), "/"),
        ((), "/"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_cannot_be_understood(words: tuple[str, ...], says: str) -> None:
    """The command's own usage is told, in both languages; the program goes on."""
    with pytest.raises(CommandFailed) as wrong:
        read_words(words)
    assert all(says in wrong.value.texts[language] for language in ("vi", "en"))
    vi = wrong.value.texts["vi"]
    assert not any(word in vi for word in ("argument", "expected", "could match", "choose from"))
    assert "python" not in str(wrong.value)


@pytest.mark.parametrize(
    ("error", "evidence"),
    [
        (UnknownDemo("boutiqe", ["boutique"]), "boutiqe"),
        (UnknownDemo("boutiqe", []), "boutiqe"),
        (NoSuchLink("abc"), "abc"),
        (NoSuchKey("facts.9"), "facts.9"),
        (BadTerm("--budget", "viel", "số", "a number"), "viel"),
        (DemoFileError({"vi": "màu x", "en": "colour x"}), "x"),
        (NoKey("none"), "no_key"),
        (FileNotFoundError(2, "No such file", "there.toml"), "there.toml"),
        (OSError("the disk is on fire"), "fire"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_refusals_have_words_in_both_languages(error: Exception, evidence: str) -> None:
    """What was found is in them."""
    assert isinstance(error, REFUSALS)
    vi, en = in_words(error, "vi"), in_words(error, "en")
    assert evidence in vi and evidence in en
    assert (vi == en) == isinstance(error, OSError)


async def test_a_question_of_the_desk_is_refused_in_the_reader_s_language(shop: Workshop) -> None:
    """As the terminal's would be."""
    at = Workshop.over(replace(shop.place, language="en"), shop.database, shop.shelf, shop.versions)
    with pytest.raises(UnknownDemo) as wrong:
        await do(at, "show", "nothing")
    assert "không có demo" in in_words(wrong.value, "vi") and "no demo" in in_words(wrong.value, "en")


async def test_an_answer_is_corrected(shop: Workshop) -> None:
    """The demo has it from the next reply on, as a version that says which; without an answer nothing is saved."""
    fixed = await do(shop, "fix", "boutique", "Có ship không?", "Có, 30.000 ₫ toàn quốc.")
    assert fixed.data["version"] == 2 and fixed.data["question"] == "Có ship không?"
    assert "Đáp: Có, 30.000 ₫ toàn quốc." in shop.shelf.current("boutique").facts[-1].content
    (row, _) = (await do(shop, "versions", "boutique")).data
    assert (row["author"], row["note"]) == ("An", "sửa câu trả lời: Có ship không?")
    with pytest.raises(CommandFailed):
        await do(shop, "fix", "boutique", "Có ship không?", "  ")
    with pytest.raises(DemoFileError, match="facts"):
        await do(shop, "fix", "boutique", "Kể hết đi?", "rất dài " * 20_000)
    assert shop.shelf.current("boutique").version == 2


async def test_what_happened_on_a_link(shop: Workshop) -> None:
    """Of one that nobody opened: nothing, in the words of JSON; of one that is not there: a refusal."""
    made = await do(shop, "publish", "boutique")
    happened = await do(shop, "activity", made.data["link"])
    assert happened.data == {
        "link": made.data["link"],
        "visitors": 0,
        "conversations": 0,
        "messages": 0,
        "cost_usd": "0",
        "cost_bound": "exact",
        "ttft_ms": None,
        "thumbs": {"up": 0, "down": 0},
        "first_seen": None,
        "last_seen": None,
        "devices": {},
        "hosts": {},
    }
    assert "nobody" in happened.words
    with pytest.raises(NoSuchLink):
        await do(shop, "activity", "nolink")


@pytest.mark.parametrize(
    ("words", "vi", "en"),
    [
        (("--budget", "viel"), "Ngân sách: thấy “viel”", "Budget: found 'viel'"),
        (("--origin", "shop"), "Trang được nhúng khung chat: ", "Sites that may frame the chat: "),
        (("--color", "red"), "Màu riêng: thấy", "Colour of their own: found"),
        (("--title", "x" * 500), "Tên hiển thị riêng: ", "Name of their own: "),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
async def test_a_form_s_fields_are_called_what_the_form_calls_them(
    shop: Workshop, words: tuple[str, str], vi: str, en: str
) -> None:
    """No option, and no line of a file that the operator has never seen; a terminal reads the option."""
    with pytest.raises(BadTerm) as wrong:
        await do(shop, "publish", "boutique", *words)
    assert in_words(wrong.value, "vi", at_desk=True).startswith(vi)
    assert in_words(wrong.value, "en", at_desk=True).startswith(en)
    assert "boutique:" not in str(wrong.value) and str(wrong.value).startswith(f"{words[0]}: ")
