"""``providers.toml``: where requests go; addresses and keys are filled in from the environment."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from holysheep.prices import CachedTokens
from holysheep.providers import Provider, Restart
from holysheep.routes import REHEARSAL
from settings.checks import Wrong, choice, flag, number, or_none, text, texts, web_address, whole
from settings.documents import Document
from settings.faults import Say, did_you_mean
from settings.section import Section
from settings.variables import ApiKeys, Variables, key_spellings

# Own servers ask for no key, and a request header cannot carry an empty one.
NO_KEY = "no-key-needed"

#: Seconds of every limit: a day's silence would be a typing mistake.
_SECONDS = number(0.1, 3600)

#: What the engine itself says in each request. The key belongs in its variable.
_OUR_HEADERS = (
    "authorization",
    "content-length",
    "content-type",
    "transfer-encoding",
    "host",
    "connection",
    "accept",
    "accept-encoding",
)


@dataclass(frozen=True)
class _Entry:
    """One table of the file. section: for what can be checked only when the models are known."""

    provider: Provider
    section: Section
    ready: bool


class ProviderList:
    """What ``providers.toml`` and the environment say together.

    names: all that can be named, in the order of the file. keys: by name, for those that need one. variables: every
    environment variable that the file names, in all spellings.
    """

    def __init__(self, document: Document, variables: Variables) -> None:
        self.keys: dict[str, ApiKeys] = {}
        self.variables: list[str] = []
        self._entries: dict[str, _Entry] = {}
        root = Section(document, variables.faults)
        names = root.names()
        for name in names:
            self._read(name, root.table(name), variables)
        root.finish()
        if REHEARSAL not in names:
            rehearsal = Provider(REHEARSAL, "", (NO_KEY,), retries=0, free=True)
            self._entries[REHEARSAL] = _Entry(rehearsal, root.table(REHEARSAL), ready=True)

    @property
    def names(self) -> list[str]:
        """See above."""
        return list(self._entries)

    @property
    def all(self) -> Mapping[str, Provider]:
        """Also those that cannot be asked, by name."""
        return {name: entry.provider for name, entry in self._entries.items()}

    @property
    def ready(self) -> Mapping[str, Provider]:
        """Those that can be asked, by name."""
        return {name: entry.provider for name, entry in self._entries.items() if entry.ready}

    def know_models(self, known: Sequence[str], own: Mapping[str, str]) -> None:
        """Check what the file says of models, now that they are known.

        known: their ids. own: model id -> the provider that the price list names for it; that one has it, whatever
        its list says.
        """
        for name, entry in self._entries.items():
            listed, stand_in = entry.provider.models, entry.provider.stand_in
            for key, ids in (("models", listed or ()), ("stand_in", () if stand_in is None else (stand_in,))):
                for id in [id for id in ids if id not in known][:1]:
                    quoted = Say(f"“{id}”", f"“{id}”")
                    entry.section.wrong(key, Wrong(did_you_mean(id, known), quoted))
            if listed is not None:
                named = (id for id, asked in own.items() if asked == name)
                everything = replace(entry.provider, models=tuple(dict.fromkeys((*listed, *named))))
                self._entries[name] = replace(entry, provider=everything)

    def _read(self, name: str, section: Section, variables: Variables) -> None:
        url_variable = section.optional("base_url_variable", text(100), "")
        key_variable = section.optional("key_variable", text(100), "")
        self.variables += [url_variable] * bool(url_variable)
        self.variables += list(key_spellings(key_variable)) * bool(key_variable)
        base_url = section.optional("base_url", web_address, "")
        if url_variable:
            base_url = variables.get(url_variable, web_address, base_url)
        keys = variables.keys(key_variable) if key_variable else ApiKeys("", (NO_KEY,))
        provider = _provider(name, section, base_url, keys)
        section.finish()
        if key_variable:
            self.keys[name] = keys
        # The rehearsal's address is known only once its emulator listens.
        ready = bool(keys) and (bool(base_url) or name == REHEARSAL)
        self._entries[name] = _Entry(provider, section, ready)


def _provider(name: str, section: Section, base_url: str, keys: ApiKeys) -> Provider:
    standard = _with_limits(Provider(name, base_url), section)
    return replace(
        standard,
        api_keys=keys.values,
        key_variable=keys.variable,
        retries=section.optional("retries", whole(0, 10), standard.retries),
        restart=section.optional("restart", _restart, standard.restart),
        key_tokens=section.optional("key_tokens", whole(1, 10**12), standard.key_tokens),
        proxy=section.optional("proxy", web_address, standard.proxy),
        cached_tokens=section.optional("cached_tokens", _cached_tokens, standard.cached_tokens),
        reports_usage=section.optional("reports_usage", flag, standard.reports_usage),
        free=section.optional("free", flag, standard.free),
        headers=_headers(section.table("headers")),
        model_names=_model_names(section.table("model_names")),
        models=section.optional("models", or_none(texts), standard.models),
        stand_in=section.optional("stand_in", or_none(text(100)), standard.stand_in),
    )


def _with_limits(standard: Provider, section: Section) -> Provider:
    """``standard`` with the time limits of the file. One that is not given gives way to one that is."""
    first_text_s = section.optional("first_text_s", _SECONDS, standard.first_text_s)
    silence_s = section.optional("silence_s", _SECONDS, standard.silence_s)
    return replace(
        standard,
        connect_s=section.optional("connect_s", _SECONDS, standard.connect_s),
        first_text_s=first_text_s,
        first_text_elsewhere_s=_at_most(
            section, "first_text_elsewhere_s", "first_text_s", first_text_s, standard.first_text_elsewhere_s
        ),
        byte_idle_s=section.optional("byte_idle_s", _SECONDS, max(standard.byte_idle_s, silence_s)),
        silence_s=silence_s,
        silence_elsewhere_s=_at_most(
            section, "silence_elsewhere_s", "silence_s", silence_s, standard.silence_elsewhere_s
        ),
        reply_s=section.optional("reply_s", _SECONDS, standard.reply_s),
        turn_s=_turn(section, first_text_s, standard.turn_s),
    )


def _at_most(section: Section, key: str, other: str, limit: float, standard: float) -> float:
    """The limit where another route exists: never above the one on the last route left."""
    seconds = section.optional(key, _SECONDS, min(standard, limit))
    if seconds > limit:
        expected = Say(f"nhiều nhất là {other} ({limit:g})", f"at most {other} ({limit:g})")
        section.wrong(key, Wrong(expected))
    return min(seconds, limit)


def _turn(section: Section, first_text_s: float, standard: float) -> float:
    seconds = section.optional("turn_s", _SECONDS, max(standard, first_text_s))
    if seconds < first_text_s:
        limit = f"{first_text_s:g}"
        expected = Say(f"ít nhất là first_text_s ({limit})", f"at least first_text_s ({limit})")
        section.wrong("turn_s", Wrong(expected))
    return max(seconds, first_text_s)


def _cached_tokens(value: object) -> CachedTokens:
    return "beside" if choice("inside", "beside")(value) == "beside" else "inside"


def _restart(value: object) -> Restart:
    words: Mapping[str, Restart] = {"always": "always", "short": "short", "ask": "ask"}
    return words[choice(*words)(value)]


def _model_names(section: Section) -> Mapping[str, str]:
    return {ours: section.required(ours, text(200), "") for ours in section.names()}


def _headers(section: Section) -> Mapping[str, str]:
    """Headers by name. Their values are never shown: people put keys into them."""
    headers: dict[str, str] = {}
    for name in section.names():
        value = section.required(name, _header_value, "")
        if not re.fullmatch(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+", name) or name.lower() in _OUR_HEADERS:
            expected = Say(
                "tên của một header khác, ví dụ X-Project; khóa đặt trong biến của nó",
                "the name of another header, such as X-Project; a key stands in its variable",
            )
            section.wrong(name, Wrong(expected, Say("một tên không dùng được", "a name that cannot be used")))
        headers[name] = value
    return headers


def _header_value(value: object) -> str:
    if isinstance(value, str) and value.strip() and re.fullmatch(r"[\t\x20-\x7e]*", value):
        return value.strip()
    raise Wrong(
        Say("chữ ASCII trên một dòng", "ASCII text on one line"),
        Say("một giá trị mà header không mang được", "a value that no header can carry"),
    )
