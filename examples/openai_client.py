"""Asks Footnote with OpenAI's own client, and prints where each number of the answer leads.

python examples/openai_client.py http://127.0.0.1:8000 TOKEN "How many days of leave are there?"
"""

import sys

from openai import OpenAI

url, token, question = sys.argv[1:4]
client = OpenAI(base_url=f"{url}/v1", api_key=token)
text = ""

for event in client.responses.create(model="footnote", input=question, stream=True):
    if event.type == "response.output_text.delta":
        print(event.delta, end="", flush=True)
    elif event.type == "response.output_text.done":
        print()
        text = event.text
    elif event.type == "response.content_part.done" and event.part.type == "output_text":
        for citation in event.part.annotations:
            if citation.type == "url_citation":
                print(text[citation.start_index : citation.end_index], citation.title, citation.url)
