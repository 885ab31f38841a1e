"""What ``deploy/observe`` watches: rules that are tried, and a dashboard that is as its list says."""

import re
import subprocess
from collections import Counter

import yaml

from core.telemetry.series import ALL, Times
from scripts import dashboards
from telemetry.exposition import PREFIX
from tests import prometheus
from tests.prometheus import OBSERVE


def alerts() -> set[str]:
    """The names of the alerts."""
    groups = yaml.safe_load((OBSERVE / "rules.yml").read_text())["groups"]
    return {rule["alert"] for group in groups for rule in group["rules"]}


def test_promtool_finds_nothing_wrong() -> None:
    prometheus.require()
    for command in (
        ["check", "rules", "rules.yml"],
        ["check", "config", "prometheus.yml"],
        ["test", "rules", "rules.test.yml"],
    ):
        ended = subprocess.run(["promtool", *command], cwd=OBSERVE, capture_output=True, text=True)
        assert ended.returncode == 0, ended.stdout + ended.stderr


def test_each_alert_is_seen_to_fire_and_not_to() -> None:
    tried: Counter[tuple[str, bool]] = Counter()
    for case in yaml.safe_load((OBSERVE / "rules.test.yml").read_text())["tests"]:
        for check in case["alert_rule_test"]:
            tried[check["alertname"], bool(check["exp_alerts"])] += 1
    assert set(tried) == {(alert, fires) for alert in alerts() for fires in (True, False)}


def test_the_dashboard_is_as_its_list_says() -> None:
    """Else run: python -m scripts.dashboards"""
    assert dashboards.PLACE.read_text() == dashboards.text()


def test_only_numbers_that_there_are_are_watched() -> None:
    code = (OBSERVE.parents[1] / "observation.py").read_text()
    known = {PREFIX + name for name in re.findall(r"Series\(\s*\"(\w+)\"", code)}
    for series in ALL:
        endings = ("_bucket", "_sum", "_count") if isinstance(series, Times) else ("_total",)
        known |= {f"{PREFIX}{series.name}{ending}" for ending in endings}
    watched = (OBSERVE / "rules.yml").read_text() + dashboards.text()
    named = set(re.findall(r"footnote_\w+", watched))
    assert named - known == set()
    assert len(known) > 30
