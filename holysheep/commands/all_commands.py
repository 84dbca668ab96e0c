"""Each command by its name; ``ask`` prints by itself, as it goes."""

import argparse
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeAlias

from holysheep.commands.place import Place, Said
from holysheep.commands.rollout import rollout
from holysheep.store import Store

Command: TypeAlias = Callable[[Place, Store, argparse.Namespace], Awaitable[Said]]

COMMANDS: Mapping[str, Command] = {"rollout": rollout}
