"""A HolySheep look-alike on loopback: rehearsals with no key, tests, benchmarks, every fault by name.

async with emulator.running(emulator.Pace(tokens_per_second=50)) as emu:
    ...  # ask emu.base_url; emu.set_fault("cut", times=1); look at emu.requests
"""

from .faults import FAULTS, Fault, UnknownFault
from .pace import Pace
from .seen import SeenRequest
from .server import MODELS, Emulator, running

__all__ = ["FAULTS", "MODELS", "Emulator", "Fault", "Pace", "SeenRequest", "UnknownFault", "running"]
