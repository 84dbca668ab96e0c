"""What holds for every test."""

from hypothesis import settings

pytest_plugins = ["databases"]

# A shared machine may be slow at any moment: no test fails for time alone.
settings.register_profile("desk", deadline=None)
settings.load_profile("desk")
