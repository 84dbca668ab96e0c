"""Spares each start what Chainlit imports and nobody here uses.

Chainlit imports the client of a tracing service, Literal AI, for three of its types, and that one Traceloop's and
OpenTelemetry's kits; and the Model Context Protocol's kit for the name of a type. No such client and no such session is
ever made: the data layer that would make the one has ours in its place, and the other is switched off.
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType

#: What is imported from them when the importer is, never when it is used.
_TRACING = {
    "traceloop": (),
    "traceloop.sdk": ("Traceloop",),
    "opentelemetry.sdk": (),
    "opentelemetry.sdk.trace": ("ReadableSpan",),
    "opentelemetry.sdk.trace.export": ("SpanExporter", "SpanExportResult"),
}
_PROTOCOL = {"mcp": ("ClientSession",)}


def import_chainlit() -> None:
    """Import Chainlit with nothing behind these names. Where it is imported already, as by ``chainlit run``, or any of
    them is, all stays as it is. Afterwards the kits can be imported as ever by whoever has them.
    """
    if {"chainlit", "literalai", *_TRACING, *_PROTOCOL} & set(sys.modules):
        return
    with _nothing_behind(_TRACING):
        import_module("literalai")
    with _nothing_behind(_PROTOCOL):
        import_module("chainlit.callbacks")


@contextmanager
def _nothing_behind(names: Mapping[str, Sequence[str]]) -> Iterator[None]:
    for name, classes in names.items():
        sys.modules[name] = module = ModuleType(name)
        for each in classes:
            setattr(module, each, type(each, (), {}))
    try:
        yield
    finally:
        for name in names:
            sys.modules.pop(name, None)
