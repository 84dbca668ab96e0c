"""``python -m ledger``: the report, the proof of the books, and what an operator does to them from a terminal."""

import asyncio
import sys

from ledger.commands import Place, run
from ledger.unusable import DatabaseUnusable
from settings import SettingsError, load_settings, reader_language


def main() -> int:
    """Exit code 0; 1 where the books, the settings or the database are not in order; 2 for a wrong command."""
    # A pipe on Windows would take neither Vietnamese nor the quotes.
    for stream in (sys.stdout, sys.stderr):
        getattr(stream, "reconfigure", lambda **_: None)(encoding="utf-8")
    try:
        return asyncio.run(run(sys.argv[1:], _place))
    except (DatabaseUnusable, SettingsError) as error:
        print(error, file=sys.stderr)
        return 1


def _place() -> Place:
    settings = load_settings()
    environment = settings.environment
    return Place(environment.database_url, environment.data_dir, settings.models, reader_language())


if __name__ == "__main__":
    sys.exit(main())
