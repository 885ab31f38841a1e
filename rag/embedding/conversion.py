"""Converts a sentence-transformers model for OpenVINO and checks the result against the original. It runs in a separate process:

``python -m rag.embedding.conversion SOURCE FOLDER`` writes the files of :mod:`rag.embedding.openvino` into FOLDER, or exits with
``NO_SUCH_MODEL`` or ``NOT_CONVERTIBLE`` and the reason as the last line of standard error.
"""

import os
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.base.modules import Dense, Normalize, Transformer
from sentence_transformers.sentence_transformer.modules import Pooling

from rag.embedding.engine import NO_SUCH_MODEL, NOT_CONVERTIBLE
from rag.embedding.openvino import EMBEDDED, MODEL, TABLE, TOKENIZER, Facts, OpenVinoEngine, runtime
from rag.embedding.torch import default_prompt, load_model

KNOWN = (Transformer, Pooling, Dense, Normalize)
LONGEST_INPUT = 100_000  # tokens; tokenizers without a limit report an astronomical one
LARGE_TABLE_BYTES = 50_000_000
NICENESS = 3  # the web server goes first; more, and a busy machine would never finish
LEAST_COSINE = 0.999  # between the vectors of the original and the converted model
PROBES = [
    "Who?",
    "How many days of vacation does a new member of staff get in the first year?",
    "  Straße, naïve CAFÉ, 東京都の人口, Москва, مرحبا, 🙂 and x ≤ 10 %.\n",
    "Revenue\t2023\t2024\nEurope\t1,204\t1,310\nAsia\t988\t1,045",
    "The committee shall meet at least twice a year and shall publish the minutes of every meeting. " * 6,
    "long words, " * 5000,
]


class NotConvertible(Exception):
    """OpenVINO cannot run this model; the message says why."""


class _Graph(torch.nn.Module):
    """All modules of the model as one function of tensors."""

    def __init__(self, model: SentenceTransformer) -> None:
        super().__init__()
        self.model = model

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        """Vectors [texts, dimension] of token ids and mask, both [texts, tokens]."""
        vectors: torch.Tensor = self.model({"input_ids": input_ids, "attention_mask": attention_mask})[
            "sentence_embedding"
        ]
        return vectors


def convert(model: SentenceTransformer, folder: Path) -> None:
    """Converts the model into a folder and compares its vectors with the original's.

    Raises:
        NotConvertible: an unknown kind of module, no fast tokenizer, or vectors that differ.
    """
    _require_known(model)
    model = model.float().eval()
    openvino = runtime()
    with torch.inference_mode(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # tracing warns about every shape that it reads
        graph = openvino.convert_model(
            _Graph(model), example_input=_example(), input=[("input_ids", [-1, -1]), ("attention_mask", [-1, -1])]
        )
    _move_table(openvino, graph, folder)
    openvino.save_model(graph, folder / MODEL, compress_to_fp16=False)
    prompt = next(filter(None, [default_prompt(model), *model.prompts.values()]), "")
    originals = model.encode(PROBES, prompt=prompt, normalize_embeddings=True, show_progress_bar=False)
    _save_tokenizer(model, folder)
    _compare(originals, np.array(OpenVinoEngine(folder, threads=torch.get_num_threads()).embed(PROBES, prompt)))


def _move_table(openvino: Any, graph: Any, folder: Path) -> None:
    """Moves a large table of word vectors out of the graph into a file of float16, of which only the rows in use come into memory."""
    for gather in graph.get_ordered_ops():
        if gather.get_type_name() != "Gather":
            continue
        table = gather.input_value(0).get_node()
        if table.get_type_name() != "Constant" or not _is_of_ids(gather.input_value(1).get_node()):
            continue
        numbers = table.get_data()
        if numbers.ndim != 2 or numbers.nbytes < LARGE_TABLE_BYTES:
            continue
        np.save(folder / TABLE, numbers.astype(np.float16))
        embedded = openvino.opset13.parameter([-1, -1, numbers.shape[1]], np.float32, name=EMBEDDED)
        embedded.output(0).set_names({EMBEDDED})
        for target in gather.output(0).get_target_inputs():
            target.replace_source_output(embedded.output(0))
        graph.add_parameters([embedded])
        graph.validate_nodes_and_infer_types()
        return


def _is_of_ids(node: Any) -> bool:
    """True for the token ids themselves, maybe as another kind of integer."""
    while node.get_type_name() == "Convert":
        node = node.input_value(0).get_node()
    return bool(node.get_type_name() == "Parameter" and node.get_friendly_name() == "input_ids")


def _require_known(model: SentenceTransformer) -> None:
    for module in model:
        if type(module) not in KNOWN:
            raise NotConvertible(f"its module {type(module).__name__} is of an unknown kind")
    if not getattr(model.tokenizer, "is_fast", False):
        raise NotConvertible("it has no fast tokenizer")
    if any(model.prompts.values()) and any(
        isinstance(module, Pooling) and not module.include_prompt for module in model
    ):
        raise NotConvertible("its pooling leaves the prompt out")


def _example() -> dict[str, torch.Tensor]:
    """An example input of two texts, one padded: tracing would drop a mask of ones only."""
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
    Facts(
        tokenizer.pad_token_id or 0, {name: text for name, text in model.prompts.items() if text}, default_prompt(model)
    ).write(folder)


def _compare(originals: np.ndarray, converted: np.ndarray) -> None:
    if originals.shape != converted.shape:
        raise NotConvertible(f"its vectors have another shape: {converted.shape} instead of {originals.shape}")
    least = float((originals * converted).sum(axis=1).min())
    if not least >= LEAST_COSINE:  # also when it is not a number
        raise NotConvertible(f"its vectors differ: a cosine of {least:.4f}")


def main() -> None:
    """The command line: SOURCE and FOLDER."""
    source, folder = sys.argv[1], Path(sys.argv[2])
    os.nice(NICENESS)
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
