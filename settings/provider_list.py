"""``providers.toml``: where requests go; addresses and keys are filled in from the environment."""

from collections.abc import Mapping

from holysheep.prices import CachedTokens
from holysheep.providers import Provider
from settings.checks import choice, flag, number, text, web_address, whole
from settings.documents import Document
from settings.section import Section
from settings.variables import ApiKeys, Variables, key_spellings

REHEARSAL = "rehearsal"

# Own servers ask for no key, and a request header cannot carry an empty one.
NO_KEY = "no-key-needed"


class ProviderList:
    """What ``providers.toml`` and the environment say together.

    names: all that the file has. ready: those that can be asked, by name. keys: by name, for those that need
    one. variables: every environment variable that the file names, in all spellings.
    """

    def __init__(self, document: Document, variables: Variables) -> None:
        self.ready: dict[str, Provider] = {}
        self.keys: dict[str, ApiKeys] = {}
        self.variables: list[str] = []
        root = Section(document, variables.faults)
        self.names = root.names()
        for name in self.names:
            self._read(name, root.table(name), variables)
        root.finish()

    def _read(self, name: str, section: Section, variables: Variables) -> None:
        url_variable = section.optional("base_url_variable", text(100), "")
        key_variable = section.optional("key_variable", text(100), "")
        self.variables += [url_variable] * bool(url_variable) + list(key_spellings(key_variable)) * bool(
            key_variable
        )
        base_url = section.optional("base_url", web_address, "")
        if url_variable:
            base_url = variables.get(url_variable, web_address, base_url)
        keys = variables.keys(key_variable) if key_variable else ApiKeys("", (NO_KEY,))
        provider = _provider(name, section, base_url, keys)
        section.finish()
        if key_variable:
            self.keys[name] = keys
        # The rehearsal's address is known only once its emulator listens.
        if keys and (base_url or name == REHEARSAL):
            self.ready[name] = provider


def _provider(name: str, section: Section, base_url: str, keys: ApiKeys) -> Provider:
    standard = Provider(name, base_url)
    seconds = number(0.1, 3600)
    return Provider(
        name=name,
        base_url=base_url,
        api_keys=keys.values,
        key_variable=keys.variable,
        connect_s=section.optional("connect_s", seconds, standard.connect_s),
        first_text_s=section.optional("first_text_s", seconds, standard.first_text_s),
        silence_s=section.optional("silence_s", seconds, standard.silence_s),
        reply_s=section.optional("reply_s", seconds, standard.reply_s),
        retries=section.optional("retries", whole(0, 10), standard.retries),
        cached_tokens=section.optional("cached_tokens", _cached_tokens, standard.cached_tokens),
        reports_usage=section.optional("reports_usage", flag, standard.reports_usage),
        free=section.optional("free", flag, standard.free),
        model_names=_model_names(section.table("model_names")),
    )


def _cached_tokens(value: object) -> CachedTokens:
    return "beside" if choice("inside", "beside")(value) == "beside" else "inside"


def _model_names(section: Section) -> Mapping[str, str]:
    return {ours: section.required(ours, text(200), "") for ours in section.names()}
