"""``python -m holysheep``: ask, verify, switch, migrate, rollout, status."""

import argparse
import asyncio
import json
import sys

from holysheep.commands.all_commands import COMMANDS
from holysheep.commands.ask import ask
from holysheep.commands.command_line import make_parser
from holysheep.commands.place import Place, Said, WrongCommand
from holysheep.routes import REHEARSAL
from settings.engine_files import EngineFiles, load_engine_files
from settings.engine_place import opened_store
from settings.faults import SettingsError, reader_language
from settings.terminal import whoever


def main() -> int:
    """Exit code 0; 1 where it could not be done, or not all is well; 2 for a wrong command."""
    # A pipe on Windows would not take Vietnamese.
    for stream in (sys.stdout, sys.stderr):
        getattr(stream, "reconfigure", lambda **_: None)(encoding="utf-8")
    arguments = make_parser().parse_args()
    try:
        return asyncio.run(_run(_place(load_engine_files()), arguments))
    except WrongCommand as error:
        print(error, file=sys.stderr)
        return 2
    except (SettingsError, OSError) as error:
        print(error, file=sys.stderr)
    except KeyboardInterrupt:
        return 130
    return 1


async def _run(place: Place, arguments: argparse.Namespace) -> int:
    if arguments.command == "ask":
        question, model, provider = arguments.question, arguments.model or "", arguments.provider or ""
        return await ask(place, question, model, provider, as_json=arguments.json)
    async with place.open_store() as store:
        return _print(await COMMANDS[arguments.command](place, store, arguments), arguments)


def _print(said: Said, arguments: argparse.Namespace) -> int:
    if arguments.json:
        print(json.dumps(said.data, ensure_ascii=False, indent=1, default=str), flush=True)
    else:
        print(said.words, file=sys.stderr if said.code else sys.stdout, flush=True)
    return said.code


def _place(files: EngineFiles) -> Place:
    known = {name: provider for name, provider in files.known.items() if name != REHEARSAL}
    return Place(
        providers={name: files.providers[name] for name in known if name in files.providers},
        known=known,
        models=files.models,
        default_model=files.default_model,
        rollout=files.rollout,
        open_store=lambda: opened_store(files.environment),
        language=reader_language(),
        by=whoever(),
    )


if __name__ == "__main__":
    sys.exit(main())
