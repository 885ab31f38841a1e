"""The numbers of a process in the text format of Prometheus."""

from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, disable_created_metrics
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from core.telemetry.series import ALL, OTHER, Count, Label, Series, Times
from telemetry.gauges import Gauge, bounded

PREFIX = "footnote_"


class Exposition:
    """Records what is counted, and shows it with the gauges.

    Args:
        gauges: read at each scrape.

    Attributes:
        content_type: of the text.
    """

    content_type = CONTENT_TYPE_LATEST

    def __init__(self, gauges: Sequence[Gauge] = ()) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]  # a third of all lines
        self._registry = CollectorRegistry()
        self._known: dict[Label, set[str]] = {}
        self._families = {series: self._family(series) for series in ALL}
        ProcessCollector(registry=self._registry)
        self._registry.register(_Gauges(gauges))

    def add(self, series: Count, values: tuple[str, ...], amount: float) -> None:
        """See :class:`core.telemetry.series.Recorder`."""
        self._of(series, values).inc(amount)

    def time(self, series: Times, values: tuple[str, ...], seconds: float) -> None:
        """See :class:`core.telemetry.series.Recorder`."""
        self._of(series, values).observe(seconds)

    def text(self) -> bytes:
        """All numbers now."""
        return generate_latest(self._registry)

    def _family(self, series: Series) -> Any:
        names = tuple(label.name for label in series.labels)
        family: Counter | Histogram
        if isinstance(series, Times):
            family = Histogram(PREFIX + series.name, series.help, names, registry=self._registry, buckets=series.bounds)
        else:
            family = Counter(PREFIX + series.name, series.help, names, registry=self._registry)
        if series.labels and all(label.values for label in series.labels):
            for values in product(*(label.values for label in series.labels)):
                family.labels(*values)  # from 0 on: what appears with its first 1 has no rate before the second
        return family

    def _of(self, series: Series, values: tuple[str, ...]) -> Any:
        family = self._families[series]
        if not series.labels:
            return family
        return family.labels(*(self._value(label, value) for label, value in zip(series.labels, values, strict=True)))

    def _value(self, label: Label, value: str) -> str:
        if label.values:
            return value if value in label.values else OTHER
        known = self._known.setdefault(label, set())
        if value not in known and len(known) < label.most:
            known.add(value)
        return value if value in known else OTHER


class _Gauges(Collector):
    def __init__(self, gauges: Sequence[Gauge]) -> None:
        self._gauges = gauges

    def collect(self) -> Iterator[Metric]:
        for gauge in self._gauges:
            names = [label.name for label in gauge.series.labels]
            family = GaugeMetricFamily(PREFIX + gauge.series.name, gauge.series.help, labels=names)
            for values, number in bounded(gauge.series, gauge.read()):
                family.add_metric(list(values), number)
            yield family
