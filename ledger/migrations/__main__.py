"""``python -m ledger.migrations "what changes"`` writes the next revision from what was changed in ledger/tables.py."""

import argparse
import asyncio
import tempfile
from pathlib import Path

from alembic import command

from ledger.database import Database
from ledger.migrations.apply import alembic_config, migrating, newest, upgrade


async def write_revision(message: str) -> None:
    """Compare a new database at the newest revision with the tables, and write the difference to a file."""
    with tempfile.TemporaryDirectory() as folder:
        async with Database(data_dir=Path(folder)) as database:
            await upgrade(database)
            number = f"{int(newest()) + 1:04}"
            async with migrating(database) as connection:
                await connection.run_sync(
                    lambda plain: command.revision(
                        alembic_config(plain), message, autogenerate=True, rev_id=number
                    )
                )


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m ledger.migrations", description=__doc__)
    parser.add_argument("message", help='a few words, such as "mood of a turn"')
    asyncio.run(write_revision(parser.parse_args().message))
    print("Look it through: what moves rows, and what another program may still read, only you can know.")


if __name__ == "__main__":
    main()
