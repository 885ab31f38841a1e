"""How long it still takes."""

from typing import Any
from uuid import uuid4

from ingestion.jobs.lease import Lease
from ingestion.jobs.rate import Rate, UsualRates
from ingestion.types import JobStage


class Clock:
    """Time that passes when told."""

    now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def lease_at(clock: Clock, usual: UsualRates | None = None) -> Lease:
    """A lease of no database: its progress is only looked at."""
    nothing: Any = None
    return Lease(nothing, nothing, uuid4(), 1, usual=usual or UsualRates(), clock=clock)


def test_one_step_tells_nothing() -> None:
    rate = Rate()
    assert rate.left_s(0, 10) is None
    rate.note(0, 5)
    assert rate.left_s(1, 10) is None


def test_what_is_left_goes_down_while_nothing_is_heard() -> None:
    rate = Rate()
    rate.note(0, 0)
    rate.note(10, 20)
    assert rate.per_s == 2
    assert rate.left_s(10, 60) == 20
    assert rate.left_s(15, 60) == 15
    assert rate.left_s(99, 60) == 0


def test_what_was_there_before_is_no_work_and_old_steps_are_forgotten() -> None:
    rate = Rate()
    rate.note(0, 1000)  # known from an earlier attempt
    rate.note(10, 1010)
    assert rate.left_s(10, 1020) == 10
    for second in range(11, 40):
        rate.note(second, 1010 + (second - 10) * 10)
    assert rate.per_s == 10


def test_standing_still_is_no_step() -> None:
    rate = Rate()
    rate.note(0, 0)
    rate.note(5, 0)
    assert rate.left_s(5, 10) is None


def test_a_job_tells_its_remaining_time_while_it_embeds() -> None:
    clock = Clock()
    lease = lease_at(clock)
    assert lease.eta_s is None
    lease.at(JobStage.EMBEDDING)
    lease.chunks_embedded(0, 100)
    assert lease.eta_s is None
    clock.now_s += 10
    lease.chunks_embedded(20, 100)
    assert lease.eta_s == 40
    lease.chunks_embedded(100, 100)
    lease.at(JobStage.INDEXING)
    assert lease.eta_s is None


def test_while_parsing_it_is_known_only_from_jobs_before() -> None:
    clock, usual = Clock(), UsualRates()
    first = lease_at(clock, usual)
    clock.now_s += 5
    first.pages_read(5, 10)
    assert first.eta_s is None
    clock.now_s += 5
    first.pages_read(10, 10)
    first.at(JobStage.EMBEDDING)
    first.chunks_embedded(0, 40)
    clock.now_s += 30
    first.chunks_embedded(40, 40)
    first.at(JobStage.INDEXING)
    assert usual.embedding_s == 3

    second = lease_at(clock, usual)
    clock.now_s += 5
    second.pages_read(5, 20)
    assert second.eta_s == 15 + 20 * 3


def test_a_job_that_embedded_only_the_rest_teaches_nothing() -> None:
    clock, usual = Clock(), UsualRates()
    lease = lease_at(clock, usual)
    lease.pages_read(10, 10)
    lease.at(JobStage.EMBEDDING)
    lease.chunks_embedded(39, 40)
    clock.now_s += 1
    lease.chunks_embedded(40, 40)
    lease.at(JobStage.INDEXING)
    assert usual.embedding_s is None
