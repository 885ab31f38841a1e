"""A real Prometheus scrapes a real server: every chart of the dashboard has data, and every rule can be evaluated."""

import time
from pathlib import Path

import pytest

from scripts import dashboards
from tests import prometheus
from tests.documents import HANDBOOK
from tests.e2e.chat import upload
from tests.e2e.conftest import running
from tests.http.test_worker_health import free_port
from tests.stub_llm import running_stub

pytestmark = pytest.mark.long

TOKEN = "a token for Prometheus"
WINDOW = "30s"
PATIENCE_S = 60.0
QUESTIONS = (
    "How many days of paid annual leave does every employee receive?",
    "How long is parental leave?",
    "Who approves travel?",
)


def test_every_chart_has_data(servers_dir: Path, models: Path) -> None:
    port = free_port()
    with running_stub() as stub:
        settings = {
            "FOOTNOTE_METRICS": "true",
            "FOOTNOTE_TELEMETRY_METRICS_PORT": str(port),
            "FOOTNOTE_TELEMETRY_METRICS_TOKEN": TOKEN,
            "FOOTNOTE_LIMIT_QUESTIONS_PER_MINUTE": "10000",
            "FOOTNOTE_LIMIT_TOKENS_PER_DAY": "1000000",
            "FOOTNOTE_LLM_MODEL": "cite",
            "FOOTNOTE_LLM_BASE_URL": stub.base_url,
        }
        with (
            running(servers_dir / "observed", **settings) as site,
            prometheus.scraping(servers_dir / "prometheus", free_port(), [f"127.0.0.1:{port}"], TOKEN) as seen,
        ):
            site.wait_ready(300)
            upload(site, "handbook.pdf", HANDBOOK)
            expressions = {
                query.expr.replace("$__rate_interval", WINDOW): f"{row.title}: {panel.title}"
                for row in dashboards.ROWS
                for panel in row.panels
                for query in panel.queries
            }
            deadline, round_ = time.monotonic() + PATIENCE_S, 0
            with site.client() as client:
                while empty := [title for expr, title in expressions.items() if not _numbers(seen, expr)]:
                    assert time.monotonic() < deadline, f"no data: {empty}"
                    round_ += 1  # not the same again, which would come from the cache
                    for question in (f"{question} ({round_})" for question in QUESTIONS):
                        client.post("/api/chat", json={"question": question}).raise_for_status()
                    time.sleep(2)
            rules = [rule for group in seen.asked("/rules")["groups"] for rule in group["rules"]]
            assert {rule["health"] for rule in rules} == {"ok"}
            firing = {rule["name"] for rule in rules if rule["state"] == "firing"}
            assert firing == set()
            assert len(seen.query('{job="footnote", __name__=~"footnote_.*|process_.*"}')) <= 500


def _numbers(seen: prometheus.Prometheus, expr: str) -> list[str]:
    return [series["value"][1] for series in seen.query(expr) if series["value"][1] != "NaN"]
