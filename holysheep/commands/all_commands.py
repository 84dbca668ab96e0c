"""Each command by its name; ``ask`` prints by itself, as it goes."""

import argparse
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeAlias

from holysheep.commands.place import Place, Said
from holysheep.commands.rollout import rollout
from holysheep.commands.status import status
from holysheep.commands.switch import migrate, switch
from holysheep.commands.verify import verify
from holysheep.store import Store

Command: TypeAlias = Callable[[Place, Store, argparse.Namespace], Awaitable[Said]]

COMMANDS: Mapping[str, Command] = {
    "verify": verify,
    "switch": switch,
    "migrate": migrate,
    "rollout": rollout,
    "status": status,
}
