"""The models of a server of one's own, as soon as it says what they are."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from holysheep import Engine, EngineError, Model

log = logging.getLogger(__name__)

#: What small models hold, for servers that do not say.
CONTEXT_WINDOW = 8192
RETRY_S = 15.0


async def discover(engine: Engine, found: Callable[[], None]) -> None:
    """Ask the provider ``local`` for its models until it answers; ``found`` is called once they are in the engine."""
    while True:
        try:
            listed = await engine.list_models("local")
        except EngineError as error:
            log.warning("LOCAL_BASE_URL gave no list of models (%s: %s), asking again", error.kind, error)
            await asyncio.sleep(RETRY_S)
            continue
        names = ids([model.name for model in listed], engine.models)
        windows = {model.name: model.context_window for model in listed}
        local = engine.providers["local"]
        has = None if local.models is None else tuple(dict.fromkeys((*local.models, *names)))
        engine.add_provider(replace(local, models=has, model_names={**local.model_names, **names}))
        engine.add_models(
            Model(id, id, "local", windows[name] or CONTEXT_WINDOW) for id, name in names.items()
        )
        found()
        return


def ids(names: Sequence[str], listed: Mapping[str, Model]) -> dict[str, str]:
    """Our id -> the local server's name. A name that the price list has stays as it is there."""
    new = [name for name in names if name not in listed or listed[name].provider != "local"]
    return {f"local/{name}" if name in listed else name: name for name in new}
