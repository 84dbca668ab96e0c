"""The usual Gradio chat: `ChatInterface` over a function that yields the reply so far."""

import os
from collections.abc import AsyncIterator
from typing import Any

import gradio as gr
from openai import AsyncOpenAI

client = AsyncOpenAI(base_url=os.environ["BENCH_UPSTREAM"], api_key="bench")


async def answer(message: str, history: list[dict[str, Any]]) -> AsyncIterator[str]:
    turns = [{"role": turn["role"], "content": turn["content"]} for turn in history]
    stream = await client.chat.completions.create(
        model="deepseek-v3.2",
        messages=[*turns, {"role": "user", "content": message}],
        temperature=0.7,
        max_tokens=1024,
        stream=True,
    )
    reply = ""
    async for part in stream:
        if part.choices and (token := part.choices[0].delta.content):
            reply += token
            yield reply


gr.ChatInterface(answer).launch(
    server_name="127.0.0.1", server_port=int(os.environ["BENCH_PORT"]), inbrowser=False
)
