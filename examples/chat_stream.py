"""Reads an answer of Footnote as server-sent events: words as they come, then the checked text and its pages.

python examples/chat_stream.py http://127.0.0.1:8000 TOKEN "How many days of leave are there?"
"""

import json
import sys

import httpx
from httpx_sse import connect_sse

url, token, question = sys.argv[1:4]
headers = {"Authorization": f"Bearer {token}"}

with (
    httpx.Client(base_url=url, headers=headers, timeout=120) as client,
    connect_sse(client, "POST", "/api/chat/stream", json={"question": question}) as stream,
):
    for event in stream.iter_sse():
        data = json.loads(event.data)
        if event.event == "token":
            print(data["text"], end="", flush=True)
        elif event.event == "citations":
            print(f"\n\n{data['answer']}")
            for citation in data["citations"]:
                print(f"[{citation['number']}] {citation['chunk']['title']}, page {citation['chunk']['page']}")
        elif event.event in ("refused", "error"):
            print(data["message"])
