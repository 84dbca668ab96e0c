"""``demos/*.toml``: one file a demo; its name is the file's. A version that is no file is read by the same code."""

import re
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from demos.demo import AnswerLanguage, Demo, Language, Starter
from settings.checks import Check, Wrong, choice, flag, number, text, texts, whole
from settings.demo_parts import branding, facts, limits, questions, shown
from settings.documents import Document, parse_document, read_document
from settings.faults import Fault, Say, SettingsError, did_you_mean
from settings.section import Section

_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_LANGUAGE: Check[AnswerLanguage] = choice("auto", "vi", "en")


def parse_demo(path: Path, version: int = 1, model_ids: Collection[str] | None = None) -> Demo:
    """The demo in one file. Raises SettingsError, and nothing else, whatever the file holds.

    model_ids: the ids of the price list, where it is known; the demo's models are then checked against it.
    """
    return replace(_whole_demo(read_document(path), model_ids), version=version)


def parse_demo_text(text: str, name: str, shown_as: str, model_ids: Collection[str] | None = None) -> Demo:
    """The demo of a text that is no file, as its version 1. Raises SettingsError, and nothing else.

    name: the demo's. shown_as: what faults call the text, such as ``boutique, version 3``. model_ids: as above.
    """
    return _whole_demo(parse_document(text, name, shown_as), model_ids)


def _whole_demo(document: Document, model_ids: Collection[str] | None) -> Demo:
    faults: list[Fault] = []
    demo = read_demo(document, faults)
    faults += unknown_models(demo, document, model_ids) if model_ids is not None else []
    if faults:
        raise SettingsError(faults)
    return demo


def read_demo(document: Document, faults: list[Fault]) -> Demo:
    """The demo of a parsed text; what is wrong goes to ``faults``."""
    root = Section(document, faults)
    name = document.name
    if not _NAME.fullmatch(name):
        expected = Say("tên tệp chỉ gồm a-z, 0-9 và dấu -", "a file name of a-z, 0-9 and - only")
        faults.append(Fault(document.shown_as, None, "", Say(f"“{name}”", f"“{name}”"), expected))
    demo = Demo(
        name=name,
        title=root.required("title", text(100), ""),
        persona=root.required("persona", text(), ""),
        greeting=_greeting(root.table("greeting")),
        starters=_starters(root.table("starters")),
        models=root.optional("models", texts, ()),
        default_model=root.optional("default_model", text(100), ""),
        temperature=root.optional("temperature", number(0, 2), 0.7),
        max_tokens=root.optional("max_tokens", whole(1, 100_000), 1024),
        retention_days=root.optional("retention_days", whole(1, 36_500), None),
        language=root.optional("language", _LANGUAGE, "auto"),
        hotline=root.optional("hotline", text(60), ""),
        stand_in=root.optional("stand_in", flag, True),
        facts=facts(root),
        questions=questions(root),
        branding=branding(root.table("branding")),
        shown=shown(root.table("shown")),
        limits=limits(root.table("limits")),
    )
    if demo.models and demo.default_model and demo.default_model not in demo.models:
        root.wrong("default_model", Wrong(did_you_mean(demo.default_model, demo.models)))
    root.finish()
    return demo


def unknown_models(demo: Demo, document: Document, model_ids: Collection[str]) -> list[Fault]:
    """A fault for each model of the demo that the price list does not have."""
    faults: list[Fault] = []
    root = Section(document, faults)
    for key, ids in (("models", demo.models), ("default_model", (demo.default_model,))):
        for model in ids:
            if model and model not in model_ids:
                found = Say(
                    f"“{model}”, không có trong models.toml", f"“{model}”, which models.toml does not have"
                )
                root.wrong(key, Wrong(did_you_mean(model, list(model_ids)), found))
    return faults


def _greeting(section: Section) -> dict[Language, str]:
    """Vietnamese must be there; English may be missing, and its readers then see the Vietnamese."""
    greeting: dict[Language, str] = {"vi": section.required("vi", text(2000), "")}
    english = section.optional("en", text(2000), "")
    section.finish()
    return greeting | ({"en": english} if english else {})


def _starters(section: Section) -> dict[Language, tuple[Starter, ...]]:
    starters: dict[Language, tuple[Starter, ...]] = {}
    languages: tuple[Language, ...] = ("vi", "en")
    for language in languages:
        if found := section.tables(language):
            starters[language] = tuple(_starter(one) for one in found)
            _no_twins(found, starters[language])
    section.finish()
    return starters


def _starter(section: Section) -> Starter:
    starter = Starter(section.required("label", text(80), ""), section.required("message", text(2000), ""))
    section.finish()
    return starter


def _no_twins(sections: list[Section], starters: tuple[Starter, ...]) -> None:
    for i, section in enumerate(sections):
        for key in ("label", "message"):
            value = getattr(starters[i], key)
            if value and any(value == getattr(earlier, key) for earlier in starters[:i]):
                section.wrong(key, Wrong(Say("mỗi gợi ý một lần", "each starter only once")))
