"""The openai SDK as the client for the list of models.

It is imported where it is used: that takes half a second, which a command that asks one question need not wait for.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

import orjson

from holysheep.answers import from_response
from holysheep.errors import (
    ConnectTimeout,
    Dropped,
    EngineError,
    NotAProvider,
    Silent,
    Unreachable,
)
from holysheep.providers import Provider
from holysheep.request import address, authorization

if TYPE_CHECKING:
    import openai


def sdk(provider: Provider) -> "openai.AsyncOpenAI":
    """The SDK's client for a provider, as careful as our own reader of streams.

    Its own retries are off: one place decides. No proxy of the environment, and no redirect that
    would carry the key elsewhere. Raises EngineError for a base URL or key that cannot be used.
    """
    import openai

    key = provider.keys[0]
    client = openai.AsyncOpenAI(
        base_url=address(provider),
        api_key=key.value or "none",
        timeout=openai.Timeout(provider.first_text_s, connect=provider.connect_s),
        max_retries=0,
        default_headers={"Authorization": authorization(key), **provider.headers},
        http_client=openai.DefaultAsyncHttpxClient(
            trust_env=False, follow_redirects=False, proxy=provider.proxy or None
        ),
    )
    # The SDK reads these from the environment; they are OpenAI's, and no other provider's business.
    client.organization = client.project = None
    return client


@dataclass(frozen=True, slots=True)
class ListedModel:
    """A model that a provider lists. context_window: in tokens, None where the provider does not say."""

    name: str
    context_window: int | None = None


#: Where servers say how many tokens a model holds: vLLM, OpenRouter and LM Studio, LiteLLM.
_WINDOWS = ("max_model_len", "context_length", "max_context_length", "max_input_tokens")


async def list_models(provider: Provider) -> list[ListedModel]:
    """The models that a provider's ``/v1/models`` lists; raises EngineError."""
    await asyncio.to_thread(import_module, "openai")
    import openai

    async with sdk(provider) as client:
        try:
            answer = await client.models.with_raw_response.list()
        except openai.APIError as error:
            raise translate(error, provider) from None
    try:
        rows = orjson.loads(answer.http_response.content)["data"]
        return [ListedModel(str(row["id"]), _window(row)) for row in rows]
    except (ValueError, TypeError, KeyError):
        raise NotAProvider("what came is no list of models") from None


def _window(row: Mapping[str, Any]) -> int | None:
    meta = row.get("meta")  # llama.cpp's
    said = [row.get(name) for name in _WINDOWS] + ([meta.get("n_ctx")] if isinstance(meta, dict) else [])
    return next((size for size in said if type(size) is int and size > 0), None)


def translate(error: "openai.APIError", provider: Provider) -> EngineError:
    """The SDK's error as ours."""
    import openai

    if isinstance(error, openai.APIStatusError):
        answer = error.response
        return from_response(error.status_code, answer.headers, answer.content, provider.keys[0].value)
    # The cause is an error of httpx or of its successor, whichever the SDK stands on.
    cause = error.__cause__ or error
    names = {kind.__name__ for kind in type(cause).__mro__}
    detail = type(cause).__name__
    if "ConnectTimeout" in names:
        return ConnectTimeout(detail)
    if isinstance(error, openai.APITimeoutError):
        return Silent("no answer within the time limit")
    if names & {"RemoteProtocolError", "ReadError", "WriteError"}:
        return Dropped(detail)
    return Unreachable(detail)
