"""What holds for every test."""

from importlib.util import find_spec

import pytest
from hypothesis import settings

pytest_plugins = ["databases", *(["side_by_side"] if find_spec("xdist") else [])]

# A shared machine may be slow at any moment: no test fails for time alone.
settings.register_profile("desk", deadline=None)
settings.load_profile("desk")


@pytest.fixture
def unmeasured(monkeypatch: pytest.MonkeyPatch) -> None:
    """Programs that the test starts are not measured for coverage: that doubles the time they need to start, and one
    that is killed keeps no measurement."""
    monkeypatch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)
