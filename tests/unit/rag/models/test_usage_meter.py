"""What an answer costs."""

from core.settings.chain import ModelSettings
from rag.models.usage_meter import UsageMeter, estimated
from rag.types import Usage

LARGE = ModelSettings(name="large", input_price=2.0, output_price=8.0)
SMALL = ModelSettings(name="small", input_price=0.1, output_price=0.4)


def test_the_charges_add_up_by_the_prices_of_each() -> None:
    usage_meter = UsageMeter()
    usage_meter.add(SMALL, "question", Usage(input_tokens=1000, output_tokens=50))
    usage_meter.add(LARGE, "answer", Usage(input_tokens=5000, output_tokens=1000))
    assert usage_meter.usage == Usage(input_tokens=6000, output_tokens=1050, cost_usd=0.01812)
    assert [(charge.model, charge.purpose, charge.cost_usd) for charge in usage_meter.charges] == [
        ("small", "question", 0.00012),
        ("large", "answer", 0.018),
    ]


def test_one_estimate_makes_the_sum_an_estimate() -> None:
    usage_meter = UsageMeter()
    usage_meter.add(LARGE, "answer", Usage(input_tokens=10, output_tokens=10))
    assert not usage_meter.usage.is_estimated
    usage_meter.add(LARGE, "answer", estimated(["What is leave?"], "Time off."))
    assert usage_meter.usage.is_estimated
    assert usage_meter.usage.output_tokens > 10


def test_nothing_costs_nothing() -> None:
    assert UsageMeter().usage == Usage()
