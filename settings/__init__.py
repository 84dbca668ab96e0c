"""What an operator may edit, and the code that reads and checks it.

``load_settings`` gives everything at once, or one ``SettingsError`` with every mistake in every file.
``parse_demo`` reads one demo file again while the program runs, ``parse_demo_text`` a version that is no file.
``python -m settings check`` does the same as a start would, without starting.
"""

from settings.demo_files import parse_demo, parse_demo_text
from settings.environment import Environment
from settings.faults import Fault, Say, SettingsError, reader_language
from settings.load import Settings, load_settings
from settings.price_list import ExchangeRate

__all__ = [
    "Environment",
    "ExchangeRate",
    "Fault",
    "Say",
    "Settings",
    "SettingsError",
    "load_settings",
    "parse_demo",
    "parse_demo_text",
    "reader_language",
]
