"""The breaker: opens after failures in a row, rests, tries once, and never lets more than one question try."""

from hypothesis import settings, strategies
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from rag.models.breaker import Breaker, Permit


class Clock:
    """Goes when it is told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def breaker_of(clock: Clock, failures: int = 5, rest_s: float = 30) -> Breaker:
    return Breaker(failures, rest_s, clock)


def state_of(breaker: Breaker) -> str:
    return breaker.state


def taken(breaker: Breaker) -> Permit:
    permit = breaker.take()
    assert permit is not None
    return permit


def fail(breaker: Breaker, times: int) -> None:
    for _ in range(times):
        taken(breaker).failed()


def test_five_failures_in_a_row_open_it() -> None:
    breaker = breaker_of(Clock())
    fail(breaker, 4)
    assert state_of(breaker) == "closed"
    fail(breaker, 1)
    assert (state_of(breaker), breaker.take()) == ("open", None)


def test_a_success_in_between_begins_the_count_anew() -> None:
    breaker = breaker_of(Clock())
    fail(breaker, 4)
    taken(breaker).succeeded()
    fail(breaker, 4)
    assert state_of(breaker) == "closed"


def test_after_its_rest_one_probe_is_let_through() -> None:
    clock = Clock()
    breaker = breaker_of(clock)
    fail(breaker, 5)
    clock.now = 29.9
    assert breaker.take() is None
    clock.now = 30
    assert state_of(breaker) == "half-open"
    assert taken(breaker).is_probe
    assert breaker.take() is None


def test_a_probe_that_is_answered_closes_it() -> None:
    clock = Clock()
    breaker = breaker_of(clock)
    fail(breaker, 5)
    clock.now = 30
    taken(breaker).succeeded()
    assert state_of(breaker) == "closed"
    fail(breaker, 4)
    assert state_of(breaker) == "closed"


def test_a_probe_that_fails_opens_it_for_as_long_again() -> None:
    clock = Clock()
    breaker = breaker_of(clock)
    fail(breaker, 5)
    clock.now = 40
    taken(breaker).failed()
    clock.now = 69.9
    assert state_of(breaker) == "open"
    clock.now = 70
    assert state_of(breaker) == "half-open"


def test_a_probe_that_nobody_waits_for_leaves_room_for_another() -> None:
    clock = Clock()
    breaker = breaker_of(clock)
    fail(breaker, 5)
    clock.now = 30
    taken(breaker).release()
    assert taken(breaker).is_probe


def test_what_began_before_it_opened_says_nothing_about_now() -> None:
    clock = Clock()
    breaker = breaker_of(clock)
    late = [taken(breaker) for _ in range(3)]
    fail(breaker, 5)
    late[0].succeeded()
    assert state_of(breaker) == "open"
    clock.now = 30
    probe = taken(breaker)
    late[1].failed()
    late[2].release()
    assert breaker.take() is None  # the probe is still out
    probe.succeeded()
    assert state_of(breaker) == "closed"


def test_a_server_may_ask_for_rest_but_not_for_more_than_a_breakers() -> None:
    clock = Clock()
    breaker = breaker_of(clock)
    taken(breaker).failed(rest_s=7)
    clock.now = 6.9
    assert state_of(breaker) == "open"
    clock.now = 7
    taken(breaker).failed(rest_s=3600)
    clock.now = 37
    assert state_of(breaker) == "half-open"


def test_only_the_first_word_about_a_request_counts() -> None:
    breaker = breaker_of(Clock(), failures=2)
    permit = taken(breaker)
    permit.failed()
    permit.failed()
    permit.release()
    assert state_of(breaker) == "closed"


class AnyOrder(RuleBasedStateMachine):
    """Requests that begin and end in any order, while time goes by."""

    @initialize(failures=strategies.integers(1, 4), rest_s=strategies.sampled_from([1.0, 30.0]))
    def begin(self, failures: int, rest_s: float) -> None:
        """A fresh one."""
        self.clock = Clock()
        self.breaker = Breaker(failures, rest_s, self.clock)
        self.out: list[Permit] = []
        self.failures, self.rest_s = failures, rest_s
        self.last_opened: float | None = None
        self.in_a_row = 0

    @rule(seconds=strategies.sampled_from([0.125, 1.0, 29.0, 30.0]))  # exact in binary: sums are not rounded
    def time_goes_by(self, seconds: float) -> None:
        """Nothing else."""
        self.clock.now += seconds

    @rule()
    def ask(self) -> None:
        """Somebody wants to."""
        may, state = self.breaker.may_ask, self.breaker.state
        permit = self.breaker.take()
        assert (permit is not None) == may
        if permit is not None:
            assert permit.is_probe == (state == "half-open")
            self.out.append(permit)

    @precondition(lambda self: self.out)
    @rule(which=strategies.integers(0, 99), how=strategies.sampled_from(["succeeded", "failed", "release"]))
    def end(self, which: int, how: str) -> None:
        """One of those under way ends."""
        permit = self.out.pop(which % len(self.out))
        before = self.breaker.state
        getattr(permit, how)()
        after = self.breaker.state
        if before == "open":
            assert after == "open"
        if after == "closed" and before != "closed":
            assert permit.is_probe
            assert how == "succeeded"
        if after == "open" and before != "open":
            assert how == "failed"
            self.last_opened = self.clock.now

    @invariant()
    def never_asked_while_it_rests(self) -> None:
        """A server rests for as long as was said."""
        if self.last_opened is not None and self.clock.now - self.last_opened < self.rest_s:
            assert self.breaker.state == "open"
            assert not self.breaker.may_ask

    @invariant()
    def at_most_one_probe(self) -> None:
        """However many want to."""
        if self.breaker.state == "half-open":
            first = self.breaker.take()
            assert first is None or self.breaker.take() is None
            if first:
                first.release()


AnyOrder.TestCase.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
TestAnyOrder = AnyOrder.TestCase
