"""Converts a sentence-transformers model for OpenVINO and checks the result against the original. A process of its own runs it:

``python -m rag.embedding.conversion SOURCE FOLDER`` leaves the files of :mod:`rag.embedding.openvino` in FOLDER, or ends with
``NO_SUCH_MODEL`` or ``NOT_CONVERTIBLE`` and the reason as the last line of standard error.
"""

import sys
import warnings
from pathlib import Path

import numpy as np
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.base.modules import Dense, Normalize, Transformer
from sentence_transformers.sentence_transformer.modules import Pooling

from rag.embedding.engine import NO_SUCH_MODEL, NOT_CONVERTIBLE
from rag.embedding.openvino import MODEL, TOKENIZER, Facts, OpenVinoEngine, runtime
from rag.embedding.torch import load_model

KNOWN = (Transformer, Pooling, Dense, Normalize)
LONGEST_INPUT = 100_000  # tokens; tokenizers without a limit of their own name an astronomical one
LEAST_COSINE = 0.999  # between what the original and the converted model say
PROBES = [
    "Who?",
    "How many days of vacation does a new member of staff get in the first year?",
    "  Straße, naïve CAFÉ, 東京都の人口, Москва, مرحبا, 🙂 and x ≤ 10 %.\n",
    "Revenue\t2023\t2024\nEurope\t1,204\t1,310\nAsia\t988\t1,045",
    "The committee shall meet at least twice a year and shall publish the minutes of every meeting. " * 6,
    "long words, " * 5000,
]


class NotConvertible(Exception):
    """OpenVINO cannot stand in for this model; the message says why."""


class _Graph(torch.nn.Module):
    """All modules of the model as one function of tensors."""

    def __init__(self, model: SentenceTransformer) -> None:
        super().__init__()
        self.model = model

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        """Ids and mask [texts, tokens] to vectors [texts, dimension]."""
        vectors: torch.Tensor = self.model({"input_ids": input_ids, "attention_mask": attention_mask})[
            "sentence_embedding"
        ]
        return vectors


def convert(model: SentenceTransformer, folder: Path) -> None:
    """Write the files and compare.

    Raises:
        NotConvertible: a module of another kind, no fast tokenizer, or vectors that differ.
    """
    _require_known(model)
    model = model.float().eval()
    openvino = runtime()
    with torch.inference_mode(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # tracing warns of every shape it looks at
        graph = openvino.convert_model(
            _Graph(model), example_input=_example(), input=[("input_ids", [-1, -1]), ("attention_mask", [-1, -1])]
        )
    openvino.save_model(graph, folder / MODEL, compress_to_fp16=False)
    originals = model.encode(PROBES, normalize_embeddings=True, show_progress_bar=False)
    _save_tokenizer(model, folder)
    _compare(originals, np.array(OpenVinoEngine(folder, threads=torch.get_num_threads()).embed(PROBES)))


def _require_known(model: SentenceTransformer) -> None:
    for module in model:
        if type(module) not in KNOWN:
            raise NotConvertible(f"its module {type(module).__name__} is of an unknown kind")
    if not getattr(model.tokenizer, "is_fast", False):
        raise NotConvertible("it has no fast tokenizer")
    if _prompt(model) and any(isinstance(module, Pooling) and not module.include_prompt for module in model):
        raise NotConvertible("its pooling leaves the prompt out")


def _example() -> dict[str, torch.Tensor]:
    """Two texts, one padded: a mask of ones only would be traced away."""
    mask = torch.ones(2, 7, dtype=torch.int64)
    mask[1, 4:] = 0
    return {"input_ids": torch.ones(2, 7, dtype=torch.int64), "attention_mask": mask}


def _save_tokenizer(model: SentenceTransformer, folder: Path) -> None:
    tokenizer = model.tokenizer
    backend = tokenizer.backend_tokenizer
    backend.no_padding()
    longest = model.max_seq_length
    if longest and longest <= LONGEST_INPUT:
        backend.enable_truncation(longest)
    else:
        backend.no_truncation()
    backend.save(str(folder / TOKENIZER))
    Facts(_prompt(model), tokenizer.pad_token_id or 0).write(folder)


def _prompt(model: SentenceTransformer) -> str:
    """What ``encode`` puts before every text."""
    return (model.prompts.get(model.default_prompt_name) or "") if model.default_prompt_name else ""


def _compare(originals: np.ndarray, converted: np.ndarray) -> None:
    if originals.shape != converted.shape:
        raise NotConvertible(f"its vectors have another shape: {converted.shape} instead of {originals.shape}")
    least = float((originals * converted).sum(axis=1).min())
    if not least >= LEAST_COSINE:  # also when it is not a number
        raise NotConvertible(f"its vectors differ: a cosine of {least:.4f}")


def main() -> None:
    """Command line."""
    source, folder = sys.argv[1], Path(sys.argv[2])
    try:
        model = load_model(source, device="cpu")
    except (OSError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(NO_SUCH_MODEL)
    try:
        convert(model, folder)
    except NotConvertible as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(NOT_CONVERTIBLE)


if __name__ == "__main__":
    main()
