"""What watches a running desk: its figures, and where they are read."""

import asyncio
from collections.abc import Callable

from assembly.measured import Measured, Rooms
from holysheep import Engine, Receipt
from web.metrics import Metrics
from web.metrics_port import MetricsPort


class Watch:
    """``open()`` once the rooms are, ``close()`` when they are closed. address: host and port; None: nobody watches."""

    def __init__(self, address: tuple[str, int] | None, engine: Engine) -> None:
        self._address = address
        self._metrics = Metrics(engine.providers, engine.models)
        self._port: MetricsPort | None = None
        self._looking: asyncio.Task[None] | None = None

    @property
    def on_turn(self) -> Callable[[Receipt], None]:
        """To be told of each turn that has ended."""
        return self._metrics.turn_ended

    async def open(self, rooms: Rooms) -> None:
        """Read the figures whenever somebody asks."""
        if self._address is None:
            return
        self._metrics.add(Measured(rooms))

        async def text() -> bytes:
            await rooms.readiness.check()
            return self._metrics.text()

        self._looking = asyncio.create_task(self._metrics.watch_loop(), name="event loop lag")
        self._port = MetricsPort(*self._address, text)
        await self._port.open()

    def close(self) -> None:
        """Let nobody read any more."""
        if self._port is not None:
            self._port.close()
        if self._looking is not None:
            self._looking.cancel()
