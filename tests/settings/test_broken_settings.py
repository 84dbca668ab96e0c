"""Broken files: each says where it is broken, what was found and what was expected."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from settings import SettingsError, load_settings, parse_demo

DEMO = 'title = "T"\npersona = "P"\n[greeting]\nvi = "Chào"\n'
MODEL = '[[models]]\nid = "m"\nlabel = "M"\ncontext_window = 8000\n'
MODELS = 'default = "m"\n' + MODEL


@dataclass(frozen=True)
class Case:
    """A file with ``text`` gives a fault at ``line`` that holds all of ``words``."""

    id: str
    file: str
    text: str | bytes
    line: int | None
    words: tuple[str, ...]


DEMO_CASES = [
    Case("no title", "demos/a.toml", DEMO.replace('title = "T"\n', ""), None, ("title: found nothing",)),
    Case("blank persona", "demos/a.toml", DEMO.replace('"P"', '"  "'), 2, ("persona: found empty text",)),
    Case("title a number", "demos/a.toml", DEMO.replace('"T"', "7"), 1, ("title: found 7", 'text in " "')),
    Case(
        "no greeting", "demos/a.toml", 'title = "T"\npersona = "P"\n', None, ("greeting.vi: found nothing",)
    ),
    Case("no Vietnamese", "demos/a.toml", DEMO.replace("vi =", "en ="), 3, ("greeting.vi: found nothing",)),
    Case("greeting is text", "demos/a.toml", 'greeting = "hi"\n', 1, ('greeting: found "hi"', "a table")),
    Case("misspelt", "demos/a.toml", "temprature = 1\n" + DEMO, 1, ("the unknown name", "“temperature”")),
    Case("unlike any", "demos/a.toml", "zzz = 1\n" + DEMO, 1, ("the unknown name “zzz”", "one of: title")),
    Case("too hot", "demos/a.toml", "temperature = 2.5\n" + DEMO, 1, ("found 2.5", "a number from 0 to 2")),
    Case("not a number", "demos/a.toml", "temperature = nan\n" + DEMO, 1, ("found NaN", "from 0 to 2")),
    Case(
        "quoted number", "demos/a.toml", 'max_tokens = "many"\n' + DEMO, 1, ('found "many"', "a whole number")
    ),
    Case(
        "true is no number", "demos/a.toml", "max_tokens = true\n" + DEMO, 1, ("found true", "a whole number")
    ),
    Case("models a text", "demos/a.toml", 'models = "gpt-4.1"\n' + DEMO, 1, ("models", "a list of texts")),
    Case("model twice", "demos/a.toml", 'models = ["m", "m"]\n' + DEMO, 1, ("“m” twice",)),
    Case("unknown model", "demos/a.toml", 'models = ["gpt-41"]\n' + DEMO, 1, ("“gpt-41”", "“gpt-4.1”")),
    Case(
        "default not offered",
        "demos/a.toml",
        'models = ["gpt-4.1"]\ndefault_model = "deepseek-v3.2"\n' + DEMO,
        2,
        ('default_model: found "deepseek-v3.2"', "gpt-4.1"),
    ),
    Case(
        "starter twice",
        "demos/a.toml",
        DEMO + '[[starters.vi]]\nlabel = "A"\nmessage = "1"\n[[starters.vi]]\nlabel = "A"\nmessage = "2"\n',
        9,
        ('starters.vi[2].label: found "A"', "only once"),
    ),
    Case(
        "starter with no message",
        "demos/a.toml",
        DEMO + '[[starters.en]]\nlabel = "A"\n',
        5,
        ("starters.en[1].message: found nothing",),
    ),
    Case(
        "starters in a third language", "demos/a.toml", DEMO + '[[starters.fr]]\nlabel = "A"\n', 5, ("“fr”",)
    ),
    Case("name of the file", "demos/Áo dài.toml", DEMO, None, ("a file name of a-z",)),
    Case(
        "no quotes", "demos/a.toml", "title = Áo dài\n", 1, ("“title = Áo dài” at column 9", "text stands in")
    ),
    Case("no equals sign", "demos/a.toml", '\ntitle "T"\n', 2, ("a “=” after the name",)),
    Case("open quote", "demos/a.toml", 'persona = """\nno end', 2, ("“no end”", "a closing")),
    Case("open quote on one line", "demos/a.toml", 'title = "T\n', 1, ('text closed by "',)),
    Case("twice the same", "demos/a.toml", 'title = "A"\ntitle = "B"\n', 2, ("each name only once",)),
    Case("not UTF-8", "demos/a.toml", "title = 'Áo'".encode("latin-1"), None, ("not UTF-8",)),
    Case("UTF-16", "demos/a.toml", DEMO.encode("utf-16"), None, ("not UTF-8",)),
    Case("absurd nesting", "demos/a.toml", "a = " + "[" * 5000, 1, ("expected",)),
    Case("absurd exponent", "demos/a.toml", "a = 1e9999999999999999999999", 1, ("expected",)),
    Case("absurd number", "demos/a.toml", "a = " + "9" * 5000, 1, ("expected",)),
    Case("a key in a demo", "demos/a.toml", "title = sk-1234567890abcdef\n", 1, ("title = •••",)),
]

CASES = [
    *DEMO_CASES,
    Case("price in words", "models.toml", MODELS + 'price = "8 USD"\nvalid_from = 2026-01-01\n',
         6, ('models[1].price: found "8 USD"', "such as 0.42")),
    Case("price below zero", "models.toml", MODELS + "price = -1\nvalid_from = 2026-01-01\n", 6, ("found -1",)),
    Case("price without end", "models.toml", MODELS + "price = inf\nvalid_from = 2026-01-01\n", 6, ("Infinity",)),
    Case("price with no date", "models.toml", MODELS + "price = 1\n", 2, ("models[1].valid_from: found nothing",)),
    Case("date in quotes", "models.toml", MODELS + 'price = 1\nvalid_from = "2026-01-01"\n',
         7, ("a date without quotes",)),
    Case("cached price alone", "models.toml", MODELS + "cached_input = 1\n", 6, ("price or input beside it",)),
    Case("id twice", "models.toml", MODELS + MODEL, 7, ('models[2].id: found "m"', "each id only once")),
    Case("unknown default", "models.toml", MODELS.replace('"m"', '"n"', 1), 1, ('default: found "n"', "m")),
    Case("no models", "models.toml", 'default = "m"\n', None, ("at least one [[models]]",)),
    Case("models in one table", "models.toml", 'default = "m"\n[models]\nid = "m"\n', 2, ("tables [[...]]",)),
    Case("window too small", "models.toml", MODELS.replace("8000", "0"), 5, ("context_window: found 0",)),
    Case("unknown provider", "models.toml", MODELS + 'provider = "holysheeep"\n', 6, ("“holysheep”",)),
    Case("rate of zero", "models.toml", MODELS + "[exchange_rate]\nvnd_per_usd = 0\nas_of = 2026-11-02\n",
         7, ("exchange_rate.vnd_per_usd: found 0",)),
    Case("rate with no date", "models.toml", MODELS + "[exchange_rate]\nvnd_per_usd = 26000\n",
         6, ("exchange_rate.as_of: found nothing",)),
    Case("retries", "providers.toml", "[holysheep]\nretries = 99\n[rehearsal]\n", 2, ("from 0 to 10",)),
    Case("address", "providers.toml", '[holysheep]\nbase_url = "api.x"\n[rehearsal]\n', 2, ("an address such as",)),
    Case("elsewhere later than here", "providers.toml",
         "[holysheep]\nfirst_text_s = 10\nfirst_text_elsewhere_s = 11\n",
         3, ("holysheep.first_text_elsewhere_s: found 11, expected at most first_text_s (10)",)),
    Case("silence elsewhere", "providers.toml", "[holysheep]\nsilence_elsewhere_s = 40\n",
         2, ("found 40, expected at most silence_s (30)",)),
    Case("turn too short", "providers.toml", "[holysheep]\nturn_s = 20\n", 2, ("at least first_text_s (30)",)),
    Case("restart", "providers.toml", '[holysheep]\nrestart = "never"\n', 2, ("one of: always, short, ask",)),
    Case("a ring of nothing", "providers.toml", "[holysheep]\nkey_tokens = 0\n", 2, ("from 1 to",)),
    Case("proxy", "providers.toml", '[holysheep]\nproxy = "user:sk-1@proxy"\n', 2, ("an address such as",)),
    Case("header with a line end", "providers.toml", '[holysheep]\n[holysheep.headers]\nX-A = "a\\r\\nX-B: c"\n',
         3, ("holysheep.headers.X-A: found a value that no header can carry",)),
    Case("header of ours", "providers.toml", '[holysheep]\n[holysheep.headers]\nAuthorization = "Bearer a"\n',
         3, ("a name that cannot be used", "a key stands in its variable")),
    Case("header with a strange name", "providers.toml", '[holysheep]\n[holysheep.headers]\n"X A" = "a"\n',
         3, ("a name that cannot be used",)),
    Case("unknown stand-in", "providers.toml", '[openai]\nstand_in = "gpt-41"\n', 2, ("openai.stand_in", "“gpt-4.1”")),
    Case("unknown model of a provider", "providers.toml", '[openai]\nmodels = ["gpt-41"]\n',
         2, ("openai.models: found “gpt-41”", "“gpt-4.1”")),
    Case("models a text", "providers.toml", '[openai]\nmodels = "gpt-4.1"\n', 2, ("a list of texts",)),
    Case("unknown fallback", "models.toml", MODELS + 'fallbacks = ["opnai"]\n',
         6, ("models[1].fallbacks: found “opnai”", "“openai”")),
    Case("unknown model of a fallback", "models.toml", MODELS + 'fallbacks = ["openai/n"]\n',
         6, ("found “openai/n”, expected one of: m",)),
    Case("fallback that has it not", "models.toml", MODELS + 'fallbacks = ["local"]\n',
         6, ("local has no m and no stand_in",)),
    Case("cached tokens", "providers.toml", '[holysheep]\ncached_tokens = "out"\n[rehearsal]\n',
         2, ("one of: inside, beside",)),
    Case("misspelt variable", ".env", "\n\nHOLYSHEP_API_KEY=sk-1\n", 3, ("HOLYSHEP_API_KEY", "“HOLYSHEEP_API_KEY”")),
    Case("port", ".env", "# mine\nPORT=80o0\n", 2, ('PORT: found "80o0"', "a whole number from 1 to 65535")),
    Case("a line with no value", ".env", "HOST=::\nPORT\n", 2, ("a line that cannot be read", "NAME=value")),
    Case("address without scheme", ".env", "HOLYSHEEP_BASE_URL=localhost:9900\n", 1, ("an address such as",)),
    Case("address too long", ".env", "LOCAL_BASE_URL=http://h/v1/chat/completions\n", 1, ("stops before",)),
    Case("address with a bad port", ".env", "PUBLIC_URL=http://h:99999\n", 1, ("an address such as",)),
    Case("key with a space", ".env", "HOLYSHEEP_API_KEY=abc def\n", 1, ("the key as it was issued",)),
    Case("key file not there", ".env", "HOLYSHEEP_API_KEY_FILE=/no/such\n", 1, ("cannot be read (no such file)",)),
    Case("unknown demo", ".env", "DEFAULT_DEMO=boutik\n", 1, ("DEFAULT_DEMO", "“boutique”")),
    Case("level", ".env", "LOG_LEVEL=loud\n", 1, ("one of: debug, info, warning, error",)),
    Case("host with a scheme", ".env", "HOST=http://x\n", 1, ("a host name or IP address",)),
    Case("env not UTF-8", ".env", b"HOST=\xff\n", None, ("not UTF-8",)),
]  # fmt: skip


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    """Faults are read in English here, whoever runs the tests."""
    monkeypatch.setenv("LC_ALL", "C")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_broken_file_says_where_and_what(case: Case, folder: Path, env_file: Path) -> None:
    """A broken file stops the start with its name, its line, what was found and what was expected."""
    path = env_file if case.file == ".env" else folder / case.file
    path.write_bytes(case.text if isinstance(case.text, bytes) else case.text.encode())
    with pytest.raises(SettingsError) as caught:
        load_settings(folder, {}, env_file)
    lines = str(caught.value).splitlines()
    assert [line for line in lines if all(word in line for word in (path.name, *case.words))], lines
    assert case.line in [fault.line for fault in caught.value.faults if fault.file.endswith(path.name)]


@pytest.mark.parametrize("case", DEMO_CASES, ids=lambda case: case.id)
def test_broken_demo_raises_one_kind_of_error(case: Case, folder: Path) -> None:
    """Whatever a demo file holds while the program runs, reading it again raises SettingsError and nothing else."""
    path = folder / case.file
    path.write_bytes(case.text if isinstance(case.text, bytes) else case.text.encode())
    with pytest.raises(SettingsError):
        parse_demo(path, version=2, model_ids=["gpt-4.1", "deepseek-v3.2"])


def test_all_faults_of_all_files_at_once(folder: Path, env_file: Path) -> None:
    """Mistakes in four files are told together, two of one file among them."""
    env_file.write_text("PORT=x\nLOG_FORMAT=xml\n")
    (folder / "models.toml").write_text("default = 1\n")
    (folder / "providers.toml").unlink()
    (folder / "demos" / "boutique.toml").write_text("title = ")
    with pytest.raises(SettingsError) as caught:
        load_settings(folder, {"HOST": "a b"}, env_file)
    faults = caught.value.faults
    assert {Path(fault.file).name for fault in faults} == {
        "", ".env", "models.toml", "providers.toml", "boutique.toml"
    }  # fmt: skip
    assert [fault.where for fault in faults if fault.file == str(env_file)] == ["1", "2"]
    assert [fault.where for fault in faults if fault.file == ""] == ["HOST"]


def test_no_demo_at_all(folder: Path, env_file: Path) -> None:
    """A folder with no demo is told, since there is nothing to show."""
    for path in (folder / "demos").iterdir():
        path.unlink()
    with pytest.raises(SettingsError, match=r"demos: found nothing, expected at least one \.toml file"):
        load_settings(folder, {}, env_file)


@pytest.mark.parametrize("name", ["missing.toml", "a-folder.toml"])
def test_unreadable_demo(name: str, tmp_path: Path) -> None:
    """A demo file that is gone, or is a folder, is told like any other mistake."""
    (tmp_path / "a-folder.toml").mkdir()
    with pytest.raises(SettingsError, match="cannot be read"):
        parse_demo(tmp_path / name)


def test_vietnamese_reader(folder: Path, env_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who works under a Vietnamese locale reads the faults in Vietnamese."""
    monkeypatch.setenv("LC_ALL", "vi_VN.UTF-8")
    with pytest.raises(SettingsError) as caught:
        load_settings(folder, {"PORT": "tám nghìn"}, env_file)
    assert str(caught.value) == 'môi trường: PORT: thấy "tám nghìn", cần một số nguyên từ 1 đến 65535'
