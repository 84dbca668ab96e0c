"""``python -m demos``: demos and links from a terminal."""

import asyncio
import getpass
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress

from demos import commands, link_commands
from demos.command_line import make_parser
from demos.place import Place, Workshop
from demos.shelf import DemoFileError, UnknownDemo
from demos.text import NoSuchKey
from demos.tunnel import NoTunnel
from holysheep import Engine, EngineError
from holysheep.errors import NoKey
from ledger import DatabaseUnusable
from ledger.outcomes import NoSuchLink
from settings import Settings, SettingsError, load_settings, reader_language
from settings.demo_reader import DemoReader
from settings.secret import installation_secret

Command = Callable[..., Awaitable[int]]

_COMMANDS: Mapping[str, Command] = {
    "new": commands.new,
    "list": commands.list_demos,
    "show": commands.show,
    "edit": commands.edit,
    "duplicate": commands.duplicate,
    "import": commands.import_,
    "export": commands.export,
    "rehearse": commands.rehearsal,
    "versions": commands.versions,
    "compare": commands.compare,
    "rollback": commands.rollback,
    "publish": link_commands.publish,
    "links": link_commands.links,
    "revoke": link_commands.revoke,
    "pause": link_commands.pause,
    "resume": link_commands.resume,
    "extend": link_commands.extend,
}


def main() -> int:
    """Exit code 0; 1 where it could not be done; 2 for a wrong command."""
    # A pipe on Windows would not take Vietnamese.
    for stream in (sys.stdout, sys.stderr):
        getattr(stream, "reconfigure", lambda **_: None)(encoding="utf-8")
    arguments = make_parser().parse_args()
    try:
        place = _place(load_settings())
        return asyncio.run(_run(place, _COMMANDS[arguments.command], arguments))
    except KeyboardInterrupt:
        return 0
    except DemoFileError as error:
        print(error.texts[reader_language()], file=sys.stderr)
    except EngineError as error:
        mend = ". Set its key in .env, or name another with --model" if isinstance(error, NoKey) else ""
        print(f"The model could not be asked ({error.kind}): {error}{mend}.", file=sys.stderr)
    except OSError as error:
        print(f"{error.filename}: {error.strerror}" if error.filename else error, file=sys.stderr)
    except (
        commands.CommandFailed,
        DatabaseUnusable,
        NoSuchKey,
        NoSuchLink,
        NoTunnel,
        SettingsError,
        UnknownDemo,
        ValueError,
    ) as error:
        print(error, file=sys.stderr)
    return 1


async def _run(place: Place, command: Command, arguments: object) -> int:
    async with Workshop(place) as shop:
        return await command(shop, arguments)


def _place(settings: Settings) -> Place:
    environment = settings.environment
    reader = DemoReader([model.id for model in settings.models])

    async def ask(messages: Sequence[Mapping[str, str]], model: str) -> str:
        async with Engine(settings.providers.values(), settings.models) as engine:
            reply = await engine.complete(messages, model=model or settings.default_model)
        return reply.text

    return Place(
        environment.database_url,
        environment.data_dir,
        settings.demos_folder,
        settings.demos,
        reader.file,
        reader.text,
        ask,
        not settings.rehearsing,
        installation_secret(environment),
        environment.public_url,
        environment.tunnel_command,
        _whoever(),
        reader_language(),
    )


def _whoever() -> str:
    """Who sits at the terminal, for the list of versions."""
    with suppress(OSError, KeyError, ImportError):
        return getpass.getuser()
    return "terminal"


if __name__ == "__main__":
    sys.exit(main())
