"""What PyTorch computes with, and in which batches, by the device that it sees."""

import pytest
import torch

from rag.embedding import torch as engine
from rag.embedding.port import CPU_BATCH, GPU_BATCH


@pytest.mark.parametrize(
    ("device", "has_bf16", "precision"),
    [
        ("cuda", True, torch.bfloat16),
        ("cuda", False, torch.float16),
        ("cpu", True, torch.bfloat16),
        ("cpu", False, torch.float32),
        ("mps", True, torch.float32),
    ],
)
def test_the_number_format_suits_the_device(
    monkeypatch: pytest.MonkeyPatch, device: str, has_bf16: bool, precision: torch.dtype
) -> None:
    monkeypatch.setattr(
        torch.cuda, "is_bf16_supported", lambda including_emulation=True: has_bf16 or including_emulation
    )
    monkeypatch.setattr(engine, "has_bf16", lambda: has_bf16)
    assert engine.precision_of(device) == precision


class Model(torch.nn.Module):
    """As much of a sentence-transformers model as the engine looks at, on a device that this machine may lack."""

    def __init__(self, device: str) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(2))
        self.device = torch.device(device)
        self.prompts: dict[str, str] = {"query": "ask: ", "document": ""}
        self.default_prompt_name = None
        self.tokenizer = None


@pytest.mark.parametrize("device", ["cuda", "cpu"])
def test_a_gpu_holds_short_numbers_and_takes_large_batches(monkeypatch: pytest.MonkeyPatch, device: str) -> None:
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda **_: True)
    model = Model(device)
    made = engine.TorchEngine(model, threads=1)  # type: ignore[arg-type]
    is_gpu = device == "cuda"
    assert made.largest_batch == (GPU_BATCH if is_gpu else CPU_BATCH)
    assert model.weight.dtype == (torch.bfloat16 if is_gpu else torch.float32)
    assert made.own_prompts is not None
    assert made.own_prompts.query == "ask: "
