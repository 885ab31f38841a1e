"""Embeddings cached in a file, so that a repeated evaluation embeds only new texts."""

import sqlite3
from array import array
from hashlib import sha256
from pathlib import Path

from rag.embedding.embeddings import FootnoteEmbeddings
from rag.embedding.prompts import Purpose


class CachedEmbeddings(FootnoteEmbeddings):
    """Caches the vectors of other embeddings.

    Args:
        model: the embeddings that make new vectors.
        folder: folder of the cache, with one file for each model.
    """

    def __init__(self, model: FootnoteEmbeddings, folder: Path) -> None:
        super().__init__()
        self.name = model.name
        self._source = model
        folder.mkdir(parents=True, exist_ok=True)
        self._file = sqlite3.connect(folder / f"{model.name}.sqlite", check_same_thread=False)  # one thread embeds
        self._file.execute("CREATE TABLE IF NOT EXISTS vectors (text BLOB PRIMARY KEY, vector BLOB) WITHOUT ROWID")

    def language_coverage(self, text: str) -> float:
        """See :class:`FootnoteEmbeddings`; the answer is the model's."""
        return self._source.language_coverage(text)

    def close(self) -> None:
        """Ends the thread and closes the file."""
        super().close()
        self._file.close()

    def _open(self) -> int:
        self._source.load()
        self.prompts, self.scale = self._source.prompts, self._source.scale
        return self._source.dimension

    def _release(self) -> None:
        self._source.close()

    def _embed(self, texts: list[str], purpose: Purpose) -> list[list[float]]:
        prompt = self.prompts.of(purpose)
        cached = {text: self._cached(prompt + text) for text in texts}
        new = [text for text, vector in cached.items() if vector is None]
        if new:
            made = dict(zip(new, self._source.embed(new, purpose), strict=True))
            rows = [(_key(prompt + text), array("f", vector).tobytes()) for text, vector in made.items()]
            with self._file:
                self._file.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?)", rows)
        return [self._cached(prompt + text) or [] for text in texts]

    def _cached(self, text: str) -> list[float] | None:
        row = self._file.execute("SELECT vector FROM vectors WHERE text = ?", (_key(text),)).fetchone()
        return array("f", row[0]).tolist() if row else None


def _key(text: str) -> bytes:
    return sha256(text.encode("utf-8", "surrogatepass")).digest()
