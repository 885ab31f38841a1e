"""Writes the Grafana dashboard of ``deploy/observe``: what is watched is a list here, where it stands on the page follows from that.

Usage: python -m scripts.dashboards
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PLACE = Path(__file__).resolve().parents[1] / "deploy" / "observe" / "dashboards" / "footnote.json"
COLUMNS, WIDTH, HEIGHT = 24, 8, 7
SOURCE = {"type": "prometheus", "uid": "${datasource}"}
RATE = "[$__rate_interval]"


@dataclass(frozen=True)
class Query:
    """An expression of Prometheus, and how its lines are named."""

    expr: str
    legend: str = ""


@dataclass(frozen=True)
class Panel:
    """A chart.

    Attributes:
        unit: Grafana's name of it.
    """

    title: str
    queries: tuple[Query, ...]
    unit: str = "short"


@dataclass(frozen=True)
class Row:
    """Charts under a heading."""

    title: str
    panels: tuple[Panel, ...]


def rate(name: str, by: str, labels: str = "") -> Query:
    """How fast a count grows, summed over processes."""
    return Query(f"sum by ({by}) (rate(footnote_{name}{labels}{RATE}))", f"{{{{{by}}}}}")


def quantiles(name: str) -> tuple[Query, ...]:
    """The median and the slowest of a distribution."""
    rates = f"sum by (le) (rate(footnote_{name}_bucket{RATE}))"
    return tuple(Query(f"histogram_quantile({share}, {rates})", f"p{share * 100:.0f}") for share in (0.5, 0.95, 0.99))


def highest(name: str, by: str) -> Query:
    """A number of the installation, which every process says alike."""
    return Query(f"max by ({by}) (footnote_{name})", f"{{{{{by}}}}}")


def each(name: str) -> Query:
    """A number of each process."""
    return Query(f"footnote_{name}", "{{instance}}")


SHARE_OF_ERRORS = (
    f'sum(rate(footnote_http_requests_total{{status="5xx", door!="health"}}{RATE}))'
    f' / sum(rate(footnote_http_requests_total{{door!="health"}}{RATE}))'
)
MEAN_OF_STAGES = (
    f"sum by (stage) (rate(footnote_answer_stage_seconds_sum{RATE}))"
    f" / sum by (stage) (rate(footnote_answer_stage_seconds_count{RATE}))"
)
HITS = (
    f'sum by (cache) (rate(footnote_cache_lookups_total{{result="hits"}}{RATE}))'
    f" / sum by (cache) (rate(footnote_cache_lookups_total{RATE}))"
)

ROWS = (
    Row(
        "People",
        (
            Panel("Answers", (rate("answers_total", "state"),), "reqps"),
            Panel("First word", quantiles("first_token_seconds"), "s"),
            Panel("Whole answer", quantiles("answer_seconds"), "s"),
            Panel("Requests", (rate("http_requests_total", "door"),), "reqps"),
            Panel("Errors", (Query(SHARE_OF_ERRORS, "requests"),), "percentunit"),
            Panel("Head of the response", quantiles("http_request_seconds"), "s"),
        ),
    ),
    Row(
        "Answers",
        (
            Panel("Stages, mean", (Query(MEAN_OF_STAGES, "{{stage}}"),), "s"),
            Panel("Caches, share of hits", (Query(HITS, "{{cache}}"),), "percentunit"),
            Panel("Running", (each("answers_running"),)),
            Panel("Tokens", (rate("model_tokens_total", "model"),)),
            Panel(
                "Cost per hour",
                (Query(f"3600 * sum by (model) (rate(footnote_model_cost_usd_total{RATE}))", "{{model}}"),),
                "currencyUSD",
            ),
            Panel("Quota, who used most", (highest("quota_used_ratio", "tier"),), "percentunit"),
        ),
    ),
    Row(
        "Files",
        (
            Panel("Queues", (highest("queue_depth", "queue"),)),
            Panel("Oldest in the queue", (highest("queue_oldest_seconds", "queue"),), "s"),
            Panel("Jobs", (highest("jobs", "state"),)),
            Panel("Read", (rate("ingestion_jobs_total", "outcome"),), "ops"),
            Panel(
                "Stages, mean",
                (
                    Query(
                        f"sum by (stage) (rate(footnote_ingestion_stage_seconds_sum{RATE}))"
                        f" / sum by (stage) (rate(footnote_ingestion_stage_seconds_count{RATE}))",
                        "{{stage}}",
                    ),
                ),
                "s",
            ),
            Panel("Taken over from processes that ended", (rate("leases_lost_total", "kind"),), "ops"),
        ),
    ),
    Row(
        "Processes",
        (
            Panel("Event loop, worst lag", (each("event_loop_lag_seconds"),), "s"),
            Panel("Pages connected", (each("sockets_open"),)),
            Panel("Pool", (Query("footnote_database_connections", "{{instance}} {{use}}"), each("database_waiting"))),
            Panel("Breakers: 0 closed, 2 open", (highest("breaker_state", "server"),)),
            Panel("Parts", (Query("min by (part) (footnote_part_up)", "{{part}}"),)),
            Panel(
                "CPU",
                (Query(f'rate(process_cpu_seconds_total{{job="footnote"}}{RATE})', "{{instance}}"),),
                "percentunit",
            ),
            Panel("Memory", (Query('process_resident_memory_bytes{job="footnote"}', "{{instance}}"),), "bytes"),
            Panel("Schema", (Query("count by (revision) (footnote_schema_info)", "{{revision}}"),)),
        ),
    ),
)


def dashboard() -> dict[str, Any]:
    """The dashboard as Grafana takes it."""
    panels: list[dict[str, Any]] = []
    y = 0
    for row in ROWS:
        panels.append({"type": "row", "title": row.title, "collapsed": False, "gridPos": _place(0, y, COLUMNS, 1)})
        y += 1
        for number, panel in enumerate(row.panels):
            line, column = divmod(number, COLUMNS // WIDTH)
            panels.append(_panel(panel, _place(column * WIDTH, y + line * HEIGHT, WIDTH, HEIGHT)))
        y += HEIGHT * -(-len(row.panels) // (COLUMNS // WIDTH))
    return {
        "title": "Footnote",
        "uid": "footnote",
        "schemaVersion": 39,
        "time": {"from": "now-3h", "to": "now"},
        "refresh": "30s",
        "templating": {"list": [{"name": "datasource", "type": "datasource", "query": "prometheus"}]},
        "panels": [panel | {"id": number} for number, panel in enumerate(panels, start=1)],
    }


def text() -> str:
    """The dashboard as the file has it."""
    return json.dumps(dashboard(), indent=1) + "\n"


def _panel(panel: Panel, place: dict[str, int]) -> dict[str, Any]:
    targets = [
        {"refId": chr(ord("A") + number), "expr": query.expr, "legendFormat": query.legend, "datasource": SOURCE}
        for number, query in enumerate(panel.queries)
    ]
    return {
        "type": "timeseries",
        "title": panel.title,
        "datasource": SOURCE,
        "fieldConfig": {"defaults": {"unit": panel.unit, "min": 0}, "overrides": []},
        "gridPos": place,
        "targets": targets,
    }


def _place(x: int, y: int, width: int, height: int) -> dict[str, int]:
    return {"x": x, "y": y, "w": width, "h": height}


if __name__ == "__main__":
    PLACE.write_text(text())
