"""Demos: what is shown to whom. ``Shelf`` gives each demo as it stands now."""

from demos.demo import Demo, Language, Starter
from demos.shelf import DemoFileError, Shelf, UnknownDemo

__all__ = ["Demo", "DemoFileError", "Language", "Shelf", "Starter", "UnknownDemo"]
