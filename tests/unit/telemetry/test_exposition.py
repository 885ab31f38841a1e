"""What a process counts, as Prometheus reads it."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from core.telemetry import series
from core.telemetry.series import ALL, OTHER, Count, Label, Series, Times
from telemetry.exposition import PREFIX, Exposition
from telemetry.gauges import Gauge, alone

MOST_SERIES = 500
OF_GAUGES = 60  # see observation.py, which a test over HTTP counts
OF_PROCESS = 10
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def exposition() -> Iterator[Exposition]:
    made = Exposition([Gauge(Series("sockets_open", "Open."), alone(lambda: 3))])
    series.record(made)
    yield made
    series.record(None)


def numbers(exposition: Exposition) -> dict[tuple[str, ...], float]:
    """Name and values of the labels → number."""
    families = text_string_to_metric_families(exposition.text().decode())
    return {(sample.name, *sample.labels.values()): sample.value for family in families for sample in family.samples}


def fill(exposition: Exposition) -> None:
    """Every combination of values, and as many unknown ones as there can be."""

    def combinations(labels: tuple[Label, ...]) -> Iterator[tuple[str, ...]]:
        if not labels:
            yield ()
            return
        for value in (*labels[0].values, *(f"unknown{number}" for number in range(50))):
            for rest in combinations(labels[1:]):
                yield (value, *rest)

    for each in ALL:
        for values in combinations(each.labels):
            if isinstance(each, Times):
                each.add(1.0, *values)
            else:
                assert isinstance(each, Count)
                each.add(*values)


def test_there_are_never_more_series_than_a_process_may_have(exposition: Exposition) -> None:
    fill(exposition)
    counted = [key for key in numbers(exposition) if key[0].startswith(PREFIX)]
    assert 300 < len(counted) <= MOST_SERIES - OF_GAUGES - OF_PROCESS


def test_what_nobody_knows_is_other(exposition: Exposition) -> None:
    series.REQUESTS.add("cellar", "2xx")
    for number in range(20):
        series.COST.add(f"model-{number}", amount=0.5)
    found = numbers(exposition)
    assert found["footnote_http_requests_total", OTHER, "2xx"] == 1
    assert found["footnote_model_cost_usd_total", "model-0"] == 0.5
    assert found["footnote_model_cost_usd_total", OTHER] == 6.0
    assert found["footnote_sockets_open",] == 3


def test_times_have_buckets(exposition: Exposition) -> None:
    series.FIRST_TOKEN_SECONDS.add(0.3)
    found = numbers(exposition)
    assert [found["footnote_first_token_seconds_bucket", bound] for bound in ("0.25", "0.5", "+Inf")] == [0, 1, 1]
    assert found["footnote_first_token_seconds_sum",] == 0.3


def test_without_a_recorder_nothing_is_kept() -> None:
    series.ANSWERS.add("done", "no")
    assert numbers(Exposition())["footnote_answers_total", "no", "done"] == 0


def test_stages_are_those_of_the_code() -> None:
    """A new stage of the trace belongs into the list, else it would count as ``other``."""
    code = "".join(path.read_text() for path in (ROOT / "rag").rglob("*.py"))
    assert set(re.findall(r"trace\.(?:stage|until_now)\(\"(\w+)\"", code)) == set(series.STAGES)
    shelves = "".join(path.read_text() for path in [*(ROOT / "answers").rglob("*.py"), ROOT / "bootstrap.py"])
    assert set(re.findall(r"\.namespace\(\"(\w+)\"", shelves)) == set(series.CACHES)


def test_switched_off_nothing_of_it_is_loaded() -> None:
    loaded = (
        "import sys, server, worker; print([name for name in sys.modules if name.split('.')[0] == 'prometheus_client'])"
    )
    ended = subprocess.run([sys.executable, "-c", loaded], cwd=ROOT, capture_output=True, text=True, timeout=400)
    assert ended.stdout.strip().splitlines()[-1] == "[]", ended.stderr[-2000:]
