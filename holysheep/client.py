"""The openai SDK as the client for whole replies and for the list of models."""

import time
from collections.abc import Mapping, Sequence
from typing import cast

import openai
from openai import AsyncOpenAI
from openai.types.chat import ChatCompletionMessageParam

from holysheep.attempt import Outcome
from holysheep.errors import EmptyReply, EngineError, Silent, Unreachable, from_response
from holysheep.events import Completion
from holysheep.prices import Model
from holysheep.providers import Provider
from holysheep.receipts import settle


def sdk(provider: Provider) -> AsyncOpenAI:
    """The SDK's client for a provider. Its own retries are off: one place decides."""
    return AsyncOpenAI(
        base_url=provider.base_url,
        api_key=provider.api_key or "none",
        timeout=openai.Timeout(provider.silence_s, connect=provider.connect_s),
        max_retries=0,
        default_headers=dict(provider.headers),
    )


async def list_models(provider: Provider) -> list[str]:
    """The names of the models that a provider's ``/v1/models`` lists; raises EngineError."""
    async with sdk(provider) as client:
        try:
            return [model.id async for model in client.models.list()]
        except openai.APIError as error:
            raise translate(error) from None


async def complete(
    provider: Provider,
    models: Sequence[Model],
    messages: Sequence[Mapping[str, str]],
    model: Model,
    temperature: float,
    max_tokens: int,
) -> Completion:
    """A whole reply in one piece; raises EngineError."""
    outcome = Outcome(provider, model, time.monotonic())
    async with sdk(provider) as client:
        try:
            answer = await client.chat.completions.with_raw_response.create(
                model=provider.name_of(model.id),
                messages=cast(list[ChatCompletionMessageParam], list(messages)),
                temperature=temperature,
                max_tokens=max_tokens,
            )
        except openai.APIError as error:
            raise translate(error) from None
    now = time.monotonic()
    outcome.answered(answer.http_response.status_code, answer.headers)
    outcome.took(outcome.reader.take_whole(answer.http_response.content), now)
    outcome.ended = now
    if outcome.reader.failure is not None:
        raise outcome.reader.failure
    if not outcome.text and outcome.reader.finish_reason != "content_filter":
        raise EmptyReply("not a word", request_id=outcome.request_id)
    return Completion(outcome.text, settle([outcome], messages, models, outcome.begun, now))


def translate(error: openai.APIError) -> EngineError:
    """The SDK's error as ours."""
    if isinstance(error, openai.APIStatusError):
        return from_response(error.status_code, error.response.headers, error.response.content)
    if isinstance(error, openai.APITimeoutError):
        return Silent("no answer within the time limit")
    return Unreachable(type(error.__cause__ or error).__name__)
