"""What is true of a process at a moment, as numbers: read when they are asked for, so each has to be cheap."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from core.telemetry.series import Series

Numbers = Mapping[tuple[str, ...], float]  # by the values of the labels


@dataclass(frozen=True, slots=True)
class Gauge:
    """A family of numbers that go up and down, and what reads them."""

    series: Series
    read: Callable[[], Numbers]


def alone(read: Callable[[], float]) -> Callable[[], Numbers]:
    """For a number without labels."""
    return lambda: {(): read()}


def bounded(series: Series, numbers: Numbers) -> Iterable[tuple[tuple[str, ...], float]]:
    """The numbers of a series, no more than its labels allow."""
    return list(numbers.items())[: series.combinations]
