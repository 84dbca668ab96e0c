"""The emulator as a program: ``python -m emulator --port 9900``."""

import argparse
import asyncio
import contextlib
import signal
import sys
from collections.abc import Sequence

from .faults import FAULTS, find
from .pace import Pace
from .server import MODELS, Emulator


def main(argv: Sequence[str] | None = None) -> int:
    """Run until SIGINT or SIGTERM; returns the exit status."""
    options = _options(argv)
    if options.list:
        width = max(map(len, FAULTS))
        print("\n".join(f"{fault.name:{width}}  {fault.line}" for fault in FAULTS.values()))
        return 0
    try:
        pace = Pace(
            options.first_token_ms / 1000, options.tokens_per_second, options.tokens, options.fault_speed
        )
        emulator = Emulator(
            pace, host=options.host, port=options.port, keys=options.keys, models=options.models
        )
        if options.fault:
            find(options.fault)
            emulator.set_fault(options.fault)
    except ValueError as error:
        print(f"emulator: {error}", file=sys.stderr)
        return 2
    return _run(emulator)


def _run(emulator: Emulator) -> int:
    try:
        with _runner() as runner:
            runner.run(_serve(emulator))
    except KeyboardInterrupt:
        return 0
    except OSError as error:
        print(
            f"emulator: cannot listen on {emulator.host}:{emulator.port}: {error.strerror}. "
            "Choose another --port.",
            file=sys.stderr,
        )
        return 1
    return 0


def _runner() -> asyncio.Runner:
    try:
        import uvloop
    except ImportError:  # no wheel on Windows
        return asyncio.Runner()
    return asyncio.Runner(loop_factory=uvloop.new_event_loop)


async def _serve(emulator: Emulator) -> None:
    over = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # Windows: Ctrl-C arrives as KeyboardInterrupt
            loop.add_signal_handler(number, over.set)
    await emulator.start()
    print(f"emulator listening on {emulator.base_url}", flush=True)
    try:
        await over.wait()
    finally:
        await emulator.stop()


def _options(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m emulator", description="A HolySheep look-alike on loopback."
    )
    default = Pace()
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default %(default)s)")
    parser.add_argument("--port", type=int, default=9900, help="0 takes a free one (default %(default)s)")
    parser.add_argument(
        "--first-token-ms",
        type=float,
        default=default.first_token_s * 1000,
        help="from request to first token (default %(default)s)",
    )
    parser.add_argument(
        "--tokens-per-second",
        type=float,
        default=default.tokens_per_second,
        help="0: as fast as it can (default %(default)s)",
    )
    parser.add_argument("--tokens", type=int, default=0, help="exact length of replies; 0: their natural one")
    parser.add_argument(
        "--fault-speed",
        type=float,
        default=1.0,
        help="divides the waits of slow faults (default %(default)s)",
    )
    parser.add_argument("--fault", metavar="NAME", help="play this fault on every chat request")
    parser.add_argument("--keys", type=_names, help="accepted API keys, comma separated (default: any)")
    parser.add_argument("--models", type=_names, default=MODELS, help="model ids, comma separated")
    parser.add_argument("--list", action="store_true", help="name all faults, and stop")
    return parser.parse_args(argv)


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


if __name__ == "__main__":
    sys.exit(main())
