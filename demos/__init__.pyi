from demos.answering import first_model, whole_prompt
from demos.demo import (
    EVERYTHING,
    AnswerLanguage,
    Branding,
    Demo,
    Facts,
    Language,
    Limits,
    Question,
    Shown,
    Starter,
)
from demos.facts import FACTS_TOKENS, facts_tokens, system_prompt
from demos.guest import SCOPE_KEY, Guest
from demos.links import Keys, Link, Wall, branded, wall
from demos.open_links import Links
from demos.shelf import DemoFileError, Shelf, UnknownDemo
from demos.versions import Versions

__all__ = [
    "EVERYTHING",
    "FACTS_TOKENS",
    "SCOPE_KEY",
    "AnswerLanguage",
    "Branding",
    "Demo",
    "DemoFileError",
    "Facts",
    "Guest",
    "Keys",
    "Language",
    "Limits",
    "Link",
    "Links",
    "Question",
    "Shelf",
    "Shown",
    "Starter",
    "UnknownDemo",
    "Versions",
    "Wall",
    "branded",
    "facts_tokens",
    "first_model",
    "system_prompt",
    "wall",
    "whole_prompt",
]
