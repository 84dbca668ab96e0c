"""The usual Chainlit chat over an OpenAI-compatible endpoint, as its documentation teaches it."""

import os

import chainlit as cl
from openai import AsyncOpenAI

client = AsyncOpenAI(base_url=os.environ["BENCH_UPSTREAM"], api_key="bench")


@cl.on_chat_start
async def start() -> None:
    persona = {"role": "system", "content": "You are a helpful e-commerce assistant."}
    cl.user_session.set("history", [persona])


@cl.on_message
async def answer(message: cl.Message) -> None:
    history = cl.user_session.get("history")
    history.append({"role": "user", "content": message.content})
    reply = cl.Message(content="")
    stream = await client.chat.completions.create(
        model="deepseek-v3.2", messages=history, temperature=0.7, max_tokens=1024, stream=True
    )
    async for part in stream:
        if part.choices and (token := part.choices[0].delta.content):
            await reply.stream_token(token)
    history.append({"role": "assistant", "content": reply.content})
    await reply.update()
