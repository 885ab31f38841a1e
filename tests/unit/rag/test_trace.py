"""Stages: when each began, how long it took, and what it did, also when it fails."""

import time

import pytest

from rag.trace import Trace


def test_a_stage_tells_when_it_began_and_how_long_it_took() -> None:
    trace = Trace()
    with trace.stage("search") as details:
        time.sleep(0.02)
        details["found"] = 3
    with trace.stage("pack"):
        pass
    search, pack = trace.stages()
    assert (search.name, search.details, pack.name) == ("search", {"found": 3}, "pack")
    assert search.took_ms >= 20
    assert 0 <= search.at_ms < search.at_ms + search.took_ms <= pack.at_ms + 0.02  # each is rounded


def test_a_stage_within_another_began_after_it() -> None:
    trace = Trace()
    with trace.stage("retrieve"), trace.stage("rerank"):
        time.sleep(0.002)
    inner, outer = trace.stages()
    assert (inner.name, outer.name) == ("rerank", "retrieve")  # in the order in which they ended
    assert inner.at_ms >= outer.at_ms
    assert inner.took_ms <= outer.took_ms


def test_a_stage_that_fails_is_kept_with_the_kind_of_its_error() -> None:
    trace = Trace()
    with pytest.raises(ZeroDivisionError), trace.stage("generate"):
        1 / 0  # noqa: B018
    assert trace.stages()[0].details == {"error": "ZeroDivisionError"}
