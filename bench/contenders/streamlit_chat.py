"""The usual Streamlit chat: the script runs again for each message and draws the whole conversation."""

import os

import streamlit as st
from openai import OpenAI

client = OpenAI(base_url=os.environ["BENCH_UPSTREAM"], api_key="bench")

if "messages" not in st.session_state:
    st.session_state.messages = []

for message in st.session_state.messages:
    with st.chat_message(message["role"]):
        st.markdown(message["content"])

if prompt := st.chat_input("Message"):
    st.session_state.messages.append({"role": "user", "content": prompt})
    with st.chat_message("user"):
        st.markdown(prompt)
    with st.chat_message("assistant"):
        stream = client.chat.completions.create(
            model="deepseek-v3.2",
            messages=st.session_state.messages,
            temperature=0.7,
            max_tokens=1024,
            stream=True,
        )
        reply = st.write_stream(stream)
    st.session_state.messages.append({"role": "assistant", "content": reply})
