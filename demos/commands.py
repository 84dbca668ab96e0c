"""What the commands of ``python -m demos`` do to demos and their versions."""

import argparse
import base64
import difflib
import hashlib
import mimetypes
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

from demos.correcting import corrected
from demos.demo import Demo
from demos.drafting import drafted, holds_draft, request, slug
from demos.facts import FACTS_TOKENS, facts_tokens
from demos.on_record import WHOLE, Question, ask_on_record, audience_of
from demos.place import Workshop
from demos.rehearsal import as_dict, rehearse, summary, told
from demos.said import CommandFailed, Said
from demos.shelf import digest
from demos.text import value_of
from holysheep import EngineError
from ledger import ConversationStart, DemoVersion, id_on_record, version_of, versions_of

PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".svg")


async def new(shop: Workshop, arguments: argparse.Namespace) -> Said:
    """Draft a demo."""
    title = arguments.title.strip()
    name = arguments.name or _free_name(shop, slug(title))
    if name in shop.shelf.names():
        raise CommandFailed(
            f"đã có demo “{name}”: hãy đặt --name khác, hoặc sửa nó bằng edit",
            f"there is a demo {name!r} already: give another --name, or change it with edit",
        )
    reply = aside = ""
    if shop.place.has_model and not arguments.template:
        reply, trouble = await _asked(shop, name, request(title, arguments.about), arguments.model or "")
        if trouble:
            aside = f"The model could not be asked ({trouble}); drafted from the template."
    drafter = "model" if holds_draft(reply) else "template"
    by = {"model": "mô hình", "template": "mẫu có sẵn"}[drafter]
    note = f"soạn bởi {by}" if shop.place.language == "vi" else f"drafted by {drafter}"
    demo = await shop.save(name, drafted(title, arguments.about, reply), note)
    said = {"demo": demo.name, "title": demo.title, "version": demo.version, "drafted_by": drafter}
    words = (
        f"{demo.name}: drafted by the {drafter}, version {demo.version}. "
        f"Next: .venv/bin/python -m demos publish {demo.name}"
    )
    return Said(said, words, aside=aside)


async def list_demos(shop: Workshop, arguments: argparse.Namespace) -> Said:
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
    return Said(rows, "\n".join(lines))


async def show(shop: Workshop, arguments: argparse.Namespace) -> Said:
    """One demo."""
    demo = shop.shelf.current(arguments.demo)
    said = {**asdict(demo), "facts_tokens": facts_tokens(demo), "facts_limit": FACTS_TOKENS}
    words = f"# {demo.name}, version {demo.version}; facts: {facts_tokens(demo)} of {FACTS_TOKENS} tokens\n"
    return Said(said, words + shop.shelf.text(demo.name))


async def edit(shop: Workshop, arguments: argparse.Namespace) -> Said:
    """Change values."""
    text = shop.shelf.text(arguments.demo)
    changes: dict[str, object] = {}
    for change in arguments.changes:
        key, equals, given = change.partition("=")
        if not equals or not key.strip():
            raise CommandFailed(
                f"--set: thấy “{change}”, cần KHÓA=GIÁ TRỊ như title='Mây Boutique'",
                f"--set: found {change!r}, expected KEY=VALUE such as title='Mây Boutique'",
            )
        changes[key.strip()] = _value(shop, text, key.strip(), given)
    demo = await shop.versions.edit(arguments.demo, changes, author=shop.place.author, note=arguments.note)
    return saved(demo)


async def fix(shop: Workshop, arguments: argparse.Namespace) -> Said:
    """What a demo should have answered, from the next reply on."""
    question, answer = arguments.question.strip(), arguments.answer.strip()
    if not question or not answer:
        raise CommandFailed(
            "fix: cần cả câu hỏi lẫn câu trả lời đúng",
            "fix: give both the question and the answer it should have had",
        )
    vi = shop.place.language == "vi"
    note = f"{'sửa câu trả lời' if vi else 'answer corrected'}: {' '.join(question.split())[:80]}"
    demo = await shop.versions.rewrite(
        arguments.demo,
        lambda text, demo: corrected(text, demo, question, answer),
        author=shop.place.author,
        note=arguments.note or note,
    )
    said = saved(demo)
    return replace(said, data={**said.data, "question": question})


async def duplicate(shop: Workshop, arguments: argparse.Namespace) -> Said:
    """A new demo that begins as another."""
    _must_be_new(shop, arguments.name)
    text = shop.shelf.text(arguments.demo)
    return await _save(shop, arguments.name, text, f"duplicate of {arguments.demo}")


async def import_(shop: Workshop, arguments: argparse.Namespace) -> Said:
    """A demo from a file; one that is there gets a new version."""
    shop.need_files()
    text = arguments.file.read_text(encoding="utf-8-sig")
    return await _save(shop, arguments.name or arguments.file.stem, text, arguments.note)


async def export(shop: Workshop, arguments: argparse.Namespace) -> Said:
    """A demo as TOML."""
    text, version = shop.shelf.text(arguments.demo), shop.shelf.current(arguments.demo).version
    if arguments.version is not None:
        text, version = _content(await _version(shop, arguments.demo, arguments.version)), arguments.version
    said = {"demo": arguments.demo, "version": version, "toml": text}
    return Said(said, text.removesuffix("\n"))


async def versions(shop: Workshop, arguments: argparse.Namespace) -> Said:
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
    return Said(rows, "\n".join(lines))


async def compare(shop: Workshop, arguments: argparse.Namespace) -> Said:
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
    return Said(said, "\n".join(lines) or "Nothing changed.")


async def rollback(shop: Workshop, arguments: argparse.Namespace) -> Said:
    """An earlier version becomes the newest."""
    version = await _version(shop, arguments.demo, arguments.version)
    back = "quay lại phiên bản" if shop.place.language == "vi" else "back to version"
    note = arguments.note or f"{back} {version.version}"
    return await _save(shop, arguments.demo, _content(version), note)


async def rehearsal(shop: Workshop, arguments: argparse.Namespace) -> Said:
    """Ask the test questions; 1 where an answer does not hold."""
    demo = shop.shelf.current(arguments.demo)
    if not demo.questions:
        raise CommandFailed(
            f"{demo.name} chưa có câu hỏi thử: hãy thêm [[questions]] với ask và answered",
            f"{demo.name} has no test questions: add [[questions]] with ask and answered",
        )

    async def ask(messages: list[dict[str, str]]) -> str:
        return await shop.place.ask(messages, arguments.model or demo.default_model)

    done = []
    async for one in rehearse(demo, ask):
        done.append(one)
        shop.place.tell(told(one, shop.place.language) + "\n")
    right = all(one.ok for one in done)
    said = {
        "demo": demo.name,
        "version": demo.version,
        "ok": right,
        "questions": [as_dict(one) for one in done],
    }
    return Said(said, summary(done, shop.place.language), 0 if right else 1)


async def _save(shop: Workshop, name: str, text: str, note: str) -> Said:
    return saved(await shop.save(name, text, note))


def saved(demo: Demo) -> Said:
    """That a demo has a new version."""
    filled = {"facts_tokens": facts_tokens(demo), "facts_limit": FACTS_TOKENS}
    said = {"demo": demo.name, "version": demo.version, "digest": digest(demo), **filled}
    facts = f" Facts: {facts_tokens(demo):,} of {FACTS_TOKENS:,} tokens." if demo.facts else ""
    return Said(said, f"{demo.name} is at version {demo.version}; the next reply uses it.{facts}")


async def _version(shop: Workshop, name: str, number: int) -> DemoVersion:
    shop.shelf.current(name)
    found = await version_of(shop.database, name, number)
    if found is None:
        raise CommandFailed(
            f"{name} không có phiên bản {number}; lệnh versions {name} liệt kê chúng",
            f"{name} has no version {number}; python -m demos versions {name} lists them",
        )
    return found


def _content(version: DemoVersion) -> str:
    if version.content is None:
        raise CommandFailed(
            f"phiên bản {version.version} có từ trước khi nội dung các phiên bản được giữ lại",
            f"version {version.version} is from before the texts of versions were kept",
        )
    return version.content


def _value(shop: Workshop, text: str, key: str, given: str) -> object:
    if not given.startswith("@"):
        return value_of(text, key, given)
    shop.need_files()
    file = Path(given[1:])
    return data_address(file) if file.suffix.lower() in PICTURES else file.read_text(encoding="utf-8")


def data_address(file: Path) -> str:
    """A picture as an address of its own (RFC 2397). Raises OSError, CommandFailed."""
    kind = mimetypes.guess_type(file.name)[0]
    if file.suffix.lower() not in PICTURES or kind is None:
        kinds = ", ".join(PICTURES)
        raise CommandFailed(f"{file} không phải là ảnh ({kinds})", f"{file} is no picture: {kinds} are")
    return f"data:{kind};base64,{base64.b64encode(file.read_bytes()).decode()}"


async def _asked(
    shop: Workshop, name: str, messages: Sequence[dict[str, str]], model: str
) -> tuple[str, str]:
    """What a model drafted for a demo that is to have that name, and '' or why there is nothing of it; on record."""
    place = shop.place
    if place.tools is None:
        try:
            return await place.ask(messages, model), ""
        except EngineError as error:
            return "", error.kind
    async with place.tools(shop.database) as tools:
        chosen = model or tools.default_model
        # Nobody's page comes back to it.
        owner = hashlib.sha256(f"draft {place.author}".encode()).hexdigest()
        audience = audience_of(tools.engine, chosen)
        start = ConversationStart(
            id_on_record(), owner, audience, name, place.language, choices={"model": chosen}
        )
        question = Question(messages[-1]["content"], messages, chosen)
        receipt, said = await ask_on_record(tools, start, question)
    return said, "" if receipt.finish_reason in WHOLE else receipt.error or receipt.finish_reason


def _must_be_new(shop: Workshop, name: str) -> None:
    if name in shop.shelf.names():
        raise CommandFailed(f"đã có demo “{name}”", f"there is a demo {name!r} already")


def _free_name(shop: Workshop, wanted: str) -> str:
    taken, number = shop.shelf.names(), 2
    name = wanted
    while name in taken:
        name, number = f"{wanted}-{number}", number + 1
    return name
