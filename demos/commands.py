"""What the commands of ``python -m demos`` do to demos and their versions."""

import argparse
import base64
import difflib
import json
import mimetypes
import sys
from dataclasses import asdict
from pathlib import Path

from demos.demo import Demo
from demos.drafting import drafted, holds_draft, request, slug
from demos.facts import FACTS_TOKENS, facts_tokens
from demos.place import Workshop
from demos.rehearsal import as_dict, rehearse, summary, told
from demos.shelf import digest
from demos.text import value_of
from holysheep import EngineError
from ledger import DemoVersion, version_of, versions_of

PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".svg")


class CommandFailed(Exception):
    """What was asked cannot be done; ``str()`` says why and how to mend it."""


async def new(shop: Workshop, arguments: argparse.Namespace) -> int:
    """Draft a demo."""
    title = arguments.title.strip()
    name = arguments.name or _free_name(shop, slug(title))
    if name in shop.shelf.names():
        raise CommandFailed(f"there is a demo {name!r} already: give another --name, or change it with edit")
    reply = ""
    if shop.place.has_model and not arguments.template:
        try:
            reply = await shop.place.ask(request(title, arguments.about), arguments.model or "")
        except EngineError as error:
            print(f"The model could not be asked ({error.kind}); drafted from the template.", file=sys.stderr)
    drafter = "model" if holds_draft(reply) else "template"
    demo = await shop.save(name, drafted(title, arguments.about, reply), f"drafted by {drafter}")
    said = {"demo": demo.name, "title": demo.title, "version": demo.version, "drafted_by": drafter}
    words = (
        f"{demo.name}: drafted by the {drafter}, version {demo.version}. "
        f"Next: .venv/bin/python -m demos publish {demo.name}"
    )
    return say(arguments, said, words)


async def list_demos(shop: Workshop, arguments: argparse.Namespace) -> int:
    """All demos."""
    rows = []
    for demo in (shop.shelf.current(name) for name in shop.shelf.names()):
        newest = await version_of(shop.database, demo.name, demo.version)
        rows.append(
            {
                "demo": demo.name,
                "title": demo.title,
                "version": demo.version,
                "saved_at": newest.saved_at.isoformat() if newest else None,
                "author": newest.author if newest else None,
            }
        )
    lines = [
        f"{row['demo']:<24} {row['title']}  (version {row['version']}, {row['saved_at']})" for row in rows
    ]
    return say(arguments, rows, "\n".join(lines))


async def show(shop: Workshop, arguments: argparse.Namespace) -> int:
    """One demo."""
    demo = shop.shelf.current(arguments.demo)
    said = {**asdict(demo), "facts_tokens": facts_tokens(demo), "facts_limit": FACTS_TOKENS}
    words = f"# {demo.name}, version {demo.version}; facts: {facts_tokens(demo)} of {FACTS_TOKENS} tokens\n"
    return say(arguments, said, words + shop.shelf.text(demo.name))


async def edit(shop: Workshop, arguments: argparse.Namespace) -> int:
    """Change values."""
    text = shop.shelf.text(arguments.demo)
    changes: dict[str, object] = {}
    for change in arguments.changes:
        key, equals, given = change.partition("=")
        if not equals or not key.strip():
            raise CommandFailed(f"--set: found {change!r}, expected KEY=VALUE such as title='Mây Boutique'")
        changes[key.strip()] = _value(text, key.strip(), given)
    demo = await shop.versions.edit(arguments.demo, changes, author=shop.place.author, note=arguments.note)
    return _saved(arguments, demo)


async def duplicate(shop: Workshop, arguments: argparse.Namespace) -> int:
    """A new demo that begins as another."""
    _must_be_new(shop, arguments.name)
    text = shop.shelf.text(arguments.demo)
    return await _save(shop, arguments, arguments.name, text, f"duplicate of {arguments.demo}")


async def import_(shop: Workshop, arguments: argparse.Namespace) -> int:
    """A demo from a file; one that is there gets a new version."""
    text = arguments.file.read_text(encoding="utf-8-sig")
    return await _save(shop, arguments, arguments.name or arguments.file.stem, text, arguments.note)


async def export(shop: Workshop, arguments: argparse.Namespace) -> int:
    """A demo as TOML."""
    text, version = shop.shelf.text(arguments.demo), shop.shelf.current(arguments.demo).version
    if arguments.version is not None:
        text, version = _content(await _version(shop, arguments.demo, arguments.version)), arguments.version
    said = {"demo": arguments.demo, "version": version, "toml": text}
    return say(arguments, said, text.removesuffix("\n"))


async def versions(shop: Workshop, arguments: argparse.Namespace) -> int:
    """Every version, the newest first."""
    shop.shelf.current(arguments.demo)
    found = await versions_of(shop.database, arguments.demo)
    rows = [
        {"version": one.version, "saved_at": one.saved_at.isoformat(), "author": one.author, "note": one.note}
        for one in found
    ]
    lines = [
        f"{one.version:>4}  {one.saved_at:%Y-%m-%d %H:%M} UTC  {one.author or '-':<12} {one.note or ''}".rstrip()
        for one in found
    ]
    return say(arguments, rows, "\n".join(lines))


async def compare(shop: Workshop, arguments: argparse.Namespace) -> int:
    """What changed between two versions, line by line."""
    newest = shop.shelf.current(arguments.demo).version
    before = await _version(shop, arguments.demo, arguments.before)
    after = await _version(shop, arguments.demo, arguments.after or newest)
    lines = list(
        difflib.unified_diff(
            _content(before).splitlines(),
            _content(after).splitlines(),
            f"version {before.version}",
            f"version {after.version}",
            lineterm="",
        )
    )
    said = {"demo": arguments.demo, "before": before.version, "after": after.version, "diff": lines}
    return say(arguments, said, "\n".join(lines) or "Nothing changed.")


async def rollback(shop: Workshop, arguments: argparse.Namespace) -> int:
    """An earlier version becomes the newest."""
    version = await _version(shop, arguments.demo, arguments.version)
    note = arguments.note or f"back to version {version.version}"
    return await _save(shop, arguments, arguments.demo, _content(version), note)


async def rehearsal(shop: Workshop, arguments: argparse.Namespace) -> int:
    """Ask the test questions; 1 where an answer does not hold."""
    demo = shop.shelf.current(arguments.demo)
    if not demo.questions:
        raise CommandFailed(f"{demo.name} has no test questions: add [[questions]] with ask and answered")

    async def ask(messages: list[dict[str, str]]) -> str:
        return await shop.place.ask(messages, arguments.model or demo.default_model)

    done = []
    async for one in rehearse(demo, ask):
        done.append(one)
        if not arguments.json:
            print(told(one, shop.place.language), end="\n\n", flush=True)
    right = all(one.ok for one in done)
    said = {
        "demo": demo.name,
        "version": demo.version,
        "ok": right,
        "questions": [as_dict(one) for one in done],
    }
    say(arguments, said, summary(done, shop.place.language))
    return 0 if right else 1


async def _save(shop: Workshop, arguments: argparse.Namespace, name: str, text: str, note: str) -> int:
    return _saved(arguments, await shop.save(name, text, note))


def _saved(arguments: argparse.Namespace, demo: Demo) -> int:
    filled = {"facts_tokens": facts_tokens(demo), "facts_limit": FACTS_TOKENS}
    said = {"demo": demo.name, "version": demo.version, "digest": digest(demo), **filled}
    facts = f" Facts: {facts_tokens(demo):,} of {FACTS_TOKENS:,} tokens." if demo.facts else ""
    return say(arguments, said, f"{demo.name} is at version {demo.version}; the next reply uses it.{facts}")


async def _version(shop: Workshop, name: str, number: int) -> DemoVersion:
    shop.shelf.current(name)
    found = await version_of(shop.database, name, number)
    if found is None:
        raise CommandFailed(f"{name} has no version {number}; python -m demos versions {name} lists them")
    return found


def _content(version: DemoVersion) -> str:
    if version.content is None:
        raise CommandFailed(f"version {version.version} is from before the texts of versions were kept")
    return version.content


def _value(text: str, key: str, given: str) -> object:
    if not given.startswith("@"):
        return value_of(text, key, given)
    file = Path(given[1:])
    return data_address(file) if file.suffix.lower() in PICTURES else file.read_text(encoding="utf-8")


def data_address(file: Path) -> str:
    """A picture as an address of its own (RFC 2397). Raises OSError, CommandFailed."""
    kind = mimetypes.guess_type(file.name)[0]
    if file.suffix.lower() not in PICTURES or kind is None:
        raise CommandFailed(f"{file} is no picture: {', '.join(PICTURES)} are")
    return f"data:{kind};base64,{base64.b64encode(file.read_bytes()).decode()}"


def _must_be_new(shop: Workshop, name: str) -> None:
    if name in shop.shelf.names():
        raise CommandFailed(f"there is a demo {name!r} already")


def _free_name(shop: Workshop, wanted: str) -> str:
    taken, number = shop.shelf.names(), 2
    name = wanted
    while name in taken:
        name, number = f"{wanted}-{number}", number + 1
    return name


def say(arguments: argparse.Namespace, said: object, words: str) -> int:
    print(json.dumps(said, ensure_ascii=False, indent=1, default=str) if arguments.json else words)
    return 0
