"""Footnote as a retriever of LangChain: the passages of a library, each with its page.

python examples/langchain_retriever.py http://127.0.0.1:8000 TOKEN "annual leave"
"""

import sys

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from openai import OpenAI


class FootnoteRetriever(BaseRetriever):
    """Searches one library."""

    client: OpenAI
    library: str

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:
        del run_manager
        found = self.client.vector_stores.search(self.library, query=query, max_num_results=5)
        return [
            Document(
                one.content[0].text, metadata={"source": one.filename, "score": one.score, **(one.attributes or {})}
            )
            for one in found
        ]


url, token, query = sys.argv[1:4]
client = OpenAI(base_url=f"{url}/v1", api_key=token)
mine = next(iter(client.vector_stores.list()))  # one's own library comes first
for document in FootnoteRetriever(client=client, library=mine.id).invoke(query):
    page = document.metadata.get("page", 0)  # none in formats without pages
    print(f"{document.metadata['source']} page {page:.0f} · {document.page_content[:80]}")
