"""``python -m demos``: demos and links from a terminal."""

import argparse
import asyncio
import json
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial

from demos import link_commands
from demos.all_commands import COMMANDS, Command
from demos.command_line import make_parser
from demos.on_record import Tools
from demos.place import Place, Workshop
from demos.said import REFUSALS, Said, in_words
from demos.tunnel import NoTunnel, Tunnel
from holysheep import Engine
from ledger import Books, Database, mask_secrets
from settings import Settings, SettingsError, load_settings, reader_language
from settings.secret import installation_secret
from settings.terminal import whoever
from settings.workplace import workplace


def main() -> int:
    """Exit code 0; 1 where it could not be done; 2 for a wrong command."""
    # A pipe on Windows would not take Vietnamese.
    for stream in (sys.stdout, sys.stderr):
        getattr(stream, "reconfigure", lambda **_: None)(encoding="utf-8")
    arguments = make_parser().parse_args()
    try:
        place = _place(load_settings())
        return asyncio.run(_run(place, COMMANDS[arguments.command], arguments))
    except KeyboardInterrupt:
        return 0
    except REFUSALS as error:
        print(in_words(error, reader_language()), file=sys.stderr)
    except (NoTunnel, SettingsError, ValueError) as error:
        print(error, file=sys.stderr)
    return 1


async def _run(place: Place, command: Command, arguments: argparse.Namespace) -> int:
    if not arguments.json:
        place = replace(place, tell=partial(print, flush=True))
    async with Workshop(place) as shop:
        if getattr(arguments, "share", False):
            return await _share(shop, arguments)
        return _print(await command(shop, arguments), arguments)


async def _share(shop: Workshop, arguments: argparse.Namespace) -> int:
    place = shop.place
    async with Tunnel(place.tunnel_command, place.public_url, place.data_dir) as address:
        code = _print(await link_commands.publish(shop, arguments, address), arguments)
        print("Shared until Ctrl-C.", file=sys.stderr, flush=True)
        await asyncio.Event().wait()
    return code


def _print(said: Said, arguments: argparse.Namespace) -> int:
    if said.aside:
        print(said.aside, file=sys.stderr)
    as_json = arguments.json and json.dumps(said.data, ensure_ascii=False, indent=1, default=str)
    print(as_json or said.words, flush=True)
    return said.code


def _place(settings: Settings) -> Place:
    environment = settings.environment

    async def ask(messages: Sequence[Mapping[str, str]], model: str) -> str:
        async with Engine(settings) as engine:
            reply = await engine.complete(messages, model=model or settings.default_model)
        return reply.text

    @asynccontextmanager
    async def tools(database: Database) -> AsyncIterator[Tools]:
        async with Engine(settings) as engine:
            books = await Books.open(
                database,
                price_of=lambda provider, model: (engine.providers.get(provider), engine.models.get(model)),
                spool=environment.data_dir / "spool",
                mask=mask_secrets if environment.mask_secrets else None,
                budget_usd_per_day=environment.budget_usd_per_day,
                beside=True,
            )
            try:
                yield Tools(engine, books, settings.default_model)
            finally:
                await books.close()

    return replace(
        workplace(settings, installation_secret(environment), ask),
        tunnel_command=environment.tunnel_command,
        author=whoever(),
        language=reader_language(),
        tools=tools,
    )


if __name__ == "__main__":
    sys.exit(main())
