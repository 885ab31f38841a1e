"""Counts the cost of one answer, model by model, whether it succeeds or fails."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

from core.settings.chain import ModelSettings
from core.telemetry import series
from core.values import Frozen
from rag.models.tokens import count
from rag.types import Usage

MILLION = 1_000_000

Purpose = Literal["answer", "question"]


class Charge(Frozen):
    """The cost of one request to a model.

    Attributes:
        purpose: "answer" for an answer, "question" for search queries.
        cost_usd: in US dollars.
        is_estimated: the server did not report its tokens; they are estimated from the text.
    """

    model: str
    purpose: Purpose
    input_tokens: int
    output_tokens: int
    cost_usd: float
    is_estimated: bool = False


@dataclass(slots=True)
class UsageMeter:
    """The charges so far. The caller owns the meter and can read it however the answer ends.

    Attributes:
        refusal: why no model may be called, as a sentence for the reader; empty when models may be called.
    """

    refusal: str = ""
    charges: list[Charge] = field(default_factory=list)

    def add(self, model: ModelSettings, purpose: Purpose, usage: Usage) -> None:
        """Adds the charge of a request. Prices are in US dollars per million tokens."""
        cost = usage.input_tokens * model.input_price + usage.output_tokens * model.output_price
        charge = Charge(
            model=model.name,
            purpose=purpose,
            input_tokens=usage.input_tokens,
            output_tokens=usage.output_tokens,
            cost_usd=round(cost / MILLION, 9),
            is_estimated=usage.is_estimated,
        )
        self.charges.append(charge)
        series.TOKENS.add(model.name, "input", amount=usage.input_tokens)
        series.TOKENS.add(model.name, "output", amount=usage.output_tokens)
        series.COST.add(model.name, amount=charge.cost_usd)

    @property
    def usage(self) -> Usage:
        """The total of all charges."""
        return Usage(
            input_tokens=sum(charge.input_tokens for charge in self.charges),
            output_tokens=sum(charge.output_tokens for charge in self.charges),
            cost_usd=round(sum(charge.cost_usd for charge in self.charges), 9),
            is_estimated=any(charge.is_estimated for charge in self.charges),
        )

    @property
    def writer(self) -> str | None:
        """The model of the last request for an answer, None without one."""
        return next((charge.model for charge in reversed(self.charges) if charge.purpose == "answer"), None)

    def as_json(self) -> list[dict[str, Any]]:
        """The charges for a trace."""
        return [charge.model_dump() for charge in self.charges]


def estimated(inputs: Iterable[str], output: str) -> Usage:
    """The estimated usage of a request whose server reported none."""
    return Usage(input_tokens=sum(map(count, inputs)), output_tokens=count(output), is_estimated=True)
