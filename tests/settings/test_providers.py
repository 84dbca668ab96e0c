"""Who can be asked, in which order and with what patience."""

from pathlib import Path

import pytest

from settings import Settings, load_settings
from settings.engine_files import load_engine_files

OURS, THEIRS = "HOLYSHEEP_API_KEY", "OPENAI_API_KEY"


def load(folder: Path, env_file: Path, environ: dict[str, str]) -> Settings:
    return load_settings(folder, environ, env_file)


@pytest.mark.parametrize(
    ("environ", "names", "rehearsing"),
    [
        ({}, ["rehearsal"], True),
        ({OURS: "k"}, ["holysheep", "rehearsal"], False),
        ({THEIRS: "k"}, ["openai", "rehearsal"], False),
        ({OURS: "k", THEIRS: "k"}, ["holysheep", "openai", "rehearsal"], False),
        ({"LOCAL_BASE_URL": "http://h/v1"}, ["local", "rehearsal"], True),
    ],
)
def test_who_can_be_asked(
    environ: dict[str, str], names: list[str], rehearsing: bool, folder: Path, env_file: Path
) -> None:
    """A provider without a key is not there; it is a rehearsal where nobody answers for the default model."""
    settings = load(folder, env_file, environ)
    assert (list(settings.providers), settings.rehearsing) == (names, rehearsing)


def test_a_model_that_may_go_nowhere_else(folder: Path, env_file: Path) -> None:
    """Where the default model's fallbacks are none, another provider's key does not answer it."""
    models = (folder / "models.toml").read_text(encoding="utf-8")
    (folder / "models.toml").write_text(models.replace("price = 0.42", "price = 0.42\nfallbacks = []"))
    assert load(folder, env_file, {THEIRS: "k"}).rehearsing


def test_ring(folder: Path, env_file: Path) -> None:
    """A provider has all keys of its ring, in their order, each once."""
    settings = load(folder, env_file, {f"{OURS}S": "a, b,a ,c", f"{THEIRS}S": "d,e"})
    assert settings.providers["holysheep"].api_keys == ("a", "b", "c")
    assert settings.providers["openai"].api_keys == ("d", "e")


def test_shipped_patience(folder: Path, env_file: Path) -> None:
    """HolySheep's 30 s and 3 repeats, the legacy's 60 s and 2; a server of one's own may take its time."""
    environ = {OURS: "k", THEIRS: "k", "LOCAL_BASE_URL": "http://h/v1"}
    providers = load(folder, env_file, environ).providers
    ours, theirs, local = providers["holysheep"], providers["openai"], providers["local"]
    assert (ours.first_text_s, ours.silence_s, ours.retries, ours.turn_s) == (30, 30, 3, 45)
    assert (ours.first_text_elsewhere_s, ours.silence_elsewhere_s, ours.key_tokens) == (12, 20, 1_000_000)
    assert (theirs.first_text_s, theirs.silence_s, theirs.byte_idle_s, theirs.retries) == (60, 60, 60, 2)
    assert theirs.turn_s > theirs.first_text_s
    assert (local.first_text_elsewhere_s, local.turn_s, local.models) == (120, 120, ())


def test_what_stands_in(folder: Path, env_file: Path) -> None:
    """The legacy answers with its own model in the place of ours; a server of one's own in nobody's place."""
    providers = load(folder, env_file, {THEIRS: "k", "LOCAL_BASE_URL": "http://h/v1"}).providers
    assert providers["openai"].answers("deepseek-v3.2") == "gpt-4.1"
    assert providers["local"].answers("deepseek-v3.2") is None


def test_a_model_s_own_provider_has_it(folder: Path, env_file: Path) -> None:
    """What names a provider as its own need not stand on that provider's list."""
    models = (folder / "models.toml").read_text(encoding="utf-8")
    (folder / "models.toml").write_text(models.replace("price = 0.42", 'price = 0.42\nprovider = "local"'))
    settings = load(folder, env_file, {"LOCAL_BASE_URL": "http://h/v1"})
    assert settings.providers["local"].answers("deepseek-v3.2") == "deepseek-v3.2"
    assert not settings.rehearsing


def test_limits_that_are_not_given_follow(folder: Path, env_file: Path) -> None:
    """A limit alone moves those that cannot stand without it, and is no fault."""
    (folder / "providers.toml").write_text(
        "[holysheep]\nbase_url = 'http://h/v1'\nfirst_text_s = 5\nsilence_s = 50\n"
        "[openai]\nbase_url = 'http://h/v1'\nfirst_text_s = 90\nsilence_s = 5\n"
    )
    providers = load(folder, env_file, {}).providers
    ours, theirs = providers["holysheep"], providers["openai"]
    assert (ours.first_text_elsewhere_s, ours.byte_idle_s, ours.turn_s) == (5, 50, 45)
    assert (theirs.turn_s, theirs.silence_elsewhere_s, theirs.byte_idle_s) == (90, 5, 30)


def test_everything_written(folder: Path, env_file: Path) -> None:
    """What the file says reaches the provider, and nothing secret of it is in a repr."""
    (folder / "providers.toml").write_text(
        """
        [holysheep]
        base_url = "http://h/v1"
        restart = "short"
        key_tokens = 500
        proxy = "http://me:secret123@proxy:3128"
        models = ["gpt-4.1"]
        stand_in = "gemini-2.5-flash"
        [holysheep.headers]
        X-Project = "secret123 desk"
        """
    )
    provider = load(folder, env_file, {}).providers["holysheep"]
    assert (provider.restart, provider.key_tokens) == ("short", 500)
    assert provider.proxy == "http://me:secret123@proxy:3128"  # not a secret
    assert (provider.stand_in, dict(provider.headers)) == (
        "gemini-2.5-flash",
        {"X-Project": "secret123 desk"},
    )
    assert provider.models == ("gpt-4.1",)
    assert "secret123" not in repr(provider)


def test_fallbacks(folder: Path, env_file: Path) -> None:
    """A model says where else it may be answered, also with another model."""
    models = (folder / "models.toml").read_text(encoding="utf-8")
    written = 'price = 0.42\nfallbacks = ["openai", "holysheep/gpt-4.1"]'
    (folder / "models.toml").write_text(models.replace("price = 0.42", written))
    settings = load(folder, env_file, {})
    assert [model.fallbacks for model in settings.models[:2]] == [("openai", "holysheep/gpt-4.1"), None]


def test_another_folder_without_demos(folder: Path, env_file: Path, tmp_path: Path) -> None:
    """A set of providers and models can be tried from a folder that has no demos, and no rehearsal."""
    tried = tmp_path / "tried"
    tried.mkdir()
    (tried / "models.toml").write_text((folder / "models.toml").read_text(encoding="utf-8"))
    (tried / "providers.toml").write_text('[holysheep]\nbase_url = "http://127.0.0.1:1/v1"\n')
    files = load_engine_files(environ={"SETTINGS_DIR": str(tried)}, env_file=env_file)
    assert list(files.providers) == ["holysheep", "rehearsal"]
    assert files.providers["holysheep"].base_url == "http://127.0.0.1:1/v1"
