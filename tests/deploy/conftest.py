"""Two replicas behind the proxy that is shipped, as a real process."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from behind_proxy import Proxy
from ports import free_port
from small_replica import Replica

from scripts.proxy import NoProxy, program, proxied


@pytest.fixture(scope="session")
def caddy() -> str:
    """The program. Where there is none its tests are left out; with CI set they fail."""
    try:
        return program()
    except NoProxy as error:
        if os.environ.get("CI"):
            pytest.fail(f"the proxy is missing: {error}")
        pytest.skip(f"the proxy is left out: {error}")


@pytest.fixture
async def replicas() -> AsyncIterator[tuple[Replica, Replica]]:
    """Two that are ready."""
    both = Replica("one"), Replica("two")
    for replica in both:
        await replica.start()
    yield both
    for replica in both:
        await replica.die()


@pytest.fixture
async def proxy(caddy: str, replicas: tuple[Replica, Replica], tmp_path: Path) -> AsyncIterator[Proxy]:
    """The proxy before them."""
    log = tmp_path / "proxy.log"
    async with proxied([replica.address for replica in replicas], free_port(), log) as url:
        yield Proxy(url, replicas, log)
