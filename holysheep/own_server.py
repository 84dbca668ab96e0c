"""The models of a server of one's own, which says itself what they are."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from holysheep.engine import Engine
from holysheep.prices import Model

#: The provider's name.
LOCAL = "local"
#: What small models hold, for servers that do not say.
CONTEXT_WINDOW = 8192


async def take_in(engine: Engine) -> None:
    """Ask the provider ``local`` for its models, and put them into the engine; raises EngineError."""
    listed = await engine.list_models(LOCAL)
    names = ids([model.name for model in listed], engine.models)
    windows = {model.name: model.context_window for model in listed}
    local = engine.providers[LOCAL]
    has = None if local.models is None else tuple(dict.fromkeys((*local.models, *names)))
    engine.add_provider(replace(local, models=has, model_names={**local.model_names, **names}))
    engine.add_models(Model(id, id, LOCAL, windows[name] or CONTEXT_WINDOW) for id, name in names.items())


def ids(names: Sequence[str], listed: Mapping[str, Model]) -> dict[str, str]:
    """Our id -> the local server's name. A name that the price list has stays as it is there."""
    new = [name for name in names if name not in listed or listed[name].provider != LOCAL]
    return {f"{LOCAL}/{name}" if name in listed else name: name for name in new}
