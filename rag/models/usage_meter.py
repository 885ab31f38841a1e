"""Counts what one answer costs, model by model, whether it ends well or not."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

from core.settings.chain import ModelSettings
from core.values import Frozen
from rag.models.tokens import count
from rag.types import Usage

MILLION = 1_000_000

Purpose = Literal["answer", "question"]


class Charge(Frozen):
    """One request to a model.

    Attributes:
        purpose: an answer was wanted, or the question made stand-alone.
        is_estimated: the server did not say how many tokens it took; they are counted from the text.
    """

    model: str
    purpose: Purpose
    input_tokens: int
    output_tokens: int
    cost_usd: float
    is_estimated: bool = False


@dataclass(slots=True)
class UsageMeter:
    """Charges so far. It is the asker's: it can be read however the answer ends.

    Attributes:
        refusal: why no model may be asked, as a sentence for the reader; empty when one may.
    """

    refusal: str = ""
    charges: list[Charge] = field(default_factory=list)

    def add(self, model: ModelSettings, purpose: Purpose, counted: Usage) -> None:
        """Charge what a request took."""
        cost = counted.input_tokens * model.input_price + counted.output_tokens * model.output_price
        charge = Charge(
            model=model.name,
            purpose=purpose,
            input_tokens=counted.input_tokens,
            output_tokens=counted.output_tokens,
            cost_usd=round(cost / MILLION, 9),
            is_estimated=counted.is_estimated,
        )
        self.charges.append(charge)

    @property
    def usage(self) -> Usage:
        """All of it."""
        return Usage(
            input_tokens=sum(charge.input_tokens for charge in self.charges),
            output_tokens=sum(charge.output_tokens for charge in self.charges),
            cost_usd=round(sum(charge.cost_usd for charge in self.charges), 9),
            is_estimated=any(charge.is_estimated for charge in self.charges),
        )

    @property
    def writer(self) -> str | None:
        """The model that was last asked for an answer."""
        return next((charge.model for charge in reversed(self.charges) if charge.purpose == "answer"), None)

    def as_json(self) -> list[dict[str, Any]]:
        """The charges for a trace."""
        return [charge.model_dump() for charge in self.charges]


def estimated(asked: Iterable[str], answered: str) -> Usage:
    """What a request took whose server did not say."""
    return Usage(input_tokens=sum(map(count, asked)), output_tokens=count(answered), is_estimated=True)
