"""Demos read for ``demos.Shelf`` and ``demos.Versions``, checked against the price list."""

from collections.abc import Collection
from pathlib import Path

from demos.demo import Demo
from demos.shelf import DemoFileError
from settings.demo_files import parse_demo, parse_demo_text
from settings.faults import SettingsError


class DemoReader:
    """model_ids: of the price list. What cannot be read is a DemoFileError, in both languages."""

    def __init__(self, model_ids: Collection[str]) -> None:
        self._model_ids = tuple(model_ids)

    def file(self, path: Path) -> Demo:
        """The demo of a file."""
        try:
            return parse_demo(path, model_ids=self._model_ids)
        except SettingsError as error:
            raise _told(error) from error

    def text(self, text: str, name: str) -> Demo:
        """The demo of a text, given its name."""
        try:
            return parse_demo_text(text, name, name, model_ids=self._model_ids)
        except SettingsError as error:
            raise _told(error) from error


def _told(error: SettingsError) -> DemoFileError:
    return DemoFileError({"vi": error.text("vi"), "en": error.text("en")})
