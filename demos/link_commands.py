"""What the commands of ``python -m demos`` do to links."""

import argparse
import asyncio
import re
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from demos.commands import data_address
from demos.demo import Language
from demos.embedding import embed_tag, iframe_tag, qr_code
from demos.happened import told
from demos.links import Link, branded, new_id, state
from demos.passwords import hash_password
from demos.place import Workshop, now
from demos.said import CommandFailed, Said
from demos.shelf import DemoFileError
from demos.terms import BadTerm, read_count, read_instant, read_origin, read_passcode, read_usd
from demos.text import edited
from holysheep.events import plain
from ledger import change_link, create_link, find_links, list_links, read_activity
from ledger.outcomes import NoSuchLink

#: A link lives so long where nothing else is said: the call, and the days in which the prospect thinks about it.
USUAL = timedelta(days=7)

#: A demo's key -> the option that gives a link its own.
_OPTIONS = {
    "title": "--title",
    "greeting": "--greeting",
    "branding.logo": "--logo",
    "branding.color": "--color",
    "branding.color_dark": "--color-dark",
}
LOOPBACK = ("localhost", "127.0.0.1", "[::1]", "::1")


async def publish(shop: Workshop, arguments: argparse.Namespace, address: str = "") -> Said:
    """A link of a demo for one prospect. address: where a tunnel leads to us."""
    if getattr(arguments, "share", False):  # the desk has no such word
        shop.need_files()
    link = await made(shop, arguments)
    await create_link(shop.database, link)
    return _published(shop, link, address or shop.place.public_url)


async def made(shop: Workshop, arguments: argparse.Namespace) -> Link:
    """The link that the words describe, checked. Raises BadTerm, DemoFileError, UnknownDemo, OSError."""
    demo, at = shop.shelf.current(arguments.demo), now()
    overrides = _overrides(shop, arguments)
    looks = {f"branding.{key}": overrides[key] for key in ("logo", "color", "color_dark") if key in overrides}
    titles = {"title": overrides["title"]} if "title" in overrides else {}
    greetings = {
        f"greeting.{language}": overrides["greeting"] for language in ("vi", "en") if "greeting" in overrides
    }
    text = edited(shop.shelf.text(demo.name), {**titles, **looks, **greetings})
    try:
        shop.place.parse_text(text, demo.name)  # by the very rules of a demo
    except DemoFileError as error:
        raise _of_option(error) from error
    passcode = read_passcode("--passcode", arguments.passcode) if arguments.passcode else None
    return Link(
        new_id(),
        demo.name,
        at,
        customer=arguments.customer.strip() or None,
        starts_at=read_instant("--starts", arguments.starts, at) if arguments.starts else None,
        expires_at=read_instant("--expires", arguments.expires, at) if arguments.expires else at + USUAL,
        passcode=await asyncio.to_thread(hash_password, passcode) if passcode else None,
        origins=tuple(read_origin("--origin", origin) for origin in arguments.origins or ()),
        overrides=overrides,
        author=shop.place.author,
        note=arguments.note or None,
        budget_usd=read_usd("--budget", arguments.budget) if arguments.budget else demo.limits.budget_usd,
        messages=read_count("--messages", arguments.messages) if arguments.messages else demo.limits.messages,
    )


async def activity(shop: Workshop, arguments: argparse.Namespace) -> Said:
    """What happened on a link; of visitors, not of operators who look in."""
    if arguments.link not in await find_links(shop.database, [arguments.link]):
        raise NoSuchLink(arguments.link)
    found = await read_activity(shop.database, arguments.link)
    times = {"first_seen": found.first_seen, "last_seen": found.last_seen}
    said = {
        "link": found.link,
        "visitors": found.visitors,
        "conversations": found.conversations,
        "messages": found.messages,
        "cost_usd": None if found.cost_usd is None else plain(found.cost_usd),
        "cost_bound": found.cost_bound,
        "ttft_ms": {"median": found.ttft_ms.p50, "p95": found.ttft_ms.p95} if found.ttft_ms else None,
        "thumbs": {"up": found.liked, "down": found.disliked},
        **{name: at.isoformat() if at else None for name, at in times.items()},
        "devices": dict(found.devices),
        "hosts": dict(found.hosts),
    }
    return Said(said, told(said))


async def links(shop: Workshop, arguments: argparse.Namespace) -> Said:
    """All links, or a demo's."""
    if arguments.demo:
        shop.shelf.current(arguments.demo)
    found = await list_links(shop.database, arguments.demo)
    rows = [
        {
            **described(shop, one.link, shop.place.public_url),
            "visitors": one.visitors,
            "conversations": one.conversations,
            "asked": one.messages,
            "cost_usd": plain(one.spent_usd),
            "used": one.link.used,
            "spent_usd": plain(one.link.spent_usd),
            "last_seen": one.last_seen.isoformat() if one.last_seen else None,
        }
        for one in found
    ]
    lines = [
        f"{row['link']}  {row['state']:<11} {row['demo']:<14} {row['customer'] or '-':<20} "
        f"{row['used']}/{row['messages'] or '∞'} messages, ${row['spent_usd']} of ${row['budget_usd'] or '∞'}, "
        f"{row['visitors']} visitors, last seen {row['last_seen'] or 'never'}"
        for row in rows
    ]
    return Said(
        rows,
        "\n".join(lines) or "No links yet: .venv/bin/python -m demos publish DEMO --for 'Shop ABC'",
    )


async def revoke(shop: Workshop, arguments: argparse.Namespace) -> Said:
    """Close a link for good."""
    return await _change(shop, arguments, revoked_at=now())


async def pause(shop: Workshop, arguments: argparse.Namespace) -> Said:
    """Close it for a while."""
    return await _change(shop, arguments, paused_at=now())


async def resume(shop: Workshop, arguments: argparse.Namespace) -> Said:
    """Open it again."""
    return await _change(shop, arguments, paused_at=None)


async def extend(shop: Workshop, arguments: argparse.Namespace) -> Said:
    """More time, money or messages; another passcode; other sites."""
    changes: dict[str, Any] = {}
    if arguments.expires:
        changes["expires_at"] = read_instant("--expires", arguments.expires, now())
    if arguments.budget:
        changes["budget_usd"] = read_usd("--budget", arguments.budget)
    if arguments.messages:
        changes["messages"] = read_count("--messages", arguments.messages)
    if arguments.passcode:
        code = read_passcode("--passcode", arguments.passcode)
        changes["passcode"] = await asyncio.to_thread(hash_password, code)
    if arguments.origins:
        changes["origins"] = tuple(read_origin("--origin", origin) for origin in arguments.origins)
    if not changes:
        options = "--expires, --budget, --messages, --passcode, --origin"
        raise CommandFailed(f"extend: cần một trong {options}", f"extend: say what, one of {options}")
    return await _change(shop, arguments, **changes)


def described(shop: Workshop, link: Link, public_url: str) -> dict[str, Any]:
    """A link for JSON; never its passcode."""
    instants = {name: getattr(link, name) for name in ("created_at", "starts_at", "expires_at")}
    return {
        "link": link.id,
        "url": f"{public_url}/d/{shop.keys.token(link.id)}/",
        **{name: at.isoformat() if at else None for name, at in instants.items()},
        "state": state(link),
        "demo": link.demo,
        "customer": link.customer,
        "author": link.author,
        "note": link.note,
        "budget_usd": None if link.budget_usd is None else plain(link.budget_usd),
        "messages": link.messages,
        "passcode": link.passcode is not None,
        "origins": list(link.origins),
    }


def ways_to(url: str, title: str) -> dict[str, str]:
    """How a link gets to a prospect beside its address: a tag, a frame, a code to photograph."""
    return {"embed": embed_tag(url), "iframe": iframe_tag(url, title), "qr": qr_code(url)}


async def _change(shop: Workshop, arguments: argparse.Namespace, **changes: Any) -> Said:
    if arguments.link not in await find_links(shop.database, [arguments.link]):
        raise NoSuchLink(arguments.link)
    link = await change_link(shop.database, arguments.link, **changes)
    return Said(described(shop, link, shop.place.public_url), f"{link.id} is {state(link)} now.")


def _published(shop: Workshop, link: Link, address: str) -> Said:
    said = described(shop, link, address)
    local = (urlsplit(address).hostname or "") in LOOPBACK
    warning = _unreachable(shop, address) if local else None
    demo = branded(shop.shelf.current(link.demo), link)
    until = link.expires_at.astimezone().strftime("%Y-%m-%d %H:%M %Z") if link.expires_at else "for good"
    ways = ways_to(said["url"], demo.title)
    words = (
        f"{said['url']}\n{demo.title} for {link.customer or 'whoever has it'}, until {until}; "
        f"${said['budget_usd']} and {link.messages} messages. "
        f"Link {link.id}: .venv/bin/python -m demos revoke {link.id}"
        f"\nA bubble on a page of yours: {ways['embed']}"
    )
    return Said({**said, **ways, "public": not local, "warning": warning}, words, aside=warning or "")


def _unreachable(shop: Workshop, address: str) -> str:
    """Why nobody else can open a link, and the mend that whoever published it has."""
    if shop.place.language == "vi":
        share = ", hoặc publish với --share" if shop.place.files else ""
        return f"Chưa ai khác mở được: PUBLIC_URL là {address}. Hãy đặt PUBLIC_URL trong .env{share}."
    share = ", or publish with --share" if shop.place.files else ""
    return f"Nobody else can open this: PUBLIC_URL is {address}. Set PUBLIC_URL in .env{share}."


def _overrides(shop: Workshop, arguments: argparse.Namespace) -> dict[str, str]:
    given = {
        "title": arguments.title,
        "greeting": arguments.greeting,
        "logo": _logo(shop, arguments.logo) if arguments.logo else None,
        "color": arguments.color,
        "color_dark": arguments.color_dark,
    }
    return {key: value.strip() for key, value in given.items() if value and value.strip()}


def _of_option(error: DemoFileError) -> Exception:
    """What is wrong with a demo, as what is wrong with the option that made it so; no file of anybody's is to mend."""
    for key, option in _OPTIONS.items():
        place = re.compile(rf"^[^\s:]+(?::\d+)?: {re.escape(key)}(?:\.\w+)?: (.+)$", re.MULTILINE)
        found: dict[Language, str] = {}
        for language, text in error.texts.items():
            if said := place.search(text):
                found[language] = said[1]
        if len(found) == len(error.texts):
            return BadTerm.told(option, found)
    return error


def _logo(shop: Workshop, given: str) -> str:
    """As a data address. A page reads its file itself and sends it as one."""
    if given.startswith("data:"):
        return given
    shop.need_files()
    return data_address(Path(given))
