"""A tokenizer in a process of its own, for large vocabularies.

A tokenizer with 250,000 pieces takes seconds to load, and the library holds Python's lock all the while: no request of the web server
would be answered meanwhile. ``python -m rag.embedding.tokenizing FILE`` loads it elsewhere and answers on its standard output, until its
standard input ends. Messages are lists in MessagePack behind their length.
"""

import struct
import subprocess
import sys
import weakref
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Any, BinaryIO

import msgpack
import numpy as np
from tokenizers import Encoding, Tokenizer

from rag.embedding.language_coverage import TokenSpan

LARGE_BYTES = (
    4_000_000  # of the tokenizer's file: from here on a process of its own; smaller ones load in a tenth of a second
)
UNKNOWN = ("[UNK]", "<unk>")  # names of the unknown token in most tokenizers
SPACES = "▁Ġ"  # how tokenizers write a space; a token of only this has no letter
LENGTH = struct.Struct("<I")
END_S = 5.0


class LocalTokenizer:
    """A tokenizer in this process. Thread-safe."""

    def __init__(self, file: Path) -> None:
        self._tokenizer = Tokenizer.from_file(str(file))

    def ids(self, texts: Sequence[str]) -> list[list[int]]:
        """The token ids of each text, with special tokens."""
        return [encoding.ids for encoding in self._tokenizer.encode_batch_fast(list(texts))]

    def spans(self, text: str) -> list[TokenSpan]:
        """The tokens of a text, without special tokens."""
        return token_spans_of(self._tokenizer, text)


class RemoteTokenizer:
    """A tokenizer in a process of its own, which ends with this object. Thread-safe: one request at a time."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = Lock()
        self._process = self._start()

    def ids(self, texts: Sequence[str]) -> list[list[int]]:
        """The token ids of each text, with special tokens."""
        return [np.frombuffer(ids, dtype=np.int32).tolist() for ids in self._ask(["ids", list(texts)])]

    def spans(self, text: str) -> list[TokenSpan]:
        """The tokens of a text, without special tokens."""
        return [TokenSpan(*span) for span in self._ask(["spans", text])]

    def _ask(self, request: list[Any]) -> list[Any]:
        with self._lock:
            try:
                return self._answer(request)
            except OSError:  # it was killed: once more with a new one
                self._finalizer()
                self._process = self._start()
                return self._answer(request)

    def _answer(self, request: list[Any]) -> list[Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        _send(self._process.stdin, request)
        answer = _receive(self._process.stdout)
        if answer is None:
            raise BrokenPipeError("The tokenizer's process has ended.")
        return answer

    def _start(self) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, "-m", "rag.embedding.tokenizing", str(self._file.resolve())],
            cwd=Path(__file__).resolve().parents[2],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self._finalizer = weakref.finalize(self, _end, process)
        return process


def open_tokenizer(file: Path) -> LocalTokenizer | RemoteTokenizer:
    """The tokenizer of a file, where its size allows."""
    return RemoteTokenizer(file) if file.stat().st_size >= LARGE_BYTES else LocalTokenizer(file)


def token_spans_of(tokenizer: Tokenizer, text: str) -> list[TokenSpan]:
    """The tokens of a text, without special tokens. A token that lost the accents of its letters counts as unknown."""
    encoding: Encoding = tokenizer.encode(text, add_special_tokens=False)
    unknown = {tokenizer.token_to_id(name) for name in (getattr(tokenizer.model, "unk_token", None), *UNKNOWN) if name}
    return [
        TokenSpan(start, end, token_id not in unknown and (text[start:end].isascii() or not token.isascii()))
        for token_id, token, (start, end) in zip(encoding.ids, encoding.tokens, encoding.offsets, strict=True)
        if token.strip(SPACES)
    ]


def _end(process: subprocess.Popen[bytes]) -> None:
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            with suppress(OSError):  # what was not sent is lost with it
                stream.close()
    try:
        process.wait(END_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _send(stream: BinaryIO | Any, message: list[Any]) -> None:
    content = msgpack.packb(message, unicode_errors="surrogatepass")
    stream.write(LENGTH.pack(len(content)) + content)
    stream.flush()


def _receive(stream: BinaryIO | Any) -> list[Any] | None:
    """The next message; None at the end."""
    head = stream.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    message: list[Any] = msgpack.unpackb(stream.read(LENGTH.unpack(head)[0]), unicode_errors="surrogatepass")
    return message


def main() -> None:
    """Answers until the standard input ends."""
    tokenizer = LocalTokenizer(Path(sys.argv[1]))
    while (request := _receive(sys.stdin.buffer)) is not None:
        kind, content = request
        if kind == "ids":
            answer: list[Any] = [np.asarray(ids, dtype=np.int32).tobytes() for ids in tokenizer.ids(content)]
        else:
            answer = [(span.start, span.end, span.is_known) for span in tokenizer.spans(content)]
        _send(sys.stdout.buffer, answer)


if __name__ == "__main__":
    main()
