"""Embeddings that are kept in a file, so that an evaluation that runs again embeds only what is new."""

import sqlite3
from array import array
from hashlib import sha256
from pathlib import Path

from rag.embedding.embeddings import FootnoteEmbeddings


class KeptEmbeddings(FootnoteEmbeddings):
    """Another's vectors, asked for once.

    Args:
        model: what embeds.
        folder: where the vectors are kept, one file for each model.
    """

    def __init__(self, model: FootnoteEmbeddings, folder: Path, batch_size: int) -> None:
        super().__init__(batch_size)
        self.name = model.name
        self._source = model
        folder.mkdir(parents=True, exist_ok=True)
        self._file = sqlite3.connect(folder / f"{model.name}.sqlite", check_same_thread=False)  # one thread embeds
        self._file.execute("CREATE TABLE IF NOT EXISTS vectors (text BLOB PRIMARY KEY, vector BLOB) WITHOUT ROWID")

    def language_coverage(self, text: str) -> float:
        """As the model says."""
        return self._source.language_coverage(text)

    def close(self) -> None:
        """End the thread, close the file."""
        super().close()
        self._file.close()

    def _open(self) -> int:
        self._source.load()
        return self._source.dimension

    def _release(self) -> None:
        self._source.close()

    def _embed(self, texts: list[str]) -> list[list[float]]:
        kept = {text: self._kept(text) for text in texts}
        new = [text for text, vector in kept.items() if vector is None]
        if new:
            made = dict(zip(new, self._source.embed_documents(new), strict=True))
            rows = [(_key(text), array("f", vector).tobytes()) for text, vector in made.items()]
            with self._file:
                self._file.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?)", rows)
        return [self._kept(text) or [] for text in texts]

    def _kept(self, text: str) -> list[float] | None:
        row = self._file.execute("SELECT vector FROM vectors WHERE text = ?", (_key(text),)).fetchone()
        return array("f", row[0]).tolist() if row else None


def _key(text: str) -> bytes:
    return sha256(text.encode("utf-8", "surrogatepass")).digest()
